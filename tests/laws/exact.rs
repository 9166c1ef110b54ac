//! Law 6: counts, sums, budgets and "met" are exact, and doubles are rounded once.
//!
//! The ledger is held against the oracle of the kit, which keeps every event and reckons with big
//! integers.

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::slo::{Counts, Slots, State, status};
use codomyrmex_telemetry::{Double, ExactSum, Ledger, Objective, Ratio, Snapshot, Timestamp};
use codomyrmex_telemetry_tests::{
    Agent, Event, MINUTE_NS, Naive, SeriesTruth, cases, events, families, nearest, number, objectives, units_of_parts, units_of_sum,
};
use num_bigint::BigUint;
use proptest::collection::vec;
use proptest::prelude::*;

/// A point against what it must be.
fn assert_point(point: &Point, truth: &SeriesTruth) {
    let extent = |extent: codomyrmex_telemetry::Extent| extent.bounds().map(|(first, last)| (first.nanos(), last.nanos()));
    let (sum, found) = match point {
        Point::Gauge(gauge) => {
            assert_eq!(gauge.last.map(|(at, value)| (at.nanos(), value.get().to_bits())), truth.last);
            return;
        }
        Point::Counter(total) | Point::UpDownCounter(total) => (&total.sum, total.extent),
        Point::Histogram(histogram) => {
            assert_eq!(histogram.counts, truth.counts);
            (&histogram.sum, histogram.extent)
        }
    };
    assert_eq!(units_of_parts(&sum.parts()), truth.units);
    assert_eq!(sum.value().to_bits(), nearest(&truth.units).to_bits());
    assert_eq!(extent(found), truth.extent);
}

/// Every series that must be there is there, and no other.
fn assert_metrics(snapshot: &Snapshot, naive: Naive<'_>) {
    let mut expected = naive.series();
    for (schema, family) in &snapshot.metrics.0 {
        let is_it = |descriptor: &codomyrmex_telemetry::Descriptor| descriptor.name.trim_end_matches("_total") == schema.name;
        let place = families().iter().position(is_it).unwrap();
        assert_eq!(family.help, families()[place].help);
        assert_eq!(family.overflow, None);
        for (values, point) in family.sorted() {
            assert_point(point, &expected.remove(&(place, values.to_vec())).unwrap());
        }
    }
    assert_eq!(expected.len(), 0, "series are missing: {expected:?}");
}

/// Shifts a time by days and minutes, within what a status can be asked of: a day before the newest.
fn askable(newest: u64, minutes: u64) -> u64 {
    newest.saturating_sub((minutes % 1_440) * MINUTE_NS)
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn the_accounts_say_what_the_events_come_to(events in events(0..60)) {
        let mut agent = Agent::new(1);
        for event in &events {
            assert_eq!(agent.apply(event), Naive::verdict(event), "{event:?}");
        }
        agent.finish();
        let (snapshot, naive) = (agent.ledger.snapshot(), Naive::new(&events));
        assert_metrics(&snapshot, naive);
        let drops: Vec<_> = snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).collect();
        assert_eq!(drops, naive.drops().into_iter().collect::<Vec<_>>());
        let (recorded, mut told) = naive.spans();
        prop_assert_eq!(snapshot.spans.recorded(), recorded);
        for span in snapshot.spans.iter() {
            let versions = told.remove(&(span.context.trace_id, span.context.span_id)).unwrap();
            prop_assert!(versions.contains(span), "{span:?}");
        }
        prop_assert_eq!(told.len(), 0, "spans are missing: {:?}", told);
    }

    #[test]
    fn objectives_stand_as_every_event_in_the_window_says(events in events(0..80), minutes in vec(any::<u64>(), 4)) {
        let (mut agent, naive) = (Agent::after(1, &events), Naive::new(&events));
        for slo in naive.slos() {
            let id = agent.slo(slo);
            assert_eq!(agent.ledger.slo_status(id, None), Ok(naive.status(slo, None)));
            let Some(newest) = naive.slots(slo).keys().next_back().map(|slot| slot * MINUTE_NS) else { continue };
            for minutes in &minutes {
                let at = askable(newest, *minutes);
                assert_eq!(agent.ledger.slo_status(id, Timestamp::from_nanos(at).ok()), Ok(naive.status(slo, Some(at))), "at {at}");
            }
        }
    }

    #[test]
    fn a_sum_is_exact_and_rounded_once_however_it_was_put_together(values in vec(number(), 0..40), cut in any::<prop::sample::Index>()) {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let (first, second) = values.split_at(cut.index(values.len() + 1));
        let sum_of = |values: &[f64]| {
            let mut sum = ExactSum::default();
            for value in values {
                assert_eq!(sum.add(*value), value.is_finite());
            }
            sum
        };
        let (whole, mut merged) = (sum_of(&values), sum_of(second));
        merged.merge(&sum_of(first));
        let exact = units_of_sum(&finite);
        assert_eq!(units_of_parts(&whole.parts()), exact);
        assert_eq!(whole.value().to_bits(), nearest(&exact).to_bits());
        assert_eq!(merged.parts(), whole.parts());
        assert_eq!(ExactSum::from_parts(&whole.parts()).unwrap().parts(), whole.parts());
    }

    #[test]
    fn a_target_is_reached_exactly_when_the_integers_say_so(part in any::<u64>(), whole in any::<u64>(), n in any::<u64>(), d in 1..=u64::MAX) {
        let exact = BigUint::from(part) * d >= BigUint::from(n) * whole;
        assert_eq!(Ratio::new(n, d).unwrap().is_reached(part, whole), exact);
    }
}

