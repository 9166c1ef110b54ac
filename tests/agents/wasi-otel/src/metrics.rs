//! Metrics, right and wrong.

use crate::otel::wasi::otel::metrics::{
    Exemplar, ExponentialBucket, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, GaugeDataPoint, Histogram, HistogramDataPoint,
    Metric, MetricData, MetricNumber, ResourceMetrics, ScopeMetrics, Sum, SumDataPoint, Temporality, export,
};
use crate::otel::wasi::otel::types::{KeyValue, Resource};
use crate::{at, attribute, scope};

fn send(metrics: Vec<Metric>) -> Result<(), String> {
    let resource = Resource { attributes: vec![attribute("service.name", "\"agent\"")], schema_url: None };
    export(&ResourceMetrics { resource, scope_metrics: vec![ScopeMetrics { scope: scope(), metrics }] })
}

fn metric(name: &str, unit: &str, data: MetricData) -> Metric {
    Metric { name: name.into(), description: format!("What {name} is."), unit: unit.into(), data }
}

/// Who, as the attribute that tells series apart.
fn by(who: &str) -> Vec<KeyValue> {
    if who.is_empty() { vec![] } else { vec![attribute("by", &format!("\"{who}\""))] }
}

/// The times and the temporality of points.
#[derive(Clone, Copy)]
struct Covers(u64, u64, Temporality);

fn sum(Covers(start, time, temporality): Covers, is_monotonic: bool, points: &[(&str, MetricNumber)]) -> Sum {
    let point = |(who, value): &(&str, MetricNumber)| SumDataPoint { attributes: by(who), value: *value, exemplars: vec![] };
    Sum { data_points: points.iter().map(point).collect(), start_time: at(start), time: at(time), temporality, is_monotonic }
}

fn histogram(Covers(start, time, temporality): Covers, points: Vec<HistogramDataPoint>) -> MetricData {
    MetricData::F64Histogram(Histogram { data_points: points, start_time: at(start), time: at(time), temporality })
}

fn buckets(bounds: &[f64], counts: &[u64], ends: Option<(f64, f64)>, sum: f64) -> HistogramDataPoint {
    let double = MetricNumber::F64;
    HistogramDataPoint {
        attributes: vec![],
        count: counts.iter().fold(0, |sum, count| u64::saturating_add(sum, *count)),
        bounds: bounds.into(),
        bucket_counts: counts.into(),
        min: ends.map(|(least, _)| double(least)),
        max: ends.map(|(_, greatest)| double(greatest)),
        sum: double(sum),
        exemplars: vec![],
    }
}

fn exponential(Covers(start, time, temporality): Covers, points: Vec<ExponentialHistogramDataPoint>) -> MetricData {
    MetricData::F64ExponentialHistogram(ExponentialHistogram { data_points: points, start_time: at(start), time: at(time), temporality })
}

/// Of values above zero, at a scale, from an index on.
fn scaled(scale: i8, offset: i32, counts: &[u64], (least, greatest): (f64, f64), sum: f64) -> ExponentialHistogramDataPoint {
    let double = MetricNumber::F64;
    ExponentialHistogramDataPoint {
        attributes: vec![],
        count: counts.iter().sum(),
        min: Some(double(least)),
        max: Some(double(greatest)),
        sum: double(sum),
        scale,
        zero_count: 0,
        positive_bucket: ExponentialBucket { offset, counts: counts.into() },
        negative_bucket: ExponentialBucket { offset: 7, counts: vec![] },
        zero_threshold: 0.0,
        exemplars: vec![],
    }
}

