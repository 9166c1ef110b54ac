//! The call graph: who called what, how often, with how many errors, and how long it took.
//!
//! A span is one call, from what its parent is to what it is. So an edge counts the calls that went along it,
//! never all calls of what was called, and the counts of the edges into a node add up to the node's own.
//! Deliberately absent: time without that of calls below, and sampling; every kept span counts once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::conventions::{INVOKE_AGENT, text};
use super::trace::{Above, Trace};
use crate::Ratio;
use crate::tracer::SpanData;

/// Calls by who called what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CallGraph<'s> {
    /// All calls of each thing.
    pub nodes: BTreeMap<Called<'s>, Calls>,
    /// The calls from each caller to each thing.
    pub edges: BTreeMap<(Caller<'s>, Called<'s>), Calls>,
}

/// What a span is a call of. An agent, a tool and a span that share a name are three things.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Called<'s> {
    /// An agent, by `gen_ai.agent.name` of a span whose `gen_ai.operation.name` is `invoke_agent`.
    Agent(&'s str),
    /// Anything else, by the span's name.
    Span(&'s str),
    /// A tool, by `gen_ai.tool.name` of any other span.
    Tool(&'s str),
}

/// Who made a call.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Caller<'s> {
    /// Nobody: the span hangs under nothing.
    Nobody,
    /// A span that is not kept.
    Unkept,
    /// This one.
    Known(Called<'s>),
}

/// What several calls came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Calls {
    errors: u64,
    total_ns: u128,      // the sum of `durations`; below 2^64 calls of below 2^63 ns fit
    durations: Vec<u64>, // rising, one a call
}

impl<'s> CallGraph<'s> {
    /// The graph of traces.
    ///
    /// # Bounds
    /// O(n log n) in the number of spans; 16 bytes for each, and about 200 for each edge and node, of which
    /// there are no more than spans.
    #[must_use]
    pub fn of(traces: &[Trace<'s>]) -> Self {
        let mut graph = Self::default();
        for trace in traces {
            for call in &trace.spans {
                let at = |place: usize| trace.spans.get(place).map_or(Caller::Unkept, |caller| Caller::Known(Called::of(caller.span)));
                let caller = match call.above {
                    Above::Nothing => Caller::Nobody,
                    Above::Unkept(_) => Caller::Unkept,
                    Above::Span(place) | Above::Circle(place) => at(place),
                };
                let called = Called::of(call.span);
                graph.nodes.entry(called).or_default().add(call.duration_ns(), call.is_error());
                graph.edges.entry((caller, called)).or_default().add(call.duration_ns(), call.is_error());
            }
        }
        graph.nodes.values_mut().chain(graph.edges.values_mut()).for_each(|calls| calls.durations.sort_unstable());
        graph
    }
}

impl<'s> Called<'s> {
    /// What a span is a call of.
    #[must_use]
    pub fn of(span: &'s SpanData) -> Self {
        let is_agent = text(span, |names| names.operation_name) == Some(INVOKE_AGENT);
        let agent = text(span, |names| names.agent_name).filter(|_| is_agent).map(Self::Agent);
        agent.or_else(|| text(span, |names| names.tool_name).filter(|_| !is_agent).map(Self::Tool)).unwrap_or(Self::Span(&span.name))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'s str {
        match self {
            Self::Agent(name) | Self::Span(name) | Self::Tool(name) => name,
        }
    }

    /// What it is, in a word.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Span(_) => "span",
            Self::Tool(_) => "tool",
        }
    }
}

impl Calls {
    fn add(&mut self, duration_ns: u64, is_error: bool) {
        self.errors += u64::from(is_error);
        self.total_ns += u128::from(duration_ns);
        self.durations.push(duration_ns);
    }

