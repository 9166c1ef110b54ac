//! Decimal numbers as they stand in a line, and their quotients: exact, and rounded once.
//!
//! Whole numbers of any size are kept as words of 32 bits, and divided bit by bit: 64 digits and an
//! exponent do not fit the integers that there are. Deliberately absent: every other operation.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::float::round;

/// Digits of a number that a quotient is made of, zeros at both ends not counted: more than anyone
/// writes (a double is told from all others by 17), and few enough that the worst line, 4,000 packed
/// values over a rate of 64 digits, costs some 20 ms and not seconds.
const DIGITS_MAX: usize = 64;

/// Past this an exponent decides alone whether a number is too great or as good as zero.
const EXPONENT_MAX: i64 = 1_000_000;

/// The nearest double of a decimal number; `None` where the text is no such number, as NaN and
/// infinity are none, or where no double is as great.
pub(super) fn finite(text: &str) -> Option<f64> {
    nearest(text).filter(|value| value.is_finite())
}

/// The nearest double of a decimal number, infinite where it is too great; `None` where the text is none.
fn nearest(text: &str) -> Option<f64> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    is_decimal.then(|| text.parse().ok()).flatten()
}

/// A decimal number: `(-1)^negative * digits * 10^exponent`.
pub(super) struct Decimal {
    negative: bool,
    digits: String, // neither begins nor ends with 0; empty for zero
    exponent: i64,
}

impl Decimal {
    /// Reads what [`finite`] reads; `None` where the text is no decimal number, or one with more than
    /// [`DIGITS_MAX`] digits.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        nearest(mantissa)?; // so it is digits with at most one sign and one point
        let is_whole = power.strip_prefix(['+', '-']).unwrap_or(power).bytes().all(|byte| byte.is_ascii_digit());
        let power = match power.parse::<i64>() {
            Ok(power) => power.clamp(-EXPONENT_MAX, EXPONENT_MAX),
            Err(_) if !is_whole || power.len() < 2 => return None,
            Err(_) if power.starts_with('-') => -EXPONENT_MAX,
            Err(_) => EXPONENT_MAX,
        };
        let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all: String = [whole, fraction].concat();
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        let zeros = all.len() - all.trim_end_matches('0').len();
        let exponent = power + zeros as i64 - fraction.len() as i64;
        (digits.len() <= DIGITS_MAX).then(|| Self { negative: mantissa.starts_with('-'), digits: digits.into(), exponent })
    }

    /// Places before its point: `10^(places - 1) <= |self| < 10^places`, where it is not zero.
    fn places(&self) -> i64 {
        self.digits.len() as i64 + self.exponent
    }

    /// Whether it is above 0 and up to 1.
    pub(super) fn is_rate(&self) -> bool {
        !self.negative && !self.digits.is_empty() && (self.places() < 1 || (self.places() == 1 && self.digits == "1"))
    }

    /// `self / rate`, rounded once to the nearest double, ties to even; `None` where that is infinite.
    pub(super) fn divided_by(&self, rate: &Self) -> Option<f64> {
        // The quotient is between 10^(places - 1) and 10^(places + 1).
        let places = self.places() - rate.places();
        if self.digits.is_empty() || places < -325 {
            return Some(if self.negative { -0.0 } else { 0.0 });
        }
        if places > 310 {
            return None;
        }
        let shift = self.exponent - rate.exponent; // below 500 either way, as the places are
        let mut numerator = Natural::read(&self.digits).times_ten_to(shift);
        let mut denominator = Natural::read(&rate.digits).times_ten_to(-shift);
        // So many more bits above than below leave 65 or 66 to the quotient, all that rounding asks for.
        let up = 65 - (numerator.bits() - denominator.bits());
        numerator.shift_up(up);
        denominator.shift_up(-up);
        let (quotient, has_rest) = quotient(numerator, denominator);
        Some(round(self.negative, quotient, -up as i32, has_rest)).filter(|value| value.is_finite())
    }

    /// `1 / self` of a rate, rounded to the nearest whole number, half up; `None` past 2^64 - 1.
    pub(super) fn inverse(&self) -> Option<u64> {
        if self.places() < -20 {
            return None; // it is above 10^20
        }
        // A rate is at most 1 and its digits do not end with 0, so its exponent is not above 0.
        let mut numerator = Natural::read("1").times_ten_to(-self.exponent);
        numerator.shift_up(1);
        let (twice, _) = quotient(numerator, Natural::read(&self.digits));
        u64::try_from(twice.div_ceil(2)).ok()
    }
}

/// A whole number of any size.
struct Natural {
    words: Vec<u32>, // the lowest first; the last is not 0
}

impl Natural {
    fn read(digits: &str) -> Self {
        let mut number = Self { words: Vec::new() };
        digits.bytes().for_each(|digit| number.multiply_add(10, u32::from(digit - b'0')));
        number
    }

    /// `self * 10^power`; itself where the power is below 0.
    fn times_ten_to(mut self, power: i64) -> Self {
        (0..power / 9).for_each(|_| self.multiply_add(1_000_000_000, 0));
        (0..power % 9).for_each(|_| self.multiply_add(10, 0));
        self
    }

    /// `self * factor + more`.
    fn multiply_add(&mut self, factor: u32, more: u32) {
        let mut carry = u64::from(more);
        for word in &mut self.words {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        self.words.extend((carry > 0).then_some(carry as u32));
    }

    /// `self * 2^bits`; itself where the bits are below 0.
    fn shift_up(&mut self, bits: i64) {
        let Ok(bits) = u32::try_from(bits) else { return };
        self.multiply_add(1 << (bits % 32), 0);
        self.words.splice(0..0, core::iter::repeat_n(0, (bits / 32) as usize));
    }

    /// `self - other`, which is not greater.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (at, word) in self.words.iter_mut().enumerate() {
            let (less, below) = word.overflowing_sub(other.words.get(at).copied().unwrap_or(0));
            let (less, below_too) = less.overflowing_sub(u32::from(borrow));
            (*word, borrow) = (less, below || below_too);
        }
        let kept = self.words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        self.words.truncate(kept);
    }

    /// How many bits it has.
    fn bits(&self) -> i64 {
        self.words.last().map_or(0, |last| self.words.len() as i64 * 32 - i64::from(last.leading_zeros()))
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.words.len().cmp(&other.words.len()).then_with(|| self.words.iter().rev().cmp(other.words.iter().rev()))
    }
}

/// The whole part of a quotient that is below 2^127, and whether there is a rest.
fn quotient(mut numerator: Natural, mut denominator: Natural) -> (u128, bool) {
    let steps = numerator.bits() - denominator.bits();
    denominator.shift_up(steps);
    let mut quotient = 0u128;
    for _ in 0..=steps {
        quotient <<= 1;
        if numerator.compare(&denominator).is_ge() {
            numerator.subtract(&denominator);
            quotient |= 1;
        }
        numerator.shift_up(1);
    }
    (quotient, !numerator.words.is_empty())
}
