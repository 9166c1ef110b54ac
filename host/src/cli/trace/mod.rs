//! `telemetry trace`: the traces of snapshots, as rows, as waterfalls, as a graph of calls, as tokens.
//!
//! What all of it shares is here: which traces of which snapshots. Deliberately absent: accounting, and how
//! spans hang together; the ledger's crate knows that.

mod columns;
mod graph;
mod json;
mod list;
mod show;
mod tokens;
mod waterfall;

use std::cmp::Reverse;
use std::path::PathBuf;

use clap::ValueEnum;
use codomyrmex_telemetry::Snapshot;
use codomyrmex_telemetry::export::otlp_traces_json;
use codomyrmex_telemetry::traces::{Trace, assemble};

use super::snapshot::merge;
use super::text::{FAINT, count, line};
use super::{Failure, clean, time};

/// What `telemetry trace` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print a row for each trace
    List(list::Arguments),
    /// Print each trace as a waterfall: what hangs under what, and how long it took, to scale
    Show(show::Arguments),
    /// Print who called what, how often, with how many errors, and how long it took
    Graph(graph::Arguments),
    /// Print the tokens that models took and gave, and what they cost
    Tokens(tokens::Arguments),
}

/// Which traces, and how they are told.
#[derive(Debug, clap::Args)]
struct Asked {
    /// Snapshot files, taken together
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// Only traces whose id begins like this; may be given several times
    #[arg(long = "trace", value_name = "ID", value_parser = beginning)]
    ids: Vec<String>,
    /// Only traces in which a span ended with an error
    #[arg(long)]
    errors: bool,
    /// Only traces that have a span of this name
    #[arg(long)]
    name: Option<String>,
    /// Only traces that took at least so long, such as 250ms, 1s or 2m
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    min_duration: Option<u64>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How traces are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// The chosen traces as OTLP's JSON, whatever else is asked of them
    Otlp,
}

/// Which traces come first. Of equal ones that which started last, then that with the lesser id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Sort {
    /// Those that started last
    Newest,
    /// Those that started first
    Started,
    /// Those that took longest
    Duration,
    /// Those with the most errors
    Errors,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments),
        Command::Show(arguments) => show::run(arguments),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Tokens(arguments) => tokens::run(arguments),
    }
}

/// Traces as one `ExportTraceServiceRequest`, on a line of its own.
fn otlp(traces: &[Trace<'_>]) -> String {
    let mut text = otlp_traces_json(traces.iter().flat_map(|trace| trace.spans.iter().map(|span| span.span)));
    text.push('\n');
    text
}

impl Asked {
    fn snapshot(&self) -> Result<Snapshot, Failure> {
        merge(&self.files)
    }

    /// What is asked for of a snapshot; an id that is not there is named.
    fn traces<'s>(&self, snapshot: &'s Snapshot) -> Result<Vec<Trace<'s>>, Failure> {
        let mut traces = assemble(&snapshot.spans);
        let begins = |trace: &Trace<'_>, id: &String| trace.id.to_string().starts_with(id.as_str());
        if let Some(unknown) = self.ids.iter().find(|id| !traces.iter().any(|trace| begins(trace, id))) {
            let there = count(traces.len() as u64, "trace");
            return Err(Failure::input(format_args!(
                "no trace has an id that begins with '{unknown}'; in what was read there are {there}"
            )));
        }
        traces.retain(|trace| {
            let is_named = self.ids.is_empty() || self.ids.iter().any(|id| begins(trace, id));
            let has_name = |name: &String| trace.spans.iter().any(|span| span.span.name == name.as_str());
            let took_long = self.min_duration.is_none_or(|least| trace.duration_ns() >= least);
            is_named && took_long && (!self.errors || trace.errors > 0) && self.name.as_ref().is_none_or(has_name)
        });
        Ok(traces)
    }
}

impl Sort {
    fn sort(self, traces: &mut [Trace<'_>]) {
        traces.sort_by_key(|trace| (Reverse(trace.started), trace.id));
        match self {
            Self::Newest => {}
            Self::Started => traces.sort_by_key(|trace| trace.started), // stable, as all of these
            Self::Duration => traces.sort_by_key(|trace| Reverse(trace.duration_ns())),
            Self::Errors => traces.sort_by_key(|trace| Reverse(trace.errors)),
        }
    }
}

/// The name that a trace goes by, harmless.
fn title(trace: &Trace<'_>) -> String {
    trace.root().map_or_else(String::new, |root| clean(&root.name))
}

/// What is not shown of traces, and of spans what no snapshot has, in a line each; nothing where it is nothing.
fn remarks(text: &mut String, snapshot: &Snapshot, left: usize) {
    if left > 0 {
        line(text, format_args!("{FAINT}and {}; --limit shows more{FAINT:#}", count(left as u64, "more trace")));
    }
    if snapshot.spans.dropped() > 0 {
        line(text, format_args!("{FAINT}{} not kept, so traces may lack some{FAINT:#}", count(snapshot.spans.dropped(), "span")));
    }
}

/// The beginning of a trace id on the command line.
fn beginning(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > 32 || !text.chars().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("it is 1 to 32 hexadecimal digits: a trace's id, or how it begins".into());
    }
    Ok(text.to_ascii_lowercase())
}

/// A length on the command line, in nanoseconds.
fn length(text: &str) -> Result<u64, String> {
    let nanos = humantime::parse_duration(text).ok().and_then(|length| u64::try_from(length.as_nanos()).ok());
    nanos.ok_or_else(|| "write it like 250ms, 1s or 2m".into())
}
