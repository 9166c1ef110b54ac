//! `telemetry slo check`: a gate for pipelines.
//!
//! Where there is nothing to judge the gate does not open. Deliberately absent: a policy of its own; what is a
//! failure is said on the command line.

use std::fmt;

use anstyle::Style;
use codomyrmex_telemetry::slo::State;
use serde_json::json;

use super::super::json::pretty;
use super::super::text::{BAD, GOOD, count, line};
use super::super::{Failure, Format, OBJECTIVES_FAILED, clean, print};
use super::text::{current, thing, verdict};
use super::{Asked, Standing, json as of, time};

/// What `telemetry slo check` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// What fails, may be given several times: `violated`, a target not reached; `at-risk`, that or an alert
    /// firing or a budget about to be spent; `alert`, an alert firing; `policy=ACTION`, a budget of which so
    /// much is consumed that its policy asks for that or for more; `no-data`, too little to judge by
    #[arg(long = "fail-on", value_name = "WHEN", value_parser = FailOn::parse, default_value = "violated")]
    fail_on: Vec<FailOn>,
}

/// What fails.
#[derive(Clone, Debug, Eq, PartialEq)]
enum FailOn {
    Violated,
    AtRisk,
    Alert,
    Policy(String),
    NoData,
}

impl FailOn {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match (text, text.strip_prefix("policy=")) {
            ("violated", _) => Self::Violated,
            ("at-risk", _) => Self::AtRisk,
            ("alert", _) => Self::Alert,
            ("no-data", _) => Self::NoData,
            (_, Some(action)) if !action.is_empty() => Self::Policy(action.into()),
            _ => return Err("it is one of violated, at-risk, alert, policy=ACTION, no-data".into()),
        })
    }

    /// Why an objective fails by it.
    fn reason(&self, standing: &Standing) -> Option<String> {
        let (status, objective) = (&standing.status, &standing.objective);
        let alerts = || standing.firing().map(|(name, severity)| format!("{} fires ({severity})", clean(name))).collect::<Vec<_>>();
        let violated = || (status.state == State::Violated).then(|| format!("{}, below its target {}", current(status), status.target));
        match self {
            Self::Violated => violated(),
            Self::AtRisk => violated().or_else(|| {
                let mut why = alerts();
                why.extend(status.time_to_exhaustion.map(|left| format!("the budget is spent in {}", time::length(left))));
                (status.state == State::AtRisk).then(|| format!("at risk: {}", why.join(", ")))
            }),
            Self::Alert => Some(alerts().join(", ")).filter(|alerts| !alerts.is_empty()),
            Self::Policy(action) => {
                let place = |action: &str| objective.policy.iter().position(|step| step.action == action);
                let is_reached = place(action)? <= place(&standing.policy.action)?;
                is_reached.then(|| format!("policy {} since {}", clean(&standing.policy.action), time::shown(standing.policy.since)))
            }
            Self::NoData => match status.state {
                State::NoData => Some("nothing happened in the window".into()),
                State::Insufficient => Some(format!(
                    "only {} in the window, and it takes {}",
                    count(status.total / status.unit, thing(standing)),
                    count(objective.minimum, thing(standing))
                )),
                _ => None,
            },
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violated => f.write_str("violated"),
            Self::AtRisk => f.write_str("at-risk"),
            Self::Alert => f.write_str("alert"),
            Self::Policy(action) => write!(f, "policy={action}"),
            Self::NoData => f.write_str("no-data"),
        }
    }
}

/// Runs it. The answer is an exit code.
pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let standings = arguments.asked.standings()?;
    let judged = judge(&standings, &arguments.fail_on)?;
    print(&match arguments.asked.format {
        Format::Text => told(&judged),
        Format::Json => pretty(&json!({
            "is_ok": judged.iter().all(|(_, reasons)| reasons.is_empty()),
            "fail_on": arguments.fail_on.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "slos": judged.iter().map(|(standing, reasons)| {
                let mut slo = of::standing(standing);
                slo["is_ok"] = reasons.is_empty().into();
                slo["reasons"] = json!(reasons);
                slo
            }).collect::<Vec<_>>(),
        })),
    })?;
    Ok(if judged.iter().all(|(_, reasons)| reasons.is_empty()) { 0 } else { OBJECTIVES_FAILED })
}

/// Each objective with the reasons for which it fails.
fn judge<'s>(standings: &'s [Standing], fail_on: &[FailOn]) -> Result<Vec<(&'s Standing, Vec<String>)>, Failure> {
    if standings.is_empty() {
        return Err(Failure::input("there is no objective in what was read, so nothing can be checked"));
    }
    for action in fail_on.iter().filter_map(|fail_on| if let FailOn::Policy(action) = fail_on { Some(action) } else { None }) {
        let mut known: Vec<&str> = standings.iter().flat_map(|standing| &standing.objective.policy).map(|step| &*step.action).collect();
        if !known.contains(&action.as_str()) {
            known.sort_unstable();
            known.dedup();
            let there = if known.is_empty() { "there is no policy".into() } else { format!("there are {}", known.join(", ")) };
            return Err(Failure::input(format_args!("no policy has the action '{action}'; {there}")));
        }
    }
    let reasons = |standing: &Standing| {
        let mut reasons: Vec<String> = Vec::new();
        for reason in fail_on.iter().filter_map(|fail_on| fail_on.reason(standing)) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    };
    Ok(standings.iter().map(|standing| (standing, reasons(standing))).collect())
}

