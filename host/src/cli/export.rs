//! `telemetry export`: snapshots in the formats of others, on standard output.
//!
//! Deliberately absent: sending; what is printed can be piped to whoever sends.

use std::path::PathBuf;

use clap::ValueEnum;
use codomyrmex_telemetry::export::{self, Escaping, Temporality};
use codomyrmex_telemetry::statsd::Dialect;

use super::snapshot::merge;
use super::{Failure, hdr_log, print_raw};

/// What `telemetry export` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The format
    #[arg(value_enum)]
    format: Format,
    /// Snapshot files, taken together
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// What becomes of names that only newer readers of Prometheus' formats take
    #[arg(long, value_enum, default_value_t = Names::Underscores)]
    escaping: Names,
    /// Labels as DogStatsD tags; without it, label values become parts of the name
    #[arg(long)]
    tags: bool,
}

/// What a snapshot can be printed as.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// Prometheus text exposition format 0.0.4
    Prometheus,
    /// OpenMetrics 1.0 text
    Openmetrics,
    /// Prometheus protobuf, delimited, with native histograms
    PrometheusProtobuf,
    /// OTLP metrics, protobuf
    Otlp,
    /// OTLP metrics, JSON
    OtlpJson,
    /// StatsD lines of all that the snapshots hold
    Statsd,
    /// The summaries as an HdrHistogram interval log, a line a series
    Hdr,
}

/// An escaping scheme, by its name in HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Names {
    /// As they are, in quotes
    #[value(name = "allow-utf-8")]
    AllowUtf8,
    /// What is not allowed becomes _
    Underscores,
    /// . becomes _dot_, _ becomes __
    Dots,
    /// Code points, which can be read back
    Values,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = merge(&arguments.files)?;
    let escaping = match arguments.escaping {
        Names::AllowUtf8 => Escaping::AllowUtf8,
        Names::Underscores => Escaping::Underscores,
        Names::Dots => Escaping::Dots,
        Names::Values => Escaping::Values,
    };
    let dialect = if arguments.tags { Dialect::DogStatsd } else { Dialect::Statsd };
    print_raw(&match arguments.format {
        Format::Prometheus => export::prometheus(&snapshot, escaping).into_bytes(),
        Format::Openmetrics => export::openmetrics(&snapshot, escaping).into_bytes(),
        Format::PrometheusProtobuf => export::prometheus_protobuf(&snapshot, escaping),
        Format::Otlp => export::otlp_metrics(&snapshot, Temporality::Cumulative),
        Format::OtlpJson => export::otlp_metrics_json(&snapshot, Temporality::Cumulative).into_bytes(),
        Format::Hdr => hdr_log::render(&snapshot)?.into_bytes(),
        Format::Statsd => export::statsd(&snapshot, dialect).into_bytes(),
    })?;
    Ok(0)
}
