//! Analysis: which attributes the bad events have in common, and what a change came from.
//!
//! The way: [`table`] adds up what is known exactly, [`combinations`] counts attribute values together
//! in the samples, [`patterns`] tests ([`exact_test`]), corrects, prunes and ranks them, [`change`]
//! splits the change of the bad ratio. [`fraction`] and [`cells`] hold the arithmetic: every decision
//! between two patterns is made in integers, and what is shown as a double is rounded once.
//! Sources: Bailis et al., MacroBase (SIGMOD 2017) and Abuzaid et al., DIFF (VLDB 2019) for support
//! and risk ratio; Benjamini and Hochberg (1995); Shapley (1953) for the split.
//! Deliberately absent: where evidence comes from and how it merges; it comes in as plain values.

mod cells;
mod change;
mod combinations;
mod exact_test;
mod fraction;
mod patterns;
mod table;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use change::{Change, ChangeOf, Part};

use super::Counts;
use crate::{Ratio, SpanId, TraceId};
use combinations::Combinations;
use table::Table;

/// Attributes that are looked at; those behind are ignored.
const DIMENSIONS_MAX: usize = 8;

/// The least support that may be asked for is one in so many bad events. It bounds how many patterns
/// there can be, whatever the options say.
const SUPPORT_MAX: u64 = 1_000;

/// What is known of events by their attributes, over some time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// The attributes' names, at most 8; those behind are ignored.
    pub dimensions: Vec<String>,
    /// By dimension: how many events had a value, exactly. The empty value stands for "the event has no
    /// such attribute". Where a dimension adds up to less than another, the rest is taken to have none.
    pub values: Vec<BTreeMap<String, Counts>>,
    /// By dimension: what the values past the limit came to together.
    pub others: Vec<Counts>,
    /// Bad events with all their attributes.
    pub bad: Samples,
    /// Good events with all their attributes.
    pub good: Samples,
}

/// Events of one class.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Samples {
    /// Those that are known. Their order decides which are shown as examples, and nothing else.
    pub kept: Vec<Sample>,
    /// Events of this class that no sample stands for; 0 where the samples are all there is.
    pub left_out: u64,
}

/// An event, or several alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sample {
    /// By dimension, the value; empty where the event has no such attribute.
    pub values: Arc<[String]>,
    /// The span in which it happened.
    pub context: Option<(TraceId, SpanId)>,
    /// How many events it stands for.
    pub count: u64,
}

/// What an analysis looks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// How many attributes may be combined, 1 to 3; what is outside is brought to the nearer end.
    pub order: u8,
    /// How many patterns are reported, 1 to 100; what is outside is brought to the nearer end.
    pub most: usize,
    /// The share of the bad events that a pattern must have; less than 1/1000 counts as 1/1000.
    pub min_support: Ratio,
    /// The least risk ratio.
    pub min_ratio: Ratio,
    /// The greatest q value.
    pub max_q: Ratio,
}

impl Default for Options {
    fn default() -> Self {
        Self { order: 3, most: 20, min_support: ratio(1, 50), min_ratio: ratio(3, 2), max_q: ratio(1, 20) }
    }
}

/// What the bad events have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// How many patterns had the support and were tested.
    pub tested: u32,
    /// Whether every count of every pattern that was looked at is exact.
    pub is_exact: bool,
    /// The patterns, the worst first. Outcomes stand behind all others.
    pub patterns: Vec<Pattern>,
    /// What changed since before; `None` where nothing was given to compare with, or where one of the
    /// two times saw no event.
    pub change: Option<Change>,
}

/// Attribute values that bad events have more often than good ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// One to three attributes with their values, in the order of the dimensions.
    pub attributes: Vec<(String, String)>,
    /// Bad events that have them all.
    pub bad: u64,
    /// Events that have them all.
    pub total: u64,
    /// Whether both counts are exact. Where not, at least one is estimated from a sample and rounded.
    pub is_exact: bool,
    /// Whether the attribute is one that no good event has, like the class of an error: it says what
    /// went wrong and not why. Outcomes are never combined.
    pub is_outcome: bool,
    /// The share of all bad events that have them.
    pub support: f64,
    /// How many times as often these events are bad as the others are, with half an event added to
    /// each of the four counts (Haldane 1956, Anscombe 1956).
    pub risk_ratio: f64,
    /// How many of the bad events would not be, were these as often bad as the others.
    pub excess: f64,
    /// Fisher's exact test, one-sided, mid-p. Where counts are estimated, of the sampled events alone.
    pub p_value: f64,
    /// The p value corrected for how many patterns were tested (Benjamini and Hochberg 1995). Outcomes
    /// and others are corrected apart: what is bad by definition must not make the rest look better.
    pub q_value: f64,
    /// Up to three bad events that have them all, those whose samples come first.
    pub examples: Vec<(TraceId, SpanId)>,
    /// Up to three good events that have them all, those whose samples come first.
    pub counterexamples: Vec<(TraceId, SpanId)>,
}

/// Looks for what the bad events have in common, and for what changed since before.
///
/// A **pattern** is reported if it has the support, the risk ratio and, after correction, the
/// significance that the options ask for, if it is not explained by a shorter or longer one
/// (`patterns.rs`), and if it is among the first. The **rank** of a pattern is how often its events are
/// bad, as though ten events as bad as all are on average had been added to it (an m-estimate,
/// Cestnik 1990): 3 bad of 3 stand behind 23 of 24, and what nearly all events have stands behind what
/// few have. Ties are broken by risk ratio, then by attributes.
///
/// The same evidence gives the same analysis, bit for bit; the order of samples decides on examples only.
#[must_use]
pub fn analyze(now: &Evidence, before: Option<&Evidence>, options: &Options) -> Analysis {
    let table = Table::new(now);
    let combinations = Combinations::new(now, &table, options);
    let (patterns, tested) = patterns::patterns(now, &table, &combinations, options);
    Analysis {
        good: table.whole.good,
        bad: table.whole.bad,
        tested,
        is_exact: options.order <= 1 || combinations.is_exact,
        patterns,
        change: before.and_then(|before| Change::new(&Table::new(before), &table)),
    }
}

/// A ratio whose denominator is not zero.
fn ratio(numerator: u64, denominator: u64) -> Ratio {
    match Ratio::new(numerator, denominator) {
        Ok(ratio) => ratio,
        Err(_) => unreachable!("only constants come here"),
    }
}
