//! What is read and what is not, what hostile texts do, and that exports come back.

mod alerts;
mod hostile;
mod law;
mod vectors;

use codomyrmex_telemetry::slo::{Alert, CalendarUnit, Condition, MetricRatio, MetricSelector, Missing, PolicyStep, Severity, Weighted};
use codomyrmex_telemetry::{Budgeting, Comparison, Double, Indicator, Objective, Ratio, Window};

use super::*;

/// An SLO with some of its fields replaced.
fn slo(fields: &[(&str, &str)]) -> String {
    let usual = [
        ("name", "web"),
        ("display", ""),
        ("annotations", "{}"),
        ("service", "codomyrmex"),
        (
            "indicator",
            "indicator: {metadata: {name: i}, spec: {ratioMetric: {good: {metricSource: {type: codomyrmex, spec: {events: good}}}, total: {metricSource: {type: codomyrmex, spec: {events: total}}}}}}",
        ),
        ("window", "[{duration: 30d, isRolling: true}]"),
        ("method", "Occurrences"),
        ("objectives", "[{target: 0.99}]"),
        ("policies", "[]"),
        ("more", ""),
    ];
    let field = |name: &str| {
        let found = fields.iter().find(|(there, _)| *there == name).or_else(|| usual.iter().find(|(there, _)| *there == name));
        found.map(|(_, value)| *value).unwrap()
    };
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n  displayName: {}\n  annotations: {}\nspec:\n  service: {}\n  {}\n  timeWindow: {}\n  budgetingMethod: {}\n  objectives: {}\n  alertPolicies: {}\n  {}\n",
        field("name"),
        field("display"),
        field("annotations"),
        field("service"),
        field("indicator"),
        field("window"),
        field("method"),
        field("objectives"),
        field("policies"),
        field("more"),
    )
}

fn one(fields: &[(&str, &str)]) -> Objective {
    let mut imported = import(&slo(fields)).unwrap();
    assert_eq!((imported.objectives.len(), imported.left_out.as_slice()), (1, [].as_slice()));
    imported.objectives.remove(0)
}

/// What was left out of an SLO, as `what: why`, and how many objectives there are.
fn left_out(fields: &[(&str, &str)]) -> (usize, Vec<String>) {
    let imported = import(&slo(fields)).unwrap();
    let lines = imported.left_out.iter().map(|left| format!("{}: {}", left.what, left.why)).collect();
    (imported.objectives.len(), lines)
}

