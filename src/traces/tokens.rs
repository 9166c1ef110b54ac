//! What models were fed and said, in tokens, and what it cost.
//!
//! A span counts where its `gen_ai.operation.name` is `chat`, `embeddings`, `generate_content` or
//! `text_completion`, it says some usage, and no span below it in its trace counts. So an agent's span with the
//! sum of its calls is left out, and of a client within a client the inner one counts; what is left out is
//! counted as such. By the conventions tokens from and for a cache are among the input tokens, and those of
//! reasoning among the output tokens. Costs are whole numbers, rounded nowhere but where somebody asks for
//! fewer decimals. Deliberately absent: prices; whoever asks brings them, in whatever money.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;

use super::conventions::{MODEL_CALLS, text, value};
use super::price::{Cost, Price, Prices};
use super::trace::{Above, Trace};
use crate::attribute::Value;
use crate::genai::Names;
use crate::tracer::SpanData;

/// All kinds of tokens: input, of it from a cache and for a cache, output, of it reasoning.
const USAGE: [fn(&Names) -> &'static str; 5] = [
    |names| names.input_tokens,
    |names| names.cache_read_tokens,
    |names| names.cache_write_tokens,
    |names| names.output_tokens,
    |names| names.reasoning_tokens,
];

/// Tokens by model.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TokenAccount<'s> {
    /// What the calls of each model came to, by `gen_ai.response.model` or else `gen_ai.request.model`; `None`
    /// where neither is said.
    pub models: BTreeMap<Option<&'s str>, Usage>,
    /// What was not counted.
    pub left_out: LeftOut,
}

/// What several calls of a model used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// How many calls.
    pub calls: u64,
    /// How many of them ended with an error.
    pub errors: u64,
    /// All input tokens.
    pub input: u128,
    /// Those of them that were read from a cache.
    pub cache_read: u128,
    /// Those of them that were written to a cache.
    pub cache_write: u128,
    /// Those of them that were neither, call by call: zero of a call whose parts are more than its whole.
    pub uncached: u128,
    /// All output tokens.
    pub output: u128,
    /// Those of them that were reasoning.
    pub reasoning: u128,
}

/// What says some usage and was not counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LeftOut {
    /// Spans that are not a call of a model by their operation.
    pub others: u64,
    /// Spans of calls with a call below them that counts.
    pub repeated: u64,
    /// Values that are no whole number from zero on, of calls.
    pub invalid: u64,
}

/// What tokens cost.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bill<'s> {
    /// The models that have a price.
    pub priced: BTreeMap<&'s str, Cost>,
    /// Those that have none, or no name: what they cost is not known, which is not nothing.
    pub unpriced: BTreeSet<Option<&'s str>>,
    /// All that have a price together.
    pub total: Cost,
}

impl<'s> TokenAccount<'s> {
    /// The account of traces.
    ///
    /// # Bounds
    /// O(n log n) in the number of spans; about 200 bytes for each model.
    #[must_use]
    pub fn of(traces: &[Trace<'s>]) -> Self {
        let mut account = Self::default();
        traces.iter().for_each(|trace| account.add(trace));
        account
    }

    fn add(&mut self, trace: &Trace<'s>) {
        let mut has_below = vec![false; trace.spans.len()]; // whether a call is below
        // What is below a span stands behind it.
        for (place, call) in trace.spans.iter().enumerate().rev() {
            let is_call = text(call.span, |names| names.operation_name).is_some_and(|name| MODEL_CALLS.contains(&name));
            let says_usage = says_usage(call.span);
            match (is_call, says_usage, has_below[place]) {
                (true, true, false) => self.count(call.span, call.is_error()),
                (true, true, true) => self.left_out.repeated += 1,
                (false, true, _) => self.left_out.others += 1,
                (_, false, _) => {}
            }
            if let Above::Span(above) = call.above {
                has_below[above] |= has_below[place] || is_call && says_usage;
            }
        }
    }

    fn count(&mut self, span: &'s SpanData, is_error: bool) {
        let invalid = &mut self.left_out.invalid;
        let mut tokens = |name: fn(&Names) -> &'static str| match value(span, name) {
            None => 0,
            Some(Value::Integer(tokens)) if *tokens >= 0 => tokens.unsigned_abs().into(),
            Some(_) => {
                *invalid += 1;
                0u128
            }
        };
        let [input, cache_read, cache_write, output, reasoning] = USAGE.map(&mut tokens);
        let uncached = input.saturating_sub(cache_read + cache_write);
        let model = text(span, |names| names.response_model).or_else(|| text(span, |names| names.request_model));
        let (calls, errors) = (1, is_error.into());
        let used = Usage { calls, errors, input, cache_read, cache_write, uncached, output, reasoning };
        self.models.entry(model).or_default().add(used);
    }

