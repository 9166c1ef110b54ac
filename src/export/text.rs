//! The text formats: Prometheus text exposition 0.0.4, and OpenMetrics 1.0.
//!
//! Sources: Prometheus documentation, Exposition formats, section Text-based format; OpenMetrics 1.0,
//! section Text format. Families stand in the order of their names and series in the order of their
//! label values. Of families that two writers declared differently under one name only the first can
//! be shown, as the formats know one type a name; the rest are counted in
//! `codomyrmex_telemetry_conflicting_families`. Deliberately absent: timestamps of samples, which
//! Prometheus advises against, and exemplars.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use crate::label::OVERFLOW_LABEL;
use crate::metrics::{Family, Instrument, Point, Schema};
use crate::snapshot::Snapshot;
use crate::time::Extent;

/// The accounts as `text/plain; version=0.0.4`.
#[must_use]
pub fn prometheus(snapshot: &Snapshot) -> String {
    Page { text: String::new(), is_open: false }.write(snapshot)
}

/// The accounts as `application/openmetrics-text; version=1.0.0`. A series says with `_created` since
/// when it counts, where the times of its records were given.
#[must_use]
pub fn openmetrics(snapshot: &Snapshot) -> String {
    Page { text: String::new(), is_open: true }.write(snapshot)
}

/// What is written so far.
struct Page {
    text: String,
    is_open: bool, // OpenMetrics; otherwise Prometheus
}

impl Page {
    fn write(mut self, snapshot: &Snapshot) -> String {
        let mut taken = BTreeSet::new();
        let mut conflicts = 0;
        for (schema, family) in &snapshot.metrics.0 {
            let samples: BTreeSet<String> = schema.instrument.suffixes().iter().map(|suffix| format!("{}{suffix}", schema.name)).collect();
            if samples.is_disjoint(&taken) {
                taken.extend(samples);
                self.family(schema, family);
            } else {
                conflicts += 1;
            }
        }
        self.own(snapshot, conflicts);
        if self.is_open {
            self.line(format_args!("# EOF"));
        }
        self.text
    }

    fn family(&mut self, schema: &Schema, family: &Family) {
        let kind = match &schema.instrument {
            Instrument::Counter => "counter",
            Instrument::UpDownCounter | Instrument::Gauge => "gauge",
            Instrument::Histogram(_) => "histogram",
        };
        self.head(&schema.name, kind, &schema.unit, &family.help);
        for (values, point) in family.sorted() {
            let labels = labels(schema.labels.iter().zip(values));
            self.point(schema, &labels, point);
        }
        if let Some(point) = &family.overflow {
            self.point(schema, &format!("{OVERFLOW_LABEL}=\"true\""), point);
        }
    }

    /// The lines before a family's samples. OpenMetrics names a counter without `_total`, Prometheus by
    /// the name of its samples; OpenMetrics allows a unit only where the name ends in it.
    fn head(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let total = if kind == "counter" && !self.is_open { "_total" } else { "" };
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        if self.is_open {
            self.line(format_args!("# TYPE {name} {kind}"));
            if !unit.is_empty() && name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')) {
                self.line(format_args!("# UNIT {name} {unit}"));
            }
            if !help.is_empty() {
                self.line(format_args!("# HELP {name} {}", help.replace('"', "\\\"")));
            }
            return;
        }
        if !help.is_empty() {
            self.line(format_args!("# HELP {name}{total} {help}"));
        }
        self.line(format_args!("# TYPE {name}{total} {kind}"));
    }

    fn point(&mut self, schema: &Schema, labels: &str, point: &Point) {
        match point {
            Point::Counter(total) => {
                self.sample(&schema.exposed_name(), labels, &number(total.sum.value()));
                self.created(schema, labels, total.extent);
            }
            Point::UpDownCounter(total) => self.sample(&schema.name, labels, &number(total.sum.value())),
            Point::Gauge(gauge) => {
                if let Some((_, value)) = gauge.last {
                    self.sample(&schema.name, labels, &number(value.get()));
                }
            }
            Point::Histogram(histogram) => {
                let bounds: &[_] = if let Instrument::Histogram(bounds) = &schema.instrument { bounds } else { &[] };
                let ends = bounds.iter().map(|bound| self.bound(bound.get())).chain(["+Inf".to_string()]);
                let ends: alloc::vec::Vec<_> = ends.collect();
                let comma = if labels.is_empty() { "" } else { "," };
                let (bucket, mut below) = (format!("{}_bucket", schema.name), 0u64);
                for (end, count) in ends.iter().zip(&histogram.counts) {
                    below = below.saturating_add(*count);
                    self.sample(&bucket, &format!("{labels}{comma}le=\"{end}\""), &below.to_string());
                }
                self.sample(&format!("{}_sum", schema.name), labels, &number(histogram.sum.value()));
                self.sample(&format!("{}_count", schema.name), labels, &histogram.count().to_string());
                self.created(schema, labels, histogram.extent);
            }
        }
    }

    /// Since when a series counts, in seconds; only OpenMetrics has a place for it.
    fn created(&mut self, schema: &Schema, labels: &str, extent: Extent) {
        let Some((first, _)) = extent.bounds().filter(|_| self.is_open) else { return };
        let seconds = format!("{}.{:09}", first.nanos() / 1_000_000_000, first.nanos() % 1_000_000_000);
        let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
        self.sample(&format!("{}_created", schema.name), labels, seconds);
    }

    /// What the ledger has to say of itself; nothing, where nothing went wrong.
    fn own(&mut self, snapshot: &Snapshot, conflicts: u64) {
        if conflicts > 0 {
            let name = "codomyrmex_telemetry_conflicting_families";
            self.head(name, "gauge", "", "Families left out because another has their name and another kind, unit or label set.");
            self.sample(name, "", &conflicts.to_string());
        }
        let spans = Some(("spans-not-kept", snapshot.spans.dropped())).filter(|(_, count)| *count > 0);
        let mut drops = snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).chain(spans).peekable();
        if drops.peek().is_some() {
            let name = "codomyrmex_telemetry_dropped";
            self.head(name, "counter", "", "Records that were dropped, by reason.");
            for (reason, count) in drops {
                self.sample(&format!("{name}_total"), &format!("reason=\"{reason}\""), &count.to_string());
            }
        }
    }

    /// A bucket's bound. OpenMetrics wants it recognisable as a double (section Considerations: canonical
    /// numbers), so that all who write one write it alike.
    fn bound(&self, value: f64) -> String {
        let text = number(value);
        if self.is_open && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') { format!("{text}.0") } else { text }
    }

    fn sample(&mut self, name: &str, labels: &str, value: &str) {
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{labels}}} {value}"));
        }
    }

    fn line(&mut self, line: core::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
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
