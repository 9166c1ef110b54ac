//! What every door does alike: fill in a time or an id that was not given, and turn away a time that
//! cannot be, before the ledger sees the record.
//!
//! A door is a [`Door`] with an [`Environment`]; on the component's and the host's side, the types
//! that are generated from the WIT are converted by [`wit_conversions!`](crate::wit_conversions).
//! Deliberately absent: accounting. A door that counted would count differently from the next.

mod conversions;
mod slo;
mod statsd;
mod tracer;

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::id::WriterId;
use crate::metrics::{Quantile, SeriesId};
use crate::tracer::SpanHandle;
use crate::{Error, Ledger, Outcome, Timestamp};

/// The time and the chance that a door has at hand.
pub trait Environment {
    /// The time now, in nanoseconds since 1970-01-01T00:00:00Z.
    fn now(&mut self) -> u64;

    /// Nanoseconds since a moment that stays the same; never less than before.
    fn elapsed(&mut self) -> u64;

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
    ids: Xoshiro256PlusPlus, // seeded by the environment: asking it for every span would cost more than the span
    moment: u64,             // the latest that a write got from the clock
    skew: Option<u64>,       // how far ahead of the clock events of objectives may be
    read: u64,               // the latest that the clock was seen at
}

/// How far ahead of a door's clock an event of an objective may be, in nanoseconds, unless it is told
/// otherwise: five minutes. One event of next year would move the window there, and all else out of it.
pub const SKEW_NS: u64 = 300_000_000_000;

/// How far a clock may be behind what it said before and still be taken for the same: further back, it
/// was set.
const STEP_NS_MAX: u64 = 1_000_000_000;

impl<E: Environment> Door<E> {
    /// An empty ledger behind a door, with a random writer id.
    pub fn new(mut environment: E) -> Self {
        let writer = u128::from(environment.random()) << 64 | u128::from(environment.random());
        Self::with_writer(WriterId::new(writer), environment)
    }

