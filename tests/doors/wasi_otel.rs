//! What a component tells of itself by `wasi:otel` comes into the ledger exactly, or is a counted drop; and no value
//! of the contract's types makes the host trap or panic.
//!
//! Deliberately absent: what becomes of points and spans in the ledger, which the laws know.

use std::sync::Arc;

use codomyrmex_telemetry::export::{Escaping, prometheus};
use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::tracer::SpanDrops;
use codomyrmex_telemetry::{
    Absorbed, Attributes, Double, Ledger, Snapshot, SpanContext, SpanData, SpanId, SpanKind, SpanStatus, TraceId, Value, WriterId,
};
use codomyrmex_telemetry_host::{AgentError, ManualClock, Placement, TelemetryCtx, TelemetryView, add_to_linker, wasi_otel};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::kit::{builder, component, misdeeds};

const AGENT: &str = "wasi-otel-agent.wasm";
const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;

/// What the deeds of each group come to, and what the host had to say to each group.
fn deeds(placement: Placement, groups: &[&[&str]]) -> (Snapshot, Vec<Result<(), String>>) {
    let host = builder(placement).clock(Arc::new(ManualClock::new(9_000_000_000))).build().unwrap();
    let program = host.load(AGENT, &component(AGENT)).unwrap();
    let mut agent = program.start(WriterId::new(1)).unwrap();
    let mut told = Vec::new();
    for (index, group) in (0..).zip(groups) {
        told.push(match agent.handle(index, misdeeds(group)) {
            Ok(()) => Ok(()),
            Err(AgentError::Problem { message, .. }) => Err(message),
            Err(other) => Err(other.to_string()),
        });
    }
    agent.finish().unwrap();
    (agent.snapshot(), told)
}

fn drops(snapshot: &Snapshot) -> Vec<(&'static str, u64)> {
    snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).collect()
}

fn attributes(list: &[(&str, Value)]) -> Attributes {
    list.iter().map(|(key, value)| ((*key).into(), value.clone())).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn shown(snapshot: &Snapshot) -> String {
    prometheus(snapshot, Escaping::Underscores)
}

#[test]
fn a_span_comes_whole_with_what_was_logged_in_it_and_counts_what_could_not_be_read() {
    let (snapshot, told) = deeds(Placement::Host, &[&["span"]]);
    assert_eq!(told, [Ok(())]);
    let spans: Vec<&SpanData> = snapshot.spans.iter().collect();
    let [span] = spans[..] else { panic!("{spans:?}") };
    let there = |id: u64| SpanContext {
        trace_id: TraceId::new(TRACE).unwrap(),
        span_id: SpanId::new(id).unwrap(),
        trace_flags: 1,
        trace_state: "a=1,b=2".into(),
    };
    assert_eq!((&span.context, span.parent.map(SpanId::get)), (&there(0xb7ad_6b71_6920_3331), Some(0x00f0_67aa_0ba9_02b7)));
    assert_eq!((span.name.as_str(), span.kind, &span.status), ("GET /", SpanKind::Server, &SpanStatus::Error("boom".into())));
    assert_eq!((span.started.nanos(), span.ended.nanos()), (1_000_000_000, 3_000_000_000));
    let times = Value::Floats(vec![Double::new(1.0), Double::new(2.5)]);
    assert_eq!(span.attributes, attributes(&[("http.request.method", text("GET")), ("size", Value::Integer(5)), ("times", times)]));
    let events: Vec<_> = span.events.iter().map(|event| (event.name.as_str(), event.at.nanos(), event.attributes.clone())).collect();
    let logged = [("code", Value::Integer(7)), ("log.body", text("it went wrong")), ("log.severity", text("error"))];
    let first = attributes(&[("k", Value::Boolean(true))]);
    assert_eq!(events, [("first", 2_000_000_000, first), ("log", 2_000_000_000, attributes(&logged))]);
    let links: Vec<_> = span.links.iter().map(|link| (&link.context, link.attributes.clone())).collect();
    assert_eq!(links, [(&there(0x00f0_67aa_0ba9_02b7), attributes(&[("k", text("v"))]))]);
    // Two values of the span's that are none and one of each event's, one event without a time, one link without
    // an id; beside what the component had lost already.
    assert_eq!(span.dropped, SpanDrops { attributes: 10 + 4, events: 20 + 1, links: u32::MAX });
    assert_eq!((span.origin.scope.name.as_str(), span.origin.scope.version.as_str()), ("lib", "1.2"));
    assert_eq!(drops(&snapshot), [("invalid-value", 1)]); // an attribute of the record that was nothing
}

#[test]
fn a_span_hangs_under_the_one_that_the_host_says_for_the_call_and_under_none_where_it_says_none() {
    let host = builder(Placement::Host).build().unwrap();
    let program = host.load(AGENT, &component(AGENT)).unwrap();
    let mut agent = program.start(WriterId::new(1)).unwrap();
    let (trace_id, span_id) = (TraceId::derive("outer"), SpanId::derive("outer"));
    let outer = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: "x=y".into() };
    agent.handle_under(Some(outer), 0, misdeeds(&["outer"])).unwrap();
    agent.handle(1, misdeeds(&["outer"])).unwrap();
    let snapshot = agent.snapshot();
    let under = |trace: u128| snapshot.spans.iter().find(|span| span.context.trace_id.get() == trace).unwrap();
    let (called, alone) = (under(trace_id.get()), under(TRACE));
    assert_eq!((called.parent, called.context.trace_state.as_str()), (Some(span_id), "x=y"));
    assert_eq!((alone.parent, snapshot.spans.len()), (None, 2));
}

