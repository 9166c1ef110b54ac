//! Simulations for people: what holds beside what would have held, and what would have fired.
//!
//! Deliberately absent: a verdict on which terms are better.

use anstyle::Style;
use codomyrmex_telemetry::slo::{AlertHistory, Budgeting, Missing, SLOT_NS, SloViolation, Spell};

use super::super::clean;
use super::super::text::{BAD, FAINT, HEAD, WARNING, count, line, short, thousands};
use super::simulate::Compared;
use super::text::{current, flowing, good, promise, verdict};
use super::{Standing, time};

/// What would have fired and been violated is told newest last; so many of each.
const TOLD_MAX: usize = 20;

/// An objective under both terms.
pub(super) fn told(compared: &Compared) -> String {
    let mut text = String::new();
    let Compared { now, then, notes } = compared;
    line(&mut text, format_args!("{HEAD}{}{HEAD:#}", now.id()));
    line(&mut text, format_args!("  now        {}", terms(now)));
    line(&mut text, format_args!("  simulated  {}", terms(then)));
    let rows = rows(now, then);
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
    let now_width = rows.iter().map(|(_, now, _)| now.chars().count()).max().unwrap_or_default().max(3);
    line(&mut text, format_args!("\n  {FAINT}{:<width$}  {:<now_width$}  simulated{FAINT:#}", "", "now"));
    for (name, now, then) in &rows {
        line(&mut text, format_args!("  {name:<width$}  {now:<now_width$}  {then}"));
    }
    let fired = fired(then);
    if !fired.is_empty() {
        line(&mut text, format_args!("\n  {HEAD}What would have fired{HEAD:#}"));
        newest(&mut text, &fired);
    }
    let violated = violated(then);
    if !violated.is_empty() {
        line(&mut text, format_args!("\n  {HEAD}When the target would have been missed{HEAD:#}"));
        newest(&mut text, &violated);
    }
    if !notes.is_empty() {
        line(&mut text, format_args!(""));
    }
    notes.iter().for_each(|note| flowing(&mut text, 2, (WARNING, "note"), clean(note).split(' ').map(String::from)));
    text
}

fn newest(text: &mut String, lines: &[(Style, String)]) {
    let left_out = lines.len().saturating_sub(TOLD_MAX);
    if left_out > 0 {
        line(text, format_args!("    {FAINT}{} times before{FAINT:#}", thousands(left_out as f64)));
    }
    lines.iter().skip(left_out).for_each(|(style, shown)| line(text, format_args!("    {style}{shown}{style:#}")));
}

/// What is promised, and in what it is counted where that is not events.
fn terms(standing: &Standing) -> String {
    let missing = |missing: Missing| match missing {
        Missing::Ignored => "",
        Missing::Good => ", empty ones good",
        Missing::Bad => ", empty ones bad",
    };
    let slices = match standing.objective.budgeting {
        Budgeting::Occurrences => String::new(),
        Budgeting::Timeslices { slots, target, missing: of } => {
            format!(", in slices of {} good from {target} on{}", time::length(slots * SLOT_NS), missing(of))
        }
        Budgeting::RatioTimeslices { slots, missing: of } => {
            format!(", in slices of {} by their share{}", time::length(slots * SLOT_NS), missing(of))
        }
    };
    format!("{}{slices}", promise(standing))
}

/// Rows of a name and both sides: how it stands, then each alert that one of both has.
fn rows(now: &Standing, then: &Standing) -> Vec<(String, String, String)> {
    let both = |name: &str, of: &dyn Fn(&Standing) -> String| (name.to_string(), of(now), of(then));
    let left = |standing: &Standing| standing.status.budget_remaining.map_or_else(|| "-".into(), |left| format!("{:.2} %", left * 100.0));
    let mut rows = vec![
        both("verdict", &|standing| verdict(standing.status.state).1.into()),
        both("current", &|standing| current(&standing.status)),
        both("counts", &|standing| good(standing, standing.status.good, standing.status.total)),
        both("budget left", &left),
        both("policy", &|standing| clean(&standing.policy.action)),
        both("violations", &|standing| {
            let violations = standing.violations();
            let lasted = violations.iter().map(|violation| violation.duration).fold(0, u64::saturating_add);
            if violations.is_empty() { "none".into() } else { format!("{}, {} in all", violations.len(), time::length(lasted)) }
        }),
    ];
    let (alerts_now, alerts_then) = (now.alerts(), then.alerts());
    let more = alerts_then.iter().filter(|alert| !alerts_now.iter().any(|other| other.name == alert.name));
    for name in alerts_now.iter().chain(more).map(|alert| &alert.name) {
        let of = |alerts: &[AlertHistory]| alerts.iter().find(|alert| alert.name == *name).map_or_else(|| "-".into(), spells);
        rows.push((clean(name), of(&alerts_now), of(&alerts_then)));
    }
    rows
}

/// How often an alert fired.
fn spells(alert: &AlertHistory) -> String {
    let fires = if alert.is_firing { ", fires" } else { "" };
    match alert.spells.len() {
        0 => "never".into(),
        number => format!("{}{fires}", count(number as u64, "time")),
    }
}

/// What would have fired, in order of time.
fn fired(then: &Standing) -> Vec<(Style, String)> {
    let alerts = then.alerts();
    let mut spells: Vec<_> = alerts.iter().flat_map(|alert| alert.spells.iter().map(move |spell| (spell, alert))).collect();
    spells.sort_by_key(|(spell, _)| spell.opened); // those of one time in the order of the alerts
    let width = alerts.iter().map(|alert| clean(&alert.name).chars().count()).max().unwrap_or_default();
    let told = |(spell, alert): &(&Spell, &AlertHistory)| {
        let lasted = spell.closed.map_or_else(|| "fires".into(), |closed| format!("for {}", time::length(closed - spell.opened)));
        let peak = spell.peak.map_or_else(String::new, |peak| format!(", peak {}x", short(peak)));
        let style = if spell.closed.is_none() { BAD } else { Style::new() };
        let (name, severity) = (clean(&alert.name), alert.severity.name());
        (style, format!("{}  {name:<width$}  {severity:<6}  {lasted}{peak}", time::shown(spell.opened)))
    };
    spells.iter().map(told).collect()
}

/// When the target would have been missed, in order of time.
fn violated(then: &Standing) -> Vec<(Style, String)> {
    let told = |violation: &SloViolation| {
        let since = if violation.opened_before { "before " } else { "" };
        let lasted = match violation.closed {
            Some(_) => format!("for {}", time::length(violation.duration)),
            None => format!("lasts {}", time::length(violation.duration)),
        };
        let style = if violation.closed.is_none() { BAD } else { Style::new() };
        let worst = super::text::percent(violation.worst, then.objective.target);
        (style, format!("{since}{}  {lasted}, worst {worst}", time::shown(violation.opened)))
    };
    then.violations().iter().map(told).collect()
}
