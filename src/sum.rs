//! Sums of doubles that are exact, and so do not depend on order or on how they were split.
//!
//! A [`ExactSum`] is a number in fixed point. While it fits, it is an `i128` in units of 2^-76,
//! which holds sums of counts, bytes and everyday seconds (any double from 2^-24 on, up to a sum of
//! 2^51) and costs one integer addition. What
//! does not fit goes to a superaccumulator over the whole range of a double (Neal 2015,
//! arXiv:1505.05571): 70 chunks of 32 bits, each kept in an `i64` so that carries can wait. Which
//! of the two holds a sum is not part of its value. Deliberately absent: infinities and NaN, which
//! have no sum; callers turn them away.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::float;

const UNIT: i32 = -76; // the exponent of an i128's last bit
const CHUNKS: usize = 70; // 2240 bits from 2^-1074 on; the last chunk reaches 2^1197
const LOWEST: i32 = -1074; // the exponent of the first chunk's last bit
const CARRY_AFTER: u32 = 1 << 29; // each addition adds less than 2^32 to a chunk: 2^61 < 2^63
const BITS_MAX: i32 = 1100; // a decoded sum is below 2^1100; a further 2^97 of them still fit

/// The exact sum of doubles.
///
/// # Bounds
/// 32 bytes, and 568 more once a summand does not fit 128 bits of fixed point. Addition is O(1).
#[derive(Clone, Debug)]
pub struct ExactSum(Form);

#[derive(Clone, Debug)]
enum Form {
    Narrow(i128),
    Wide(Box<Wide>),
}

#[derive(Clone, Debug)]
struct Wide {
    chunks: [i64; CHUNKS],
    additions: u32, // since the last carry; at most CARRY_AFTER
}

/// A sum in canonical form: `(-1)^negative * magnitude * 2^exponent`, the magnitude odd and
/// big-endian without leading zeros, or empty for zero, whose exponent is 0.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SumParts {
    /// Whether it is below zero.
    pub negative: bool,
    /// The exponent of two.
    pub exponent: i32,
    /// The odd magnitude, big-endian.
    pub magnitude: Vec<u8>,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self(Form::Narrow(0))
    }
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for ExactSum {}

impl ExactSum {
    /// Adds a double; `false` where it is not finite, and then nothing changes.
    #[inline]
    pub fn add(&mut self, value: f64) -> bool {
        let whole = value as i32; // saturates, and is zero for NaN
        if f64::from(whole) == value
            && let Form::Narrow(units) = &mut self.0
            && let Some(sum) = units.checked_add(i128::from(whole) << -UNIT)
        {
            *units = sum;
            return true;
        }
        let bits = value.to_bits();
        let (biased, fraction) = ((bits >> 52) as i32 & 0x7ff, bits & ((1 << 52) - 1));
        // The exponent of the last bit in units: most values, as two words without a shift of 128 bits.
        let shift = biased - 1075 - UNIT;
        if (1..64).contains(&shift)
            && let Form::Narrow(units) = &mut self.0
        {
            let mantissa = fraction | 1 << 52;
            let more = i128::from(mantissa >> (64 - shift)) << 64 | i128::from(mantissa << shift);
            if let Some(sum) = units.checked_add(if value < 0.0 { -more } else { more }) {
                *units = sum;
                return true;
            }
        }
        self.add_times(value, 1)
    }

