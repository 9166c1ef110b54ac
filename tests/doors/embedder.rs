//! An embedder with a store of its own: what `add_to_linker` asks of one, and no more.

use std::sync::{Arc, Mutex};

use codomyrmex_telemetry::{Descriptor, Instrument, WriterId};
use codomyrmex_telemetry_host::{ManualClock, Placement, TelemetryCtx, TelemetryView, add_to_linker};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::kit::{builder, component, misdeeds};

struct Mine {
    telemetry: TelemetryCtx,
    visits: u32,
}

impl TelemetryView for Mine {
    fn telemetry(&mut self) -> &mut TelemetryCtx {
        self.visits += 1;
        &mut self.telemetry
    }
}

#[test]
fn an_agent_runs_in_an_embedders_own_store() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    add_to_linker::<Mine>(&mut linker).unwrap();
    let component = Component::new(&engine, component("evil-agent.wasm")).unwrap();
    // The agent is Rust without WASI, so telemetry is all that it imports.
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, Mine { telemetry: TelemetryCtx::new(Arc::new(ManualClock::new(5))), visits: 0 });
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let lines = instance.get_export_index(&mut store, None, "codomyrmex:telemetry/lines@0.1.0").unwrap();
    let handle = instance.get_export_index(&mut store, Some(&lines), "handle").unwrap();
    let handle = instance.get_func(&mut store, handle).unwrap();
    let line = wasmtime::component::Val::Record(vec![
        ("number".into(), wasmtime::component::Val::U64(1)),
        ("text".into(), wasmtime::component::Val::String("{\"do\":\"count\"}".into())),
    ]);
    let arguments = [wasmtime::component::Val::U64(0), wasmtime::component::Val::List(vec![line]), wasmtime::component::Val::Option(None)];
    let mut answer = [wasmtime::component::Val::Bool(false)];
    handle.call(&mut store, &arguments, &mut answer).unwrap();
    assert_eq!(answer, [wasmtime::component::Val::Result(Ok(None))]);
    assert!(store.data().visits >= 3, "declare, resolve, add");
    let snapshot = store.data_mut().telemetry.ledger().snapshot();
    let text = codomyrmex_telemetry::export::prometheus(&snapshot, codomyrmex_telemetry::export::Escaping::Underscores);
    assert_eq!(text, "# TYPE counted_total counter\ncounted_total{which=\"\"} 1\n");
}

#[test]
fn callbacks_of_an_agent_hear_of_its_objectives_and_report_beside_it_in_both_placements() {
    let mut snapshots = Vec::new();
    for placement in [Placement::Host, Placement::Composed] {
        let host = builder(placement).clock(Arc::new(ManualClock::new(0))).build().unwrap();
        let program = host.load("evil-agent.wasm", &component("evil-agent.wasm")).unwrap();
        let mut agent = program.start(WriterId::new(1)).unwrap();
        let telemetry = agent.telemetry();
        let (help, unit) = (String::new(), String::new());
        let descriptor = Descriptor { name: "level".into(), help, unit, labels: vec![], instrument: Instrument::Gauge, window: None };
        let level = telemetry.ledger().declare(descriptor).and_then(|family| telemetry.ledger().resolve(family, &[])).unwrap();
        telemetry.add_callback(move |report| {
            report.set(level, 7.0);
        });
        let changes = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&changes);
        telemetry.add_slo_callback(move |change| told.lock().unwrap().push(format!("{}: {:?}", change.id, change.what)));
        agent.handle(0, misdeeds(&["events", "count"])).unwrap();
        assert_eq!(*changes.lock().unwrap(), Vec::<String>::new(), "nobody has looked");
        let snapshot = agent.snapshot();
        let changes = changes.lock().unwrap().clone();
        assert_eq!(changes.first().map(String::as_str), Some("events: State { before: NoData, now: Violated }"), "placement {placement}");
        assert!(changes.iter().any(|change| change.contains("freeze_deployments")), "{changes:?}");
        assert!(snapshot.metrics.0.keys().any(|schema| schema.name == "level"));
        snapshots.push(snapshot.to_bytes());
    }
    assert!(snapshots[0] == snapshots[1]);
}
