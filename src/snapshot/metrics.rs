//! Metrics in canonical form: families in the order of their schema, series in that of their values.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cbor::{Reader, Writer};
use crate::Error;
use crate::limits::{BOUNDS_MAX, FAMILIES_MAX, LABELS_MAX, SERIES_PER_FAMILY_MAX};
use crate::metrics::{Descriptor, Families, Family, Gauge, Histogram, Instrument, Point, Schema, SeriesKey, Total};
use crate::sum::ExactSum;
use crate::time::{Extent, Timestamp};

pub(super) fn write(writer: &mut Writer, families: &Families) {
    writer.array(families.0.len());
    for (schema, family) in &families.0 {
        writer.map(8);
        writer.text("help");
        writer.text(&family.help);
        writer.text("name");
        writer.text(&schema.name);
        writer.text("unit");
        writer.text(&schema.unit);
        writer.text("bounds");
        let bounds: &[_] = if let Instrument::Histogram(bounds) = &schema.instrument { bounds } else { &[] };
        writer.array(bounds.len());
        bounds.iter().for_each(|bound| writer.double(*bound));
        writer.text("labels");
        writer.array(schema.labels.len());
        schema.labels.iter().for_each(|label| writer.text(label));
        writer.text("series");
        writer.array(family.series.len());
        for (values, point) in family.sorted() {
            writer.array(2);
            writer.array(values.len());
            values.iter().for_each(|value| writer.text(value));
            write_point(writer, point);
        }
        writer.text("overflow");
        match &family.overflow {
            Some(point) => write_point(writer, point),
            None => writer.null(),
        }
        writer.text("instrument");
        writer.text(schema.instrument.name());
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Families, Error> {
    let mut families = Families::default();
    for (schema, family) in reader.list("the families", FAMILIES_MAX, read_family)? {
        families.0.insert(schema, family);
    }
    Ok(families)
}

fn write_point(writer: &mut Writer, point: &Point) {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => {
            writer.array(2);
            writer.sum(&total.sum);
            write_extent(writer, total.extent);
        }
        Point::Gauge(gauge) => match gauge.last {
            Some((at, value)) => {
                writer.array(2);
                writer.unsigned(at.nanos());
                writer.double(value);
            }
            None => writer.null(),
        },
        Point::Histogram(histogram) => {
            writer.array(3);
            writer.array(histogram.counts.len());
            histogram.counts.iter().for_each(|count| writer.unsigned(*count));
            writer.sum(&histogram.sum);
            write_extent(writer, histogram.extent);
        }
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

fn read_family(reader: &mut Reader<'_>) -> Result<(Schema, Family), Error> {
    reader.map(8)?;
    reader.key("help")?;
    let help = reader.text("a help text")?;
    reader.key("name")?;
    let name = reader.text("a name")?;
    reader.key("unit")?;
    let unit = reader.text("a unit")?;
    reader.key("bounds")?;
    let bounds = reader.list("the bounds", BOUNDS_MAX, |reader| reader.double("a bound"))?;
    reader.key("labels")?;
    let labels = reader.list("the label names", LABELS_MAX, |reader| reader.text("a label name"))?;
    // The instrument stands behind the points that it gives their shape, so they are read twice: first
    // passed over, then by it.
    let mut ahead = reader.clone();
    ahead.key("series")?;
    ahead.skip("the series")?;
    ahead.key("overflow")?;
    ahead.skip("the overflow")?;
    ahead.key("instrument")?;
    let instrument = match ahead.text("an instrument")?.as_str() {
        "counter" => Instrument::Counter,
        "up-down-counter" => Instrument::UpDownCounter,
        "gauge" => Instrument::Gauge,
        "histogram" => Instrument::Histogram(bounds),
        _ => return Err(ahead.wrong("a known instrument before")),
    };
    let (schema, help) =
        Descriptor { name, help, unit, labels, instrument }.parse().map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    let mut family = Family { help, ..Family::default() };
    reader.key("series")?;
    for (values, point) in reader.list("the series", SERIES_PER_FAMILY_MAX, |reader| read_series(reader, &schema))? {
        family.add(SeriesKey::new(values), point);
    }
    reader.key("overflow")?;
    if let Some(point) = reader.optional(|reader| read_point(reader, &schema.instrument))? {
        family.add_overflow(&point);
    }
    *reader = ahead;
    Ok((schema, family))
}

fn read_series(reader: &mut Reader<'_>, schema: &Schema) -> Result<(Vec<alloc::string::String>, Point), Error> {
    reader.tuple(2, "a series")?;
    let values = reader.list("the label values", LABELS_MAX, |reader| reader.text("a label value"))?;
    crate::label::check_label_values(&schema.name, &schema.labels, &values).map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    Ok((values, read_point(reader, &schema.instrument)?))
}

fn read_point(reader: &mut Reader<'_>, instrument: &Instrument) -> Result<Point, Error> {
    Ok(match instrument {
        Instrument::Counter => Point::Counter(read_total(reader)?),
        Instrument::UpDownCounter => Point::UpDownCounter(read_total(reader)?),
        Instrument::Gauge => {
            let last = reader.optional(|reader| {
                reader.tuple(2, "a gauge")?;
                Ok((read_time(reader)?, reader.double("a value")?))
            })?;
            Point::Gauge(Gauge { last })
        }
        Instrument::Histogram(bounds) => {
            reader.tuple(3, "a histogram")?;
            let counts = reader.list("the counts", BOUNDS_MAX + 1, |reader| reader.unsigned("a count"))?;
            if counts.len() != bounds.len() + 1 {
                return Err(reader.wrong("one count a bound and one more before"));
            }
            Point::Histogram(Box::new(Histogram { counts, sum: reader.sum()?, extent: read_extent(reader)? }))
        }
    })
}

fn read_total(reader: &mut Reader<'_>) -> Result<Total, Error> {
    reader.tuple(2, "a total")?;
    let sum: ExactSum = reader.sum()?;
    Ok(Total { sum, extent: read_extent(reader)? })
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
