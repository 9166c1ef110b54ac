//! Tracing: spans that are open, by number, and those that are finished.
//!
//! A handle is a place and a generation, so that a handle of an ended span finds nothing. Parents
//! are always said; the stack of entered spans serves `current` and nothing else. Deliberately
//! absent: clocks, randomness, metrics.

mod baggage;
mod batch;
mod entered;
mod keeping;
mod open;
mod origin;
mod probability;
mod propagation;
mod sampler;
mod settings;
mod span;
mod store;
mod trace_state;
mod traceparent;

pub use baggage::{Baggage, BaggageEntry};
pub use batch::{BatchOptions, BatchProcessor, Delivery};
pub use keeping::Keeping;
pub(crate) use open::OpenSpan;
pub use open::{Anchor, SpanLimits};
pub(crate) use origin::OriginsOf;
pub use origin::{Origin, Scope};
pub use propagation::{Extracted, extract, extract_environment, inject, inject_environment, inject_into};
pub use sampler::{RateLimit, Sampler, SamplingRule};
pub(crate) use span::attribute_bytes;
pub use span::{Exception, SpanContext, SpanData, SpanDrops, SpanEvent, SpanKind, SpanLink, SpanStatus};
pub use store::{SpanCounts, SpanKey, Spans, SpansIter};
pub use trace_state::TraceState;
pub use traceparent::TraceParent;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use keeping::Held;
use origin::Origins;
use sampler::{Above, Sampling};
use span::RANDOM;

use crate::id::{SpanId, TraceId};
use crate::limits::{SPAN_NAMES_MAX, SPANS_OPEN_MAX};
use crate::text::Text;
use crate::time::Timestamp;
use crate::{Error, Outcome, label};

const PLACE_BITS: u32 = 12;
const _: () = assert!(SPANS_OPEN_MAX == 1 << PLACE_BITS, "a handle's low bits are a place");

/// So many free places before one is used again, while there are places never used: a handle then comes
/// round after 2^28 spans at the earliest.
const PLACES_MIN: usize = 256;

/// The number of a tracer; zero is that of the scope without a name.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct TracerId(pub u32);

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
    origins: Origins,
    names: Vec<Named>,
    name_ids: BTreeMap<(u32, String, SpanKind), u32>,
    open: Vec<Slot>,
    free: VecDeque<u32>, // oldest first, so that a generation comes round as late as possible
    entered: Vec<SpanHandle>,
    sampling: Sampling,
    limits: SpanLimits,
    keeping: Option<Keeping>,
    held: Held,
    pub(crate) finished: Spans,
}

/// A declared name of spans.
#[derive(Clone, Debug)]
struct Named {
    tracer: u32,
    name: Text,
    kind: SpanKind,
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32, // in [1, 2^20)
    open: Option<Open>,
}

#[derive(Debug)]
enum Open {
    Span(OpenSpan),
    Remote(Remote),
}

/// What came from outside: a context, unless it was missing or wrong, and baggage.
#[derive(Debug)]
struct Remote {
    context: Option<SpanContext>,
    baggage: Option<Arc<Baggage>>,
}

/// A span that ended and is not settled yet.
pub(crate) struct SpanEnded {
    handle: u32,
    above: u32, // the handle of the first span of its segment
    pub(crate) data: Box<SpanData>,
}

/// What a new span takes over from what stands above it.
struct Inherited {
    context: SpanContext, // its span id is still that of what stands above
    parent: Option<SpanId>,
    above: Above,
    first: Option<u32>, // the handle of the first span of its segment
    baggage: Option<Arc<Baggage>>,
}

impl Tracer {
    pub(crate) fn declare(&mut self, tracer: TracerId, name: &str, kind: SpanKind) -> Result<SpanNameId, Error> {
        label::check_length("span name", name)?;
        self.origin(tracer)?;
        let key = (tracer.0, String::from(name), kind);
        if let Some(id) = self.name_ids.get(&key) {
            return Ok(SpanNameId(*id));
        }
        if self.names.len() >= SPAN_NAMES_MAX {
            return Err(Error::Limit(format!(
                "span name '{name}' would be one more than the {SPAN_NAMES_MAX} a ledger keeps; put what varies into attributes"
            )));
        }
        self.names.push(Named { tracer: tracer.0, name: name.into(), kind });
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
        let place = name.0.checked_sub(1).ok_or(Outcome::UnknownId)? as usize;
        let named = self.names.get(place).ok_or(Outcome::UnknownId)?;
        let origin = self.origins.get(named.tracer).ok_or(Outcome::UnknownId)?;
        let inherited = self.inherit(parent, entropy)?;
        let SpanContext { trace_id, trace_flags, trace_state, .. } = inherited.context;
        let (trace_flags, trace_state) = self.sampling.decide(inherited.above, trace_id, at, trace_flags, trace_state);
        let span_id = id.unwrap_or_else(|| SpanId::random(entropy));
        let context = SpanContext { trace_id, span_id, trace_flags, trace_state };
        let (origin, name) = (Arc::clone(origin), named.name.clone());
        let data = Box::new(SpanData::begin_from(origin, context, inherited.parent, name, named.kind, at));
        let open = |handle| Open::Span(OpenSpan::new(data, inherited.first.unwrap_or(handle), inherited.baggage));
        self.open(open).ok_or(Outcome::OverLimit)
    }

