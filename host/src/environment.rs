//! The time and the chance of a host: the only place that asks the system for either.
//!
//! Deliberately absent: any choice of what they are used for.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use codomyrmex_telemetry::door::Environment;

/// A clock that agents' records take their time from where they carry none.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now, in nanoseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> u64;

    /// Nanoseconds since a moment that stays the same; never less than before. By default those of
    /// [`Clock::now`], for clocks that never step back.
    fn elapsed(&self) -> u64 {
        self.now()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands where it is put, for tests and replays.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

/// The clock of a host, with the system's random numbers.
#[derive(Clone, Debug)]
pub struct HostEnvironment {
    clock: Arc<dyn Clock>,
}

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn elapsed(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl ManualClock {
    /// A clock that stands at a time.
    #[must_use]
    pub const fn new(nanos: u64) -> Self {
        Self(AtomicU64::new(nanos))
    }

    /// Puts it to another time.
    pub fn set(&self, nanos: u64) {
        self.0.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl HostEnvironment {
    /// An environment with a clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Environment for HostEnvironment {
    fn now(&mut self) -> u64 {
        self.clock.now()
    }

    fn elapsed(&mut self) -> u64 {
        self.clock.elapsed()
    }

    fn random(&mut self) -> u64 {
        // A system without random numbers cannot be served with ids; the clock at least differs
        // from span to span, and ids are not secrets.
        getrandom::u64().unwrap_or_else(|_| self.clock.now())
    }
}

/// The same clock as WASI sees it.
impl wasmtime_wasi::HostWallClock for HostEnvironment {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now())
    }
}

impl wasmtime_wasi::HostMonotonicClock for HostEnvironment {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.clock.elapsed()
    }
}
