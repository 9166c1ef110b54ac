//! The host: an engine and a linker, from which programs are loaded and agents started.
//!
//! Deliberately absent: files. Components come in as bytes.

use std::fmt;
use std::sync::Arc;

use codomyrmex_telemetry::{Ledger, WriterId};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Inlining, Store, Trap};
use wasmtime_wasi::WasiCtx;

use crate::agent::State;
use crate::environment::HostEnvironment;
use crate::limiter::MemoryBudget;
use crate::{Agent, Clock, Error, SystemClock, TelemetryCtx, TracingSettings, add_to_linker, compose};

/// Bytes that an agent may pass to the host in one call: many times what a ledger takes in one.
const HOSTCALL_BYTES_MAX: usize = 4 << 20;

/// Where an agent's accounts are kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Placement {
    /// In the host's memory. An agent that traps loses nothing that it recorded.
    #[default]
    Host,
    /// In the telemetry component, composed with the agent: recording is a call inside the sandbox,
    /// and the host drains after each call into the agent. A trap loses what was recorded since, and the
    /// spans that were still open.
    Composed,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Composed => "composed",
        })
    }
}

/// How a host is set up.
#[derive(Debug)]
pub struct HostBuilder {
    placement: Placement,
    telemetry_component: Option<Vec<u8>>,
    fuel_per_call: Option<u64>,
    memory_bytes_max: usize,
    clock: Arc<dyn Clock>,
    tracing: TracingSettings,
}

/// An engine and a linker, from which programs are loaded.
pub struct Host {
    settings: HostBuilder,
    engine: Engine,
    linker: Linker<State>,
}

/// A loaded program, from which agents are started.
pub struct Program<'h> {
    host: &'h Host,
    name: String,
    pre: InstancePre<State>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl HostBuilder {
    /// Accounts in the host's memory, 256 MiB for an agent, no limit on its running time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            placement: Placement::Host,
            telemetry_component: None,
            fuel_per_call: None,
            memory_bytes_max: 256 << 20,
            clock: Arc::new(SystemClock),
            tracing: TracingSettings::default(),
        }
    }

    /// Where agents' accounts are kept.
    #[must_use]
    pub const fn placement(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    /// The telemetry component's bytes, which [`Placement::Composed`] needs.
    #[must_use]
    pub fn telemetry_component(mut self, bytes: Vec<u8>) -> Self {
        self.telemetry_component = Some(bytes);
        self
    }

    /// How much fuel an agent gets for each call, about one a WebAssembly instruction; it traps
    /// when that is spent. `None` is no limit. Fuel does not bound time that an agent spends asleep
    /// in WASI; an embedder for whom that matters runs agents on threads that it can give up. Under
    /// [`Placement::Composed`] recording is done inside the sandbox and takes fuel too; draining does not. Under
    /// [`Placement::Host`] what an agent asks about its objectives is bounded in proportion
    /// ([`TelemetryCtx::limit_questions`]): a question past it is refused, and the agent goes on.
    #[must_use]
    pub const fn fuel_per_call(mut self, fuel: Option<u64>) -> Self {
        self.fuel_per_call = fuel;
        self
    }

    /// How many bytes of memory an agent may have, in all its memories and tables together.
    #[must_use]
    pub const fn memory_bytes_max(mut self, bytes: usize) -> Self {
        self.memory_bytes_max = bytes;
        self
    }

    /// The clock for records that carry no time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How the spans of agents are sampled, kept, bounded, measured, and whose they are.
    #[must_use]
    pub fn tracing(mut self, settings: TracingSettings) -> Self {
        self.tracing = settings;
        self
    }

    /// Sets the engine up.
    ///
    /// # Errors
    /// [`Error::Ledger`] where a ledger refuses the settings of tracing,
    /// [`Error::NoTelemetryComponent`] where the placement needs it, [`Error::Engine`] where this
    /// machine cannot run WebAssembly.
    pub fn build(self) -> Result<Host, Error> {
        if self.placement == Placement::Composed && self.telemetry_component.is_none() {
            return Err(Error::NoTelemetryComponent(self.placement));
        }
        self.tracing.apply(&mut Ledger::new(WriterId::new(0)))?; // here, and not at each agent's start
        let engine = |why: wasmtime::Error| Error::Engine(format!("{why:#}"));
        let mut config = Config::new();
        config.concurrency_support(false); // all calls are synchronous, and cost less so
        config.consume_fuel(self.fuel_per_call.is_some());
        config.compiler_inlining(match self.placement {
            Placement::Host => Inlining::No,
            Placement::Composed => Inlining::InterModule, // of what stands between an agent and its ledger
        });
        let wasm = Engine::new(&config).map_err(engine)?;
        let mut linker = Linker::new(&wasm);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(engine)?;
        if self.placement == Placement::Host {
            add_to_linker(&mut linker).map_err(engine)?;
        }
        #[cfg(feature = "wasi-otel")]
        crate::wasi_otel::add_to_linker(&mut linker).map_err(engine)?;
        Ok(Host { settings: self, engine: wasm, linker })
    }
}

