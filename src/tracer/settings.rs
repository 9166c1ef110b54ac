//! What is said of all spans of a ledger: whose they are, which are sampled and kept, how much each holds.
//!
//! Deliberately absent: the rules themselves; see `origin`, `sampler`, `keeping` and `open`.

use alloc::format;
use alloc::sync::Arc;

use super::keeping::Keeping;
use super::open::SpanLimits;
use super::origin::{Origin, Scope};
use super::sampler::{Sampler, Sampling};
use super::{Tracer, TracerId};
use crate::Error;
use crate::attribute::Attributes;

impl Tracer {
    /// The number of a scope's tracer.
    pub(crate) fn tracer(&mut self, scope: Scope) -> Result<TracerId, Error> {
        self.origins.tracer(scope).map(TracerId)
    }

    /// Says who runs; see [`Origins`].
    pub(crate) fn set_resource(&mut self, attributes: Attributes) -> Result<(), Error> {
        self.origins.set(attributes)
    }

    /// Says who runs, over what was set.
    pub(crate) fn fix_resource(&mut self, attributes: Attributes) -> Result<(), Error> {
        self.origins.fix(attributes)
    }

    /// Where the spans of a tracer come from.
    pub(crate) fn origin(&self, tracer: TracerId) -> Result<&Arc<Origin>, Error> {
        self.origins
            .get(tracer.0)
            .ok_or_else(|| Error::Unknown(format!("no tracer has the number {}; ask for one by its scope first, or say 0", tracer.0)))
    }

    pub(crate) fn set_sampler(&mut self, sampler: Sampler) -> Result<(), Error> {
        sampler.check()?;
        self.sampling = Sampling::new(sampler);
        Ok(())
    }

    pub(crate) const fn limit_spans(&mut self, limits: SpanLimits) {
        self.limits = limits;
    }

    /// Says what is kept from now on. What waits for its segment is judged by the rule before.
    pub(crate) fn set_keeping(&mut self, keeping: Option<Keeping>) -> Result<(), Error> {
        keeping.as_ref().map_or(Ok(()), Keeping::check)?;
        self.held.release_all().into_iter().for_each(|span| self.settle_whole(span));
        self.keeping = keeping;
        Ok(())
    }
}
