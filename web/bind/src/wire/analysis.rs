//! The analysis of failures as plain objects: the question, and what bad events had in common.
//!
//! Attributes cross as pairs: the package makes objects of them, whose keys are the page's to choose.
//! Deliberately absent: arithmetic.

use codomyrmex_telemetry::slo::{Analysis, Change, ChangeOf, Counts, Options, Part, Pattern, Question};
use codomyrmex_telemetry::{Error, SpanId, TraceId};
use serde::{Deserialize, Serialize};

use super::moment;

#[derive(Deserialize)]
pub(crate) struct WireQuestion {
    at: Option<(f64, f64)>,
    since: Option<(f64, f64)>,
    order: Option<u8>,
    most: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireAnalysis {
    good: f64,
    bad: f64,
    tested: u32,
    is_exact: bool,
    patterns: Vec<WirePattern>,
    change: Option<WireShift>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePattern {
    attributes: Vec<(String, String)>,
    bad: f64,
    total: f64,
    is_exact: bool,
    is_outcome: bool,
    support: f64,
    risk_ratio: f64,
    excess: f64,
    p_value: f64,
    q_value: f64,
    examples: Vec<WireIds>,
    counterexamples: Vec<WireIds>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireIds {
    trace_id: String,
    span_id: String,
}

/// How the share of bad events changed, in billionths.
#[derive(Serialize)]
struct WireShift {
    whole: f64,
    dimensions: Vec<WireShiftOf>,
}

#[derive(Serialize)]
struct WireShiftOf {
    dimension: String,
    parts: Vec<WirePart>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WirePart {
    value: Option<String>,
    mix: f64,
    rate: f64,
    bad_before: f64,
    total_before: f64,
    bad_since: f64,
    total_since: f64,
}

impl TryFrom<WireQuestion> for Question {
    type Error = Error;

    fn try_from(wire: WireQuestion) -> Result<Self, Error> {
        let mut options = Options::default();
        options.order = wire.order.unwrap_or(options.order);
        options.most = wire.most.map_or(options.most, |most| most as usize);
        let at = wire.at.map_or(Ok(None), moment)?;
        let since = wire.since.map_or(Ok(None), moment)?;
        Ok(Self { at, since, options })
    }
}

impl From<Analysis> for WireAnalysis {
    fn from(analysis: Analysis) -> Self {
        Self {
            good: analysis.good as f64,
            bad: analysis.bad as f64,
            tested: analysis.tested,
            is_exact: analysis.is_exact,
            patterns: analysis.patterns.into_iter().map(Into::into).collect(),
            change: analysis.change.map(Into::into),
        }
    }
}

impl From<Pattern> for WirePattern {
    fn from(pattern: Pattern) -> Self {
        let ids = |spans: Vec<(TraceId, SpanId)>| spans.into_iter().map(Into::into).collect();
        Self {
            attributes: pattern.attributes,
            bad: pattern.bad as f64,
            total: pattern.total as f64,
            is_exact: pattern.is_exact,
            is_outcome: pattern.is_outcome,
            support: pattern.support,
            risk_ratio: pattern.risk_ratio,
            excess: pattern.excess,
            p_value: pattern.p_value,
            q_value: pattern.q_value,
            examples: ids(pattern.examples),
            counterexamples: ids(pattern.counterexamples),
        }
    }
}

impl From<(TraceId, SpanId)> for WireIds {
    fn from((trace, span): (TraceId, SpanId)) -> Self {
        Self { trace_id: trace.to_string(), span_id: span.to_string() }
    }
}

impl From<Change> for WireShift {
    fn from(change: Change) -> Self {
        Self { whole: change.ratio as f64, dimensions: change.dimensions.into_iter().map(Into::into).collect() }
    }
}

impl From<ChangeOf> for WireShiftOf {
    fn from(ChangeOf { dimension, parts }: ChangeOf) -> Self {
        Self { dimension, parts: parts.into_iter().map(Into::into).collect() }
    }
}

impl From<Part> for WirePart {
    fn from(part: Part) -> Self {
        let [bad_before, bad_since] = [part.before, part.after].map(|counts| counts.bad as f64);
        let [total_before, total_since] = [part.before, part.after].map(|counts: Counts| counts.total() as f64);
        let value = (!part.is_others).then_some(part.value);
        Self { value, mix: part.mix as f64, rate: part.rate as f64, bad_before, total_before, bad_since, total_since }
    }
}
