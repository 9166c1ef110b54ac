//! Families and drops as plain objects.
//!
//! Deliberately absent: exponential histograms and summaries, which this build does not keep.

use codomyrmex_telemetry::{Descriptor, Instrument};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct WireDescriptor {
    name: String,
    help: String,
    unit: String,
    labels: Vec<String>,
    instrument: WireInstrument,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireInstrument {
    Counter,
    UpDownCounter,
    Gauge,
    Histogram(Vec<f64>),
}

#[derive(Serialize)]
pub(crate) struct WireDrops {
    pub(crate) reason: &'static str,
    pub(crate) count: f64,
}

impl From<WireDescriptor> for Descriptor {
    fn from(wire: WireDescriptor) -> Self {
        let instrument = match wire.instrument {
            WireInstrument::Counter => Instrument::Counter,
            WireInstrument::UpDownCounter => Instrument::UpDownCounter,
            WireInstrument::Gauge => Instrument::Gauge,
            WireInstrument::Histogram(bounds) => Instrument::histogram(&bounds),
        };
        Self { name: wire.name, help: wire.help, unit: wire.unit, labels: wire.labels, instrument }
    }
}
