//! The laws, one a file: what must hold whatever happens, tried on events made up by chance.
//!
//! Deliberately absent: examples of use (the crate's documentation has them) and other doors than
//! Rust's (`tests/doors`).
#![expect(clippy::unwrap_used, reason = "tests: where a precondition is broken the test should end")]

mod abandon;
mod agent_runs;
mod allocation;
mod analysis;
mod analysis_naive;
mod attributes;
mod batch;
mod conserved;
mod cost_bounds_bytes;
mod decoding_is_total;
mod exact;
mod exponential;
mod gauges;
mod hdr;
mod hostile_points;
mod limits_do_not_depend_on_order;
mod limits_of_series;
mod merged_points;
mod others_cannot_do_harm;
mod points;
mod propagation;
mod queries;
mod recurrence;
mod restart;
mod same_events_same_bytes;
mod sampling;
mod sampling_tail;
mod skew;
mod slo_book;
mod slo_feeds;
mod slo_memory;
mod slo_patterns;
mod slo_stories;
mod slo_terms;
mod text_vectors;
mod traces;
mod values;
mod w3c_vectors;
mod what_is_written_reads_back;
