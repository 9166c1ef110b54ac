//! The random numbers of JavaScript, drawn before the ledger is borrowed, and the order of its moments.
//!
//! A page can put functions of its own in the place of `crypto.getRandomValues`, and those can call this
//! library again. So no function of JavaScript runs while the ledger is borrowed: [`Drawn`] holds what
//! was drawn before, and a second borrow cannot happen. Deliberately absent: the clock, which the package
//! reads (`web/src/clock.ts`), and a fallback for missing random numbers; ids that collide corrupt the
//! accounts.

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::door::Environment;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// How many words are drawn at once. A call to JavaScript costs as much as some ten of them.
const WORDS: usize = 64;

/// The most words that one operation of the ledger asks for: a trace id and a span id.
const WORDS_MIN: usize = 3;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
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

/// No time at all, for the ledger to refuse: the package gives one wherever one is needed.
const NO_TIME: u64 = u64::MAX;

/// What was drawn from JavaScript for the next operation.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// Random words, each used once.
    pub(crate) words: Vec<u64>,
    /// The time, where the operation takes the clock's.
    pub(crate) now: u64,
}

impl Drawn {
    pub(crate) const fn new(words: Vec<u64>) -> Self {
        Self { words, now: NO_TIME }
    }

    /// Whether the next operation could run out of random words.
    pub(crate) const fn is_low(&self) -> bool {
        self.words.len() < WORDS_MIN
    }
}

impl Environment for Drawn {
    fn now(&mut self) -> u64 {
        core::mem::replace(&mut self.now, NO_TIME)
    }

    fn elapsed(&mut self) -> u64 {
        0 // the package has a clock of its own for this
    }

    fn random(&mut self) -> u64 {
        self.words.pop().unwrap_or_default() // never empty: see is_low
    }
}
