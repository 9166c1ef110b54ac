//! An agent that runs: one instance, one ledger, fed with groups of lines.
//!
//! Where its accounts are kept is its [`Placement`]; both give the same bytes. Deliberately absent:
//! threads. An agent is `Send`, so an embedder may put each on a thread of its own.

use codomyrmex_telemetry::{Snapshot, SpanContext, WriterId};
use wasmtime::Store;
use wasmtime::component::{ComponentType, Instance, Lift, Lower, ResourceTable, TypedFunc};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::codomyrmex::telemetry::tracer;
use crate::composed::Composed;
use crate::host::Program;
use crate::limiter::MemoryBudget;
use crate::{AgentError, Error, Placement, TelemetryCtx, TelemetryView};

/// The interface by which an agent is fed.
pub(crate) const LINES: &str = "codomyrmex:telemetry/lines@0.1.0";

/// What it counts for in fuel that the host looks at a slot or slice to answer an agent's question.
const FUEL_PER_LOOK: u64 = 512;

/// A line of the input.
#[derive(Clone, ComponentType, Debug, Eq, Lift, Lower, PartialEq)]
#[component(record)]
pub struct Line {
    /// Its number in the input, from 1.
    #[component(name = "number")]
    pub number: u64,
    /// Its text, without the line end.
    #[component(name = "text")]
    pub text: String,
}

#[derive(Clone, ComponentType, Debug, Lift, Lower)]
#[component(record)]
struct Problem {
    #[component(name = "number")]
    number: u64,
    #[component(name = "message")]
    message: String,
}

/// What a store holds for an agent.
pub(crate) struct State {
    pub(crate) telemetry: TelemetryCtx,
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) memory: MemoryBudget,
}

impl TelemetryView for State {
    fn telemetry(&mut self) -> &mut TelemetryCtx {
        &mut self.telemetry
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// `lines.handle`: a group's place, its lines, and where the one who asks stands.
type Handle = TypedFunc<(u64, Vec<Line>, Option<tracer::SpanContext>), (Result<(), Problem>,)>;

/// An agent that runs.
pub struct Agent {
    name: String,
    store: Store<State>,
    handle: Handle,
    composed: Option<Composed>,
    fuel_per_call: Option<u64>,
    is_gone: bool,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("name", &self.name).field("is_gone", &self.is_gone).finish_non_exhaustive()
    }
}

impl Agent {
    pub(crate) fn start(program: &Program<'_>, mut store: Store<State>, writer: WriterId) -> Result<Self, Error> {
        refuel(&mut store, program.fuel_per_call())?; // it may run code when it is instantiated
        let instance = program.pre().instantiate(&mut store).map_err(|why| program.cannot_start(&why))?;
        let wrong = |why: &dyn std::fmt::Display| Error::NotAnAgent { name: program.name().into(), why: format!("{why:#}") };
        let handle = func(&mut store, &instance, LINES, "handle").map_err(|why| wrong(&why))?;
        let composed = match program.placement() {
            Placement::Host => None,
            Placement::Composed => Some(Composed::new(program, &mut store, &instance, writer)?),
        };
        Ok(Self { name: program.name().into(), store, handle, composed, fuel_per_call: program.fuel_per_call(), is_gone: false })
    }

    /// Has the agent work through a group of lines. `index` is the group's place in the whole input.
    ///
    /// # Errors
    /// [`AgentError::Problem`] for a line that the agent turned down; it can be called again.
    /// [`AgentError::Trap`] where it trapped: its open spans were ended with an error, and what it
    /// recorded is in [`Agent::snapshot`]. Under [`Placement::Composed`] that is what it recorded up to
    /// the call before, without the spans that were still open.
    pub fn handle(&mut self, index: u64, lines: Vec<Line>) -> Result<(), AgentError> {
        self.handle_under(None, index, lines)
    }

    /// The same, as part of a trace: `parent` is where the one who asks stands.
    ///
    /// # Errors
    /// As there.
    pub fn handle_under(&mut self, parent: Option<SpanContext>, index: u64, lines: Vec<Line>) -> Result<(), AgentError> {
        if self.is_gone {
            return Err(AgentError::Gone);
        }
        self.refuel()?;
        #[cfg(feature = "wasi-otel")]
        self.store.data_mut().telemetry.set_outer_span(parent.clone());
        let answer = match self.handle.call(&mut self.store, (index, lines, parent.map(Into::into))) {
            Ok((answer,)) => answer,
            Err(trap) => return Err(self.trapped(&trap)),
        };
        self.drain()?;
        answer.map_err(|problem| AgentError::Problem { number: problem.number, message: problem.message })
    }

