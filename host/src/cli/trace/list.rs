//! `telemetry trace list`: a row for each trace.
//!
//! Deliberately absent: spans; see `show`.

use codomyrmex_telemetry::Snapshot;
use codomyrmex_telemetry::traces::Trace;
use serde_json::json;

use super::super::json::pretty;
use super::super::text::{BAD, FAINT, HEAD, count, line};
use super::super::{Failure, print};
use super::columns::{columns, cut, padded, took, width};
use super::{Asked, Format, Sort, json as of, otlp, remarks, time, title};

/// Digits of an id where there is no room for all: so many are seldom shared.
const DIGITS: usize = 12;

/// Columns that a name has beside a whole id, at least.
const NAME_COLUMNS: usize = 14;

/// Columns of a row beside its id, its name and its start, gaps included; and those of its start.
const OTHERS: usize = 2 + 2 + 9 + 2 + 7 + 2 + 6 + 2;
const STARTED: usize = 2 + 20;

/// Columns from which on a row says when its trace started.
const WIDE: usize = 72;

const SECOND_NS: u64 = 1_000_000_000;

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
        Format::Otlp => otlp(shown),
    })?;
    Ok(0)
}

fn told(snapshot: &Snapshot, traces: &[Trace<'_>], shown: &[Trace<'_>], columns: usize) -> String {
    let mut text = String::new();
    let failed = traces.iter().filter(|trace| trace.errors > 0).count() as u64;
    let spans: usize = traces.iter().map(|trace| trace.spans.len()).sum();
    let (number, spans) = (count(traces.len() as u64, "trace"), count(spans as u64, "span"));
    line(&mut text, format_args!("{HEAD}Traces{HEAD:#}  {number} of {spans}, {failed} with errors"));
    let is_wide = columns >= WIDE;
    let others = OTHERS + if is_wide { STARTED } else { 0 };
    let digits = if columns >= others + 32 + NAME_COLUMNS { 32 } else { DIGITS };
    let names = shown.iter().map(|trace| width(&title(trace))).max().unwrap_or_default();
    let name_columns = columns.saturating_sub(others + digits).clamp(4, names.max(4));
    let started = |text: String| if is_wide { format!("  {text:<20}") } else { String::new() };
    if !shown.is_empty() {
        let (id, started) = (padded("trace", digits), started("started".into()));
        line(&mut text, format_args!("  {FAINT}{id}{started}  {:>9}  {:>7}  {:>6}  name{FAINT:#}", "took", "spans", "errors"));
    }
    for trace in shown {
        let id = trace.id.to_string().chars().take(digits).collect::<String>();
        let started = started(time::shown(trace.started.nanos() / SECOND_NS * SECOND_NS));
        let (took, spans, errors) = (took(trace.duration_ns()), trace.spans.len(), trace.errors);
        let style = if errors > 0 { BAD } else { FAINT };
        let name = cut(&title(trace), name_columns);
        line(&mut text, format_args!("  {id}{started}  {took:>9}  {spans:>7}  {style}{errors:>6}{style:#}  {name}"));
    }
    remarks(&mut text, snapshot, traces.len() - shown.len());
    text
}
