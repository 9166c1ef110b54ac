//! The telemetry component, called directly: random events through its exports and through the
//! ledger, one set of bytes; and what it may import.

mod agent;
mod objectives;
mod words;

use codomyrmex_telemetry::export::{self, Escaping, Temporality};
use codomyrmex_telemetry::statsd::Dialect;
use codomyrmex_telemetry::{Ledger, Snapshot};
use codomyrmex_telemetry_tests::{Agent, cases, events};
use proptest::prelude::*;

use agent::ComponentAgent;

/// Everything that a ledger can be exported as, in the order in which the component is asked.
fn exports(ledger: &Ledger) -> Vec<Vec<u8>> {
    let (snapshot, recent) = (ledger.snapshot(), ledger.recent());
    let mut all = Vec::new();
    for escaping in Escaping::ALL {
        all.push(export::prometheus(&snapshot, escaping).into_bytes());
        all.push(export::openmetrics(&snapshot, escaping).into_bytes());
        all.push(export::prometheus_protobuf(&snapshot, escaping));
    }
    for (of, temporality) in [(&snapshot, Temporality::Cumulative), (&recent, Temporality::Delta)] {
        all.push(export::otlp_metrics(of, temporality));
        all.push(export::otlp_metrics_json(of, temporality).into_bytes());
    }
    all.push(export::otlp_traces(recent.spans.iter()));
    all.push(export::otlp_traces_json(recent.spans.iter()).into_bytes());
    all.extend([Dialect::Statsd, Dialect::DogStatsd].map(|dialect| export::statsd(&recent, dialect).into_bytes()));
    all
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_component_gives_the_bytes_of_the_ledger(events in events(1..60), drains in 0..4usize) {
        let native = Agent::after(1, &events);
        let mut component = ComponentAgent::new();
        let mut collector = Ledger::new(codomyrmex_telemetry::WriterId::new(9));
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
            let (expected, exported) = (exports(&native.ledger), component.exports());
            prop_assert_eq!(exported.len(), expected.len());
            for ((name, exported), expected) in exported.into_iter().zip(expected) {
                prop_assert!(exported == expected, "{}", name);
            }
        }
    }
}

#[test]
fn the_component_absorbs_once_and_refuses_what_is_no_delta() {
    let mut component = ComponentAgent::bare();
    let mut ledger = Ledger::new(codomyrmex_telemetry::WriterId::new(3));
    let slo = ledger.create_slo(codomyrmex_telemetry_tests::objectives().swap_remove(0)).unwrap();
    ledger.record_event(slo, true, 5, codomyrmex_telemetry::Timestamp::default());
    let delta = ledger.drain().unwrap();
    assert_eq!(component.absorb(&delta), Ok("merged"));
    assert_eq!(component.absorb(&delta), Ok("duplicate"));
    assert!(component.absorb(&delta[..delta.len() - 1]).unwrap_err().starts_with("Malformed"));
    assert_eq!(component.dropped(), [("duplicate-delta".to_string(), 1)]);
    assert_eq!(Snapshot::from_bytes(&component.snapshot()).unwrap(), ledger.snapshot());
}
