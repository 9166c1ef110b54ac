//! Texts that are wrong, or meant to be.

use proptest::prelude::*;

use super::alerts::policy;
use super::*;

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let slo = slo(&[]);
    for (from, to, expected) in [
        (
            "openslo/v1",
            "openslo/v1alpha",
            "document 1, line 1, object 1: apiVersion: 'openslo/v1alpha' is not read here; this is for openslo/v1",
        ),
        (
            "kind: SLO",
            "kind: SLA",
            "document 1, line 2, object 1: kind: 'SLA' is none of SLO, SLI, DataSource, Service, AlertPolicy, AlertCondition, AlertNotificationTarget",
        ),
        ("name: web", "name: Web", "document 1, line 4, SLO 1: metadata.name: 'Web' is no name as RFC 1123 has it"),
        ("name: web", "name: 12", "document 1, line 4, SLO 1: metadata.name: a text is needed here, and '12' is none; write it in quotes"),
        ("spec:", "specs:", "document 1, line 7, SLO web: specs: there is no such field"),
        ("service: codomyrmex", "service: ''", "SLO web: spec.service: it must not be empty"),
        ("  service: codomyrmex\n", "", "SLO web: spec: the field 'service' is missing"),
        ("target: 0.99", "target: 1", "SLO web: spec.objectives[0].target: a target is at least 0 and less than 1, or than 100 percent"),
        ("target: 0.99", "targetPercent: 100.0", "spec.objectives[0].targetPercent: a target is at least 0 and less than 1"),
        ("target: 0.99", "target: -0.1", "spec.objectives[0].target: a share is at least 0"),
        (
            "target: 0.99",
            "target: '0.99'",
            "spec.objectives[0].target: a decimal number of at most 30 digits is needed here, without quotes",
        ),
        ("target: 0.99", "target: 0.99, targetPercent: 99", "spec.objectives[0]: exactly one of 'target' and 'targetPercent' is needed"),
        ("target: 0.99", "target: 0.99, objective: 1", "spec.objectives[0].objective: there is no such field"),
        ("[{target: 0.99}]", "[]", "spec.objectives: at least one objective is needed"),
        ("Occurrences", "Timeslices", "spec.objectives[0]: the field 'timeSliceWindow' is missing"),
        ("Occurrences", "occurrences", "spec.budgetingMethod: 'occurrences' is none of Occurrences, Timeslices, RatioTimeslices"),
        ("duration: 30d", "duration: 30", "spec.timeWindow[0].duration: '30' is no duration"),
        ("duration: 30d", "duration: 0d", "spec.timeWindow[0].duration: a window is longer than nothing"),
        ("isRolling: true", "isRolling: yes", "spec.timeWindow[0].isRolling: true or false is needed here"),
        ("isRolling: true", "isRolling: false", "spec.timeWindow[0]: say isRolling: true, or give a calendar"),
        ("isRolling: true", "isRolling: true, calendar: {}", "spec.timeWindow[0].calendar: a rolling window has no calendar"),
        ("[{duration: 30d, isRolling: true}]", "[]", "spec.timeWindow: exactly one window is needed, and there are 0"),
        ("events: total", "total: 1", "spec.indicator.spec.ratioMetric.total.metricSource.spec: our own source has one of"),
        ("events: total", "events: good", "our own sources go together"),
        ("{events: total}", "{}", "spec: at least one field is needed"),
        (
            "good:",
            "good: {metricSource: {spec: {a: b}}}, bad:",
            "spec.indicator.spec.ratioMetric: it is 'good' and 'total', or 'bad' and 'total', or 'raw' and 'rawType'",
        ),
        ("metadata: {name: i}, ", "", "spec.indicator: the field 'metadata' is missing"),
        ("indicator:", "indicatorRef: x\n  indicator:", "spec.indicatorRef: 'indicator' and 'indicatorRef' exclude each other"),
        ("{}", "{-a: b}", "metadata.annotations.-a: the key of an annotation is like"),
        ("{}", "{a: 1}", "metadata.annotations.a: a text is needed here, and '1' is none"),
        (
            "alertPolicies: []",
            "alertPolicies: [{alertPolicyRef: a, kind: AlertPolicy}]",
            "spec.alertPolicies[0]: it is named by 'alertPolicyRef' and stands here as well",
        ),
        ("alertPolicies: []", "alertPolicies: [{kind: AlertCondition}]", "spec.alertPolicies[0].kind: here it must be AlertPolicy"),
    ] {
        assert!(slo.contains(from), "{from}");
        let said = refused(&slo.replacen(from, to, 1));
        assert!(said.contains(expected), "{to}: {said}");
    }
    let source = import_all([("a.yaml", "x: 1"), ("b.yaml", "\n- 1")]).unwrap_err().to_string();
    assert_eq!(source, "a.yaml: document 1, line 1, object 1: the object: the field 'apiVersion' is missing");
    let long = self::slo(&[("more", &format!("description: {}", "x".repeat(1_051)))]);
    assert!(refused(&long).contains("spec.description: a description has at most 1050 characters, and this one has 1051"));
    let wide = import(&self::slo(&[("more", &format!("description: {}", "ä".repeat(1_000)))])).unwrap();
    assert_eq!((wide.objectives[0].description.as_str(), wide.left_out[0].what.as_str()), ("ä".repeat(512).as_str(), "spec.description"));
}

