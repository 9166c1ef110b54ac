//! What was so, minute by minute: violations, alerts and the policy are runs of minutes.

use codomyrmex_telemetry::slo::{Alert, AlertHistory, Condition, NORMAL, PolicyState, SloViolation, Spell, ViolationSlot};
use codomyrmex_telemetry::{Objective, Ratio};
use num_bigint::BigInt;

use super::LATEST_NS;
use super::account::{Account, budget};
use super::calendar::{first_minute, longest};
use super::view::{Unit, View, clamp, reaches};
use crate::catalogue::MINUTE_NS;
use crate::exact::nearest_ratio;

/// How many times as fast as it may be a budget burns; `None` where nothing happened or there is none.
pub(super) fn burn_rate(target: Ratio, counts: (u64, u64)) -> Option<f64> {
    let (left, allowed) = budget(target, counts);
    (allowed != BigInt::ZERO).then(|| nearest_ratio(&(&allowed - left), allowed.magnitude()))
}

/// Whether it burns faster than a factor.
fn burns_faster(target: Ratio, counts: (u64, u64), factor: Ratio) -> bool {
    let (left, allowed) = budget(target, counts);
    (&allowed - left) * factor.denominator() > allowed * factor.numerator()
}

/// What is in the window that ends in a minute.
fn window_counts(view: &View<'_>, minute: u64) -> (u64, u64) {
    clamp(view.sum(first_minute(view.objective.window, minute), minute))
}

/// Whether that is anything, and as much as the objective asks for.
fn is_enough(view: &View<'_>, counts: (u64, u64)) -> bool {
    let total = counts.0.saturating_add(counts.1);
    total > 0 && total >= view.objective.minimum.saturating_mul(view.unit())
}

/// Whether an alert fires in a minute.
pub(super) fn is_firing(view: &View<'_>, units: &[Unit], condition: Condition, minute: u64) -> bool {
    let target = view.objective.target;
    match condition {
        Condition::Burn { factor, long, short, minimum_bad } => {
            let over = |length| clamp(view.sum(view.lookback(units, minute, length), minute));
            let counts = over(long);
            (view.objective.minimum == 0 || is_enough(view, window_counts(view, minute)))
                && counts.1 >= minimum_bad.saturating_mul(view.unit())
                && burns_faster(target, counts, factor)
                && burns_faster(target, over(short), factor)
        }
        Condition::NoData { after } => {
            let first = view.lookback(units, minute, after);
            let had = view.expired > 0 || units.iter().any(|unit| unit.start < first);
            had && !units.iter().any(|unit| (first..=minute).contains(&unit.start))
        }
    }
}

/// A run of minutes in which a target was not reached.
struct Run {
    opened: u64,
    last: u64,
    is_over: bool,
    worst: (u64, u64),
    worst_at: u64,
}

impl Account {
    /// When the target was not reached, up to a time in nanoseconds or the newest event.
    #[must_use]
    pub fn violations(&self, at: Option<u64>) -> Vec<SloViolation> {
        let (objective, view) = (&self.objective, View::new(self, false));
        let Some(until) = at.map(|at| at / MINUTE_NS).or(view.newest) else { return Vec::new() };
        let mut runs: Vec<Run> = Vec::new();
        for minute in view.first_known(longest(objective.window))..=until {
            let counts = window_counts(&view, minute);
            let total = counts.0.saturating_add(counts.1);
            let is_violated = is_enough(&view, counts) && !reaches(objective.target, counts);
            match runs.last_mut().filter(|run| !run.is_over) {
                Some(run) if is_violated => {
                    run.last = minute;
                    let worst = run.worst.0.saturating_add(run.worst.1);
                    if BigInt::from(counts.0) * worst < BigInt::from(run.worst.0) * total {
                        (run.worst, run.worst_at) = (counts, minute);
                    }
                }
                Some(run) => run.is_over = true,
                None if is_violated => runs.push(Run { opened: minute, last: minute, is_over: false, worst: counts, worst_at: minute }),
                None => {}
            }
        }
        let skipped = runs.len().saturating_sub(1_000);
        runs.iter().skip(skipped).map(|run| violation(&view, run)).collect()
    }

    /// What the alerts did, up to a time in nanoseconds or the newest event.
    #[must_use]
    pub fn alerts(&self, at: Option<u64>) -> Vec<AlertHistory> {
        let view = View::new(self, false);
        let until = at.map(|at| at / MINUTE_NS).or(view.newest);
        let history = |alert: &Alert| {
            let spells = until.map_or_else(Vec::new, |until| spells(&view, alert.condition, until));
            let is_firing = spells.last().is_some_and(|spell| spell.closed.is_none());
            AlertHistory { name: alert.name.clone(), severity: alert.severity, is_firing, spells }
        };
        self.objective.alerts.iter().map(history).collect()
    }

