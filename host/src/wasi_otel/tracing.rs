//! Spans that a guest's SDK started and ended.
//!
//! A span comes whole when it ended, and is recorded whether or not its start was told. Until then what was logged in
//! it is kept. Deliberately absent: sampling; a span that is not sampled says so in its context, and the ledger does
//! with it as with its own.

use std::collections::BTreeMap;

use codomyrmex_telemetry::limits::{NAME_BYTES_MAX, SPAN_BYTES_MAX, SPAN_ITEMS_MAX, SPANS_OPEN_MAX, TEXT_BYTES_MAX};
use codomyrmex_telemetry::tracer::SpanDrops;
use codomyrmex_telemetry::{Attributes, Outcome, Scope, SpanData, SpanEvent, SpanId, SpanKind, SpanLink, SpanStatus, Text, TraceId};

use super::bindings::{tracing, types};
use super::{convert, value};
use crate::TelemetryCtx;

/// Bytes of what was logged in all open spans of a guest.
const LOGGED_BYTES_MAX: usize = 4 << 20;

/// Which span it is.
pub(super) type Ids = (TraceId, SpanId);

/// The spans that started and did not end, with what was logged in them.
#[derive(Debug, Default)]
pub(super) struct OpenSpans {
    spans: BTreeMap<Ids, Logged>, // at most SPANS_OPEN_MAX
    bytes: usize,                 // of all that was logged; at most LOGGED_BYTES_MAX
}

#[derive(Debug, Default)]
struct Logged {
    events: Vec<SpanEvent>, // at most SPAN_ITEMS_MAX
    bytes: usize,           // at most SPAN_BYTES_MAX
}

impl OpenSpans {
    /// A span started. One that is open already cannot start again.
    fn start(&mut self, ids: Ids) -> Outcome {
        if self.spans.contains_key(&ids) {
            return Outcome::InvalidValue;
        }
        if self.spans.len() >= SPANS_OPEN_MAX {
            return Outcome::OverLimit;
        }
        self.spans.insert(ids, Logged::default());
        Outcome::Recorded
    }

    /// Something was logged in a span.
    pub(super) fn log(&mut self, ids: Ids, event: SpanEvent) -> Outcome {
        let bytes = bytes(&event);
        let Some(span) = self.spans.get_mut(&ids) else { return Outcome::UnknownId };
        if span.events.len() >= SPAN_ITEMS_MAX || span.bytes + bytes > SPAN_BYTES_MAX || self.bytes + bytes > LOGGED_BYTES_MAX {
            return Outcome::OverLimit;
        }
        span.events.push(event);
        span.bytes += bytes;
        self.bytes += bytes;
        Outcome::Recorded
    }

    pub(super) fn is_open(&self, ids: &Ids) -> bool {
        self.spans.contains_key(ids)
    }

    /// A span ended. Gives what was logged in it.
    fn end(&mut self, ids: &Ids) -> Vec<SpanEvent> {
        let Some(span) = self.spans.remove(ids) else { return Vec::new() };
        self.bytes -= span.bytes;
        span.events
    }

    /// Forgets all of them, and gives their number.
    pub(super) fn clear(&mut self) -> usize {
        self.bytes = 0;
        std::mem::take(&mut self.spans).len()
    }
}

/// What an event takes, about.
fn bytes(event: &SpanEvent) -> usize {
    let attributes: usize = event.attributes.iter().map(|(key, value)| 64 + key.len() + value.bytes()).sum();
    64 + event.name.len() + attributes
}

impl tracing::Host for TelemetryCtx {
    fn on_start(&mut self, context: tracing::SpanContext) {
        let started = convert::context(context).map_or_else(|wrong| wrong, |at| self.otel.open.start((at.trace_id, at.span_id)));
        self.account(started);
    }

    fn on_end(&mut self, span: tracing::SpanData) {
        let ended = self.complete(span).map_or_else(|wrong| wrong, |()| Outcome::Recorded);
        self.account(ended);
    }

    fn outer_span_context(&mut self) -> tracing::SpanContext {
        convert::outer(self.otel.outer.as_ref())
    }
}

impl TelemetryCtx {
    /// Counts what became of a record, unless it was recorded.
    pub(super) fn account(&mut self, outcome: Outcome) {
        if !outcome.is_recorded() {
            self.ledger().drop_record(outcome);
        }
    }

