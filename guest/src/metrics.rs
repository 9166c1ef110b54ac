//! Metrics for plugins: families that are declared once.
//!
//! Deliberately absent: state of the accounts. A family remembers the numbers of the label sets it
//! has resolved, so that a call by labels crosses to the host once a set. What its series can do is in
//! `series`.

use std::cell::RefCell;
use std::marker::PhantomData;

use codomyrmex_telemetry::query::Row;
use codomyrmex_telemetry::{Descriptor, Error, ExponentialOptions, Instrument, Outcome, SummaryOptions};

use crate::backend;
use crate::series::{Counter, Gauge, Histogram, Info, Series, State, Summary, UpDownCounter};

/// Label sets that a family remembers. A ledger keeps 2,000 of them by themselves and the rest as one, and
/// a plugin that makes up labels without end must not fill its memory with them. What is not remembered
/// crosses to the host each time.
const CACHED_MAX: usize = 4_096;

/// The metrics of this plugin.
#[derive(Clone, Copy, Debug)]
pub struct Metrics(());

/// What a family is called; what is left out is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct FamilyOptions<'a> {
    /// The name; a counter's with or without `_total`.
    pub name: &'a str,
    /// What it means, for people.
    pub help: &'a str,
    /// The unit, or empty.
    pub unit: &'a str,
    /// The names of its labels.
    pub labels: &'a [&'a str],
    /// Also keep the last so many nanoseconds of event time by themselves, for rates and for quantiles
    /// of lately. Not for gauges, infos and state sets.
    pub window: Option<u64>,
}

/// A declared family whose series are `I`s.
#[derive(Debug)]
pub struct Family<I> {
    number: u32,
    name: String,
    labels: Vec<String>,
    series: RefCell<Vec<(Vec<String>, u32)>>, // those resolved so far, in the order of their values
    instrument: PhantomData<I>,
}

/// A declared set of states: at most one of them holds.
#[derive(Debug)]
pub struct StateSet {
    family: Family<State>,
    states: Vec<String>,
}

/// The metrics of this plugin, shared by all of its code.
#[must_use]
pub const fn get_metrics() -> Metrics {
    Metrics(())
}

impl Metrics {
    /// Declares a counter, or finds it again.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the name is taken by another kind, unit or label set; otherwise by
    /// whose rule the options break.
    pub fn counter(&self, options: FamilyOptions<'_>) -> Result<Family<Counter>, Error> {
        Family::declare(options, Instrument::Counter)
    }

    /// Declares an up-down-counter, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn up_down_counter(&self, options: FamilyOptions<'_>) -> Result<Family<UpDownCounter>, Error> {
        Family::declare(options, Instrument::UpDownCounter)
    }

    /// Declares a gauge, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn gauge(&self, options: FamilyOptions<'_>) -> Result<Family<Gauge>, Error> {
        Family::declare(options, Instrument::Gauge)
    }

    /// Declares a histogram with these upper bounds, finite and rising, or finds it again. Those of the
    /// field are [`DEFAULT_BOUNDS`](crate::DEFAULT_BOUNDS) and [`OTEL_BOUNDS`](crate::OTEL_BOUNDS).
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn histogram(&self, options: FamilyOptions<'_>, bounds: &[f64]) -> Result<Family<Histogram>, Error> {
        Family::declare(options, Instrument::histogram(bounds))
    }

    /// Declares a histogram whose buckets follow the values, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn exponential_histogram(&self, options: FamilyOptions<'_>, settings: ExponentialOptions) -> Result<Family<Histogram>, Error> {
        Family::declare(options, Instrument::ExponentialHistogram(settings))
    }

    /// Declares a summary, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn summary(&self, options: FamilyOptions<'_>, settings: SummaryOptions) -> Result<Family<Summary>, Error> {
        Family::declare(options, Instrument::Summary(settings))
    }

    /// Declares facts, or finds them again. A fact holds from the moment its labels are given.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn info(&self, options: FamilyOptions<'_>) -> Result<Family<Info>, Error> {
        Family::declare(options, Instrument::Info)
    }

    /// Declares a set of states, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn state_set(&self, options: FamilyOptions<'_>, states: &[&str]) -> Result<StateSet, Error> {
        let family = Family::declare(options, Instrument::state_set(states))?;
        Ok(StateSet { family, states: states.iter().map(|state| String::from(*state)).collect() })
    }

    /// A clock that never falls: nanoseconds since a moment that stays the same.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        backend::elapsed()
    }
}

