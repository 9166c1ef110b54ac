//! Law 3, where it meets law 1: past a limit, what is kept is a function of the events too.
//!
//! What is not kept is counted, so that the totals are those of all events.

use std::collections::BTreeSet;

use codomyrmex_telemetry::limits::{FAMILIES_MAX, SERIES_PER_FAMILY_MAX, SPAN_BASE_BYTES, SPANS_BYTES_MAX};
use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::{
    Descriptor, Instrument, Ledger, SeriesId, Snapshot, SpanContext, SpanData, SpanKind, Timestamp, TraceId, WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, span_id, units_of_parts, units_of_sum};
use num_bigint::BigInt;
use proptest::prelude::*;

fn counter(name: String) -> Descriptor {
    Descriptor {
        name,
        help: String::new(),
        unit: String::new(),
        labels: vec!["user".into()],
        instrument: Instrument::Counter,
        window: None,
    }
}

/// Adds `n` for every user `n`, to ledgers and in an order that chance chooses, by handles that are
/// resolved long before or just then; gives a collector of all that they drained.
fn scatter_users(users: usize, writers: usize, chance: &mut Chance) -> Snapshot {
    let mut ledgers: Vec<Ledger> = (1..=writers as u128).map(|writer| Ledger::new(WriterId::new(writer))).collect();
    let mut collector = Ledger::new(WriterId::new(100));
    let mut order: Vec<usize> = (0..users).collect();
    chance.shuffle(&mut order);
    let mut waiting: Vec<(usize, SeriesId, usize)> = Vec::new();
    for user in order {
        let writer = chance.below(writers);
        let ledger = &mut ledgers[writer];
        let family = ledger.declare(counter("visits".into())).unwrap();
        let series = ledger.resolve(family, &[format!("user-{user}")]).unwrap();
        waiting.push((writer, series, user));
        if chance.one_in(3) {
            let (writer, series, user) = waiting.swap_remove(chance.below(waiting.len()));
            assert!(ledgers[writer].add(series, user as f64, None).is_recorded());
        }
        if chance.one_in(users / 3)
            && let Some(delta) = ledgers[writer].drain()
        {
            collector.absorb(&delta).unwrap();
        }
    }
    for (writer, series, user) in waiting {
        assert!(ledgers[writer].add(series, user as f64, None).is_recorded());
    }
    for ledger in &mut ledgers {
        ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
    }
    collector.snapshot()
}

/// A span of this many bytes, all told.
fn sized(trace: u128, span: u64, bytes: u64) -> SpanData {
    let trace_id = TraceId::new(trace).unwrap();
    let context = SpanContext { trace_id, span_id: span_id(span), trace_flags: 1, trace_state: String::new() };
    let mut data = SpanData::begin(context, None, "s".into(), SpanKind::Internal, Timestamp::default());
    let text = bytes - SPAN_BASE_BYTES - 2; // a name and a key of a byte each
    data.attributes.insert("k".into(), "x".repeat(text as usize).into());
    data
}

/// What a collector holds after these spans came to several ledgers in some order.
fn scatter_spans(spans: &[SpanData], writers: usize, chance: &mut Chance) -> Snapshot {
    let mut ledgers: Vec<Ledger> = (1..=writers as u128).map(|writer| Ledger::new(WriterId::new(writer))).collect();
    let mut order: Vec<&SpanData> = spans.iter().collect();
    chance.shuffle(&mut order);
    for span in order {
        ledgers[chance.below(writers)].complete_span(span.clone()).unwrap();
    }
    let mut collector = Ledger::new(WriterId::new(100));
    for ledger in &mut ledgers {
        ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
    }
    collector.snapshot()
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn label_sets_past_the_limit_share_one_series_the_same_one_for_any_split(more in 0..600usize, writers in 1..5usize, seed in any::<u64>()) {
        let (users, chance) = (SERIES_PER_FAMILY_MAX + more, &mut Chance::new(seed));
        let whole = scatter_users(users, 1, chance);
        let split = scatter_users(users, writers, chance);
        prop_assert_eq!(split.to_bytes(), whole.to_bytes());
        let (_, family) = whole.metrics.0.first_key_value().unwrap();
        prop_assert_eq!(family.series.len(), SERIES_PER_FAMILY_MAX);
        prop_assert_eq!(family.overflow.is_some(), more > 0);
        let sum: BigInt = family.series.values().chain(&family.overflow)
            .map(|series| if let Point::Counter(total) = &series.point { units_of_parts(&total.sum.parts()) } else { unreachable!("a counter was declared") })
            .sum();
        prop_assert_eq!(sum, units_of_sum(&[(users * (users - 1) / 2) as f64]));
    }
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn spans_past_the_limit_are_dropped_the_same_ones_for_any_split(seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let mut spans: Vec<SpanData> = (1..=2_600u64).map(|id| sized(1 + u128::from(id % 97), id, 13_000 + chance.bits() % 3_000)).collect();
        // Some are told twice, with other content.
        spans.extend((1..=100u64).map(|id| sized(1 + u128::from(id % 97), id, 200 + chance.bits() % 16_000)));
        let whole = scatter_spans(&spans, 1, chance);
        let cost: u64 = whole.spans.iter().map(|span| SPAN_BASE_BYTES + span.bytes() as u64).sum();
        prop_assert!(cost <= SPANS_BYTES_MAX && cost > SPANS_BYTES_MAX - 20_000, "{}", cost);
        prop_assert_eq!(whole.spans.recorded(), spans.len() as u64);
        prop_assert_eq!(whole.spans.dropped() + whole.spans.len() as u64, spans.len() as u64);
        for writers in [2, 5] {
            let split = scatter_spans(&spans, writers, chance);
            prop_assert_eq!(split.spans.len(), whole.spans.len());
            prop_assert_eq!(split.digest(), whole.digest());
        }
    }
}

#[test]
fn two_tellings_of_one_span_of_unlike_size_cut_the_same_in_either_order() {
    // These fill the store to less than 16,000 bytes below its limit.
    let size = 16_000;
    let fill: Vec<SpanData> = (10..10 + SPANS_BYTES_MAX / size).map(|id| sized(1, id, size)).collect();
    for (large_name, small_name) in [("a", "b"), ("b", "a")] {
        let large = SpanData { name: large_name.into(), ..sized(1, 5, size) };
        let small = SpanData { name: small_name.into(), ..sized(1, 5, 200) };
        let digests = [[&large, &small], [&small, &large]].map(|order| {
            let mut ledger = Ledger::new(WriterId::new(1));
            for span in fill.iter().chain(order) {
                ledger.complete_span(span.clone()).unwrap();
            }
            ledger.snapshot().digest()
        });
        assert_eq!(digests[0], digests[1], "'{large_name}' is large, '{small_name}' is small");
    }
}

#[test]
fn the_families_that_a_collector_holds_are_bounded_however_often_it_drains() {
    let mut collector = Ledger::new(WriterId::new(100));
    let mut refused = BTreeSet::new();
    for writer in 1..=3 {
        let mut ledger = Ledger::new(WriterId::new(writer));
        for place in 0..FAMILIES_MAX {
            ledger.declare(counter(format!("family_{writer}_{place}"))).unwrap();
        }
        if collector.absorb(&ledger.drain().unwrap()).is_err() {
            refused.insert(writer);
        }
        collector.drain();
        assert!(collector.snapshot().metrics.0.len() <= FAMILIES_MAX, "{} families", collector.snapshot().metrics.0.len());
    }
    assert_eq!(refused, BTreeSet::from([2, 3]));
}
