//! What the agent does to objectives: terms that cannot be, events that are none, questions without end.
//!
//! Deliberately absent: the names of misdeeds, which are with the others.

use crate::bindings::codomyrmex::telemetry::metrics;
use crate::bindings::codomyrmex::telemetry::slo::{
    self, Alert, Budgeting, Burn, CalendarUnit, CalendarWindow, Comparison, Condition, Exemption, Indicator, Match, MetricRatio,
    MetricSelector, Missing, Objective, PolicyStep, Question, RatioTimeslices, Resolution, Severity, SliType, SpanSelector, Threshold,
    Timeslices, Weighted, Window,
};
use crate::bindings::codomyrmex::telemetry::types::{Outcome, Ratio};
use crate::counter;

const MINUTE: u64 = 60_000_000_000;
const HALF: Ratio = Ratio { numerator: 1, denominator: 2 };
/// Lengths of time that are none: no whole minutes, or more than anybody keeps.
const LENGTHS: [u64; 4] = [1, MINUTE - 1, u64::MAX, u64::MAX / MINUTE * MINUTE];

/// An objective with which nothing is wrong.
pub(crate) fn plain(id: &str) -> Objective {
    Objective {
        id: id.into(),
        version: 1,
        name: String::new(),
        description: String::new(),
        sli_type: SliType::Availability,
        indicator: Indicator::Events,
        target: HALF,
        window: Window::Rolling(1_440 * MINUTE),
        budgeting: Budgeting::Occurrences,
        minimum: 0,
        dimensions: vec![],
        alerts: None,
        policy: None,
        exemptions: vec![],
        resolution: None,
    }
}

/// Everything that can be said to a number.
pub(crate) fn ask(slo: u32) {
    slo::record_event(slo, true, 1, None);
    slo::record_event_with(slo, true, 1, None, &["x".into()], u32::MAX);
    slo::record_value(slo, 1.0, None);
    slo::record_value_with(slo, 1.0, None, &["x".into()], u32::MAX);
    assert!(slo::get_status(slo, None).is_err() && slo::violations(slo, None).is_err());
    assert!(slo::alerts(slo, None).is_err() && slo::policy(slo, None).is_err());
    assert!(slo::analyze(slo, Question { at: None, since: None, order: 3, most: 20 }).is_err());
}

/// Terms that cannot be.
pub(crate) fn wrong() {
    let refused = |objective: Objective| assert!(slo::create(&objective).is_err() && slo::redefine(&objective).is_err());
    refused(Objective { version: 0, ..plain("wrong") });
    refused(Objective { minimum: u64::MAX, id: "x".repeat(257), ..plain("") });
    refused(Objective { dimensions: vec!["x".into(); 50_000], ..plain("wrong") });
    refused(Objective { dimensions: (0..9).map(|number| number.to_string()).collect(), ..plain("wrong") });
    let calendar = CalendarWindow { unit: CalendarUnit::Quarter, utc_offset_minutes: i32::MIN };
    refused(Objective { window: Window::Calendar(calendar), ..plain("wrong") });
    for slice in LENGTHS.into_iter().chain([0, 7 * MINUTE]) {
        let missing = Missing::Bad;
        refused(Objective { budgeting: Budgeting::Timeslices(Timeslices { slice, target: HALF, missing }), ..plain("wrong") });
        refused(Objective { budgeting: Budgeting::RatioTimeslices(RatioTimeslices { slice, missing }), ..plain("wrong") });
    }
    for (minutes, five_minutes, history) in [(0, 0, 0), (MINUTE, 0, 0), (1, MINUTE, 0), (MINUTE, 1, 0), (MINUTE, MINUTE, u64::MAX)] {
        refused(Objective { resolution: Some(Resolution { minutes, five_minutes, history }), ..plain("wrong") });
    }
    indicators().into_iter().for_each(|indicator| refused(Objective { indicator, ..plain("wrong") }));
    alerts().into_iter().for_each(|alerts| refused(Objective { alerts: Some(alerts), ..plain("wrong") }));
    policies().into_iter().for_each(|policy| refused(Objective { policy: Some(policy), ..plain("wrong") }));
    exemptions().into_iter().for_each(|exemptions| refused(Objective { exemptions, ..plain("wrong") }));
    assert!(slo::create(&Objective { version: u32::MAX, ..plain("last") }).is_ok());
    refused(Objective { version: 1, minimum: 1, ..plain("last") });
}

