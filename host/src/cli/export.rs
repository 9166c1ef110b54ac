//! `telemetry export`: snapshots in the formats of others, on standard output.
//!
//! Deliberately absent: sending; what is printed can be piped to whoever sends.

use std::path::PathBuf;

use codomyrmex_telemetry::export;

use super::snapshot::merge;
use super::{Failure, print_raw};

/// What `telemetry export` is told.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Prometheus text exposition format 0.0.4
    Prometheus {
        /// Snapshot files, taken together
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// OpenMetrics 1.0 text
    Openmetrics {
        /// Snapshot files, taken together
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Runs it. The answer is an exit code.
pub(super) fn run(command: &Command) -> Result<u8, Failure> {
    let text = match command {
        Command::Prometheus { files } => export::prometheus(&merge(files)?),
        Command::Openmetrics { files } => export::openmetrics(&merge(files)?),
    };
    print_raw(&text)?;
    Ok(0)
}
