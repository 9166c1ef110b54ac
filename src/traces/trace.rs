//! Spans as trees: each trace with its spans in the order in which a person reads them.
//!
//! A snapshot may come from anybody, so parents may be missing, be the span itself or go round in a circle.
//! Nothing here calls itself, and each span is looked at a fixed number of times. Deliberately absent: guesses;
//! a span whose parent is not kept hangs under nothing, and says so.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::id::{SpanId, TraceId};
use crate::time::Timestamp;
use crate::tracer::{SpanData, SpanStatus, Spans};

/// A trace: all kept spans with one trace id.
#[derive(Clone, Debug)]
pub struct Trace<'s> {
    /// Its id.
    pub id: TraceId,
    /// Its spans, at least one: each before what hangs under it, and what hangs under one span by start, then
    /// by id.
    pub spans: Vec<TraceSpan<'s>>,
    /// When its earliest span began.
    pub started: Timestamp,
    /// When its latest span ended.
    pub ended: Timestamp,
    /// Spans that ended with an error.
    pub errors: u64,
}

/// A span in its trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceSpan<'s> {
    /// The span.
    pub span: &'s SpanData,
    /// What it hangs under.
    pub above: Above,
    /// How many spans it hangs under.
    pub depth: u32,
}

/// What a span hangs under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Above {
    /// Nothing: it is the first span of its trace, or of its part of it.
    Nothing,
    /// A span that is not kept: another program's, or one that was dropped or has not come yet.
    Unkept(SpanId),
    /// The span at this place in [`Trace::spans`], which is before its own.
    Span(usize),
    /// The span at this place, which hangs under it: parents that go round in a circle. The circle is cut at
    /// its earliest span, of equally early ones that with the least id.
    Circle(usize),
}

/// All traces of a store, by when they started, then by id.
///
/// # Bounds
/// O(n log n) in the number of spans, and about 200 bytes for each while it works: some 50 MB for as many
/// as a ledger keeps.
#[must_use]
pub fn assemble(spans: &Spans) -> Vec<Trace<'_>> {
    let mut by_trace: BTreeMap<TraceId, Vec<&SpanData>> = BTreeMap::new();
    for span in spans.iter() {
        by_trace.entry(span.context.trace_id).or_default().push(span);
    }
    let mut traces: Vec<Trace<'_>> = by_trace.into_iter().map(|(id, spans)| Trace::new(id, spans)).collect();
    traces.sort_by_key(|trace| trace.started); // stable, so equally early ones stay in the order of their ids
    traces
}

impl<'s> Trace<'s> {
    fn new(id: TraceId, mut spans: Vec<&'s SpanData>) -> Self {
        spans.sort_by_key(|span| (span.started, span.context.span_id));
        let started = spans.first().map(|span| span.started).unwrap_or_default();
        let ended = spans.iter().map(|span| span.ended).max().unwrap_or_default();
        let errors = spans.iter().filter(|span| is_error(span)).count() as u64;
        Self { id, spans: in_tree_order(&spans), started, ended, errors }
    }

    /// The span that stands for the trace: the first that hangs under nothing, or else the first.
    #[must_use]
    pub fn root(&self) -> Option<&'s SpanData> {
        let first = self.spans.iter().find(|span| span.above == Above::Nothing);
        first.or_else(|| self.spans.first()).map(|root| root.span)
    }

    /// From its start to its end, in nanoseconds.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.ended.nanos().saturating_sub(self.started.nanos())
    }
}

impl TraceSpan<'_> {
    /// From its start to its end, in nanoseconds.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.span.ended.nanos().saturating_sub(self.span.started.nanos())
    }

    /// Whether it ended with an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        is_error(self.span)
    }
}

fn is_error(span: &SpanData) -> bool {
    matches!(span.status, SpanStatus::Error(_))
}

/// Sorted spans, each before what hangs under it.
fn in_tree_order<'s>(sorted: &[&'s SpanData]) -> Vec<TraceSpan<'s>> {
    let parents = parents(sorted);
    let cuts = cuts(&parents);
    // For each span, and at the end for all roots together: the first below it. For each span: the next beside it.
    let mut first: Vec<Option<usize>> = vec![None; sorted.len() + 1];
    let mut next: Vec<Option<usize>> = vec![None; sorted.len()];
    for place in (0..sorted.len()).rev() {
        let above = parents[place].filter(|_| !cuts[place]).unwrap_or(sorted.len());
        next[place] = first[above];
        first[above] = Some(place);
    }
    let mut order = Vec::with_capacity(sorted.len()); // places in `sorted`, and depths
    let mut ahead = vec![(first[sorted.len()], 0u32)];
    while let Some((place, depth)) = ahead.pop() {
        let Some(place) = place else { continue };
        order.push((place, depth));
        ahead.push((next[place], depth));
        ahead.push((first[place], depth.saturating_add(1)));
    }
    let mut places = vec![0; sorted.len()]; // where each of `sorted` came to stand
    for (place, (from, _)) in order.iter().enumerate() {
        places[*from] = place;
    }
    let hung = |(from, depth): (usize, u32)| {
        let span = sorted[from];
        let above = match (parents[from], span.parent) {
            (Some(parent), _) if cuts[from] => Above::Circle(places[parent]),
            (Some(parent), _) => Above::Span(places[parent]),
            (None, Some(parent)) => Above::Unkept(parent),
            (None, None) => Above::Nothing,
        };
        TraceSpan { span, above, depth }
    };
    order.into_iter().map(hung).collect()
}

