//! Prometheus' protobuf format: `io.prometheus.client.MetricFamily`, each with its length before it.
//!
//! Source: metrics.proto of Prometheus' client_model. It is the only one of Prometheus' formats that has
//! native histograms, exemplars and times of creation. It knows no infos and state sets: they are
//! gauges, as in text 0.0.4, an info with `_info` behind its name. Families without a point are
//! left out. Deliberately absent: timestamps of samples, which Prometheus advises against.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter::once;

use super::points::{self, Labels};
use super::protobuf::Writer;
use super::shown::{CONFLICTS_HELP, CONFLICTS_NAME, DROPPED_HELP, DROPPED_NAME, own, shown};
use super::slos::{self, Names, Reach};
use super::{Escaping, native};
use crate::label::OVERFLOW_LABEL;
use crate::metrics::{Exemplar, ExponentialHistogram, Histogram, Instrument, Point, Schema, Series, Summary, Tally};
use crate::query::Asked;
use crate::snapshot::Snapshot;
use crate::time::{Extent, Timestamp};

// Fields of MetricFamily, and its types.
const FAMILY_NAME: u32 = 1;
const FAMILY_HELP: u32 = 2;
const FAMILY_TYPE: u32 = 3;
const FAMILY_METRIC: u32 = 4;
const FAMILY_UNIT: u32 = 5;
const COUNTER_TYPE: u64 = 0;
const GAUGE_TYPE: u64 = 1;
const SUMMARY_TYPE: u64 = 2;
const HISTOGRAM_TYPE: u64 = 4;

// Fields of Metric.
const LABEL: u32 = 1;
const GAUGE: u32 = 2;
const COUNTER: u32 = 3;
const SUMMARY: u32 = 4;
const HISTOGRAM: u32 = 7;

// Fields of what a Metric holds.
const PAIR_NAME: u32 = 1;
const PAIR_VALUE: u32 = 2;
const VALUE: u32 = 1; // of Gauge and Counter
const COUNTER_EXEMPLAR: u32 = 2;
const COUNTER_CREATED: u32 = 3;
const SAMPLE_COUNT: u32 = 1; // of Summary and Histogram
const SAMPLE_SUM: u32 = 2;
const QUANTILE: u32 = 3; // Summary
const QUANTILE_SHARE: u32 = 1;
const QUANTILE_VALUE: u32 = 2;
const SUMMARY_CREATED: u32 = 4;
const BUCKET: u32 = 3; // Histogram
const HISTOGRAM_CREATED: u32 = 15;
const HISTOGRAM_EXEMPLAR: u32 = 16;
const BUCKET_COUNT: u32 = 1;
const BUCKET_BOUND: u32 = 2;
const BUCKET_EXEMPLAR: u32 = 3;
const EXEMPLAR_LABEL: u32 = 1;
const EXEMPLAR_VALUE: u32 = 2;
const EXEMPLAR_TIME: u32 = 3;
const SECONDS: u32 = 1; // google.protobuf.Timestamp
const NANOS: u32 = 2;

/// The accounts as `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;
/// encoding=delimited`.
#[must_use]
pub fn prometheus_protobuf(snapshot: &Snapshot, escaping: Escaping) -> Vec<u8> {
    let mut writer = Writer::default();
    let slos = slos::families(snapshot, Names::Underscores, Reach::Whole);
    let (families, conflicts) = shown(snapshot, &slos, escaping);
    for shown in families.iter().filter(|shown| points::has_any(shown.family)) {
        let schema = shown.schema;
        // As Prometheus' library has it, what ends a counter's and an info's name is escaped with it.
        let name = escaping.metric(&schema.exposed_name()).into_owned();
        let labels: Vec<_> = schema.labels.iter().map(|label| escaping.label(label)).collect();
        writer.delimited(|writer| {
            head(writer, &name, &shown.family.help, kind(&schema.instrument));
            points::each(schema, shown.family, |of, series| {
                writer.message(FAMILY_METRIC, |writer| {
                    for ((_, value), label) in of.pairs().zip(&labels) {
                        pair(writer, LABEL, label, value);
                    }
                    if let Labels::Overflow = of {
                        pair(writer, LABEL, &escaping.label(OVERFLOW_LABEL), "true");
                    }
                    point(writer, schema, series);
                });
            });
            if !schema.unit.is_empty() {
                writer.text(FAMILY_UNIT, &schema.unit);
            }
        });
    }
    own_account(&mut writer, snapshot, escaping, conflicts);
    writer.finish()
}