/// A line each.
fn told(judged: &[(&Standing, Vec<String>)]) -> String {
    let mut text = String::new();
    let width = judged.iter().map(|(standing, _)| standing.id().chars().count()).max().unwrap_or_default().min(40);
    for (standing, reasons) in judged {
        let (style, word): (Style, _) = if reasons.is_empty() { (GOOD, "ok") } else { (BAD, "FAIL") };
        let status = &standing.status;
        let what = match status.current {
            _ if !reasons.is_empty() => reasons.join("; "),
            None => verdict(status.state).1.into(),
            Some(_) => format!("{}: {}, target {}", verdict(status.state).1, current(status), status.target),
        };
        line(&mut text, format_args!("{style}{word:<4}{style:#}  {:<width$}  {what}", standing.id()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::standings;
    use super::super::tests::{answers, burning, objective, plain, quiet, recorded};
    use super::*;

    /// The lines that are told, and whether the gate is open.
    fn judged(fail_on: &[&str]) -> (String, bool) {
        let standings = standings(&recorded(&[answers(), burning(), quiet()]), None);
        let fail_on: Vec<FailOn> = fail_on.iter().map(|text| FailOn::parse(text).unwrap()).collect();
        let judged = judge(&standings, &fail_on).unwrap();
        (plain(&told(&judged)), judged.iter().all(|(_, reasons)| reasons.is_empty()))
    }

    #[test]
    fn each_objective_has_a_line_with_the_reason() {
        let text = "\
ok    answers  met: 95.00 %, target 90%
FAIL  burning  97.00 %, below its target 99%
ok    quiet    no data
";
        assert_eq!(judged(&["violated"]), (text.into(), false));
        assert_eq!(judged(&["at-risk"]), (text.into(), false)); // what is worse fails too, once
        assert_eq!(judged(&["violated", "at-risk"]), (text.into(), false));
        let (text, _) = judged(&["alert", "no-data"]);
        assert!(text.contains("FAIL  burning  fast fires (page)\nFAIL  quiet    nothing happened in the window\n"), "{text}");
        let text = "\
FAIL  answers  policy increase_reviews since 1970-01-01T00:09:00Z
FAIL  burning  97.00 %, below its target 99%; policy freeze_deployments since 1970-01-01T00:00:00Z
ok    quiet    no data
";
        assert_eq!(judged(&["violated", "policy=increase_reviews"]), (text.into(), false));
        // A step that is not reached yet does not fail.
        assert!(judged(&["policy=reduce_risk"]).0.starts_with("ok    answers  met: 95.00 %"));
    }

    #[test]
    fn what_is_at_risk_says_of_what() {
        // 9 of 10 good at 90 %, all failures in the last minute of two: the next one is too many.
        let standings = standings(&recorded(&[(objective("risky", "90%", 120), &[(0, 9, 0, &[]), (1, 0, 1, &[])])]), None);
        let told = |fail_on| plain(&told(&judge(&standings, &[fail_on]).unwrap()));
        assert_eq!(told(FailOn::Violated), "ok    risky  AT RISK: 90.00 %, target 90%\n");
        assert_eq!(told(FailOn::AtRisk), "FAIL  risky  at risk: the budget is spent in 1 m\n");
    }

    #[test]
    fn a_gate_without_anything_to_judge_does_not_open() {
        let refused = |standings: &[Standing], fail_on| judge(standings, &[fail_on]).map(|_| ()).unwrap_err();
        let failure = refused(&[], FailOn::Violated);
        assert_eq!((failure.code, failure.message.as_str()), (3, "there is no objective in what was read, so nothing can be checked"));
        let standings = standings(&recorded(&[answers()]), None);
        let failure = refused(&standings, FailOn::Policy("freeze".into()));
        let message = "no policy has the action 'freeze'; there are freeze_deployments, increase_reviews, reduce_risk";
        assert_eq!((failure.code, failure.message.as_str()), (3, message));
    }

    #[test]
    fn what_fails_is_read_as_it_is_written() {
        for text in ["violated", "at-risk", "alert", "policy=freeze_deployments", "no-data"] {
            assert_eq!(FailOn::parse(text).map(|fail_on| fail_on.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "policy=", "policy", "Violated"] {
            assert_eq!(FailOn::parse(text), Err("it is one of violated, at-risk, alert, policy=ACTION, no-data".into()));
        }
    }
}
