//! Objectives for people: how each stands, what is left of its budget, and what is to be done.
//!
//! Lists are broken where a line would pass 80 columns; nothing is cut. Deliberately absent: colours that mean
//! something alone; each stands with a word.

use anstyle::Style;
use codomyrmex_telemetry::slo::{Budgeting, NORMAL, State};
use codomyrmex_telemetry::{Ratio, Status};

use super::super::clean;
use super::super::text::{BAD, FAINT, GOOD, HEAD, WARNING, count, line, short, thousands};
use super::{Standing, time};

const BAR_CELLS: usize = 20;
pub(super) const COLUMNS: usize = 80;

/// An id that is longer has a line of its own.
const ID_COLUMNS: usize = 20;

/// How objectives stand, under a heading; nothing where there are none.
pub(in crate::cli) fn objectives(text: &mut String, standings: &[Standing]) {
    if standings.is_empty() {
        return;
    }
    line(text, format_args!("\n{HEAD}Objectives{HEAD:#}"));
    let ids = standings.iter().map(|standing| standing.id().chars().count());
    let width = ids.filter(|width| *width <= ID_COLUMNS).max().unwrap_or_default();
    let targets = standings.iter().map(|standing| promise(standing).chars().count());
    let target_width = targets.max().unwrap_or_default().min(24);
    for standing in standings {
        objective(text, standing, width, target_width);
    }
}

fn objective(text: &mut String, standing: &Standing, width: usize, target_width: usize) {
    let status = &standing.status;
    let id = standing.id();
    let (style, verdict) = verdict(status.state);
    let (current, promise, counts) = (current(status), promise(standing), good(standing, status.good, status.total));
    let stands = format!("{style}{verdict:<7}{style:#}  {current:>8}");
    let (head, columns) = if id.chars().count() > ID_COLUMNS {
        line(text, format_args!("  {id}"));
        (format!("    {stands}  {promise}"), 25 + promise.chars().count())
    } else {
        (format!("  {id:<width$}  {stands}  {promise:<target_width$}"), 25 + width + promise.chars().count().max(target_width))
    };
    if columns + counts.chars().count() <= COLUMNS {
        line(text, format_args!("{head}  {counts}"));
    } else {
        line(text, format_args!("{}", head.trim_end()));
        line(text, format_args!("    {counts}"));
    }
    if status.name != status.id {
        line(text, format_args!("    {}", clean(&status.name)));
    }
    line(text, format_args!("    {}", budget(standing)));
    if status.burn_rates.iter().any(|burn| burn.rate.is_some()) {
        let rate = |rate: Option<f64>| rate.map_or_else(|| "-".into(), |rate| format!("{}x", short(rate)));
        let burns = status.burn_rates.iter().map(|burn| format!("{} {}", time::lookback(burn.lookback), rate(burn.rate)));
        listed(text, 4, (Style::new(), "burn"), &burns.collect::<Vec<_>>());
    }
    let firing: Vec<_> = standing.firing().map(|(name, severity)| format!("{} ({severity})", clean(name))).collect();
    if !firing.is_empty() {
        listed(text, 4, (BAD, "fires"), &firing);
    }
    notes(standing).iter().for_each(|(style, note)| line(text, format_args!("    {style}{note}{style:#}")));
}

/// What more there is to say, a line each.
fn notes(standing: &Standing) -> Vec<(Style, String)> {
    let status = &standing.status;
    let mut notes = Vec::new();
    let mut note = |style: Style, what: String| notes.push((style, what));
    if standing.policy.action != NORMAL {
        note(WARNING, format!("policy {} since {}", clean(&standing.policy.action), time::shown(standing.policy.since)));
    }
    if let Some(left) = status.time_to_exhaustion {
        note(WARNING, format!("at this pace the budget is spent in {}", time::length(left)));
    }
    match (status.state, status.time_to_recovery) {
        (State::Violated, Some(left)) => {
            note(Style::new(), format!("at this pace the target is reached again in {}", time::length(left)));
        }
        (State::Violated, None) => note(Style::new(), "at this pace the target stays out of reach".into()),
        _ => {}
    }
    if let Some((projection, current)) = status.projection.and_then(|projection| Some((projection, projection.current?))) {
        let left = projection.budget_remaining.map_or_else(String::new, |left| format!(", with {:.2} % of the budget left", left * 100.0));
        note(Style::new(), format!("at this pace the window ends at {}{left}", percent(current, status.target)));
    }
    if status.state == State::Insufficient {
        note(Style::new(), format!("it is judged from {} on", count(standing.objective.minimum, thing(standing))));
    }
    // Rounded down: what is not all is not shown as all.
    if status.total > 0 && status.coverage < 1.0 {
        let hundredths = (status.coverage * 10_000.0).floor();
        let share = if hundredths < 1.0 { "less than 0.01 %".into() } else { format!("{:.2} %", hundredths / 100.0) };
        note(FAINT, format!("something happened in {share} of the window"));
    }
    if (status.raw_good, status.raw_total) != (status.good, status.total) {
        note(FAINT, format!("with exempt times {}", good(standing, status.raw_good, status.raw_total)));
    }
    if status.expired > 0 {
        note(FAINT, format!("{} came before all that is kept", count(status.expired, "event")));
    }
    if status.uncounted > 0 {
        note(FAINT, format!("not counted: {} of metrics, no whole number of events", count(status.uncounted, "record")));
    }
    notes
}