    /// Adds a double so many times; `false` where it is not finite, and then nothing changes.
    pub fn add_times(&mut self, value: f64, times: u64) -> bool {
        let Some(parts) = float::split(value) else { return false };
        self.add_scaled(parts.negative, u128::from(parts.mantissa) * u128::from(times), parts.exponent);
        true
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        match &other.0 {
            Form::Narrow(units) => self.add_scaled(*units < 0, units.unsigned_abs(), UNIT),
            Form::Wide(wide) => self.widen().merge(wide),
        }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Form::Narrow(units) => *units == 0,
            Form::Wide(_) => self.parts().magnitude.is_empty(),
        }
    }

    /// The sum, rounded once to the nearest double, ties to even.
    #[must_use]
    pub fn value(&self) -> f64 {
        if let Form::Narrow(units) = &self.0 {
            let whole = (*units >> -UNIT) as i64; // below 2^51
            if i128::from(whole) << -UNIT == *units {
                return whole as f64; // most sums are whole numbers, and none of their bits is rounded away
            }
            return float::round(*units < 0, units.unsigned_abs(), UNIT, false);
        }
        let parts = self.parts();
        let (head, tail) = parts.magnitude.split_at(parts.magnitude.len().min(16));
        let magnitude = head.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        let exponent = parts.exponent + 8 * tail.len() as i32;
        float::round(parts.negative, magnitude, exponent, tail.iter().any(|byte| *byte != 0))
    }

    /// Its canonical form.
    #[must_use]
    pub fn parts(&self) -> SumParts {
        let (negative, exponent, magnitude) = match &self.0 {
            Form::Narrow(units) => (*units < 0, UNIT, units.unsigned_abs().to_be_bytes().to_vec()),
            Form::Wide(wide) => wide.magnitude(),
        };
        let parts = canonical(negative, exponent, &magnitude);
        if bit_length(&parts.magnitude).is_some_and(|bits| parts.exponent + bits > BITS_MAX) {
            // No doubles add up to this; it is written as the bound, so that it can be read.
            return SumParts { exponent: BITS_MAX, magnitude: alloc::vec![1], ..parts };
        }
        parts
    }

    /// A sum from a sign, an exponent and a big-endian magnitude; `None` where it is outside
    /// what sums of doubles can be.
    #[must_use]
    pub fn from_parts(parts: &SumParts) -> Option<Self> {
        // One bit more than is written: the form of a sum at the bound has that.
        if parts.exponent < LOWEST || parts.exponent.checked_add(bit_length(&parts.magnitude)?)? > BITS_MAX + 1 {
            return None;
        }
        let leading = leading_zeros(&parts.magnitude);
        let mut sum = Self::default();
        let mut exponent = parts.exponent;
        for word in parts.magnitude[leading..].rchunks(8) {
            let word = word.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
            sum.add_scaled(parts.negative, word, exponent);
            exponent += 64;
        }
        Some(sum)
    }

    fn add_scaled(&mut self, negative: bool, magnitude: u128, exponent: i32) {
        if let Form::Narrow(units) = &mut self.0
            && let Some(more) = to_units(magnitude, exponent)
            && let Some(sum) = units.checked_add(if negative { -more } else { more })
        {
            *units = sum;
            return;
        }
        self.widen().add(negative, magnitude, exponent);
    }

    fn widen(&mut self) -> &mut Wide {
        if let Form::Narrow(units) = self.0 {
            let mut wide = Box::new(Wide { chunks: [0; CHUNKS], additions: 0 });
            wide.add(units < 0, units.unsigned_abs(), UNIT);
            self.0 = Form::Wide(wide);
        }
        match &mut self.0 {
            Form::Wide(wide) => wide,
            Form::Narrow(_) => unreachable!("made wide above"),
        }
    }
}

/// `magnitude * 2^exponent` in units, where it is a whole number of them below 2^127.
fn to_units(magnitude: u128, exponent: i32) -> Option<i128> {
    let shift = exponent - UNIT;
    let units = if shift >= 0 {
        if shift.unsigned_abs() > magnitude.leading_zeros() {
            return (magnitude == 0).then_some(0);
        }
        magnitude.checked_shl(shift.unsigned_abs()).unwrap_or(0)
    } else {
        if shift.unsigned_abs() > magnitude.trailing_zeros() {
            return (magnitude == 0).then_some(0);
        }
        magnitude.checked_shr(shift.unsigned_abs()).unwrap_or(0)
    };
    i128::try_from(units).ok()
}

fn leading_zeros(magnitude: &[u8]) -> usize {
    magnitude.iter().take_while(|byte| **byte == 0).count()
}

/// How many bits a big-endian magnitude has; `None` where an `i32` does not hold their number.
fn bit_length(magnitude: &[u8]) -> Option<i32> {
    let zeros = leading_zeros(magnitude);
    let of_first = magnitude.get(zeros).map_or(0, |byte| byte.leading_zeros().cast_signed());
    Some(i32::try_from(magnitude.len() - zeros).ok()?.checked_mul(8)? - of_first)
}

fn canonical(negative: bool, exponent: i32, magnitude: &[u8]) -> SumParts {
    let Some(first) = magnitude.iter().position(|byte| *byte != 0) else {
        return SumParts { negative: false, exponent: 0, magnitude: Vec::new() };
    };
    let zeros = magnitude.iter().rev().take_while(|byte| **byte == 0).count();
    let kept = &magnitude[first..magnitude.len() - zeros];
    let shift = kept.last().map_or(0, |byte| byte.trailing_zeros());
    let mut carried = 0u16;
    let mut shifted: Vec<u8> = Vec::with_capacity(kept.len());
    for byte in kept {
        let both = carried << 8 | u16::from(*byte);
        carried = u16::from(*byte);
        shifted.push((both >> shift) as u8);
    }
    if shifted.first() == Some(&0) {
        shifted.remove(0);
    }
    SumParts { negative, exponent: exponent + 8 * zeros as i32 + shift.cast_signed(), magnitude: shifted }
}