#[test]
fn spans_that_nobody_ended_are_drops_and_a_trap_loses_nothing_else_in_either_placement() {
    for placement in [Placement::Host, Placement::Composed] {
        let (snapshot, told) = deeds(placement, &[&["first export"], &["span", "open", "trap"]]);
        assert!(matches!(&told[..], [Ok(()), Err(why)] if why.contains("trap")), "{told:?}");
        assert_eq!((snapshot.spans.len(), drops(&snapshot)), (1, vec![("invalid-time", 1), ("invalid-value", 2)]));
        assert!(shown(&snapshot).contains("\ncalls_total{by=\"a\"} 3\n"), "placement {placement}");
        assert!(shown(&snapshot).contains("\notel_log_records_total{severity=\"error\",otel_scope_name=\"lib\"} 2\n"));
    }
    let groups: [&[&str]; 2] = [&["span", "open"], &["first export", "logs"]];
    let [host, composed] = [Placement::Host, Placement::Composed].map(|placement| deeds(placement, &groups).0);
    assert!(host.to_bytes() == composed.to_bytes());
}

#[test]
fn what_is_open_and_what_is_logged_in_it_is_bounded() {
    let (snapshot, told) = deeds(Placement::Host, &[&["flood"]]);
    assert_eq!(told, [Ok(())]);
    // Of 5,000 spans 4,096 may be open, and one of them ended. Of 200 records 70 fit into its bytes.
    assert_eq!(drops(&snapshot), [("invalid-time", 4_095), ("over-limit", 904 + 130)]);
    let span = snapshot.spans.iter().next().unwrap();
    assert_eq!((span.attributes.len(), span.events.len()), (128, 128));
    assert_eq!(span.dropped, SpanDrops { attributes: 72, events: 72 + 70, links: 0 });
    assert!(shown(&snapshot).contains("\notel_log_records_total{severity=\"error\",otel_scope_name=\"lib\"} 200\n"));
}

#[test]
fn spans_that_cannot_be_are_drops_by_reason_and_those_that_only_look_so_are_kept() {
    let (snapshot, told) = deeds(Placement::Host, &[&["wrong spans"]]);
    assert_eq!(told, [Ok(())]);
    // Four ids, started and ended; three traces, a parent, two names, and one that started twice; eight times.
    assert_eq!(drops(&snapshot), [("invalid-time", 8), ("invalid-value", 4 * 2 + 3 + 1 + 2 + 1)]);
    let spans: Vec<_> = snapshot.spans.iter().collect();
    let [back] = spans[..] else { panic!("{spans:?}") };
    assert_eq!((back.started.nanos(), back.ended.nanos(), back.context.trace_state.as_str()), (4_000_000_000, 4_000_000_000, ""));
    assert_eq!((&back.attributes, back.dropped.attributes), (&attributes(&[("\0", Value::Float(Double::new(1e5)))]), 3));
    // The one that is not sampled is counted apart and not kept.
    assert_eq!((snapshot.spans.recorded(), snapshot.spans.unsampled()), (1, 1));
}

#[test]
fn a_record_with_more_attributes_than_an_event_holds_does_not_cost_the_span() {
    let (snapshot, told) = deeds(Placement::Host, &[&["wide record"]]);
    assert_eq!((told, drops(&snapshot)), (vec![Ok(())], vec![("invalid-value", 200 - 126)]));
    let span = snapshot.spans.iter().next().unwrap();
    let [event] = &span.events[..] else { panic!("{span:?}") };
    assert_eq!((event.attributes.len(), event.attributes.get("log.severity")), (128, Some(&text("error"))));
}

