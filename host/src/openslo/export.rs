//! Objectives as OpenSLO v1: a document each, everything within it.
//!
//! Deliberately absent: objects beside the SLO, so that a document can be moved by itself.

use std::collections::BTreeMap;

use codomyrmex_telemetry::slo::{Alert, Condition, MetricSelector, SpanSelector, Weighted};
use codomyrmex_telemetry::{Budgeting, Comparison, Indicator, Objective, Ratio, Window};

use super::Error;
use super::annotation::{Notes, fraction, name_of};
use super::decimal::{Decimal, shown, shown_double, shown_target};
use super::emit::{Out, document};
use super::field::COMPARISONS;
use super::source::OURS;
use super::window::{calendar, shown as shown_minutes};

/// Characters of a displayName that others take.
const DISPLAY_NAME_MAX: usize = 63;

/// Writes objectives as OpenSLO v1, a YAML document each: the same for the same objectives. What OpenSLO
/// cannot say is in annotations, so that [`import`](super::import) gives the objectives as they were.
///
/// # Errors
/// [`Error::Ledger`] for an objective that no ledger takes, [`Error::Twice`] for two of one id: of several
/// versions give the latest.
pub fn export<'a>(objectives: impl IntoIterator<Item = &'a Objective>) -> Result<String, Error> {
    let mut text = String::new();
    let mut seen = BTreeMap::new();
    for objective in objectives {
        objective.check()?;
        let version = format!("version {}", objective.version);
        if let Some(first) = seen.insert(objective.id.as_str(), version.clone()) {
            return Err(Error::Twice { id: objective.id.clone(), first, second: version });
        }
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(&document(&slo(objective)));
    }
    Ok(text)
}

/// What of a name others take as displayName.
pub(super) fn display_name(name: &str) -> Option<&str> {
    let end = name.char_indices().nth(DISPLAY_NAME_MAX).map_or(name.len(), |(end, _)| end);
    name.get(..end).filter(|name| !name.is_empty())
}

fn slo(objective: &Objective) -> Out {
    let mut notes = Notes::default();
    let name = name_of(&objective.id);
    notes.add_unless(name == objective.id, "id", || objective.id.clone());
    let shown = display_name(&objective.name).filter(|_| objective.name != objective.id);
    notes.add_unless(shown == Some(&objective.name) || objective.name == objective.id, "name", || objective.name.clone());
    notes.add_terms(objective);
    note_inexact(&mut notes, "target", objective.target, shown_target);
    let mut spec = vec![("service", Out::text(OURS))];
    if !objective.description.is_empty() {
        spec.insert(0, ("description", Out::text(objective.description.as_str())));
    }
    if !matches!(objective.indicator, Indicator::Composite(_)) {
        spec.push(("indicator", indicator(&name, sli(&objective.indicator))));
    }
    spec.push(("timeWindow", Out::List(vec![window(objective.window, &mut notes)])));
    let method = match objective.budgeting {
        Budgeting::Occurrences => "Occurrences",
        Budgeting::Timeslices { target, .. } => {
            note_inexact(&mut notes, "time-slice-target", target, shown_slice_target);
            "Timeslices"
        }
        Budgeting::RatioTimeslices { .. } => "RatioTimeslices",
    };
    spec.push(("budgetingMethod", Out::text(method)));
    spec.push(("objectives", Out::List(promises(objective))));
    if !objective.alerts.is_empty() {
        spec.push(("alertPolicies", Out::List(objective.alerts.iter().map(policy).collect())));
    }
    Out::map([
        ("apiVersion", Out::text("openslo/v1")),
        ("kind", Out::text("SLO")),
        ("metadata", metadata(&name, shown, notes)),
        ("spec", Out::Map(spec.into_iter().map(|(name, value)| (name.into(), value)).collect())),
    ])
}

/// The target of a time slice in decimals: one that they cannot tell from 0 is written as the least above it.
pub(super) fn shown_slice_target(target: Ratio) -> String {
    match shown(target) {
        zero if zero == "0" => "0.000000001".into(),
        decimals => decimals,
    }
}

/// Notes a fraction that its decimals do not give.
fn note_inexact(notes: &mut Notes, name: &str, ratio: Ratio, shown: fn(Ratio) -> String) {
    let is_exact = Decimal::read(&shown(ratio)).and_then(Decimal::ratio) == Some(ratio);
    notes.add_unless(is_exact, name, || fraction(ratio));
}

fn metadata(name: &str, shown: Option<&str>, notes: Notes) -> Out {
    let notes = notes.sorted();
    let mut fields = Vec::new();
    if !notes.is_empty() {
        fields.push(("annotations".into(), Out::texts(&notes)));
    }
    if let Some(shown) = shown {
        fields.push(("displayName".into(), Out::text(shown)));
    }
    fields.push(("name".into(), Out::text(name)));
    Out::Map(fields)
}

fn window(window: Window, notes: &mut Notes) -> Out {
    let Window::Calendar { unit, utc_offset_minutes } = window else {
        return Out::map([("duration", Out::plain(shown_minutes(window.slots_max()))), ("isRolling", Out::plain(true))]);
    };
    let (duration, start, zone, means) = calendar(unit, utc_offset_minutes);
    notes.add_unless(means == utc_offset_minutes, "utc-offset-minutes", || utc_offset_minutes.to_string());
    let start = Out::map([("startTime", Out::text(start)), ("timeZone", Out::text(zone))]);
    Out::map([("duration", Out::plain(duration)), ("isRolling", Out::plain(false)), ("calendar", start)])
}

