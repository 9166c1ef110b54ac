//! Objectives as rules for Prometheus: recorded burn rates and budgets, and alerts, under the names that
//! Sloth's dashboards (14348 and 14643 on grafana.com) look for. A second opinion on what the ledger says.
//!
//! Each objective has up to three groups:
//! - `sloth-slo-sli-recordings-<id>`: `slo:sli_error:ratio_rate<lookback>` for 5 minutes and an hour, which
//!   dashboards want, every lookback of its alerts, and its window. It is the bad events of the whole
//!   lookback divided by all of them, never a mean of ratios, so that budget and alerts agree whatever the
//!   traffic. Where nothing failed it is 0, where all failed 1, and where nothing happened it is absent.
//! - `sloth-slo-meta-recordings-<id>`: target, budget, burn rates, what is left, and `sloth_slo_info`.
//! - `sloth-slo-alerts-<id>`: its alerts, by their names, over what was recorded: at most an evaluation
//!   before. Thresholds are exact numbers, so one that is only just reached does not fire. An alert on no data
//!   also fires where the series are gone, as long as they were there within the window.
//!
//! `increase` guesses what happened between the ends of a lookback and the samples next to them. Where
//! samples lie on both ends (one a minute on the minute, asked on the minute, Prometheus 2) it guesses nothing
//! and the numbers are the ledger's; else they are off by up to a scrape in a lookback, and a lookback must
//! hold some scrapes. An evaluation reads every sample of the window: some 100,000 for a month of minutes.
//!
//! A time that is exempt is left out as it happens, and not where the exemption is made afterwards: the
//! ledger's counters never fall. Deliberately absent: reading rules.

mod source;
mod yaml;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use source::Source;
use yaml::{Group, number, quoted, spared};

use super::duration::minutes;
use super::slos;
use crate::metrics::Families;
use crate::slo::{Alert, Budgeting, CalendarUnit, Condition, Indicator, Objective, Window};

/// Sloth knows objectives of services; all of ours are of one.
const SERVICE: &str = "codomyrmex";

const DAY: u64 = 24 * 60; // minutes

/// What dashboards ask for, whatever the alerts look back over.
const ALWAYS: [u64; 2] = [5, 60];

/// Rules, and what they do not say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rules {
    /// The file for Prometheus' `rule_files`: YAML.
    pub text: String,
    /// What counters cannot tell of objectives.
    pub left_out: Vec<LeftOut>,
}

/// Something that rules do not say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeftOut {
    /// The objective's id.
    pub id: String,
    /// What and why.
    pub why: String,
}

/// Rules for objectives, in the order of their ids; of several versions of one for the latest.
///
/// The families are those of the ledger: an indicator over metrics reads the series that it names, where
/// these say how Prometheus has them, and else the ledger's own counters of good and bad.
#[must_use]
pub fn prometheus_rules<'a>(objectives: impl IntoIterator<Item = &'a Objective>, families: &Families) -> Rules {
    let mut all: Vec<&Objective> = objectives.into_iter().collect();
    all.sort_unstable(); // by id, then by version
    all.dedup();
    let mut left_out = Vec::new();
    let mut latest: Vec<&Objective> = Vec::new();
    for versions in all.chunk_by(|one, other| one.id == other.id) {
        let newest = versions.last().map(|last| last.version);
        let mut last = versions.iter().filter(|objective| Some(objective.version) == newest);
        latest.extend(last.next());
        left_out.extend(last.map(|other| LeftOut {
            id: other.id.clone(),
            why: "all of it: another objective has its id and version, and comes first".into(),
        }));
    }
    let mut groups = String::new();
    for objective in &latest {
        left_out.extend(gaps(objective).map(|why| LeftOut { id: objective.id.clone(), why: why.into() }));
        Writer::new(objective, families).write(&mut groups);
    }
    left_out.sort_by(|one, other| one.id.cmp(&other.id)); // stable
    let objectives = if latest.len() == 1 { "objective" } else { "objectives" };
    let mut text = format!("# Rules for {} {objectives}, by codomyrmex-telemetry {}.\n", latest.len(), env!("CARGO_PKG_VERSION"));
    for LeftOut { id, why } in &left_out {
        text.push_str(&format!("# Left out of {}: {why}.\n", quoted(id)));
    }
    text.push_str(if groups.is_empty() { "groups: []\n" } else { "groups:\n" });
    Rules { text: text + &groups, left_out }
}

