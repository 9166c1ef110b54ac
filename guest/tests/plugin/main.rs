//! A plugin's code without WebAssembly: what it records is read from the ledger of the thread.
//!
//! Deliberately absent: hosts; `tests/doors` runs agents under them.
#![expect(clippy::unwrap_used, reason = "tests: where a precondition is broken the test should end")]

mod context;
mod genai;
mod kit;
#[cfg(feature = "tracing")]
mod layer;
#[cfg(feature = "metrics")]
mod recorder;
#[cfg(feature = "trace")]
mod trace;
