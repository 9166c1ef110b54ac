//! `telemetry slo simulate`: what would have been violated and fired, and when, under other terms.
//!
//! What was counted is the same; the terms are exchanged, and the ledger's own engine replays it.
//! Deliberately absent: any change of a snapshot.

use std::sync::Arc;

use codomyrmex_telemetry::slo::{Condition, Indicator, Objectives, SLOT_NS, Slots};
use codomyrmex_telemetry::{Error, Objective, Window};
use serde_json::{Value, json};

use super::super::json::pretty;
use super::super::{Failure, Format, print};
use super::terms::Terms;
use super::{Asked, Standing, json as of, simulate_text, time};

/// What `telemetry slo simulate` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    terms: Terms,
}

/// An objective under its own terms and under others.
pub(super) struct Compared {
    pub(super) now: Standing,
    pub(super) then: Standing,
    /// What makes the replay less exact than the engine would have been at the time.
    pub(super) notes: Vec<String>,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let standings = arguments.asked.standings()?;
    let compared = standings.into_iter().map(|now| compare(now, &arguments.terms).map_err(Failure::command_line));
    let compared = compared.collect::<Result<Vec<_>, Failure>>()?;
    print(&match arguments.asked.format {
        Format::Text => compared.iter().map(simulate_text::told).collect::<Vec<_>>().join("\n"),
        Format::Json => pretty(&compared.iter().map(told_json).collect()),
    })?;
    Ok(0)
}

/// An objective beside itself under other terms.
pub(super) fn compare(now: Standing, terms: &Terms) -> Result<Compared, Error> {
    let objective = Arc::new(terms.of(&now.objective)?);
    let exchanged = now.alone.0.iter().map(|(own, tracked)| {
        let own = if *own == now.objective { &objective } else { own };
        (Arc::clone(own), tracked.clone())
    });
    let alone = Objectives(exchanged.collect());
    let notes = notes(&now, &objective);
    let then = Standing::new(objective, alone, now.at)?;
    Ok(Compared { now, then, notes })
}

fn told_json(compared: &Compared) -> Value {
    let side = |standing: &Standing| {
        json!({
            "terms": of::terms(&standing.objective),
            "status": of::standing(standing),
            "violations": standing.violations().iter().map(of::violation).collect::<Vec<_>>(),
            "alerts": standing.alerts().iter().map(of::alert).collect::<Vec<_>>(),
        })
    };
    json!({
        "id": compared.now.objective.id,
        "name": compared.now.objective.name,
        "now": side(&compared.now),
        "simulated": side(&compared.then),
        "notes": compared.notes,
    })
}

/// What makes the replay less exact: old minutes are kept in coarser slots, and what is older still is gone.
fn notes(now: &Standing, objective: &Objective) -> Vec<String> {
    let mut notes = Vec::new();
    let is_composite = matches!(now.objective.indicator, Indicator::Composite(_));
    for (own, tracked) in now.alone.0.iter().filter(|(own, _)| !is_composite || own.id != now.objective.id) {
        // What an earlier version counted is read under the terms of the one that continues it.
        let own = if is_composite { own } else { &now.objective };
        let part = if is_composite { format!("part '{}': ", own.id) } else { String::new() };
        let Some(newest) = tracked.slots.newest() else { continue };
        let shortest = shortest(objective);
        if let Some((until, length)) = coarse(own, &tracked.slots, shortest) {
            let is_sliced_finer = objective.budgeting.slice_slots().is_some_and(|slice| slice < length);
            let (until, length) = (time::shown(until * SLOT_NS), time::length(length * SLOT_NS));
            notes.push(format!(
                "{part}before {until} the past is kept in slots of up to {length}, so what is shorter is judged by whole slots"
            ));
            if is_sliced_finer {
                notes.push(format!("{part}of slices shorter than a slot only the first in it holds what happened; the others are empty"));
            }
        }
        let kept = own.window.slots_max().saturating_add(own.resolution.history);
        if tracked.slots.expired().total() > 0 {
            let oldest = (newest + 1).saturating_sub(kept);
            let first = |window: Window| time::shown(oldest.saturating_add(window.slots_max() - 1) * SLOT_NS);
            let (was, would) = (first(own.window), first(objective.window));
            notes.push(format!(
                "{part}nothing before {} is kept: whole windows are known from {was} on, simulated ones from {would} on",
                time::shown(oldest * SLOT_NS)
            ));
        }
    }
    notes.dedup();
    notes
}

/// The shortest stretch of time that an objective looks at, in minutes.
fn shortest(objective: &Objective) -> u64 {
    let lookbacks = objective.alerts.iter().map(|alert| match alert.condition {
        Condition::Burn { short, .. } => short,
        Condition::NoData { after } => after,
    });
    lookbacks.chain(objective.budgeting.slice_slots()).min().unwrap_or_else(|| objective.window.slots_max())
}

