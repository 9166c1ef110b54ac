//! Whole exports of small accounts: all bytes, all text.
//!
//! Deliberately absent: accounts of any size, which readers that others wrote judge in `tests/judges`.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::protobuf::Writer;
use super::{Escaping, Temporality, openmetrics, otlp_metrics, otlp_metrics_json, prometheus, prometheus_protobuf, statsd};
use crate::Outcome;
use crate::float::Double;
use crate::id::{SpanId, TraceId};
use crate::metrics::{
    Exemplar, Exemplars, Exponential, ExponentialHistogram, ExponentialOptions, Family, Gauge, Histogram, Instrument, Point, Recent,
    Schema, Series, SeriesKey, Summary, SummaryOptions, Tally, Total, Values,
};
use crate::slo::{Alert, Condition, Counts, Objective, Severity, Slots, Tracked, Window};
use crate::snapshot::Snapshot;
use crate::statsd::Dialect;
use crate::sum::ExactSum;
use crate::time::{Extent, Timestamp};

const SECOND: u64 = 1_000_000_000;

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos).unwrap()
}

fn sum(values: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    values.iter().for_each(|value| assert!(sum.add(*value)));
    sum
}

fn extent(first: u64, last: u64) -> Extent {
    Extent::new(at(first), at(last)).unwrap()
}

fn total(value: f64) -> Total {
    Total { sum: sum(&[value]), ..Total::default() }
}

fn tally(values: &[f64]) -> Tally {
    let sorted = |order: fn(f64, f64) -> f64| values.iter().copied().reduce(order).map(Double::new);
    Tally { sum: sum(values), extremes: sorted(f64::min).zip(sorted(f64::max)), extent: extent(SECOND, 2 * SECOND), ..Tally::default() }
}

fn exemplar(value: f64) -> Exemplar {
    Exemplar { value: value.into(), at: at(3 * SECOND + 5), trace_id: TraceId::new(0xab).unwrap(), span_id: SpanId::new(0xcd).unwrap() }
}

/// Adds a family with these series; the one without label values is the overflow.
fn add(snapshot: &mut Snapshot, name: &str, instrument: Instrument, labels: &[&str], series: Vec<(&[&str], Point)>) {
    let texts = |texts: &[&str]| texts.iter().map(|text| String::from(*text)).collect::<Vec<_>>();
    let schema = Schema { name: name.into(), instrument, unit: String::new(), labels: texts(labels), window: None };
    let mut family = Family::default();
    for (values, point) in series {
        let series = Series { point, recent: None };
        if values.len() == labels.len() {
            family.series.insert(SeriesKey::new(texts(values)), series);
        } else {
            family.overflow = Some(series);
        }
    }
    snapshot.metrics.0.insert(schema, family);
}

fn exponential(options: &ExponentialOptions, values: &[f64]) -> Point {
    let mut buckets = Exponential::new(options);
    values.iter().for_each(|value| buckets.observe(options, *value, 1));
    Point::ExponentialHistogram(Box::new(ExponentialHistogram { buckets, tally: tally(values) }))
}

fn summary(values: &[f64]) -> Point {
    let mut kept = Values::default();
    values.iter().for_each(|value| kept.observe(3, *value, 1));
    Point::Summary(Box::new(Summary { values: kept, tally: tally(values) }))
}

fn state(value: f64) -> Point {
    Point::State(Gauge { last: Some((at(7), Double::new(value))) })
}

fn gauge(value: f64) -> Point {
    Point::Gauge(Gauge { last: Some((at(7), Double::new(value))) })
}

/// A counter with an exemplar, and what went to its overflow.
fn counted() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let exemplars = Exemplars::of_octaves(vec![exemplar(0.5)]).map(Box::new);
    let whole = Total { sum: sum(&[2.0]), extent: extent(SECOND, 3 * SECOND), exemplar: exemplars };
    add(&mut snapshot, "a.b", Instrument::Counter, &["c.d"], vec![(&["e"], Point::Counter(whole)), (&[], Point::Counter(total(1.0)))]);
    snapshot
}