    /// What the policy asked for, at a time in nanoseconds or at the newest event.
    #[must_use]
    pub fn policy(&self, at: Option<u64>) -> PolicyState {
        let (objective, view) = (&self.objective, View::new(self, false));
        let until = at.map(|at| at / MINUTE_NS).or(view.newest);
        let mut changes: Vec<(u64, String)> = Vec::new();
        let (mut holds, mut action) = (vec![false; objective.policy.len()], NORMAL.to_string());
        for minute in until.into_iter().flat_map(|until| view.first_known(longest(objective.window))..=until) {
            let counts = window_counts(&view, minute);
            for (holds, step) in holds.iter_mut().zip(&objective.policy) {
                *holds = is_enough(&view, counts) && has_consumed(objective, counts, if *holds { step.until } else { step.from });
            }
            let now = objective.policy.iter().zip(&holds).rfind(|(_, holds)| **holds);
            let now = now.map_or_else(|| NORMAL.to_string(), |(step, _)| step.action.clone());
            if now != action {
                changes.push((minute * MINUTE_NS, now.clone()));
                action = now;
            }
        }
        changes.drain(..changes.len().saturating_sub(1_000));
        PolicyState { since: changes.last().map_or(0, |(at, _)| *at), action, changes }
    }
}

/// Whether a share of the budget is consumed; of no budget any failure consumes all, and without one nothing is.
fn has_consumed(objective: &Objective, counts: (u64, u64), share: Ratio) -> bool {
    let (left, allowed) = budget(objective.target, counts);
    counts.1 > 0 && (&allowed - left) * share.denominator() >= allowed * share.numerator()
}

fn spells(view: &View<'_>, condition: Condition, until: u64) -> Vec<Spell> {
    let (Condition::Burn { long: length, .. } | Condition::NoData { after: length }) = condition;
    let units = view.units();
    let mut spells: Vec<Spell> = Vec::new();
    for minute in view.first_known(length)..=until {
        let open = spells.last_mut().filter(|spell| spell.closed.is_none());
        if !is_firing(view, &units, condition, minute) {
            open.into_iter().for_each(|spell| spell.closed = Some(minute * MINUTE_NS));
            continue;
        }
        let rate = match condition {
            Condition::Burn { .. } => burn_rate(view.objective.target, clamp(view.sum(view.lookback(&units, minute, length), minute))),
            Condition::NoData { .. } => None,
        };
        match open {
            Some(spell) if rate > spell.peak => spell.peak = rate,
            Some(_) => {}
            None => spells.push(Spell { opened: minute * MINUTE_NS, closed: None, peak: rate }),
        }
    }
    spells.drain(..spells.len().saturating_sub(1_000));
    spells
}

fn violation(view: &View<'_>, run: &Run) -> SloViolation {
    let objective = view.objective;
    let (good, bad) = clamp(view.sum(run.opened, run.last));
    // All that was in the window at any minute of the run.
    let first = first_minute(objective.window, run.opened);
    let mut units: Vec<Unit> = view.units().into_iter().filter(|unit| (first..=run.last).contains(&unit.start)).collect();
    units.retain(|unit| unit.counts[1] > 0);
    units.sort_by_key(|unit| (std::cmp::Reverse(clamp(unit.counts).1), unit.start));
    let slot = |unit: &Unit| {
        let (good, bad) = clamp(unit.counts);
        ViolationSlot { start: unit.start * MINUTE_NS, end: (unit.end * MINUTE_NS).min(LATEST_NS), good, bad }
    };
    let worst = run.worst.0.saturating_add(run.worst.1);
    SloViolation {
        id: objective.id.clone(),
        name: objective.name.clone(),
        opened: run.opened * MINUTE_NS,
        opened_before: view.expired > 0 && run.opened == view.first_known(longest(objective.window)),
        closed: run.is_over.then_some((run.last + 1) * MINUTE_NS),
        duration: (run.last + 1 - run.opened) * MINUTE_NS,
        worst: nearest_ratio(&run.worst.0.into(), &worst.into()),
        worst_at: run.worst_at * MINUTE_NS,
        budget_consumed: burn_rate(objective.target, run.worst),
        good,
        bad,
        slots: units.iter().take(16).map(slot).collect(),
        slots_total: units.len() as u64,
    }
}
