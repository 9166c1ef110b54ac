//! Points that were made elsewhere: what comes in as counts and sums, where the values are gone.
//!
//! A point is checked as one that is read from bytes is, or the delta that it comes to stand in would be refused
//! with all that stands beside it. Deliberately absent: gauges, states and summaries, which are written and
//! observed as values.

use super::exponential::{Exponential, ExponentialOptions};
use super::{ExponentialHistogram, Histogram, Instrument, Point, Registry, SeriesId, Tally, Total};
use crate::Outcome;
use crate::float::Double;
use crate::limits::EXPONENTIAL_SIZE_MAX;
use crate::time::Extent;

impl Registry {
    /// Adds a point of the same kind to a series, exactly.
    pub(crate) fn merge(&mut self, series: SeriesId, point: &Point) -> Outcome {
        let Some((cell, live)) = self.cell(series) else { return Outcome::UnknownId };
        let outcome = check(&live.schema.instrument, point);
        if !outcome.is_recorded() {
            return outcome;
        }
        let at = point.extent().bounds().map(|(_, last)| last);
        if cell.needs_time && at.is_none() {
            return Outcome::InvalidTime;
        }
        cell.series.point.merge(&live.schema.instrument, point);
        if let Some(at) = at.filter(|_| cell.needs_time) {
            super::record::recent(cell, live, at, |recent, instrument| recent.merge(instrument, point));
        }
        Outcome::Recorded
    }
}

/// Whether a point can be one of an instrument's.
fn check(instrument: &Instrument, point: &Point) -> Outcome {
    let is_right = match (instrument, point) {
        (Instrument::Counter, Point::Counter(total)) => !total.sum.parts().negative && is_bare(total),
        (Instrument::UpDownCounter, Point::UpDownCounter(total)) => is_bare(total),
        (Instrument::Histogram(bounds), Point::Histogram(histogram)) => {
            let Histogram { counts, tally } = &**histogram;
            counts.len() == bounds.len() + 1 && is_of(tally, histogram.count())
        }
        (Instrument::ExponentialHistogram(options), Point::ExponentialHistogram(histogram)) => {
            let ExponentialHistogram { buckets, tally } = &**histogram;
            is_possible(options, buckets) && is_of(tally, buckets.count())
        }
        _ => return Outcome::WrongKind,
    };
    if is_right { Outcome::Recorded } else { Outcome::InvalidValue }
}

/// Exemplars are offered one by one, so that each is looked at.
fn is_bare(total: &Total) -> bool {
    total.exemplar.is_none()
}

/// Whether a tally can be that of so many values.
fn is_of(tally: &Tally, count: u64) -> bool {
    let are_extremes = |(least, greatest): (Double, Double)| {
        let is_value = |value: Double| value.get().is_finite() && value != Double::new(-0.0);
        is_value(least) && is_value(greatest) && least <= greatest
    };
    let is_something = tally.extremes.is_some_and(are_extremes);
    let is_nothing = tally.extremes.is_none() && tally.sum.is_zero() && tally.extent == Extent::default();
    tally.exemplars.as_slice().is_empty() && if count > 0 { is_something } else { is_nothing }
}

/// Whether doubles can come into such buckets under the zero threshold of a family. More of them than it keeps
/// become coarser.
fn is_possible(options: &ExponentialOptions, buckets: &Exponential) -> bool {
    let widest = ExponentialOptions { max_size: EXPONENTIAL_SIZE_MAX, ..*options };
    let [positive, negative] = [buckets.positive(), buckets.negative()].map(|sign| (sign.offset(), sign.counts().to_vec()));
    let scale = if buckets.is_bare() { options.max_scale } else { buckets.scale() }; // nothing is of no scale
    // Finer than the family's is no matter: a merge has the coarser of two scales.
    let widest = ExponentialOptions { max_scale: scale.max(options.max_scale), ..widest };
    Exponential::from_parts(&widest, scale, buckets.zero_count(), positive, negative).is_some()
}