/// One of every other kind.
fn mixed() -> Snapshot {
    let mut snapshot = Snapshot::default();
    add(&mut snapshot, "build", Instrument::Info, &["v"], vec![(&["1"], Point::Info)]);
    add(
        &mut snapshot,
        "door",
        Instrument::state_set(&["open", "shut"]),
        &["at", "door"],
        vec![(&["home", "shut"], state(1.0)), (&["work", "open"], Point::State(Gauge::default()))],
    );
    let options = ExponentialOptions::new(4, 0, 0.0);
    add(&mut snapshot, "exp", Instrument::ExponentialHistogram(options), &[], vec![(&[], exponential(&options, &[-3.0, 0.0, 3.0, 3.5]))]);
    add(
        &mut snapshot,
        "heat",
        Instrument::Gauge,
        &["n"],
        vec![(&["1"], gauge(f64::NAN)), (&["2"], gauge(-0.5)), (&["3"], Point::Gauge(Gauge::default()))],
    );
    let mut seen = Histogram { counts: vec![1, 0, 1], tally: tally(&[0.5, 9.0]) };
    seen.tally.exemplars = Exemplars::of_buckets(vec![exemplar(9.0)], &[1.0, 2.0].map(Double::new)).unwrap();
    add(&mut snapshot, "hist", Instrument::histogram(&[1.0, 2.0]), &[], vec![(&[], Point::Histogram(Box::new(seen)))]);
    let options = SummaryOptions { quantiles: [0.0, 0.5].map(Double::new).into(), digits: 3 };
    add(
        &mut snapshot,
        "sum",
        Instrument::Summary(options),
        &["k"],
        vec![(&["few"], summary(&[4.0, 2.0])), (&["many"], summary(&[1.0; 65]))],
    );
    add(&mut snapshot, "up", Instrument::UpDownCounter, &[], vec![(&[], Point::UpDownCounter(total(-2.5)))]);
    snapshot.drops.add(Outcome::InvalidValue, 3);
    snapshot
}

#[test]
fn prometheus_bytes_of_a_counter_are_these() {
    let expected = [
        &b"\xaf\x01\x0a\x09a_b_total\x18\x00"[..],
        b"\x22\x75\x0a\x08\x0a\x03c_d\x12\x01e\x1a\x69\x09\0\0\0\0\0\0\0\x40",
        b"\x12\x5a\x0a\x2c\x0a\x08trace_id\x12\x20000000000000000000000000000000ab",
        b"\x0a\x1b\x0a\x07span_id\x12\x1000000000000000cd",
        b"\x11\0\0\0\0\0\0\xe0\x3f\x1a\x04\x08\x03\x10\x05",
        b"\x1a\x02\x08\x01",
        b"\x22\x29\x0a\x1c\x0a\x14otel_metric_overflow\x12\x04true\x1a\x09\x09\0\0\0\0\0\0\xf0\x3f",
    ];
    assert_eq!(prometheus_protobuf(&counted(), Escaping::Underscores), expected.concat());
}

#[test]
fn names_are_escaped_with_what_ends_them() {
    let found = |escaping| String::from_utf8_lossy(&prometheus_protobuf(&counted(), escaping)).into_owned();
    assert!(found(Escaping::AllowUtf8).contains("a.b_total\u{18}") && found(Escaping::AllowUtf8).contains("c.d\u{12}"));
    assert!(found(Escaping::Dots).contains("a_dot_b__total\u{18}") && found(Escaping::Dots).contains("otel__metric__overflow\u{12}"));
    assert!(found(Escaping::Values).contains("U__a_2e_b__total\u{18}") && found(Escaping::Values).contains("U__c_2e_d\u{12}"));
}

#[test]
fn a_native_histogram_counts_by_the_upper_bound_at_the_finest_scale_there_is() {
    let options = ExponentialOptions::new(160, 9, 0.0);
    let mut seen = ExponentialHistogram { buckets: Exponential::new(&options), tally: tally(&[1.0]) };
    for (value, count) in [(1.0, 5), (1.001, 2), (1.002, 1), (1.02, 1), (-1.0, 2), (0.0, 1)] {
        seen.buckets.observe(&options, value, count);
    }
    assert_eq!(seen.buckets.scale(), 9);
    let mut snapshot = Snapshot::default();
    add(&mut snapshot, "n", Instrument::ExponentialHistogram(options), &[], vec![(&[], Point::ExponentialHistogram(Box::new(seen)))]);
    let expected = [
        &b"\x3f\x0a\x01n\x18\x04\x22\x38\x3a\x36\x08\x0c\x11\0\0\0\0\0\0\xf0\x3f"[..],
        b"\x28\x10\x31\x9d\x97\x8c\xcf\x08\xba\x5b\x25\x38\x01", // schema 8, threshold 1e-128, 1 zero
        b"\x4a\x04\x08\x00\x10\x01\x52\x01\x04",                 // negative: from 0 on one: 2
        b"\x62\x04\x08\x00\x10\x02\x62\x04\x08\x0c\x10\x01\x6a\x03\x0a\x03\x03", // positive: from 0 on two, after 6 one: 5, 3, 1
        b"\x7a\x02\x08\x01",
    ];
    assert_eq!(prometheus_protobuf(&snapshot, Escaping::Underscores), expected.concat());
}

