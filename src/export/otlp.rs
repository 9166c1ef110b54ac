//! OTLP: the request that brings metrics to a collector, as Protocol Buffers and as JSON.
//!
//! Sources: opentelemetry-proto (`ExportMetricsServiceRequest`), OTLP section JSON Protobuf Encoding, and
//! Prometheus and OpenMetrics compatibility: an info and a state set are non-monotonic sums of 1 and 0
//! (sections Info, StateSet), since adding them up counts things, and say so in their metadata as
//! `prometheus.type`; an info goes by its name with `_info`. Both are cumulative whatever is asked for,
//! as they say how things are and not what changed. How objectives stand is only told of a whole snapshot;
//! of what two drains lie around it is what happened and what was promised. Metrics stand in the order of their schemas, fields
//! in the order of their numbers. Numbers are always doubles, so that the type of a metric does not
//! change with its value. What has no time says none (0), and so does the beginning of what is a last
//! write. Deliberately absent: a resource, which whoever sends this knows better, and sending.

use alloc::string::String;
use alloc::vec::Vec;

use super::Temporality;
use super::attributes;
use super::json::Json;
use super::points::{self, Labels};
use super::protobuf::Writer;
use super::shown::{DROPPED_HELP, own};
use super::sink::{Field, Sink};
use super::slos::{self, Names, Reach};
use crate::attribute::Value;
use crate::float::Double;
use crate::metrics::{
    Buckets, Exemplar, ExponentialHistogram, ExponentialOptions, Family, Histogram, Instrument, Point, Quantile, Schema, Series, Summary,
    Tally,
};
use crate::query::Asked;
use crate::snapshot::Snapshot;
use crate::time::Extent;

const SCOPE: &str = "codomyrmex.telemetry";
const DROPPED: &str = "codomyrmex.telemetry.dropped";
const OVERFLOW: &str = "otel.metric.overflow"; // Metrics SDK, section Overflow attribute
const PROMETHEUS_TYPE: &str = "prometheus.type";

const RESOURCE_METRICS: Field = Field(1, "resourceMetrics");
const RESOURCE: Field = Field(1, "resource");
const SCOPE_METRICS: Field = Field(2, "scopeMetrics");
const SCOPE_OF: Field = Field(1, "scope");
const SCOPE_NAME: Field = Field(1, "name");
const SCOPE_VERSION: Field = Field(2, "version");
const METRICS: Field = Field(2, "metrics");

// Metric.
const NAME: Field = Field(1, "name");
const DESCRIPTION: Field = Field(2, "description");
const UNIT: Field = Field(3, "unit");
const GAUGE: Field = Field(5, "gauge");
const SUM: Field = Field(7, "sum");
const HISTOGRAM: Field = Field(9, "histogram");
const EXPONENTIAL: Field = Field(10, "exponentialHistogram");
const SUMMARY: Field = Field(11, "summary");
const METADATA: Field = Field(12, "metadata");

// What holds data points.
const DATA_POINTS: Field = Field(1, "dataPoints");
const TEMPORALITY: Field = Field(2, "aggregationTemporality");
const IS_MONOTONIC: Field = Field(3, "isMonotonic");
const DELTA: u32 = 1;
const CUMULATIVE: u32 = 2;

// What all data points have, but for the number of the attributes.
const START: Field = Field(2, "startTimeUnixNano");
const TIME: Field = Field(3, "timeUnixNano");
const COUNT: Field = Field(4, "count");
const SUM_OF: Field = Field(5, "sum");
const ATTRIBUTES: &str = "attributes";

// NumberDataPoint and SummaryDataPoint.
const NUMBER_VALUE: Field = Field(4, "asDouble");
const NUMBER_EXEMPLARS: Field = Field(5, "exemplars");
const NUMBER_ATTRIBUTES: Field = Field(7, ATTRIBUTES);
const QUANTILES: Field = Field(6, "quantileValues");
const QUANTILE: Field = Field(1, "quantile");
const QUANTILE_VALUE: Field = Field(2, "value");
const SUMMARY_ATTRIBUTES: Field = Field(7, ATTRIBUTES);

