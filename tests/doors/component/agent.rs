//! An agent like the kit's, whose ledger is the telemetry component.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use codomyrmex_telemetry::Indicator;
use codomyrmex_telemetry_tests::{Event, Like, Stray, families, is_fed, objectives};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::words;
use crate::kit::component;

mod bindings {
    //! What Wasmtime makes of the world `telemetry`, for one who calls its exports.
    wasmtime::component::bindgen!({ path: "../wit", world: "telemetry", with: { "wasi": wasmtime_wasi::p2::bindings::sync } });
}

pub(super) use bindings::exports::codomyrmex::telemetry as wit;

/// The telemetry component and the numbers it gave.
pub(super) struct ComponentAgent {
    store: Store<State>,
    exports: bindings::Telemetry,
    families: BTreeMap<usize, u32>,
    series: BTreeMap<(usize, Vec<String>), u32>,
    slos: BTreeMap<usize, u32>,
}

pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

static COMPILED: LazyLock<(Engine, InstancePre<State>)> = LazyLock::new(|| {
    let mut config = Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, component("telemetry.wasm")).unwrap();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let pre = linker.instantiate_pre(&component).unwrap();
    (engine, pre)
});

impl ComponentAgent {
    /// With the objectives that hear of metrics and spans, as the kit's agents have them.
    pub(super) fn new() -> Self {
        let mut agent = Self::bare();
        // Events of the model lie at any time, whatever this machine's clock says.
        agent.exports.codomyrmex_telemetry_ledger().call_limit_skew(&mut agent.store, None).unwrap();
        for (place, _) in objectives().iter().enumerate().filter(|(_, objective)| is_fed(objective)) {
            agent.slo(place);
        }
        agent
    }

