//! Ids as they cross to and from JavaScript: hexadecimal text, as in W3C Trace Context.
//!
//! They cross when a span starts with an id that was given, which is no hot path. Deliberately
//! absent: ids drawn at random; the ledger's door draws them.

use codomyrmex_telemetry::{Error, SpanId, TraceId, WriterId};
use wasm_bindgen::prelude::wasm_bindgen;

/// A trace id made of a seed: the same seed gives the same id everywhere.
#[must_use]
#[wasm_bindgen(js_name = deriveTraceId)]
pub fn derive_trace_id(seed: &str) -> String {
    TraceId::derive(seed).to_string()
}

/// A span id made of a seed: the same seed gives the same id everywhere.
#[must_use]
#[wasm_bindgen(js_name = deriveSpanId)]
pub fn derive_span_id(seed: &str) -> String {
    SpanId::derive(seed).to_string()
}

pub(crate) fn trace_id(text: &str) -> Result<TraceId, Error> {
    TraceId::new(number("trace", 32, text)?)
}

pub(crate) fn span_id(text: &str) -> Result<SpanId, Error> {
    SpanId::new(number("span", 16, text)? as u64) // 16 digits are 64 bits
}

pub(crate) fn writer_id(text: &str) -> Result<WriterId, Error> {
    number("writer", 32, text).map(WriterId::new)
}

fn number(what: &str, digits: usize, text: &str) -> Result<u128, Error> {
    let wrong = || {
        Error::InvalidArgument(format!(
            "a {what} id is {digits} hexadecimal digits, and this one has {} bytes or others among them",
            text.len()
        ))
    };
    if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    u128::from_str_radix(text, 16).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_to_text_and_back() {
        assert_eq!(trace_id(&derive_trace_id("run")).unwrap(), TraceId::derive("run"));
        assert_eq!(span_id(&derive_span_id("run/1")).unwrap(), SpanId::derive("run/1"));
    }

    #[test]
    fn other_text_is_no_id() {
        for text in ["", "0000000000000000", "+000000000000001", "000000000000001", "000000000000000g", "00000000000000é"] {
            assert!(span_id(text).is_err(), "{text}");
        }
    }
}
