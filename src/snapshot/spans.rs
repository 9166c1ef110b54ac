//! Spans in canonical form, in the order of the store: by the rank of their trace.

use alloc::sync::Arc;

use super::cbor::{Reader, Shape, Writer};
use super::points::read_time;
use crate::attribute::{Attributes, Value};
use crate::limits::{SPAN_BYTES_MAX, SPAN_ITEMS_MAX};
use crate::tracer::attribute_bytes;
use crate::tracer::{
    Origin, OriginsOf, Scope, SpanContext, SpanData, SpanDrops, SpanEvent, SpanKey, SpanKind, SpanLink, SpanStatus, Spans,
};
use crate::{Error, SpanId, Text, TraceId};

const KINDS: [SpanKind; 5] = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

pub(super) fn write(writer: &mut Writer, spans: &Spans) {
    let origins = OriginsOf::new(spans);
    writer.map(6);
    writer.key("cut");
    match spans.cut() {
        Some(cut) => {
            let (trace_id, span_id) = cut.ids();
            write_ids(writer, trace_id, span_id);
        }
        None => writer.null(),
    }
    writer.key("kept");
    writer.array(spans.len());
    for span in spans.iter() {
        write_span(writer, span, origins.place(span) as u64);
    }
    writer.key("origins");
    writer.array(origins.all().len());
    origins.all().iter().for_each(|origin| write_origin(writer, origin));
    writer.key("exported");
    writer.unsigned(spans.exported());
    writer.key("recorded");
    writer.unsigned(spans.recorded());
    writer.key("unsampled");
    writer.unsigned(spans.unsampled());
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Spans, Error> {
    reader.map(6)?;
    reader.key("cut")?;
    let cut = reader.optional(read_ids)?;
    reader.key("kept")?;
    let not_yet = Arc::default(); // origins come after the spans
    let mut kept = reader.list("the spans", usize::MAX, |reader| read_span(reader, &not_yet))?;
    reader.key("origins")?;
    let origins = reader.list("the origins", kept.len(), |reader| read_origin(reader).map(Arc::new))?;
    for (span, place) in &mut kept {
        let origin = usize::try_from(*place).ok().and_then(|place| origins.get(place));
        span.origin = Arc::clone(origin.ok_or_else(|| reader.wrong("a span's origin before"))?);
    }
    reader.key("exported")?;
    let exported = reader.unsigned("a count")?;
    reader.key("recorded")?;
    let recorded = reader.unsigned("a count")?;
    reader.key("unsampled")?;
    let unsampled = reader.unsigned("a count")?;
    let kept = kept.into_iter().map(|(span, _)| span);
    let cut = cut.map(|(trace_id, span_id)| SpanKey::new(trace_id, span_id));
    Spans::from_parts([recorded, exported, unsampled], cut, kept).ok_or_else(|| reader.wrong("counts and a cut that fit the spans before"))
}

fn write_span(writer: &mut Writer, span: &SpanData, origin: u64) {
    writer.map(12);
    writer.key("kind");
    writer.text(span.kind.name());
    writer.key("name");
    writer.text(&span.name);
    writer.key("ended");
    writer.unsigned(span.ended.nanos());
    writer.key("links");
    writer.array(span.links.len());
    for link in &span.links {
        writer.array(2);
        write_context(writer, &link.context);
        write_attributes(writer, &link.attributes);
    }
    writer.key("events");
    writer.array(span.events.len());
    for event in &span.events {
        writer.array(3);
        writer.unsigned(event.at.nanos());
        writer.text(&event.name);
        write_attributes(writer, &event.attributes);
    }
    writer.key("origin");
    writer.unsigned(origin);
    writer.key("parent");
    match span.parent {
        Some(parent) => writer.bytes(&parent.get().to_be_bytes()),
        None => writer.null(),
    }
    writer.key("status");
    match &span.status {
        SpanStatus::Unset => writer.null(),
        SpanStatus::Ok => writer.boolean(true),
        SpanStatus::Error(text) => writer.text(text),
    }
    writer.key("context");
    write_context(writer, &span.context);
    writer.key("dropped");
    writer.array(3);
    for count in [span.dropped.attributes, span.dropped.events, span.dropped.links] {
        writer.unsigned(count.into());
    }
    writer.key("started");
    writer.unsigned(span.started.nanos());
    writer.key("attributes");
    write_attributes(writer, &span.attributes);
}

/// A span, and the place of its origin among those of the snapshot.
fn read_span(reader: &mut Reader<'_>, origin: &Arc<Origin>) -> Result<(SpanData, u64), Error> {
    reader.map(12)?;
    reader.key("kind")?;
    let kind: &str = reader.text("a kind of span")?;
    let kind = KINDS.into_iter().find(|known| known.name() == kind).ok_or_else(|| reader.wrong("a known kind before"))?;
    reader.key("name")?;
    let name = reader.text("a name")?;
    reader.key("ended")?;
    let ended = read_time(reader)?;
    reader.key("links")?;
    let links = reader.list("the links", SPAN_ITEMS_MAX, |reader| {
        reader.tuple(2, "a link")?;
        Ok(SpanLink { context: read_context(reader)?, attributes: read_attributes(reader)? })
    })?;
    reader.key("events")?;
    let events = reader.list("the events", SPAN_ITEMS_MAX, |reader| {
        reader.tuple(3, "an event")?;
        Ok(SpanEvent { at: read_time(reader)?, name: reader.text("a name")?, attributes: read_attributes(reader)? })
    })?;
    reader.key("origin")?;
    let place = reader.unsigned("the place of an origin")?;
    reader.key("parent")?;
    let parent = reader.optional(read_span_id)?;
    reader.key("status")?;
    let status = reader.status()?;
    reader.key("context")?;
    let context = read_context(reader)?;
    reader.key("dropped")?;
    reader.tuple(3, "three counts")?;
    let mut count = || u32::try_from(reader.unsigned("a count")?).map_err(|_| reader.wrong("a count of 32 bits before"));
    let dropped = SpanDrops { attributes: count()?, events: count()?, links: count()? };
    reader.key("started")?;
    let started = read_time(reader)?;
    reader.key("attributes")?;
    let attributes = read_attributes(reader)?;
    let origin = Arc::clone(origin);
    let span = SpanData { context, parent, name, kind, started, ended, attributes, events, links, status, dropped, origin };
    span.check().map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    Ok((span, place))
}

/// A resource and a scope.
fn write_origin(writer: &mut Writer, origin: &Origin) {
    writer.array(5);
    write_attributes(writer, &origin.resource);
    writer.text(&origin.scope.name);
    writer.text(&origin.scope.version);
    writer.text(&origin.scope.schema_url);
    write_attributes(writer, &origin.scope.attributes);
}

fn read_origin(reader: &mut Reader<'_>) -> Result<Origin, Error> {
    reader.tuple(5, "a resource and a scope")?;
    let resource = read_attributes(reader)?;
    let (name, version) = (reader.text("a scope's name")?, reader.text("a version")?);
    let scope = Scope { name, version, schema_url: reader.text("a schema")?, attributes: read_attributes(reader)? };
    let origin = Origin { resource, scope };
    origin.check().map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    Ok(origin)
}

impl Reader<'_> {
    fn status(&mut self) -> Result<SpanStatus, Error> {
        if matches!(self.shape(), Shape::Text) {
            return Ok(SpanStatus::Error(self.text("a description")?));
        }
        match self.optional(|reader| reader.boolean("a status"))? {
            None => Ok(SpanStatus::Unset),
            Some(true) => Ok(SpanStatus::Ok),
            Some(false) => Err(self.wrong("a status before")),
        }
    }
}

