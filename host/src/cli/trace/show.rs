//! `telemetry trace show`: traces with all their spans.
//!
//! Deliberately absent: how a waterfall is drawn; see `waterfall`.

use serde_json::json;

use super::super::json::pretty;
use super::super::{Failure, print};
use super::columns::columns;
use super::waterfall::{Drawn, draw};
use super::{Asked, Format, Sort, json as of, otlp, remarks};

/// What `telemetry trace show` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// Which come first
    #[arg(long, value_enum, default_value_t = Sort::Newest)]
    sort: Sort,
    /// Print at most so many traces
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Draw at most so many spans of a trace, the first ones
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    spans: u32,
    /// Also print attributes, and events and links one by one
    #[arg(long)]
    attributes: bool,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = arguments.asked.snapshot()?;
    let mut traces = arguments.asked.traces(&snapshot)?;
    arguments.sort.sort(&mut traces);
    let shown = traces.get(..arguments.limit as usize).unwrap_or(&traces);
    print(&match arguments.asked.format {
        Format::Text => {
            let drawn = Drawn { columns: columns(), spans: arguments.spans as usize, attributes: arguments.attributes };
            let mut text = shown.iter().map(|trace| draw(trace, drawn)).collect::<Vec<_>>().join("\n");
            if shown.is_empty() {
                text.push_str("no such trace\n");
            }
            remarks(&mut text, &snapshot, traces.len() - shown.len());
            text
        }
        Format::Json => pretty(&json!({
            "traces_total": traces.len(),
            "spans_dropped": snapshot.spans.dropped(),
            "traces": shown.iter().map(of::tree).collect::<Vec<_>>(),
        })),
        Format::Otlp => otlp(shown),
    })?;
    Ok(0)
}
