//! Objectives for programs. An objective carries the names of the Python module first (`current`, `is_met`,
//! `error_budget_remaining`), in its units, percent; what is ours comes behind, as shares and exact counts.
//!
//! Times are in RFC 3339, lengths in seconds; of a status the window's bounds are in nanoseconds too.
//! Deliberately absent: rounding.

use codomyrmex_telemetry::slo::{
    AlertHistory, Analysis, Budgeting, Change, Comparison, Condition, Counts, Indicator, MetricSelector, Missing, NORMAL, Part, Pattern,
    SLOT_NS, SloViolation, ViolationSlot, Window,
};
use codomyrmex_telemetry::{Objective, Ratio, SpanId, TraceId};
use serde_json::{Value, json};

use super::Standing;
use super::time::{shown, unit_name};

/// How an objective stands.
pub(in crate::cli) fn standing(standing: &Standing) -> Value {
    let status = &standing.status;
    let burn_rates = status.burn_rates.iter().map(|burn| json!({"lookback_seconds": seconds(burn.lookback), "rate": burn.rate}));
    let projection = status.projection.map(
        |projection| json!({"current": projection.current.map(|current| current * 100.0), "budget_remaining": projection.budget_remaining}),
    );
    let firing = standing.firing().map(|(name, severity)| json!({"name": name, "severity": severity}));
    let policy = &standing.policy;
    // Zero is a time, too, unless it was never otherwise.
    let since = (policy.since > 0 || policy.action != NORMAL).then(|| shown(policy.since));
    json!({
        "id": status.id,
        "name": status.name,
        "target": percent(status.target.numerator(), status.target.denominator()),
        "current": status.current.map(|_| percent(status.good, status.total)),
        "is_met": status.is_met(),
        "error_budget_remaining": status.error_budget_remaining(),
        "error_budget_consumed": status.error_budget_consumed(),
        "good_events": status.good,
        "total_events": status.total,
        "state": status.state.name(),
        "version": status.version,
        "target_ratio": ratio(status.target),
        "unit": status.unit,
        "budget_remaining": status.budget_remaining,
        "budget_remaining_events": status.budget_remaining_events,
        "burn_rates": burn_rates.collect::<Vec<_>>(),
        "coverage": status.coverage,
        "firing": firing.collect::<Vec<_>>(),
        "policy": {"action": policy.action, "since": since},
        "time_to_exhaustion_seconds": status.time_to_exhaustion.map(seconds),
        "time_to_recovery_seconds": status.time_to_recovery.map(seconds),
        "projection": projection,
        "window_start": shown(status.window_start),
        "window_end": shown(status.window_end),
        "window_start_ns": status.window_start,
        "window_end_ns": status.window_end,
        "raw_good_events": status.raw_good,
        "raw_total_events": status.raw_total,
        "expired": status.expired,
        "uncounted": status.uncounted,
    })
}

/// A violation.
pub(super) fn violation(violation: &SloViolation) -> Value {
    let slot = |slot: &ViolationSlot| {
        let (start, end) = (shown(slot.start), shown(slot.end));
        json!({"start": start, "end": end, "good_events": slot.good, "bad_events": slot.bad})
    };
    json!({
        "opened": shown(violation.opened),
        "opened_before": violation.opened_before,
        "closed": violation.closed.map(shown),
        "duration_seconds": seconds(violation.duration),
        "worst": violation.worst * 100.0,
        "worst_at": shown(violation.worst_at),
        "budget_consumed": violation.budget_consumed,
        "good_events": violation.good,
        "bad_events": violation.bad,
        "slots": violation.slots.iter().map(slot).collect::<Vec<_>>(),
        "slots_total": violation.slots_total,
    })
}

/// What an alert did.
pub(super) fn alert(history: &AlertHistory) -> Value {
    let spells = history.spells.iter();
    let spells = spells.map(|spell| json!({"opened": shown(spell.opened), "closed": spell.closed.map(shown), "peak": spell.peak}));
    json!({
        "name": history.name,
        "severity": history.severity.name(),
        "is_firing": history.is_firing,
        "spells": spells.collect::<Vec<_>>(),
    })
}

/// What is counted.
pub(super) fn indicator(indicator: &Indicator) -> Value {
    let threshold = |comparison: Comparison, value: f64| {
        let comparison = match comparison {
            Comparison::Below => "below",
            Comparison::AtMost => "at-most",
            Comparison::Above => "above",
            Comparison::AtLeast => "at-least",
        };
        json!({"comparison": comparison, "value": value})
    };
    let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>();
    let selector = |selector: &MetricSelector| {
        let threshold = selector.threshold.map(|(comparison, value)| threshold(comparison, value.get()));
        json!({"name": selector.name, "labels": pairs(&selector.labels), "threshold": threshold})
    };
    match indicator {
        Indicator::Events => json!({"events": {}}),
        Indicator::Threshold(comparison, value) => json!({"threshold": threshold(*comparison, value.get())}),
        Indicator::Metrics(ratio) => {
            json!({"metrics": {"part_is_good": ratio.part_is_good, "part": selector(&ratio.part), "total": selector(&ratio.total)}})
        }
        Indicator::Spans(spans) => {
            let most = spans.max_duration.map(|nanos| nanos as f64 / 1e9);
            json!({"spans": {"name": spans.name, "attributes": pairs(&spans.attributes), "max_duration_seconds": most}})
        }
        Indicator::Composite(parts) => {
            json!({"composite": parts.iter().map(|part| json!({"id": part.id, "weight": part.weight})).collect::<Vec<_>>()})
        }
    }
}

