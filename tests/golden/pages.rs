//! Whole pages of the text formats, as they must be, one for each instrument.
//!
//! Deliberately absent: names, labels and numbers by themselves, which have tests where they are.

use codomyrmex_telemetry::export::{Escaping, openmetrics, prometheus};
use codomyrmex_telemetry::limits::SERIES_PER_FAMILY_MAX;
use codomyrmex_telemetry::metrics::{ExponentialOptions, FamilyId, SummaryOptions};
use codomyrmex_telemetry::tracer::SpanContext;
use codomyrmex_telemetry::{Descriptor, Double, Instrument, Ledger, Outcome, SpanId, Timestamp, TraceId, WriterId};

/// A ledger and what is tried on it.
struct Tried(Ledger);

fn tried() -> Tried {
    Tried(Ledger::new(WriterId::new(1)))
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos).unwrap()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| String::from(*value)).collect()
}

impl Tried {
    fn declare(&mut self, name: &str, help: &str, labels: &[&str], instrument: Instrument, window: Option<u64>) -> FamilyId {
        let unit = if name.contains("_seconds") { "seconds" } else { "" };
        let (name, help, unit) = (name.into(), help.into(), unit.into());
        self.0.declare(Descriptor { name, help, unit, labels: texts(labels), instrument, window }).unwrap()
    }

    fn add(&mut self, family: FamilyId, labels: &[&str], value: f64, time: Option<u64>) {
        let series = self.0.resolve(family, &texts(labels)).unwrap();
        assert_eq!(self.0.add(series, value, time.map(at)), Outcome::Recorded);
    }

    fn set(&mut self, family: FamilyId, labels: &[&str], value: f64) {
        let series = self.0.resolve(family, &texts(labels)).unwrap();
        assert_eq!(self.0.set(series, value, at(1)), Outcome::Recorded);
    }

    fn observe(&mut self, family: FamilyId, labels: &[&str], values: &[f64], time: Option<u64>) {
        let series = self.0.resolve(family, &texts(labels)).unwrap();
        for value in values {
            assert_eq!(self.0.observe(series, *value, time.map(at)), Outcome::Recorded);
        }
    }

    /// Records with a trace.
    fn record(&mut self, family: FamilyId, value: f64, time: u64, trace: u128) {
        let (trace_id, span_id) = (TraceId::new(trace).unwrap(), SpanId::new(0xb).unwrap());
        let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
        let (series, span) = (self.0.resolve(family, &[]).unwrap(), self.0.remote_span(context).unwrap());
        assert_eq!(self.0.record_in(series, value, at(time), span), Outcome::Recorded);
        self.0.end_span(span, at(time));
    }

    fn holds(&self, expected_prometheus: &str, expected_openmetrics: &str) {
        let snapshot = self.0.snapshot();
        assert_eq!(prometheus(&snapshot, Escaping::AllowUtf8), expected_prometheus);
        assert_eq!(openmetrics(&snapshot, Escaping::AllowUtf8), expected_openmetrics);
    }
}

#[test]
fn nothing_is_an_empty_page() {
    tried().holds("", "# EOF\n");
}

#[test]
fn counters() {
    let mut tried = tried();
    let waits = tried.declare("wait_seconds_total", "Waits.\nAll \"of\\them\".", &["to", "b"], Instrument::Counter, None);
    tried.add(waits, &["x", ""], 0.5, Some(12_345_600_000_000));
    tried.add(waits, &["x", ""], 2.0, Some(12_345_700_000_000));
    tried.add(waits, &["a\\\n\"é", "y"], 3.0, None);
    let calls = tried.declare("calls", "", &[], Instrument::Counter, None);
    tried.record(calls, 3.0, 2_000_000_000, 0xa);
    tried.record(calls, 4.0, 2_500_000_000, 0xa);
    tried.declare("never", "", &[], Instrument::Counter, None);
    tried.holds(
        "# TYPE calls_total counter\n\
         calls_total 7\n\
         # TYPE never_total counter\n\
         # HELP wait_seconds_total Waits.\\nAll \"of\\\\them\".\n\
         # TYPE wait_seconds_total counter\n\
         wait_seconds_total{to=\"a\\\\\\n\\\"é\",b=\"y\"} 3\n\
         wait_seconds_total{to=\"x\",b=\"\"} 2.5\n",
        "# TYPE calls counter\n\
         calls_total 7 # {trace_id=\"0000000000000000000000000000000a\",span_id=\"000000000000000b\"} 3 2\n\
         calls_created 2\n\
         # TYPE never counter\n\
         # TYPE wait_seconds counter\n\
         # UNIT wait_seconds seconds\n\
         # HELP wait_seconds Waits.\\nAll \\\"of\\\\them\\\".\n\
         wait_seconds_total{to=\"a\\\\\\n\\\"é\",b=\"y\"} 3\n\
         wait_seconds_total{to=\"x\",b=\"\"} 2.5\n\
         wait_seconds_created{to=\"x\",b=\"\"} 12345.6\n\
         # EOF\n",
    );
}

