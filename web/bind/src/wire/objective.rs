//! Objectives as plain objects.
//!
//! Lengths of time are whole minutes, as an objective has them. Deliberately absent: arithmetic; a target
//! and a factor cross as text and are read by the ledger, exactly. Indicators stand in `indicator`.

use codomyrmex_telemetry::slo::{Alert, CalendarUnit, Condition, Exemption, Missing, PolicyStep, Resolution, SLOT_NS, Severity};
use codomyrmex_telemetry::{Budgeting, Error, Objective, SliType, Window};
use serde::Deserialize;

use super::indicator::WireIndicator;
use super::moment;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireObjective {
    id: String,
    version: u32,
    name: String,
    description: String,
    sli_type: WireSliType,
    indicator: WireIndicator,
    target: String,
    window: WireWindow,
    budgeting: WireBudgeting,
    minimum: u64,
    dimensions: Vec<String>,
    alerts: Option<Vec<WireAlert>>,
    policy: Option<Vec<WirePolicyStep>>,
    exemptions: Vec<WireExemption>,
    resolution: WireResolution,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireSliType {
    Availability,
    Latency,
    Throughput,
    ErrorRate,
    Saturation,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireWindow {
    Rolling { minutes: u64 },
    Calendar { unit: WireCalendarUnit, utc_offset_minutes: i32 },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireCalendarUnit {
    Day,
    Week,
    Month,
    Quarter,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum WireBudgeting {
    Occurrences,
    Timeslices { minutes: u64, target: String, missing: WireMissing },
    RatioTimeslices { minutes: u64, missing: WireMissing },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireMissing {
    Ignored,
    Good,
    Bad,
}

#[derive(Deserialize)]
struct WireAlert {
    name: String,
    severity: WireSeverity,
    condition: WireCondition,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireSeverity {
    Page,
    Ticket,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireCondition {
    Burn { factor: String, long_minutes: u64, short_minutes: u64, minimum_bad: u64 },
    NoData { minutes: u64 },
}

#[derive(Deserialize)]
struct WirePolicyStep {
    from: String,
    until: String,
    action: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireExemption {
    reason: String,
    start: (f64, f64),
    minutes: u64,
    recurrence: Option<String>,
    utc_offset_minutes: i32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireResolution {
    minutes: Option<f64>,
    five_minutes: Option<f64>,
    history: Option<u64>,
}

impl TryFrom<WireObjective> for Objective {
    type Error = Error;

    fn try_from(wire: WireObjective) -> Result<Self, Error> {
        let target = wire.target.parse()?;
        let window = wire.window.try_into()?;
        let alerts = wire.alerts.map(|alerts| alerts.into_iter().map(Alert::try_from).collect()).transpose()?;
        let policy = wire.policy.map(|steps| steps.into_iter().map(PolicyStep::try_from).collect()).transpose()?;
        Ok(Self {
            id: wire.id,
            version: wire.version,
            name: wire.name,
            description: wire.description,
            sli_type: wire.sli_type.into(),
            indicator: wire.indicator.try_into()?,
            target,
            window,
            budgeting: wire.budgeting.try_into()?,
            minimum: wire.minimum,
            dimensions: wire.dimensions,
            alerts: alerts.unwrap_or_else(|| Alert::standard(window, target)),
            policy: policy.unwrap_or_else(PolicyStep::standard),
            exemptions: wire.exemptions.into_iter().map(Exemption::try_from).collect::<Result<_, _>>()?,
            resolution: wire.resolution.try_into()?,
        })
    }
}

impl From<WireSliType> for SliType {
    fn from(wire: WireSliType) -> Self {
        match wire {
            WireSliType::Availability => Self::Availability,
            WireSliType::Latency => Self::Latency,
            WireSliType::Throughput => Self::Throughput,
            WireSliType::ErrorRate => Self::ErrorRate,
            WireSliType::Saturation => Self::Saturation,
        }
    }
}

impl TryFrom<WireWindow> for Window {
    type Error = Error;

    fn try_from(wire: WireWindow) -> Result<Self, Error> {
        Ok(match wire {
            WireWindow::Rolling { minutes } => Self::rolling(minutes.saturating_mul(SLOT_NS))?,
            WireWindow::Calendar { unit, utc_offset_minutes } => Self::Calendar {
                unit: match unit {
                    WireCalendarUnit::Day => CalendarUnit::Day,
                    WireCalendarUnit::Week => CalendarUnit::Week,
                    WireCalendarUnit::Month => CalendarUnit::Month,
                    WireCalendarUnit::Quarter => CalendarUnit::Quarter,
                },
                utc_offset_minutes,
            },
        })
    }
}

impl TryFrom<WireBudgeting> for Budgeting {
    type Error = Error;

    fn try_from(wire: WireBudgeting) -> Result<Self, Error> {
        Ok(match wire {
            WireBudgeting::Occurrences => Self::Occurrences,
            WireBudgeting::Timeslices { minutes, target, missing } => {
                Self::Timeslices { slots: minutes, target: target.parse()?, missing: missing.into() }
            }
            WireBudgeting::RatioTimeslices { minutes, missing } => Self::RatioTimeslices { slots: minutes, missing: missing.into() },
        })
    }
}

impl From<WireMissing> for Missing {
    fn from(wire: WireMissing) -> Self {
        match wire {
            WireMissing::Ignored => Self::Ignored,
            WireMissing::Good => Self::Good,
            WireMissing::Bad => Self::Bad,
        }
    }
}

impl TryFrom<WireAlert> for Alert {
    type Error = Error;

    fn try_from(wire: WireAlert) -> Result<Self, Error> {
        Ok(Self {
            name: wire.name,
            severity: match wire.severity {
                WireSeverity::Page => Severity::Page,
                WireSeverity::Ticket => Severity::Ticket,
            },
            condition: match wire.condition {
                WireCondition::Burn { factor, long_minutes, short_minutes, minimum_bad } => {
                    Condition::Burn { factor: factor.parse()?, long: long_minutes, short: short_minutes, minimum_bad }
                }
                WireCondition::NoData { minutes } => Condition::NoData { after: minutes },
            },
        })
    }
}

impl TryFrom<WirePolicyStep> for PolicyStep {
    type Error = Error;

    fn try_from(wire: WirePolicyStep) -> Result<Self, Error> {
        Ok(Self { from: wire.from.parse()?, until: wire.until.parse()?, action: wire.action })
    }
}

impl TryFrom<WireExemption> for Exemption {
    type Error = Error;

    fn try_from(wire: WireExemption) -> Result<Self, Error> {
        let start = moment(wire.start)?.ok_or_else(|| Error::InvalidArgument(String::from("an exemption needs a start")))?;
        Ok(Self {
            reason: wire.reason,
            start,
            minutes: wire.minutes,
            recurrence: wire.recurrence.map(|rule| rule.parse()).transpose()?,
            utc_offset_minutes: wire.utc_offset_minutes,
        })
    }
}

impl TryFrom<WireResolution> for Resolution {
    type Error = Error;

    fn try_from(wire: WireResolution) -> Result<Self, Error> {
        let default = Self::default();
        Ok(Self {
            minutes: wire.minutes.map_or(Ok(default.minutes), minutes)?,
            five_minutes: wire.five_minutes.map_or(Ok(default.five_minutes), minutes)?,
            history: wire.history.unwrap_or(default.history),
        })
    }
}

/// Whole minutes; infinity is as many as there are.
fn minutes(minutes: f64) -> Result<u64, Error> {
    if minutes.is_nan() || minutes < 0.0 || minutes.trunc() != minutes {
        return Err(Error::InvalidArgument(format!("{minutes} is no whole number of minutes")));
    }
    Ok((minutes as u64).min(Resolution::minutes().minutes))
}
