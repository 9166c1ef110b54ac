//! What a family measures with, and the descriptor that declares it.
//!
//! Everything about a family is checked here, once, both where it is declared and where it is read
//! from bytes. Deliberately absent: what was recorded.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{ExponentialOptions, Schema, Values};
use crate::float::Double;
use crate::limits::{BOUNDS_MAX, QUANTILES_MAX, SERIES_BASE_BYTES, SLICES, STATES_MAX};
use crate::{Error, label};

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
    /// Counts in buckets whose width follows the values.
    ExponentialHistogram(ExponentialOptions),
    /// Quantiles.
    Summary(SummaryOptions),
    /// Labels that say a fact, with the value 1.
    Info,
    /// One series a state, with the value 0 or 1. The last label is the state; its name is the
    /// family's (OpenMetrics 1.0, section StateSet).
    StateSet(Vec<String>), // not empty, no two alike, at most STATES_MAX
}

/// The settings of a summary.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SummaryOptions {
    /// The quantiles that are exported, each in 0 to 1, rising.
    pub quantiles: Vec<Double>,
    /// Significant decimal digits that are kept of a value, 1 to 5.
    pub digits: u8,
}

/// What a family is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Descriptor {
    /// The name, any text; a counter's with or without `_total`.
    pub name: String,
    /// What it means, for people.
    pub help: String,
    /// The unit, or empty.
    pub unit: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// What it measures with.
    pub instrument: Instrument,
    /// Also keep the last so many nanoseconds of event time by themselves, for rates and for
    /// quantiles of lately. Not for gauges, infos and state sets.
    pub window: Option<u64>,
}

impl Default for SummaryOptions {
    /// The median, 0.9 and 0.99, to three digits.
    fn default() -> Self {
        Self { quantiles: [0.5, 0.9, 0.99].map(Double::new).into(), digits: 3 }
    }
}

impl Instrument {
    /// A histogram with these upper bounds.
    #[must_use]
    pub fn histogram(bounds: &[f64]) -> Self {
        Self::Histogram(bounds.iter().copied().map(Double::new).collect())
    }

    /// A state set of these states.
    #[must_use]
    pub fn state_set(states: &[&str]) -> Self {
        Self::StateSet(states.iter().map(|state| String::from(*state)).collect())
    }

    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down-counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
            Self::ExponentialHistogram(_) => "exponential-histogram",
            Self::Summary(_) => "summary",
            Self::Info => "info",
            Self::StateSet(_) => "state-set",
        }
    }

    /// The endings that its samples add to a family's name (OpenMetrics 1.0, section Suffixes).
    pub(crate) const fn suffixes(&self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["", "_total", "_created"],
            Self::UpDownCounter | Self::Gauge | Self::StateSet(_) => &[""],
            Self::Histogram(_) | Self::ExponentialHistogram(_) => &["", "_bucket", "_count", "_sum", "_created"],
            Self::Summary(_) => &["", "_count", "_sum", "_created"],
            Self::Info => &["", "_info"],
        }
    }

    /// The ending that is not part of a family's own name, whether it was declared with it or not.
    pub(super) const fn ending(&self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Info => "_info",
            _ => "",
        }
    }

    /// The labels that its export adds itself.
    const fn reserved_labels(&self) -> &'static [&'static str] {
        match self {
            Self::Histogram(_) | Self::ExponentialHistogram(_) => &["le"],
            Self::Summary(_) => &["quantile"],
            _ => &[],
        }
    }

    /// What a series of it counts against [`SERIES_BYTES_MAX`](crate::limits::SERIES_BYTES_MAX), with
    /// labels that cost so much a line.
    pub(super) fn cost(&self, line: u64) -> u64 {
        match self {
            Self::Counter | Self::UpDownCounter | Self::Gauge | Self::Info | Self::StateSet(_) => line,
            Self::Histogram(bounds) => (bounds.len() as u64 + 3) * line,
            Self::ExponentialHistogram(options) => (u64::from(options.max_size) / 2 + 3) * line,
            Self::Summary(options) => (options.quantiles.len() as u64 + 2) * line + 8 * Values::buckets_max(options.digits) as u64,
        }
    }

    fn check(&self, family: &str) -> Result<(), Error> {
        match self {
            Self::Histogram(bounds) => check_bounds(family, bounds),
            Self::ExponentialHistogram(options) => options.check(family),
            Self::Summary(options) => options.check(family),
            Self::StateSet(states) => check_states(family, states),
            Self::Counter | Self::UpDownCounter | Self::Gauge | Self::Info => Ok(()),
        }
    }
}

