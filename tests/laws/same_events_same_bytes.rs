//! Law 1: the snapshot of a set of events is a function of that set.
//!
//! Not of how the events were split over ledgers, in which order they came, when a ledger was
//! drained, in which order and how often its deltas arrived, over how many collectors, and whether
//! a span was told in one call or in many.

use codomyrmex_telemetry::export::Escaping;
use codomyrmex_telemetry::limits::EXEMPLARS_MAX;
use codomyrmex_telemetry::{Absorbed, Descriptor, Instrument, Ledger, Snapshot, SpanContext, TraceId, WriterId, export};
use codomyrmex_telemetry_tests::{Agent, Chance, Event, cases, events, span_id};
use proptest::prelude::*;

/// Tells the events to several agents in another order; gives them and the deltas they drained,
/// each with its writer.
fn scatter(events: &[Event], chance: &mut Chance, drains: bool) -> (Vec<Agent>, Vec<(usize, Vec<u8>)>) {
    let mut agents: Vec<Agent> = (1..=1 + chance.below(8) as u128).map(Agent::new).collect();
    let mut order: Vec<&Event> = events.iter().collect();
    chance.shuffle(&mut order);
    let mut deltas = Vec::new();
    for event in order {
        let place = chance.below(agents.len());
        agents[place].apply(event);
        if drains && chance.one_in(4) {
            deltas.extend(agents[place].ledger.drain().map(|delta| (place, delta)));
        }
    }
    for (place, agent) in agents.iter_mut().enumerate() {
        agent.finish();
        if drains {
            deltas.extend(agent.ledger.drain().map(|delta| (place, delta)));
        }
    }
    (agents, deltas)
}

/// A collector to which these deltas came, some of them several times, in any order.
fn collect(writer: u128, deltas: &[Vec<u8>], chance: &mut Chance) -> Ledger {
    let mut collector = Ledger::new(WriterId::new(writer));
    let mut arriving: Vec<usize> = (0..deltas.len()).chain((0..deltas.len()).filter(|_| chance.one_in(3))).collect();
    chance.shuffle(&mut arriving);
    let mut merged = vec![false; deltas.len()];
    for place in arriving {
        let expected = if merged[place] { Absorbed::Duplicate } else { Absorbed::Merged };
        assert_eq!(collector.absorb(&deltas[place]), Ok(expected));
        merged[place] = true;
    }
    collector
}

/// The same through collectors of collectors: each agent sends to one of three, which drain
/// whenever, and the top one sees what they drained.
fn collect_in_two_storeys(deltas: &[(usize, Vec<u8>)], chance: &mut Chance) -> Ledger {
    let mut middle: Vec<Ledger> = (1001..1004).map(|writer| Ledger::new(WriterId::new(writer))).collect();
    let mut arriving: Vec<&(usize, Vec<u8>)> = deltas.iter().chain(deltas.iter().filter(|_| chance.one_in(4))).collect();
    chance.shuffle(&mut arriving);
    let mut upwards = Vec::new();
    for (agent, delta) in arriving {
        let collector = &mut middle[agent % 3];
        collector.absorb(delta).unwrap();
        if chance.one_in(3) {
            upwards.extend(collector.drain());
        }
    }
    upwards.extend(middle.iter_mut().filter_map(Ledger::drain));
    collect(2000, &upwards, chance)
}

/// The agents' snapshots put together in another order, some of them by way of their bytes.
fn merge(agents: &[Agent], chance: &mut Chance) -> Snapshot {
    let mut parts: Vec<Snapshot> = agents.iter().map(|agent| agent.ledger.snapshot()).collect();
    chance.shuffle(&mut parts);
    let mut whole = Snapshot::default();
    for part in parts {
        let part = if chance.one_in(2) { Snapshot::from_bytes(&part.to_bytes()).unwrap() } else { part };
        whole.merge(&part);
    }
    whole
}

