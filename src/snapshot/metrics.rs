//! Metrics in canonical form: families in the order of their schema, series in that of their values.
//!
//! A family is a map of `help`, `kind` (the instrument's name, the window or null, then its settings),
//! `name`, `unit`, `labels`, `series` (each of values, point, and slices of the window) and `overflow`.
//! Deliberately absent: the form of points (see `points`).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::cbor::{Reader, Writer};
use super::points::{read_point, write_point};
use crate::Error;
use crate::float::Double;
use crate::limits::{BOUNDS_MAX, FAMILIES_MAX, LABELS_MAX, QUANTILES_MAX, SERIES_BYTES_MAX, SERIES_PER_FAMILY_MAX, SLICES, STATES_MAX};
use crate::metrics::{Descriptor, ExponentialOptions, Families, Family, Instrument, Recent, Schema, Series, SeriesKey, SummaryOptions};

pub(super) fn write(writer: &mut Writer, families: &Families) {
    writer.array(families.0.len());
    for (schema, family) in &families.0 {
        writer.map(7);
        writer.key("help");
        writer.text(&family.help);
        writer.key("kind");
        write_kind(writer, schema);
        writer.key("name");
        writer.text(&schema.name);
        writer.key("unit");
        writer.text(&schema.unit);
        writer.key("labels");
        write_texts(writer, &schema.labels);
        writer.key("series");
        writer.array(family.series.len());
        for (key, series) in &family.series {
            writer.array(3);
            write_texts(writer, key.values());
            write_series(writer, series);
        }
        writer.key("overflow");
        match &family.overflow {
            Some(series) => {
                writer.array(2);
                write_series(writer, series);
            }
            None => writer.null(),
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Families, Error> {
    let mut families = Families::default();
    let mut cost = 0;
    for (schema, family) in reader.list("the families", FAMILIES_MAX, |reader| read_family(reader, &mut cost))? {
        families.0.insert(schema, family);
    }
    Ok(families)
}

fn write_texts(writer: &mut Writer, texts: &[String]) {
    writer.array(texts.len());
    texts.iter().for_each(|text| writer.text(text));
}

fn write_doubles(writer: &mut Writer, doubles: &[Double]) {
    writer.array(doubles.len());
    doubles.iter().for_each(|double| writer.double(*double));
}

fn write_kind(writer: &mut Writer, schema: &Schema) {
    let settings = match &schema.instrument {
        Instrument::Counter | Instrument::UpDownCounter | Instrument::Gauge | Instrument::Info => 0,
        Instrument::Histogram(_) | Instrument::StateSet(_) => 1,
        Instrument::Summary(_) => 2,
        Instrument::ExponentialHistogram(_) => 3,
    };
    writer.array(2 + settings);
    writer.text(schema.instrument.name());
    match schema.window {
        Some(window) => writer.unsigned(window),
        None => writer.null(),
    }
    match &schema.instrument {
        Instrument::Histogram(bounds) => write_doubles(writer, bounds),
        Instrument::StateSet(states) => write_texts(writer, states),
        Instrument::Summary(options) => {
            write_doubles(writer, &options.quantiles);
            writer.unsigned(options.digits.into());
        }
        Instrument::ExponentialHistogram(options) => {
            writer.unsigned(options.max_size.into());
            writer.signed(options.max_scale.into());
            writer.double(options.zero_threshold);
        }
        Instrument::Counter | Instrument::UpDownCounter | Instrument::Gauge | Instrument::Info => {}
    }
}

fn write_series(writer: &mut Writer, series: &Series) {
    write_point(writer, &series.point);
    let Some(recent) = &series.recent else { return writer.null() };
    writer.array(recent.slices().len());
    for (slice, point) in recent.slices() {
        writer.array(2);
        writer.unsigned(*slice);
        write_point(writer, point);
    }
}

fn read_texts(reader: &mut Reader<'_>, of: &str, most: usize) -> Result<Vec<String>, Error> {
    reader.list(of, most, |reader| reader.text("a text"))
}

fn read_kind(reader: &mut Reader<'_>) -> Result<(Instrument, Option<u64>), Error> {
    let parts = reader.array("a kind")?;
    let name: &str = reader.text("an instrument")?;
    let window = reader.optional(|reader| reader.unsigned("a window"))?;
    let (settings, instrument) = match name {
        "counter" => (0, Instrument::Counter),
        "up-down-counter" => (0, Instrument::UpDownCounter),
        "gauge" => (0, Instrument::Gauge),
        "info" => (0, Instrument::Info),
        "histogram" => (1, Instrument::Histogram(reader.list("the bounds", BOUNDS_MAX, |reader| reader.double("a bound"))?)),
        "state-set" => (1, Instrument::StateSet(read_texts(reader, "the states", STATES_MAX)?)),
        "summary" => {
            let quantiles = reader.list("the quantiles", QUANTILES_MAX, |reader| reader.double("a quantile"))?;
            let digits = u8::try_from(reader.unsigned("the digits")?).map_err(|_| reader.wrong("1 to 5 digits"))?;
            (2, Instrument::Summary(SummaryOptions { quantiles, digits }))
        }
        "exponential-histogram" => {
            let max_size = u32::try_from(reader.unsigned("a size")?).map_err(|_| reader.wrong("a size"))?;
            let max_scale = i32::try_from(reader.signed("a scale")?).map_err(|_| reader.wrong("a scale"))?;
            let zero_threshold = reader.double("a threshold")?;
            (3, Instrument::ExponentialHistogram(ExponentialOptions { max_size, max_scale, zero_threshold }))
        }
        _ => return Err(reader.wrong("a known instrument before")),
    };
    if parts == 2 + settings { Ok((instrument, window)) } else { Err(reader.wrong("a kind of another length before")) }
}

/// `cost` is what the series that were read count so far: past the limit nothing more is read.
fn read_family(reader: &mut Reader<'_>, cost: &mut u64) -> Result<(Schema, Family), Error> {
    reader.map(7)?;
    reader.key("help")?;
    let help = reader.text("a help text")?;
    reader.key("kind")?;
    let (instrument, window) = read_kind(reader)?;
    reader.key("name")?;
    let name = reader.text("a name")?;
    reader.key("unit")?;
    let unit = reader.text("a unit")?;
    reader.key("labels")?;
    let labels = read_texts(reader, "the label names", LABELS_MAX)?;
    let descriptor = Descriptor { name, help, unit, labels, instrument, window };
    let (schema, help) = descriptor.parse().map_err(|why| Error::Malformed(format!("{why}")))?;
    let mut family = Family { help, ..Family::default() };
    let of_one = schema.cost();
    reader.key("series")?;
    let series = reader.list("the series", SERIES_PER_FAMILY_MAX, |reader| {
        reader.tuple(3, "a series")?;
        *cost += of_one;
        if *cost > SERIES_BYTES_MAX {
            return Err(Error::Limit(format!("its series count more than the {SERIES_BYTES_MAX} bytes a ledger keeps")));
        }
        let values = read_texts(reader, "the label values", LABELS_MAX)?;
        schema.check_values(&values).map_err(|why| Error::Malformed(format!("{why}")))?;
        Ok((SeriesKey::new(values), read_series(reader, &schema)?))
    })?;
    family.series.extend(series);
    reader.key("overflow")?;
    family.overflow = reader.optional(|reader| {
        reader.tuple(2, "an overflow")?;
        read_series(reader, &schema)
    })?;
    Ok((schema, family))
}

fn read_series(reader: &mut Reader<'_>, schema: &Schema) -> Result<Series, Error> {
    let point = read_point(reader, &schema.instrument)?;
    let recent = reader.optional(|reader| {
        reader.list("the slices", SLICES as usize, |reader| {
            reader.tuple(2, "a slice")?;
            let (slice, point) = (reader.unsigned("a slice's number")?, read_point(reader, &schema.instrument)?);
            let is_kept = !point.is_empty() && point.exemplars().is_empty();
            if is_kept { Ok((slice, point)) } else { Err(reader.wrong("a slice that holds something, and no exemplars, before")) }
        })
    })?;
    let recent = recent.map(|slices| {
        let window = schema.window.ok_or_else(|| reader.wrong("no slices before, as there is no window,"))?;
        Recent::from_slices(slices, window).map(Box::new).ok_or_else(|| reader.wrong("slices of one window before"))
    });
    Ok(Series { point, recent: recent.transpose()? })
}
