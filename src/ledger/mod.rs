//! The ledger: the only file that joins metrics, objectives and spans.
//!
//! It keeps three layers. *Live* is what was recorded here since the last drain, by number.
//! *Absorbed* is what came in from others since the last drain. *Settled* is what was drained
//! before, without its spans, which moved out. A snapshot is the sum of the three; a delta is the
//! sum of the first two. Deliberately absent: clocks and entropy, which come in as arguments.

mod room;
mod seen;

use alloc::string::String;
use alloc::vec::Vec;

use room::check_room;
use seen::Seen;

use crate::attribute::Value;
use crate::id::{SpanId, WriterId};
use crate::metrics::{Descriptor, FamilyId, Registry, SeriesId};
use crate::slo::{Objective, SloId, SloTracker, Slots, Status, status};
use crate::snapshot::{Delta, Snapshot};
use crate::time::Timestamp;
use crate::tracer::{Parent, SpanContext, SpanData, SpanEvent, SpanHandle, SpanKind, SpanLink, SpanNameId, SpanStatus, Tracer};
use crate::{Drops, Error, Outcome};

/// Accounts of metrics, objectives and spans.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::{Descriptor, Instrument, Ledger, WriterId};
///
/// let mut ledger = Ledger::new(WriterId::new(1));
/// let calls = ledger.declare(Descriptor {
///     name: "tool_calls_total".into(),
///     help: "Tools that answered.".into(),
///     unit: String::new(),
///     labels: vec!["tool".into()],
///     instrument: Instrument::Counter,
/// })?;
/// let search = ledger.resolve(calls, &["search".into()])?;
/// ledger.add(search, 2.0, None);
/// assert_eq!(
///     codomyrmex_telemetry::export::prometheus(&ledger.snapshot()),
///     "# HELP tool_calls_total Tools that answered.\n# TYPE tool_calls_total counter\n\
///      tool_calls_total{tool=\"search\"} 2\n",
/// );
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Debug)]
pub struct Ledger {
    writer: WriterId,
    sequence: u64, // of the last drain; 0 before the first
    metrics: Registry,
    slos: SloTracker,
    tracer: Tracer,
    drops: Drops,       // since the last drain
    absorbed: Snapshot, // since the last drain
    settled: Snapshot,  // drained before; holds no spans
    seen: Seen,
    duplicates: u64,
    latest: Timestamp, // the latest time that any record carried
}

/// What became of a delta.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Absorbed {
    /// It was new and is now in the accounts.
    Merged,
    /// It had been absorbed before; nothing changed.
    Duplicate,
}

impl Ledger {
    /// An empty ledger that writes deltas under this id.
    #[must_use]
    pub fn new(writer: WriterId) -> Self {
        Self {
            writer,
            sequence: 0,
            metrics: Registry::default(),
            slos: SloTracker::default(),
            tracer: Tracer::default(),
            drops: Drops::default(),
            absorbed: Snapshot::default(),
            settled: Snapshot::default(),
            seen: Seen::default(),
            duplicates: 0,
            latest: Timestamp::default(),
        }
    }

    /// Names the writer, before the first drain.
    ///
    /// # Errors
    /// [`Error::Conflict`] after it: its deltas would count twice under another name.
    pub fn configure(&mut self, writer: WriterId) -> Result<(), Error> {
        if self.sequence > 0 {
            return Err(Error::Conflict(alloc::format!(
                "this ledger has drained as writer {}; name the writer before the first drain",
                self.writer
            )));
        }
        self.writer = writer;
        Ok(())
    }

    // Metrics.

    /// Declares a family, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the name is taken by another kind, unit or label set; otherwise
    /// by whose rule the descriptor breaks.
    pub fn declare(&mut self, descriptor: Descriptor) -> Result<FamilyId, Error> {
        self.metrics.declare(descriptor)
    }

    /// The series with these label values, in the order of the family's label names.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of values, [`Error::Limit`] for one too long
    /// or a series too many, [`Error::Unknown`] for a family that was not declared.
    pub fn resolve(&mut self, family: FamilyId, values: &[String]) -> Result<SeriesId, Error> {
        self.metrics.resolve(family, values)
    }

    /// Adds to a counter or an up-down-counter.
    pub fn add(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let outcome = self.metrics.add(series, value, at);
        self.account(outcome, at)
    }

    /// Sets a gauge.
    pub fn set(&mut self, series: SeriesId, value: f64, at: Timestamp) -> Outcome {
        let outcome = self.metrics.set(series, value, at);
        self.account(outcome, Some(at))
    }

    /// Records a value into a histogram.
    pub fn observe(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let outcome = self.metrics.observe(series, value, at);
        self.account(outcome, at)
    }

    // Objectives.

