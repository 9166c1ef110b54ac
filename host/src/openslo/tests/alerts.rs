//! What policies become, where references lead, and what is named of both.

use super::*;

/// A policy with a condition, as an item of alertPolicies.
pub(super) fn policy(flags: &str, severity: &str, condition: &str) -> String {
    format!(
        "[{{kind: AlertPolicy, metadata: {{name: p}}, spec: {{{flags}, conditions: [{{kind: AlertCondition, metadata: {{name: c}}, spec: {{severity: {severity}, condition: {{kind: burnrate, {condition}}}}}}}], notificationTargets: [{{kind: AlertNotificationTarget, metadata: {{name: t}}, spec: {{target: codomyrmex}}}}]}}}}]"
    )
}

#[test]
fn policies_are_alerts() {
    let burn = |factor: &str, long, short| Condition::Burn { factor: ratio(factor), long, short, minimum_bad: 1 };
    let alert = |name: &str, severity, condition| Alert { name: name.into(), severity, condition };
    for (flags, severity, condition, expected) in [
        (
            "alertWhenBreaching: true",
            "page",
            "op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m",
            vec![alert("p", Severity::Page, burn("72/5", 60, 5))],
        ),
        (
            "alertWhenBreaching: true",
            "ticket",
            "op: gt, threshold: 1, lookbackWindow: 3d",
            vec![alert("p", Severity::Ticket, burn("1", 4_320, 360))],
        ),
        (
            "alertWhenBreaching: true",
            "ticket",
            "op: gt, threshold: 1, lookbackWindow: 10m, alertAfter: 0m",
            vec![alert("p", Severity::Ticket, burn("1", 10, 1))],
        ),
        (
            "alertWhenNoData: true",
            "page",
            "op: gt, threshold: 1, lookbackWindow: 1h",
            vec![alert("p", Severity::Page, Condition::NoData { after: 60 })],
        ),
        (
            "alertWhenNoData: true, alertWhenBreaching: true",
            "page",
            "op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m",
            vec![alert("p", Severity::Page, burn("2", 60, 5)), alert("p-no-data", Severity::Page, Condition::NoData { after: 60 })],
        ),
    ] {
        assert_eq!(one(&[("policies", &policy(flags, severity, condition))]).alerts, expected, "{flags} {condition}");
    }
}

#[test]
fn what_alerts_cannot_say_is_named() {
    for (flags, severity, condition, alerts, named) in [
        (
            "alertWhenBreaching: true",
            "sev1",
            "op: gte, threshold: 2, lookbackWindow: 1h",
            1,
            &["gte is taken for gt", "taken for ticket"][..],
        ),
        ("alertWhenBreaching: true", "page", "op: lte, threshold: 2, lookbackWindow: 1h", 0, &["burns slowly"]),
        (
            "alertWhenBreaching: true, alertWhenResolved: true",
            "page",
            "op: gt, threshold: 100, lookbackWindow: 1h",
            0,
            &["sees an alert end", "it could never fire: with a target of 99% even if all fails the budget burns only 100 times"],
        ),
        ("alertWhenBreaching: true", "page", "op: gt, threshold: 1, lookbackWindow: 5m, alertAfter: 1h", 0, &["the short one not longer"]),
        ("alertWhenBreaching: true", "page", "op: gt, threshold: 1, lookbackWindow: 1M", 0, &["have no one length"]),
        ("alertWhenBreaching: true", "page", "op: gt, threshold: -1, lookbackWindow: 1h", 0, &["below 0"]),
        ("alertWhenBreaching: false", "page", "op: gt, threshold: 1, lookbackWindow: 1h", 0, &["never alerts"]),
    ] {
        let imported = import(&slo(&[("policies", &policy(flags, severity, condition))])).unwrap();
        assert_eq!(imported.objectives[0].alerts.len(), alerts, "{condition}");
        let mut whys: Vec<&str> = imported.left_out.iter().map(|left| left.why.as_str()).collect();
        whys.sort_unstable();
        let mut wanted = named.to_vec();
        wanted.sort_unstable();
        assert_eq!(whys.len(), wanted.len(), "{whys:?}");
        assert!(wanted.iter().all(|part| whys.iter().any(|why| why.contains(part))), "{whys:?}");
    }
}

#[test]
fn references_are_followed_and_dead_ends_named() {
    let text = format!(
        "{}---\n- {{apiVersion: openslo/v1, kind: SLI, metadata: {{name: s}}, spec: {{ratioMetric: {{good: {{metricSource: {{metricSourceRef: d, spec: {{metric: a}}}}}}, total: {{metricSource: {{metricSourceRef: d, spec: {{metric: b}}}}}}}}}}}}\n- {{apiVersion: openslo/v1, kind: DataSource, metadata: {{name: d}}, spec: {{type: codomyrmex, connectionDetails: {{}}}}}}\n- {{apiVersion: openslo/v1, kind: SLI, metadata: {{name: idle}}, spec: {{thresholdMetric: {{metricSource: {{spec: {{a: b}}}}}}}}}}\n",
        slo(&[("indicator", "indicatorRef: s"), ("policies", "[{alertPolicyRef: nobody}]")])
    );
    let imported = import(&text).unwrap();
    let Indicator::Metrics(metrics) = &imported.objectives[0].indicator else { panic!("{:?}", imported.objectives[0].indicator) };
    assert_eq!((metrics.part.name.as_str(), metrics.total.name.as_str()), ("a", "b"));
    let lines: Vec<String> = imported.left_out.iter().map(|left| format!("{} | {} | {}", left.object, left.what, left.why)).collect();
    assert_eq!(
        lines,
        [
            "SLO web | spec.alertPolicies[0].alertPolicyRef | no AlertPolicy has the name 'nobody' in what was read",
            "DataSource d | all of it | the metrics are those of the ledger, wherever others keep theirs",
            "SLI idle | all of it | no SLO refers to it",
        ]
    );
    assert_eq!(
        imported.objects.iter().map(|(kind, count)| (kind.name(), *count)).collect::<Vec<_>>(),
        [("SLO", 1), ("SLI", 2), ("DataSource", 1)]
    );
    let (objectives, lines) = left_out(&[("indicator", "indicatorRef: nowhere")]);
    assert_eq!(objectives, 0);
    assert_eq!(lines, ["spec.indicatorRef: no SLI has the name 'nowhere' in what was read", "all of it: its indicator is not known"]);
    // Across texts as within one.
    let (first, rest) = text.split_once("---\n").unwrap();
    assert_eq!(import_all([("a", first), ("b", rest)]).unwrap().objectives, imported.objectives);
}
