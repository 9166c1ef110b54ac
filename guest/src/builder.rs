//! What is said of a span before it begins.
//!
//! Deliberately absent: sampling by these attributes; a span is sampled by its trace.

use std::fmt::Display;

use codomyrmex_telemetry::{Attributes, SpanContext, SpanId, SpanKind, Value};

use crate::span::Span;
use crate::tracer::{Parent, StartOptions, Tracer};

/// A span that has not begun; of the kind `internal` and under the current span, unless something else is said.
#[derive(Clone, Debug)]
#[must_use = "a span that is not started is not recorded"]
pub struct SpanBuilder<'a> {
    tracer: Tracer,
    name: &'a str,
    kind: SpanKind,
    parent: Parent<'a>,
    options: StartOptions,
    attributes: Vec<(&'a str, Value)>,
    links: Vec<SpanContext>,
}

impl<'a> SpanBuilder<'a> {
    pub(crate) const fn new(tracer: Tracer, name: &'a str) -> Self {
        let options = StartOptions { id: None, at: None };
        Self { tracer, name, kind: SpanKind::Internal, parent: Parent::Current, options, attributes: Vec::new(), links: Vec::new() }
    }

    /// What role it plays.
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// What it hangs under: a span, a trace, or a [`Parent`].
    pub fn parent(mut self, parent: impl Into<Parent<'a>>) -> Self {
        self.parent = parent.into();
        self
    }

    /// Its id, instead of a random one.
    pub const fn id(mut self, id: SpanId) -> Self {
        self.options.id = Some(id);
        self
    }

    /// When it begins, in nanoseconds since 1970, instead of now.
    pub const fn at(mut self, at: u64) -> Self {
        self.options.at = Some(at);
        self
    }

    /// Sets an attribute.
    pub fn attribute(mut self, key: &'a str, value: impl Into<Value>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }

    /// Adds a link to another span.
    pub fn link(mut self, context: SpanContext) -> Self {
        self.links.push(context);
        self
    }

    /// Begins it.
    #[must_use]
    pub fn start(self) -> Span {
        let span = self.tracer.start(self.tracer.name(self.name, self.kind), self.parent, self.options);
        for (key, value) in self.attributes {
            span.set_attribute(key, value);
        }
        for context in self.links {
            span.add_link(context, Attributes::new());
        }
        span
    }

    /// Runs a body in it, as [`Tracer::span`].
    pub fn run<T>(self, body: impl FnOnce(&Span) -> T) -> T {
        let span = self.start();
        let _entered = span.entered();
        body(&span)
    }

    /// Runs a body that may fail in it, as [`Tracer::try_span`].
    ///
    /// # Errors
    /// The body's.
    pub fn try_run<T, E: Display>(self, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.run(|span| body(span).inspect_err(|error| span.record_error(error)))
    }
}