// HistogramDataPoint.
const BUCKET_COUNTS: Field = Field(6, "bucketCounts");
const BOUNDS: Field = Field(7, "explicitBounds");
const HISTOGRAM_EXEMPLARS: Field = Field(8, "exemplars");
const HISTOGRAM_ATTRIBUTES: Field = Field(9, ATTRIBUTES);
const HISTOGRAM_MIN: Field = Field(11, "min");
const HISTOGRAM_MAX: Field = Field(12, "max");

// ExponentialHistogramDataPoint.
const EXPONENTIAL_ATTRIBUTES: Field = Field(1, ATTRIBUTES);
const SCALE: Field = Field(6, "scale");
const ZERO_COUNT: Field = Field(7, "zeroCount");
const POSITIVE: Field = Field(8, "positive");
const NEGATIVE: Field = Field(9, "negative");
const EXPONENTIAL_EXEMPLARS: Field = Field(11, "exemplars");
const EXPONENTIAL_MIN: Field = Field(12, "min");
const EXPONENTIAL_MAX: Field = Field(13, "max");
const ZERO_THRESHOLD: Field = Field(14, "zeroThreshold");
const BUCKETS_OFFSET: Field = Field(1, "offset");
const BUCKETS_COUNTS: Field = Field(2, "bucketCounts");

// Exemplar.
const EXEMPLAR_TIME: Field = Field(2, "timeUnixNano");
const EXEMPLAR_VALUE: Field = Field(3, "asDouble");
const SPAN_ID: Field = Field(4, "spanId");
const TRACE_ID: Field = Field(5, "traceId");

/// The accounts as an `ExportMetricsServiceRequest`: `application/x-protobuf`.
#[must_use]
pub fn otlp_metrics(snapshot: &Snapshot, temporality: Temporality) -> Vec<u8> {
    let mut writer = Writer::default();
    request(&mut writer, snapshot, temporality);
    writer.finish()
}

/// The same in OTLP's JSON: `application/json`.
#[must_use]
pub fn otlp_metrics_json(snapshot: &Snapshot, temporality: Temporality) -> String {
    let mut json = Json::open();
    request(&mut json, snapshot, temporality);
    json.close()
}

fn request<S: Sink>(sink: &mut S, snapshot: &Snapshot, temporality: Temporality) {
    let (temporality, reach) = match temporality {
        Temporality::Cumulative => (CUMULATIVE, Reach::Whole),
        Temporality::Delta => (DELTA, Reach::Part),
    };
    let slos = slos::families(snapshot, Names::Dots, reach);
    sink.list_of_one(RESOURCE_METRICS, |sink| {
        sink.message(RESOURCE, |_| {});
        sink.list_of_one(SCOPE_METRICS, |sink| {
            sink.message(SCOPE_OF, |sink| {
                sink.text(SCOPE_NAME, SCOPE);
                sink.text(SCOPE_VERSION, env!("CARGO_PKG_VERSION"));
            });
            sink.list(METRICS, |sink| {
                for (schema, family) in snapshot.metrics.0.iter().chain(&slos.0).filter(|(_, family)| points::has_any(family)) {
                    sink.item(METRICS, |sink| metric(sink, schema, family, temporality));
                }
                let dropped = own(snapshot, 0).dropped;
                if !dropped.is_empty() {
                    sink.item(METRICS, |sink| dropped_metric(sink, &dropped, temporality));
                }
            });
        });
    });
}

