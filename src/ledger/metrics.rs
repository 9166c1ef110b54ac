//! The ledger's metrics: families and series, and what is recorded by number.
//!
//! Deliberately absent: what becomes of a point; see `crate::metrics`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Ledger;
use super::feeds::{Amount, Recorded};
use super::room::check_keys;
use crate::float::Double;
use crate::limits::FAMILIES_MAX;
use crate::metrics::{Descriptor, Exemplar, Family, FamilyId, Point, Schema, Series, SeriesId};
use crate::query::{self, Asked, Row};
use crate::time::Timestamp;
use crate::tracer::{SpanContext, SpanHandle};
use crate::{Error, Outcome};

impl Ledger {
    /// Declares a family, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the name is taken by another kind, unit or label set; otherwise
    /// by whose rule the descriptor breaks.
    pub fn declare(&mut self, descriptor: Descriptor) -> Result<FamilyId, Error> {
        let (schema, help) = descriptor.parse()?;
        let others = [&self.absorbed, &self.settled].into_iter().flat_map(|layer| layer.metrics.0.keys());
        check_keys("families", FAMILIES_MAX, others.chain(self.metrics.schemas()), core::iter::once(&schema))?;
        self.metrics.declare(schema, help)
    }

    /// The series with these label values, in the order of the family's label names; of a state set the
    /// last value is the state.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of values or a state that is none,
    /// [`Error::Limit`] for a value too long, [`Error::Unknown`] for a family that was not declared.
    pub fn resolve(&mut self, family: FamilyId, values: &[String]) -> Result<SeriesId, Error> {
        let (feeds, slos) = (&mut self.feeds, &self.slos);
        self.metrics.resolve(family, values, |schema, values| feeds.watch(slos, schema, values))
    }

    /// Adds to a counter or an up-down-counter; or to a gauge, which is then set to what it last was in
    /// this ledger and the value together, just after it if need be. `at` must be given for a gauge and
    /// for a family with a window.
    #[inline]
    pub fn add(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let mut outcome = self.metrics.add(series, value, at);
        if outcome.is_recorded() {
            self.feed(series, Recorded::of(value, at));
        } else if outcome == Outcome::WrongKind {
            outcome = self.change_gauge(series, value, at);
        }
        self.account(outcome, at)
    }

    /// Adds to a counter that needs no time, which most are; `false` where it is another case, and then nothing
    /// changed: [`Ledger::add`] has the answer. The shortest way there is.
    #[inline]
    pub fn add_plainly(&mut self, series: SeriesId, value: f64) -> bool {
        self.metrics.add_plainly(series, value)
    }

    /// Sets a gauge, or a state to 1 or 0.
    pub fn set(&mut self, series: SeriesId, value: f64, at: Timestamp) -> Outcome {
        let outcome = self.metrics.set(series, value, at);
        self.account(outcome, Some(at))
    }

    /// Records a value into a histogram or a summary. `at` must be given for a family with a window.
    #[inline]
    pub fn observe(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        self.observe_times(series, value, 1, at)
    }

    /// Records a value so many times at once.
    #[inline]
    pub fn observe_times(&mut self, series: SeriesId, value: f64, times: u32, at: Option<Timestamp>) -> Outcome {
        let outcome = self.metrics.observe(series, value, times, at);
        if outcome.is_recorded() {
            self.feed(series, Recorded { amount: Amount::Times(times.into()), ..Recorded::of(value, at) });
        }
        self.account(outcome, at)
    }

    /// Adds or observes, by the series' kind, and offers the record as an exemplar of the span's trace,
    /// if the span is open and its trace is sampled.
    pub fn record_in(&mut self, series: SeriesId, value: f64, at: Timestamp, span: SpanHandle) -> Outcome {
        let mut amount = Amount::Value;
        let mut outcome = self.metrics.add(series, value, Some(at));
        if outcome == Outcome::WrongKind {
            amount = Amount::Times(1);
            outcome = self.metrics.observe(series, value, 1, Some(at));
        }
        if outcome.is_recorded() {
            self.feed(series, Recorded { amount, span, ..Recorded::of(value, Some(at)) });
        }
        if outcome.is_recorded()
            && let Some(context) = self.tracer.context(span).cloned()
        {
            self.offer(series, value, at, &context);
        }
        self.account(outcome, Some(at))
    }