#[test]
fn log_records_are_counted_by_severity_and_scope() {
    let (snapshot, told) = deeds(Placement::Host, &[&["logs"]]);
    assert_eq!(told, [Ok(())]);
    let mut expected =
        String::from("# HELP otel_log_records_total Log records that a guest emitted.\n# TYPE otel_log_records_total counter\n");
    for (severity, scope, count) in [
        ("debug", "lib", 1),
        ("error", "", 1),
        ("fatal", "lib", 1),
        ("info", "lib", 1),
        ("trace", "lib", 1),
        ("unspecified", "lib", 3),
        ("warn", "lib", 1),
    ] {
        expected += &format!("otel_log_records_total{{severity=\"{severity}\",otel_scope_name=\"{scope}\"}} {count}\n");
    }
    assert!(shown(&snapshot).starts_with(&expected), "{}", shown(&snapshot));
    let (_, records) = snapshot.metrics.0.iter().find(|(schema, _)| schema.name == "otel.log.records").unwrap();
    let exemplars = records.series.values().flat_map(|series| series.point.exemplars());
    let ids: Vec<_> = exemplars.map(|exemplar| (exemplar.trace_id.get(), exemplar.span_id.get())).collect();
    assert_eq!(ids, [(TRACE, 0x4444_4444_4444_4444)]); // of the one that names a span
    // Two severities past 24, a trace that is none, a span without a trace; a time; a scope too long for a label.
    assert_eq!(drops(&snapshot), [("invalid-time", 1), ("invalid-value", 4), ("over-limit", 1)]);
}

