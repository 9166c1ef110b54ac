//! Fisher's exact test, one-sided, mid-p: how likely so many bad events inside are by chance.
//!
//! Given the margins, the number of bad events inside is hypergeometric. Neighbouring probabilities
//! have a ratio of small integers, so they follow from the likeliest one outward by `* /` alone, which
//! gives the same bits on every platform; logarithms would not. The likeliest counts as 1, a probability
//! below 2^-512 is scaled up and the scaling remembered, so nothing vanishes on the way, and a p value
//! below what a double can hold is zero. A sum ends where a term no longer changes it.
//!
//! The work grows with the standard deviation. Where the variance is above 65,536 the four cells are
//! halved until it is not: the test is then of fewer events with the same shares, and weaker than the
//! exact one. That many standard deviations tell any risk ratio worth reporting from 1 either way.
//! Otherwise the relative error stays below 1e-10, some 14,000 steps of a few roundings each.
//! Deliberately absent: `ln`, `exp` and the gamma function.

use ethnum::U256;

use super::super::Counts;
use super::cells::{Cells, total};

const VARIANCE_MAX: f64 = 65_536.0; // 2^16

/// Probability is moved by this factor when it gets small.
const SCALE: f64 = f64::from_bits((1_023 + 512) << 52); // 2^512

/// The probability of more bad events inside than there are, and half that of just as many.
pub(super) fn mid_p(cells: Cells) -> f64 {
    let cells = lessened(cells);
    let (inside, outside) = (total(cells.inside), total(cells.outside));
    let bad = u128::from(cells.inside.bad) + u128::from(cells.outside.bad);
    let good = inside + outside - bad;
    // All factors have at most 66 bits.
    let mode = ((U256::from(inside + 1) * U256::from(bad + 1)) / U256::from(inside + outside + 2)).as_u128();
    let mode = mode.clamp(inside.saturating_sub(good), inside.min(bad));
    let walk = Walk {
        bad_outside: (bad - mode) as f64,
        good_inside: (inside - mode) as f64,
        bad_inside: mode as f64,
        good_outside: (good + mode - inside) as f64,
    };
    let seen = u128::from(cells.inside.bad);
    if seen >= mode { walk.above(seen - mode) } else { walk.below(mode - seen) }
}

/// The likeliest cells, from which one goes to their neighbours.
struct Walk {
    bad_outside: f64,
    good_inside: f64,
    bad_inside: f64,
    good_outside: f64,
}

impl Walk {
    /// The probability of one bad event more inside, over that of this many more than the likeliest.
    fn up(&self, steps: f64) -> f64 {
        let above = (self.bad_outside - steps) * (self.good_inside - steps);
        above / ((self.bad_inside + steps + 1.0) * (self.good_outside + steps + 1.0))
    }

    /// The same the other way.
    fn down(&self, steps: f64) -> f64 {
        let above = (self.bad_inside - steps) * (self.good_outside - steps);
        above / ((self.bad_outside + steps + 1.0) * (self.good_inside + steps + 1.0))
    }

    /// The p value at so many above the likeliest.
    fn above(&self, distance: u128) -> f64 {
        let (mut term, mut sum, mut scaled, mut step) = (1.0, 1.0, 0, 0.0);
        for _ in 0..distance {
            term *= self.up(step);
            step += 1.0;
            if term < 1.0 / SCALE {
                term *= SCALE;
                scaled += 1;
            }
            if scaled > 2 || term == 0.0 {
                return 0.0; // below 2^-1536, which no double is
            }
            if scaled == 0 {
                sum += term;
            }
        }
        let beyond = series(term, |steps| self.up(step + steps));
        let below = series(1.0, |steps| self.down(steps));
        let all = if scaled == 0 { sum + below + beyond } else { sum + below };
        (0..scaled).fold((term * 0.5 + beyond) / all, |p, _| p / SCALE)
    }

    /// The p value at so many below the likeliest.
    fn below(&self, distance: u128) -> f64 {
        let mut upper = 1.0 + series(1.0, |steps| self.up(steps));
        let (mut term, mut step) = (1.0, 0.0);
        for left in (0..distance).rev() {
            term *= self.down(step);
            step += 1.0;
            let more = upper + if left == 0 { term * 0.5 } else { term };
            if more == upper {
                break;
            }
            upper = more;
        }
        let beyond = term * 0.5 + series(term, |steps| self.down(step + steps));
        upper / (upper + beyond)
    }
}

/// The sum of the terms behind one, each the one before times a ratio that falls; up to where they no
/// longer change it.
fn series(first: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut step) = (first, 0.0, 0.0);
    loop {
        term *= ratio(step);
        step += 1.0;
        let more = sum + term;
        if more == sum {
            return sum;
        }
        sum = more;
    }
}

/// The cells, halved until the variance is small enough to walk.
fn lessened(cells: Cells) -> Cells {
    let (inside, outside) = (total(cells.inside) as f64, total(cells.outside) as f64);
    let bad = cells.inside.bad as f64 + cells.outside.bad as f64;
    let good = cells.inside.good as f64 + cells.outside.good as f64;
    let all = inside + outside;
    let mut variance = if all > 0.0 { inside * (bad / all) * (good / all) * (outside / all) } else { 0.0 };
    let mut shift = 0;
    while variance > VARIANCE_MAX {
        variance *= 0.5;
        shift += 1;
    }
    // To the nearest; what is greatest is rounded down, since one more would not fit.
    let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
    let less = |count: u64| count.saturating_add(half) >> shift;
    let fewer = |counts: Counts| Counts { good: less(counts.good), bad: less(counts.bad) };
    Cells { inside: fewer(cells.inside), outside: fewer(cells.outside) }
}

