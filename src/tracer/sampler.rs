//! Whether a span is sampled, decided when it begins.
//!
//! Sources: OpenTelemetry Trace SDK, section Sampler; TraceState: Probability Sampling, for the share of traces
//! that is the same everywhere: a trace is in it if its randomness (`rv` in the tracestate, else the last 56 bits
//! of its id) reaches a threshold, which the tracestate then says as `th`. A span that is not sampled is accounted
//! like any other, so objectives and metrics see it; it is only not kept. Deliberately absent: chance.

use alloc::string::{String, ToString};

use super::span::SAMPLED;
use super::trace_state::TraceState;
use crate::id::TraceId;
use crate::time::Timestamp;
use crate::{Error, Ratio};

/// One more than the greatest randomness: 2^56.
const RANGE: u64 = 1 << 56;

/// Whether a span is sampled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SamplingRule {
    /// It is.
    AlwaysOn,
    /// It is not.
    AlwaysOff,
    /// It is if the trace belongs to this share of all, 0 to 1.
    TraceIdRatio(Ratio),
    /// It is while so many have not begun yet.
    RateLimit(RateLimit),
}

/// How many traces may begin in how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// So many traces.
    pub traces: u32,
    /// In so long, by event time, in nanoseconds; not zero.
    pub period: u64,
}

/// Which rule holds, by what stands above a span.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sampler {
    /// For the first span of a trace.
    pub root: SamplingRule,
    /// Under a sampled span of another program.
    pub remote_sampled: SamplingRule,
    /// Under a span of another program that is not sampled.
    pub remote_not_sampled: SamplingRule,
    /// Under a sampled span of this ledger.
    pub local_sampled: SamplingRule,
    /// Under a span of this ledger that is not sampled.
    pub local_not_sampled: SamplingRule,
}

/// What stands above a span.
#[derive(Clone, Copy)]
pub(super) enum Above {
    Nothing,
    Remote { sampled: bool },
    Local { sampled: bool },
}

/// A sampler and what its limits saw.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    sampler: Sampler,
    seen: [Seen; 5], // by place in the sampler
}

/// The period in which a limit counted last, and how many.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    period: u64,
    begun: u32,
}

impl Default for Sampler {
    /// `parentbased_always_on`, as OpenTelemetry has it.
    fn default() -> Self {
        Self::parent_based(SamplingRule::AlwaysOn)
    }
}

impl Sampler {
    /// One rule for all spans, whatever stands above them.
    #[must_use]
    pub const fn every(rule: SamplingRule) -> Self {
        Self { root: rule, remote_sampled: rule, remote_not_sampled: rule, local_sampled: rule, local_not_sampled: rule }
    }

    /// A rule for the first span of a trace; those under it follow it (Trace SDK, section ParentBased).
    #[must_use]
    pub const fn parent_based(root: SamplingRule) -> Self {
        let (on, off) = (SamplingRule::AlwaysOn, SamplingRule::AlwaysOff);
        Self { root, remote_sampled: on, remote_not_sampled: off, local_sampled: on, local_not_sampled: off }
    }

    fn rules(&self) -> [SamplingRule; 5] {
        [self.root, self.remote_sampled, self.remote_not_sampled, self.local_sampled, self.local_not_sampled]
    }

    /// Checks what comes from outside.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share above 1 or a limit of no time.
    pub fn check(&self) -> Result<(), Error> {
        self.rules().into_iter().try_for_each(|rule| match rule {
            SamplingRule::TraceIdRatio(share) => check_share(share),
            SamplingRule::RateLimit(RateLimit { period: 0, traces }) => {
                Err(Error::InvalidArgument(alloc::format!("a limit of {traces} traces in no time; say in how many nanoseconds")))
            }
            _ => Ok(()),
        })
    }
}

impl Sampling {
    pub(super) fn new(sampler: Sampler) -> Self {
        Self { sampler, seen: Default::default() }
    }

    /// The flags and the tracestate of a span that begins now, from those of what stands above it.
    pub(super) fn decide(&mut self, above: Above, trace: TraceId, at: Timestamp, flags: u8, state: String) -> (u8, String) {
        let (place, is_followed) = match above {
            Above::Nothing => (0, false),
            Above::Remote { sampled: true } => (1, true),
            Above::Remote { sampled: false } => (2, false),
            Above::Local { sampled: true } => (3, true),
            Above::Local { sampled: false } => (4, false),
        };
        let rules = self.sampler.rules();
        let (Some(rule), Some(seen)) = (rules.get(place), self.seen.get_mut(place)) else { return (flags, state) };
        let (sampled, state) = match rule {
            // Of what was decided above the threshold still holds; else none does.
            SamplingRule::AlwaysOn if is_followed => (true, state),
            SamplingRule::AlwaysOn => (true, with_threshold(state, None)),
            SamplingRule::AlwaysOff => (false, with_threshold(state, None)),
            SamplingRule::TraceIdRatio(share) => by_share(*share, trace, state),
            SamplingRule::RateLimit(limit) => (seen.takes(*limit, at), with_threshold(state, None)),
        };
        (flags & !SAMPLED | u8::from(sampled), state)
    }
}

impl Seen {
    /// Whether one more may begin. What comes late is counted in the newest period.
    fn takes(&mut self, limit: RateLimit, at: Timestamp) -> bool {
        let period = at.nanos() / limit.period.max(1);
        if period > self.period {
            *self = Self { period, begun: 0 };
        }
        let takes = self.begun < limit.traces;
        self.begun += u32::from(takes);
        takes
    }
}

/// Checks a share of all.
pub(super) fn check_share(share: Ratio) -> Result<(), Error> {
    if share.numerator() > share.denominator() {
        return Err(Error::InvalidArgument(alloc::format!("a share of {share}; it is 0 to 1")));
    }
    Ok(())
}

/// Whether a trace is in a share of all, and the tracestate that says so. A share that was decided on before
/// and is smaller stays what it was.
pub(super) fn by_share(share: Ratio, trace: TraceId, state: String) -> (bool, String) {
    let Some(threshold) = threshold(share) else { return (false, with_threshold(state, None)) };
    let parsed = TraceState::parse(&state).unwrap_or_default();
    let randomness = parsed.random().unwrap_or_else(|| trace.get() as u64 % RANGE);
    if randomness < threshold {
        return (false, with_threshold(state, None));
    }
    (true, with_threshold(state, Some(threshold.max(parsed.threshold().unwrap_or_default()))))
}

/// The randomness from which on a trace is in a share: (1 - share) * 2^56, rounded up; `None` for a share of nothing.
fn threshold(share: Ratio) -> Option<u64> {
    let (part, whole) = (u128::from(share.numerator()), u128::from(share.denominator()));
    let left_out = (whole.saturating_sub(part) * u128::from(RANGE)).div_ceil(whole) as u64;
    (left_out < RANGE).then_some(left_out)
}

fn with_threshold(state: String, threshold: Option<u64>) -> String {
    if state.is_empty() && threshold.is_none() {
        return state; // which is most often so
    }
    match TraceState::parse(&state) {
        Some(mut parsed) if parsed.threshold() != threshold => {
            // What does not fit a tracestate any more is left as it was: it is still the parent's.
            if parsed.set_threshold(threshold).is_recorded() { parsed.to_string() } else { state }
        }
        _ => state, // as it was, also where it cannot be read
    }
}
