//! The ledger's spans: what is said of them while they are open.
//!
//! Deliberately absent: what becomes of them when they are finished; see `mod`.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Ledger;

use crate::attribute::{Attributes, Value};
use crate::id::SpanId;
use crate::text::Text;
use crate::time::Timestamp;
use crate::tracer::{
    Anchor, Baggage, BaggageEntry, Exception, Extracted, Keeping, OpenSpan, Parent, Sampler, Scope, SpanContext, SpanCounts, SpanData,
    SpanEvent, SpanHandle, SpanKind, SpanLimits, SpanLink, SpanNameId, SpanStatus, TracerId,
};
use crate::{Error, Outcome, tracer};

impl Ledger {
    /// The tracer of a scope; a scope that was asked for before has the same.
    ///
    /// # Errors
    /// [`Error::Limit`] for one too many or too large, [`Error::InvalidName`] for an attribute without a key.
    pub fn get_tracer(&mut self, scope: Scope) -> Result<TracerId, Error> {
        self.tracer.tracer(scope)
    }

    /// Says who runs (OpenTelemetry, Resource): attributes of every span that begins from now on.
    ///
    /// # Errors
    /// [`Error::Limit`] for too many or too large ones, [`Error::InvalidName`] for one without a key.
    pub fn set_resource(&mut self, attributes: Attributes) -> Result<(), Error> {
        self.tracer.set_resource(attributes)
    }

    /// The same, over what [`Ledger::set_resource`] says: for the one who runs the ledger.
    ///
    /// # Errors
    /// As there.
    pub fn fix_resource(&mut self, attributes: Attributes) -> Result<(), Error> {
        self.tracer.fix_resource(attributes)
    }

    /// Says which spans are sampled, from now on.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share above 1 or a limit of no time.
    pub fn set_sampler(&mut self, sampler: Sampler) -> Result<(), Error> {
        self.tracer.set_sampler(sampler)
    }

    /// Says what is kept of sampled spans, from now on; `None` is all.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share above 1.
    pub fn set_keeping(&mut self, keeping: Option<Keeping>) -> Result<(), Error> {
        self.tracer.set_keeping(keeping)
    }

    /// Says how much a span may hold, from now on.
    pub const fn limit_spans(&mut self, limits: SpanLimits) {
        self.tracer.limit_spans(limits);
    }

    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for an empty or long name, [`Error::Limit`] for one too many, [`Error::Unknown`] for
    /// a tracer that was not given.
    pub fn declare_span(&mut self, tracer: TracerId, name: &str, kind: SpanKind) -> Result<SpanNameId, Error> {
        self.tracer.declare(tracer, name, kind)
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
        self.tracer.remote(Some(context), Baggage::default())
    }