    fn inherit(&self, parent: Parent, entropy: &mut impl FnMut() -> u64) -> Result<Inherited, Outcome> {
        let parent = match (parent, self.current()) {
            (Parent::Current, SpanHandle(0)) => Parent::Root,
            (Parent::Current, current) => Parent::Span(current),
            (parent, _) => parent,
        };
        let first_of = |trace_id, trace_flags, baggage| Inherited {
            context: SpanContext { trace_id, span_id: SpanId::FIRST, trace_flags, trace_state: String::new() },
            parent: None,
            above: Above::Nothing,
            first: None,
            baggage,
        };
        let Parent::Span(handle) = parent else {
            return Ok(match parent {
                Parent::Trace(trace_id) => first_of(trace_id, 0, None),
                _ => first_of(TraceId::random(entropy), RANDOM, None),
            });
        };
        Ok(match self.slot(handle).and_then(|slot| slot.open.as_ref()).ok_or(Outcome::UnknownId)? {
            Open::Span(span) => Inherited {
                context: span.data.context.clone(),
                parent: Some(span.data.context.span_id),
                above: Above::Local { sampled: span.data.context.is_sampled() },
                first: self.is_open(span.above).then_some(span.above),
                baggage: span.baggage.clone(),
            },
            Open::Remote(Remote { context: Some(context), baggage }) => Inherited {
                context: context.clone(),
                parent: Some(context.span_id),
                above: Above::Remote { sampled: context.is_sampled() },
                first: None,
                baggage: baggage.clone(),
            },
            Open::Remote(Remote { context: None, baggage }) => first_of(TraceId::random(entropy), RANDOM, baggage.clone()),
        })
    }

    pub(crate) fn remote(&mut self, context: Option<SpanContext>, baggage: Baggage) -> Result<SpanHandle, Error> {
        context.as_ref().map_or(Ok(()), SpanContext::check)?;
        let baggage = (!baggage.is_empty()).then(|| Arc::new(baggage));
        self.open(|_| Open::Remote(Remote { context, baggage }))
            .ok_or_else(|| Error::Limit(format!("{SPANS_OPEN_MAX} spans and contexts are open; end some first")))
    }

    pub(crate) fn context(&self, span: SpanHandle) -> Option<&SpanContext> {
        match self.slot(span)?.open.as_ref()? {
            Open::Span(span) => Some(&span.data.context),
            Open::Remote(remote) => remote.context.as_ref(),
        }
    }

    pub(crate) fn baggage(&self, span: SpanHandle) -> Option<&Baggage> {
        match self.slot(span)?.open.as_ref()? {
            Open::Span(span) => span.baggage.as_deref(),
            Open::Remote(remote) => remote.baggage.as_deref(),
        }
    }

    /// Sets a member of the baggage of a span or of what came from outside.
    pub(crate) fn set_baggage(&mut self, span: SpanHandle, entry: BaggageEntry) -> Outcome {
        if span == SpanHandle(0) {
            return Outcome::Recorded;
        }
        let baggage = match self.slot_mut(span).and_then(|slot| slot.open.as_mut()) {
            Some(Open::Span(span)) => &mut span.baggage,
            Some(Open::Remote(remote)) => &mut remote.baggage,
            None => return Outcome::UnknownId,
        };
        let mut changed = baggage.as_deref().cloned().unwrap_or_default();
        let outcome = changed.set(entry);
        if outcome.is_recorded() {
            *baggage = Some(Arc::new(changed));
        }
        outcome
    }

    /// When an open span began.
    pub(crate) fn started(&self, span: SpanHandle) -> Option<Timestamp> {
        Some(self.span(span)?.data.started)
    }

    /// Where the clock of an open span's trace stands.
    pub(crate) fn anchor(&self, span: SpanHandle) -> Option<Anchor> {
        match self.slot(span)?.open.as_ref()? {
            Open::Span(span) => span.anchor,
            Open::Remote(_) => None,
        }
    }

