//! A writer that begins again: its deltas are numbered from 1 once more, and none of them is lost, taken
//! for an earlier one or counted twice.

use std::collections::BTreeMap;

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::{Absorbed, Descriptor, Instrument, Ledger, Snapshot, WriterId};
use codomyrmex_telemetry_tests::{Agent, Chance, Event, cases, events, units_of_parts};
use num_bigint::BigInt;
use proptest::prelude::*;

/// Tells the events, in their order, to one writer that begins again now and then; gives the deltas of
/// all its lives. What a life drained last is all that it leaves.
fn live(events: &[Event], chance: &mut Chance) -> Vec<Vec<u8>> {
    let (mut deltas, mut life) = (Vec::new(), 0);
    let born = |life: u64| {
        let mut agent = Agent::new(7);
        agent.ledger = agent.ledger.in_life(life);
        agent
    };
    let mut agent = born(life);
    for event in events {
        agent.apply(event);
        if chance.one_in(4) {
            deltas.extend(agent.ledger.drain());
        }
        if chance.one_in(6) {
            agent.finish();
            deltas.extend(agent.ledger.drain());
            life += 1 + chance.bits() % 3;
            agent = born(life);
        }
    }
    agent.finish();
    deltas.extend(agent.ledger.drain());
    deltas
}

/// What every counter has come to, exactly.
fn counters(snapshot: &Snapshot) -> BTreeMap<(String, Vec<String>), BigInt> {
    let mut counters = BTreeMap::new();
    for (schema, family) in &snapshot.metrics.0 {
        for (key, series) in &family.series {
            if let Point::Counter(total) = &series.point {
                counters.insert((schema.name.clone(), key.values().to_vec()), units_of_parts(&total.sum.parts()));
            }
        }
    }
    counters
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn every_life_counts_once_and_no_counter_goes_back(events in events(0..60), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let deltas = live(&events, chance);
        let mut arriving: Vec<usize> = (0..deltas.len()).chain((0..deltas.len()).filter(|_| chance.one_in(2))).collect();
        chance.shuffle(&mut arriving);
        let (mut collector, mut merged, mut before) = (Ledger::new(WriterId::new(9)), vec![false; deltas.len()], BTreeMap::new());
        for place in arriving {
            let expected = if merged[place] { Absorbed::Duplicate } else { Absorbed::Merged };
            prop_assert_eq!(collector.absorb(&deltas[place]), Ok(expected));
            merged[place] = true;
            let now = counters(&collector.snapshot());
            for (series, sum) in &before {
                prop_assert!(now.get(series).is_some_and(|now| now >= sum), "{:?} went back", series);
            }
            before = now;
        }
        prop_assert_eq!(collector.snapshot(), Agent::after(1, &events).ledger.snapshot());
    }
}

/// The delta of a life in which this was added to one counter.
fn life(ledger: Ledger, amount: f64) -> (Ledger, Vec<u8>) {
    let mut ledger = ledger;
    let (name, instrument) = ("calls".into(), Instrument::Counter);
    let descriptor = Descriptor { name, help: String::new(), unit: String::new(), labels: vec![], instrument, window: None };
    let family = ledger.declare(descriptor).unwrap();
    let series = ledger.resolve(family, &[]).unwrap();
    assert!(ledger.add(series, amount, None).is_recorded());
    let delta = ledger.drain().unwrap();
    (ledger, delta)
}

#[test]
fn a_life_is_what_keeps_a_new_beginning_from_being_taken_for_the_old() {
    let writer = || Ledger::new(WriterId::new(1));
    let ((_, first), (_, same), (_, second)) = (life(writer(), 1.0), life(writer(), 2.0), life(writer().in_life(5), 4.0));
    let mut collector = Ledger::new(WriterId::new(2));
    assert_eq!(collector.absorb(&first), Ok(Absorbed::Merged));
    assert_eq!(collector.absorb(&same), Ok(Absorbed::Duplicate), "without another life");
    assert_eq!(collector.absorb(&second), Ok(Absorbed::Merged));
    assert_eq!(counters(&collector.snapshot()).into_values().collect::<Vec<_>>(), [BigInt::from(5) << 1_074]);
}

#[test]
fn a_writer_takes_in_what_it_drained_in_an_earlier_life_but_not_in_this_one() {
    let (_, earlier) = life(Ledger::new(WriterId::new(1)), 1.0);
    let (mut now, own) = life(Ledger::new(WriterId::new(1)).in_life(1), 2.0);
    assert_eq!(now.absorb(&own), Ok(Absorbed::Duplicate));
    assert_eq!(now.absorb(&earlier), Ok(Absorbed::Merged));
    assert_eq!(now.absorb(&earlier), Ok(Absorbed::Duplicate));
    assert_eq!(counters(&now.snapshot()).into_values().collect::<Vec<_>>(), [BigInt::from(3) << 1_074]);
}
