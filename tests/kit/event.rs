//! What can happen to a ledger, said in full: names, not numbers, and every time and id given.
//!
//! An event means the same to every ledger, so a list of them can be split in any way. Deliberately
//! absent: what a ledger answers, which `naive` knows; and changes of a gauge by so much, which mean
//! another thing to every ledger, since they look at what was before.

use codomyrmex_telemetry::{SpanContext, SpanData};

/// Something that happens to a ledger. Families and objectives are places in the catalogue; the last
/// label of a state set is the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A label set is named and nothing is recorded under it.
    Resolve {
        /// The family.
        family: usize,
        /// The values of its labels.
        labels: Vec<String>,
    },
    /// `add`, whether or not the family is a counter, but not a gauge.
    Add {
        /// The family.
        family: usize,
        /// The values of its labels.
        labels: Vec<String>,
        /// How much.
        value: f64,
        /// When, in nanoseconds; `None` where no time is said.
        at: Option<u64>,
    },
    /// `set`, whether or not the family is a gauge or a state set.
    Set {
        /// The family.
        family: usize,
        /// The values of its labels.
        labels: Vec<String>,
        /// To what.
        value: f64,
        /// When.
        at: u64,
    },
    /// `observe_times`, whether or not the family takes values.
    Observe {
        /// The family.
        family: usize,
        /// The values of its labels.
        labels: Vec<String>,
        /// What was seen.
        value: f64,
        /// How often.
        times: u32,
        /// When, or `None`.
        at: Option<u64>,
    },
    /// `record_in`, in a span that is elsewhere, whatever the family is but a gauge.
    RecordIn {
        /// The family.
        family: usize,
        /// The values of its labels.
        labels: Vec<String>,
        /// What was added or seen.
        value: f64,
        /// When.
        at: u64,
        /// In which span.
        context: SpanContext,
    },
    /// Good or bad events of an objective.
    Count {
        /// The objective.
        slo: usize,
        /// Whether they were good.
        good: bool,
        /// How many.
        count: u64,
        /// When.
        at: u64,
        /// What they were like, if that is said.
        like: Option<Like>,
    },
    /// A value for an objective's threshold, whether or not it has one.
    Judge {
        /// The objective.
        slo: usize,
        /// The value.
        value: f64,
        /// When.
        at: u64,
        /// What the event was like, if that is said.
        like: Option<Like>,
    },
    /// A whole span; told in one call or in many, which must not matter.
    Span {
        /// What is known of it.
        data: SpanData,
        /// Whether it is started, written to and ended, where that can tell it.
        by_steps: bool,
    },
    /// A record under a number that nobody was given.
    Stray(Stray),
}

/// What an event of an objective was like.
#[derive(Clone, Debug, PartialEq)]
pub struct Like {
    /// A value for each of the objective's dimensions; another number of them is wrong.
    pub values: Vec<String>,
    /// In which span, which is elsewhere.
    pub context: Option<SpanContext>,
}

/// What a stray record tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stray {
    /// `add` to series 0.
    Add,
    /// `observe` on the last series there could be.
    Observe,
    /// `record_event` on objective 0.
    Count,
    /// `start_span` by a name that was not declared.
    Start,
    /// `end_span` of a handle that was not given.
    End,
}
