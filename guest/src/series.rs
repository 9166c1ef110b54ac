//! What the series of a family can do: they are numbers, cheap to copy and to hold.
//!
//! A time, where one is given, is in nanoseconds since 1970. Deliberately absent: state of the accounts.

use codomyrmex_telemetry::metrics::Quantile;
use codomyrmex_telemetry::{Error, Outcome};

use crate::Span;
use crate::backend;

const SECOND_NS: f64 = 1e9;

/// The number of a resolved series; only a family makes one.
#[derive(Clone, Copy, Debug)]
pub struct Series(pub(crate) u32);

macro_rules! series {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $name(u32);

        impl From<Series> for $name {
            fn from(series: Series) -> Self {
                Self(series.0)
            }
        }

        impl $name {
            /// What it has come to, of all that its ledger knows: a sum, the last write, 1 of a fact, the
            /// number of values; `None` of what was never set.
            ///
            /// # Errors
            /// None that a caller could cause.
            pub fn value(self) -> Result<Option<f64>, Error> {
                backend::value(self.0)
            }
        }
    )*};
}

series! {
    /// A series of a counter.
    Counter,
    /// A series of an up-down-counter.
    UpDownCounter,
    /// A series of a gauge.
    Gauge,
    /// A series of a histogram, with fixed bounds or exponential.
    Histogram,
    /// A series of a summary.
    Summary,
    /// A fact.
    Info,
    /// A state of a state set.
    State,
}

/// Measures how long something takes, until it is observed or dropped, in seconds.
#[derive(Debug)]
#[must_use = "a timer that is dropped at once has measured nothing"]
pub struct Timer {
    series: u32, // 0 once it has been observed
    started: u64,
}

/// Takes one away again when it is dropped: something in progress.
#[derive(Debug)]
#[must_use = "what is dropped at once is not in progress"]
pub struct InProgress(u32);

impl Counter {
    /// Adds one.
    pub fn inc(self) -> Outcome {
        self.add(1.0, None)
    }

    /// Adds a value that is finite and not negative.
    pub fn add(self, value: f64, at: Option<u64>) -> Outcome {
        backend::add(self.0, value, at)
    }

    /// Adds a value in a span, which may stay as its exemplar; `None` is now.
    pub fn add_in(self, value: f64, at: Option<u64>, span: &Span) -> Outcome {
        backend::record_in(self.0, value, at, span.handle())
    }

    /// How fast it grew, per second of event time, in its family's window up to a time or to its newest
    /// record.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where the family has no window.
    pub fn rate(self, at: Option<u64>) -> Result<f64, Error> {
        backend::rate(self.0, at)
    }
}

impl UpDownCounter {
    /// Adds one.
    pub fn inc(self) -> Outcome {
        self.add(1.0, None)
    }

    /// Takes one away.
    pub fn dec(self) -> Outcome {
        self.add(-1.0, None)
    }

    /// Adds a finite value.
    pub fn add(self, value: f64, at: Option<u64>) -> Outcome {
        backend::add(self.0, value, at)
    }

    /// Adds one until the answer is dropped. Unlike a gauge it counts right for several writers.
    pub fn track_in_progress(self) -> InProgress {
        self.add(1.0, None);
        InProgress(self.0)
    }

    /// As [`Counter::rate`].
    ///
    /// # Errors
    /// As [`Counter::rate`].
    pub fn rate(self, at: Option<u64>) -> Result<f64, Error> {
        backend::rate(self.0, at)
    }
}

impl Gauge {
    /// Sets the value; the latest time wins. `None` is now.
    pub fn set(self, value: f64, at: Option<u64>) -> Outcome {
        backend::set(self.0, value, at)
    }

    /// Adds to what it last was in this ledger. Amounts that several writers share belong into an
    /// up-down-counter: of gauges the last write holds.
    pub fn add(self, value: f64, at: Option<u64>) -> Outcome {
        backend::add(self.0, value, at)
    }

    /// Adds one.
    pub fn inc(self) -> Outcome {
        self.add(1.0, None)
    }

