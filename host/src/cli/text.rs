//! Reports for people: what is promised and how it stands, what failed, what took longest.
//!
//! Deliberately absent: anything that differs between two runs over the same events, but for the
//! first line, which says how the run went.

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use codomyrmex_telemetry::metrics::{Instrument, Point};
use codomyrmex_telemetry::slo::State;
use codomyrmex_telemetry::{Snapshot, SpanData, SpanStatus, Status, Value};

use super::hex;
use super::report::{OutcomeTable, Report, length_ns, longest, outcome_tables};

const BAR_CELLS: usize = 20;
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HEAD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// The report as text. Colours are escape codes, which the printer takes out where they do not belong.
pub(super) fn render(snapshot: &Snapshot, report: Option<&Report>) -> String {
    let mut text = String::new();
    if let Some(report) = report {
        let agents = report.agents.len();
        let plural = if agents == 1 { "agent" } else { "agents" };
        line(
            &mut text,
            format_args!(
                "{} lines in {} groups, {agents} {plural}, placement {}, {:.2} s",
                thousands(report.lines as f64),
                thousands(report.groups as f64),
                report.placement,
                report.elapsed.as_secs_f64()
            ),
        );
    }
    objectives(&mut text, &snapshot.slos.statuses(None));
    for table in outcome_tables(&snapshot.metrics) {
        outcomes(&mut text, &table);
    }
    other_metrics(&mut text, snapshot);
    traces(&mut text, snapshot);
    drops(&mut text, snapshot);
    line(&mut text, format_args!("\n{HEAD}Digest{HEAD:#} {}", hex(&snapshot.digest())));
    text
}

fn objectives(text: &mut String, statuses: &[Status]) {
    if statuses.is_empty() {
        return;
    }
    line(text, format_args!("\n{HEAD}Objectives{HEAD:#}"));
    let width = statuses.iter().map(|status| status.id.chars().count()).max().unwrap_or_default();
    for status in statuses {
        let id = clean(&status.id);
        let (style, verdict) = match status.state {
            State::Met => (GOOD, "met"),
            State::Violated => (BAD, "NOT MET"),
            State::NoData => (FAINT, "no data"),
        };
        let current = status.current.map_or_else(|| "-".into(), |current| format!("{:.2} %", current * 100.0));
        let counts = format!("{} of {} good", thousands(status.good as f64), thousands(status.total as f64));
        line(
            text,
            format_args!("  {id:<width$}  {style}{verdict:<7}{style:#}  {current:>8}  target {:<6}  {counts}", status.target.to_string()),
        );
        line(text, format_args!("  {:<width$}  {}", "", budget(status)));
    }
}

/// The error budget as a bar that empties, and in figures.
fn budget(status: &Status) -> String {
    let events = status.budget_remaining_events;
    let Some(left) = status.budget_remaining else {
        return match status.state {
            State::NoData => "error budget unknown".into(),
            _ => "no error budget: the target is 100 %".into(),
        };
    };
    let cells = ((left.clamp(0.0, 1.0) * BAR_CELLS as f64) as usize).max(usize::from(left > 0.0));
    let bar = format!("[{}{}]", "#".repeat(cells), ".".repeat(BAR_CELLS - cells));
    if left < 0.0 {
        format!("{BAD}{bar}{BAD:#} error budget left {BAD}{:.2} %{BAD:#}: overspent by {} failures", left * 100.0, short(-events))
    } else {
        format!("{bar} error budget left {:.2} %: {} more failures", left * 100.0, short(events))
    }
}

fn outcomes(text: &mut String, table: &OutcomeTable) {
    line(text, format_args!("\n{HEAD}{}{HEAD:#} by {}", table.name, table.labels.join(", ")));
    let names: Vec<String> = table.rows.iter().map(|(labels, _)| clean(&labels.join(", "))).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(5);
    let heads: String = table.outcomes.iter().map(|outcome| format!("{:>9}", clean(outcome))).collect();
    line(text, format_args!("  {FAINT}{:<width$}    total{heads}  not ok{FAINT:#}", ""));
    let mut sums = vec![0.0; table.outcomes.len()];
    for (name, (_, counts)) in names.iter().zip(&table.rows) {
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        row(text, name, width, counts, &table.outcomes);
    }
    row(text, "all", width, &sums, &table.outcomes);
}

fn row(text: &mut String, name: &str, width: usize, counts: &[f64], outcomes: &[String]) {
    let total: f64 = counts.iter().sum();
    let ok: f64 = counts.iter().zip(outcomes).filter(|(_, outcome)| *outcome == "ok").map(|(count, _)| count).sum();
    let share = if total > 0.0 { (total - ok) / total * 100.0 } else { 0.0 };
    let style = if share >= 20.0 { BAD } else { Style::new() };
    let cells: String = counts.iter().map(|count| format!("{:>9}", thousands(*count))).collect();
    line(text, format_args!("  {name:<width$}{:>9}{cells}  {style}{share:>5.1}%{style:#}", thousands(total)));
}

