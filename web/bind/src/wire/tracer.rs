//! Attributes, contexts and whole spans as plain objects.
//!
//! Deliberately absent: the choice between integer and float, which the TypeScript makes, where the
//! rule is written down for its users.

use codomyrmex_telemetry::tracer::{BaggageEntry, SpanDrops};
use codomyrmex_telemetry::{Attributes, Error, Scope, SpanContext, SpanData, SpanEvent, SpanKind, SpanLink, SpanStatus, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::{id, time};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WireValue {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Booleans(Vec<bool>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<String>),
}

/// Attributes as pairs, in the order in which they were given.
#[derive(Deserialize)]
pub(crate) struct WireAttributes(Vec<(String, WireValue)>);

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireContext {
    trace_id: String,
    span_id: String,
    trace_flags: u8,
    trace_state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireScope {
    name: String,
    version: String,
    schema_url: String,
    attributes: WireAttributes,
}

#[derive(Serialize)]
pub(crate) struct WireBaggageEntry {
    key: String,
    value: String,
    metadata: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WireSpanKind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WireSpanStatus {
    Unset,
    Ok,
    Error(String),
}

#[derive(Deserialize)]
struct WireMoment(f64, f64);

#[derive(Deserialize)]
struct WireEvent {
    name: String,
    at: WireMoment,
    attributes: WireAttributes,
}

#[derive(Deserialize)]
pub(crate) struct WireLink {
    context: WireContext,
    attributes: WireAttributes,
}

#[derive(Deserialize)]
pub(crate) struct WireSpan {
    context: WireContext,
    parent: Option<String>,
    pub(crate) tracer: u32,
    name: String,
    kind: WireSpanKind,
    started: WireMoment,
    ended: WireMoment,
    attributes: WireAttributes,
    events: Vec<WireEvent>,
    links: Vec<WireLink>,
    status: WireSpanStatus,
    dropped: WireSpanDrops,
}

/// What a span lost before it came here.
#[derive(Deserialize)]
struct WireSpanDrops {
    attributes: u32,
    events: u32,
    links: u32,
}

impl From<WireValue> for Value {
    fn from(wire: WireValue) -> Self {
        match wire {
            WireValue::Boolean(value) => Self::Boolean(value),
            WireValue::Integer(value) => Self::Integer(value),
            WireValue::Float(value) => Self::Float(value.into()),
            WireValue::Text(text) => Self::Text(text.into()),
            WireValue::Booleans(list) => Self::Booleans(list),
            WireValue::Integers(list) => Self::Integers(list),
            WireValue::Floats(list) => Self::Floats(list.into_iter().map(Into::into).collect()),
            WireValue::Texts(list) => Self::Texts(list),
        }
    }
}

impl From<WireAttributes> for Attributes {
    fn from(wire: WireAttributes) -> Self {
        wire.0.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
    }
}

impl From<WireScope> for Scope {
    fn from(wire: WireScope) -> Self {
        Self { name: wire.name, version: wire.version, schema_url: wire.schema_url, attributes: wire.attributes.into() }
    }
}

impl From<BaggageEntry> for WireBaggageEntry {
    fn from(entry: BaggageEntry) -> Self {
        Self { key: entry.key, value: entry.value, metadata: entry.metadata }
    }
}

impl From<SpanContext> for WireContext {
    fn from(context: SpanContext) -> Self {
        Self {
            trace_id: context.trace_id.to_string(),
            span_id: context.span_id.to_string(),
            trace_flags: context.trace_flags,
            trace_state: context.trace_state,
        }
    }
}

impl TryFrom<WireContext> for SpanContext {
    type Error = Error;

    fn try_from(wire: WireContext) -> Result<Self, Error> {
        Ok(Self {
            trace_id: id::trace_id(&wire.trace_id)?,
            span_id: id::span_id(&wire.span_id)?,
            trace_flags: wire.trace_flags,
            trace_state: wire.trace_state,
        })
    }
}

impl From<WireSpanKind> for SpanKind {
    fn from(wire: WireSpanKind) -> Self {
        match wire {
            WireSpanKind::Internal => Self::Internal,
            WireSpanKind::Server => Self::Server,
            WireSpanKind::Client => Self::Client,
            WireSpanKind::Producer => Self::Producer,
            WireSpanKind::Consumer => Self::Consumer,
        }
    }
}

impl From<WireSpanStatus> for SpanStatus {
    fn from(wire: WireSpanStatus) -> Self {
        match wire {
            WireSpanStatus::Unset => Self::Unset,
            WireSpanStatus::Ok => Self::Ok,
            WireSpanStatus::Error(text) => Self::Error(text),
        }
    }
}

impl From<WireSpanDrops> for SpanDrops {
    fn from(WireSpanDrops { attributes, events, links }: WireSpanDrops) -> Self {
        Self { attributes, events, links }
    }
}

impl TryFrom<WireMoment> for Timestamp {
    type Error = Error;

    fn try_from(wire: WireMoment) -> Result<Self, Error> {
        let at = time::asked(wire.0, wire.1)?;
        at.ok_or_else(|| Error::InvalidArgument(String::from("a span that is recorded whole needs its times")))?.try_into()
    }
}

impl TryFrom<WireEvent> for SpanEvent {
    type Error = Error;

    fn try_from(wire: WireEvent) -> Result<Self, Error> {
        Ok(Self { name: wire.name.into(), at: wire.at.try_into()?, attributes: wire.attributes.into() })
    }
}

impl TryFrom<WireLink> for SpanLink {
    type Error = Error;

    fn try_from(wire: WireLink) -> Result<Self, Error> {
        Ok(Self { context: wire.context.try_into()?, attributes: wire.attributes.into() })
    }
}

impl TryFrom<WireSpan> for SpanData {
    type Error = Error;

    fn try_from(wire: WireSpan) -> Result<Self, Error> {
        let parent = wire.parent.as_deref().map(id::span_id).transpose()?;
        let mut span = Self::begin(wire.context.try_into()?, parent, wire.name.into(), wire.kind.into(), wire.started.try_into()?);
        span.ended = wire.ended.try_into()?;
        span.attributes = wire.attributes.into();
        span.events = wire.events.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        span.links = wire.links.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        span.status = wire.status.into();
        span.dropped = wire.dropped.into();
        Ok(span)
    }
}