    /// The same, writing as `writer`, in a life of its own.
    pub fn with_writer(writer: WriterId, mut environment: E) -> Self {
        let mut seed = [0; 32];
        seed.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&environment.random().to_le_bytes()));
        let ids = Xoshiro256PlusPlus::from_seed(seed);
        Self { ledger: Ledger::new(writer).in_life(environment.random()), environment, ids, moment: 0, skew: Some(SKEW_NS), read: 0 }
    }

    /// [`Ledger::add`] by number.
    #[inline]
    pub fn add(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        if at.is_none() && self.ledger.add_plainly(SeriesId(series), value) {
            return Outcome::Recorded;
        }
        match self.needed(series, at) {
            Ok(at) => self.told(at, |ledger| ledger.add(SeriesId(series), value, at)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::set`] by number.
    #[inline]
    pub fn set(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        match self.moment(at) {
            Ok(at) => self.told(Some(at), |ledger| ledger.set(SeriesId(series), value, at)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::observe`] by number.
    #[inline]
    pub fn observe(&mut self, series: u32, value: f64, at: Option<u64>) -> Outcome {
        self.observe_times(series, value, 1, at)
    }

    /// [`Ledger::observe_times`] by number.
    #[inline]
    pub fn observe_times(&mut self, series: u32, value: f64, times: u32, at: Option<u64>) -> Outcome {
        match self.needed(series, at) {
            Ok(at) => self.told(at, |ledger| ledger.observe_times(SeriesId(series), value, times, at)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_in`] by number.
    pub fn record_in(&mut self, series: u32, value: f64, at: Option<u64>, span: u32) -> Outcome {
        match self.time(at) {
            Ok(at) => self.told(Some(at), |ledger| ledger.record_in(SeriesId(series), value, at, SpanHandle(span))),
            Err(outcome) => outcome,
        }
    }

    /// [`Asked::value`](crate::query::Asked::value) by number.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a number that was not given.
    pub fn value(&self, series: u32) -> Result<Option<f64>, Error> {
        self.ledger.ask(SeriesId(series), |asked| Ok(asked.value()))
    }

    /// [`Asked::rate`](crate::query::Asked::rate) by number.
    ///
    /// # Errors
    /// As there, and [`Error::Unknown`] for a number that was not given.
    pub fn rate(&self, series: u32, at: Option<u64>) -> Result<f64, Error> {
        let at = at.map(Timestamp::try_from).transpose()?;
        self.ledger.ask(SeriesId(series), |asked| asked.rate(at))
    }

    /// [`Asked::quantile`](crate::query::Asked::quantile) by number.
    ///
    /// # Errors
    /// As there, and [`Error::Unknown`] for a number that was not given.
    pub fn quantile(&self, series: u32, share: f64) -> Result<Option<Quantile>, Error> {
        self.ledger.ask(SeriesId(series), |asked| asked.quantile(share))
    }

    /// [`Asked::recent_quantile`](crate::query::Asked::recent_quantile) by number.
    ///
    /// # Errors
    /// As there, and [`Error::Unknown`] for a number that was not given.
    pub fn recent_quantile(&self, series: u32, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
        let at = at.map(Timestamp::try_from).transpose()?;
        self.ledger.ask(SeriesId(series), |asked| asked.recent_quantile(share, at))
    }

    /// Has the ledger record something, and its objectives hear of it unless that is too far ahead of the clock.
    #[inline]
    fn told<T>(&mut self, at: Option<Timestamp>, record: impl FnOnce(&mut Ledger) -> T) -> T {
        if at.is_some_and(|at| self.is_ahead(at)) { self.within(record) } else { record(&mut self.ledger) }
    }

    /// The same where objectives hear of nothing that is too far ahead of what the clock said last.
    fn within<T>(&mut self, record: impl FnOnce(&mut Ledger) -> T) -> T {
        let horizon = self.skew.and_then(|most| Timestamp::from_nanos(self.read.saturating_add(most)).ok());
        self.ledger.set_horizon(horizon);
        let recorded = record(&mut self.ledger);
        self.ledger.set_horizon(None); // who goes to the ledger past its door is not held to a clock
        recorded
    }

    /// Whether a time is too far ahead of the clock, which is only looked at where what it said last does not
    /// decide.
    #[inline]
    fn is_ahead(&mut self, at: Timestamp) -> bool {
        let Some(most) = self.skew else { return false };
        at.nanos() > self.read.saturating_add(most) && at.nanos() > self.look().saturating_add(most)
    }

    /// Looks at the clock.
    fn look(&mut self) -> u64 {
        let now = self.environment.now();
        self.saw(now);
        self.read
    }

    /// Takes note of what the clock said, if it is a time.
    #[inline]
    const fn saw(&mut self, now: u64) {
        if now <= Timestamp::MAX.nanos() {
            self.read = now;
        }
    }

    /// The time that was given, or now.
    #[inline]
    fn time(&mut self, at: Option<u64>) -> Result<Timestamp, Outcome> {
        let nanos = match at {
            Some(at) => at,
            None => {
                let now = self.environment.now();
                self.saw(now);
                now
            }
        };
        Timestamp::from_nanos(nanos).map_err(|outcome| self.ledger.drop_record(outcome))
    }

    /// The time that was given, or now where the series needs one.
    #[inline]
    fn needed(&mut self, series: u32, at: Option<u64>) -> Result<Option<Timestamp>, Outcome> {
        if at.is_none() && !self.ledger.needs_time(SeriesId(series)) {
            return Ok(None);
        }
        self.moment(at).map(Some)
    }

    /// The time that was given, or now, after every moment that was now before: clocks may be coarser than
    /// calls are apart, and of two writes to a gauge the one that comes later must hold.
    #[inline]
    fn moment(&mut self, at: Option<u64>) -> Result<Timestamp, Outcome> {
        if at.is_some() {
            return self.time(at);
        }
        let now = self.environment.now();
        self.saw(now);
        let is_same = now <= self.moment && self.moment - now < STEP_NS_MAX;
        let now = if is_same { self.moment + 1 } else { now };
        let at = self.time(Some(now))?;
        self.moment = now;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::{Descriptor, Instrument};

    struct Ticks(Vec<u64>);

    impl Environment for Ticks {
        fn now(&mut self) -> u64 {
            self.0.pop().unwrap_or_default()
        }

        fn elapsed(&mut self) -> u64 {
            0
        }

        fn random(&mut self) -> u64 {
            1
        }
    }

    #[test]
    fn of_two_writes_in_one_tick_of_a_coarse_clock_the_later_holds() {
        let mut door = Door::new(Ticks(vec![3, 1_500_000_000, 2_000_000_000, u64::MAX, 8, 9, 5, 5, 5]));
        let (help, unit) = (String::new(), String::new());
        let descriptor = Descriptor { name: "level".into(), help, unit, labels: vec![], instrument: Instrument::Gauge, window: None };
        let series = door.ledger.declare(descriptor).and_then(|family| door.ledger.resolve(family, &[])).unwrap().0;
        for value in [9.0, 5.0, 1.0] {
            assert!(door.set(series, value, None).is_recorded());
            assert_eq!(door.value(series), Ok(Some(value)));
        }
        for (value, shown) in [(2.0, 2.0), (1.0, 1.0)] {
            door.set(series, value, None);
            assert_eq!(door.value(series), Ok(Some(shown)));
        }
        assert_eq!(door.set(series, 7.0, None), Outcome::InvalidTime);
        // A second on, and half a second back: still after. Then the clock is set back by far, and believed.
        for (value, shown) in [(6.0, 6.0), (4.0, 4.0), (3.0, 4.0)] {
            door.set(series, value, None);
            assert_eq!(door.value(series), Ok(Some(shown)));
        }
    }
}
