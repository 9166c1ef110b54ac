//! Questions about what was recorded: value, rate, quantile, top.
//!
//! They are asked of a snapshot, or of a series and its schema, and answered from them alone: no clock.
//! Deliberately absent: a language; dashboards that want one have Prometheus.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;
use crate::float::Double;
use crate::metrics::{Exponential, Families, Family, Instrument, Point, Quantile, Schema, Series, SeriesKey};
use crate::time::Timestamp;

const SECOND_NS: f64 = 1e9;

/// A series of a snapshot, to be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'s> {
    /// What its family is.
    pub schema: &'s Schema,
    /// What it came to.
    pub series: &'s Series,
}

/// A series and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its label values; `None` stands for all label sets past the limit together.
    pub labels: Option<Vec<String>>,
    /// Its value, as [`value`] has it.
    pub value: f64,
}

/// The series with these labels in the one family that is known by a name, with or without `_total`.
///
/// # Errors
/// [`Error::Unknown`] where there is no such family or series, [`Error::Conflict`] where writers
/// declared several families of that name.
pub fn series<'s>(families: &'s Families, name: &str, labels: &[(&str, &str)]) -> Result<Asked<'s>, Error> {
    let (schema, family) = family(families, name)?;
    let value = |label: &String| labels.iter().find(|(name, _)| name == label).map(|(_, value)| String::from(*value));
    let values: Option<Vec<String>> = schema.labels.iter().map(value).collect();
    let found = values.filter(|values| values.len() == labels.len()).and_then(|values| family.series.get(&SeriesKey::new(values)));
    let series = found.ok_or_else(|| {
        Error::Unknown(format!("'{name}' has no series with the labels {labels:?}; its labels are {}", schema.labels.join(", ")))
    })?;
    Ok(Asked { schema, series })
}

/// The one family that is known by a name, with or without `_total`.
///
/// # Errors
/// As [`series`].
pub fn family<'s>(families: &'s Families, name: &str) -> Result<(&'s Schema, &'s Family), Error> {
    let mut found = families.0.iter().filter(|(schema, _)| schema.name == name || schema.exposed_name() == name);
    let first = found.next().ok_or_else(|| Error::Unknown(format!("there is no family '{name}'")))?;
    if found.next().is_some() {
        return Err(Error::Conflict(format!("writers declared '{name}' in different ways; ask for one of them by its schema")));
    }
    Ok(first)
}

/// The series of a family with the greatest values, the greatest first, of equal ones in the order of
/// their labels.
#[must_use]
pub fn top(schema: &Schema, family: &Family, count: usize) -> Vec<Row> {
    let all = family.series.iter().map(|(key, series)| (Some(key.values()), series));
    let all = all.chain(family.overflow.iter().map(|series| (None, series)));
    let mut rows: Vec<_> = all.filter_map(|(labels, series)| Some((labels, Asked { schema, series }.value()?))).collect();
    rows.sort_by(|(_, a), (_, b)| Double::new(*b).cmp(&Double::new(*a))); // stable, so equal ones stay in order
    rows.truncate(count);
    rows.into_iter().map(|(labels, value)| Row { labels: labels.map(<[String]>::to_vec), value }).collect()
}

