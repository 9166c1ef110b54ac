//! Reports for programs: one JSON object, keys in order, the same for the same accounts but for `run`.
//!
//! Deliberately absent: rounding, and how objectives are told; see `slo::json`.

use codomyrmex_telemetry::{Attributes, Snapshot, SpanData, SpanStatus, Value};
use serde_json::{Map, json};

use super::metrics_json::metrics;
use super::report::{Report, length_ns, longest};
use super::slo::{standing_json, standings};
use super::{hex, is_harmful};

/// The report as JSON, ending in a line feed.
pub(super) fn render(snapshot: &Snapshot, report: Option<&Report>) -> String {
    let mut root = Map::new();
    if let Some(report) = report {
        let agents: Vec<_> = report
            .agents
            .iter()
            .map(|agent| {
                let trap = agent.trap.as_ref().map(
                    |(trap, (first, last), lost)| json!({"message": trap, "first_line": first, "last_line": last, "records_lost": lost}),
                );
                json!({"agent": agent.number, "groups": agent.groups, "groups_left": agent.groups_left, "trap": trap})
            })
            .collect();
        root.insert(
            "run".into(),
            json!({"lines": report.lines, "groups": report.groups, "groups_done": report.groups_done, "placement": report.placement.to_string(), "elapsed_ms": report.elapsed.as_millis() as u64, "agents": agents}),
        );
    }
    root.insert("digest".into(), hex(&snapshot.digest()).into());
    root.insert("slos".into(), standings(&snapshot.slos, None).iter().map(standing_json).collect());
    root.insert("metrics".into(), metrics(snapshot));
    let roots: Vec<_> = longest(snapshot).into_iter().take(3).map(span).collect();
    root.insert(
        "spans".into(),
        json!({"recorded": snapshot.spans.recorded(), "kept": snapshot.spans.len(), "dropped": snapshot.spans.dropped(), "longest": roots}),
    );
    root.insert(
        "dropped".into(),
        snapshot.drops.iter().map(|(reason, count)| (reason.name().to_string(), json!(count))).collect::<Map<_, _>>().into(),
    );
    pretty(&root.into())
}

/// JSON in lines, ending in a line feed. What would harm a terminal is escaped, which JSON itself asks only of
/// some of it; outside of texts there is none but line feeds.
pub(super) fn pretty(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default(); // maps with text keys always serialise
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && is_harmful(c) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c))); // all of them have four digits
        } else {
            escaped.push(c);
        }
    }
    escaped.push('\n');
    escaped
}

/// A span by itself.
pub(super) fn span(span: &SpanData) -> serde_json::Value {
    let (status, message) = match &span.status {
        SpanStatus::Unset => ("unset", None),
        SpanStatus::Ok => ("ok", None),
        SpanStatus::Error(text) => ("error", Some(text)),
    };
    json!({
        "trace_id": span.context.trace_id.to_string(),
        "span_id": span.context.span_id.to_string(),
        "name": span.name.as_str(),
        "start_ns": span.started.nanos(),
        "duration_ns": length_ns(span),
        "status": status,
        "status_message": message,
        "attributes": attributes(&span.attributes),
    })
}

/// Attributes, values as they are typed.
pub(super) fn attributes(attributes: &Attributes) -> Map<String, serde_json::Value> {
    attributes.iter().map(|(key, value)| (key.to_string(), attribute(value))).collect()
}

fn attribute(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(value) => json!(value),
        Value::Integer(value) => json!(value),
        Value::Float(value) => json!(value.get()),
        Value::Text(text) => json!(text.as_str()),
        Value::Booleans(list) => json!(list),
        Value::Integers(list) => json!(list),
        Value::Floats(list) => list.iter().map(|value| json!(value.get())).collect(),
        Value::Texts(list) => json!(list),
    }
}
