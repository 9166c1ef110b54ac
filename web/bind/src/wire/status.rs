//! How objectives stand, what they went through and what changed, as plain objects.
//!
//! A count of 64 bits crosses as a double, exact to 2^53; a time, a length of time and a part of a ratio as a
//! `BigInt`. Deliberately absent: arithmetic.

use codomyrmex_telemetry::slo::{AlertHistory, BurnRate, Changed, PolicyState, Projection, SloChange, SloViolation, Spell, ViolationSlot};
use codomyrmex_telemetry::{Ratio, Status};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireStatus {
    id: String,
    version: u32,
    name: String,
    target: WireRatio,
    window_start: u64,
    window_end: u64,
    good: f64,
    total: f64,
    unit: f64,
    raw_good: f64,
    raw_total: f64,
    state: &'static str,
    is_met: bool,
    current: Option<f64>,
    budget_remaining: Option<f64>,
    budget_remaining_events: f64,
    error_budget_remaining: f64,
    error_budget_consumed: f64,
    coverage: f64,
    burn_rates: Vec<WireBurnRate>,
    firing: Vec<String>,
    time_to_exhaustion: Option<u64>,
    time_to_recovery: Option<u64>,
    projection: Option<WireProjection>,
    expired: f64,
    uncounted: f64,
}

#[derive(Serialize)]
struct WireRatio {
    numerator: u64,
    denominator: u64,
}

#[derive(Serialize)]
struct WireBurnRate {
    lookback: u64,
    rate: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireProjection {
    current: Option<f64>,
    budget_remaining: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireViolation {
    id: String,
    name: String,
    opened: u64,
    opened_before: bool,
    closed: Option<u64>,
    duration: u64,
    worst: f64,
    worst_at: u64,
    budget_consumed: Option<f64>,
    good: f64,
    bad: f64,
    slots: Vec<WireViolationSlot>,
    slots_total: f64,
}

#[derive(Serialize)]
struct WireViolationSlot {
    start: u64,
    end: u64,
    good: f64,
    bad: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireAlertHistory {
    name: String,
    severity: &'static str,
    is_firing: bool,
    spells: Vec<WireSpell>,
}

#[derive(Serialize)]
struct WireSpell {
    opened: u64,
    closed: Option<u64>,
    peak: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct WirePolicyState {
    action: String,
    since: u64,
    changes: Vec<WirePolicyChange>,
}

#[derive(Serialize)]
struct WirePolicyChange {
    at: u64,
    action: String,
}

/// What changed about an objective; its id stands in each, so that an object says all by itself.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum WireChange {
    State { id: String, before: &'static str, now: &'static str },
    Alert { id: String, name: String, severity: &'static str, is_firing: bool },
    Policy { id: String, before: String, action: String },
}

impl From<Status> for WireStatus {
    fn from(status: Status) -> Self {
        Self {
            is_met: status.is_met(),
            error_budget_remaining: status.error_budget_remaining(),
            error_budget_consumed: status.error_budget_consumed(),
            id: status.id,
            version: status.version,
            name: status.name,
            target: status.target.into(),
            window_start: status.window_start,
            window_end: status.window_end,
            good: status.good as f64,
            total: status.total as f64,
            unit: status.unit as f64,
            raw_good: status.raw_good as f64,
            raw_total: status.raw_total as f64,
            state: status.state.name(),
            current: status.current,
            budget_remaining: status.budget_remaining,
            budget_remaining_events: status.budget_remaining_events,
            coverage: status.coverage,
            burn_rates: status.burn_rates.into_iter().map(Into::into).collect(),
            firing: status.firing,
            time_to_exhaustion: status.time_to_exhaustion,
            time_to_recovery: status.time_to_recovery,
            projection: status.projection.map(Into::into),
            expired: status.expired as f64,
            uncounted: status.uncounted as f64,
        }
    }
}

impl From<Ratio> for WireRatio {
    fn from(ratio: Ratio) -> Self {
        Self { numerator: ratio.numerator(), denominator: ratio.denominator() }
    }
}

impl From<BurnRate> for WireBurnRate {
    fn from(BurnRate { lookback, rate }: BurnRate) -> Self {
        Self { lookback, rate }
    }
}

impl From<Projection> for WireProjection {
    fn from(Projection { current, budget_remaining }: Projection) -> Self {
        Self { current, budget_remaining }
    }
}

impl From<SloViolation> for WireViolation {
    fn from(violation: SloViolation) -> Self {
        Self {
            id: violation.id,
            name: violation.name,
            opened: violation.opened,
            opened_before: violation.opened_before,
            closed: violation.closed,
            duration: violation.duration,
            worst: violation.worst,
            worst_at: violation.worst_at,
            budget_consumed: violation.budget_consumed,
            good: violation.good as f64,
            bad: violation.bad as f64,
            slots: violation.slots.into_iter().map(Into::into).collect(),
            slots_total: violation.slots_total as f64,
        }
    }
}

impl From<ViolationSlot> for WireViolationSlot {
    fn from(ViolationSlot { start, end, good, bad }: ViolationSlot) -> Self {
        Self { start, end, good: good as f64, bad: bad as f64 }
    }
}

impl From<AlertHistory> for WireAlertHistory {
    fn from(AlertHistory { name, severity, is_firing, spells }: AlertHistory) -> Self {
        Self { name, severity: severity.name(), is_firing, spells: spells.into_iter().map(Into::into).collect() }
    }
}

impl From<Spell> for WireSpell {
    fn from(Spell { opened, closed, peak }: Spell) -> Self {
        Self { opened, closed, peak }
    }
}

impl From<PolicyState> for WirePolicyState {
    fn from(PolicyState { action, since, changes }: PolicyState) -> Self {
        let changes = changes.into_iter().map(|(at, action)| WirePolicyChange { at, action }).collect();
        Self { action, since, changes }
    }
}

impl From<SloChange> for WireChange {
    fn from(SloChange { id, what }: SloChange) -> Self {
        match what {
            Changed::State { before, now } => Self::State { id, before: before.name(), now: now.name() },
            Changed::Alert { name, severity, is_firing } => Self::Alert { id, name, severity: severity.name(), is_firing },
            Changed::Policy { before, action } => Self::Policy { id, before, action },
        }
    }
}
