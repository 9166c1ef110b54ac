//! Parents cross every border: host, agent, host again, agent again, with requests that interleave in one instance.
//!
//! In both placements the same spans hang under the same, byte for byte.

use std::sync::Arc;

use codomyrmex_telemetry::{Ledger, Parent, Snapshot, SpanHandle, SpanId, SpanKind, Timestamp, TraceId, TracerId, WriterId};
use codomyrmex_telemetry_host::{ManualClock, Placement, TelemetryCtx, TelemetryView, add_to_linker, compose};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::kit::component;

mod bindings {
    wasmtime::component::bindgen!({
        path: ["../wit", "agents/borders/wit"],
        world: "codomyrmex:borders/borders-agent",
        with: { "codomyrmex:telemetry": codomyrmex_telemetry_host::bindings::codomyrmex::telemetry },
    });
}

use bindings::codomyrmex::borders::tools;
use codomyrmex_telemetry_host::bindings::codomyrmex::telemetry::tracer::Header;

/// A host with accounts of its own beside those of its agent.
struct Embedder {
    agents: TelemetryCtx,
    own: Ledger,
    baggage_seen: Vec<String>,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl TelemetryView for Embedder {
    fn telemetry(&mut self) -> &mut TelemetryCtx {
        &mut self.agents
    }
}

impl WasiView for Embedder {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl tools::Host for Embedder {
    fn call(&mut self, request: u32, headers: Vec<Header>) -> Vec<Header> {
        let asked = self.own.extract(headers.iter().map(|header| (&*header.name, &*header.value))).unwrap();
        self.baggage_seen.extend(self.own.baggage(asked).into_iter().map(|entry| format!("{}={}", entry.key, entry.value)));
        let span = self.start("host function", request, 2, Parent::Span(asked));
        let headers = self.headers(span);
        self.own.end_span(span, at(request, 5));
        self.own.end_span(asked, at(request, 5));
        headers
    }
}

impl Embedder {
    fn start(&mut self, name: &str, request: u32, step: u64, parent: Parent) -> SpanHandle {
        let id = Some(SpanId::derive(&format!("{request}/{name}")));
        let name = self.own.declare_span(TracerId::default(), name, SpanKind::Server).unwrap();
        self.own.start_span(name, parent, id, at(request, step), || unreachable!("every id is given"))
    }

    fn headers(&self, span: SpanHandle) -> Vec<Header> {
        self.own.inject(span).into_iter().map(|(name, value)| Header { name: name.into(), value }).collect()
    }
}

fn at(request: u32, step: u64) -> Timestamp {
    Timestamp::from_nanos(u64::from(request) + step).unwrap()
}

/// What host and agent come to together, and the baggage that the host's function saw.
fn work(placement: Placement) -> (Snapshot, Vec<String>) {
    let engine = Engine::default();
    let mut linker = Linker::<Embedder>::new(&engine);
    tools::add_to_linker::<_, HasSelf<_>>(&mut linker, |embedder| embedder).unwrap();
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let mut bytes = component("borders-agent.wasm");
    // Composed it needs them too, for a type that its own interfaces use; nothing is recorded through them then.
    add_to_linker(&mut linker).unwrap();
    if placement == Placement::Composed {
        bytes = compose("borders-agent.wasm", &bytes, &component("telemetry.wasm")).unwrap();
    }
    let component = Component::new(&engine, bytes).unwrap();
    let clock = Arc::new(ManualClock::new(5));
    let (agents, own) = (TelemetryCtx::with_writer(clock, WriterId::new(1)), Ledger::new(WriterId::new(2)));
    let (wasi, table) = (WasiCtx::builder().build(), ResourceTable::new());
    let mut store = Store::new(&engine, Embedder { agents, own, baggage_seen: Vec::new(), wasi, table });
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let agent = bindings::BordersAgent::new(&mut store, &instance).unwrap();
    let agent = agent.codomyrmex_borders_work();

    let requests = [100, 200, 300];
    let mut asked = Vec::new();
    for request in requests {
        let trace = Parent::Trace(TraceId::derive(&request.to_string()));
        let span = store.data_mut().start("request", request, 0, trace);
        let entry = codomyrmex_telemetry::tracer::BaggageEntry { key: "user".into(), value: request.to_string(), metadata: String::new() };
        assert!(store.data_mut().own.set_baggage(span, entry).is_recorded());
        let headers = store.data().headers(span);
        agent.call_begin(&mut store, request, &headers).unwrap();
        asked.push((request, span));
    }
    for request in [300, 100, 200] {
        agent.call_go_on(&mut store, request).unwrap();
    }
    for (request, span) in asked {
        agent.call_finish(&mut store, request).unwrap();
        store.data_mut().own.end_span(span, at(request, 10));
    }
    if placement == Placement::Composed {
        let ledger = instance.get_export_index(&mut store, None, "codomyrmex:telemetry/ledger@0.1.0").unwrap();
        let drain = instance.get_export_index(&mut store, Some(&ledger), "drain").unwrap();
        let drain = instance.get_typed_func::<(), (Option<Vec<u8>>,)>(&mut store, drain).unwrap();
        assert!(store.data_mut().agents.ledger().snapshot().is_empty());
        let (delta,) = drain.call(&mut store, ()).unwrap();
        store.data_mut().agents.absorb(&delta.unwrap()).unwrap();
    }
    let Embedder { mut agents, own, baggage_seen, .. } = store.into_data();
    let mut all = own.snapshot();
    all.merge(&agents.collect());
    (all, baggage_seen)
}

#[test]
fn each_span_hangs_under_the_one_that_asked_for_it_wherever_that_was() {
    let (all, seen) = work(Placement::Host);
    let spans: Vec<_> = all.spans.iter().collect();
    assert_eq!(spans.len(), 12);
    for request in [100, 200, 300] {
        let id = |name: &str| SpanId::derive(&format!("{request}/{name}"));
        let mut above = None;
        for name in ["request", "agent", "host function", "agent again"] {
            let span = spans.iter().find(|span| span.context.span_id == id(name)).unwrap();
            assert_eq!((span.name.as_str(), span.parent, span.context.trace_flags), (name, above, 1));
            assert_eq!(span.context.trace_id, TraceId::derive(&request.to_string()));
            above = Some(span.context.span_id);
        }
    }
    assert_eq!(seen, ["user=300", "user=100", "user=200"]);
    let scopes: Vec<_> = spans.iter().filter(|span| span.name.starts_with("agent")).map(|span| span.origin.scope.name.as_str()).collect();
    assert_eq!(scopes, ["borders"; 6]);
}

#[test]
fn both_placements_give_the_same_bytes_across_borders() {
    let (host, composed) = (work(Placement::Host), work(Placement::Composed));
    assert_eq!(host.0, composed.0);
    assert_eq!(host.0.to_bytes(), composed.0.to_bytes());
    assert_eq!(host.1, composed.1);
}