impl<I: From<Series>> Family<I> {
    pub(crate) fn declare(options: FamilyOptions<'_>, instrument: Instrument) -> Result<Self, Error> {
        let labels: Vec<String> = options.labels.iter().map(|label| String::from(*label)).collect();
        let (name, help, unit) = (options.name.into(), options.help.into(), options.unit.into());
        let descriptor = Descriptor { name, help, unit, labels: labels.clone(), instrument, window: options.window };
        let number = backend::declare(descriptor)?;
        Ok(Self { number, name: options.name.into(), labels, series: RefCell::default(), instrument: PhantomData })
    }

    /// The series with these label values, in the order of the label names. Hold it where it is
    /// used often.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of values, [`Error::Limit`] for one too long.
    pub fn with(&self, values: &[&str]) -> Result<I, Error> {
        let mut series = self.series.borrow_mut();
        let place = series.binary_search_by(|(key, _)| key.iter().map(String::as_str).cmp(values.iter().copied()));
        let number = match place {
            Ok(place) => series.get(place).map_or(0, |(_, number)| *number),
            Err(place) => {
                let values: Vec<String> = values.iter().map(|value| String::from(*value)).collect();
                let number = backend::resolve(self.number, &values)?;
                if series.len() < CACHED_MAX {
                    series.insert(place, (values, number));
                }
                number
            }
        };
        Ok(Series(number).into())
    }

    /// The series with these labels, by name, in any order.
    ///
    /// # Errors
    /// As [`Family::with`], and [`Error::InvalidArgument`] where the names are not the family's.
    pub fn labels(&self, labels: &[(&str, &str)]) -> Result<I, Error> {
        let value = |name: &String| labels.iter().find(|(given, _)| given == name).map(|(_, value)| *value);
        let values: Option<Vec<&str>> = self.labels.iter().map(value).collect();
        match values.filter(|values| values.len() == labels.len()) {
            Some(values) => self.with(&values),
            None => {
                let given: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
                Err(Error::InvalidArgument(format!(
                    "'{}' has the labels [{}], but [{}] were given",
                    self.name,
                    self.labels.join(", "),
                    given.join(", ")
                )))
            }
        }
    }

    /// The series with the greatest values, at most so many, the greatest first. No labels stand for all
    /// label sets past the limit together.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn top(&self, count: u32) -> Result<Vec<Row>, Error> {
        backend::top(self.number, count)
    }
}

impl Family<Counter> {
    /// Adds one to the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn inc(&self, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.inc())
    }

    /// Adds a value to the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn add(&self, value: f64, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.add(value, None))
    }
}

impl Family<UpDownCounter> {
    /// Adds a value to the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn add(&self, value: f64, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.add(value, None))
    }
}

impl Family<Gauge> {
    /// Sets the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn set(&self, value: f64, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.set(value, None))
    }

    /// Adds one to the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn inc(&self, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.inc())
    }

    /// Takes one away from the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn dec(&self, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.dec())
    }
}

impl Family<Histogram> {
    /// Records a value in the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn observe(&self, value: f64, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.observe(value, None))
    }
}

impl Family<Summary> {
    /// Records a value in the series with these labels.
    ///
    /// # Errors
    /// As [`Family::labels`].
    pub fn observe(&self, value: f64, labels: &[(&str, &str)]) -> Result<Outcome, Error> {
        Ok(self.labels(labels)?.observe(value, None))
    }
}

impl StateSet {
    /// Says which state holds for these label values; the others then do not. `at` is when, in
    /// nanoseconds since 1970; `None` is now, one moment for all. The answer is the first that is not
    /// [`Outcome::Recorded`], if there is one. Where there is an error no state has changed.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a state that is none and for another number of values,
    /// [`Error::Limit`] for a value too long.
    pub fn set(&self, values: &[&str], state: &str, at: Option<u64>) -> Result<Outcome, Error> {
        self.with(values, state)?;
        let series = self.states.iter().map(|other| Ok((other == state, self.with(values, other)?)));
        let series = series.collect::<Result<Vec<(bool, State)>, Error>>()?;
        let at = at.unwrap_or_else(backend::now);
        // All are set, whatever becomes of one.
        let outcomes: Vec<Outcome> = series.iter().map(|(holds, series)| series.set(*holds, Some(at))).collect();
        Ok(outcomes.into_iter().find(|outcome| *outcome != Outcome::Recorded).unwrap_or(Outcome::Recorded))
    }

