//! Questions: what a ledger answers is what all events come to, whoever recorded them.
//!
//! Values and rates are exact and rounded once; of a quantile the true value of that rank must lie between
//! the ends that are given, and be the answer itself where the values are kept as they are.

use codomyrmex_telemetry::limits::{SERIES_PER_FAMILY_MAX, SLICES};
use codomyrmex_telemetry::metrics::Quantile;
use codomyrmex_telemetry::query::Asked;
use codomyrmex_telemetry::{Descriptor, Error, Instrument, Ledger, Timestamp, WriterId};
use codomyrmex_telemetry_tests::{Agent, Chance, Event, Naive, SeriesTruth, cases, events, families, nearest};
use proptest::collection::vec;
use proptest::prelude::*;

/// An agent that recorded some of these events itself, took in the rest from others, and drained when
/// chance said so.
fn knowing(events: &[Event], chance: &mut Chance) -> Agent {
    let mut agents: Vec<Agent> = (1..=3).map(Agent::new).collect();
    let mut order: Vec<&Event> = events.iter().collect();
    chance.shuffle(&mut order);
    for event in order {
        let place = chance.below(3);
        agents[place].apply(event);
        if chance.one_in(5)
            && let Some(delta) = agents[place].ledger.drain()
            && place > 0
        {
            agents[0].ledger.absorb(&delta).unwrap();
        }
    }
    let mut others = agents.split_off(1);
    let mut asked = agents.remove(0);
    others.iter_mut().for_each(Agent::finish);
    for delta in others.iter_mut().filter_map(|agent| agent.ledger.drain()) {
        asked.ledger.absorb(&delta).unwrap();
    }
    asked
}

/// What a series has come to, as one number.
fn value(instrument: &Instrument, truth: &SeriesTruth) -> Option<f64> {
    match instrument {
        Instrument::Counter | Instrument::UpDownCounter => Some(nearest(&truth.units())),
        Instrument::Gauge => truth.last().map(|(_, bits)| f64::from_bits(bits)),
        Instrument::StateSet(_) => truth.last_state().map(|(_, state)| state as f64),
        Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_) => Some(truth.count() as f64),
        Instrument::Info => Some(1.0),
    }
}

fn bits(value: Option<f64>) -> Option<u64> {
    value.map(f64::to_bits)
}

/// The answer holds the true value of the rank.
fn assert_bracket(instrument: &Instrument, answer: Option<Quantile>, truth: &SeriesTruth, share: f64) {
    let expected = truth.order_statistic(share);
    assert_eq!(answer.is_some(), expected.is_some(), "{share} of {truth:?}");
    let Some((answer, expected)) = answer.zip(expected) else { return };
    let Quantile { value, low, high } = answer;
    assert!(low <= expected && expected <= high && low <= value && value <= high, "{share}: {expected:e} is not in {answer:?}");
    if let Instrument::Summary(options) = instrument {
        let width = high - low;
        assert!(truth.count() > 64 || width == 0.0, "{answer:?} of {} values", truth.count());
        let parts = 10u32.pow(options.digits.into());
        assert!(width <= expected.abs().max(f64::MIN_POSITIVE) / f64::from(parts), "{answer:?} to {} digits", options.digits);
    }
}

fn has_quantiles(instrument: &Instrument) -> bool {
    matches!(instrument, Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_))
}

/// Every question of all time.
fn assert_answers(asked: Asked<'_>, family: &Descriptor, truth: &SeriesTruth, shares: &[f64]) {
    assert_eq!(bits(asked.value()), bits(value(&family.instrument, truth)));
    for share in shares {
        let answer = asked.quantile(*share);
        if has_quantiles(&family.instrument) {
            assert_bracket(&family.instrument, answer.unwrap(), truth, *share);
        } else {
            assert!(matches!(answer, Err(Error::InvalidArgument(_))));
        }
    }
}

