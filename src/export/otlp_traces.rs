//! OTLP: the request that brings spans to a collector, as Protocol Buffers and as JSON.
//!
//! Sources: opentelemetry-proto (`ExportTraceServiceRequest`), OTLP section JSON Protobuf Encoding. Spans stand
//! by resource and scope, in the order of [`Origin`]; those of one origin in the order in which they came. Fields
//! stand in the order of their numbers. Whether a parent is of another program is not kept, so the bits of the
//! flags that would say so are left unset (`SpanFlags`). Deliberately absent: sending.

use alloc::string::String;
use alloc::vec::Vec;

use super::attributes;
use super::json::Json;
use super::protobuf::Writer;
use super::sink::{Field, Sink};
use crate::tracer::{Origin, OriginsOf, SpanContext, SpanData, SpanEvent, SpanKind, SpanLink, SpanStatus};

const RESOURCE_SPANS: Field = Field(1, "resourceSpans");
const RESOURCE: Field = Field(1, "resource");
const SCOPE_SPANS: Field = Field(2, "scopeSpans");
const SCOPE: Field = Field(1, "scope");
const SPANS: Field = Field(2, "spans");
const SCHEMA_URL: Field = Field(3, "schemaUrl");
const ATTRIBUTES: &str = "attributes";

// Resource and InstrumentationScope.
const RESOURCE_ATTRIBUTES: Field = Field(1, ATTRIBUTES);
const SCOPE_NAME: Field = Field(1, "name");
const SCOPE_VERSION: Field = Field(2, "version");
const SCOPE_ATTRIBUTES: Field = Field(3, ATTRIBUTES);

// Span, and the first three of a link.
const TRACE_ID: Field = Field(1, "traceId");
const SPAN_ID: Field = Field(2, "spanId");
const TRACE_STATE: Field = Field(3, "traceState");
const PARENT: Field = Field(4, "parentSpanId");
const NAME: Field = Field(5, "name");
const KIND: Field = Field(6, "kind");
const START: Field = Field(7, "startTimeUnixNano");
const END: Field = Field(8, "endTimeUnixNano");
const SPAN_ATTRIBUTES: Field = Field(9, ATTRIBUTES);
const DROPPED_ATTRIBUTES: Field = Field(10, "droppedAttributesCount");
const EVENTS: Field = Field(11, "events");
const DROPPED_EVENTS: Field = Field(12, "droppedEventsCount");
const LINKS: Field = Field(13, "links");
const DROPPED_LINKS: Field = Field(14, "droppedLinksCount");
const STATUS: Field = Field(15, "status");
const FLAGS: Field = Field(16, "flags");

// Event.
const EVENT_TIME: Field = Field(1, "timeUnixNano");
const EVENT_NAME: Field = Field(2, "name");
const EVENT_ATTRIBUTES: Field = Field(3, ATTRIBUTES);

// Link.
const LINK_ATTRIBUTES: Field = Field(4, ATTRIBUTES);
const LINK_FLAGS: Field = Field(6, "flags");

// Status.
const MESSAGE: Field = Field(2, "message");
const CODE: Field = Field(3, "code");
const CODE_OK: u32 = 1;
const CODE_ERROR: u32 = 2;

/// Spans as an `ExportTraceServiceRequest`: `application/x-protobuf`. Those of a snapshot are
/// `&snapshot.spans`; without one there are no bytes.
#[must_use]
pub fn otlp_traces<'s>(spans: impl IntoIterator<Item = &'s SpanData>) -> Vec<u8> {
    let mut writer = Writer::default();
    request(&mut writer, spans);
    writer.finish()
}

/// The same in OTLP's JSON: `application/json`.
#[must_use]
pub fn otlp_traces_json<'s>(spans: impl IntoIterator<Item = &'s SpanData>) -> String {
    let mut json = Json::open();
    request(&mut json, spans);
    json.close()
}

