//! The outlook: what becomes of a budget if things go on as lately.
//!
//! "Lately" is the last 120th of the window (six hours of 30 days). Of a rolling window the budget also
//! comes back, as bad slots leave it: the answer is the first minute at which the window that ends there
//! would be judged otherwise, found exactly in integers. No rate is extrapolated past what leaves.
//! Deliberately absent: guesses about what is to come; traffic is taken to stay as it was.

use ethnum::{I256, U256};

use super::budget::Budget;
use super::line::{Line, Sum};
use super::sweep::Sweep;
use super::window::SLOT_NS;
use super::{Counts, Objective, Window};
use crate::float;

/// How a calendar window will end if things go on as lately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// good / total at its end; `None` where nothing will have happened.
    pub current: Option<f64>,
    /// The share of the error budget that will be left; `None` where there is none.
    pub budget_remaining: Option<f64>,
}

/// What becomes of a budget. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outlook {
    pub(super) exhaustion: Option<u64>,
    pub(super) recovery: Option<u64>,
    pub(super) projection: Option<Projection>,
}

/// The pace of things: good and bad in so many minutes.
#[derive(Clone, Copy, Debug)]
struct Pace {
    sum: Sum,
    minutes: u64,
}

impl Outlook {
    /// Seen from a minute, with what is in the window that ends there.
    pub(super) fn new(objective: &Objective, line: &Line, last: u64, counts: Counts) -> Self {
        let minutes = (objective.window.nominal_slots() / 120).max(1);
        // A part of a slice would be a whole one, and its pace too fast.
        let minutes = objective.budgeting.slice_slots().map_or(minutes, |slice| minutes.next_multiple_of(slice));
        let pace = Pace { sum: line.sum(line.lookback(last, minutes), last), minutes };
        let budget = Budget::new(objective.target);
        let is_met = budget.is_met(counts);
        let end = objective.window.next_turn(last);
        let in_minutes = match end {
            None => turning(objective, line, last, pace, is_met),
            Some(end) => {
                let straight = crossing(budget, counts.into(), pace, is_met, 1, end.saturating_sub(last + 1));
                // The next window begins with its budget whole.
                if is_met { straight } else { Some(straight.unwrap_or_else(|| end.saturating_sub(last))) }
            }
        };
        let time = in_minutes.map(|minutes| minutes.saturating_mul(SLOT_NS));
        Self {
            exhaustion: time.filter(|_| is_met),
            recovery: time.filter(|_| !is_met),
            projection: end.map(|end| project(budget, counts, pace, end.saturating_sub(last + 1))),
        }
    }
}

/// The first minute from now at which a rolling window is judged otherwise than now.
fn turning(objective: &Objective, line: &Line, last: u64, pace: Pace, is_met: bool) -> Option<u64> {
    let Window::Rolling { slots: length } = objective.window else { return None };
    let budget = Budget::new(objective.target);
    let first = objective.window.first_slot(last);
    // A slot that begins at s has left once the window begins after s: after s + length - last minutes.
    let leaves = |start: u64| (start + length).saturating_sub(last).max(1);
    let starts = line.units(first, last).iter().map(|unit| unit.start);
    let mut edges: alloc::vec::Vec<u64> = starts.chain(line.filled(first, last)).map(leaves).collect();
    edges.push(1);
    edges.push(length + 1);
    edges.sort_unstable();
    edges.dedup();
    let mut sweep = Sweep::new(line);
    edges.iter().zip(edges.iter().skip(1)).find_map(|(from, until)| {
        // Between two edges nothing leaves.
        let stays = sweep.sum((last + from + 1).saturating_sub(length), last);
        crossing(budget, stays, pace, is_met, *from, until - 1)
    })
}

/// The first of these minutes from now at which a sum, growing at a pace, is judged otherwise.
fn crossing(budget: Budget, sum: Sum, pace: Pace, is_met: bool, from: u64, until: u64) -> Option<u64> {
    if from > until {
        return None;
    }
    let (allowed, whole) = budget.allowed();
    let wide = |value: u128| I256::from(value);
    // Overspent once bad * whole - allowed * total > 0, which grows by `slope` a minute; all times the
    // pace's minutes, so that it is whole.
    let overspent = |sum: Sum| wide(sum.bad) * wide(whole.into()) - wide(allowed.into()) * wide(sum.total());
    let start = overspent(sum) * wide(pace.minutes.into());
    let slope = overspent(pace.sum);
    let at = |minute: u64| start + slope * wide(minute.into());
    let has_turned = |minute: u64| (at(minute) > 0) == is_met;
    if has_turned(from) {
        return Some(from);
    }
    if !has_turned(until) {
        return None;
    }
    // It is a line, so there is one turn in between: for `start + slope * m > 0` (or `<= 0`) the least m.
    let (mut low, mut high) = (from, until); // not turned at low, turned at high
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if has_turned(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// What it will come to after so many more minutes.
fn project(budget: Budget, counts: Counts, pace: Pace, minutes: u64) -> Projection {
    let grown = |now: u64, pace_of: u128| u128::from(now) * u128::from(pace.minutes) + pace_of.min(u64::MAX.into()) * u128::from(minutes);
    let (good, bad) = (grown(counts.good, pace.sum.good), grown(counts.bad, pace.sum.bad));
    let total = good + bad;
    let (allowed, whole) = budget.allowed();
    // Each is below 2^64 * 2^21, and times another 64 bits they take 149.
    let (spent, may) = (U256::from(bad) * U256::from(whole), U256::from(total) * U256::from(allowed));
    Projection {
        current: (total > 0).then(|| float::divide(false, good, total)),
        budget_remaining: (may > 0).then(|| if spent > may { -divide(spent - may, may) } else { divide(may - spent, may) }),
    }
}

/// The quotient, which is below 2^64, rounded once to the nearest double.
fn divide(numerator: U256, denominator: U256) -> f64 {
    let (mut quotient, mut rest, mut exponent) = ((numerator / denominator).as_u128(), numerator % denominator, 0);
    while rest != 0 && quotient < 1 << 63 {
        rest <<= 1;
        let bit = rest >= denominator;
        if bit {
            rest -= denominator;
        }
        quotient = quotient << 1 | u128::from(bit);
        exponent -= 1;
    }
    float::round(false, quotient, exponent, rest != 0)
}
