//! The law: what was exported is imported as it was, whatever the ledger takes.

use codomyrmex_telemetry::slo::{Exemption, Missing, Resolution, SLOT_NS, SpanSelector};
use codomyrmex_telemetry::{SliType, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

/// A text, short and strange.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,10}[a-z0-9]",
        "[A-Za-z0-9 ._:/-]{1,12}",
        "\\PC{1,8}",
        any::<Vec<char>>().prop_map(|text| text.into_iter().take(12).collect::<String>()).prop_filter("filled", |text| !text.is_empty()),
        prop::sample::select(vec![
            "no",
            "true",
            "null",
            "~",
            "1.0",
            "-",
            "- a",
            "a: b",
            "a #b",
            " ",
            "a ",
            "\u{feff}",
            "\u{2028}",
            "\u{7f}\u{85}",
            "'",
            "\"",
            "\\",
            "\r\n",
            "\t",
            "0x1",
            ".inf",
            "=",
            "<<",
            "2024-01-01",
            "---",
            "...",
            "\u{fffe}",
            "\u{10ffff}",
            "\u{0}",
            "é",
            "İ",
            "&a",
            "*a",
            "!x",
            "%Y",
            "@a",
            "`",
            "{",
            "[",
            "|",
            ">",
            "?",
        ])
        .prop_map(String::from),
        (1usize..=256).prop_map(|length| "\u{1}".repeat(length)),
        (60usize..=256).prop_map(|length| "a".repeat(length)),
        (60usize..=128).prop_map(|length| "ä".repeat(length)),
    ]
}

fn long_text() -> impl Strategy<Value = String> {
    prop_oneof![text(), Just(String::new()), (1usize..=1_024).prop_map(|length| "b ".repeat(length / 2))]
}

/// A share above 0 and at most 1.
fn share() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        (1u64..=10_000).prop_map(|n| Ratio::new(n, 10_000).unwrap()),
        (1u64..=1_000_000_000, 0u64..3).prop_map(|(n, more)| Ratio::new(n, 1_000_000_000 + more).unwrap()),
        (any::<u64>(), any::<u64>()).prop_map(|(a, b)| Ratio::new(a.min(b).max(1), a.max(b).max(1)).unwrap()),
        prop::sample::select(vec![(1, 1), (1, 3), (1, u64::MAX), (u64::MAX - 1, u64::MAX)]).prop_map(|(n, d)| Ratio::new(n, d).unwrap()),
    ]
}

fn double() -> impl Strategy<Value = Double> {
    any::<f64>().prop_filter("a number", |value| !value.is_nan()).prop_map(Double::new)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![Comparison::Below, Comparison::AtMost, Comparison::Above, Comparison::AtLeast])
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((text(), prop_oneof![text(), Just(String::new())]), 0..4).prop_map(|mut pairs| {
        let mut seen = Vec::new();
        pairs.retain(|(name, _)| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        pairs
    })
}

fn selector() -> impl Strategy<Value = MetricSelector> {
    (text(), pairs(), option::of((comparison(), double()))).prop_map(|(name, labels, threshold)| MetricSelector { name, labels, threshold })
}