#[test]
fn gauges_and_sums_that_fall() {
    let mut tried = tried();
    let level = tried.declare("level", "", &["of"], Instrument::Gauge, None);
    for (of, value) in [("a", f64::NAN), ("b", f64::NEG_INFINITY), ("c", -0.25), ("d", 3.14e42), ("e", 1e15)] {
        tried.set(level, &[of], value);
    }
    tried.0.resolve(level, &texts(&["never"])).unwrap();
    let open = tried.declare("open", "", &[], Instrument::UpDownCounter, None);
    tried.add(open, &[], -4.0, Some(7));
    let samples =
        "level{of=\"a\"} NaN\nlevel{of=\"b\"} -Inf\nlevel{of=\"c\"} -0.25\nlevel{of=\"d\"} 3.14e42\nlevel{of=\"e\"} 1000000000000000.0\n";
    let page = format!("# TYPE level gauge\n{samples}# TYPE open gauge\nopen -4\n");
    tried.holds(&page, &format!("{page}# EOF\n"));
}

#[test]
fn histograms() {
    let mut tried = tried();
    let took = tried.declare("took", "", &[], Instrument::histogram(&[0.5, 1.0, 64.0]), None);
    tried.record(took, 64.0, 2_500_000_000, 0xa);
    tried.record(took, 65.5, 3_000_000_000, 0xc);
    tried.record(took, 0.25, 4_000_000_000, 0xd);
    let below = tried.declare("below", "", &["x"], Instrument::histogram(&[-1.0, 1.0]), None);
    tried.observe(below, &["1"], &[0.5, -1.0], None);
    let samples = "took_bucket{le=\"0.5\"} 1\ntook_bucket{le=\"1\"} 1\ntook_bucket{le=\"64\"} 2\ntook_bucket{le=\"+Inf\"} 3\n";
    let exemplar = |trace: &str, rest: &str| {
        format!("# {{trace_id=\"0000000000000000000000000000000{trace}\",span_id=\"000000000000000b\"}} {rest}\n")
    };
    tried.holds(
        &format!(
            "# TYPE below histogram\n\
             below_bucket{{x=\"1\",le=\"-1\"}} 1\n\
             below_bucket{{x=\"1\",le=\"1\"}} 2\n\
             below_bucket{{x=\"1\",le=\"+Inf\"}} 2\n\
             below_sum{{x=\"1\"}} -0.5\n\
             below_count{{x=\"1\"}} 2\n\
             # TYPE took histogram\n{samples}took_sum 129.75\ntook_count 3\n"
        ),
        &format!(
            "# TYPE below histogram\n\
             below_bucket{{x=\"1\",le=\"-1.0\"}} 1\n\
             below_bucket{{x=\"1\",le=\"1.0\"}} 2\n\
             below_bucket{{x=\"1\",le=\"+Inf\"}} 2\n\
             # TYPE took histogram\n\
             took_bucket{{le=\"0.5\"}} 1 {}took_bucket{{le=\"1.0\"}} 1\n\
             took_bucket{{le=\"64.0\"}} 2 {}took_bucket{{le=\"+Inf\"}} 3 {}\
             took_sum 129.75\ntook_count 3\ntook_created 2.5\n# EOF\n",
            exemplar("d", "0.25 4"),
            exemplar("a", "64 2.5"),
            exemplar("c", "65.5 3"),
        ),
    );
}

