//! Objectives, as JavaScript calls them.
//!
//! Deliberately absent: accounting.

use codomyrmex_telemetry::Outcome;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;
use crate::time;
use crate::wire::{self, WireObjective, WireStatus};

/// The largest whole number up to which a double holds every one: 2^53 - 1.
const COUNT_MAX: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen]
impl Ledger {
    /// Creates an objective, or finds it again.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = createSlo)]
    pub fn create_slo(&self, objective: JsValue) -> Result<u32, JsValue> {
        let objective: WireObjective = wire::read(objective)?;
        let objective = objective.try_into().map_err(thrown)?;
        Ok(self.work(|door| door.ledger.create_slo(objective)).map_err(thrown)?.0)
    }

    /// Records good or bad events. A count that is no whole number from 0 to 2^53 - 1 is a counted drop.
    #[wasm_bindgen(js_name = recordEvent)]
    pub fn record_event(&self, slo: u32, good: bool, count: f64, ms: f64, ns: f64) -> u8 {
        if !(0.0..=COUNT_MAX).contains(&count) || count.trunc() != count {
            return self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8;
        }
        self.timed(ms, ns, |door, at| door.record_event(slo, good, count as u64, at)) as u8
    }

    /// Records a value for the objective's threshold to judge.
    #[wasm_bindgen(js_name = recordValue)]
    pub fn record_value(&self, slo: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.record_value(slo, value, at)) as u8
    }

    /// How an objective stood at a time.
    ///
    /// # Errors
    /// `unknown` for a number that was not given, `invalid-argument` for a time that cannot be.
    #[wasm_bindgen(js_name = sloStatus)]
    pub fn slo_status(&self, slo: u32, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let status = self.work(|door| door.slo_status(slo, at)).map_err(thrown)?;
        wire::write(&WireStatus::from(status))
    }

    /// How all objectives stood at a time, in the order of their ids.
    ///
    /// # Errors
    /// `invalid-argument` for a time that cannot be.
    #[wasm_bindgen(js_name = sloStatuses)]
    pub fn slo_statuses(&self, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let statuses = self.work(|door| door.slo_statuses(at)).map_err(thrown)?;
        wire::write(&statuses.into_iter().map(WireStatus::from).collect::<Vec<_>>())
    }
}
