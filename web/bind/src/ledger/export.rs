//! The accounts in the formats of others, as JavaScript asks for them.
//!
//! The words are those of the formats and of `wit/exporter.wit`. Deliberately absent: the formats.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::export::{self, Escaping, Temporality};
use codomyrmex_telemetry::snapshot::Snapshot;
use codomyrmex_telemetry::statsd::Dialect;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;

#[wasm_bindgen]
impl Ledger {
    /// Prometheus text.
    ///
    /// # Errors
    /// `invalid-argument` for an escaping scheme that there is not.
    pub fn prometheus(&self, escaping: &str) -> Result<String, JsValue> {
        let escaping = scheme(escaping).map_err(thrown)?;
        Ok(export::prometheus(&self.whole(), escaping))
    }

    /// OpenMetrics text.
    ///
    /// # Errors
    /// As [`Ledger::prometheus`].
    pub fn openmetrics(&self, escaping: &str) -> Result<String, JsValue> {
        let escaping = scheme(escaping).map_err(thrown)?;
        Ok(export::openmetrics(&self.whole(), escaping))
    }

    /// Prometheus protobuf.
    ///
    /// # Errors
    /// As [`Ledger::prometheus`].
    #[wasm_bindgen(js_name = prometheusProtobuf)]
    pub fn prometheus_protobuf(&self, escaping: &str) -> Result<Vec<u8>, JsValue> {
        let escaping = scheme(escaping).map_err(thrown)?;
        Ok(export::prometheus_protobuf(&self.whole(), escaping))
    }

    /// OTLP as protobuf.
    ///
    /// # Errors
    /// `invalid-argument` for a temporality that there is not.
    #[wasm_bindgen(js_name = otlpMetrics)]
    pub fn otlp_metrics(&self, temporality: &str) -> Result<Vec<u8>, JsValue> {
        let (snapshot, temporality) = self.covered(temporality).map_err(thrown)?;
        Ok(export::otlp_metrics(&snapshot, temporality))
    }

    /// OTLP as JSON.
    ///
    /// # Errors
    /// As [`Ledger::otlp_metrics`].
    #[wasm_bindgen(js_name = otlpMetricsJson)]
    pub fn otlp_metrics_json(&self, temporality: &str) -> Result<String, JsValue> {
        let (snapshot, temporality) = self.covered(temporality).map_err(thrown)?;
        Ok(export::otlp_metrics_json(&snapshot, temporality))
    }

    /// The spans that ended since the last drain as OTLP, in protobuf.
    #[wasm_bindgen(js_name = otlpTraces)]
    pub fn otlp_traces(&self) -> Vec<u8> {
        export::otlp_traces(&self.work(|door| door.ledger.recent()).spans)
    }

    /// The same in JSON.
    #[wasm_bindgen(js_name = otlpTracesJson)]
    pub fn otlp_traces_json(&self) -> String {
        export::otlp_traces_json(&self.work(|door| door.ledger.recent()).spans)
    }

    /// What happened since the last drain as StatsD lines.
    ///
    /// # Errors
    /// `invalid-argument` for a dialect that there is not.
    pub fn statsd(&self, dialect: &str) -> Result<String, JsValue> {
        let dialect = match dialect {
            "statsd" => Dialect::Statsd,
            "dogstatsd" => Dialect::DogStatsd,
            _ => return Err(thrown(none("dialect", dialect, "statsd, dogstatsd"))),
        };
        Ok(export::statsd(&self.work(|door| door.ledger.recent()), dialect))
    }
}

impl Ledger {
    fn whole(&self) -> Snapshot {
        self.work(|door| door.ledger.snapshot())
    }

    /// What an export of this temporality is of.
    fn covered(&self, temporality: &str) -> Result<(Snapshot, Temporality), Error> {
        match temporality {
            "cumulative" => Ok((self.whole(), Temporality::Cumulative)),
            "delta" => Ok((self.work(|door| door.ledger.recent()), Temporality::Delta)),
            _ => Err(none("temporality", temporality, "cumulative, delta")),
        }
    }
}

fn scheme(name: &str) -> Result<Escaping, Error> {
    let known = Escaping::ALL.into_iter().find(|scheme| scheme.name() == name);
    known.ok_or_else(|| none("escaping scheme", name, &Escaping::ALL.map(Escaping::name).join(", ")))
}

fn none(what: &str, name: &str, known: &str) -> Error {
    let start: String = name.chars().take(32).collect();
    Error::InvalidArgument(format!("there is no {what} '{start}'; there are {known}"))
}
