//! The backend of a plugin: the imports of `codomyrmex:telemetry`, wherever the host keeps them.
//!
//! It turns the ledger's words into the WIT's, which are the same words. Deliberately absent:
//! accounting and state.

use codomyrmex_telemetry::metrics::Quantile;
use codomyrmex_telemetry::query::Row;
use codomyrmex_telemetry::slo::{AlertHistory, Analysis, PolicyState, SloViolation};
use codomyrmex_telemetry::tracer::{BaggageEntry, Exception, Scope};
use codomyrmex_telemetry::{
    Attributes, Descriptor, Double, Error, ExponentialOptions, Instrument, Objective, Outcome, Parent, SpanContext, SpanData, SpanId,
    SpanKind, SpanLink, SpanStatus, Status, SummaryOptions, Value,
};

use crate::slo::Question;
use bindings::codomyrmex::telemetry::{metrics, query, slo, tracer, types};

codomyrmex_telemetry::wit_conversions!(imports);

mod bindings {
    //! What wit-bindgen makes of the world `agent`.
    wit_bindgen::generate!({ path: "../wit", world: "agent", generate_all });
}

pub(crate) fn declare(descriptor: Descriptor) -> Result<u32, Error> {
    let doubles = |list: Vec<Double>| list.into_iter().map(Double::get).collect();
    let instrument = match descriptor.instrument {
        Instrument::Counter => metrics::Instrument::Counter,
        Instrument::UpDownCounter => metrics::Instrument::UpDownCounter,
        Instrument::Gauge => metrics::Instrument::Gauge,
        Instrument::Histogram(bounds) => metrics::Instrument::Histogram(doubles(bounds)),
        Instrument::ExponentialHistogram(options) => {
            let ExponentialOptions { max_size, max_scale, zero_threshold } = options;
            let zero_threshold = zero_threshold.get();
            metrics::Instrument::ExponentialHistogram(metrics::ExponentialOptions { max_size, max_scale, zero_threshold })
        }
        Instrument::Summary(SummaryOptions { quantiles, digits }) => {
            metrics::Instrument::Summary(metrics::SummaryOptions { quantiles: doubles(quantiles), digits })
        }
        Instrument::Info => metrics::Instrument::Info,
        Instrument::StateSet(states) => metrics::Instrument::StateSet(states),
    };
    let Descriptor { name, help, unit, labels, window, .. } = descriptor;
    Ok(metrics::declare(&metrics::Descriptor { name, help, unit, labels, instrument, window })?)
}

pub(crate) fn resolve(family: u32, values: &[String]) -> Result<u32, Error> {
    Ok(metrics::resolve(family, values)?)
}

pub(crate) fn add(series: u32, value: f64, at: Option<u64>) -> Outcome {
    metrics::add(series, value, at).into()
}

pub(crate) fn set(series: u32, value: f64, at: Option<u64>) -> Outcome {
    metrics::set(series, value, at).into()
}

pub(crate) fn observe(series: u32, value: f64, at: Option<u64>) -> Outcome {
    metrics::observe(series, value, at).into()
}

pub(crate) fn record_in(series: u32, value: f64, at: Option<u64>, span: u32) -> Outcome {
    metrics::record_in(series, value, at, span).into()
}

pub(crate) fn observe_times(series: u32, value: f64, times: u32, at: Option<u64>) -> Outcome {
    metrics::observe_times(series, value, times, at).into()
}

pub(crate) fn now() -> u64 {
    metrics::now()
}

pub(crate) fn elapsed() -> u64 {
    metrics::elapsed()
}

pub(crate) fn value(series: u32) -> Result<Option<f64>, Error> {
    Ok(query::value(series)?)
}

pub(crate) fn rate(series: u32, at: Option<u64>) -> Result<f64, Error> {
    Ok(query::rate(series, at)?)
}

pub(crate) fn quantile(series: u32, share: f64) -> Result<Option<Quantile>, Error> {
    Ok(query::quantile(series, share)?.map(known))
}

pub(crate) fn recent_quantile(series: u32, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
    Ok(query::recent_quantile(series, share, at)?.map(known))
}

pub(crate) fn top(family: u32, count: u32) -> Result<Vec<Row>, Error> {
    let rows = query::top(family, count)?;
    Ok(rows.into_iter().map(|row| Row { labels: row.labels, value: row.value }).collect())
}