const fn kind(instrument: &Instrument) -> u64 {
    match instrument {
        Instrument::Counter => COUNTER_TYPE,
        Instrument::UpDownCounter | Instrument::Gauge | Instrument::Info | Instrument::StateSet(_) => GAUGE_TYPE,
        Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) => HISTOGRAM_TYPE,
        Instrument::Summary(_) => SUMMARY_TYPE,
    }
}

fn own_account(writer: &mut Writer, snapshot: &Snapshot, escaping: Escaping, conflicts: u64) {
    let own = own(snapshot, conflicts);
    if own.conflicts > 0 {
        writer.delimited(|writer| {
            head(writer, &escaping.metric(CONFLICTS_NAME), CONFLICTS_HELP, GAUGE_TYPE);
            writer.message(FAMILY_METRIC, |writer| number(writer, GAUGE, own.conflicts as f64));
        });
    }
    if !own.dropped.is_empty() {
        let name = [DROPPED_NAME, "_total"].concat();
        writer.delimited(|writer| {
            head(writer, &escaping.metric(&name), DROPPED_HELP, COUNTER_TYPE);
            for (reason, count) in &own.dropped {
                writer.message(FAMILY_METRIC, |writer| {
                    pair(writer, LABEL, "reason", reason);
                    number(writer, COUNTER, *count as f64);
                });
            }
        });
    }
}

fn head(writer: &mut Writer, name: &str, help: &str, kind: u64) {
    writer.text(FAMILY_NAME, name);
    if !help.is_empty() {
        writer.text(FAMILY_HELP, help);
    }
    writer.varint(FAMILY_TYPE, kind);
}

fn pair(writer: &mut Writer, field: u32, name: &str, value: &str) {
    writer.message(field, |writer| {
        writer.text(PAIR_NAME, name);
        writer.text(PAIR_VALUE, value);
    });
}

/// A gauge or a counter of which nothing but the value is known.
fn number(writer: &mut Writer, field: u32, value: f64) {
    writer.message(field, |writer| writer.double(VALUE, value));
}

fn point(writer: &mut Writer, schema: &Schema, series: &Series) {
    match (&series.point, &schema.instrument) {
        (Point::Counter(total), _) => writer.message(COUNTER, |writer| {
            writer.double(VALUE, total.sum.value());
            if let Some(found) = series.point.exemplars().first() {
                exemplar(writer, COUNTER_EXEMPLAR, found);
            }
            created(writer, COUNTER_CREATED, total.extent);
        }),
        (Point::UpDownCounter(total), _) => number(writer, GAUGE, total.sum.value()),
        (Point::Gauge(gauge) | Point::State(gauge), _) => {
            if let Some((_, value)) = gauge.last {
                number(writer, GAUGE, value.get());
            }
        }
        (Point::Info, _) => number(writer, GAUGE, 1.0),
        (Point::Histogram(seen), Instrument::Histogram(bounds)) => {
            let ends = bounds.iter().map(|bound| bound.get()).chain(once(f64::INFINITY));
            writer.message(HISTOGRAM, |writer| histogram(writer, seen, ends));
        }
        (Point::ExponentialHistogram(seen), Instrument::ExponentialHistogram(options)) => {
            writer.message(HISTOGRAM, |writer| exponential(writer, seen, options.zero_threshold.get()));
        }
        (Point::Summary(seen), _) => {
            writer.message(SUMMARY, |writer| summary(writer, seen, Asked { schema, series }));
        }
        // A schema fixes the kind of all its points.
        _ => {}
    }
}