#[test]
fn exponential_histograms() {
    let mut tried = tried();
    let wide = tried.declare("wide", "", &[], Instrument::ExponentialHistogram(ExponentialOptions::new(160, 0, 0.25)), None);
    tried.observe(wide, &[], &[-8.0, -0.25, 0.0, 3.0, 4.0, 100.0], Some(1_000_000_000));
    let near = tried.declare("near", "", &[], Instrument::ExponentialHistogram(ExponentialOptions::new(2, 20, 0.0)), None);
    for (value, trace) in [(3.0, 2), (4.0, 3), (0.0, 4), (1e5, 5)] {
        tried.record(near, value, trace * 1_000_000_000, trace.into()); // 3 and 4 share a bucket
    }
    let (trace, value) = (2, 3); // of the two in one bucket, that of the trace with the smaller hash
    let exemplar = |trace: u64, value: &str| {
        format!("# {{trace_id=\"000000000000000000000000000000{trace:02x}\",span_id=\"000000000000000b\"}} {value} {trace}\n")
    };
    let near_bounds = ["65536", "4294967296"]; // of the bucket from 1 on and the next, at scale -4
    tried.holds(
        &format!(
            "# TYPE near histogram\n\
             near_bucket{{le=\"0\"}} 1\n\
             near_bucket{{le=\"{}\"}} 3\n\
             near_bucket{{le=\"{}\"}} 4\n\
             near_bucket{{le=\"+Inf\"}} 4\n\
             near_sum 100007\nnear_count 4\n\
             # TYPE wide histogram\n\
             wide_bucket{{le=\"-4.000000000000001\"}} 1\n\
             wide_bucket{{le=\"0.25\"}} 3\n\
             wide_bucket{{le=\"4\"}} 5\n\
             wide_bucket{{le=\"128\"}} 6\n\
             wide_bucket{{le=\"+Inf\"}} 6\n\
             wide_sum 98.75\nwide_count 6\n",
            near_bounds[0], near_bounds[1],
        ),
        &format!(
            "# TYPE near histogram\n\
             near_bucket{{le=\"0.0\"}} 1 {}near_bucket{{le=\"{}.0\"}} 3 {}near_bucket{{le=\"{}.0\"}} 4 {}\
             near_bucket{{le=\"+Inf\"}} 4\n\
             near_sum 100007\nnear_count 4\nnear_created 2\n\
             # TYPE wide histogram\n\
             wide_bucket{{le=\"-4.000000000000001\"}} 1\n\
             wide_bucket{{le=\"0.25\"}} 3\n\
             wide_bucket{{le=\"4.0\"}} 5\n\
             wide_bucket{{le=\"128.0\"}} 6\n\
             wide_bucket{{le=\"+Inf\"}} 6\n\
             wide_created 1\n# EOF\n",
            exemplar(4, "0"),
            near_bounds[0],
            exemplar(trace, &format!("{value}")),
            near_bounds[1],
            exemplar(5, "100000"),
        ),
    );
}

#[test]
fn summaries() {
    let mut tried = tried();
    let options = SummaryOptions { quantiles: [0.0, 0.5, 1.0].map(Double::new).into(), digits: 3 };
    let all = tried.declare("all", "", &["x"], Instrument::Summary(options.clone()), None);
    tried.observe(all, &["1"], &[1.0, 2.5, 3.0], Some(1));
    tried.observe(all, &["2"], &[-1.0, 2.0], None);
    tried.0.resolve(all, &texts(&["3"])).unwrap();
    let late = tried.declare("late", "", &[], Instrument::Summary(options), Some(12));
    tried.observe(late, &[], &[9.0], Some(100));
    tried.observe(late, &[], &[5.0], Some(200));
    tried.holds(
        "# TYPE all summary\n\
         all{x=\"1\",quantile=\"0\"} 1\nall{x=\"1\",quantile=\"0.5\"} 2.5\nall{x=\"1\",quantile=\"1\"} 3\n\
         all_sum{x=\"1\"} 6.5\nall_count{x=\"1\"} 3\n\
         all{x=\"2\",quantile=\"0\"} -1\nall{x=\"2\",quantile=\"0.5\"} -1\nall{x=\"2\",quantile=\"1\"} 2\n\
         all_sum{x=\"2\"} 1\nall_count{x=\"2\"} 2\n\
         all{x=\"3\",quantile=\"0\"} NaN\nall{x=\"3\",quantile=\"0.5\"} NaN\nall{x=\"3\",quantile=\"1\"} NaN\n\
         all_sum{x=\"3\"} 0\nall_count{x=\"3\"} 0\n\
         # TYPE late summary\n\
         late{quantile=\"0\"} 5\nlate{quantile=\"0.5\"} 5\nlate{quantile=\"1\"} 5\n\
         late_sum 14\nlate_count 2\n",
        "# TYPE all summary\n\
         all{x=\"1\",quantile=\"0.0\"} 1\nall{x=\"1\",quantile=\"0.5\"} 2.5\nall{x=\"1\",quantile=\"1.0\"} 3\n\
         all_sum{x=\"1\"} 6.5\nall_count{x=\"1\"} 3\nall_created{x=\"1\"} 0.000000001\n\
         all{x=\"2\",quantile=\"1.0\"} 2\n\
         all_count{x=\"2\"} 2\n\
         all{x=\"3\",quantile=\"0.0\"} NaN\nall{x=\"3\",quantile=\"0.5\"} NaN\nall{x=\"3\",quantile=\"1.0\"} NaN\n\
         all_sum{x=\"3\"} 0\nall_count{x=\"3\"} 0\n\
         # TYPE late summary\n\
         late{quantile=\"0.0\"} 5\nlate{quantile=\"0.5\"} 5\nlate{quantile=\"1.0\"} 5\n\
         late_sum 14\nlate_count 2\nlate_created 0.0000001\n\
         # EOF\n",
    );
}

