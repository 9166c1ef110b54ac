//! `telemetry slo rules`: the objectives of snapshots as rules for Prometheus.
//!
//! Deliberately absent: what the rules say; see the library's `export`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use codomyrmex_telemetry::{Objective, export};

use super::check_ids;
use crate::cli::snapshot::merge;
use crate::cli::{Failure, complain, print_raw};

/// What `telemetry slo rules` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Snapshot files, taken together
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// Only this objective; may be given several times
    #[arg(long = "slo", value_name = "ID")]
    ids: Vec<String>,
}

/// Runs it: prints the rules, and says what they leave out. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = merge(&arguments.files)?;
    let known: BTreeSet<&str> = snapshot.slos.0.keys().map(|objective| objective.id.as_str()).collect();
    check_ids(&known, &arguments.ids)?;
    let is_asked = |objective: &&Objective| arguments.ids.is_empty() || arguments.ids.contains(&objective.id);
    let objectives = snapshot.slos.0.keys().map(|objective| &**objective).filter(is_asked);
    let rules = export::prometheus_rules(objectives, &snapshot.metrics);
    for left in &rules.left_out {
        complain(&format!("objective '{}': left out: {}", left.id, left.why));
    }
    print_raw(rules.text.as_bytes())?;
    Ok(0)
}
