//! Whole rules of small objectives: all text, and what is left out.
//!
//! Deliberately absent: what Prometheus makes of them, which `tests/judges` asks it.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::float::Double;
use crate::metrics::{Family, Instrument, Schema, Series, SummaryOptions};
use crate::slo::{Comparison, Exemption, MetricRatio, MetricSelector, Severity, Weighted};
use crate::time::Timestamp;

fn objective(id: &str, alerts: Vec<Alert>) -> Objective {
    Objective { alerts, ..Objective::new(id, "90%".parse().unwrap(), Window::Rolling { slots: 60 }) }
}

fn family(name: &str, instrument: Instrument, labels: &[&str]) -> (Schema, Family) {
    let labels = labels.iter().map(|label| String::from(*label)).collect();
    (Schema { name: name.into(), instrument, unit: String::new(), labels, window: None }, Family::default())
}

/// The expressions of the rules of one name.
fn expressions(rules: &Rules, name: &str) -> Vec<String> {
    let start = format!(": \"{name}\"\n        expr: |-\n");
    let ends = |rest: &str| rest.split("\n        labels:").next().map(|text| text.replace("\n          ", "\n").trim_start().into());
    rules.text.split(start.as_str()).skip(1).filter_map(ends).collect()
}

/// The last rules of an objective: facts and alerts.
fn info_and_alerts(of: &str, events: &str, version: &str) -> String {
    format!(
        r#"      - record: "sloth_slo_info"
        expr: |-
          vector(1)
        labels:
          sloth_id: "a"
          sloth_mode: "codomyrmex"
          sloth_objective: "90"
          sloth_service: "codomyrmex"
          sloth_slo: "a"
          sloth_spec: "codomyrmex.telemetry/v1"
          sloth_version: "{version}"
  - name: "sloth-slo-alerts-a"
    rules:
      - alert: "fast"
        expr: |-
          max(slo:sli_error:ratio_rate1h{of} > (1 / 6)) without (sloth_window)
          and max(slo:sli_error:ratio_rate5m{of} > (1 / 6)) without (sloth_window)
          and on () (sum(increase({events},outcome="bad"}}[1h])) >= 3)
        labels:
          sloth_id: "a"
          sloth_service: "codomyrmex"
          sloth_severity: "page"
          sloth_slo: "a"
        annotations:
          summary: "Objective a: burns its error budget more than 5 / 3 times as fast as it may, over 1h and 5m; alert fast."
          title: "(page) a burns its error budget more than 5 / 3 times as fast as it may, over 1h and 5m."
      - alert: "quiet"
        expr: |-
          sum(last_over_time({events}}}[1h] offset 1h30m)) > 0
          unless
          sum(increase({events}}}[1h30m])) > 0
        labels:
          sloth_id: "a"
          sloth_service: "codomyrmex"
          sloth_severity: "ticket"
          sloth_slo: "a"
        annotations:
          summary: "Objective a: has counted nothing for 1h30m; alert quiet."
          title: "(ticket) a has counted nothing for 1h30m."
"#
    )
}

#[test]
fn the_rules_of_an_objective_are_these() {
    let burn = Condition::Burn { factor: "5/3".parse().unwrap(), long: 60, short: 5, minimum_bad: 3 };
    let alerts = vec![
        Alert { name: "fast".into(), severity: Severity::Page, condition: burn },
        Alert { name: "quiet".into(), severity: Severity::Ticket, condition: Condition::NoData { after: 90 } },
    ];
    let rules = prometheus_rules(&[objective("a", alerts)], &Families::default());
    let version = env!("CARGO_PKG_VERSION");
    let all = r#"          sloth_id: "a"
          sloth_service: "codomyrmex"
          sloth_slo: "a"
"#;
    let of = r#"{sloth_id="a", sloth_service="codomyrmex", sloth_slo="a"}"#;
    let events = "codomyrmex_telemetry_slo_events_total{slo=\"a\"";
    let record = |name: &str, expression: &str, more: &str| {
        let expression = expression.replace('\n', "\n          ");
        format!("      - record: \"{name}\"\n        expr: |-\n          {expression}\n        labels:\n{all}{more}")
    };
    let ratio = |window: &str| {
        let expression = format!("sum(increase({events},outcome=\"bad\"}}[{window}]))\n/\n(sum(increase({events}}}[{window}])) > 0)");
        record(&format!("slo:sli_error:ratio_rate{window}"), &expression, &format!("          sloth_window: \"{window}\"\n"))
    };
    let expected = [
        format!("# Rules for 1 objective, by codomyrmex-telemetry {version}.\ngroups:\n"),
        "  - name: \"sloth-slo-sli-recordings-a\"\n    rules:\n".into(),
        ratio("5m"),
        ratio("1h"),
        "  - name: \"sloth-slo-meta-recordings-a\"\n    rules:\n".into(),
        record("slo:objective:ratio", "vector(0.9)", ""),
        record("slo:error_budget:ratio", "vector(0.1)", ""),
        record("slo:time_period:days", "vector((1 / 24))", ""),
        record("slo:current_burn_rate:ratio", &format!("slo:sli_error:ratio_rate5m{of}\n/ 0.1"), ""),
        record("slo:period_burn_rate:ratio", &format!("slo:sli_error:ratio_rate1h{of}\n/ 0.1"), ""),
        record("slo:period_error_budget_remaining:ratio", &format!("1 - slo:period_burn_rate:ratio{of}"), ""),
        info_and_alerts(of, events, version),
    ];
    assert_eq!(rules, Rules { text: expected.concat(), left_out: vec![] });
    assert!(prometheus_rules([], &Families::default()).text.ends_with(".\ngroups: []\n"));
}

