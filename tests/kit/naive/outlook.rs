//! What will be so, if things go on as lately: the window is filled minute by minute with what comes at that
//! pace, and emptied of what leaves it.
//!
//! For long windows the minutes at which something leaves are enough: in between there is one straight line,
//! and where it crosses is a division. Short ones are walked, and the law that holds the two together is
//! below.

use codomyrmex_telemetry::slo::{CalendarUnit, Projection};
use codomyrmex_telemetry::{Budgeting, Window};
use num_bigint::{BigInt, Sign};

use super::calendar::{DAY, longest, next_period};
use super::view::{Pair, Unit, View, reaches};
use crate::exact::nearest_ratio;

/// Windows up to so many minutes are walked.
const WALKED_MAX: u64 = 3_000;

/// What becomes of a budget; times are in minutes.
#[derive(Default)]
pub(super) struct Outlook {
    pub(super) exhaustion: Option<u64>,
    pub(super) recovery: Option<u64>,
    pub(super) projection: Option<Projection>,
}

/// What is asked of a minute to come.
struct Future<'v> {
    view: &'v View<'v>,
    last: u64,
    is_met: bool,
    pace: Pair, // good and bad ...
    over: u64,  // ... in so many minutes
}

impl Outlook {
    pub(super) fn new(view: &View<'_>, units: &[Unit], last: u64, counts: (u64, u64)) -> Self {
        let window = view.objective.window;
        let nominal = match window {
            Window::Calendar { unit: CalendarUnit::Month, .. } => 30 * DAY,
            Window::Calendar { unit: CalendarUnit::Quarter, .. } => 90 * DAY,
            window => longest(window),
        };
        let over = (nominal / 120).max(1);
        let over = match view.objective.budgeting {
            Budgeting::Occurrences => over,
            Budgeting::Timeslices { slots, .. } | Budgeting::RatioTimeslices { slots, .. } => over.div_ceil(slots) * slots,
        };
        let pace = view.sum(view.lookback(units, last, over), last);
        let is_met = reaches(view.objective.target, counts);
        let future = Future { view, last, is_met, pace, over };
        let Some(end) = next_period(window, last) else {
            let turned = if longest(window) <= WALKED_MAX { future.walk() } else { future.leap(units) };
            return Self { exhaustion: turned.filter(|_| is_met), recovery: turned.filter(|_| !is_met), projection: None };
        };
        let there = [counts.0, counts.1].map(u128::from);
        let within = future.crossing(there, 1, end - last - 1);
        Self {
            exhaustion: within.filter(|_| is_met),
            recovery: if is_met { None } else { within.or(Some(end - last)) },
            projection: Some(future.project(there, end - last - 1)),
        }
    }
}

impl Future<'_> {
    /// What is bad beyond what may be, with these and what comes in so many minutes.
    fn overspent(&self, there: Pair, minutes: u64) -> BigInt {
        let target = self.view.objective.target;
        let [good, bad] = [0, 1].map(|place| BigInt::from(there[place]) * self.over + BigInt::from(self.pace[place]) * minutes);
        &bad * target.denominator() - (good + &bad) * (target.denominator() - target.numerator())
    }

    fn is_turned(&self, there: Pair, minutes: u64) -> bool {
        (self.overspent(there, minutes).sign() == Sign::Plus) == self.is_met
    }

    /// What of today is still in the rolling window in so many minutes.
    fn stays(&self, minutes: u64) -> Pair {
        let first = (self.last + minutes + 1).saturating_sub(longest(self.view.objective.window));
        if first > self.last { [0, 0] } else { self.view.sum(first, self.last) }
    }

    fn walk(&self) -> Option<u64> {
        (1..=longest(self.view.objective.window)).find(|minutes| self.is_turned(self.stays(*minutes), *minutes))
    }

    fn leap(&self, units: &[Unit]) -> Option<u64> {
        let length = longest(self.view.objective.window);
        let leaves = units.iter().map(|unit| unit.start + length).filter(|leaves| *leaves > self.last).map(|leaves| leaves - self.last);
        let mut edges: Vec<u64> = leaves.chain([1, length + 1]).filter(|edge| *edge <= length + 1).collect();
        edges.sort_unstable();
        edges.windows(2).find_map(|edges| self.crossing(self.stays(edges[0]), edges[0], edges[1] - 1))
    }

    /// The first of these minutes that is turned, where nothing leaves: what is overspent grows by the same
    /// each minute.
    fn crossing(&self, there: Pair, from: u64, until: u64) -> Option<u64> {
        if from > until {
            return None;
        }
        if self.is_turned(there, from) {
            return Some(from);
        }
        let (now, slope) = (self.overspent(there, 0), self.overspent(there, 1) - self.overspent(there, 0));
        // now + slope * m > 0, or no longer so.
        let first = match (self.is_met, slope.sign()) {
            (true, Sign::Plus) => BigInt::from(1) - &now / &slope,
            (false, Sign::Minus) => (&now - &slope - 1) / BigInt::from(slope.magnitude().clone()),
            _ => return None,
        };
        let first = u64::try_from(first).ok().filter(|first| (from..=until).contains(first))?;
        assert!(self.is_turned(there, first) && !self.is_turned(there, first - 1));
        Some(first)
    }

    /// What it will have come to.
    fn project(&self, there: Pair, minutes: u64) -> Projection {
        let target = self.view.objective.target;
        let pace = self.pace.map(|count| count.min(u64::MAX.into()));
        let [good, bad] = [0, 1].map(|place| BigInt::from(there[place]) * self.over + BigInt::from(pace[place]) * minutes);
        let total = &good + &bad;
        let allowed = &total * (target.denominator() - target.numerator());
        let left = &allowed - bad * target.denominator();
        Projection {
            current: (total.sign() == Sign::Plus).then(|| nearest_ratio(&good, total.magnitude())),
            budget_remaining: (allowed.sign() == Sign::Plus).then(|| nearest_ratio(&left, allowed.magnitude())),
        }
    }
}
