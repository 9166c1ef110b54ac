//! The random numbers of JavaScript, drawn before the ledger is borrowed, and the order of its moments.
//!
//! A page can put functions of its own in the place of `crypto.getRandomValues`, and those can call this
//! library again. So no function of JavaScript runs while the ledger is borrowed: [`Drawn`] holds what
//! was drawn before, and a second borrow cannot happen. The wall clock is read here only to hold times that
//! were given against it, which is rarely needed. Deliberately absent: the clock for all else, which the
//! package reads (`web/src/clock.ts`), and a fallback for missing random numbers; ids that collide corrupt
//! the accounts.

use codomyrmex_telemetry::door::{Environment, SKEW_NS};
use codomyrmex_telemetry::{Error, Timestamp};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::time;

/// How many words are drawn: a writer id, the life of it, and the seed that all ids of spans come of are seven.
const WORDS: usize = 8;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Date, js_name = now)]
    fn wall_clock() -> Result<JsValue, JsValue>;
}

/// What the wall clock says, in nanoseconds since 1970. One that fails stands at 1970, so that times which
/// were given are ahead of it and turned away, as `now` is where the clock fails.
pub(crate) fn read_clock() -> u64 {
    let nanos = wall_clock().ok().and_then(|ms| ms.as_f64()).map(time::nanos);
    nanos.filter(|nanos| *nanos <= Timestamp::MAX.nanos()).unwrap_or_default()
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
    /// Random words for the beginning of the ledger, each used once.
    pub(crate) words: Vec<u64>,
    /// The time, where the operation takes the clock's.
    pub(crate) now: u64,
    /// What the clock says that never falls, where the operation times what happens in a trace.
    pub(crate) elapsed: u64,
    /// How far ahead of the clock events of objectives may be, as the door has it.
    pub(crate) skew: Option<u64>,
    read: u64, // the wall clock when it was last needed
}

impl Drawn {
    pub(crate) const fn new(words: Vec<u64>) -> Self {
        Self { words, now: NO_TIME, elapsed: 0, skew: Some(SKEW_NS), read: 0 }
    }

    /// Whether the door would look at the clock to judge a time that was given.
    pub(crate) const fn is_ahead(&self, at: u64) -> bool {
        match self.skew {
            Some(most) => at > self.read.saturating_add(most),
            None => false,
        }
    }

    /// Puts the wall clock in place for one operation.
    pub(crate) const fn show_clock(&mut self, read: u64) {
        (self.read, self.now) = (read, read);
    }

    /// Takes the clock away again, if it was not asked for.
    pub(crate) const fn hide_clock(&mut self) {
        self.now = NO_TIME;
    }
}

impl Environment for Drawn {
    fn now(&mut self) -> u64 {
        core::mem::replace(&mut self.now, NO_TIME)
    }

    fn elapsed(&mut self) -> u64 {
        self.elapsed
    }

    fn random(&mut self) -> u64 {
        self.words.pop().unwrap_or_default() // never empty: the ledger draws once, when it begins
    }
}
