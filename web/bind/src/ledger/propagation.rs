//! Contexts that come and go in headers, as JavaScript passes them: names and values as texts.
//!
//! Deliberately absent: carriers; the package takes what its runtime has and passes the three names that count.

use codomyrmex_telemetry::tracer::{BaggageEntry, SpanHandle};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;
use crate::wire::{self, WireBaggageEntry};

#[wasm_bindgen]
impl Ledger {
    /// Makes what headers say usable as a parent, until `endSpan`: the value of each stands at the place of its name.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn extract(&self, names: Vec<String>, values: Vec<String>) -> Result<u32, JsValue> {
        let headers = names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
        Ok(self.work(|door| door.ledger.extract(headers)).map_err(thrown)?.0)
    }

    /// The headers to send along: a name, its value, the next name, and so on.
    pub fn inject(&self, span: u32) -> Vec<String> {
        let headers = self.work(|door| door.ledger.inject(SpanHandle(span)));
        headers.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// The baggage of an open span or a remote parent, in order.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn baggage(&self, span: u32) -> Result<JsValue, JsValue> {
        let baggage = self.work(|door| door.ledger.baggage(SpanHandle(span)));
        wire::write(&baggage.into_iter().map(WireBaggageEntry::from).collect::<Vec<_>>())
    }

    /// Sets a member of the baggage.
    #[wasm_bindgen(js_name = setBaggage)]
    pub fn set_baggage(&self, span: u32, key: String, value: String, metadata: String) -> u8 {
        let entry = BaggageEntry { key, value, metadata };
        self.work(|door| door.ledger.set_baggage(SpanHandle(span), entry)) as u8
    }
}
