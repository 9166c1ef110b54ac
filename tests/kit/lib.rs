//! The kit of the laws: a model of what can happen, a driver that makes it happen to a ledger, and an
//! oracle that knows what must come of it because it keeps every event and counts from scratch.
//!
//! ```text
//!   events()  --->  Agent::apply  --->  Ledger      the same events, two ways:
//!        \
//!         +------>  Naive                           what a ledger says must be what this says
//! ```
//!
//! It uses the public doors of the ledger and nothing else. Deliberately absent: assertions, which
//! are the laws' own, and any speed: the oracle looks at every event for every question.
#![expect(clippy::unwrap_used, reason = "a kit for tests: where a precondition is broken the test should end")]

/// The examples of the README, which are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

mod catalogue;
pub mod cbor;
mod chance;
mod driver;
mod event;
mod exact;
mod generate;
mod naive;
mod promises;
mod stories;
mod trace_context;
mod truth;

pub use catalogue::{MINUTE_NS, families};
pub use chance::{Chance, cases};
pub use driver::Agent;
pub use event::{Event, Like, Stray};
pub use exact::{exponential_index, nearest, nearest_ratio, units_of_parts, units_of_sum};
pub use generate::{context, events, number, span, span_id, spans};
pub use naive::{Account, Happened, Naive};
pub use promises::{is_fed, objectives};
pub use stories::{Story, Told, composites, stories};
pub use trace_context::{Call, Headers, harness_calls, own_calls};
pub use truth::{IdealBuckets, Record, SeriesTruth};
