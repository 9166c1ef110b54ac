//! The doors: the same events through each of them, one set of bytes.
//!
//! These tests read the components that `cargo xtask build` makes. Deliberately absent: what the
//! accounts should be; `laws` knows that of the ledger, and `airline` of the real runs.
#![expect(clippy::unwrap_used, reason = "tests: where a precondition is broken the test should end")]

mod airline;
mod borders;
mod command_line;
mod component;
mod embedder;
mod evil;
mod kit;
mod languages;
mod serve;
mod settings;
mod slo_command_line;
mod span_export;
mod trace_command_line;
mod trace_context_server;
mod trace_kit;
mod wasi_otel;
