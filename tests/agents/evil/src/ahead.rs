//! What the agent says of times that are centuries ahead, of metrics and spans that objectives hear of.
//!
//! Deliberately absent: events that are recorded by an objective's number; see `objectives`.

use crate::bindings::codomyrmex::telemetry::metrics::{self, Descriptor, Instrument};
use crate::bindings::codomyrmex::telemetry::slo::{self, Indicator, MetricRatio, MetricSelector, Objective, SpanSelector};
use crate::bindings::codomyrmex::telemetry::tracer::{self, Parent, SpanContext, SpanData, SpanKind, SpanStatus};
use crate::bindings::codomyrmex::telemetry::types::{Outcome, TraceId};
use crate::objectives::plain;

/// The first moment of 2026.
const THEN: u64 = 1_767_225_600_000_000_000;
/// A moment of the year 2262.
const AHEAD: u64 = u64::MAX / 2;
const TRACE: TraceId = TraceId { high: 0, low: 9 };

fn series(name: &str, instrument: Instrument) -> u32 {
    let descriptor = Descriptor { name: name.into(), help: String::new(), unit: String::new(), labels: vec![], instrument, window: None };
    metrics::declare(&descriptor).and_then(|family| metrics::resolve(family, &[])).unwrap_or_default()
}

fn metric(part: &str, total: &str) -> Indicator {
    let selector = |name: &str| MetricSelector { name: name.into(), labels: vec![], threshold: None };
    Indicator::Metrics(MetricRatio { part_is_good: false, part: selector(part), total: selector(total) })
}

/// Everything that can be said with a time, once at a time that can be and once far ahead; then spans that
/// nobody ends, after a gauge was set far ahead.
pub(crate) fn ahead() {
    let spans = Indicator::Spans(SpanSelector { name: "work".into(), attributes: vec![], max_duration: None });
    for (id, indicator) in [("adds", metric("failed", "calls")), ("values", metric("slow", "took")), ("spans", spans)] {
        assert!(slo::create(&Objective { indicator, ..plain(id) }).is_ok());
    }
    let (calls, took) = (series("calls", Instrument::Counter), series("took", Instrument::Histogram(vec![1.0])));
    let name = tracer::declare(0, "work", SpanKind::Internal).unwrap_or_default();
    for (id, at) in [(1, THEN), (2, AHEAD)] {
        assert_eq!(metrics::add(calls, 1.0, Some(at)), Outcome::Recorded);
        assert_eq!(metrics::observe(took, 0.5, Some(at)), Outcome::Recorded);
        assert_eq!(metrics::observe_times(took, 0.5, 2, Some(at)), Outcome::Recorded);
        assert_eq!(metrics::record_in(calls, 1.0, Some(at), 0), Outcome::Recorded);
        let span = tracer::start(name, Parent::Trace(TRACE), Some(id), Some(THEN));
        assert_eq!(tracer::end(span, Some(at)), Outcome::Recorded);
        let context = SpanContext { trace_id: TRACE, span_id: 10 + id, trace_flags: 1, trace_state: String::new() };
        assert!(tracer::complete(&whole(context, at)).is_ok());
    }
    assert_eq!(metrics::set(series("level", Instrument::Gauge), 1.0, Some(AHEAD)), Outcome::Recorded);
    tracer::start(name, Parent::Trace(TRACE), Some(3), Some(THEN));
    tracer::start(name, Parent::Trace(TRACE), Some(4), Some(AHEAD));
}

fn whole(context: SpanContext, ended: u64) -> SpanData {
    SpanData {
        context,
        parent: None,
        tracer: 0,
        name: "work".into(),
        kind: SpanKind::Internal,
        started: THEN,
        ended,
        attributes: vec![],
        events: vec![],
        links: vec![],
        status: SpanStatus::Unset,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}