const fn known(quantile: query::Estimate) -> Quantile {
    Quantile { value: quantile.value, low: quantile.low, high: quantile.high }
}

pub(crate) fn create_slo(objective: Objective) -> Result<u32, Error> {
    Ok(slo::create(&objective.into())?)
}

pub(crate) fn redefine_slo(objective: Objective) -> Result<u32, Error> {
    Ok(slo::redefine(&objective.into())?)
}

pub(crate) fn record_event(slo: u32, good: bool, count: u64, at: Option<u64>) -> Outcome {
    slo::record_event(slo, good, count, at).into()
}

pub(crate) fn record_event_with(slo: u32, good: bool, count: u64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
    slo::record_event_with(slo, good, count, at, values, span).into()
}

pub(crate) fn record_value(slo: u32, value: f64, at: Option<u64>) -> Outcome {
    slo::record_value(slo, value, at).into()
}

pub(crate) fn record_value_with(slo: u32, value: f64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
    slo::record_value_with(slo, value, at, values, span).into()
}

pub(crate) fn slo_status(slo: u32, at: Option<u64>) -> Result<Status, Error> {
    slo::get_status(slo, at)?.try_into()
}

pub(crate) fn slo_statuses(at: Option<u64>) -> Result<Vec<Status>, Error> {
    slo::statuses(at)?.into_iter().map(TryInto::try_into).collect()
}

pub(crate) fn slo_violations(slo: u32, at: Option<u64>) -> Result<Vec<SloViolation>, Error> {
    Ok(slo::violations(slo, at)?.into_iter().map(Into::into).collect())
}

pub(crate) fn slo_alerts(slo: u32, at: Option<u64>) -> Result<Vec<AlertHistory>, Error> {
    Ok(slo::alerts(slo, at)?.into_iter().map(Into::into).collect())
}

pub(crate) fn slo_policy(slo: u32, at: Option<u64>) -> Result<PolicyState, Error> {
    Ok(slo::policy(slo, at)?.into())
}

pub(crate) fn slo_analysis(slo: u32, question: Question) -> Result<Analysis, Error> {
    let Question { at, since, order, most } = question;
    slo::analyze(slo, slo::Question { at, since, order, most })?.try_into()
}

pub(crate) fn get_tracer(scope: Scope) -> Result<u32, Error> {
    let Scope { name, version, schema_url, attributes } = scope;
    Ok(tracer::get_tracer(&tracer::InstrumentationScope { name, version, schema_url, attributes: wit_attributes(attributes) })?)
}

pub(crate) fn set_resource(attributes: Attributes) -> Result<(), Error> {
    Ok(tracer::set_resource(&wit_attributes(attributes))?)
}

pub(crate) fn declare_span(tracer: u32, name: &str, kind: SpanKind) -> Result<u32, Error> {
    Ok(tracer::declare(tracer, name, kind.into())?)
}

pub(crate) fn start_span(name: u32, parent: Parent, id: Option<SpanId>, at: Option<u64>) -> u32 {
    let parent = match parent {
        Parent::Root => tracer::Parent::Root,
        Parent::Current => tracer::Parent::Current,
        Parent::Trace(id) => tracer::Parent::Trace(id.into()),
        Parent::Span(span) => tracer::Parent::Span(span.0),
    };
    tracer::start(name, parent, id.map(SpanId::get), at)
}

pub(crate) fn remote_span(context: SpanContext) -> Result<u32, Error> {
    Ok(tracer::remote(&wit_context(context))?)
}

pub(crate) fn extract<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<u32, Error> {
    let headers = headers.into_iter().map(|(name, value)| tracer::Header { name: name.into(), value: value.into() });
    Ok(tracer::extract(&headers.collect::<Vec<_>>())?)
}

pub(crate) fn inject(span: u32) -> Vec<(String, String)> {
    tracer::inject(span).into_iter().map(|header| (header.name, header.value)).collect()
}

pub(crate) fn baggage(span: u32) -> Vec<BaggageEntry> {
    let known = |entry: tracer::BaggageEntry| BaggageEntry { key: entry.key, value: entry.value, metadata: entry.metadata };
    tracer::baggage(span).into_iter().map(known).collect()
}

