//! The import `slo`, served; questions within what the host allows.
//!
//! Recording costs the same whatever was recorded before; a question does not, and the host does its work, which no
//! fuel counts. Deliberately absent: what the answers are.

use codomyrmex_telemetry::{Error, SloId};

use super::TelemetryCtx;
use crate::bindings::codomyrmex::telemetry::{slo, types};

impl TelemetryCtx {
    /// Takes note of a question about an objective, or all of them, that looks at everything so many times.
    fn pay(&mut self, slo: Option<u32>, times: u64) -> Result<(), Error> {
        let Some(left) = self.looks_left else { return Ok(()) };
        // One look for the question itself, or those about nothing would be free.
        let cost = self.door.ledger.slo_length(slo.map(SloId))?.saturating_mul(times).saturating_add(1);
        self.looks_left = Some(left.saturating_sub(cost));
        if cost > left {
            return Err(Error::Limit(format!(
                "a question that looks at {cost} slots and slices, where {left} were left to ask with; ask less often, or the host for more"
            )));
        }
        Ok(())
    }
}

impl slo::Host for TelemetryCtx {
    fn create(&mut self, objective: slo::Objective) -> Result<u32, types::Error> {
        Ok(objective.try_into().and_then(|objective| self.door.ledger.create_slo(objective))?.0)
    }

    fn redefine(&mut self, objective: slo::Objective) -> Result<u32, types::Error> {
        Ok(objective.try_into().and_then(|objective| self.door.ledger.redefine_slo(objective))?.0)
    }

    fn record_event(&mut self, slo: u32, good: bool, count: u64, at: Option<u64>) -> types::Outcome {
        self.door.record_event(slo, good, count, at).into()
    }

    fn record_event_with(&mut self, slo: u32, good: bool, count: u64, at: Option<u64>, values: Vec<String>, span: u32) -> types::Outcome {
        self.door.record_event_with(slo, good, count, at, &values, span).into()
    }

    fn record_value(&mut self, slo: u32, value: f64, at: Option<u64>) -> types::Outcome {
        self.door.record_value(slo, value, at).into()
    }

    fn record_value_with(&mut self, slo: u32, value: f64, at: Option<u64>, values: Vec<String>, span: u32) -> types::Outcome {
        self.door.record_value_with(slo, value, at, &values, span).into()
    }

    fn get_status(&mut self, slo: u32, at: Option<u64>) -> Result<slo::Status, types::Error> {
        self.pay(Some(slo), 1)?;
        Ok(self.door.slo_status(slo, at)?.into())
    }

    fn statuses(&mut self, at: Option<u64>) -> Result<Vec<slo::Status>, types::Error> {
        self.pay(None, 1)?;
        Ok(self.door.slo_statuses(at)?.into_iter().map(Into::into).collect())
    }

    fn violations(&mut self, slo: u32, at: Option<u64>) -> Result<Vec<slo::Violation>, types::Error> {
        self.pay(Some(slo), 1)?;
        Ok(self.door.slo_violations(slo, at)?.into_iter().map(Into::into).collect())
    }

    fn alerts(&mut self, slo: u32, at: Option<u64>) -> Result<Vec<slo::AlertHistory>, types::Error> {
        let alerts = self.door.ledger.objective(SloId(slo)).map_or(0, |objective| objective.alerts.len() as u64);
        self.pay(Some(slo), alerts)?;
        Ok(self.door.slo_alerts(slo, at)?.into_iter().map(Into::into).collect())
    }

    fn policy(&mut self, slo: u32, at: Option<u64>) -> Result<slo::PolicyState, types::Error> {
        self.pay(Some(slo), 1)?;
        Ok(self.door.slo_policy(slo, at)?.into())
    }

    fn analyze(&mut self, slo: u32, question: slo::Question) -> Result<slo::Analysis, types::Error> {
        self.pay(Some(slo), 1)?;
        Ok(question.try_into().and_then(|question| self.door.slo_analysis(slo, &question))?.into())
    }
}