fn dropped_metric<S: Sink>(sink: &mut S, dropped: &[(&'static str, u64)], temporality: u32) {
    sink.text(NAME, DROPPED);
    sink.text(DESCRIPTION, DROPPED_HELP);
    sink.message(SUM, |sink| {
        sink.list(DATA_POINTS, |sink| {
            for (reason, count) in dropped {
                sink.item(DATA_POINTS, |sink| {
                    sink.double(NUMBER_VALUE, *count as f64);
                    sink.list_of_one(NUMBER_ATTRIBUTES, |sink| attributes::text(sink, "reason", reason));
                });
            }
        });
        sink.choice(TEMPORALITY, temporality);
        sink.flag(IS_MONOTONIC, true);
    });
}

fn metric<S: Sink>(sink: &mut S, schema: &Schema, family: &Family, temporality: u32) {
    if let Instrument::Info = schema.instrument {
        sink.text(NAME, &schema.exposed_name());
    } else {
        sink.text(NAME, &schema.name);
    }
    sink.text_unless_empty(DESCRIPTION, &family.help);
    sink.text_unless_empty(UNIT, &schema.unit);
    let (data, temporality, is_monotonic) = match &schema.instrument {
        Instrument::Counter => (SUM, Some(temporality), true),
        Instrument::UpDownCounter => (SUM, Some(temporality), false),
        Instrument::Gauge => (GAUGE, None, false),
        Instrument::Histogram(_) => (HISTOGRAM, Some(temporality), false),
        Instrument::ExponentialHistogram(_) => (EXPONENTIAL, Some(temporality), false),
        Instrument::Summary(_) => (SUMMARY, None, false),
        Instrument::Info | Instrument::StateSet(_) => (SUM, Some(CUMULATIVE), false),
    };
    sink.message(data, |sink| {
        sink.list(DATA_POINTS, |sink| {
            points::each(schema, family, |labels, series| sink.item(DATA_POINTS, |sink| point(sink, schema, labels, series)));
        });
        if let Some(temporality) = temporality {
            sink.choice(TEMPORALITY, temporality);
        }
        if is_monotonic {
            sink.flag(IS_MONOTONIC, true);
        }
    });
    let prometheus_type = match &schema.instrument {
        Instrument::Info => "info",
        Instrument::StateSet(_) => "stateset",
        _ => return,
    };
    sink.list_of_one(METADATA, |sink| attributes::text(sink, PROMETHEUS_TYPE, prometheus_type));
}

fn point<S: Sink>(sink: &mut S, schema: &Schema, labels: Labels<'_>, series: &Series) {
    let is_last_write = matches!(series.point, Point::Gauge(_) | Point::State(_));
    let extent = series.point.extent();
    match (&series.point, &schema.instrument) {
        (Point::Histogram(seen), Instrument::Histogram(bounds)) => histogram(sink, seen, bounds, labels),
        (Point::ExponentialHistogram(seen), Instrument::ExponentialHistogram(options)) => exponential(sink, seen, options, labels),
        (Point::Summary(seen), _) => summary(sink, seen, Asked { schema, series }, labels),
        (point, _) => {
            times(sink, extent, !is_last_write);
            sink.double(NUMBER_VALUE, value(point));
            exemplars(sink, NUMBER_EXEMPLARS, point.exemplars());
            labels_of(sink, NUMBER_ATTRIBUTES, labels);
        }
    }
}

/// What one number says of a point.
fn value(point: &Point) -> f64 {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => total.sum.value(),
        Point::Gauge(gauge) | Point::State(gauge) => gauge.last.map_or(0.0, |(_, value)| value.get()),
        // An info; a schema fixes the kind of all other points.
        _ => 1.0,
    }
}

fn histogram<S: Sink>(sink: &mut S, seen: &Histogram, bounds: &[Double], labels: Labels<'_>) {
    let tally = &seen.tally;
    times(sink, tally.extent, true);
    sink.fixed_unless_zero(COUNT, seen.count());
    sink.double(SUM_OF, tally.sum.value());
    sink.fixeds(BUCKET_COUNTS, &seen.counts);
    if !bounds.is_empty() {
        sink.doubles(BOUNDS, bounds);
    }
    exemplars(sink, HISTOGRAM_EXEMPLARS, tally.exemplars.as_slice());
    labels_of(sink, HISTOGRAM_ATTRIBUTES, labels);
    extremes(sink, HISTOGRAM_MIN, HISTOGRAM_MAX, tally);
}

fn exponential<S: Sink>(sink: &mut S, seen: &ExponentialHistogram, options: &ExponentialOptions, labels: Labels<'_>) {
    let (buckets, tally) = (&seen.buckets, &seen.tally);
    labels_of(sink, EXPONENTIAL_ATTRIBUTES, labels);
    times(sink, tally.extent, true);
    sink.fixed_unless_zero(COUNT, seen.count());
    sink.double(SUM_OF, tally.sum.value());
    if buckets.scale() != 0 {
        sink.sint(SCALE, buckets.scale());
    }
    sink.fixed_unless_zero(ZERO_COUNT, buckets.zero_count());
    sign(sink, POSITIVE, buckets.positive());
    sign(sink, NEGATIVE, buckets.negative());
    exemplars(sink, EXPONENTIAL_EXEMPLARS, tally.exemplars.as_slice());
    extremes(sink, EXPONENTIAL_MIN, EXPONENTIAL_MAX, tally);
    double_unless_zero(sink, ZERO_THRESHOLD, options.zero_threshold.get());
}

fn sign<S: Sink>(sink: &mut S, field: Field, buckets: &Buckets) {
    if !buckets.is_empty() {
        sink.message(field, |sink| {
            if buckets.offset() != 0 {
                sink.sint(BUCKETS_OFFSET, buckets.offset());
            }
            sink.varints(BUCKETS_COUNTS, buckets.counts());
        });
    }
}

fn summary<S: Sink>(sink: &mut S, seen: &Summary, asked: Asked<'_>, labels: Labels<'_>) {
    times(sink, seen.tally.extent, true);
    sink.fixed_unless_zero(COUNT, seen.count());
    double_unless_zero(sink, SUM_OF, seen.tally.sum.value());
    if seen.count() > 0 && asked.exported_quantiles().iter().any(|(_, quantile)| quantile.is_some()) {
        sink.list(QUANTILES, |sink| {
            for (share, quantile) in asked.exported_quantiles() {
                let Some(Quantile { value, .. }) = quantile else { continue };
                sink.item(QUANTILES, |sink| {
                    double_unless_zero(sink, QUANTILE, share);
                    double_unless_zero(sink, QUANTILE_VALUE, value);
                });
            }
        });
    }
    labels_of(sink, SUMMARY_ATTRIBUTES, labels);
}

/// What a point covers; of a last write only when it was.
fn times<S: Sink>(sink: &mut S, extent: Extent, has_start: bool) {
    if let Some((first, last)) = extent.bounds() {
        if has_start {
            sink.fixed_unless_zero(START, first.nanos());
        }
        sink.fixed_unless_zero(TIME, last.nanos());
    }
}

fn extremes<S: Sink>(sink: &mut S, min: Field, max: Field, tally: &Tally) {
    if let Some((least, greatest)) = tally.extremes {
        sink.double(min, least.get());
        sink.double(max, greatest.get());
    }
}

fn exemplars<S: Sink>(sink: &mut S, field: Field, exemplars: &[Exemplar]) {
    if exemplars.is_empty() {
        return;
    }
    sink.list(field, |sink| {
        for exemplar in exemplars {
            sink.item(field, |sink| {
                sink.fixed_unless_zero(EXEMPLAR_TIME, exemplar.at.nanos());
                sink.double(EXEMPLAR_VALUE, exemplar.value.get());
                sink.id(SPAN_ID, &exemplar.span_id.get().to_be_bytes());
                sink.id(TRACE_ID, &exemplar.trace_id.get().to_be_bytes());
            });
        }
    });
}

fn labels_of<S: Sink>(sink: &mut S, field: Field, labels: Labels<'_>) {
    if let Labels::Overflow = labels {
        sink.list_of_one(field, |sink| attributes::one(sink, OVERFLOW, &Value::Boolean(true)));
        return;
    }
    let mut pairs = labels.pairs().peekable();
    if pairs.peek().is_some() {
        sink.list(field, |sink| pairs.for_each(|(name, value)| sink.item(field, |sink| attributes::text(sink, name, value))));
    }
}

/// A double whose absence says zero; a negative zero is not zero.
fn double_unless_zero<S: Sink>(sink: &mut S, field: Field, value: f64) {
    if value.to_bits() != 0 {
        sink.double(field, value);
    }
}
