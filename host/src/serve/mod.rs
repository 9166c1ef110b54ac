//! The imports of an agent, served by a ledger in the host's memory.
//!
//! Deliberately absent: traps. Whatever an agent passes, the answer is a value: a typed error or a
//! counted drop.

mod slos;
mod spans;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "wasi-otel")]
use codomyrmex_telemetry::Outcome;
use codomyrmex_telemetry::door::{Door, Environment};
use codomyrmex_telemetry::slo::SloChange;
use codomyrmex_telemetry::statsd::Dialect;
use codomyrmex_telemetry::{Absorbed, Error, FamilyId, Ledger, Snapshot, Timestamp, WriterId};
use wasmtime::component::{HasData, Linker};

use crate::bindings::codomyrmex::telemetry::{metrics, query, slo, slo_answers, slo_terms, tracer, types};
use crate::environment::{Clock, HostEnvironment, SystemClock};
use crate::observer::{CallbackId, Observers, Report};
use crate::watcher::{SloCallbackId, Watchers};

codomyrmex_telemetry::wit_conversions!();

/// An agent's ledger, to be kept in its store's data. It outlives a trap.
pub struct TelemetryCtx {
    door: Door<HostEnvironment>,
    observers: Observers,
    watchers: Watchers,
    looks_left: Option<u64>, // slots and slices that questions about objectives may still look at
    #[cfg(feature = "wasi-otel")]
    pub(crate) otel: crate::wasi_otel::WasiOtel,
}

/// A store's data that holds a [`TelemetryCtx`].
pub trait TelemetryView: Send {
    /// The agent's ledger.
    fn telemetry(&mut self) -> &mut TelemetryCtx;
}

/// The marker by which the bindings find the ledger in a store's data.
#[derive(Debug)]
pub struct HasTelemetry;

impl HasData for HasTelemetry {
    type Data<'a> = &'a mut TelemetryCtx;
}

/// Adds the imports `codomyrmex:telemetry/{types, metrics, query, tracer, slo-terms, slo-answers, slo}` to a linker. The functions
/// are synchronous and never trap, so they suit sync and async embeddings alike.
///
/// # Errors
/// Where the linker already has them.
pub fn add_to_linker<T: TelemetryView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    crate::bindings::Agent::add_to_linker::<T, HasTelemetry>(linker, T::telemetry)
}

impl Default for TelemetryCtx {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for TelemetryCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryCtx").field("door", &self.door).finish()
    }
}