fn request<'s, S: Sink>(sink: &mut S, spans: impl IntoIterator<Item = &'s SpanData>) {
    let groups = by_origin(spans);
    if groups.is_empty() {
        return;
    }
    sink.list(RESOURCE_SPANS, |sink| {
        for scopes in groups.chunk_by(|(one, _), (next, _)| one.resource == next.resource) {
            sink.item(RESOURCE_SPANS, |sink| resource_spans(sink, scopes));
        }
    });
}

/// The spans of each origin, by origin.
fn by_origin<'s>(spans: impl IntoIterator<Item = &'s SpanData>) -> Vec<(&'s Origin, Vec<&'s SpanData>)> {
    let spans: Vec<&SpanData> = spans.into_iter().collect();
    let origins = OriginsOf::new(spans.iter().copied());
    let mut groups: Vec<(&Origin, Vec<&SpanData>)> = origins.all().iter().map(|origin| (*origin, Vec::new())).collect();
    for span in spans {
        if let Some((_, list)) = groups.get_mut(origins.place(span)) {
            list.push(span);
        }
    }
    groups
}

/// The spans of one resource, by scope.
fn resource_spans<S: Sink>(sink: &mut S, scopes: &[(&Origin, Vec<&SpanData>)]) {
    sink.message(RESOURCE, |sink| {
        if let Some((origin, _)) = scopes.first() {
            attributes::all(sink, RESOURCE_ATTRIBUTES, &origin.resource);
        }
    });
    sink.list(SCOPE_SPANS, |sink| {
        for (Origin { scope, .. }, spans) in scopes {
            sink.item(SCOPE_SPANS, |sink| {
                sink.message(SCOPE, |sink| {
                    sink.text_unless_empty(SCOPE_NAME, &scope.name);
                    sink.text_unless_empty(SCOPE_VERSION, &scope.version);
                    attributes::all(sink, SCOPE_ATTRIBUTES, &scope.attributes);
                });
                sink.list(SPANS, |sink| spans.iter().for_each(|data| sink.item(SPANS, |sink| span(sink, data))));
                sink.text_unless_empty(SCHEMA_URL, &scope.schema_url);
            });
        }
    });
}

fn span<S: Sink>(sink: &mut S, span: &SpanData) {
    ids(sink, &span.context);
    if let Some(parent) = span.parent {
        sink.id(PARENT, &parent.get().to_be_bytes());
    }
    sink.text_unless_empty(NAME, &span.name);
    sink.choice(KIND, kind(span.kind));
    sink.fixed_unless_zero(START, span.started.nanos());
    sink.fixed_unless_zero(END, span.ended.nanos());
    attributes::all(sink, SPAN_ATTRIBUTES, &span.attributes);
    sink.choice_unless_zero(DROPPED_ATTRIBUTES, span.dropped.attributes);
    if !span.events.is_empty() {
        sink.list(EVENTS, |sink| span.events.iter().for_each(|data| sink.item(EVENTS, |sink| event(sink, data))));
    }
    sink.choice_unless_zero(DROPPED_EVENTS, span.dropped.events);
    if !span.links.is_empty() {
        sink.list(LINKS, |sink| span.links.iter().for_each(|data| sink.item(LINKS, |sink| link(sink, data))));
    }
    sink.choice_unless_zero(DROPPED_LINKS, span.dropped.links);
    match &span.status {
        SpanStatus::Unset => {}
        SpanStatus::Ok => sink.message(STATUS, |sink| sink.choice(CODE, CODE_OK)),
        SpanStatus::Error(text) => sink.message(STATUS, |sink| {
            sink.text_unless_empty(MESSAGE, text);
            sink.choice(CODE, CODE_ERROR);
        }),
    }
    flags(sink, FLAGS, &span.context);
}

fn event<S: Sink>(sink: &mut S, event: &SpanEvent) {
    sink.fixed_unless_zero(EVENT_TIME, event.at.nanos());
    sink.text_unless_empty(EVENT_NAME, &event.name);
    attributes::all(sink, EVENT_ATTRIBUTES, &event.attributes);
}