    /// Takes one away.
    pub fn dec(self) -> Outcome {
        self.add(-1.0, None)
    }

    /// Sets it to the current time, in seconds since 1970.
    pub fn set_to_current_time(self) -> Outcome {
        let now = backend::now();
        backend::set(self.0, now as f64 / SECOND_NS, Some(now))
    }

    /// Adds one until the answer is dropped.
    pub fn track_in_progress(self) -> InProgress {
        self.inc();
        InProgress(self.0)
    }
}

impl Histogram {
    /// Records a finite value.
    pub fn observe(self, value: f64, at: Option<u64>) -> Outcome {
        backend::observe(self.0, value, at)
    }

    /// Records a value so many times at once.
    pub fn observe_times(self, value: f64, times: u32, at: Option<u64>) -> Outcome {
        backend::observe_times(self.0, value, times, at)
    }

    /// Records a value in a span, which may stay as its exemplar; `None` is now.
    pub fn observe_in(self, value: f64, at: Option<u64>, span: &Span) -> Outcome {
        backend::record_in(self.0, value, at, span.handle())
    }

    /// Measures seconds from now on.
    pub fn start_timer(self) -> Timer {
        Timer { series: self.0, started: backend::elapsed() }
    }

    /// How many values came, per second of event time, in its family's window up to a time or to its
    /// newest record.
    ///
    /// # Errors
    /// As [`Counter::rate`].
    pub fn rate(self, at: Option<u64>) -> Result<f64, Error> {
        backend::rate(self.0, at)
    }

    /// The value at or below which this share of all values lies, and how well that is known; `None`
    /// where there are none.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside 0 to 1.
    pub fn quantile(self, share: f64) -> Result<Option<Quantile>, Error> {
        backend::quantile(self.0, share)
    }

    /// The same of the family's window up to a time or to the newest record.
    ///
    /// # Errors
    /// As [`Histogram::quantile`], also where the family has no window.
    pub fn recent_quantile(self, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
        backend::recent_quantile(self.0, share, at)
    }
}

impl Summary {
    /// Records a finite value.
    pub fn observe(self, value: f64, at: Option<u64>) -> Outcome {
        backend::observe(self.0, value, at)
    }

    /// Records a value so many times at once.
    pub fn observe_times(self, value: f64, times: u32, at: Option<u64>) -> Outcome {
        backend::observe_times(self.0, value, times, at)
    }

    /// Measures seconds from now on.
    pub fn start_timer(self) -> Timer {
        Timer { series: self.0, started: backend::elapsed() }
    }

    /// As [`Histogram::rate`].
    ///
    /// # Errors
    /// As [`Counter::rate`].
    pub fn rate(self, at: Option<u64>) -> Result<f64, Error> {
        backend::rate(self.0, at)
    }

    /// As [`Histogram::quantile`].
    ///
    /// # Errors
    /// As [`Histogram::quantile`].
    pub fn quantile(self, share: f64) -> Result<Option<Quantile>, Error> {
        backend::quantile(self.0, share)
    }

    /// As [`Histogram::recent_quantile`].
    ///
    /// # Errors
    /// As [`Histogram::recent_quantile`].
    pub fn recent_quantile(self, share: f64, at: Option<u64>) -> Result<Option<Quantile>, Error> {
        backend::recent_quantile(self.0, share, at)
    }
}

impl State {
    /// Says whether it holds. `None` is now.
    pub fn set(self, holds: bool, at: Option<u64>) -> Outcome {
        backend::set(self.0, f64::from(u8::from(holds)), at)
    }
}

impl Timer {
    /// Records the seconds since it was started, and gives them.
    pub fn observe_duration(mut self) -> f64 {
        self.observe()
    }

    /// Forgets it.
    pub fn discard(mut self) {
        self.series = 0;
    }

    fn observe(&mut self) -> f64 {
        let seconds = backend::elapsed().saturating_sub(self.started) as f64 / SECOND_NS;
        if self.series != 0 {
            backend::observe(core::mem::take(&mut self.series), seconds, None);
        }
        seconds
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.observe();
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        backend::add(self.0, -1.0, None);
    }
}