#[test]
fn infos_and_state_sets() {
    let mut tried = tried();
    let build = tried.declare("build_info", "Which.", &["version"], Instrument::Info, None);
    tried.0.resolve(build, &texts(&["1.2"])).unwrap();
    let phase = tried.declare("phase", "", &["of"], Instrument::state_set(&["up", "down", "\"odd\""]), None);
    tried.set(phase, &["b", "down"], 1.0);
    tried.set(phase, &["a", "up"], 1.0);
    tried.set(phase, &["a", "down"], 0.0);
    let samples = "phase{of=\"a\",phase=\"up\"} 1\nphase{of=\"a\",phase=\"down\"} 0\nphase{of=\"a\",phase=\"\\\"odd\\\"\"} 0\n\
                   phase{of=\"b\",phase=\"up\"} 0\nphase{of=\"b\",phase=\"down\"} 1\nphase{of=\"b\",phase=\"\\\"odd\\\"\"} 0\n";
    tried.holds(
        &format!("# HELP build_info Which.\n# TYPE build_info gauge\nbuild_info{{version=\"1.2\"}} 1\n# TYPE phase gauge\n{samples}"),
        &format!("# TYPE build info\n# HELP build Which.\nbuild_info{{version=\"1.2\"}} 1\n# TYPE phase stateset\n{samples}# EOF\n"),
    );
}

#[test]
fn names_in_every_escaping() {
    let mut tried = tried();
    let calls = tried.declare("http.calls_total", "Calls.", &["a.b", "c"], Instrument::Counter, None);
    tried.add(calls, &["1", "2"], 1.0, None);
    let state = tried.declare("x:é", "", &[], Instrument::state_set(&["on"]), None);
    tried.set(state, &["on"], 1.0);
    let snapshot = tried.0.snapshot();
    for (escaping, expected) in [
        (
            Escaping::AllowUtf8,
            "# TYPE \"http.calls\" counter\n# HELP \"http.calls\" Calls.\n{\"http.calls_total\",\"a.b\"=\"1\",c=\"2\"} 1\n\
             # TYPE \"x:é\" stateset\n{\"x:é\",\"x:é\"=\"on\"} 1\n# EOF\n",
        ),
        (
            Escaping::Underscores,
            "# TYPE http_calls counter\n# HELP http_calls Calls.\nhttp_calls_total{a_b=\"1\",c=\"2\"} 1\n\
             # TYPE x:_ stateset\nx:_{x__=\"on\"} 1\n# EOF\n",
        ),
        (
            Escaping::Dots,
            "# TYPE http_dot_calls_ counter\n# HELP http_dot_calls_ Calls.\nhttp_dot_calls__total{a_dot_b=\"1\",c=\"2\"} 1\n\
             # TYPE x:__ stateset\nx:__{x____=\"on\"} 1\n# EOF\n",
        ),
        (
            Escaping::Values,
            "# TYPE U__http_2e_calls_ counter\n# HELP U__http_2e_calls_ Calls.\n\
             U__http_2e_calls__total{U__a_2e_b=\"1\",c=\"2\"} 1\n\
             # TYPE U__x:_e9_ stateset\nU__x:_e9_{U__x_3a__e9_=\"on\"} 1\n# EOF\n",
        ),
    ] {
        assert_eq!(openmetrics(&snapshot, escaping), expected, "{escaping:?}");
    }
}

