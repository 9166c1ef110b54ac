//! Metrics: families of series in the data model of Prometheus and OpenMetrics.
//!
//! A family is declared once and found by number ([`registry`]); what was recorded is a map from
//! label values to points ([`family`]), and points merge exactly ([`point`]). Deliberately absent:
//! clocks, exports, and any knowledge of objectives and spans.

mod family;
mod point;
mod registry;

pub use family::{Families, Family, Schema, SeriesKey};
pub use point::{Gauge, Histogram, Point, Total};
pub(crate) use registry::Registry;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::float::Double;
use crate::limits::BOUNDS_MAX;
use crate::{Error, label};

/// The number of a declared family; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FamilyId(pub u32);

/// The number of a resolved series; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SeriesId(pub u32);

/// What a family measures with.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Instrument {
    /// A sum that never falls.
    Counter,
    /// A sum that may fall.
    UpDownCounter,
    /// The last value, by event time.
    Gauge,
    /// Counts in fixed buckets, by upper bound; the bucket to infinity is implied.
    Histogram(Vec<Double>), // finite, rising, at most BOUNDS_MAX
}

/// What a family is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Descriptor {
    /// The name; a counter's with or without `_total`.
    pub name: String,
    /// What it means, for people.
    pub help: String,
    /// The unit, or empty.
    pub unit: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// What it measures with.
    pub instrument: Instrument,
}

impl Instrument {
    /// A histogram with these upper bounds.
    #[must_use]
    pub fn histogram(bounds: &[f64]) -> Self {
        Self::Histogram(bounds.iter().copied().map(Double::new).collect())
    }

    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down-counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }

    /// The endings that its samples add to a family's name (OpenMetrics 1.0, section Suffixes).
    pub(crate) const fn suffixes(&self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["", "_total", "_created"],
            Self::UpDownCounter | Self::Gauge => &[""],
            Self::Histogram(_) => &["", "_bucket", "_count", "_sum", "_created"],
        }
    }

    /// How many lines an export writes of a series.
    pub(crate) fn lines(&self) -> u64 {
        match self {
            Self::Counter | Self::UpDownCounter | Self::Gauge => 1,
            Self::Histogram(bounds) => bounds.len() as u64 + 3,
        }
    }

    fn check(&self, family: &str) -> Result<(), Error> {
        let Self::Histogram(bounds) = self else { return Ok(()) };
        if bounds.len() > BOUNDS_MAX {
            return Err(Error::Limit(format!("histogram '{family}' has {} bounds; at most {BOUNDS_MAX} are kept", bounds.len())));
        }
        let rising = bounds.iter().zip(bounds.iter().skip(1)).all(|(low, high)| low.get() < high.get());
        if !rising || !bounds.iter().all(|bound| bound.get().is_finite()) {
            return Err(Error::InvalidArgument(format!(
                "the bounds of histogram '{family}' must be finite and rising; the bucket to infinity is implied"
            )));
        }
        Ok(())
    }
}

impl Descriptor {
    /// Checks it and splits it into what makes the family one and what is only said about it.
    pub(crate) fn parse(self) -> Result<(Schema, String), Error> {
        label::check_metric_name(&self.name)?;
        label::check_text(&self.name, &self.help)?;
        label::check_unit(&self.name, &self.unit)?;
        self.instrument.check(&self.name)?;
        let reserved: &[&str] = if matches!(self.instrument, Instrument::Histogram(_)) { &["le"] } else { &[] };
        label::check_label_names(&self.name, &self.labels, reserved)?;
        let mut name = self.name;
        if self.instrument == Instrument::Counter {
            // All of them: what is declared and what is read from bytes must come to the same name.
            name.truncate(name.trim_end_matches("_total").len());
        }
        if name.is_empty() {
            return Err(Error::InvalidName(String::from("a counter named '_total' has no name before its ending")));
        }
        Ok((Schema { name, instrument: self.instrument, unit: self.unit, labels: self.labels }, self.help))
    }
}