    pub(crate) fn set_anchor(&mut self, span: SpanHandle, anchor: Anchor) {
        if let Some(span) = self.span_mut(span) {
            span.anchor = Some(anchor);
        }
    }

    /// Writes to an open span. Nothing is written to a span that is not recorded, and that is
    /// `Recorded`: its start was already counted.
    #[inline]
    pub(crate) fn write(&mut self, span: SpanHandle, write: impl FnOnce(&mut OpenSpan, &SpanLimits) -> Outcome) -> Outcome {
        if span == SpanHandle(0) {
            return Outcome::Recorded;
        }
        let limits = self.limits;
        match self.slot_mut(span).and_then(|slot| slot.open.as_mut()) {
            Some(Open::Span(span)) => write(span, &limits),
            Some(Open::Remote(_)) => Outcome::WrongKind,
            None => Outcome::UnknownId,
        }
    }

    /// Ends a span, and gives it where it was one, for [`settle`](Self::settle).
    pub(crate) fn end(&mut self, span: SpanHandle, at: Timestamp) -> (Outcome, Option<SpanEnded>) {
        if span == SpanHandle(0) {
            return (Outcome::Recorded, None);
        }
        let Some(open) = self.slot_mut(span).and_then(|slot| slot.open.take()) else { return (Outcome::UnknownId, None) };
        self.free.push_back(span.0 % SPANS_OPEN_MAX as u32);
        let Open::Span(open) = open else { return (Outcome::Recorded, None) };
        let above = open.above;
        (Outcome::Recorded, Some(SpanEnded { handle: span.0, above, data: open.end(at) }))
    }

    /// Keeps a span that ended, or has it wait for its segment, or lets it go.
    pub(crate) fn settle(&mut self, ended: SpanEnded) {
        let SpanEnded { handle, above, data } = ended;
        let Some(keeping) = self.keeping else { return self.finished.record(data) };
        if above == handle {
            self.held.release(&keeping, above, data).into_iter().for_each(|span| self.finished.record(span));
        } else if !self.is_open(above) {
            self.finished.record(keeping.judge(data, false));
        } else if let Some(judged) = self.held.hold(&keeping, above, data) {
            self.finished.record(judged);
        }
    }

    /// Keeps a span that was measured elsewhere, or lets it go.
    pub(crate) fn settle_whole(&mut self, span: Box<SpanData>) {
        self.finished.record(if let Some(keeping) = &self.keeping { keeping.judge(span, false) } else { span });
    }

    /// Ends all open spans with status error, those that began last first, and gives them.
    pub(crate) fn abandon(&mut self, reason: &str, at: Timestamp) -> Vec<SpanEnded> {
        let mut handles: Vec<SpanHandle> = self.handles().collect();
        handles.sort_by_key(|handle| core::cmp::Reverse(self.span(*handle).map(|span| (span.above != handle.0, handle.0))));
        let end = |handle| {
            if let Some(span) = self.span_mut(handle) {
                span.fail(reason);
            }
            self.end(handle, at).1
        };
        handles.into_iter().filter_map(end).collect()
    }

    fn open(&mut self, open: impl FnOnce(u32) -> Open) -> Option<SpanHandle> {
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
        let handle = slot.generation << PLACE_BITS | place;
        slot.open = Some(open(handle));
        Some(SpanHandle(handle))
    }

    fn span(&self, span: SpanHandle) -> Option<&OpenSpan> {
        match self.slot(span)?.open.as_ref()? {
            Open::Span(span) => Some(span),
            Open::Remote(_) => None,
        }
    }

    fn span_mut(&mut self, span: SpanHandle) -> Option<&mut OpenSpan> {
        match self.slot_mut(span)?.open.as_mut()? {
            Open::Span(span) => Some(span),
            Open::Remote(_) => None,
        }
    }

    fn is_open(&self, handle: u32) -> bool {
        self.slot(SpanHandle(handle)).is_some_and(|slot| slot.open.is_some())
    }

    fn slot(&self, span: SpanHandle) -> Option<&Slot> {
        let slot = self.open.get(span.0 as usize % SPANS_OPEN_MAX)?;
        (slot.generation == span.0 >> PLACE_BITS).then_some(slot)
    }

    #[inline]
    fn slot_mut(&mut self, span: SpanHandle) -> Option<&mut Slot> {
        let slot = self.open.get_mut(span.0 as usize % SPANS_OPEN_MAX)?;
        (slot.generation == span.0 >> PLACE_BITS).then_some(slot)
    }

    fn handles(&self) -> impl Iterator<Item = SpanHandle> + '_ {
        let open = self.open.iter().enumerate().filter(|(_, slot)| slot.open.is_some());
        open.map(|(place, slot)| SpanHandle(slot.generation << PLACE_BITS | place as u32))
    }
}