/// The minute before which slots may be longer than a length, and how long they may be; `None` where none that
/// holds anything is.
fn coarse(own: &Objective, slots: &Slots, longer_than: u64) -> Option<(u64, u64)> {
    let oldest = slots.iter().next()?.0;
    let end = slots.newest()? + 1;
    // A slot never spans two slices.
    let slice = own.budgeting.slice_slots().unwrap_or(60);
    let fits =
        [(60, own.resolution.five_minutes), (5, own.resolution.minutes)].into_iter().filter(|(length, _)| slice.is_multiple_of(*length));
    let there = fits.map(|(length, after)| (end.saturating_sub(after), length)).filter(|(until, _)| oldest < *until);
    let coarser: Vec<(u64, u64)> = there.filter(|(_, length)| *length > longer_than).collect();
    // All that are too long: from where the finest of them begins, as long as the coarsest.
    Some((coarser.last()?.0, coarser.first()?.1))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::standings;
    use super::super::tests::{answers, at, objective, plain, recorded};
    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        terms: Terms,
    }

    fn simulated(now: Standing, words: &[&str]) -> Compared {
        compare(now, &Line::parse_from([&["simulate"], words].concat()).terms).unwrap()
    }

    #[test]
    fn what_would_have_fired_stands_beside_what_holds() {
        let now = standings(&recorded(&[answers()]), None).remove(0);
        let compared = simulated(now, &["--target=95.5%", "--alert=fast:page:2:10m:5m", "--alert=quiet:ticket:no-data:6m"]);
        assert_eq!(
            plain(&simulate_text::told(&compared)),
            "\
answers
  now        target 90% over 1 h
  simulated  target 95.5% over 1 h

               now               simulated
  verdict      met               NOT MET
  current      95.00 %           95.00 %
  counts       19 of 20 good     19 of 20 good
  budget left  50.00 %           -11.11 %
  policy       increase_reviews  freeze_deployments
  violations   none              1, 10 m in all
  fast         -                 1 time
  quiet        -                 1 time

  What would have fired
    1970-01-01T00:00:00Z  fast   page    for 5 m, peak 2.22x
    1970-01-01T00:06:00Z  quiet  ticket  for 3 m

  When the target would have been missed
    1970-01-01T00:00:00Z  lasts 10 m, worst 90.00 %
"
        );
    }

    #[test]
    fn json_has_both_sides() {
        let now = standings(&recorded(&[answers()]), None).remove(0);
        let words = ["--window=5m", "--budgeting=timeslices:5m:91%:bad", "--alert=fast:page:1:5m:5m:0"];
        let told = told_json(&simulated(now, &words));
        let (now, then) = (&told["now"], &told["simulated"]);
        assert_eq!((&told["id"], &told["name"], &told["notes"]), (&json!("answers"), &json!("Answers"), &json!([])));
        assert_eq!(
            now["terms"],
            json!({
                "target_ratio": {"numerator": 9, "denominator": 10}, "window": {"rolling_seconds": 3_600},
                "budgeting": {"method": "occurrences"}, "alerts": [],
            })
        );
        assert_eq!(
            (&now["status"]["good_events"], &now["status"]["total_events"], &now["violations"]),
            (&json!(19), &json!(20), &json!([]))
        );
        let slice = json!({"numerator": 91, "denominator": 100});
        assert_eq!(
            then["terms"],
            json!({
                "target_ratio": {"numerator": 9, "denominator": 10}, "window": {"rolling_seconds": 300},
                "budgeting": {"method": "timeslices", "slice_seconds": 300, "target_ratio": slice, "missing": "bad"},
                "alerts": [{
                    "name": "fast", "severity": "page", "factor": {"numerator": 1, "denominator": 1},
                    "long_seconds": 300, "short_seconds": 300, "minimum_bad": 0,
                }],
            })
        );
        // 9 of 10 make the first slice bad, 10 of 10 the second one good; the window is one slice long.
        assert_eq!((&then["status"]["good_events"], &then["status"]["total_events"]), (&json!(1), &json!(1)));
        assert_eq!(
            (&then["violations"][0]["opened"], &then["violations"][0]["closed"]),
            (&json!("1970-01-01T00:00:00Z"), &json!("1970-01-01T00:05:00Z"))
        );
        let spell = json!({"opened": "1970-01-01T00:00:00Z", "closed": "1970-01-01T00:05:00Z", "peak": 10.0});
        assert_eq!(then["alerts"], json!([{"name": "fast", "severity": "page", "is_firing": false, "spells": [spell]}]));
    }

    #[test]
    fn what_was_kept_coarsely_or_not_at_all_is_said() {
        let mut own = objective("old", "90%", 2_880);
        own.resolution.history = 0;
        own.alerts.clear();
        // Of three days two are kept: the last six hours by the minute, what is older in slots of five.
        let events: &[_] = &[(0, 1, 0, &[][..]), (1_500, 0, 1, &[]), (4_319, 1, 0, &[])];
        let now = || standings(&recorded(&[(own.clone(), events)]), Some(at(4_319))).remove(0);
        let notes = |words: &[&str]| simulated(now(), words).notes;
        let gone = "nothing before 1970-01-02T00:00:00Z is kept: whole windows are known from 1970-01-03T23:59:00Z on, simulated ones from";
        assert_eq!(notes(&["--window=1d", "--alerts=none"]), [format!("{gone} 1970-01-02T23:59:00Z on")]);
        assert_eq!(
            notes(&["--alert=fast:page:2:1h:1m"]),
            [
                "before 1970-01-03T18:00:00Z the past is kept in slots of up to 5 m, so what is shorter is judged by whole slots".into(),
                format!("{gone} 1970-01-03T23:59:00Z on"),
            ]
        );
        assert_eq!(notes(&["--alert=fast:page:2:1h:5m"]).len(), 1);
        let sliced = notes(&["--budgeting=timeslices:1m:90%:bad", "--alerts=none"]);
        assert_eq!(sliced[1], "of slices shorter than a slot only the first in it holds what happened; the others are empty");
    }
}
