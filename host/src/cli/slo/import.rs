//! `telemetry slo import`: what OpenSLO files would promise, and what of them cannot be kept.
//!
//! Files are read together, so an SLO may refer to an SLI in another one. Deliberately absent: a ledger;
//! who records creates the objectives, from the same files or from what `--format openslo` prints.

use std::path::PathBuf;

use clap::ValueEnum;
use codomyrmex_telemetry::slo::{CalendarUnit, Condition, MetricSelector, SLOT_NS};
use codomyrmex_telemetry::{Budgeting, Indicator, Objective, Window};
use serde_json::json;

use super::super::{Failure, clean, complain, print, read};
use super::text::COLUMNS;
use super::{json as of, time};
use crate::openslo::{self, Imported};

/// What `telemetry slo import` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// OpenSLO v1 files, YAML or JSON, read together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How what was understood is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How what was understood is printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// OpenSLO v1 again, of what was understood; what was left out goes to standard error
    Openslo,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut texts = Vec::new();
    for path in &arguments.files {
        let name = path.display().to_string();
        let text = String::from_utf8(read(path)?)
            .map_err(|error| Failure::input(format_args!("{name}: byte {} is not UTF-8", error.utf8_error().valid_up_to())))?;
        texts.push((name, text));
    }
    let imported = openslo::import_all(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).map_err(Failure::input)?;
    if imported.objects.is_empty() {
        return Err(Failure::input(format_args!(
            "{}: there are no objects in it",
            texts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        )));
    }
    match arguments.format {
        Format::Text => print(&text(&imported))?,
        Format::Json => print(&json(&imported))?,
        Format::Openslo => {
            for left in &imported.left_out {
                complain(&format!("left out: {}: {}: {}", left.object, left.what, left.why));
            }
            print(&openslo::export(&imported.objectives).map_err(Failure::input)?)?;
        }
    }
    Ok(0)
}

/// For people.
fn text(imported: &Imported) -> String {
    let kinds: Vec<String> = imported.objects.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let count = imported.objectives.len();
    let mut text = format!("{count} {} from {}\n", if count == 1 { "objective" } else { "objectives" }, kinds.join(", "));
    for objective in &imported.objectives {
        text.push_str(&format!("\n{}\n", clean(&objective.id)));
        if objective.name != objective.id {
            wrapped(&mut text, "  name    ", &clean(&objective.name));
        }
        let promise = format!("{} {}, {}", objective.target, window(objective.window), budgeting(objective.budgeting));
        wrapped(&mut text, "  target  ", &promise);
        wrapped(&mut text, "  from    ", &clean(&indicator(&objective.indicator)));
        if objective.alerts.is_empty() {
            wrapped(&mut text, "  alerts  ", "none");
        }
        for (place, (name, sentence)) in alerts(objective).into_iter().enumerate() {
            let start = if place == 0 { "  alerts  " } else { "          " };
            wrapped(&mut text, start, &format!("{}: {sentence}", clean(&name)));
        }
    }
    if !imported.left_out.is_empty() {
        text.push_str("\nleft out\n");
    }
    for left in &imported.left_out {
        wrapped(&mut text, "  ", &format!("{}: {}: {}", clean(&left.object), clean(&left.what), clean(&left.why)));
    }
    text
}

/// A sentence behind a head; its further lines begin below it.
fn wrapped(text: &mut String, head: &str, sentence: &str) {
    text.push_str(head);
    let mut column = head.len();
    for (place, word) in sentence.split(' ').enumerate() {
        let width = word.chars().count();
        let breaks = place > 0 && column + 1 + width > COLUMNS;
        let gap = if breaks { format!("\n{:1$}", "", head.len()) } else { " ".repeat(usize::from(place > 0)) };
        text.push_str(&format!("{gap}{word}"));
        column = if breaks { head.len() } else { column + gap.len() } + width;
    }
    text.push('\n');
}

/// For programs: one object, keys in order.
fn json(imported: &Imported) -> String {
    let objective = |objective: &Objective| {
        let mut told = json!({
            "id": objective.id,
            "name": objective.name,
            "indicator": of::indicator(&objective.indicator),
        });
        if let (Some(told), serde_json::Value::Object(terms)) = (told.as_object_mut(), of::terms(objective)) {
            told.extend(terms);
        }
        told
    };
    let root = json!({
        "objects": imported.objects.iter().map(|(kind, count)| (kind.name(), *count)).collect::<std::collections::BTreeMap<_, _>>(),
        "objectives": imported.objectives.iter().map(objective).collect::<Vec<_>>(),
        "left_out": imported.left_out.iter().map(|left| json!({"object": left.object, "what": left.what, "why": left.why})).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default(); // maps with text keys always serialise
    text.push('\n');
    text
}

fn minutes(minutes: u64) -> String {
    time::lookback(minutes.saturating_mul(SLOT_NS))
}

fn window(window: Window) -> String {
    let Window::Calendar { unit, utc_offset_minutes } = window else { return format!("over the last {}", minutes(window.slots_max())) };
    let unit = match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
        CalendarUnit::Quarter => "quarter",
    };
    let sign = if utc_offset_minutes < 0 { '-' } else { '+' };
    let offset = utc_offset_minutes.unsigned_abs();
    format!("since the {unit} began at UTC{sign}{:02}:{:02}", offset / 60, offset % 60)
}

fn budgeting(budgeting: Budgeting) -> String {
    match budgeting {
        Budgeting::Occurrences => "in events".into(),
        Budgeting::Timeslices { slots, target, .. } => format!("in slices of {} that are good from {target} on", minutes(slots)),
        Budgeting::RatioTimeslices { slots, .. } => format!("in slices of {} that count by their share", minutes(slots)),
    }
}

fn indicator(indicator: &Indicator) -> String {
    match indicator {
        Indicator::Events => "events that the recorder calls good or bad".into(),
        Indicator::Threshold(comparison, value) => format!("values that are {} {}", openslo::sign(*comparison), value.get()),
        Indicator::Metrics(metrics) => {
            let part = if metrics.part_is_good { "good" } else { "bad" };
            format!("metrics: {part} {} of {}", selector(&metrics.part), selector(&metrics.total))
        }
        Indicator::Spans(spans) => format!("spans named '{}'", spans.name),
        Indicator::Composite(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| format!("{} times {}", part.weight, part.id)).collect();
            format!("objectives: {}", parts.join(", "))
        }
    }
}