    /// All models together.
    #[must_use]
    pub fn total(&self) -> Usage {
        let mut total = Usage::default();
        self.models.values().for_each(|usage| total.add(*usage));
        total
    }

    /// What it cost.
    #[must_use]
    pub fn bill(&self, prices: &Prices) -> Bill<'s> {
        let mut bill = Bill::default();
        for (model, usage) in &self.models {
            let Some((name, price)) = model.and_then(|name| Some((name, prices.get(name)?))) else {
                bill.unpriced.insert(*model);
                continue;
            };
            bill.priced.insert(name, usage.cost(price));
            bill.total = usage.added_to(bill.total, price);
        }
        bill
    }
}

fn says_usage(span: &SpanData) -> bool {
    USAGE.iter().any(|name| value(span, *name).is_some())
}

impl Usage {
    // A call has less than 2^63 of each kind, and a ledger keeps no more than 2^18 spans, so sums fit by far.
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.input += other.input;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        self.uncached += other.uncached;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }

    fn added_to(&self, cost: Cost, price: &Price) -> Cost {
        let input = cost.plus(self.uncached, price.input);
        let cached = input.plus(self.cache_read, price.cache_read).plus(self.cache_write, price.cache_write);
        cached.plus(self.output, price.output)
    }

    /// What it cost. Where the parts of an input are more than the whole, the parts are paid for.
    #[must_use]
    pub fn cost(&self, price: &Price) -> Cost {
        self.added_to(Cost::default(), price)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::super::price::Rate;
    use super::*;
    use crate::id::{SpanId, TraceId};
    use crate::time::Timestamp;
    use crate::tracer::{SpanContext, SpanKind, SpanStatus, Spans};
    use crate::traces::assemble;

    /// A span of trace 1: its id, its parent or 0, its operation, its model, and its usage by the ends of the keys.
    fn span(id: u64, parent: u64, operation: &str, model: &str, usage: &[(&str, i64)]) -> SpanData {
        let (trace_id, span_id) = (TraceId::new(1).unwrap(), SpanId::new(id).unwrap());
        let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
        let mut span = SpanData::begin(context, SpanId::new(parent).ok(), "s".into(), SpanKind::Client, Timestamp::default());
        let texts = [("gen_ai.operation.name", operation), ("gen_ai.response.model", model)];
        span.attributes = texts.into_iter().map(|(key, text)| (key.into(), text.into())).collect();
        span.attributes.extend(usage.iter().map(|(key, tokens)| (format!("gen_ai.usage.{key}").into(), Value::from(*tokens))));
        span
    }

    fn store(spans: impl IntoIterator<Item = SpanData>) -> Spans {
        let mut store = Spans::default();
        spans.into_iter().for_each(|span| store.record(span));
        store
    }

    const IN: &str = "input_tokens";
    const OUT: &str = "output_tokens";
    const READ: &str = "cache_read.input_tokens";
    const WRITTEN: &str = "cache_creation.input_tokens";
    const REASONING: &str = "reasoning.output_tokens";

    #[test]
    fn what_an_agent_says_of_its_calls_is_not_counted_again() {
        let store = store([
            span(1, 0, "invoke_agent", "", &[(IN, 300), (OUT, 30)]),
            span(2, 1, "chat", "large", &[(IN, 100), (OUT, 10)]), // a client
            span(3, 2, "plan", "", &[]),                          // with something
            span(4, 3, "chat", "large", &[(IN, 100), (OUT, 10)]), // around another client
            span(5, 1, "chat", "small", &[(IN, 200), (OUT, 20), (REASONING, 15)]),
            span(6, 5, "chat", "small", &[]), // says nothing, so the one above counts
            span(7, 1, "embeddings", "tiny", &[(IN, 7)]),
        ]);
        let traces = assemble(&store);
        let account = TokenAccount::of(&traces);
        let told = account.models.iter().map(|(model, usage)| (*model, usage.calls, usage.input, usage.output, usage.reasoning));
        assert_eq!(told.collect::<Vec<_>>(), [(Some("large"), 1, 100, 10, 0), (Some("small"), 1, 200, 20, 15), (Some("tiny"), 1, 7, 0, 0)]);
        assert_eq!(account.left_out, LeftOut { others: 1, repeated: 1, invalid: 0 });
        let total = account.total();
        assert_eq!((total.calls, total.errors, total.input, total.output), (3, 0, 307, 30));
    }

    #[test]
    fn a_model_goes_by_what_answered_or_else_by_what_was_asked() {
        let mut asked = span(1, 0, "chat", "", &[(IN, 1)]);
        asked.attributes.insert("gen_ai.request.model".into(), "small".into());
        let mut answered = span(2, 0, "chat", "small-2026", &[(IN, 2)]);
        answered.attributes.insert("gen_ai.request.model".into(), "small".into());
        answered.status = SpanStatus::Error(String::new());
        let store = store([asked, answered, span(3, 0, "chat", "", &[(IN, 4)])]);
        let traces = assemble(&store);
        let account = TokenAccount::of(&traces);
        let told = account.models.iter().map(|(model, usage)| (*model, usage.errors, usage.input));
        assert_eq!(told.collect::<Vec<_>>(), [(None, 0, 4), (Some("small"), 0, 1), (Some("small-2026"), 1, 2)]);
    }

    #[test]
    fn what_is_said_by_any_version_of_the_conventions_counts_once() {
        let newer = "cache_write.input_tokens";
        let spans = [
            span(1, 0, "chat", "m", &[(WRITTEN, 2)]),
            span(2, 0, "chat", "m", &[(newer, 3)]),
            span(3, 0, "chat", "m", &[(WRITTEN, 50), (newer, 5)]),
        ];
        let store = store(spans);
        assert_eq!(TokenAccount::of(&assemble(&store)).total().cache_write, 10);
    }

    #[test]
    fn values_that_are_no_numbers_of_tokens_are_told_and_not_counted() {
        let mut odd = span(1, 0, "chat", "m", &[(IN, -5), (OUT, i64::MAX), (READ, i64::MAX), (WRITTEN, i64::MAX)]);
        odd.attributes.insert(format!("gen_ai.usage.{REASONING}").into(), 2.0.into());
        let store = store([odd, span(2, 0, "chat", "m", &[(OUT, i64::MAX)])]);
        let traces = assemble(&store);
        let account = TokenAccount::of(&traces);
        let usage = account.models[&Some("m")];
        assert_eq!((account.left_out.invalid, usage.input, usage.uncached, usage.reasoning), (2, 0, 0, 0));
        assert_eq!((usage.output, usage.cache_read), (2 * (i64::MAX as u128), i64::MAX as u128));
    }

    #[test]
    fn costs_are_exact_and_unknown_prices_are_not_nothing() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        let price = Price { cache_read: rate("0.075"), cache_write: rate("0.1875"), ..Price::new(rate("0.15"), rate("0.6")) };
        let prices = Prices::from([("small".into(), price), ("unused".into(), price), ("free".into(), Price::new(rate("0"), rate("0.0")))]);
        let store = store([
            span(1, 0, "chat", "small", &[(IN, 1_000), (READ, 600), (WRITTEN, 300), (OUT, 7)]),
            span(2, 0, "chat", "free", &[(IN, 1_000)]),
            span(3, 0, "chat", "dear", &[(IN, 1_000)]),
            span(4, 0, "chat", "", &[(IN, 1_000)]),
        ]);
        let traces = assemble(&store);
        let bill = TokenAccount::of(&traces).bill(&prices);
        // 100 x 0.15 + 600 x 0.075 + 300 x 0.1875 + 7 x 0.6 = 120.45 for a million.
        let told = bill.priced.iter().map(|(model, cost)| (*model, cost.to_string()));
        assert_eq!(told.collect::<Vec<_>>(), [("free", "0".into()), ("small", "0.00012045".to_string())]);
        assert_eq!(bill.unpriced.into_iter().collect::<Vec<_>>(), [None, Some("dear")]);
        assert_eq!((bill.total.picos(), bill.total.rounded(6).to_string()), (120_450_000, "0.00012".to_string()));
    }
}