fn indicators() -> Vec<Indicator> {
    let nan = || Threshold { comparison: Comparison::Below, value: f64::NAN };
    let pairs = |count: usize, length: usize| vec![Match { name: "n".into(), value: "x".repeat(length) }; count];
    let selector = |name: &str, labels, threshold| MetricSelector { name: name.into(), labels, threshold };
    let metrics = |part| Indicator::Metrics(MetricRatio { part_is_good: true, part, total: selector("all", vec![], None) });
    let spans = |name: &str, attributes| Indicator::Spans(SpanSelector { name: name.into(), attributes, max_duration: Some(u64::MAX) });
    let parts = |parts: &[(&str, u32)]| {
        Indicator::Composite(parts.iter().map(|(id, weight)| Weighted { id: String::from(*id), weight: *weight }).collect())
    };
    vec![
        Indicator::Threshold(nan()),
        metrics(selector("", vec![], None)),
        metrics(selector("part", vec![], Some(nan()))),
        metrics(selector("part", pairs(2, 1), None)),
        metrics(selector("part", pairs(1, 257), None)),
        spans("", vec![]),
        spans("span", pairs(20_000, 10)),
        parts(&[]),
        parts(&[("wrong", 1)]),
        parts(&[("nobody", u32::MAX)]),
        parts(&[("nobody", 0)]),
        parts(&[("nobody", 1); 5_000]),
    ]
}

fn alerts() -> Vec<Vec<Alert>> {
    let alert = |condition| Alert { name: "a".into(), severity: Severity::Page, condition };
    let burn = |factor, long, short| alert(Condition::Burn(Burn { factor, long, short, minimum_bad: u64::MAX }));
    let ratio = |numerator, denominator| Ratio { numerator, denominator };
    let mut all = vec![
        vec![burn(ratio(1, 0), MINUTE, MINUTE)],
        vec![burn(ratio(0, 1), MINUTE, MINUTE)],
        vec![burn(ratio(u64::MAX, 1), MINUTE, MINUTE)],
        vec![burn(HALF, 0, 0)],
        vec![burn(HALF, MINUTE, 2 * MINUTE)],
        vec![burn(HALF, MINUTE, MINUTE); 2],
        vec![burn(HALF, MINUTE, MINUTE); 10_000],
        vec![Alert { name: "x".repeat(257), ..burn(HALF, MINUTE, MINUTE) }],
    ];
    for length in LENGTHS {
        all.push(vec![burn(HALF, length, MINUTE)]);
        all.push(vec![burn(HALF, MINUTE, length)]);
        all.push(vec![alert(Condition::NoData(length))]);
    }
    all
}

fn policies() -> Vec<Vec<PolicyStep>> {
    let step = |numerator, denominator, until_share| {
        let from_share = Ratio { numerator, denominator };
        PolicyStep { from_share, until_share, action: "stop".into() }
    };
    let after = |number| step(number, 1, HALF);
    vec![
        vec![step(1, 0, HALF)],
        vec![step(0, 1, HALF)],
        vec![step(1, 3, HALF)],
        vec![after(2), after(1)],
        (1..=10_000).map(after).collect(),
        vec![PolicyStep { action: "x".repeat(257), ..after(1) }],
    ]
}

