//! Moments as they cross from JavaScript: two doubles, milliseconds since 1970 and nanoseconds on top.
//!
//! One double cannot hold today's time in nanoseconds, and a `BigInt` for each event would cost more
//! than the event. NaN for the first is no time; NaN for the second says that the first is the clock's.
//! Deliberately absent: the clock, which the package reads.

use codomyrmex_telemetry::Error;

/// No time that the ledger takes, so that it refuses and counts it.
const INVALID: u64 = u64::MAX;

/// The first millisecond past the last moment there is, 2^63 - 1 ns.
const MILLIS_END: f64 = 9_223_372_036_855.0;

/// The moment that was given; `None` where `ms` is NaN, by which JavaScript says that it gave none.
#[inline]
pub(crate) fn given(ms: f64, ns: f64) -> Option<u64> {
    (!ms.is_nan()).then(|| nanos(ms).saturating_add(ns as u64))
}

/// The moment that was asked about.
///
/// # Errors
/// [`Error::InvalidArgument`] for one outside the years 1970 to 2262.
pub(crate) fn asked(ms: f64, ns: f64) -> Result<Option<u64>, Error> {
    match given(ms, ns) {
        Some(at) if at > i64::MAX as u64 => Err(Error::InvalidArgument(format!(
            "the time {ms} ms is outside 1970 to 2262; numbers are milliseconds since 1970, bigints nanoseconds"
        ))),
        at => Ok(at),
    }
}

/// Milliseconds as nanoseconds: exact for whole ones, to the nearest nanosecond for others.
#[inline]
pub(crate) fn nanos(ms: f64) -> u64 {
    if !(0.0..MILLIS_END).contains(&ms) {
        return INVALID;
    }
    let whole = ms.trunc();
    let rest = ((ms - whole) * 1e6).round(); // the difference is exact: both have one sign and scale
    whole as u64 * 1_000_000 + rest as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_milliseconds_are_exact() {
        for ms in [0u64, 1, 1_767_225_600_000, 9_007_199_254_740, 9_223_372_036_854] {
            assert_eq!(nanos(ms as f64), ms * 1_000_000);
        }
        assert_eq!(given(9_223_372_036_854.0, 775_807.0), Some(i64::MAX as u64));
    }

    #[test]
    fn fractions_go_to_the_nearest_nanosecond() {
        assert_eq!(nanos(0.1), 100_000);
        assert_eq!(nanos(1.000_000_4), 1_000_000);
        assert_eq!(nanos(1.999_999_9), 2_000_000);
        assert_eq!(nanos(1_767_225_600_000.5), 1_767_225_600_000_500_000);
    }

    #[test]
    fn what_is_no_time_is_invalid_and_nan_is_none() {
        for ms in [-1.0, -0.001, f64::INFINITY, f64::NEG_INFINITY, 1e300, MILLIS_END] {
            assert!(nanos(ms) > i64::MAX as u64, "{ms}");
            assert!(asked(ms, 0.0).is_err(), "{ms}");
        }
        assert_eq!(nanos(f64::NAN), INVALID);
        assert_eq!(given(f64::NAN, 0.0), None);
        assert_eq!(nanos(-0.0), 0);
    }
}
