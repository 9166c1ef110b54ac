//! Status: how an objective stood at a moment, as a fold over its line.
//!
//! Sources: Google SRE workbook, chapter 5; OpenSLO v1, budgetingMethod. Deliberately absent: any state of
//! its own.

use alloc::string::String;
use alloc::vec::Vec;

use super::alert::{Alert, Condition};
use super::book::Book;
use super::budget::Budget;
use super::firing::Watchman;
use super::line::Line;
use super::outlook::{Outlook, Projection};
use super::window::SLOT_NS;
use super::{Counts, Objective};
use crate::time::Timestamp;
use crate::{Ratio, float};

/// How an objective stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing happened in the window.
    NoData,
    /// Fewer events happened in the window than the objective asks for.
    Insufficient,
    /// The target is reached.
    Met,
    /// The target is reached, but an alert fires, or the budget will be spent if things go on as lately.
    AtRisk,
    /// The target is not reached.
    Violated,
}

/// How fast the budget burned over a lookback of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct BurnRate {
    /// How long the lookback is, in nanoseconds.
    pub lookback: u64,
    /// How many times as fast as the pace that just spends the budget in the window; `None` where nothing
    /// happened or there is no budget.
    pub rate: Option<f64>,
}

/// An objective at a moment. Counts are events, or slices; see `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The objective's id.
    pub id: String,
    /// Which of its terms these are.
    pub version: u32,
    /// The objective's name.
    pub name: String,
    /// The share that must be good.
    pub target: Ratio,
    /// When the window begins, inclusive, in nanoseconds.
    pub window_start: u64,
    /// When the window ends, exclusive, in nanoseconds; zero without data.
    pub window_end: u64,
    /// Good events (or slices) in the window, those in exempt times left out.
    pub good: u64,
    /// All events (or slices) in the window, those in exempt times left out.
    pub total: u64,
    /// So many of `good` and `total` are one event or slice: 1, or 1,000,000,000 where slices count by
    /// their share.
    pub unit: u64,
    /// The same as `good` with those in exempt times.
    pub raw_good: u64,
    /// The same as `total` with those in exempt times.
    pub raw_total: u64,
    /// How it stands.
    pub state: State,
    /// good / total; `None` without data.
    pub current: Option<f64>,
    /// The share of the error budget that is left, below 0 when overspent; `None` without data
    /// or where the target is 1.
    pub budget_remaining: Option<f64>,
    /// How many more may go bad.
    pub budget_remaining_events: f64,
    /// The share of the window's minutes, up to the moment that is asked about, that lie in slots in which
    /// something happened: what was not measured is not up.
    pub coverage: f64,
    /// How fast the budget burned over each lookback of the alerts, shortest first.
    pub burn_rates: Vec<BurnRate>,
    /// The names of the alerts that fire.
    pub firing: Vec<String>,
    /// While the target is reached: in how many nanoseconds it will not be, if things go on as lately, and
    /// what leaves the window gives its budget back; `None` where it will be.
    pub time_to_exhaustion: Option<u64>,
    /// While the target is not reached: in how many nanoseconds it will be again, likewise.
    pub time_to_recovery: Option<u64>,
    /// Of a calendar window: how it will end if things go on as lately.
    pub projection: Option<Projection>,
    /// Events too late for any window.
    pub expired: u64,
    /// Records of metrics that are no whole number of events, and so in no slot.
    pub uncounted: u64,
}

impl State {
    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no-data",
            Self::Insufficient => "insufficient",
            Self::Met => "met",
            Self::AtRisk => "at-risk",
            Self::Violated => "violated",
        }
    }
}