#[test]
fn yaml_that_is_none_or_too_much_is_refused() {
    for (text, named) in [
        ("a: b: c", "not YAML"),
        ("{a: 1, a: 2}", "the field 'a' is there twice"),
        ("{[a]: 1}", "a list or a map as the name of a field"),
        ("!!set {a}", "a tag"),
        ("!mine x", "a tag"),
        ("*nobody", "not YAML"),
        ("&a [*a]", "an alias of what is not whole before it"),
        ("--- &a [1]\n--- [*a]", "not YAML"),
        ("just text", "fields are needed here"),
        ("- - 1", "fields are needed here"),
        ("\u{0}", "not YAML"),
    ] {
        let said = refused(text);
        assert!(said.contains(named), "{text}: {said}");
    }
    assert!(refused(&" ".repeat((4 << 20) + 1)).contains("at most 4194304 are read"));
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
        let said = refused(&deep);
        // The parser has a limit of its own for brackets, which it reads ahead.
        assert!(said.contains("nested deeper than 64 levels") || said.contains("recursion limit exceeded"), "{said}");
    }
    let bracketed = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    assert!(refused(&bracketed).contains("nested deeper than 64 levels"));
    let mut block = String::new();
    for depth in 0..1_000 {
        block.push_str(&format!("{}a:\n", " ".repeat(depth)));
    }
    assert!(refused(&block).contains("nested deeper than 64 levels"));
}

#[test]
fn aliases_stand_for_what_they_name_but_not_for_more_than_is_read() {
    let shared = slo(&[("window", "&window [{duration: 30d, isRolling: true}]")]).replace("target: 0.99", "target: &n 0.99");
    assert_eq!(import(&shared).unwrap().objectives.len(), 1);
    let source = "{metricSource: {type: codomyrmex, spec: &s {metric: a}}}";
    let aliased = format!(
        "indicator: {{metadata: {{name: i}}, spec: {{ratioMetric: {{good: {source}, total: {{metricSource: {{type: codomyrmex, spec: *s}}}}}}}}}}"
    );
    let Indicator::Metrics(metrics) = one(&[("indicator", &aliased)]).indicator else { panic!("no metrics") };
    assert_eq!(metrics.part, metrics.total);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(refused(&bomb).contains("aliases written out, takes more than"));
    let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(1_000));
    assert!(refused(&wide).contains("aliases written out, takes more than"));
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        deep.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(refused(&deep).contains("nested deeper than 64 levels"));
}

#[test]
fn many_small_things_do_not_take_long() {
    let began = std::time::Instant::now();
    let keys: String = (0..30_000).map(|number| format!("k{number}: 1\n")).collect();
    assert!(refused(&keys).contains("the field 'apiVersion' is missing"));
    assert_eq!(import(&"---\n".repeat(50_000)).unwrap(), Imported::default());
    assert!(refused(&format!("\"{}", "\\x41".repeat(100_000))).contains("not YAML"));
    assert_eq!(import(&"#\n".repeat(500_000)).unwrap(), Imported::default());
    assert!(refused(&format!("a: >\n{}", "\n".repeat(500_000))).contains("apiVersion"));
    let dead_ends: String =
        (0..1_000).map(|number| slo(&[("name", &format!("s{number}")), ("indicator", "indicatorRef: nowhere")]) + "---\n").collect();
    assert_eq!(import(&dead_ends).unwrap().left_out.len(), 2_000);
    let policies = "{alertPolicyRef: p}, ".repeat(65);
    assert!(refused(&slo(&[("policies", &format!("[{policies}]"))])).contains("at most 64 are read, and there are 65"));
    // Ten times as long as on a slow machine without optimisation; what grows with the square takes longer.
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

#[test]
fn json_is_read_as_well() {
    let yaml = import(&slo(&[])).unwrap();
    let json = r#"[
	{"apiVersion": "openslo\/v1", "kind": "SLO", "metadata": {"name": "web", "displayName": "\u0077eb"},
	 "spec": {"service": "codomyrmex", "budgetingMethod": "Occurrences",
	  "indicator": {"metadata": {"name": "i"}, "spec": {"ratioMetric": {"good": {"metricSource": {"type": "codomyrmex", "spec": {"events": "good"}}},
	   "total": {"metricSource": {"type": "codomyrmex", "spec": {"events": "total"}}}}}},
	  "timeWindow": [{"duration": "30d", "isRolling": true}], "objectives": [{"target": 9.9e-1}], "alertPolicies": null}}
]"#;
    assert_eq!(import(json).unwrap(), yaml);
    // YAML has no pairs of surrogates: a character beyond 16 bits stands as itself.
    assert!(refused(r#""\ud83d\ude00""#).contains("not YAML"));
    let spaced = json.replace('\t', "  ");
    assert_eq!(import(&spaced).unwrap(), yaml);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Nothing that looks a little like YAML makes it panic.
    #[test]
    fn no_text_is_too_much(text in r#"([-a{}\[\],:?&*!|>'"%@`#\n \t~<=.\\]|---|- |: |&a |\*a |x|\PC){0,60}"#) {
        let _ = import(&text);
    }

    /// Nor what was an SLO before somebody changed it.
    #[test]
    fn no_change_is_too_much(place in 0usize..900, length in 0usize..30, by in r#"[-{}\[\],:&*"' \na0]{0,6}"#) {
        let mut text = slo(&[("policies", &policy("alertWhenBreaching: true", "page", "op: gt, threshold: 2, lookbackWindow: 1h"))]);
        let place = place.min(text.len());
        text.replace_range(place..(place + length).min(text.len()), &by);
        let _ = import(&text);
    }
}
