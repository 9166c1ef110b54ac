//! The backend of a plugin: the imports of `codomyrmex:telemetry`, wherever the host keeps them.
//!
//! It turns the ledger's words into the WIT's, which are the same words. Deliberately absent:
//! accounting and state.

use codomyrmex_telemetry::metrics::Quantile;
use codomyrmex_telemetry::query::Row;
use codomyrmex_telemetry::slo::{CalendarUnit, State};
use codomyrmex_telemetry::{
    Attributes, Budgeting, Comparison, Descriptor, Double, Error, ExponentialOptions, Indicator, Instrument, Objective, Outcome, Parent,
    Ratio, SliType, SpanContext, SpanData, SpanId, SpanKind, SpanLink, SpanStatus, Status, SummaryOptions, TraceId, Value, Window,
};

use bindings::codomyrmex::telemetry::{metrics, query, slo, tracer, types};

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
    metrics::declare(&metrics::Descriptor { name, help, unit, labels, instrument, window }).map_err(error)
}

pub(crate) fn resolve(family: u32, values: &[String]) -> Result<u32, Error> {
    metrics::resolve(family, values).map_err(error)
}

pub(crate) fn add(series: u32, value: f64, at: Option<u64>) -> Outcome {
    outcome(metrics::add(series, value, at))
}

pub(crate) fn set(series: u32, value: f64, at: Option<u64>) -> Outcome {
    outcome(metrics::set(series, value, at))
}

pub(crate) fn observe(series: u32, value: f64, at: Option<u64>) -> Outcome {
    outcome(metrics::observe(series, value, at))
}

pub(crate) fn record_in(series: u32, value: f64, at: Option<u64>, span: u32) -> Outcome {
    outcome(metrics::record_in(series, value, at, span))
}

pub(crate) fn observe_times(series: u32, value: f64, times: u32, at: Option<u64>) -> Outcome {
    outcome(metrics::observe_times(series, value, times, at))
}

pub(crate) fn now() -> u64 {
    metrics::now()
}

pub(crate) fn elapsed() -> u64 {
    metrics::elapsed()
}

pub(crate) fn value(series: u32) -> Result<Option<f64>, Error> {
    query::value(series).map_err(error)
}

pub(crate) fn rate(series: u32, at: Option<u64>) -> Result<f64, Error> {
    query::rate(series, at).map_err(error)
}

pub(crate) fn quantile(series: u32, share: f64) -> Result<Option<Quantile>, Error> {
    Ok(query::quantile(series, share).map_err(error)?.map(known))
}

pub(crate) fn recent_quantile(series: u32, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
    Ok(query::recent_quantile(series, share, at).map_err(error)?.map(known))
}

pub(crate) fn top(family: u32, count: u32) -> Result<Vec<Row>, Error> {
    let rows = query::top(family, count).map_err(error)?;
    Ok(rows.into_iter().map(|row| Row { labels: row.labels, value: row.value }).collect())
}

const fn known(quantile: query::Estimate) -> Quantile {
    Quantile { value: quantile.value, low: quantile.low, high: quantile.high }
}

pub(crate) fn create_slo(objective: Objective) -> Result<u32, Error> {
    let Objective { id, name, description, .. } = objective;
    slo::create(&slo::Objective {
        id,
        name,
        description,
        sli_type: match objective.sli_type {
            SliType::Availability => slo::SliType::Availability,
            SliType::Latency => slo::SliType::Latency,
            SliType::Throughput => slo::SliType::Throughput,
            SliType::ErrorRate => slo::SliType::ErrorRate,
            SliType::Saturation => slo::SliType::Saturation,
        },
        indicator: match objective.indicator {
            Indicator::Events => slo::Indicator::Events,
            Indicator::Threshold(comparison, value) => slo::Indicator::Threshold(slo::Threshold {
                comparison: match comparison {
                    Comparison::Below => slo::Comparison::Below,
                    Comparison::AtMost => slo::Comparison::AtMost,
                    Comparison::Above => slo::Comparison::Above,
                    Comparison::AtLeast => slo::Comparison::AtLeast,
                },
                value: value.get(),
            }),
        },
        target: ratio(objective.target),
        window: match objective.window {
            Window::Rolling { slots } => slo::Window::Rolling(slots.saturating_mul(codomyrmex_telemetry::slo::SLOT_NS)),
            Window::Calendar { unit, utc_offset_minutes } => slo::Window::Calendar(slo::CalendarWindow {
                unit: match unit {
                    CalendarUnit::Day => slo::CalendarUnit::Day,
                    CalendarUnit::Week => slo::CalendarUnit::Week,
                    CalendarUnit::Month => slo::CalendarUnit::Month,
                    CalendarUnit::Quarter => slo::CalendarUnit::Quarter,
                },
                utc_offset_minutes,
            }),
        },
        budgeting: match objective.budgeting {
            Budgeting::Occurrences => slo::Budgeting::Occurrences,
            Budgeting::Timeslices { slots, target } => slo::Budgeting::Timeslices(slo::Timeslices {
                slice: slots.saturating_mul(codomyrmex_telemetry::slo::SLOT_NS),
                target: ratio(target),
            }),
        },
    })
    .map_err(error)
}

