//! Spans for plugins: a [`Span`] ends when it is told to, or when it is dropped.
//!
//! Deliberately absent: what a span holds. It is a number; the ledger knows the rest.

use std::any::type_name;
use std::fmt::Display;
use std::marker::PhantomData;
use std::thread::panicking;

use codomyrmex_telemetry::tracer::{BaggageEntry, Exception};
use codomyrmex_telemetry::{Attributes, Outcome, SpanContext, SpanLink, SpanStatus, Value};

use crate::backend;

const PANICKED: &str = "panicked";

/// An open span, or a remote context. Dropping it ends it now, unless it came from
/// [`get_current_span`](crate::get_current_span). Dropped by a panic that unwinds, it ends as an error.
#[derive(Debug)]
pub struct Span {
    handle: u32, // 0 where nothing is recorded, or once it has ended
    is_owned: bool,
    was_panicking: bool, // when it began
}

/// Keeps a span current until it is dropped.
#[derive(Debug)]
#[must_use = "what is dropped at once was not entered"]
pub struct Entered<'a> {
    span: &'a Span,
    was_panicking: bool,
    // It must not be kept over an `.await`: other futures run there. Where they may run in another thread, the
    // compiler says so.
    not_send: PhantomData<*const ()>,
}

impl Span {
    pub(crate) fn owned(handle: u32) -> Self {
        Self { handle, is_owned: true, was_panicking: panicking() }
    }

    pub(crate) const fn borrowed(handle: u32) -> Self {
        Self { handle, is_owned: false, was_panicking: false }
    }

    pub(crate) const fn handle(&self) -> u32 {
        self.handle
    }

    /// Its context, to be sent along with a request; `None` where nothing is recorded.
    #[must_use]
    pub fn context(&self) -> Option<SpanContext> {
        backend::span_context(self.handle)
    }

    /// The headers to send along with a request that is made in it: `traceparent`, and where there is something
    /// in them `tracestate` and `baggage`. Nothing where nothing is recorded.
    #[must_use]
    pub fn inject(&self) -> Vec<(String, String)> {
        backend::inject(self.handle)
    }

    /// Its baggage: what came with its parent, and what was set since.
    #[must_use]
    pub fn baggage(&self) -> Vec<BaggageEntry> {
        backend::baggage(self.handle)
    }

    /// Sets a member of its baggage, and of the baggage of what begins under it from now on.
    pub fn set_baggage(&self, entry: BaggageEntry) -> Outcome {
        backend::set_baggage(self.handle, entry)
    }

    /// Sets an attribute.
    pub fn set_attribute(&self, key: &str, value: impl Into<Value>) -> Outcome {
        backend::set_attribute(self.handle, key, value.into())
    }

    /// Adds an event. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn add_event(&self, name: &str, at: Option<u64>, attributes: Attributes) -> Outcome {
        backend::add_event(self.handle, name, at, attributes)
    }

    /// Adds an event `exception`; the status stays. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn record_exception(&self, exception: Exception, at: Option<u64>) -> Outcome {
        backend::record_exception(self.handle, exception, at)
    }

    /// Says that it failed, and with what: status error with the error's text, the attribute `error.type` with the
    /// name of its type in Rust, and an event `exception` now. `#[trace]` and
    /// [`Tracer::try_span`](crate::Tracer::try_span) do so with the errors that they see.
    pub fn record_error<E: Display + ?Sized>(&self, error: &E) {
        self.fail(type_name::<E>(), error.to_string(), None);
    }

    pub(crate) fn fail(&self, error_type: &str, message: String, at: Option<u64>) {
        self.set_attribute("error.type", error_type);
        let exception = Exception { exception_type: error_type.into(), message: message.clone(), stacktrace: String::new() };
        self.record_exception(exception, at);
        self.set_status(SpanStatus::Error(message));
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

    /// Makes it the current one until the answer is dropped; not to be kept over an `.await`, where
    /// [`in_span`](crate::InSpan::in_span) does what is meant.
    pub fn entered(&self) -> Entered<'_> {
        self.enter();
        Entered { span: self, was_panicking: panicking(), not_send: PhantomData }
    }

    /// Makes it the one that [`Parent::Current`](crate::Parent::Current) means, until [`Span::exit`].
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
        if self.handle == 0 || !self.is_owned {
            return;
        }
        if panicking() && !self.was_panicking {
            self.set_status(SpanStatus::Error(PANICKED.into()));
        }
        backend::end_span(self.handle, None);
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // Here too, since a future that panicked may be dropped only after the panic was caught.
        if panicking() && !self.was_panicking {
            self.span.set_status(SpanStatus::Error(PANICKED.into()));
        }
        self.span.exit();
    }
}
