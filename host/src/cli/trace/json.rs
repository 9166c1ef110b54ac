//! Traces for programs: JSON, keys in order, the same for the same spans.
//!
//! Sums that do not fit 64 bits are told as the largest number that does. Deliberately absent: rounding.

use codomyrmex_telemetry::traces::{Above, Trace, TraceSpan};
use serde_json::{Value, json};

use super::super::json;
use super::time;

/// A trace without its spans.
pub(super) fn trace(trace: &Trace<'_>) -> Value {
    json!({
        "trace_id": trace.id.to_string(),
        "name": trace.root().map(|root| root.name.as_str()),
        "started": time::shown(trace.started.nanos()),
        "start_ns": trace.started.nanos(),
        "duration_ns": trace.duration_ns(),
        "spans_total": trace.spans.len(),
        "errors_total": trace.errors,
    })
}

/// A trace with its spans, each before what hangs under it.
pub(super) fn tree(whole: &Trace<'_>) -> Value {
    let mut told = trace(whole);
    told["spans"] = whole.spans.iter().map(span).collect();
    told
}

fn span(place: &TraceSpan<'_>) -> Value {
    let span = place.span;
    let events = span
        .events
        .iter()
        .map(|event| json!({"name": event.name.as_str(), "time_ns": event.at.nanos(), "attributes": json::attributes(&event.attributes)}));
    let links = span.links.iter().map(|link| {
        let (trace, span) = (link.context.trace_id.to_string(), link.context.span_id.to_string());
        json!({"trace_id": trace, "span_id": span, "attributes": json::attributes(&link.attributes)})
    });
    let mut told = json::span(span);
    told["parent_span_id"] = span.parent.map(|parent| parent.to_string()).into();
    told["parent_is"] = match place.above {
        Above::Nothing => Value::Null,
        Above::Unkept(_) => "not kept".into(),
        Above::Span(_) => "kept".into(),
        Above::Circle(_) => "below".into(),
    };
    told["depth"] = place.depth.into();
    told["kind"] = span.kind.name().into();
    let origin = &*span.origin;
    told["resource"] = json::attributes(&origin.resource).into();
    told["scope"] = json!({"name": origin.scope.name, "version": origin.scope.version});
    told["events"] = events.collect();
    told["links"] = links.collect();
    told["dropped"] = json!({"attributes": span.dropped.attributes, "events": span.dropped.events, "links": span.dropped.links});
    told
}

/// A sum, or the largest number that fits.
pub(super) fn sum(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
