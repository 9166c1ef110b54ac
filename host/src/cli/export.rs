//! `telemetry export`: snapshots in the formats of others, on standard output.
//!
//! Deliberately absent: sending; what is printed can be piped to whoever sends.

use std::path::PathBuf;

use clap::ValueEnum;
use codomyrmex_telemetry::export::{self, Escaping, Temporality};
use codomyrmex_telemetry::statsd::Dialect;

use super::snapshot::merge;
use super::{Failure, complain, hdr_log, print_raw};

/// What `telemetry export` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The format
    #[arg(value_enum)]
    format: Format,
    /// Snapshot files, taken together
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// What becomes of names that only newer readers of Prometheus' formats take; without it, underscores.
    /// Only with those formats
    #[arg(long, value_enum)]
    escaping: Option<Names>,
    /// Labels as DogStatsD tags; without it, label values become parts of the name. Only with statsd
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
    /// OTLP traces, protobuf
    OtlpTraces,
    /// OTLP traces, JSON
    OtlpTracesJson,
    /// StatsD lines of all that the snapshots hold; counts are all since the beginning, so send a snapshot once
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

impl Arguments {
    /// An option that the format does not have would be passed over in silence otherwise.
    fn check(&self) -> Result<(), Failure> {
        let is_prometheus = matches!(self.format, Format::Prometheus | Format::Openmetrics | Format::PrometheusProtobuf);
        let (option, formats) = if self.tags && self.format != Format::Statsd {
            ("--tags", "statsd")
        } else if self.escaping.is_some() && !is_prometheus {
            ("--escaping", "prometheus, openmetrics and prometheus-protobuf")
        } else {
            return Ok(());
        };
        let format = self.format.to_possible_value().map_or_else(String::new, |value| value.get_name().into());
        Err(Failure::command_line(format_args!("{option} is for {formats}; {format} has no such option")))
    }
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    arguments.check()?;
    let snapshot = merge(&arguments.files)?;
    let escaping = match arguments.escaping.unwrap_or(Names::Underscores) {
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
        Format::OtlpTraces => export::otlp_traces(&snapshot.spans),
        Format::OtlpTracesJson => export::otlp_traces_json(&snapshot.spans).into_bytes(),
        Format::Hdr => {
            let (log, left_out) = hdr_log::render(&snapshot)?;
            if let Some(sentence) = left_out {
                complain(&sentence);
            }
            log.into_bytes()
        }
        Format::Statsd => export::statsd(&snapshot, dialect).into_bytes(),
    })?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    /// The exit code and the sentence of a line that is refused.
    fn refused(words: &[&str]) -> Option<(u8, String)> {
        let line = Line::parse_from([&["export"], words, &["file"]].concat());
        line.arguments.check().err().map(|failure| (failure.code, failure.message))
    }

    #[test]
    fn an_option_that_the_format_does_not_have_is_refused() {
        for format in ["prometheus", "openmetrics", "prometheus-protobuf", "otlp", "otlp-json", "otlp-traces", "otlp-traces-json", "hdr"] {
            let message = format!("--tags is for statsd; {format} has no such option");
            assert_eq!(refused(&[format, "--tags"]), Some((2, message)));
        }
        for format in ["otlp", "otlp-json", "otlp-traces", "otlp-traces-json", "statsd", "hdr"] {
            let message = format!("--escaping is for prometheus, openmetrics and prometheus-protobuf; {format} has no such option");
            assert_eq!(refused(&[format, "--escaping", "underscores"]), Some((2, message)));
        }
        assert_eq!(refused(&["statsd", "--tags"]), None);
        for format in ["prometheus", "openmetrics", "prometheus-protobuf"] {
            assert_eq!(refused(&[format, "--escaping", "dots"]), None);
            assert_eq!(refused(&[format]), None);
        }
    }
}
