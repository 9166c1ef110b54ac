//! Where an objective's good and bad come from, as plain objects.
//!
//! Deliberately absent: metrics and spans themselves.

use codomyrmex_telemetry::slo::{MetricRatio, MetricSelector, SpanSelector, Weighted};
use codomyrmex_telemetry::{Comparison, Double, Error, Indicator};
use serde::Deserialize;

use super::length;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireIndicator {
    Events,
    Threshold(WireThreshold),
    Metrics(WireMetricRatio),
    Spans(WireSpanSelector),
    Composite(Vec<WireWeighted>),
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct WireThreshold {
    comparison: WireComparison,
    value: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireComparison {
    Below,
    AtMost,
    Above,
    AtLeast,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireMetricRatio {
    part_is_good: bool,
    part: WireMetricSelector,
    total: WireMetricSelector,
}

#[derive(Deserialize)]
struct WireMetricSelector {
    name: String,
    labels: Vec<(String, String)>,
    threshold: Option<WireThreshold>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireSpanSelector {
    name: String,
    attributes: Vec<(String, String)>,
    max_duration: Option<(f64, f64)>,
}

#[derive(Deserialize)]
pub(super) struct WireWeighted {
    id: String,
    weight: u32,
}

impl TryFrom<WireIndicator> for Indicator {
    type Error = Error;

    fn try_from(wire: WireIndicator) -> Result<Self, Error> {
        Ok(match wire {
            WireIndicator::Events => Self::Events,
            WireIndicator::Threshold(threshold) => {
                let (comparison, value) = threshold.into();
                Self::Threshold(comparison, value)
            }
            WireIndicator::Metrics(WireMetricRatio { part_is_good, part, total }) => {
                Self::Metrics(MetricRatio { part_is_good, part: part.into(), total: total.into() })
            }
            WireIndicator::Spans(WireSpanSelector { name, attributes, max_duration }) => {
                Self::Spans(SpanSelector { name, attributes, max_duration: max_duration.map(length).transpose()? })
            }
            WireIndicator::Composite(parts) => {
                Self::Composite(parts.into_iter().map(|WireWeighted { id, weight }| Weighted { id, weight }).collect())
            }
        })
    }
}

impl From<WireThreshold> for (Comparison, Double) {
    fn from(wire: WireThreshold) -> Self {
        let comparison = match wire.comparison {
            WireComparison::Below => Comparison::Below,
            WireComparison::AtMost => Comparison::AtMost,
            WireComparison::Above => Comparison::Above,
            WireComparison::AtLeast => Comparison::AtLeast,
        };
        (comparison, wire.value.into())
    }
}

impl From<WireMetricSelector> for MetricSelector {
    fn from(WireMetricSelector { name, labels, threshold }: WireMetricSelector) -> Self {
        Self { name, labels, threshold: threshold.map(Into::into) }
    }
}
