//! Objectives for plugins: what is promised, what happened, and how that stands.
//!
//! A time, where one is given, is in nanoseconds since 1970. Deliberately absent: answers that are computed
//! here; the ledger computes them.

use std::sync::Arc;

use codomyrmex_telemetry::slo::{AlertHistory, Analysis, Options, PolicyState, SloViolation};
use codomyrmex_telemetry::{Error, Objective, Outcome, Status};

use crate::Span;
use crate::backend;

/// The objectives of this plugin.
#[derive(Clone, Copy, Debug)]
pub struct SloTracker(());

/// A created objective: its number, and the names of its dimensions, so that recording by name needs no call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slo {
    number: u32,
    dimensions: Arc<[String]>,
}

/// What is to be analysed; what is left out is the window up to the newest event, compared with nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Question {
    /// The end of the window that is looked at; `None` is the time of the newest event.
    pub at: Option<u64>,
    /// From when on it is to be compared with what came before in the window; `None` compares nothing.
    pub since: Option<u64>,
    /// How many attributes are combined at most: 1, 2 or 3.
    pub order: u8,
    /// How many patterns are told at most, 1 to 100.
    pub most: u32,
}

/// The objectives of this plugin, shared by all of its code.
#[must_use]
pub const fn get_slo_tracker() -> SloTracker {
    SloTracker(())
}

impl Default for Question {
    fn default() -> Self {
        let Options { order, most, .. } = Options::default();
        Self { at: None, since: None, order, most: most as u32 }
    }
}

impl SloTracker {
    /// Creates an objective, or finds it again. One of a higher version than an objective of its id redefines
    /// that.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the id is taken by other terms, [`Error::Unknown`] for parts of a composite
    /// that are not there; otherwise by whose rule it breaks.
    pub fn create_slo(&self, objective: Objective) -> Result<Slo, Error> {
        let dimensions = objective.dimensions.as_slice().into();
        Ok(Slo { number: backend::create_slo(objective)?, dimensions })
    }

    /// Gives an objective other terms from now on, with the next version, whatever version is said. What was
    /// counted stays, and goes on to count where the indicator is the same. What was created before records
    /// under the new terms too; where these have other dimensions, attributes are known to what this gives.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has the id; otherwise as [`SloTracker::create_slo`].
    pub fn redefine(&self, objective: Objective) -> Result<Slo, Error> {
        let dimensions = objective.dimensions.as_slice().into();
        Ok(Slo { number: backend::redefine_slo(objective)?, dimensions })
    }

    /// How all objectives stood at a time, in the order of their ids; of several versions of one, the latest.
    /// `None` is the time of each one's newest event.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn statuses(&self, at: Option<u64>) -> Result<Vec<Status>, Error> {
        backend::slo_statuses(at)
    }
}

impl Slo {
    /// Records a good or bad event. `at` is when; `None` is now.
    pub fn record_event(&self, good: bool, at: Option<u64>) -> Outcome {
        self.record_events(good, 1, at)
    }

    /// Records so many good or bad events.
    pub fn record_events(&self, good: bool, count: u64, at: Option<u64>) -> Outcome {
        backend::record_event(self.number, good, count, at)
    }

    /// Records a good or bad event with what it was like: values of the objective's dimensions by their
    /// names, in any order (of one named twice the later, those left out are none), and the span in which it
    /// happened. A name that is no dimension, and a value of more than 256 bytes, make the event an
    /// [`Outcome::InvalidValue`]: it is not counted but as a drop.
    pub fn record_event_with(&self, good: bool, attributes: &[(&str, &str)], span: Option<&Span>, at: Option<u64>) -> Outcome {
        self.record_events_with(good, 1, attributes, span, at)
    }

    /// Records so many good or bad events that were alike; see [`Slo::record_event_with`].
    pub fn record_events_with(&self, good: bool, count: u64, attributes: &[(&str, &str)], span: Option<&Span>, at: Option<u64>) -> Outcome {
        backend::record_event_with(self.number, good, count, at, &self.values(attributes), span.map_or(0, Span::handle))
    }

