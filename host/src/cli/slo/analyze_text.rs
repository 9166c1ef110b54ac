//! Analyses for people: patterns in a table, outcomes apart, and a change in parts that add up as shown.
//!
//! Deliberately absent: blame. A pattern is what bad events share; it need not be their cause.

use std::cmp::Reverse;

use codomyrmex_telemetry::limits::SLICES;
use codomyrmex_telemetry::slo::{Analysis, Change, ChangeOf, Counts, Part, Pattern, SLOT_NS};
use codomyrmex_telemetry::{Objective, Timestamp};

use super::super::clean;
use super::super::text::{FAINT, HEAD, count, line, short, thousands};
use super::text::{COLUMNS, listed, promise};
use super::{Standing, time};

/// Values of a dimension that are told by themselves in a change; the rest is told as one.
const PARTS_SHOWN: usize = 8;

/// A hundredth of a percentage point, in billionths.
const HUNDREDTH: i64 = 100_000;

/// What an analysis found.
pub(super) fn told(standing: &Standing, analysis: &Analysis, since: Option<Timestamp>) -> String {
    let mut text = String::new();
    let total = Counts { good: analysis.good, bad: analysis.bad };
    let slice = slice_ns(&standing.objective);
    let cut = |since: Timestamp| since.nanos() / slice * slice;
    let compared = since.map(|since| format!(" since {}", time::shown(cut(since)))).unwrap_or_default();
    line(&mut text, format_args!("{HEAD}{}{HEAD:#}  {}: {}{compared}", standing.id(), promise(standing), of(total)));
    if since.is_some_and(|since| cut(since) != since.nanos()) {
        let length = time::lookback(slice);
        line(&mut text, format_args!("  {FAINT}since is where its slice begins: what events were like is kept by {length}{FAINT:#}"));
    }
    if standing.objective.dimensions.is_empty() {
        line(&mut text, format_args!("  it names no attributes by which failures could be analysed"));
        return text;
    }
    let (outcomes, patterns): (Vec<_>, Vec<_>) = analysis.patterns.iter().partition(|pattern| pattern.is_outcome);
    let tested = count(analysis.tested.into(), "pattern");
    let sampled = if analysis.is_exact { "" } else { "; ~ is estimated from samples" };
    line(&mut text, format_args!("  {FAINT}{tested} tested{sampled}{FAINT:#}"));
    if total.bad == 0 {
        let what = if total.good == 0 { "nothing happened" } else { "nothing failed" };
        line(&mut text, format_args!("  {what}, so there is nothing to have in common"));
    } else if patterns.is_empty() {
        line(&mut text, format_args!("  bad events have nothing in common that good ones have not"));
    } else {
        table(&mut text, &patterns);
    }
    if !outcomes.is_empty() {
        line(&mut text, format_args!("  {HEAD}What went wrong{HEAD:#}: no good event has these"));
        table(&mut text, &outcomes);
    }
    match (&analysis.change, since) {
        (Some(change), _) => changed(&mut text, change),
        (None, Some(_)) => line(&mut text, format_args!("  nothing to compare: one of the two times saw no event")),
        (None, None) => {}
    }
    text
}

/// How long the slices are to which the analysis cuts times: the twelfth part of the window but at least an hour.
fn slice_ns(objective: &Objective) -> u64 {
    objective.window.slots_max().div_ceil(SLICES).max(60) * SLOT_NS
}

/// A row a pattern. Attributes that do not fit behind it have a line of their own.
fn table(text: &mut String, patterns: &[&Pattern]) {
    let counts = |pattern: &Pattern| {
        let about = if pattern.is_exact { "" } else { "~" };
        format!("{about}{} of {}", thousands(pattern.bad as f64), thousands(pattern.total as f64))
    };
    let risk = |pattern: &Pattern| format!("{}x", short(pattern.risk_ratio));
    let widest = |least: usize, shown: &dyn Fn(&Pattern) -> String| {
        patterns.iter().map(|pattern| shown(pattern).chars().count()).fold(least, usize::max)
    };
    let (counts_width, risk_width) = (widest(13, &counts), widest(6, &risk));
    let head = format!("{:>counts_width$}     ratio  of all bad  {:>risk_width$}", "bad of total", "risk");
    line(text, format_args!("  {FAINT}rank  {head}      q  attributes{FAINT:#}"));
    for (rank, pattern) in (1..).zip(patterns) {
        let (counts, risk) = (counts(pattern), risk(pattern));
        let ratio = format!("{:.2} %", pattern.bad as f64 / pattern.total as f64 * 100.0);
        let support = format!("{:.2} %", pattern.support * 100.0);
        let attributes = pattern.attributes.iter().map(|(name, value)| format!("{}={}", clean(name), shown(value)));
        let attributes = attributes.collect::<Vec<_>>().join(" ");
        let row =
            format!("  {rank:>4}  {counts:>counts_width$}  {ratio:>8}  {support:>10}  {risk:>risk_width$}  {:>5}", p(pattern.q_value));
        let gap = if row.chars().count() + 2 + attributes.chars().count() > COLUMNS { "\n      " } else { "  " };
        line(text, format_args!("{row}{gap}{attributes}"));
        let traces: Vec<_> = pattern.examples.iter().map(|(trace, _)| trace.to_string()).collect();
        if !traces.is_empty() {
            listed(text, 6, (FAINT, if traces.len() == 1 { "trace" } else { "traces" }), &traces);
        }
    }
}

/// A value of an attribute; an event without it has an empty one.
fn shown(value: &str) -> String {
    if value.is_empty() { "(none)".into() } else { clean(value) }
}

/// A probability.
fn p(value: f64) -> String {
    if value == 0.0 || value >= 0.001 { format!("{value:.3}") } else { format!("{value:.0e}") }
}