    /// With an empty ledger.
    pub(super) fn bare() -> Self {
        let (engine, pre) = &*COMPILED;
        let mut store = Store::new(engine, State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() });
        let exports = bindings::TelemetryPre::new(pre.clone()).unwrap().instantiate(&mut store).unwrap();
        Self { store, exports, families: BTreeMap::new(), series: BTreeMap::new(), slos: BTreeMap::new() }
    }

    /// Tells the component an event.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Resolve { family, labels } => {
                self.series(*family, labels);
            }
            Event::Add { family, labels, value, at } => {
                let series = self.series(*family, labels);
                self.exports.codomyrmex_telemetry_metrics().call_add(&mut self.store, series, *value, *at).unwrap();
            }
            Event::Set { family, labels, value, at } => {
                let series = self.series(*family, labels);
                self.exports.codomyrmex_telemetry_metrics().call_set(&mut self.store, series, *value, Some(*at)).unwrap();
            }
            Event::Observe { family, labels, value, times, at } => {
                let series = self.series(*family, labels);
                self.exports.codomyrmex_telemetry_metrics().call_observe_times(&mut self.store, series, *value, *times, *at).unwrap();
            }
            Event::RecordIn { family, labels, value, at, context } => {
                let series = self.series(*family, labels);
                let context = words::context(context);
                let tracer = self.exports.codomyrmex_telemetry_tracer();
                let span = tracer.call_remote(&mut self.store, &context).unwrap().unwrap();
                self.exports.codomyrmex_telemetry_metrics().call_record_in(&mut self.store, series, *value, Some(*at), span).unwrap();
                self.exports.codomyrmex_telemetry_tracer().call_end(&mut self.store, span, Some(0)).unwrap();
            }
            Event::Count { slo, good, count, at, like } => {
                let slo = self.slo(*slo);
                self.within(like.as_ref(), |store, slos, like| match like {
                    None => slos.call_record_event(store, slo, *good, *count, Some(*at)).unwrap(),
                    Some((values, span)) => slos.call_record_event_with(store, slo, *good, *count, Some(*at), values, span).unwrap(),
                });
            }
            Event::Judge { slo, value, at, like } => {
                let slo = self.slo(*slo);
                self.within(like.as_ref(), |store, slos, like| match like {
                    None => slos.call_record_value(store, slo, *value, Some(*at)).unwrap(),
                    Some((values, span)) => slos.call_record_value_with(store, slo, *value, Some(*at), values, span).unwrap(),
                });
            }
            Event::Span { data, .. } => {
                // The component says of its own spans where they come from: what it was told last.
                let resource = words::attributes(&data.origin.resource);
                self.exports.codomyrmex_telemetry_ledger().call_fix_resource(&mut self.store, &resource).unwrap().unwrap();
                let scope = words::scope(&data.origin.scope);
                let tracer = self.exports.codomyrmex_telemetry_tracer().call_get_tracer(&mut self.store, &scope).unwrap().unwrap();
                let data = words::span(data, tracer);
                self.exports.codomyrmex_telemetry_tracer().call_complete(&mut self.store, &data).unwrap().unwrap();
            }
            Event::Stray(stray) => self.stray(*stray),
        }
    }

    pub(super) fn drain(&mut self) -> Option<Vec<u8>> {
        self.exports.codomyrmex_telemetry_ledger().call_drain(&mut self.store).unwrap()
    }

    pub(super) fn absorb(&mut self, delta: &[u8]) -> Result<&'static str, String> {
        match self.exports.codomyrmex_telemetry_ledger().call_absorb(&mut self.store, delta).unwrap() {
            Ok(wit::ledger::Absorbed::Merged) => Ok("merged"),
            Ok(wit::ledger::Absorbed::Duplicate) => Ok("duplicate"),
            Err(error) => Err(format!("{error:?}").split("::").last().unwrap().to_string()),
        }
    }

    pub(super) fn snapshot(&mut self) -> Vec<u8> {
        self.exports.codomyrmex_telemetry_ledger().call_snapshot(&mut self.store).unwrap()
    }

    pub(super) fn digest(&mut self) -> Vec<u8> {
        self.exports.codomyrmex_telemetry_ledger().call_digest(&mut self.store).unwrap()
    }

    pub(super) fn dropped(&mut self) -> Vec<(String, u64)> {
        let dropped = self.exports.codomyrmex_telemetry_ledger().call_dropped(&mut self.store).unwrap();
        dropped.into_iter().map(|drops| (drops.reason, drops.count)).collect()
    }

    /// Everything that the exporter gives, by name.
    pub(super) fn exports(&mut self) -> Vec<(String, Vec<u8>)> {
        use wit::exporter::{Dialect, Encoding, Escaping, Temporality};
        let Self { store, exports, .. } = self;
        let exporter = exports.codomyrmex_telemetry_exporter();
        let mut all = Vec::new();
        for escaping in [Escaping::AllowUtf8, Escaping::Underscores, Escaping::Dots, Escaping::Values] {
            all.push((format!("prometheus {escaping:?}"), exporter.call_prometheus(&mut *store, escaping).unwrap()));
            all.push((format!("openmetrics {escaping:?}"), exporter.call_openmetrics(&mut *store, escaping).unwrap()));
            all.push((format!("protobuf {escaping:?}"), exporter.call_prometheus_protobuf(&mut *store, escaping).unwrap()));
        }
        for temporality in [Temporality::Cumulative, Temporality::Delta] {
            for encoding in [Encoding::Protobuf, Encoding::Json] {
                let bytes = exporter.call_otlp_metrics(&mut *store, encoding, temporality).unwrap();
                all.push((format!("otlp {encoding:?} {temporality:?}"), bytes));
            }
        }
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            all.push((format!("otlp traces {encoding:?}"), exporter.call_otlp_traces(&mut *store, encoding).unwrap()));
        }
        for dialect in [Dialect::Statsd, Dialect::Dogstatsd] {
            all.push((format!("statsd {dialect:?}"), exporter.call_statsd(&mut *store, dialect).unwrap()));
        }
        all
    }

    /// What its functions are called with, for those that no event names.
    pub(super) fn parts(&mut self) -> (&mut Store<State>, &bindings::Telemetry) {
        (&mut self.store, &self.exports)
    }

    fn series(&mut self, family: usize, labels: &[String]) -> u32 {
        let Self { store, exports, .. } = self;
        let metrics = exports.codomyrmex_telemetry_metrics();
        let id = *self.families.entry(family).or_insert_with(|| {
            let descriptor = words::descriptor(families().swap_remove(family));
            metrics.call_declare(&mut *store, &descriptor).unwrap().unwrap()
        });
        let key = (family, labels.to_vec());
        *self.series.entry(key).or_insert_with(|| metrics.call_resolve(&mut *store, id, labels).unwrap().unwrap())
    }

    /// Records with what an event was like: in a span that is elsewhere, and is known as long as that takes.
    fn within(
        &mut self,
        like: Option<&Like>,
        record: impl FnOnce(&mut Store<State>, &wit::slo::Guest, Option<(&[String], u32)>) -> wit::types::Outcome,
    ) {
        let Self { store, exports, .. } = self;
        let (tracer, slos) = (exports.codomyrmex_telemetry_tracer(), exports.codomyrmex_telemetry_slo());
        let context = like.and_then(|like| like.context.as_ref()).map(words::context);
        let span = context.map_or(0, |context| tracer.call_remote(&mut *store, &context).unwrap().unwrap());
        record(store, slos, like.map(|like| (&like.values[..], span)));
        if span > 0 {
            tracer.call_end(&mut *store, span, Some(0)).unwrap();
        }
    }

    /// The number of an objective of the catalogue. Of a composite the parts are there first.
    fn slo(&mut self, slo: usize) -> u32 {
        if let Some(there) = self.slos.get(&slo) {
            return *there;
        }
        let mut all = objectives();
        if let Indicator::Composite(parts) = &all[slo].indicator {
            for part in parts {
                self.slo(all.iter().position(|objective| objective.id == part.id).unwrap());
            }
        }
        let objective = words::objective(all.swap_remove(slo));
        let id = self.exports.codomyrmex_telemetry_slo().call_create(&mut self.store, &objective).unwrap().unwrap();
        self.slos.insert(slo, id);
        id
    }

    fn stray(&mut self, stray: Stray) {
        let Self { store, exports, .. } = self;
        match stray {
            Stray::Add => drop(exports.codomyrmex_telemetry_metrics().call_add(store, 0, 1.0, None).unwrap()),
            Stray::Observe => drop(exports.codomyrmex_telemetry_metrics().call_observe(store, u32::MAX, 1.0, None).unwrap()),
            Stray::Count => drop(exports.codomyrmex_telemetry_slo().call_record_event(store, 0, true, 1, None).unwrap()),
            Stray::Start => {
                exports.codomyrmex_telemetry_tracer().call_start(store, u32::MAX, wit::tracer::Parent::Root, None, None).unwrap();
            }
            Stray::End => drop(exports.codomyrmex_telemetry_tracer().call_end(store, u32::MAX, None).unwrap()),
        }
    }
}