/// What a whole program says at a time: calls by two, what is in work, a level, and how long things took.
fn program(
    covers: Covers,
    calls: [u64; 2],
    doubles: [f64; 2],
    level: f64,
    took: HistogramDataPoint,
    size: ExponentialHistogramDataPoint,
) -> Vec<Metric> {
    let calls = [("a", MetricNumber::U64(calls[0])), ("b", MetricNumber::U64(calls[1]))];
    let gauge = GaugeDataPoint { attributes: by("a"), value: MetricNumber::F64(level), exemplars: vec![] };
    let gauge = Gauge { data_points: vec![gauge], start_time: None, time: at(covers.1) };
    vec![
        metric("calls", "{call}", MetricData::U64Sum(sum(covers, true, &calls))),
        metric("cost", "", MetricData::F64Sum(sum(covers, true, &[("", MetricNumber::F64(doubles[0]))]))),
        metric("open", "", MetricData::S64Sum(sum(covers, false, &[("", MetricNumber::S64(doubles[1] as i64))]))),
        metric("level", "", MetricData::F64Gauge(gauge)),
        metric("took", "s", histogram(covers, vec![took])),
        metric("size", "By", exponential(covers, vec![size])),
    ]
}

/// The first collection of a program, with an exemplar.
pub(crate) fn first() -> Result<(), String> {
    let exemplar = |trace_id: &str| Exemplar {
        filtered_attributes: vec![],
        time: at(2),
        value: MetricNumber::F64(4.0),
        span_id: "b7ad6b7169203331".into(),
        trace_id: trace_id.into(),
    };
    let mut took = buckets(&[1.0, 2.0], &[1, 0, 2], Some((0.5, 4.0)), 7.5);
    took.exemplars = vec![exemplar(""), exemplar("0af7651916cd43dd8448eb211c80319c")];
    // 3 in (2, 4], at scale 0; in the next collection also 40 in (32, 64].
    let size = scaled(0, 0, &[0, 2, 0], (3.0, 3.0), 6.0);
    send(program(Covers(1, 2, Temporality::Cumulative), [3, u64::MAX - 1], [0.1, 5.0], 0.5, took, size))
}

/// The second one, of which only what came since counts. Sent twice, it counts once.
pub(crate) fn second() -> Result<(), String> {
    let took = buckets(&[1.0, 2.0], &[1, 1, 2], Some((0.5, 4.0)), 9.0);
    let size = scaled(-1, 0, &[2, 0, 1], (3.0, 40.0), 46.0);
    send(program(Covers(1, 3, Temporality::Cumulative), [5, u64::MAX], [0.3, 2.0], 0.25, took, size))
}

/// The program began again.
pub(crate) fn restart() -> Result<(), String> {
    let took = buckets(&[1.0, 2.0], &[1, 0, 0], Some((0.25, 0.25)), 0.25);
    let size = scaled(0, 1, &[1], (3.0, 3.0), 3.0);
    send(program(Covers(4, 5, Temporality::Cumulative), [2, 0], [1.0, 1.0], 0.75, took, size))
}

/// What was collected before, once more: it is too late.
pub(crate) fn late() -> Result<(), String> {
    let calls = sum(Covers(1, 2, Temporality::Cumulative), true, &[("a", MetricNumber::U64(3))]);
    send(vec![metric("calls", "{call}", MetricData::U64Sum(calls))])
}

/// The same kinds as deltas, which add up.
pub(crate) fn deltas() -> Result<(), String> {
    let took = || buckets(&[1.0, 2.0], &[0, 0, 1], Some((8.0, 8.0)), 8.0);
    let size = || scaled(2, 8, &[1], (4.5, 4.5), 4.5);
    for time in [6, 7] {
        send(program(Covers(time - 1, time, Temporality::Delta), [1, 2], [0.5, -1.0], 1.0, took(), size()))?;
    }
    Ok(())
}

