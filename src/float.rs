//! Doubles with a total order, taken apart and put together exactly.
//!
//! Only operations that give the same bits on every platform are used here: bit patterns and
//! integers. Deliberately absent: every transcendental function.

use core::cmp::Ordering;

/// A double that can be compared and sorted: by [`f64::total_cmp`], with one NaN.
#[derive(Clone, Copy, Debug)]
pub struct Double(f64); // NaN only as f64::NAN's bits

impl Double {
    /// The double, with any NaN made the one NaN.
    #[must_use]
    pub const fn new(value: f64) -> Self {
        if value.is_nan() { Self(f64::from_bits(0x7ff8_0000_0000_0000)) } else { Self(value) }
    }

    /// The double.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<f64> for Double {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Double {}

impl PartialOrd for Double {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Double {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A finite double as `(-1)^negative * mantissa * 2^exponent`.
pub(crate) struct Parts {
    pub(crate) negative: bool,
    pub(crate) mantissa: u64, // below 2^53
    pub(crate) exponent: i32, // in [-1074, 971]
}

/// Takes a double apart; `None` where it is not finite.
pub(crate) fn split(value: f64) -> Option<Parts> {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = (bits >> 52) & 0x7ff;
    let (mantissa, exponent) = match biased {
        0x7ff => return None,
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, (biased as i32) - 1075),
    };
    Some(Parts { negative: bits >> 63 == 1, mantissa, exponent })
}

/// Rounds `(-1)^negative * (magnitude + rest) * 2^exponent` to the nearest double, ties to even.
/// `rest` is in [0, 1) and only known to be zero or not (`sticky`); where it is not, the magnitude
/// must have at least 55 bits, so that the rest stands below the rounding position.
pub(crate) fn round(negative: bool, magnitude: u128, exponent: i32, sticky: bool) -> f64 {
    if magnitude == 0 {
        return 0.0;
    }
    let top = 127 - magnitude.leading_zeros().cast_signed();
    let last = (top + exponent - 52).max(-1074); // the exponent of the last bit that is kept
    let cut = last - exponent; // how many bits go
    let mantissa = match cut {
        ..=0 => (magnitude << cut.unsigned_abs()) as u64,
        1..=128 => {
            let kept = magnitude.checked_shr(cut.unsigned_abs()).unwrap_or(0);
            let gone = magnitude << (128 - cut.unsigned_abs());
            let half = 1u128 << 127;
            let up = gone > half || (gone == half && (sticky || kept & 1 == 1));
            kept as u64 + u64::from(up)
        }
        _ => 0,
    };
    // A subnormal is its mantissa. Otherwise the leading bit is implied; adding, not masking, lets
    // a mantissa that was rounded up to 2^53 carry into the exponent.
    let bits = match mantissa.checked_sub(1 << 52) {
        None => mantissa,
        Some(fraction) if last <= 971 => (u64::from((last + 1075).unsigned_abs()) << 52) + fraction,
        Some(_) => f64::INFINITY.to_bits(),
    };
    f64::from_bits(bits | u64::from(negative) << 63)
}

/// `numerator / denominator`, rounded once to the nearest double, ties to even. Zero where the
/// denominator is zero, which no caller passes.
pub(crate) fn divide(negative: bool, numerator: u128, denominator: u128) -> f64 {
    let Some(mut quotient) = numerator.checked_div(denominator) else { return 0.0 };
    let mut rest = numerator % denominator;
    let mut exponent = 0;
    while rest != 0 && quotient < 1 << 63 {
        // rest < denominator, so twice the rest minus the denominator fits even where twice the
        // rest does not.
        let bit = rest >= denominator - rest;
        rest = if bit { rest - (denominator - rest) } else { rest << 1 };
        quotient = quotient << 1 | u128::from(bit);
        exponent -= 1;
    }
    round(negative, quotient, exponent, rest != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_gives_back_every_kind_of_double() {
        for value in [1.0, -1.5, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, -2.225_073_858_507_201e-308, 1e300] {
            let parts = split(value).unwrap();
            assert_eq!(round(parts.negative, u128::from(parts.mantissa), parts.exponent, false), value);
        }
        assert!(split(f64::NAN).is_none() && split(f64::INFINITY).is_none());
    }

    #[test]
    fn rounding_is_to_nearest_ties_to_even() {
        assert_eq!(round(false, (1 << 53) + 1, 0, false), 9007199254740992.0);
        assert_eq!(round(false, (1 << 53) + 3, 0, false), 9007199254740996.0);
        assert_eq!(round(false, ((1 << 53) + 1) << 3, -3, true), 9007199254740994.0);
        assert_eq!(round(false, u128::MAX, 1000, false), f64::INFINITY);
        assert_eq!(round(false, (1 << 54) - 1, 970, false), f64::INFINITY);
        assert_eq!(round(false, (1 << 53) - 1, 971, false), f64::MAX);
        assert_eq!(round(false, 1, -1075, false), 0.0);
        assert_eq!(round(false, 3, -1076, false), 5e-324);
    }

    #[test]
    fn division_is_rounded_once() {
        for (numerator, denominator) in [(1u64, 3u64), (84, 200), (116, 120), (u64::MAX, 7), (1, u64::MAX), (0, 5)] {
            let once = divide(false, u128::from(numerator), u128::from(denominator));
            if numerator < 1 << 53 && denominator < 1 << 53 {
                assert_eq!(once, numerator as f64 / denominator as f64);
            }
        }
        assert_eq!(divide(true, 1, 4), -0.25);
        assert_eq!(divide(false, u128::MAX - 1, u128::MAX), 1.0);
    }
}
