//! `telemetry trace graph`: who called what, how often, with how many errors, and how long it took.
//!
//! Deliberately absent: a drawing. The rows are the edges; `--format json` has them for who draws.

use std::cmp::Reverse;

use codomyrmex_telemetry::Ratio;
use codomyrmex_telemetry::traces::{CallGraph, Called, Caller, Calls};
use serde_json::{Value, json};

use super::super::json::pretty;
use super::super::text::{BAD, FAINT, HEAD, count, line, thousands};
use super::super::{Failure, print};
use super::columns::{columns, padded, took, width};
use super::{Asked, Format, clean, json as of, otlp, remarks};

/// Columns from which on a row has all of its figures.
const WIDE: usize = 96;

/// What `telemetry trace graph` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// Print at most so many edges, those with the most calls; in JSON all of them are
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = arguments.asked.snapshot()?;
    let traces = arguments.asked.traces(&snapshot)?;
    let graph = CallGraph::of(&traces);
    print(&match arguments.asked.format {
        Format::Text => {
            let mut text = told(&graph, traces.len(), arguments.limit as usize, columns());
            remarks(&mut text, &snapshot, 0);
            text
        }
        Format::Json => pretty(&told_json(&graph)),
        Format::Otlp => otlp(&traces),
    })?;
    Ok(0)
}

fn told_json(graph: &CallGraph<'_>) -> Value {
    let called = |called: &Called<'_>| json!({"kind": called.kind(), "name": called.name()});
    let nodes = graph.nodes.iter().map(|(node, calls)| json!({"node": called(node), "calls": figures(calls)}));
    let edges = sorted(graph).into_iter().map(|((caller, to), calls)| {
        let from = match caller {
            Caller::Nobody => Value::Null,
            Caller::Unkept => json!({"kind": "unkept", "name": null}),
            Caller::Known(caller) => called(caller),
        };
        json!({"caller": from, "called": called(to), "calls": figures(calls)})
    });
    json!({"nodes": nodes.collect::<Vec<_>>(), "edges": edges.collect::<Vec<_>>()})
}

fn figures(calls: &Calls) -> Value {
    let [median, p95] = quantiles(calls);
    json!({
        "count": calls.count(),
        "errors": calls.errors(),
        "total_ns": of::sum(calls.total_ns()),
        "min_ns": calls.min_ns(),
        "mean_ns": calls.mean_ns(),
        "p50_ns": median,
        "p95_ns": p95,
        "max_ns": calls.max_ns(),
    })
}

/// The median and the 95th percentile, in nanoseconds.
fn quantiles(calls: &Calls) -> [u64; 2] {
    // No denominator is 0, so there is a ratio.
    [(1, 2), (19, 20)].map(|(part, whole)| Ratio::new(part, whole).map(|share| calls.quantile_ns(share)).unwrap_or_default())
}

type Edge<'g, 's> = (&'g (Caller<'s>, Called<'s>), &'g Calls);

/// The edges, those with the most calls first, of equal ones in the order of the graph.
fn sorted<'g, 's>(graph: &'g CallGraph<'s>) -> Vec<Edge<'g, 's>> {
    let mut edges: Vec<_> = graph.edges.iter().collect();
    edges.sort_by_key(|(_, calls)| Reverse(calls.count()));
    edges
}

fn told(graph: &CallGraph<'_>, traces: usize, limit: usize, columns: usize) -> String {
    let mut text = String::new();
    let calls: u64 = graph.nodes.values().map(Calls::count).sum();
    let (calls, traces) = (count(calls, "call"), count(traces as u64, "trace"));
    let (nodes, edges) = (count(graph.nodes.len() as u64, "node"), count(graph.edges.len() as u64, "edge"));
    line(&mut text, format_args!("{HEAD}Calls{HEAD:#}  {calls} in {traces}: {nodes}, {edges}"));
    let all = sorted(graph);
    let shown = all.get(..limit).unwrap_or(&all);
    let is_wide = columns >= WIDE;
    let figures: &[&str] = if is_wide { &["mean", "p50", "p95", "max"] } else { &["mean", "p95"] };
    let room = columns.saturating_sub(2 + 4 + 9 + 8 + 11 * figures.len());
    let rows: Vec<_> = shown.iter().map(|((from, to), calls)| (caller(*from), called(*to), *calls)).collect();
    let [from, to] = shared(room, rows.iter().map(|(from, to, _)| [width(from), width(to)]));
    let head: String = figures.iter().map(|figure| format!("{figure:>11}")).collect();
    if !rows.is_empty() {
        line(
            &mut text,
            format_args!("  {FAINT}{}    {}{:>9}{:>8}{head}{FAINT:#}", padded("caller", from), padded("called", to), "calls", "errors"),
        );
    }
    for (caller, called, calls) in rows {
        let [median, p95] = quantiles(calls);
        let times = if is_wide { vec![calls.mean_ns(), median, p95, calls.max_ns()] } else { vec![calls.mean_ns(), p95] };
        let times: String = times.into_iter().map(|nanos| format!("{:>11}", took(nanos))).collect();
        let (number, errors) = (thousands(calls.count() as f64), thousands(calls.errors() as f64));
        let style = if calls.errors() > 0 { BAD } else { FAINT };
        line(
            &mut text,
            format_args!("  {} -> {}{number:>9}{style}{errors:>8}{style:#}{times}", padded(&caller, from), padded(&called, to)),
        );
    }
    let left = all.len() - shown.len();
    if left > 0 {
        line(&mut text, format_args!("{FAINT}and {left} more; --limit shows more{FAINT:#}"));
    }
    text
}

/// How many columns callers and what they call have: what they need, or half of the room and what the other
/// leaves.
fn shared(room: usize, widths: impl Iterator<Item = [usize; 2]>) -> [usize; 2] {
    let [from, to] = widths.fold([6, 6], |[from, to], [one, other]| [from.max(one), to.max(other)]);
    let half = (room / 2).max(6);
    match (from <= half, to <= half) {
        _ if from + to <= room => [from, to],
        (true, _) => [from, room.saturating_sub(from).max(6)],
        (_, true) => [room.saturating_sub(to).max(6), to],
        _ => [half, half],
    }
}

fn called(called: Called<'_>) -> String {
    match called {
        Called::Span(name) => clean(name),
        Called::Agent(name) | Called::Tool(name) => format!("{} {}", called.kind(), clean(name)),
    }
}

fn caller(caller: Caller<'_>) -> String {
    match caller {
        Caller::Nobody => "(nobody)".into(),
        Caller::Unkept => "(not here)".into(),
        Caller::Known(caller) => called(caller),
    }
}
