//! The component door: the world `telemetry`, exported from one ledger.
//!
//! It imports the clocks and random numbers of WASI and nothing else. Deliberately absent:
//! accounting; every function converts, calls the ledger, converts back.

mod bindings;
mod exporter;
mod ledger;

use std::cell::RefCell;
use std::string::String;
use std::vec::Vec;

use bindings::exports::codomyrmex::telemetry::{metrics, query, slo, tracer, types};
use bindings::wasi::clocks::{monotonic_clock, wall_clock};
use bindings::wasi::random::random;

use crate::door::{Door, Environment};
use crate::tracer::{Parent, SpanHandle};
use crate::{FamilyId, Outcome, SpanId, SpanLink, TraceId, TracerId};

std::thread_local! {
    static DOOR: RefCell<Door<Wasi>> = RefCell::new(Door::new(Wasi));
}

crate::wit_conversions!();

struct Wasi;

impl Environment for Wasi {
    fn now(&mut self) -> u64 {
        let now = wall_clock::now();
        now.seconds.saturating_mul(1_000_000_000).saturating_add(now.nanoseconds.into())
    }

    fn elapsed(&mut self) -> u64 {
        monotonic_clock::now()
    }

    fn random(&mut self) -> u64 {
        random::get_random_u64()
    }
}

/// Works with the one ledger. No function of the ledger calls out of it, so it is never borrowed twice.
fn door<T>(work: impl FnOnce(&mut Door<Wasi>) -> T) -> T {
    DOOR.with_borrow_mut(work)
}

pub(crate) struct Component;

impl metrics::Guest for Component {
    fn declare(descriptor: metrics::Descriptor) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.declare(descriptor.into()))?.0)
    }

    fn resolve(family: u32, values: Vec<String>) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.resolve(FamilyId(family), &values))?.0)
    }

    fn add(series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        door(|door| door.add(series, value, at)).into()
    }

    fn set(series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        door(|door| door.set(series, value, at)).into()
    }

    fn observe(series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        door(|door| door.observe(series, value, at)).into()
    }

    fn observe_times(series: u32, value: f64, times: u32, at: Option<u64>) -> types::Outcome {
        door(|door| door.observe_times(series, value, times, at)).into()
    }

    fn now() -> u64 {
        door(|door| door.environment.now())
    }

    fn elapsed() -> u64 {
        door(|door| door.environment.elapsed())
    }

    fn record_in(series: u32, value: f64, at: Option<u64>, span: u32) -> types::Outcome {
        door(|door| door.record_in(series, value, at, span)).into()
    }
}

impl query::Guest for Component {
    fn value(series: u32) -> Result<Option<f64>, types::Error> {
        Ok(door(|door| door.value(series))?)
    }

    fn rate(series: u32, at: Option<u64>) -> Result<f64, types::Error> {
        Ok(door(|door| door.rate(series, at))?)
    }

    fn quantile(series: u32, share: f64) -> Result<Option<query::Estimate>, types::Error> {
        Ok(door(|door| door.quantile(series, share))?.map(Into::into))
    }

    fn recent_quantile(series: u32, share: f64, at: Option<u64>) -> Result<Option<query::Estimate>, types::Error> {
        Ok(door(|door| door.recent_quantile(series, share, at))?.map(Into::into))
    }

