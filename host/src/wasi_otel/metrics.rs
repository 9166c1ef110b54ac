//! Metrics that a guest's SDK has aggregated, into the ledger's families.
//!
//! A metric becomes a family of its name, unit and description: a monotonic sum a counter, another sum an
//! up-down-counter, the rest what it is called. The attributes of the points in the first export that has it are
//! its labels from then on; a point without one of them has it empty. A point with another one is counted without
//! it, and that is a drop: many attributes are there only where something failed, and no failure may be missing in
//! the whole. A gauge is not taken then, since it would be another one's value. Points of one name from two scopes are
//! added up. Deltas are added, cumulative points as what came since the export before ([`super::stream`]).
//! Deliberately absent: the resource, and the attributes of a scope.

use std::collections::BTreeSet;

use codomyrmex_telemetry::limits::{LABELS_MAX, NAME_BYTES_MAX};
use codomyrmex_telemetry::metrics::Exemplar;
use codomyrmex_telemetry::{Descriptor, Error, Extent, Instrument, Outcome, SeriesId, Timestamp};

use super::bindings::{metrics, types};
use super::point::{Buckets, Counted, Refusal, Type};
use super::stream::{Covered, Known};
use super::{convert, point, value};
use crate::TelemetryCtx;

/// Reasons that an answer tells one by one.
const REASONS_MAX: usize = 8;
/// Characters of a guest's own words in a reason: what a guest is told goes into its memory, which may be small.
const WORDS_MAX: usize = 64;
/// Characters of a reason.
const REASON_MAX: usize = 256;

/// A metric but its points.
struct Head<'m> {
    scope: (&'m str, &'m str),
    name: &'m str,
    help: &'m str,
    unit: &'m str,
}

/// A point of any kind.
struct Item {
    attributes: Vec<types::KeyValue>,
    instrument: Instrument,
    said: Result<Said, Refusal>,
    exemplars: Vec<Exemplar>,
}

/// A point's attributes.
struct Named {
    values: Vec<String>, // of the labels, in the order of their names
    others: Vec<String>, // what is no label, in order
}

/// What a point says.
enum Said {
    Last(f64),
    Counted(Counted),
}

/// What the points of a metric have in common.
struct Common {
    start: Option<Timestamp>,
    time: Timestamp,
    temporality: Option<metrics::Temporality>, // `None` of a gauge
    is_monotonic: bool,
}

/// What was not taken.
#[derive(Default)]
struct Answer {
    points: usize,
    refused: usize,
    reasons: Vec<String>,
}

impl metrics::Host for TelemetryCtx {
    fn export(&mut self, metrics: metrics::ResourceMetrics) -> Result<(), String> {
        let mut answer = Answer::default();
        for scoped in metrics.scope_metrics {
            for metric in scoped.metrics {
                let metrics::Metric { name, description, unit, data } = metric;
                let head = Head { scope: convert::scope_name(&scoped.scope), name: &name, help: &description, unit: &unit };
                self.import(&head, data, &mut answer);
            }
        }
        answer.close()
    }
}

impl Answer {
    fn refuse(&mut self, name: &str, points: usize, why: &str) {
        self.refused += points;
        if self.reasons.len() < REASONS_MAX {
            self.reasons.push(format!("'{}': {}", first(name, WORDS_MAX), first(why, REASON_MAX)));
        }
    }

    fn close(self) -> Result<(), String> {
        if self.refused == 0 {
            return Ok(());
        }
        let Self { points, refused, reasons } = self;
        Err(format!("{refused} of {points} points were not taken, the others were: {}", reasons.join("; ")))
    }
}

impl TelemetryCtx {
    fn import(&mut self, head: &Head<'_>, data: metrics::MetricData, answer: &mut Answer) {
        let (common, items) = items(data);
        answer.points += items.len();
        let whole = common.and_then(|common| Ok((self.family(head, &items)?, common)));
        let (labels, common) = match whole {
            Ok(whole) => whole,
            Err(refusal) => {
                answer.refuse(head.name, items.len(), &refusal.why);
                (0..items.len()).for_each(|_| self.account(refusal.count.unwrap_or(Outcome::Recorded)));
                return;
            }
        };
        for item in items {
            if let Err(refusal) = self.take(head, &labels, &common, item) {
                answer.refuse(head.name, 1, &refusal.why);
                self.account(refusal.count.unwrap_or(Outcome::Recorded));
            }
        }
    }