fn write_ids(writer: &mut Writer, trace_id: TraceId, span_id: SpanId) {
    writer.array(2);
    writer.bytes(&trace_id.get().to_be_bytes());
    writer.bytes(&span_id.get().to_be_bytes());
}

fn read_ids(reader: &mut Reader<'_>) -> Result<(TraceId, SpanId), Error> {
    reader.tuple(2, "a trace id and a span id")?;
    Ok((read_trace_id(reader)?, read_span_id(reader)?))
}

fn write_context(writer: &mut Writer, context: &SpanContext) {
    writer.array(4);
    writer.bytes(&context.trace_id.get().to_be_bytes());
    writer.bytes(&context.span_id.get().to_be_bytes());
    writer.unsigned(context.trace_flags.into());
    writer.text(&context.trace_state);
}

fn read_context(reader: &mut Reader<'_>) -> Result<SpanContext, Error> {
    reader.tuple(4, "a span's context")?;
    let (trace_id, span_id) = (read_trace_id(reader)?, read_span_id(reader)?);
    let trace_flags = u8::try_from(reader.unsigned("flags")?).map_err(|_| reader.wrong("flags of one byte before"))?;
    Ok(SpanContext { trace_id, span_id, trace_flags, trace_state: reader.text("a tracestate")? })
}

