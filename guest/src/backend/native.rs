//! The backend outside WebAssembly: a ledger of the thread's own.
//!
//! With it a plugin can be tested and run natively, by the same accounting. Deliberately absent:
//! sharing between threads; each has its own ledger, as each instance of a plugin would.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use codomyrmex_telemetry::door::{Door, Environment};
use codomyrmex_telemetry::metrics::Quantile;
use codomyrmex_telemetry::query::Row;
use codomyrmex_telemetry::slo::{AlertHistory, Analysis, Options, PolicyState, SloViolation};
use codomyrmex_telemetry::tracer::{BaggageEntry, Exception, Scope, TracerId};
use codomyrmex_telemetry::{
    Attributes, Descriptor, Error, FamilyId, Ledger, Objective, Outcome, Parent, SpanContext, SpanData, SpanHandle, SpanId, SpanKind,
    SpanLink, SpanStatus, Status, Timestamp, Value,
};

use crate::slo::Question;

thread_local! {
    static DOOR: RefCell<Door<Process>> = RefCell::new(Door::new(Process));
}

/// Works with the ledger of this thread.
pub fn with_ledger<T>(work: impl FnOnce(&mut Ledger) -> T) -> T {
    door(|door| work(&mut door.ledger))
}

#[derive(Debug)]
struct Process;

impl Environment for Process {
    fn now(&mut self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    fn elapsed(&mut self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&mut self) -> u64 {
        // Each RandomState has keys of its own, seeded by the system; ids of a test need no more.
        RandomState::new().build_hasher().finish()
    }
}

fn door<T>(work: impl FnOnce(&mut Door<Process>) -> T) -> T {
    DOOR.with_borrow_mut(work)
}

pub(crate) fn declare(descriptor: Descriptor) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.declare(descriptor)?.0))
}

pub(crate) fn resolve(family: u32, values: &[String]) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.resolve(FamilyId(family), values)?.0))
}

pub(crate) fn add(series: u32, value: f64, at: Option<u64>) -> Outcome {
    door(|door| door.add(series, value, at))
}

pub(crate) fn set(series: u32, value: f64, at: Option<u64>) -> Outcome {
    door(|door| door.set(series, value, at))
}

pub(crate) fn observe(series: u32, value: f64, at: Option<u64>) -> Outcome {
    door(|door| door.observe(series, value, at))
}

pub(crate) fn record_in(series: u32, value: f64, at: Option<u64>, span: u32) -> Outcome {
    door(|door| door.record_in(series, value, at, span))
}

pub(crate) fn observe_times(series: u32, value: f64, times: u32, at: Option<u64>) -> Outcome {
    door(|door| door.observe_times(series, value, times, at))
}

pub(crate) fn now() -> u64 {
    door(|door| door.environment.now())
}

pub(crate) fn elapsed() -> u64 {
    door(|door| door.environment.elapsed())
}

pub(crate) fn value(series: u32) -> Result<Option<f64>, Error> {
    door(|door| door.value(series))
}

pub(crate) fn rate(series: u32, at: Option<u64>) -> Result<f64, Error> {
    door(|door| door.rate(series, at))
}

pub(crate) fn quantile(series: u32, share: f64) -> Result<Option<Quantile>, Error> {
    door(|door| door.quantile(series, share))
}

pub(crate) fn recent_quantile(series: u32, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
    door(|door| door.recent_quantile(series, share, at))
}

pub(crate) fn top(family: u32, count: u32) -> Result<Vec<Row>, Error> {
    door(|door| door.ledger.top(FamilyId(family), count as usize))
}

pub(crate) fn create_slo(objective: Objective) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.create_slo(objective)?.0))
}

pub(crate) fn redefine_slo(objective: Objective) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.redefine_slo(objective)?.0))
}

pub(crate) fn record_event(slo: u32, good: bool, count: u64, at: Option<u64>) -> Outcome {
    door(|door| door.record_event(slo, good, count, at))
}

pub(crate) fn record_event_with(slo: u32, good: bool, count: u64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
    door(|door| door.record_event_with(slo, good, count, at, values, span))
}

pub(crate) fn record_value(slo: u32, value: f64, at: Option<u64>) -> Outcome {
    door(|door| door.record_value(slo, value, at))
}

pub(crate) fn record_value_with(slo: u32, value: f64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
    door(|door| door.record_value_with(slo, value, at, values, span))
}

