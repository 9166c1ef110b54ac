//! The ledger's words as the component's: for tests that say the same to both.

use codomyrmex_telemetry::{Attributes, Descriptor, Double, Instrument, Objective, Scope, SpanContext, SpanData, SpanStatus, Value};

use super::agent::wit::{metrics, slo, tracer, types};

codomyrmex_telemetry::wit_conversions!(imports);

pub(super) fn descriptor(descriptor: Descriptor) -> metrics::Descriptor {
    let Descriptor { name, help, unit, labels, instrument, window } = descriptor;
    let doubles = |list: Vec<Double>| list.into_iter().map(Double::get).collect();
    let instrument = match instrument {
        Instrument::Counter => metrics::Instrument::Counter,
        Instrument::UpDownCounter => metrics::Instrument::UpDownCounter,
        Instrument::Gauge => metrics::Instrument::Gauge,
        Instrument::Histogram(bounds) => metrics::Instrument::Histogram(doubles(bounds)),
        Instrument::ExponentialHistogram(options) => metrics::Instrument::ExponentialHistogram(metrics::ExponentialOptions {
            max_size: options.max_size,
            max_scale: options.max_scale,
            zero_threshold: options.zero_threshold.get(),
        }),
        Instrument::Summary(options) => {
            metrics::Instrument::Summary(metrics::SummaryOptions { quantiles: doubles(options.quantiles), digits: options.digits })
        }
        Instrument::Info => metrics::Instrument::Info,
        Instrument::StateSet(states) => metrics::Instrument::StateSet(states),
    };
    metrics::Descriptor { name, help, unit, labels, instrument, window }
}

pub(super) fn objective(objective: Objective) -> slo::Objective {
    objective.into()
}

pub(super) fn scope(scope: &Scope) -> tracer::InstrumentationScope {
    let Scope { name, version, schema_url, attributes: list } = scope.clone();
    tracer::InstrumentationScope { name, version, schema_url, attributes: attributes(&list) }
}

/// A span that a tracer tells.
pub(super) fn span(data: &SpanData, tracer: u32) -> tracer::SpanData {
    tracer::SpanData {
        tracer,
        context: context(&data.context),
        parent: data.parent.map(|parent| parent.get()),
        name: data.name.to_string(),
        kind: data.kind.into(),
        started: data.started.nanos(),
        ended: data.ended.nanos(),
        attributes: attributes(&data.attributes),
        events: data
            .events
            .iter()
            .map(|event| tracer::Event { name: event.name.to_string(), at: event.at.nanos(), attributes: attributes(&event.attributes) })
            .collect(),
        links: data
            .links
            .iter()
            .map(|link| tracer::Link { context: context(&link.context), attributes: attributes(&link.attributes) })
            .collect(),
        status: match &data.status {
            SpanStatus::Unset => tracer::SpanStatus::Unset,
            SpanStatus::Ok => tracer::SpanStatus::Ok,
            SpanStatus::Error(text) => tracer::SpanStatus::Error(text.clone()),
        },
        dropped_attributes: data.dropped.attributes,
        dropped_events: data.dropped.events,
        dropped_links: data.dropped.links,
    }
}

pub(super) fn context(context: &SpanContext) -> tracer::SpanContext {
    tracer::SpanContext {
        trace_id: context.trace_id.into(),
        span_id: context.span_id.get(),
        trace_flags: context.trace_flags,
        trace_state: context.trace_state.clone(),
    }
}

pub(super) fn attributes(attributes: &Attributes) -> Vec<types::Attribute> {
    let value = |value: &Value| match value {
        Value::Boolean(value) => types::Value::Boolean(*value),
        Value::Integer(value) => types::Value::Integer(*value),
        Value::Float(value) => types::Value::Float(value.get()),
        Value::Text(text) => types::Value::Text(text.to_string()),
        Value::Booleans(list) => types::Value::Booleans(list.clone()),
        Value::Integers(list) => types::Value::Integers(list.clone()),
        Value::Floats(list) => types::Value::Floats(list.iter().map(|value| value.get()).collect()),
        Value::Texts(list) => types::Value::Texts(list.clone()),
    };
    attributes.iter().map(|(key, item)| types::Attribute { key: key.to_string(), value: value(item) }).collect()
}
