//! Data points of `wasi:otel` as points of the ledger: exactly, or not at all.
//!
//! A sum of whole numbers is added in parts that doubles hold, and a difference of sums is an exact sum of both.
//! Deliberately absent: what came before a point; `stream` knows that.

use codomyrmex_telemetry::limits::EXPONENTIAL_SIZE_MAX;
use codomyrmex_telemetry::metrics::{Exemplar, Exponential, ExponentialHistogram, Histogram, Point, Tally, Total};
use codomyrmex_telemetry::{Double, ExactSum, ExponentialOptions, Extent, Outcome};

use super::bindings::metrics;
use super::convert;

/// Why a point was not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    pub(super) why: String,
    pub(super) count: Option<Outcome>, // `None` where the ledger has counted it
}

/// The type that the numbers of a metric have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Type {
    F64,
    U64,
    S64,
}

/// A number of a point.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Number {
    Double(f64), // finite
    Whole(i128), // of 64 bits, with or without a sign
}

/// What a point counts.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub(super) sum: Number,
    pub(super) buckets: Buckets,
    pub(super) extremes: Option<(f64, f64)>, // where there are buckets with something in them
}

/// Where it counts it.
#[derive(Clone, Debug)]
pub(super) enum Buckets {
    None,
    Fixed(Vec<u64>),
    Exponential(Exponential),
}

impl Refusal {
    pub(super) fn new(count: Outcome, why: impl Into<String>) -> Self {
        Self { why: why.into(), count: Some(count) }
    }
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::U64 => "u64",
            Self::S64 => "s64",
        }
    }

    /// The number, if it is of this type, and finite.
    pub(super) fn read(self, number: metrics::MetricNumber) -> Result<Number, Refusal> {
        let (number, is) = match number {
            metrics::MetricNumber::F64(value) if !value.is_finite() => {
                return Err(Refusal::new(Outcome::InvalidValue, format!("{value} is no finite number")));
            }
            metrics::MetricNumber::F64(value) => (Number::Double(value), Self::F64),
            metrics::MetricNumber::U64(value) => (Number::Whole(value.into()), Self::U64),
            metrics::MetricNumber::S64(value) => (Number::Whole(value.into()), Self::S64),
        };
        if is == self {
            return Ok(number);
        }
        Err(Refusal::new(Outcome::InvalidValue, format!("an {} among {}", is.name(), self.name())))
    }
}

impl Number {
    /// The nearest double.
    pub(super) const fn value(self) -> f64 {
        match self {
            Self::Double(value) => value,
            Self::Whole(value) => value as f64,
        }
    }

    pub(super) fn is_negative(self) -> bool {
        self.value() < 0.0
    }

    /// Adds it, or takes it away.
    pub(super) fn add_to(self, sum: &mut ExactSum, is_added: bool) {
        let mut add = |value: f64| _ = sum.add(if is_added { value } else { -value }); // all are finite
        match self {
            Self::Double(value) => add(value),
            Self::Whole(value) => {
                let low = value & 0xffff_ffff; // both parts are exact in a double
                add((value - low) as f64);
                add(low as f64);
            }
        }
    }
}

/// What a histogram's point counts.
pub(super) fn fixed(of: Type, point: &metrics::HistogramDataPoint) -> Result<Counted, Refusal> {
    let mut counts = point.bucket_counts.clone();
    if counts.is_empty() && point.bounds.is_empty() {
        counts.push(point.count); // an SDK without buckets says only how many there were
    }
    if counts.len() != point.bounds.len() + 1 {
        let why = format!("{} bounds need {} counts, not {}", point.bounds.len(), point.bounds.len() + 1, counts.len());
        return Err(Refusal::new(Outcome::InvalidValue, why));
    }
    let total = counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count));
    let extremes = extremes(of, (total, point.count), (point.min, point.max))?;
    Ok(Counted { sum: of.read(point.sum)?, buckets: Buckets::Fixed(counts), extremes })
}

/// The settings of every exponential histogram that comes in: the defaults of OpenTelemetry, and its zero threshold.
pub(super) const fn options(zero_threshold: f64) -> ExponentialOptions {
    ExponentialOptions::new(160, 20, zero_threshold)
}

/// What an exponential histogram's point counts.
pub(super) fn exponential(of: Type, point: &metrics::ExponentialHistogramDataPoint) -> Result<Counted, Refusal> {
    let widest = ExponentialOptions { max_size: EXPONENTIAL_SIZE_MAX, ..options(point.zero_threshold) };
    let (positive, negative) = (trimmed(&point.positive_bucket)?, trimmed(&point.negative_bucket)?);
    let is_bare = positive.1.is_empty() && negative.1.is_empty();
    let scale = if is_bare { widest.max_scale } else { point.scale.into() };
    let buckets = Exponential::from_parts(&widest, scale, point.zero_count, positive, negative).ok_or_else(|| {
        let why = format!("buckets of scale {} that no doubles come into, or more than {EXPONENTIAL_SIZE_MAX} of a sign", point.scale);
        Refusal::new(Outcome::InvalidValue, why)
    })?;
    let signs = [buckets.positive().counts(), buckets.negative().counts()].concat();
    let total = signs.iter().try_fold(buckets.zero_count(), |sum, count| sum.checked_add(*count));
    let extremes = extremes(of, (total, point.count), (point.min, point.max))?;
    Ok(Counted { sum: of.read(point.sum)?, buckets: Buckets::Exponential(buckets), extremes })
}

