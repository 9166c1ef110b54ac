//! Metrics for plugins: families that are declared once, and handles of their series.
//!
//! Deliberately absent: state of the accounts. A family remembers the numbers of the label sets it
//! has resolved, so that a call by labels crosses to the host once a set.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use codomyrmex_telemetry::{Descriptor, Error, Instrument, Outcome};

use crate::backend;

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
}

/// A declared family whose series are `I`s.
#[derive(Debug)]
pub struct Family<I> {
    number: u32,
    series: RefCell<BTreeMap<Vec<String>, u32>>, // those resolved so far
    instrument: PhantomData<I>,
}

/// A series of a counter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counter(u32);

/// A series of an up-down-counter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpDownCounter(u32);

/// A series of a gauge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gauge(u32);

/// A series of a histogram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Histogram(u32);

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

    /// Declares a histogram with these upper bounds, finite and rising, or finds it again.
    ///
    /// # Errors
    /// As [`Metrics::counter`].
    pub fn histogram(&self, options: FamilyOptions<'_>, bounds: &[f64]) -> Result<Family<Histogram>, Error> {
        Family::declare(options, Instrument::histogram(bounds))
    }
}

impl<I: From<Series>> Family<I> {
    fn declare(options: FamilyOptions<'_>, instrument: Instrument) -> Result<Self, Error> {
        let labels = options.labels.iter().map(|label| String::from(*label)).collect();
        let descriptor = Descriptor { name: options.name.into(), help: options.help.into(), unit: options.unit.into(), labels, instrument };
        Ok(Self { number: backend::declare(descriptor)?, series: RefCell::default(), instrument: PhantomData })
    }

    /// The series with these label values, in the order of the label names. Hold it where it is
    /// used often.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of values, [`Error::Limit`] for one too long
    /// or a series too many.
    pub fn with(&self, values: &[&str]) -> Result<I, Error> {
        let values: Vec<String> = values.iter().map(|value| String::from(*value)).collect();
        let mut series = self.series.borrow_mut();
        if let Some(number) = series.get(&values) {
            return Ok(Series(*number).into());
        }
        let number = backend::resolve(self.number, &values)?;
        series.insert(values, number);
        Ok(Series(number).into())
    }
}

/// The number of a resolved series; only a family makes one.
#[derive(Clone, Copy, Debug)]
pub struct Series(u32);

impl From<Series> for Counter {
    fn from(series: Series) -> Self {
        Self(series.0)
    }
}

impl From<Series> for UpDownCounter {
    fn from(series: Series) -> Self {
        Self(series.0)
    }
}

impl From<Series> for Gauge {
    fn from(series: Series) -> Self {
        Self(series.0)
    }
}

impl From<Series> for Histogram {
    fn from(series: Series) -> Self {
        Self(series.0)
    }
}

impl Counter {
    /// Adds one.
    pub fn inc(self) -> Outcome {
        self.add(1.0, None)
    }

    /// Adds a value that is finite and not negative. `at` is when, in nanoseconds since 1970.
    pub fn add(self, value: f64, at: Option<u64>) -> Outcome {
        backend::add(self.0, value, at)
    }
}

impl UpDownCounter {
    /// Adds a finite value. `at` is when, in nanoseconds since 1970.
    pub fn add(self, value: f64, at: Option<u64>) -> Outcome {
        backend::add(self.0, value, at)
    }
}

impl Gauge {
    /// Sets the value; the latest time wins. `at` is when, in nanoseconds since 1970; `None` is now.
    pub fn set(self, value: f64, at: Option<u64>) -> Outcome {
        backend::set(self.0, value, at)
    }
}

impl Histogram {
    /// Records a finite value. `at` is when, in nanoseconds since 1970.
    pub fn observe(self, value: f64, at: Option<u64>) -> Outcome {
        backend::observe(self.0, value, at)
    }
}
