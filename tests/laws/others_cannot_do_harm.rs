//! What one writer sends cannot take away what others have, nor shut a collector for them.

use codomyrmex_telemetry::limits::{
    FAMILIES_MAX, OBJECTIVE_BYTES_MAX, OBJECTIVES_BYTES_MAX, OBJECTIVES_MAX, PATTERNS_BYTES_MAX, SERIES_BYTES_MAX, SLOTS_MAX,
};
use codomyrmex_telemetry::slo::{Exemption, PolicyStep, Resolution};
use codomyrmex_telemetry::{
    Absorbed, Descriptor, Error, Instrument, Ledger, Objective, Outcome, Ratio, Snapshot, SpanHandle, SummaryOptions, Timestamp, Window,
    WriterId,
};
use codomyrmex_telemetry_tests::{MINUTE_NS, objectives};

fn family(name: String, labels: &[&str]) -> Descriptor {
    let labels = labels.iter().map(ToString::to_string).collect();
    Descriptor { name, help: String::new(), unit: String::new(), labels, instrument: Instrument::Counter, window: None }
}

fn minute(minute: u64) -> Timestamp {
    Timestamp::from_nanos(minute * MINUTE_NS).unwrap()
}

#[test]
fn a_cut_without_the_spans_that_would_explain_it_is_refused() {
    let mut bytes = Snapshot::default().to_bytes();
    let cut = bytes.windows(5).position(|part| part == b"\x63cut\xf6").unwrap();
    // The cut of trace 1, span 1: nothing beside it.
    let ids = [&[0x82, 0x50][..], &1u128.to_be_bytes(), &[0x48], &1u64.to_be_bytes()].concat();
    bytes.splice(cut + 4..=cut + 4, ids);
    assert!(matches!(Snapshot::from_bytes(&bytes), Err(Error::Malformed(why)) if why.contains("a cut that fit")));
}

#[test]
fn a_collector_that_is_full_of_families_goes_on_with_those_it_has() {
    let mut sender = Ledger::new(WriterId::new(1));
    let mut first = None;
    for number in 0..FAMILIES_MAX {
        let id = sender.declare(family(format!("f{number}"), &[])).unwrap();
        first = first.or(Some(id));
    }
    let mut collector = Ledger::new(WriterId::new(2));
    assert_eq!(collector.absorb(&sender.drain().unwrap()), Ok(Absorbed::Merged));
    assert!(matches!(collector.declare(family("one_more".into(), &[])), Err(Error::Limit(_))));
    let own = collector.declare(family("f0".into(), &[])).unwrap();
    let own = collector.resolve(own, &[]).unwrap();
    assert_eq!(collector.add(own, 1.0, None), Outcome::Recorded);
    collector.drain().unwrap();
    let series = sender.resolve(first.unwrap(), &[]).unwrap();
    sender.add(series, 2.0, None);
    assert_eq!(collector.absorb(&sender.drain().unwrap()), Ok(Absorbed::Merged));
    let text = codomyrmex_telemetry::export::prometheus(&collector.snapshot(), codomyrmex_telemetry::export::Escaping::default());
    assert!(text.starts_with("# TYPE f0_total counter\nf0_total 3\n"), "{}", &text[..80]);
    let mut other = Ledger::new(WriterId::new(3));
    other.declare(family("another".into(), &[])).unwrap();
    assert!(matches!(collector.absorb(&other.drain().unwrap()), Err(Error::Limit(_))));
}

#[test]
fn series_are_bounded_by_what_they_take_and_so_are_those_that_come_in() {
    // Each counts nearly 1 MB, so that a hundred are too many.
    let options = SummaryOptions { digits: 5, ..SummaryOptions::default() };
    let costly = Descriptor { instrument: Instrument::Summary(options), window: Some(12), ..family("costly".into(), &["n"]) };
    let fill = |writer: u128, numbers: std::ops::Range<u32>| {
        let mut ledger = Ledger::new(WriterId::new(writer));
        let id = ledger.declare(costly.clone()).unwrap();
        for number in numbers {
            let series = ledger.resolve(id, &[number.to_string()]).unwrap();
            assert_eq!(ledger.observe(series, 1.0, Some(minute(1))), Outcome::Recorded);
        }
        ledger
    };
    let mut collector = fill(9, 0..10);
    for (writer, numbers, at_least) in [(1, 0..1_000, 1_000), (2, 1_000..2_000, 2_000), (3, 500..3_000, 4_500)] {
        assert_eq!(collector.absorb(&fill(writer, numbers).drain().unwrap()), Ok(Absorbed::Merged));
        let snapshot = collector.snapshot();
        assert!((SERIES_BYTES_MAX - 1_000_000..=SERIES_BYTES_MAX).contains(&snapshot.metrics.cost()), "{}", snapshot.metrics.cost());
        let family = snapshot.metrics.0.values().next().unwrap();
        let all = family.series.values().chain(&family.overflow).map(|series| codomyrmex_telemetry::query::value(&series.point).unwrap());
        assert_eq!(all.sum::<f64>(), f64::from(at_least + 10));
        if writer == 2 {
            collector.drain().unwrap();
        }
    }
}

