//! Law 4: nothing gets lost and nothing is counted twice, at every moment.
//!
//! Each sum is made twice: by the ledgers, and here from the events told so far. Deliberately
//! absent: limits, at which the same must hold (`limits_do_not_depend_on_order`).

use std::collections::{BTreeMap, BTreeSet};

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::{Absorbed, Delta, Ledger, Snapshot, WriterId};
use codomyrmex_telemetry_tests::{Account, Agent, Chance, Event, Naive, cases, events, is_fed, objectives, units_of_parts};
use num_bigint::BigInt;
use proptest::prelude::*;

/// What an objective's slots hold and what expired, exempt or not, together: good and bad, or the part and the
/// whole.
fn counted(snapshot: &Snapshot, slo: usize) -> [u64; 2] {
    let Some(tracked) = snapshot.slos.0.get(&objectives()[slo]) else { return [0, 0] };
    let lanes = [&tracked.slots, &tracked.exempt];
    let all = lanes.into_iter().flat_map(|lane| lane.iter().map(|(_, counts)| counts).chain([lane.expired()]));
    all.fold([0, 0], |[good, bad], more| [good + more.good, bad + more.bad])
}

/// What an objective must have counted by itself.
fn told(account: &Account) -> [u64; 2] {
    account.happened.iter().fold([0, 0], |[good, bad], happened| [good + happened.counts[0], bad + happened.counts[1]])
}

/// All sums of a snapshot, in units, and the number of values, by family and label values.
fn sums(snapshot: &Snapshot) -> BTreeMap<(String, Vec<String>), [BigInt; 2]> {
    let mut sums = BTreeMap::new();
    for (schema, family) in &snapshot.metrics.0 {
        for (key, series) in &family.series {
            let (sum, count) = match &series.point {
                Point::Counter(total) | Point::UpDownCounter(total) => (&total.sum, 0),
                Point::Histogram(histogram) => (&histogram.tally.sum, histogram.count()),
                Point::ExponentialHistogram(histogram) => (&histogram.tally.sum, histogram.count()),
                Point::Summary(summary) => (&summary.tally.sum, summary.count()),
                Point::Gauge(_) | Point::State(_) | Point::Info => continue,
            };
            sums.insert((schema.name.clone(), key.values().to_vec()), [units_of_parts(&sum.parts()), count.into()]);
        }
    }
    sums
}

/// Where a ledger counts for itself, all numbers fit: no count here comes near 2^64.
fn without_huge_counts(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().filter(|event| !matches!(event, Event::Count { count, .. } if *count > 1_000)).collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn spans_are_kept_or_dropped_or_in_a_delta_at_every_moment(events in events(0..60), seed in any::<u64>()) {
        let (mut agent, chance) = (Agent::new(1), &mut Chance::new(seed));
        let (mut told, mut in_deltas) = (0u64, 0);
        for event in &events {
            agent.apply(event);
            told += u64::from(matches!(event, Event::Span { .. }));
            let pending = agent.ledger.snapshot().spans;
            prop_assert_eq!(told - agent.open_spans() as u64, pending.recorded() + pending.unsampled());
            prop_assert_eq!(pending.recorded(), pending.exported() + pending.len() as u64 + pending.dropped());
            prop_assert_eq!(pending.exported(), in_deltas);
            let distinct: BTreeSet<_> = pending.iter().map(|span| (span.context.trace_id, span.context.span_id)).collect();
            prop_assert_eq!(distinct.len(), pending.len());
            if chance.one_in(5) && let Some(delta) = agent.ledger.drain() {
                let before = pending.dropped();
                in_deltas += Delta::from_bytes(&delta).unwrap().content.spans.len() as u64;
                let after = agent.ledger.snapshot().spans;
                prop_assert_eq!((after.len(), after.dropped()), (0, before));
            }
        }
    }

    #[test]
    fn an_objective_counts_every_event_in_a_slot_or_as_expired(events in events(0..80), seed in any::<u64>()) {
        let events = without_huge_counts(events);
        let (mut agent, chance) = (Agent::new(1), &mut Chance::new(seed));
        let mut collector = Ledger::new(WriterId::new(2));
        for (place, event) in events.iter().enumerate() {
            agent.apply(event);
            if chance.one_in(4) && let Some(delta) = agent.ledger.drain() {
                prop_assert_eq!(collector.absorb(&delta), Ok(Absorbed::Merged));
            }
            let (so_far, snapshot) = (Naive::new(&events[..=place]), agent.ledger.snapshot());
            for slo in so_far.slos() {
                // A span that is told but not ended yet is heard of later.
                if agent.open_spans() == 0 || !is_fed(&objectives()[slo]) {
                    prop_assert_eq!(counted(&snapshot, slo), told(&so_far.account(slo)));
                }
            }
        }
        agent.ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
        let (collected, own) = (collector.snapshot(), agent.ledger.snapshot());
        for slo in Naive::new(&events).slos() {
            prop_assert_eq!(counted(&collected, slo), counted(&own, slo));
        }
    }

    #[test]
    fn a_sum_in_the_merged_view_is_the_sum_of_its_writers(events in events(0..60), writers in 1..6usize, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let mut agents: Vec<Agent> = (1..=writers as u128).map(Agent::new).collect();
        let mut collector = Ledger::new(WriterId::new(100));
        for event in &events {
            let agent = &mut agents[chance.below(writers)];
            agent.apply(event);
            if chance.one_in(3) && let Some(delta) = agent.ledger.drain() {
                collector.absorb(&delta).unwrap();
            }
        }
        let mut whole = BTreeMap::<_, [BigInt; 2]>::new();
        for agent in &mut agents {
            agent.ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
            for (series, [units, count]) in sums(&agent.ledger.snapshot()) {
                let all = whole.entry(series).or_default();
                all[0] += units;
                all[1] += count;
            }
        }
        prop_assert_eq!(sums(&collector.snapshot()), whole);
    }

    #[test]
    fn every_drop_is_counted_once_by_its_reason_at_every_moment(events in events(0..60), seed in any::<u64>()) {
        let (mut agent, chance) = (Agent::new(1), &mut Chance::new(seed));
        let mut absorbed = Ledger::new(WriterId::new(2));
        for (place, event) in events.iter().enumerate() {
            agent.apply(event);
            if chance.one_in(4) && let Some(delta) = agent.ledger.drain() {
                absorbed.absorb(&delta).unwrap();
            }
            let mut counted: BTreeMap<_, _> = agent.ledger.dropped().into_iter().collect();
            counted.remove("spans-not-kept");
            prop_assert_eq!(counted, Naive::new(&events[..=place]).drops());
        }
        agent.ledger.drain().map(|delta| absorbed.absorb(&delta).unwrap());
        let mut counted: BTreeMap<_, _> = absorbed.dropped().into_iter().collect();
        counted.remove("spans-not-kept");
        prop_assert_eq!(counted, Naive::new(&events).drops());
    }

    #[test]
    fn every_re_delivery_is_counted_and_changes_nothing(events in events(1..40), times in 1..5u64) {
        let mut agent = Agent::after(1, &events);
        let delta = agent.ledger.drain().unwrap();
        let mut collector = Ledger::new(WriterId::new(2));
        prop_assert_eq!(collector.absorb(&delta), Ok(Absorbed::Merged));
        let before = collector.snapshot();
        for _ in 0..times {
            prop_assert_eq!(collector.absorb(&delta), Ok(Absorbed::Duplicate));
        }
        prop_assert_eq!(collector.snapshot(), before);
        prop_assert!(collector.dropped().contains(&("duplicate-delta", times)));
    }
}
