//! The store of finished spans, under a limit that does not depend on order.
//!
//! Spans stand in the order of their trace's rank (a hash of its id). The store keeps the longest
//! run from the lowest rank on that fits [`SPANS_BYTES_MAX`] and remembers the first place that did
//! not fit, the *cut*: nothing from there on is kept, also after a merge. Every part of a set of
//! spans has its cut at or after the cut of the whole, so the merged store is the same however the
//! spans were split. Deliberately absent: spans that are open.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::{self, Entry};
use alloc::vec::Vec;

use super::span::SpanData;
use crate::id::{SpanId, TraceId};
use crate::limits::{SPAN_BASE_BYTES, SPAN_BYTES_MAX, SPANS_BYTES_MAX};

/// A span's place in the store: the trace's rank, the trace, the span.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanKey(u64, TraceId, SpanId);

/// Finished spans.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Spans {
    kept: BTreeMap<SpanKey, Kept>,
    cut: Option<SpanKey>, // nothing from here on is kept
    cost: u64,            // of what is kept
    recorded: u64,        // how many ever came in
    exported: u64,        // how many of them were handed over
    unsampled: u64,       // how many ended that were not sampled, and did not come in
}

/// What became of the spans that ended: recorded = exported + pending + dropped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SpanCounts {
    /// How many came in.
    pub recorded: u64,
    /// How many of them were handed over.
    pub exported: u64,
    /// How many are kept here.
    pub pending: u64,
    /// How many are lost.
    pub dropped: u64,
    /// How many others were not sampled, and did not come in.
    pub unsampled: u64,
}

/// A span that is kept. In a box, as the map moves what it holds about.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Kept {
    span: Box<SpanData>,
    cost: u64,
}

/// The spans of a store, in its order.
#[derive(Clone, Debug)]
pub struct SpansIter<'s>(btree_map::Values<'s, SpanKey, Kept>);

impl<'s> Iterator for SpansIter<'s> {
    type Item = &'s SpanData;

    fn next(&mut self) -> Option<&'s SpanData> {
        self.0.next().map(|kept| &*kept.span)
    }
}

impl SpanKey {
    /// The place of a span.
    #[must_use]
    pub fn new(trace: TraceId, span: SpanId) -> Self {
        Self(trace.rank(), trace, span)
    }

    /// Which span it is.
    #[must_use]
    pub const fn ids(self) -> (TraceId, SpanId) {
        (self.1, self.2)
    }
}

impl<'s> IntoIterator for &'s Spans {
    type Item = &'s SpanData;
    type IntoIter = SpansIter<'s>;

    fn into_iter(self) -> SpansIter<'s> {
        SpansIter(self.kept.values())
    }
}

impl Spans {
    /// A store as it was read from bytes; `None` where it could not have come about.
    pub(crate) fn from_parts(counts: [u64; 3], cut: Option<SpanKey>, spans: impl IntoIterator<Item = SpanData>) -> Option<Self> {
        let [recorded, exported, unsampled] = counts;
        let mut store = Self { cut, recorded, exported, unsampled, ..Self::default() };
        let mut count = 0;
        for span in spans {
            store.keep(Box::new(span));
            count += 1;
        }
        let as_given = store.len() == count && store.cut == cut && (count as u64).checked_add(exported)? <= recorded;
        // A cut comes about where the store is full, and it is full from then on. One in an empty store
        // would only be there to have others' spans dropped.
        let has_reason = cut.is_none() || store.cost > SPANS_BYTES_MAX - SPAN_BYTES_MAX as u64 - SPAN_BASE_BYTES;
        (as_given && has_reason).then_some(store)
    }

    /// Takes in a finished span. Of two with the same ids the larger one stays, of equally large ones
    /// the greater by its fields; the other counts as dropped. By size first, since the cut may only
    /// depend on what a part of the spans never exceeds the whole in.
    /// One that is not sampled is only counted.
    pub fn record(&mut self, span: impl Into<Box<SpanData>>) {
        let span = span.into();
        if !span.context.is_sampled() {
            self.unsampled = self.unsampled.saturating_add(1);
            return;
        }
        self.recorded = self.recorded.saturating_add(1);
        self.keep(span);
    }

