//! Alert policies, conditions and targets, as OpenSLO v1 writes them.
//!
//! Deliberately absent: what they are here; see `alerts`.

use codomyrmex_telemetry::Comparison;

use super::Error;
use super::decimal::Decimal;
use super::field::{At, COMPARISONS};
use super::object::{Kind, Referred, read_referred};
use super::window::Duration;

/// When somebody is told, and who.
#[derive(Debug)]
pub(super) struct Policy<'a> {
    pub(super) described: bool,
    pub(super) when_no_data: bool,
    pub(super) when_breaching: bool,
    pub(super) when_resolved: bool,
    pub(super) condition: Referred<'a, Condition<'a>>,
    pub(super) targets: Vec<Referred<'a, &'a str>>,
}

/// What is alerted on: a burn rate.
#[derive(Clone, Debug)]
pub(super) struct Condition<'a> {
    pub(super) at: At<'a>,
    pub(super) described: bool,
    pub(super) severity: &'a str,
    pub(super) comparison: Comparison,
    pub(super) threshold: Decimal,
    pub(super) lookback: Duration,
    pub(super) after: Option<Duration>,
}

impl<'a> Policy<'a> {
    /// Reads the spec of an AlertPolicy.
    pub(super) fn read(at: &At<'a>) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let described = fields.take("description").map(|at| at.description()).transpose()?.is_some();
        let mut flag = |name: &str| fields.take(name).map_or(Ok(false), |at| at.boolean());
        let [when_no_data, when_breaching, when_resolved] =
            [flag("alertWhenNoData")?, flag("alertWhenBreaching")?, flag("alertWhenResolved")?];
        let conditions = fields.need("conditions")?;
        let items = conditions.list()?;
        let [item] = items.as_slice() else {
            return Err(conditions.refuse(format!("exactly one condition is needed, and there are {}", items.len())));
        };
        let condition = read_referred(item, Kind::AlertCondition, "conditionRef", Condition::read)?;
        let list = fields.need("notificationTargets")?;
        let targets = list.list()?;
        if targets.is_empty() {
            return Err(list.refuse("at least one target is needed"));
        }
        let read = |at: &At<'a>| read_referred(at, Kind::AlertNotificationTarget, "targetRef", read_target);
        let targets = targets.iter().map(read).collect::<Result<_, _>>()?;
        fields.end()?;
        Ok(Self { described, when_no_data, when_breaching, when_resolved, condition, targets })
    }
}

impl<'a> Condition<'a> {
    /// Reads the spec of an AlertCondition.
    pub(super) fn read(at: &At<'a>) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let described = fields.take("description").map(|at| at.description()).transpose()?.is_some();
        let severity = fields.need("severity")?.filled()?;
        let condition = fields.need("condition")?;
        fields.end()?;
        let mut fields = condition.fields()?;
        if let Some(kind) = fields.take("kind") {
            kind.one_of(&[("burnrate", ())])?;
        }
        let comparison = fields.need("op")?.one_of(&COMPARISONS)?;
        let threshold = fields.need("threshold")?.decimal()?;
        let length = fields.need("lookbackWindow")?;
        let lookback = length.duration()?;
        if lookback.count == 0 {
            return Err(length.refuse("a lookback is longer than nothing"));
        }
        let after = fields.take("alertAfter").map(|at| at.duration()).transpose()?.filter(|after| after.count > 0);
        fields.end()?;
        Ok(Self { at: condition, described, severity, comparison, threshold, lookback, after })
    }
}

/// Reads the spec of an AlertNotificationTarget: who is told.
pub(super) fn read_target<'a>(at: &At<'a>) -> Result<&'a str, Error> {
    let mut fields = at.fields()?;
    fields.take("description").map(|at| at.description()).transpose()?;
    let target = fields.need("target")?.filled()?;
    fields.end()?;
    Ok(target)
}
