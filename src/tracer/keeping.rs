//! What is kept of sampled spans once it is known how they ended (tail sampling).
//!
//! What belongs together is a span without a parent in this ledger and all that ended under it: its *segment*. Where
//! one of its spans failed or was slow, the whole segment is kept; else it is kept if its trace is in a share of all,
//! by the same threshold everywhere. So the choice is a function of the segment, whatever else there is and in
//! whatever order it ends. Spans wait for the first of their segment to end, within a limit; what ends after it, or
//! does not fit, is judged by itself. Deliberately absent: chance, and traces that are spread over ledgers.

#![expect(clippy::vec_box, reason = "spans go from list to list by their address")]

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::sampler::{by_share, check_share};
use super::span::{SpanData, SpanStatus};
use crate::limits::SPANS_HELD_BYTES_MAX;
use crate::{Error, Ratio};

/// What is kept of sampled spans. Those of a segment in which one failed are, in any case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Keeping {
    /// A span that took so many nanoseconds or longer was slow; `None` is never.
    pub slow: Option<u64>,
    /// The share that is kept of what neither failed nor was slow, 0 to 1, by the trace's id.
    pub others: Ratio,
}

/// The spans that wait, by the handle of the first span of their segment.
#[derive(Debug, Default)]
pub(super) struct Held {
    segments: BTreeMap<u32, Segment>,
    bytes: u64,
}

#[derive(Debug, Default)]
struct Segment {
    spans: Vec<Box<SpanData>>,
    stands_out: bool,
}

impl Keeping {
    /// Checks what comes from outside.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share above 1.
    pub fn check(&self) -> Result<(), Error> {
        check_share(self.others)
    }

    fn stands_out(&self, span: &SpanData) -> bool {
        let took = span.ended.nanos() - span.started.nanos();
        matches!(span.status, SpanStatus::Error(_)) || self.slow.is_some_and(|slow| took >= slow)
    }

    /// The span as it is kept; one that is not is not sampled any more.
    pub(super) fn judge(&self, mut span: Box<SpanData>, stands_out: bool) -> Box<SpanData> {
        if stands_out || self.stands_out(&span) || !span.context.is_sampled() {
            return span;
        }
        let state = core::mem::take(&mut span.context.trace_state);
        let (kept, state) = by_share(self.others, span.context.trace_id, state);
        span.context.trace_state = state;
        span.context.trace_flags &= !u8::from(!kept);
        span
    }
}

impl Held {
    /// Takes in a span that ended under another one that is open: gives it back, judged, where it need not wait.
    pub(super) fn hold(&mut self, keeping: &Keeping, above: u32, span: Box<SpanData>) -> Option<Box<SpanData>> {
        let segment = self.segments.entry(above).or_default();
        segment.stands_out |= keeping.stands_out(&span);
        if segment.stands_out || self.bytes + span.cost() > SPANS_HELD_BYTES_MAX {
            return Some(keeping.judge(span, segment.stands_out));
        }
        self.bytes += span.cost();
        segment.spans.push(span);
        None
    }

    /// The first span of a segment ended: gives it and all that waited for it.
    pub(super) fn release(&mut self, keeping: &Keeping, above: u32, first: Box<SpanData>) -> Vec<Box<SpanData>> {
        let Segment { mut spans, stands_out } = self.segments.remove(&above).unwrap_or_default();
        self.bytes -= spans.iter().map(|span| span.cost()).sum::<u64>();
        let stands_out = stands_out || keeping.stands_out(&first);
        spans.push(first);
        spans.into_iter().map(|span| keeping.judge(span, stands_out)).collect()
    }

    /// All that wait, as when the rule changes.
    pub(super) fn release_all(&mut self) -> Vec<Box<SpanData>> {
        self.bytes = 0;
        core::mem::take(&mut self.segments).into_values().flat_map(|segment| segment.spans).collect()
    }
}
