//! The phases of an agent: plan, act, observe, and the task that they belong to.
//!
//! The names are those of the Python module that this follows: spans `agent.{agent}.{phase}`, and the metrics
//! `agent_phase_executions_total`, `agent_phase_errors_total` and `agent_phase_latency_seconds`. A task's id is an
//! attribute of its span and never a label, since there is no end of ids. Deliberately absent: a status `ok`; that
//! nothing failed is not a decision of somebody's.

use std::fmt::Display;

use codomyrmex_telemetry::Error;

use crate::backend;
use crate::metrics::{Family, FamilyOptions, get_metrics};
use crate::series::{Counter, Histogram};
use crate::span::Span;
use crate::tracer::{Tracer, get_tracer};
use crate::{DEFAULT_BOUNDS, Outcome};

const SECOND_NS: f64 = 1e9;
const LABELS: [&str; 3] = ["agent", "phase", "action_type"];

/// Spans and metrics of an agent's phases.
///
/// ```
/// use codomyrmex_telemetry_guest::genai::AgentTelemetryHooks;
///
/// let hooks = AgentTelemetryHooks::new("airline")?;
/// let booked = hooks.track_task("task-7", |_| {
///     let plan = hooks.track_plan(|_| Ok::<_, String>(["search", "book"]))?;
///     hooks.track_act(plan[1], |span| {
///         span.set_attribute("seats", 2_i64);
///         Err::<(), _>(String::from("sold out"))
///     })
/// });
/// assert_eq!(booked, Err("sold out".into()));
/// # Ok::<(), codomyrmex_telemetry_guest::Error>(())
/// ```
#[derive(Debug)]
pub struct AgentTelemetryHooks {
    agent: String,
    tracer: Tracer,
    executions: Family<Counter>,
    errors: Family<Counter>,
    latency: Family<Histogram>,
}

/// A phase that has begun. Dropping it ends it, and counts it.
#[derive(Debug)]
#[must_use = "what is dropped at once took no time"]
pub struct PhaseRun<'a> {
    hooks: &'a AgentTelemetryHooks,
    phase: &'a str,
    action_type: &'a str,
    span: Span,
    started: u64,
    has_failed: bool,
}

impl AgentTelemetryHooks {
    /// The hooks of an agent of this name.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a name is taken by a metric of another shape, [`Error::Limit`] for one too many.
    pub fn new(agent: &str) -> Result<Self, Error> {
        let options = |name, help, unit| FamilyOptions { name, help, unit, labels: &LABELS, window: None };
        let metrics = get_metrics();
        Ok(Self {
            agent: agent.into(),
            tracer: get_tracer(&format!("agent.{agent}")),
            executions: metrics.counter(options("agent_phase_executions_total", "Total executions of agent phases", ""))?,
            errors: metrics.counter(options("agent_phase_errors_total", "Total errors during agent phases", ""))?,
            latency: metrics
                .histogram(options("agent_phase_latency_seconds", "Latency of agent execution phases", "seconds"), &DEFAULT_BOUNDS)?,
        })
    }

    /// Begins a phase under the current span, for those who hold it themselves: `plan`, `act`, `observe`, `task` or
    /// one of few of their own. `action_type` may be empty.
    pub fn start_phase<'a>(&'a self, phase: &'a str, action_type: &'a str) -> PhaseRun<'a> {
        let span = self.tracer.start_span(&format!("agent.{}.{phase}", self.agent));
        if !action_type.is_empty() {
            span.set_attribute("action_type", action_type);
        }
        PhaseRun { hooks: self, phase, action_type, span, started: backend::elapsed(), has_failed: false }
    }

    /// Runs a phase: its span is current, and an error is recorded and counted.
    ///
    /// # Errors
    /// The body's.
    pub fn track_phase<T, E: Display>(&self, phase: &str, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.start_phase(phase, "").run(body)
    }

    /// Runs the planning.
    ///
    /// # Errors
    /// The body's.
    pub fn track_plan<T, E: Display>(&self, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.track_phase("plan", body)
    }

    /// Runs an action. `action_type` is one of few, such as a tool's name: it is a label.
    ///
    /// # Errors
    /// The body's.
    pub fn track_act<T, E: Display>(&self, action_type: &str, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.start_phase("act", action_type).run(body)
    }

    /// Runs the observing of what came of an action.
    ///
    /// # Errors
    /// The body's.
    pub fn track_observe<T, E: Display>(&self, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        self.track_phase("observe", body)
    }

    /// Runs a whole task.
    ///
    /// # Errors
    /// The body's.
    pub fn track_task<T, E: Display>(&self, task_id: &str, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        let task = self.start_phase("task", "");
        task.span.set_attribute("task_id", task_id);
        task.run(body)
    }
}

impl PhaseRun<'_> {
    /// Its span, to be a parent, to be entered, or to say more of.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// Says that it failed.
    pub fn fail(&mut self, error: &(impl Display + ?Sized)) {
        self.span.record_error(error);
        self.has_failed = true;
    }

    fn run<T, E: Display>(mut self, body: impl FnOnce(&Span) -> Result<T, E>) -> Result<T, E> {
        let entered = self.span.entered();
        let result = body(&self.span);
        drop(entered);
        result.inspect_err(|error| self.fail(error))
    }
}

impl Drop for PhaseRun<'_> {
    fn drop(&mut self) {
        let labels = [self.hooks.agent.as_str(), self.phase, self.action_type];
        let seconds = backend::elapsed().saturating_sub(self.started) as f64 / SECOND_NS;
        let has_failed = self.has_failed || std::thread::panicking();
        // A label too long for the ledger loses the record, not the work.
        let _ = self.hooks.executions.with(&labels).map(Counter::inc);
        let _ = self.hooks.errors.with(&labels).map(|errors| if has_failed { errors.inc() } else { Outcome::Recorded });
        let _ = self.hooks.latency.with(&labels).map(|latency| latency.observe_in(seconds, None, &self.span));
    }
}
