//! Traces put together, graphs of calls and accounts of tokens: the same for the same spans, right by a
//! reckoning that goes span by span, and done in time whatever parents a span claims.
//!
//! Deliberately absent: examples, which the crate's own tests have.

use std::collections::{BTreeMap, BTreeSet};

use codomyrmex_telemetry::traces::{Above, CallGraph, Called, Caller, TokenAccount, Trace, assemble};
use codomyrmex_telemetry::{Ledger, Snapshot, SpanContext, SpanData, SpanId, SpanKind, SpanStatus, Timestamp, TraceId, Value, WriterId};
use codomyrmex_telemetry_tests::{Chance, cases, span_id, spans};
use proptest::prelude::*;
use proptest::sample::select;

const OPERATIONS: [&str; 4] = ["chat", "embeddings", "generate_content", "text_completion"];
const USAGE: [&str; 3] = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens"];

/// Spans of few traces that often hang under each other, in circles too, some as the conventions have them.
fn conventional() -> impl Strategy<Value = Vec<SpanData>> {
    let operation = select(&["", "chat", "chat", "embeddings", "invoke_agent", "execute_tool"][..]);
    let usage = prop_oneof![2 => Just(None), 3 => (0..1_000i64).prop_map(Some), 1 => (-5..0i64).prop_map(Some), 1 => Just(Some(i64::MAX))];
    let usage = prop::array::uniform3(usage);
    let head = (operation, select(&["", "small", "large"][..]), select(&["", "search", "book"][..]), usage);
    (spans(0..40), prop::collection::vec(head, 40)).prop_map(|(mut spans, heads)| {
        for (span, (operation, model, name, usage)) in spans.iter_mut().zip(heads) {
            let texts = [
                ("gen_ai.operation.name", operation),
                ("gen_ai.response.model", model),
                ("gen_ai.tool.name", name),
                ("gen_ai.agent.name", name),
            ];
            let said = texts.into_iter().filter(|(_, text)| !text.is_empty());
            span.attributes = said.map(|(key, text)| (key.into(), text.into())).collect();
            let tokens = USAGE.iter().zip(usage).filter_map(|(key, tokens)| Some(((*key).into(), Value::from(tokens?))));
            span.attributes.extend(tokens);
        }
        spans
    })
}

/// What a ledger makes of spans.
fn snapshot<'s>(spans: impl IntoIterator<Item = &'s SpanData>) -> Snapshot {
    let mut ledger = Ledger::new(WriterId::new(1));
    spans.into_iter().for_each(|span| ledger.complete_span(span.clone()).unwrap());
    ledger.snapshot()
}

type Ids = (TraceId, SpanId);

fn ids(span: &SpanData) -> Ids {
    (span.context.trace_id, span.context.span_id)
}

/// The spans that are kept, by their ids.
fn kept(snapshot: &Snapshot) -> BTreeMap<Ids, &SpanData> {
    snapshot.spans.iter().map(|span| (ids(span), span)).collect()
}

fn parent<'s>(kept: &BTreeMap<Ids, &'s SpanData>, span: &SpanData) -> Option<&'s SpanData> {
    kept.get(&(span.context.trace_id, span.parent?)).copied()
}

/// Whose trace it is, when it began and ended, with how many errors, and its spans with their places.
type Said = (TraceId, u64, u64, u64, Vec<(SpanData, Above, u32)>);

