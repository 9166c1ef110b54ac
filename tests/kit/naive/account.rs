//! All that an objective counted, event by event, and how it stands by that.

use codomyrmex_telemetry::slo::{BurnRate, Condition, State};
use codomyrmex_telemetry::{Objective, Ratio, Status};
use num_bigint::BigInt;

use super::LATEST_NS;
use super::calendar::{first_minute, is_exempt};
use super::outlook::Outlook;
use super::story::{burn_rate, is_firing};
use super::view::{View, clamp, reaches};
use crate::catalogue::MINUTE_NS;
use crate::exact::nearest_ratio;

/// All that an objective counted.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its terms.
    pub objective: Objective,
    /// Every event that it counted, in any order.
    pub happened: Vec<Happened>,
    /// Of a composite: its parts, with their weights.
    pub parts: Vec<(u32, Self)>,
    /// Records of metrics that are no whole number of events.
    pub uncounted: u64,
}

/// An event that was counted.
#[derive(Clone, Debug)]
pub struct Happened {
    /// In which minute since 1970.
    pub minute: u64,
    /// Good and bad; of an indicator over metrics the part and the whole.
    pub counts: [u64; 2],
    /// Whether that minute was exempt, by the terms that held.
    pub is_exempt: bool,
}

impl Account {
    /// Of an objective of which nothing is known.
    #[must_use]
    pub const fn new(objective: Objective) -> Self {
        Self { objective, happened: Vec::new(), parts: Vec::new(), uncounted: 0 }
    }

    /// Counts events; none are no event.
    pub fn record(&mut self, minute: u64, counts: [u64; 2]) {
        if counts != [0, 0] {
            let is_exempt = is_exempt(&self.objective, minute);
            self.happened.push(Happened { minute, counts, is_exempt });
        }
    }

    /// The newest minute in which anything was counted.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        let own = self.happened.iter().map(|happened| happened.minute).max();
        self.parts.iter().filter_map(|(_, part)| part.newest()).max().max(own)
    }

    fn uncounted(&self) -> u64 {
        self.uncounted + self.parts.iter().map(|(_, part)| part.uncounted()).sum::<u64>()
    }

    /// How the objective must stand at a time in nanoseconds, or at its newest event.
    #[must_use]
    pub fn status(&self, at: Option<u64>) -> Status {
        let (objective, view) = (&self.objective, View::new(self, false));
        let last = at.map(|at| at / MINUTE_NS).or(view.newest);
        let first = last.map_or(0, |last| first_minute(objective.window, last));
        let sum = |view: &View<'_>| clamp(last.map_or([0, 0], |last| view.sum(first, last)));
        let ((good, bad), (raw_good, raw_bad)) = (sum(&view), sum(&View::new(self, true)));
        let total = good.saturating_add(bad);
        let units = view.units();
        let firing: Vec<String> = match last {
            None => Vec::new(),
            Some(last) => objective
                .alerts
                .iter()
                .filter(|alert| is_firing(&view, &units, alert.condition, last))
                .map(|alert| alert.name.clone())
                .collect(),
        };
        let outlook = last.map(|last| Outlook::new(&view, &units, last, (good, bad))).unwrap_or_default();
        let is_met = reaches(objective.target, (good, bad));
        let (left, allowed) = budget(objective.target, (good, bad));
        Status {
            id: objective.id.clone(),
            version: objective.version,
            name: objective.name.clone(),
            target: objective.target,
            window_start: first * MINUTE_NS,
            window_end: last.map_or(0, |last| ((last + 1) * MINUTE_NS).min(LATEST_NS)), // a timestamp like any other
            good,
            total,
            unit: view.unit(),
            raw_good,
            raw_total: raw_good.saturating_add(raw_bad),
            state: if total == 0 {
                State::NoData
            } else if total < objective.minimum.saturating_mul(view.unit()) {
                State::Insufficient
            } else if !is_met {
                State::Violated
            } else if !firing.is_empty() || outlook.exhaustion.is_some() {
                State::AtRisk
            } else {
                State::Met
            },
            current: (total > 0).then(|| nearest_ratio(&good.into(), &total.into())),
            budget_remaining: (allowed != BigInt::ZERO).then(|| nearest_ratio(&left, allowed.magnitude())),
            budget_remaining_events: nearest_ratio(&left, (BigInt::from(objective.target.denominator()) * view.unit()).magnitude()),
            coverage: last.map_or(0.0, |last| nearest_ratio(&view.covered(first, last).into(), &(last + 1 - first).into())),
            burn_rates: last.map_or_else(Vec::new, |last| burn_rates(&view, last)),
            firing,
            time_to_exhaustion: outlook.exhaustion.filter(|_| total > 0).map(|minutes| minutes * MINUTE_NS),
            time_to_recovery: outlook.recovery.filter(|_| total > 0).map(|minutes| minutes * MINUTE_NS),
            projection: outlook.projection,
            expired: view.expired,
            uncounted: self.uncounted(),
        }
    }
}

/// What of the budget is left, and what it was, in events divided by the target's denominator.
pub(super) fn budget(target: Ratio, (good, bad): (u64, u64)) -> (BigInt, BigInt) {
    let allowed = BigInt::from(target.denominator() - target.numerator()) * good.saturating_add(bad);
    (&allowed - BigInt::from(bad) * target.denominator(), allowed)
}

fn burn_rates(view: &View<'_>, last: u64) -> Vec<BurnRate> {
    let mut lookbacks: Vec<u64> = Vec::new();
    for alert in &view.objective.alerts {
        if let Condition::Burn { long, short, .. } = alert.condition {
            lookbacks.extend([long, short]);
        }
    }
    lookbacks.sort_unstable();
    lookbacks.dedup();
    let units = view.units();
    let rate = |slots: u64| burn_rate(view.objective.target, clamp(view.sum(view.lookback(&units, last, slots), last)));
    lookbacks.into_iter().map(|slots| BurnRate { lookback: slots * MINUTE_NS, rate: rate(slots) }).collect()
}
