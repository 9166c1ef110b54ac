//! The text formats held against what Prometheus' own encoder writes (vectors `prometheus-textparse`).
//!
//! A metric of a row is a page of its own here, as a family of ours has one set of label names and its
//! own order of series; the row is their lines together. What is ours on purpose is made of the row
//! first: numbers have the shortest digits, and OpenMetrics' metadata comes in the order in which its
//! specification names it, as all of it is optional and any order is allowed. Deliberately absent: rows
//! that say what no family of ours can, by name.

use codomyrmex_telemetry::export::{self, Escaping};
use codomyrmex_telemetry::metrics::{Family, Histogram, Point, Tally};
use codomyrmex_telemetry::{Descriptor, Double, ExactSum, Extent, Instrument, Ledger, Snapshot, SummaryOptions, Timestamp, WriterId};
use serde_json::Value;

/// What is compared of a row.
enum Held {
    Whole,
    /// All but the values of samples: a summary of ours is of values, whose quantiles rise and lie near.
    Names,
    No,
}

/// Rows that say what no family of ours can.
const LEFT_OUT: [(&str, &str); 20] = [
    ("TestCreate/0", "a counter that is NaN, a sample's time"),
    ("TestCreate/3", "untyped"),
    ("TestCreate/7", "a counter below zero"),
    ("TestCreate/8", "counts that are doubles"),
    ("TestCreate/9", "counts that are doubles"),
    ("TestCreate/10", "a gauge histogram"),
    ("TestCreate/11", "a gauge histogram"),
    ("TestCreateError/0", "a family may be empty"),
    ("TestCreateError/1", "untyped, no name"),
    ("TestCreateError/2", "a counter's family of another kind"),
    ("TestCreateOpenMetrics/0", "a counter without _total, a sample's time"),
    ("TestCreateOpenMetrics/1", "a counter without _total, a sample's time"),
    ("TestCreateOpenMetrics/2", "a counter without _total, a sample's time"),
    ("TestCreateOpenMetrics/5", "untyped"),
    ("TestCreateOpenMetrics/9", "exemplars that name no trace"),
    ("TestCreateOpenMetrics/16", "a sample's time, and a unit that the name does not end in"),
    ("TestCreateOpenMetrics/17", "a gauge histogram"),
    ("TestOpenMetricsCreateError/0", "untyped, no name"),
    ("TestOpenMetricsCreateError/1", "a counter's family of another kind"),
    ("TestOpenMetricsCreateError/2", "a gauge histogram"),
];

