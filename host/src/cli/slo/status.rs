//! `telemetry slo status`: how objectives stand.
//!
//! Deliberately absent: judging by exit code; see `check`.

use super::super::json::pretty;
use super::super::{Failure, Format, print};
use super::{Asked, json, text};

/// What `telemetry slo status` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let standings = arguments.asked.standings()?;
    let mut told = String::new();
    match arguments.asked.format {
        Format::Text => text::objectives(&mut told, &standings),
        Format::Json => told = pretty(&standings.iter().map(json::standing).collect()),
    }
    // Under a report's other parts objectives have an empty line before them; alone they need none.
    print(told.trim_start_matches('\n'))?;
    Ok(0)
}
