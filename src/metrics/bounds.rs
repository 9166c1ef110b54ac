//! Upper bounds for histograms: the defaults of the field, and two ways to make others.
//!
//! Deliberately absent: bounds that follow the data; an exponential histogram has those.

use alloc::format;
use alloc::vec::Vec;

use crate::Error;
use crate::limits::BOUNDS_MAX;

/// The default bounds of Prometheus' client libraries, for seconds.
pub const DEFAULT_BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The default bounds of OpenTelemetry (Metrics SDK, section Explicit Bucket Histogram Aggregation),
/// for milliseconds.
pub const OTEL_BOUNDS: [f64; 15] =
    [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0, 7_500.0, 10_000.0];

/// So many bounds, the first at `start`, each `width` above the one before.
///
/// # Errors
/// [`Error::InvalidArgument`] where they would not be finite and rising, [`Error::Limit`] for more
/// than [`BOUNDS_MAX`].
pub fn linear_bounds(start: f64, width: f64, count: usize) -> Result<Vec<f64>, Error> {
    made(count, |place| start + width * place as f64)
}

/// So many bounds, the first at `start`, each `factor` times the one before.
///
/// # Errors
/// As [`linear_bounds`].
pub fn exponential_bounds(start: f64, factor: f64, count: usize) -> Result<Vec<f64>, Error> {
    let mut bound = start;
    made(count, |place| {
        bound = if place == 0 { start } else { bound * factor };
        bound
    })
}

fn made(count: usize, bound: impl FnMut(usize) -> f64) -> Result<Vec<f64>, Error> {
    if count > BOUNDS_MAX {
        return Err(Error::Limit(format!("{count} bounds; a histogram has at most {BOUNDS_MAX}")));
    }
    let bounds: Vec<f64> = (0..count).map(bound).collect();
    let rising = bounds.iter().zip(bounds.iter().skip(1)).all(|(low, high)| low < high);
    if !rising || !bounds.iter().all(|bound| bound.is_finite()) {
        return Err(Error::InvalidArgument(format!("{count} bounds of that start and step are not finite and rising")));
    }
    Ok(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_made_by_sums_or_products() {
        assert_eq!(linear_bounds(1.0, 0.5, 4), Ok([1.0, 1.5, 2.0, 2.5].into()));
        assert_eq!(exponential_bounds(0.25, 4.0, 4), Ok([0.25, 1.0, 4.0, 16.0].into()));
        assert_eq!(linear_bounds(1.0, 0.0, 1), Ok([1.0].into()));
        assert!(matches!(linear_bounds(1.0, 0.0, 2), Err(Error::InvalidArgument(_))));
        assert!(matches!(exponential_bounds(1.0, 1e200, 3), Err(Error::InvalidArgument(_))));
        assert!(matches!(exponential_bounds(1.0, 2.0, BOUNDS_MAX + 1), Err(Error::Limit(_))));
    }
}
