//! Metrics, as JavaScript calls them: declared by objects, recorded by numbers, asked by numbers.
//!
//! Deliberately absent: accounting.

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::{FamilyId, Outcome, SeriesId};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::environment::Drawn;
use crate::error::thrown;
use crate::time;
use crate::wire::{self, WireDescriptor, WireQuantile, WireRow};

/// The answer to a record without a time where one is needed: the package gives it and records again, so
/// that clocks are not read for all others.
const NEEDS_TIME: u8 = 255;

fn untimed(door: &mut Door<Drawn>, series: u32, record: impl FnOnce(&mut Door<Drawn>) -> Outcome) -> u8 {
    if door.ledger.needs_time(SeriesId(series)) { NEEDS_TIME } else { record(door) as u8 }
}

#[wasm_bindgen]
impl Ledger {
    /// Declares a family, or finds it again.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn declare(&self, descriptor: JsValue) -> Result<u32, JsValue> {
        let descriptor: WireDescriptor = wire::read(descriptor)?;
        Ok(self.work(|door| door.ledger.declare(descriptor.into())).map_err(thrown)?.0)
    }

    /// The series of a family with these label values.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn resolve(&self, family: u32, values: Vec<String>) -> Result<u32, JsValue> {
        Ok(self.work(|door| door.ledger.resolve(FamilyId(family), &values)).map_err(thrown)?.0)
    }

    /// Adds to a counter, an up-down-counter or a gauge.
    pub fn add(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.add(series, value, at)) as u8
    }

    /// The same without a time; [`NEEDS_TIME`] where one is needed, and then nothing was recorded.
    #[wasm_bindgen(js_name = addUntimed)]
    pub fn add_untimed(&self, series: u32, value: f64) -> u8 {
        self.work(|door| {
            if door.ledger.add_plainly(SeriesId(series), value) { 0 } else { untimed(door, series, |door| door.add(series, value, None)) }
        })
    }

    /// Sets a gauge or a state.
    pub fn set(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.set(series, value, at)) as u8
    }

    /// Records a value into a histogram or a summary. Where no time is given and one is needed, the answer is
    /// [`NEEDS_TIME`] and nothing was recorded.
    pub fn observe(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        if ms.is_nan() {
            return self.work(|door| untimed(door, series, |door| door.observe(series, value, None)));
        }
        self.timed(ms, ns, |door, at| door.observe(series, value, at)) as u8
    }

    /// Records a value so many times. A number that is none from 0 to 2^32 - 1 is a counted drop.
    #[wasm_bindgen(js_name = observeTimes)]
    pub fn observe_times(&self, series: u32, value: f64, times: f64, ms: f64, ns: f64) -> u8 {
        if !(0.0..=f64::from(u32::MAX)).contains(&times) || times.trunc() != times {
            return self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8;
        }
        if ms.is_nan() {
            return self.work(|door| untimed(door, series, |door| door.observe_times(series, value, times as u32, None)));
        }
        self.timed(ms, ns, |door, at| door.observe_times(series, value, times as u32, at)) as u8
    }

    /// Adds or observes in a span, which may stay as an exemplar.
    #[wasm_bindgen(js_name = recordIn)]
    pub fn record_in(&self, series: u32, value: f64, ms: f64, ns: f64, span: u32) -> u8 {
        self.timed(ms, ns, |door, at| door.record_in(series, value, at, span)) as u8
    }

    /// What a series has come to; `undefined` of a gauge that was never set.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn value(&self, series: u32) -> Result<Option<f64>, JsValue> {
        self.work(|door| door.value(series)).map_err(thrown)
    }

    /// How fast a series grew in its window.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn rate(&self, series: u32, ms: f64, ns: f64) -> Result<f64, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        self.work(|door| door.rate(series, at)).map_err(thrown)
    }

    /// A quantile of all values; `undefined` where there are none.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn quantile(&self, series: u32, share: f64) -> Result<JsValue, JsValue> {
        let quantile = self.work(|door| door.quantile(series, share)).map_err(thrown)?;
        wire::write(&quantile.map(WireQuantile::from))
    }

    /// A quantile of the window.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = recentQuantile)]
    pub fn recent_quantile(&self, series: u32, share: f64, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let quantile = self.work(|door| door.recent_quantile(series, share, at)).map_err(thrown)?;
        wire::write(&quantile.map(WireQuantile::from))
    }

    /// The series of a family with the greatest values.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn top(&self, family: u32, count: u32) -> Result<JsValue, JsValue> {
        let rows = self.work(|door| door.ledger.top(FamilyId(family), count as usize)).map_err(thrown)?;
        wire::write(&rows.into_iter().map(|row| WireRow { labels: row.labels, value: row.value }).collect::<Vec<_>>())
    }
}
