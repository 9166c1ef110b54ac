//! `bench SUITE [WORDS]`: the rows of a suite that are measured in a Rust program, or those alone whose
//! case has these words in its name, as is handy under a profiler.
//!
//! Deliberately absent: bytes of memory and agents, which have binaries of their own.

mod metrics;
mod slo;
mod tracing;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("metrics") => metrics::run(),
        Some("slo") => slo::run(),
        Some("tracing") => tracing::run(),
        other => Err(format!("'{}' is no suite; there are: metrics, slo, tracing", other.unwrap_or_default()).into()),
    }
}
