//! The plain objects that cross on cold paths, and how they become the ledger's own.
//!
//! They are read before the ledger is borrowed, because reading an object can run code of the page.
//! Deliberately absent: rules; the ledger checks what it is given.

mod metrics;
mod slo;
mod tracer;

pub(crate) use metrics::{WireDescriptor, WireDrops, WireQuantile, WireRow};
pub(crate) use slo::{WireObjective, WireStatus};
pub(crate) use tracer::{WireAttributes, WireContext, WireLink, WireSpan, WireSpanKind, WireSpanStatus, WireValue};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::shape;

/// Reads a plain object.
pub(crate) fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(shape)
}

/// Writes a plain object; its whole numbers of 64 bits become `BigInt`s, so that none is rounded.
pub(crate) fn write(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_large_number_types_as_bigints(true);
    value.serialize(&serializer).map_err(shape)
}
