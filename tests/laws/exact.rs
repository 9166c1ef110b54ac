//! Law 6: counts, sums, budgets and "met" are exact, and doubles are rounded once.
//!
//! The ledger is held against the oracle of the kit, which keeps every event and reckons with big
//! integers.

use codomyrmex_telemetry::slo::State;
use codomyrmex_telemetry::{Double, ExactSum, Ledger, Objective, Outcome, Ratio, Snapshot, Timestamp, TraceId, Window, WriterId};
use codomyrmex_telemetry_tests::{
    Agent, Event, MINUTE_NS, Naive, cases, events, families, nearest, number, objectives, span_id, units_of_parts, units_of_sum,
};
use num_bigint::BigUint;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::points::assert_series;

/// Every series that must be there is there, and no other.
fn assert_metrics(snapshot: &Snapshot, naive: Naive<'_>) {
    let (mut expected, catalogue) = (naive.series(), families());
    for (schema, family) in &snapshot.metrics.0 {
        let place = catalogue.iter().position(|known| [&schema.name, &schema.exposed_name()].contains(&&known.name)).unwrap();
        assert_eq!(family.help, catalogue[place].help);
        assert_eq!(family.overflow, None);
        for (key, series) in &family.series {
            let truth = expected.remove(&(place, key.values().to_vec())).unwrap();
            assert_series(series, &catalogue[place], &truth);
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
        prop_assert_eq!((snapshot.spans.recorded(), snapshot.spans.unsampled()), (recorded, naive.unsampled()));
        for span in snapshot.spans.iter() {
            let versions = told.remove(&(span.context.trace_id, span.context.span_id)).unwrap();
            prop_assert!(versions.contains(span), "{span:?}");
        }
        prop_assert_eq!(told.len(), 0, "spans are missing: {:?}", told);
    }

    #[test]
    fn objectives_stand_as_every_event_in_the_window_says(events in events(0..80), minutes in vec(any::<u64>(), 2)) {
        let (mut agent, naive) = (Agent::after(1, &events), Naive::new(&events));
        for slo in naive.slos() {
            let (id, account) = (agent.slo(slo), naive.account(slo));
            assert_eq!(agent.ledger.slo_status(id, None), Ok(account.status(None)));
            let Some(newest) = account.newest().map(|minute| minute * MINUTE_NS) else { continue };
            for minutes in &minutes {
                let at = askable(newest, *minutes);
                assert_eq!(agent.ledger.slo_status(id, Timestamp::from_nanos(at).ok()), Ok(account.status(Some(at))), "at {at}");
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
    let objective = Objective { alerts: vec![], ..Objective::new("a", target.parse().unwrap(), Window::days(30).unwrap()) };
    let mut ledger = Ledger::new(WriterId::new(1));
    let slo = ledger.create_slo(objective).unwrap();
    assert!(ledger.record_event(slo, true, good, Timestamp::default()).is_recorded());
    assert!(ledger.record_event(slo, false, bad, Timestamp::default()).is_recorded());
    ledger.slo_status(slo, None).unwrap()
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
            // Where any more were bad it would be missed, and so it is at risk.
            let is_met = matches!(hit.state, State::Met | State::AtRisk);
            assert_eq!((is_met, hit.budget_remaining, hit.budget_remaining_events), (true, spent, 0.0), "{target} {times}");
            assert_eq!(standing(&target, good - 1, total - good + 1).state, State::Violated, "{target} {times}");
        }
    }
}

#[test]
fn the_exact_hit_that_doubles_miss_is_met() {
    // 569/625 is 91.04 %, but 569.0 / 625.0 is below the double nearest to 0.9104.
    let mut ledger = Ledger::new(WriterId::new(1));
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
    let text = codomyrmex_telemetry::export::prometheus(&snapshot, codomyrmex_telemetry::export::Escaping::default());
    let balances: Vec<&str> = text.lines().filter(|line| line.starts_with("balance")).collect();
    assert_eq!(balances, ["balance{pool=\"a\",host=\"b\"} 1"]);
    assert_eq!(Double::new(-0.0).get().to_bits(), 1 << 63, "a double keeps its sign");
}

#[test]
fn a_family_with_a_window_takes_no_record_without_a_time() {
    for (family, descriptor) in families().iter().enumerate().filter(|(_, descriptor)| descriptor.window.is_some()) {
        let labels: Vec<String> = descriptor.labels.iter().map(|_| "x".into()).collect();
        let add = Event::Add { family, labels: labels.clone(), value: 1.0, at: None };
        let observe = Event::Observe { family, labels, value: 1.0, times: 1, at: None };
        let mut agent = Agent::new(1);
        let answers = [&add, &observe].map(|event| (agent.apply(event), Naive::verdict(event)));
        assert_eq!(answers[0].0, answers[0].1);
        assert_eq!(answers[1].0, answers[1].1);
        assert!(answers.iter().any(|(answer, _)| *answer == Outcome::InvalidTime), "{descriptor:?}: {answers:?}");
    }
}

#[test]
fn more_values_than_a_summary_has_buckets_for_make_them_wider_and_no_wider_than_need_be() {
    // At two digits 4,096 buckets; these are some 6,000, told by two writers.
    let observe = |place: u32| Event::Observe {
        family: 8,
        labels: vec!["many".into()],
        value: f64::from_bits(0x3ff0_0000_0000_0000 + (u64::from(place) << 45)),
        times: 1 + place % 3,
        at: None,
    };
    let events: Vec<Event> = (0..6_000).map(observe).collect();
    let (even, odd): (Vec<_>, Vec<_>) = events.iter().enumerate().partition(|(place, _)| place % 2 == 0);
    let mut merged = Agent::after(1, even.into_iter().map(|(_, event)| event)).ledger.snapshot();
    merged.merge(&Agent::after(2, odd.into_iter().map(|(_, event)| event)).ledger.snapshot());
    assert_eq!(merged, Agent::after(3, &events).ledger.snapshot());
    assert_metrics(&merged, Naive::new(&events));
}

#[test]
fn an_exemplar_is_the_record_that_was_made_in_a_sampled_trace() {
    let record = |value: f64, trace: u128, trace_flags: u8| Event::RecordIn {
        family: 4,
        labels: vec!["a".into()],
        value,
        at: 7,
        context: codomyrmex_telemetry::SpanContext {
            trace_id: TraceId::new(trace).unwrap(),
            span_id: span_id(3),
            trace_flags,
            trace_state: String::new(),
        },
    };
    let events = [record(0.5, 1, 1), record(0.25, 2, 0), record(2.0, 3, 3), record(3.0, 4, 2)];
    let snapshot = Agent::after(1, &events).ledger.snapshot();
    assert_metrics(&snapshot, Naive::new(&events));
    let point = &snapshot.metrics.0.values().next().unwrap().series.values().next().unwrap().point;
    let mut kept: Vec<_> = point.exemplars().iter().map(|exemplar| (exemplar.trace_id.get(), exemplar.value.get())).collect();
    kept.sort_by(|one, other| one.partial_cmp(other).unwrap());
    assert_eq!(kept, [(1, 0.5), (3, 2.0)]);
}
