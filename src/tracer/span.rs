//! Spans: what is known of one, and the rules for writing to it.
//!
//! Sources: OpenTelemetry Trace API, sections SpanKind and Set Status; Trace SDK, section Span
//! Limits. Deliberately absent: ids drawn at random and the time now; both come in.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::origin::Origin;
use crate::Error;
use crate::attribute::{Attributes, Value};
use crate::id::{SpanId, TraceId};
use crate::limits::{NAME_BYTES_MAX, SPAN_BASE_BYTES, SPAN_BYTES_MAX, SPAN_ITEMS_MAX, TRACE_STATE_BYTES_MAX};
use crate::text::Text;
use crate::time::Timestamp;

/// The bit of the trace flags that says that a span is sampled.
pub(super) const SAMPLED: u8 = 1;

/// The bit that says that the trace's id was drawn at random (Level 2, section 3.2.2.5.2).
pub(super) const RANDOM: u8 = 2;

/// What role a span plays.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SpanKind {
    /// Work inside this program.
    Internal,
    /// It answers a request from outside.
    Server,
    /// It asks something of another program and waits.
    Client,
    /// It hands over a message and does not wait.
    Producer,
    /// It works on a message that was handed over.
    Consumer,
}

/// How a span ended: `Ok` is final, `Error` beats `Unset`.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum SpanStatus {
    /// Nothing was said.
    #[default]
    Unset,
    /// Somebody decided that it went well.
    Ok,
    /// It went wrong; a description for people, or empty.
    Error(String),
}

/// Where a span stands, as it travels between programs (W3C Trace Context, section 3).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The trace flags byte: bit 0 sampled, bit 1 random.
    pub trace_flags: u8,
    /// The `tracestate` header as it came, or empty.
    pub trace_state: String,
}

/// Something that happened in a span.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanEvent {
    /// Its name.
    pub name: Text,
    /// When.
    pub at: Timestamp,
    /// More about it.
    pub attributes: Attributes,
}

/// Something that went wrong and was not handled (semantic conventions, Exceptions on spans).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Exception {
    /// The type of it, or empty.
    pub exception_type: String,
    /// What it says, or empty.
    pub message: String,
    /// Where it came from, as text, or empty.
    pub stacktrace: String,
}

/// Another span that this one has to do with.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanLink {
    /// That span.
    pub context: SpanContext,
    /// More about it.
    pub attributes: Attributes,
}

/// What did not fit into a span.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanDrops {
    /// Attributes.
    pub attributes: u32,
    /// Events.
    pub events: u32,
    /// Links.
    pub links: u32,
}

/// A span.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanData {
    /// Its trace and its own id.
    pub context: SpanContext,
    /// The span it hangs under; `None` for a root.
    pub parent: Option<SpanId>,
    /// Its name.
    pub name: Text,
    /// Its role.
    pub kind: SpanKind,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; not before it began. While it is open, when it began.
    pub ended: Timestamp,
    /// More about it.
    pub attributes: Attributes,
    /// What happened in it, in the order in which it was said.
    pub events: Vec<SpanEvent>,
    /// What it has to do with, in the order in which it was said.
    pub links: Vec<SpanLink>,
    /// How it ended.
    pub status: SpanStatus,
    /// What did not fit.
    pub dropped: SpanDrops,
    /// Where it comes from.
    pub origin: Arc<Origin>,
}

impl SpanKind {
    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

impl Exception {
    /// The event that says so: `exception`, with what is known as attributes.
    #[must_use]
    pub fn into_event(self, at: Timestamp) -> SpanEvent {
        let known =
            [("exception.type", self.exception_type), ("exception.message", self.message), ("exception.stacktrace", self.stacktrace)];
        let known = known.into_iter().filter(|(_, text)| !text.is_empty());
        let attributes = known.map(|(key, text)| (key.into(), text.into())).collect();
        SpanEvent { name: "exception".into(), at, attributes }
    }
}

impl SpanContext {
    /// Whether the trace flags say that it is sampled (W3C Trace Context, section 3.2.2.5.1).
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.trace_flags & SAMPLED != 0
    }