/// Where each span's parent stands; `None` where there is none or it is not kept.
fn parents(sorted: &[&SpanData]) -> Vec<Option<usize>> {
    let mut by_id: Vec<(SpanId, usize)> = sorted.iter().enumerate().map(|(place, span)| (span.context.span_id, place)).collect();
    by_id.sort_unstable();
    let find = |id: SpanId| by_id.binary_search_by_key(&id, |(id, _)| *id).ok().map(|found| by_id[found].1);
    sorted.iter().map(|span| span.parent.and_then(find)).collect()
}

/// Which spans a circle of parents is cut at: the first of each circle.
fn cuts(parents: &[Option<usize>]) -> Vec<bool> {
    let mut cuts = vec![false; parents.len()];
    let mut walks = vec![0; parents.len()]; // which walk first came by: from 1; 0 none yet
    for walk in 1..=parents.len() {
        let mut at = Some(walk - 1);
        while let Some(place) = at.filter(|place| walks[*place] == 0) {
            walks[place] = walk;
            at = parents[place];
        }
        // Where a walk meets itself there is a circle that no walk before came by.
        let Some(met) = at.filter(|place| walks[*place] == walk) else { continue };
        let (mut earliest, mut round) = (met, parents[met]);
        while let Some(place) = round.filter(|place| *place != met) {
            earliest = earliest.min(place);
            round = parents[place];
        }
        cuts[earliest] = true;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::tracer::{SpanContext, SpanKind};

    /// A span of trace 1: its id, its parent or 0, when it began.
    fn span((id, parent, started): (u64, u64, u64)) -> SpanData {
        let (trace_id, span_id) = (TraceId::new(1).unwrap(), SpanId::new(id).unwrap());
        let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
        let at = Timestamp::from_nanos(started).unwrap();
        SpanData::begin(context, SpanId::new(parent).ok(), "s".into(), SpanKind::Internal, at)
    }

    /// The tree of these spans: ids, depths, and what is above, by its id.
    fn tree(spans: &[(u64, u64, u64)]) -> Vec<(u64, u32, &'static str, u64)> {
        let mut store = Spans::default();
        spans.iter().for_each(|said| store.record(span(*said)));
        let traces = assemble(&store);
        let trace = traces.first().unwrap();
        let id = |place: usize| trace.spans[place].span.context.span_id.get();
        let above = |above| match above {
            Above::Nothing => ("nothing", 0),
            Above::Unkept(parent) => ("unkept", parent.get()),
            Above::Span(place) => ("span", id(place)),
            Above::Circle(place) => ("circle", id(place)),
        };
        let told = trace.spans.iter().enumerate().map(|(place, span)| (id(place), span.depth, above(span.above)));
        told.map(|(id, depth, (what, parent))| (id, depth, what, parent)).collect()
    }

    #[test]
    fn what_hangs_under_a_span_follows_it_by_start_and_then_by_id() {
        let spans = [(1, 0, 0), (5, 1, 20), (2, 1, 10), (3, 2, 30), (4, 1, 20)];
        let expected = [(1, 0, "nothing", 0), (2, 1, "span", 1), (3, 2, "span", 2), (4, 1, "span", 1), (5, 1, "span", 1)];
        assert_eq!(tree(&spans), expected);
    }

    #[test]
    fn a_span_whose_parent_is_not_kept_is_a_root_that_says_so() {
        assert_eq!(tree(&[(2, 9, 5), (3, 2, 6), (1, 0, 7)]), [(2, 0, "unkept", 9), (3, 1, "span", 2), (1, 0, "nothing", 0)]);
    }

    #[test]
    fn circles_are_cut_at_their_earliest_span() {
        assert_eq!(tree(&[(1, 1, 0)]), [(1, 0, "circle", 1)]);
        // 3 -> 2 -> 4 -> 3, of which 4 began first; 5 hangs under the circle, 1 beside it.
        let expected = [(1, 0, "nothing", 0), (4, 0, "circle", 3), (2, 1, "span", 4), (3, 2, "span", 2), (5, 3, "span", 3)];
        assert_eq!(tree(&[(1, 0, 0), (2, 4, 30), (3, 2, 20), (4, 3, 10), (5, 3, 0)]), expected);
    }

    #[test]
    fn a_trace_goes_by_a_span_that_hangs_under_nothing_and_covers_all_of_them() {
        let mut store = Spans::default();
        for (id, parent, started, ended, status) in [
            (2, 9, 5, 6, SpanStatus::Error(String::new())),
            (1, 0, 7, 8, SpanStatus::Ok),
            (3, 1, 8, 90, SpanStatus::Error(String::from("late"))),
        ] {
            let ended = Timestamp::from_nanos(ended).unwrap();
            store.record(SpanData { ended, status, ..span((id, parent, started)) });
        }
        let traces = assemble(&store);
        let trace = traces.first().unwrap();
        assert_eq!((trace.id.get(), trace.started.nanos(), trace.ended.nanos(), trace.duration_ns()), (1, 5, 90, 85));
        assert_eq!((trace.root().map(|root| root.context.span_id.get()), trace.errors), (Some(1), 2));
        assert_eq!(trace.spans.iter().map(TraceSpan::duration_ns).collect::<Vec<_>>(), [1, 1, 82]);
        assert!(assemble(&Spans::default()).is_empty());
    }
}
