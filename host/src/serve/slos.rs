//! The import `slo`, served; questions within what the host allows.
//!
//! Recording costs the same whatever was recorded before; a question does not, and the host does its work, which no
//! fuel counts. Deliberately absent: what the answers are.

use codomyrmex_telemetry::{Error, Ledger, SloId};

use super::TelemetryCtx;
use crate::bindings::codomyrmex::telemetry::{slo, types};

impl TelemetryCtx {
    /// Takes note of a question that looks at so much. What it looks at is counted only while there is something left
    /// to ask with, since counting costs, too.
    fn pay(&mut self, looks: impl FnOnce(&Ledger) -> Result<u64, Error>) -> Result<(), Error> {
        let Some(left) = self.looks_left else { return Ok(()) };
        let refused = |what: &str| {
            Err(Error::Limit(format!("{what}, and {left} slots and slices were left to look at; ask less often, or the host for more")))
        };
        if left == 0 {
            return refused("a question");
        }
        // One look for the question itself, or those about nothing would be free.
        let cost = looks(&self.door.ledger)?.saturating_add(1);
        self.looks_left = Some(left.saturating_sub(cost));
        if cost > left { refused(&format!("a question that looks at {cost}")) } else { Ok(()) }
    }

    /// The same of one that looks once at all that there is of an objective.
    fn pay_for(&mut self, slo: u32) -> Result<(), Error> {
        self.pay(|ledger| ledger.slo_length(Some(SloId(slo))))
    }
}

/// How many combinations of one to three there are of so many attributes.
const fn combinations(attributes: u64) -> u64 {
    let pairs = attributes * attributes.saturating_sub(1) / 2;
    attributes + pairs + pairs * attributes.saturating_sub(2) / 3
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
        self.pay_for(slo)?;
        Ok(self.door.slo_status(slo, at)?.into())
    }

    fn statuses(&mut self, at: Option<u64>) -> Result<Vec<slo::Status>, types::Error> {
        self.pay(|ledger| ledger.slo_length(None))?;
        Ok(self.door.slo_statuses(at)?.into_iter().map(Into::into).collect())
    }

    fn violations(&mut self, slo: u32, at: Option<u64>) -> Result<Vec<slo::Violation>, types::Error> {
        self.pay_for(slo)?;
        Ok(self.door.slo_violations(slo, at)?.into_iter().map(Into::into).collect())
    }

    fn alerts(&mut self, slo: u32, at: Option<u64>) -> Result<Vec<slo::AlertHistory>, types::Error> {
        self.pay(|ledger| {
            let alerts = ledger.objective(SloId(slo))?.alerts.len().max(1) as u64;
            Ok(ledger.slo_length(Some(SloId(slo)))?.saturating_mul(alerts))
        })?;
        Ok(self.door.slo_alerts(slo, at)?.into_iter().map(Into::into).collect())
    }

    fn policy(&mut self, slo: u32, at: Option<u64>) -> Result<slo::PolicyState, types::Error> {
        self.pay_for(slo)?;
        Ok(self.door.slo_policy(slo, at)?.into())
    }

    fn analyze(&mut self, slo: u32, question: slo::Question) -> Result<slo::Analysis, types::Error> {
        self.pay(|ledger| {
            let attributes = ledger.objective(SloId(slo))?.dimensions.len() as u64;
            Ok(ledger.slo_samples(SloId(slo))?.saturating_mul(combinations(attributes)))
        })?;
        Ok(question.try_into().and_then(|question| self.door.slo_analysis(slo, &question))?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_those_of_one_two_and_three() {
        assert_eq!([0, 1, 2, 3, 4, 8].map(combinations), [0, 1, 3, 7, 14, 92]);
    }
}