fn read_trace_id(reader: &mut Reader<'_>) -> Result<TraceId, Error> {
    let id = <[u8; 16]>::try_from(reader.bytes("a trace id")?).map_err(|_| reader.wrong("a trace id of 16 bytes before"))?;
    TraceId::new(u128::from_be_bytes(id)).map_err(|_| reader.wrong("a trace id that is not zero before"))
}

fn read_span_id(reader: &mut Reader<'_>) -> Result<SpanId, Error> {
    let id = <[u8; 8]>::try_from(reader.bytes("a span id")?).map_err(|_| reader.wrong("a span id of 8 bytes before"))?;
    SpanId::new(u64::from_be_bytes(id)).map_err(|_| reader.wrong("a span id that is not zero before"))
}

/// Attributes as an array of key and value, by key; lists carry their type's name, since an empty
/// one would not show it.
fn write_attributes(writer: &mut Writer, attributes: &Attributes) {
    writer.array(attributes.len());
    for (key, value) in attributes {
        writer.array(2);
        writer.text(key);
        match value {
            Value::Boolean(value) => writer.boolean(*value),
            Value::Integer(value) => writer.signed(*value),
            Value::Float(value) => writer.double(*value),
            Value::Text(text) => writer.text(text),
            Value::Booleans(list) => write_list(writer, "booleans", list, |writer, value| writer.boolean(*value)),
            Value::Integers(list) => write_list(writer, "integers", list, |writer, value| writer.signed(*value)),
            Value::Floats(list) => write_list(writer, "floats", list, |writer, value| writer.double(*value)),
            Value::Texts(list) => write_list(writer, "texts", list, |writer, value| writer.text(value)),
        }
    }
}

fn write_list<T>(writer: &mut Writer, name: &str, list: &[T], mut item: impl FnMut(&mut Writer, &T)) {
    writer.array(2);
    writer.text(name);
    writer.array(list.len());
    list.iter().for_each(|value| item(writer, value));
}

fn read_attributes(reader: &mut Reader<'_>) -> Result<Attributes, Error> {
    let mut bytes = 0;
    let attributes = reader.list("the attributes", SPAN_ITEMS_MAX, |reader| {
        reader.tuple(2, "a key and a value")?;
        let (key, value): (Text, _) = (reader.text("a key")?, read_value(reader)?);
        // Refused here, not at the span's end: until then there could be a hundred times as much.
        bytes += attribute_bytes(&key, &value);
        if bytes > SPAN_BYTES_MAX {
            return Err(reader.wrong("attributes that fit a span before"));
        }
        Ok((key, value))
    })?;
    Ok(attributes.into_iter().collect())
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, Error> {
    Ok(match reader.shape() {
        Shape::Boolean => Value::Boolean(reader.boolean("a boolean")?),
        Shape::Integer => Value::Integer(reader.signed("an integer")?),
        Shape::Float => Value::Float(reader.double("a double")?),
        Shape::Text => Value::Text(reader.text("a text")?),
        Shape::Other => {
            reader.tuple(2, "a list and its type")?;
            match reader.text::<&str>("a type")? {
                "booleans" => Value::Booleans(reader.list("a list", SPAN_BYTES_MAX / 8, |reader| reader.boolean("a boolean"))?),
                "integers" => Value::Integers(reader.list("a list", SPAN_BYTES_MAX / 8, |reader| reader.signed("an integer"))?),
                "floats" => Value::Floats(reader.list("a list", SPAN_BYTES_MAX / 8, |reader| reader.double("a double"))?),
                "texts" => Value::Texts(reader.list("a list", SPAN_BYTES_MAX / 8, |reader| reader.text("a text"))?),
                _ => return Err(reader.wrong("a known type before")),
            }
        }
    })
}
