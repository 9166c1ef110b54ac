//! `telemetry trace list`: a row for each trace.
//!
//! Deliberately absent: spans; see `show`.

use codomyrmex_telemetry::Snapshot;
use codomyrmex_telemetry::traces::Trace;
use serde_json::json;

use super::super::json::pretty;
use super::super::text::{BAD, FAINT, HEAD, count, line};
use super::super::{Failure, Format, print};
use super::columns::{columns, padded, took, width};
use super::{Asked, Sort, json as of, remarks, time, title};

/// Digits of an id where there is no room for all: so many are seldom shared.
const DIGITS: usize = 12;

/// Columns that a name has at least.
const NAME_COLUMNS: usize = 16;

/// What `telemetry trace list` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// Which come first
    #[arg(long, value_enum, default_value_t = Sort::Newest)]
    sort: Sort,
    /// Print at most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = arguments.asked.snapshot()?;
    let mut traces = arguments.asked.traces(&snapshot)?;
    arguments.sort.sort(&mut traces);
    let shown = traces.get(..arguments.limit as usize).unwrap_or(&traces);
    print(&match arguments.asked.format {
        Format::Text => told(&snapshot, &traces, shown, columns()),
        Format::Json => pretty(&json!({
            "traces_total": traces.len(),
            "spans_dropped": snapshot.spans.dropped(),
            "traces": shown.iter().map(of::trace).collect::<Vec<_>>(),
        })),
    })?;
    Ok(0)
}

pub(super) fn told(snapshot: &Snapshot, traces: &[Trace<'_>], shown: &[Trace<'_>], columns: usize) -> String {
    let mut text = String::new();
    let failed = traces.iter().filter(|trace| trace.errors > 0).count() as u64;
    let spans: usize = traces.iter().map(|trace| trace.spans.len()).sum();
    let (number, spans) = (count(traces.len() as u64, "trace"), count(spans as u64, "span"));
    line(&mut text, format_args!("{HEAD}Traces{HEAD:#}  {number} of {spans}, {failed} with errors"));
    let others = 2 + 20 + 2 + 9 + 2 + 7 + 2 + 6 + 2 + 2; // all but id and name
    let digits = if columns >= others + 32 + NAME_COLUMNS { 32 } else { DIGITS };
    let names = shown.iter().map(|trace| width(&title(trace))).max().unwrap_or_default();
    let name = columns.saturating_sub(others + digits).clamp(4, names.max(4));
    if !shown.is_empty() {
        line(
            &mut text,
            format_args!(
                "  {FAINT}{}  {:<20}  {:>9}  {:>7}  {:>6}  {}{FAINT:#}",
                padded("trace", digits),
                "started",
                "took",
                "spans",
                "errors",
                "name"
            ),
        );
    }
    for trace in shown {
        let (id, started) = (trace.id.to_string(), time::shown(trace.started.nanos() / 1_000_000_000 * 1_000_000_000));
        let (id, took, spans, errors) = (&id[..digits], took(trace.duration_ns()), trace.spans.len(), trace.errors);
        let style = if errors > 0 { BAD } else { FAINT };
        let name = padded(&title(trace), name);
        line(&mut text, format_args!("  {id}  {started}  {took:>9}  {spans:>7}  {style}{errors:>6}{style:#}  {}", name.trim_end()));
    }
    remarks(&mut text, snapshot, traces.len() - shown.len());
    text
}
