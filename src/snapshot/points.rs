//! Points in canonical form: what a series has come to.
//!
//! A total is a sum, the time it covers and exemplars; a gauge is a time and a value, or null; a fact
//! is null. What was observed is buckets or values, and a tally: the sum, the extremes, the time,
//! exemplars. Deliberately absent: families and labels.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cbor::{Reader, Writer};
use crate::Error;
use crate::float::Double;
use crate::id::{SpanId, TraceId};
use crate::limits::{BOUNDS_MAX, SUMMARY_EXACT_MAX};
use crate::metrics::{
    Buckets, Exemplar, Exemplars, Exponential, ExponentialHistogram, ExponentialOptions, Form, Gauge, Histogram, Instrument, Point,
    Summary, Tally, Total, Values,
};
use crate::sum::ExactSum;
use crate::time::{Extent, Timestamp};

pub(super) fn write_point(writer: &mut Writer, point: &Point) {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => {
            writer.array(3);
            writer.sum(&total.sum);
            write_extent(writer, total.extent);
            write_exemplars(writer, point.exemplars());
        }
        Point::Gauge(gauge) | Point::State(gauge) => match gauge.last {
            Some((at, value)) => {
                writer.array(2);
                writer.unsigned(at.nanos());
                writer.double(value);
            }
            None => writer.null(),
        },
        Point::Histogram(histogram) => {
            writer.array(2);
            writer.array(histogram.counts.len());
            histogram.counts.iter().for_each(|count| writer.unsigned(*count));
            write_tally(writer, &histogram.tally);
        }
        Point::ExponentialHistogram(histogram) => {
            let buckets = &histogram.buckets;
            writer.array(5);
            writer.signed(buckets.scale().into());
            writer.unsigned(buckets.zero_count());
            write_buckets(writer, buckets.positive());
            write_buckets(writer, buckets.negative());
            write_tally(writer, &histogram.tally);
        }
        Point::Summary(summary) => {
            writer.array(2);
            write_values(writer, &summary.values);
            write_tally(writer, &summary.tally);
        }
        Point::Info => writer.null(),
    }
}

fn write_buckets(writer: &mut Writer, buckets: &Buckets) {
    writer.array(2);
    writer.signed(buckets.offset().into());
    writer.array(buckets.counts().len());
    buckets.counts().iter().for_each(|count| writer.unsigned(*count));
}

/// Values are a list of doubles; buckets, how many low bits their bounds have cleared, and a list of
/// lower bounds and counts.
fn write_values(writer: &mut Writer, values: &Values) {
    match values.form() {
        Form::Exact(values) => {
            writer.array(values.len());
            values.iter().for_each(|value| writer.double(*value));
        }
        Form::Buckets { cleared, buckets } => {
            writer.map(1);
            writer.unsigned(cleared.into());
            writer.array(buckets.len());
            for (low, count) in buckets {
                writer.array(2);
                writer.double(low);
                writer.unsigned(count);
            }
        }
    }
}

fn write_tally(writer: &mut Writer, tally: &Tally) {
    writer.array(4);
    writer.sum(&tally.sum);
    match tally.extremes {
        Some((least, greatest)) => {
            writer.array(2);
            writer.double(least);
            writer.double(greatest);
        }
        None => writer.null(),
    }
    write_extent(writer, tally.extent);
    write_exemplars(writer, tally.exemplars.as_slice());
}

fn write_exemplars(writer: &mut Writer, exemplars: &[Exemplar]) {
    writer.array(exemplars.len());
    for exemplar in exemplars {
        writer.array(4);
        writer.unsigned(exemplar.at.nanos());
        writer.double(exemplar.value);
        writer.bytes(&exemplar.trace_id.get().to_be_bytes());
        writer.bytes(&exemplar.span_id.get().to_be_bytes());
    }
}

fn write_extent(writer: &mut Writer, extent: Extent) {
    match extent.bounds() {
        Some((first, last)) => {
            writer.array(2);
            writer.unsigned(first.nanos());
            writer.unsigned(last.nanos());
        }
        None => writer.null(),
    }
}

