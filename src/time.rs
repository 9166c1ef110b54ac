//! Moments of event time, as whole nanoseconds.
//!
//! The ledger never asks what time it is: there is no `now()` here, and every time comes in as an
//! argument. Deliberately absent: calendars (see `slo::window`), formatting, leap seconds.

use crate::{Error, Outcome};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// # Bounds
/// 0 to 2^63 - 1, which is in the year 2262.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64); // in [0, 2^63)

impl Timestamp {
    /// The latest moment there is.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// The moment so many nanoseconds after the epoch.
    ///
    /// # Errors
    /// [`Outcome::InvalidTime`] from 2^63 on.
    pub const fn from_nanos(nanos: u64) -> Result<Self, Outcome> {
        if nanos <= Self::MAX.0 { Ok(Self(nanos)) } else { Err(Outcome::InvalidTime) }
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Timestamp {
    type Error = Error;

    fn try_from(nanos: u64) -> Result<Self, Error> {
        Self::from_nanos(nanos)
            .map_err(|_| Error::InvalidArgument(alloc::format!("the time {nanos} ns is past 2^63 - 1; times are nanoseconds since 1970")))
    }
}

/// The first and the last moment that something is known to cover.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    bounds: Option<(Timestamp, Timestamp)>, // first <= last
}

impl Extent {
    /// From one moment to another; `None` where they are the wrong way round.
    #[must_use]
    pub fn new(first: Timestamp, last: Timestamp) -> Option<Self> {
        (first <= last).then_some(Self { bounds: Some((first, last)) })
    }

    /// One moment.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self { bounds: Some((at, at)) }
    }

    /// Both ends; `None` where nothing is known.
    #[must_use]
    pub const fn bounds(self) -> Option<(Timestamp, Timestamp)> {
        self.bounds
    }

    /// Widens it to cover a moment.
    pub fn cover(&mut self, at: Timestamp) {
        self.bounds = Some(self.bounds.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    /// Widens it to cover another.
    pub fn merge(&mut self, other: Self) {
        if let Some((first, last)) = other.bounds {
            self.cover(first);
            self.cover(last);
        }
    }
}
