//! Objectives, as JavaScript calls them.
//!
//! Deliberately absent: accounting.

use codomyrmex_telemetry::slo::{Question, SloId};
use codomyrmex_telemetry::{Error, Objective, Outcome, Timestamp, limits};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::error::thrown;
use crate::time;
use crate::wire::{
    self, WireAlertHistory, WireAnalysis, WireChange, WireObjective, WirePolicyState, WireQuestion, WireStatus, WireViolation,
};

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
        let objective = read_objective(objective)?;
        Ok(self.work(|door| door.ledger.create_slo(objective)).map_err(thrown)?.0)
    }

    /// Gives an objective other terms.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = redefineSlo)]
    pub fn redefine_slo(&self, objective: JsValue) -> Result<u32, JsValue> {
        let objective = read_objective(objective)?;
        Ok(self.work(|door| door.ledger.redefine_slo(objective)).map_err(thrown)?.0)
    }

    /// The attributes of events under the terms that hold now, in the order in which their values are recorded.
    ///
    /// # Errors
    /// `unknown` for a number that was not given.
    #[wasm_bindgen(js_name = sloDimensions)]
    pub fn slo_dimensions(&self, slo: u32) -> Result<Vec<String>, JsValue> {
        self.work(|door| door.ledger.objective(SloId(slo)).map(|objective| objective.dimensions.clone())).map_err(thrown)
    }

    /// Records good or bad events. A count that is no whole number from 0 to 2^53 - 1 is a counted drop.
    #[wasm_bindgen(js_name = recordEvent)]
    pub fn record_event(&self, slo: u32, good: bool, count: f64, ms: f64, ns: f64) -> u8 {
        let Some(count) = whole(count) else { return self.turn_away() };
        self.timed(ms, ns, |door, at| door.record_event(slo, good, count, at)) as u8
    }

    /// Gives values of attributes a number, to record them by: strings take longer to cross than all else
    /// takes. Number 1 is only good for the next record: the values are too long, or too many were kept.
    #[wasm_bindgen(js_name = attributeSet)]
    pub fn attribute_set(&self, values: Vec<String>) -> u32 {
        let mut sets = self.sets.borrow_mut();
        let is_short = values.iter().map(String::len).sum::<usize>() <= limits::LABEL_VALUES_BYTES_MAX;
        if is_short && sets.len() <= limits::ATTRIBUTE_SETS_MAX {
            sets.push(values.into());
            return sets.len() as u32;
        }
        sets[0] = values.into(); // there from the beginning
        1
    }

    /// The same with what the events were like, by the number of their attributes (zero where none are known),
    /// and the span in which they happened, or zero.
    #[expect(clippy::too_many_arguments, reason = "numbers cross without an object; this is their list")]
    #[wasm_bindgen(js_name = recordEventWith)]
    pub fn record_event_with(&self, slo: u32, good: bool, count: f64, ms: f64, ns: f64, set: u32, span: u32) -> u8 {
        let Some(count) = whole(count) else { return self.turn_away() };
        self.with_set(set, |values| self.timed(ms, ns, |door, at| door.record_event_with(slo, good, count, at, values, span)) as u8)
    }

    /// Records a value for the objective's threshold to judge.
    #[wasm_bindgen(js_name = recordValue)]
    pub fn record_value(&self, slo: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.record_value(slo, value, at)) as u8
    }

    /// The same with what the event was like, and the span in which it happened, or zero.
    #[wasm_bindgen(js_name = recordValueWith)]
    pub fn record_value_with(&self, slo: u32, value: f64, ms: f64, ns: f64, set: u32, span: u32) -> u8 {
        self.with_set(set, |values| self.timed(ms, ns, |door, at| door.record_value_with(slo, value, at, values, span)) as u8)
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

    /// When an objective's target was not reached, up to a time.
    ///
    /// # Errors
    /// As [`Ledger::slo_status`].
    #[wasm_bindgen(js_name = sloViolations)]
    pub fn slo_violations(&self, slo: u32, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let violations = self.work(|door| door.slo_violations(slo, at)).map_err(thrown)?;
        wire::write(&violations.into_iter().map(WireViolation::from).collect::<Vec<_>>())
    }

    /// What an objective's alerts did, up to a time.
    ///
    /// # Errors
    /// As [`Ledger::slo_status`].
    #[wasm_bindgen(js_name = sloAlerts)]
    pub fn slo_alerts(&self, slo: u32, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let alerts = self.work(|door| door.slo_alerts(slo, at)).map_err(thrown)?;
        wire::write(&alerts.into_iter().map(WireAlertHistory::from).collect::<Vec<_>>())
    }

    /// What an objective's error budget policy asked for at a time.
    ///
    /// # Errors
    /// As [`Ledger::slo_status`].
    #[wasm_bindgen(js_name = sloPolicy)]
    pub fn slo_policy(&self, slo: u32, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let policy = self.work(|door| door.slo_policy(slo, at)).map_err(thrown)?;
        wire::write(&WirePolicyState::from(policy))
    }

    /// What an objective's bad events had in common.
    ///
    /// # Errors
    /// `unknown` for a number that was not given, `invalid-argument` for a question out of its range.
    #[wasm_bindgen(js_name = sloAnalysis)]
    pub fn slo_analysis(&self, slo: u32, question: JsValue) -> Result<JsValue, JsValue> {
        let question: WireQuestion = wire::read(question)?;
        let question = Question::try_from(question).map_err(thrown)?;
        let analysis = self.work(|door| door.slo_analysis(slo, &question)).map_err(thrown)?;
        wire::write(&WireAnalysis::from(analysis))
    }

    /// What changed about objectives since this was last asked.
    ///
    /// # Errors
    /// `invalid-argument` for a time that cannot be.
    #[wasm_bindgen(js_name = sloChanges)]
    pub fn slo_changes(&self, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).and_then(|at| at.map(Timestamp::try_from).transpose()).map_err(thrown)?;
        let changes = self.work(|door| door.ledger.watch_slos(&mut self.watch.borrow_mut(), at));
        wire::write(&changes.into_iter().map(WireChange::from).collect::<Vec<_>>())
    }
}

impl Ledger {
    /// Records with the attributes of a number. The clock may be read meanwhile, which can call in again: so the
    /// list of sets is free by then.
    fn with_set<T>(&self, set: u32, record: impl FnOnce(&[String]) -> T) -> T {
        let values = (set as usize).checked_sub(1).and_then(|place| self.sets.borrow().get(place).cloned());
        record(&values.unwrap_or_default())
    }

    /// Counts a record whose count is none.
    fn turn_away(&self) -> u8 {
        self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8
    }
}

fn read_objective(objective: JsValue) -> Result<Objective, JsValue> {
    let objective: WireObjective = wire::read(objective)?;
    objective.try_into().map_err(|error: Error| thrown(error))
}

/// A double as a count; `None` where it is none.
fn whole(count: f64) -> Option<u64> {
    ((0.0..=COUNT_MAX).contains(&count) && count.trunc() == count).then_some(count as u64)
}
