//! Contexts that come and go in headers, as JavaScript passes them: values in one text, a line each, since each
//! text that crosses costs as much as reading it.
//!
//! Deliberately absent: carriers and names; the package takes what its runtime has and passes what counts.

use codomyrmex_telemetry::tracer::{BaggageEntry, SpanHandle};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;
use crate::wire::{self, WireBaggageEntry};

const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";

#[wasm_bindgen]
impl Ledger {
    /// Makes what headers say usable as a parent, until `endSpan`. The lines are the `tracestate`, the `baggage` (either
    /// empty where there is none, several with `,` between them) and each `traceparent`. The number is negative where
    /// `inject` would give what came, so that it need not cross again.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn extract(&self, lines: &str) -> Result<f64, JsValue> {
        let (state, rest) = lines.split_once('\n').unwrap_or((lines, ""));
        let (baggage, parents) = rest.split_once('\n').unwrap_or((rest, ""));
        let came = parents.split('\n').map(|parent| (TRACE_PARENT, parent));
        let came = came.chain([(TRACE_STATE, state), (BAGGAGE, baggage)]);
        self.work(|door| {
            let span = door.ledger.extract(came)?;
            let (mut passed, mut is_same) = (0, true);
            door.ledger.inject_into(span, |name, value| {
                passed += value.len();
                is_same &= match name {
                    TRACE_PARENT => value == parents,
                    TRACE_STATE => value == state,
                    _ => value == baggage,
                };
            });
            let is_same = is_same && passed == parents.len() + state.len() + baggage.len();
            Ok(if is_same { -f64::from(span.0) } else { f64::from(span.0) })
        })
        .map_err(thrown)
    }

    /// Whether there are headers to send along: not of what has ended, and not of what has no context.
    #[wasm_bindgen(js_name = hasContext)]
    pub fn has_context(&self, span: u32) -> bool {
        let mut is_there = false;
        self.work(|door| door.ledger.inject_into(SpanHandle(span), |_, _| is_there = true));
        is_there
    }

    /// The headers to send along: the `traceparent`, the `tracestate` and the `baggage`, a line each up to the last
    /// that there is; nothing where there is no context.
    pub fn inject(&self, span: u32) -> String {
        let mut lines = String::new();
        self.work(|door| {
            door.ledger.inject_into(SpanHandle(span), |name, value| {
                if name == BAGGAGE && !lines.contains('\n') {
                    lines.push('\n');
                }
                if name != TRACE_PARENT {
                    lines.push('\n');
                }
                lines.push_str(value);
            });
        });
        lines
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