    /// Makes what the headers of a request say usable as a parent, until [`Ledger::end_span`]; see
    /// [`extract`](crate::tracer::extract). Under a parent without a context a span begins a new trace. Members of
    /// baggage and tracestate past a limit are counted drops.
    ///
    /// # Errors
    /// [`Error::Limit`] for too many open spans.
    pub fn extract<'h>(&mut self, headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Result<SpanHandle, Error> {
        let Extracted { context, baggage, dropped } = tracer::extract(headers);
        self.drops.add(Outcome::OverLimit, dropped.into());
        self.tracer.remote(context, baggage)
    }

    /// The headers to send along with a request that is made in a span; none for zero or an ended span.
    #[must_use]
    pub fn inject(&self, span: SpanHandle) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        self.inject_into(span, |name, value| headers.push((name, value.into())));
        headers
    }

    /// The same for one who keeps the headers elsewhere: gives the name and the value of each.
    pub fn inject_into(&self, span: SpanHandle, put: impl FnMut(&'static str, &str)) {
        let none = Baggage::default();
        let baggage = self.tracer.baggage(span).unwrap_or(&none);
        if let Some(context) = self.tracer.context(span) {
            tracer::inject_into(context, baggage, put);
        }
    }

    /// The baggage of an open span, in order.
    #[must_use]
    pub fn baggage(&self, span: SpanHandle) -> Vec<BaggageEntry> {
        self.tracer.baggage(span).map(|baggage| baggage.iter().collect()).unwrap_or_default()
    }

    /// Sets a member of the baggage of an open span, and of what begins under it from now on.
    pub fn set_baggage(&mut self, span: SpanHandle, entry: BaggageEntry) -> Outcome {
        let outcome = self.tracer.set_baggage(span, entry);
        self.account(outcome, None)
    }

    /// When an open span began.
    pub(crate) fn span_started(&self, span: SpanHandle) -> Option<Timestamp> {
        self.tracer.started(span)
    }

    /// Where the clock of an open span's trace stands, if it was said.
    #[must_use]
    pub fn span_anchor(&self, span: SpanHandle) -> Option<Anchor> {
        self.tracer.anchor(span)
    }

    /// Says where the clock of a span's trace stands, for a door that has one.
    pub fn anchor_span(&mut self, span: SpanHandle, anchor: Anchor) {
        self.tracer.set_anchor(span, anchor);
    }

    /// The context of an open span.
    #[must_use]
    pub fn span_context(&self, span: SpanHandle) -> Option<SpanContext> {
        self.tracer.context(span).cloned()
    }

    /// Sets an attribute of an open span.
    #[inline]
    pub fn set_attribute(&mut self, span: SpanHandle, key: Text, value: Value) -> Outcome {
        self.write_span(span, None, |open, limits| open.set_attribute(key, value, limits))
    }

    /// Adds an event to an open span.
    pub fn add_event(&mut self, span: SpanHandle, event: SpanEvent) -> Outcome {
        self.write_span(span, Some(event.at), |open, limits| open.add_event(event, limits))
    }

    /// Adds an event `exception` to an open span. Its status is not changed.
    pub fn record_exception(&mut self, span: SpanHandle, exception: Exception, at: Timestamp) -> Outcome {
        self.add_event(span, exception.into_event(at))
    }

    /// Adds a link to an open span.
    pub fn add_link(&mut self, span: SpanHandle, link: SpanLink) -> Outcome {
        self.write_span(span, None, |open, limits| open.add_link(link, limits))
    }

    /// Says how an open span goes.
    pub fn set_status(&mut self, span: SpanHandle, status: SpanStatus) -> Outcome {
        self.write_span(span, None, |open, _| open.set_status(status))
    }

    /// Gives an open span another name.
    pub fn update_name(&mut self, span: SpanHandle, name: Text) -> Outcome {
        self.write_span(span, None, |open, _| open.update_name(name))
    }

    /// Ends a span, once.
    pub fn end_span(&mut self, span: SpanHandle, at: Timestamp) -> Outcome {
        let (outcome, ended) = self.tracer.end(span, at);
        if let Some(ended) = ended {
            self.hear(&ended.data);
            self.tracer.settle(ended);
        }
        self.account(outcome, Some(at))
    }

    /// Records a whole span.
    ///
    /// # Errors
    /// By what is wrong with it: see [`SpanData::check`].
    pub fn complete_span(&mut self, span: SpanData) -> Result<(), Error> {
        span.check()?;
        self.note(span.ended);
        self.hear(&span);
        self.tracer.settle_whole(Box::new(span));
        Ok(())
    }

    /// The same of a span of this ledger's own program: it comes from where a tracer's spans do.
    ///
    /// # Errors
    /// As there, and [`Error::Unknown`] for a tracer that was not given.
    pub fn complete_span_of(&mut self, tracer: TracerId, span: SpanData) -> Result<(), Error> {
        let origin = Arc::clone(self.tracer.origin(tracer)?);
        self.complete_span(SpanData { origin, ..span })
    }

    /// Hands over at most so many of the spans that ended, those of the lowest rank first: for one who exports
    /// them. They leave this ledger, and what the exporter cannot deliver comes back as [`Ledger::lose_spans`].
    pub fn take_spans(&mut self, most: usize) -> Vec<SpanData> {
        let mut taken = self.tracer.finished.take(most);
        taken.extend(self.absorbed.spans.take(most - taken.len()));
        taken
    }

    /// Takes note that so many of the spans that were taken did not arrive: they count as dropped.
    pub fn lose_spans(&mut self, count: u64) {
        // A drain may have come between, and then what was handed over stands among what was settled.
        let layers = [&mut self.tracer.finished, &mut self.absorbed.spans, &mut self.settled.spans];
        layers.into_iter().fold(count, |left, spans| spans.lose(left));
    }

    /// What became of the spans that ended. Those that were taken count as exported until they are lost.
    #[must_use]
    pub fn span_counts(&self) -> SpanCounts {
        let layers = [&self.tracer.finished, &self.absorbed.spans, &self.settled.spans];
        layers.into_iter().fold(SpanCounts::default(), |counts, spans| spans.add_to(counts))
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

    /// Ends every open span with status error, at the latest time that any record carried but those past
    /// the horizon ([`Ledger::set_horizon`]): for when the one who would have ended them is gone. Gives their
    /// number.
    pub fn abandon(&mut self, reason: &str) -> u32 {
        let at = self.horizon.map_or(self.latest, |horizon| self.latest.min(horizon));
        let ended = self.tracer.abandon(reason, at);
        let count = ended.len() as u32;
        for ended in ended {
            self.hear(&ended.data);
            self.tracer.settle(ended);
        }
        count
    }

    #[inline]
    fn write_span(
        &mut self,
        span: SpanHandle,
        at: Option<Timestamp>,
        write: impl FnOnce(&mut OpenSpan, &SpanLimits) -> Outcome,
    ) -> Outcome {
        let outcome = self.tracer.write(span, write);
        self.account(outcome, at)
    }
}