/// A trace by values: all that assembling says.
fn said(trace: &Trace<'_>) -> Said {
    let spans = trace.spans.iter().map(|span| (span.span.clone(), span.above, span.depth));
    (trace.id, trace.started.nanos(), trace.ended.nanos(), trace.errors, spans.collect())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_same_spans_give_the_same_answers_however_they_were_split(spans in conventional(), parts in 1..5usize, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let whole = snapshot(&spans);
        let mut turned: Vec<(usize, &SpanData)> = spans.iter().map(|span| (chance.below(parts), span)).collect();
        chance.shuffle(&mut turned);
        let mut merged = Snapshot::default();
        for part in 0..parts {
            merged.merge(&snapshot(turned.iter().filter(|(of, _)| *of == part).map(|(_, span)| *span)));
        }
        let (one, other) = (assemble(&whole.spans), assemble(&merged.spans));
        prop_assert_eq!(one.iter().map(said).collect::<Vec<_>>(), other.iter().map(said).collect::<Vec<_>>());
        prop_assert_eq!(CallGraph::of(&one), CallGraph::of(&other));
        prop_assert_eq!(TokenAccount::of(&one), TokenAccount::of(&other));
    }

    #[test]
    fn every_kept_span_stands_once_behind_what_it_hangs_under(spans in conventional()) {
        let snapshot = snapshot(&spans);
        let (kept, traces) = (kept(&snapshot), assemble(&snapshot.spans));
        let mut told = BTreeSet::new();
        for trace in &traces {
            prop_assert!(!trace.spans.is_empty());
            let mut at_depth = Vec::new();
            for (place, span) in trace.spans.iter().enumerate() {
                prop_assert!(told.insert(ids(span.span)) && span.span.context.trace_id == trace.id);
                let above = |place: usize| Some(ids(trace.spans[place].span));
                let parent = parent(&kept, span.span).map(ids);
                match span.above {
                    Above::Nothing => prop_assert_eq!(span.span.parent, None),
                    Above::Unkept(id) => prop_assert!(span.span.parent == Some(id) && parent.is_none()),
                    Above::Span(at) => {
                        prop_assert!(at < place && above(at) == parent);
                        // Of those one level up it is the last before the span.
                        prop_assert_eq!(at_depth[span.depth as usize - 1], at);
                    }
                    Above::Circle(at) => prop_assert!(at >= place && above(at) == parent),
                }
                prop_assert!(matches!(span.above, Above::Span(_)) != (span.depth == 0));
                at_depth.truncate(span.depth as usize);
                at_depth.push(place);
            }
        }
        prop_assert_eq!(told.len(), kept.len());
        prop_assert!(traces.is_sorted_by_key(|trace| (trace.started, trace.id)));
    }

    #[test]
    fn the_graph_counts_what_a_look_at_each_span_counts(spans in conventional()) {
        let snapshot = snapshot(&spans);
        let kept = kept(&snapshot);
        let mut edges: BTreeMap<_, Vec<(u64, bool)>> = BTreeMap::new();
        for span in kept.values() {
            let caller = match (span.parent, parent(&kept, span)) {
                (None, _) => Caller::Nobody,
                (Some(_), None) => Caller::Unkept,
                (_, Some(parent)) => Caller::Known(Called::of(parent)),
            };
            let call = (span.ended.nanos() - span.started.nanos(), matches!(span.status, SpanStatus::Error(_)));
            edges.entry((caller, Called::of(span))).or_default().push(call);
        }
        let traces = assemble(&snapshot.spans);
        let graph = CallGraph::of(&traces);
        prop_assert_eq!(graph.edges.keys().collect::<Vec<_>>(), edges.keys().collect::<Vec<_>>());
        for (edge, calls) in &mut edges {
            let told = &graph.edges[edge];
            calls.sort_unstable();
            let total: u128 = calls.iter().map(|(nanos, _)| u128::from(*nanos)).sum();
            prop_assert_eq!((told.count(), told.errors()), (calls.len() as u64, calls.iter().filter(|(_, error)| *error).count() as u64));
            prop_assert_eq!((told.total_ns(), u128::from(told.mean_ns())), (total, total / calls.len() as u128));
            prop_assert_eq!((told.min_ns(), told.max_ns()), (calls[0].0, calls[calls.len() - 1].0));
            for percent in [1, 50, 95, 100] {
                // The first that so many percent of all do not exceed.
                let reaches = |nanos: u64| calls.iter().filter(|(other, _)| *other <= nanos).count() * 100 >= percent * calls.len();
                let quantile = calls.iter().map(|(nanos, _)| *nanos).find(|nanos| reaches(*nanos));
                prop_assert_eq!(Some(told.quantile_ns(format!("{percent}%").parse().unwrap())), quantile);
            }
        }
        for (node, calls) in &graph.nodes {
            let into = graph.edges.iter().filter(|((_, called), _)| called == node).map(|(_, calls)| calls);
            let (count, total) = into.fold((0, 0), |(count, total), calls| (count + calls.count(), total + calls.total_ns()));
            prop_assert_eq!((calls.count(), calls.total_ns()), (count, total));
        }
    }

    #[test]
    fn tokens_count_at_the_innermost_calls_and_nowhere_else(spans in conventional()) {
        let snapshot = snapshot(&spans);
        let (kept, traces) = (kept(&snapshot), assemble(&snapshot.spans));
        // A span of which a circle is cut is above nothing on that side.
        let cut: BTreeSet<Ids> = traces.iter().flat_map(|trace| &trace.spans).filter(|span| matches!(span.above, Above::Circle(_))).map(|span| ids(span.span)).collect();
        let operation = |span: &SpanData| span.attributes.get("gen_ai.operation.name").cloned();
        let is_call = |span: &SpanData| OPERATIONS.iter().any(|name| operation(span) == Some(Value::from(*name)));
        let says = |span: &SpanData| USAGE.iter().any(|key| span.attributes.contains_key(key));
        let mut has_below = BTreeSet::new();
        for span in kept.values().filter(|span| is_call(span) && says(span)) {
            let mut at = *span;
            while let Some(above) = parent(&kept, at).filter(|_| !cut.contains(&ids(at))) {
                has_below.insert(ids(above));
                at = above;
            }
        }
        let counted: Vec<_> = kept.values().filter(|span| is_call(span) && says(span) && !has_below.contains(&ids(span))).collect();
        let sum = |key: &str| -> u128 {
            let tokens = counted.iter().filter_map(|span| match span.attributes.get(key) {
                Some(Value::Integer(tokens)) => u128::try_from(*tokens).ok(),
                _ => None,
            });
            tokens.sum()
        };
        let account = TokenAccount::of(&traces);
        let total = account.total();
        prop_assert_eq!(total.calls, counted.len() as u64);
        prop_assert_eq!([total.input, total.output, total.cache_read], USAGE.map(sum));
        let says_usage = kept.values().filter(|span| says(span)).count() as u64;
        prop_assert_eq!(total.calls + account.left_out.others + account.left_out.repeated, says_usage);
    }
}

