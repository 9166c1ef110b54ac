//! Contexts that come and go in headers, as JavaScript passes them: names and values in a text.
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
    /// Makes what headers say usable as a parent, until `endSpan`: names and values by turns, a line each, in one text,
    /// since each text that crosses costs as much as reading it.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn extract(&self, headers: &str) -> Result<u32, JsValue> {
        let mut lines = headers.split('\n');
        let headers = core::iter::from_fn(|| lines.next().zip(lines.next()));
        Ok(self.work(|door| door.ledger.extract(headers)).map_err(thrown)?.0)
    }

    /// The headers to send along, in the same form; empty where there are none.
    pub fn inject(&self, span: u32) -> String {
        let headers = self.work(|door| door.ledger.inject(SpanHandle(span)));
        let lines: Vec<&str> = headers.iter().flat_map(|(name, value)| [*name, value]).collect();
        lines.join("\n")
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
