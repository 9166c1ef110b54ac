//! The oracle: it keeps all events and answers every question by looking at each of them again.
//!
//! It is written from the contract (`wit/`), not from the ledger's code: sums are big integers, the
//! calendar is walked month by month, a window is a filter. Deliberately absent: speed, and limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use codomyrmex_telemetry::slo::{CalendarUnit, State};
use codomyrmex_telemetry::{
    Budgeting, Comparison, Descriptor, Indicator, Instrument, Objective, Outcome, SpanData, SpanId, Status, TraceId, Window,
};
use num_bigint::{BigInt, BigUint};

use crate::catalogue::{MINUTE_NS, families, objectives};
use crate::event::Event;
use crate::exact::nearest_ratio;
use crate::truth::{Record, SeriesTruth};

const LATEST_NS: u64 = i64::MAX as u64;
const DAY: u64 = 24 * 60; // in slots

static FAMILIES: LazyLock<Vec<Descriptor>> = LazyLock::new(families);

/// All events that there were.
#[derive(Clone, Copy, Debug)]
pub struct Naive<'e>(&'e [Event]);

impl<'e> Naive<'e> {
    /// That keeps these events.
    #[must_use]
    pub const fn new(events: &'e [Event]) -> Self {
        Self(events)
    }

    /// What a ledger must answer to an event.
    #[must_use]
    pub fn verdict(event: &Event) -> Outcome {
        match event {
            Event::Resolve { .. } | Event::Span { .. } => Outcome::Recorded,
            Event::Stray(_) => Outcome::UnknownId,
            Event::Add { at: Some(at), .. } | Event::Observe { at: Some(at), .. } if *at > LATEST_NS => Outcome::InvalidTime,
            Event::Set { at, .. } | Event::RecordIn { at, .. } | Event::Count { at, .. } | Event::Judge { at, .. } if *at > LATEST_NS => {
                Outcome::InvalidTime
            }
            Event::Add { family, value, at, .. } => addition(&FAMILIES[*family], *value, at.is_some()),
            Event::Observe { family, value, at, .. } => observation(&FAMILIES[*family], *value, at.is_some()),
            Event::RecordIn { family, value, .. } => match addition(&FAMILIES[*family], *value, true) {
                Outcome::WrongKind => observation(&FAMILIES[*family], *value, true),
                outcome => outcome,
            },
            Event::Set { family, value, .. } => match FAMILIES[*family].instrument {
                Instrument::Gauge => Outcome::Recorded,
                Instrument::StateSet(_) => if_so(*value == 0.0 || *value == 1.0),
                _ => Outcome::WrongKind,
            },
            Event::Judge { slo, .. } if objectives()[*slo].indicator == Indicator::Events => Outcome::WrongKind,
            Event::Judge { value, .. } => if_so(!value.is_nan()),
            Event::Count { .. } => Outcome::Recorded,
        }
    }