impl TelemetryCtx {
    /// An empty ledger with a clock and a random writer id.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::behind(Door::new(HostEnvironment::new(clock)))
    }

    /// The same, writing as `writer`.
    #[must_use]
    pub fn with_writer(clock: Arc<dyn Clock>, writer: WriterId) -> Self {
        Self::behind(Door::with_writer(writer, HostEnvironment::new(clock)))
    }

    fn behind(door: Door<HostEnvironment>) -> Self {
        Self {
            door,
            observers: Observers::default(),
            watchers: Watchers::default(),
            looks_left: None,
            #[cfg(feature = "wasi-otel")]
            otel: crate::wasi_otel::WasiOtel::default(),
        }
    }

    /// The ledger, as it stands; [`TelemetryCtx::collect`] asks the callbacks first.
    pub const fn ledger(&mut self) -> &mut Ledger {
        &mut self.door.ledger
    }

    /// The clock's time.
    #[cfg(feature = "wasi-otel")]
    pub(crate) fn now(&mut self) -> u64 {
        self.door.environment.now()
    }

    /// Adds a callback that reports values of the host's own whenever the accounts are read.
    pub fn add_callback(&mut self, callback: impl FnMut(&mut Report<'_>) + Send + 'static) -> CallbackId {
        self.observers.add(Box::new(callback))
    }

    /// Takes a callback away; `false` where it is not there.
    pub fn remove_callback(&mut self, id: CallbackId) -> bool {
        self.observers.remove(id)
    }

    /// Adds a callback that is told what changed about objectives: how they stand, which alerts fire, what
    /// their policies ask for. Each is told what changed since it was told last, at first since nothing was
    /// known; by [`TelemetryCtx::collect`] and [`TelemetryCtx::drain`] as things stand at the clock's time, and by
    /// [`TelemetryCtx::check_slos`].
    pub fn add_slo_callback(&mut self, callback: impl FnMut(&SloChange) + Send + 'static) -> SloCallbackId {
        self.watchers.add(Box::new(callback))
    }

    /// Takes such a callback away; `false` where it is not there.
    pub fn remove_slo_callback(&mut self, id: SloCallbackId) -> bool {
        self.watchers.remove(id)
    }

    /// Tells the callbacks what changed about objectives, as they stood at a time; `None` is the time of each
    /// one's newest event.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn check_slos(&mut self, at: Option<u64>) -> Result<(), Error> {
        let at = at.map(Timestamp::try_from).transpose()?;
        self.watchers.look(&self.door.ledger, at);
        Ok(())
    }

    /// Says how many nanoseconds ahead of the clock the events of objectives may be, also those in deltas;
    /// `None` is any number. See [`Door::limit_skew`].
    pub const fn limit_skew(&mut self, most: Option<u64>) {
        self.door.limit_skew(most);
    }

    /// Says how many slots and slices the agent's questions about objectives may look at from now on, in all;
    /// `None` is any number, until it is said otherwise. A question costs 0.2 to 0.6 µs for each; the one for alerts
    /// looks at them as often as there are alerts, and an analysis at samples of events, for each combination of
    /// attributes. Past the limit questions are answered with the error `limit`. The host's own
    /// questions are not counted.
    pub const fn limit_questions(&mut self, looks: Option<u64>) {
        self.looks_left = looks;
    }

    /// Takes in another ledger's delta, but one whose objectives hold events from further ahead than clocks
    /// may differ; see [`Door::absorb`].
    ///
    /// # Errors
    /// As there.
    pub fn absorb(&mut self, delta: &[u8]) -> Result<Absorbed, Error> {
        self.door.absorb(delta)
    }

    /// Ends every open span with status error, for when the one who would have ended them is gone; see
    /// [`Door::abandon`]. Gives their number. Spans of `wasi:otel` that only started are counted as dropped, for want
    /// of an end: nothing but their context is known.
    pub fn abandon(&mut self, reason: &str) -> u32 {
        #[cfg(feature = "wasi-otel")]
        for _ in 0..self.otel.abandon() {
            self.door.ledger.drop_record(Outcome::InvalidTime);
        }
        self.door.abandon(reason)
    }

    /// Asks the callbacks, and gives the accounts.
    pub fn collect(&mut self) -> Snapshot {
        self.read();
        self.door.ledger.snapshot()
    }

    /// Asks the callbacks, and drains; see [`Ledger::drain`].
    pub fn drain(&mut self) -> Option<Vec<u8>> {
        self.read();
        self.door.ledger.drain()
    }

    /// Asks those who report first, so that those who are told hear of it.
    fn read(&mut self) {
        self.observers.run(&mut self.door);
        if self.watchers.are_any() {
            let now = Timestamp::from_nanos(self.door.environment.now()).unwrap_or(Timestamp::MAX);
            self.watchers.look(&self.door.ledger, Some(now));
        }
    }

    /// Records a datagram of StatsD or DogStatsD lines; see [`Door::receive_statsd`].
    pub fn receive_statsd(&mut self, packet: &[u8], dialect: Dialect) -> Vec<Error> {
        self.door.receive_statsd(packet, dialect)
    }
}

impl types::Host for TelemetryCtx {}

impl slo_terms::Host for TelemetryCtx {}

impl slo_answers::Host for TelemetryCtx {}

impl metrics::Host for TelemetryCtx {
    fn declare(&mut self, descriptor: metrics::Descriptor) -> Result<u32, types::Error> {
        Ok(self.door.ledger.declare(descriptor.into())?.0)
    }

    fn resolve(&mut self, family: u32, values: Vec<String>) -> Result<u32, types::Error> {
        Ok(self.door.ledger.resolve(FamilyId(family), &values)?.0)
    }

    fn add(&mut self, series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        self.door.add(series, value, at).into()
    }

    fn set(&mut self, series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        self.door.set(series, value, at).into()
    }

    fn observe(&mut self, series: u32, value: f64, at: Option<u64>) -> types::Outcome {
        self.door.observe(series, value, at).into()
    }

    fn observe_times(&mut self, series: u32, value: f64, times: u32, at: Option<u64>) -> types::Outcome {
        self.door.observe_times(series, value, times, at).into()
    }

    fn now(&mut self) -> u64 {
        self.door.environment.now()
    }

    fn elapsed(&mut self) -> u64 {
        self.door.environment.elapsed()
    }

    fn record_in(&mut self, series: u32, value: f64, at: Option<u64>, span: u32) -> types::Outcome {
        self.door.record_in(series, value, at, span).into()
    }
}

impl query::Host for TelemetryCtx {
    fn value(&mut self, series: u32) -> Result<Option<f64>, types::Error> {
        Ok(self.door.value(series)?)
    }

    fn rate(&mut self, series: u32, at: Option<u64>) -> Result<f64, types::Error> {
        Ok(self.door.rate(series, at)?)
    }

    fn quantile(&mut self, series: u32, share: f64) -> Result<Option<query::Estimate>, types::Error> {
        Ok(self.door.quantile(series, share)?.map(Into::into))
    }

    fn recent_quantile(&mut self, series: u32, share: f64, at: Option<u64>) -> Result<Option<query::Estimate>, types::Error> {
        Ok(self.door.recent_quantile(series, share, at)?.map(Into::into))
    }

    fn top(&mut self, family: u32, count: u32) -> Result<Vec<query::Row>, types::Error> {
        let rows = self.door.ledger.top(FamilyId(family), count as usize)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