pub(crate) fn slo_status(slo: u32, at: Option<u64>) -> Result<Status, Error> {
    door(|door| door.slo_status(slo, at))
}

pub(crate) fn slo_statuses(at: Option<u64>) -> Result<Vec<Status>, Error> {
    door(|door| door.slo_statuses(at))
}

pub(crate) fn slo_violations(slo: u32, at: Option<u64>) -> Result<Vec<SloViolation>, Error> {
    door(|door| door.slo_violations(slo, at))
}

pub(crate) fn slo_alerts(slo: u32, at: Option<u64>) -> Result<Vec<AlertHistory>, Error> {
    door(|door| door.slo_alerts(slo, at))
}

pub(crate) fn slo_policy(slo: u32, at: Option<u64>) -> Result<PolicyState, Error> {
    door(|door| door.slo_policy(slo, at))
}

pub(crate) fn slo_analysis(slo: u32, question: Question) -> Result<Analysis, Error> {
    let Question { at, since, order, most } = question;
    let time = |nanos: Option<u64>| nanos.map(Timestamp::try_from).transpose();
    let options = Options { order, most: most as usize, ..Options::default() };
    let question = codomyrmex_telemetry::slo::Question { at: time(at)?, since: time(since)?, options };
    door(|door| door.slo_analysis(slo, &question))
}

pub(crate) fn get_tracer(scope: Scope) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.get_tracer(scope)?.0))
}

pub(crate) fn set_resource(attributes: Attributes) -> Result<(), Error> {
    door(|door| door.ledger.set_resource(attributes))
}

pub(crate) fn declare_span(tracer: u32, name: &str, kind: SpanKind) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.declare_span(TracerId(tracer), name, kind)?.0))
}

pub(crate) fn start_span(name: u32, parent: Parent, id: Option<SpanId>, at: Option<u64>) -> u32 {
    door(|door| door.start_span(name, parent, id, at))
}

pub(crate) fn remote_span(context: SpanContext) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.remote_span(context)?.0))
}

pub(crate) fn extract<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<u32, Error> {
    door(|door| Ok(door.ledger.extract(headers)?.0))
}

pub(crate) fn inject(span: u32) -> Vec<(String, String)> {
    let headers = door(|door| door.ledger.inject(SpanHandle(span)));
    headers.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

pub(crate) fn baggage(span: u32) -> Vec<BaggageEntry> {
    door(|door| door.ledger.baggage(SpanHandle(span)))
}

pub(crate) fn set_baggage(span: u32, entry: BaggageEntry) -> Outcome {
    door(|door| door.ledger.set_baggage(SpanHandle(span), entry))
}

pub(crate) fn span_context(span: u32) -> Option<SpanContext> {
    door(|door| door.ledger.span_context(SpanHandle(span)))
}

pub(crate) fn set_attribute(span: u32, key: &str, value: Value) -> Outcome {
    door(|door| door.ledger.set_attribute(SpanHandle(span), key.into(), value))
}

pub(crate) fn add_event(span: u32, name: &str, at: Option<u64>, attributes: Attributes) -> Outcome {
    door(|door| door.add_event(span, name.into(), at, attributes))
}

pub(crate) fn record_exception(span: u32, exception: Exception, at: Option<u64>) -> Outcome {
    door(|door| door.record_exception(span, exception, at))
}

pub(crate) fn set_status(span: u32, status: SpanStatus) -> Outcome {
    door(|door| door.ledger.set_status(SpanHandle(span), status))
}

pub(crate) fn add_link(span: u32, link: SpanLink) -> Outcome {
    door(|door| door.ledger.add_link(SpanHandle(span), link))
}

pub(crate) fn update_name(span: u32, name: &str) -> Outcome {
    door(|door| door.ledger.update_name(SpanHandle(span), name.into()))
}

pub(crate) fn enter_span(span: u32) -> Outcome {
    door(|door| door.ledger.enter_span(SpanHandle(span)))
}

pub(crate) fn exit_span(span: u32) -> Outcome {
    door(|door| door.ledger.exit_span(SpanHandle(span)))
}

pub(crate) fn current_span() -> u32 {
    door(|door| door.ledger.current_span().0)
}

pub(crate) fn complete_span(tracer: u32, span: SpanData) -> Result<(), Error> {
    door(|door| door.complete_span_of(tracer, span))
}

pub(crate) fn end_span(span: u32, at: Option<u64>) -> Outcome {
    door(|door| door.end_span(span, at))
}
