//! Violations: the times in which an objective's target was not reached, as a fold over its line.
//!
//! One episode, not one object an event. It opens in the minute in which the window no longer reaches the
//! target and closes in the one in which it does again; an event that comes late moves both, the same way
//! everywhere. Deliberately absent: why; see `analysis`.

use alloc::string::String;
use alloc::vec::Vec;

use super::Counts;
use super::book::Book;
use super::budget::Budget;
use super::firing::{is_enough, window_counts};
use super::line::{Line, Unit};
use super::sweep::Sweep;
use super::window::SLOT_NS;
use crate::float;
use crate::limits::{EPISODES_MAX, VIOLATION_SLOTS_MAX};
use crate::time::Timestamp;

/// A time in which an objective's target was not reached. Times are nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct SloViolation {
    /// The objective's id.
    pub id: String,
    /// The objective's name.
    pub name: String,
    /// When it began.
    pub opened: u64,
    /// Whether it may have begun before: then that is not known any more.
    pub opened_before: bool,
    /// When it ended; `None` while it lasts.
    pub closed: Option<u64>,
    /// How long it lasted, up to the time that is asked about.
    pub duration: u64,
    /// The lowest share of good events in the window, and when that was.
    pub worst: f64,
    /// When that was.
    pub worst_at: u64,
    /// The greatest share of the error budget that was consumed, above 1; `None` where the target is 1.
    pub budget_consumed: Option<f64>,
    /// Good and bad events (or slices) while it lasted.
    pub good: u64,
    /// Bad ones.
    pub bad: u64,
    /// The slots with bad events that were in the window while it lasted, those with most first; at most 16.
    pub slots: Vec<ViolationSlot>,
    /// How many such slots there are.
    pub slots_total: u64,
}

/// A slot (or slice) with bad events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ViolationSlot {
    /// When it begins, in nanoseconds since 1970.
    pub start: u64,
    /// When it ends.
    pub end: u64,
    /// Good events in it.
    pub good: u64,
    /// Bad events in it.
    pub bad: u64,
}

/// An episode while it is made out.
struct Open {
    opened: u64, // minutes
    worst: Counts,
    worst_at: u64,
}

/// The violations of an objective up to a time, in order; `None` is the time of its newest event.
pub(crate) fn violations(book: &Book<'_>, at: Option<Timestamp>) -> Vec<SloViolation> {
    let objective = book.objective;
    let line = Line::new(book, false, at);
    let Some(last) = line.last else { return Vec::new() };
    let budget = Budget::new(objective.target);
    let mut violations = Vec::new();
    let mut open: Option<Open> = None;
    let mut window = Sweep::new(&line);
    for minute in line.window_moments(objective, last) {
        let counts = window_counts(objective, &mut window, minute);
        if !is_enough(objective, &line, counts) || budget.is_met(counts) {
            violations.extend(open.take().map(|open| close(book, &line, &open, Some(minute), last)));
            continue;
        }
        let open = open.get_or_insert(Open { opened: minute, worst: counts, worst_at: minute });
        if is_less(counts, open.worst) {
            (open.worst, open.worst_at) = (counts, minute);
        }
    }
    violations.extend(open.map(|open| close(book, &line, &open, None, last)));
    violations.drain(..violations.len().saturating_sub(EPISODES_MAX));
    violations
}

/// Whether a lesser share is good.
fn is_less(a: Counts, b: Counts) -> bool {
    u128::from(a.good) * u128::from(b.total()) < u128::from(b.good) * u128::from(a.total())
}

fn close(book: &Book<'_>, line: &Line, open: &Open, closed: Option<u64>, last: u64) -> SloViolation {
    let objective = book.objective;
    let until = closed.map_or(last, |closed| closed - 1);
    let counts = line.sum(open.opened, until).counts();
    let first = objective.window.first_slot(open.opened);
    let mut bad: Vec<(&Unit, Counts)> = line.units(first, until).iter().map(|unit| (unit, line.read(unit).counts())).collect();
    bad.retain(|(_, counts)| counts.bad > 0);
    let slots_total = bad.len() as u64;
    bad.sort_by_key(|(unit, counts)| (core::cmp::Reverse(counts.bad), unit.start));
    let slot = |(unit, counts): &(&Unit, Counts)| ViolationSlot {
        start: unit.start * SLOT_NS,
        end: (unit.end * SLOT_NS).min(Timestamp::MAX.nanos()),
        good: counts.good,
        bad: counts.bad,
    };
    SloViolation {
        id: objective.id.clone(),
        name: objective.name.clone(),
        opened: open.opened * SLOT_NS,
        opened_before: line.expired.total() > 0 && open.opened == line.first_known(objective.window.slots_max()),
        closed: closed.map(|closed| closed * SLOT_NS),
        duration: (closed.unwrap_or(last + 1) - open.opened) * SLOT_NS,
        worst: float::divide(false, open.worst.good.into(), open.worst.total().into()),
        worst_at: open.worst_at * SLOT_NS,
        budget_consumed: Budget::new(objective.target).burn_rate(open.worst),
        good: counts.good,
        bad: counts.bad,
        slots: bad.iter().take(VIOLATION_SLOTS_MAX).map(slot).collect(),
        slots_total,
    }
}