impl SummaryOptions {
    fn check(&self, family: &str) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::InvalidArgument(format!("summary '{family}' {what}")));
        let quantiles = &self.quantiles;
        if quantiles.len() > QUANTILES_MAX {
            return Err(Error::Limit(format!("summary '{family}' has {} quantiles; at most {QUANTILES_MAX} are kept", quantiles.len())));
        }
        if !(1..=5).contains(&self.digits) {
            return wrong(&format!("cannot keep {} significant digits; 1 to 5 can be kept", self.digits));
        }
        if !quantiles.iter().all(|quantile| (0.0..=1.0).contains(&quantile.get()) && quantile.get().is_sign_positive()) {
            return wrong("has a quantile outside 0 to 1");
        }
        if !quantiles.iter().zip(quantiles.iter().skip(1)).all(|(low, high)| low < high) {
            return wrong("has quantiles that do not rise; give each once, in order");
        }
        Ok(())
    }
}

impl Descriptor {
    /// Checks it and splits it into what makes the family one and what is only said about it.
    pub(crate) fn parse(self) -> Result<(Schema, String), Error> {
        let Self { mut name, help, unit, mut labels, instrument, window } = self;
        label::check_metric_name(&name)?;
        label::check_text(&name, &help)?;
        label::check_unit(&name, &unit)?;
        instrument.check(&name)?;
        check_window(&name, &instrument, window)?;
        if !instrument.ending().is_empty() {
            // All of them: what is declared and what is read from bytes must come to the same name.
            name.truncate(name.trim_end_matches(instrument.ending()).len());
        }
        if name.is_empty() {
            return Err(Error::InvalidName(format!("'{}' alone is no name; something must stand before it", instrument.ending())));
        }
        if matches!(instrument, Instrument::StateSet(_)) && labels.last() != Some(&name) {
            labels.push(name.clone());
        }
        label::check_label_names(&name, &labels, instrument.reserved_labels())?;
        Ok((Schema { name, instrument, unit, labels, window }, help))
    }
}

/// What a label counts in a line beside its name. It is not the length of its value, since a limit that
/// followed the values would depend on the order in which they come.
const LABEL_BYTES: u64 = 64;

impl Schema {
    /// Checks the label values of a series.
    pub(crate) fn check_values(&self, values: &[String]) -> Result<(), Error> {
        label::check_label_values(&self.name, &self.labels, values)?;
        if let (Instrument::StateSet(states), Some(state)) = (&self.instrument, values.last())
            && !states.contains(state)
        {
            return Err(Error::InvalidArgument(format!("'{}' has no state '{state}'; it has {}", self.name, states.join(", "))));
        }
        Ok(())
    }

    /// What each of its series counts against [`SERIES_BYTES_MAX`](crate::limits::SERIES_BYTES_MAX).
    #[must_use]
    pub fn cost(&self) -> u64 {
        let labels: u64 = self.labels.iter().map(|name| name.len() as u64 + LABEL_BYTES).sum();
        let slices = if self.window.is_some() { SLICES + 1 } else { 1 };
        self.instrument.cost(SERIES_BASE_BYTES + labels) * slices
    }
}

fn check_bounds(family: &str, bounds: &[Double]) -> Result<(), Error> {
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

fn check_states(family: &str, states: &[String]) -> Result<(), Error> {
    if states.is_empty() || states.len() > STATES_MAX {
        return Err(Error::InvalidArgument(format!("state set '{family}' has {} states; it needs 1 to {STATES_MAX}", states.len())));
    }
    for (place, state) in states.iter().enumerate() {
        label::check_length("state", state)?;
        if states.iter().take(place).any(|earlier| earlier == state) {
            return Err(Error::InvalidArgument(format!("state set '{family}' has the state '{state}' twice")));
        }
    }
    Ok(())
}

fn check_window(family: &str, instrument: &Instrument, window: Option<u64>) -> Result<(), Error> {
    let Some(window) = window else { return Ok(()) };
    if matches!(instrument, Instrument::Gauge | Instrument::Info | Instrument::StateSet(_)) {
        return Err(Error::InvalidArgument(format!("'{family}' is a {}, which keeps no window; leave it out", instrument.name())));
    }
    if window < SLICES || window > i64::MAX as u64 {
        return Err(Error::InvalidArgument(format!("the window of '{family}' is {window} ns; it must be from {SLICES} ns to 2^63 - 1 ns")));
    }
    Ok(())
}
