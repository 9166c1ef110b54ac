//! The four cells: good and bad events inside a pattern and outside of it.
//!
//! Deliberately absent: thresholds; what is worth reporting is `patterns`.

use ethnum::U256;

use super::super::Counts;
use super::fraction::Fraction;

/// Events of average badness that are added to a pattern before it is ranked.
const PRIOR: u64 = 10;

/// Events inside and outside of a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cells {
    pub(super) inside: Counts,
    pub(super) outside: Counts,
}

impl Cells {
    /// Those inside, and of the whole the rest.
    pub(super) const fn of(inside: Counts, whole: Counts) -> Self {
        Self { inside, outside: without(whole, inside) }
    }

    /// How often the events inside are bad, over how often those outside are; see [`halves`].
    pub(super) fn risk_ratio(self) -> Fraction {
        let ([bad_inside, inside], [bad_outside, outside]) = (halves(self.inside), halves(self.outside));
        Fraction::new(bad_inside * outside, inside * bad_outside)
    }

    /// How often the events inside are bad; see [`halves`].
    pub(super) fn bad_ratio(self) -> Fraction {
        let [bad, all] = halves(self.inside);
        Fraction::new(bad, all)
    }

    /// How often the events inside are bad, as though some of average badness were among them.
    pub(super) fn rank(self) -> Fraction {
        let bad = U256::from(u128::from(self.inside.bad) + u128::from(self.outside.bad));
        let all = U256::from(total(self.inside) + total(self.outside));
        let above = U256::from(self.inside.bad) * all + U256::from(PRIOR) * bad;
        Fraction::new(above, U256::from(total(self.inside) + u128::from(PRIOR)) * all)
    }

    /// How many events inside are bad beyond what they would be at the rate outside.
    pub(super) fn excess(self) -> f64 {
        let outside = U256::from(total(self.outside));
        let seen = U256::from(self.inside.bad) * outside;
        let expected = U256::from(total(self.inside)) * U256::from(self.outside.bad);
        let (negative, difference) = if seen < expected { (true, expected - seen) } else { (false, seen - expected) };
        Fraction::new(difference, outside).rounded(negative)
    }
}

/// Bad events and all, twice, with half an event added to the bad and half to the good ones.
fn halves(counts: Counts) -> [U256; 2] {
    [U256::from(2 * u128::from(counts.bad) + 1), U256::from(2 * (total(counts) + 1))]
}

/// All events, in as many bits as it takes.
pub(super) fn total(counts: Counts) -> u128 {
    u128::from(counts.good) + u128::from(counts.bad)
}

/// What is left of counts when others are taken away.
pub(super) const fn without(counts: Counts, less: Counts) -> Counts {
    Counts { good: counts.good.saturating_sub(less.good), bad: counts.bad.saturating_sub(less.bad) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bad: u64, inside: u64, all_bad: u64, all: u64) -> Cells {
        Cells::of(Counts { good: inside - bad, bad }, Counts { good: all - all_bad, bad: all_bad })
    }

    #[test]
    fn the_numbers_are_those_of_a_pocket_calculator() {
        // 23 bad of 24 among 116 bad of 200: 23.5 / 25 over 93.5 / 177, and 23 - 24 * 93 / 176.
        let book = cells(23, 24, 116, 200);
        assert_eq!(book.risk_ratio(), Fraction::new(U256::from(235u32 * 1_770), U256::from(250u32 * 935)));
        assert_eq!(book.risk_ratio().rounded(false), 415_950.0 / 233_750.0);
        assert_eq!(book.bad_ratio(), Fraction::new(U256::from(47u8), U256::from(50u8)));
        assert_eq!(book.excess(), 1_816.0 / 176.0);
        assert_eq!(book.rank().rounded(false), 28.8 / 34.0);
        assert_eq!(cells(1, 100, 50, 200).excess(), -48.0);
    }

    #[test]
    fn three_of_three_stand_behind_twenty_three_of_twenty_four() {
        for (all_bad, all) in [(26, 1_000_000), (26, 1_000), (116, 200)] {
            assert!(cells(3, 3, all_bad, all).rank() < cells(23, 24, all_bad, all).rank());
        }
    }

    #[test]
    fn the_greatest_counts_stay_within_256_bits() {
        let most = Counts { good: u64::MAX, bad: u64::MAX };
        let cells = Cells { inside: most, outside: most };
        assert_eq!((cells.risk_ratio().rounded(false), cells.rank().rounded(false), cells.excess()), (1.0, 0.5, 0.0));
        let extreme = Cells { inside: Counts { good: 0, bad: u64::MAX }, outside: Counts { good: u64::MAX, bad: 0 } };
        assert_eq!((extreme.risk_ratio().rounded(false), extreme.excess()), (36_893_488_147_419_103_231.0, u64::MAX as f64));
    }
}
