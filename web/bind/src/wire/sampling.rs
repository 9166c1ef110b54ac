//! Samplers, what is kept, and limits of spans as plain objects.
//!
//! Shares are texts, as targets of objectives are. Deliberately absent: rules; the ledger checks what it is given.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::tracer::{Keeping, RateLimit, Sampler, SamplingRule, SpanLimits};
use serde::Deserialize;

use super::length;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum WireRule {
    AlwaysOn,
    AlwaysOff,
    TraceIdRatio(String),
    RateLimit { traces: u32, period: (f64, f64) },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireSampler {
    root: WireRule,
    remote_sampled: WireRule,
    remote_not_sampled: WireRule,
    local_sampled: WireRule,
    local_not_sampled: WireRule,
}

#[derive(Deserialize)]
pub(crate) struct WireKeeping {
    slow: Option<(f64, f64)>,
    others: String,
}

/// What is not said stays as it is without limits of one's own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireSpanLimits {
    attributes: Option<u32>,
    events: Option<u32>,
    links: Option<u32>,
    attributes_per_event: Option<u32>,
    attributes_per_link: Option<u32>,
    attribute_value_length: Option<u32>,
}

impl TryFrom<WireRule> for SamplingRule {
    type Error = Error;

    fn try_from(wire: WireRule) -> Result<Self, Error> {
        Ok(match wire {
            WireRule::AlwaysOn => Self::AlwaysOn,
            WireRule::AlwaysOff => Self::AlwaysOff,
            WireRule::TraceIdRatio(share) => Self::TraceIdRatio(share.parse()?),
            WireRule::RateLimit { traces, period } => Self::RateLimit(RateLimit { traces, period: length(period)? }),
        })
    }
}

impl TryFrom<WireSampler> for Sampler {
    type Error = Error;

    fn try_from(wire: WireSampler) -> Result<Self, Error> {
        Ok(Self {
            root: wire.root.try_into()?,
            remote_sampled: wire.remote_sampled.try_into()?,
            remote_not_sampled: wire.remote_not_sampled.try_into()?,
            local_sampled: wire.local_sampled.try_into()?,
            local_not_sampled: wire.local_not_sampled.try_into()?,
        })
    }
}

impl TryFrom<WireKeeping> for Keeping {
    type Error = Error;

    fn try_from(wire: WireKeeping) -> Result<Self, Error> {
        Ok(Self { slow: wire.slow.map(length).transpose()?, others: wire.others.parse()? })
    }
}

impl From<WireSpanLimits> for SpanLimits {
    fn from(wire: WireSpanLimits) -> Self {
        let most = Self::default();
        Self {
            attributes: wire.attributes.unwrap_or(most.attributes),
            events: wire.events.unwrap_or(most.events),
            links: wire.links.unwrap_or(most.links),
            attributes_per_event: wire.attributes_per_event.unwrap_or(most.attributes_per_event),
            attributes_per_link: wire.attributes_per_link.unwrap_or(most.attributes_per_link),
            attribute_value_length: wire.attribute_value_length.or(most.attribute_value_length),
        }
    }
}