fn indicator() -> impl Strategy<Value = Indicator> {
    let weighted =
        (text(), prop_oneof![1u32..10, any::<u32>().prop_map(|weight| weight.max(1))]).prop_map(|(id, weight)| Weighted { id, weight });
    prop_oneof![
        Just(Indicator::Events),
        (comparison(), double()).prop_map(|(comparison, value)| Indicator::Threshold(comparison, value)),
        (any::<bool>(), selector(), selector()).prop_map(|(part_is_good, part, total)| Indicator::Metrics(MetricRatio {
            part_is_good,
            part,
            total
        })),
        (text(), pairs(), option::of(any::<u64>())).prop_map(|(name, attributes, max_duration)| Indicator::Spans(SpanSelector {
            name,
            attributes,
            max_duration
        })),
        vec(weighted, 1..5).prop_map(Indicator::Composite),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let unit = prop::sample::select(vec![CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter]);
    let offset =
        prop_oneof![Just(0), -18i32..=18, -1_080i32..=1_080].prop_map(|offset| if offset.abs() <= 18 { offset * 60 } else { offset });
    prop_oneof![
        (1u64..=366 * 1_440).prop_map(|slots| Window::Rolling { slots }),
        (1u64..=366).prop_map(|days| Window::days(days).unwrap()),
        (unit, offset).prop_map(|(unit, utc_offset_minutes)| Window::Calendar { unit, utc_offset_minutes }),
    ]
}

fn budgeting() -> impl Strategy<Value = Budgeting> {
    let slots = prop::sample::select(vec![1u64, 5, 10, 60, 90, 720, 1_440]);
    let missing = prop::sample::select(vec![Missing::Ignored, Missing::Good, Missing::Bad]);
    prop_oneof![
        Just(Budgeting::Occurrences),
        (slots.clone(), share(), missing.clone()).prop_map(|(slots, target, missing)| Budgeting::Timeslices { slots, target, missing }),
        (slots, missing).prop_map(|(slots, missing)| Budgeting::RatioTimeslices { slots, missing }),
    ]
}

fn alert() -> impl Strategy<Value = Alert> {
    let factor = prop_oneof![
        (1u64..2_000).prop_map(|n| Ratio::new(n, 100).unwrap()),
        (1u64..=u64::MAX, 1u64..=u64::MAX).prop_map(|(n, d)| Ratio::new(n, d).unwrap()),
    ];
    let burn = (factor, 1u64..5_000, 1u64..5_000, prop_oneof![Just(1), any::<u64>()]);
    let condition = prop_oneof![
        3 => burn.prop_map(|(factor, a, b, minimum_bad)| Condition::Burn { factor, long: a.max(b), short: a.min(b), minimum_bad }),
        1 => (1u64..=366 * 1_440).prop_map(|after| Condition::NoData { after }),
    ];
    (text(), any::<bool>(), condition).prop_map(|(name, page, condition)| Alert {
        name,
        severity: if page { Severity::Page } else { Severity::Ticket },
        condition,
    })
}

fn exemption() -> impl Strategy<Value = Exemption> {
    let rule = prop::sample::select(vec![
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=SA,SU",
        "FREQ=MONTHLY;UNTIL=20271231T235959Z;BYMONTHDAY=-1",
    ]);
    (long_text(), 0u64..=153_722_867, 1u64..=366 * 1_440, option::of(rule), -1_080i32..=1_080).prop_map(
        |(reason, minute, minutes, rule, offset)| Exemption {
            reason,
            start: Timestamp::try_from(minute * SLOT_NS).unwrap(),
            minutes,
            recurrence: rule.map(|rule| rule.parse().unwrap()),
            utc_offset_minutes: offset,
        },
    )
}

fn step() -> impl Strategy<Value = PolicyStep> {
    (share(), text()).prop_map(|(from, action)| PolicyStep { from, until: Ratio::new(0, 1).unwrap(), action })
}

fn resolution() -> impl Strategy<Value = Resolution> {
    prop_oneof![
        Just(Resolution::default()),
        Just(Resolution::minutes()),
        (1u64..=u64::MAX, any::<u64>(), 0u64..=366 * 1_440).prop_map(|(minutes, more, history)| Resolution {
            minutes,
            five_minutes: minutes.max(more),
            history
        }),
    ]
}

fn sli_type() -> impl Strategy<Value = SliType> {
    prop::sample::select(vec![SliType::Availability, SliType::Latency, SliType::Throughput, SliType::ErrorRate, SliType::Saturation])
}

/// An objective, perhaps not one that the ledger takes.
fn objective() -> impl Strategy<Value = Objective> {
    let who = (text(), prop_oneof![Just(1u32), 1..=u32::MAX], option::of(long_text()), long_text(), sli_type());
    let what = (indicator(), share(), window(), budgeting(), prop_oneof![Just(0u64), any::<u64>()]);
    let more = (vec(text(), 0..4), option::of(vec(alert(), 0..5)), option::of(vec(step(), 0..3)), vec(exemption(), 0..3), resolution());
    (who, what, more).prop_map(|(who, what, more)| {
        let (id, version, name, description, sli_type) = who;
        let (indicator, target, window, budgeting, minimum) = what;
        let (mut dimensions, alerts, policy, exemptions, resolution) = more;
        dimensions.sort();
        dimensions.dedup();
        let name = name.unwrap_or_else(|| id.clone());
        let alerts = alerts.unwrap_or_else(|| Alert::standard(window, target));
        let policy = policy.unwrap_or_else(PolicyStep::standard);
        let mut objective = Objective {
            id,
            version,
            name,
            description,
            sli_type,
            indicator,
            target,
            window,
            budgeting,
            minimum,
            dimensions,
            alerts: Vec::new(),
            policy,
            exemptions,
            resolution,
        };
        // As many alerts as it takes.
        for alert in alerts {
            objective.alerts.push(alert);
            if objective.check().is_err() {
                objective.alerts.pop();
            }
        }
        objective
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_was_exported_is_imported_as_it_was(mut objectives in vec(objective(), 1..3)) {
        objectives.retain(|objective| objective.check().is_ok());
        let mut ids = Vec::new();
        objectives.retain(|objective| !ids.contains(&objective.id) && { ids.push(objective.id.clone()); true });
        prop_assume!(!objectives.is_empty());
        let text = export(&objectives).unwrap();
        let imported = import(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&imported.objectives, &objectives, "{}", text);
        prop_assert_eq!(&imported.left_out, &[], "{}", text);
        prop_assert_eq!(imported.objects, BTreeMap::from([(Kind::Slo, objectives.len())]));
        prop_assert_eq!(export(&imported.objectives).unwrap(), text);
    }
}