#[test]
fn what_is_past_the_limits_has_a_label_of_its_own() {
    let mut tried = tried();
    let calls = tried.declare("calls", "", &["x"], Instrument::Counter, None);
    let state = tried.declare("state", "", &["x"], Instrument::state_set(&["on"]), None);
    for place in 0..=SERIES_PER_FAMILY_MAX {
        tried.add(calls, &[&format!("{place}")], 1.0, None);
        tried.set(state, &[&format!("{place}"), "on"], 1.0);
    }
    let snapshot = tried.0.snapshot();
    let [text, open] = [prometheus, openmetrics].map(|page| page(&snapshot, Escaping::default()));
    let overflow = |page: &str| page.lines().filter(|line| line.contains("otel_metric_overflow")).map(String::from).collect::<Vec<_>>();
    assert_eq!(overflow(&text), ["calls_total{otel_metric_overflow=\"true\"} 1", "state{otel_metric_overflow=\"true\"} 1"]);
    assert_eq!(overflow(&open), ["calls_total{otel_metric_overflow=\"true\"} 1"]);
    assert_eq!((text.lines().count(), open.lines().count()), (2 * SERIES_PER_FAMILY_MAX + 4, 2 * SERIES_PER_FAMILY_MAX + 4));
}

#[test]
fn the_ledger_speaks_of_itself_last() {
    let mut tried = tried();
    let calls = tried.declare("zzz", "", &[], Instrument::Counter, None);
    let series = tried.0.resolve(calls, &[]).unwrap();
    tried.0.add(series, -1.0, None);
    tried.0.add(series, f64::NAN, None);
    tried.0.set(series, 1.0, at(1));
    let mut snapshot = tried.0.snapshot();
    for (name, instrument) in [("zzz_total", Instrument::Gauge), ("z.z", Instrument::Gauge), ("z_z", Instrument::Gauge)] {
        let (name, instrument) = (name.into(), instrument);
        let (help, unit, labels) = (String::new(), String::new(), Vec::new());
        let mut other = Ledger::new(WriterId::new(2));
        other.declare(Descriptor { name, help, unit, labels, instrument, window: None }).unwrap();
        snapshot.merge(&other.snapshot());
    }
    let (conflicts, dropped) = ("codomyrmex_telemetry_conflicting_families", "codomyrmex_telemetry_dropped");
    let conflicts_help = "Families left out because another has their name and another kind, unit or label set.";
    assert_eq!(
        prometheus(&snapshot, Escaping::Underscores),
        format!(
            "# TYPE z_z gauge\n# TYPE zzz_total counter\nzzz_total 0\n\
             # HELP {conflicts} {conflicts_help}\n# TYPE {conflicts} gauge\n{conflicts} 2\n\
             # HELP {dropped}_total Records that were dropped, by reason.\n# TYPE {dropped}_total counter\n\
             {dropped}_total{{reason=\"invalid-value\"}} 2\n{dropped}_total{{reason=\"wrong-kind\"}} 1\n"
        )
    );
    assert_eq!(
        openmetrics(&snapshot, Escaping::AllowUtf8),
        format!(
            "# TYPE \"z.z\" gauge\n# TYPE z_z gauge\n# TYPE zzz counter\nzzz_total 0\n\
             # TYPE {conflicts} gauge\n# HELP {conflicts} {conflicts_help}\n{conflicts} 1\n\
             # TYPE {dropped} counter\n# HELP {dropped} Records that were dropped, by reason.\n\
             {dropped}_total{{reason=\"invalid-value\"}} 2\n{dropped}_total{{reason=\"wrong-kind\"}} 1\n# EOF\n"
        )
    );
}

#[test]
fn many_series_are_all_written_whatever_their_values_hold() {
    let mut tried = tried();
    let calls = tried.declare("calls", "", &["x"], Instrument::Counter, None);
    let mut expected = String::from("# TYPE calls_total counter\n");
    for place in 100..300 {
        let special = if place % 40 == 7 { "\n" } else { "" };
        tried.add(calls, &[&format!("{place}{special}")], f64::from(place), None);
        expected.push_str(&format!("calls_total{{x=\"{place}{}\"}} {place}\n", special.replace('\n', "\\n")));
    }
    assert_eq!(prometheus(&tried.0.snapshot(), Escaping::default()), expected);
}
