//! For code that is instrumented with the crate `tracing` already: its spans and events become ours.
//!
//! Conventions are those of tracing-opentelemetry: fields are attributes; `otel.name`, `otel.kind`,
//! `otel.status_code` and `otel.status_description` say what they mean; an event is an event of its span, and one
//! of the level error makes its span an error. Who is above whom is what `tracing` says, which holds also
//! where futures take turns. Deliberately absent: clocks of its own; events outside spans, since a ledger keeps no
//! logs; and spans that begin in one thread and end in another, which a plugin has none of.

use std::fmt::{Debug, Write};
use std::thread::{self, ThreadId};

use codomyrmex_telemetry::{Attributes, SpanHandle, SpanKind, SpanLink, SpanStatus, Value};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes as NewSpan, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::backend;
use crate::tracer::{Tracer, get_tracer};
use crate::value::integer;

/// A layer that records what `tracing` says.
///
/// ```
/// use codomyrmex_telemetry_guest::{TelemetryLayer, with_ledger};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(TelemetryLayer::new());
/// tracing::subscriber::with_default(subscriber, || {
///     let _span = tracing::info_span!("answer", otel.kind = "server", user = "ada").entered();
///     tracing::warn!(left = 2, "almost out of seats");
/// });
/// let snapshot = with_ledger(|ledger| ledger.snapshot());
/// let span = snapshot.spans.iter().next().unwrap();
/// assert_eq!((span.name.as_str(), span.kind.name(), span.attributes.get("user")), ("answer", "server", Some(&"ada".into())));
/// assert_eq!((span.events[0].name.as_str(), span.events[0].attributes.get("left")), ("almost out of seats", Some(&2_i64.into())));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TelemetryLayer {
    tracer: Tracer,
}

/// The span of ours that a span of `tracing` is. A thread has a ledger of its own, and only there the number
/// means that span.
struct Ours(u32, ThreadId);

/// What fields say, as they are read.
#[derive(Default)]
struct Fields {
    attributes: Attributes,
    message: Option<String>,
    error: Option<String>,
    name: Option<String>,
    kind: Option<SpanKind>,
    status_code: Option<String>,
    status_description: Option<String>,
}

impl TelemetryLayer {
    /// A layer whose spans have no scope.
    #[must_use]
    pub fn new() -> Self {
        Self::with_tracer(get_tracer(""))
    }

    /// A layer whose spans are of this tracer's scope.
    #[must_use]
    pub const fn with_tracer(tracer: Tracer) -> Self {
        Self { tracer }
    }
}

impl Default for TelemetryLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TelemetryLayer {
    fn on_new_span(&self, new: &NewSpan<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        new.record(&mut fields);
        let Some(span) = context.span(id) else { return };
        // Where `tracing` knows of nothing above, the span is below what was entered without it, such as `#[trace]`.
        let parent = match span.parent().and_then(|parent| handle(&parent)) {
            Some(parent) => codomyrmex_telemetry::Parent::Span(SpanHandle(parent)),
            None if new.is_contextual() => codomyrmex_telemetry::Parent::Current,
            None => codomyrmex_telemetry::Parent::Root,
        };
        let name = self.tracer.name(span.name(), fields.kind.unwrap_or(SpanKind::Internal));
        let ours = backend::start_span(name.number(), parent, None, None);
        fields.write(ours);
        span.extensions_mut().insert(Ours(ours, thread::current().id()));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(ours) = context.span(id).and_then(|span| handle(&span)) {
            fields.write(ours);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        let ours = |id| context.span(id).and_then(|span| handle(&span));
        let (Some(span), Some(followed)) = (ours(id), ours(follows).and_then(backend::span_context)) else { return };
        backend::add_link(span, SpanLink { context: followed, attributes: Attributes::new() });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(ours) = context.event_span(event).and_then(|span| handle(&span)) else { return };
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        if *metadata.level() == Level::ERROR {
            let description = fields.error.as_ref().or(fields.message.as_ref()).cloned().unwrap_or_default();
            backend::set_status(ours, SpanStatus::Error(description));
        }
        let mut attributes = fields.attributes;
        attributes.insert("level".into(), metadata.level().as_str().into());
        attributes.insert("target".into(), metadata.target().into());
        backend::add_event(ours, fields.message.as_deref().unwrap_or_else(|| metadata.name()), None, attributes);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(ours) = context.span(id).and_then(|span| handle(&span)) {
            backend::enter_span(ours);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(ours) = context.span(id).and_then(|span| handle(&span)) {
            backend::exit_span(ours);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(ours) = context.span(&id).and_then(|span| handle(&span)) {
            backend::end_span(ours, None);
        }
    }
}

/// The span of ours that a span of `tracing` is; none where it began before the layer was there, or in another
/// thread.
fn handle<S: for<'a> LookupSpan<'a>>(span: &tracing_subscriber::registry::SpanRef<'_, S>) -> Option<u32> {
    span.extensions().get().filter(|Ours(_, thread)| *thread == thread::current().id()).map(|Ours(ours, _)| *ours)
}

impl Fields {
    /// Says of an open span what they say.
    fn write(self, span: u32) {
        for (key, value) in self.attributes {
            backend::set_attribute(span, &key, value);
        }
        if let Some(message) = self.message {
            backend::set_attribute(span, "message", message.into());
        }
        if let Some(name) = self.name {
            backend::update_name(span, &name);
        }
        let status = match self.status_code.map(|code| code.to_ascii_lowercase()).as_deref() {
            Some("ok") => SpanStatus::Ok,
            Some("error") => SpanStatus::Error(self.status_description.unwrap_or_default()),
            // A description alone belongs to an error.
            _ => self.status_description.map_or(SpanStatus::Unset, SpanStatus::Error),
        };
        if status != SpanStatus::Unset {
            backend::set_status(span, status);
        }
    }

    fn text(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = Some(text),
            "otel.name" => self.name = Some(text),
            "otel.kind" => self.kind = kind(&text),
            "otel.status_code" => self.status_code = Some(text),
            "otel.status_description" | "otel.status_message" => self.status_description = Some(text),
            name => {
                if name == "error" {
                    self.error = Some(text.clone());
                }
                self.attributes.insert(name.into(), text.into());
            }
        }
    }

    fn value(&mut self, field: &Field, value: impl Into<Value>) {
        self.attributes.insert(field.name().into(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, integer(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.value(field, integer(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.value(field, integer(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut below = value.source();
        while let Some(source) = below {
            let _ = write!(text, ": {source}"); // to a text it does not fail
            below = source.source();
        }
        self.text(field, text);
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    let kinds = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
    kinds.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text))
}
