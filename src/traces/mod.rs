//! Traces: the kept spans of a snapshot put together, and what can be read off them.
//!
//! ```text
//!   Spans --> assemble --> Trace, Trace, ...    trees, the earliest first
//!                            |
//!                 CallGraph, TokenAccount       folds over any choice of traces
//! ```
//! All of it is made anew for each question and kept nowhere, so a span that comes late changes an answer
//! as if it had come in time, and the same spans give the same answers however they were split. What the
//! answers take is bounded by the spans that are kept. Deliberately absent: spans that are open, those that
//! were dropped or handed over, and text for people.

mod conventions;
mod graph;
mod price;
mod tokens;
mod trace;

pub use graph::{CallGraph, Called, Caller, Calls};
pub use price::{Cost, Price, Prices, Rate};
pub use tokens::{Bill, LeftOut, TokenAccount, Usage};
pub use trace::{Above, Trace, TraceSpan, assemble};