    fn top(family: u32, count: u32) -> Result<Vec<query::Row>, types::Error> {
        let rows = door(|door| door.ledger.top(FamilyId(family), count as usize))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl tracer::Guest for Component {
    fn get_tracer(scope: tracer::InstrumentationScope) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.get_tracer(scope.into()))?.0)
    }

    fn set_resource(list: Vec<types::Attribute>) -> Result<(), types::Error> {
        Ok(door(|door| door.ledger.set_resource(attributes(list)))?)
    }

    fn declare(tracer: u32, name: String, kind: tracer::SpanKind) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.declare_span(TracerId(tracer), &name, kind.into()))?.0)
    }

    fn start(name: u32, parent: tracer::Parent, id: Option<u64>, at: Option<u64>) -> u32 {
        door(|door| match (Parent::try_from(parent), id.map(SpanId::new).transpose()) {
            (Ok(parent), Ok(id)) => door.start_span(name, parent, id, at),
            _ => {
                door.ledger.drop_record(Outcome::InvalidValue);
                0
            }
        })
    }

    fn remote(context: tracer::SpanContext) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.remote_span(context.try_into()?))?.0)
    }

    fn context(span: u32) -> Option<tracer::SpanContext> {
        door(|door| door.ledger.span_context(SpanHandle(span))).map(Into::into)
    }

    fn extract(headers: Vec<tracer::Header>) -> Result<u32, types::Error> {
        let headers = headers.iter().map(|header| (&*header.name, &*header.value));
        Ok(door(|door| door.ledger.extract(headers))?.0)
    }

    fn inject(span: u32) -> Vec<tracer::Header> {
        let headers = door(|door| door.ledger.inject(SpanHandle(span)));
        headers.into_iter().map(|(name, value)| tracer::Header { name: name.into(), value }).collect()
    }

    fn baggage(span: u32) -> Vec<tracer::BaggageEntry> {
        door(|door| door.ledger.baggage(SpanHandle(span))).into_iter().map(Into::into).collect()
    }

    fn set_baggage(span: u32, entry: tracer::BaggageEntry) -> types::Outcome {
        door(|door| door.ledger.set_baggage(SpanHandle(span), entry.into())).into()
    }

    fn set_attribute(span: u32, key: String, value: types::Value) -> types::Outcome {
        door(|door| door.ledger.set_attribute(SpanHandle(span), key.into(), value.into())).into()
    }

    fn add_event(span: u32, name: String, at: Option<u64>, list: Vec<types::Attribute>) -> types::Outcome {
        door(|door| door.add_event(span, name.into(), at, attributes(list))).into()
    }

    fn record_exception(span: u32, exception: tracer::Exception, at: Option<u64>) -> types::Outcome {
        door(|door| door.record_exception(span, exception.into(), at)).into()
    }

    fn add_link(span: u32, link: tracer::Link) -> types::Outcome {
        door(|door| match SpanLink::try_from(link) {
            Ok(link) => door.ledger.add_link(SpanHandle(span), link),
            Err(_) => door.ledger.drop_record(Outcome::InvalidValue),
        })
        .into()
    }

    fn set_status(span: u32, status: tracer::SpanStatus) -> types::Outcome {
        door(|door| door.ledger.set_status(SpanHandle(span), status.into())).into()
    }

    fn update_name(span: u32, name: String) -> types::Outcome {
        door(|door| door.ledger.update_name(SpanHandle(span), name.into())).into()
    }

    fn end(span: u32, at: Option<u64>) -> types::Outcome {
        door(|door| door.end_span(span, at)).into()
    }

    fn complete(data: tracer::SpanData) -> Result<(), types::Error> {
        let tracer = data.tracer;
        Ok(door(|door| door.complete_span_of(tracer, data.try_into()?))?)
    }

    fn enter(span: u32) -> types::Outcome {
        door(|door| door.ledger.enter_span(SpanHandle(span))).into()
    }

    fn exit(span: u32) -> types::Outcome {
        door(|door| door.ledger.exit_span(SpanHandle(span))).into()
    }

    fn current() -> u32 {
        door(|door| door.ledger.current_span().0)
    }

    fn derive_trace_id(seed: String) -> types::TraceId {
        TraceId::derive(&seed).into()
    }

    fn derive_span_id(seed: String) -> u64 {
        SpanId::derive(&seed).get()
    }
}

impl slo::Guest for Component {
    fn create(objective: slo::Objective) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.create_slo(objective.try_into()?))?.0)
    }

    fn redefine(objective: slo::Objective) -> Result<u32, types::Error> {
        Ok(door(|door| door.ledger.redefine_slo(objective.try_into()?))?.0)
    }

    fn record_event(slo: u32, good: bool, count: u64, at: Option<u64>) -> types::Outcome {
        door(|door| door.record_event(slo, good, count, at)).into()
    }

    fn record_event_with(slo: u32, good: bool, count: u64, at: Option<u64>, values: Vec<String>, span: u32) -> types::Outcome {
        door(|door| door.record_event_with(slo, good, count, at, &values, span)).into()
    }

    fn record_value(slo: u32, value: f64, at: Option<u64>) -> types::Outcome {
        door(|door| door.record_value(slo, value, at)).into()
    }

    fn record_value_with(slo: u32, value: f64, at: Option<u64>, values: Vec<String>, span: u32) -> types::Outcome {
        door(|door| door.record_value_with(slo, value, at, &values, span)).into()
    }

    fn get_status(slo: u32, at: Option<u64>) -> Result<slo::Status, types::Error> {
        Ok(door(|door| door.slo_status(slo, at))?.into())
    }

    fn statuses(at: Option<u64>) -> Result<Vec<slo::Status>, types::Error> {
        Ok(door(|door| door.slo_statuses(at))?.into_iter().map(Into::into).collect())
    }

    fn violations(slo: u32, at: Option<u64>) -> Result<Vec<slo::Violation>, types::Error> {
        Ok(door(|door| door.slo_violations(slo, at))?.into_iter().map(Into::into).collect())
    }

    fn alerts(slo: u32, at: Option<u64>) -> Result<Vec<slo::AlertHistory>, types::Error> {
        Ok(door(|door| door.slo_alerts(slo, at))?.into_iter().map(Into::into).collect())
    }

    fn policy(slo: u32, at: Option<u64>) -> Result<slo::PolicyState, types::Error> {
        Ok(door(|door| door.slo_policy(slo, at))?.into())
    }

    fn analyze(slo: u32, question: slo::Question) -> Result<slo::Analysis, types::Error> {
        Ok(door(|door| door.slo_analysis(slo, &question.try_into()?))?.into())
    }
}
