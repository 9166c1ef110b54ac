//! What objectives take in memory: little for one to which little happens, and no more than is said of one to which
//! something happens all the time.

use codomyrmex_telemetry::{Ledger, Objective, Timestamp, Window, WriterId};
use codomyrmex_telemetry_tests::MINUTE_NS;

use crate::allocation::height;

const DAY: u64 = 24 * 60;

/// A ledger of so many objectives of 30 days, each with an event in these minutes.
fn filled(count: u64, minutes: impl Iterator<Item = u64> + Clone) -> Ledger {
    let mut ledger = Ledger::new(WriterId::new(1));
    for number in 0..count {
        let objective = Objective::new(&format!("agent-{number}"), "99%".parse().unwrap(), Window::days(30).unwrap());
        let slo = ledger.create_slo(objective).unwrap();
        for minute in minutes.clone() {
            let at = Timestamp::from_nanos((20_779 * DAY + minute) * MINUTE_NS).unwrap();
            assert!(ledger.record_event(slo, minute % 100 > 0, 1, at).is_recorded());
        }
    }
    ledger
}

#[test]
fn ten_thousand_objectives_to_which_little_happens_take_less_than_100_mb() {
    let (ledger, bytes) = height(|| filled(10_000, (0..24).map(|hour| hour * 60)));
    assert_eq!(ledger.snapshot().slos.0.len(), 10_000);
    assert!(bytes < 100_000_000, "{bytes} bytes");
}

#[test]
fn an_objective_to_which_something_happens_every_minute_takes_some_forty_kilobytes() {
    let (one, two) = (height(|| filled(1, 0..31 * DAY)).1, height(|| filled(2, 0..31 * DAY)).1);
    assert!(two - one < 96 * 1_024, "{} bytes, up to twice what is kept while it grows", two - one);
}