fn histogram(writer: &mut Writer, seen: &Histogram, ends: impl Iterator<Item = f64>) {
    count_and_sum(writer, seen.count(), &seen.tally);
    classic_buckets(writer, ends.zip(seen.counts.iter().copied()), &seen.tally);
    created(writer, HISTOGRAM_CREATED, seen.tally.extent);
}

fn exponential(writer: &mut Writer, seen: &ExponentialHistogram, zero_threshold: f64) {
    count_and_sum(writer, seen.count(), &seen.tally);
    if native::is_native(&seen.buckets) {
        native::write(writer, &seen.buckets, zero_threshold);
        created(writer, HISTOGRAM_CREATED, seen.tally.extent);
        for found in seen.tally.exemplars.as_slice() {
            exemplar(writer, HISTOGRAM_EXEMPLAR, found);
        }
    } else {
        let buckets = native::classic(&seen.buckets, zero_threshold).into_iter().chain(once((f64::INFINITY, 0)));
        classic_buckets(writer, buckets, &seen.tally);
        created(writer, HISTOGRAM_CREATED, seen.tally.extent);
    }
}

fn summary(writer: &mut Writer, seen: &Summary, asked: Asked<'_>) {
    count_and_sum(writer, seen.count(), &seen.tally);
    for (share, quantile) in asked.exported_quantiles() {
        writer.message(QUANTILE, |writer| {
            writer.double(QUANTILE_SHARE, share);
            writer.double(QUANTILE_VALUE, quantile.map_or(f64::NAN, |quantile| quantile.value));
        });
    }
    created(writer, SUMMARY_CREATED, seen.tally.extent);
}

fn count_and_sum(writer: &mut Writer, count: u64, tally: &Tally) {
    writer.varint(SAMPLE_COUNT, count);
    writer.double(SAMPLE_SUM, tally.sum.value());
}

/// Buckets by upper bound with the counts of each, which are written as counts of all up to it.
fn classic_buckets(writer: &mut Writer, buckets: impl Iterator<Item = (f64, u64)>, tally: &Tally) {
    let (mut low, mut below) = (f64::NEG_INFINITY, 0u64);
    for (high, count) in buckets {
        below = below.saturating_add(count);
        writer.message(BUCKET, |writer| {
            writer.varint(BUCKET_COUNT, below);
            writer.double(BUCKET_BOUND, high);
            let is_inside = |found: &&Exemplar| low < found.value.get() && found.value.get() <= high;
            if let Some(found) = tally.exemplars.as_slice().iter().find(is_inside) {
                exemplar(writer, BUCKET_EXEMPLAR, found);
            }
        });
        low = high;
    }
}

fn exemplar(writer: &mut Writer, field: u32, exemplar: &Exemplar) {
    let (trace_id, span_id): (String, String) = (exemplar.trace_id.to_string(), exemplar.span_id.to_string());
    writer.message(field, |writer| {
        pair(writer, EXEMPLAR_LABEL, "trace_id", &trace_id);
        pair(writer, EXEMPLAR_LABEL, "span_id", &span_id);
        writer.double(EXEMPLAR_VALUE, exemplar.value.get());
        timestamp(writer, EXEMPLAR_TIME, exemplar.at);
    });
}

/// Since when it counts, where that is known.
fn created(writer: &mut Writer, field: u32, extent: Extent) {
    if let Some((first, _)) = extent.bounds() {
        timestamp(writer, field, first);
    }
}

fn timestamp(writer: &mut Writer, field: u32, at: Timestamp) {
    let (seconds, nanos) = (at.nanos() / 1_000_000_000, at.nanos() % 1_000_000_000);
    writer.message(field, |writer| {
        for (field, value) in [(SECONDS, seconds), (NANOS, nanos)].into_iter().filter(|(_, value)| *value > 0) {
            writer.varint(field, value);
        }
    });
}