    /// Finds or declares the family of a metric. Gives the names of its labels.
    fn family(&mut self, head: &Head<'_>, items: &[Item]) -> Result<Vec<String>, Refusal> {
        let Some(first) = items.first() else { return Ok(Vec::new()) };
        if let Some(known) = self.otel.streams.families.get(head.name) {
            return Ok(known.labels.clone());
        }
        let keys: BTreeSet<&str> = items.iter().flat_map(|item| item.attributes.iter().map(|attribute| attribute.key.as_str())).collect();
        let can_be_label = |key: &&str| !key.is_empty() && key.len() <= NAME_BYTES_MAX;
        let labels: Vec<String> = keys.into_iter().filter(can_be_label).take(LABELS_MAX).map(Into::into).collect();
        let id = self.ledger().declare(Descriptor {
            name: head.name.into(),
            help: head.help.into(),
            unit: head.unit.into(),
            labels: labels.clone(),
            instrument: first.instrument.clone(),
            window: None,
        });
        let known =
            Known { id: id.map_err(refused)?, labels: labels.clone(), instrument: first.instrument.clone(), unit: head.unit.into() };
        self.otel.streams.families.insert(head.name.into(), known);
        Ok(labels)
    }

    fn take(&mut self, head: &Head<'_>, labels: &[String], common: &Common, item: Item) -> Result<(), Refusal> {
        let Named { mut values, others } = named(labels, &item.attributes)?;
        let said = item.said?;
        let Some(known) = self.otel.streams.families.get(head.name) else { return Ok(()) };
        if known.instrument != item.instrument || known.unit != head.unit {
            let was = known.instrument.name();
            let why = format!("{was} is what it is already, with its own unit, bounds and zero threshold; another one needs another name");
            return Err(Refusal::new(Outcome::WrongKind, why));
        }
        let family = known.id;
        let series = self.ledger().resolve(family, &values).map_err(refused)?;
        let counted = match said {
            Said::Last(_) if !others.is_empty() => {
                let other = first(others.first().map_or("", String::as_str), WORDS_MAX);
                let why = format!("'{other}' was no attribute of it in the first export, so it is no label of it");
                return Err(Refusal::new(Outcome::OverLimit, why));
            }
            Said::Last(value) => return counted(self.ledger().set(series, value, common.time)),
            Said::Counted(counted) => counted,
        };
        let is_cut = !others.is_empty();
        values.extend(others);
        let covered = Covered { start: common.start.unwrap_or(common.time), time: common.time };
        match common.temporality {
            Some(metrics::Temporality::Cumulative) => {
                let key = (head.scope.0.into(), head.scope.1.into(), family, values);
                let increment = self.otel.streams.increment(&key, covered, &counted, common.is_monotonic)?;
                self.merge(series, common, &counted, increment, &item.exemplars)?;
                self.otel.streams.keep(key, covered, counted);
            }
            _ => {
                let whole = counted.whole(covered.start);
                self.merge(series, common, &counted, whole, &item.exemplars)?;
            }
        }
        self.account(if is_cut { Outcome::OverLimit } else { Outcome::Recorded });
        Ok(())
    }

    fn merge(
        &mut self,
        series: SeriesId,
        common: &Common,
        counted_in_all: &Counted,
        increment: super::stream::Increment,
        exemplars: &[Exemplar],
    ) -> Result<(), Refusal> {
        // A start of zero is that of a clock that nobody set.
        let since = if increment.since.nanos() == 0 { common.time } else { increment.since };
        let extent = Extent::new(since, common.time).unwrap_or_default();
        let extremes = counted_in_all.extremes.filter(|_| increment.buckets.are_any());
        match point::point(common.is_monotonic, increment.sum, increment.buckets, extremes, extent) {
            Some(point) => counted(self.ledger().merge_point(series, &point, exemplars)),
            None => Ok(()),
        }
    }
}

impl Buckets {
    /// Whether they hold something.
    fn are_any(&self) -> bool {
        match self {
            Self::None => false,
            Self::Fixed(counts) => counts.iter().any(|count| *count > 0),
            Self::Exponential(buckets) => buckets.count() > 0,
        }
    }
}

/// What the ledger said to a record; it has counted a drop.
fn counted(outcome: Outcome) -> Result<(), Refusal> {
    if outcome.is_recorded() { Ok(()) } else { Err(Refusal { why: outcome.name().into(), count: None }) }
}

fn refused(error: Error) -> Refusal {
    Refusal::new(convert::reason(&error), error.to_string())
}

