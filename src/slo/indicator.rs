//! Indicators: where good and bad come from.
//!
//! The choices follow OpenSLO v1 (SLI, sections ratioMetric and thresholdMetric), and add spans and
//! other objectives. Deliberately absent: metrics and spans themselves; a selector names them, and the
//! ledger brings the two together.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::float::Double;
use crate::limits::{LABELS_MAX, OBJECTIVE_PARTS_MAX};
use crate::{Error, label};

/// What kind of thing an indicator is about; it does not change how it is counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SliType {
    /// Requests that were answered.
    Availability,
    /// Requests that were answered fast enough.
    Latency,
    /// Work done fast enough.
    Throughput,
    /// Requests that failed.
    ErrorRate,
    /// Resources with room left.
    Saturation,
}

/// How a value is compared with a threshold.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Comparison {
    /// value < threshold
    Below,
    /// value <= threshold
    AtMost,
    /// value > threshold
    Above,
    /// value >= threshold
    AtLeast,
}

/// Where good and bad come from.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Indicator {
    /// The recorder says it of each event.
    Events,
    /// The recorder gives a value; it is good when it compares so with this.
    Threshold(Comparison, Double),
    /// Records of this ledger's metrics are the events, from when the objective was created on.
    Metrics(MetricRatio),
    /// Finished spans are the events, from when the objective was created on.
    Spans(SpanSelector),
    /// Other objectives, each by its weight.
    Composite(Vec<Weighted>),
}

/// Series whose records are counted together.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MetricSelector {
    /// The family's name, with or without `_total`.
    pub name: String,
    /// The labels that must match, each name with its value; none takes all series.
    pub labels: Vec<(String, String)>,
    /// Of a histogram or a summary, only values that compare so count.
    pub threshold: Option<(Comparison, Double)>,
}

/// A part and the whole, from metrics. What is added to a counter counts as so many events, and each
/// value of a histogram or a summary as one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MetricRatio {
    /// Whether the part is what is good; otherwise it is what is bad.
    pub part_is_good: bool,
    /// The part.
    pub part: MetricSelector,
    /// The whole.
    pub total: MetricSelector,
}

/// Spans that are events. One is good when its status is no error and it did not take too long.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SpanSelector {
    /// The name they ended with.
    pub name: String,
    /// The attributes that must match, each key with its value as text; none takes all of the name.
    pub attributes: Vec<(String, String)>,
    /// How many nanoseconds a good one may take; `None` is any time.
    pub max_duration: Option<u64>,
}

/// An objective's part in another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Weighted {
    /// The objective's id.
    pub id: String,
    /// Its weight, at least 1.
    pub weight: u32,
}

impl Comparison {
    /// Whether a value compares so; `None` for NaN.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> Option<bool> {
        if value.is_nan() {
            return None;
        }
        Some(match self {
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
        })
    }
}

impl Indicator {
    /// Whether a value is good; `None` where it cannot be judged: NaN, or no threshold.
    #[must_use]
    pub fn judge(&self, value: f64) -> Option<bool> {
        let Self::Threshold(comparison, threshold) = self else { return None };
        comparison.holds(value, threshold.get())
    }

    pub(super) fn check(&self, id: &str) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::InvalidArgument(format!("objective '{id}': {what}")));
        match self {
            Self::Events => Ok(()),
            Self::Threshold(_, threshold) if threshold.get().is_nan() => wrong("the threshold must be a number"),
            Self::Threshold(..) => Ok(()),
            Self::Metrics(ratio) => [&ratio.part, &ratio.total].into_iter().try_for_each(|selector| selector.check(id)),
            Self::Spans(selector) => {
                label::check_length("span name", &selector.name)?;
                check_pairs(id, &selector.attributes)
            }
            Self::Composite(parts) => {
                if parts.is_empty() || parts.len() > OBJECTIVE_PARTS_MAX {
                    return Err(Error::Limit(format!("objective '{id}': a composite has 1 to {OBJECTIVE_PARTS_MAX} parts")));
                }
                for (place, part) in parts.iter().enumerate() {
                    label::check_length("objective id", &part.id)?;
                    if part.weight == 0 || part.id == id || parts.iter().take(place).any(|before| before.id == part.id) {
                        return wrong("a composite's parts are other objectives, each once, with a weight of at least 1");
                    }
                }
                Ok(())
            }
        }
    }
}

impl MetricSelector {
    /// Whether it takes a series: by its family's name, and its labels' names and values.
    #[must_use]
    pub fn takes(&self, family: [&str; 2], labels: &[String], values: &[String]) -> bool {
        family.contains(&self.name.as_str())
            && self.labels.iter().all(|(name, value)| labels.iter().zip(values).any(|pair| pair == (name, value)))
    }

    fn check(&self, id: &str) -> Result<(), Error> {
        label::check_length("family name", &self.name)?;
        if self.threshold.is_some_and(|(_, threshold)| threshold.get().is_nan()) {
            return Err(Error::InvalidArgument(format!("objective '{id}': the threshold must be a number")));
        }
        check_pairs(id, &self.labels)
    }
}

/// Pairs of a name and a value: few, short, each name once.
fn check_pairs(id: &str, pairs: &[(String, String)]) -> Result<(), Error> {
    if pairs.len() > LABELS_MAX {
        return Err(Error::Limit(format!("objective '{id}': {} labels or attributes; at most {LABELS_MAX} can be asked for", pairs.len())));
    }
    for (place, (name, value)) in pairs.iter().enumerate() {
        label::check_length("label or attribute", name)?;
        label::check_value(id, name, value)?;
        if pairs.iter().take(place).any(|(before, _)| before == name) {
            return Err(Error::InvalidArgument(format!("objective '{id}': '{name}' is asked for twice")));
        }
    }
    Ok(())
}
