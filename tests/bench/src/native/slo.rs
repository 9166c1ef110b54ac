//! Objectives: recording, how they stand, merging, and why they fail.
//!
//! Deliberately absent: a peer for most of it. None that could be had here keeps events of objectives; beside
//! recording stands the floor, two counts in memory.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use codomyrmex_telemetry::door::{Door, Environment};
use codomyrmex_telemetry::slo::Question;
use codomyrmex_telemetry::{Absorbed, Comparison, Indicator, Ledger, Objective, SloId, SpanHandle, Timestamp, Window, WriterId};
use codomyrmex_telemetry_bench::{PLACES, Work, chances, each, race};

const MINUTE_NS: u64 = 60_000_000_000;
const START_NS: u64 = 1_767_225_600_000_000_000; // 2026-01-01T00:00:00Z
const MANY: usize = 1_000; // objectives, and deltas
const EVENTS: usize = 1_000_000; // to analyse

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    recording()?;
    standing()?;
    merging()?;
    analysing()
}

fn recording() -> Result<(), Box<dyn Error>> {
    let is_good: Vec<bool> = chances(PLACES).map(|chance| chance > 0.01).collect();
    let good = |place: usize| is_good[place % PLACES];
    let at = Timestamp::try_from(START_NS)?;
    let mut ledger = Ledger::new(WriterId::new(1));
    let plain = ledger.create_slo(objective("plain")?)?;
    let dimensions = ["tool", "error", "step"].map(String::from).to_vec();
    let like = ledger.create_slo(Objective { dimensions, ..objective("like")? })?;
    let indicator = Indicator::Threshold(Comparison::AtMost, 0.5.into());
    let judged = ledger.create_slo(Objective { indicator, ..objective("judged")? })?;
    let mut door = Door::new(Still);
    let through = door.ledger.create_slo(objective("plain")?)?.0;
    let counts = [AtomicU64::new(0), AtomicU64::new(0)];
    let floor: Vec<(&str, Work<'_>)> =
        vec![("two atomic counts", each(|place| _ = black_box(&counts)[usize::from(good(place))].fetch_add(1, Ordering::Relaxed)))];
    race("native: record an event, Ledger", each(|place| _ = black_box(ledger.record_event(plain, good(place), 1, at))), floor);
    race("native: record an event now, Door", each(|place| _ = black_box(door.record_event(through, good(place), 1, None))), Vec::new());
    race(
        "native: record a value for a threshold",
        each(|place| _ = black_box(ledger.record_value(judged, f64::from(good(place)), at))),
        Vec::new(),
    );
    let mut minute = 0;
    let mut next = move || {
        minute += 1;
        Timestamp::from_nanos(START_NS + minute * MINUTE_NS).unwrap_or(at)
    };
    race(
        "native: record an event, each in a minute of its own",
        each(|place| _ = black_box(ledger.record_event(plain, good(place), 1, next()))),
        Vec::new(),
    );
    let values: Vec<[String; 3]> = (0..64).map(attributes).collect();
    let record = each(|place| {
        _ = black_box(ledger.record_event_with(like, good(place), 1, at, &values[place % values.len()], SpanHandle::default()));
    });
    race("native: record an event with three attributes", record, Vec::new());
    Ok(())
}

fn standing() -> Result<(), Box<dyn Error>> {
    let mut ledger = Ledger::new(WriterId::new(1));
    let dense = ledger.create_slo(objective("dense")?)?;
    for minute in 0..31 * 1_440 {
        ledger.record_event(dense, minute % 997 != 0, 1, Timestamp::try_from(START_NS + minute * MINUTE_NS)?);
    }
    race("native: status of one, an event in every minute of 30 days", each(|_| _ = black_box(ledger.slo_status(dense, None))), Vec::new());
    race("native: violations of the same", each(|_| _ = black_box(ledger.slo_violations(dense, None))), Vec::new());
    race("native: spells of its four alerts", each(|_| _ = black_box(ledger.slo_alerts(dense, None))), Vec::new());
    let many = many(1)?;
    race("native: status of 1,000, an event in every hour of two days", each(|_| _ = black_box(many.slo_statuses(None))), Vec::new());
    Ok(())
}

/// A ledger of many objectives, with an event in every hour of two days.
fn many(writer: u128) -> Result<Ledger, Box<dyn Error>> {
    let mut ledger = Ledger::new(WriterId::new(writer));
    for place in 0..MANY {
        let slo = ledger.create_slo(objective(&format!("slo-{place}"))?)?;
        for hour in 0..48 {
            ledger.record_event(slo, hour % 9 != 0, 1, Timestamp::try_from(START_NS + hour * 60 * MINUTE_NS)?);
        }
    }
    Ok(ledger)
}

fn merging() -> Result<(), Box<dyn Error>> {
    let deltas = (0..MANY as u64).map(delta).collect::<Result<Vec<_>, _>>()?;
    let mut collector = Ledger::new(WriterId::new(0));
    for delta in &deltas {
        if collector.absorb(delta)? != Absorbed::Merged {
            return Err("a delta of another writer was taken for a duplicate".into());
        }
    }
    let absorb = each(|_| {
        let mut collector = Ledger::new(WriterId::new(0));
        deltas.iter().for_each(|delta| _ = black_box(collector.absorb(black_box(delta))));
        black_box(collector);
    });
    race("native: absorb 1,000 deltas of three objectives", absorb, Vec::new());
    Ok(())
}

/// What a short-lived writer has to say of three objectives.
fn delta(writer: u64) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut ledger = Ledger::new(WriterId::new(1 + u128::from(writer)));
    for id in ["a", "b", "c"] {
        let slo: SloId = ledger.create_slo(objective(id)?)?;
        for minute in 0..5 {
            ledger.record_event(slo, minute != 3, 2, Timestamp::try_from(START_NS + (writer * 7 + minute) * MINUTE_NS)?);
        }
    }
    ledger.drain().ok_or_else(|| "nothing was drained".into())
}

fn analysing() -> Result<(), Box<dyn Error>> {
    let mut ledger = Ledger::new(WriterId::new(1));
    let dimensions = ["tool", "error", "step"].map(String::from).to_vec();
    let slo = ledger.create_slo(Objective { dimensions, ..objective("like")? })?;
    let values: Vec<[String; 3]> = (0..64).map(attributes).collect();
    let chances: Vec<f64> = chances(EVENTS).collect();
    for (place, chance) in chances.iter().enumerate() {
        let of = place % values.len();
        let good = *chance > if of % 8 == 3 { 0.2 } else { 0.01 };
        let at = Timestamp::try_from(START_NS + place as u64 * 1_000_000_000)?;
        ledger.record_event_with(slo, good, 1, at, &values[of], SpanHandle::default());
    }
    race(
        "native: analyse a million events of three attributes",
        each(|_| _ = black_box(ledger.slo_analysis(slo, &Question::default()))),
        Vec::new(),
    );
    Ok(())
}

fn attributes(place: usize) -> [String; 3] {
    [format!("tool-{}", place % 8), format!("error-{}", place / 8 % 4), format!("step-{}", place / 32)]
}

fn objective(id: &str) -> Result<Objective, codomyrmex_telemetry::Error> {
    Ok(Objective::new(id, "99.9%".parse()?, Window::days(30)?))
}

/// A clock that stands still: what reading one costs is not ours.
#[derive(Debug)]
struct Still;

impl Environment for Still {
    fn now(&mut self) -> u64 {
        START_NS
    }

    fn elapsed(&mut self) -> u64 {
        0
    }

    fn random(&mut self) -> u64 {
        1
    }
}