fn selector(selector: &MetricSelector) -> String {
    let labels: Vec<String> = selector.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let threshold =
        selector.threshold.map_or_else(String::new, |(comparison, value)| format!(" {} {}", openslo::sign(comparison), value.get()));
    format!("{}{labels}{threshold}", selector.name)
}

/// Each alert's name, and when it fires.
fn alerts(objective: &Objective) -> Vec<(String, String)> {
    let sentence = |condition: &Condition| match condition {
        Condition::Burn { factor, long, short, .. } => {
            let factor = factor.numerator() as f64 / factor.denominator() as f64;
            format!("burning more than {factor} times as fast as allowed over {} and {}", minutes(*long), minutes(*short))
        }
        Condition::NoData { after } => format!("nothing for {}", minutes(*after)),
    };
    let alert = |alert: &codomyrmex_telemetry::slo::Alert| {
        (alert.name.clone(), format!("{}, {}", alert.severity.name(), sentence(&alert.condition)))
    };
    objective.alerts.iter().map(alert).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
apiVersion: openslo/v1
kind: SLO
metadata: {name: answers, displayName: Answers}
spec:
  service: shop
  indicator:
    metadata: {name: answered}
    spec:
      ratioMetric:
        bad: {metricSource: {type: Prometheus, spec: {query: 'answers_total{ok=\"no\"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: answers_total}}}
  timeWindow: [{duration: 1w, calendar: {startTime: 2024-01-01 12:00:00, timeZone: UTC}}]
  budgetingMethod: Timeslices
  objectives: [{target: 0.999, timeSliceTarget: 0.95, timeSliceWindow: 5m}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: fast}
      spec:
        alertWhenBreaching: true
        alertWhenNoData: true
        conditions: [{kind: AlertCondition, metadata: {name: c}, spec: {severity: page, condition: {op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}}}]
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: codomyrmex}}]
";

    #[test]
    fn what_was_understood_is_told() {
        let imported = openslo::import(FILE).unwrap();
        let expected = "\
1 objective from 1 SLO

answers
  name    Answers
  target  99.9% since the week began at UTC-12:00, in slices of 5m that are good
          from 95% on
  from    metrics: bad answers_total{ok=\"no\"} of answers_total
  alerts  fast: page, burning more than 14.4 times as fast as allowed over 1h
          and 5m
          fast-no-data: page, nothing for 1h

left out
  SLO answers: spec.service: objectives are not grouped by service
";
        assert_eq!(text(&imported), expected);
        let value: serde_json::Value = serde_json::from_str(&json(&imported)).unwrap();
        assert_eq!(value["objects"], json!({"SLO": 1}));
        let selector = |name: &str, labels: serde_json::Value| json!({"name": name, "labels": labels, "threshold": null});
        let fast = json!({
            "name": "fast", "severity": "page", "factor": {"numerator": 72, "denominator": 5}, "long_seconds": 3_600, "short_seconds": 300,
            "minimum_bad": 1,
        });
        let expected = json!({
            "id": "answers",
            "name": "Answers",
            "indicator": {
                "metrics": {
                    "part_is_good": false,
                    "part": selector("answers_total", json!([{"name": "ok", "value": "no"}])),
                    "total": selector("answers_total", json!([])),
                },
            },
            "target_ratio": {"numerator": 999, "denominator": 1_000},
            "window": {"calendar": "week", "utc_offset_minutes": -720},
            "budgeting": {
                "method": "timeslices", "slice_seconds": 300, "target_ratio": {"numerator": 19, "denominator": 20}, "missing": "ignored",
            },
            "alerts": [fast, {"name": "fast-no-data", "severity": "page", "no_data_seconds": 3_600}],
        });
        assert_eq!(value["objectives"], json!([expected]));
        assert_eq!(value["left_out"][0]["what"], "spec.service");
    }

    #[test]
    fn a_file_that_is_wrong_is_wrong_input() {
        let failed = run(&Arguments { files: vec!["nowhere.yaml".into()], format: Format::Text }).unwrap_err();
        assert_eq!(failed.code, super::super::super::WRONG_INPUT);
        assert!(failed.message.starts_with("nowhere.yaml: "), "{}", failed.message);
    }
}
