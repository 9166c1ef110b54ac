//! Objectives and their status as plain objects.
//!
//! Deliberately absent: arithmetic; a target crosses as text and is read by the ledger, exactly.

use codomyrmex_telemetry::slo::{CalendarUnit, SLOT_NS};
use codomyrmex_telemetry::{Budgeting, Comparison, Error, Indicator, Objective, SliType, Status, Window};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireObjective {
    id: String,
    name: String,
    description: String,
    sli_type: WireSliType,
    indicator: WireIndicator,
    target: String,
    window: WireWindow,
    budgeting: WireBudgeting,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireSliType {
    Availability,
    Latency,
    Throughput,
    ErrorRate,
    Saturation,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireIndicator {
    Events,
    Threshold { comparison: WireComparison, value: f64 },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireComparison {
    Below,
    AtMost,
    Above,
    AtLeast,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum WireWindow {
    Rolling { minutes: u64 },
    Calendar { unit: WireCalendarUnit, utc_offset_minutes: i32 },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireCalendarUnit {
    Day,
    Week,
    Month,
    Quarter,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireBudgeting {
    Occurrences,
    Timeslices { minutes: u64, target: String },
}

/// A count of 64 bits crosses as a double, exact to 2^53; a time and a part of a ratio as a `BigInt`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireStatus {
    id: String,
    name: String,
    target: WireRatio,
    window_end: u64,
    window_start: u64,
    good: f64,
    total: f64,
    state: &'static str,
    current: Option<f64>,
    budget_remaining: Option<f64>,
    budget_remaining_events: f64,
    expired: f64,
}

#[derive(Serialize)]
struct WireRatio {
    numerator: u64,
    denominator: u64,
}

impl TryFrom<WireObjective> for Objective {
    type Error = Error;

    fn try_from(wire: WireObjective) -> Result<Self, Error> {
        Ok(Self {
            sli_type: match wire.sli_type {
                WireSliType::Availability => SliType::Availability,
                WireSliType::Latency => SliType::Latency,
                WireSliType::Throughput => SliType::Throughput,
                WireSliType::ErrorRate => SliType::ErrorRate,
                WireSliType::Saturation => SliType::Saturation,
            },
            indicator: wire.indicator.into(),
            target: wire.target.parse()?,
            window: wire.window.try_into()?,
            budgeting: match wire.budgeting {
                WireBudgeting::Occurrences => Budgeting::Occurrences,
                WireBudgeting::Timeslices { minutes, target } => Budgeting::timeslices(minutes.saturating_mul(SLOT_NS), target.parse()?)?,
            },
            id: wire.id,
            name: wire.name,
            description: wire.description,
        })
    }
}

impl From<WireIndicator> for Indicator {
    fn from(wire: WireIndicator) -> Self {
        let WireIndicator::Threshold { comparison, value } = wire else { return Self::Events };
        let comparison = match comparison {
            WireComparison::Below => Comparison::Below,
            WireComparison::AtMost => Comparison::AtMost,
            WireComparison::Above => Comparison::Above,
            WireComparison::AtLeast => Comparison::AtLeast,
        };
        Self::Threshold(comparison, value.into())
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

impl From<Status> for WireStatus {
    fn from(status: Status) -> Self {
        Self {
            id: status.id,
            name: status.name,
            target: WireRatio { numerator: status.target.numerator(), denominator: status.target.denominator() },
            window_end: status.window_end,
            window_start: status.window_start,
            good: status.good as f64,
            total: status.total as f64,
            state: status.state.name(),
            current: status.current,
            budget_remaining: status.budget_remaining,
            budget_remaining_events: status.budget_remaining_events,
            expired: status.expired as f64,
        }
    }
}