#[test]
fn conflicts_and_drops_are_told() {
    let mut snapshot = Snapshot::default();
    add(&mut snapshot, "x", Instrument::Counter, &[], vec![(&[], Point::Counter(total(1.0)))]);
    add(&mut snapshot, "x", Instrument::Gauge, &[], vec![(&[], gauge(1.0))]);
    add(&mut snapshot, "y", Instrument::Gauge, &[], vec![(&[], Point::Gauge(Gauge::default()))]);
    snapshot.drops.add(Outcome::InvalidTime, 2);
    let expected = [
        &b"\x18\x0a\x07x_total\x18\x00\x22\x0b\x1a\x09\x09\0\0\0\0\0\0\xf0\x3f"[..],
        b"\x91\x01\x0a\x29codomyrmex_telemetry_conflicting_families",
        b"\x12\x55Families left out because another has their name and another kind, unit or label set.",
        b"\x18\x01\x22\x0b\x12\x09\x09\0\0\0\0\0\0\xf0\x3f",
        b"\x72\x0a\x22codomyrmex_telemetry_dropped_total\x12\x25Records that were dropped, by reason.",
        b"\x18\x00\x22\x23\x0a\x16\x0a\x06reason\x12\x0cinvalid-time\x1a\x09\x09\0\0\0\0\0\0\0\x40",
    ];
    let found = prometheus_protobuf(&snapshot, Escaping::Underscores);
    assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(&expected.concat()));
}

