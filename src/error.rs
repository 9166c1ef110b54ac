//! How a call can fail: [`Error`] for what is asked once, [`Outcome`] for what is recorded often.
//!
//! The cases are those of `wit/types.wit`, by the same names, so that every door can say them
//! without translation. Deliberately absent: causes and traces; the text names the thing.

use alloc::string::String;

/// Why a call was refused. The text names the thing and says what to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A name, label, unit or key breaks its rule.
    #[error("invalid name: {0}")]
    InvalidName(String),
    /// Another argument is out of its range.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// The name is taken by something of another shape.
    #[error("conflict: {0}")]
    Conflict(String),
    /// There is nothing under this id.
    #[error("unknown: {0}")]
    Unknown(String),
    /// A limit of the ledger was reached.
    #[error("limit reached: {0}")]
    Limit(String),
    /// Bytes that should be a delta or a snapshot are not.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes of a newer format than this build reads.
    #[error("format version {0} is newer than this build reads; use a newer build")]
    NewerVersion(u32),
    /// This build does not do that.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

/// What became of a record on the hot path. All but `Recorded` are drops, and counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// It is in the accounts.
    Recorded,
    /// The id was never given by this ledger, or what it named has ended.
    UnknownId,
    /// The series is of a kind that has no such operation.
    WrongKind,
    /// The value is not one that can be accounted.
    InvalidValue,
    /// The time is past 2^63 - 1, or there is none where one is needed.
    InvalidTime,
    /// A limit of the ledger was reached.
    OverLimit,
    /// The time is further ahead of the clock than clocks differ.
    FutureTime,
}

impl Outcome {
    /// Every reason for a drop, in the order of their names.
    pub const DROPS: [Self; 6] =
        [Self::FutureTime, Self::InvalidTime, Self::InvalidValue, Self::OverLimit, Self::UnknownId, Self::WrongKind];

    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::UnknownId => "unknown-id",
            Self::WrongKind => "wrong-kind",
            Self::InvalidValue => "invalid-value",
            Self::InvalidTime => "invalid-time",
            Self::OverLimit => "over-limit",
            Self::FutureTime => "future-time",
        }
    }

    /// Whether it is in the accounts.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        matches!(self, Self::Recorded)
    }
}

/// How often each reason for a drop came up.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Drops {
    counts: [u64; Outcome::DROPS.len()], // in the order of Outcome::DROPS
}

impl Drops {
    /// Counts an outcome; `Recorded` is not a drop.
    pub fn count(&mut self, outcome: Outcome) {
        self.add(outcome, u64::from(!outcome.is_recorded()));
    }

    /// Counts a drop so many times.
    pub fn add(&mut self, reason: Outcome, times: u64) {
        for (slot, candidate) in self.counts.iter_mut().zip(Outcome::DROPS) {
            if candidate == reason {
                *slot = slot.saturating_add(times);
            }
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        for (slot, more) in self.counts.iter_mut().zip(other.counts) {
            *slot = slot.saturating_add(more);
        }
    }

    /// The reasons that came up and how often, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::DROPS.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// Whether nothing was dropped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }
}
