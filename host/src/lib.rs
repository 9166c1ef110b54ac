//! Embeds `codomyrmex:telemetry` in Wasmtime.
//!
//! Two ways lead in. Who runs components already adds the imports to a linker of their own: keep a
//! [`TelemetryCtx`] in the store's data, implement [`TelemetryView`], call [`add_to_linker`]. Who
//! wants agents fed with lines, in either [`Placement`], takes a [`HostBuilder`].
//!
//! ```no_run
//! use codomyrmex_telemetry::{Snapshot, WriterId};
//! use codomyrmex_telemetry_host::{HostBuilder, Line};
//!
//! let host = HostBuilder::new().build()?;
//! let program = host.load("agent.wasm", &std::fs::read("agent.wasm")?)?;
//! let mut merged = Snapshot::default();
//! for index in 0..7 {
//!     let mut agent = program.start(WriterId::new(u128::from(index)))?;
//!     agent.handle(index, vec![Line { number: index + 1, text: "{}".into() }])?;
//!     agent.finish()?;
//!     merged.merge(&agent.snapshot());
//! }
//! println!("{}", codomyrmex_telemetry::export::prometheus(&merged, codomyrmex_telemetry::export::Escaping::Underscores));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `wasi-otel` components that were instrumented by `wasi:otel` account in the same ledgers.
//!
//! Deliberately absent: accounting, which is the ledger's, and limits on running time other than
//! fuel, which belong to the embedder's engine.

mod agent;
pub mod bindings;
pub mod cli;
mod compose;
mod composed;
mod environment;
mod error;
mod host;
mod limiter;
mod observer;
pub mod openslo;
pub mod push;
pub mod scrape;
mod serve;
mod tracing;
mod variables;
#[cfg(feature = "wasi-otel")]
pub mod wasi_otel;
mod watcher;

pub use agent::{Agent, Line};
pub use compose::compose;
pub use environment::{Clock, HostEnvironment, ManualClock, SystemClock};
pub use error::{AgentError, Error};
pub use host::{Host, HostBuilder, Placement, Program};
pub use observer::{CallbackId, Report};
pub use serve::{HasTelemetry, TelemetryCtx, TelemetryView, add_to_linker};
pub use tracing::TracingSettings;
pub use variables::{OtlpVariables, Variables};
pub use watcher::SloCallbackId;
