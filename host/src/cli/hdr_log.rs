//! Summaries as an HdrHistogram interval log, format version 1.3: what HdrHistogram's own tools read.
//!
//! A line a series: its name and label values as the tag, the time it covers, its greatest value, and
//! the histogram. Values are in the unit that the histogram's header names, as Java's DoubleHistogram has
//! it. Lines are in the order of time, as readers pass over what begins before the log does. Deliberately
//! absent: series without values, those that a histogram cannot hold, and other instruments.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use codomyrmex_telemetry::export::to_hdr_compressed;
use codomyrmex_telemetry::metrics::{Instrument, Point, Schema, Series};
use codomyrmex_telemetry::{Error, Snapshot};

use super::Failure;

const SECOND_NS: f64 = 1e9;

/// The log so far.
#[derive(Default)]
struct Log {
    lines: Vec<Line>,
    left_out: Vec<String>, // why, each with its tag
}

struct Line {
    start: u64,
    tag: String,
    rest: String,
}

/// The log, ending in a line feed, and a sentence about what could not be put into it.
pub(super) fn render(snapshot: &Snapshot) -> Result<(String, Option<String>), Failure> {
    let mut log = Log::default();
    for (schema, family) in &snapshot.metrics.0 {
        for (key, series) in &family.series {
            log.add(schema, &key.values().join("."), series)?;
        }
        if let Some(series) = &family.overflow {
            log.add(schema, "otel_metric_overflow", series)?;
        }
    }
    let left_out = log.left_out.split_first().map(|(first, more)| match more.len() {
        0 => format!("left out: {first}"),
        more => format!("left out: {first}, and {more} more"),
    });
    Ok((log.text(), left_out))
}

impl Log {
    fn add(&mut self, schema: &Schema, labels: &str, series: &Series) -> Result<(), Failure> {
        let (Instrument::Summary(options), Point::Summary(summary)) = (&schema.instrument, &series.point) else { return Ok(()) };
        let Some((_, greatest)) = summary.tally.extremes else { return Ok(()) };
        let dot = if labels.is_empty() { "" } else { "." };
        let tag: String = format!("{}{dot}{labels}", schema.name).chars().map(tagged).collect();
        let bytes = match to_hdr_compressed(&summary.values, options.digits) {
            Ok(bytes) => bytes,
            Err(Error::Unsupported(why)) => {
                self.left_out.push(format!("{tag} ({why})"));
                return Ok(());
            }
            Err(error) => return Err(Failure::input(format_args!("{tag}: {error}"))),
        };
        let (start, end) = summary.tally.extent.bounds().map_or((0, 0), |(first, last)| (first.nanos(), last.nanos()));
        let length = (end - start) as f64 / SECOND_NS;
        self.lines.push(Line { start, tag, rest: format!("{length:.3},{:.3},{}", greatest.get(), STANDARD.encode(bytes)) });
        Ok(())
    }

    fn text(mut self) -> String {
        self.lines.sort_by(|one, other| (one.start, &one.tag).cmp(&(other.start, &other.tag)));
        let mut text = String::from("#[Histogram log format version 1.3]\n");
        // Writing to a String cannot fail.
        if let Some(first) = self.lines.first() {
            let _ = writeln!(text, "#[StartTime: {} (seconds since epoch), {}]", seconds(first.start), date(first.start));
        }
        text.push_str("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n");
        for Line { start, tag, rest } in &self.lines {
            let _ = writeln!(text, "Tag={tag},{},{rest}", seconds(*start));
        }
        text
    }
}

/// A moment as readers compare it: that of the log and that of its first line must be the same digits.
fn seconds(nanos: u64) -> String {
    format!("{:.3}", nanos as f64 / SECOND_NS)
}

/// A moment for people, in UTC. Programs pass over it.
fn date(nanos: u64) -> String {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)).to_string()
}

/// A tag ends at a comma, and a line at a blank.
fn tagged(c: char) -> char {
    if c == ',' || c.is_whitespace() || c.is_control() { '_' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codomyrmex_telemetry::{Descriptor, Ledger, SummaryOptions, Timestamp, WriterId};

    const NANOS: u64 = 1_000_000_000;

    /// A summary `bytes` with one value for each label value, at a second.
    fn snapshot(values: &[(&str, f64, u64)]) -> Snapshot {
        let mut ledger = Ledger::new(WriterId::new(1));
        let (help, unit, labels) = (String::new(), String::new(), vec!["tool".into()]);
        let instrument = Instrument::Summary(SummaryOptions::default());
        let family = ledger.declare(Descriptor { name: "bytes".into(), help, unit, labels, instrument, window: None }).unwrap();
        for (tool, value, second) in values {
            let series = ledger.resolve(family, &[String::from(*tool)]).unwrap();
            let at = Timestamp::from_nanos(second * NANOS + 250_000_000).unwrap();
            assert!(ledger.observe(series, *value, Some(at)).is_recorded());
        }
        ledger.snapshot()
    }

    /// What stands before the histogram in each line.
    fn heads(text: &str) -> Vec<&str> {
        text.lines().map(|line| line.rsplit_once(",HIST").map_or(line, |(head, _)| head)).collect()
    }

    const VERSION: &str = "#[Histogram log format version 1.3]";
    const LEGEND: &str = "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"";

    #[test]
    fn lines_are_in_the_order_of_time_and_the_log_begins_with_the_first() {
        let (text, left_out) =
            render(&snapshot(&[("a b", 1.5, 1_767_225_700), ("d", 3.0, 1_767_225_600), ("c", 2.0, 1_767_225_600)])).unwrap();
        let expected = [
            VERSION,
            "#[StartTime: 1767225600.250 (seconds since epoch), 2026-01-01T00:00:00Z]",
            LEGEND,
            "Tag=bytes.c,1767225600.250,0.000,2.000",
            "Tag=bytes.d,1767225600.250,0.000,3.000",
            "Tag=bytes.a_b,1767225700.250,0.000,1.500",
        ];
        assert_eq!((heads(&text), left_out), (expected.to_vec(), None));
    }

    #[test]
    fn what_a_histogram_cannot_hold_is_left_out_and_told() {
        let (text, left_out) = render(&snapshot(&[("low", -1.0, 1), ("lower", -2.0, 2), ("high", 1.0, 3)])).unwrap();
        assert_eq!(heads(&text)[3..], ["Tag=bytes.high,3.250,0.000,1.000"]);
        let left_out = left_out.unwrap();
        assert!(left_out.starts_with("left out: bytes.low (") && left_out.ends_with("), and 1 more"), "{left_out}");
        let (text, left_out) = render(&snapshot(&[("low", -1.0, 1)])).unwrap();
        assert_eq!(heads(&text), [VERSION, LEGEND]);
        assert!(left_out.unwrap().ends_with(')'));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (second, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(second * NANOS), expected);
        }
    }
}
