//! Reports for programs: one JSON object, keys in order, the same for the same accounts but for `run`.
//!
//! Objectives carry the names of the Python module (`current`, `is_met`, `error_budget_remaining`)
//! in its units, percent, beside the exact counts. Deliberately absent: rounding.

use codomyrmex_telemetry::slo::State;
use codomyrmex_telemetry::{Snapshot, SpanStatus, Status, Value};
use serde_json::{Map, json};

use super::hex;
use super::metrics_json::metrics;
use super::report::{Report, length_ns, longest};

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
    root.insert("slos".into(), snapshot.slos.statuses(None).iter().map(slo).collect());
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
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default(); // maps with text keys always serialise
    text.push('\n');
    text
}

fn slo(status: &Status) -> serde_json::Value {
    let percent = |ratio: Option<f64>| ratio.map(|ratio| ratio * 100.0);
    json!({
        "id": status.id,
        "name": status.name,
        "target": status.target.numerator() as f64 / status.target.denominator() as f64 * 100.0,
        "target_ratio": [status.target.numerator(), status.target.denominator()],
        "current": percent(status.current),
        "is_met": status.state == State::Met,
        "state": status.state.name(),
        "error_budget_remaining": percent(status.budget_remaining),
        "error_budget_consumed": percent(status.budget_remaining.map(|remaining| 1.0 - remaining)),
        "error_budget_remaining_events": status.budget_remaining_events,
        "good_events": status.good,
        "total_events": status.total,
        "expired_events": status.expired,
        "window_start_ns": status.window_start,
        "window_end_ns": status.window_end,
    })
}

fn span(span: &codomyrmex_telemetry::SpanData) -> serde_json::Value {
    let attributes: Map<_, _> = span.attributes.iter().map(|(key, value)| (key.clone(), attribute(value))).collect();
    let (status, message) = match &span.status {
        SpanStatus::Unset => ("unset", None),
        SpanStatus::Ok => ("ok", None),
        SpanStatus::Error(text) => ("error", Some(text)),
    };
    json!({
        "trace_id": span.context.trace_id.to_string(),
        "span_id": span.context.span_id.to_string(),
        "name": span.name,
        "start_ns": span.started.nanos(),
        "duration_ns": length_ns(span),
        "status": status,
        "status_message": message,
        "attributes": attributes,
    })
}

fn attribute(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(value) => json!(value),
        Value::Integer(value) => json!(value),
        Value::Float(value) => json!(value.get()),
        Value::Text(text) => json!(text),
        Value::Booleans(list) => json!(list),
        Value::Integers(list) => json!(list),
        Value::Floats(list) => list.iter().map(|value| json!(value.get())).collect(),
        Value::Texts(list) => json!(list),
    }
}
