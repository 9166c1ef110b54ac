//! Points: what a series has come to, and how two of them become one.
//!
//! Every merge here is commutative and associative, so a point depends on what was recorded and on
//! nothing else. Deliberately absent: names and labels.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::exemplar::{PLACES, octave};
use super::{Exemplar, Exemplars, Exponential, ExponentialHistogram, Histogram, Instrument, Summary};
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
    /// Of an exponential histogram.
    ExponentialHistogram(Box<ExponentialHistogram>),
    /// Of a summary.
    Summary(Box<Summary>),
    /// Of an info: that there is one.
    Info,
    /// Of a state: 1 or 0.
    State(Gauge),
}

/// An exact sum and the time it is known to cover.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Total {
    /// The sum.
    pub sum: ExactSum,
    /// The time.
    pub extent: Extent,
    /// One addition, with its trace; at most one.
    pub exemplar: Option<Box<Exemplars>>, // not empty
}

/// The last write of a gauge: latest by event time, then greatest by bit pattern, so that neither
/// the writer nor the order of arrival decides.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Gauge {
    /// When and what; `None` before the first write.
    pub last: Option<(Timestamp, Double)>,
}

impl Point {
    /// A point to which nothing has happened.
    #[must_use]
    pub fn new(instrument: &Instrument) -> Self {
        match instrument {
            Instrument::Counter => Self::Counter(Total::default()),
            Instrument::UpDownCounter => Self::UpDownCounter(Total::default()),
            Instrument::Gauge => Self::Gauge(Gauge::default()),
            Instrument::Histogram(bounds) => Self::Histogram(Box::new(Histogram::new(bounds))),
            Instrument::ExponentialHistogram(options) => Self::ExponentialHistogram(Box::new(ExponentialHistogram::new(options))),
            Instrument::Summary(_) => Self::Summary(Box::default()),
            Instrument::Info => Self::Info,
            Instrument::StateSet(_) => Self::State(Gauge::default()),
        }
    }

    /// Adds another point of the same schema.
    pub fn merge(&mut self, instrument: &Instrument, other: &Self) {
        match (self, other, instrument) {
            (Self::Counter(total), Self::Counter(more), _) | (Self::UpDownCounter(total), Self::UpDownCounter(more), _) => {
                total.merge(more);
            }
            (Self::Gauge(gauge), Self::Gauge(other), _) | (Self::State(gauge), Self::State(other), _) => {
                if let Some((at, value)) = other.last {
                    gauge.set(at, value);
                }
            }
            (Self::Histogram(histogram), Self::Histogram(more), Instrument::Histogram(bounds)) => histogram.merge(bounds, more),
            (Self::ExponentialHistogram(histogram), Self::ExponentialHistogram(more), Instrument::ExponentialHistogram(options)) => {
                histogram.merge(options, more);
            }
            (Self::Summary(summary), Self::Summary(more), Instrument::Summary(options)) => summary.merge(options.digits, more),
            (Self::Info, Self::Info, _) => {}
            // A schema fixes the kind of all its points: the registry makes them by it and the
            // decoder refuses others.
            _ => debug_assert!(false, "points of one schema are of one kind"),
        }
    }

    /// Whether merging it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Counter(total) | Self::UpDownCounter(total) => {
                total.sum.is_zero() && total.extent == Extent::default() && total.exemplar.is_none()
            }
            Self::Gauge(gauge) | Self::State(gauge) => gauge.last.is_none(),
            Self::Histogram(histogram) => histogram.tally.extremes.is_none() && histogram.tally.exemplars.as_slice().is_empty(),
            Self::ExponentialHistogram(histogram) => histogram.tally.extremes.is_none() && histogram.tally.exemplars.as_slice().is_empty(),
            Self::Summary(summary) => summary.tally.extremes.is_none() && summary.tally.exemplars.as_slice().is_empty(),
            Self::Info => true,
        }
    }

    /// Offers an exemplar. A gauge and a fact keep none.
    pub(super) fn offer(&mut self, instrument: &Instrument, exemplar: Exemplar) {
        match (self, instrument) {
            (Self::Counter(total), _) => total.exemplar.get_or_insert_default().offer(exemplar, 1, |_| 0),
            (Self::Histogram(histogram), Instrument::Histogram(bounds)) => histogram.offer(bounds, exemplar),
            (Self::ExponentialHistogram(histogram), _) => histogram.tally.exemplars.offer(exemplar, PLACES, octave),
            _ => {}
        }
    }

    /// Its exemplars.
    #[must_use]
    pub fn exemplars(&self) -> &[Exemplar] {
        match self {
            Self::Counter(total) | Self::UpDownCounter(total) => total.exemplar.as_deref().map_or(&[], Exemplars::as_slice),
            Self::Histogram(histogram) => histogram.tally.exemplars.as_slice(),
            Self::ExponentialHistogram(histogram) => histogram.tally.exemplars.as_slice(),
            Self::Summary(_) | Self::Gauge(_) | Self::State(_) | Self::Info => &[],
        }
    }

    /// Of a histogram of either kind, each bucket that holds something: two doubles between which its values lie,
    /// and how many there are. A bucket without an end is as wide as doubles are.
    pub(crate) fn ranges(&self, instrument: &Instrument) -> Vec<(f64, f64, u64)> {
        let mut ranges = Vec::new();
        match (self, instrument) {
            (Self::Histogram(histogram), Instrument::Histogram(bounds)) => {
                let mut low = f64::MIN;
                for (place, count) in histogram.counts.iter().enumerate() {
                    let high = bounds.get(place).map_or(f64::MAX, |bound| bound.get());
                    ranges.push((low, high, *count));
                    low = high.next_up(); // a bucket holds what is at most its bound
                }
            }
            (Self::ExponentialHistogram(histogram), Instrument::ExponentialHistogram(options)) => {
                let (buckets, zero) = (&histogram.buckets, options.zero_threshold.get());
                ranges.push((-zero, zero, buckets.zero_count()));
                // Bounds are rounded, so what is next to one may be on either side of it.
                let wide = |index| {
                    let (low, high) = Exponential::bounds(buckets.scale(), index);
                    (low.next_down(), high.next_up())
                };
                ranges.extend((buckets.positive().offset()..).zip(buckets.positive().counts()).map(|(index, count)| {
                    let (low, high) = wide(index);
                    (low, high, *count)
                }));
                ranges.extend((buckets.negative().offset()..).zip(buckets.negative().counts()).map(|(index, count)| {
                    let (low, high) = wide(index);
                    (-high, -low, *count)
                }));
            }
            _ => {}
        }
        ranges.retain(|(_, _, count)| *count > 0);
        ranges
    }

    /// The time that it is known to cover.
    #[must_use]
    pub fn extent(&self) -> Extent {
        match self {
            Self::Counter(total) | Self::UpDownCounter(total) => total.extent,
            Self::Histogram(histogram) => histogram.tally.extent,
            Self::ExponentialHistogram(histogram) => histogram.tally.extent,
            Self::Summary(summary) => summary.tally.extent,
            Self::Gauge(gauge) | Self::State(gauge) => gauge.last.map_or_else(Extent::default, |(at, _)| Extent::of(at)),
            Self::Info => Extent::default(),
        }
    }
}

impl Total {
    fn merge(&mut self, other: &Self) {
        self.sum.merge(&other.sum);
        self.extent.merge(other.extent);
        if let Some(exemplar) = &other.exemplar {
            self.exemplar.get_or_insert_default().merge(exemplar, 1, |_| 0);
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
