//! Merging: a collector takes in what a hundred ledgers drained.
//!
//! Deliberately absent: a peer. None of those measured here takes in what another counted.

use std::error::Error;
use std::hint::black_box;

use codomyrmex_telemetry::{Instrument, Ledger, WriterId};
use codomyrmex_telemetry_bench::{PLACES, durations, each, race};

use super::descriptor;

const DELTAS: usize = 100;
const SERIES: usize = 100;

pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let deltas = (0..DELTAS).map(delta).collect::<Result<Vec<_>, _>>()?;
    let absorb = each(|_| {
        let mut collector = Ledger::new(WriterId::new(0));
        for delta in &deltas {
            // A delta that is refused would show in the time of no other row; it is one of our own making.
            _ = black_box(collector.absorb(black_box(delta)));
        }
        black_box(collector);
    });
    race("native: absorb 100 deltas of 100 counters", absorb, Vec::new());
    Ok(())
}

/// What one writer counted, in the same series as all others.
fn delta(writer: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let values = durations(1_000_000, 13);
    let mut ledger = Ledger::new(WriterId::new(1 + writer as u128));
    let family = ledger.declare(descriptor("merged", Instrument::Counter))?;
    for place in 0..SERIES {
        let series = ledger.resolve(family, &[format!("tool-{}", place / 10), format!("outcome-{}", place % 10)])?;
        ledger.add(series, values[(writer * SERIES + place) % PLACES], None);
    }
    ledger.drain().ok_or_else(|| "nothing was drained".into())
}