/// What was not shown as outcomes: one line a series, the largest first, as many as help.
fn other_metrics(text: &mut String, snapshot: &Snapshot) {
    const ROWS_MAX: usize = 8;
    for (schema, family) in &snapshot.metrics.0 {
        if schema.labels.iter().any(|label| label == "outcome") {
            continue;
        }
        let unit = if schema.unit.is_empty() { String::new() } else { format!(", {}", schema.unit) };
        line(
            text,
            format_args!(
                "\n{HEAD}{}{HEAD:#} by {}{unit}",
                schema.name,
                if schema.labels.is_empty() { "nothing".into() } else { schema.labels.join(", ") }
            ),
        );
        let mut rows: Vec<_> = family
            .sorted()
            .into_iter()
            .map(|(values, point)| (clean(&values.join(", ")), weight(point), describe(point, &schema.instrument)))
            .collect();
        rows.sort_by(|(a_name, a, _), (b_name, b, _)| b.total_cmp(a).then_with(|| a_name.cmp(b_name)));
        let width = rows.iter().take(ROWS_MAX).map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
        for (name, _, shown) in rows.iter().take(ROWS_MAX) {
            line(text, format_args!("  {name:<width$}  {shown}"));
        }
        if rows.len() > ROWS_MAX {
            line(text, format_args!("  {FAINT}and {} more{FAINT:#}", rows.len() - ROWS_MAX));
        }
    }
}

fn weight(point: &Point) -> f64 {
    match point {
        Point::Counter(total) | Point::UpDownCounter(total) => total.sum.value(),
        Point::Gauge(gauge) => gauge.last.map_or(f64::NEG_INFINITY, |(_, value)| value.get()),
        Point::Histogram(histogram) => histogram.count() as f64,
    }
}

fn describe(point: &Point, instrument: &Instrument) -> String {
    match (point, instrument) {
        (Point::Counter(total) | Point::UpDownCounter(total), _) => format!("{:>7}", thousands(total.sum.value())),
        (Point::Gauge(gauge), _) => gauge.last.map_or_else(|| "never set".into(), |(_, value)| short(value.get())),
        (Point::Histogram(histogram), Instrument::Histogram(bounds)) => {
            let count = histogram.count();
            let mean = if count > 0 { histogram.sum.value() / count as f64 } else { 0.0 };
            let (mut below, mut median) = (0, "more".to_string());
            for (bound, bucket) in bounds.iter().zip(&histogram.counts) {
                below += bucket;
                if 2 * u128::from(below) >= u128::from(count) {
                    median = format!("at most {}", thousands(bound.get()));
                    break;
                }
            }
            format!("{:>7} values, mean {}, half of them {median}", thousands(count as f64), short(mean))
        }
        _ => String::new(),
    }
}

fn traces(text: &mut String, snapshot: &Snapshot) {
    if snapshot.spans.iter().next().is_none() {
        return;
    }
    let traces: BTreeSet<_> = snapshot.spans.iter().map(|span| span.context.trace_id).collect();
    line(
        text,
        format_args!(
            "\n{HEAD}Traces{HEAD:#} {} spans in {} traces; the longest:",
            thousands(snapshot.spans.len() as f64),
            thousands(traces.len() as f64)
        ),
    );
    for span in longest(snapshot).into_iter().take(3) {
        line(
            text,
            format_args!(
                "  {:>9}  {}{}  {FAINT}{}{FAINT:#}",
                seconds(length_ns(span)),
                clean(&span.name),
                attributes(span),
                span.context.trace_id
            ),
        );
    }
    let failed = snapshot.spans.iter().filter(|span| matches!(span.status, SpanStatus::Error(_))).count();
    line(text, format_args!("  {} spans ended with an error", thousands(failed as f64)));
}

fn attributes(span: &SpanData) -> String {
    let scalars = span.attributes.iter().filter_map(|(key, value)| match value {
        Value::Boolean(value) => Some(format!(" {}={value}", clean(key))),
        Value::Integer(value) => Some(format!(" {}={value}", clean(key))),
        Value::Text(text) => Some(format!(" {}={}", clean(key), clean(text))),
        _ => None,
    });
    scalars.take(4).collect()
}

fn drops(text: &mut String, snapshot: &Snapshot) {
    let mut drops: Vec<_> = snapshot.drops.iter().map(|(reason, count)| format!("{count} {}", reason.name())).collect();
    if snapshot.spans.dropped() > 0 {
        drops.push(format!("{} spans-not-kept", snapshot.spans.dropped()));
    }
    if !drops.is_empty() {
        line(text, format_args!("\n{BAD}Dropped{BAD:#} {}", drops.join(", ")));
    }
}

/// A text of a guest's, made harmless for a terminal: an agent could otherwise move the cursor and
/// write over what was said of it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn seconds(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    if seconds >= 60 { format!("{} m {:02} s", seconds / 60, seconds % 60) } else { format!("{:.3} s", nanos as f64 / 1e9) }
}

/// A number with at most two decimals, and none that say nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A number with commas between thousands.
fn thousands(value: f64) -> String {
    let text = short(value);
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(["5,308", "0", "-1,234.5", "999", "1,000,000"].map(String::from), [5308.0, 0.0, -1234.5, 999.0, 1e6].map(thousands));
        assert_eq!(seconds(61_000_000_000), "1 m 01 s");
        assert_eq!(seconds(1_500_000_000), "1.500 s");
    }
}
