//! `telemetry slo rules`: the objectives of snapshots as rules for Prometheus.
//!
//! Deliberately absent: what the rules say; see the library's `export`.

use std::path::PathBuf;

use codomyrmex_telemetry::export;

use crate::cli::snapshot::merge;
use crate::cli::{Failure, complain, print_raw};

/// What `telemetry slo rules` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Snapshot files
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Runs it: prints the rules, and says what they leave out. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = merge(&arguments.files)?;
    let objectives = snapshot.slos.0.keys().map(|objective| &**objective);
    let rules = export::prometheus_rules(objectives, &snapshot.metrics);
    for left in &rules.left_out {
        complain(&format!("objective '{}': left out: {}", left.id, left.why));
    }
    print_raw(rules.text.as_bytes())?;
    Ok(0)
}
