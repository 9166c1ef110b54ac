//! The ledger for JavaScript: classes of numbers and texts for the npm package `@codomyrmex/telemetry`.
//!
//! What is called often takes numbers only: a handle, a value and a time as two doubles, so that no
//! object and no `BigInt` is made for an event. What is called once takes plain objects. The
//! TypeScript in `web/src` makes an idiomatic interface of it; nobody else is meant to call this.
//! Deliberately absent: accounting, which is the ledger's, and types for TypeScript, which stand in
//! `.ts` files where its compiler checks them.

mod environment;
mod error;
mod genai;
mod id;
mod key;
mod ledger;
mod time;
mod wire;

pub use genai::gen_ai_names;
pub use id::{derive_span_id, derive_trace_id};
pub use key::attribute_key;
pub use ledger::{Batches, Ledger};
