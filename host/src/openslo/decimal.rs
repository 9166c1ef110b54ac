//! Numbers as they are written: decimals, read into exact fractions, and written from them.
//!
//! Deliberately absent: doubles, but for thresholds, which are doubles in the ledger.

use codomyrmex_telemetry::Ratio;

/// Digits that count in a number that is read.
const DIGITS_MAX: usize = 30;

/// Decimals after the point of a number that is written: what every reader of doubles keeps.
const PLACES: u32 = 9;

/// A number in decimal: `digits * 10^exponent`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Decimal {
    negative: bool,
    digits: u128, // below 10^DIGITS_MAX, and no multiple of 10 but 0
    exponent: i32,
}

impl Decimal {
    /// Reads what YAML 1.2 takes for a decimal number; `None` for all else, and for what is out of all proportion.
    pub(super) fn read(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, Some(0)), |(mantissa, exponent)| (mantissa, small(exponent)));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let exponent = exponent?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0').trim_end_matches('0');
        if significant.len() > DIGITS_MAX {
            return None;
        }
        if significant.is_empty() {
            return Some(Self { negative, digits: 0, exponent: 0 });
        }
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent = exponent.checked_add(i32::try_from(zeros).ok()?)?;
        Some(Self { negative, digits: significant.parse().ok()?, exponent })
    }

    /// So many times less.
    pub(super) const fn percent(self) -> Self {
        Self { exponent: self.exponent.saturating_sub(2), ..self }
    }

    /// It as a fraction; `None` where it is negative or takes more than 64 bits.
    pub(super) fn ratio(self) -> Option<Ratio> {
        if self.negative && self.digits > 0 {
            return None;
        }
        let power = 10u128.checked_pow(self.exponent.unsigned_abs());
        if self.digits == 0 {
            Ratio::new(0, 1).ok()
        } else if self.exponent >= 0 {
            reduced(self.digits.checked_mul(power?)?, 1)
        } else {
            reduced(self.digits, power?)
        }
    }

    /// Whether it is whole.
    pub(super) const fn is_whole(self) -> bool {
        self.exponent >= 0
    }
}

/// A fraction of large numbers; `None` where it takes more than 64 bits even in lowest terms, or has no value.
pub(super) fn reduced(numerator: u128, denominator: u128) -> Option<Ratio> {
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let part = |number: u128| u64::try_from(number.checked_div(a)?).ok();
    Ratio::new(part(numerator)?, part(denominator)?).ok()
}

/// An exponent that is not absurd.
fn small(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_small = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|exponent: &i32| is_small && exponent.unsigned_abs() <= 1_000)
}

/// A fraction in decimals, cut off after nine of them.
pub(super) fn shown(ratio: Ratio) -> String {
    let (numerator, denominator) = (u128::from(ratio.numerator()), u128::from(ratio.denominator()));
    let scale = 10u128.pow(PLACES);
    let (whole, rest) = (numerator / denominator, numerator % denominator * scale / denominator);
    let decimals = format!("{rest:09}");
    match decimals.trim_end_matches('0') {
        "" => whole.to_string(),
        decimals => format!("{whole}.{decimals}"),
    }
}

/// A target in decimals: the same, but below 1, which OpenSLO does not reach.
pub(super) fn shown_target(target: Ratio) -> String {
    if target.numerator() >= target.denominator() { "0.999999999".into() } else { shown(target) }
}

/// A double as YAML 1.1 and 1.2 read it, exactly.
pub(super) fn shown_double(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let text = format!("{value:?}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Reads a double: a decimal number that is not too large for one, or an infinity.
pub(super) fn read_double(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        text => Decimal::read(text).and_then(|_| text.parse().ok()).filter(|value: &f64| value.is_finite()),
    }
}

/// Whether YAML takes a plain text for something else than text.
pub(super) fn is_no_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    let is_number = Decimal::read(text).is_some() || unsigned.starts_with("0x") || unsigned.starts_with("0o") || is_digits(unsigned);
    is_number || matches!(lower.as_str(), "" | "~" | "null" | "true" | "false" | ".nan") || unsigned == ".inf"
}

/// Whether a text is nothing but digits, of whatever number.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, n, d) in [
            ("0.9995", 1_999, 2_000),
            ("99.95e-2", 1_999, 2_000),
            (".5", 1, 2),
            ("5.", 5, 1),
            ("1E2", 100, 1),
            ("0.10", 1, 10),
            ("-0", 0, 1),
        ] {
            assert_eq!(Decimal::read(text).and_then(Decimal::ratio), Ratio::new(n, d).ok(), "{text}");
        }
        for text in
            ["", ".", "-", "1e", "1e+-2", "0x10", "1_000", "1,5", "1e99999", "inf", "nan", "1.2.3", "3.1415926535897932384626433832795"]
        {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
        assert_eq!(Decimal::read("-1").and_then(Decimal::ratio), None);
        assert_eq!(Decimal::read("1e20").and_then(Decimal::ratio), None);
        assert_eq!(Decimal::read("99.95").map(Decimal::percent), Decimal::read("0.9995"));
        assert!(Decimal::read("20e-1").is_some_and(Decimal::is_whole));
        assert!(!Decimal::read("2.5").is_some_and(Decimal::is_whole));
    }

    #[test]
    fn what_is_written_is_cut_off() {
        let ratio = |n, d| Ratio::new(n, d).unwrap();
        assert_eq!(shown(ratio(2, 3)), "0.666666666");
        assert_eq!(shown(ratio(72, 5)), "14.4");
        assert_eq!(shown(ratio(u64::MAX, 1)), "18446744073709551615");
        assert_eq!(shown_target(ratio(1, 1)), "0.999999999");
        assert_eq!(shown_target(ratio(u64::MAX - 1, u64::MAX)), "0.999999999");
        for value in [0.0, -0.0, 500.0, 0.1, 1e300, -2.5e-9, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(read_double(&shown_double(value)).map(f64::to_bits), Some(value.to_bits()), "{value}");
        }
        assert_eq!(shown_double(1e300), "1.0e+300");
        assert_eq!(read_double("1e400"), None);
        assert_eq!(read_double(".nan"), None);
    }
}
