//! Exact arithmetic on doubles, by big integers: what a ledger's own arithmetic is held against.
//!
//! Every finite double is a whole number of units of 2^-1074, so a sum of doubles is a sum of big
//! integers. The nearest double is found by comparing, never by computing with doubles. Deliberately
//! absent: anything that the ledger itself calls.

use codomyrmex_telemetry::SumParts;
use num_bigint::{BigInt, BigUint, Sign};

const UNIT: i32 = -1074; // the exponent of the smallest double
const INFINITE: u64 = 0x7ff0_0000_0000_0000; // the bits of infinity, one more than those of the largest double

/// A finite double in units of 2^-1074.
#[must_use]
pub(crate) fn units(value: f64) -> BigInt {
    let magnitude = units_of_bits(value.to_bits() & !(1 << 63));
    if value.is_sign_negative() { -BigInt::from(magnitude) } else { magnitude.into() }
}

/// The exact sum of finite doubles, in units.
#[must_use]
pub fn units_of_sum(values: &[f64]) -> BigInt {
    values.iter().map(|value| units(*value)).sum()
}

/// What a ledger's sum says it is, in units.
#[must_use]
pub fn units_of_parts(parts: &SumParts) -> BigInt {
    let sign = if parts.negative { Sign::Minus } else { Sign::Plus };
    let shift = u32::try_from(parts.exponent - UNIT).unwrap();
    BigInt::from_bytes_be(sign, &parts.magnitude) << shift
}

/// The bucket of a magnitude above zero in an exponential histogram: `base^index < magnitude <=
/// base^(index + 1)` with base `2^(2^-scale)`; what is subnormal counts as the smallest that is not.
///
/// A number is squared as often as the scale says, and each time that passes 2 is a bit of its logarithm
/// (to 192 bits, from below and from above; both must say the same).
#[must_use]
pub fn exponential_index(magnitude: f64, scale: i32) -> i64 {
    const BITS: u32 = 192;
    let bits = magnitude.abs().max(f64::MIN_POSITIVE).to_bits();
    let (exponent, fraction) = ((bits >> 52).cast_signed() - 1_023, bits & ((1 << 52) - 1));
    let is_power = fraction == 0; // which is the upper bound of its bucket
    if scale <= 0 {
        return (exponent - i64::from(is_power)) >> -scale;
    }
    if is_power {
        return (exponent << scale) - 1;
    }
    let two = BigUint::from(2u8) << BITS;
    let mut below = BigUint::from(fraction | 1 << 52) << (BITS - 52);
    let mut above = below.clone();
    let mut index = exponent;
    for _ in 0..scale {
        below = (&below * &below) >> BITS;
        above = ((&above * &above) >> BITS) + 1u8;
        let passes = below >= two;
        assert_eq!(passes, above >= two, "192 bits do not decide on the bucket of {magnitude:e}");
        if passes {
            below >>= 1;
            above = (above >> 1) + 1u8;
        }
        index = index << 1 | i64::from(passes);
    }
    index
}

/// The double nearest to so many units, ties to even.
#[must_use]
pub fn nearest(units: &BigInt) -> f64 {
    nearest_in_units(units, &BigUint::from(1u8))
}

/// The double nearest to `numerator / denominator`, ties to even.
#[must_use]
pub fn nearest_ratio(numerator: &BigInt, denominator: &BigUint) -> f64 {
    nearest_in_units(&(numerator << UNIT.unsigned_abs()), denominator)
}

fn nearest_in_units(numerator: &BigInt, denominator: &BigUint) -> f64 {
    let target = numerator.magnitude();
    // The bits of doubles from zero up are in the order of their values: halve the range.
    let (mut low, mut above) = (0, INFINITE);
    while above - low > 1 {
        let middle = low + (above - low) / 2;
        if units_of_bits(middle) * denominator <= *target { low = middle } else { above = middle }
    }
    let (below, over) = (units_of_bits(low) * denominator, units_of_bits(low + 1) * denominator);
    let up = match (target * 2u8).cmp(&(below + over)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => low & 1 == 1,
        std::cmp::Ordering::Greater => true,
    };
    let value = f64::from_bits(low + u64::from(up));
    if numerator.sign() == Sign::Minus { -value } else { value }
}

/// Units of the double with these bits; of infinity, what would follow the largest double.
fn units_of_bits(bits: u64) -> BigUint {
    let (biased, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    if biased == 0 { BigUint::from(fraction) } else { BigUint::from(fraction | 1 << 52) << (biased - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_a_double_is_itself() {
        for value in [0.0, 5e-324, 2.225e-308, 0.1, 1.0, -1.5, 1e100, f64::MAX, -f64::MAX] {
            assert_eq!(nearest(&units(value)), value);
        }
        assert_eq!(units_of_sum(&[1e100, 1.0, -1e100]), units(1.0));
    }

    #[test]
    fn a_bucket_ends_at_its_upper_bound() {
        let root = std::f64::consts::SQRT_2; // rounded up, so above the bound
        for (value, scale, index) in [(1.0, 0, -1), (1.5, 0, 0), (2.0, 0, 0), (4.0, -1, 0), (4.1, -1, 1), (1.0, 20, -1)] {
            assert_eq!(exponential_index(value, scale), index, "{value} {scale}");
        }
        assert_eq!([root, root.next_down()].map(|value| exponential_index(value, 1)), [1, 0]);
        assert_eq!([5e-324, f64::MIN_POSITIVE].map(|value| exponential_index(value, 3)), [-1_022 * 8 - 1; 2]);
        assert_eq!(exponential_index(f64::MAX, 20), (1_024 << 20) - 1);
    }

    #[test]
    fn halfway_goes_to_even_and_past_the_largest_to_infinity() {
        let half = units(f64::from_bits(1u64 << 52)) / 2u8; // half the smallest normal: exact
        assert_eq!(nearest(&half), f64::from_bits(1 << 51));
        assert_eq!(nearest(&(units(9_007_199_254_740_992.0) + units(1.0))), 9_007_199_254_740_992.0);
        assert_eq!(nearest(&(units(9_007_199_254_740_994.0) + units(1.0))), 9_007_199_254_740_996.0);
        assert_eq!(nearest(&(units(f64::MAX) + units(1e291))), f64::MAX);
        assert_eq!(nearest(&(units(f64::MAX) + units(1e292))), f64::INFINITY);
        assert_eq!(nearest_ratio(&BigInt::from(-1), &BigUint::from(3u8)), -1.0 / 3.0);
    }
}