#[test]
fn what_counters_cannot_tell_is_named_and_left_out() {
    let burn = Condition::Burn { factor: "2/1".parse().unwrap(), long: 60, short: 5, minimum_bad: 1 };
    let alerts = vec![Alert { name: "fast".into(), severity: Severity::Page, condition: burn }];
    let slices =
        Objective { budgeting: Budgeting::timeslices(60_000_000_000, "1/2".parse().unwrap()).unwrap(), ..objective("s", alerts.clone()) };
    let calendar = |unit| Window::Calendar { unit, utc_offset_minutes: 0 };
    let month = Objective { window: calendar(CalendarUnit::Month), ..objective("m", alerts.clone()) };
    let week = Objective { window: calendar(CalendarUnit::Week), ..objective("w", alerts.clone()) };
    let older = objective("w", vec![]);
    let newer = Objective { version: 2, ..week.clone() };
    let other = Objective { name: "zzz".into(), ..newer.clone() };
    let perfect = Objective { target: "1/1".parse().unwrap(), ..objective("p", alerts) };
    let rules = prometheus_rules([&other, &slices, &newer, &older, &month, &week, &perfect], &Families::default());
    let left: Vec<(&str, &str)> = rules.left_out.iter().map(|left| (left.id.as_str(), left.why.split(':').next().unwrap())).collect();
    assert_eq!(
        left,
        [
            ("m", "what is over its whole window"),
            ("s", "error ratios, burn rates and alerts"),
            ("w", "all of it"),
            ("w", "what is over its whole window")
        ]
    );
    assert!(rules.text.contains("\n# Left out of \"m\": what is over its whole window: that follows the calendar"));
    let count = |what: &str| rules.text.matches(what).count();
    assert_eq!([count("sloth_slo_info"), count("- alert:"), count("period_burn_rate"), count("slo:time_period:days")], [4, 2, 0, 3]);
    assert_eq!(count("record: \"slo:current_burn_rate:ratio\""), 2);
    assert!(!rules.text.contains("sloth-slo-sli-recordings-s") && !rules.text.contains("sloth-slo-alerts-p"));
    assert_eq!(expressions(&rules, "slo:error_budget:ratio"), ["vector(0.1)", "vector(0)", "vector(0.1)", "vector(0.1)"]);
}

/// What is recorded over five minutes of an indicator over metrics: bad and all.
fn bad_and_all(part: MetricSelector, total: &str, part_is_good: bool, families: &Families) -> String {
    let total = MetricSelector { name: total.into(), labels: vec![], threshold: None };
    let indicator = Indicator::Metrics(MetricRatio { part_is_good, part, total });
    let rules = prometheus_rules(&[Objective { indicator, ..objective("a", vec![]) }], families);
    assert_eq!(rules.left_out, []);
    expressions(&rules, "slo:sli_error:ratio_rate5m").remove(0).replace('\n', " ")
}