    /// Creates an objective, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the id is taken by other terms; otherwise by whose rule it breaks.
    pub fn create_slo(&mut self, objective: Objective) -> Result<SloId, Error> {
        self.slos.create(objective)
    }

    /// Records good or bad events.
    pub fn record_event(&mut self, slo: SloId, good: bool, count: u64, at: Timestamp) -> Outcome {
        let outcome = self.slos.record_event(slo, good, count, at);
        self.account(outcome, Some(at))
    }

    /// Records a value for the objective's threshold to judge.
    pub fn record_value(&mut self, slo: SloId, value: f64, at: Timestamp) -> Outcome {
        let outcome = self.slos.record_value(slo, value, at);
        self.account(outcome, Some(at))
    }

    /// How an objective stood at a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_status(&self, slo: SloId, at: Option<Timestamp>) -> Result<Status, Error> {
        let objective = self.slos.objective(slo)?;
        let live = self.slos.content();
        let mut slots = Slots::default();
        for layer in [&live, &self.absorbed.slos, &self.settled.slos] {
            if let Some(more) = layer.0.get(objective) {
                slots.merge(objective.window, more);
            }
        }
        Ok(status(objective, &slots, at))
    }

    // Spans.

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
        let outcome = self.tracer.end(span, at);
        self.account(outcome, Some(at))
    }

    /// Records a whole span.
    ///
    /// # Errors
    /// By what is wrong with it: see [`SpanData::check`].
    pub fn complete_span(&mut self, span: SpanData) -> Result<(), Error> {
        span.check()?;
        self.latest = self.latest.max(span.ended);
        self.tracer.finished.record(span);
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
        let latest = self.latest;
        self.tracer.abandon(reason, latest)
    }

    // What goes from one ledger to another.

    /// Counts a drop that a door decided on, before the record came here.
    pub fn drop_record(&mut self, reason: Outcome) -> Outcome {
        self.account(reason, None)
    }

    /// The delta of all that happened since the last drain; `None` if nothing did.
    pub fn drain(&mut self) -> Option<Vec<u8>> {
        let mut content = self.recent();
        if content.is_empty() {
            return None;
        }
        self.sequence += 1;
        let delta = Delta { writer: self.writer, sequence: self.sequence, content };
        let bytes = delta.to_bytes();
        content = delta.content;
        content.spans = Default::default();
        self.settled.merge(&content);
        self.metrics.settle();
        self.slos.settle();
        self.tracer.finished = Default::default();
        self.drops = Drops::default();
        self.absorbed = Snapshot::default();
        Some(bytes)
    }

    /// Takes in another ledger's delta: in any order, as often as it comes.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::NewerVersion`] or [`Error::Limit`]; then nothing changed, and
    /// the delta may come again.
    pub fn absorb(&mut self, bytes: &[u8]) -> Result<Absorbed, Error> {
        let delta = Delta::from_bytes(bytes)?;
        let is_own = delta.writer == self.writer && delta.sequence <= self.sequence; // it is in `settled`
        if is_own || !self.seen.is_new(delta.writer, delta.sequence)? {
            self.duplicates = self.duplicates.saturating_add(1);
            return Ok(Absorbed::Duplicate);
        }
        check_room(&[&self.settled, &self.absorbed, &delta.content])?;
        self.absorbed.merge(&delta.content);
        self.seen.mark(delta.writer, delta.sequence);
        Ok(Absorbed::Merged)
    }

    /// The canonical content.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.recent();
        snapshot.merge(&self.settled);
        snapshot
    }

    /// What was dropped so far, by reason, in the order of the reasons' names.
    #[must_use]
    pub fn dropped(&self) -> Vec<(&'static str, u64)> {
        let snapshot = self.snapshot();
        let mut dropped: Vec<_> = snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).collect();
        dropped.push(("spans-not-kept", snapshot.spans.dropped()));
        dropped.push(("duplicate-delta", self.duplicates));
        dropped.retain(|(_, count)| *count > 0);
        dropped.sort_unstable();
        dropped
    }

    fn recent(&self) -> Snapshot {
        let mut content = Snapshot {
            metrics: self.metrics.content(),
            slos: self.slos.content(),
            spans: self.tracer.finished.clone(),
            drops: self.drops.clone(),
        };
        content.merge(&self.absorbed);
        content
    }

    fn write_span(&mut self, span: SpanHandle, at: Option<Timestamp>, write: impl FnOnce(&mut SpanData) -> Outcome) -> Outcome {
        let outcome = self.tracer.write(span, write);
        self.account(outcome, at)
    }

    #[inline]
    fn account(&mut self, outcome: Outcome, at: Option<Timestamp>) -> Outcome {
        if outcome.is_recorded() {
            self.latest = self.latest.max(at.unwrap_or_default());
        } else {
            self.drops.count(outcome);
        }
        outcome
    }
}
