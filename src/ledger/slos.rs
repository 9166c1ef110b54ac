//! The ledger's objectives: created once, recorded by number, asked about with all that the ledger knows.
//!
//! Deliberately absent: what the answers are; see `crate::slo`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Ledger;
use crate::limits::OBJECTIVES_MAX;
use crate::slo::{
    AlertHistory, Analysis, Book, Counts, Happened, Indicator, Keeping, Objective, PolicyState, Question, Shelf, SloChange, SloId,
    SloViolation, SloWatch, Status, Tracked, alerts, policy, status, violations,
};
use crate::time::Timestamp;
use crate::tracer::SpanHandle;
use crate::{Error, Outcome};

impl Ledger {
    /// Creates an objective, or finds it again. One of a higher version than an objective of its id
    /// redefines that: see [`Ledger::redefine_slo`].
    ///
    /// # Errors
    /// [`Error::Conflict`] where the id is taken by other terms, [`Error::Unknown`] for parts of a composite
    /// that are not there; otherwise by whose rule it breaks.
    pub fn create_slo(&mut self, objective: Objective) -> Result<SloId, Error> {
        objective.check()?;
        let objective = objective.in_order();
        self.check_parts(&objective)?;
        let is_new = self.slos.find(&objective).is_none();
        let known = || self.layers().any(|layer| layer.slos.0.contains_key(&objective));
        if is_new && !known() {
            let count = self.slos.len() + self.layers().map(|layer| layer.slos.0.len()).sum::<usize>();
            if count >= OBJECTIVES_MAX {
                return Err(Error::Limit(format!(
                    "objective '{}' would be one more than the {OBJECTIVES_MAX} a ledger keeps",
                    objective.id
                )));
            }
            self.room.admit(objective.bytes())?;
        }
        let connected = objective.clone();
        let slo = self.slos.create(objective)?;
        if is_new {
            self.connect(slo.0 - 1, &connected);
        }
        Ok(slo)
    }

    /// Gives an objective other terms from now on, with the version after the last that is known here. What
    /// was counted stays, and goes on to count where the indicator is the same. Numbers that were given
    /// stay valid, and record under the new terms. Where the terms are those that hold, nothing changes.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has the id; otherwise as [`Ledger::create_slo`].
    pub fn redefine_slo(&mut self, objective: Objective) -> Result<SloId, Error> {
        let mut objective = objective.in_order();
        let known = self.slo_layers().map(|(objective, _)| objective).filter(|known| known.id == objective.id);
        let last = known.max().ok_or_else(|| unknown(&objective.id))?;
        objective.version = last.version;
        if objective != *last {
            objective.version =
                last.version.checked_add(1).ok_or_else(|| Error::Limit(format!("objective '{}' has no versions left", last.id)))?;
        }
        self.create_slo(objective)
    }

    /// Records good or bad events.
    #[inline]
    pub fn record_event(&mut self, slo: SloId, good: bool, count: u64, at: Timestamp) -> Outcome {
        let outcome = self.slos.record_event(slo, good, count, Happened::plain(at));
        self.account(outcome, Some(at))
    }

    /// The same with what the events were like: a value for each of the objective's dimensions, an empty one
    /// where there is none; and the span in which they happened, or zero.
    pub fn record_event_with(&mut self, slo: SloId, good: bool, count: u64, at: Timestamp, values: &[String], span: SpanHandle) -> Outcome {
        let happened = Happened { values, context: self.ids(span), ..Happened::plain(at) };
        let outcome = self.slos.record_event(slo, good, count, happened);
        self.account(outcome, Some(at))
    }

    /// Records a value for the objective's threshold to judge.
    #[inline]
    pub fn record_value(&mut self, slo: SloId, value: f64, at: Timestamp) -> Outcome {
        let outcome = self.slos.record_value(slo, value, Happened::plain(at));
        self.account(outcome, Some(at))
    }

    /// The same with what the event was like; see [`Ledger::record_event_with`].
    pub fn record_value_with(&mut self, slo: SloId, value: f64, at: Timestamp, values: &[String], span: SpanHandle) -> Outcome {
        let happened = Happened { values, context: self.ids(span), ..Happened::plain(at) };
        let outcome = self.slos.record_value(slo, value, happened);
        self.account(outcome, Some(at))
    }