fn assert_alike(name: &str, other: &Snapshot, single: &Snapshot) {
    assert_eq!(export::prometheus(other, Escaping::default()), export::prometheus(single, Escaping::default()), "{name}");
    assert_eq!(other, single, "{name}");
    assert_eq!(other.to_bytes(), single.to_bytes(), "{name}");
    assert_eq!(other.digest(), single.digest(), "{name}");
    assert_eq!(other.slos.statuses(None), single.slos.statuses(None), "{name}");
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn any_split_order_and_re_delivery_give_one_digest(events in events(0..60), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let single = Agent::after(1, &events).ledger.snapshot();
        let (agents, deltas) = scatter(&events, chance, true);
        let bytes: Vec<Vec<u8>> = deltas.iter().map(|(_, delta)| delta.clone()).collect();
        assert_alike("a collector", &collect(1000, &bytes, chance).snapshot(), &single);
        assert_alike("a collector of collectors", &collect_in_two_storeys(&deltas, chance).snapshot(), &single);
        let (undrained, _) = scatter(&events, chance, false);
        assert_alike("merged snapshots", &merge(&undrained, chance), &single);
        // What was drained has handed its spans over; all else it still knows.
        let mut drained = merge(&agents, chance);
        drained.spans = single.spans.clone();
        assert_alike("drained ledgers", &drained, &single);
    }

    #[test]
    fn a_ledger_that_also_collects_counts_its_own_and_the_others_events(mine in events(0..30), theirs in events(0..30), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let (_, deltas) = scatter(&theirs, chance, true);
        let mut both = Agent::new(9);
        let mut deltas = deltas.into_iter();
        for event in &mine {
            both.apply(event);
            if chance.one_in(2) && let Some((_, delta)) = deltas.next() {
                both.ledger.absorb(&delta).unwrap();
            }
        }
        both.finish();
        for (_, delta) in deltas {
            both.ledger.absorb(&delta).unwrap();
        }
        let all: Vec<Event> = mine.iter().chain(&theirs).cloned().collect();
        assert_alike("both", &both.ledger.snapshot(), &Agent::after(1, &all).ledger.snapshot());
    }
}

/// A record of one of four series, in one of fifty traces, of any of thirty powers of two.
fn exemplar(place: u64, chance: &mut Chance) -> Event {
    let family = [0, 4, 6, 7][chance.below(4)];
    let trace_id = TraceId::new(1 + u128::from(chance.bits() % 50)).unwrap();
    Event::RecordIn {
        family,
        labels: if family == 7 { vec![] } else { vec!["a".into()] },
        value: f64::from_bits((1_000 + chance.bits() % 30) << 52 | chance.bits() >> 12),
        at: place,
        context: SpanContext { trace_id, span_id: span_id(1 + place % 5), trace_flags: 1, trace_state: String::new() },
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn of_many_exemplars_the_same_few_stay(seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let events: Vec<Event> = (0..200).map(|place| exemplar(place, chance)).collect();
        let single = Agent::after(1, &events).ledger.snapshot();
        let series = single.metrics.0.values().flat_map(|family| family.series.values());
        let mut kept: Vec<usize> = series.map(|series| series.point.exemplars().len()).collect();
        kept.sort_unstable();
        // Of a counter one, of a histogram one a bucket, of the exponential ones as many as there may be.
        prop_assert!(kept[0] == 1 && kept[2..] == [EXEMPLARS_MAX; 2], "{:?}", kept);
        for _ in 0..3 {
            let (_, deltas) = scatter(&events, chance, true);
            assert_alike("two storeys", &collect_in_two_storeys(&deltas, chance).snapshot(), &single);
        }
    }
}

#[test]
fn what_two_writers_declare_differently_stays_apart_and_in_one_order() {
    let declare = |writer: u128, instrument, unit: &str| {
        let mut ledger = Ledger::new(WriterId::new(writer));
        let descriptor =
            Descriptor { name: "load".into(), help: String::new(), unit: unit.into(), labels: vec![], instrument, window: None };
        ledger.declare(descriptor).unwrap();
        ledger.drain().unwrap()
    };
    let deltas = [declare(1, Instrument::Counter, ""), declare(2, Instrument::Gauge, ""), declare(3, Instrument::Gauge, "bytes")];
    let mut digests = Vec::new();
    for order in [[0usize, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut collector = Ledger::new(WriterId::new(9));
        for place in order {
            assert_eq!(collector.absorb(&deltas[place]), Ok(Absorbed::Merged));
        }
        let snapshot = collector.snapshot();
        assert_eq!(snapshot.metrics.0.len(), 3);
        assert!(export::prometheus(&snapshot, Escaping::default()).ends_with("\ncodomyrmex_telemetry_conflicting_families 2\n"));
        digests.push(snapshot.digest());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}
