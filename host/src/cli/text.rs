//! Reports for people: what is promised and how it stands, what failed, what took longest.
//!
//! Deliberately absent: anything that differs between two runs over the same events, but for the
//! first line, which says how the run went.

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use codomyrmex_telemetry::{Snapshot, SpanData, SpanStatus, Value};

use super::metrics_text::metrics;
use super::report::{AgentEnd, OutcomeTable, Report, length_ns, longest, outcome_tables};
use super::slo::{objectives, standings};
use super::{clean, hex};

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const HEAD: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();

/// The report as text. Colours are escape codes, which the printer takes out where they do not belong.
pub(super) fn render(snapshot: &Snapshot, report: Option<&Report>) -> String {
    let mut text = String::new();
    if let Some(report) = report {
        let (lines, groups) = (count(report.lines as u64, "line"), count(report.groups as u64, "group"));
        let agents = count(report.agents.len() as u64, "agent");
        line(
            &mut text,
            format_args!("{lines} in {groups}, {agents}, placement {}, {:.2} s", report.placement, report.elapsed.as_secs_f64()),
        );
        let trapped: Vec<_> = report.agents.iter().filter_map(AgentEnd::sentence).collect();
        if !trapped.is_empty() {
            let done = thousands(report.groups_done as f64);
            line(&mut text, format_args!("{BAD}Not complete{BAD:#}: {done} of {groups} were worked through."));
            trapped.iter().for_each(|sentence| line(&mut text, format_args!("  {}", clean(sentence))));
        }
    }
    objectives(&mut text, &standings(&snapshot.slos, None));
    for table in outcome_tables(&snapshot.metrics) {
        outcomes(&mut text, &table);
    }
    metrics(&mut text, snapshot);
    traces(&mut text, snapshot);
    drops(&mut text, snapshot);
    line(&mut text, format_args!("\n{HEAD}Digest{HEAD:#} {}", hex(&snapshot.digest())));
    text
}

fn outcomes(text: &mut String, table: &OutcomeTable) {
    const ROWS_MAX: usize = 40;
    let by = if table.labels.is_empty() { String::new() } else { format!(" by {}", table.labels.join(", ")) };
    line(text, format_args!("\n{HEAD}{}{HEAD:#}{by}", table.name));
    let names: Vec<String> = table.rows.iter().map(|(labels, _)| clean(&labels.join(", "))).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(5);
    let heads: Vec<String> = table.outcomes.iter().map(|outcome| clean(outcome)).collect();
    let widths: Vec<usize> = heads.iter().map(|head| head.chars().count().max(7) + 2).collect();
    let has_ok = table.outcomes.iter().any(|outcome| outcome == "ok");
    let head: String = heads.iter().zip(&widths).map(|(head, width)| format!("{head:>width$}")).collect();
    line(text, format_args!("  {FAINT}{:<width$}    total{head}{}{FAINT:#}", "", if has_ok { "  not ok" } else { "" }));
    let row = |name: &str, counts: &[f64]| {
        let total: f64 = counts.iter().sum();
        let cells: String = counts.iter().zip(&widths).map(|(count, width)| format!("{:>width$}", thousands(*count))).collect();
        let ok: f64 = counts.iter().zip(&table.outcomes).filter(|(_, outcome)| *outcome == "ok").map(|(count, _)| count).sum();
        let share = if total > 0.0 { (total - ok) / total * 100.0 } else { 0.0 };
        let style = if share >= 20.0 { BAD } else { Style::new() };
        let share = if has_ok { format!("  {style}{share:>5.1}%{style:#}") } else { String::new() };
        format!("  {name:<width$}{:>9}{cells}{share}", thousands(total))
    };
    let mut sums = vec![0.0; table.outcomes.len()];
    for (place, (name, (_, counts))) in names.iter().zip(&table.rows).enumerate() {
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        if place < ROWS_MAX {
            line(text, format_args!("{}", row(name, counts)));
        }
    }
    if names.len() > ROWS_MAX {
        line(text, format_args!("  {FAINT}and {} more{FAINT:#}", thousands((names.len() - ROWS_MAX) as f64)));
    }
    line(text, format_args!("{}", row("all", &sums)));
}

fn traces(text: &mut String, snapshot: &Snapshot) {
    if snapshot.spans.iter().next().is_none() {
        return;
    }
    let traces: BTreeSet<_> = snapshot.spans.iter().map(|span| span.context.trace_id).collect();
    let longest = longest(snapshot);
    let heading = if longest.is_empty() { "" } else { "; the longest:" };
    let (spans, traces) = (count(snapshot.spans.len() as u64, "span"), count(traces.len() as u64, "trace"));
    line(text, format_args!("\n{HEAD}Traces{HEAD:#} {spans} in {traces}{heading}"));
    for span in longest.into_iter().take(3) {
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
    line(text, format_args!("  {} ended with an error", count(failed as u64, "span")));
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

/// A number of things, by their name in the singular.
pub(super) fn count(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", thousands(number as f64), if number == 1 { "" } else { "s" })
}

fn seconds(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    if seconds >= 60 { format!("{} m {:02} s", seconds / 60, seconds % 60) } else { format!("{:.3} s", nanos as f64 / 1e9) }
}

/// A number with at most two decimals, and none that say nothing; very large and small ones by their
/// exponent.
pub(super) fn short(value: f64) -> String {
    if value != 0.0 && !(1e-2..1e15).contains(&value.abs()) {
        return format!("{value:e}");
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A number with commas between thousands.
pub(super) fn thousands(value: f64) -> String {
    let text = short(value);
    if text.contains(|c: char| c.is_alphabetic()) {
        return text;
    }
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    format!("{sign}{}{rest}", grouped(digits))
}

/// Digits with commas between thousands.
pub(super) fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(super) fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
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
