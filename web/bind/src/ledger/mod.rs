//! The class that JavaScript gets: a ledger behind a door, by numbers and plain objects.
//!
//! Every method takes `&self`, and the ledger is borrowed only while Rust alone runs: random
//! numbers and objects are fetched before. So code of the page that is called in between can call in
//! again. Here is what ledgers do among themselves; what is recorded and exported stands beside it.
//! Deliberately absent: accounting, and names for people; see `web/src`.

mod batches;
mod export;
mod metrics;
mod propagation;
mod sampling;
mod slo;
mod tracer;

pub use batches::Batches;

use std::cell::RefCell;
use std::rc::Rc;

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::slo::SloWatch;
use codomyrmex_telemetry::{Absorbed, Error, Outcome, limits};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::environment::{self, Drawn};
use crate::error::thrown;
use crate::wire::{self, WireDrops};
use crate::{id, time};

/// A ledger.
///
/// A time is two doubles: milliseconds since 1970 (NaN for none) and nanoseconds on top (NaN where the
/// milliseconds are the clock's). An outcome
/// is its place in the WIT's enum. A span that cannot be recorded is zero.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ledger {
    door: RefCell<Door<Drawn>>,
    watch: RefCell<SloWatch>,
    sets: RefCell<Vec<Rc<[String]>>>, // of attributes, by number; the first is one that is not kept
}

#[wasm_bindgen]
impl Ledger {
    /// An empty ledger with a random writer id.
    ///
    /// # Errors
    /// `unsupported` where the runtime gives no random numbers.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsValue> {
        let words = environment::words().map_err(thrown)?;
        Ok(Self { door: RefCell::new(Door::new(Drawn::new(words))), watch: RefCell::default(), sets: RefCell::new(vec![Rc::default()]) })
    }

    /// Names the writer, before the first drain.
    ///
    /// # Errors
    /// `invalid-argument` where it is not 32 hexadecimal digits, `conflict` after the first drain.
    pub fn configure(&self, writer: &str) -> Result<(), JsValue> {
        let writer = id::writer_id(writer).map_err(thrown)?;
        self.work(|door| door.ledger.configure(writer)).map_err(thrown)
    }

    /// Counts a record that the package turned away, by the name of the reason.
    pub fn refuse(&self, reason: &str) -> u8 {
        let outcome = Outcome::DROPS.into_iter().find(|outcome| outcome.name() == reason);
        self.work(|door| door.ledger.drop_record(outcome.unwrap_or(Outcome::InvalidValue))) as u8
    }

    /// The delta of all that happened since the last drain; `undefined` if nothing did.
    pub fn drain(&self) -> Option<Vec<u8>> {
        self.work(|door| door.ledger.drain())
    }

    /// Says how many milliseconds ahead of the wall clock events of objectives may be; `undefined` is any number.
    #[wasm_bindgen(js_name = limitSkew)]
    pub fn limit_skew(&self, ms: Option<f64>) {
        let most = ms.map(time::nanos);
        self.work(|door| {
            door.environment.skew = most;
            door.limit_skew(most);
        });
    }

    /// Takes in another ledger's delta; `true` where it was new.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn absorb(&self, delta: &Uint8Array) -> Result<bool, JsValue> {
        let length = delta.length() as usize;
        if length > limits::BYTES_MAX {
            // Refused before it is copied: memory of this size may not be there.
            return Err(thrown(Error::Limit(format!("{length} bytes; at most {} are read", limits::BYTES_MAX))));
        }
        let bytes = delta.to_vec();
        let clock = environment::read_clock();
        let absorbed = self.work(|door| {
            door.environment.now = clock;
            let absorbed = door.absorb(&bytes);
            door.environment.hide_clock();
            absorbed
        });
        let absorbed = absorbed.map_err(thrown)?;
        Ok(absorbed == Absorbed::Merged)
    }

    /// The canonical content as deterministic CBOR.
    pub fn snapshot(&self) -> Vec<u8> {
        self.work(|door| door.ledger.snapshot()).to_bytes()
    }

    /// The SHA-256 of the snapshot, as 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        let digest = self.work(|door| door.ledger.snapshot()).digest();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What was dropped so far, by reason.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn dropped(&self) -> Result<JsValue, JsValue> {
        let dropped = self.work(|door| door.ledger.dropped());
        wire::write(&dropped.into_iter().map(|(reason, count)| WireDrops { reason, count: count as f64 }).collect::<Vec<_>>())
    }
}

impl Ledger {
    /// Works with the ledger at a time: the clock's, the one that was given, or none.
    #[inline]
    fn timed<T>(&self, ms: f64, ns: f64, work: impl FnOnce(&mut Door<Drawn>, Option<u64>) -> T) -> T {
        if !ns.is_nan() {
            let at = time::given(ms, ns);
            return self.held(at, |door| work(door, at));
        }
        self.work(|door| {
            door.environment.now = time::nanos(ms);
            work(door, None)
        })
    }

    /// Works with the ledger where a time was given, which is held against the wall clock: that is read before
    /// the ledger is borrowed, and only where what it said last does not decide.
    #[inline]
    fn held<T>(&self, at: Option<u64>, work: impl FnOnce(&mut Door<Drawn>) -> T) -> T {
        let is_ahead = at.is_some_and(|at| self.door.borrow().environment.is_ahead(at));
        let clock = is_ahead.then(environment::read_clock);
        self.work(|door| {
            clock.into_iter().for_each(|clock| door.environment.show_clock(clock));
            let done = work(door);
            door.environment.hide_clock();
            done
        })
    }

    /// Works with the ledger. Nothing in `work` calls JavaScript, so it is never borrowed twice.
    #[inline]
    fn work<T>(&self, work: impl FnOnce(&mut Door<Drawn>) -> T) -> T {
        work(&mut self.door.borrow_mut())
    }
}
