//! The objectives that the events of the model are about: of every kind of indicator, window, budgeting,
//! exemption and resolution there is.
//!
//! Those over metrics and spans count what comes after them, so every agent has them from the start.
//! Deliberately absent: two versions of one id, which mean another thing to a ledger by the order in which
//! they come; they have a law of their own.

use codomyrmex_telemetry::slo::{
    Alert, CalendarUnit, Condition, Exemption, MetricRatio, MetricSelector, Missing, PolicyStep, Resolution, Severity, SpanSelector,
    Weighted,
};
use codomyrmex_telemetry::{Budgeting, Comparison, Double, Indicator, Objective, Ratio, SliType, Timestamp, Window};

use crate::catalogue::MINUTE_NS;

const DAY: u64 = 24 * 60;
const TODAY: u64 = 20_779 * DAY; // 2026-11-22, a Sunday

/// The objectives that events name by place.
#[must_use]
pub fn objectives() -> Vec<Objective> {
    [told(), heard(), composed(), peculiar()].concat()
}

/// Whether an objective hears of metrics or spans, and so must be there before them.
#[must_use]
pub const fn is_fed(objective: &Objective) -> bool {
    matches!(objective.indicator, Indicator::Metrics(_) | Indicator::Spans(_))
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

const fn rolling(slots: u64) -> Window {
    Window::Rolling { slots }
}

const fn calendar(unit: CalendarUnit, utc_offset_minutes: i32) -> Window {
    Window::Calendar { unit, utc_offset_minutes }
}

fn slices(slots: u64, target: &str, missing: Missing) -> Budgeting {
    Budgeting::Timeslices { slots, target: ratio(target), missing }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn plain(id: &str, indicator: Indicator, target: &str, window: Window) -> Objective {
    Objective { name: format!("{id} is kept"), indicator, ..Objective::new(id, ratio(target), window) }
}

/// Recorders say of these what happened.
fn told() -> Vec<Objective> {
    let threshold = |comparison, value| Indicator::Threshold(comparison, Double::new(value));
    let quarter = calendar(CalendarUnit::Quarter, 1_080);
    vec![
        plain("answers", Indicator::Events, "99.9%", Window::days(30).unwrap()),
        plain("hour", Indicator::Events, "91.04%", rolling(60)),
        plain("minute", threshold(Comparison::Below, 0.5), "1/3", rolling(1)),
        plain("perfect", threshold(Comparison::AtMost, -0.0), "100%", calendar(CalendarUnit::Day, 330)),
        plain("week", threshold(Comparison::Above, 1e100), "0.01%", calendar(CalendarUnit::Week, -1_080)),
        Objective {
            budgeting: slices(5, "90%", Missing::Ignored),
            ..plain("month", threshold(Comparison::AtLeast, f64::INFINITY), "95%", calendar(CalendarUnit::Month, 0))
        },
        Objective {
            budgeting: slices(1_440, "50%", Missing::Ignored),
            ..plain("quarter", Indicator::Events, "1/18446744073709551615", quarter)
        },
        Objective { budgeting: slices(8, "100%", Missing::Ignored), ..plain("slices", Indicator::Events, "66.67%", rolling(61)) },
    ]
}

/// These hear of metrics and of spans.
fn heard() -> Vec<Objective> {
    let selector = |name: &str, labels: &[(&str, &str)], threshold: Option<(Comparison, f64)>| MetricSelector {
        name: name.into(),
        labels: labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        threshold: threshold.map(|(comparison, value)| (comparison, Double::new(value))),
    };
    let metrics = |part_is_good, part, total| Indicator::Metrics(MetricRatio { part_is_good, part, total });
    let (calls, latency) = (selector("tool_calls_total", &[], None), selector("latency", &[], None));
    let spans = |name: &str, attributes: &[(&str, &str)], max_duration| {
        let attributes = attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Indicator::Spans(SpanSelector { name: name.into(), attributes, max_duration })
    };
    let searched = metrics(true, selector("tool_calls_total", &[("tool", "search")], None), calls.clone());
    let booked = metrics(false, selector("tool_calls", &[("tool", "book")], None), calls.clone());
    let two = metrics(true, selector("requests", &[], None), calls);
    let fast = metrics(true, selector("latency", &[], Some((Comparison::AtMost, 0.1))), latency);
    let slow_part = selector("latency", &[("tool", "search")], Some((Comparison::Above, 1.0)));
    let slow = metrics(false, slow_part, selector("latency", &[], Some((Comparison::Below, 100.0))));
    let plans = spans("plan", &[("ok", "true")], Some(60 * MINUTE_NS));
    vec![
        Objective { dimensions: strings(&["tool", "host"]), ..plain("served", searched, "50%", rolling(DAY)) },
        plain("failed", booked, "99%", rolling(2 * DAY)),
        Objective { budgeting: slices(60, "2/3", Missing::Ignored), ..plain("two", two, "90%", rolling(DAY)) },
        Objective { dimensions: strings(&["tool"]), ..plain("fast", fast, "95%", calendar(CalendarUnit::Day, 0)) },
        Objective {
            budgeting: Budgeting::RatioTimeslices { slots: 30, missing: Missing::Ignored },
            ..plain("slow", slow, "99%", rolling(DAY))
        },
        Objective { dimensions: strings(&["tool", "ok"]), ..plain("searches", spans("search", &[], None), "90%", rolling(DAY)) },
        plain("plans", plans, "75%", rolling(3 * DAY)),
    ]
}

/// These are made of others.
fn composed() -> Vec<Objective> {
    let of = |parts: &[(&str, u32)]| {
        let part = |(id, weight): &(&str, u32)| Weighted { id: (*id).into(), weight: *weight };
        Indicator::Composite(parts.iter().map(part).collect())
    };
    vec![
        plain("all", of(&[("answers", 1), ("served", 3), ("plans", u32::MAX)]), "90%", rolling(DAY)),
        Objective {
            budgeting: slices(60, "50%", Missing::Bad),
            ..plain("all slices", of(&[("served", 1), ("searches", 2)]), "60%", rolling(DAY))
        },
        Objective {
            budgeting: Budgeting::RatioTimeslices { slots: 120, missing: Missing::Good },
            ..plain("all shares", of(&[("two", 2), ("fast", 3), ("answers", 1)]), "99%", calendar(CalendarUnit::Day, 0))
        },
    ]
}

/// These have terms of their own in other ways.
fn peculiar() -> Vec<Objective> {
    let at = |minute: u64| Timestamp::from_nanos(minute * MINUTE_NS).unwrap();
    let exempt = |start: u64, minutes: u64, rule: Option<&str>, utc_offset_minutes| Exemption {
        reason: "patches".into(),
        start: at(start),
        minutes,
        recurrence: rule.map(|rule| rule.parse().unwrap()),
        utc_offset_minutes,
    };
    let burn = |factor: &str, long, short, minimum_bad| Condition::Burn { factor: ratio(factor), long, short, minimum_bad };
    let alert = |name: &str, severity, condition| Alert { name: name.into(), severity, condition };
    let step = |from: &str, until: &str, action: &str| PolicyStep { from: ratio(from), until: ratio(until), action: action.into() };
    vec![
        Objective {
            sli_type: SliType::Throughput,
            budgeting: Budgeting::RatioTimeslices { slots: 15, missing: Missing::Ignored },
            minimum: 3,
            ..plain("quiet", Indicator::Events, "80%", rolling(600))
        },
        Objective {
            budgeting: slices(30, "50%", Missing::Bad),
            exemptions: vec![
                exempt(TODAY + 60, 90, None, 0),
                exempt(TODAY + 1_000, 200, None, 0),
                exempt(TODAY - 10 * DAY + 95, 45, Some("FREQ=DAILY;INTERVAL=2"), 120),
            ],
            ..plain("maintained", Indicator::Events, "50%", rolling(DAY))
        },
        Objective {
            exemptions: vec![exempt(TODAY - 35 * DAY - 60, DAY, Some("FREQ=WEEKLY;BYDAY=SA,SU"), 60)],
            ..plain("workdays", Indicator::Events, "90%", calendar(CalendarUnit::Week, 60))
        },
        Objective {
            dimensions: strings(&["user"]),
            alerts: vec![
                alert("fast", Severity::Page, burn("3/1", 60, 5, 2)),
                alert("slow", Severity::Ticket, burn("1/2", 600, 600, 0)),
                alert("silence", Severity::Ticket, Condition::NoData { after: 30 }),
            ],
            policy: vec![step("1/10", "0/1", "look"), step("1/1", "1/2", "stop"), step("2/1", "2/1", "panic")],
            resolution: Resolution { minutes: 20, five_minutes: 100, history: 300 },
            ..plain("coarse", Indicator::Events, "75%", rolling(600))
        },
        Objective {
            version: 2,
            dimensions: strings(&["user", "region"]),
            resolution: Resolution::minutes(),
            ..plain("again", Indicator::Threshold(Comparison::Below, Double::new(10.0)), "50%", rolling(3 * DAY))
        },
    ]
}
