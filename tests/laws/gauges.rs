//! Gauges that are changed by so much: in one ledger that is a variable.
//!
//! Such a change looks at what was before, so it is no event that could be told to any ledger in any
//! order; the other laws leave it out. What it comes to must not depend on when the ledger is drained, nor
//! on what came in from others.

use codomyrmex_telemetry::limits::SERIES_PER_FAMILY_MAX;
use codomyrmex_telemetry::metrics::SeriesKey;
use codomyrmex_telemetry::{Descriptor, Instrument, Ledger, Outcome, SeriesId, Timestamp, WriterId};
use codomyrmex_telemetry_tests::{Chance, cases, number};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Add(f64),
    Set(f64),
    Drain,
    Others(f64), // a write to the same gauge that comes in from another ledger
}

fn gauge(writer: u128) -> (Ledger, SeriesId) {
    let mut ledger = Ledger::new(WriterId::new(writer));
    let (name, instrument) = ("level".into(), Instrument::Gauge);
    let descriptor = Descriptor { name, help: String::new(), unit: String::new(), labels: vec!["of".into()], instrument, window: None };
    let family = ledger.declare(descriptor).unwrap();
    let series = ledger.resolve(family, &["a".into()]).unwrap();
    (ledger, series)
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos).unwrap()
}

/// What the gauge is, by its bits.
fn value(ledger: &Ledger, series: SeriesId) -> Option<u64> {
    ledger.ask(series, |asked| Ok(asked.value())).unwrap().map(f64::to_bits)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![5 => number().prop_map(Step::Add), 2 => number().prop_map(Step::Set), 2 => Just(Step::Drain)]
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn changes_at_one_time_come_to_what_a_variable_comes_to(steps in vec(step(), 0..40), seed in any::<u64>()) {
        let (chance, (mut ledger, series)) = (&mut Chance::new(seed), gauge(1));
        let (mut variable, mut clock) = (None::<f64>, 1_000u64);
        for step in steps {
            match step {
                Step::Add(change) => {
                    let outcome = ledger.add(series, change, Some(at(clock)));
                    prop_assert_eq!(outcome, if change.is_finite() { Outcome::Recorded } else { Outcome::InvalidValue });
                    if change.is_finite() {
                        variable = Some(variable.map_or(change, |variable| variable + change));
                    }
                }
                // A write is told by its time, so it must come later than all before.
                Step::Set(value) => {
                    clock += 1_000;
                    prop_assert_eq!(ledger.set(series, value, at(clock)), Outcome::Recorded);
                    variable = Some(value);
                }
                Step::Drain | Step::Others(_) => drop(ledger.drain()),
            }
            if chance.one_in(3) {
                clock += chance.bits() % 3;
            }
            prop_assert_eq!(value(&ledger, series), variable.map(|value| if value.is_nan() { f64::NAN } else { value }.to_bits()));
        }
    }

    #[test]
    fn drains_and_others_do_not_matter_whatever_the_times(
        steps in vec((prop_oneof![4 => step(), 1 => number().prop_map(Step::Others)], 0..20u64), 0..40),
    ) {
        let ((mut drained, series), (mut whole, same)) = (gauge(1), gauge(2));
        prop_assert_eq!(series, same);
        for (step, time) in steps {
            let both = &mut [&mut drained, &mut whole];
            match step {
                Step::Add(change) => {
                    let [one, other] = both.each_mut().map(|ledger| ledger.add(series, change, Some(at(time))));
                    prop_assert_eq!(one, other);
                }
                Step::Set(value) => prop_assert_eq!(both.each_mut().map(|ledger| ledger.set(series, value, at(time))), [Outcome::Recorded; 2]),
                Step::Drain => drop(drained.drain()),
                Step::Others(value) => {
                    let (mut other, its) = gauge(100 + u128::from(time) + u128::from(value.to_bits()));
                    other.set(its, value, at(0));
                    let delta = other.drain().unwrap();
                    let [one, other] = both.each_mut().map(|ledger| ledger.absorb(&delta));
                    prop_assert_eq!(one, other);
                }
            }
            prop_assert_eq!(value(&drained, series), value(&whole, series));
        }
    }
}

#[test]
fn a_gauge_goes_on_from_the_latest_write_of_its_own_before_and_after_a_drain() {
    for drains in [false, true] {
        let (mut ledger, series) = gauge(1);
        ledger.set(series, 5.0, at(10));
        if drains {
            ledger.drain().unwrap();
        }
        ledger.set(series, 1.0, at(3)); // comes late and changes nothing
        ledger.add(series, 1.0, Some(at(4)));
        assert_eq!(value(&ledger, series), Some(6f64.to_bits()), "drained: {drains}");
    }
}

#[test]
fn what_others_wrote_is_not_gone_on_from() {
    for drains in [false, true] {
        let ((mut ledger, series), (mut other, its)) = (gauge(1), gauge(2));
        other.set(its, 100.0, at(50));
        ledger.absorb(&other.drain().unwrap()).unwrap();
        if drains {
            ledger.drain().unwrap();
        }
        ledger.add(series, 1.0, Some(at(60)));
        assert_eq!(value(&ledger, series), Some(1f64.to_bits()), "drained: {drains}");
    }
}

#[test]
fn a_gauge_that_was_pushed_out_goes_on_from_the_latest_of_those_that_were() {
    for drains in [false, true] {
        let (mut ledger, _) = gauge(1);
        let family = codomyrmex_telemetry::FamilyId(1);
        let resolve = |ledger: &mut Ledger, number: usize| ledger.resolve(family, &[format!("n{number}")]).unwrap();
        let series: Vec<SeriesId> = (0..SERIES_PER_FAMILY_MAX - 1).map(|number| resolve(&mut ledger, number)).collect();
        for (number, series) in series.iter().enumerate() {
            assert_eq!(ledger.set(*series, number as f64, at(number as u64)), Outcome::Recorded);
        }
        if drains {
            ledger.drain().unwrap();
        }
        for number in 0..SERIES_PER_FAMILY_MAX {
            resolve(&mut ledger, SERIES_PER_FAMILY_MAX + number);
        }
        let snapshot = ledger.snapshot();
        let kept = &snapshot.metrics.0.values().next().unwrap().series;
        let is_kept = |number: usize| kept.contains_key(&SeriesKey::new(vec![format!("n{number}")]));
        let pushed: Vec<usize> = (0..series.len()).filter(|number| !is_kept(*number)).collect();
        assert!(pushed.len() > 100, "{} were pushed out", pushed.len());
        let (first, last) = (series[pushed[0]], pushed[pushed.len() - 1]);
        assert_eq!(ledger.add(first, 0.5, Some(at(0))), Outcome::Recorded);
        let overflow = ledger.snapshot().metrics.0.values().next().unwrap().overflow.clone().unwrap();
        assert_eq!(codomyrmex_telemetry::query::value(&overflow.point), Some(last as f64 + 0.5), "drained: {drains}");
    }
}
