//! The line formats of StatsD and DogStatsD: lines in, typed records out, and the other way round.
//!
//! ```text
//!   gorets:1|c|@0.1                       StatsD: counts c, gauges g, timings ms, sets s, histograms h
//!   page.views:1:2|d|#env:dev|T1656581400 DogStatsD: d, packed values, tags, a time
//! ```
//! Sources: the pages metric_types.md of StatsD 0.9 and "Datagram Format and Shell Usage" of Datadog
//! (protocols 1.0 to 1.3). A count that was sampled is corrected exactly: value / rate as a fraction,
//! rounded once. Deliberately absent: sockets, and what a ledger makes of a record; also the rules for
//! names and labels, which a ledger checks where they come in.

mod decimal;
mod parse;
#[cfg(test)]
mod tests;
mod write;

use alloc::string::String;
use alloc::sync::Arc;

use crate::Timestamp;

pub use parse::{parse, parse_packet};
pub use write::{Dialect, line, number};

/// One value of a line, and what it is a value of. The records of a packed line share their name and
/// tags, so that a short line with many values and many tags stays small.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The name, as it was sent; not empty.
    pub name: Arc<str>,
    /// The tags, sorted by key, each key once: of two the last was kept. A tag without ':' has the value "".
    pub tags: Arc<[(String, String)]>,
    /// What was measured.
    pub sample: Sample,
    /// When, where the line says it.
    pub at: Option<Timestamp>,
}

/// What was measured. Every number is finite.
///
/// `times` is how many measurements one stands for: 1 / rate, rounded to the nearest whole number,
/// half up; at least 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// Add this: the value that was sent, divided by the rate, rounded once. It may be negative.
    Count(f64),
    /// Set the gauge to this.
    Set(f64),
    /// The number was sent with a sign: StatsD adds it to the gauge. DogStatsD knows no change of a
    /// gauge and sets the gauge to it; nothing in a line tells the two apart, so whoever serves
    /// writers of DogStatsD treats this as [`Sample::Set`].
    Change(f64),
    /// A duration took `value` milliseconds.
    Timing {
        /// Milliseconds, as sent.
        value: f64,
        /// How many measurements it stands for.
        times: u64,
    },
    /// A value for a histogram.
    Histogram {
        /// The value, as sent.
        value: f64,
        /// How many measurements it stands for.
        times: u64,
    },
    /// A value for a distribution: DogStatsD's histogram over all hosts.
    Distribution {
        /// The value, as sent.
        value: f64,
        /// How many measurements it stands for.
        times: u64,
    },
    /// A member of a set; not empty. It may hold ':', so it is never packed.
    Unique(String),
}

/// What kind of metric a line is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `c`
    Count,
    /// `g`
    Gauge,
    /// `ms`
    Timing,
    /// `h`
    Histogram,
    /// `d`
    Distribution,
    /// `s`
    Unique,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Count, Self::Gauge, Self::Timing, Self::Histogram, Self::Distribution, Self::Unique];

    /// Its letters in a line.
    #[must_use]
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Count => "c",
            Self::Gauge => "g",
            Self::Timing => "ms",
            Self::Histogram => "h",
            Self::Distribution => "d",
            Self::Unique => "s",
        }
    }

    /// Whether a line of it may say when: DogStatsD 1.3 allows it for counts and gauges alone.
    const fn has_time(self) -> bool {
        matches!(self, Self::Count | Self::Gauge)
    }
}