/// An offset and counts of which the ends are not zero.
fn trimmed(bucket: &metrics::ExponentialBucket) -> Result<(i32, Vec<u64>), Refusal> {
    let Some(first) = bucket.counts.iter().position(|count| *count > 0) else { return Ok((0, Vec::new())) };
    let last = bucket.counts.iter().rposition(|count| *count > 0).unwrap_or(first);
    let offset = i32::try_from(first).ok().and_then(|first| bucket.offset.checked_add(first));
    let offset = offset.ok_or_else(|| Refusal::new(Outcome::InvalidValue, "an index of a bucket past 32 bits"))?;
    Ok((offset, bucket.counts.get(first..=last).unwrap_or_default().to_vec()))
}

/// The least and the greatest, which a point that counts anything must say, since nobody can make them up; and as
/// many in all as in the buckets.
fn extremes(
    of: Type,
    (total, said): (Option<u64>, u64),
    ends: (Option<metrics::MetricNumber>, Option<metrics::MetricNumber>),
) -> Result<Option<(f64, f64)>, Refusal> {
    if total != Some(said) {
        return Err(Refusal::new(Outcome::InvalidValue, format!("the buckets do not hold the {said} values of the count")));
    }
    if said == 0 {
        return Ok(None);
    }
    let (Some(least), Some(greatest)) = ends else {
        return Err(Refusal::new(Outcome::InvalidValue, "no least and greatest value; have the SDK record them"));
    };
    let (least, greatest) = (of.read(least)?.value() + 0.0, of.read(greatest)?.value() + 0.0); // of two zeros the positive
    if least > greatest {
        return Err(Refusal::new(Outcome::InvalidValue, format!("the least value {least} is above the greatest {greatest}")));
    }
    Ok(Some((least, greatest)))
}

/// The ledger's point of what was counted in a time; `None` where that is nothing.
pub(super) fn point(is_monotonic: bool, sum: ExactSum, buckets: Buckets, extremes: Option<(f64, f64)>, extent: Extent) -> Option<Point> {
    let extremes = extremes.map(|(least, greatest)| (Double::new(least), Double::new(greatest)));
    match buckets {
        Buckets::None if is_monotonic => Some(Point::Counter(Total { sum, extent, exemplar: None })),
        Buckets::None => Some(Point::UpDownCounter(Total { sum, extent, exemplar: None })),
        Buckets::Fixed(counts) => {
            let is_nothing = sum.is_zero() && counts.iter().all(|count| *count == 0);
            let tally = Tally { sum, extremes, extent, ..Tally::default() };
            (!is_nothing).then(|| Point::Histogram(Box::new(Histogram { counts, tally })))
        }
        Buckets::Exponential(buckets) => {
            let is_nothing = sum.is_zero() && buckets.count() == 0;
            let tally = Tally { sum, extremes, extent, ..Tally::default() };
            (!is_nothing).then(|| Point::ExponentialHistogram(Box::new(ExponentialHistogram { buckets, tally })))
        }
    }
}

/// The exemplars that can be kept: with a trace, a span, a time, and a number of the metric's type.
pub(super) fn exemplars(of: Type, list: Vec<metrics::Exemplar>) -> Vec<Exemplar> {
    let exemplar = |exemplar: metrics::Exemplar| {
        Some(Exemplar {
            value: Double::new(of.read(exemplar.value).ok()?.value()),
            at: convert::time(exemplar.time).ok()?,
            trace_id: convert::trace_id(&exemplar.trace_id).ok()?,
            span_id: convert::span_id(&exemplar.span_id).ok()?,
        })
    };
    list.into_iter().filter_map(exemplar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_64_bits_are_added_exactly() {
        let mut sum = ExactSum::default();
        Number::Whole(u64::MAX.into()).add_to(&mut sum, true);
        Number::Whole(i128::from(u64::MAX) - 3).add_to(&mut sum, false);
        assert_eq!(sum.value(), 3.0);
        Number::Whole(i64::MIN.into()).add_to(&mut sum, true);
        Number::Whole(i128::from(i64::MIN) + 5).add_to(&mut sum, false);
        assert_eq!(sum.value(), -2.0);
        Number::Double(0.1).add_to(&mut sum, true);
        Number::Double(0.1).add_to(&mut sum, false);
        assert_eq!(sum.value(), -2.0);
    }
}