#[test]
fn an_indicator_over_metrics_reads_the_series_that_it_names() {
    let selector = |name: &str, label: Option<(&str, &str)>, threshold: Option<(Comparison, f64)>| MetricSelector {
        name: name.into(),
        labels: label.map(|(name, value)| (name.into(), value.into())).into_iter().collect(),
        threshold: threshold.map(|(comparison, bound)| (comparison, Double::new(bound))),
    };
    let mut flooded = family("flooded", Instrument::Counter, &["l"]);
    flooded.1.overflow = Some(Series::new(&flooded.0));
    let families = Families(
        [
            family("calls", Instrument::Counter, &["code"]),
            family("took", Instrument::histogram(&[0.25, 2.0, 1e6]), &[]),
            family("size", Instrument::Summary(SummaryOptions::default()), &[]),
            family("a.b", Instrument::Counter, &[]),
            family("twice", Instrument::Counter, &[]),
            family("twice", Instrument::Counter, &["l"]),
            flooded,
        ]
        .into(),
    );
    let found = |part, total: &str, is_good| bad_and_all(part, total, is_good, &families);
    assert_eq!(
        found(selector("calls", Some(("code", "5\"")), None), "calls_total", false),
        "clamp_max(   (sum(increase(calls_total{code=\"5\\\"\"}[5m])) or sum(increase(calls_total[5m])) * 0)   /   (sum(increase(calls_total[5m])) > 0),   1 )"
    );
    assert_eq!(
        found(selector("took", None, Some((Comparison::AtMost, 2.0))), "took", true),
        "clamp_min(sum(increase(took_count[5m])) - (sum(increase(took_bucket{le=~\"2|2[.]0\"}[5m])) or sum(increase(took_count[5m])) * 0), 0) / (sum(increase(took_count[5m])) > 0)"
    );
    assert_eq!(
        found(selector("took", None, Some((Comparison::Above, 0.25))), "size", false),
        "clamp_max(   ((sum(increase(took_count[5m])) - sum(increase(took_bucket{le=\"0.25\"}[5m]))) or sum(increase(size_count[5m])) * 0)   /   (sum(increase(size_count[5m])) > 0),   1 )"
    );
    let own = "sum(increase(codomyrmex_telemetry_slo_events_total{slo=\"a\",outcome=\"bad\"}[5m])) / (sum(increase(codomyrmex_telemetry_slo_events_total{slo=\"a\"}[5m])) > 0)";
    for (part, total) in [
        (selector("took", None, Some((Comparison::Below, 2.0))), "took"), // a bucket holds its bound
        (selector("took", None, Some((Comparison::AtMost, 3.0))), "took"), // no bound
        (selector("took", None, Some((Comparison::AtMost, 1e6))), "took"), // 1e+06 to others
        (selector("size", None, Some((Comparison::AtMost, 2.0))), "size"),
        (selector("a.b", None, None), "calls"),
        (selector("twice", None, None), "calls"),
        (selector("flooded", Some(("l", "1")), None), "flooded"),
        (selector("calls", Some(("none", "1")), None), "calls"),
        (selector("unknown", None, None), "calls"),
    ] {
        assert_eq!(found(part.clone(), total, true), own, "{part:?}");
    }
}

#[test]
fn a_composite_reads_its_parts_by_weight() {
    let parts = [("x", 1), ("y\n", 3)].map(|(id, weight)| Weighted { id: id.into(), weight });
    let whole = Objective { indicator: Indicator::Composite(parts.into()), ..objective("a", vec![]) };
    let rules = prometheus_rules([&whole], &Families::default());
    assert_eq!(
        expressions(&rules, "slo:sli_error:ratio_rate5m"),
        [
            "sum(increase(codomyrmex_telemetry_slo_events_total{slo=\"x\",outcome=\"bad\"}[5m]) or 3 * increase(codomyrmex_telemetry_slo_events_total{slo=\"y\\n\",outcome=\"bad\"}[5m]))\n/\n(sum(increase(codomyrmex_telemetry_slo_events_total{slo=\"x\"}[5m]) or 3 * increase(codomyrmex_telemetry_slo_events_total{slo=\"y\\n\"}[5m])) > 0)"
        ]
    );
    let exemption = Exemption { reason: "".into(), start: Timestamp::default(), minutes: 1, recurrence: None, utc_offset_minutes: 0 };
    let exempt = Objective { exemptions: vec![exemption], ..whole };
    let left = prometheus_rules(&[exempt], &Families::default()).left_out;
    assert!(matches!(&left[..], [one] if one.why.contains("its own exemptions")), "{left:?}");
}
