//! Spans and log records, right and wrong.

use crate::otel::wasi::clocks::wall_clock::Datetime;
use crate::otel::wasi::otel::logs::{LogRecord, on_emit};
use crate::otel::wasi::otel::tracing::{
    Event, Link, SpanContext, SpanData, SpanKind, Status, TraceFlags, on_end, on_start, outer_span_context,
};
use crate::{at, attribute, scope};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn context(span_id: &str) -> SpanContext {
    let (trace_id, span_id) = (TRACE.into(), span_id.into());
    let trace_state = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
    SpanContext { trace_id, span_id, trace_flags: TraceFlags::SAMPLED, is_remote: false, trace_state }
}

fn span(span_id: &str) -> SpanData {
    SpanData {
        span_context: context(span_id),
        parent_span_id: "0000000000000000".into(),
        span_kind: SpanKind::Internal,
        name: "work".into(),
        start_time: at(1),
        end_time: at(3),
        attributes: vec![],
        events: vec![],
        links: vec![],
        status: Status::Unset,
        instrumentation_scope: scope(),
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

fn record() -> LogRecord {
    LogRecord {
        timestamp: Some(at(2)),
        observed_timestamp: None,
        severity_text: None,
        severity_number: Some(17),
        body: Some("\"it went wrong\"".into()),
        attributes: Some(vec![attribute("code", "7"), attribute("none", "null")]),
        event_name: None,
        resource: None,
        instrumentation_scope: Some(scope()),
        trace_id: Some(TRACE.into()),
        span_id: None,
        trace_flags: None,
    }
}

/// A span with everything in it, and a record that was logged in it.
pub(crate) fn whole() -> Result<(), String> {
    on_start(&context("b7ad6b7169203331"));
    on_emit(&LogRecord { span_id: Some("b7ad6b7169203331".into()), ..record() });
    let [good, bad] = [at(2), Datetime { seconds: 2, nanoseconds: 1_000_000_000 }];
    let event = |name: &str, time| Event { name: name.into(), time, attributes: vec![attribute("k", "true"), attribute("x", "x")] };
    let link = |span_id| Link { span_context: context(span_id), attributes: vec![attribute("k", "\"v\"")] };
    on_end(&SpanData {
        parent_span_id: "00f067aa0ba902b7".into(),
        span_kind: SpanKind::Server,
        name: "GET /".into(),
        attributes: vec![
            attribute("http.request.method", "\"GET\""),
            attribute("size", "5"),
            attribute("times", "[1,2.5]"),
            attribute("nonsense", "nonsense"),
            attribute("nothing", "null"),
        ],
        events: vec![event("first", good), event("never", bad)],
        links: vec![link("00f067aa0ba902b7"), link("00f067aa0ba902b")],
        status: Status::Error("boom".into()),
        dropped_attributes: 10,
        dropped_events: 20,
        dropped_links: u32::MAX,
        ..span("b7ad6b7169203331")
    });
    Ok(())
}

/// A span in the one of the host that calls.
pub(crate) fn under_the_outer() -> Result<(), String> {
    let outer = outer_span_context();
    let mut span = SpanData { parent_span_id: outer.span_id.clone(), ..span("00000000000000aa") };
    if outer.trace_id.bytes().any(|digit| digit != b'0') {
        span.span_context.trace_id = outer.trace_id;
        span.span_context.trace_state = outer.trace_state;
        span.span_context.trace_flags = outer.trace_flags;
    }
    on_end(&span);
    Ok(())
}

/// A span that nobody ends, with a record that was logged in it.
pub(crate) fn open() -> Result<(), String> {
    on_start(&context("00000000000000bb"));
    on_emit(&LogRecord { span_id: Some("00000000000000bb".into()), ..record() });
    Ok(())
}

/// More spans than may be open, and more in one of them than it may hold.
pub(crate) fn flood() -> Result<(), String> {
    (1..=5_000).for_each(|number| on_start(&context(&format!("{number:016x}"))));
    let logged = LogRecord { span_id: Some("0000000000000001".into()), attributes: None, ..record() };
    (0..200).for_each(|_| on_emit(&logged));
    let attributes = (0..200).map(|number| attribute(&format!("{number:03}"), "1")).collect();
    let events = (0..200).map(|_| Event { name: "e".into(), time: at(2), attributes: vec![] }).collect();
    on_end(&SpanData { attributes, events, ..span("0000000000000001") });
    Ok(())
}

/// Spans that cannot be, and some that only look so.
pub(crate) fn wrong() -> Result<(), String> {
    for id in ["", "0000000000000000", "+7ad6b7169203331", "b7ad6b71692033310"] {
        on_start(&context(id));
        on_end(&span(id));
    }
    for trace_id in ["", "00000000000000000000000000000000", "0af7651916cd43dd8448eb211c80319"] {
        let span_context = SpanContext { trace_id: trace_id.into(), ..context("1111111111111111") };
        on_end(&SpanData { span_context, ..span("1111111111111111") });
    }
    on_end(&SpanData { parent_span_id: "nonsense".into(), ..span("1111111111111111") });
    on_end(&SpanData { name: String::new(), ..span("1111111111111111") });
    on_end(&SpanData { name: "n".repeat(100_000), ..span("1111111111111111") });
    for time in [
        Datetime { seconds: u64::MAX, nanoseconds: u32::MAX },
        at(u64::MAX),
        at(9_223_372_037),
        Datetime { seconds: 0, nanoseconds: u32::MAX },
    ] {
        on_end(&SpanData { start_time: time, ..span("1111111111111111") });
        on_end(&SpanData { end_time: time, ..span("1111111111111111") });
    }
    on_start(&context("2222222222222222"));
    on_start(&context("2222222222222222"));
    // Ended before it started, with a state that is none and values that are none: recorded, without those.
    let mut back = SpanData { start_time: at(4), end_time: at(2), ..span("2222222222222222") };
    back.span_context.trace_state = vec![("a=".into(), "1".into())];
    let deep = "[".repeat(50_000);
    back.attributes =
        vec![attribute("", "1"), attribute("deep", &deep), attribute("long", &format!("\"{deep}\"")), attribute("\u{0}", "1e5")];
    on_end(&back);
    // Never started, and not sampled: what it says of itself is whole.
    let mut unknown = span("3333333333333333");
    unknown.span_context.trace_flags = TraceFlags::empty();
    on_end(&unknown);
    Ok(())
}

/// A record with more attributes than an event holds, in a span that is open.
pub(crate) fn wide_record() -> Result<(), String> {
    on_start(&context("00000000000000cc"));
    let attributes = Some((0..200).map(|number| attribute(&format!("{number:03}"), "1")).collect());
    on_emit(&LogRecord { span_id: Some("00000000000000cc".into()), attributes, ..record() });
    on_end(&span("00000000000000cc"));
    Ok(())
}

/// Records in no span that is open, and wrong ones.
pub(crate) fn logs() -> Result<(), String> {
    for severity_number in [None, Some(0), Some(1), Some(8), Some(9), Some(16), Some(24)] {
        on_emit(&LogRecord { severity_number, ..record() });
    }
    on_emit(&LogRecord { instrumentation_scope: None, span_id: Some("4444444444444444".into()), ..record() });
    let nothing = LogRecord { timestamp: None, severity_number: None, body: None, attributes: None, trace_id: None, ..record() };
    on_emit(&nothing);
    for severity_number in [25, 255] {
        on_emit(&LogRecord { severity_number: Some(severity_number), ..record() });
    }
    on_emit(&LogRecord { timestamp: Some(at(u64::MAX)), ..record() });
    on_emit(&LogRecord { trace_id: Some("x".into()), ..record() });
    on_emit(&LogRecord { trace_id: None, span_id: Some("4444444444444444".into()), ..record() });
    let mut long = scope();
    long.name = "n".repeat(100_000);
    on_emit(&LogRecord { instrumentation_scope: Some(long), ..record() });
    Ok(())
}