impl Asked<'_> {
    /// What it has come to: a sum, the last write, 1 of a fact, the number of values; `None` of a gauge
    /// that was never set.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        value(&self.series.point)
    }

    /// How fast it grew, per second of event time, in its family's window up to a time, or to its newest
    /// record; of what is observed, values per second.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where the family has no window.
    pub fn rate(&self, until: Option<Timestamp>) -> Result<f64, Error> {
        let Some((point, length)) = self.lately(until)? else { return Ok(0.0) };
        Ok(value(&point).unwrap_or(0.0) / (length as f64 / SECOND_NS))
    }

    /// The value at or below which this share of all observed values lies; `None` where there are none.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside 0 to 1, and for what has no quantiles.
    pub fn quantile(&self, share: f64) -> Result<Option<Quantile>, Error> {
        self.quantile_of(&self.series.point, share)
    }

    /// The same of its family's window up to a time, or to its newest record.
    ///
    /// # Errors
    /// As [`Asked::quantile`] and [`Asked::rate`].
    pub fn recent_quantile(&self, share: f64, until: Option<Timestamp>) -> Result<Option<Quantile>, Error> {
        match self.lately(until)? {
            Some((point, _)) => self.quantile_of(&point, share),
            None => self.quantile_of(&Point::new(&self.schema.instrument), share),
        }
    }

    /// The quantiles that a summary exports, by their shares: of its family's window up to the newest record,
    /// or of all where there is none; `None` where there are no values.
    #[must_use]
    pub fn exported_quantiles(&self) -> Vec<(f64, Option<Quantile>)> {
        let Instrument::Summary(options) = &self.schema.instrument else { return Vec::new() };
        let recent = self.lately(None).ok().flatten();
        let Point::Summary(summary) = recent.as_ref().map_or(&self.series.point, |(point, _)| point) else { return Vec::new() };
        options.quantiles.iter().map(|share| (share.get(), summary.quantile(share.get()))).collect()
    }

    fn lately(&self, until: Option<Timestamp>) -> Result<Option<(Point, u64)>, Error> {
        let window = self.schema.window.ok_or_else(|| {
            Error::InvalidArgument(format!("'{}' has no window; declare it with one to ask about lately", self.schema.exposed_name()))
        })?;
        Ok(self.series.recent.as_ref().and_then(|recent| recent.sum(&self.schema.instrument, window, until)))
    }

    fn quantile_of(&self, point: &Point, share: f64) -> Result<Option<Quantile>, Error> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::InvalidArgument(format!("a quantile is a share from 0 to 1; {share} is none")));
        }
        match (point, &self.schema.instrument) {
            (Point::Summary(summary), _) => Ok(summary.quantile(share)),
            (Point::Histogram(histogram), Instrument::Histogram(bounds)) => {
                let edges = |place: usize| {
                    let edge = |place: Option<usize>| place.and_then(|place| bounds.get(place)).map(|bound| bound.get());
                    (edge(place.checked_sub(1)).unwrap_or(f64::MIN), edge(Some(place)).unwrap_or(f64::MAX))
                };
                let counts = histogram.counts.iter().enumerate().map(|(place, count)| (edges(place), *count));
                Ok(interpolated(counts, histogram.count(), histogram.tally.extremes, share))
            }
            (Point::ExponentialHistogram(histogram), Instrument::ExponentialHistogram(options)) => {
                let counts = exponential_counts(&histogram.buckets, options.zero_threshold.get());
                Ok(interpolated(counts, histogram.count(), histogram.tally.extremes, share))
            }
            _ => Err(Error::InvalidArgument(format!(
                "'{}' is a {}, which has no quantiles",
                self.schema.exposed_name(),
                self.schema.instrument.name()
            ))),
        }
    }
}

/// What a point has come to, as one number.
#[must_use]
pub fn value(point: &Point) -> Option<f64> {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => Some(total.sum.value()),
        Point::Gauge(gauge) | Point::State(gauge) => gauge.last.map(|(_, value)| value.get()),
        Point::Histogram(histogram) => Some(histogram.count() as f64),
        Point::ExponentialHistogram(histogram) => Some(histogram.count() as f64),
        Point::Summary(summary) => Some(summary.count() as f64),
        Point::Info => Some(1.0),
    }
}

/// The buckets of an exponential histogram with their edges, rising. The lowest of a scale holds what is
/// subnormal too, so that it begins at what counts as zero.
fn exponential_counts(buckets: &Exponential, zero: f64) -> impl Iterator<Item = ((f64, f64), u64)> {
    let scale = buckets.scale();
    let edges = move |place: usize, offset: i32| {
        let (low, high) = Exponential::bounds(scale, offset + place as i32);
        (if low < f64::MIN_POSITIVE { 0.0 } else { low }, high)
    };
    let negative = buckets.negative();
    let below = negative.counts().iter().enumerate().rev().map(move |(place, count)| {
        let (low, high) = edges(place, negative.offset());
        ((-high, -low), *count)
    });
    let positive = buckets.positive();
    let above = positive.counts().iter().enumerate().map(move |(place, count)| (edges(place, positive.offset()), *count));
    below.chain([((-zero, zero), buckets.zero_count())]).chain(above)
}

/// The value of a rank in buckets with edges, on a line between these, which are no wider than the
/// extremes.
fn interpolated(
    buckets: impl Iterator<Item = ((f64, f64), u64)>,
    count: u64,
    extremes: Option<(Double, Double)>,
    share: f64,
) -> Option<Quantile> {
    let (least, greatest) = extremes.map(|(least, greatest)| (least.get(), greatest.get()))?;
    let rank = (share * count as f64).clamp(1.0, count as f64);
    let mut below = 0u64;
    for ((low, high), count) in buckets {
        let upto = below.saturating_add(count);
        if count > 0 && upto as f64 >= rank {
            let (low, high) = (low.clamp(least, greatest), high.clamp(least, greatest));
            let part = (rank - below as f64) / count as f64;
            let value = (low + (high - low) * part).clamp(low, high);
            return Some(Quantile { value, low, high });
        }
        below = upto;
    }
    Some(Quantile { value: greatest, low: greatest, high: greatest })
}
