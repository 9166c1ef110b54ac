//! How the host can fail, by whose fault it is.
//!
//! Deliberately absent: what an agent records wrongly. That never fails the agent or the host; it
//! is a typed answer to the agent and a counted drop.

use crate::Placement;

/// Why the host could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a component.
    #[error("{name} is not a WebAssembly component: {why}")]
    NotAComponent {
        /// What it is called.
        name: String,
        /// What it is instead.
        why: String,
    },
    /// The component wants something that this host does not give.
    #[error(
        "{name} cannot be run: {why}. This host offers codomyrmex:telemetry/{{types, metrics, tracer, slo}} and WASI 0.2 with no files, no network and no environment"
    )]
    CannotLink {
        /// What it is called.
        name: String,
        /// What is missing.
        why: String,
    },
    /// The agent trapped before it could be called.
    #[error("{name} trapped while it was started: {why}")]
    TrappedAtStart {
        /// What it is called.
        name: String,
        /// How.
        why: String,
    },
    /// The component is no agent that can be fed with lines.
    #[error("{name} does not export codomyrmex:telemetry/lines@0.1.0 as this host knows it ({why}); build it for the world line-agent")]
    NotAnAgent {
        /// What it is called.
        name: String,
        /// What is missing.
        why: String,
    },
    /// The placement needs the telemetry component, and there is none.
    #[error("placement {0} needs the telemetry component; give it to the builder")]
    NoTelemetryComponent(Placement),
    /// The agent and the telemetry component do not go together.
    #[error("{name} cannot be composed with the telemetry component: {why}")]
    CannotCompose {
        /// What it is called.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The engine could not be set up, or failed in a way that no guest should be able to cause.
    #[error("the WebAssembly engine failed: {0}")]
    Engine(String),
    /// Spans cannot be sent, or were not all sent in time.
    #[error("{0}")]
    Exporter(String),
    /// The ledger refused a delta or a name.
    #[error(transparent)]
    Ledger(#[from] codomyrmex_telemetry::Error),
}

/// Why an agent did not work through its lines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The agent said that it cannot work with a line.
    #[error("line {number}: {message}")]
    Problem {
        /// The line's number in the input, from 1.
        number: u64,
        /// What is wrong with it.
        message: String,
    },
    /// The agent trapped: it panicked, ran out of fuel or memory, or broke a rule of WebAssembly.
    /// It cannot be called again.
    #[error("the agent trapped: {0}")]
    Trap(String),
    /// The agent had trapped before.
    #[error("the agent trapped in an earlier call and cannot be called again")]
    Gone,
    /// The host failed.
    #[error(transparent)]
    Host(#[from] Error),
}
