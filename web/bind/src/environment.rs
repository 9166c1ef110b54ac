//! The clock and the random numbers of JavaScript, read before the ledger is borrowed.
//!
//! A page can put functions of its own in the place of `Date.now` and `crypto.getRandomValues`, and
//! those can call this library again. So no function of JavaScript runs while the ledger is
//! borrowed: [`Drawn`] holds what was read before, and a second borrow cannot happen. Deliberately
//! absent: a fallback for missing random numbers; ids that collide corrupt the accounts.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::door::Environment;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::time::nanos;

/// How far the fine clock may be from the wall clock before it is not believed: it stands still
/// while a computer sleeps, and does not follow when the wall clock is set.
const DRIFT_MS_MAX: f64 = 1_000.0;

/// How many words are drawn at once. A call to JavaScript costs as much as some ten of them.
const WORDS: usize = 64;

/// The most words that one operation of the ledger asks for: a trace id and a span id.
const WORDS_MIN: usize = 3;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Date, js_name = now)]
    fn wall_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    fn fine_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN: f64;

    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// The time in nanoseconds since 1970: the wall clock's, finer where the fine clock agrees with it.
/// A clock that fails gives a time that the ledger refuses and counts.
pub(crate) fn now() -> u64 {
    let wall = wall_now().unwrap_or(f64::NAN);
    let fine = fine_now().map_or(f64::NAN, |elapsed| TIME_ORIGIN.with(|origin| *origin) + elapsed);
    nanos(if (fine - wall).abs() < DRIFT_MS_MAX { fine } else { wall })
}

/// Random words.
///
/// # Errors
/// [`Error::Unsupported`] where the runtime has none to give.
pub(crate) fn words() -> Result<Vec<u64>, Error> {
    let mut bytes = vec![0; 8 * WORDS];
    fill_random(&mut bytes).map_err(|_| {
        Error::Unsupported(String::from(
            "crypto.getRandomValues is not there or refuses to run here, and ids need it; in an edge runtime, make the ledger inside a handler",
        ))
    })?;
    let (words, _) = bytes.as_chunks();
    Ok(words.iter().copied().map(u64::from_le_bytes).collect())
}

/// What was read from JavaScript for the next operation.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// The time.
    pub(crate) now: u64,
    /// Random words, each used once.
    pub(crate) words: Vec<u64>,
}

impl Drawn {
    /// Whether the next operation could run out of random words.
    pub(crate) const fn is_low(&self) -> bool {
        self.words.len() < WORDS_MIN
    }
}

impl Environment for Drawn {
    fn now(&mut self) -> u64 {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.words.pop().unwrap_or_default() // never empty: see is_low
    }
}