/// What was promised, as far as a simulation changes it.
pub(super) fn terms(objective: &Objective) -> Value {
    let alerts = objective.alerts.iter().map(|alert| {
        let mut told = match alert.condition {
            Condition::Burn { factor, long, short, minimum_bad } => json!({
                "factor": ratio(factor),
                "long_seconds": seconds(long.saturating_mul(SLOT_NS)),
                "short_seconds": seconds(short.saturating_mul(SLOT_NS)),
                "minimum_bad": minimum_bad,
            }),
            Condition::NoData { after } => json!({"no_data_seconds": seconds(after.saturating_mul(SLOT_NS))}),
        };
        told["name"] = alert.name.as_str().into();
        told["severity"] = alert.severity.name().into();
        told
    });
    let window = match objective.window {
        Window::Rolling { slots } => json!({"rolling_seconds": seconds(slots * SLOT_NS)}),
        Window::Calendar { unit, utc_offset_minutes } => json!({"calendar": unit_name(unit), "utc_offset_minutes": utc_offset_minutes}),
    };
    let missing = |missing: Missing| match missing {
        Missing::Ignored => "ignored",
        Missing::Good => "good",
        Missing::Bad => "bad",
    };
    let budgeting = match objective.budgeting {
        Budgeting::Occurrences => json!({"method": "occurrences"}),
        Budgeting::Timeslices { slots, target, missing: of } => {
            let slice = seconds(slots * SLOT_NS);
            json!({"method": "timeslices", "slice_seconds": slice, "target_ratio": ratio(target), "missing": missing(of)})
        }
        Budgeting::RatioTimeslices { slots, missing: of } => {
            json!({"method": "ratio-timeslices", "slice_seconds": seconds(slots * SLOT_NS), "missing": missing(of)})
        }
    };
    json!({"target_ratio": ratio(objective.target), "window": window, "budgeting": budgeting, "alerts": alerts.collect::<Vec<_>>()})
}

/// What bad events had in common.
pub(super) fn analysis(analysis: &Analysis) -> Value {
    json!({
        "good_events": analysis.good,
        "bad_events": analysis.bad,
        "tested": analysis.tested,
        "is_exact": analysis.is_exact,
        "patterns": analysis.patterns.iter().map(pattern).collect::<Vec<_>>(),
        "change": analysis.change.as_ref().map(change),
    })
}

fn pattern(pattern: &Pattern) -> Value {
    let spans = |spans: &[(TraceId, SpanId)]| {
        let span = |(trace, span): &(TraceId, SpanId)| json!({"trace_id": trace.to_string(), "span_id": span.to_string()});
        spans.iter().map(span).collect::<Vec<_>>()
    };
    let attributes = pattern.attributes.iter().map(|(name, value)| json!({"name": name, "value": value}));
    json!({
        "attributes": attributes.collect::<Vec<_>>(),
        "bad_events": pattern.bad,
        "total_events": pattern.total,
        "is_exact": pattern.is_exact,
        "is_outcome": pattern.is_outcome,
        "support": pattern.support,
        "risk_ratio": pattern.risk_ratio,
        "excess": pattern.excess,
        "p_value": pattern.p_value,
        "q_value": pattern.q_value,
        "examples": spans(&pattern.examples),
        "counterexamples": spans(&pattern.counterexamples),
    })
}

fn change(change: &Change) -> Value {
    let counts = |counts: Counts| json!({"good_events": counts.good, "bad_events": counts.bad});
    let part = |part: &Part| {
        json!({
            "value": part.value,
            "is_others": part.is_others,
            "mix_billionths": part.mix,
            "rate_billionths": part.rate,
            "before": counts(part.before),
            "after": counts(part.after),
        })
    };
    let dimensions = change.dimensions.iter();
    let dimensions = dimensions.map(|of| json!({"dimension": of.dimension, "parts": of.parts.iter().map(part).collect::<Vec<_>>()}));
    json!({
        "before": counts(change.before),
        "after": counts(change.after),
        "ratio_billionths": change.ratio,
        "dimensions": dimensions.collect::<Vec<_>>(),
    })
}

/// A share in percent, rounded once.
fn percent(part: u64, whole: u64) -> f64 {
    (u128::from(part) * 100) as f64 / whole as f64
}

fn ratio(ratio: Ratio) -> Value {
    json!({"numerator": ratio.numerator(), "denominator": ratio.denominator()})
}

const fn seconds(nanos: u64) -> u64 {
    nanos / 1_000_000_000
}
