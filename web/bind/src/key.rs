//! Keys of attributes by number: a text that crosses for every attribute costs more than the attribute.
//!
//! They are numbered for all ledgers of a program at once. Deliberately absent: forgetting. There are few keys in a
//! program, and what is past the limit crosses as a text.

use std::cell::RefCell;

use codomyrmex_telemetry::Text;
use codomyrmex_telemetry::limits::NAME_BYTES_MAX;
use wasm_bindgen::prelude::wasm_bindgen;

/// Keys that get a number.
const KEYS_MAX: usize = 1_024;

thread_local! {
    static KEYS: RefCell<Vec<Text>> = const { RefCell::new(Vec::new()) };
}

/// Gives a key a number, from 1; zero where it is too long or there are too many. Whoever asks remembers.
#[wasm_bindgen(js_name = attributeKey)]
pub fn attribute_key(key: &str) -> u32 {
    KEYS.with_borrow_mut(|keys| {
        if keys.len() >= KEYS_MAX || key.len() > NAME_BYTES_MAX {
            return 0;
        }
        keys.push(key.into());
        keys.len() as u32
    })
}

/// The key of a number; empty, which no ledger takes, for one that was not given.
pub(crate) fn of(number: u32) -> Text {
    let place = (number as usize).wrapping_sub(1);
    KEYS.with_borrow(|keys| keys.get(place).cloned().unwrap_or_default())
}
