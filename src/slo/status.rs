//! Status: how an objective stood at a moment, as a fold over its slots.
//!
//! Every decision is made in integers; doubles appear only in what is shown, each rounded once.
//! Sources: Google SRE workbook, chapter 2 (error budget); OpenSLO v1, budgetingMethod.
//! Deliberately absent: any state of its own.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::objective::{DAY_SLOTS, SLOT_NS};
use super::{Budgeting, Counts, Objective, Slots, Window};
use crate::time::Timestamp;
use crate::{Ratio, float};

/// How an objective stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing happened in the window.
    NoData,
    /// The target is reached.
    Met,
    /// The target is not reached.
    Violated,
}

/// An objective at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The objective's id.
    pub id: String,
    /// The objective's name.
    pub name: String,
    /// The share that must be good.
    pub target: Ratio,
    /// When the window begins, inclusive, in nanoseconds.
    pub window_start: u64,
    /// When the window ends, exclusive, in nanoseconds; zero without data.
    pub window_end: u64,
    /// Good events (or slices) in the window.
    pub good: u64,
    /// All events (or slices) in the window.
    pub total: u64,
    /// How it stands.
    pub state: State,
    /// good / total; `None` without data.
    pub current: Option<f64>,
    /// The share of the error budget that is left, below 0 when overspent; `None` without data
    /// or where the target is 1.
    pub budget_remaining: Option<f64>,
    /// How many more may go bad.
    pub budget_remaining_events: f64,
    /// Events too late for any window.
    pub expired: u64,
}

impl State {
    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no-data",
            Self::Met => "met",
            Self::Violated => "violated",
        }
    }
}

/// How an objective stood at a time; `None` is the time of its newest event. What happened may lie in
/// several layers, which are only read.
#[must_use]
pub fn status(objective: &Objective, layers: &[&Slots], at: Option<Timestamp>) -> Status {
    let newest = layers.iter().filter_map(|slots| slots.newest()).max();
    let last = at.map(|at| at.nanos() / SLOT_NS).or(newest);
    let counts = last.map_or_else(Counts::default, |last| count(objective, layers, last));
    let total = counts.total();
    let (n, d) = (u128::from(objective.target.numerator()), u128::from(objective.target.denominator()));
    // All in units of 1/d of an event: what may go bad, and what did.
    let (allowed, spent) = ((d - n) * u128::from(total), u128::from(counts.bad) * d);
    let (overspent, left) = if spent > allowed { (true, spent - allowed) } else { (false, allowed - spent) };
    let reached = objective.target.is_reached(counts.good, total);
    Status {
        id: objective.id.clone(),
        name: objective.name.clone(),
        target: objective.target,
        window_start: last.map_or(0, |last| objective.window.first_slot(last) * SLOT_NS),
        window_end: last.map_or(0, |last| ((last + 1) * SLOT_NS).min(Timestamp::MAX.nanos())),
        good: counts.good,
        total,
        state: if total == 0 {
            State::NoData
        } else if reached {
            State::Met
        } else {
            State::Violated
        },
        current: (total > 0).then(|| float::divide(false, counts.good.into(), total.into())),
        budget_remaining: (allowed > 0).then(|| float::divide(overspent, left, allowed)),
        budget_remaining_events: float::divide(overspent, left, d),
        expired: newest
            .map_or(0, |newest| layers.iter().fold(0, |sum: u64, slots| sum.saturating_add(slots.expired_by(objective.window, newest)))),
    }
}

/// Good and bad in the window that ends with a slot, in what the objective counts.
fn count(objective: &Objective, layers: &[&Slots], last: u64) -> Counts {
    let first = objective.window.first_slot(last);
    let mut sum = Counts::default();
    let Budgeting::Timeslices { slots: length, target } = objective.budgeting else {
        layers.iter().flat_map(|slots| slots.range(first..=last)).for_each(|(_, counts)| sum.add(counts));
        return sum;
    };
    // Slices begin with the window's own midnight. A rolling window may begin within one; that one is
    // left out, since a part of a slice is not a slice.
    let (first, shift) = match objective.window {
        Window::Rolling { .. } => (first.next_multiple_of(length), 0),
        Window::Calendar { utc_offset_minutes, .. } => (first, utc_offset_minutes.rem_euclid(DAY_SLOTS as i32).unsigned_abs().into()),
    };
    let mut slices: BTreeMap<u64, Counts> = BTreeMap::new();
    for (slot, counts) in layers.iter().filter(|_| first <= last).flat_map(|slots| slots.range(first..=last)) {
        slices.entry((slot + shift) / length).or_default().add(counts);
    }
    for slice in slices.values() {
        sum.add(Counts::of(target.is_reached(slice.good, slice.total()), 1));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    fn objective(target: &str, budgeting: Budgeting) -> Objective {
        Objective {
            id: "x".into(),
            name: String::new(),
            description: String::new(),
            sli_type: SliType::Availability,
            indicator: Indicator::Events,
            target: target.parse().unwrap(),
            window: Window::days(30).unwrap(),
            budgeting,
        }
    }

    fn slots(events: &[(u64, bool, u64)]) -> Slots {
        let mut slots = Slots::default();
        for (minute, good, count) in events {
            slots.record(Window::days(30).unwrap(), Timestamp::from_nanos(minute * SLOT_NS).unwrap(), Counts::of(*good, *count));
        }
        slots
    }

    #[test]
    fn the_budget_is_signed_and_exact() {
        let met = status(&objective("40%", Budgeting::Occurrences), &[&slots(&[(1, true, 84), (2, false, 116)])], None);
        assert_eq!((met.state, met.current, met.budget_remaining), (State::Met, Some(0.42), Some(1.0 / 30.0)));
        assert_eq!(met.budget_remaining_events, 4.0);
        let violated = status(&objective("95%", Budgeting::Occurrences), &[&slots(&[(1, true, 1091), (2, false, 73)])], None);
        assert_eq!((violated.state, violated.budget_remaining), (State::Violated, Some(-74.0 / 291.0)));
        let none = status(&objective("95%", Budgeting::Occurrences), &[&Slots::default()], None);
        assert_eq!((none.state, none.current, none.budget_remaining), (State::NoData, None, None));
        let perfect = status(&objective("100%", Budgeting::Occurrences), &[&slots(&[(1, false, 1)])], None);
        assert_eq!((perfect.state, perfect.budget_remaining, perfect.budget_remaining_events), (State::Violated, None, -1.0));
    }

    #[test]
    fn a_slice_is_good_or_bad_as_a_whole() {
        let budgeting = Budgeting::Timeslices { slots: 5, target: "90%".parse().unwrap() };
        let counted = status(
            &objective("50%", budgeting),
            &[&slots(&[(0, true, 9), (4, false, 1), (5, false, 1), (9, true, 8), (10, true, 1)])],
            None,
        );
        assert_eq!((counted.good, counted.total), (2, 3));
    }

    #[test]
    fn what_leaves_the_window_gives_its_budget_back() {
        let slots = slots(&[(1, false, 1), (43_200, true, 1), (43_201, true, 1)]);
        let objective = objective("50%", Budgeting::Occurrences);
        let at = |minute: u64| Timestamp::from_nanos(minute * SLOT_NS).ok();
        assert_eq!(status(&objective, &[&slots], at(43_200)).total, 2);
        assert_eq!(status(&objective, &[&slots], at(43_201)).good, 2);
        assert_eq!(status(&objective, &[&slots], at(43_201)).total, 2);
    }
}