    /// How many records were dropped, by the name of the reason.
    #[must_use]
    pub fn drops(self) -> BTreeMap<&'static str, u64> {
        let mut drops = BTreeMap::new();
        for outcome in self.0.iter().map(Self::verdict).filter(|outcome| !outcome.is_recorded()) {
            *drops.entry(outcome.name()).or_default() += 1;
        }
        drops
    }

    /// What every series must have come to, by family and label values.
    #[must_use]
    pub fn series(self) -> BTreeMap<(usize, Vec<String>), SeriesTruth> {
        let mut all: BTreeMap<(usize, Vec<String>), SeriesTruth> = BTreeMap::new();
        for event in self.0 {
            let once = |value: f64, at: Option<u64>| Record { value, times: 1, at, context: None };
            let (family, labels, record) = match event {
                Event::Resolve { family, labels } => (family, labels, None),
                Event::Add { family, labels, value, at } => (family, labels, Some(once(*value, *at))),
                Event::Set { family, labels, value, at } => (family, labels, Some(once(*value, Some(*at)))),
                Event::Observe { family, labels, value, times, at } => {
                    (family, labels, Some(Record { times: u64::from(*times), ..once(*value, *at) }).filter(|record| record.times > 0))
                }
                Event::RecordIn { family, labels, value, at, context } => {
                    let is_sampled = context.trace_flags & 1 == 1;
                    let context = is_sampled.then_some((context.trace_id, context.span_id));
                    (family, labels, Some(Record { context, ..once(*value, Some(*at)) }))
                }
                _ => continue,
            };
            let truth = all.entry((*family, labels.clone())).or_default();
            truth.0.extend(record.filter(|_| Self::verdict(event).is_recorded()));
        }
        all
    }

    /// The objectives that anything was said about.
    #[must_use]
    pub fn slos(self) -> BTreeSet<usize> {
        let slo = |event: &Event| match event {
            Event::Count { slo, .. } | Event::Judge { slo, .. } => Some(*slo),
            _ => None,
        };
        self.0.iter().filter_map(slo).collect()
    }

    /// Good and bad by slot, of one objective: every event that was recorded.
    #[must_use]
    pub fn slots(self, slo: usize) -> BTreeMap<u64, [BigUint; 2]> {
        let indicator = objectives()[slo].indicator;
        let mut slots: BTreeMap<u64, [BigUint; 2]> = BTreeMap::new();
        for event in self.0.iter().filter(|event| Self::verdict(event).is_recorded()) {
            let (at, good, count) = match event {
                Event::Count { slo: of, good, count, at } if *of == slo && *count > 0 => (at, *good, *count),
                Event::Judge { slo: of, value, at } if *of == slo => (at, is_good(indicator, *value), 1),
                _ => continue,
            };
            slots.entry(at / MINUTE_NS).or_default()[usize::from(!good)] += count;
        }
        slots
    }

    /// How an objective must stand at a time, or at its newest event.
    #[must_use]
    pub fn status(self, slo: usize, at: Option<u64>) -> Status {
        let objective = objectives().swap_remove(slo);
        let slots = self.slots(slo);
        let newest = slots.keys().next_back().copied();
        let last = at.map(|at| at / MINUTE_NS).or(newest);
        let first = last.map_or(0, |last| first_slot(objective.window, last));
        let in_window = last.map(|last| slots.range(first..=last)).into_iter().flatten();
        let [good, bad] = match objective.budgeting {
            Budgeting::Occurrences => in_window.fold([0u8, 0].map(BigUint::from), |sum, (_, more)| add(sum, more)),
            Budgeting::Timeslices { slots: length, target } => {
                // Slices of the day that the window's own midnight begins; of a rolling window, whole ones.
                let (offset, is_rolling) = match objective.window {
                    Window::Rolling { .. } => (0, true),
                    Window::Calendar { utc_offset_minutes, .. } => (i64::from(utc_offset_minutes), false),
                };
                let mut slices: BTreeMap<i64, [BigUint; 2]> = BTreeMap::new();
                for (slot, counts) in in_window {
                    let begins = (slot.cast_signed() + offset).div_euclid(length.cast_signed()) * length.cast_signed() - offset;
                    if !is_rolling || begins >= first.cast_signed() {
                        let slice = slices.entry(begins).or_default();
                        *slice = add(slice.clone(), counts);
                    }
                }
                let all = slices.len();
                let reached = |[good, bad]: &[BigUint; 2]| reaches(target.numerator(), target.denominator(), clamp(good), total(good, bad));
                let good = slices.values().filter(|slice| reached(slice)).count();
                [BigUint::from(good), BigUint::from(all - good)]
            }
        };
        let expired = newest.map_or(0, |newest| expired(&slots, objective.window, newest));
        standing(&objective, (clamp(&good), clamp(&bad)), last.map(|last| (first, last)), expired)
    }

    /// How many spans were told, and by their ids what was told of each. A ledger keeps one of
    /// those; which, is its own choice, so long as every ledger chooses alike.
    #[must_use]
    pub fn spans(self) -> (u64, BTreeMap<(TraceId, SpanId), Vec<SpanData>>) {
        let mut told: BTreeMap<_, Vec<SpanData>> = BTreeMap::new();
        for event in self.0 {
            if let Event::Span { data, .. } = event {
                told.entry((data.context.trace_id, data.context.span_id)).or_default().push(data.clone());
            }
        }
        (told.values().map(|versions| versions.len() as u64).sum(), told)
    }
}

/// What `add` must answer; of a gauge it is not asked.
fn addition(family: &Descriptor, value: f64, has_time: bool) -> Outcome {
    match family.instrument {
        Instrument::Counter if value < 0.0 => Outcome::InvalidValue,
        Instrument::Counter | Instrument::UpDownCounter if family.window.is_some() && !has_time => Outcome::InvalidTime,
        Instrument::Counter | Instrument::UpDownCounter => if_so(value.is_finite()),
        _ => Outcome::WrongKind,
    }
}

fn observation(family: &Descriptor, value: f64, has_time: bool) -> Outcome {
    match family.instrument {
        Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_) => {
            if value.is_finite() && family.window.is_some() && !has_time { Outcome::InvalidTime } else { if_so(value.is_finite()) }
        }
        _ => Outcome::WrongKind,
    }
}

const fn if_so(valid: bool) -> Outcome {
    if valid { Outcome::Recorded } else { Outcome::InvalidValue }
}