/// Every question of late.
fn assert_lately(asked: Asked<'_>, family: &Descriptor, truth: &SeriesTruth, until: Option<u64>, shares: &[f64]) {
    let at = until.map(|until| Timestamp::from_nanos(until).unwrap());
    let Some(window) = family.window else {
        assert!(matches!(
            (asked.rate(at), asked.recent_quantile(0.5, at)),
            (Err(Error::InvalidArgument(_)), Err(Error::InvalidArgument(_)))
        ));
        return;
    };
    let (lately, length) = truth.lately(window, until).unwrap_or_default();
    let expected = if length == 0 { 0.0 } else { value(&family.instrument, &lately).unwrap() / (length as f64 / 1e9) };
    assert_eq!(asked.rate(at).unwrap().to_bits(), expected.to_bits(), "until {until:?}");
    for share in shares.iter().filter(|_| has_quantiles(&family.instrument)) {
        assert_bracket(&family.instrument, asked.recent_quantile(*share, at).unwrap(), &lately, *share);
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_ledger_answers_from_all_that_it_and_others_recorded(events in events(0..80), seed in any::<u64>(), shares in vec(0.0..=1.0f64, 2)) {
        let (chance, catalogue) = (&mut Chance::new(seed), families());
        let shares = [shares, vec![0.0, -0.0, 0.5, 0.99, 1.0]].concat();
        let mut agent = knowing(&events, chance);
        for ((place, labels), truth) in Naive::new(&events).series() {
            let (series, family) = (agent.series(place, &labels), &catalogue[place]);
            let newest = truth.extent().map_or(0, |(_, last)| last);
            let slice = family.window.map_or(1, |window| window.div_ceil(SLICES));
            let back = newest.saturating_sub(slice * (chance.bits() % 14));
            let later = newest.saturating_add(slice.saturating_mul(chance.bits() % 14)).min(i64::MAX as u64);
            let checked = agent.ledger.ask(series, |asked| {
                assert_answers(asked, family, &truth, &shares);
                for until in [None, Some(newest), Some(back), Some(later)] {
                    assert_lately(asked, family, &truth, until, &shares);
                }
                Ok(())
            });
            prop_assert_eq!(checked, Ok(()));
        }
    }

    #[test]
    fn the_top_series_are_those_with_the_greatest_values(events in events(0..80), count in 0..6usize, seed in any::<u64>()) {
        let mut agent = knowing(&events, &mut Chance::new(seed));
        let truths = Naive::new(&events).series();
        for (place, family) in families().into_iter().enumerate() {
            let of_family = truths.iter().filter(|((of, _), _)| *of == place);
            let mut rows: Vec<_> = of_family.filter_map(|((_, labels), truth)| Some((labels, value(&family.instrument, truth)?))).collect();
            rows.sort_by(|(labels, a), (others, b)| b.total_cmp(a).then(labels.cmp(others)));
            let expected: Vec<_> = rows.into_iter().take(count).map(|(labels, value)| (Some(labels.clone()), value.to_bits())).collect();
            let Ok(id) = agent.ledger.declare(family) else { unreachable!("the catalogue is in order") };
            let found: Vec<_> = agent.ledger.top(id, count).unwrap().into_iter().map(|row| (row.labels, row.value.to_bits())).collect();
            prop_assert_eq!(found, expected);
        }
        agent.finish();
    }
}

#[test]
fn the_smallest_values_lie_within_what_is_said_of_them() {
    for (family, labels) in [(6, vec!["a".into()]), (7, vec![]), (8, vec!["a".into()])] {
        for sign in [1.0, -1.0] {
            let values = [5e-324, 1e-310, f64::MIN_POSITIVE, 1.0, f64::MAX];
            let observe = |value: &f64| Event::Observe { family, labels: labels.clone(), value: sign * value, times: 20, at: None };
            let events: Vec<Event> = values.iter().map(observe).collect();
            let mut agent = Agent::after(1, &events);
            let truth = Naive::new(&events).series().into_values().next().unwrap();
            let series = agent.series(family, &labels);
            for share in [0.0, 0.2, 0.21, 0.4, 0.41, 0.6, 0.61, 0.8, 0.81, 1.0] {
                let answer = agent.ledger.ask(series, |asked| asked.quantile(share)).unwrap();
                assert_bracket(&Instrument::Gauge, answer, &truth, share);
            }
        }
    }
}

#[test]
fn a_share_that_is_none_is_an_invalid_argument() {
    for family in [4, 6, 8] {
        let mut agent = Agent::new(1);
        let series = agent.series(family, &["a".into()]);
        for share in [-0.1, 1.000_000_1, f64::NAN, f64::INFINITY] {
            let answer = agent.ledger.ask(series, |asked| asked.quantile(share));
            assert!(matches!(answer, Err(Error::InvalidArgument(_))), "{share}: {answer:?}");
        }
        assert_eq!(agent.ledger.ask(series, |asked| asked.quantile(0.5)), Ok(None));
    }
}

#[test]
fn what_was_drained_before_a_series_was_pushed_out_is_still_asked_about() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let (help, unit, labels) = (String::new(), String::new(), vec!["n".to_string()]);
    let family =
        ledger.declare(Descriptor { name: "pushed".into(), help, unit, labels, instrument: Instrument::Counter, window: None }).unwrap();
    let resolve = |ledger: &mut Ledger, number: usize| ledger.resolve(family, &[number.to_string()]).unwrap();
    let first: Vec<_> = (0..SERIES_PER_FAMILY_MAX).map(|number| resolve(&mut ledger, number)).collect();
    first.iter().for_each(|series| assert!(ledger.add(*series, 1.0, None).is_recorded()));
    ledger.drain().unwrap();
    (SERIES_PER_FAMILY_MAX..2 * SERIES_PER_FAMILY_MAX).for_each(|number| {
        resolve(&mut ledger, number);
    });
    let snapshot = ledger.snapshot();
    let (_, whole) = snapshot.metrics.0.first_key_value().unwrap();
    let overflow = codomyrmex_telemetry::query::value(&whole.overflow.as_ref().unwrap().point).unwrap();
    let values: Vec<f64> = first.iter().map(|series| ledger.ask(*series, |asked| Ok(asked.value().unwrap())).unwrap()).collect();
    let pushed_out = values.iter().filter(|value| **value == overflow).count();
    assert!(overflow > 500.0 && pushed_out as f64 == overflow, "{overflow} {pushed_out}");
    assert!(values.iter().all(|value| *value == 1.0 || *value == overflow));
    let rows = ledger.top(family, 1).unwrap();
    assert_eq!((rows[0].labels.as_ref(), rows[0].value), (None, overflow));
}