pub(super) fn read_point(reader: &mut Reader<'_>, instrument: &Instrument) -> Result<Point, Error> {
    Ok(match instrument {
        Instrument::Counter => Point::Counter(read_counter(reader)?),
        Instrument::UpDownCounter => Point::UpDownCounter(read_total(reader, 0)?),
        Instrument::Gauge => Point::Gauge(read_gauge(reader)?),
        Instrument::StateSet(_) => match read_gauge(reader)? {
            Gauge { last: Some((_, value)) } if value != Double::new(0.0) && value != Double::new(1.0) => {
                return Err(reader.wrong("a state of 0 or 1 before"));
            }
            state => Point::State(state),
        },
        Instrument::Info => {
            reader.null("nothing of a fact")?;
            Point::Info
        }
        Instrument::Histogram(bounds) => {
            reader.tuple(2, "a histogram")?;
            let counts = reader.list("the counts", BOUNDS_MAX + 1, |reader| reader.unsigned("a count"))?;
            if counts.len() != bounds.len() + 1 {
                return Err(reader.wrong("one count a bound and one more before"));
            }
            let mut histogram = Histogram { counts, tally: Tally::default() };
            histogram.tally = read_tally(reader, histogram.count(), |list| Exemplars::of_buckets(list, bounds))?;
            Point::Histogram(Box::new(histogram))
        }
        Instrument::ExponentialHistogram(options) => {
            reader.tuple(5, "an exponential histogram")?;
            let buckets = read_exponential(reader, options)?;
            let tally = read_tally(reader, buckets.count(), Exemplars::of_octaves)?;
            Point::ExponentialHistogram(Box::new(ExponentialHistogram { buckets, tally }))
        }
        Instrument::Summary(options) => {
            reader.tuple(2, "a summary")?;
            let values = read_values(reader, options.digits)?;
            let tally = read_tally(reader, values.count(), |list| list.is_empty().then(Exemplars::default))?;
            if !agree(&values, &tally) {
                return Err(reader.wrong("the sum and the extremes of these values before"));
            }
            Point::Summary(Box::new(Summary { values, tally }))
        }
    })
}

fn read_exponential(reader: &mut Reader<'_>, options: &ExponentialOptions) -> Result<Exponential, Error> {
    let scale = i32::try_from(reader.signed("a scale")?).map_err(|_| reader.wrong("a scale before"))?;
    let zero_count = reader.unsigned("a count")?;
    let most = options.max_size as usize;
    let mut sign = || {
        reader.tuple(2, "buckets")?;
        let offset = i32::try_from(reader.signed("an offset")?).map_err(|_| reader.wrong("an offset before"))?;
        Ok((offset, reader.list("the counts", most, |reader| reader.unsigned("a count"))?))
    };
    let (positive, negative) = (sign()?, sign()?);
    let buckets = Exponential::from_parts(options, scale, zero_count, positive, negative);
    buckets.ok_or_else(|| reader.wrong("buckets of doubles before"))
}

fn read_values(reader: &mut Reader<'_>, digits: u8) -> Result<Values, Error> {
    if !reader.is_map() {
        let values = reader.list("the values", SUMMARY_EXACT_MAX, |reader| reader.double("a value"))?;
        return Values::from_exact(values).ok_or_else(|| reader.wrong("finite values in order before"));
    }
    reader.map(1)?;
    let cleared = u32::try_from(reader.unsigned("a number of bits")?).map_err(|_| reader.wrong("a number of bits before"))?;
    let buckets = reader.list("the buckets", Values::buckets_max(digits), |reader| {
        reader.tuple(2, "a bucket")?;
        Ok((reader.double("a bound")?, reader.unsigned("a count")?))
    })?;
    Values::from_buckets(digits, cleared, buckets).ok_or_else(|| reader.wrong("buckets of doubles before"))
}

/// Whether sum and extremes are those of the values, as far as these are known.
fn agree(values: &Values, tally: &Tally) -> bool {
    let Some((least, greatest)) = tally.extremes else { return values.is_empty() };
    match values.form() {
        Form::Exact(values) => {
            let mut sum = ExactSum::default();
            values.iter().for_each(|value| {
                sum.add(value.get());
            });
            sum == tally.sum && values.first() == Some(&least) && values.last() == Some(&greatest)
        }
        Form::Buckets { cleared, mut buckets } => {
            let holds = |bucket: Option<(Double, u64)>, value: Double| {
                let range = bucket.map(|(bucket, _)| Values::range(cleared, bucket));
                range.is_some_and(|(low, high)| (low..=high).contains(&value.get()))
            };
            let first = buckets.next();
            let last = buckets.last().or(first);
            holds(first, least) && holds(last, greatest)
        }
    }
}

