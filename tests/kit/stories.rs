//! Stories of objectives: terms made up by chance, with short windows and small tiers, and what happened in a
//! day or so: short enough for an oracle that looks at every minute.

use codomyrmex_telemetry::slo::{
    Alert, CalendarUnit, Condition, Exemption, MetricRatio, MetricSelector, Missing, PolicyStep, Resolution, Severity, Weighted,
};
use codomyrmex_telemetry::{Budgeting, Indicator, Objective, Ratio, Timestamp, Window};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::catalogue::MINUTE_NS;

/// How many minutes a story is long.
const LENGTH: u64 = 1_500;

/// An objective, and what happened.
#[derive(Clone, Debug)]
pub struct Story {
    /// The objective that is asked about.
    pub objective: Objective,
    /// Where it is a composite: its parts, which count events.
    pub parts: Vec<Objective>,
    /// What happened, in any order.
    pub told: Vec<Told>,
}

/// Good or bad events in a minute; of an indicator over metrics, of the part or of the whole.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The minute since 1970.
    pub minute: u64,
    /// Which part of a composite.
    pub part: usize,
    /// Whether they are good ones, or the part.
    pub good: bool,
    /// How many.
    pub count: u64,
}

/// Stories of events that recorders judge.
pub fn stories() -> impl Strategy<Value = Story> {
    (begins(), any::<bool>()).prop_flat_map(|(begin, is_metrics)| {
        (objective(begin), told(begin, 0..40)).prop_map(move |(mut objective, told)| {
            if is_metrics {
                objective.indicator = metrics(objective.minimum % 2 == 0);
            }
            Story { objective, parts: vec![], told }
        })
    })
}

/// Stories of composites of up to three parts.
pub fn composites() -> impl Strategy<Value = Story> {
    begins().prop_flat_map(|begin| {
        let part = (objective(begin), any::<bool>(), select(&[1, 2, 7, u32::MAX][..]));
        (objective(begin), vec(part, 1..4), told(begin, 0..40)).prop_map(|(mut objective, parts, told)| {
            let mut weights = Vec::new();
            let parts = parts.into_iter().enumerate().map(|(place, (part, is_metrics, weight))| {
                let id = format!("part-{place}");
                weights.push(Weighted { id: id.clone(), weight });
                // Events of all parts are judged by the part that is their own; each keeps enough of the past.
                let indicator = if is_metrics && place == 0 { metrics(weight == 2) } else { Indicator::Events };
                let history = part.resolution.history + 3_000;
                let window = if objective.budgeting == Budgeting::Occurrences { part.window } else { objective.window };
                let budgeting = if objective.budgeting == Budgeting::Occurrences { part.budgeting } else { objective.budgeting };
                let alerts = Vec::new();
                Objective { id, indicator, window, budgeting, alerts, resolution: Resolution { history, ..part.resolution }, ..part }
            });
            let parts: Vec<Objective> = parts.collect();
            objective.indicator = Indicator::Composite(weights);
            Story { objective, parts, told }
        })
    })
}

/// Where a story begins: today, or with time itself.
fn begins() -> impl Strategy<Value = u64> {
    prop_oneof![7 => Just(20_779 * 1_440), 1 => Just(0)]
}

/// The part is what a counter of that name counts, the whole is another's.
fn metrics(part_is_good: bool) -> Indicator {
    let selector = |name: &str| MetricSelector { name: name.into(), labels: vec![], threshold: None };
    Indicator::Metrics(MetricRatio { part_is_good, part: selector("part"), total: selector("whole") })
}