pub(crate) fn record_event(slo: u32, good: bool, count: u64, at: Option<u64>) -> Outcome {
    outcome(slo::record_event(slo, good, count, at))
}

pub(crate) fn record_value(slo: u32, value: f64, at: Option<u64>) -> Outcome {
    outcome(slo::record_value(slo, value, at))
}

pub(crate) fn slo_status(slo: u32, at: Option<u64>) -> Result<Status, Error> {
    status(slo::get_status(slo, at).map_err(error)?)
}

pub(crate) fn slo_statuses(at: Option<u64>) -> Result<Vec<Status>, Error> {
    slo::statuses(at).map_err(error)?.into_iter().map(status).collect()
}

pub(crate) fn declare_span(name: &str, kind: SpanKind) -> Result<u32, Error> {
    tracer::declare(name, wit_kind(kind)).map_err(error)
}

pub(crate) fn start_span(name: u32, parent: Parent, id: Option<SpanId>, at: Option<u64>) -> u32 {
    let parent = match parent {
        Parent::Root => tracer::Parent::Root,
        Parent::Current => tracer::Parent::Current,
        Parent::Trace(id) => tracer::Parent::Trace(trace_id(id)),
        Parent::Span(span) => tracer::Parent::Span(span.0),
    };
    tracer::start(name, parent, id.map(SpanId::get), at)
}

pub(crate) fn remote_span(context: SpanContext) -> Result<u32, Error> {
    tracer::remote(&wit_context(context)).map_err(error)
}

pub(crate) fn span_context(span: u32) -> Option<SpanContext> {
    let context = tracer::context(span)?;
    Some(SpanContext {
        trace_id: TraceId::new(u128::from(context.trace_id.high) << 64 | u128::from(context.trace_id.low)).ok()?,
        span_id: SpanId::new(context.span_id).ok()?,
        trace_flags: context.trace_flags,
        trace_state: context.trace_state,
    })
}

pub(crate) fn set_attribute(span: u32, key: &str, value: Value) -> Outcome {
    outcome(tracer::set_attribute(span, key, &wit_value(value)))
}

pub(crate) fn add_event(span: u32, name: &str, at: Option<u64>, attributes: Attributes) -> Outcome {
    outcome(tracer::add_event(span, name, at, &wit_attributes(attributes)))
}

pub(crate) fn add_link(span: u32, link: SpanLink) -> Outcome {
    outcome(tracer::add_link(span, &wit_link(link)))
}

pub(crate) fn set_status(span: u32, status: SpanStatus) -> Outcome {
    outcome(tracer::set_status(span, &wit_status(status)))
}

pub(crate) fn update_name(span: u32, name: &str) -> Outcome {
    outcome(tracer::update_name(span, name))
}

pub(crate) fn enter_span(span: u32) -> Outcome {
    outcome(tracer::enter(span))
}

pub(crate) fn exit_span(span: u32) -> Outcome {
    outcome(tracer::exit(span))
}

pub(crate) fn complete_span(span: SpanData) -> Result<(), Error> {
    tracer::complete(&tracer::SpanData {
        context: wit_context(span.context),
        parent: span.parent.map(SpanId::get),
        name: span.name,
        kind: wit_kind(span.kind),
        started: span.started.nanos(),
        ended: span.ended.nanos(),
        attributes: wit_attributes(span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| tracer::Event { name: event.name, at: event.at.nanos(), attributes: wit_attributes(event.attributes) })
            .collect(),
        links: span.links.into_iter().map(wit_link).collect(),
        status: wit_status(span.status),
        dropped_attributes: span.dropped.attributes,
        dropped_events: span.dropped.events,
        dropped_links: span.dropped.links,
    })
    .map_err(error)
}

