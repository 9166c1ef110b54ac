//! Tracing: spans that are open, by number, and those that are finished.
//!
//! A handle is a place and a generation, so that a handle of an ended span finds nothing. Parents
//! are always said; the stack of entered spans serves `current` and nothing else. Deliberately
//! absent: sampling, clocks, randomness, metrics.

mod span;
mod store;

pub(crate) use span::attribute_bytes;
pub use span::{SpanContext, SpanData, SpanDrops, SpanEvent, SpanKind, SpanLink, SpanStatus};
pub use store::{SpanKey, Spans};

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{SpanId, TraceId};
use crate::limits::{SPAN_NAMES_MAX, SPANS_OPEN_MAX};
use crate::time::Timestamp;
use crate::{Error, Outcome, label};

const PLACE_BITS: u32 = 12;
const _: () = assert!(SPANS_OPEN_MAX == 1 << PLACE_BITS, "a handle's low bits are a place");

/// So many free places before one is used again, while there are places never used: a handle then comes
/// round after 2^28 spans at the earliest.
const PLACES_MIN: usize = 256;

const SAMPLED: u8 = 1; // W3C Trace Context, section 3.2.2.5
const RANDOM: u8 = 2; // W3C Trace Context Level 2, section 3.2.2.5.2: the id was drawn at random

/// The number of a declared span name; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanNameId(pub u32);

/// The handle of an open span or a remote context. Zero is a span that is not recorded.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanHandle(pub u32); // generation (20 bits, never 0), place (12 bits)

/// What a new span hangs under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parent {
    /// Nothing: the first span of a new trace with a random id.
    Root,
    /// Nothing: the first span of this trace.
    Trace(TraceId),
    /// This span, or remote context. Under zero nothing is recorded, and the drop is counted.
    Span(SpanHandle),
    /// The span that was entered last and not left; where there is none, nothing, as `Root`.
    Current,
}

/// Open spans by number, and those finished since the last drain.
#[derive(Debug, Default)]
pub(crate) struct Tracer {
    names: Vec<(String, SpanKind)>,
    name_ids: BTreeMap<(String, SpanKind), u32>,
    open: Vec<Slot>,
    free: VecDeque<u32>, // oldest first, so that a generation comes round as late as possible
    entered: Vec<SpanHandle>,
    pub(crate) finished: Spans,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32, // in [1, 2^20)
    open: Option<Open>,
}

#[derive(Debug)]
enum Open {
    Span(SpanData),
    Remote(SpanContext),
}

impl Tracer {
    pub(crate) fn declare(&mut self, name: &str, kind: SpanKind) -> Result<SpanNameId, Error> {
        label::check_length("span name", name)?;
        let key = (String::from(name), kind);
        if let Some(id) = self.name_ids.get(&key) {
            return Ok(SpanNameId(*id));
        }
        if self.names.len() >= SPAN_NAMES_MAX {
            return Err(Error::Limit(format!(
                "span name '{name}' would be one more than the {SPAN_NAMES_MAX} a ledger keeps; put what varies into attributes"
            )));
        }
        self.names.push(key.clone());
        let id = self.names.len() as u32;
        self.name_ids.insert(key, id);
        Ok(SpanNameId(id))
    }

    pub(crate) fn start(
        &mut self,
        name: SpanNameId,
        parent: Parent,
        id: Option<SpanId>,
        at: Timestamp,
        entropy: &mut impl FnMut() -> u64,
    ) -> Result<SpanHandle, Outcome> {
        let place = name.0.checked_sub(1).ok_or(Outcome::UnknownId)?;
        let (name, kind) = self.names.get(place as usize).cloned().ok_or(Outcome::UnknownId)?;
        let parent = match (parent, self.current()) {
            (Parent::Current, SpanHandle(0)) => Parent::Root,
            (Parent::Current, current) => Parent::Span(current),
            (parent, _) => parent,
        };
        let root = |trace_id, trace_flags| SpanContext { trace_id, span_id: SpanId::FIRST, trace_flags, trace_state: String::new() };
        let (trace, above) = match parent {
            Parent::Root | Parent::Current => (root(TraceId::random(entropy), SAMPLED | RANDOM), None),
            Parent::Trace(trace_id) => (root(trace_id, SAMPLED), None),
            Parent::Span(parent) => {
                let parent = self.context(parent).ok_or(Outcome::UnknownId)?;
                (parent.clone(), Some(parent.span_id))
            }
        };
        let context = SpanContext { span_id: id.unwrap_or_else(|| SpanId::random(entropy)), ..trace };
        self.open(Open::Span(SpanData::begin(context, above, name, kind, at))).ok_or(Outcome::OverLimit)
    }

    pub(crate) fn remote(&mut self, context: SpanContext) -> Result<SpanHandle, Error> {
        context.check()?;
        self.open(Open::Remote(context))
            .ok_or_else(|| Error::Limit(format!("{SPANS_OPEN_MAX} spans and contexts are open; end some first")))
    }

