//! `bench-memory SUITE`: how many bytes things take that lie idle in a ledger.
//!
//! Deliberately absent: time; see `bench`. The count is of what was asked of the allocator, without what
//! that adds itself.

mod counting;
mod metrics;
mod slos;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("metrics") => metrics::run(),
        Some("slo") => slos::run(),
        other => Err(format!("'{}' is no suite; there are: metrics, slo", other.unwrap_or_default()).into()),
    }
}