/// A point's attributes: the values of its labels, and what is none of them.
fn named(labels: &[String], attributes: &[types::KeyValue]) -> Result<Named, Refusal> {
    let mut values = vec![String::new(); labels.len()];
    let mut others = Vec::new();
    for types::KeyValue { key, value } in attributes {
        if value.trim() == "null" {
            continue; // as if it was not there
        }
        let wrong = || Refusal::new(Outcome::InvalidValue, format!("the value of '{}' is not JSON", first(key, WORDS_MAX)));
        let value = value::label(value).ok_or_else(wrong)?;
        match labels.binary_search(key).ok().and_then(|place| values.get_mut(place)) {
            Some(slot) => *slot = value,
            None => others.push(format!("{key}={value}")),
        }
    }
    others.sort_unstable();
    Ok(Named { values, others })
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// The points of a metric, whatever its kind, and what they have in common.
fn items(data: metrics::MetricData) -> (Result<Common, Refusal>, Vec<Item>) {
    use metrics::MetricData as Data;
    match data {
        Data::F64Gauge(gauge) => gauges(Type::F64, gauge),
        Data::U64Gauge(gauge) => gauges(Type::U64, gauge),
        Data::S64Gauge(gauge) => gauges(Type::S64, gauge),
        Data::F64Sum(sum) => sums(Type::F64, sum),
        Data::U64Sum(sum) => sums(Type::U64, sum),
        Data::S64Sum(sum) => sums(Type::S64, sum),
        Data::F64Histogram(histogram) => histograms(Type::F64, histogram),
        Data::U64Histogram(histogram) => histograms(Type::U64, histogram),
        Data::S64Histogram(histogram) => histograms(Type::S64, histogram),
        Data::F64ExponentialHistogram(histogram) => exponentials(Type::F64, histogram),
        Data::U64ExponentialHistogram(histogram) => exponentials(Type::U64, histogram),
        Data::S64ExponentialHistogram(histogram) => exponentials(Type::S64, histogram),
    }
}

type Datetime = super::bindings::Datetime;

fn common(
    start: Option<Datetime>,
    time: Datetime,
    temporality: Option<metrics::Temporality>,
    is_monotonic: bool,
) -> Result<Common, Refusal> {
    let wrong = |outcome| Refusal::new(outcome, "a time that is none, or past the year 2262");
    let start = start.map(convert::time).transpose().map_err(wrong)?;
    let time = convert::time(time).map_err(wrong)?;
    if start.is_some_and(|start| start > time) {
        return Err(Refusal::new(Outcome::InvalidTime, "it starts after the time of its points"));
    }
    if temporality == Some(metrics::Temporality::LowMemory) {
        return Err(Refusal::new(Outcome::InvalidValue, "low-memory is a wish of an SDK; points are cumulative or a delta"));
    }
    Ok(Common { start, time, temporality, is_monotonic })
}

fn gauges(of: Type, gauge: metrics::Gauge) -> (Result<Common, Refusal>, Vec<Item>) {
    let item = |point: metrics::GaugeDataPoint| Item {
        attributes: point.attributes,
        instrument: Instrument::Gauge,
        said: of.read(point.value).map(|number| Said::Last(number.value())),
        exemplars: Vec::new(), // a gauge keeps none
    };
    (common(gauge.start_time, gauge.time, None, false), gauge.data_points.into_iter().map(item).collect())
}

fn sums(of: Type, sum: metrics::Sum) -> (Result<Common, Refusal>, Vec<Item>) {
    let is_monotonic = sum.is_monotonic;
    let said = |number| {
        let sum = of.read(number)?;
        if is_monotonic && sum.is_negative() {
            return Err(Refusal::new(Outcome::InvalidValue, format!("{} of a sum that never falls", sum.value())));
        }
        Ok(Said::Counted(Counted { sum, buckets: Buckets::None, extremes: None }))
    };
    let item = |point: metrics::SumDataPoint| Item {
        attributes: point.attributes,
        instrument: if is_monotonic { Instrument::Counter } else { Instrument::UpDownCounter },
        said: said(point.value),
        exemplars: point::exemplars(of, point.exemplars),
    };
    (common(Some(sum.start_time), sum.time, Some(sum.temporality), is_monotonic), sum.data_points.into_iter().map(item).collect())
}

fn histograms(of: Type, histogram: metrics::Histogram) -> (Result<Common, Refusal>, Vec<Item>) {
    let item = |point: metrics::HistogramDataPoint| Item {
        instrument: Instrument::histogram(&point.bounds),
        said: point::fixed(of, &point).map(Said::Counted),
        attributes: point.attributes,
        exemplars: point::exemplars(of, point.exemplars),
    };
    let common = common(Some(histogram.start_time), histogram.time, Some(histogram.temporality), true);
    (common, histogram.data_points.into_iter().map(item).collect())
}

fn exponentials(of: Type, histogram: metrics::ExponentialHistogram) -> (Result<Common, Refusal>, Vec<Item>) {
    let item = |point: metrics::ExponentialHistogramDataPoint| Item {
        instrument: Instrument::ExponentialHistogram(point::options(point.zero_threshold)),
        said: point::exponential(of, &point).map(Said::Counted),
        attributes: point.attributes,
        exemplars: point::exemplars(of, point.exemplars),
    };
    let common = common(Some(histogram.start_time), histogram.time, Some(histogram.temporality), true);
    (common, histogram.data_points.into_iter().map(item).collect())
}
