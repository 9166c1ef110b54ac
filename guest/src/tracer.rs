//! Spans for plugins: a [`Span`] ends when it is told to, or when it is dropped.
//!
//! Deliberately absent: an ambient parent. Tasks of one plugin may interleave, so who is above whom
//! is always said.

use codomyrmex_telemetry::{
    Attributes, Error, Outcome, SpanContext, SpanData, SpanHandle, SpanId, SpanKind, SpanLink, SpanStatus, TraceId, Value,
};

use crate::backend;

/// The tracer of this plugin.
#[derive(Clone, Copy, Debug)]
pub struct Tracer(());

/// A declared name of spans, with their kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanName(u32);

/// What a new span hangs under.
#[derive(Clone, Copy, Debug)]
pub enum Parent<'a> {
    /// Nothing: the first span of a new trace with a random id.
    Root,
    /// Nothing: the first span of this trace.
    Trace(TraceId),
    /// This span, or remote context.
    Span(&'a Span),
    /// The span that was entered last and not left; where there is none, nothing, as `Root`.
    Current,
}

/// When a span begins and what its id is; what is left out is now, and random.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartOptions {
    /// The span's id.
    pub id: Option<SpanId>,
    /// When it begins, in nanoseconds since 1970.
    pub at: Option<u64>,
}

/// An open span. Dropping it ends it now.
#[derive(Debug)]
pub struct Span {
    handle: u32, // 0 where nothing is recorded, or once it has ended
}

/// The tracer of this plugin, shared by all of its code.
#[must_use]
pub const fn get_tracer() -> Tracer {
    Tracer(())
}

impl Tracer {
    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for an empty or long name, [`Error::Limit`] for one too many: what
    /// varies from span to span belongs into attributes.
    pub fn declare(&self, name: &str, kind: SpanKind) -> Result<SpanName, Error> {
        backend::declare_span(name, kind).map(SpanName)
    }

    /// Begins a span. Where it cannot be recorded, the drop is counted and the span does nothing.
    #[must_use]
    pub fn start(&self, name: SpanName, parent: Parent<'_>, options: StartOptions) -> Span {
        let parent = match parent {
            Parent::Root => codomyrmex_telemetry::Parent::Root,
            Parent::Current => codomyrmex_telemetry::Parent::Current,
            Parent::Trace(id) => codomyrmex_telemetry::Parent::Trace(id),
            Parent::Span(span) => codomyrmex_telemetry::Parent::Span(SpanHandle(span.handle)),
        };
        Span { handle: backend::start_span(name.0, parent, options.id, options.at) }
    }

    /// Records a whole span, for those who measured it themselves.
    ///
    /// # Errors
    /// By what is wrong with it: its name, its times, its size.
    pub fn complete(&self, span: SpanData) -> Result<(), Error> {
        backend::complete_span(span)
    }

    /// Makes a context that came from outside usable as a parent, until it is dropped.
    ///
    /// # Errors
    /// [`Error::Limit`] for a long `tracestate` or too many open spans.
    pub fn remote(&self, context: SpanContext) -> Result<Span, Error> {
        Ok(Span { handle: backend::remote_span(context)? })
    }
}

impl Span {
    pub(crate) const fn handle(&self) -> u32 {
        self.handle
    }

    /// Its context, to be sent along with a request; `None` where nothing is recorded.
    #[must_use]
    pub fn context(&self) -> Option<SpanContext> {
        backend::span_context(self.handle)
    }

    /// Sets an attribute.
    pub fn set_attribute(&self, key: &str, value: impl Into<Value>) -> Outcome {
        backend::set_attribute(self.handle, key, value.into())
    }

    /// Adds an event. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn add_event(&self, name: &str, at: Option<u64>, attributes: Attributes) -> Outcome {
        backend::add_event(self.handle, name, at, attributes)
    }

    /// Says how it goes.
    pub fn set_status(&self, status: SpanStatus) -> Outcome {
        backend::set_status(self.handle, status)
    }

    /// Adds a link to another span.
    pub fn add_link(&self, context: SpanContext, attributes: Attributes) -> Outcome {
        backend::add_link(self.handle, SpanLink { context, attributes })
    }

    /// Gives it another name.
    pub fn update_name(&self, name: &str) -> Outcome {
        backend::update_name(self.handle, name)
    }

    /// Makes it the one that [`Parent::Current`] means, until [`Span::exit`].
    pub fn enter(&self) -> Outcome {
        backend::enter_span(self.handle)
    }

    /// Takes it back from being current.
    pub fn exit(&self) -> Outcome {
        backend::exit_span(self.handle)
    }

    /// Ends it. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn end(mut self, at: Option<u64>) -> Outcome {
        backend::end_span(core::mem::take(&mut self.handle), at)
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.handle != 0 {
            backend::end_span(self.handle, None);
        }
    }
}
