//! The plain objects that cross on cold paths, and how they become the ledger's own.
//!
//! They are read before the ledger is borrowed, because reading an object can run code of the page.
//! Deliberately absent: rules; the ledger checks what it is given.

mod analysis;
mod indicator;
mod metrics;
mod objective;
mod sampling;
mod status;
mod tracer;

pub(crate) use analysis::{WireAnalysis, WireQuestion};
pub(crate) use metrics::{WireDescriptor, WireDrops, WireQuantile, WireRow};
pub(crate) use objective::WireObjective;
pub(crate) use sampling::{WireKeeping, WireSampler, WireSpanLimits};
pub(crate) use status::{WireAlertHistory, WireChange, WirePolicyState, WireStatus, WireViolation};
pub(crate) use tracer::{
    WireAttributes, WireBaggageEntry, WireContext, WireLink, WireScope, WireSpan, WireSpanKind, WireSpanStatus, WireValue,
};

use codomyrmex_telemetry::{Error, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::shape;
use crate::time;

/// Reads a plain object.
pub(crate) fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(shape)
}

/// Writes a plain object; its whole numbers of 64 bits become `BigInt`s, so that none is rounded.
pub(crate) fn write(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_large_number_types_as_bigints(true);
    value.serialize(&serializer).map_err(shape)
}

/// A moment in two doubles, as times cross; `None` for none.
fn moment((ms, ns): (f64, f64)) -> Result<Option<Timestamp>, Error> {
    time::asked(ms, ns)?.map(Timestamp::try_from).transpose()
}

/// A length of time in two doubles, likewise.
fn length((ms, ns): (f64, f64)) -> Result<u64, Error> {
    let nanos = time::nanos(ms).saturating_add(ns as u64);
    Timestamp::try_from(nanos).map(Timestamp::nanos).map_err(|_| Error::InvalidArgument(format!("{ms} ms is no length of time")))
}
