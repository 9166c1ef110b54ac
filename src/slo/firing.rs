//! What fires, and what is to be done: alerts and the error budget policy, as folds over the line.
//!
//! Each is evaluated at every minute at which something enters or leaves one of its stretches of time, so
//! an event that comes late changes what fired and when, the same way everywhere. Source: Google SRE
//! workbook, chapter 5, section 6 (both lookbacks must burn). Of fewer events in the window than the objective
//! asks for neither makes anything, as no violation does. Deliberately absent: telling anybody.

use alloc::string::String;
use alloc::vec::Vec;

use super::alert::{Alert, Condition, NORMAL, Severity};
use super::book::Book;
use super::budget::Budget;
use super::line::Line;
use super::sweep::Sweep;
use super::window::SLOT_NS;
use super::{Counts, Objective, PolicyStep};
use crate::limits::EPISODES_MAX;
use crate::time::Timestamp;

/// A time in which an alert fired. Times are nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Spell {
    /// When it began: the minute in which what made it fire happened.
    pub opened: u64,
    /// When it ended; `None` while it fires.
    pub closed: Option<u64>,
    /// The highest burn rate over the long lookback; `None` for an alert on no data.
    pub peak: Option<f64>,
}

/// What an alert did.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertHistory {
    /// The alert's name.
    pub name: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Whether it fires.
    pub is_firing: bool,
    /// When it fired, in order; the newest 1,000.
    pub spells: Vec<Spell>,
}

/// What an error budget policy asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyState {
    /// What is to be done: the action of the highest step that holds, or `normal`.
    pub action: String,
    /// Since when, in nanoseconds since 1970; zero where it was never otherwise.
    pub since: u64,
    /// What was to be done before and since when, in order, this one last; the newest 1,000.
    pub changes: Vec<(u64, String)>,
}

/// Says whether an alert fires, in one minute after the other.
pub(super) struct Watchman<'l> {
    objective: &'l Objective,
    condition: Condition,
    line: &'l Line,
    long: Sweep<'l>,
    short: Sweep<'l>,
    window: Sweep<'l>,
}

impl<'l> Watchman<'l> {
    pub(super) fn new(objective: &'l Objective, alert: &Alert, line: &'l Line) -> Self {
        let [long, short, window] = [(); 3].map(|()| Sweep::new(line));
        Self { objective, condition: alert.condition, line, long, short, window }
    }

    /// What is in the long lookback, if it fires; none of an alert on no data. A burn rate of fewer events in
    /// the window than the objective asks for says nothing, as their share does.
    pub(super) fn fires(&mut self, minute: u64) -> Option<Counts> {
        match self.condition {
            Condition::Burn { factor, long, short, minimum_bad } => {
                let budget = Budget::new(self.objective.target);
                let counts = self.long.back(minute, long).counts();
                let burns = counts.bad >= minimum_bad.saturating_mul(self.line.unit)
                    && budget.burns_faster(counts, factor)
                    && budget.burns_faster(self.short.back(minute, short).counts(), factor);
                let is_enough = |window: &mut Sweep<'_>| {
                    self.objective.minimum == 0 || is_enough(self.objective, self.line, window_counts(self.objective, window, minute))
                };
                (burns && is_enough(&mut self.window)).then_some(counts)
            }
            Condition::NoData { after } => self.long.is_silent(minute, after).then(Counts::default),
        }
    }
}

/// What is in the window that ends in a minute.
pub(super) fn window_counts(objective: &Objective, sweep: &mut Sweep<'_>, minute: u64) -> Counts {
    sweep.sum(objective.window.first_slot(minute), minute).counts()
}

/// Whether that is as much as the objective asks for before it is judged.
pub(super) fn is_enough(objective: &Objective, line: &Line, counts: Counts) -> bool {
    counts.total() > 0 && counts.total() >= objective.minimum.saturating_mul(line.unit)
}

/// What the alerts of an objective did up to a time; `None` is the time of its newest event.
pub(crate) fn alerts(book: &Book<'_>, at: Option<Timestamp>) -> Vec<AlertHistory> {
    let line = Line::new(book, false, at);
    let history = |alert: &Alert| {
        let spells = line.last.map_or_else(Vec::new, |last| spells(book.objective, alert, &line, last));
        AlertHistory {
            name: alert.name.clone(),
            severity: alert.severity,
            is_firing: spells.last().is_some_and(|spell| spell.closed.is_none()),
            spells,
        }
    };
    book.objective.alerts.iter().map(history).collect()
}

fn spells(objective: &Objective, alert: &Alert, line: &Line, last: u64) -> Vec<Spell> {
    let (lengths, reach) = match alert.condition {
        Condition::Burn { long, short, .. } => ([short, long], long),
        Condition::NoData { after } => ([after, after], after),
    };
    let budget = Budget::new(objective.target);
    let mut spells: Vec<Spell> = Vec::new();
    let mut open: Option<Spell> = None;
    let (from, is_judged) = (line.first_known(reach), matches!(alert.condition, Condition::Burn { .. }) && objective.minimum > 0);
    let moments = if is_judged { line.moments_with_window(objective, &lengths, from, last) } else { line.moments(&lengths, from, last) };
    let mut watchman = Watchman::new(objective, alert, line);
    for minute in moments {
        let time = minute * SLOT_NS;
        let Some(counts) = watchman.fires(minute) else {
            spells.extend(open.take().map(|spell| Spell { closed: Some(time), ..spell }));
            continue;
        };
        let rate = match alert.condition {
            Condition::Burn { .. } => budget.burn_rate(counts),
            Condition::NoData { .. } => None,
        };
        let spell = open.get_or_insert(Spell { opened: time, closed: None, peak: rate });
        if rate > spell.peak {
            spell.peak = rate;
        }
    }
    spells.extend(open);
    spells.drain(..spells.len().saturating_sub(EPISODES_MAX));
    spells
}

/// What the policy of an objective asks for at a time; `None` is the time of its newest event.
pub(crate) fn policy(book: &Book<'_>, at: Option<Timestamp>) -> PolicyState {
    let objective = book.objective;
    let line = Line::new(book, false, at);
    let mut changes: Vec<(u64, String)> = Vec::new();
    let Some(last) = line.last else { return PolicyState::normal() };
    let budget = Budget::new(objective.target);
    let mut holds = alloc::vec![false; objective.policy.len()];
    let mut step: Option<usize> = None;
    let mut window = Sweep::new(&line);
    for minute in line.window_moments(objective, last) {
        let counts = window_counts(objective, &mut window, minute);
        let is_enough = is_enough(objective, &line, counts);
        for (holds, PolicyStep { from, until, .. }) in holds.iter_mut().zip(&objective.policy) {
            *holds = is_enough && budget.has_consumed(counts, if *holds { *until } else { *from });
        }
        let highest = holds.iter().rposition(|holds| *holds);
        if highest != step {
            step = highest;
            let action = highest.and_then(|place| objective.policy.get(place)).map_or(NORMAL, |step| &step.action);
            changes.push((minute * SLOT_NS, action.into()));
        }
    }
    changes.drain(..changes.len().saturating_sub(EPISODES_MAX));
    match changes.last() {
        Some((since, action)) => PolicyState { action: action.clone(), since: *since, changes },
        None => PolicyState::normal(),
    }
}

impl PolicyState {
    fn normal() -> Self {
        Self { action: NORMAL.into(), since: 0, changes: Vec::new() }
    }
}