    /// Records a value for the objective's threshold to judge.
    pub fn record_value(&self, value: f64, at: Option<u64>) -> Outcome {
        backend::record_value(self.number, value, at)
    }

    /// Records a value with what the event was like; see [`Slo::record_event_with`].
    pub fn record_value_with(&self, value: f64, attributes: &[(&str, &str)], span: Option<&Span>, at: Option<u64>) -> Outcome {
        backend::record_value_with(self.number, value, at, &self.values(attributes), span.map_or(0, Span::handle))
    }

    /// How it stood at a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time past 2^63 - 1.
    pub fn get_status(&self, at: Option<u64>) -> Result<Status, Error> {
        backend::slo_status(self.number, at)
    }

    /// When its target was not reached, in order, up to a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// As [`Slo::get_status`].
    pub fn violations(&self, at: Option<u64>) -> Result<Vec<SloViolation>, Error> {
        backend::slo_violations(self.number, at)
    }

    /// What its alerts did, in their order, up to a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// As [`Slo::get_status`].
    pub fn alerts(&self, at: Option<u64>) -> Result<Vec<AlertHistory>, Error> {
        backend::slo_alerts(self.number, at)
    }

    /// What its error budget policy asked for at a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// As [`Slo::get_status`].
    pub fn policy(&self, at: Option<u64>) -> Result<PolicyState, Error> {
        backend::slo_policy(self.number, at)
    }

    /// What its bad events had in common.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a question out of its range.
    pub fn analyze(&self, question: Question) -> Result<Analysis, Error> {
        backend::slo_analysis(self.number, question)
    }

