//! A piece of work of an agent: its span, and how long it took.
//!
//! Deliberately absent: what the work was; the caller does it.

use std::fmt::Display;

use codomyrmex_telemetry::Outcome;
use codomyrmex_telemetry::genai::Operation;

use super::GenAi;
use super::instruments::Labels;
use crate::backend;
use crate::span::Span;
use crate::value::integer;

const SECOND_NS: f64 = 1e9;

/// An open span of the conventions. Ending or dropping it records how long it took.
#[derive(Debug)]
#[must_use = "what is dropped at once took no time"]
pub struct Work<'a> {
    genai: &'a GenAi,
    operation: Operation,
    labels: Labels,
    span: Option<Span>, // none once it has ended
    started: u64,       // by the clock that never falls
    started_at: Option<u64>,
}

/// The tokens that an answer took.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage<'a> {
    /// Those that went in, those of a cache among them.
    pub input: u64,
    /// Those that came out, those of reasoning among them.
    pub output: u64,
    /// Those of `input` that were read from a cache.
    pub cache_read: u64,
    /// Those of `input` that were written to a cache.
    pub cache_write: u64,
    /// Those of `output` that were of reasoning.
    pub reasoning: u64,
    /// What they stood for: `text`, `image`, `audio`; empty where that is not known.
    pub modality: &'a str,
}

impl<'a> Work<'a> {
    pub(super) fn new(genai: &'a GenAi, operation: Operation, target: &str, span: Span, started_at: Option<u64>) -> Self {
        span.set_attribute(genai.names.operation_name, operation.name());
        let labels = Labels { operation: operation.name(), target: target.into(), ..Labels::default() };
        Self { genai, operation, labels, span: Some(span), started: backend::elapsed(), started_at }
    }

    /// Sets those attributes that are known and have a name in this version.
    pub(super) fn describe(&self, attributes: &[(&str, &str)]) {
        for (key, value) in attributes.iter().filter(|(key, value)| !key.is_empty() && !value.is_empty()) {
            self.span().set_attribute(key, *value);
        }
    }

    /// Says whose model it is about.
    pub(super) fn of(mut self, provider: &str, model: &str) -> Self {
        let names = self.genai.names;
        self.describe(&[(names.provider_name, provider), (names.request_model, model)]);
        self.labels.provider = provider.into();
        self.labels.model = model.into();
        self
    }

    /// Its span, to be a parent, to be entered, or to say more of.
    #[must_use]
    pub fn span(&self) -> &Span {
        const NONE: &Span = &Span::borrowed(0);
        self.span.as_ref().unwrap_or(NONE)
    }

    /// Records the tokens that an answer took, as attributes and in the metrics of its version. `at` is when, in
    /// nanoseconds since 1970; `None` is now.
    pub fn record_usage(&self, usage: &Usage<'_>, at: Option<u64>) {
        let names = self.genai.names;
        let whole = [(names.input_tokens, usage.input), (names.output_tokens, usage.output)];
        let parts = [
            (names.cache_read_tokens, usage.cache_read),
            (names.cache_write_tokens, usage.cache_write),
            (names.reasoning_tokens, usage.reasoning),
        ];
        let parts = parts.into_iter().filter(|(key, count)| !key.is_empty() && *count > 0);
        for (key, count) in whole.into_iter().chain(parts) {
            self.span().set_attribute(key, integer(count));
        }
        self.genai.instruments.used(&self.labels, usage, at, self.span());
    }

    /// Says that it failed: as [`Span::record_error`], and with this class as `error.type` of the span and of the
    /// metrics: of few values, such as `timeout`. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn fail(&mut self, error_type: &str, error: &(impl Display + ?Sized), at: Option<u64>) {
        self.span().fail(error_type, error.to_string(), at);
        self.labels.error = error_type.into();
    }

    /// Ends it. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn end(mut self, at: Option<u64>) -> Outcome {
        self.finish(at).map_or(Outcome::Recorded, |span| span.end(at))
    }

    /// Records how long it took, once, and gives the span that is to be ended.
    fn finish(&mut self, at: Option<u64>) -> Option<Span> {
        let span = self.span.take()?;
        // By the times that were given, if both were.
        let took = match (self.started_at, at) {
            (Some(started), Some(ended)) => ended.saturating_sub(started),
            _ => backend::elapsed().saturating_sub(self.started),
        };
        self.genai.instruments.took(self.operation, &self.labels, took as f64 / SECOND_NS, at, &span);
        Some(span)
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        drop(self.finish(None)); // which knows a panic
    }
}
