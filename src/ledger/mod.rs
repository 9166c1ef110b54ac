//! The ledger: the only file that joins metrics, objectives and spans.
//!
//! It keeps three layers. *Live* is what was recorded here since the last drain, by number.
//! *Absorbed* is what came in from others since the last drain. *Settled* is what was drained
//! before, without its spans, which moved out. A snapshot is the sum of the three; a delta is the
//! sum of the first two. Deliberately absent: clocks and entropy, which come in as arguments.

mod feeds;
mod measured;
mod metrics;
mod room;
mod seen;
mod slos;
mod spans;

use alloc::vec::Vec;

use feeds::Feeds;
use measured::Measured;
use room::{Room, check_keys};
use seen::Seen;

use crate::id::WriterId;
use crate::limits::{FAMILIES_MAX, OBJECTIVES_MAX};
use crate::metrics::Registry;
use crate::slo::{Objective, SLOT_NS, SloTracker, Tracked};
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
    feeds: Feeds,
    tracer: Tracer,
    measured: Option<Measured>,
    drops: Drops,       // since the last drain
    absorbed: Snapshot, // since the last drain
    settled: Snapshot,  // drained before; holds no spans
    seen: Seen,
    room: Room,
    duplicates: u64,
    latest: Timestamp,          // the latest time that any record carried, of those that are not ahead
    horizon: Option<Timestamp>, // what is later is ahead: objectives do not hear of it
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
            feeds: Feeds::default(),
            tracer: Tracer::default(),
            measured: None,
            drops: Drops::default(),
            absorbed: Snapshot::default(),
            settled: Snapshot::default(),
            seen: Seen::default(),
            room: Room::default(),
            duplicates: 0,
            latest: Timestamp::default(),
            horizon: None,
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

    // What goes from one ledger to another.

    /// Counts a drop that a door decided on, before the record came here.
    pub fn drop_record(&mut self, reason: Outcome) -> Outcome {
        self.account(reason, None)
    }

    /// Says until when something may have happened, from now on; `None` is ever. A record of later is kept, but
    /// objectives over metrics and spans do not hear of it, which is a counted drop for each, and it is no time
    /// at which [`Ledger::abandon`] ends spans. For a door, which knows the clock; events that are recorded by
    /// an objective's number it turns away itself.
    pub const fn set_horizon(&mut self, horizon: Option<Timestamp>) {
        self.horizon = horizon;
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
        self.absorb_until(bytes, None)
    }

    /// The same, but of a delta whose objectives hold events from later than a time.
    ///
    /// # Errors
    /// As there, and [`Error::InvalidArgument`] for such a delta.
    pub fn absorb_until(&mut self, bytes: &[u8], until: Option<Timestamp>) -> Result<Absorbed, Error> {
        let delta = Delta::from_bytes(bytes)?;
        check_time(&delta, until)?;
        let source = (delta.writer, delta.life);
        let is_own = source == (self.writer, self.life) && delta.sequence <= self.sequence; // it is in `settled`
        if is_own || !self.seen.is_new(source, delta.sequence)? {
            self.duplicates = self.duplicates.saturating_add(1);
            return Ok(Absorbed::Duplicate);
        }
        let others = || [&self.settled, &self.absorbed].into_iter();
        let families = others().flat_map(|layer| layer.metrics.0.keys()).chain(self.metrics.schemas());
        check_keys("families", FAMILIES_MAX, families, delta.content.metrics.0.keys())?;
        self.check_objectives(&delta.content)?;
        self.room.check([&self.settled, &self.absorbed], self.slos.iter().map(|(objective, _)| objective), &delta.content)?;
        self.absorbed.merge(&delta.content);
        self.seen.mark(source, delta.sequence);
        Ok(Absorbed::Merged)
    }

    /// Whether there is room for the objectives of a delta; one that brings none is always taken.
    fn check_objectives(&self, content: &Snapshot) -> Result<(), Error> {
        let own = self.slos.len() + self.layers().map(|layer| layer.slos.0.len()).sum::<usize>();
        if own + content.slos.0.len() <= OBJECTIVES_MAX {
            return Ok(()); // without comparing any, which a guest could have done over and over
        }
        let there = self.layers().flat_map(|layer| layer.slos.0.keys()).map(|objective| &**objective);
        let there = there.chain(self.slos.iter().map(|(objective, _)| objective));
        check_keys("objectives", OBJECTIVES_MAX, there, content.slos.0.keys().map(|objective| &**objective))
    }

    /// What came in from others, and what was drained before.
    fn layers(&self) -> impl Iterator<Item = &Snapshot> + Clone {
        [&self.absorbed, &self.settled].into_iter()
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
            self.note(at.unwrap_or_default());
        } else {
            self.drops.count(outcome);
        }
        outcome
    }

    /// Takes note of a time that a record carried.
    #[inline]
    fn note(&mut self, at: Timestamp) {
        if at > self.latest && !self.is_ahead(at) {
            self.latest = at;
        }
    }

    /// Whether a time is past the horizon.
    #[inline]
    fn is_ahead(&self, at: Timestamp) -> bool {
        self.horizon.is_some_and(|horizon| at > horizon)
    }
}

/// One event of next year would move an objective's window there, and all else out of it.
fn check_time(delta: &Delta, until: Option<Timestamp>) -> Result<(), Error> {
    let Some(until) = until else { return Ok(()) };
    let minute = until.nanos() / SLOT_NS;
    let newest = |(objective, tracked): (_, &Tracked)| Some((tracked.slots.newest().max(tracked.exempt.newest())?, objective));
    let ahead = delta.content.slos.iter().filter_map(newest).find(|(newest, _)| *newest > minute);
    ahead.map_or(Ok(()), |(newest, objective): (u64, &Objective)| {
        Err(Error::InvalidArgument(alloc::format!(
            "a delta of writer {} holds events of objective '{}' {} minutes ahead of what the clock allows; see to the writer's clock, or send it later",
            delta.writer,
            objective.id,
            newest - minute
        )))
    })
}
