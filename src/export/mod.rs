//! Exports: a snapshot in the formats of others. Bytes out, no I/O.
//!
//! Deliberately absent: networks, files, and any state; the same snapshot gives the same bytes.

mod attributes;
mod distribution;
mod duration;
mod escape;
#[cfg(feature = "hdr")]
mod hdr;
mod json;
mod line;
mod native;
mod number;
mod otlp;
mod otlp_traces;
mod points;
mod prometheus_protobuf;
mod protobuf;
mod rules;
mod shown;
mod sink;
mod slos;
mod statsd;
#[cfg(test)]
mod tests;
mod text;

pub use escape::Escaping;
#[cfg(feature = "hdr")]
pub use hdr::{from_hdr, to_hdr, to_hdr_compressed};
pub use otlp::{otlp_metrics, otlp_metrics_json};
pub use otlp_traces::{otlp_traces, otlp_traces_json};
pub use prometheus_protobuf::prometheus_protobuf;
pub use rules::{LeftOut, Rules, prometheus_rules};
pub use statsd::statsd;
pub use text::{openmetrics, prometheus};

/// What sums and counts cover (OpenTelemetry metrics data model, section Temporality).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Temporality {
    /// All since the beginning: of a whole snapshot.
    Cumulative,
    /// What happened between two drains: of [`Ledger::recent`](crate::Ledger::recent).
    Delta,
}