    fn complete(&mut self, span: tracing::SpanData) -> Result<(), Outcome> {
        let context = convert::context(span.span_context)?;
        let logged = self.otel.open.end(&(context.trace_id, context.span_id));
        let (started, ended) = (convert::time(span.start_time)?, convert::time(span.end_time)?);
        let parent = convert::parent_id(&span.parent_span_id)?;
        let mut data = SpanData::begin(context, parent, span.name.into(), kind(span.span_kind), started);
        data.ended = ended.max(started); // a guest's clock may have been set back between the two
        data.dropped = SpanDrops { attributes: span.dropped_attributes, events: span.dropped_events, links: span.dropped_links };
        set_status(&mut data, span.status);
        span.attributes.into_iter().for_each(|attribute| set_attribute(&mut data, attribute));
        for event in span.events {
            let attributes = attributes(event.attributes, SPAN_ITEMS_MAX, &mut data.dropped.attributes);
            let event = convert::time(event.time).map(|at| SpanEvent { name: event.name.into(), at, attributes });
            add_event(&mut data, event.ok());
        }
        logged.into_iter().for_each(|event| add_event(&mut data, Some(event)));
        for link in span.links {
            let attributes = attributes(link.attributes, SPAN_ITEMS_MAX, &mut data.dropped.attributes);
            let link = convert::context(link.span_context).map(|context| SpanLink { context, attributes });
            add_link(&mut data, link.ok());
        }
        let types::InstrumentationScope { name, version, schema_url, attributes: list } = span.instrumentation_scope;
        let (version, schema_url) = (version.unwrap_or_default(), schema_url.unwrap_or_default());
        let attributes = attributes(list, SPAN_ITEMS_MAX, &mut data.dropped.attributes);
        let tracer = self.ledger().get_tracer(Scope { name, version, schema_url, attributes });
        tracer.and_then(|tracer| self.ledger().complete_span_of(tracer, data)).map_err(|error| convert::reason(&error))
    }
}

// A span is filled up to what a ledger takes as a whole; what goes beyond is counted in it.

fn set_attribute(data: &mut SpanData, types::KeyValue { key, value }: types::KeyValue) {
    let is_one_too_many = data.attributes.len() >= SPAN_ITEMS_MAX && !data.attributes.contains_key(&key);
    let value = value::value(&value).filter(|_| key_fits(&key) && !is_one_too_many);
    let Some(value) = value else {
        return data.dropped.attributes = data.dropped.attributes.saturating_add(1);
    };
    let key = Text::from(key);
    let before = data.attributes.insert(key.clone(), value);
    if data.bytes() > SPAN_BYTES_MAX {
        data.attributes.remove(&key);
        data.attributes.extend(before.map(|before| (key, before)));
        data.dropped.attributes = data.dropped.attributes.saturating_add(1);
    }
}

/// Adds an event; `None` is one that could not be read.
fn add_event(data: &mut SpanData, event: Option<SpanEvent>) {
    let event = event.filter(|event| event.name.len() <= NAME_BYTES_MAX && data.events.len() < SPAN_ITEMS_MAX);
    let is_new = event.is_some();
    data.events.extend(event);
    if !is_new || (data.bytes() > SPAN_BYTES_MAX && data.events.pop().is_some()) {
        data.dropped.events = data.dropped.events.saturating_add(1);
    }
}

/// Adds a link; `None` is one that could not be read.
fn add_link(data: &mut SpanData, link: Option<SpanLink>) {
    let link = link.filter(|_| data.links.len() < SPAN_ITEMS_MAX);
    let is_new = link.is_some();
    data.links.extend(link);
    if !is_new || (data.bytes() > SPAN_BYTES_MAX && data.links.pop().is_some()) {
        data.dropped.links = data.dropped.links.saturating_add(1);
    }
}

/// Says how it ended, without the description where that is more than a span holds.
fn set_status(data: &mut SpanData, status: tracing::Status) {
    data.status = match status {
        tracing::Status::Unset => SpanStatus::Unset,
        tracing::Status::Ok => SpanStatus::Ok,
        tracing::Status::Error(description) if description.len() <= TEXT_BYTES_MAX => SpanStatus::Error(description),
        tracing::Status::Error(_) => SpanStatus::Error(String::new()),
    };
}

const fn key_fits(key: &str) -> bool {
    !key.is_empty() && key.len() <= NAME_BYTES_MAX
}

const fn kind(kind: tracing::SpanKind) -> SpanKind {
    match kind {
        tracing::SpanKind::Client => SpanKind::Client,
        tracing::SpanKind::Server => SpanKind::Server,
        tracing::SpanKind::Producer => SpanKind::Producer,
        tracing::SpanKind::Consumer => SpanKind::Consumer,
        tracing::SpanKind::Internal => SpanKind::Internal,
    }
}

/// Attributes of an event, a link or a log record: at most so many. Those that are none, or more, are counted.
pub(super) fn attributes(list: Vec<types::KeyValue>, most: usize, dropped: &mut u32) -> Attributes {
    let mut attributes = Attributes::new();
    for types::KeyValue { key, value } in list {
        match value::value(&value) {
            Some(value) if key_fits(&key) && (attributes.len() < most || attributes.contains_key(&key)) => {
                attributes.insert(key.into(), value);
            }
            _ => *dropped = dropped.saturating_add(1),
        }
    }
    attributes
}
