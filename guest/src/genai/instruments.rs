//! The metrics of a version of the conventions.
//!
//! A label that is not known is empty. Deliberately absent: ids as labels; one of each would never end.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::genai::{DURATION_BOUNDS, Names, Operation, TOKEN_BOUNDS, TokenMetrics};

use super::work::Usage;
use crate::metrics::{Family, FamilyOptions, get_metrics};
use crate::series::{Counter, Histogram};
use crate::span::Span;

/// What stands in the labels of a piece of work.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    pub(super) operation: &'static str,
    pub(super) target: String, // the agent's or the tool's name
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) error: String,
}

#[derive(Debug)]
pub(super) struct Instruments {
    chat: Family<Histogram>,
    /// Those of agents and tools; none where their time is in `chat`.
    own: Option<(Family<Histogram>, Family<Histogram>)>,
    tokens: Tokens,
}

#[derive(Debug)]
enum Tokens {
    Usage(Family<Histogram>),
    Counters(Box<Counters>),
}

#[derive(Debug)]
struct Counters {
    counters: [Family<Counter>; 5], // in, out, and of these: read, written, reasoned
    input_each: Family<Histogram>,
    output_each: Family<Histogram>,
}

impl Instruments {
    pub(super) fn declare(names: &Names) -> Result<Self, Error> {
        let seconds = |name, help, labels: &[&str]| {
            let options = FamilyOptions { name, help, unit: "seconds", labels, window: None };
            get_metrics().histogram(options, &DURATION_BOUNDS)
        };
        let of_model = [names.operation_name, names.provider_name, names.request_model, names.error_type];
        let own = if names.agent_duration == names.chat_duration {
            None
        } else {
            Some((
                seconds(names.agent_duration, "How long agents took.", &[names.operation_name, names.agent_name, names.error_type])?,
                seconds(names.tool_duration, "How long tools took.", &[names.operation_name, names.tool_name, names.error_type])?,
            ))
        };
        Ok(Self { chat: seconds(names.chat_duration, "How long models took.", &of_model)?, own, tokens: Tokens::declare(names)? })
    }

    /// Records how long something took.
    pub(super) fn took(&self, operation: Operation, labels: &Labels, seconds: f64, at: Option<u64>, span: &Span) {
        let Labels { operation: name, target, provider, model, error } = labels;
        let series = match (&self.own, operation) {
            (Some((agents, _)), Operation::InvokeAgent | Operation::Plan) => agents.with(&[name, target, error]),
            (Some((_, tools)), Operation::ExecuteTool) => tools.with(&[name, target, error]),
            _ => self.chat.with(&[name, provider, model, error]),
        };
        // A label too long for the ledger loses the record, not the work.
        if let Ok(series) = series {
            series.observe_in(seconds, at, span);
        }
    }

    /// Records what tokens something took.
    pub(super) fn used(&self, labels: &Labels, usage: &Usage<'_>, at: Option<u64>, span: &Span) {
        let Labels { operation, provider, model, .. } = labels;
        match &self.tokens {
            Tokens::Usage(family) => {
                for (kind, count) in [("input", usage.input), ("output", usage.output)] {
                    if let Ok(series) = family.with(&[operation, provider, model, kind]) {
                        series.observe_in(count as f64, at, span);
                    }
                }
            }
            Tokens::Counters(counters) => counters.used(labels, usage, at, span),
        }
    }
}

impl Counters {
    fn used(&self, labels: &Labels, usage: &Usage<'_>, at: Option<u64>, span: &Span) {
        let Labels { operation, provider, model, .. } = labels;
        let modality = if usage.modality.is_empty() { "unknown" } else { usage.modality };
        let counts = [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning];
        for (place, (family, count)) in self.counters.iter().zip(counts).enumerate() {
            // Those that count a part of another are not there where there is no such part.
            if count == 0 && place > 1 {
                continue;
            }
            if let Ok(series) = family.with(&[operation, provider, model, modality]) {
                series.add_in(count as f64, at, span);
            }
        }
        for (family, count) in [(&self.input_each, usage.input), (&self.output_each, usage.output)] {
            if let Ok(series) = family.with(&[operation, provider, model]) {
                series.observe_in(count as f64, at, span);
            }
        }
    }
}

impl Tokens {
    fn declare(names: &Names) -> Result<Self, Error> {
        let of_model = [names.operation_name, names.provider_name, names.request_model];
        let options = |name, help, labels| FamilyOptions { name, help, unit: "", labels, window: None };
        Ok(match names.tokens {
            TokenMetrics::Usage { name, token_type } => {
                let labels = [of_model[0], of_model[1], of_model[2], token_type];
                Self::Usage(get_metrics().histogram(options(name, "Tokens that one answer took.", &labels), &TOKEN_BOUNDS)?)
            }
            TokenMetrics::Counters { modality, input, output, cache_read, cache_write, reasoning, input_each, output_each } => {
                let labels = [of_model[0], of_model[1], of_model[2], modality];
                let counter = |name, help| get_metrics().counter(options(name, help, &labels));
                let histogram = |name, help| get_metrics().histogram(options(name, help, &of_model), &TOKEN_BOUNDS);
                Self::Counters(Box::new(Counters {
                    counters: [
                        counter(input, "Tokens that went in.")?,
                        counter(output, "Tokens that came out.")?,
                        counter(cache_read, "Tokens that went in and were read from a cache.")?,
                        counter(cache_write, "Tokens that went in and were written to a cache.")?,
                        counter(reasoning, "Tokens that came out and were of reasoning.")?,
                    ],
                    input_each: histogram(input_each, "Tokens that went in for one answer.")?,
                    output_each: histogram(output_each, "Tokens that came out for one answer.")?,
                }))
            }
        })
    }
}
