//! Fractions of wide integers: compared exactly, and rounded once where they are shown.
//!
//! Counts have 64 bits and totals 65, so a risk ratio has some 132 above and below the line. 256 bits
//! hold any fraction of the analysis, but not the product of two, so two are compared as continued
//! fractions. Deliberately absent: addition, and a lowest form.

use core::cmp::Ordering;

use ethnum::U256;

use crate::float;

/// A fraction that is not negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fraction {
    above: U256,
    below: U256, // not 0
}

impl Fraction {
    /// `above / below`; nothing divided by zero is zero, and no caller has more to divide by it.
    pub(super) fn new(above: U256, below: U256) -> Self {
        if below == 0 { Self { above: U256::ZERO, below: U256::ONE } } else { Self { above, below } }
    }

    /// So many times as much; both factors stay within 64 bits.
    pub(super) fn times(self, above: u64, below: u64) -> Self {
        Self::new(self.above * U256::from(above), self.below * U256::from(below))
    }

    /// The nearest double. Both above and below the line there may be 190 bits; counts make at most 134.
    pub(super) fn rounded(self, negative: bool) -> f64 {
        if self.above == 0 {
            return 0.0;
        }
        let bits = |number: U256| 256 - number.leading_zeros().cast_signed();
        // Shifted so that the quotient has 64 or 65 bits: enough to stand above what is left over.
        let shift = 64 + bits(self.below) - bits(self.above);
        let (above, below) =
            if shift < 0 { (self.above, self.below << shift.unsigned_abs()) } else { (self.above << shift.unsigned_abs(), self.below) };
        float::round(negative, (above / below).as_u128(), -shift, above % below != 0)
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut one, mut two) = (*self, *other);
        loop {
            let wholes = (one.above / one.below).cmp(&(two.above / two.below));
            let (rest_one, rest_two) = (one.above % one.below, two.above % two.below);
            if wholes != Ordering::Equal {
                return wholes;
            }
            if rest_one == 0 || rest_two == 0 {
                return rest_one.min(U256::ONE).cmp(&rest_two.min(U256::ONE));
            }
            // What is left are two fractions below one; they compare as their inverses do, the other way.
            (one, two) = (Self { above: two.below, below: rest_two }, Self { above: one.below, below: rest_one });
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn fraction(above: [u64; 2], below: [u64; 2]) -> (Fraction, BigUint, BigUint) {
        let wide = |[one, two]: [u64; 2]| U256::from(one) * U256::from(two) + U256::ONE;
        let big = |[one, two]: [u64; 2]| BigUint::from(one) * two + 1u8;
        (Fraction::new(wide(above), wide(below)), big(above), big(below))
    }

    proptest! {
        #[test]
        fn fractions_compare_as_their_cross_products(a: [u64; 2], b: [u64; 2], c: [u64; 2], shift in 0..128u32, near: bool) {
            let small = |pair: [u64; 2]| pair.map(|word| word >> (shift / 2));
            let (one, above_one, below_one) = fraction(small(a), small(b));
            let (two, above_two, below_two) = if near { fraction(small(a), small(c)) } else { fraction(small(c), small(b)) };
            prop_assert_eq!(one.cmp(&two), (above_one * below_two).cmp(&(above_two * below_one)));
            prop_assert_eq!(one.cmp(&one.times(7, 7)), Ordering::Equal);
            prop_assert_eq!(one.cmp(&one.times(u64::MAX, u64::MAX - 1)), Ordering::Less);
        }

        #[test]
        fn a_fraction_is_rounded_as_an_integer_division_is(above: u128, below in 1..=u128::MAX, negative: bool) {
            let fraction = Fraction::new(above.into(), below.into());
            prop_assert_eq!(fraction.rounded(negative).to_bits(), float::divide(negative, above, below).to_bits());
        }
    }

    #[test]
    fn equal_fractions_are_equal_and_the_ends_are_rounded() {
        let of = |above: u128, below: u128| Fraction::new(above.into(), below.into());
        assert_eq!(of(0, 5), of(0, 0));
        assert_eq!(of(10, 4), of(5, 2));
        assert!(of(1, 3) > of(333, 1000) && of(1, 3) < of(334, 1000) && of(7, 2) > of(3, 1));
        assert_eq!((of(0, 7).rounded(true).to_bits(), of(1, 3).rounded(true)), (0, -1.0 / 3.0));
        // Just above the middle of two doubles, by a rest that only the remainder shows.
        assert_eq!(of((((1 << 53) + 1) << 70) + 1, 1 << 70).rounded(false), 9_007_199_254_740_994.0);
        let most = U256::ONE << 190;
        assert_eq!(Fraction::new(most, U256::ONE).rounded(false), f64::from_bits((1_023 + 190) << 52));
        assert_eq!(Fraction::new(U256::ONE, most - U256::ONE).rounded(true), -f64::from_bits((1_023 - 190) << 52));
    }
}