    /// Offers what was recorded as an exemplar, if its trace is sampled.
    pub(super) fn offer(&mut self, series: SeriesId, value: f64, at: Timestamp, context: &SpanContext) {
        if context.is_sampled() {
            let exemplar = Exemplar { value: Double::new(value), at, trace_id: context.trace_id, span_id: context.span_id };
            self.metrics.offer(series, exemplar);
        }
    }

    /// Adds a point that was made elsewhere, of a counter, an up-down-counter or a histogram of either kind: sums
    /// and counts exactly. It is of a family like this series', without exemplars; those are offered beside it.
    /// Objectives hear of the buckets of which all values are on one side of their threshold; of others they count
    /// that they could not be judged.
    pub fn merge_point(&mut self, series: SeriesId, point: &Point, exemplars: &[Exemplar]) -> Outcome {
        let outcome = self.metrics.merge(series, point);
        if outcome.is_recorded() {
            self.feed_point(series, point);
            exemplars.iter().filter(|exemplar| exemplar.value.get().is_finite()).for_each(|exemplar| self.metrics.offer(series, *exemplar));
        }
        self.account(outcome, point.extent().bounds().map(|(_, last)| last))
    }

    /// Whether a record of this series must say its time.
    #[must_use]
    #[inline]
    pub fn needs_time(&self, series: SeriesId) -> bool {
        self.metrics.needs_time(series)
    }

    /// Asks something of a series, of all that this ledger knows of it.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a number that was not given; otherwise the question's own.
    pub fn ask<T>(&self, series: SeriesId, question: impl FnOnce(Asked<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let unknown = || Error::Unknown(format!("no series has the number {}; resolve it first", series.0));
        let (schema, key) = self.metrics.describe(series).ok_or_else(unknown)?;
        let whole = if let Some(key) = key {
            let mut whole = self.metrics.series(series).ok_or_else(unknown)?.clone();
            let parts = [&self.absorbed, &self.settled].into_iter().filter_map(|layer| layer.metrics.0.get(schema)?.series.get(key));
            parts.for_each(|part| whole.merge(schema, part));
            whole
        } else {
            // What was pushed out here may still stand by itself in the layers below.
            self.whole(schema).overflow.unwrap_or_else(|| Series::new(schema))
        };
        question(Asked { schema, series: &whole })
    }

    /// The series of a family with the greatest values, of all that this ledger knows of it; see
    /// [`query::top`].
    ///
    /// # Errors
    /// [`Error::Unknown`] for a number that was not given.
    pub fn top(&self, family: FamilyId, count: usize) -> Result<Vec<Row>, Error> {
        let unknown = || Error::Unknown(format!("no family has the number {}; declare it first", family.0));
        let schema = self.metrics.schema(family).ok_or_else(unknown)?;
        Ok(query::top(schema, &self.whole(schema), count))
    }

    /// A family, of all that this ledger knows of it.
    fn whole(&self, schema: &Schema) -> Family {
        let mut whole = self.metrics.family(schema).unwrap_or_default();
        let parts = [&self.absorbed, &self.settled].into_iter().filter_map(|layer| layer.metrics.0.get(schema));
        parts.for_each(|part| whole.merge(schema, part));
        whole
    }

    fn change_gauge(&mut self, series: SeriesId, change: f64, at: Option<Timestamp>) -> Outcome {
        let Some(last) = self.metrics.gauge(series) else { return Outcome::WrongKind };
        let Some(at) = at else { return Outcome::InvalidTime };
        if !change.is_finite() {
            return Outcome::InvalidValue;
        }
        let Some((last_at, last)) = last else { return self.metrics.set(series, change, at) };
        // Clocks may be coarser than calls are apart, and what is written later must hold.
        let after = Timestamp::from_nanos(last_at.nanos() + 1).unwrap_or(last_at);
        self.metrics.set(series, last.get() + change, at.max(after))
    }
}