fn told(begin: u64, length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Told>> {
    let minute = prop_oneof![
        3 => 0..LENGTH,
        2 => 0..90u64,
        1 => (0..LENGTH / 60, 58..63u64).prop_map(|(hour, minute)| hour * 60 + minute),
        1 => LENGTH - 30..LENGTH,
    ];
    let count = prop_oneof![20 => 0..50u64, 4 => Just(1u64), 1 => select(&[1_000_000_000u64, 1 << 63, u64::MAX][..])];
    let one = (minute, 0..3usize, prop_oneof![2 => Just(true), 1 => Just(false)], count);
    vec(one.prop_map(move |(minute, part, good, count)| Told { minute: begin + minute, part, good, count }), length)
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

fn ratios(texts: &'static [&'static str]) -> impl Strategy<Value = Ratio> {
    select(texts).prop_map(ratio)
}

fn objective(begin: u64) -> impl Strategy<Value = Objective> {
    let rolling = select(&[1u64, 7, 30, 61, 240, 600, 1_440][..]).prop_map(|slots| Window::Rolling { slots });
    let offset = select(&[0, 330, -570, 47, -1_080][..]);
    let calendar = offset.prop_map(|utc_offset_minutes| Window::Calendar { unit: CalendarUnit::Day, utc_offset_minutes });
    let window = prop_oneof![3 => rolling, 1 => calendar];
    let terms = (window, ratios(&["99.9%", "90%", "66.67%", "1/3", "100%", "1/18446744073709551615"]), budgeting());
    let kept = (resolution(), vec(exemption(begin), 0..3), select(&[0u64, 0, 0, 3, 40][..]), policy());
    (terms, kept).prop_flat_map(|((window, target, budgeting), (resolution, exemptions, minimum, policy))| {
        let base = Objective::new("story", target, window);
        let base = Objective { budgeting, resolution, exemptions, minimum, policy, ..base };
        vec(condition(window, target), 0..4).prop_map(move |conditions| {
            let alert = |(place, condition)| Alert { name: format!("alert-{place}"), severity: Severity::Page, condition };
            Objective { alerts: conditions.into_iter().enumerate().map(alert).collect(), ..base.clone() }
        })
    })
}

fn budgeting() -> impl Strategy<Value = Budgeting> {
    let slots = || select(&[5u64, 8, 15, 60, 120, 1_440][..]);
    let missing = || select(&[Missing::Ignored, Missing::Good, Missing::Bad][..]);
    prop_oneof![
        3 => Just(Budgeting::Occurrences),
        2 => (slots(), ratios(&["50%", "90%", "100%"]), missing())
            .prop_map(|(slots, target, missing)| Budgeting::Timeslices { slots, target, missing }),
        1 => (slots(), missing()).prop_map(|(slots, missing)| Budgeting::RatioTimeslices { slots, missing }),
    ]
}

fn resolution() -> impl Strategy<Value = Resolution> {
    let small = (1..40u64, 0..200u64, 0..900u64);
    prop_oneof![
        1 => Just(Resolution::default()),
        3 => small.prop_map(|(minutes, more, history)| Resolution { minutes, five_minutes: minutes + more, history }),
    ]
}

fn exemption(begin: u64) -> impl Strategy<Value = Exemption> {
    let rule = select(&[None, None, Some("FREQ=DAILY"), Some("FREQ=DAILY;INTERVAL=2"), Some("FREQ=WEEKLY;BYDAY=SA,SU")][..]);
    let start = prop_oneof![0..LENGTH, (0..LENGTH / 60).prop_map(|hour| hour * 60)];
    let minutes = prop_oneof![1..300u64, Just(60u64), Just(120u64)];
    (start, minutes, rule, select(&[0, 120][..])).prop_map(move |(start, minutes, rule, utc_offset_minutes)| Exemption {
        reason: "patches".into(),
        start: Timestamp::from_nanos((begin + start) * MINUTE_NS).unwrap(),
        minutes,
        recurrence: rule.map(|rule| rule.parse().unwrap()),
        utc_offset_minutes,
    })
}

fn policy() -> impl Strategy<Value = Vec<PolicyStep>> {
    let step = |from: &str, until: &str, action: &str| PolicyStep { from: ratio(from), until: ratio(until), action: action.into() };
    let own = vec![step("1/10", "0/1", "look"), step("1/1", "1/2", "stop"), step("2/1", "2/1", "panic")];
    prop_oneof![Just(PolicyStep::standard()), Just(own), Just(vec![])]
}

/// A condition that can come about.
fn condition(window: Window, target: Ratio) -> impl Strategy<Value = Condition> {
    let longest = if let Window::Rolling { slots } = window { slots } else { 1_440 };
    let can_fire = move |factor: &Ratio| {
        let allowed = u128::from(target.denominator() - target.numerator());
        u128::from(factor.numerator()) * allowed < u128::from(factor.denominator()) * u128::from(target.denominator())
    };
    let factor =
        ratios(&["1/1", "1/2", "3/4", "2/1", "72/5"]).prop_map(move |factor| if can_fire(&factor) { factor } else { ratio("1/2") });
    let burn =
        (factor, 1..=longest, any::<prop::sample::Index>(), select(&[0u64, 1, 5][..])).prop_map(|(factor, long, short, minimum_bad)| {
            Condition::Burn { factor, long, short: short.index(long as usize) as u64 + 1, minimum_bad }
        });
    prop_oneof![3 => burn, 1 => (1..300u64).prop_map(|after| Condition::NoData { after })]
}
