//! `telemetry slo violations`: when targets were not reached, the newest last.
//!
//! Deliberately absent: why; see `analyze`.

use codomyrmex_telemetry::slo::SloViolation;
use serde_json::json;

use super::super::json::pretty;
use super::super::text::{BAD, FAINT, HEAD, count, line};
use super::super::{Failure, Format, print};
use super::text::{bad, listed, percent, promise};
use super::{Asked, Standing, json as of, time};

/// Slots of a violation that are named to people.
const SLOTS_SHOWN: usize = 3;

/// What `telemetry slo violations` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// Print at most so many violations of each objective, the newest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let standings = arguments.asked.standings()?;
    let limit = usize::from(arguments.limit);
    print(&match arguments.asked.format {
        Format::Text => standings.iter().map(|standing| told(standing, limit)).collect::<Vec<_>>().join("\n"),
        Format::Json => pretty(&standings.iter().map(|standing| told_json(standing, limit)).collect()),
    })?;
    Ok(0)
}

fn told_json(standing: &Standing, limit: usize) -> serde_json::Value {
    let violations = standing.violations();
    let shown = violations.iter().skip(violations.len().saturating_sub(limit));
    json!({
        "id": standing.objective.id,
        "name": standing.objective.name,
        "violations_total": violations.len(),
        "violations": shown.map(of::violation).collect::<Vec<_>>(),
    })
}

fn told(standing: &Standing, limit: usize) -> String {
    let mut text = String::new();
    let violations = standing.violations();
    let number = if violations.is_empty() { "no violation".into() } else { count(violations.len() as u64, "violation") };
    line(&mut text, format_args!("{HEAD}{}{HEAD:#}  {}: {number}", standing.id(), promise(standing)));
    let left_out = violations.len().saturating_sub(limit);
    if left_out > 0 {
        line(&mut text, format_args!("  {FAINT}{} before{FAINT:#}", count(left_out as u64, "violation")));
    }
    violations.iter().skip(left_out).for_each(|violation| one(&mut text, standing, violation));
    text
}

fn one(text: &mut String, standing: &Standing, violation: &SloViolation) {
    let since = if violation.opened_before { "since before " } else { "" };
    let (from, lasted) = (time::shown(violation.opened), time::length(violation.duration));
    match violation.closed {
        Some(closed) => line(text, format_args!("  {since}{from} to {}, {lasted}", time::shown(closed))),
        None => line(text, format_args!("  {BAD}{since}{from}, {lasted} until now{BAD:#}")),
    }
    let consumed =
        violation.budget_consumed.map_or_else(String::new, |consumed| format!(", {:.2} % of the budget consumed", consumed * 100.0));
    let worst = percent(violation.worst, standing.objective.target);
    line(text, format_args!("    worst {worst} at {}{consumed}", time::shown(violation.worst_at)));
    line(text, format_args!("    meanwhile {}", bad(standing, violation.good, violation.bad)));
    let slots = violation.slots.iter().take(SLOTS_SHOWN);
    let slots: Vec<_> = slots
        .map(|slot| {
            let length = time::length(slot.end - slot.start);
            format!("{} for {length}: {}", time::shown(slot.start), bad(standing, slot.good, slot.bad))
        })
        .collect();
    if !slots.is_empty() {
        let head = format!("worst of {}:", count(violation.slots_total, "slot"));
        listed(text, 4, (FAINT, &head), &slots);
    }
}

#[cfg(test)]
mod tests {
    use super::super::standings;
    use super::super::tests::{burning, objective, plain, quiet, recorded};
    use super::*;

    #[test]
    fn episodes_are_told_with_their_worst_the_newest_last() {
        // At 90 % over ten minutes. At 0 one of two is bad: half, five times what may be; at 10 it leaves the
        // window. At 12 and 14 one of ten and three of ten: at 22 the first leaves, three of ten stay, and at 24 none.
        let events: &[_] = &[(0, 1, 1, &[][..]), (12, 9, 1, &[]), (14, 7, 3, &[])];
        let standings = standings(&recorded(&[(objective("often", "90%", 10), events), burning(), quiet()]), None);
        let [burning, often, quiet] = &standings[..] else { panic!("there should be three") };
        // Without an end the newest event is now.
        assert_eq!(
            plain(&told(often, 20)),
            "\
often  target 90% over 10 m: 2 violations
  1970-01-01T00:00:00Z to 1970-01-01T00:10:00Z, 10 m
    worst 50.00 % at 1970-01-01T00:00:00Z, 500.00 % of the budget consumed
    meanwhile 1 bad of 2
    worst of 1 slot: 1970-01-01T00:00:00Z for 1 m: 1 bad of 2
  1970-01-01T00:14:00Z, 1 m until now
    worst 80.00 % at 1970-01-01T00:14:00Z, 200.00 % of the budget consumed
    meanwhile 3 bad of 10
    worst of 2 slots: 1970-01-01T00:14:00Z for 1 m: 3 bad of 10,
      1970-01-01T00:12:00Z for 1 m: 1 bad of 10
"
        );
        let text = plain(&told(often, 1));
        assert!(
            text.starts_with("often  target 90% over 10 m: 2 violations\n  1 violation before\n  1970-01-01T00:14:00Z, 1 m until now\n")
        );
        assert_eq!(plain(&told(quiet, 20)), "quiet  target 99.9% by the month (UTC+02:00): no violation\n");
        assert_eq!(
            told_json(burning, 20),
            json!({
                "id": "burning", "name": "burning", "violations_total": 1,
                "violations": [{
                    "opened": "1970-01-01T00:00:00Z", "opened_before": false, "closed": null, "duration_seconds": 60,
                    "worst": 97.0, "worst_at": "1970-01-01T00:00:00Z", "budget_consumed": 3.0, "good_events": 97, "bad_events": 3,
                    "slots": [{"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T00:01:00Z", "good_events": 97, "bad_events": 3}],
                    "slots_total": 1,
                }],
            })
        );
        let one = told_json(often, 1);
        assert_eq!((one["violations_total"].as_u64(), one["violations"].as_array().map(Vec::len)), (Some(2), Some(1)));
        assert_eq!(one["violations"][0]["opened"], "1970-01-01T00:14:00Z");
    }
}