fn refused(text: &str) -> String {
    import(text).unwrap_err().to_string()
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

#[test]
fn a_plain_slo_is_an_objective_without_alerts() {
    let expected = Objective { alerts: Vec::new(), ..Objective::new("web", ratio("99%"), Window::days(30).unwrap()) };
    assert_eq!(one(&[]), expected);
    assert_eq!(one(&[("display", "Web, all of it")]).name, "Web, all of it");
    assert_eq!(one(&[("more", "description: |\n    two\n    lines\n")]).description, "two\nlines\n");
    assert_eq!(one(&[("objectives", "[{targetPercent: 99.95}]")]).target, ratio("1999/2000"));
    assert_eq!(one(&[("objectives", "[{target: 0.123456789012345678}]")]).target, ratio("61728394506172839/500000000000000000"));
    assert_eq!(import("").unwrap(), Imported::default());
    assert_eq!(import("---\n# nothing\n---\n").unwrap(), Imported::default());
}

#[test]
fn windows_are_those_that_ours_can_be() {
    let calendar = |unit, utc_offset_minutes| Window::Calendar { unit, utc_offset_minutes };
    for (window, expected) in [
        ("[{duration: 2w, isRolling: true}]", Window::Rolling { slots: 20_160 }),
        ("[{duration: 90m, isRolling: true}]", Window::Rolling { slots: 90 }),
        ("[{duration: 1M, calendar: {startTime: 2024-02-01 00:00:00, timeZone: UTC}}]", calendar(CalendarUnit::Month, 0)),
        (
            "[{duration: 1d, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: Etc/GMT-1}}]",
            calendar(CalendarUnit::Day, -660),
        ),
        ("[{duration: 1Q, calendar: {startTime: 2024-04-01 00:30:00, timeZone: Etc/GMT-6}}]", calendar(CalendarUnit::Quarter, 330)),
        ("[{duration: 7d, calendar: {startTime: '2022-01-03 00:00:00', timeZone: GMT}}]", calendar(CalendarUnit::Week, 0)),
    ] {
        assert_eq!(one(&[("window", window)]).window, expected, "{window}");
    }
    for (window, why) in [
        ("[{duration: 1M, isRolling: true}]", "write days, like 30d"),
        ("[{duration: 367d, isRolling: true}]", "1 minute to 366 days"),
        ("[{duration: 1m, calendar: {startTime: 2022-01-01 00:00:00, timeZone: UTC}}]", "a month is 1M"),
        ("[{duration: 1Y, calendar: {startTime: 2022-01-01 00:00:00, timeZone: UTC}}]", "calendar windows are 1d, 1w, 1M and 1Q"),
        ("[{duration: 1w, calendar: {startTime: 2022-01-01 00:00:00, timeZone: UTC}}]", "ours begin on Mondays"),
        ("[{duration: 1d, calendar: {startTime: 2022-01-01 00:00:00, timeZone: Europe/Vienna}}]", "offset of this zone may change"),
    ] {
        let (objectives, lines) = left_out(&[("window", window)]);
        assert!(objectives == 0 && lines.len() == 1 && lines[0].contains(why), "{window}: {lines:?}");
    }
    assert_eq!(left_out(&[("window", "null")]), (0, vec!["all of it: it has no timeWindow, which an objective needs".into()]));
}

#[test]
fn budgets_are_counted_as_they_say() {
    let slices = |slots, target| Budgeting::Timeslices { slots, target: ratio(target), missing: Missing::Ignored };
    for (method, objective, expected) in [
        ("Timeslices", "[{target: 0.9, timeSliceTarget: 0.95, timeSliceWindow: 5}]", slices(5, "95%")),
        ("Timeslices", "[{target: 0.9, timeSliceTarget: 1, timeSliceWindow: 1h}]", slices(60, "1")),
        ("RatioTimeslices", "[{target: 0.9, timeSliceWindow: 1d}]", Budgeting::RatioTimeslices { slots: 1_440, missing: Missing::Ignored }),
    ] {
        assert_eq!(one(&[("method", method), ("objectives", objective)]).budgeting, expected, "{objective}");
    }
    let annotated = one(&[
        ("method", "RatioTimeslices"),
        ("objectives", "[{target: 0.9, timeSliceWindow: 1}]"),
        ("annotations", "{codomyrmex.telemetry/missing: bad}"),
    ]);
    assert_eq!(annotated.budgeting, Budgeting::RatioTimeslices { slots: 1, missing: Missing::Bad });
    let (objectives, lines) =
        left_out(&[("method", "Timeslices"), ("objectives", "[{target: 0.9, timeSliceTarget: 1, timeSliceWindow: 7}]")]);
    assert!(objectives == 0 && lines[0].contains("divide a day"), "{lines:?}");
    let (objectives, lines) = left_out(&[("objectives", "[{target: 0.9, timeSliceTarget: 1, op: lt, compositeWeight: 2}]")]);
    assert_eq!((objectives, lines.len()), (1, 3), "{lines:?}");
}

/// An indicator of two queries of Prometheus.
fn prometheus(part: &str, query: &str, total: &str, more: &str) -> String {
    let source = |query: &str| format!("{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}");
    format!("indicator: {{metadata: {{name: i}}, spec: {{ratioMetric: {{{part}: {}, total: {}{more}}}}}}}", source(query), source(total))
}

#[test]
fn queries_that_our_metrics_can_answer_are_metrics() {
    let selector = |labels: &[(&str, &str)]| MetricSelector {
        name: "http_requests_total".into(),
        labels: labels.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect(),
        threshold: None,
    };
    let expected = MetricRatio { part_is_good: false, part: selector(&[("code", "500"), ("job", "a")]), total: selector(&[("job", "a")]) };
    let query = r#"sum(rate(http_requests_total{code="500",job="a"}[5m]))"#;
    let indicator = prometheus("bad", query, r#"sum(rate(http_requests_total{job="a"}[5m]))"#, "");
    assert_eq!(one(&[("indicator", &indicator)]).indicator, Indicator::Metrics(expected));
    let other = prometheus("good", r#"x{code=~"2.."}"#, "x", "");
    let (objectives, lines) = left_out(&[("indicator", &other)]);
    assert_eq!((objectives, lines.len()), (1, 2));
    assert_eq!(
        lines[0],
        r#"spec.indicator.spec.ratioMetric.good.metricSource: a source of type Prometheus with the query 'x{code=~"2.."}' is not evaluated here; the recorder says of each event whether it is good"#
    );
    assert_eq!(import(&slo(&[("indicator", &other)])).unwrap().objectives[0].indicator, Indicator::Events);
    let gauge = prometheus("good", "x", "y", ", counter: false");
    assert_eq!(import(&slo(&[("indicator", &gauge)])).unwrap().objectives[0].indicator, Indicator::Events);
    let raw = "indicator: {metadata: {name: i}, spec: {ratioMetric: {rawType: success, raw: {metricSource: {type: P, spec: {query: q}}}}}}";
    let (objectives, lines) = left_out(&[("indicator", raw)]);
    assert!(objectives == 1 && lines[0].contains("with the query 'q'") && lines[0].contains("a ratio cannot be taken apart"), "{lines:?}");
}

#[test]
fn a_threshold_is_compared_as_it_says() {
    let indicator = "indicator: {metadata: {name: i}, spec: {thresholdMetric: {metricSource: {type: codomyrmex, spec: {events: value}}}}}";
    let objective = |promise: &str| one(&[("indicator", indicator), ("objectives", promise)]).indicator;
    let threshold = |comparison, value| Indicator::Threshold(comparison, Double::new(value));
    assert_eq!(objective("[{target: 0.9, op: lt, value: 500}]"), threshold(Comparison::Below, 500.0));
    assert_eq!(objective("[{target: 0.9, op: gte, value: -1.5e3}]"), threshold(Comparison::AtLeast, -1_500.0));
    assert_eq!(objective("[{target: 0.9, op: lte, value: 0.1}]"), threshold(Comparison::AtMost, 0.1));
    let (objectives, lines) = left_out(&[("indicator", indicator), ("objectives", "[{target: 0.9, op: gt}]")]);
    assert!(objectives == 0 && lines[0].contains("says 'op' and 'value'"), "{lines:?}");
    let two = slo(&[("indicator", indicator), ("objectives", "[{target: 0.9, op: gt, value: 1}, {target: 0.8, op: gt, value: 2}]")]);
    assert!(refused(&two).contains("exactly one objective"));
}

#[test]
fn further_objectives_have_numbers() {
    let several =
        import(&slo(&[("display", "Web"), ("objectives", "[{target: 0.9}, {displayName: strict, target: 0.99}, {target: 0.95}]")]))
            .unwrap();
    let seen: Vec<_> = several.objectives.iter().map(|one| (one.id.as_str(), one.name.as_str(), one.target)).collect();
    assert_eq!(seen, [("web", "Web", ratio("90%")), ("web-2", "Web: strict", ratio("99%")), ("web-3", "Web", ratio("95%"))]);
    let clash = format!("{}---\n{}", slo(&[("objectives", "[{target: 0.9}, {target: 0.99}]")]), slo(&[("name", "web-2")]));
    assert_eq!(refused(&clash), "two objectives have the id 'web-2' (SLO web in line 1 and SLO web-2 in line 16); give one another name");
}

#[test]
fn a_composite_brings_its_parts() {
    let part = "indicator: {metadata: {name: p}, spec: {ratioMetric: {good: {metricSource: {type: codomyrmex, spec: {events: good}}}, total: {metricSource: {type: codomyrmex, spec: {events: total}}}}}}";
    let other = "indicator: {metadata: {name: q}, spec: {ratioMetric: {good: {metricSource: {type: codomyrmex, spec: {objective: there}}}, total: {metricSource: {type: codomyrmex, spec: {objective: there}}}}}}";
    let objectives = format!(
        "[{{target: 0.9, compositeWeight: 0.5, {part}}}, {{target: 0.99, compositeWeight: 0.3, {other}}}, {{displayName: last, target: 0.8, compositeWeight: 0.2, {part}}}]"
    );
    let imported = import(&slo(&[("indicator", "description: all"), ("objectives", &objectives)])).unwrap();
    assert_eq!(imported.left_out, []);
    let [first, last, whole] = imported.objectives.as_slice() else { panic!("{:?}", imported.objectives) };
    assert_eq!((first.id.as_str(), first.name.as_str(), first.target), ("web-1", "web: p", ratio("90%")));
    assert_eq!((last.id.as_str(), last.name.as_str(), last.target), ("web-3", "web: last", ratio("80%")));
    let weighted = |id: &str, weight| Weighted { id: id.into(), weight };
    assert_eq!(whole.indicator, Indicator::Composite(vec![weighted("web-1", 5), weighted("there", 3), weighted("web-3", 2)]));
    assert_eq!((whole.id.as_str(), whole.target), ("web", ratio("907/1000"))); // (0.9 * 5 + 0.99 * 3 + 0.8 * 2) / 10
}

#[test]
fn annotations_must_agree_with_what_they_make_exact() {
    let third = [("objectives", "[{target: 0.333333333}]"), ("annotations", "{codomyrmex.telemetry/target: 1/3}")];
    assert_eq!(one(&third).target, ratio("1/3"));
    let whole = [("objectives", "[{target: 0.999999999}]"), ("annotations", "{codomyrmex.telemetry/target: 1/1}")];
    assert_eq!(one(&whole).target, ratio("1"));
    for (annotations, objectives, named) in [
        ("{codomyrmex.telemetry/target: 1/3}", "[{target: 0.5}]", "written for another value of spec.objectives[0].target"),
        ("{codomyrmex.telemetry/target: a third}", "[{target: 0.5}]", "is not a ratio"),
        ("{codomyrmex.telemetry/target: 1/2}", "[{target: 0.5}, {target: 0.6}]", "there is no such field"),
        ("{codomyrmex.telemetry/id: Web}", "[{target: 0.5}]", "written for another value of the object"),
        ("{codomyrmex.telemetry/name: Web}", "[{target: 0.5}]", "written for another value of the object"),
        ("{codomyrmex.telemetry/version: '-1'}", "[{target: 0.5}]", "a whole number"),
        ("{codomyrmex.telemetry/versoin: '2'}", "[{target: 0.5}]", "metadata.annotations.versoin: there is no such field"),
        ("{codomyrmex.telemetry/policy: '[{}]'}", "[{target: 0.5}]", "a list as JSON"),
        ("{codomyrmex.telemetry/utc-offset-minutes: '60'}", "[{target: 0.5}]", "there is no such field"),
    ] {
        let text = refused(&slo(&[("annotations", annotations), ("objectives", objectives)]));
        assert!(text.contains(named), "{annotations}: {text}");
    }
    let others = "{example.com/a: b}";
    assert_eq!(
        left_out(&[("annotations", others)]),
        (1, vec!["metadata.annotations: nothing of it is counted, and it is not kept".into()])
    );
}

/// An objective, exported.
const EXPORTED: &str = "\
apiVersion: openslo/v1
kind: SLO
metadata:
  annotations:
    codomyrmex.telemetry/id: Answers
    codomyrmex.telemetry/policy: \"[]\"
  displayName: \"Answers: yes\"
  name: answers-dcd8184a
spec:
  description: Tools that answered without error.
  service: codomyrmex
  indicator:
    metadata:
      name: answers-dcd8184a
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: codomyrmex
            spec:
              events: good
        total:
          metricSource:
            type: codomyrmex
            spec:
              events: total
  timeWindow:
    - duration: 1M
      isRolling: false
      calendar:
        startTime: \"2024-01-01 00:30:00\"
        timeZone: Etc/GMT-6
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
  alertPolicies:
    - kind: AlertPolicy
      metadata:
        annotations:
          codomyrmex.telemetry/minimum-bad: \"10\"
        name: fast
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata:
              name: fast
            spec:
              severity: page
              condition:
                kind: burnrate
                op: gt
                threshold: 13.44
                lookbackWindow: 1h
                alertAfter: 5m
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata:
              name: fast
            spec:
              target: codomyrmex
";

#[test]
fn an_export_reads_as_it_should() {
    let objective = Objective {
        name: "Answers: yes".into(),
        description: "Tools that answered without error.".into(),
        window: Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes: 330 },
        policy: Vec::new(),
        alerts: vec![Alert {
            name: "fast".into(),
            severity: Severity::Page,
            condition: Condition::Burn { factor: ratio("336/25"), long: 60, short: 5, minimum_bad: 10 },
        }],
        ..Objective::new("Answers", ratio("99.9%"), Window::days(30).unwrap())
    };
    assert_eq!(export([&objective]).unwrap(), EXPORTED);
    assert_eq!(export([]).unwrap(), "");
    assert_eq!(
        export([&objective, &objective]).unwrap_err().to_string(),
        "two objectives have the id 'Answers' (version 1 and version 1); give one another name"
    );
    let wrong = Objective { version: 0, ..objective };
    assert!(matches!(export([&wrong]), Err(Error::Ledger(_))));
    assert_eq!(PolicyStep::standard().len(), 3); // what an import without the annotation has
}