fn is_good(indicator: Indicator, value: f64) -> bool {
    match indicator {
        Indicator::Events => unreachable!("such a record was dropped"),
        Indicator::Threshold(Comparison::Below, threshold) => value < threshold.get(),
        Indicator::Threshold(Comparison::AtMost, threshold) => value <= threshold.get(),
        Indicator::Threshold(Comparison::Above, threshold) => value > threshold.get(),
        Indicator::Threshold(Comparison::AtLeast, threshold) => value >= threshold.get(),
    }
}

fn add([good, bad]: [BigUint; 2], [more_good, more_bad]: &[BigUint; 2]) -> [BigUint; 2] {
    [good + more_good, bad + more_bad]
}

/// Counts stop at 2^64 - 1.
fn clamp(count: &BigUint) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn total(good: &BigUint, bad: &BigUint) -> u64 {
    clamp(good).saturating_add(clamp(bad))
}

fn reaches(numerator: u64, denominator: u64, good: u64, total: u64) -> bool {
    BigUint::from(good) * denominator >= BigUint::from(numerator) * total
}

/// What lies a day and the longest form of the window before the newest event is in no window.
fn expired(slots: &BTreeMap<u64, [BigUint; 2]>, window: Window, newest: u64) -> u64 {
    let longest = match window {
        Window::Rolling { slots } => slots,
        Window::Calendar { unit: CalendarUnit::Day, .. } => DAY,
        Window::Calendar { unit: CalendarUnit::Week, .. } => 7 * DAY,
        Window::Calendar { unit: CalendarUnit::Month, .. } => 31 * DAY,
        Window::Calendar { unit: CalendarUnit::Quarter, .. } => (31 + 30 + 31) * DAY,
    };
    let gone = slots.iter().filter(|(slot, _)| **slot + longest + DAY <= newest);
    let [good, bad] = gone.fold([0u8, 0].map(BigUint::from), |sum, (_, more)| add(sum, more));
    total(&good, &bad)
}

/// The first slot of the window whose last slot this is.
fn first_slot(window: Window, last: u64) -> u64 {
    let Window::Calendar { unit, utc_offset_minutes } = window else {
        let Window::Rolling { slots } = window else { unreachable!("there are two kinds") };
        return (last + 1).saturating_sub(slots);
    };
    let day = i128::from(DAY);
    let there = i128::from(last) + i128::from(utc_offset_minutes); // minutes on that clock
    let Ok(today) = u64::try_from(there.div_euclid(day)) else { return 0 };
    // The first period may have begun before 1970, where there are no slots.
    let Some(turned) = (0..=today).rev().find(|candidate| turns(unit, *candidate)) else { return 0 };
    let first = i128::from(turned) * day - i128::from(utc_offset_minutes);
    u64::try_from(first).unwrap_or(0)
}

/// Whether the calendar turns at the start of a day (since 1970-01-01, a Thursday).
fn turns(unit: CalendarUnit, day: u64) -> bool {
    let (month, of_month) = month(day);
    match unit {
        CalendarUnit::Day => true,
        CalendarUnit::Week => day % 7 == 4, // the fifth day of 1970 was a Monday
        CalendarUnit::Month => of_month == 1,
        CalendarUnit::Quarter => of_month == 1 && [1, 4, 7, 10].contains(&month),
    }
}

/// Month and day of the month, by counting years and months off.
fn month(mut day: u64) -> (u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (month, day + 1)
}

/// The status that follows from the counts in the window, by exact arithmetic.
fn standing(objective: &Objective, (good, bad): (u64, u64), window: Option<(u64, u64)>, expired: u64) -> Status {
    let (n, d) = (objective.target.numerator(), objective.target.denominator());
    let total = good.saturating_add(bad);
    let allowed = BigInt::from(d - n) * total; // in d-ths of an event
    let left = &allowed - BigInt::from(bad) * d;
    let met = reaches(n, d, good, total);
    Status {
        id: objective.id.clone(),
        name: objective.name.clone(),
        target: objective.target,
        window_start: window.map_or(0, |(first, _)| first * MINUTE_NS),
        window_end: window.map_or(0, |(_, last)| ((last + 1) * MINUTE_NS).min(LATEST_NS)), // a timestamp like any other
        good,
        total,
        state: if total == 0 {
            State::NoData
        } else if met {
            State::Met
        } else {
            State::Violated
        },
        current: (total > 0).then(|| nearest_ratio(&good.into(), &total.into())),
        budget_remaining: (total > 0 && n < d).then(|| nearest_ratio(&left, allowed.magnitude())),
        budget_remaining_events: nearest_ratio(&left, &d.into()),
        expired,
    }
}
