//! The interface `ledger` of the component door.
//!
//! Deliberately absent: accounting; see `crate::Ledger`.

use std::string::String;
use std::vec::Vec;

use super::bindings::exports::codomyrmex::telemetry::ledger as wit;
use super::bindings::exports::codomyrmex::telemetry::types;
use super::{Component, attributes, door};
use crate::tracer::{Keeping, RateLimit, Sampler, SamplingRule, SpanLimits};
use crate::{Absorbed, Error, WriterId};

impl wit::Guest for Component {
    fn configure(writer: wit::WriterId) -> Result<(), types::Error> {
        let writer = WriterId::new(u128::from(writer.high) << 64 | u128::from(writer.low));
        Ok(door(|door| door.ledger.configure(writer))?)
    }

    fn limit_skew(most: Option<u64>) {
        door(|door| door.limit_skew(most));
    }

    fn set_sampler(sampler: wit::Sampler) -> Result<(), types::Error> {
        Ok(door(|door| door.ledger.set_sampler(sampler.try_into()?))?)
    }

    fn set_keeping(keeping: Option<wit::Keeping>) -> Result<(), types::Error> {
        Ok(door(|door| door.ledger.set_keeping(keeping.map(TryInto::try_into).transpose()?))?)
    }

    fn limit_spans(limits: wit::SpanLimits) {
        let wit::SpanLimits { attributes, events, links, attributes_per_event, attributes_per_link, attribute_value_length } = limits;
        let limits = SpanLimits { attributes, events, links, attributes_per_event, attributes_per_link, attribute_value_length };
        door(|door| door.ledger.limit_spans(limits));
    }

    fn fix_resource(list: Vec<types::Attribute>) -> Result<(), types::Error> {
        Ok(door(|door| door.ledger.fix_resource(attributes(list)))?)
    }

    fn measure_spans(dimensions: Vec<String>) -> Result<(), types::Error> {
        Ok(door(|door| door.ledger.measure_spans(dimensions))?)
    }

    fn drain() -> Option<Vec<u8>> {
        door(|door| door.ledger.drain())
    }

    fn absorb(delta: Vec<u8>) -> Result<wit::Absorbed, types::Error> {
        Ok(match door(|door| door.absorb(&delta))? {
            Absorbed::Merged => wit::Absorbed::Merged,
            Absorbed::Duplicate => wit::Absorbed::Duplicate,
        })
    }

    fn snapshot() -> Vec<u8> {
        door(|door| door.ledger.snapshot().to_bytes())
    }

    fn digest() -> Vec<u8> {
        door(|door| door.ledger.snapshot().digest()).to_vec()
    }

    fn abandon(reason: String) -> u32 {
        door(|door| door.abandon(&reason))
    }

    fn dropped() -> Vec<wit::Drops> {
        let dropped = door(|door| door.ledger.dropped());
        dropped.into_iter().map(|(reason, count)| wit::Drops { reason: String::from(reason), count }).collect()
    }
}

impl TryFrom<wit::SamplingRule> for SamplingRule {
    type Error = Error;

    fn try_from(rule: wit::SamplingRule) -> Result<Self, Error> {
        Ok(match rule {
            wit::SamplingRule::AlwaysOn => Self::AlwaysOn,
            wit::SamplingRule::AlwaysOff => Self::AlwaysOff,
            wit::SamplingRule::TraceIdRatio(share) => Self::TraceIdRatio(share.try_into()?),
            wit::SamplingRule::RateLimit(wit::RateLimit { traces, period }) => Self::RateLimit(RateLimit { traces, period }),
        })
    }
}

impl TryFrom<wit::Sampler> for Sampler {
    type Error = Error;

    fn try_from(sampler: wit::Sampler) -> Result<Self, Error> {
        Ok(Self {
            root: sampler.root.try_into()?,
            remote_sampled: sampler.remote_sampled.try_into()?,
            remote_not_sampled: sampler.remote_not_sampled.try_into()?,
            local_sampled: sampler.local_sampled.try_into()?,
            local_not_sampled: sampler.local_not_sampled.try_into()?,
        })
    }
}

impl TryFrom<wit::Keeping> for Keeping {
    type Error = Error;

    fn try_from(keeping: wit::Keeping) -> Result<Self, Error> {
        Ok(Self { slow: keeping.slow, others: keeping.others.try_into()? })
    }
}