impl Wide {
    fn add(&mut self, negative: bool, magnitude: u128, exponent: i32) {
        if self.additions >= CARRY_AFTER {
            self.carry();
        }
        self.additions += 1;
        let position = (exponent - LOWEST).unsigned_abs(); // callers pass exponents from LOWEST on
        let (first, offset) = ((position / 32) as usize, position % 32);
        let low = magnitude << offset;
        let high = magnitude.checked_shr(128 - offset).unwrap_or(0);
        for (place, digits) in [(0, low), (4, high)] {
            for digit in 0..4 {
                let digit_value = (digits >> (32 * digit)) as u32;
                if let Some(chunk) = self.chunks.get_mut(first + place + digit) {
                    *chunk += if negative { -i64::from(digit_value) } else { i64::from(digit_value) };
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        self.additions = 1;
        for (chunk, more) in self.chunks.iter_mut().zip(other.chunks) {
            *chunk = chunk.saturating_add(more);
        }
    }

    /// Brings every chunk but the last into [0, 2^32); the last keeps the sign.
    fn carry(&mut self) {
        let mut carried = 0;
        let (last, rest) = self.chunks.split_last_mut().map_or((None, &mut [][..]), |(last, rest)| (Some(last), rest));
        for chunk in rest {
            let total = *chunk + carried;
            *chunk = total & 0xffff_ffff;
            carried = total >> 32;
        }
        if let Some(last) = last {
            *last = last.saturating_add(carried);
        }
        self.additions = 0;
    }

    fn magnitude(&self) -> (bool, i32, Vec<u8>) {
        let mut positive = self.clone();
        positive.carry();
        let negative = positive.chunks.last().is_some_and(|last| *last < 0);
        if negative {
            for chunk in &mut positive.chunks {
                *chunk = -*chunk;
            }
            positive.carry();
        }
        let mut bytes = Vec::with_capacity(4 * CHUNKS + 4);
        for (place, chunk) in positive.chunks.iter().enumerate().rev() {
            let width = if place + 1 == CHUNKS { 8 } else { 4 };
            bytes.extend_from_slice(&chunk.to_be_bytes()[8 - width..]);
        }
        (negative, LOWEST, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for value in values {
            assert!(sum.add(*value));
        }
        sum
    }

    #[test]
    fn cancels_exactly_whatever_the_order() {
        for order in [[1e100, 1.0, -1e100], [1.0, 1e100, -1e100], [-1e100, 1e100, 1.0]] {
            assert_eq!(sum(&order).value(), 1.0);
            assert_eq!(sum(&order), sum(&[1.0]));
        }
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[5e-324, f64::MAX, -f64::MAX]).value(), 5e-324);
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]).value(), f64::MAX);
        assert_eq!(sum(&[-0.0]).value().to_bits(), 0);
    }

    #[test]
    fn the_canonical_form_reads_back() {
        for values in [
            &[0.0][..],
            &[1.0],
            &[-3.5],
            &[1e300, 1e-300],
            &[-5e-324],
            &[f64::MAX, f64::MAX],
            &[1e25, -7.0],
            &[f64::from_bits(0x7fe0 << 48)],
        ] {
            let sum = sum(values);
            let parts = sum.parts();
            assert!(parts.magnitude.last().is_none_or(|byte| byte & 1 == 1), "{parts:?}");
            assert_eq!(ExactSum::from_parts(&parts).unwrap().parts(), parts);
            let padded = SumParts { magnitude: [&[0; 16][..], &parts.magnitude].concat(), ..parts.clone() };
            assert_eq!(ExactSum::from_parts(&padded).unwrap().parts(), parts);
        }
        assert_eq!(sum(&[6.0]).parts(), SumParts { negative: false, exponent: 1, magnitude: alloc::vec![3] });
    }

    #[test]
    fn what_has_no_sum_changes_nothing() {
        let mut sum = sum(&[2.0]);
        assert!(!sum.add(f64::NAN) && !sum.add(f64::INFINITY) && !sum.add(f64::NEG_INFINITY));
        assert_eq!(sum.value(), 2.0);
    }
}