    /// Adds all of another's.
    pub fn merge(&mut self, other: &Self) {
        self.recorded = self.recorded.saturating_add(other.recorded);
        self.exported = self.exported.saturating_add(other.exported);
        self.unsampled = self.unsampled.saturating_add(other.unsampled);
        if let Some(cut) = other.cut {
            self.cut_at(cut);
        }
        for kept in other.kept.values() {
            self.keep_at(kept.clone());
        }
    }

    /// What stays behind when all that is kept is handed over: the counts.
    pub(crate) fn handed_over(&self) -> Self {
        let exported = self.exported.saturating_add(self.kept.len() as u64);
        Self { recorded: self.recorded, exported, unsampled: self.unsampled, ..Self::default() }
    }

    /// The spans that are kept, in the order of the store.
    pub fn iter(&self) -> SpansIter<'_> {
        self.into_iter()
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing ever came in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.recorded == 0 && self.unsampled == 0 && self.cut.is_none()
    }

    /// How many ever came in: sampled spans that ended.
    #[must_use]
    pub const fn recorded(&self) -> u64 {
        self.recorded
    }

    /// How many were handed over, in a delta or by [`take`](Self::take).
    #[must_use]
    pub const fn exported(&self) -> u64 {
        self.exported
    }

    /// How many ended that were not sampled, so that they did not come in.
    #[must_use]
    pub const fn unsampled(&self) -> u64 {
        self.unsampled
    }

    /// Hands over at most so many spans, those of the lowest rank first.
    pub(crate) fn take(&mut self, most: usize) -> Vec<SpanData> {
        let mut taken = Vec::with_capacity(most.min(self.kept.len()));
        while taken.len() < most
            && let Some((_, Kept { span, cost })) = self.kept.pop_first()
        {
            self.cost -= cost;
            taken.push(*span);
        }
        self.exported = self.exported.saturating_add(taken.len() as u64);
        if !taken.is_empty() {
            self.cut = None; // there is room again, and the cut says that there is not
        }
        taken
    }

    /// Takes note that so many of those that were handed over did not arrive: they are dropped. Gives how many of
    /// them were not handed over here.
    pub(crate) fn lose(&mut self, count: u64) -> u64 {
        let here = count.min(self.exported);
        self.exported -= here;
        count - here
    }

    /// How many came in, were not handed over and are not kept.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.recorded.saturating_sub(self.exported).saturating_sub(self.kept.len() as u64)
    }

    /// What became of its spans, on top of what became of others.
    pub(crate) fn add_to(&self, counts: SpanCounts) -> SpanCounts {
        SpanCounts {
            recorded: counts.recorded.saturating_add(self.recorded),
            exported: counts.exported.saturating_add(self.exported),
            pending: counts.pending.saturating_add(self.kept.len() as u64),
            dropped: counts.dropped.saturating_add(self.dropped()),
            unsampled: counts.unsampled.saturating_add(self.unsampled),
        }
    }

    /// The first place that is not kept.
    #[must_use]
    pub const fn cut(&self) -> Option<SpanKey> {
        self.cut
    }

    fn keep(&mut self, span: Box<SpanData>) {
        self.keep_at(Kept { cost: span.cost(), span });
    }

    fn keep_at(&mut self, kept: Kept) {
        let key = SpanKey::new(kept.span.context.trace_id, kept.span.context.span_id);
        if self.cut.is_some_and(|cut| key >= cut) {
            return;
        }
        let cost = kept.cost;
        match self.kept.entry(key) {
            Entry::Vacant(place) => {
                self.cost += cost;
                place.insert(kept);
            }
            Entry::Occupied(mut there) if (there.get().cost, &there.get().span) < (cost, &kept.span) => {
                self.cost = self.cost - there.get().cost + cost;
                there.insert(kept);
            }
            Entry::Occupied(_) => {}
        }
        while self.cost > SPANS_BYTES_MAX {
            let Some((last, kept)) = self.kept.pop_last() else { return };
            self.cost -= kept.cost;
            self.cut = Some(last);
        }
    }

    fn cut_at(&mut self, cut: SpanKey) {
        if self.cut.is_some_and(|earlier| earlier <= cut) {
            return;
        }
        self.cut = Some(cut);
        for kept in self.kept.split_off(&cut).values() {
            self.cost -= kept.cost;
        }
    }
}
