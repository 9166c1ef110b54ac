//! The interface `exporter` of the component door.
//!
//! Deliberately absent: formats; see `crate::export`.

use std::vec::Vec;

use super::bindings::exports::codomyrmex::telemetry::exporter as wit;
use super::{Component, door};
use crate::export::{self, Escaping, Temporality};
use crate::statsd::Dialect;

impl wit::Guest for Component {
    fn prometheus(escaping: wit::Escaping) -> Vec<u8> {
        door(|door| export::prometheus(&door.ledger.snapshot(), escaping.into())).into_bytes()
    }

    fn openmetrics(escaping: wit::Escaping) -> Vec<u8> {
        door(|door| export::openmetrics(&door.ledger.snapshot(), escaping.into())).into_bytes()
    }

    fn prometheus_protobuf(escaping: wit::Escaping) -> Vec<u8> {
        door(|door| export::prometheus_protobuf(&door.ledger.snapshot(), escaping.into()))
    }

    fn otlp_metrics(encoding: wit::Encoding, temporality: wit::Temporality) -> Vec<u8> {
        let (temporality, snapshot) = door(|door| match temporality {
            wit::Temporality::Cumulative => (Temporality::Cumulative, door.ledger.snapshot()),
            wit::Temporality::Delta => (Temporality::Delta, door.ledger.recent()),
        });
        match encoding {
            wit::Encoding::Protobuf => export::otlp_metrics(&snapshot, temporality),
            wit::Encoding::Json => export::otlp_metrics_json(&snapshot, temporality).into_bytes(),
        }
    }

    fn otlp_traces(encoding: wit::Encoding) -> Vec<u8> {
        let recent = door(|door| door.ledger.recent());
        match encoding {
            wit::Encoding::Protobuf => export::otlp_traces(&recent.spans),
            wit::Encoding::Json => export::otlp_traces_json(&recent.spans).into_bytes(),
        }
    }

    fn statsd(dialect: wit::Dialect) -> Vec<u8> {
        let dialect = match dialect {
            wit::Dialect::Statsd => Dialect::Statsd,
            wit::Dialect::Dogstatsd => Dialect::DogStatsd,
        };
        door(|door| export::statsd(&door.ledger.recent(), dialect)).into_bytes()
    }
}

impl From<wit::Escaping> for Escaping {
    fn from(escaping: wit::Escaping) -> Self {
        match escaping {
            wit::Escaping::AllowUtf8 => Self::AllowUtf8,
            wit::Escaping::Underscores => Self::Underscores,
            wit::Escaping::Dots => Self::Dots,
            wit::Escaping::Values => Self::Values,
        }
    }
}
