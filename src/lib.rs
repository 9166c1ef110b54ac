//! One telemetry ledger for WebAssembly agents, browsers and edge functions: service level
//! objectives with error budgets, metrics and traces, counted so that **the same events give the
//! same bytes**, whatever the runtime, the split, the order or the re-delivery.
//!
//! ```text
//!   declare, resolve, create         once, by name: a number comes back
//!          |
//!   add, set, observe,               often, by number
//!   record_event, start_span, ...
//!          |
//!       [ Ledger ] --- drain ---> delta --- absorb ---> [ another Ledger ]
//!          |
//!       snapshot                     what happened, and nothing of who wrote it
//!          |
//!   to_bytes, digest, export         deterministic CBOR, SHA-256, Prometheus text
//! ```
//!
//! The crate is pure: no clock, no randomness, no files, no threads, no hash maps; time and entropy
//! come in as arguments. Doors to it are the WASI component (feature `component`), the Wasmtime
//! host crate and the npm package, none of which account for anything themselves.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "component", feature = "hdr"))]
extern crate std;

mod attribute;
mod error;
mod float;
mod id;
mod label;
mod ledger;
mod ratio;
mod sum;
mod text;
mod time;

#[cfg(feature = "component")]
mod component;
pub mod door;
pub mod export;
pub mod genai;
pub mod limits;
pub mod metrics;
pub mod query;
pub mod slo;
pub mod snapshot;
pub mod statsd;
pub mod tracer;
pub mod traces;

pub use attribute::{Attributes, AttributesIter, Value};
pub use error::{Drops, Error, Outcome};
pub use float::Double;
pub use id::{SpanId, TraceId, WriterId};
pub use ledger::{Absorbed, Ledger};
pub use metrics::{Descriptor, ExponentialOptions, FamilyId, Instrument, SeriesId, SummaryOptions};
pub use ratio::Ratio;
pub use slo::{Budgeting, Comparison, Indicator, Objective, SliType, SloId, Status, Window};
pub use snapshot::{Delta, Snapshot};
pub use sum::{ExactSum, SumParts};
pub use text::Text;
pub use time::{Extent, Timestamp};
pub use tracer::{Parent, Scope, SpanContext, SpanData, SpanEvent, SpanHandle, SpanKind, SpanLink, SpanNameId, SpanStatus, TracerId};