fn read_tally(reader: &mut Reader<'_>, count: u64, check: impl FnOnce(Vec<Exemplar>) -> Option<Exemplars>) -> Result<Tally, Error> {
    reader.tuple(4, "a tally")?;
    let sum = reader.sum()?;
    let extremes = reader.optional(|reader| {
        reader.tuple(2, "the extremes")?;
        let (least, greatest) = (reader.double("the least")?, reader.double("the greatest")?);
        let are_values = |value: Double| value.get().is_finite() && value != Double::new(-0.0);
        if are_values(least) && are_values(greatest) && least <= greatest {
            Ok((least, greatest))
        } else {
            Err(reader.wrong("extremes before"))
        }
    })?;
    if extremes.is_some() != (count > 0) {
        return Err(reader.wrong("extremes where there are values, and only there, before"));
    }
    let extent = read_extent(reader)?;
    let exemplars = reader.list("the exemplars", BOUNDS_MAX + 1, read_exemplar)?;
    if count == 0 && !(sum.is_zero() && extent == Extent::default() && exemplars.is_empty()) {
        return Err(reader.wrong("nothing of no values before"));
    }
    let exemplars = check(exemplars).ok_or_else(|| reader.wrong("the exemplars that are kept, in their order, before"))?;
    Ok(Tally { sum, extremes, extent, exemplars })
}

fn read_exemplar(reader: &mut Reader<'_>) -> Result<Exemplar, Error> {
    reader.tuple(4, "an exemplar")?;
    let (at, value) = (read_time(reader)?, reader.double("a value")?);
    if !value.get().is_finite() {
        return Err(reader.wrong("an exemplar of a finite value before"));
    }
    let trace = <[u8; 16]>::try_from(reader.bytes("a trace id")?).ok().and_then(|id| TraceId::new(u128::from_be_bytes(id)).ok());
    let trace_id = trace.ok_or_else(|| reader.wrong("a trace id before"))?;
    let span = <[u8; 8]>::try_from(reader.bytes("a span id")?).ok().and_then(|id| SpanId::new(u64::from_be_bytes(id)).ok());
    let span_id = span.ok_or_else(|| reader.wrong("a span id before"))?;
    Ok(Exemplar { value, at, trace_id, span_id })
}

fn read_gauge(reader: &mut Reader<'_>) -> Result<Gauge, Error> {
    let last = reader.optional(|reader| {
        reader.tuple(2, "a gauge")?;
        Ok((read_time(reader)?, reader.double("a value")?))
    })?;
    Ok(Gauge { last })
}

fn read_counter(reader: &mut Reader<'_>) -> Result<Total, Error> {
    let total = read_total(reader, 1)?;
    if total.sum.parts().negative { Err(reader.wrong("a sum that is not below zero before")) } else { Ok(total) }
}

fn read_total(reader: &mut Reader<'_>, most: usize) -> Result<Total, Error> {
    reader.tuple(3, "a total")?;
    let (sum, extent) = (reader.sum()?, read_extent(reader)?);
    let exemplars = reader.list("the exemplars", most, read_exemplar)?;
    let exemplar = if exemplars.is_empty() { None } else { Exemplars::of_octaves(exemplars).map(Box::new) };
    Ok(Total { sum, extent, exemplar })
}

fn read_extent(reader: &mut Reader<'_>) -> Result<Extent, Error> {
    let bounds = reader.optional(|reader| {
        reader.tuple(2, "two times")?;
        Ok((read_time(reader)?, read_time(reader)?))
    })?;
    match bounds {
        None => Ok(Extent::default()),
        Some((first, last)) => Extent::new(first, last).ok_or_else(|| reader.wrong("times in order before")),
    }
}

pub(super) fn read_time(reader: &mut Reader<'_>) -> Result<Timestamp, Error> {
    let nanos = reader.unsigned("a time")?;
    Timestamp::from_nanos(nanos).map_err(|_| reader.wrong("a time before 2^63 ns"))
}