fn held(name: &str) -> Held {
    match name {
        "TestCreate/4" | "TestCreateOpenMetrics/6" => Held::Names,
        _ if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) => Held::No,
        _ => Held::Whole,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn nanos(seconds: &Value) -> Timestamp {
    Timestamp::from_nanos((number(seconds) * 1e3) as u64 * 1_000_000).unwrap()
}

fn bounds(metric: &Value) -> Vec<f64> {
    list(&metric["Histogram"]["Bucket"]).iter().map(|bucket| number(&bucket["UpperBound"])).filter(|bound| bound.is_finite()).collect()
}

fn instrument(family: &Value, metric: &Value) -> Instrument {
    let quantiles = list(&metric["Summary"]["Quantile"]).iter().map(|quantile| Double::new(number(&quantile["Quantile"]))).collect();
    match text(&family["Type"]).as_str() {
        "COUNTER" => Instrument::Counter,
        "GAUGE" => Instrument::Gauge,
        "HISTOGRAM" => Instrument::histogram(&bounds(metric)),
        "SUMMARY" => Instrument::Summary(SummaryOptions { quantiles, digits: 3 }),
        other => panic!("{other}"),
    }
}

/// A snapshot with a family and one metric of it, or none.
fn snapshot(family: &Value, metric: Option<&Value>, has_created: bool) -> Snapshot {
    let none = Value::Null;
    let metric_or_none = metric.unwrap_or(&none);
    let labels = list(&metric_or_none["Label"]);
    let mut ledger = Ledger::new(WriterId::new(1));
    let descriptor = Descriptor {
        name: text(&family["Name"]),
        help: text(&family["Help"]),
        unit: text(&family["Unit"]),
        labels: labels.iter().map(|label| text(&label["Name"])).collect(),
        instrument: instrument(family, metric_or_none),
        window: None,
    };
    let id = ledger.declare(descriptor).unwrap();
    if let Some(metric) = metric {
        let values: Vec<String> = labels.iter().map(|label| text(&label["Value"])).collect();
        let series = ledger.resolve(id, &values).unwrap();
        let created = |of: &Value| Some(&of["CreatedTimestamp"]).filter(|time| has_created && !time.is_null()).map(nanos);
        let (counter, gauge, summary) = (&metric["Counter"], &metric["Gauge"], &metric["Summary"]);
        if !counter.is_null() {
            ledger.add(series, number(&counter["Value"]), created(counter));
        } else if !gauge.is_null() {
            ledger.set(series, number(&gauge["Value"]), Timestamp::default());
        } else if !summary.is_null() {
            ledger.observe(series, 1.0, created(summary));
        }
    }
    let mut snapshot = ledger.snapshot();
    let series = snapshot.metrics.0.values_mut().flat_map(|family: &mut Family| family.series.values_mut());
    for (series, metric) in series.zip(metric) {
        if let Point::Histogram(histogram) = &mut series.point {
            **histogram = counted(&metric["Histogram"], has_created);
        }
    }
    snapshot
}

/// A histogram with these counts and this sum.
fn counted(histogram: &Value, has_created: bool) -> Histogram {
    let count = histogram["SampleCount"].as_u64().unwrap();
    let finite = list(&histogram["Bucket"]).iter().filter(|bucket| number(&bucket["UpperBound"]).is_finite());
    let below = finite.map(|bucket| bucket["CumulativeCount"].as_u64().unwrap()).chain([count]);
    let counts = below.scan(0, |last, below| Some(below - core::mem::replace(last, below))).collect();
    let mut sum = ExactSum::default();
    assert!(sum.add(number(&histogram["SampleSum"])));
    let created = Some(&histogram["CreatedTimestamp"]).filter(|time| has_created && !time.is_null());
    let extent = created.map(nanos).map(Extent::of).unwrap_or_default();
    Histogram { counts, tally: Tally { sum, extent, ..Tally::default() } }
}

/// A row's text with numbers and metadata as ours.
fn as_ours(expected: &str, is_open: bool) -> Vec<String> {
    let (mut head, samples): (Vec<&str>, Vec<&str>) = expected.lines().partition(|line| line.starts_with('#'));
    if is_open {
        head.sort_by_key(|line| ["# TYPE", "# UNIT", "# HELP"].iter().position(|what| line.starts_with(what)));
    }
    let samples = samples.into_iter().map(|line| {
        let (start, value) = line.rsplit_once(' ').unwrap();
        let value = match value {
            "NaN" | "+Inf" | "-Inf" => value.into(),
            _ => value
                .parse::<f64>()
                .map(|value| if value == value.trunc() && value.abs() < 1e15 { format!("{value}") } else { format!("{value:?}") })
                .unwrap(),
        };
        format!("{start} {value}")
    });
    head.into_iter().map(String::from).chain(samples).collect()
}

/// The lines that we write of a row.
fn ours(row: &Value, is_open: bool) -> Vec<String> {
    let (family, has_created) = (&row["family"], row["created_lines"] == true);
    let metrics = list(&family["Metric"]);
    let one_or_none = if metrics.is_empty() { vec![None] } else { metrics.iter().map(Some).collect() };
    let mut lines: Vec<String> = Vec::new();
    for metric in one_or_none {
        let snapshot = snapshot(family, metric, has_created);
        let page = if is_open { export::openmetrics } else { export::prometheus };
        let page = page(&snapshot, Escaping::AllowUtf8);
        let page = if is_open { page.strip_suffix("# EOF\n").unwrap() } else { &page };
        let head = page.lines().take_while(|line| line.starts_with('#')).count();
        assert!(lines.is_empty() || page.lines().take(head).eq(lines.iter().take(head)), "one head for all metrics");
        lines.extend(page.lines().skip(if lines.is_empty() { 0 } else { head }).map(String::from));
    }
    lines
}

#[test]
fn pages_are_those_of_the_reference_encoder() {
    let Ok(vectors) = std::env::var("CODOMYRMEX_VECTORS") else {
        #[expect(clippy::print_stdout, reason = "that a test looked at nothing should be seen")]
        {
            println!("CODOMYRMEX_VECTORS is not set: nothing was compared");
        }
        return;
    };
    let rows = std::fs::read_to_string(format!("{vectors}/prometheus-textparse/encode.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    let (mut whole, mut names, mut left_out) = (0, 0, 0);
    for row in &rows {
        let (name, is_open) = (text(&row["name"]), row["format"] == "openmetrics");
        let without_value = |line: &String| {
            line.rsplit_once(' ').filter(|_| !line.starts_with('#')).map_or_else(|| line.clone(), |(start, _)| start.into())
        };
        match held(&name) {
            Held::No => left_out += 1,
            Held::Whole => {
                assert_eq!(ours(row, is_open), as_ours(row["expected"].as_str().unwrap(), is_open), "{name}");
                whole += 1;
            }
            Held::Names => {
                let expected = as_ours(row["expected"].as_str().unwrap(), is_open);
                let (ours, expected): (Vec<_>, Vec<_>) =
                    (ours(row, is_open).iter().map(without_value).collect(), expected.iter().map(without_value).collect());
                assert_eq!(ours, expected, "{name}");
                names += 1;
            }
        }
    }
    assert_eq!((rows.len(), whole, names, left_out), (36, 14, 2, LEFT_OUT.len()));
}