    /// Ends the agent: spans that it left open end with an error.
    ///
    /// # Errors
    /// [`AgentError::Trap`] where the telemetry component inside a composed agent trapped.
    pub fn finish(&mut self) -> Result<(), AgentError> {
        const REASON: &str = "the agent ended while the span was open";
        if self.is_gone {
            return Ok(());
        }
        self.refuel()?;
        match &self.composed {
            None => {
                self.store.data_mut().telemetry.abandon(REASON);
            }
            Some(composed) => {
                self.store.data_mut().telemetry.abandon(REASON);
                if let Err(trap) = composed.abandon(&mut self.store, REASON) {
                    return Err(self.trapped(&trap));
                }
                self.drain()?;
            }
        }
        self.is_gone = true;
        Ok(())
    }

    /// What the agent has come to, as far as the host knows.
    #[must_use]
    pub fn snapshot(&mut self) -> Snapshot {
        self.telemetry().collect()
    }

    /// What keeps the agent's accounts, for callbacks of the host's own: its ledger, or in
    /// [`Placement::Composed`] the one that the host drains it into, which knows what happened up to the
    /// call before. It writes as another writer there.
    pub fn telemetry(&mut self) -> &mut TelemetryCtx {
        match &mut self.composed {
            None => &mut self.store.data_mut().telemetry,
            Some(composed) => &mut composed.telemetry,
        }
    }

    /// Whether what was recorded in a call that traps is lost with it.
    #[must_use]
    pub const fn loses_on_trap(&self) -> bool {
        self.composed.is_some()
    }

    fn refuel(&mut self) -> Result<(), Error> {
        refuel(&mut self.store, self.fuel_per_call)
    }

    fn drain(&mut self) -> Result<(), AgentError> {
        self.refuel()?; // draining is the host's wish, not the agent's expense
        let Some(composed) = &mut self.composed else { return Ok(()) };
        match composed.drain(&mut self.store) {
            Ok(absorbed) => absorbed?,
            Err(trap) => return Err(self.trapped(&trap)),
        }
        self.gather()
    }

    /// Takes what a composed agent told the host itself to where its other accounts are: `wasi:otel` is served by
    /// the host in either placement.
    fn gather(&mut self) -> Result<(), AgentError> {
        if let Some(composed) = &mut self.composed
            && let Some(delta) = self.store.data_mut().telemetry.ledger().drain()
        {
            composed.telemetry.absorb(&delta).map_err(Error::from)?;
        }
        Ok(())
    }

    /// Takes note that the agent is gone. Its accounts in the host are whole; its open spans are
    /// ended, since nobody is left to do so.
    fn trapped(&mut self, trap: &wasmtime::Error) -> AgentError {
        self.is_gone = true;
        let cause = trap.root_cause().to_string();
        self.store.data_mut().telemetry.abandon(&format!("the agent trapped: {cause}"));
        // That it is gone is what its host must know first.
        AgentError::Trap(match self.gather() {
            Ok(()) => cause,
            Err(why) => format!("{cause}; what it told the host itself was not taken: {why}"),
        })
    }
}

/// Gives an agent what it may spend until the next time.
fn refuel(store: &mut Store<State>, fuel: Option<u64>) -> Result<(), Error> {
    store.data_mut().telemetry.limit_questions(fuel.map(|fuel| fuel / FUEL_PER_LOOK));
    fuel.map_or(Ok(()), |fuel| store.set_fuel(fuel).map_err(|why| Error::Engine(format!("{why:#}"))))
}

/// A function of an exported interface.
fn func<P, R>(store: &mut Store<State>, instance: &Instance, interface: &str, name: &str) -> wasmtime::Result<TypedFunc<P, R>>
where
    P: wasmtime::component::ComponentNamedList + Lower,
    R: wasmtime::component::ComponentNamedList + Lift,
{
    let missing = || wasmtime::format_err!("{interface} has no function {name}");
    let place = instance.get_export_index(&mut *store, None, interface).ok_or_else(|| wasmtime::format_err!("no export {interface}"))?;
    let place = instance.get_export_index(&mut *store, Some(&place), name).ok_or_else(missing)?;
    instance.get_typed_func(&mut *store, place)
}