#[test]
fn slots_are_bounded_over_all_objectives() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let mut objective = objectives().swap_remove(0);
    (objective.window, objective.resolution) = (Window::days(366).unwrap(), Resolution::minutes());
    let mut recorded = 0;
    for number in 0..3 {
        objective.id = format!("o{number}");
        let slo = ledger.create_slo(objective.clone()).unwrap();
        let answers = (0..500_000).map(|place| ledger.record_event(slo, true, 1, minute(place)));
        recorded += answers.filter(|answer| answer.is_recorded()).count();
        // A slot that is there takes more, also in a full ledger.
        assert_eq!(ledger.record_event(slo, number < 2, 1, minute(0)), Outcome::Recorded);
    }
    assert_eq!(recorded, SLOTS_MAX);
    assert_eq!(ledger.snapshot().slos.slots(), SLOTS_MAX);
    assert_eq!(ledger.dropped(), [("over-limit", (1_500_000 - SLOTS_MAX) as u64)]);
}

#[test]
fn a_ledger_that_gets_its_own_delta_back_does_not_count_it_again() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let slo = ledger.create_slo(objectives().swap_remove(0)).unwrap();
    ledger.record_event(slo, true, 5, minute(1));
    let delta = ledger.drain().unwrap();
    assert_eq!(ledger.absorb(&delta), Ok(Absorbed::Duplicate));
    assert_eq!(ledger.slo_status(slo, None).unwrap().good, 5);
}

#[test]
fn objectives_are_bounded_by_their_number_and_by_their_bytes() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let plain = |number: usize| Objective::new(&format!("o{number}"), "99%".parse().unwrap(), Window::days(30).unwrap());
    for number in 0..OBJECTIVES_MAX {
        ledger.create_slo(plain(number)).unwrap();
    }
    assert!(matches!(ledger.create_slo(plain(OBJECTIVES_MAX)), Err(Error::Limit(why)) if why.contains("16384")));
    assert!(ledger.create_slo(plain(5)).is_ok(), "one that is there is found again");
    // Each long one takes nearly what one may.
    let policy: Vec<PolicyStep> = (1..=16)
        .map(|step| PolicyStep { from: Ratio::new(step, 16).unwrap(), until: Ratio::new(step, 16).unwrap(), action: "x".repeat(256) })
        .collect();
    let exemption =
        |_| Exemption { reason: "y".repeat(100), start: Timestamp::default(), minutes: 1, recurrence: None, utc_offset_minutes: 0 };
    let long = |number: usize| Objective { policy: policy.clone(), exemptions: (0..64).map(exemption).collect(), ..plain(number) };
    let bytes = long(10_000).bytes();
    assert!(bytes > 24_000 && bytes <= OBJECTIVE_BYTES_MAX, "{bytes}");
    let mut ledger = Ledger::new(WriterId::new(2));
    let taken = (10_000..20_000).take_while(|number| ledger.create_slo(long(*number)).is_ok()).count();
    assert_eq!(taken, OBJECTIVES_BYTES_MAX / bytes);
    // A collector that holds them takes no more of others, and goes on with what it has.
    let (mut collector, mut other) = (Ledger::new(WriterId::new(3)), Ledger::new(WriterId::new(4)));
    assert_eq!(collector.absorb(&ledger.drain().unwrap()), Ok(Absorbed::Merged));
    for number in 30_000..30_003 {
        other.create_slo(long(number)).unwrap();
    }
    assert!(matches!(collector.absorb(&other.drain().unwrap()), Err(Error::Limit(_))));
    let mut again = Ledger::new(WriterId::new(5));
    let slo = again.create_slo(long(10_000)).unwrap();
    assert!(again.record_event(slo, true, 1, minute(1)).is_recorded());
    assert_eq!(collector.absorb(&again.drain().unwrap()), Ok(Absorbed::Merged));
}

#[test]
fn what_is_kept_of_failures_is_bounded() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let dimensions: Vec<String> = (0..8).map(|place| format!("d{place}")).collect();
    let mut answers = Vec::new();
    'all: for number in 0..64 {
        let window = Window::Rolling { slots: 720 };
        let objective =
            Objective { dimensions: dimensions.clone(), ..Objective::new(&format!("o{number}"), "99%".parse().unwrap(), window) };
        let slo = ledger.create_slo(objective).unwrap();
        for place in 0..24_000u64 {
            let values: Vec<String> = (0..8).map(|value| format!("{place:0>9}{}", "x".repeat(240 + value % 2))).collect();
            let outcome = ledger.record_event_with(slo, false, 1, minute(place % 12 * 60), &values, SpanHandle::default());
            answers.push(outcome);
            if outcome == Outcome::OverLimit {
                // What says nothing of what events were like is counted still.
                assert!(ledger.record_event(slo, true, 1, minute(1)).is_recorded());
                break 'all;
            }
        }
    }
    assert_eq!(answers.last(), Some(&Outcome::OverLimit));
    // A sample of eight long values is some 2.4 KB, so that some 27,000 fit.
    let bytes = ledger.drain().unwrap().len() as u64;
    assert!((PATTERNS_BYTES_MAX / 2..=PATTERNS_BYTES_MAX).contains(&bytes), "{bytes}");
}
