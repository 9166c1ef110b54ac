//! The far end of a composed agent: the ledger in the telemetry component, and the one here that it is drained into.
//!
//! Deliberately absent: when it is drained; see `agent`.

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "package codomyrmex:composed;
            world composed { export codomyrmex:telemetry/ledger@0.1.0; }",
        with: { "codomyrmex:telemetry/types@0.1.0": crate::bindings::codomyrmex::telemetry::types },
    });
}

use std::fmt;

use bindings::Composed as Exports;
use bindings::exports::codomyrmex::telemetry::ledger as wit;
use codomyrmex_telemetry::tracer::{Keeping, RateLimit, Sampler, SamplingRule, SpanLimits};
use codomyrmex_telemetry::{Value, WriterId};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::agent::State;
use crate::bindings::codomyrmex::telemetry::types;
use crate::host::Program;
use crate::{Error, TelemetryCtx, TracingSettings};

codomyrmex_telemetry::wit_conversions!(@errors);

/// The interface from which a composed agent is drained.
pub(crate) const LEDGER: &str = "codomyrmex:telemetry/ledger@0.1.0";

/// A composed agent's ledger and where its deltas go. What is further ahead of the host's clock than clocks differ
/// does not come in, whatever the agent told its own ledger.
pub(crate) struct Composed {
    exports: Exports,
    /// The ledger here. It collects, and writes as another.
    pub(crate) telemetry: TelemetryCtx,
}

impl Composed {
    /// Finds the ledger in an instance, and tells it who writes and how spans are to be taken.
    pub(crate) fn new(program: &Program<'_>, store: &mut Store<State>, instance: &Instance, writer: WriterId) -> Result<Self, Error> {
        let wrong = |why: wasmtime::Error| Error::CannotCompose { name: program.name().into(), why: format!("{why:#}") };
        let exports = Exports::new(&mut *store, instance).map_err(wrong)?;
        let ledger = exports.codomyrmex_telemetry_ledger();
        let id = wit::WriterId { high: (writer.get() >> 64) as u64, low: writer.get() as u64 };
        ledger.call_configure(&mut *store, id).map_err(wrong)?.map_err(refused)?;
        let settings = program.tracing();
        ledger.call_set_sampler(&mut *store, settings.sampler.into()).map_err(wrong)?.map_err(refused)?;
        ledger.call_set_keeping(&mut *store, settings.keeping.map(Into::into)).map_err(wrong)?.map_err(refused)?;
        ledger.call_limit_spans(&mut *store, settings.span_limits.into()).map_err(wrong)?;
        if !settings.resource.is_empty() {
            ledger.call_fix_resource(&mut *store, &attributes(settings)).map_err(wrong)?.map_err(refused)?;
        }
        if let Some(dimensions) = &settings.measure_spans {
            ledger.call_measure_spans(&mut *store, dimensions).map_err(wrong)?.map_err(refused)?;
        }
        Ok(Self { exports, telemetry: TelemetryCtx::with_writer(program.clock(), WriterId::new(!writer.get())) })
    }

    /// Takes over what happened since the last time.
    pub(crate) fn drain(&mut self, store: &mut Store<State>) -> wasmtime::Result<Result<(), Error>> {
        let delta = self.exports.codomyrmex_telemetry_ledger().call_drain(store)?;
        Ok(delta.map_or(Ok(()), |delta| self.telemetry.absorb(&delta).map(drop).map_err(Error::from)))
    }

    /// Ends the spans that are open.
    pub(crate) fn abandon(&self, store: &mut Store<State>, reason: &str) -> wasmtime::Result<u32> {
        self.exports.codomyrmex_telemetry_ledger().call_abandon(store, reason)
    }
}

impl fmt::Debug for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composed").field("telemetry", &self.telemetry).finish_non_exhaustive()
    }
}

fn refused(error: types::Error) -> Error {
    codomyrmex_telemetry::Error::from(error).into()
}

fn attributes(settings: &TracingSettings) -> Vec<types::Attribute> {
    settings.resource.iter().map(|(key, value)| types::Attribute { key: key.to_string(), value: value.clone().into() }).collect()
}

impl From<Value> for types::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Boolean(value) => Self::Boolean(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Float(value) => Self::Float(value.get()),
            Value::Text(text) => Self::Text(text.into()),
            Value::Booleans(list) => Self::Booleans(list),
            Value::Integers(list) => Self::Integers(list),
            Value::Floats(list) => Self::Floats(list.into_iter().map(|value| value.get()).collect()),
            Value::Texts(list) => Self::Texts(list),
        }
    }
}

impl From<SamplingRule> for wit::SamplingRule {
    fn from(rule: SamplingRule) -> Self {
        match rule {
            SamplingRule::AlwaysOn => Self::AlwaysOn,
            SamplingRule::AlwaysOff => Self::AlwaysOff,
            SamplingRule::TraceIdRatio(share) => Self::TraceIdRatio(share.into()),
            SamplingRule::RateLimit(RateLimit { traces, period }) => Self::RateLimit(wit::RateLimit { traces, period }),
        }
    }
}

impl From<Sampler> for wit::Sampler {
    fn from(sampler: Sampler) -> Self {
        Self {
            root: sampler.root.into(),
            remote_sampled: sampler.remote_sampled.into(),
            remote_not_sampled: sampler.remote_not_sampled.into(),
            local_sampled: sampler.local_sampled.into(),
            local_not_sampled: sampler.local_not_sampled.into(),
        }
    }
}

impl From<Keeping> for wit::Keeping {
    fn from(keeping: Keeping) -> Self {
        Self { slow: keeping.slow, others: keeping.others.into() }
    }
}

impl From<SpanLimits> for wit::SpanLimits {
    fn from(limits: SpanLimits) -> Self {
        let SpanLimits { attributes, events, links, attributes_per_event, attributes_per_link, attribute_value_length } = limits;
        Self { attributes, events, links, attributes_per_event, attributes_per_link, attribute_value_length }
    }
}
