//! The telemetry component, called directly: random events through its exports and through the
//! ledger, one set of bytes; and what it may import.

mod agent;
mod words;

use codomyrmex_telemetry::Snapshot;
use codomyrmex_telemetry_tests::{Agent, cases, events};
use proptest::prelude::*;

use agent::ComponentAgent;

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_component_gives_the_bytes_of_the_ledger(events in events(1..60), drains in 0..4usize) {
        let native = Agent::after(1, &events);
        let mut component = ComponentAgent::new();
        let mut collector = codomyrmex_telemetry::Ledger::new(codomyrmex_telemetry::WriterId::new(9));
        for part in events.chunks(events.len() / (drains + 1) + 1) {
            for event in part {
                component.apply(event);
            }
            if drains > 0 && let Some(delta) = component.drain() {
                collector.absorb(&delta).unwrap();
            }
        }
        let bytes = if drains > 0 { collector.snapshot().to_bytes() } else { component.snapshot() };
        prop_assert!(bytes == native.ledger.snapshot().to_bytes());
        if drains == 0 {
            prop_assert_eq!(component.digest(), native.ledger.snapshot().digest());
            prop_assert_eq!(component.prometheus(), codomyrmex_telemetry::export::prometheus(&native.ledger.snapshot()));
            prop_assert_eq!(component.openmetrics(), codomyrmex_telemetry::export::openmetrics(&native.ledger.snapshot()));
        }
    }
}

#[test]
fn the_component_absorbs_once_and_refuses_what_is_no_delta() {
    let mut component = ComponentAgent::new();
    let mut ledger = codomyrmex_telemetry::Ledger::new(codomyrmex_telemetry::WriterId::new(3));
    let slo = ledger.create_slo(codomyrmex_telemetry_tests::objectives().swap_remove(0)).unwrap();
    ledger.record_event(slo, true, 5, codomyrmex_telemetry::Timestamp::default());
    let delta = ledger.drain().unwrap();
    assert_eq!(component.absorb(&delta), Ok("merged"));
    assert_eq!(component.absorb(&delta), Ok("duplicate"));
    assert!(component.absorb(&delta[..delta.len() - 1]).unwrap_err().starts_with("Malformed"));
    assert_eq!(component.dropped(), [("duplicate-delta".to_string(), 1)]);
    assert_eq!(Snapshot::from_bytes(&component.snapshot()).unwrap(), ledger.snapshot());
}