    /// One state by itself, for states that may hold together.
    ///
    /// # Errors
    /// As [`StateSet::set`].
    pub fn with(&self, values: &[&str], state: &str) -> Result<State, Error> {
        let values: Vec<&str> = values.iter().copied().chain([state]).collect();
        self.family.with(&values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    fn options<'a>(name: &'a str, labels: &'a [&'a str]) -> FamilyOptions<'a> {
        FamilyOptions { name, labels, window: Some(60 * SECOND_NS), ..FamilyOptions::default() }
    }

    fn without_window<'a>(name: &'a str, labels: &'a [&'a str]) -> FamilyOptions<'a> {
        FamilyOptions { window: None, ..options(name, labels) }
    }

    #[test]
    fn histograms_and_summaries_have_rates() {
        let fixed = get_metrics().histogram(options("fixed", &[]), &[1.0]).unwrap().with(&[]).unwrap();
        let summary = get_metrics().summary(options("summary", &[]), SummaryOptions::default()).unwrap().with(&[]).unwrap();
        for second in 600..630 {
            fixed.observe(0.5, Some(second * SECOND_NS));
            summary.observe_times(0.5, 2, Some(second * SECOND_NS));
        }
        let counter = get_metrics().counter(options("counter", &[])).unwrap().with(&[]).unwrap();
        counter.add(30.0, Some(629 * SECOND_NS));
        let end = Some(629 * SECOND_NS);
        let (one, two) = (fixed.rate(end).unwrap(), summary.rate(end).unwrap());
        assert!(one > 0.0 && one == counter.rate(end).unwrap(), "{one}");
        assert_eq!(two, 2.0 * one);
        let bare = get_metrics().summary(without_window("bare", &[]), SummaryOptions::default()).unwrap().with(&[]).unwrap();
        assert!(matches!(bare.rate(end), Err(Error::InvalidArgument(_))));
    }

    #[test]
    fn one_more_and_one_less() {
        let pool = get_metrics().up_down_counter(without_window("pool", &[])).unwrap().with(&[]).unwrap();
        assert_eq!([pool.inc(), pool.inc(), pool.dec(), pool.dec(), pool.dec()], [Outcome::Recorded; 5]);
        assert_eq!(pool.value().unwrap(), Some(-1.0));
        let tank = get_metrics().gauge(without_window("tank", &["name"])).unwrap();
        let labels = [("name", "a")];
        tank.set(5.0, &labels).unwrap();
        for done in [tank.inc(&labels), tank.inc(&labels), tank.dec(&labels)] {
            assert_eq!(done.unwrap(), Outcome::Recorded);
        }
        assert_eq!(tank.with(&["a"]).unwrap().value().unwrap(), Some(6.0));
    }

    #[test]
    fn states_are_set_together_or_not_at_all() {
        let phase = get_metrics().state_set(without_window("phase", &["agent"]), &["plan", "act"]).unwrap();
        let values = || ["plan", "act"].map(|state| phase.with(&["one"], state).unwrap().value().unwrap());
        assert_eq!(phase.set(&["one"], "plan", Some(1)).unwrap(), Outcome::Recorded);
        assert_eq!(values(), [Some(1.0), Some(0.0)]);
        assert_eq!(phase.set(&["one"], "act", Some(u64::MAX)).unwrap(), Outcome::InvalidTime);
        assert!(matches!(phase.set(&["one"], "rest", Some(2)), Err(Error::InvalidArgument(_))));
        assert_eq!(values(), [Some(1.0), Some(0.0)]);
        assert_eq!(phase.set(&["one"], "act", None).unwrap(), Outcome::Recorded);
        assert_eq!(values(), [Some(0.0), Some(1.0)]);
    }

    #[test]
    fn a_family_remembers_only_so_many_label_sets() {
        let flood = get_metrics().counter(without_window("flood", &["n"])).unwrap();
        for number in 0..CACHED_MAX + 10 {
            assert_eq!(flood.with(&[&number.to_string()]).unwrap().inc(), Outcome::Recorded);
        }
        assert_eq!(flood.series.borrow().len(), CACHED_MAX);
        let last = flood.with(&[&(CACHED_MAX + 9).to_string()]).unwrap();
        assert_eq!(last.inc(), Outcome::Recorded); // resolved anew, and accounted as ever
        assert_eq!(flood.with(&["7"]).unwrap().value().unwrap(), Some(1.0));
    }
}