pub(crate) fn set_baggage(span: u32, entry: BaggageEntry) -> Outcome {
    let BaggageEntry { key, value, metadata } = entry;
    tracer::set_baggage(span, &tracer::BaggageEntry { key, value, metadata }).into()
}

pub(crate) fn span_context(span: u32) -> Option<SpanContext> {
    let context = tracer::context(span)?;
    Some(SpanContext {
        trace_id: context.trace_id.try_into().ok()?,
        span_id: SpanId::new(context.span_id).ok()?,
        trace_flags: context.trace_flags,
        trace_state: context.trace_state,
    })
}

pub(crate) fn set_attribute(span: u32, key: &str, value: Value) -> Outcome {
    tracer::set_attribute(span, key, &wit_value(value)).into()
}

pub(crate) fn add_event(span: u32, name: &str, at: Option<u64>, attributes: Attributes) -> Outcome {
    tracer::add_event(span, name, at, &wit_attributes(attributes)).into()
}

pub(crate) fn record_exception(span: u32, exception: Exception, at: Option<u64>) -> Outcome {
    let Exception { exception_type, message, stacktrace } = exception;
    tracer::record_exception(span, &tracer::Exception { exception_type, message, stacktrace }, at).into()
}

pub(crate) fn add_link(span: u32, link: SpanLink) -> Outcome {
    tracer::add_link(span, &wit_link(link)).into()
}

pub(crate) fn set_status(span: u32, status: SpanStatus) -> Outcome {
    tracer::set_status(span, &wit_status(status)).into()
}

pub(crate) fn update_name(span: u32, name: &str) -> Outcome {
    tracer::update_name(span, name).into()
}

pub(crate) fn enter_span(span: u32) -> Outcome {
    tracer::enter(span).into()
}

pub(crate) fn exit_span(span: u32) -> Outcome {
    tracer::exit(span).into()
}

pub(crate) fn current_span() -> u32 {
    tracer::current()
}

pub(crate) fn complete_span(tracer: u32, span: SpanData) -> Result<(), Error> {
    let data = tracer::SpanData {
        context: wit_context(span.context),
        parent: span.parent.map(SpanId::get),
        tracer,
        name: span.name.into(),
        kind: span.kind.into(),
        started: span.started.nanos(),
        ended: span.ended.nanos(),
        attributes: wit_attributes(span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| tracer::Event { name: event.name.into(), at: event.at.nanos(), attributes: wit_attributes(event.attributes) })
            .collect(),
        links: span.links.into_iter().map(wit_link).collect(),
        status: wit_status(span.status),
        dropped_attributes: span.dropped.attributes,
        dropped_events: span.dropped.events,
        dropped_links: span.dropped.links,
    };
    Ok(tracer::complete(&data)?)
}

pub(crate) fn end_span(span: u32, at: Option<u64>) -> Outcome {
    tracer::end(span, at).into()
}

fn wit_status(status: SpanStatus) -> tracer::SpanStatus {
    match status {
        SpanStatus::Unset => tracer::SpanStatus::Unset,
        SpanStatus::Ok => tracer::SpanStatus::Ok,
        SpanStatus::Error(text) => tracer::SpanStatus::Error(text),
    }
}

fn wit_context(context: SpanContext) -> tracer::SpanContext {
    let SpanContext { trace_id, span_id, trace_flags, trace_state } = context;
    tracer::SpanContext { trace_id: trace_id.into(), span_id: span_id.get(), trace_flags, trace_state }
}

fn wit_link(link: SpanLink) -> tracer::Link {
    tracer::Link { context: wit_context(link.context), attributes: wit_attributes(link.attributes) }
}

fn wit_attributes(attributes: Attributes) -> Vec<types::Attribute> {
    attributes.into_iter().map(|(key, value)| types::Attribute { key: key.into(), value: wit_value(value) }).collect()
}

fn wit_value(value: Value) -> types::Value {
    match value {
        Value::Boolean(value) => types::Value::Boolean(value),
        Value::Integer(value) => types::Value::Integer(value),
        Value::Float(value) => types::Value::Float(value.get()),
        Value::Text(text) => types::Value::Text(text.into()),
        Value::Booleans(list) => types::Value::Booleans(list),
        Value::Integers(list) => types::Value::Integers(list),
        Value::Floats(list) => types::Value::Floats(list.into_iter().map(|value| value.get()).collect()),
        Value::Texts(list) => types::Value::Texts(list),
    }
}
