//! What tokens cost, in whole numbers: rates for a million tokens, and amounts of money.
//!
//! Nothing is rounded but where somebody asks for fewer decimals. Deliberately absent: currencies, and any
//! price; whoever asks brings them.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::Error;
use crate::limits::RATE_MICROS_MAX;

/// Decimals of a rate.
const RATE_DECIMALS: usize = 6;

/// Decimals of a cost: those of a rate, and six more since it is for a million tokens.
const COST_DECIMALS: u32 = 12;

/// What a million tokens cost: from zero on, in millionths of whatever money.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::traces::Rate;
/// assert_eq!("0.15".parse::<Rate>()?.micros(), 150_000);
/// assert!("0.0000001".parse::<Rate>().is_err());
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Rate(u64); // in [0, RATE_MICROS_MAX]

/// What a model costs, by the kind of token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Price {
    /// Of input that is neither read from a cache nor written to one.
    pub input: Rate,
    /// Of output, reasoning too.
    pub output: Rate,
    /// Of input that is read from a cache.
    pub cache_read: Rate,
    /// Of input that is written to a cache.
    pub cache_write: Rate,
}

/// Prices by model.
pub type Prices = BTreeMap<String, Price>;

/// An amount of money, exactly: in millionths of millionths.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cost(u128);

impl Price {
    /// The same for all input, and something for output.
    #[must_use]
    pub const fn new(input: Rate, output: Rate) -> Self {
        Self { input, output, cache_read: input, cache_write: input }
    }
}

impl Rate {
    /// A rate in millionths.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] past [`RATE_MICROS_MAX`].
    pub fn from_micros(micros: u64) -> Result<Self, Error> {
        if micros > RATE_MICROS_MAX {
            return Err(Error::InvalidArgument(format!(
                "a price of {micros} millionths for a million tokens; at most {RATE_MICROS_MAX} are calculated with"
            )));
        }
        Ok(Self(micros))
    }

    /// In millionths.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads `2`, `0.15`, with up to six decimals.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::InvalidArgument(format!("'{text}' is no price; write it like 2 or 0.15, with up to six decimals"));
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > RATE_DECIMALS {
            return Err(wrong());
        }
        let micros = format!("{whole}{decimals:0<RATE_DECIMALS$}").parse().map_err(|_| wrong())?;
        Self::from_micros(micros)
    }
}

impl Cost {
    /// With the cost of so many tokens more.
    pub(super) fn plus(self, tokens: u128, rate: Rate) -> Self {
        // A ledger's spans have below 2^81 tokens, a rate is below 2^40: it does not saturate.
        Self(self.0.saturating_add(tokens.saturating_mul(rate.0.into())))
    }

    /// In millionths of millionths.
    #[must_use]
    pub const fn picos(self) -> u128 {
        self.0
    }

    /// The nearest amount with so many decimals; a half goes up.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Self {
        let step = 10u128.pow(COST_DECIMALS.saturating_sub(decimals));
        Self(self.0.saturating_add(step / 2) / step * step)
    }
}

impl fmt::Display for Cost {
    /// As a decimal number, exactly; with as many decimals as are asked for, but no fewer than it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u128.pow(COST_DECIMALS);
        let decimals = format!("{:0width$}", self.0 % one, width = COST_DECIMALS as usize);
        let (decimals, least) = (decimals.trim_end_matches('0'), f.precision().unwrap_or_default());
        match format!("{decimals:0<least$}") {
            none if none.is_empty() => write!(f, "{}", self.0 / one),
            decimals => write!(f, "{}.{decimals}", self.0 / one),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn amounts_are_rounded_once_and_written_whole() {
        let cost = |picos| Cost(picos);
        assert_eq!(cost(1_499_999_999_999).rounded(0), cost(1_000_000_000_000));
        assert_eq!(cost(1_500_000_000_000).rounded(0), cost(2_000_000_000_000));
        assert_eq!(cost(123_456_789).rounded(12), cost(123_456_789));
        assert_eq!(cost(123_456_789).rounded(40), cost(123_456_789));
        let texts = [0, 1, 2_500_000_000_000].map(|picos| cost(picos).to_string());
        assert_eq!(texts, ["0", "0.000000000001", "2.5"]);
        let texts = [0, 1_230_000_000_000, 1_000_000_000].map(|picos| format!("{:.2}", cost(picos)));
        assert_eq!(texts, ["0.00", "1.23", "0.001"]);
    }

    #[test]
    fn prices_are_decimals_with_an_end() {
        let micros = |text: &str| text.parse::<Rate>().map(Rate::micros).ok();
        assert_eq!(["2", "0.15", "0.000001", "1000000", "007"].map(micros), [2_000_000, 150_000, 1, RATE_MICROS_MAX, 7_000_000].map(Some));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000001", "1000000.000001", "99999999999999999999", "50%", " 1"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