pub(crate) fn end_span(span: u32, at: Option<u64>) -> Outcome {
    outcome(tracer::end(span, at))
}

fn status(status: slo::Status) -> Result<Status, Error> {
    Ok(Status {
        id: status.id,
        name: status.name,
        target: Ratio::new(status.target.numerator, status.target.denominator)?,
        window_start: status.window_start,
        window_end: status.window_end,
        good: status.good,
        total: status.total,
        state: match status.state {
            slo::State::NoData => State::NoData,
            slo::State::Met => State::Met,
            slo::State::Violated => State::Violated,
        },
        current: status.current,
        budget_remaining: status.budget_remaining,
        budget_remaining_events: status.budget_remaining_events,
        expired: status.expired,
    })
}

fn wit_status(status: SpanStatus) -> tracer::SpanStatus {
    match status {
        SpanStatus::Unset => tracer::SpanStatus::Unset,
        SpanStatus::Ok => tracer::SpanStatus::Ok,
        SpanStatus::Error(text) => tracer::SpanStatus::Error(text),
    }
}

const fn wit_kind(kind: SpanKind) -> tracer::SpanKind {
    match kind {
        SpanKind::Internal => tracer::SpanKind::Internal,
        SpanKind::Server => tracer::SpanKind::Server,
        SpanKind::Client => tracer::SpanKind::Client,
        SpanKind::Producer => tracer::SpanKind::Producer,
        SpanKind::Consumer => tracer::SpanKind::Consumer,
    }
}

fn wit_context(context: SpanContext) -> tracer::SpanContext {
    let SpanContext { trace_id: trace, span_id, trace_flags, trace_state } = context;
    tracer::SpanContext { trace_id: trace_id(trace), span_id: span_id.get(), trace_flags, trace_state }
}

fn wit_link(link: SpanLink) -> tracer::Link {
    tracer::Link { context: wit_context(link.context), attributes: wit_attributes(link.attributes) }
}

fn wit_attributes(attributes: Attributes) -> Vec<types::Attribute> {
    attributes.into_iter().map(|(key, value)| types::Attribute { key, value: wit_value(value) }).collect()
}

fn wit_value(value: Value) -> types::Value {
    match value {
        Value::Boolean(value) => types::Value::Boolean(value),
        Value::Integer(value) => types::Value::Integer(value),
        Value::Float(value) => types::Value::Float(value.get()),
        Value::Text(text) => types::Value::Text(text),
        Value::Booleans(list) => types::Value::Booleans(list),
        Value::Integers(list) => types::Value::Integers(list),
        Value::Floats(list) => types::Value::Floats(list.into_iter().map(|value| value.get()).collect()),
        Value::Texts(list) => types::Value::Texts(list),
    }
}

const fn trace_id(id: TraceId) -> types::TraceId {
    types::TraceId { high: (id.get() >> 64) as u64, low: id.get() as u64 }
}

const fn ratio(ratio: Ratio) -> types::Ratio {
    types::Ratio { numerator: ratio.numerator(), denominator: ratio.denominator() }
}

const fn outcome(outcome: types::Outcome) -> Outcome {
    match outcome {
        types::Outcome::Recorded => Outcome::Recorded,
        types::Outcome::UnknownId => Outcome::UnknownId,
        types::Outcome::WrongKind => Outcome::WrongKind,
        types::Outcome::InvalidValue => Outcome::InvalidValue,
        types::Outcome::InvalidTime => Outcome::InvalidTime,
        types::Outcome::OverLimit => Outcome::OverLimit,
    }
}

fn error(error: types::Error) -> Error {
    match error {
        types::Error::InvalidName(text) => Error::InvalidName(text),
        types::Error::InvalidArgument(text) => Error::InvalidArgument(text),
        types::Error::Conflict(text) => Error::Conflict(text),
        types::Error::Unknown(text) => Error::Unknown(text),
        types::Error::Limit(text) => Error::Limit(text),
        types::Error::Malformed(text) => Error::Malformed(text),
        types::Error::NewerVersion(version) => Error::NewerVersion(version),
        types::Error::Unsupported(text) => Error::Unsupported(text),
    }
}