    /// Checks what comes from outside.
    ///
    /// # Errors
    /// [`Error::Limit`] for a `tracestate` longer than is passed on.
    pub fn check(&self) -> Result<(), Error> {
        if self.trace_state.len() > TRACE_STATE_BYTES_MAX {
            return Err(Error::Limit(alloc::format!(
                "a tracestate of {} bytes; at most {TRACE_STATE_BYTES_MAX} are passed on",
                self.trace_state.len()
            )));
        }
        Ok(())
    }
}

impl SpanData {
    /// A span that has just begun.
    #[must_use]
    pub fn begin(context: SpanContext, parent: Option<SpanId>, name: Text, kind: SpanKind, started: Timestamp) -> Self {
        Self::begin_from(Arc::default(), context, parent, name, kind, started)
    }

    /// The same of one that comes from somewhere.
    #[inline]
    pub(super) fn begin_from(
        origin: Arc<Origin>,
        context: SpanContext,
        parent: Option<SpanId>,
        name: Text,
        kind: SpanKind,
        started: Timestamp,
    ) -> Self {
        Self {
            context,
            parent,
            name,
            kind,
            started,
            ended: started,
            attributes: Attributes::new(),
            events: Vec::new(),
            links: Vec::new(),
            status: SpanStatus::Unset,
            dropped: SpanDrops::default(),
            origin,
        }
    }

    /// What it counts against limits: its texts and numbers, and what it takes to hold them, but for its origin.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let events: usize = self.events.iter().map(event_bytes).sum();
        let links: usize = self.links.iter().map(link_bytes).sum();
        self.name.len() + self.context.trace_state.len() + status_bytes(&self.status) + attributes_bytes(&self.attributes) + events + links
    }

    /// What it counts against a ledger's limit.
    pub(super) fn cost(&self) -> u64 {
        SPAN_BASE_BYTES + (self.bytes() + self.origin.bytes()) as u64
    }

    /// Checks a whole span that was measured elsewhere.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::InvalidArgument`] or [`Error::Limit`], by what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        crate::label::check_length("span name", &self.name)?;
        self.context.check()?;
        self.origin.check()?;
        if self.ended < self.started {
            return Err(Error::InvalidArgument(alloc::format!("span '{}' ends before it starts", self.name)));
        }
        let lists_fit = self.events.len() <= SPAN_ITEMS_MAX && self.links.len() <= SPAN_ITEMS_MAX;
        let all_fit = attributes_fit(&self.attributes) && self.events.iter().all(event_fits) && self.links.iter().all(link_fits);
        if !lists_fit || !all_fit || self.bytes() > SPAN_BYTES_MAX {
            return Err(Error::Limit(alloc::format!(
                "span '{}' is larger than the {SPAN_ITEMS_MAX} attributes, events and links, names of {NAME_BYTES_MAX} bytes and {SPAN_BYTES_MAX} bytes in all that are kept",
                self.name
            )));
        }
        Ok(())
    }
}

// What an open span takes and what a finished one is checked for are the same rules, or a span that
// was taken could be refused with all that stands beside it when it arrives elsewhere.

pub(super) fn key_fits(key: &str) -> bool {
    !key.is_empty() && key.len() <= NAME_BYTES_MAX
}

pub(super) fn attributes_fit(attributes: &Attributes) -> bool {
    attributes.len() <= SPAN_ITEMS_MAX && attributes.keys().all(|key| key_fits(key))
}

pub(super) fn event_fits(event: &SpanEvent) -> bool {
    event.name.len() <= NAME_BYTES_MAX && attributes_fit(&event.attributes)
}

pub(super) fn link_fits(link: &SpanLink) -> bool {
    link.context.check().is_ok() && attributes_fit(&link.attributes)
}

pub(super) fn status_bytes(status: &SpanStatus) -> usize {
    if let SpanStatus::Error(text) = status { text.len() } else { 0 }
}

pub(super) fn attributes_bytes(attributes: &Attributes) -> usize {
    attributes.iter().map(|(key, value)| attribute_bytes(key, value)).sum()
}

/// What an attribute counts: its texts and numbers, and what it takes to hold them.
pub(crate) fn attribute_bytes(key: &str, value: &Value) -> usize {
    48 + key.len() + value.bytes()
}

pub(super) fn event_bytes(event: &SpanEvent) -> usize {
    64 + event.name.len() + attributes_bytes(&event.attributes)
}

pub(super) fn link_bytes(link: &SpanLink) -> usize {
    96 + link.context.trace_state.len() + attributes_bytes(&link.attributes)
}