/// What cannot be said of an objective.
fn gaps(objective: &Objective) -> impl Iterator<Item = &'static str> {
    let instead = [
        (
            !counts_events(objective),
            "error ratios, burn rates and alerts: its budget counts slices of time, and counters know of events only; codomyrmex_telemetry_slo_burn_rate, _error_budget_remaining_ratio and _alert_firing have them",
        ),
        (
            is_exempt_composite(objective),
            "error ratios, burn rates and alerts: its own exemptions are not in its parts' counters; codomyrmex_telemetry_slo_burn_rate, _error_budget_remaining_ratio and _alert_firing have them",
        ),
        (
            matches!(objective.window, Window::Calendar { .. }),
            "what is over its whole window: that follows the calendar, which no range of Prometheus does; codomyrmex_telemetry_slo_error_budget_remaining_ratio has it",
        ),
    ];
    instead.into_iter().filter_map(|(is_so, why)| is_so.then_some(why))
}

fn counts_events(objective: &Objective) -> bool {
    matches!(objective.budgeting, Budgeting::Occurrences)
}

fn is_exempt_composite(objective: &Objective) -> bool {
    matches!(objective.indicator, Indicator::Composite(_)) && !objective.exemptions.is_empty()
}

/// Writes the rules of one objective.
struct Writer<'a> {
    objective: &'a Objective,
    source: Option<Source>, // of its events, where counters have them
    allowed: (u64, u64),    // the share that may be bad
    labels: [(&'static str, String); 3],
    selector: String, // of what is recorded for it
}

impl<'a> Writer<'a> {
    fn new(objective: &'a Objective, families: &Families) -> Self {
        let target = objective.target;
        let is_counted = counts_events(objective) && !is_exempt_composite(objective);
        let labels = [("sloth_id", objective.id.clone()), ("sloth_service", SERVICE.into()), ("sloth_slo", objective.id.clone())];
        let matchers: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        Self {
            objective,
            source: is_counted.then(|| Source::new(objective, families)),
            allowed: (target.denominator() - target.numerator(), target.denominator()),
            labels,
            selector: matchers.join(", "),
        }
    }

    fn write(&self, text: &mut String) {
        let group = |what: &str| Group::new(&format!("sloth-slo-{what}-{}", self.objective.id));
        let mut errors = group("sli-recordings");
        if let Some(source) = &self.source {
            for lookback in self.lookbacks() {
                let window = minutes(lookback);
                let labels = self.labels_with("sloth_window", &window);
                errors.record(&format!("slo:sli_error:ratio_rate{window}"), &source.ratio(&window), &labels);
            }
        }
        let mut meta = group("meta-recordings");
        self.meta(&mut meta);
        let mut alerts = group("alerts");
        self.objective.alerts.iter().for_each(|alert| self.alert(&mut alerts, alert));
        [errors, meta, alerts].into_iter().for_each(|group| group.write(text));
    }

    /// Every stretch of time over which the share of bad events is recorded, in minutes.
    fn lookbacks(&self) -> Vec<u64> {
        let mut lookbacks: Vec<u64> = self.burns().flat_map(|(long, short)| [long, short]).chain(ALWAYS).chain(self.window()).collect();
        lookbacks.sort_unstable();
        lookbacks.dedup();
        lookbacks
    }

    /// The lookbacks of the alerts on burning.
    fn burns(&self) -> impl Iterator<Item = (u64, u64)> {
        self.objective.alerts.iter().filter_map(|alert| match alert.condition {
            Condition::Burn { long, short, .. } => Some((long, short)),
            Condition::NoData { .. } => None,
        })
    }

    /// The window, where it is always as long.
    fn window(&self) -> Option<u64> {
        match self.objective.window {
            Window::Rolling { slots } => Some(slots),
            Window::Calendar { .. } => None,
        }
    }

    fn labels_with(&self, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
        let mut labels = self.labels.to_vec();
        labels.push((name, value.into()));
        labels.sort_unstable();
        labels
    }

    fn meta(&self, group: &mut Group) {
        let (allowed, whole) = self.allowed;
        let mut record = |name: &str, expression: &str| group.record(name, expression, &self.labels);
        record("slo:objective:ratio", &format!("vector({})", number((whole - allowed).into(), whole.into())));
        record("slo:error_budget:ratio", &format!("vector({})", number(allowed.into(), whole.into())));
        let days = match self.objective.window {
            Window::Rolling { slots } => Some(number(slots.into(), DAY.into())),
            Window::Calendar { unit: CalendarUnit::Day, .. } => Some("1".into()),
            Window::Calendar { unit: CalendarUnit::Week, .. } => Some("7".into()),
            Window::Calendar { .. } => None,
        };
        if let Some(days) = days {
            record("slo:time_period:days", &format!("vector({days})"));
        }
        if self.source.is_some() && allowed > 0 {
            let budget = number(allowed.into(), whole.into());
            let burned = |window: u64| format!("slo:sli_error:ratio_rate{}{{{}}}\n/ {budget}", minutes(window), self.selector);
            let current = self.burns().map(|(_, short)| short).min().unwrap_or(ALWAYS[0]);
            record("slo:current_burn_rate:ratio", &burned(current));
            if let Some(window) = self.window() {
                record("slo:period_burn_rate:ratio", &burned(window));
                record("slo:period_error_budget_remaining:ratio", &format!("1 - slo:period_burn_rate:ratio{{{}}}", self.selector));
            }
        }
        let target = format!("{}", self.objective.target);
        let facts = [
            ("sloth_mode", "codomyrmex"),
            ("sloth_objective", target.trim_end_matches('%')),
            ("sloth_spec", "codomyrmex.telemetry/v1"),
            ("sloth_version", env!("CARGO_PKG_VERSION")),
        ];
        let facts = facts.map(|(name, value)| (name, String::from(value)));
        let mut labels = [&self.labels[..], &facts].concat();
        labels.sort_unstable();
        group.record("sloth_slo_info", "vector(1)", &labels);
    }

    fn alert(&self, group: &mut Group, alert: &Alert) {
        let Some(source) = &self.source else { return };
        let (allowed, whole) = self.allowed;
        let (expression, what) = match alert.condition {
            // Without a budget none burns.
            Condition::Burn { .. } if allowed == 0 => return,
            Condition::Burn { factor, long, short, minimum_bad } => {
                let least =
                    number(u128::from(factor.numerator()) * u128::from(allowed), u128::from(factor.denominator()) * u128::from(whole));
                let over = |window: u64| {
                    let series = format!("slo:sli_error:ratio_rate{}{{{}}}", minutes(window), self.selector);
                    format!("max({series} > {least}) without (sloth_window)")
                };
                let mut all = alloc::vec![over(long)];
                all.extend((short != long).then(|| over(short)));
                // One bad event there is wherever anything burns.
                all.extend((minimum_bad > 1).then(|| format!("on () ({} >= {minimum_bad})", source.bad(&minutes(long)))));
                let factor = number(factor.numerator().into(), factor.denominator().into());
                let factor = factor.trim_matches(['(', ')']);
                let what = format!(
                    "burns its error budget more than {factor} times as fast as it may, over {} and {}",
                    minutes(long),
                    minutes(short)
                );
                (all.join("\nand "), what)
            }
            Condition::NoData { after } => {
                let since = minutes(after);
                let expression = format!(
                    "{} > 0\nunless\n{} > 0",
                    source.counted(&minutes(self.objective.window.slots_max()), &since),
                    source.total(&since)
                );
                (expression, format!("has counted nothing for {since}"))
            }
        };
        let severity = alert.severity.name();
        let labels = self.labels_with("sloth_severity", severity).into_iter().map(|(name, value)| (name, spared(&value)));
        let title = format!("({severity}) {} {what}.", self.objective.name);
        let summary = format!("Objective {}: {what}; alert {}.", self.objective.id, alert.name);
        let texts = [("description", &self.objective.description), ("summary", &summary), ("title", &title)];
        let annotations = texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, spared(text)));
        group.alert(&alert.name, &expression, &labels.collect::<Vec<_>>(), &annotations.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests;