    pub(crate) fn context(&self, span: SpanHandle) -> Option<&SpanContext> {
        match self.slot(span)?.open.as_ref()? {
            Open::Span(span) => Some(&span.context),
            Open::Remote(context) => Some(context),
        }
    }

    /// Writes to an open span. Nothing is written to a span that is not recorded, and that is
    /// `Recorded`: its start was already counted.
    pub(crate) fn write(&mut self, span: SpanHandle, write: impl FnOnce(&mut SpanData) -> Outcome) -> Outcome {
        if span == SpanHandle(0) {
            return Outcome::Recorded;
        }
        match self.slot_mut(span).and_then(|slot| slot.open.as_mut()) {
            Some(Open::Span(span)) => write(span),
            Some(Open::Remote(_)) => Outcome::WrongKind,
            None => Outcome::UnknownId,
        }
    }

    /// Ends a span, and gives it where it was one.
    pub(crate) fn end(&mut self, span: SpanHandle, at: Timestamp) -> (Outcome, Option<SpanData>) {
        if span == SpanHandle(0) {
            return (Outcome::Recorded, None);
        }
        let Some(open) = self.slot_mut(span).and_then(|slot| slot.open.take()) else { return (Outcome::UnknownId, None) };
        self.free.push_back(span.0 % SPANS_OPEN_MAX as u32);
        let Open::Span(mut data) = open else { return (Outcome::Recorded, None) };
        data.ended = at.max(data.started);
        (Outcome::Recorded, Some(data))
    }

    /// Ends all open spans with status error, and gives them.
    pub(crate) fn abandon(&mut self, reason: &str, at: Timestamp) -> Vec<SpanData> {
        let handles: Vec<SpanHandle> = self.handles().collect();
        let end = |handle| {
            self.write(handle, |span| {
                span.status = SpanStatus::Unset; // the end by force outranks whatever was said before
                span.set_status(SpanStatus::Error(String::from(reason)))
            });
            self.end(handle, at).1
        };
        handles.into_iter().filter_map(end).collect()
    }

    pub(crate) fn enter(&mut self, span: SpanHandle) -> Outcome {
        if self.context(span).is_none() && span != SpanHandle(0) {
            return Outcome::UnknownId;
        }
        if self.entered.len() >= SPANS_OPEN_MAX {
            // Some may have ended and never been left.
            let entered = core::mem::take(&mut self.entered);
            self.entered = entered.into_iter().filter(|span| *span == SpanHandle(0) || self.context(*span).is_some()).collect();
        }
        if self.entered.len() >= SPANS_OPEN_MAX {
            return Outcome::OverLimit;
        }
        self.entered.push(span);
        Outcome::Recorded
    }

    pub(crate) fn exit(&mut self, span: SpanHandle) -> Outcome {
        match self.entered.iter().rposition(|entered| *entered == span) {
            Some(place) => {
                self.entered.remove(place);
                Outcome::Recorded
            }
            None => Outcome::UnknownId,
        }
    }

    pub(crate) fn current(&self) -> SpanHandle {
        // Spans may end before they are left.
        self.entered.iter().rev().find(|span| **span == SpanHandle(0) || self.context(**span).is_some()).copied().unwrap_or_default()
    }

    fn open(&mut self, open: Open) -> Option<SpanHandle> {
        let reused = if self.free.len() >= PLACES_MIN || self.open.len() >= SPANS_OPEN_MAX { self.free.pop_front() } else { None };
        let place = match reused {
            Some(place) => place,
            None if self.open.len() < SPANS_OPEN_MAX => {
                self.open.push(Slot::default());
                self.open.len() as u32 - 1
            }
            None => return None,
        };
        let slot = self.open.get_mut(place as usize)?;
        slot.generation = (slot.generation + 1) % (1 << (32 - PLACE_BITS));
        slot.generation = slot.generation.max(1);
        slot.open = Some(open);
        Some(SpanHandle(slot.generation << PLACE_BITS | place))
    }

    fn slot(&self, span: SpanHandle) -> Option<&Slot> {
        let slot = self.open.get(span.0 as usize % SPANS_OPEN_MAX)?;
        (slot.generation == span.0 >> PLACE_BITS).then_some(slot)
    }

    fn slot_mut(&mut self, span: SpanHandle) -> Option<&mut Slot> {
        let slot = self.open.get_mut(span.0 as usize % SPANS_OPEN_MAX)?;
        (slot.generation == span.0 >> PLACE_BITS).then_some(slot)
    }

    fn handles(&self) -> impl Iterator<Item = SpanHandle> + '_ {
        let open = self.open.iter().enumerate().filter(|(_, slot)| slot.open.is_some());
        open.map(|(place, slot)| SpanHandle(slot.generation << PLACE_BITS | place as u32))
    }
}
