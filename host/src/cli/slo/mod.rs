//! `telemetry slo`: how the objectives of snapshots stand, stood, and would have stood.
//!
//! What all of it shares is here: which objectives of which snapshots, as of when. Deliberately absent:
//! accounting. Everything told is asked of the ledger's own engine.

mod analyze;
mod analyze_text;
mod check;
mod import;
mod json;
mod rules;
mod simulate;
mod simulate_text;
mod status;
mod terms;
mod text;
mod violations;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use codomyrmex_telemetry::slo::{AlertHistory, Indicator, Objectives, PolicyState, SloViolation, Tracked};
use codomyrmex_telemetry::{Error, Objective, Status, Timestamp};

use super::snapshot::merge;
use super::{Failure, Format, clean, time};

pub(super) use json::standing as standing_json;
pub(super) use text::objectives;

/// What `telemetry slo` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print how objectives stand
    Status(status::Arguments),
    /// End with exit code 5 unless objectives stand as they should: a gate for pipelines
    Check(check::Arguments),
    /// Print when targets were not reached
    Violations(violations::Arguments),
    /// Print what bad events had in common, and what a change came from
    Analyze(analyze::Arguments),
    /// Print alerting rules for others to evaluate
    Rules(rules::Arguments),
    /// Read objectives from the formats of others
    Import(import::Arguments),
    /// Print what would have been violated and fired, and when, under other terms
    Simulate(simulate::Arguments),
}

/// Which objectives, as of when, and how they are told.
#[derive(Debug, clap::Args)]
struct Asked {
    /// Snapshot files, taken together
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,
    /// Only this objective; may be given several times
    #[arg(long = "slo", value_name = "ID")]
    ids: Vec<String>,
    /// As of when: 2026-01-31T12:00:00Z, or nanoseconds since 1970; without it, of each objective's newest event
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    at: Option<Timestamp>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// An objective and how it stands.
#[derive(Debug)]
pub(super) struct Standing {
    objective: Arc<Objective>,
    /// It alone: with the versions that it continues and the parts that it is made of, and without others that
    /// its id may mean. Two writers may have made different promises under one id and version.
    alone: Objectives,
    at: Option<Timestamp>,
    status: Status,
    policy: PolicyState,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Status(arguments) => status::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Violations(arguments) => violations::run(arguments),
        Command::Analyze(arguments) => analyze::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
    }
}

impl Asked {
    /// What is asked for; an id that is not there is named, with those that are.
    fn standings(&self) -> Result<Vec<Standing>, Failure> {
        chosen(standings(&merge(&self.files)?.slos, self.at), &self.ids)
    }
}

/// Those with these ids, or all where none is named.
fn chosen(mut standings: Vec<Standing>, ids: &[String]) -> Result<Vec<Standing>, Failure> {
    if ids.is_empty() {
        return Ok(standings);
    }
    check_ids(&standings.iter().map(|standing| standing.objective.id.as_str()).collect(), ids)?;
    standings.retain(|standing| ids.contains(&standing.objective.id));
    Ok(standings)
}

/// Refuses an id that is not there, and names those that are.
fn check_ids(known: &BTreeSet<&str>, ids: &[String]) -> Result<(), Failure> {
    const NAMED_MAX: usize = 20;
    if let Some(unknown) = ids.iter().find(|id| !known.contains(id.as_str())) {
        let mut names = known.iter().take(NAMED_MAX).map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
        if known.len() > NAMED_MAX {
            names.push_str(&format!(" and {} more", known.len() - NAMED_MAX));
        }
        let there = if known.is_empty() { "there are none in what was read".into() } else { format!("there are {names}") };
        return Err(Failure::input(format_args!("no objective has the id '{unknown}'; {there}")));
    }
    Ok(())
}

/// How all objectives stand, in the order of their ids: of several versions of one, the latest.
pub(super) fn standings(all: &Objectives, at: Option<Timestamp>) -> Vec<Standing> {
    let mut by_id: BTreeMap<&str, Vec<(&Arc<Objective>, &Tracked)>> = BTreeMap::new();
    for (objective, tracked) in &all.0 {
        by_id.entry(&objective.id).or_default().push((objective, tracked));
    }
    let mut standings = Vec::new();
    for versions in by_id.values() {
        let newest = versions.iter().map(|(objective, _)| objective.version).max();
        for (objective, _) in versions.iter().filter(|(objective, _)| Some(objective.version) == newest) {
            let own = versions.iter().filter(|(other, _)| other == objective || objective.continues(other));
            let parts: &[_] = if let Indicator::Composite(parts) = &objective.indicator { parts } else { &[] };
            let parts = parts.iter().filter_map(|part| by_id.get(part.id.as_str())).flatten();
            let alone = Objectives(own.chain(parts).map(|(objective, tracked)| (Arc::clone(objective), (*tracked).clone())).collect());
            // It is in there, so the ledger's engine knows it.
            standings.extend(Standing::new(Arc::clone(objective), alone, at).ok());
        }
    }
    standings
}

impl Standing {
    fn new(objective: Arc<Objective>, alone: Objectives, at: Option<Timestamp>) -> Result<Self, Error> {
        let (status, policy) = (alone.status(&objective.id, at)?, alone.policy(&objective.id, at)?);
        Ok(Self { objective, alone, at, status, policy })
    }

    /// When its target was not reached.
    fn violations(&self) -> Vec<SloViolation> {
        self.alone.violations(&self.objective.id, self.at).unwrap_or_default()
    }

    /// What its alerts did.
    fn alerts(&self) -> Vec<AlertHistory> {
        self.alone.alerts(&self.objective.id, self.at).unwrap_or_default()
    }

    /// Its id, harmless.
    fn id(&self) -> String {
        clean(&self.objective.id)
    }

    /// The alerts that fire, each with how urgent it is.
    fn firing(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let fires = |name: &String| self.status.firing.contains(name);
        let alerts = self.objective.alerts.iter().filter(move |alert| fires(&alert.name));
        alerts.map(|alert| (alert.name.as_str(), alert.severity.name()))
    }
}

#[cfg(test)]
mod tests;