/// What is promised: one, but of a composite one for each part, since there they are the parts.
fn promises(objective: &Objective) -> Vec<Out> {
    let promise = |more: Vec<(&str, Out)>| {
        let mut fields = more;
        fields.push(("target", Out::plain(shown_target(objective.target))));
        if let Budgeting::Timeslices { target, .. } = objective.budgeting {
            fields.push(("timeSliceTarget", Out::plain(shown_slice_target(target))));
        }
        if let Some(slots) = objective.budgeting.slice_slots() {
            fields.push(("timeSliceWindow", Out::plain(shown_minutes(slots))));
        }
        Out::Map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    match &objective.indicator {
        Indicator::Composite(parts) => parts.iter().map(|part| promise(weighted(part))).collect(),
        Indicator::Threshold(comparison, value) => {
            vec![promise(vec![("op", Out::text(called(*comparison))), ("value", Out::plain(shown_double(value.get())))])]
        }
        _ => vec![promise(Vec::new())],
    }
}

fn weighted(part: &Weighted) -> Vec<(&'static str, Out)> {
    let source = || source(Out::map([("objective", Out::text(part.id.as_str()))]));
    let indicator = indicator(&name_of(&part.id), ratio("good", source(), source()));
    vec![("indicator", indicator), ("compositeWeight", Out::plain(part.weight))]
}

fn indicator(name: &str, spec: Out) -> Out {
    Out::map([("metadata", Out::map([("name", Out::text(name))])), ("spec", spec)])
}

fn sli(indicator: &Indicator) -> Out {
    let events = |word: &str| source(Out::map([("events", Out::text(word))]));
    match indicator {
        Indicator::Threshold(..) => Out::map([("thresholdMetric", events("value"))]),
        Indicator::Metrics(metrics) => {
            let part = if metrics.part_is_good { "good" } else { "bad" };
            ratio(part, source(metric(&metrics.part)), source(metric(&metrics.total)))
        }
        Indicator::Spans(selector) => {
            let total = SpanSelector { max_duration: None, ..selector.clone() };
            ratio("good", source(span(selector)), source(span(&total)))
        }
        Indicator::Events | Indicator::Composite(_) => ratio("good", events("good"), events("total")),
    }
}

fn ratio(part: &str, of_part: Out, of_total: Out) -> Out {
    Out::map([("ratioMetric", Out::map([("counter", Out::plain(true)), (part, of_part), ("total", of_total)]))])
}

fn source(spec: Out) -> Out {
    Out::map([("metricSource", Out::map([("type", Out::text(OURS)), ("spec", spec)]))])
}

fn metric(selector: &MetricSelector) -> Out {
    let mut fields = vec![("metric".into(), Out::text(selector.name.as_str()))];
    if !selector.labels.is_empty() {
        fields.push(("labels".into(), Out::texts(&selector.labels)));
    }
    if let Some((comparison, value)) = selector.threshold {
        let threshold = Out::map([("comparison", Out::text(called(comparison))), ("value", Out::plain(shown_double(value.get())))]);
        fields.push(("threshold".into(), threshold));
    }
    Out::Map(fields)
}

fn span(selector: &SpanSelector) -> Out {
    let mut fields = vec![("span".into(), Out::text(selector.name.as_str()))];
    if !selector.attributes.is_empty() {
        fields.push(("attributes".into(), Out::texts(&selector.attributes)));
    }
    if let Some(nanos) = selector.max_duration {
        fields.push(("maxDurationNanoseconds".into(), Out::plain(nanos)));
    }
    Out::Map(fields)
}

fn called(comparison: Comparison) -> &'static str {
    COMPARISONS.iter().find(|(_, there)| *there == comparison).map_or("lt", |(name, _)| name)
}

/// The policy, with its condition and target, of an alert.
fn policy(alert: &Alert) -> Out {
    let mut notes = Notes::default();
    let name = name_of(&alert.name);
    notes.add_unless(name == alert.name, "name", || alert.name.clone());
    let (when, condition) = match alert.condition {
        Condition::Burn { factor, long, short, minimum_bad } => {
            note_inexact(&mut notes, "factor", factor, shown);
            notes.add_unless(minimum_bad == 1, "minimum-bad", || minimum_bad.to_string());
            ("alertWhenBreaching", burn(&shown(factor), long, short))
        }
        // OpenSLO has no other condition: of this one only how far it looks back counts.
        Condition::NoData { after } => ("alertWhenNoData", burn("1", after, 1)),
    };
    let inline = |kind: &str, spec: Out| {
        Out::map([("kind", Out::text(kind)), ("metadata", metadata(&name, None, Notes::default())), ("spec", spec)])
    };
    let condition = inline("AlertCondition", Out::map([("severity", Out::text(alert.severity.name())), ("condition", condition)]));
    let target = inline("AlertNotificationTarget", Out::map([("target", Out::text(OURS))]));
    let spec =
        Out::map([(when, Out::plain(true)), ("conditions", Out::List(vec![condition])), ("notificationTargets", Out::List(vec![target]))]);
    Out::map([("kind", Out::text("AlertPolicy")), ("metadata", metadata(&name, None, notes)), ("spec", spec)])
}

fn burn(threshold: &str, lookback: u64, after: u64) -> Out {
    Out::map([
        ("kind", Out::text("burnrate")),
        ("op", Out::text("gt")),
        ("threshold", Out::plain(threshold)),
        ("lookbackWindow", Out::plain(shown_minutes(lookback))),
        ("alertAfter", Out::plain(shown_minutes(after))),
    ])
}
