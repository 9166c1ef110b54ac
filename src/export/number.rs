//! Numbers as the text formats write them.
//!
//! Whole numbers below 10^15 are digits alone, the others are the shortest digits that give the double
//! back; Go's `ParseFloat` reads both. Deliberately absent: other formats' numbers.

use alloc::string::String;
use core::fmt::Write;

use crate::time::Timestamp;

/// Beyond it a double is not told from a whole number by its digits alone: it gets a point or an
/// exponent.
const WHOLE_MAX: f64 = 1e15;

const SECOND: u64 = 1_000_000_000; // in nanoseconds

/// A whole number.
#[inline]
pub(super) fn whole(text: &mut String, mut value: u64) {
    let mut digits = [0; 20]; // 2^64 has as many
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    // They are ASCII, so that nothing is ever left out.
    text.push_str(core::str::from_utf8(&digits[first..]).unwrap_or_default());
}

/// A double.
#[inline]
pub(super) fn double(text: &mut String, value: f64) {
    let size = value.abs();
    if size < WHOLE_MAX && size as u64 as f64 == size {
        if value.is_sign_negative() {
            text.push('-');
        }
        return whole(text, size as u64);
    }
    fraction(text, value);
}

/// A double that stands in a label: a bucket's bound, a quantile. OpenMetrics wants it recognisable as
/// a double (section Considerations: canonical numbers), so that all who write one write it alike.
pub(super) fn label(text: &mut String, value: f64, is_open: bool) {
    let start = text.len();
    double(text, value);
    if is_open && text.bytes().skip(start).all(|byte| byte.is_ascii_digit() || byte == b'-') {
        text.push_str(".0");
    }
}

/// A moment in seconds, with as much of the fraction as there is.
pub(super) fn seconds(text: &mut String, at: Timestamp) {
    whole(text, at.nanos() / SECOND);
    let rest = at.nanos() % SECOND;
    if rest > 0 {
        // With a second more the zeros before the first digit are written too.
        let point = text.len();
        whole(text, rest + SECOND);
        text.replace_range(point..=point, ".");
        text.truncate(text.trim_end_matches('0').len());
    }
}

/// What is no small whole number. Writing to a String cannot fail.
#[inline(never)]
fn fraction(text: &mut String, value: f64) {
    if value.is_nan() {
        text.push_str("NaN");
    } else if value.is_infinite() {
        text.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else {
        let _ = write!(text, "{value:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut text = String::from("x ");
        write(&mut text);
        text.split_off(2)
    }

    #[test]
    fn doubles_are_the_shortest_that_read_back() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (-17.0, "-17"),
            (1e15 - 1.0, "999999999999999"),
            (1e15, "1000000000000000.0"),
            (-1e16, "-1e16"),
            (0.1, "0.1"),
            (1e-5, "1e-5"),
            (1_756_047.3, "1756047.3"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(written(|text| double(text, value)), expected);
        }
        for value in [0, 9, 10, 99, 100, u64::MAX - 1, u64::MAX] {
            assert_eq!(written(|text| whole(text, value)), alloc::format!("{value}"));
        }
    }

    #[test]
    fn bounds_are_doubles_to_the_eye_in_openmetrics_alone() {
        for (value, expected) in [
            (1.0, ["1", "1.0"]),
            (-5.0, ["-5", "-5.0"]),
            (0.25, ["0.25", "0.25"]),
            (1e16, ["1e16", "1e16"]),
            (f64::INFINITY, ["+Inf", "+Inf"]),
        ] {
            assert_eq!([false, true].map(|is_open| written(|text| label(text, value, is_open))), expected);
        }
    }

    #[test]
    fn seconds_have_the_fraction_that_there_is() {
        for (nanos, expected) in [
            (0, "0"),
            (1, "0.000000001"),
            (12_345_600_000_000, "12345.6"),
            (1_767_225_601_000_000_000, "1767225601"),
            (1_767_225_601_050_000_000, "1767225601.05"),
            (Timestamp::MAX.nanos(), "9223372036.854775807"),
        ] {
            let at = Timestamp::from_nanos(nanos).unwrap();
            assert_eq!(written(|text| seconds(text, at)), expected);
        }
    }
}
