//! The error budget: what a target allows, and how much of it is gone.
//!
//! Every decision is made in integers; doubles appear only in what is shown, each rounded once. Source:
//! Google SRE workbook, chapter 5 (burn rate) and appendix B. Deliberately absent: time.

use core::cmp::Ordering;

use ethnum::U256;

use super::Counts;
use crate::{Ratio, float};

/// What a target allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    target: Ratio,
    allowed: u64, // of `target.denominator()` events so many may be bad
}

impl Budget {
    pub(super) const fn new(target: Ratio) -> Self {
        Self { target, allowed: target.denominator() - target.numerator() }
    }

    pub(super) fn is_met(self, counts: Counts) -> bool {
        self.target.is_reached(counts.good, counts.total())
    }

    /// What may be bad and what is, in units of one event divided by the target's denominator.
    pub(super) fn accounts(self, counts: Counts) -> (u128, u128) {
        (u128::from(self.allowed) * u128::from(counts.total()), u128::from(counts.bad) * u128::from(self.target.denominator()))
    }

    /// The share that is left, below 0 when overspent; `None` where there is no budget.
    pub(super) fn remaining(self, counts: Counts) -> Option<f64> {
        let (allowed, spent) = self.accounts(counts);
        (allowed > 0).then(|| float::divide(spent > allowed, spent.abs_diff(allowed), allowed))
    }

    /// How many more events (or slices) may go bad, each of so many units.
    pub(super) fn remaining_events(self, counts: Counts, unit: u64) -> f64 {
        let (allowed, spent) = self.accounts(counts);
        let whole = u128::from(self.target.denominator());
        match whole.checked_mul(unit.into()) {
            Some(whole) => float::divide(spent > allowed, spent.abs_diff(allowed), whole),
            None => float::divide(spent > allowed, spent.abs_diff(allowed) / u128::from(unit), whole),
        }
    }

    /// How many times as fast as it may be the budget burns; `None` where nothing happened or there is no
    /// budget.
    pub(super) fn burn_rate(self, counts: Counts) -> Option<f64> {
        let (allowed, spent) = self.accounts(counts);
        (allowed > 0).then(|| float::divide(false, spent, allowed))
    }

    /// Whether it burns faster than this many times. Where the target is 1 any failure does.
    pub(super) fn burns_faster(self, counts: Counts, factor: Ratio) -> bool {
        let (allowed, spent) = self.accounts(counts);
        compare((spent, factor.denominator()), (allowed, factor.numerator())) == Ordering::Greater
    }

    /// Whether at least this share of it is consumed. Where the target is 1 any failure consumes all.
    pub(super) fn has_consumed(self, counts: Counts, share: Ratio) -> bool {
        let (allowed, spent) = self.accounts(counts);
        spent > 0 && compare((spent, share.denominator()), (allowed, share.numerator())) != Ordering::Less
    }

    /// The share that may be bad, over its denominator.
    pub(super) const fn allowed(self) -> (u64, u64) {
        (self.allowed, self.target.denominator())
    }
}

/// Compares two products; most fit 128 bits, which are far cheaper.
fn compare(a: (u128, u64), b: (u128, u64)) -> Ordering {
    match (a.0.checked_mul(a.1.into()), b.0.checked_mul(b.1.into())) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => (U256::from(a.0) * U256::from(a.1)).cmp(&(U256::from(b.0) * U256::from(b.1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_book() {
        // 30 days at 99.9 %: ten requests an hour, one of which fails, burn a hundred times as fast.
        let budget = Budget::new("99.9%".parse().unwrap());
        let counts = Counts { good: 9, bad: 1 };
        assert_eq!(budget.burn_rate(counts), Some(100.0));
        let at = |factor: &str| budget.burns_faster(counts, factor.parse().unwrap());
        assert!(at("9999/100") && !at("100/1"));
        // 43.2 of 43,200 minutes may be bad.
        let month = Counts { good: 43_200, bad: 0 };
        assert_eq!(budget.remaining_events(month, 1), 43.2);
        assert_eq!(budget.remaining(Counts { good: 43_178, bad: 22 }), Some(0.490_740_740_740_740_75));
        let spent = Counts { good: 999, bad: 1 };
        assert!(budget.is_met(spent) && budget.has_consumed(spent, "1/1".parse().unwrap()));
        let perfect = Budget::new("100%".parse().unwrap());
        assert!(perfect.has_consumed(counts, "1/1".parse().unwrap()));
        assert!(!perfect.has_consumed(Counts { good: 9, bad: 0 }, "1/100".parse().unwrap()));
        assert_eq!((perfect.remaining(counts), perfect.burn_rate(counts)), (None, None));
    }
}
