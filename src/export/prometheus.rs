//! Prometheus text exposition format 0.0.4.
//!
//! Source: Prometheus documentation, Exposition formats, section Text-based format. Families stand
//! in the order of their names and series in the order of their label values. Of families that two
//! writers declared differently under one name only the first can be shown, as the format knows
//! one type a name; the rest are counted in `codomyrmex_telemetry_conflicting_families`. Deliberately
//! absent: timestamps and exemplars, which the format lacks or Prometheus advises against.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use crate::label::OVERFLOW_LABEL;
use crate::metrics::{Family, Instrument, Point, Schema};
use crate::snapshot::Snapshot;

/// The accounts as text: `text/plain; version=0.0.4`.
#[must_use]
pub fn prometheus(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let mut taken = BTreeSet::new();
    let mut conflicts = 0;
    for (schema, family) in &snapshot.metrics.0 {
        let samples: BTreeSet<String> = schema.instrument.suffixes().iter().map(|suffix| format!("{}{suffix}", schema.name)).collect();
        if samples.is_disjoint(&taken) {
            taken.extend(samples);
            write_family(&mut text, schema, family);
        } else {
            conflicts += 1;
        }
    }
    write_own(&mut text, snapshot, conflicts);
    text
}

fn write_family(text: &mut String, schema: &Schema, family: &Family) {
    let kind = match &schema.instrument {
        Instrument::Counter => "counter",
        Instrument::UpDownCounter | Instrument::Gauge => "gauge",
        Instrument::Histogram(_) => "histogram",
    };
    let name = schema.exposed_name();
    write_head(text, &name, &family.help, kind);
    for (values, point) in family.sorted() {
        let labels = labels(schema.labels.iter().zip(values));
        write_point(text, &name, &schema.instrument, &labels, point);
    }
    if let Some(point) = &family.overflow {
        write_point(text, &name, &schema.instrument, &format!("{OVERFLOW_LABEL}=\"true\""), point);
    }
}

fn write_head(text: &mut String, name: &str, help: &str, kind: &str) {
    if !help.is_empty() {
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        line(text, format_args!("# HELP {name} {help}"));
    }
    line(text, format_args!("# TYPE {name} {kind}"));
}

fn write_point(text: &mut String, name: &str, instrument: &Instrument, labels: &str, point: &Point) {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => sample(text, name, labels, &number(total.sum.value())),
        Point::Gauge(gauge) => {
            if let Some((_, value)) = gauge.last {
                sample(text, name, labels, &number(value.get()));
            }
        }
        Point::Histogram(histogram) => {
            let bounds: &[_] = if let Instrument::Histogram(bounds) = instrument { bounds } else { &[] };
            let ends = bounds.iter().map(|bound| number(bound.get())).chain(["+Inf".to_string()]);
            let comma = if labels.is_empty() { "" } else { "," };
            let mut below = 0u64;
            for (end, count) in ends.zip(&histogram.counts) {
                below = below.saturating_add(*count);
                sample(text, &format!("{name}_bucket"), &format!("{labels}{comma}le=\"{end}\""), &below.to_string());
            }
            sample(text, &format!("{name}_sum"), labels, &number(histogram.sum.value()));
            sample(text, &format!("{name}_count"), labels, &histogram.count().to_string());
        }
    }
}

/// What the ledger has to say of itself; nothing, where nothing went wrong.
fn write_own(text: &mut String, snapshot: &Snapshot, conflicts: u64) {
    if conflicts > 0 {
        let name = "codomyrmex_telemetry_conflicting_families";
        write_head(text, name, "Families left out because another has their name and another kind, unit or label set.", "gauge");
        sample(text, name, "", &conflicts.to_string());
    }
    let spans = Some(("spans-not-kept", snapshot.spans.dropped())).filter(|(_, count)| *count > 0);
    let mut drops = snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).chain(spans).peekable();
    if drops.peek().is_some() {
        let name = "codomyrmex_telemetry_dropped_total";
        write_head(text, name, "Records that were dropped, by reason.", "counter");
        for (reason, count) in drops {
            sample(text, name, &format!("reason=\"{reason}\""), &count.to_string());
        }
    }
}

fn labels<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        let comma = if text.is_empty() { "" } else { "," };
        let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        text.push_str(&format!("{comma}{name}=\"{value}\""));
    }
    text
}

fn sample(text: &mut String, name: &str, labels: &str, value: &str) {
    if labels.is_empty() {
        line(text, format_args!("{name} {value}"));
    } else {
        line(text, format_args!("{name}{{{labels}}} {value}"));
    }
}

/// A double as Go's `ParseFloat` reads it: shortest digits that give it back.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_string()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_string() } else { "-Inf".to_string() }
    } else if value.abs() < 1e15 && value as i64 as f64 == value {
        format!("{value}")
    } else {
        format!("{value:?}")
    }
}

fn line(text: &mut String, line: core::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