fn changed(text: &mut String, change: &Change) {
    let [total] = together(&[change.ratio])[..] else { return };
    let (before, after) = (with_ratio(change.before), with_ratio(change.after));
    line(text, format_args!("  {HEAD}Change{HEAD:#}: {} points", points(total)));
    line(text, format_args!("    before {before}"));
    line(text, format_args!("    since  {after}"));
    change.dimensions.iter().for_each(|of| divided(text, of, total));
}

/// One dimension's parts, those that did most first. What is shown is rounded so that it adds up.
fn divided(text: &mut String, divided: &ChangeOf, total: i64) {
    let all: Vec<i64> = divided.parts.iter().flat_map(|part| [part.mix, part.rate]).collect();
    let rounded = together(&all);
    let mut parts: Vec<(&Part, &[i64])> = divided.parts.iter().zip(rounded.chunks_exact(2)).collect();
    parts.sort_by_key(|(part, _)| Reverse(part.mix.unsigned_abs().max(part.rate.unsigned_abs())));
    let sums = |parts: &[(&Part, &[i64])]| {
        let of = |place: usize| parts.iter().filter_map(|(_, points)| points.get(place)).sum::<i64>();
        let add = |mut sum: [Counts; 2], (part, _): &(&Part, &[i64])| {
            sum[0].add(part.before);
            sum[1].add(part.after);
            sum
        };
        (parts.iter().fold([Counts::default(); 2], add), of(0), of(1))
    };
    let (named, rest) = parts.split_at(if parts.len() > PARTS_SHOWN { PARTS_SHOWN - 1 } else { parts.len() });
    let mut rows: Vec<_> = named.iter().map(|part| (name(part.0), sums(std::slice::from_ref(part)))).collect();
    if !rest.is_empty() {
        rows.push((format!("({} more)", rest.len()), sums(rest)));
    }
    let head = format!("by {}", clean(&divided.dimension));
    let whole = sums(&parts);
    let width = rows.iter().map(|(name, _)| name.chars().count() + 2).max().unwrap_or_default().max(head.chars().count()).max(8);
    let widths = whole.0.map(|counts| of_short(counts).chars().count().max(10)); // none of its parts is wider
    let [before_width, after_width] = widths;
    line(
        text,
        format_args!(
            "    {FAINT}{head:<width$}  {:>before_width$}  {:>after_width$}      mix     rate{FAINT:#}",
            "bad before", "bad since"
        ),
    );
    let row = |name: &str, ([before, after], mix, rate): ([Counts; 2], i64, i64)| {
        let (before, after) = (of_short(before), of_short(after));
        format!("    {name:<width$}  {before:>before_width$}  {after:>after_width$}  {:>7}  {:>7}", points(mix), points(rate))
    };
    rows.iter().for_each(|(name, sums)| line(text, format_args!("{}", row(&format!("  {name}"), *sums))));
    line(text, format_args!("{HEAD}{}{HEAD:#}  = {}", row("together", whole), points(total)));
}

fn name(part: &Part) -> String {
    if part.is_others { "(others)".into() } else { shown(&part.value) }
}

/// `116 bad of 200`.
fn of(counts: Counts) -> String {
    format!("{} bad of {}", thousands(counts.bad as f64), thousands(counts.total() as f64))
}

fn of_short(counts: Counts) -> String {
    format!("{} of {}", thousands(counts.bad as f64), thousands(counts.total() as f64))
}

/// `116 bad of 200, 58.00 %`.
fn with_ratio(counts: Counts) -> String {
    format!("{}, {:.2} %", of(counts), counts.bad as f64 / counts.total() as f64 * 100.0)
}

/// Hundredths of a percentage point, with their sign.
fn points(hundredths: i64) -> String {
    let sign = if hundredths < 0 { '-' } else { '+' };
    let number = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", number / 100, number % 100)
}

/// Billionths as hundredths of a percentage point, whose sum is the sum of the billionths, rounded: each is
/// rounded down, then those with the largest rests are raised by one.
fn together(billionths: &[i64]) -> Vec<i64> {
    let sum: i64 = billionths.iter().sum();
    let mut rounded: Vec<i64> = billionths.iter().map(|number| number.div_euclid(HUNDREDTH)).collect();
    // Halves away from zero.
    let whole = (sum.abs() + HUNDREDTH / 2) / HUNDREDTH * sum.signum();
    let missing = whole - rounded.iter().sum::<i64>();
    let mut places: Vec<usize> = (0..rounded.len()).collect();
    places.sort_by_key(|place| Reverse(billionths.get(*place).map(|number| number.rem_euclid(HUNDREDTH))));
    for place in places.into_iter().take(usize::try_from(missing).unwrap_or_default()) {
        rounded.get_mut(place).into_iter().for_each(|number| *number += 1);
    }
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_add_up_as_they_are_shown() {
        // 3.333..., 3.333... and 3.333... points are 10.00 together.
        assert_eq!(together(&[33_333_333, 33_333_333, 33_333_334]), [333, 333, 334]);
        assert_eq!(together(&[-33_333_333, -33_333_333, -33_333_334]), [-333, -333, -334]);
        assert_eq!(together(&[150_000, -150_000]), [2, -2]);
        assert_eq!(together(&[49_999, 49_999]), [1, 0]);
        assert_eq!(together(&[250_000]), [3]);
        assert_eq!(together(&[-250_000]), [-3]);
        assert_eq!([0, 5, -123, 10_000].map(points), ["+0.00", "+0.05", "-1.23", "+100.00"]);
        assert_eq!([0.0, 0.000_2, 0.05, 1.0].map(p), ["0.000", "2e-4", "0.050", "1.000"]);
    }
}