impl Status {
    /// Whether the target is reached; also where nothing happened, so that there is no failure.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        !matches!(self.state, State::Violated)
    }

    /// The share of the error budget that is left, in percent from 0 to 100, as the Python module has it:
    /// 100 without data; of a target of 1, 0 once anything failed.
    #[must_use]
    pub fn error_budget_remaining(&self) -> f64 {
        let without = if self.is_met() { 1.0 } else { 0.0 };
        (self.budget_remaining.unwrap_or(without) * 100.0).clamp(0.0, 100.0)
    }

    /// The share of the error budget that is consumed, in percent from 0 to 100.
    #[must_use]
    pub fn error_budget_consumed(&self) -> f64 {
        100.0 - self.error_budget_remaining()
    }
}

/// How an objective stood at a time; `None` is the time of its newest event.
pub(crate) fn status(book: &Book<'_>, at: Option<Timestamp>) -> Status {
    let objective = book.objective;
    let line = Line::new(book, false, at);
    let last = line.last;
    let first = last.map_or(0, |last| objective.window.first_slot(last));
    let sum = |line: &Line| last.map_or_else(Counts::default, |last| line.sum(first, last).counts());
    let counts = sum(&line);
    let raw = if book.has_exempt() { sum(&Line::new(book, true, at)) } else { counts };
    let budget = Budget::new(objective.target);
    let firing = firing(objective, &line, last);
    let outlook = last.map(|last| Outlook::new(objective, &line, last, counts)).unwrap_or_default();
    let is_met = budget.is_met(counts);
    let total = counts.total();
    Status {
        id: objective.id.clone(),
        version: objective.version,
        name: objective.name.clone(),
        target: objective.target,
        window_start: first * SLOT_NS,
        window_end: last.map_or(0, |last| ((last + 1) * SLOT_NS).min(Timestamp::MAX.nanos())),
        good: counts.good,
        total,
        unit: line.unit,
        raw_good: raw.good,
        raw_total: raw.total(),
        state: match (total, is_met) {
            (0, _) => State::NoData,
            _ if total < objective.minimum.saturating_mul(line.unit) => State::Insufficient,
            (_, false) => State::Violated,
            _ if !firing.is_empty() || outlook.exhaustion.is_some() => State::AtRisk,
            _ => State::Met,
        },
        current: (total > 0).then(|| float::divide(false, counts.good.into(), total.into())),
        budget_remaining: budget.remaining(counts),
        budget_remaining_events: budget.remaining_events(counts, line.unit),
        coverage: last.map_or(0.0, |last| coverage(&line, first, last)),
        burn_rates: last.map_or_else(Vec::new, |last| burn_rates(objective, &line, last)),
        firing,
        time_to_exhaustion: outlook.exhaustion.filter(|_| total > 0 && is_met),
        time_to_recovery: outlook.recovery.filter(|_| total > 0 && !is_met),
        projection: outlook.projection,
        expired: line.expired.total(),
        uncounted: book.uncounted(),
    }
}

fn firing(objective: &Objective, line: &Line, last: Option<u64>) -> Vec<String> {
    let Some(last) = last else { return Vec::new() };
    let fires = |alert: &&Alert| Watchman::new(objective, alert, line).fires(last).is_some();
    objective.alerts.iter().filter(fires).map(|alert| alert.name.clone()).collect()
}

fn burn_rates(objective: &Objective, line: &Line, last: u64) -> Vec<BurnRate> {
    let lookbacks = objective.alerts.iter().flat_map(|alert| match alert.condition {
        Condition::Burn { long, short, .. } => [Some(short), Some(long)],
        Condition::NoData { .. } => [None, None],
    });
    let mut lookbacks: Vec<u64> = lookbacks.flatten().collect();
    lookbacks.sort_unstable();
    lookbacks.dedup();
    let budget = Budget::new(objective.target);
    let rate = |slots: u64| budget.burn_rate(line.sum(line.lookback(last, slots), last).counts());
    lookbacks.into_iter().map(|slots| BurnRate { lookback: slots * SLOT_NS, rate: rate(slots) }).collect()
}

/// The share of the minutes from one to another that lie in slots that hold anything.
fn coverage(line: &Line, first: u64, last: u64) -> f64 {
    float::divide(false, line.covered(first, last).into(), u128::from(last + 1 - first.min(last)))
}
