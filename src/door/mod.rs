//! What every door does alike: fill in a time or an id that was not given, and turn away a time that
//! cannot be, before the ledger sees the record.
//!
//! A door is a [`Door`] with an [`Environment`]; on the component's and the host's side, the types
//! that are generated from the WIT are converted by [`wit_conversions!`](crate::wit_conversions).
//! Deliberately absent: accounting. A door that counted would count differently from the next.

mod conversions;

use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{SpanId, WriterId};
use crate::metrics::SeriesId;
use crate::slo::{SloId, Status};
use crate::tracer::{Parent, SpanEvent, SpanHandle, SpanNameId};
use crate::{Attributes, Error, Ledger, Outcome, Timestamp};

/// The time and the chance that a door has at hand.
pub trait Environment {
    /// The time now, in nanoseconds since 1970-01-01T00:00:00Z.
    fn now(&mut self) -> u64;

    /// 64 random bits.
    fn random(&mut self) -> u64;
}

/// A ledger with a clock and a source of ids.
#[derive(Debug)]
pub struct Door<E> {
    /// The ledger, for all that needs neither.
    pub ledger: Ledger,
    /// The clock and the source of ids.
    pub environment: E,
}

impl<E: Environment> Door<E> {
    /// An empty ledger behind a door, with a random writer id.
    pub fn new(mut environment: E) -> Self {
        let writer = u128::from(environment.random()) << 64 | u128::from(environment.random());
        Self { ledger: Ledger::new(WriterId::new(writer)), environment }
    }

    /// [`Ledger::add`] by number.
    #[inline]
    pub fn add(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.given(at) {
            Ok(at) => self.ledger.add(SeriesId(series), value, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::set`] by number.
    #[inline]
    pub fn set(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.time(at) {
            Ok(at) => self.ledger.set(SeriesId(series), value, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::observe`] by number.
    #[inline]
    pub fn observe(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.given(at) {
            Ok(at) => self.ledger.observe(SeriesId(series), value, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_event`] by number.
    #[inline]
    pub fn record_event(&mut self, slo: u32, good: bool, count: u64, at: Option<u64>) -> Outcome {
        match self.time(at) {
            Ok(at) => self.ledger.record_event(SloId(slo), good, count, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_value`] by number.
    #[inline]
    pub fn record_value(&mut self, slo: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.time(at) {
            Ok(at) => self.ledger.record_value(SloId(slo), value, at),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::slo_status`] by number.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a number that was not given, [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn slo_status(&self, slo: u32, at: Option<u64>) -> Result<Status, Error> {
        self.ledger.slo_status(SloId(slo), at.map(Timestamp::try_from).transpose()?)
    }

    /// [`Ledger::slo_statuses`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn slo_statuses(&self, at: Option<u64>) -> Result<Vec<Status>, Error> {
        Ok(self.ledger.slo_statuses(at.map(Timestamp::try_from).transpose()?))
    }

    /// [`Ledger::start_span`] by number.
    pub fn start_span(&mut self, name: u32, parent: Parent, id: Option<SpanId>, at: Option<u64>) -> u32 {
        let Ok(at) = self.time(at) else { return 0 };
        self.ledger.start_span(SpanNameId(name), parent, id, at, || self.environment.random()).0
    }

    /// [`Ledger::add_event`] by number.
    pub fn add_event(&mut self, span: u32, name: String, at: Option<u64>, attributes: Attributes) -> Outcome {
        match self.time(at) {
            Ok(at) => self.ledger.add_event(SpanHandle(span), SpanEvent { name, at, attributes }),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::end_span`] by number.
    pub fn end_span(&mut self, span: u32, at: Option<u64>) -> Outcome {
        match self.time(at) {
            Ok(at) => self.ledger.end_span(SpanHandle(span), at),
            Err(outcome) => outcome,
        }
    }

    /// The time that was given, or now.
    #[inline]
    fn time(&mut self, at: Option<u64>) -> Result<Timestamp, Outcome> {
        let nanos = at.unwrap_or_else(|| self.environment.now());
        Timestamp::from_nanos(nanos).map_err(|outcome| self.ledger.drop_record(outcome))
    }

    /// The time that was given, if any.
    #[inline]
    fn given(&mut self, at: Option<u64>) -> Result<Option<Timestamp>, Outcome> {
        at.map(Timestamp::from_nanos).transpose().map_err(|outcome| self.ledger.drop_record(outcome))
    }
}