    /// How many, at least one.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.durations.len() as u64
    }

    /// How many ended with an error.
    #[must_use]
    pub const fn errors(&self) -> u64 {
        self.errors
    }

    /// How long they took together, in nanoseconds. Calls may run at the same time, so it may be more than
    /// passed.
    #[must_use]
    pub const fn total_ns(&self) -> u128 {
        self.total_ns
    }

    /// How long the shortest took, in nanoseconds.
    #[must_use]
    pub fn min_ns(&self) -> u64 {
        self.durations.first().copied().unwrap_or_default()
    }

    /// How long the longest took, in nanoseconds.
    #[must_use]
    pub fn max_ns(&self) -> u64 {
        self.durations.last().copied().unwrap_or_default()
    }

    /// How long one took in the mean, in whole nanoseconds, rounded down.
    #[must_use]
    pub fn mean_ns(&self) -> u64 {
        (self.total_ns / (self.durations.len() as u128).max(1)) as u64 // no more than the longest
    }

    /// The shortest duration that at least this share of calls did not exceed, in nanoseconds: one that was
    /// measured, exactly (nearest rank). A share above one is as one.
    #[must_use]
    pub fn quantile_ns(&self, share: Ratio) -> u64 {
        let count = self.durations.len() as u128;
        let rank = (u128::from(share.numerator()) * count).div_ceil(share.denominator().into()).clamp(1, count.max(1));
        self.durations.get(rank as usize - 1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::id::{SpanId, TraceId};
    use crate::time::Timestamp;
    use crate::tracer::{SpanContext, SpanKind, SpanStatus, Spans};
    use crate::traces::assemble;

    fn named(name: &str, attributes: &[(&str, &str)]) -> SpanData {
        let context = SpanContext {
            trace_id: TraceId::new(1).unwrap(),
            span_id: SpanId::new(1).unwrap(),
            trace_flags: 1,
            trace_state: String::new(),
        };
        let mut span = SpanData::begin(context, None, name.into(), SpanKind::Internal, Timestamp::default());
        span.attributes = attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        span
    }

    #[test]
    fn a_tool_and_an_agent_go_by_their_own_names_and_all_else_by_the_span() {
        let agent = [("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", "clerk"), ("gen_ai.tool.name", "x")];
        let tool = [("gen_ai.operation.name", "execute_tool"), ("gen_ai.agent.name", "clerk"), ("gen_ai.tool.name", "search")];
        assert_eq!(Called::of(&named("invoke_agent clerk", &agent)), Called::Agent("clerk"));
        assert_eq!(Called::of(&named("invoke_agent", &agent[..1])), Called::Span("invoke_agent"));
        assert_eq!(Called::of(&named("execute_tool search", &tool)), Called::Tool("search"));
        assert_eq!(Called::of(&named("execute_tool", &[("gen_ai.tool.name", "")])), Called::Span("execute_tool"));
        assert_eq!(Called::of(&named("chat gpt", &[("gen_ai.agent.name", "clerk")])), Called::Span("chat gpt"));
    }

    #[test]
    fn an_edge_counts_its_own_calls_and_not_all_of_what_was_called() {
        // a calls c once, b calls c three times, c calls itself once.
        let mut spans = Spans::default();
        let mut call = |id: u64, parent: u64, name: &str, duration: u64, is_error: bool| {
            let mut span = named(name, &[]);
            span.context.span_id = SpanId::new(id).unwrap();
            span.parent = SpanId::new(parent).ok();
            span.ended = Timestamp::from_nanos(duration).unwrap();
            span.status = if is_error { SpanStatus::Error(String::new()) } else { SpanStatus::Unset };
            spans.record(span);
        };
        call(1, 0, "a", 100, false);
        call(2, 1, "b", 90, false);
        call(3, 1, "c", 10, true);
        call(4, 2, "c", 20, false);
        call(5, 2, "c", 31, true);
        call(6, 2, "c", 40, false);
        call(7, 6, "c", 5, false);
        call(8, 99, "c", 0, false);
        let traces = assemble(&spans);
        let graph = CallGraph::of(&traces);
        let [a, b, c] = ["a", "b", "c"].map(Called::Span);
        let edges = graph.edges.iter().map(|(edge, calls)| (*edge, calls.count(), calls.errors(), calls.total_ns()));
        assert_eq!(
            edges.collect::<Vec<_>>(),
            [
                ((Caller::Nobody, a), 1, 0, 100),
                ((Caller::Unkept, c), 1, 0, 0),
                ((Caller::Known(a), b), 1, 0, 90),
                ((Caller::Known(a), c), 1, 1, 10),
                ((Caller::Known(b), c), 3, 1, 91),
                ((Caller::Known(c), c), 1, 0, 5),
            ]
        );
        let calls = &graph.edges[&(Caller::Known(b), c)];
        assert_eq!((calls.min_ns(), calls.mean_ns(), calls.max_ns()), (20, 30, 40));
        let quantiles = ["0%", "33%", "34%", "50%", "66.7%", "95%", "100%", "200%"].map(|share| calls.quantile_ns(share.parse().unwrap()));
        assert_eq!(quantiles, [20, 20, 31, 31, 40, 40, 40, 40]);
        assert_eq!((graph.nodes[&c].count(), graph.nodes[&c].errors(), graph.nodes[&c].max_ns()), (6, 2, 40));
    }
}
