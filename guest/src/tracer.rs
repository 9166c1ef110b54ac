//! Tracers for plugins: who begins spans, under which name, below what.
//!
//! A span is begun for a body of code ([`Tracer::span`], [`Tracer::try_span`], `#[trace]`), or held and
//! ended when it is dropped ([`Tracer::start_span`], [`Tracer::builder`]). Deliberately absent: a guess at who
//! is above whom. That is the span that was entered last and not left, which a future enters only while it
//! is polled, or the one that is said.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;

use codomyrmex_telemetry::tracer::Scope;
use codomyrmex_telemetry::{Attributes, Error, SpanContext, SpanData, SpanHandle, SpanId, SpanKind, TraceId};

use crate::backend;
use crate::builder::SpanBuilder;
use crate::span::Span;

/// A tracer: it begins the spans of one scope, such as a crate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tracer(u32);

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

thread_local! {
    /// Tracers by the names of their scopes; the ledger bounds their number.
    static TRACERS: RefCell<BTreeMap<String, u32>> = const { RefCell::new(BTreeMap::new()) };
    /// Declared names by tracer and kind, so that a name crosses to the ledger once; the ledger bounds their number.
    static NAMES: RefCell<BTreeMap<(u32, SpanKind), BTreeMap<String, u32>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The tracer of a scope, such as `env!("CARGO_PKG_NAME")`. Where the ledger takes no more scopes, it is
/// the one without a name.
#[must_use]
pub fn get_tracer(name: &str) -> Tracer {
    let known = TRACERS.with_borrow(|tracers| tracers.get(name).copied());
    let number = known.or_else(|| {
        let number = backend::get_tracer(Scope::named(name)).ok()?;
        TRACERS.with_borrow_mut(|tracers| tracers.insert(name.into(), number));
        Some(number)
    });
    Tracer(number.unwrap_or_default())
}

/// The tracer of a scope of which more is known than its name.
///
/// # Errors
/// [`Error::InvalidName`] for a key that is empty or long, [`Error::Limit`] for a scope too large or one too many.
pub fn get_tracer_with(scope: Scope) -> Result<Tracer, Error> {
    backend::get_tracer(scope).map(Tracer)
}

/// Says who runs: attributes (`service.name` among them) of every span that begins from now on. What the one
/// who runs the ledger says holds over it.
///
/// # Errors
/// [`Error::InvalidName`] for a key that is empty or long, [`Error::Limit`] for too much.
pub fn set_resource(attributes: Attributes) -> Result<(), Error> {
    backend::set_resource(attributes)
}

/// The span that was entered last and not left. Dropping what is answered does not end it. Where there is none, nothing
/// that is said of it is recorded.
#[must_use]
pub fn get_current_span() -> Span {
    Span::borrowed(backend::current_span())
}

/// What the headers of a request say, usable as a parent until it is dropped: `traceparent`, `tracestate` and
/// `baggage`, in any case; of other names nothing is read. Headers that break the rules are as if they were not
/// there: a span under them begins a new trace.
///
/// # Errors
/// [`Error::Limit`] where too many spans are open.
pub fn extract<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Span, Error> {
    Ok(Span::owned(backend::extract(headers)?))
}

impl Tracer {
    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for an empty or long name, [`Error::Limit`] for one too many: what
    /// varies from span to span belongs into attributes.
    pub fn declare(&self, name: &str, kind: SpanKind) -> Result<SpanName, Error> {
        let key = (self.0, kind);
        let known = NAMES.with_borrow(|names| names.get(&key).and_then(|names| names.get(name)).copied());
        if let Some(number) = known {
            return Ok(SpanName(number));
        }
        let number = backend::declare_span(self.0, name, kind)?;
        NAMES.with_borrow_mut(|names| names.entry(key).or_default().insert(name.into(), number));
        Ok(SpanName(number))
    }

    /// The same, where nobody can be told of an error: a span with a name that was refused is a counted drop.
    #[must_use]
    pub fn name(&self, name: &str, kind: SpanKind) -> SpanName {
        self.declare(name, kind).unwrap_or(SpanName(0))
    }

    /// Runs a body in a span under the current one, and gives what the body gives. The span is current
    /// while the body runs, and ends with it. A panic makes it an error where panics unwind; elsewhere
    /// whoever runs the plugin ends its spans with an error.
    ///
    /// ```
    /// use codomyrmex_telemetry_guest::get_tracer;
    ///
    /// let words = get_tracer("parser").span("parse_step", |span| {
    ///     let words: Vec<&str> = "book a flight".split(' ').collect();
    ///     span.set_attribute("words", words.len() as i64);
    ///     words
    /// });
    /// assert_eq!(words, ["book", "a", "flight"]);
    /// ```
    pub fn span<T>(&self, name: &str, body: impl FnOnce(&Span) -> T) -> T {
        self.builder(name).run(body)
    }

    /// The same of a body that may fail: an error is recorded as [`Span::record_error`] does, and given back.
    ///
    /// # Errors
    /// The body's.
    pub fn try_span<T, E: Display>(&self, name: &str, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.builder(name).try_run(body)
    }

    /// Begins a span under the current one, which stays current until [`Span::entered`].
    ///
    /// ```
    /// use codomyrmex_telemetry_guest::{get_current_span, get_tracer};
    ///
    /// let span = get_tracer("planner").start_span("plan");
    /// let entered = span.entered();
    /// assert_eq!(get_current_span().context(), span.context());
    /// drop(entered);
    /// assert_eq!(get_current_span().context(), None);
    /// ```
    #[must_use]
    pub fn start_span(&self, name: &str) -> Span {
        self.builder(name).start()
    }

    /// A span of which more is to be said before it begins.
    pub const fn builder<'a>(&self, name: &'a str) -> SpanBuilder<'a> {
        SpanBuilder::new(*self, name)
    }

    /// Begins a span with a declared name. Where it cannot be recorded, the drop is counted and the span does
    /// nothing.
    #[must_use]
    pub fn start(&self, name: SpanName, parent: Parent<'_>, options: StartOptions) -> Span {
        name.start(parent, options)
    }

    /// Records a whole span, for those who measured it themselves.
    ///
    /// # Errors
    /// By what is wrong with it: its name, its times, its size.
    pub fn complete(&self, span: SpanData) -> Result<(), Error> {
        backend::complete_span(self.0, span)
    }

    /// Makes a context that came from outside usable as a parent, until it is dropped.
    ///
    /// # Errors
    /// [`Error::Limit`] for a long `tracestate` or too many open spans.
    pub fn remote(&self, context: SpanContext) -> Result<Span, Error> {
        Ok(Span::owned(backend::remote_span(context)?))
    }
}

impl SpanName {
    #[cfg(feature = "tracing")]
    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    /// Begins a span with this name, in the scope that it was declared in.
    pub(crate) fn start(self, parent: Parent<'_>, options: StartOptions) -> Span {
        let parent = match parent {
            Parent::Root => codomyrmex_telemetry::Parent::Root,
            Parent::Current => codomyrmex_telemetry::Parent::Current,
            Parent::Trace(id) => codomyrmex_telemetry::Parent::Trace(id),
            Parent::Span(span) => codomyrmex_telemetry::Parent::Span(SpanHandle(span.handle())),
        };
        Span::owned(backend::start_span(self.0, parent, options.id, options.at))
    }
}

impl<'a> From<&'a Span> for Parent<'a> {
    fn from(span: &'a Span) -> Self {
        Self::Span(span)
    }
}

impl From<TraceId> for Parent<'_> {
    fn from(trace: TraceId) -> Self {
        Self::Trace(trace)
    }
}
