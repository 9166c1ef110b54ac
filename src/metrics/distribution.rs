//! What becomes of observed values: counts in buckets or quantiles, and beside them the exact sum, the
//! extremes and the time.
//!
//! All merge exactly. Deliberately absent: the buckets' geometry (see `exponential`, `values`).

use alloc::vec;
use alloc::vec::Vec;

use super::exemplar::{PLACES, octave};
use super::exponential::{Exponential, ExponentialOptions};
use super::{Exemplar, Exemplars, Quantile, Values};
use crate::float::Double;
use crate::sum::ExactSum;
use crate::time::{Extent, Timestamp};

/// What is known of values whatever is done with them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Their exact sum.
    pub sum: ExactSum,
    /// The least and the greatest; `None` before the first.
    pub extremes: Option<(Double, Double)>,
    /// The time they are known to cover.
    pub extent: Extent,
    /// Some of them, with their traces; none of a summary, whose exports have no place for them.
    pub exemplars: Exemplars,
}

/// Counts in fixed buckets, not cumulated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Histogram {
    /// One count a bound, and one for the bucket to infinity.
    pub counts: Vec<u64>,
    /// What else is known.
    pub tally: Tally,
}

/// Counts in buckets whose width follows the values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExponentialHistogram {
    /// The buckets.
    pub buckets: Exponential,
    /// What else is known.
    pub tally: Tally,
}

/// Values, as exactly as its settings and their number allow.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// The values.
    pub values: Values,
    /// What else is known.
    pub tally: Tally,
}

impl Tally {
    /// Counts a finite value, so many times.
    pub(super) fn observe(&mut self, value: f64, times: u64, at: Option<Timestamp>) {
        if times == 1 {
            self.sum.add(value);
        } else {
            self.sum.add_times(value, times);
        }
        // Of the two zeros neither is less; the positive one stands for both.
        let value = value + 0.0;
        match &mut self.extremes {
            Some((least, _)) if value < least.get() => *least = Double::new(value),
            Some((_, greatest)) if value > greatest.get() => *greatest = Double::new(value),
            Some(_) => {}
            None => self.extremes = Some((Double::new(value), Double::new(value))),
        }
        if let Some(at) = at {
            self.extent.cover(at);
        }
    }

    fn merge(&mut self, other: &Self, places: usize, bucket: impl Fn(Double) -> usize) {
        self.sum.merge(&other.sum);
        if let Some((least, greatest)) = other.extremes {
            self.extremes = Some(self.extremes.map_or((least, greatest), |(low, high)| (low.min(least), high.max(greatest))));
        }
        self.extent.merge(other.extent);
        self.exemplars.merge(&other.exemplars, places, bucket);
    }
}

/// The bucket of a value. It holds what is at most its bound (Prometheus `le`).
#[inline]
pub(super) fn bucket(bounds: &[Double], value: f64) -> usize {
    if bounds.len() <= 16 {
        // Without a branch for each bound, which a processor could not foresee.
        return bounds.iter().map(|bound| usize::from(bound.get() < value)).sum();
    }
    bounds.partition_point(|bound| bound.get() < value)
}

impl Histogram {
    pub(super) fn new(bounds: &[Double]) -> Self {
        Self { counts: vec![0; bounds.len() + 1], tally: Tally::default() }
    }

    /// Records a finite value, so many times.
    pub(super) fn observe(&mut self, bounds: &[Double], value: f64, times: u64, at: Option<Timestamp>) {
        if let Some(count) = self.counts.get_mut(bucket(bounds, value)) {
            *count = count.saturating_add(times);
        }
        self.tally.observe(value, times, at);
    }

    pub(super) fn offer(&mut self, bounds: &[Double], exemplar: Exemplar) {
        self.tally.exemplars.offer(exemplar, self.counts.len(), |value| bucket(bounds, value.get()));
    }

    pub(super) fn merge(&mut self, bounds: &[Double], other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.tally.merge(&other.tally, self.counts.len(), |value| bucket(bounds, value.get()));
    }

    /// How many values it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl ExponentialHistogram {
    pub(super) fn new(options: &ExponentialOptions) -> Self {
        Self { buckets: Exponential::new(options), tally: Tally::default() }
    }

    pub(super) fn observe(&mut self, options: &ExponentialOptions, value: f64, times: u64, at: Option<Timestamp>) {
        self.buckets.observe(options, value, times);
        self.tally.observe(value, times, at);
    }

    pub(super) fn merge(&mut self, options: &ExponentialOptions, other: &Self) {
        self.buckets.merge(options, &other.buckets);
        self.tally.merge(&other.tally, PLACES, octave);
    }

    /// How many values it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.count()
    }
}

impl Summary {
    pub(super) fn observe(&mut self, digits: u8, value: f64, times: u64, at: Option<Timestamp>) {
        self.values.observe(digits, value, times);
        self.tally.observe(value, times, at);
    }

    pub(super) fn merge(&mut self, digits: u8, other: &Self) {
        self.values.merge(digits, &other.values);
        self.tally.merge(&other.tally, PLACES, octave);
    }

    /// How many values it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.values.count()
    }

    /// The value below or at which this share of all lies, 0 to 1; `None` where there are none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Quantile> {
        let extremes = self.tally.extremes.map(|(least, greatest)| (least.get(), greatest.get()));
        self.values.quantile(share, extremes)
    }
}
