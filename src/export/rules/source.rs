//! Where rules read good and bad from: series, and what is asked of them over a lookback.
//!
//! The ledger's own counters say it of every objective. An indicator over metrics reads the series that it
//! names instead, as Prometheus would without a ledger, where it is sure what Prometheus calls them: one family,
//! whose names need no escaping, of which nothing went to an overflow; and of a histogram, a threshold that is
//! one of its bounds. A composite reads its parts' counters, each by its weight: one of its own would fall
//! where a part begins again. Deliberately absent: rates, and what is recorded.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::quoted;
use super::slos::events_name;
use crate::export::number;
use crate::label::{is_legacy, is_legacy_label};
use crate::metrics::{Families, Instrument};
use crate::slo::{Comparison, Indicator, MetricSelector, Objective};

/// Where good and bad come from.
pub(super) enum Source {
    /// The ledger's counters of these objectives, by weight.
    Ledger(Vec<(u32, String)>),
    /// The series that an indicator names: the part, the whole, and whether the part is what is good.
    Series(Measure, Measure, bool),
}

/// Series that are counted together: the sum of some, less the sum of others.
pub(super) struct Measure {
    plus: String,
    minus: Option<String>,
}

impl Source {
    pub(super) fn new(objective: &Objective, families: &Families) -> Self {
        let parts = match &objective.indicator {
            Indicator::Metrics(ratio) => {
                let measures = Measure::new(&ratio.part, families).zip(Measure::new(&ratio.total, families));
                if let Some((part, total)) = measures {
                    return Self::Series(part, total, ratio.part_is_good);
                }
                &[][..]
            }
            Indicator::Composite(parts) => parts,
            _ => &[],
        };
        if parts.is_empty() {
            return Self::Ledger(alloc::vec![(1, objective.id.clone())]);
        }
        Self::Ledger(parts.iter().map(|part| (part.weight, part.id.clone())).collect())
    }

    /// The share of bad events over a lookback; nothing where nothing happened.
    pub(super) fn ratio(&self, lookback: &str) -> String {
        let (bad, total) = (self.bad(lookback), self.total(lookback));
        match self {
            // A part that is more than its whole is the whole.
            Self::Series(_, _, false) => format!("clamp_max(\n  {bad}\n  /\n  ({total} > 0),\n  1\n)"),
            _ => format!("{bad}\n/\n({total} > 0)"),
        }
    }

    /// How many events were bad over a lookback.
    pub(super) fn bad(&self, lookback: &str) -> String {
        match self {
            Self::Ledger(parts) => of_parts(parts, ",outcome=\"bad\"", |series| format!("increase({series}[{lookback}])")),
            Self::Series(part, total, part_is_good) => {
                // A series begins with the first record; until then the part is none of the whole.
                let (part, total) = (part.increase(lookback), total.increase(lookback));
                if *part_is_good { format!("clamp_min({total} - ({part} or {total} * 0), 0)") } else { format!("({part} or {total} * 0)") }
            }
        }
    }

    /// How many events there were over a lookback.
    pub(super) fn total(&self, lookback: &str) -> String {
        match self {
            Self::Ledger(parts) => of_parts(parts, "", |series| format!("increase({series}[{lookback}])")),
            Self::Series(_, total, _) => total.increase(lookback),
        }
    }

    /// How many events there had been, so long ago, as far as a time before that knows.
    pub(super) fn counted(&self, reach: &str, ago: &str) -> String {
        let last = |series: &str| format!("last_over_time({series}[{reach}] offset {ago})");
        match self {
            Self::Ledger(parts) => of_parts(parts, "", |series| last(&series)),
            Self::Series(_, total, _) => total.sum(last),
        }
    }
}

/// The sum of something over the ledger's counters of objectives, by weight. One that is not there adds none.
fn of_parts(parts: &[(u32, String)], outcome: &str, of: impl Fn(String) -> String) -> String {
    let terms = parts.iter().map(|(weight, id)| {
        let term = of(format!("{}{{slo={}{outcome}}}", events_name(), quoted(id)));
        if *weight == 1 { term } else { format!("{weight} * {term}") }
    });
    format!("sum({})", terms.collect::<Vec<_>>().join(" or "))
}

impl Measure {
    /// The series of a selector; `None` where it is not sure which they are.
    fn new(selector: &MetricSelector, families: &Families) -> Option<Self> {
        let mut named = families.0.iter().filter(|(schema, _)| schema.name == selector.name || schema.exposed_name() == selector.name);
        let (schema, family) = named.next().filter(|_| named.next().is_none())?;
        let is_plain = schema.name.char_indices().all(|(at, c)| is_legacy(at, c))
            && schema.labels.iter().flat_map(|name| name.char_indices()).all(|(at, c)| is_legacy_label(at, c))
            && selector.labels.iter().all(|(name, _)| schema.labels.contains(name));
        if !is_plain || family.overflow.is_some() {
            return None;
        }
        let labels: Vec<String> = selector.labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let series = |ending: &str, more: Option<String>| {
            let labels = labels.iter().cloned().chain(more).collect::<Vec<_>>().join(",");
            if labels.is_empty() { format!("{}{ending}", schema.name) } else { format!("{}{ending}{{{labels}}}", schema.name) }
        };
        match (&schema.instrument, selector.threshold) {
            (Instrument::Counter, None) => Some(Self::one(series("_total", None))),
            (Instrument::Histogram(_) | Instrument::Summary(_), None) => Some(Self::one(series("_count", None))),
            (Instrument::Histogram(bounds), Some((comparison, bound))) if bounds.contains(&bound) => {
                let below = series("_bucket", Some(bucket(bound.get())?));
                match comparison {
                    Comparison::AtMost => Some(Self::one(below)),
                    Comparison::Above => Some(Self { plus: series("_count", None), minus: Some(below) }),
                    Comparison::Below | Comparison::AtLeast => None, // what lies on a bound is below it
                }
            }
            _ => None,
        }
    }

    const fn one(series: String) -> Self {
        Self { plus: series, minus: None }
    }

    fn increase(&self, lookback: &str) -> String {
        self.sum(|series| format!("increase({series}[{lookback}])"))
    }

    fn sum(&self, of: impl Fn(&str) -> String) -> String {
        let plus = format!("sum({})", of(&self.plus));
        self.minus.as_ref().map_or_else(|| plus.clone(), |minus| format!("({plus} - sum({}))", of(minus)))
    }
}

/// The label of a bucket, which is `1` in one format and `1.0` in others; `None` where others have an exponent.
fn bucket(bound: f64) -> Option<String> {
    let size = bound.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return None;
    }
    let mut text = String::new();
    number::double(&mut text, bound);
    Some(if text.contains('.') { format!("le=\"{text}\"") } else { format!("le=~\"{text}|{text}[.]0\"") })
}