    /// How an objective stood at a time; `None` is the time of its newest event.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_status(&self, slo: SloId, at: Option<Timestamp>) -> Result<Status, Error> {
        Ok(status(&self.slo_book(slo)?, at))
    }

    /// How all objectives stood at a time, in the order of their ids; of several versions of one, the
    /// latest. `None` is the time of each one's newest event.
    #[must_use]
    pub fn slo_statuses(&self, at: Option<Timestamp>) -> Vec<Status> {
        Shelf::new(self.slo_layers()).books().iter().map(|book| status(book, at)).collect()
    }

    /// When an objective's target was not reached, in order, up to a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_violations(&self, slo: SloId, at: Option<Timestamp>) -> Result<Vec<SloViolation>, Error> {
        Ok(violations(&self.slo_book(slo)?, at))
    }

    /// What an objective's alerts did, in their order, up to a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_alerts(&self, slo: SloId, at: Option<Timestamp>) -> Result<Vec<AlertHistory>, Error> {
        Ok(alerts(&self.slo_book(slo)?, at))
    }

    /// What an objective's error budget policy asked for at a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_policy(&self, slo: SloId, at: Option<Timestamp>) -> Result<PolicyState, Error> {
        Ok(policy(&self.slo_book(slo)?, at))
    }

    /// What an objective's bad events had in common.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created, [`Error::InvalidArgument`] for a question
    /// out of its range.
    pub fn slo_analysis(&self, slo: SloId, question: &Question) -> Result<Analysis, Error> {
        question.ask(&self.slo_book(slo)?)
    }

    /// How many slots and slices a question about an objective looks at, at most, and that for alerts once for each of
    /// them; with them the objectives that are looked through for its parts and versions. `None` is all objectives
    /// together. For who has to bound what a question costs: 0.2 to 0.6 µs each.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_length(&self, slo: Option<SloId>) -> Result<u64, Error> {
        let all = || self.slo_layers().count() as u64;
        let Some(slo) = slo else { return Ok(all() + Shelf::new(self.slo_layers()).books().iter().map(Book::length).sum::<u64>()) };
        let length = self.slo_book(slo)?.length();
        Ok(if Self::is_alone(self.slos.get(slo)?) { length } else { length + all() })
    }

    /// How many values and samples of events an analysis of an objective looks at, at most, once for each combination
    /// of attributes.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn slo_samples(&self, slo: SloId) -> Result<u64, Error> {
        Ok(self.slo_book(slo)?.samples())
    }

    /// What changed about objectives since a watch last looked; the time is that of each question.
    pub fn watch_slos(&self, watch: &mut SloWatch, at: Option<Timestamp>) -> Vec<SloChange> {
        watch.look(&Shelf::new(self.slo_layers()).books(), at)
    }

    /// The objective of a number, under the terms that hold now.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an objective that was not created.
    pub fn objective(&self, slo: SloId) -> Result<&Objective, Error> {
        self.slos.get(slo)
    }

    fn ids(&self, span: SpanHandle) -> Option<(crate::TraceId, crate::SpanId)> {
        self.tracer.context(span).map(|context| (context.trace_id, context.span_id))
    }

    /// Every objective with what each layer knows of it.
    fn slo_layers(&self) -> impl Iterator<Item = (&Objective, &Tracked)> + Clone {
        [&self.absorbed, &self.settled].into_iter().flat_map(|layer| layer.slos.iter()).chain(self.slos.iter())
    }

    fn slo_book(&self, slo: SloId) -> Result<Book<'_>, Error> {
        let (objective, live) = self.slos.tracked(slo)?;
        if !Self::is_alone(objective) {
            return Shelf::book(self.slo_layers(), &objective.id);
        }
        // Nothing else has part in it, so it is found without looking at all.
        let others = self.layers().filter_map(|layer| layer.slos.0.get(objective));
        let layers: Vec<&Tracked> = others.chain([live]).collect();
        let patterns = layers.iter().map(|layer| &layer.patterns).collect();
        Ok(Book { objective, layers, patterns, parts: Vec::new() })
    }

    /// Whether no other objective has part in an objective: neither an earlier version nor a part.
    const fn is_alone(objective: &Objective) -> bool {
        objective.version <= 1 && !matches!(objective.indicator, Indicator::Composite(_))
    }

    /// Checks that a composite's parts are there, and keep as much of the past as it needs, as finely.
    fn check_parts(&self, objective: &Objective) -> Result<(), Error> {
        let Indicator::Composite(parts) = &objective.indicator else { return Ok(()) };
        for part in parts {
            let known = self.slo_layers().map(|(known, _)| known).filter(|known| known.id == part.id);
            let there = known.max().ok_or_else(|| unknown(&part.id))?;
            if matches!(there.indicator, Indicator::Composite(_)) {
                let text = format!("objective '{}': its part '{}' is a composite itself; name that one's parts", objective.id, part.id);
                return Err(Error::InvalidArgument(text));
            }
            Keeping::new(there).check_part_of(objective, &part.id)?;
        }
        Ok(())
    }
}

impl Happened<'_> {
    const fn plain(at: Timestamp) -> Self {
        Self { at, counts: Counts { good: 0, bad: 0 }, classes: Counts { good: 0, bad: 0 }, values: &[], context: None }
    }
}

fn unknown(id: &str) -> Error {
    Error::Unknown(String::from("no objective has the id '") + id + "'; create it first")
}
