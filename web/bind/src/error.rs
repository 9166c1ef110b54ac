//! How a refusal crosses to JavaScript: an `Error` whose name is the code.
//!
//! The package makes its `TelemetryError` of it. Deliberately absent: outcomes of the hot path,
//! which are numbers and are never thrown.

use codomyrmex_telemetry::Error;
use wasm_bindgen::{JsCast, JsValue};

/// The error as JavaScript gets it.
pub(crate) fn thrown(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.to_string());
    thrown.set_name(code(&error));
    thrown.into()
}

/// What a plain object lacks, as an error.
pub(crate) fn shape(error: serde_wasm_bindgen::Error) -> JsValue {
    let text = error.to_string();
    let message = JsValue::from(error).dyn_into::<js_sys::Error>().map_or(text, |error| error.message().into());
    thrown(Error::InvalidArgument(message))
}

/// Its name, as in the WIT.
const fn code(error: &Error) -> &'static str {
    match error {
        Error::InvalidName(_) => "invalid-name",
        Error::InvalidArgument(_) => "invalid-argument",
        Error::Conflict(_) => "conflict",
        Error::Unknown(_) => "unknown",
        Error::Limit(_) => "limit",
        Error::Malformed(_) => "malformed",
        Error::NewerVersion(_) => "newer-version",
        Error::Unsupported(_) => "unsupported",
    }
}