impl Host {
    /// Compiles a component. `name` is for messages.
    ///
    /// # Errors
    /// [`Error::NotAComponent`], [`Error::CannotCompose`] or [`Error::CannotLink`].
    pub fn load(&self, name: &str, bytes: &[u8]) -> Result<Program<'_>, Error> {
        check_is_component(name, bytes)?;
        let composed;
        let bytes = match (&self.settings.telemetry_component, self.settings.placement) {
            (Some(telemetry), Placement::Composed) => {
                composed = compose(name, bytes, telemetry)?;
                &composed
            }
            _ => bytes,
        };
        let component =
            Component::new(&self.engine, bytes).map_err(|why| Error::NotAComponent { name: name.into(), why: format!("{why:#}") })?;
        let pre = self.linker.instantiate_pre(&component);
        let pre = pre.map_err(|why| Error::CannotLink { name: name.into(), why: format!("{why:#}") })?;
        Ok(Program { host: self, name: name.into(), pre })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("placement", &self.settings.placement).finish_non_exhaustive()
    }
}

impl fmt::Debug for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Program<'_> {
    /// Starts an agent that writes as `writer`: a number of its own, never used before.
    ///
    /// # Errors
    /// [`Error::NotAnAgent`] where it cannot be fed with lines, [`Error::CannotLink`] where it
    /// cannot be instantiated.
    pub fn start(&self, writer: WriterId) -> Result<Agent, Error> {
        let settings = &self.host.settings;
        let environment = HostEnvironment::new(self.clock());
        let mut telemetry = TelemetryCtx::with_writer(self.clock(), writer);
        settings.tracing.apply(telemetry.ledger())?;
        let state = State {
            telemetry,
            wasi: WasiCtx::builder().wall_clock(environment.clone()).monotonic_clock(environment).allow_tcp(false).allow_udp(false).build(),
            table: ResourceTable::new(),
            memory: MemoryBudget::new(settings.memory_bytes_max),
        };
        let mut store = Store::new(&self.host.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(HOSTCALL_BYTES_MAX);
        Agent::start(self, store, writer)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn pre(&self) -> &InstancePre<State> {
        &self.pre
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.host.settings.clock)
    }

    pub(crate) const fn placement(&self) -> Placement {
        self.host.settings.placement
    }

    pub(crate) const fn tracing(&self) -> &TracingSettings {
        &self.host.settings.tracing
    }

    pub(crate) const fn fuel_per_call(&self) -> Option<u64> {
        self.host.settings.fuel_per_call
    }

    /// Why an agent could not be instantiated: it trapped while it was, or it does not fit this host.
    pub(crate) fn cannot_start(&self, why: &wasmtime::Error) -> Error {
        let name = self.name.clone();
        match why.downcast_ref::<Trap>() {
            Some(trap) => Error::TrappedAtStart { name, why: trap.to_string() },
            None => Error::CannotLink { name, why: format!("{why:#}") },
        }
    }
}

/// Tells what a file is that is no component, from its first bytes: magic, then version and layer.
fn check_is_component(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::NotAComponent { name: name.into(), why: why.into() });
    match (bytes.get(..4), bytes.get(4..8)) {
        (Some(b"\0asm"), Some([0x0d, 0, 1, 0])) => Ok(()),
        (Some(b"\0asm"), Some([1, 0, 0, 0])) => wrong("it is a core module; build it for wasm32-wasip2, or encode it with wit-component"),
        (Some(b"\0asm"), _) => wrong("it is of another version of WebAssembly"),
        _ => wrong("it does not begin as WebAssembly does"),
    }
}
