//! The ledger's spans: what is said of them while they are open.
//!
//! Deliberately absent: what becomes of them when they are finished; see `mod`.

use alloc::string::String;

use super::Ledger;
use crate::attribute::Value;
use crate::id::SpanId;
use crate::time::Timestamp;
use crate::tracer::{Parent, SpanContext, SpanData, SpanEvent, SpanHandle, SpanKind, SpanLink, SpanNameId, SpanStatus};
use crate::{Error, Outcome};

impl Ledger {
    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for an empty or long name, [`Error::Limit`] for one too many.
    pub fn declare_span(&mut self, name: &str, kind: SpanKind) -> Result<SpanNameId, Error> {
        self.tracer.declare(name, kind)
    }

    /// Begins a span. `entropy` draws 64 random bits; it is asked only for ids that are not given.
    /// Where the span cannot be recorded the handle is zero and the drop is counted.
    pub fn start_span(
        &mut self,
        name: SpanNameId,
        parent: Parent,
        id: Option<SpanId>,
        at: Timestamp,
        mut entropy: impl FnMut() -> u64,
    ) -> SpanHandle {
        match self.tracer.start(name, parent, id, at, &mut entropy) {
            Ok(span) => {
                self.account(Outcome::Recorded, Some(at));
                span
            }
            Err(outcome) => {
                self.account(outcome, None);
                SpanHandle::default()
            }
        }
    }

    /// Makes a context that came from outside usable as a parent, until [`Ledger::end_span`].
    ///
    /// # Errors
    /// [`Error::Limit`] for a long `tracestate` or too many open spans.
    pub fn remote_span(&mut self, context: SpanContext) -> Result<SpanHandle, Error> {
        self.tracer.remote(context)
    }

    /// The context of an open span.
    #[must_use]
    pub fn span_context(&self, span: SpanHandle) -> Option<SpanContext> {
        self.tracer.context(span).cloned()
    }

    /// Sets an attribute of an open span.
    pub fn set_attribute(&mut self, span: SpanHandle, key: String, value: Value) -> Outcome {
        self.write_span(span, None, |data| data.set_attribute(key, value))
    }

    /// Adds an event to an open span.
    pub fn add_event(&mut self, span: SpanHandle, event: SpanEvent) -> Outcome {
        self.write_span(span, Some(event.at), |data| data.add_event(event))
    }

    /// Adds a link to an open span.
    pub fn add_link(&mut self, span: SpanHandle, link: SpanLink) -> Outcome {
        self.write_span(span, None, |data| data.add_link(link))
    }

    /// Says how an open span goes.
    pub fn set_status(&mut self, span: SpanHandle, status: SpanStatus) -> Outcome {
        self.write_span(span, None, |data| data.set_status(status))
    }

    /// Gives an open span another name.
    pub fn update_name(&mut self, span: SpanHandle, name: String) -> Outcome {
        self.write_span(span, None, |data| data.update_name(name))
    }

    /// Ends a span, once.
    pub fn end_span(&mut self, span: SpanHandle, at: Timestamp) -> Outcome {
        let (outcome, finished) = self.tracer.end(span, at);
        finished.into_iter().for_each(|span| self.finish(span));
        self.account(outcome, Some(at))
    }

    /// Records a whole span.
    ///
    /// # Errors
    /// By what is wrong with it: see [`SpanData::check`].
    pub fn complete_span(&mut self, span: SpanData) -> Result<(), Error> {
        span.check()?;
        self.latest = self.latest.max(span.ended);
        self.finish(span);
        Ok(())
    }

    /// Makes a span the current one.
    pub fn enter_span(&mut self, span: SpanHandle) -> Outcome {
        let outcome = self.tracer.enter(span);
        self.account(outcome, None)
    }

    /// Takes a span back from being current.
    pub fn exit_span(&mut self, span: SpanHandle) -> Outcome {
        let outcome = self.tracer.exit(span);
        self.account(outcome, None)
    }

    /// The span that was entered last and not left, or zero.
    #[must_use]
    pub fn current_span(&self) -> SpanHandle {
        self.tracer.current()
    }

    /// Ends every open span with status error, at the latest time that any record carried: for
    /// when the one who would have ended them is gone. Gives their number.
    pub fn abandon(&mut self, reason: &str) -> u32 {
        let ended = self.tracer.abandon(reason, self.latest);
        let count = ended.len() as u32;
        ended.into_iter().for_each(|span| self.finish(span));
        count
    }

    fn write_span(&mut self, span: SpanHandle, at: Option<Timestamp>, write: impl FnOnce(&mut SpanData) -> Outcome) -> Outcome {
        let outcome = self.tracer.write(span, write);
        self.account(outcome, at)
    }
}
