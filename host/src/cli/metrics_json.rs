//! Metrics for programs: families as objects, every number that the snapshot holds of them.
//!
//! Deliberately absent: rounding, and what a window holds beyond the quantiles of a summary.

use codomyrmex_telemetry::metrics::{Buckets, Exemplar, Instrument, Point, Schema, Series, Tally};
use codomyrmex_telemetry::query::Asked;
use codomyrmex_telemetry::{Double, Snapshot};
use serde_json::{Map, Value, json};

/// All families, in the order of their schemas.
pub(super) fn metrics(snapshot: &Snapshot) -> Value {
    let families = snapshot.metrics.0.iter().map(|(schema, family)| {
        let all = family.series.iter().map(|(key, one)| {
            let labels: Map<_, _> = schema.labels.iter().cloned().zip(key.values().iter().map(|value| json!(value))).collect();
            series(schema, one, labels.into())
        });
        json!({
            "name": schema.exposed_name(),
            "kind": schema.instrument.name(),
            "unit": schema.unit,
            "help": family.help,
            "labels": schema.labels,
            "window_ns": schema.window,
            "bounds": settings(&schema.instrument, |instrument| match instrument {
                Instrument::Histogram(bounds) => Some(doubles(bounds)),
                _ => None,
            }),
            "zero_threshold": settings(&schema.instrument, |instrument| match instrument {
                Instrument::ExponentialHistogram(options) => Some(number(options.zero_threshold.get())),
                _ => None,
            }),
            "states": settings(&schema.instrument, |instrument| match instrument {
                Instrument::StateSet(states) => Some(json!(states)),
                _ => None,
            }),
            "series": all.collect::<Vec<_>>(),
            "overflow": family.overflow.as_ref().map(|overflow| series(schema, overflow, Value::Null)),
        })
    });
    families.collect()
}

fn settings(instrument: &Instrument, of: impl Fn(&Instrument) -> Option<Value>) -> Value {
    of(instrument).unwrap_or(Value::Null)
}

fn doubles(list: &[Double]) -> Value {
    list.iter().map(|double| number(double.get())).collect()
}

fn series(schema: &Schema, series: &Series, labels: Value) -> Value {
    let point = &series.point;
    let bounds = point.extent().bounds();
    let mut object = Map::new();
    object.insert("labels".into(), labels);
    object.insert("value".into(), value(schema, series));
    object.insert("first_ns".into(), json!(bounds.map(|(first, _)| first.nanos())));
    object.insert("last_ns".into(), json!(bounds.map(|(_, last)| last.nanos())));
    if !point.exemplars().is_empty() {
        object.insert("exemplars".into(), point.exemplars().iter().map(exemplar).collect());
    }
    object.into()
}

fn value(schema: &Schema, series: &Series) -> Value {
    match &series.point {
        Point::Counter(total) | Point::UpDownCounter(total) => number(total.sum.value()),
        Point::Gauge(gauge) | Point::State(gauge) => gauge.last.map_or(Value::Null, |(_, value)| number(value.get())),
        Point::Info => json!(1.0),
        Point::Histogram(histogram) => {
            let mut object = tally(&histogram.tally, histogram.count());
            object.insert("bucket_counts".into(), json!(histogram.counts));
            object.into()
        }
        Point::ExponentialHistogram(histogram) => {
            let (buckets, mut object) = (&histogram.buckets, tally(&histogram.tally, histogram.count()));
            let sign = |buckets: &Buckets| json!({"offset": buckets.offset(), "counts": buckets.counts()});
            object.insert("scale".into(), json!(buckets.scale()));
            object.insert("zero_count".into(), json!(buckets.zero_count()));
            object.insert("positive".into(), sign(buckets.positive()));
            object.insert("negative".into(), sign(buckets.negative()));
            object.into()
        }
        Point::Summary(summary) => {
            let mut object = tally(&summary.tally, summary.count());
            object.insert("quantiles".into(), quantiles(schema, series));
            object.into()
        }
    }
}

/// As exports show them: of the window where the family has one.
fn quantiles(schema: &Schema, series: &Series) -> Value {
    let rows = Asked { schema, series }.exported_quantiles().into_iter();
    rows.map(|(share, quantile)| json!([share, quantile.map(|quantile| number(quantile.value))])).collect()
}

fn tally(tally: &Tally, count: u64) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("count".into(), json!(count));
    object.insert("sum".into(), number(tally.sum.value()));
    object.insert("min".into(), json!(tally.extremes.map(|(least, _)| least.get())));
    object.insert("max".into(), json!(tally.extremes.map(|(_, greatest)| greatest.get())));
    object
}

fn exemplar(exemplar: &Exemplar) -> Value {
    json!({
        "value": number(exemplar.value.get()),
        "at_ns": exemplar.at.nanos(),
        "trace_id": exemplar.trace_id.to_string(),
        "span_id": exemplar.span_id.to_string(),
    })
}

/// JSON has no NaN and no infinities; they are told as texts.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}
