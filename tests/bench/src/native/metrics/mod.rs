//! Metrics: recording by number and by labels, the text formats, merging.
//!
//! Deliberately absent: several threads. A ledger belongs to one, while the peers' instruments are
//! shared; what they pay for that is in their rows, and what a lock around a ledger costs is not in ours.

mod encode;
mod held;
mod labelled;
mod merge;
mod peers;

use std::error::Error;

use codomyrmex_telemetry::{Descriptor, Instrument};

/// The labels of every family here.
const LABELS: [&str; 2] = ["tool", "outcome"];
/// Values of the first label.
const TOOLS: [&str; 10] = ["search", "book", "cancel", "refund", "lookup", "rebook", "upgrade", "transfer", "seatmap", "calculate"];
/// Values of the second.
const OUTCOMES: [&str; 5] = ["ok", "error", "timeout", "refused", "retried"];
/// Upper bounds of every histogram here, in seconds: Prometheus' defaults.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    held::run()?;
    labelled::run()?;
    encode::run()?;
    merge::run()
}

fn descriptor(name: &str, instrument: Instrument) -> Descriptor {
    let labels = LABELS.map(String::from).to_vec();
    let help = "Tool answers by tool and outcome.".into();
    Descriptor { name: name.into(), help, unit: String::new(), labels, instrument, window: None }
}

/// Every pair of label values.
fn combinations() -> Vec<[&'static str; 2]> {
    TOOLS.iter().flat_map(|tool| OUTCOMES.iter().map(|outcome| [*tool, *outcome])).collect()
}