    /// A value for each dimension; where there is none of a name one value too many, so that the ledger
    /// counts the drop.
    fn values(&self, attributes: &[(&str, &str)]) -> Vec<String> {
        let mut values = vec![String::new(); self.dimensions.len()];
        for (name, value) in attributes {
            match self.dimensions.iter().position(|dimension| dimension == name) {
                Some(place) => values[place] = (*value).into(),
                None => return vec![String::new(); self.dimensions.len() + 1],
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use codomyrmex_telemetry::slo::{Exemption, State};
    use codomyrmex_telemetry::{Comparison, Double, Indicator, SpanId, SpanKind, Timestamp, TraceId, Window};

    use super::*;
    use crate::{Parent, StartOptions, get_tracer, with_ledger};

    const MINUTE: u64 = 60_000_000_000;

    fn objective(id: &str) -> Objective {
        let dimensions = vec!["tool".into(), "region".into()];
        Objective { dimensions, ..Objective::new(id, "90%".parse().unwrap(), Window::days(1).unwrap()) }
    }

    #[test]
    fn attributes_are_known_by_name_and_what_is_none_is_a_counted_drop() {
        let slo = get_slo_tracker().create_slo(objective("answers")).unwrap();
        let name = get_tracer("").declare("execute_tool", SpanKind::Internal).unwrap();
        let (trace, id) = (TraceId::new(7).unwrap(), SpanId::new(9).unwrap());
        let span = get_tracer("").start(name, Parent::Trace(trace), StartOptions { id: Some(id), at: Some(MINUTE) });
        for minute in 1..=20 {
            assert_eq!(slo.record_event_with(true, &[("tool", "search")], None, Some(minute * MINUTE)), Outcome::Recorded);
        }
        let attributes = [("region", "west"), ("tool", "search"), ("tool", "book")];
        assert_eq!(slo.record_event_with(false, &attributes, Some(&span), Some(20 * MINUTE)), Outcome::Recorded);
        assert_eq!(slo.record_events_with(false, 9, &attributes, Some(&span), Some(20 * MINUTE)), Outcome::Recorded);
        let long = "x".repeat(257);
        for wrong in [[("tool", "search"), ("colour", "red")], [("tool", &long), ("region", "")]] {
            assert_eq!(slo.record_event_with(false, &wrong, None, Some(20 * MINUTE)), Outcome::InvalidValue);
        }
        assert_eq!(with_ledger(|ledger| ledger.dropped()), [("invalid-value", 2)]);
        let status = slo.get_status(None).unwrap();
        assert_eq!((status.good, status.total, status.state), (20, 30, State::Violated));
        let analysis = slo.analyze(Question { order: 1, ..Question::default() }).unwrap();
        assert_eq!((analysis.good, analysis.bad, analysis.is_exact), (20, 10, true));
        let tool = analysis.patterns.iter().find(|pattern| pattern.attributes == [("tool".into(), "book".into())]).unwrap();
        assert_eq!((tool.bad, tool.total, tool.examples.as_slice()), (10, 10, [(trace, id)].as_slice()));
        assert!(matches!(slo.analyze(Question { order: 4, ..Question::default() }), Err(Error::InvalidArgument(_))));
        assert!(matches!(slo.analyze(Question { at: Some(u64::MAX), ..Question::default() }), Err(Error::InvalidArgument(_))));
    }

    #[test]
    fn what_an_objective_did_is_told() {
        let slo = get_slo_tracker().create_slo(objective("told")).unwrap();
        slo.record_events(true, 90, Some(0));
        slo.record_events(false, 30, Some(5 * MINUTE));
        slo.record_events(true, 180, Some(10 * MINUTE));
        let violations = slo.violations(None).unwrap();
        let shown: Vec<_> = violations.iter().map(|one| (one.opened, one.closed, one.good, one.bad)).collect();
        assert_eq!(shown, [(5 * MINUTE, Some(10 * MINUTE), 0, 30)]);
        let alerts = slo.alerts(Some(5 * MINUTE)).unwrap();
        let firing: Vec<_> = alerts.iter().filter(|alert| alert.is_firing).map(|alert| alert.name.as_str()).collect();
        assert_eq!(firing, ["page-fast", "ticket-slow"]);
        assert_eq!(slo.policy(Some(5 * MINUTE)).unwrap().action, "freeze_deployments");
        assert_eq!(get_slo_tracker().statuses(None).unwrap().len(), 1);
    }

    #[test]
    fn other_terms_go_on_with_what_was_counted() {
        let tracker = get_slo_tracker();
        let before = tracker.create_slo(objective("terms")).unwrap();
        before.record_events(true, 4, Some(MINUTE));
        let after = tracker.redefine(Objective { dimensions: vec!["model".into()], ..objective("terms") }).unwrap();
        assert_eq!(after.record_event_with(false, &[("model", "x")], None, Some(MINUTE)), Outcome::Recorded);
        assert_eq!(before.record_event(false, Some(MINUTE)), Outcome::Recorded);
        let status = before.get_status(None).unwrap();
        assert_eq!((status.version, status.good, status.total), (2, 4, 6));
        assert!(matches!(tracker.redefine(objective("other")), Err(Error::Unknown(_))));
    }

    #[test]
    fn a_threshold_judges_and_exempt_minutes_do_not_count() {
        let start = Timestamp::from_nanos(60 * MINUTE).unwrap();
        let slo = get_slo_tracker().create_slo(Objective {
            indicator: Indicator::Threshold(Comparison::Below, Double::new(0.5)),
            exemptions: vec![Exemption::once("patches", start, 30 * MINUTE).unwrap()],
            ..objective("fast")
        });
        let slo = slo.unwrap();
        assert_eq!(slo.record_value(0.25, Some(59 * MINUTE)), Outcome::Recorded);
        assert_eq!(slo.record_value_with(0.75, &[("tool", "search")], None, Some(60 * MINUTE)), Outcome::Recorded);
        assert_eq!(slo.record_value_with(0.5, &[("tool", "search")], None, Some(90 * MINUTE)), Outcome::Recorded);
        assert_eq!(slo.record_value(f64::NAN, None), Outcome::InvalidValue);
        let status = slo.get_status(None).unwrap();
        assert_eq!((status.good, status.total, status.raw_good, status.raw_total), (1, 2, 1, 3));
    }
}