#[cfg(test)]
mod tests {
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    use super::*;
    use crate::float;

    fn cells(bad_in: u64, good_in: u64, bad_out: u64, good_out: u64) -> Cells {
        Cells { inside: Counts { good: good_in, bad: bad_in }, outside: Counts { good: good_out, bad: bad_out } }
    }

    fn choose(of: u64, some: u64) -> BigUint {
        (0..some).fold(BigUint::from(1u8), |product, taken| product * (of - taken) / (taken + 1))
    }

    /// The p value as a fraction, from binomial coefficients.
    fn exact(bad_in: u64, good_in: u64, bad_out: u64, good_out: u64) -> (BigUint, BigUint) {
        let (bad, good, inside) = (bad_in + bad_out, good_in + good_out, bad_in + good_in);
        let ways = |bad_in: u64| if inside - bad_in > good { BigUint::ZERO } else { choose(bad, bad_in) * choose(good, inside - bad_in) };
        let more: BigUint = (bad_in + 1..=inside.min(bad)).map(ways).sum();
        (more * 2u8 + ways(bad_in), choose(bad + good, inside) * 2u8)
    }

    /// Whether a double is a fraction, to a billionth of it.
    fn is_near(p: f64, above: &BigUint, below: &BigUint) -> bool {
        let parts = float::split(p).unwrap();
        assert!(parts.exponent <= 0);
        let one = BigInt::from(parts.mantissa) * BigInt::from(below.clone());
        let other = BigInt::from(above.clone()) << parts.exponent.unsigned_abs();
        let off = (one - &other).magnitude() * 1_000_000_000u64;
        off <= *other.magnitude()
    }

    proptest! {
        #[test]
        fn p_is_what_binomial_coefficients_say(a in 0..80u64, b in 0..80u64, c in 0..200u64, d in 0..200u64) {
            let p = mid_p(cells(a, b, c, d));
            let (above, below) = exact(a, b, c, d);
            prop_assert!(is_near(p, &above, &below), "{p} is not {above} / {below}");
        }

        #[test]
        fn p_falls_as_more_are_bad(a in 1..3_000u64, b in 0..3_000u64, c in 0..9_000u64, d in 1..9_000u64) {
            let (p, less) = (mid_p(cells(a, b, c, d)), mid_p(cells(a - 1, b + 1, c + 1, d - 1)));
            prop_assert!(less > p || (less - p).abs() <= 1e-10 * p, "{less} {p}");
        }

        #[test]
        fn any_counts_give_a_probability(counts in prop::array::uniform4(any::<u64>()), shifts in prop::array::uniform4(0..64u32)) {
            let [a, b, c, d] = core::array::from_fn(|place| counts[place] >> shifts[place]);
            let p = mid_p(cells(a, b, c, d));
            prop_assert!((0.0..=1.0).contains(&p), "{p}");
        }
    }

    #[test]
    fn p_of_large_counts_is_that_of_another_program() {
        // Sums of 60 digits by mpmath 1.4; hypergeom.sf + hypergeom.pmf / 2 of SciPy 1.17.1 agree to 2e-8.
        for (counts, expected) in [
            ([1150, 18_850, 48_850, 931_150], 7.445_165_424_081_657e-7),
            ([300, 700, 29_700, 969_300], 6.732_773_383_549_455e-204),
            ([23, 1, 93, 83], 8.104_031_332_598_267e-6),
            ([90, 2_000_000, 910, 97_999_000], 1.051_623_458_948_323e-31),
            ([900, 9100, 99_100, 890_900], 0.999_658_772_008_422_8),
            ([262_100, 261_900, 261_900, 262_100], 0.347_997_833_868_581_1),
        ] {
            let [a, b, c, d] = counts;
            let p = mid_p(cells(a, b, c, d));
            assert!((p - expected).abs() <= expected * 1e-10, "{counts:?}: {p:e} is not {expected:e}");
        }
    }

    #[test]
    fn what_no_double_holds_is_zero_and_what_is_certain_is_a_half() {
        assert_eq!(mid_p(cells(5_000, 0, 0, 5_000)), 0.0);
        let least = mid_p(cells(537, 0, 0, 537));
        assert!(least > 0.0 && least < f64::MIN_POSITIVE, "{least:e}");
        for one in [cells(0, 0, 0, 0), cells(3, 0, 9, 0), cells(0, 0, 4, 4), cells(0, 7, 0, 9), cells(u64::MAX, u64::MAX, 0, 0)] {
            assert_eq!(mid_p(one), 0.5, "{one:?}");
        }
    }

    #[test]
    fn few_bad_events_among_very_many_are_not_lost() {
        // Five of five bad events in a half of 2^61 events: (1/2)^5, half of it.
        let half = 1 << 60;
        assert!((mid_p(cells(5, half, 0, half)) - 1.0 / 64.0).abs() < 1e-12);
    }

    #[test]
    fn the_variance_is_bounded_by_halving_all_cells() {
        assert_eq!(lessened(cells(1 << 18, 1 << 18, 1 << 18, 1 << 18)), cells(1 << 18, 1 << 18, 1 << 18, 1 << 18));
        assert_eq!(lessened(cells(1 << 20, (1 << 20) + 3, 1 << 20, 1 << 20)), cells(1 << 17, 1 << 17, 1 << 17, 1 << 17));
        assert_eq!(mid_p(cells(1 << 40, 1 << 40, 1 << 40, 1 << 40)), 0.5);
    }
}