/// A trace of so many spans, each hanging under what is told of its place.
fn made(count: u64, parent: impl Fn(u64) -> Option<u64>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for id in 1..=count {
        let context = SpanContext { trace_id: TraceId::new(1).unwrap(), span_id: span_id(id), trace_flags: 1, trace_state: String::new() };
        let started = Timestamp::from_nanos(count - id).unwrap(); // what is below began before
        let mut span = SpanData::begin(context, parent(id).map(span_id), "s".into(), SpanKind::Internal, started);
        span.attributes = [("gen_ai.operation.name".into(), "chat".into()), (USAGE[0].into(), 1.into())].into();
        snapshot.spans.record(span);
    }
    assert_eq!(snapshot.spans.len() as u64, count);
    snapshot
}

#[test]
fn deep_chains_wide_fans_and_great_circles_come_to_an_end() {
    const COUNT: u64 = 100_000;
    let depths = |snapshot: &Snapshot| {
        let traces = assemble(&snapshot.spans);
        let (graph, account) = (CallGraph::of(&traces), TokenAccount::of(&traces));
        let calls: u64 = graph.edges.values().map(|calls| calls.count()).sum();
        assert_eq!(calls, COUNT);
        assert_eq!(account.total().calls + account.left_out.repeated, COUNT);
        (traces[0].spans.iter().map(|span| span.depth).max(), account.total().calls)
    };
    let last = COUNT as u32 - 1;
    assert_eq!(depths(&made(COUNT, |id| (id > 1).then(|| id - 1))), (Some(last), 1));
    assert_eq!(depths(&made(COUNT, |id| Some(id % COUNT + 1))), (Some(last), 1));
    assert_eq!(depths(&made(COUNT, |id| (id > 1).then_some(1))), (Some(1), COUNT - 1));
    assert_eq!(depths(&made(COUNT, Some)), (Some(0), COUNT));
    assert_eq!(depths(&made(COUNT, |id| Some(COUNT + id))), (Some(0), COUNT));
}
