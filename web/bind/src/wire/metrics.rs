//! Families, answers about series, and drops as plain objects.
//!
//! What is left out of a descriptor is the ledger's default. Deliberately absent: rules; the ledger
//! checks what it is given.

use codomyrmex_telemetry::metrics::{DEFAULT_BOUNDS, Quantile};
use codomyrmex_telemetry::{Descriptor, ExponentialOptions, Instrument, SummaryOptions};
use serde::{Deserialize, Serialize};

use crate::time;

#[derive(Deserialize)]
pub(crate) struct WireDescriptor {
    name: String,
    help: String,
    unit: String,
    labels: Vec<String>,
    instrument: WireInstrument,
    window: Option<(f64, f64)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum WireInstrument {
    Counter,
    UpDownCounter,
    Gauge,
    Histogram { bounds: Option<Vec<f64>> },
    ExponentialHistogram { max_size: Option<u32>, max_scale: Option<i32>, zero_threshold: Option<f64> },
    Summary { quantiles: Option<Vec<f64>>, digits: Option<u8> },
    Info,
    StateSet { states: Vec<String> },
}

#[derive(Serialize)]
pub(crate) struct WireQuantile {
    value: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
pub(crate) struct WireRow {
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) value: f64,
}

#[derive(Serialize)]
pub(crate) struct WireDrops {
    pub(crate) reason: &'static str,
    pub(crate) count: f64,
}

impl From<WireDescriptor> for Descriptor {
    fn from(wire: WireDescriptor) -> Self {
        let WireDescriptor { name, help, unit, labels, instrument, window } = wire;
        let window = window.map(|(ms, ns)| time::nanos(ms).saturating_add(ns as u64));
        Self { name, help, unit, labels, instrument: instrument.into(), window }
    }
}

impl From<WireInstrument> for Instrument {
    fn from(wire: WireInstrument) -> Self {
        match wire {
            WireInstrument::Counter => Self::Counter,
            WireInstrument::UpDownCounter => Self::UpDownCounter,
            WireInstrument::Gauge => Self::Gauge,
            WireInstrument::Histogram { bounds } => Self::histogram(bounds.as_deref().unwrap_or(&DEFAULT_BOUNDS)),
            WireInstrument::ExponentialHistogram { max_size, max_scale, zero_threshold } => {
                let default = ExponentialOptions::default();
                Self::ExponentialHistogram(ExponentialOptions::new(
                    max_size.unwrap_or(default.max_size),
                    max_scale.unwrap_or(default.max_scale),
                    zero_threshold.unwrap_or_else(|| default.zero_threshold.get()),
                ))
            }
            WireInstrument::Summary { quantiles, digits } => {
                let default = SummaryOptions::default();
                Self::Summary(SummaryOptions {
                    quantiles: quantiles.map_or(default.quantiles, |list| list.into_iter().map(Into::into).collect()),
                    digits: digits.unwrap_or(default.digits),
                })
            }
            WireInstrument::Info => Self::Info,
            WireInstrument::StateSet { states } => Self::StateSet(states),
        }
    }
}

impl From<Quantile> for WireQuantile {
    fn from(quantile: Quantile) -> Self {
        Self { value: quantile.value, low: quantile.low, high: quantile.high }
    }
}
