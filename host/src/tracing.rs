//! What an embedder says of the spans of its agents, told to their ledgers before they begin.
//!
//! Both placements know the same settings, so both give the same bytes. Deliberately absent: the rules, which are
//! the core's, and where spans go, which is `push`.

use codomyrmex_telemetry::tracer::{Keeping, Sampler, SpanLimits};
use codomyrmex_telemetry::{Attributes, Error, Ledger};

/// Settings of tracing; by default as a ledger has them by itself.
#[derive(Clone, Debug, Default)]
pub struct TracingSettings {
    /// Which spans are sampled.
    pub sampler: Sampler,
    /// What is kept of sampled spans; `None` is all.
    pub keeping: Option<Keeping>,
    /// How much a span may hold.
    pub span_limits: SpanLimits,
    /// Who runs: attributes of every span, over those that the agent says itself.
    pub resource: Attributes,
    /// Count and time every span, sampled or not, by these attributes besides name, kind and status; `None` is not
    /// at all. See [`Ledger::measure_spans`].
    pub measure_spans: Option<Vec<String>>,
}

impl TracingSettings {
    /// Tells a ledger in the host's memory.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share above 1, a limit in no time or a dimension that can be no label;
    /// [`Error::Limit`] for a resource that is too large.
    pub fn apply(&self, ledger: &mut Ledger) -> Result<(), Error> {
        ledger.set_sampler(self.sampler)?;
        ledger.set_keeping(self.keeping)?;
        ledger.limit_spans(self.span_limits);
        if !self.resource.is_empty() {
            ledger.fix_resource(self.resource.clone())?;
        }
        self.measure_spans.as_ref().map_or(Ok(()), |dimensions| ledger.measure_spans(dimensions.clone()))
    }
}