/// A request with these metrics, as JSON.
fn request(metrics: &[&str]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let scope = alloc::format!(r#"{{"name":"codomyrmex.telemetry","version":"{version}"}}"#);
    alloc::format!(r#"{{"resourceMetrics":[{{"resource":{{}},"scopeMetrics":[{{"scope":{scope},"metrics":[{}]}}]}}]}}"#, metrics.join(","))
}

#[test]
fn otlp_says_the_same_in_bytes_and_in_json() {
    let metric = [
        &b"\x0a\x03a.b\x3a\x84\x01"[..],
        b"\x0a\x57\x11\x00\xca\x9a\x3b\0\0\0\0\x19\x00\x5e\xd0\xb2\0\0\0\0\x21\0\0\0\0\0\0\0\x40",
        b"\x2a\x2e\x11\x05\x5e\xd0\xb2\0\0\0\0\x19\0\0\0\0\0\0\xe0\x3f\x22\x08\0\0\0\0\0\0\0\xcd",
        b"\x2a\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xab\x3a\x0a\x0a\x03c.d\x12\x03\x0a\x01e",
        b"\x0a\x25\x21\0\0\0\0\0\0\xf0\x3f\x3a\x1a\x0a\x14otel.metric.overflow\x12\x02\x10\x01",
        b"\x10\x01\x18\x01",
    ];
    let mut expected = Writer::default();
    expected.message(1, |writer| {
        writer.message(1, |_| {});
        writer.message(2, |writer| {
            writer.message(1, |writer| {
                writer.text(1, "codomyrmex.telemetry");
                writer.text(2, env!("CARGO_PKG_VERSION"));
            });
            writer.bytes(2, &metric.concat());
        });
    });
    assert_eq!(otlp_metrics(&counted(), Temporality::Delta), expected.finish());
    let expected = request(&[
        r#"{"name":"a.b","sum":{"dataPoints":[{"startTimeUnixNano":"1000000000","timeUnixNano":"3000000000","asDouble":2.0,"exemplars":[{"timeUnixNano":"3000000005","asDouble":0.5,"spanId":"00000000000000cd","traceId":"000000000000000000000000000000ab"}],"attributes":[{"key":"c.d","value":{"stringValue":"e"}}]},{"asDouble":1.0,"attributes":[{"key":"otel.metric.overflow","value":{"boolValue":true}}]}],"aggregationTemporality":1,"isMonotonic":true}}"#,
    ]);
    assert_eq!(otlp_metrics_json(&counted(), Temporality::Delta), expected);
}

#[test]
fn otlp_json_of_every_other_kind_is_this() {
    let expected = request(&[
        r#"{"name":"build_info","sum":{"dataPoints":[{"asDouble":1.0,"attributes":[{"key":"v","value":{"stringValue":"1"}}]}],"aggregationTemporality":2},"metadata":[{"key":"prometheus.type","value":{"stringValue":"info"}}]}"#,
        r#"{"name":"door","sum":{"dataPoints":[{"asDouble":0.0,"attributes":[{"key":"at","value":{"stringValue":"home"}},{"key":"door","value":{"stringValue":"open"}}]},{"timeUnixNano":"7","asDouble":1.0,"attributes":[{"key":"at","value":{"stringValue":"home"}},{"key":"door","value":{"stringValue":"shut"}}]}],"aggregationTemporality":2},"metadata":[{"key":"prometheus.type","value":{"stringValue":"stateset"}}]}"#,
        r#"{"name":"exp","exponentialHistogram":{"dataPoints":[{"startTimeUnixNano":"1000000000","timeUnixNano":"2000000000","count":"4","sum":3.5,"zeroCount":"1","positive":{"offset":1,"bucketCounts":["2"]},"negative":{"offset":1,"bucketCounts":["1"]},"min":-3.0,"max":3.5}],"aggregationTemporality":2}}"#,
        r#"{"name":"heat","gauge":{"dataPoints":[{"timeUnixNano":"7","asDouble":"NaN","attributes":[{"key":"n","value":{"stringValue":"1"}}]},{"timeUnixNano":"7","asDouble":-0.5,"attributes":[{"key":"n","value":{"stringValue":"2"}}]}]}}"#,
        r#"{"name":"hist","histogram":{"dataPoints":[{"startTimeUnixNano":"1000000000","timeUnixNano":"2000000000","count":"2","sum":9.5,"bucketCounts":["1","0","1"],"explicitBounds":[1.0,2.0],"exemplars":[{"timeUnixNano":"3000000005","asDouble":9.0,"spanId":"00000000000000cd","traceId":"000000000000000000000000000000ab"}],"min":0.5,"max":9.0}],"aggregationTemporality":2}}"#,
        r#"{"name":"sum","summary":{"dataPoints":[{"startTimeUnixNano":"1000000000","timeUnixNano":"2000000000","count":"2","sum":6.0,"quantileValues":[{"value":2.0},{"quantile":0.5,"value":2.0}],"attributes":[{"key":"k","value":{"stringValue":"few"}}]},{"startTimeUnixNano":"1000000000","timeUnixNano":"2000000000","count":"65","sum":65.0,"quantileValues":[{"value":1.0},{"quantile":0.5,"value":1.0}],"attributes":[{"key":"k","value":{"stringValue":"many"}}]}]}}"#,
        r#"{"name":"up","sum":{"dataPoints":[{"asDouble":-2.5}],"aggregationTemporality":2}}"#,
        r#"{"name":"codomyrmex.telemetry.dropped","description":"Records that were dropped, by reason.","sum":{"dataPoints":[{"asDouble":3.0,"attributes":[{"key":"reason","value":{"stringValue":"invalid-value"}}]}],"aggregationTemporality":2,"isMonotonic":true}}"#,
    ]);
    assert_eq!(otlp_metrics_json(&mixed(), Temporality::Cumulative), expected);
    assert_eq!(otlp_metrics_json(&Snapshot::default(), Temporality::Delta), request(&[]));
}

#[test]
fn only_what_changed_is_a_delta() {
    let temporalities = |temporality| {
        let text = otlp_metrics_json(&mixed(), temporality);
        let found: Vec<_> = text.split("aggregationTemporality\":").skip(1).filter_map(|rest| rest.chars().next()).collect();
        found.into_iter().collect::<String>()
    };
    assert_eq!(temporalities(Temporality::Cumulative), "222222");
    assert_eq!(temporalities(Temporality::Delta), "221111"); // the info and the state set are as they are
}

#[test]
fn a_state_that_may_have_gone_to_the_overflow_is_not_said_to_be_off() {
    let mut snapshot = Snapshot::default();
    let series: Vec<(&[&str], Point)> = vec![(&["shut"], state(1.0)), (&[], state(0.0))];
    add(&mut snapshot, "door", Instrument::state_set(&["open", "shut"]), &["door"], series);
    assert_eq!(statsd(&snapshot, Dialect::DogStatsd), "door:1|g|#door:shut\ndoor:0|g|#otel_metric_overflow:true\n");
}

#[test]
fn a_windowed_summary_has_the_quantiles_of_lately() {
    let instrument = Instrument::Summary(SummaryOptions { quantiles: vec![Double::new(0.5)], digits: 3 });
    let schema = Schema { name: "s".into(), instrument, unit: "By".into(), labels: vec![], window: Some(12) };
    let recent = Recent::from_slices(vec![(3, summary(&[8.0]))], 12).map(Box::new);
    let series = Series { point: summary(&[1.0, 2.0, 8.0]), recent };
    let family = Family { help: "H".into(), series: [(SeriesKey::new(vec![]), series)].into(), overflow: None };
    let mut snapshot = Snapshot::default();
    snapshot.metrics.0.insert(schema, family);
    let expected = [
        &b"\x33\x0a\x01s\x12\x01H\x18\x02\x22\x25\x22\x23\x08\x03\x11\0\0\0\0\0\0\x26\x40"[..],
        b"\x1a\x12\x09\0\0\0\0\0\0\xe0\x3f\x11\0\0\0\0\0\0\x20\x40\x22\x02\x08\x01\x2a\x02By",
    ];
    assert_eq!(prometheus_protobuf(&snapshot, Escaping::Underscores), expected.concat());
    assert!(otlp_metrics_json(&snapshot, Temporality::Cumulative).contains(r#""quantileValues":[{"quantile":0.5,"value":8.0}]"#));
}

#[test]
fn statsd_lines_are_these() {
    let expected = "build_info.1:1|g\ndoor.home.open:0|g\ndoor.home.shut:1|g\nexp.count:4|c\nexp.sum:3.5|c\nheat.2:0|g\nheat.2:-0.5|g\n\
        hist.count:2|c\nhist.sum:9.5|c\nsum.few:2|ms\nsum.few:4|ms\nsum.count.many:65|c\nsum.sum.many:65|c\nsum.quantile.many.0:1|g\n\
        sum.quantile.many.0_5:1|g\nup:-2.5|c\ncodomyrmex.telemetry.dropped.invalid-value:3|c\n";
    assert_eq!(statsd(&mixed(), Dialect::Statsd), expected);
    let expected = "build_info:1|g|#v:1\ndoor:0|g|#at:home,door:open\ndoor:1|g|#at:home,door:shut\nexp.count:4|c\nexp.sum:3.5|c\n\
        heat:-0.5|g|#n:2\nhist.count:2|c\nhist.sum:9.5|c\nsum:2:4|d|#k:few\nsum.count:65|c|#k:many\nsum.sum:65|c|#k:many\n\
        sum.quantile:1|g|#k:many,quantile:0\nsum.quantile:1|g|#k:many,quantile:0.5\nup:-2.5|c\n\
        codomyrmex.telemetry.dropped:3|c|#reason:invalid-value\n";
    assert_eq!(statsd(&mixed(), Dialect::DogStatsd), expected);
    assert_eq!(statsd(&counted(), Dialect::DogStatsd), "a.b:2|c|#c.d:e\na.b:1|c|#otel_metric_overflow:true\n");
}

/// Two objectives, to one of which nothing happened.
fn promised() -> Snapshot {
    let burn = Condition::Burn { factor: "2/1".parse().unwrap(), long: 60, short: 5, minimum_bad: 1 };
    let alert = |name: &str, severity, condition| Alert { name: name.into(), severity, condition };
    let alerts = vec![alert("fast", Severity::Page, burn), alert("quiet", Severity::Ticket, Condition::NoData { after: 9 })];
    let first = Objective { alerts, ..Objective::new("a", "90%".parse().unwrap(), Window::days(1).unwrap()) };
    let other = Objective { alerts: vec![], ..Objective::new("b\"", "100%".parse().unwrap(), Window::days(1).unwrap()) };
    let slots = [(100, Counts { good: 6, bad: 0 }), (130, Counts { good: 0, bad: 4 })];
    let slots = Slots::from_parts(&slots, Counts { good: 1 << 60, bad: 1 }).unwrap();
    let mut snapshot = Snapshot::default();
    snapshot.slos.0.insert(Arc::new(first), Tracked { slots, ..Tracked::default() });
    snapshot.slos.0.insert(Arc::new(other), Tracked::default());
    snapshot
}

#[test]
fn objectives_are_families_among_others() {
    let mut snapshot = promised();
    add(&mut snapshot, "c", Instrument::Gauge, &[], vec![(&[], gauge(1.0))]);
    let expected = "# TYPE c gauge\nc 1\n\
        # HELP P_alert_firing Whether an alert fires: 1 or 0.\n# TYPE P_alert_firing gauge\n\
        P_alert_firing{slo=\"a\",alert=\"fast\",severity=\"page\"} 1\nP_alert_firing{slo=\"a\",alert=\"quiet\",severity=\"ticket\"} 0\n\
        # HELP P_burn_rate How many times as fast as it may the error budget burned over a lookback.\n# TYPE P_burn_rate gauge\n\
        P_burn_rate{slo=\"a\",window=\"1h\"} 4\nP_burn_rate{slo=\"a\",window=\"5m\"} 10\n\
        # HELP P_current_ratio The share that was good in the window.\n# TYPE P_current_ratio gauge\nP_current_ratio{slo=\"a\"} 0.6\n\
        # HELP P_error_budget_remaining_ratio The share of the error budget that is left.\n\
        # TYPE P_error_budget_remaining_ratio gauge\nP_error_budget_remaining_ratio{slo=\"a\"} -3\n\
        # HELP P_events_total Events of objectives by outcome, those in exempt times left out.\n# TYPE P_events_total counter\n\
        P_events_total{slo=\"a\",outcome=\"bad\"} 5\nP_events_total{slo=\"a\",outcome=\"good\"} 1.152921504606847e18\n\
        P_events_total{slo=\"b\\\"\",outcome=\"bad\"} 0\nP_events_total{slo=\"b\\\"\",outcome=\"good\"} 0\n\
        # HELP P_target_ratio The share that must be good in the window.\n# TYPE P_target_ratio gauge\n\
        P_target_ratio{slo=\"a\"} 0.9\nP_target_ratio{slo=\"b\\\"\"} 1\n";
    let expected = expected.replace("P_", "codomyrmex_telemetry_slo_");
    assert_eq!(prometheus(&snapshot, Escaping::Underscores), expected);
    let is_sample = |line: &&str| !line.starts_with('#');
    let open = openmetrics(&snapshot, Escaping::Underscores);
    assert!(open.lines().filter(is_sample).eq(expected.lines().filter(is_sample)), "{open}");
    let binary = prometheus_protobuf(&snapshot, Escaping::Underscores);
    let current = [
        &b"\x69\x0a\x26codomyrmex_telemetry_slo_current_ratio\x12\x26The share that was good in the window.\x18\x01"[..],
        b"\x22\x15\x0a\x08\x0a\x03slo\x12\x01a\x12\x09\x09\x33\x33\x33\x33\x33\x33\xe3\x3f",
    ];
    assert!(binary.windows(106).any(|bytes| bytes == current.concat()), "{}", String::from_utf8_lossy(&binary));
}

#[test]
fn how_objectives_stand_does_not_follow_from_what_two_drains_lie_around() {
    let names = |temporality| {
        let text = otlp_metrics_json(&promised(), temporality);
        text.split(r#"{"name":"codomyrmex.telemetry.slo."#).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.into())).collect()
    };
    let whole: Vec<String> = names(Temporality::Cumulative);
    assert_eq!(whole, ["alert_firing", "burn_rate", "current_ratio", "error_budget_remaining_ratio", "events", "target_ratio"]);
    let part: Vec<String> = names(Temporality::Delta);
    assert_eq!(part, ["events", "target_ratio"]);
    let current = r#"{"name":"codomyrmex.telemetry.slo.current_ratio","description":"The share that was good in the window.","gauge":{"dataPoints":[{"timeUnixNano":"7860000000000","asDouble":0.6,"attributes":[{"key":"slo","value":{"stringValue":"a"}}]}]}}"#;
    assert!(otlp_metrics_json(&promised(), Temporality::Cumulative).contains(current));
    let events = r#""dataPoints":[{"asDouble":5.0,"attributes":[{"key":"slo","value":{"stringValue":"a"}},{"key":"outcome","value":{"stringValue":"bad"}}]}"#;
    assert!(otlp_metrics_json(&promised(), Temporality::Delta).contains(events));
    let lines = "events:5|c|#slo:a,outcome:bad\nevents:1152921504606847000|c|#slo:a,outcome:good\nevents:0|c|#slo:b\",outcome:bad\n\
        events:0|c|#slo:b\",outcome:good\ntarget_ratio:0.9|g|#slo:a\ntarget_ratio:1|g|#slo:b\"\n";
    let expected: String = lines.lines().map(|line| format!("codomyrmex.telemetry.slo.{line}\n")).collect();
    assert_eq!(statsd(&promised(), Dialect::DogStatsd), expected);
}