/// How an objective stands, in a word or two.
pub(super) const fn verdict(state: State) -> (Style, &'static str) {
    match state {
        State::Met => (GOOD, "met"),
        State::AtRisk => (WARNING, "AT RISK"),
        State::Violated => (BAD, "NOT MET"),
        State::NoData => (FAINT, "no data"),
        State::Insufficient => (FAINT, "too few"),
    }
}

/// What is promised: `target 99.9% over 30 d`.
pub(super) fn promise(standing: &Standing) -> String {
    format!("target {} {}", standing.objective.target, time::window(standing.objective.window))
}

/// The share of good events.
pub(super) fn current(status: &Status) -> String {
    status.current.map_or_else(|| "-".into(), |current| percent(current, status.target))
}

/// A share in percent, with as many decimals as it takes to tell it from the target.
pub(super) fn percent(share: f64, target: Ratio) -> String {
    let target = target.numerator() as f64 / target.denominator() as f64;
    let shown = |decimals: usize| format!("{:.decimals$} %", share * 100.0);
    let decimals =
        (2..9).find(|decimals| share == target || shown(*decimals) != format!("{target:.0$} %", *decimals, target = target * 100.0));
    shown(decimals.unwrap_or(9))
}

/// Counts of good ones: `84 of 200 good`. Slices that count by their share have decimals.
pub(super) fn good(standing: &Standing, good: u64, total: u64) -> String {
    let of = |number: u64| thousands(number as f64 / standing.status.unit as f64);
    format!("{} of {}{} good", of(good), of(total), slices(standing, total))
}

/// Counts of bad ones: `116 bad of 200`.
pub(super) fn bad(standing: &Standing, good: u64, bad: u64) -> String {
    let of = |number: u64| thousands(number as f64 / standing.status.unit as f64);
    let total = good.saturating_add(bad);
    format!("{} bad of {}{}", of(bad), of(total), slices(standing, total))
}

/// What is behind a number of them, where it is not events.
fn slices(standing: &Standing, units: u64) -> &'static str {
    match is_sliced(standing) {
        true if units == standing.status.unit => " slice",
        true => " slices",
        false => "",
    }
}

fn is_sliced(standing: &Standing) -> bool {
    standing.objective.budgeting != Budgeting::Occurrences
}

/// What is counted.
pub(super) fn thing(standing: &Standing) -> &'static str {
    if is_sliced(standing) { "slice" } else { "event" }
}

/// The error budget as a bar that empties, and in figures.
fn budget(standing: &Standing) -> String {
    let status = &standing.status;
    let Some(left) = status.budget_remaining else {
        return match status.state {
            State::NoData => "error budget unknown".into(),
            _ => "no error budget: the target is 100 %".into(),
        };
    };
    let cells = ((left.clamp(0.0, 1.0) * BAR_CELLS as f64) as usize).max(usize::from(left > 0.0));
    let bar = format!("[{}{}]", "#".repeat(cells), ".".repeat(BAR_CELLS - cells));
    let events = status.budget_remaining_events;
    let thing = if is_sliced(standing) { "bad slice" } else { "failure" };
    let failures = if events.abs() == 1.0 { thing.into() } else { format!("{thing}s") };
    if left < 0.0 {
        format!("{BAD}{bar}{BAD:#} error budget left {BAD}{:.2} %{BAD:#}: overspent by {} {failures}", left * 100.0, short(-events))
    } else {
        format!("{bar} error budget left {:.2} %: {} more {failures}", left * 100.0, short(events))
    }
}

/// A list behind a head, broken where a line would be too long.
pub(super) fn listed(text: &mut String, indent: usize, head: (Style, &str), items: &[String]) {
    let comma = |place: usize| if place + 1 < items.len() { "," } else { "" };
    let pieces = items.iter().enumerate().map(|(place, item)| format!("{item}{}", comma(place)));
    flowing(text, indent, head, pieces);
}

/// Pieces behind a head, with a blank before each, or a new line where it would be too long.
pub(super) fn flowing(text: &mut String, indent: usize, (style, head): (Style, &str), pieces: impl Iterator<Item = String>) {
    let mut shown = format!("{:indent$}{style}{head}{style:#}", "");
    let mut width = indent + head.chars().count();
    for piece in pieces {
        let length = 1 + piece.chars().count();
        if width + length > COLUMNS {
            shown.push_str(&format!("\n{:1$}", "", indent + 1));
            width = indent + 1;
        }
        shown.push_str(&format!(" {piece}"));
        width += length;
    }
    line(text, format_args!("{shown}"));
}
