//! The text formats: 10,000 series of counters, two labels each, in one call.
//!
//! Deliberately absent: sending them.

use std::error::Error;
use std::hint::black_box;

use codomyrmex_telemetry::export::{self, Escaping};
use codomyrmex_telemetry::{Instrument, Ledger, WriterId};
use codomyrmex_telemetry_bench::{PLACES, Work, each, race, totals};
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::descriptor;
use super::peers::{DoubleCounter, OwnedLabels};

const FAMILIES: usize = 5;
const SERIES: usize = 2_000; // of a family: as many as a ledger keeps

pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let totals = totals();
    let ledger = ours(&totals)?;
    let snapshot = ledger.snapshot();
    let registries = (whole(&totals), double(&totals));
    for text in [
        export::prometheus(&snapshot, Escaping::Underscores),
        export::openmetrics(&snapshot, Escaping::Underscores),
        encode(&registries.0),
        encode(&registries.1),
    ] {
        // Else it is not the same work that is timed.
        let samples = text.lines().filter(|line| !line.starts_with('#')).count();
        if samples != FAMILIES * SERIES {
            return Err(format!("{samples} samples were written of {}", FAMILIES * SERIES).into());
        }
    }
    let peers = || -> Vec<(&str, Work<'_>)> {
        vec![
            ("prometheus-client text::encode, Counter<u64>", each(|_| _ = black_box(encode(black_box(&registries.0))))),
            ("prometheus-client text::encode, Counter<f64>", each(|_| _ = black_box(encode(black_box(&registries.1))))),
        ]
    };
    let case = |what: &str| format!("native: 10,000 counters to text, {what}");
    race(&case("prometheus"), each(|_| _ = black_box(export::prometheus(black_box(&snapshot), Escaping::Underscores))), peers());
    race(&case("openmetrics"), each(|_| _ = black_box(export::openmetrics(black_box(&snapshot), Escaping::Underscores))), peers());
    let both = each(|_| _ = black_box(export::prometheus(&black_box(&ledger).snapshot(), Escaping::Underscores)));
    race(&case("snapshot and prometheus"), both, peers());
    Ok(())
}

/// The label values of a series.
fn labels(place: usize) -> OwnedLabels {
    OwnedLabels { tool: format!("tool-{}", place / 40), outcome: format!("outcome-{}", place % 40) }
}

fn ours(totals: &[u64]) -> Result<Ledger, Box<dyn Error>> {
    let mut ledger = Ledger::new(WriterId::new(1));
    for number in 0..FAMILIES {
        let family = ledger.declare(descriptor(&format!("calls_{number}"), Instrument::Counter))?;
        for place in 0..SERIES {
            let OwnedLabels { tool, outcome } = labels(place);
            let series = ledger.resolve(family, &[tool, outcome])?;
            ledger.add(series, totals[place % PLACES] as f64, None);
        }
    }
    Ok(ledger)
}

fn whole(totals: &[u64]) -> Registry {
    let mut registry = Registry::default();
    for number in 0..FAMILIES {
        let family = Family::<OwnedLabels, Counter>::default();
        for place in 0..SERIES {
            family.get_or_create(&labels(place)).inc_by(totals[place % PLACES]);
        }
        registry.register(format!("calls_{number}"), "Tool answers by tool and outcome", family);
    }
    registry
}

fn double(totals: &[u64]) -> Registry {
    let mut registry = Registry::default();
    for number in 0..FAMILIES {
        let family = Family::<OwnedLabels, DoubleCounter>::default();
        for place in 0..SERIES {
            family.get_or_create(&labels(place)).inc_by(totals[place % PLACES] as f64);
        }
        registry.register(format!("calls_{number}"), "Tool answers by tool and outcome", family);
    }
    registry
}

fn encode(registry: &Registry) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = text::encode(&mut text, registry);
    text
}
