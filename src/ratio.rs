//! Exact fractions, for the targets of objectives.
//!
//! A target is never a double: 99.9 % is 999/1000, and "met" is decided by multiplying integers.
//! Deliberately absent: arithmetic; what is computed from a ratio is computed where it is needed.

use alloc::format;
use core::fmt;
use core::str::FromStr;

use crate::Error;

/// A fraction in lowest terms.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::Ratio;
/// assert_eq!("99.9%".parse::<Ratio>()?, Ratio::new(999, 1000)?);
/// assert_eq!("0.4".parse::<Ratio>()?, Ratio::new(2, 5)?);
/// assert_eq!("19/20".parse::<Ratio>()?.to_string(), "95%");
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ratio {
    numerator: u64,
    denominator: u64, // not 0; shares no factor with the numerator
}

impl Ratio {
    /// `numerator / denominator`, brought to lowest terms.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a denominator of zero.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, Error> {
        if denominator == 0 {
            return Err(Error::InvalidArgument(format!("the ratio {numerator}/0 has no value; give a denominator above zero")));
        }
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Ok(Self { numerator: numerator / a, denominator: denominator / a })
    }

    /// Above the line, in lowest terms.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Below the line, in lowest terms.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// Whether `part` of `whole` reaches this ratio: decided in integers, exactly.
    #[must_use]
    pub fn is_reached(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(self.denominator) >= u128::from(self.numerator) * u128::from(whole)
    }
}

impl FromStr for Ratio {
    type Err = Error;

    /// Reads `99.9%`, `0.999` or `999/1000`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::InvalidArgument(format!("'{text}' is not a ratio; write it like 99.9%, 0.999 or 999/1000"));
        if let Some((above, below)) = text.split_once('/') {
            return Self::new(above.trim().parse().map_err(|_| wrong())?, below.trim().parse().map_err(|_| wrong())?);
        }
        let (number, scale) = text.strip_suffix('%').map_or((text, 1u64), |number| (number, 100));
        let number = number.trim();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = || whole.chars().chain(fraction.chars());
        if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) || fraction.len() > 17 {
            return Err(wrong());
        }
        let numerator = digits().try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(digit.to_digit(10)?.into()));
        let denominator = 10u64.checked_pow(fraction.len() as u32).and_then(|places| places.checked_mul(scale));
        Self::new(numerator.ok_or_else(wrong)?, denominator.ok_or_else(wrong)?)
    }
}

impl fmt::Display for Ratio {
    /// As a percentage where that is exact in six decimals, else as a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = u128::from(self.numerator) * 100_000_000;
        let denominator = u128::from(self.denominator);
        if !scaled.is_multiple_of(denominator) {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        let (whole, rest) = (scaled / denominator / 1_000_000, scaled / denominator % 1_000_000);
        let decimals = format!("{rest:06}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{whole}%"),
            decimals => write!(f, "{whole}.{decimals}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn reads_and_writes_percentages_and_fractions() {
        for (text, shown) in [("99.9%", "99.9%"), ("42%", "42%"), ("0.95", "95%"), ("1/3", "1/3"), ("100%", "100%"), ("84/200", "42%")] {
            assert_eq!(text.parse::<Ratio>().unwrap().to_string(), shown);
        }
        for text in ["", "%", "-1%", "1/0", "1e3", "99,9%", "0.123456789012345678", ".", "99999999999999999999"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_exact_hit_is_reached() {
        // 569/625 is exactly 91.04 %, which doubles get wrong.
        assert!("91.04%".parse::<Ratio>().unwrap().is_reached(569, 625));
        assert!(!"91.04%".parse::<Ratio>().unwrap().is_reached(568, 625));
        assert!(Ratio::new(1, 1).unwrap().is_reached(u64::MAX, u64::MAX));
    }
}