fn exemptions() -> Vec<Vec<Exemption>> {
    let exemption = |start, length, rule: Option<&str>| Exemption {
        reason: String::new(),
        start,
        length,
        recurrence: rule.map(String::from),
        utc_offset_minutes: 0,
    };
    let mut all = vec![
        vec![exemption(1, MINUTE, None)],
        vec![exemption(u64::MAX, MINUTE, None)],
        vec![exemption(0, 0, None)],
        vec![exemption(0, MINUTE, None); 65],
        vec![Exemption { reason: "x".repeat(1_024), ..exemption(0, MINUTE, None) }; 64],
        vec![Exemption { utc_offset_minutes: i32::MAX, ..exemption(0, MINUTE, None) }],
    ];
    all.extend(LENGTHS.map(|length| vec![exemption(0, length, None)]));
    let rules = ["", "FREQ", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=4294967297", "FREQ=WEEKLY;FREQ=WEEKLY", "\0"];
    all.extend(rules.map(|rule| vec![exemption(0, MINUTE, Some(rule))]));
    all.push(vec![exemption(0, MINUTE, Some(&"FREQ=WEEKLY;BYDAY=MO;".repeat(1_000)))]);
    all
}

/// Events that are none, and questions out of range, about an objective with which nothing is wrong.
pub(crate) fn events() {
    let objective = Objective { dimensions: vec!["a".into(), "b".into()], ..plain("events") };
    let Ok(slo) = slo::create(&objective) else { return };
    let with = |values: &[String], count, at| slo::record_event_with(slo, false, count, Some(at), values, u32::MAX);
    let both = |value: &str| [String::from(value), String::new()];
    for count in [1, 3, 50_000] {
        assert_eq!(with(&vec![String::new(); count], 1, 0), Outcome::InvalidValue);
    }
    assert_eq!(with(&both(&"x".repeat(257)), 1, 0), Outcome::InvalidValue);
    assert_eq!(with(&both("x"), 1, u64::MAX), Outcome::InvalidTime);
    assert_eq!(with(&both("x"), 1, u64::MAX / 2), Outcome::FutureTime);
    assert_eq!(slo::record_value_with(slo, 1.0, Some(0), &both("x"), 0), Outcome::WrongKind);
    for number in 0..300 {
        assert_eq!(with(&both(&format!("\u{1b}[31m{number}")), 1, 0), Outcome::Recorded);
    }
    assert_eq!(with(&both("x"), u64::MAX, 0), Outcome::Recorded);
    assert_eq!(with(&both("x"), 0, 0), Outcome::Recorded);
    for (at, order, most) in [(0, 0, 20), (0, 4, 20), (0, 255, 20), (0, 3, 0), (0, 3, u32::MAX), (u64::MAX, 3, 20)] {
        assert!(slo::analyze(slo, Question { at: Some(at), since: None, order, most }).is_err());
    }
    assert!(slo::analyze(slo, Question { at: None, since: Some(u64::MAX / 2), order: 3, most: 100 }).is_ok());
    assert!(slo::violations(slo, Some(u64::MAX / 2)).is_ok_and(|violations| violations.len() == 1));
    assert!(slo::statuses(Some(u64::MAX)).is_err() && slo::alerts(slo, Some(u64::MAX)).is_err());
}

/// Questions that cost the one who answers them far more than the one who asks, over and over.
pub(crate) fn questions() {
    let missing = Missing::Bad;
    let budgeting = Budgeting::Timeslices(Timeslices { slice: MINUTE, target: HALF, missing });
    let condition =
        |short| Condition::Burn(Burn { factor: Ratio { numerator: 1, denominator: 1 }, long: 720 * MINUTE, short, minimum_bad: 0 });
    let alert = |number: u64| Alert { name: number.to_string(), severity: Severity::Page, condition: condition((number + 1) * MINUTE) };
    let alerts = Some((0..16).map(alert).collect());
    let dear = Objective { window: Window::Rolling(44 * 1_440 * MINUTE), budgeting, alerts, ..plain("dear") };
    let Ok(dear) = slo::create(&dear) else { return };
    for day in 0..44 {
        slo::record_event(dear, true, 1, Some(day * 1_440 * MINUTE));
    }
    for _ in 0..1_000 {
        let became = if slo::alerts(dear, None).is_ok() { "answered" } else { "refused" };
        metrics::add(counter(became, ""), 1.0, Some(MINUTE));
    }
}