/// The status of an objective with this target after so many good and bad events.
fn standing(target: &str, good: u64, bad: u64) -> codomyrmex_telemetry::Status {
    let objective = Objective { target: target.parse().unwrap(), ..objectives().swap_remove(0) };
    let mut slots = Slots::default();
    slots.record(objective.window, Timestamp::default(), Counts { good, bad });
    status(&objective, &[&slots], None)
}

#[test]
fn every_target_of_two_decimals_is_met_at_the_exact_hit_and_missed_one_below() {
    for hundredths in 1..=10_000u64 {
        let target = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        let ratio: Ratio = target.parse().unwrap();
        assert_eq!(ratio, Ratio::new(hundredths, 10_000).unwrap());
        for times in [1, 3, 1 << 40] {
            let (good, total) = (ratio.numerator() * times, ratio.denominator() * times);
            let hit = standing(&target, good, total - good);
            let spent = (ratio.numerator() < ratio.denominator()).then_some(0.0);
            assert_eq!((hit.state, hit.budget_remaining, hit.budget_remaining_events), (State::Met, spent, 0.0), "{target} {times}");
            assert_eq!(standing(&target, good - 1, total - good + 1).state, State::Violated, "{target} {times}");
        }
    }
}

#[test]
fn the_exact_hit_that_doubles_miss_is_met() {
    // 569/625 is 91.04 %, but 569.0 / 625.0 is below the double nearest to 0.9104.
    let mut ledger = Ledger::new(codomyrmex_telemetry::WriterId::new(1));
    let slo = ledger.create_slo(objectives().swap_remove(1)).unwrap();
    assert!(ledger.record_event(slo, true, 569, Timestamp::default()).is_recorded());
    assert!(ledger.record_event(slo, false, 56, Timestamp::default()).is_recorded());
    let hit = ledger.slo_status(slo, None).unwrap();
    assert_eq!((hit.good, hit.total, hit.state, hit.budget_remaining), (569, 625, State::Met, Some(0.0)));
    assert!(ledger.record_event(slo, false, 1, Timestamp::default()).is_recorded());
    let missed = ledger.slo_status(slo, None).unwrap();
    assert_eq!((missed.good, missed.total, missed.state), (569, 626, State::Violated));
    assert!(missed.budget_remaining.unwrap() < 0.0);
}

#[test]
fn the_oracle_and_the_ledger_agree_on_the_smallest_example() {
    let add = |value: f64| Event::Add { family: 2, labels: vec!["a".into(), "b".into()], value, at: None };
    let events = [add(1e100), add(1.0), add(-1e100)];
    let snapshot = Agent::after(1, &events).ledger.snapshot();
    assert_metrics(&snapshot, Naive::new(&events));
    let text = codomyrmex_telemetry::export::prometheus(&snapshot);
    assert!(text.ends_with("\nbalance{pool=\"a\",host=\"b\"} 1\n"), "{text}");
    assert_eq!(Double::new(-0.0).get().to_bits(), 1 << 63, "a double keeps its sign");
}
