//! The ledger: the only file that joins metrics, objectives and spans.
//!
//! It keeps three layers. *Live* is what was recorded here since the last drain, by number.
//! *Absorbed* is what came in from others since the last drain. *Settled* is what was drained
//! before, without its spans, which moved out. A snapshot is the sum of the three; a delta is the
//! sum of the first two. Deliberately absent: clocks and entropy, which come in as arguments.

mod metrics;
mod room;
mod seen;
mod spans;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use room::{Room, check_keys};
use seen::Seen;

use crate::id::WriterId;
use crate::limits::{FAMILIES_MAX, OBJECTIVES_MAX};
use crate::metrics::Registry;
use crate::slo::{Objective, SloId, SloTracker, Slots, Status, status};
use crate::snapshot::{Delta, Snapshot};
use crate::time::Timestamp;
use crate::tracer::{Spans, Tracer};
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
///     window: None,
/// })?;
/// let search = ledger.resolve(calls, &["search".into()])?;
/// ledger.add(search, 2.0, None);
/// assert_eq!(
///     codomyrmex_telemetry::export::prometheus(&ledger.snapshot(), codomyrmex_telemetry::export::Escaping::Underscores),
///     "# HELP tool_calls_total Tools that answered.\n# TYPE tool_calls_total counter\n\
///      tool_calls_total{tool=\"search\"} 2\n",
/// );
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Debug)]
pub struct Ledger {
    writer: WriterId,
    life: u64,     // of this writer
    sequence: u64, // of the last drain; 0 before the first
    metrics: Registry,
    slos: SloTracker,
    tracer: Tracer,
    drops: Drops,       // since the last drain
    absorbed: Snapshot, // since the last drain
    settled: Snapshot,  // drained before; holds no spans
    seen: Seen,
    room: Room,
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
            life: 0,
            sequence: 0,
            metrics: Registry::default(),
            slos: SloTracker::default(),
            tracer: Tracer::default(),
            drops: Drops::default(),
            absorbed: Snapshot::default(),
            settled: Snapshot::default(),
            seen: Seen::default(),
            room: Room::default(),
            duplicates: 0,
            latest: Timestamp::default(),
        }
    }

    /// The same in a life of its own: a writer that begins again, and counts its deltas from 1 again,
    /// does so in another life, or it would be taken for what came before. Doors draw it at random.
    #[must_use]
    pub const fn in_life(mut self, life: u64) -> Self {
        self.life = life;
        self
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

    // Objectives.

    /// Creates an objective, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the id is taken by other terms; otherwise by whose rule it breaks.
    pub fn create_slo(&mut self, objective: Objective) -> Result<SloId, Error> {
        objective.check()?;
        let others = [&self.absorbed, &self.settled].into_iter().flat_map(|layer| layer.slos.0.keys());
        let own = self.slos.iter().map(|(objective, _)| objective);
        check_keys("objectives", OBJECTIVES_MAX, others.chain(own), core::iter::once(&objective))?;
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
        let (objective, live) = self.slos.get(slo)?;
        let others = [&self.absorbed, &self.settled].into_iter().filter_map(|layer| layer.slos.0.get(objective));
        let layers: Vec<&Slots> = others.chain([live]).collect();
        Ok(status(objective, &layers, at))
    }

    /// How all objectives stood at a time, in the order of their ids; `None` is the time of each one's
    /// newest event.
    #[must_use]
    pub fn slo_statuses(&self, at: Option<Timestamp>) -> Vec<Status> {
        let mut layers: BTreeMap<&Objective, Vec<&Slots>> = BTreeMap::new();
        let others = [&self.absorbed, &self.settled].into_iter().flat_map(|layer| &layer.slos.0);
        for (objective, slots) in others.chain(self.slos.iter()) {
            layers.entry(objective).or_default().push(slots);
        }
        layers.into_iter().map(|(objective, layers)| status(objective, &layers, at)).collect()
    }

    // What goes from one ledger to another.

    /// Counts a drop that a door decided on, before the record came here.
    pub fn drop_record(&mut self, reason: Outcome) -> Outcome {
        self.account(reason, None)
    }

    /// The delta of all that happened since the last drain; `None` if nothing did.
    pub fn drain(&mut self) -> Option<Vec<u8>> {
        let mut content = Snapshot {
            metrics: self.metrics.content(),
            slos: self.slos.content(),
            spans: core::mem::take(&mut self.tracer.finished),
            drops: core::mem::take(&mut self.drops),
        };
        content.merge(&core::mem::take(&mut self.absorbed));
        if content.is_empty() {
            return None;
        }
        self.sequence += 1;
        let mut delta = Delta { writer: self.writer, life: self.life, sequence: self.sequence, content };
        let bytes = delta.to_bytes();
        delta.content.spans = delta.content.spans.handed_over();
        self.settled.merge(&delta.content);
        self.metrics.settle();
        self.slos.settle();
        Some(bytes)
    }

    /// Takes in another ledger's delta: in any order, as often as it comes.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::NewerVersion`] or [`Error::Limit`]; then nothing changed, and
    /// the delta may come again.
    pub fn absorb(&mut self, bytes: &[u8]) -> Result<Absorbed, Error> {
        let delta = Delta::from_bytes(bytes)?;
        let source = (delta.writer, delta.life);
        let is_own = source == (self.writer, self.life) && delta.sequence <= self.sequence; // it is in `settled`
        if is_own || !self.seen.is_new(source, delta.sequence)? {
            self.duplicates = self.duplicates.saturating_add(1);
            return Ok(Absorbed::Duplicate);
        }
        let others = || [&self.settled, &self.absorbed].into_iter();
        let families = others().flat_map(|layer| layer.metrics.0.keys()).chain(self.metrics.schemas());
        check_keys("families", FAMILIES_MAX, families, delta.content.metrics.0.keys())?;
        let objectives = others().flat_map(|layer| layer.slos.0.keys()).chain(self.slos.iter().map(|(objective, _)| objective));
        check_keys("objectives", OBJECTIVES_MAX, objectives, delta.content.slos.0.keys())?;
        self.room.check([&self.settled, &self.absorbed], &delta.content)?;
        self.absorbed.merge(&delta.content);
        self.seen.mark(source, delta.sequence);
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
        let mut drops = self.drops.clone();
        [&self.absorbed, &self.settled].into_iter().for_each(|layer| drops.merge(&layer.drops));
        let mut dropped: Vec<_> = drops.iter().map(|(reason, count)| (reason.name(), count)).collect();
        let spans = [&self.tracer.finished, &self.absorbed.spans, &self.settled.spans].map(Spans::dropped);
        dropped.push(("spans-not-kept", spans.into_iter().fold(0, u64::saturating_add)));
        dropped.push(("duplicate-delta", self.duplicates));
        dropped.retain(|(_, count)| *count > 0);
        dropped.sort_unstable();
        dropped
    }

    /// What happened since the last drain: what the next delta would say.
    #[must_use]
    pub fn recent(&self) -> Snapshot {
        let mut content = Snapshot {
            metrics: self.metrics.content(),
            slos: self.slos.content(),
            spans: self.tracer.finished.clone(),
            drops: self.drops.clone(),
        };
        content.merge(&self.absorbed);
        content
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
