//! Summaries as an HdrHistogram interval log, format version 1.3: what HdrHistogram's own tools read.
//!
//! A line a series: its name and label values as the tag, the time it covers, its greatest value, and
//! the histogram. Values are in the unit that the histogram's header names, as Java's DoubleHistogram has
//! it. Deliberately absent: series without values, and other instruments.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use codomyrmex_telemetry::export::to_hdr_compressed;
use codomyrmex_telemetry::metrics::{Instrument, Point, Schema, Series};
use codomyrmex_telemetry::{Error, Snapshot};

use super::Failure;

const SECOND_NS: f64 = 1e9;

/// The log, ending in a line feed.
pub(super) fn render(snapshot: &Snapshot) -> Result<String, Failure> {
    let mut text = String::from(
        "#[Histogram log format version 1.3]\n\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
    );
    for (schema, family) in &snapshot.metrics.0 {
        for (key, series) in &family.series {
            line(&mut text, schema, &key.values().join("."), series)?;
        }
        if let Some(series) = &family.overflow {
            line(&mut text, schema, "otel_metric_overflow", series)?;
        }
    }
    Ok(text)
}

fn line(text: &mut String, schema: &Schema, labels: &str, series: &Series) -> Result<(), Failure> {
    let (Instrument::Summary(options), Point::Summary(summary)) = (&schema.instrument, &series.point) else { return Ok(()) };
    let Some((_, greatest)) = summary.tally.extremes else { return Ok(()) };
    let dot = if labels.is_empty() { "" } else { "." };
    let tag: String = format!("{}{dot}{labels}", schema.name).chars().map(tagged).collect();
    let bytes =
        to_hdr_compressed(&summary.values, options.digits).map_err(|error: Error| Failure::input(format_args!("{tag}: {error}")))?;
    let (first, last) = summary.tally.extent.bounds().map_or((0, 0), |(first, last)| (first.nanos(), last.nanos()));
    let (start, length) = (first as f64 / SECOND_NS, (last - first) as f64 / SECOND_NS);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Tag={tag},{start:.3},{length:.3},{:.3},{}", greatest.get(), STANDARD.encode(bytes));
    Ok(())
}

/// A tag ends at a comma, and a line at a blank.
fn tagged(c: char) -> char {
    if c == ',' || c.is_whitespace() || c.is_control() { '_' } else { c }
}