/// What two exports, the second of them sent twice, and a new start come to.
const EXPORTED: &str = "\
# HELP calls_total What calls is.
# TYPE calls_total counter
calls_total{by=\"a\"} 7
calls_total{by=\"b\"} 1.8446744073709552e19
# HELP cost_total What cost is.
# TYPE cost_total counter
cost_total 1.3
# HELP level What level is.
# TYPE level gauge
level{by=\"a\"} 0.75
# HELP open What open is.
# TYPE open gauge
open 3
# HELP size What size is.
# TYPE size histogram
size_bucket{le=\"4\"} 3
size_bucket{le=\"64\"} 4
size_bucket{le=\"+Inf\"} 4
size_sum 49
size_count 4
# HELP took What took is.
# TYPE took histogram
took_bucket{le=\"1\"} 2
took_bucket{le=\"2\"} 3
took_bucket{le=\"+Inf\"} 5
took_sum 9.25
took_count 5
";

#[test]
fn cumulative_series_add_what_came_since_however_often_they_are_sent_and_whenever_the_host_drains() {
    let groups: [&[&str]; 5] = [&["first export"], &["second export"], &["second export"], &["restart"], &["late export"]];
    let (snapshot, told) = deeds(Placement::Host, &groups);
    let late = "1 of 1 points were not taken, the others were: 'calls': older than what the series said before";
    assert_eq!(told, [Ok(()), Ok(()), Ok(()), Ok(()), Err(late.into())]);
    assert!(shown(&snapshot).starts_with(EXPORTED), "{}", shown(&snapshot));
    assert_eq!(drops(&snapshot), [("invalid-time", 1)]);
    let (_, took) = snapshot.metrics.0.iter().find(|(schema, _)| schema.name == "took").unwrap();
    let Point::Histogram(took) = &took.series.values().next().unwrap().point else { panic!("{took:?}") };
    assert_eq!(took.tally.extremes, Some((Double::new(0.25), Double::new(4.0))));
    let exemplars: Vec<_> = took.tally.exemplars.as_slice().iter().map(|one| (one.value.get(), one.trace_id.get())).collect();
    assert_eq!(exemplars, [(4.0, TRACE)]); // the one without a trace is none
    let covered = took.tally.extent.bounds().map(|(first, last)| (first.nanos(), last.nanos()));
    assert_eq!(covered, Some((1_000_000_000, 5_000_000_000)));

    let host = builder(Placement::Host).build().unwrap();
    let program = host.load(AGENT, &component(AGENT)).unwrap();
    let mut agent = program.start(WriterId::new(1)).unwrap();
    let mut collector = Ledger::new(WriterId::new(2));
    for (index, group) in (0..).zip(groups) {
        let _late = agent.handle(index, misdeeds(group));
        if let Some(delta) = agent.telemetry().drain() {
            assert_eq!(collector.absorb(&delta), Ok(Absorbed::Merged));
        }
    }
    assert_eq!(collector.snapshot().metrics, snapshot.metrics);
}

#[test]
fn a_point_with_an_attribute_more_than_the_first_export_had_counts_in_the_whole_and_what_is_lost_is_counted() {
    let (snapshot, told) = deeds(Placement::Host, &[&["more attributes"]]);
    let why = "1 of 3 points were not taken, the others were: 'level': 'error.type=timeout' was no attribute of it in the first \
               export, so it is no label of it";
    assert_eq!(told, [Err(why.into())]);
    let text = shown(&snapshot);
    assert!(text.contains("\ncalls_total{by=\"a\"} 6\n") && text.contains("\nlevel{by=\"a\"} 1\n"), "{text}");
    assert_eq!(drops(&snapshot), [("over-limit", 4)]); // of each export the attribute of a sum, and the gauge
}

#[test]
fn deltas_add_up() {
    let (snapshot, told) = deeds(Placement::Host, &[&["deltas"]]);
    assert_eq!(told, [Ok(())]);
    let text = shown(&snapshot);
    for line in
        ["calls_total{by=\"b\"} 4", "cost_total 1", "open -2", "took_bucket{le=\"2\"} 0", "took_sum 16", "size_count 2", "size_sum 9"]
    {
        assert!(text.lines().any(|there| there == line), "{line}\n{text}");
    }
    assert_eq!(drops(&snapshot), []);
}

#[test]
fn points_that_cannot_be_are_told_in_words_and_counted_and_the_others_are_taken() {
    let (snapshot, told) = deeds(Placement::Host, &[&["wrong metrics"]]);
    let [Err(told)] = &told[..] else { panic!("{told:?}") };
    let told: Vec<&str> = told.split('\n').flat_map(|answer| answer.split("; '")).collect();
    let expected = [
        "13 of 17 points were not taken, the others were: 'attributes': the value of 'by' is not JSON",
        "numbers': an u64 among f64",
        "numbers': NaN is no finite number",
        "numbers': -inf is no finite number",
        "numbers': -1 of a sum that never falls",
        "histograms': 1 bounds need 2 counts, not 1",
        "histograms': no least and greatest value; have the SDK record them",
        "histograms': the least value 2 is above the greatest 0.5",
        "9 of 12 points were not taken, the others were: 'exponentials': buckets of scale 21 that no doubles come into, or more than 1024 of a sign",
        "exponentials': an index of a bucket past 32 bits",
        "exponentials': buckets of scale 0 that no doubles come into, or more than 1024 of a sign",
        "exponentials': buckets of scale 20 that no doubles come into, or more than 1024 of a sign",
        "exponentials': exponential-histogram is what it is already, with its own unit, bounds and zero threshold; another one needs another name",
        "numbers': counter is what it is already, with its own unit, bounds and zero threshold; another one needs another name",
        "backwards': it starts after the time of its points",
        "wish': low-memory is a wish of an SDK; points are cumulative or a delta",
    ];
    assert_eq!(told, expected); // eight reasons an answer, the rest in its count
    assert_eq!(drops(&snapshot), [("invalid-time", 1), ("invalid-value", 18), ("wrong-kind", 3)]);
    let text = shown(&snapshot);
    let taken = [
        "attributes_total{by=\"\"} 4",
        "attributes_total{by=\"[1,{\\\"a\\\":2}]\"} 1",
        "attributes_total{by=\"a\"} 2",
        "exponentials_count 1",
        "histograms_count 2",
        "histograms_sum 2.5",
        "numbers_total{by=\"a\"} 1",
    ];
    for line in taken {
        assert!(text.lines().any(|there| there == line), "{line}\n{text}");
    }
    assert!(!text.contains("wish") && !text.contains("backwards"));
}

/// An embedder's data without WASI in it.
struct Mine(TelemetryCtx);

impl TelemetryView for Mine {
    fn telemetry(&mut self) -> &mut TelemetryCtx {
        &mut self.0
    }
}

#[test]
fn an_embedder_without_clocks_of_wasi_can_serve_it() {
    let engine = Engine::default();
    let mut linker = Linker::<Mine>::new(&engine);
    add_to_linker(&mut linker).unwrap();
    wasi_otel::add_to_linker(&mut linker).unwrap();
    assert!(wasi_otel::add_to_linker(&mut linker).is_err());
    let component = Component::new(&engine, component(AGENT)).unwrap();
    let mut store = Store::new(&engine, Mine(TelemetryCtx::new(Arc::new(ManualClock::new(5)))));
    linker.instantiate(&mut store, &component).unwrap();
}