/// Calls and a level, which later have an attribute more where something failed; sent twice, so that all of it is
/// said again.
pub(crate) fn more_attributes() -> Result<(), String> {
    let failed = |who: &str| [by(who), vec![attribute("error.type", "\"timeout\""), attribute("nothing", "null")]].concat();
    let calls = |time, points: &[(Vec<KeyValue>, u64)]| {
        let point = |(attributes, value): &(Vec<KeyValue>, u64)| SumDataPoint {
            attributes: attributes.clone(),
            value: MetricNumber::U64(*value),
            exemplars: vec![],
        };
        let covers = Covers(1, time, Temporality::Cumulative);
        let sum = Sum { data_points: points.iter().map(point).collect(), ..sum(covers, true, &[]) };
        metric("calls", "{call}", MetricData::U64Sum(sum))
    };
    let level = |time, attributes| {
        let point = GaugeDataPoint { attributes, value: MetricNumber::F64(1.0), exemplars: vec![] };
        metric("level", "", MetricData::F64Gauge(Gauge { data_points: vec![point], start_time: None, time: at(time) }))
    };
    send(vec![calls(2, &[(by("a"), 3)]), level(2, by("a"))])?;
    let more = || vec![calls(3, &[(by("a"), 4), (failed("a"), 2)]), level(3, failed("a"))];
    let _same = send(more());
    send(more())
}

/// Points that cannot be, each with one of the same metric that can.
pub(crate) fn wrong() -> Result<(), String> {
    let covers = Covers(1, 2, Temporality::Delta);
    let double = MetricNumber::F64;
    let mut attributes = sum(covers, true, &[("a", double(1.0)), ("b", double(1.0)), ("c", double(1.0))]);
    attributes.data_points[1].attributes[0].value = "nonsense".into();
    attributes.data_points[2].attributes[0].value = "[1, {\"a\": 2}]".into();
    let numbers = [double(1.0), MetricNumber::U64(1), double(f64::NAN), double(f64::NEG_INFINITY), double(-1.0)].map(|value| ("a", value));
    let good = || buckets(&[1.0], &[1, 1], Some((0.5, 2.0)), 2.5);
    let mut counted = good();
    counted.count = 3;
    let mut mixed = good();
    mixed.min = Some(MetricNumber::S64(0));
    let histograms = vec![
        good(),
        buckets(&[1.0], &[1], Some((0.5, 0.5)), 0.5),
        buckets(&[1.0], &[1, 1], None, 2.5),
        buckets(&[1.0], &[1, 1], Some((2.0, 0.5)), 2.5),
        buckets(&[1.0], &[0, 0], None, 2.5),
        buckets(&[2.0], &[1, 1], Some((0.5, 3.0)), 3.5),
        buckets(&[1.0], &[u64::MAX, 1], Some((0.5, 3.0)), 3.5),
        counted,
        mixed,
    ];
    let mut zero = scaled(0, 1, &[1], (3.0, 3.0), 3.0);
    zero.zero_threshold = 1.0;
    let exponentials = vec![
        scaled(0, 1, &[1], (3.0, 3.0), 3.0),
        scaled(21, 1, &[1], (3.0, 3.0), 3.0),
        scaled(0, i32::MAX, &[0, 1], (3.0, 3.0), 3.0),
        scaled(0, 5_000, &[1], (3.0, 3.0), 3.0),
        scaled(20, 0, &[1; 2_000], (1.0, 1.1), 2_000.0),
        zero,
    ];
    let first = send(vec![
        metric("attributes", "", MetricData::F64Sum(attributes)),
        metric("numbers", "", MetricData::F64Sum(sum(covers, true, &numbers))),
        metric("histograms", "", histogram(covers, histograms)),
    ]);
    let second = send(vec![
        metric("exponentials", "", exponential(covers, exponentials)),
        metric("numbers", "", MetricData::F64Sum(sum(covers, false, &[("a", double(1.0))]))),
        metric("attributes", "", MetricData::F64Sum(sum(covers, true, &[("a", double(1.0)), ("", double(4.0))]))),
        metric("backwards", "", MetricData::F64Sum(sum(Covers(3, 2, Temporality::Delta), true, &[("a", double(1.0))]))),
        metric("wish", "", MetricData::F64Sum(sum(Covers(1, 2, Temporality::LowMemory), true, &[("a", double(1.0))]))),
        metric("", "", MetricData::F64Sum(sum(covers, true, &[("a", double(1.0))]))),
    ]);
    Err([first, second].map(|answer| answer.err().unwrap_or_default()).join("\n"))
}