fn link<S: Sink>(sink: &mut S, link: &SpanLink) {
    ids(sink, &link.context);
    attributes::all(sink, LINK_ATTRIBUTES, &link.attributes);
    flags(sink, LINK_FLAGS, &link.context);
}

fn ids<S: Sink>(sink: &mut S, context: &SpanContext) {
    sink.id(TRACE_ID, &context.trace_id.get().to_be_bytes());
    sink.id(SPAN_ID, &context.span_id.get().to_be_bytes());
    sink.text_unless_empty(TRACE_STATE, &context.trace_state);
}

fn flags<S: Sink>(sink: &mut S, field: Field, context: &SpanContext) {
    if context.trace_flags != 0 {
        sink.fixed32(field, context.trace_flags.into());
    }
}

/// Its number; zero would be no kind at all.
const fn kind(kind: SpanKind) -> u32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use super::*;
    use crate::attribute::{Attributes, Value};
    use crate::float::Double;
    use crate::id::{SpanId, TraceId};
    use crate::time::Timestamp;
    use crate::tracer::{Scope, SpanDrops};

    fn attributes(pairs: &[(&str, Value)]) -> Attributes {
        pairs.iter().map(|(key, value)| ((*key).into(), value.clone())).collect()
    }

    fn at(nanos: u64) -> Timestamp {
        Timestamp::from_nanos(nanos).unwrap()
    }

    fn begun(id: u64, name: &str, origin: &Arc<Origin>) -> SpanData {
        let (trace_id, span_id) = (TraceId::new(0xab).unwrap(), SpanId::new(id).unwrap());
        let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
        let span = SpanData::begin(context, None, name.into(), SpanKind::Internal, at(7));
        SpanData { origin: Arc::clone(origin), ..span }
    }

    fn origin(service: &str, scope: Scope) -> Arc<Origin> {
        Arc::new(Origin { resource: attributes(&[("service.name", service.into())]), scope })
    }

    /// A span with all that a span can have.
    fn rich() -> SpanData {
        let scope =
            Scope { version: "1".into(), schema_url: "s".into(), attributes: attributes(&[("a", true.into())]), ..Scope::named("n") };
        let mut span = begun(2, "rich", &origin("b", scope));
        span.context.trace_state = "ot=th:0".into();
        span.context.trace_flags = 3;
        span.parent = Some(SpanId::new(1).unwrap());
        span.kind = SpanKind::Consumer;
        span.ended = at(9);
        span.attributes = attributes(&[
            ("1", Value::Boolean(false)),
            ("2", Value::Integer(-1)),
            ("3", 0.0.into()),
            ("4", "".into()),
            ("5", Value::Booleans([true].into())),
            ("6", Value::Integers([0, i64::MAX].into())),
            ("7", Value::Floats([Double::new(f64::INFINITY)].into())),
            ("8", Value::Texts(Vec::new())),
        ]);
        span.events.push(SpanEvent { name: "e".into(), at: at(8), attributes: attributes(&[("k", 1.into())]) });
        let mut context = begun(3, "", &span.origin).context;
        context.trace_state = "x=y".into();
        span.links.push(SpanLink { context, attributes: attributes(&[("k", 2.into())]) });
        span.status = SpanStatus::Error("no".into());
        span.dropped = SpanDrops { attributes: 4, events: 5, links: 6 };
        span
    }

    #[test]
    fn all_that_a_span_can_have_is_in_its_json() {
        let expected = concat!(
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"b"}}]},"#,
            r#""scopeSpans":[{"scope":{"name":"n","version":"1","attributes":[{"key":"a","value":{"boolValue":true}}]},"#,
            r#""spans":[{"traceId":"000000000000000000000000000000ab","spanId":"0000000000000002","traceState":"ot=th:0","#,
            r#""parentSpanId":"0000000000000001","name":"rich","kind":5,"startTimeUnixNano":"7","endTimeUnixNano":"9","#,
            r#""attributes":[{"key":"1","value":{"boolValue":false}},{"key":"2","value":{"intValue":"-1"}},"#,
            r#"{"key":"3","value":{"doubleValue":0.0}},{"key":"4","value":{"stringValue":""}},"#,
            r#"{"key":"5","value":{"arrayValue":{"values":[{"boolValue":true}]}}},"#,
            r#"{"key":"6","value":{"arrayValue":{"values":[{"intValue":"0"},{"intValue":"9223372036854775807"}]}}},"#,
            r#"{"key":"7","value":{"arrayValue":{"values":[{"doubleValue":"Infinity"}]}}},"#,
            r#"{"key":"8","value":{"arrayValue":{"values":[]}}}],"droppedAttributesCount":4,"#,
            r#""events":[{"timeUnixNano":"8","name":"e","attributes":[{"key":"k","value":{"intValue":"1"}}]}],"#,
            r#""droppedEventsCount":5,"links":[{"traceId":"000000000000000000000000000000ab","spanId":"0000000000000003","#,
            r#""traceState":"x=y","attributes":[{"key":"k","value":{"intValue":"2"}}],"flags":1}],"droppedLinksCount":6,"#,
            r#""status":{"message":"no","code":2},"flags":3}],"schemaUrl":"s"}]}]}"#,
        );
        assert_eq!(otlp_traces_json([&rich()]), expected);
    }

    #[test]
    fn the_bytes_are_those_of_the_protocol() {
        let mut span = begun(2, "s", &Arc::default());
        span.status = SpanStatus::Ok;
        let ids = [&[0x0a, 16][..], &[0; 15], &[0xab, 0x12, 8], &[0; 7], &[2]].concat();
        let times = [&[0x39, 7][..], &[0; 7], &[0x41, 7], &[0; 7]].concat();
        let rest = [&[0x2a, 1, b's', 0x30, 1][..], &times, &[0x7a, 2, 0x18, 1, 0x85, 1, 1, 0, 0, 0]].concat();
        let length = (ids.len() + rest.len()) as u8; // below 128, as all lengths here
        let scope_spans = [&[0x0a, 0, 0x12, length][..], &ids, &rest].concat();
        let resource_spans = [&[0x0a, 0, 0x12, length + 4][..], &scope_spans].concat();
        assert_eq!(otlp_traces([&span]), [&[0x0a, length + 8][..], &resource_spans].concat());
    }

    #[test]
    fn spans_stand_by_resource_then_scope_then_as_they_came() {
        // The origins that are equal are not the same in memory, as when ledgers merged.
        let named = |service, scope| origin(service, Scope::named(scope));
        let spans = [
            begun(5, "1", &named("b", "x")),
            begun(1, "2", &named("a", "y")),
            begun(4, "3", &named("b", "x")),
            begun(2, "4", &named("a", "x")),
            begun(3, "5", &named("a", "y")),
        ];
        let json = otlp_traces_json(&spans);
        let mut rest = json.as_str();
        for part in [
            "\"a\"",
            "\"name\":\"x\"",
            "\"4\",\"kind",
            "\"name\":\"y\"",
            "\"2\",\"kind",
            "\"5\",\"kind",
            "\"b\"",
            "\"1\",\"kind",
            "\"3\",\"kind",
        ] {
            let place = rest.find(part).unwrap_or_else(|| panic!("{part} does not come in {rest}"));
            rest = &rest[place + part.len()..];
        }
        assert_eq!(json.matches("\"resource\"").count(), 2);
        assert_eq!(json.matches("\"scope\"").count(), 3);
        let mut store = crate::tracer::Spans::default();
        spans.iter().for_each(|span| store.record(span.clone()));
        assert_eq!(otlp_traces_json(&store), otlp_traces_json(store.iter()));
    }

    #[test]
    fn without_spans_there_is_nothing() {
        assert_eq!(otlp_traces(&[]), []);
        assert_eq!(otlp_traces_json(&[]), "{}");
    }
}
