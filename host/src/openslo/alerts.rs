//! Alerts: policies and conditions of OpenSLO as ours.
//!
//! An alert of OpenSLO fires when a burn rate held for a while; ours when it holds over two lookbacks, of
//! which the short one serves the same end, and more: it ends the alert soon after the burning ends.
//! Deliberately absent: who is told.

use codomyrmex_telemetry::slo::{Alert, Condition, Severity};
use codomyrmex_telemetry::{Comparison, Objective};

use super::Error;
use super::annotation::Ours;
use super::decimal::shown;
use super::object::{Metadata, Referred};
use super::policy::{self, Policy};
use super::resolve::Work;
use super::source::OURS;

/// The alerts of an SLO's policies, each with what its policy is called.
pub(super) fn of_slo<'a>(work: &mut Work<'a>, policies: &'a [Referred<'a, Policy<'a>>]) -> Result<Vec<(Alert, String)>, Error> {
    let mut alerts = Vec::new();
    for referred in policies {
        let Some((metadata, policy)) = work.policy(referred) else { continue };
        alerts.extend(of_policy(work, metadata, policy)?.into_iter().map(|alert| (alert, metadata.label())));
    }
    Ok(alerts)
}

/// Adds alerts to an objective that is right without them.
pub(super) fn add(work: &mut Work<'_>, slo: &str, objective: &mut Objective, alerts: &[(Alert, String)]) {
    for (alert, policy) in alerts {
        objective.alerts.push(alert.clone());
        if let Err(why) = objective.check() {
            objective.alerts.pop();
            work.leave_out(slo, format!("the alert '{}' of {policy}", alert.name), why.to_string());
        }
    }
}

/// The alerts of a policy: on burning, on silence, or both.
fn of_policy<'a>(work: &mut Work<'a>, metadata: &'a Metadata<'a>, policy: &'a Policy<'a>) -> Result<Vec<Alert>, Error> {
    let mut ours = Ours::of(metadata)?;
    let name = ours.id("name", metadata)?;
    work.leave_out_notes(metadata, policy.described, ours.foreign);
    leave_out_targets(work, policy);
    if policy.when_resolved {
        work.leave_out(metadata.label(), "spec.alertWhenResolved", "who watches the ledger sees an alert end as it sees it begin");
    }
    let mut alerts = Vec::new();
    let found = work.condition(&policy.condition);
    if let Some((called, condition)) = found {
        let foreign = Ours::of(called)?;
        work.leave_out_notes(called, condition.described, foreign.foreign);
        foreign.end()?;
        let severity = severity(work, condition);
        let (long, after) = (condition.lookback.minutes(), condition.after.map(super::window::Duration::minutes));
        let Some(long) = long.filter(|_| after != Some(None)) else {
            work.leave_out_field(&condition.at, "months, quarters and years have no one length; write days, like 30d");
            return Ok(Vec::new());
        };
        let short = after.flatten().unwrap_or_else(|| (long / 12).max(1));
        if policy.when_breaching && is_burning(work, condition) {
            let Some(given) = condition.threshold.ratio() else {
                work.leave_out_field(&condition.at, "the threshold is below 0, or takes more than 64 bits");
                return Ok(Vec::new());
            };
            let factor = ours.exact("factor", &condition.at, given, shown)?;
            let minimum_bad = ours.number("minimum-bad")?.unwrap_or(1);
            alerts.push(Alert { name: name.clone(), severity, condition: Condition::Burn { factor, long, short, minimum_bad } });
        }
        if policy.when_no_data {
            let name = if policy.when_breaching { format!("{name}-no-data") } else { name };
            alerts.push(Alert { name, severity, condition: Condition::NoData { after: long } });
        }
        if !policy.when_breaching && !policy.when_no_data {
            work.leave_out(metadata.label(), "all of it", "neither alertWhenBreaching nor alertWhenNoData is true, so it never alerts");
        }
    }
    if found.is_some() {
        ours.end()?;
    }
    Ok(alerts)
}

/// Whether it is on burning too fast.
fn is_burning<'a>(work: &mut Work<'a>, condition: &policy::Condition<'a>) -> bool {
    match condition.comparison {
        Comparison::Above => true,
        Comparison::AtLeast => {
            work.leave_out_field(&condition.at, "an alert begins above its threshold, not at it: gte is taken for gt");
            true
        }
        Comparison::Below | Comparison::AtMost => {
            work.leave_out_field(&condition.at, "it would alert while the budget burns slowly; for fast burning write op: gt");
            false
        }
    }
}

/// Which of our two severities a word means.
fn severity<'a>(work: &mut Work<'a>, condition: &policy::Condition<'a>) -> Severity {
    match condition.severity {
        "page" => Severity::Page,
        "ticket" => Severity::Ticket,
        other => {
            let why = format!("'{}' is neither page nor ticket, and is taken for ticket", super::yaml::shortened(other));
            work.leave_out(condition.at.place.object.as_str(), "spec.severity", why);
            Severity::Ticket
        }
    }
}

/// Names those who would be told, but for the one that exports name.
fn leave_out_targets<'a>(work: &mut Work<'a>, policy: &'a Policy<'a>) {
    const WHY: &str = "who is told is up to who watches the ledger";
    for target in &policy.targets {
        match target {
            Referred::Here(_, target) if *target == OURS => {}
            Referred::Here(metadata, target) => work.leave_out(metadata.label(), *target, WHY),
            Referred::There(at, name) => {
                if work.has_target(name) {
                    work.leave_out_field(at, WHY);
                }
            }
        }
    }
}
