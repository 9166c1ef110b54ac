//! Objectives: bytes of one to which little happened, and of one to which something happened every minute.
//!
//! A further case is a further line in [`run`]. Deliberately absent: patterns of failure, which have a limit
//! of their own.

use std::error::Error;

use codomyrmex_telemetry::slo::Resolution;
use codomyrmex_telemetry::{Ledger, Objective, Timestamp, Window, WriterId};
use codomyrmex_telemetry_bench::{Row, say};

use crate::counting::held;

const MINUTE_NS: u64 = 60_000_000_000;
const DAY: u64 = 24 * 60;
/// One an agent, for a host of thousands.
const SPARSE: u64 = 10_000;
/// What all of them may take together.
const SPARSE_BYTES_MAX: usize = 100_000_000;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let all = case("sparse objective, one event in each of 24 hours", SPARSE, Resolution::default(), || (0..24).map(|hour| hour * 60))?;
    if all >= SPARSE_BYTES_MAX {
        return Err(format!("{SPARSE} sparse objectives take {all} bytes; at most {SPARSE_BYTES_MAX} are allowed").into());
    }
    case("dense objective of 30 days, in tiers", 4, Resolution::default(), || 0..31 * DAY)?;
    case("dense objective of 30 days, by the minute", 4, Resolution::minutes(), || 0..31 * DAY)?;
    Ok(())
}

/// Bytes of so many objectives to which an event happened in each of these minutes; gives those of all.
fn case<M: Iterator<Item = u64>>(what: &str, count: u64, kept: Resolution, minutes: impl Fn() -> M) -> Result<usize, Box<dyn Error>> {
    let case = format!("memory: {what}");
    say(&format!("counting {case}"));
    let (ledger, bytes) = held(|| filled(count, kept, minutes));
    let there = ledger?.snapshot().slos.0.len() as u64;
    if there != count {
        return Err(format!("{there} objectives are kept of {count}").into());
    }
    Row { case: &case, ours_bytes: Some(bytes as f64 / count as f64), ..Row::default() }.print();
    Ok(bytes)
}

fn filled<M: Iterator<Item = u64>>(count: u64, kept: Resolution, minutes: impl Fn() -> M) -> Result<Ledger, codomyrmex_telemetry::Error> {
    let mut ledger = Ledger::new(WriterId::new(1));
    for number in 0..count {
        let objective = Objective { resolution: kept, ..Objective::new(&format!("agent-{number}"), "99%".parse()?, Window::days(30)?) };
        let slo = ledger.create_slo(objective)?;
        for minute in minutes() {
            ledger.record_event(slo, minute % 100 > 0, 1, Timestamp::try_from((20_779 * DAY + minute) * MINUTE_NS)?);
        }
    }
    Ok(ledger)
}
