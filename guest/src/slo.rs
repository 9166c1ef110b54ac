//! Objectives for plugins.
//!
//! Deliberately absent: status that is computed here; the ledger computes it.

use codomyrmex_telemetry::{Error, Objective, Outcome, Status};

use crate::backend;

/// The objectives of this plugin.
#[derive(Clone, Copy, Debug)]
pub struct SloTracker(());

/// A created objective.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slo(u32);

/// The objectives of this plugin, shared by all of its code.
#[must_use]
pub const fn get_slo_tracker() -> SloTracker {
    SloTracker(())
}

impl SloTracker {
    /// Creates an objective, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the id is taken by other terms; otherwise by whose rule it breaks.
    pub fn create_slo(&self, objective: Objective) -> Result<Slo, Error> {
        backend::create_slo(objective).map(Slo)
    }

    /// How all objectives stood at a time, in the order of their ids; `None` is the time of each one's
    /// newest event.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn statuses(&self, at: Option<u64>) -> Result<Vec<Status>, Error> {
        backend::slo_statuses(at)
    }
}

impl Slo {
    /// Records a good or bad event. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn record_event(self, good: bool, at: Option<u64>) -> Outcome {
        self.record_events(good, 1, at)
    }

    /// Records so many good or bad events.
    pub fn record_events(self, good: bool, count: u64, at: Option<u64>) -> Outcome {
        backend::record_event(self.0, good, count, at)
    }

    /// Records a value for the objective's threshold to judge.
    pub fn record_value(self, value: f64, at: Option<u64>) -> Outcome {
        backend::record_value(self.0, value, at)
    }

    /// How it stood at a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn get_status(self, at: Option<u64>) -> Result<Status, Error> {
        backend::slo_status(self.0, at)
    }
}
