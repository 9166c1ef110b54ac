//! Objectives by number, at times that were given or are now.
//!
//! Deliberately absent: accounting.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Door, Environment};
use crate::slo::{AlertHistory, Analysis, PolicyState, Question, SloId, SloViolation, Status};
use crate::tracer::SpanHandle;
use crate::{Absorbed, Error, Outcome, Timestamp};

impl<E: Environment> Door<E> {
    /// Says how many nanoseconds ahead of the clock an event of an objective may be, what it hears of metrics
    /// and spans, and what a delta holds of such; `None` is any number. Unless it is said,
    /// [`SKEW_NS`](super::SKEW_NS).
    pub const fn limit_skew(&mut self, most: Option<u64>) {
        self.skew = most;
    }

    /// [`Ledger::absorb`](crate::Ledger::absorb), but of a delta whose objectives hold events from further
    /// ahead than clocks may differ.
    ///
    /// # Errors
    /// As there, and [`Error::InvalidArgument`] for such a delta; it may come again once it is time.
    pub fn absorb(&mut self, delta: &[u8]) -> Result<Absorbed, Error> {
        let until = self.skew.map(|most| self.look().saturating_add(most));
        self.ledger.absorb_until(delta, until.and_then(|nanos| Timestamp::from_nanos(nanos).ok()))
    }

    /// [`Ledger::record_event`](crate::Ledger::record_event) by number.
    #[inline]
    pub fn record_event(&mut self, slo: u32, good: bool, count: u64, at: Option<u64>) -> Outcome {
        match self.event_time(at) {
            Ok(at) => self.ledger.record_event(SloId(slo), good, count, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_event_with`](crate::Ledger::record_event_with) by number.
    pub fn record_event_with(&mut self, slo: u32, good: bool, count: u64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
        match self.event_time(at) {
            Ok(at) => self.ledger.record_event_with(SloId(slo), good, count, at, values, SpanHandle(span)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_value`](crate::Ledger::record_value) by number.
    #[inline]
    pub fn record_value(&mut self, slo: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.event_time(at) {
            Ok(at) => self.ledger.record_value(SloId(slo), value, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_value_with`](crate::Ledger::record_value_with) by number.
    pub fn record_value_with(&mut self, slo: u32, value: f64, at: Option<u64>, values: &[String], span: u32) -> Outcome {
        match self.event_time(at) {
            Ok(at) => self.ledger.record_value_with(SloId(slo), value, at, values, SpanHandle(span)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::slo_status`](crate::Ledger::slo_status) by number.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a number that was not given, [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn slo_status(&self, slo: u32, at: Option<u64>) -> Result<Status, Error> {
        self.ledger.slo_status(SloId(slo), asked(at)?)
    }

    /// [`Ledger::slo_statuses`](crate::Ledger::slo_statuses).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn slo_statuses(&self, at: Option<u64>) -> Result<Vec<Status>, Error> {
        Ok(self.ledger.slo_statuses(asked(at)?))
    }

    /// [`Ledger::slo_violations`](crate::Ledger::slo_violations) by number.
    ///
    /// # Errors
    /// As [`Door::slo_status`].
    pub fn slo_violations(&self, slo: u32, at: Option<u64>) -> Result<Vec<SloViolation>, Error> {
        self.ledger.slo_violations(SloId(slo), asked(at)?)
    }

    /// [`Ledger::slo_alerts`](crate::Ledger::slo_alerts) by number.
    ///
    /// # Errors
    /// As [`Door::slo_status`].
    pub fn slo_alerts(&self, slo: u32, at: Option<u64>) -> Result<Vec<AlertHistory>, Error> {
        self.ledger.slo_alerts(SloId(slo), asked(at)?)
    }

    /// [`Ledger::slo_policy`](crate::Ledger::slo_policy) by number.
    ///
    /// # Errors
    /// As [`Door::slo_status`].
    pub fn slo_policy(&self, slo: u32, at: Option<u64>) -> Result<PolicyState, Error> {
        self.ledger.slo_policy(SloId(slo), asked(at)?)
    }

    /// [`Ledger::slo_analysis`](crate::Ledger::slo_analysis) by number.
    ///
    /// # Errors
    /// As there, and [`Error::Unknown`] for a number that was not given.
    pub fn slo_analysis(&self, slo: u32, question: &Question) -> Result<Analysis, Error> {
        self.ledger.slo_analysis(SloId(slo), question)
    }

    /// The time that was given, or now. One that is too far ahead of the clock is turned away.
    #[inline]
    fn event_time(&mut self, at: Option<u64>) -> Result<Timestamp, Outcome> {
        let time = self.time(at)?;
        if self.is_ahead(time) {
            return Err(self.ledger.drop_record(Outcome::FutureTime));
        }
        Ok(time)
    }
}

fn asked(at: Option<u64>) -> Result<Option<Timestamp>, Error> {
    at.map(Timestamp::try_from).transpose()
}
