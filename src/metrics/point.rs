//! Points: what a series has come to, and how two of them become one.
//!
//! Every merge here is commutative and associative, so a point depends on what was recorded and on
//! nothing else. Deliberately absent: names and labels.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::Instrument;
use crate::float::Double;
use crate::sum::ExactSum;
use crate::time::{Extent, Timestamp};

/// What a series has come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Point {
    /// Of a counter.
    Counter(Total),
    /// Of an up-down-counter.
    UpDownCounter(Total),
    /// Of a gauge.
    Gauge(Gauge),
    /// Of a histogram.
    Histogram(Box<Histogram>),
}

/// An exact sum and the time it is known to cover.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Total {
    /// The sum.
    pub sum: ExactSum,
    /// The time.
    pub extent: Extent,
}

/// The last write of a gauge: latest by event time, then greatest by bit pattern, so that neither
/// the writer nor the order of arrival decides.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Gauge {
    /// When and what; `None` before the first write.
    pub last: Option<(Timestamp, Double)>,
}

/// Counts in fixed buckets, not cumulated, and the exact sum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Histogram {
    /// One count a bound, and one for the bucket to infinity.
    pub counts: Vec<u64>,
    /// The sum of all values.
    pub sum: ExactSum,
    /// The time.
    pub extent: Extent,
}

impl Point {
    /// A point to which nothing has happened.
    #[must_use]
    pub fn new(instrument: &Instrument) -> Self {
        match instrument {
            Instrument::Counter => Self::Counter(Total::default()),
            Instrument::UpDownCounter => Self::UpDownCounter(Total::default()),
            Instrument::Gauge => Self::Gauge(Gauge::default()),
            Instrument::Histogram(bounds) => Self::Histogram(Box::new(Histogram {
                counts: vec![0; bounds.len() + 1],
                sum: ExactSum::default(),
                extent: Extent::default(),
            })),
        }
    }

    /// Adds another point of the same schema.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Counter(total), Self::Counter(more)) | (Self::UpDownCounter(total), Self::UpDownCounter(more)) => {
                total.sum.merge(&more.sum);
                total.extent.merge(more.extent);
            }
            (Self::Gauge(gauge), Self::Gauge(other)) => {
                if let Some((at, value)) = other.last {
                    gauge.set(at, value);
                }
            }
            (Self::Histogram(histogram), Self::Histogram(more)) => {
                for (count, more) in histogram.counts.iter_mut().zip(&more.counts) {
                    *count = count.saturating_add(*more);
                }
                histogram.sum.merge(&more.sum);
                histogram.extent.merge(more.extent);
            }
            // A schema fixes the kind of all its points: the registry makes them by it and the
            // decoder refuses others.
            _ => debug_assert!(false, "points of one schema are of one kind"),
        }
    }

    /// Whether merging it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Counter(total) | Self::UpDownCounter(total) => total.sum.is_zero() && total.extent == Extent::default(),
            Self::Gauge(gauge) => gauge.last.is_none(),
            Self::Histogram(histogram) => histogram.counts.iter().all(|count| *count == 0),
        }
    }
}

impl Gauge {
    /// Writes a value at a time.
    pub fn set(&mut self, at: Timestamp, value: Double) {
        let order = |(at, value): (Timestamp, Double)| (at, value.get().to_bits());
        if self.last.is_none_or(|last| order(last) < order((at, value))) {
            self.last = Some((at, value));
        }
    }
}

impl Histogram {
    /// Records a finite value. A bucket holds what is at most its bound (Prometheus `le`).
    pub fn observe(&mut self, bounds: &[Double], value: f64) {
        let bucket = bounds.partition_point(|bound| bound.get() < value);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count = count.saturating_add(1);
        }
        self.sum.add(value);
    }

    /// How many values it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}
