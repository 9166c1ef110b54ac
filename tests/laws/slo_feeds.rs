//! What objectives hear of metrics and spans is exact, whatever limits do to the series and the spans.

use codomyrmex_telemetry::limits::{SERIES_PER_FAMILY_MAX, SPANS_BYTES_MAX};
use codomyrmex_telemetry::slo::{MetricRatio, MetricSelector, SpanSelector};
use codomyrmex_telemetry::{
    Descriptor, Indicator, Instrument, Ledger, Objective, SloId, Snapshot, SpanContext, SpanData, SpanKind, SpanStatus, Timestamp, TraceId,
    Value, Window, WriterId,
};
use codomyrmex_telemetry_tests::{Chance, MINUTE_NS, cases, span_id};
use proptest::prelude::*;

fn at(minute: u64) -> Timestamp {
    Timestamp::from_nanos(minute * MINUTE_NS).unwrap()
}

fn objective(id: &str, indicator: Indicator) -> Objective {
    Objective { indicator, ..Objective::new(id, "50%".parse().unwrap(), Window::days(1).unwrap()) }
}

/// Visits of one user, and those of all; by one objective with the labels as dimensions, and one without.
fn visits() -> [Objective; 2] {
    let selector = |labels: &[(&str, &str)]| MetricSelector {
        name: "visits".into(),
        labels: labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        threshold: None,
    };
    let ratio = MetricRatio { part_is_good: false, part: selector(&[("outcome", "failed")]), total: selector(&[]) };
    let by_user = Objective { dimensions: vec!["user".into()], ..objective("by user", Indicator::Metrics(ratio.clone())) };
    [by_user, objective("plain", Indicator::Metrics(ratio))]
}

/// A ledger that counts visits; in some the family is there before the objectives.
fn counting(writer: u128, family_first: bool) -> (Ledger, [SloId; 2]) {
    let mut ledger = Ledger::new(WriterId::new(writer));
    if family_first {
        visit(&mut ledger, 0, false, 0, 0);
    }
    let slos = visits().map(|objective| ledger.create_slo(objective).unwrap());
    (ledger, slos)
}

fn visit(ledger: &mut Ledger, user: usize, failed: bool, times: u64, minute: u64) {
    let labels = vec!["user".into(), "outcome".into()];
    let (name, instrument) = ("visits".into(), Instrument::Counter);
    let family = ledger.declare(Descriptor { name, help: String::new(), unit: String::new(), labels, instrument, window: None }).unwrap();
    let outcome = if failed { "failed" } else { "served" };
    let series = ledger.resolve(family, &[format!("user-{user}"), outcome.into()]).unwrap();
    assert!(ledger.add(series, times as f64, Some(at(minute))).is_recorded());
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn a_family_past_its_limit_feeds_objectives_exactly_for_any_split(more in 1..400usize, writers in 1..4usize, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let users = SERIES_PER_FAMILY_MAX / 2 + more; // each with two outcomes
        let mut visits: Vec<(usize, bool, u64, u64)> =
            (0..2 * users).map(|place| (place / 2, place % 2 == 1, 1 + place as u64 % 7, 20_000_000 + place as u64 % 300)).collect();
        let [good, bad] = [false, true].map(|failed| visits.iter().filter(|visit| visit.1 == failed).map(|visit| visit.2).sum::<u64>());
        let mut snapshots: Vec<Snapshot> = Vec::new();
        for writers in [1, writers] {
            chance.shuffle(&mut visits);
            let mut ledgers: Vec<Ledger> = (1..=writers as u128).map(|writer| counting(writer, writer % 2 == 0).0).collect();
            let (mut collector, slos) = counting(100, false);
            for (user, failed, times, minute) in &visits {
                let ledger = &mut ledgers[chance.below(writers)];
                visit(ledger, *user, *failed, *times, *minute);
                if chance.one_in(users) {
                    ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
                }
            }
            for ledger in &mut ledgers {
                ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
            }
            for slo in slos {
                let status = collector.slo_status(slo, None).unwrap();
                prop_assert_eq!((status.good, status.total, status.uncounted), (good, good + bad, 0));
            }
            let analysis = collector.slo_analysis(slos[0], &Default::default()).unwrap();
            prop_assert_eq!((analysis.good, analysis.bad), (good, bad));
            snapshots.push(collector.snapshot());
        }
        prop_assert!(snapshots[0].metrics.0.values().next().unwrap().overflow.is_some());
        prop_assert_eq!(snapshots[0].slos.clone(), snapshots[1].slos.clone());
    }
}

#[test]
fn spans_that_are_not_kept_are_heard_of() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let selector = SpanSelector { name: "s".into(), attributes: vec![], max_duration: Some(MINUTE_NS) };
    let slo = ledger.create_slo(objective("spans", Indicator::Spans(selector))).unwrap();
    let text = Value::from("x".repeat(14_000));
    let told = 2 * SPANS_BYTES_MAX / 14_000;
    for id in 1..=told {
        let context = SpanContext {
            trace_id: TraceId::new(u128::from(id)).unwrap(),
            span_id: span_id(id),
            trace_flags: 1,
            trace_state: String::new(),
        };
        let mut span = SpanData::begin(context, None, "s".into(), SpanKind::Internal, at(30_000_000));
        // Every third is too slow, every fifth failed.
        span.ended = Timestamp::from_nanos(span.started.nanos() + if id % 3 == 0 { MINUTE_NS + 1 } else { MINUTE_NS }).unwrap();
        if id % 5 == 0 {
            span.status = SpanStatus::Error(String::new());
        }
        span.attributes.insert("k".into(), text.clone());
        ledger.complete_span(span).unwrap();
        if id == 4_000 {
            assert!(ledger.snapshot().spans.dropped() > 0);
            ledger.drain();
        }
    }
    let bad = (1..=told).filter(|id| id % 3 == 0 || id % 5 == 0).count() as u64;
    let status = ledger.slo_status(slo, None).unwrap();
    assert_eq!((status.total, status.good), (told, told - bad));
}

#[test]
fn what_happened_before_an_objective_is_not_counted_and_what_is_no_number_of_events_is_told() {
    let (mut ledger, slos) = {
        let mut ledger = Ledger::new(WriterId::new(1));
        visit(&mut ledger, 1, false, 7, 5);
        let slos = visits().map(|objective| ledger.create_slo(objective).unwrap());
        (ledger, slos)
    };
    visit(&mut ledger, 1, false, 3, 5);
    visit(&mut ledger, 2, true, 2, 6);
    let labels = vec!["user".into(), "outcome".into()];
    let (name, instrument) = ("visits".into(), Instrument::Counter);
    let family = ledger.declare(Descriptor { name, help: String::new(), unit: String::new(), labels, instrument, window: None }).unwrap();
    let series = ledger.resolve(family, &["user-3".into(), "served".into()]).unwrap();
    for value in [0.5, 1e100, 2.0] {
        assert!(ledger.add(series, value, Some(at(6))).is_recorded());
    }
    for slo in slos {
        let status = ledger.slo_status(slo, None).unwrap();
        assert_eq!((status.good, status.total, status.uncounted), (5, 7, 2));
    }
}
