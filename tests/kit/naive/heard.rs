//! What an event is to an objective: good or bad, part or whole, or nothing.

use codomyrmex_telemetry::slo::{MetricRatio, MetricSelector, SpanSelector};
use codomyrmex_telemetry::{Comparison, Indicator, Instrument, SpanData, SpanStatus, Value};

use super::{FAMILIES, OBJECTIVES};
use crate::event::Event;

/// What an event is to an objective that it concerns.
pub(super) enum Meaning {
    /// So many good and bad ones; of an indicator over metrics, of the part and of the whole.
    Counts { at: u64, counts: [u64; 2] },
    /// A record of metrics that is no whole number of events.
    Uncounted,
}

/// What a recorded event is to an objective; `None` where it does not concern it.
pub(super) fn meaning(slo: usize, event: &Event) -> Option<Meaning> {
    let of = |at: u64, good: bool, count: u64| Meaning::Counts { at, counts: if good { [count, 0] } else { [0, count] } };
    match (&OBJECTIVES[slo].indicator, event) {
        (_, Event::Count { slo: told, good, count, at, .. }) if *told == slo => Some(of(*at, *good, *count)),
        (Indicator::Threshold(comparison, threshold), Event::Judge { slo: told, value, at, .. }) if *told == slo => {
            Some(of(*at, compares(*comparison, *value, threshold.get()), 1))
        }
        (Indicator::Metrics(ratio), _) => in_metrics(ratio, event),
        (Indicator::Spans(selector), Event::Span { data, .. }) if is_selected(selector, data) => {
            let took = data.ended.nanos() - data.started.nanos();
            let failed = matches!(data.status, SpanStatus::Error(_));
            Some(of(data.ended.nanos(), !failed && selector.max_duration.is_none_or(|most| took <= most), 1))
        }
        _ => None,
    }
}

/// Whether any objective hears of a series of a family.
pub(crate) fn is_heard_of(family: usize) -> bool {
    ratios().any(|ratio| [&ratio.part, &ratio.total].iter().any(|selector| is_named(selector, family)))
}

/// Whether any objective hears of a series.
pub(super) fn is_series_heard_of(family: usize, labels: &[String]) -> bool {
    ratios().any(|ratio| [&ratio.part, &ratio.total].iter().any(|selector| is_taken(selector, family, labels)))
}

fn ratios() -> impl Iterator<Item = &'static MetricRatio> {
    OBJECTIVES.iter().filter_map(|objective| if let Indicator::Metrics(ratio) = &objective.indicator { Some(ratio) } else { None })
}

fn in_metrics(ratio: &MetricRatio, event: &Event) -> Option<Meaning> {
    let (family, labels, value, times, at) = match event {
        Event::Add { family, labels, value, at } => (*family, labels, *value, 1, *at),
        Event::Observe { family, labels, value, times, at } => (*family, labels, *value, *times, *at),
        Event::RecordIn { family, labels, value, at, .. } => (*family, labels, *value, 1, Some(*at)),
        _ => return None,
    };
    let counts = |selector: &MetricSelector| {
        let compares = |(comparison, threshold): (Comparison, codomyrmex_telemetry::Double)| compares(comparison, value, threshold.get());
        is_taken(selector, family, labels) && selector.threshold.is_none_or(compares)
    };
    let (part, total) = (counts(&ratio.part), counts(&ratio.total));
    if !part && !total {
        return None;
    }
    let is_counter = FAMILIES[family].instrument == Instrument::Counter;
    if is_counter && (value.fract() != 0.0 || value > 9_007_199_254_740_992.0) {
        return Some(Meaning::Uncounted); // past 2^53 not every whole number is a double
    }
    let amount = if is_counter { value as u64 } else { times.into() };
    Some(Meaning::Counts { at: at?, counts: [part, total].map(|counted| if counted { amount } else { 0 }) })
}

/// Whether a selector takes a series, whatever its values are.
fn is_taken(selector: &MetricSelector, family: usize, labels: &[String]) -> bool {
    let known = &FAMILIES[family];
    let has = |(name, value): &(String, String)| known.labels.iter().zip(labels).any(|(label, there)| label == name && there == value);
    let has_values = !matches!(known.instrument, Instrument::Counter);
    is_named(selector, family) && selector.labels.iter().all(has) && (has_values || selector.threshold.is_none())
}

fn is_named(selector: &MetricSelector, family: usize) -> bool {
    let plain = |name: &str| name.strip_suffix("_total").unwrap_or(name).to_string();
    let is_one = matches!(
        FAMILIES[family].instrument,
        Instrument::Counter | Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_)
    );
    is_one && plain(&selector.name) == plain(&FAMILIES[family].name)
}

fn is_selected(selector: &SpanSelector, span: &SpanData) -> bool {
    let has = |(key, value): &(String, String)| span.attributes.get(key).is_some_and(|there| text(there).as_ref() == Some(value));
    span.name == selector.name.as_str() && selector.attributes.iter().all(has)
}

/// An attribute's value as text; a list is no one thing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.get().to_string()),
        _ => None,
    }
}

fn compares(comparison: Comparison, value: f64, threshold: f64) -> bool {
    match comparison {
        Comparison::Below => value < threshold,
        Comparison::AtMost => value <= threshold,
        Comparison::Above => value > threshold,
        Comparison::AtLeast => value >= threshold,
    }
}
