//! Metrics: bytes of a series to which nothing has happened, with two short labels.
//!
//! A further instrument is a further line in [`run`]. Deliberately absent: what a family costs, which is
//! in the number, by one in two thousand.

use std::error::Error;

use codomyrmex_telemetry::{Descriptor, ExponentialOptions, Instrument, Ledger, SummaryOptions, WriterId};
use codomyrmex_telemetry_bench::{Row, say};

use crate::counting::held;

const SERIES: usize = 2_000; // of a family: as many as a ledger keeps
/// Upper bounds of a histogram: OpenTelemetry's defaults.
const BOUNDS: [f64; 15] = [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    idle("counter", &Instrument::Counter, 10)?;
    idle("gauge", &Instrument::Gauge, 10)?;
    idle("histogram of 15 bounds", &Instrument::histogram(&BOUNDS), 10)?;
    idle("exponential histogram", &Instrument::ExponentialHistogram(ExponentialOptions::default()), 2)?;
    idle("summary", &Instrument::Summary(SummaryOptions { digits: 1, ..SummaryOptions::default() }), 2)
}

/// In so many families, that what they count fits into a ledger.
fn idle(what: &str, instrument: &Instrument, families: usize) -> Result<(), Box<dyn Error>> {
    let case = format!("memory: idle series, {what}");
    say(&format!("counting {case}"));
    let (ledger, bytes) = held(|| filled(instrument, families));
    let series: usize = ledger?.snapshot().metrics.0.values().map(|family| family.series.len()).sum();
    if series != families * SERIES {
        return Err(format!("{series} series are kept of {}", families * SERIES).into());
    }
    Row { case: &case, ours_bytes: Some(bytes as f64 / (families * SERIES) as f64), ..Row::default() }.print();
    Ok(())
}

fn filled(instrument: &Instrument, families: usize) -> Result<Ledger, codomyrmex_telemetry::Error> {
    let mut ledger = Ledger::new(WriterId::new(1));
    for number in 0..families {
        let labels = vec!["tool".into(), "outcome".into()];
        let (name, instrument) = (format!("idle_{number}"), instrument.clone());
        let family = ledger.declare(Descriptor { name, help: String::new(), unit: String::new(), labels, instrument, window: None })?;
        for place in 0..SERIES {
            ledger.resolve(family, &[format!("tool-{}", place / 40), format!("ok-{}", place % 40)])?;
        }
    }
    Ok(ledger)
}
