//! What objectives hear of metrics and spans: the only place where the three meet while recording.
//!
//! An objective is fed as records come in, before any series is folded into its family's overflow and before
//! any span is let go, so what limits drop there is not missing here. What is further ahead than a door
//! allows is not fed, and counted as dropped. Deliberately absent: what happened before an objective was created.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Ledger;
use crate::Outcome;
use crate::attribute::Value;
use crate::float::Double;
use crate::metrics::{Instrument, Point, Schema, SeriesId, Watch};
use crate::slo::{Comparison, Counts, Happened, Indicator, MetricSelector, Objective, SloTracker};
use crate::time::Timestamp;
use crate::tracer::{SpanData, SpanHandle, SpanStatus};

/// The lists of objectives that series feed, by number.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    lists: Vec<Vec<Feed>>, // the list with number n is at n - 1
    numbers: BTreeMap<Vec<Feed>, u32>,
    spans: BTreeMap<String, Vec<u32>>, // name of spans -> places of objectives
}

/// What a series is to an objective.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Feed {
    place: u32, // of the objective
    part: Role,
    total: Role,
}

/// Which records of a series count.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Role {
    None,
    All,
    If(Comparison, Double),
}

/// What was recorded into a series: a value, or values of which only the ends are known.
#[derive(Clone, Copy)]
pub(super) struct Recorded {
    pub(super) least: f64,
    pub(super) greatest: f64,
    pub(super) amount: Amount,
    pub(super) at: Option<Timestamp>,
    pub(super) span: SpanHandle,
}

/// How many events a record is.
#[derive(Clone, Copy)]
pub(super) enum Amount {
    /// Of a counter: the value says it.
    Value,
    /// Of a histogram or a summary: so many.
    Times(u64),
}

impl Recorded {
    /// A value that was added, outside any span.
    pub(super) fn of(value: f64, at: Option<Timestamp>) -> Self {
        Self { least: value, greatest: value, amount: Amount::Value, at, span: SpanHandle::default() }
    }
}

impl Role {
    fn of(selector: &MetricSelector, schema: &Schema, values: &[String]) -> Self {
        let has_values = match schema.instrument {
            Instrument::Counter => false,
            Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_) => true,
            _ => return Self::None,
        };
        if !selector.takes([&schema.name, &schema.exposed_name()], &schema.labels, values) {
            return Self::None;
        }
        match selector.threshold {
            None => Self::All,
            Some((comparison, threshold)) if has_values => Self::If(comparison, threshold),
            Some(_) => Self::None,
        }
    }

    /// Whether it takes what was recorded; `None` where it would take one end of it and not the other.
    fn takes(self, recorded: &Recorded) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::All => Some(true),
            Self::If(comparison, threshold) => {
                let [least, greatest] =
                    [recorded.least, recorded.greatest].map(|value| comparison.holds(value, threshold.get()) == Some(true));
                (least == greatest).then_some(least)
            }
        }
    }
}

impl Feeds {
    /// Who hears of a series.
    pub(super) fn watch(&mut self, slos: &SloTracker, schema: &Schema, values: &[String]) -> Watch {
        let mut by_labels = false;
        let feed = |(place, objective): (u32, &Objective)| {
            let Indicator::Metrics(ratio) = &objective.indicator else { return None };
            let (part, total) = (Role::of(&ratio.part, schema, values), Role::of(&ratio.total, schema, values));
            by_labels |= !objective.dimensions.is_empty();
            (part != Role::None || total != Role::None).then_some(Feed { place, part, total })
        };
        let list: Vec<Feed> = slos.fed_by_metrics().filter_map(feed).collect();
        if list.is_empty() {
            return Watch::default();
        }
        let next = self.lists.len() as u32 + 1;
        let list = *self.numbers.entry(list).or_insert_with_key(|list| {
            self.lists.push(list.clone());
            next
        });
        Watch { list, by_labels }
    }

    /// Hears of an objective's spans.
    fn watch_spans(&mut self, place: u32, objective: &Objective) {
        if let Indicator::Spans(selector) = &objective.indicator {
            self.spans.entry(selector.name.clone()).or_default().push(place);
        }
    }
}

impl Ledger {
    /// Has a new objective hear of what it counts.
    pub(super) fn connect(&mut self, place: u32, objective: &Objective) {
        self.feeds.watch_spans(place, objective);
        if matches!(objective.indicator, Indicator::Metrics(_)) {
            let (feeds, slos) = (&mut self.feeds, &self.slos);
            self.metrics.watch_all(|schema, values| feeds.watch(slos, schema, values));
        }
    }

    /// Tells the objectives of a record that was made.
    #[inline]
    pub(super) fn feed(&mut self, series: SeriesId, recorded: Recorded) {
        if self.metrics.watched(series).is_some() {
            self.feed_watched(series, recorded);
        }
    }

    /// Tells them of a point that came whole.
    pub(super) fn feed_point(&mut self, series: SeriesId, point: &Point) {
        let Some((_, schema, _)) = self.metrics.watched(series) else { return };
        let at = point.extent().bounds().map(|(_, last)| last);
        let tally = match point {
            Point::Counter(total) => return self.feed_watched(series, Recorded::of(total.sum.value(), at)),
            Point::Histogram(histogram) => &histogram.tally,
            Point::ExponentialHistogram(histogram) => &histogram.tally,
            _ => return,
        };
        let Some((least, greatest)) = tally.extremes else { return };
        for (low, high, count) in point.ranges(&schema.instrument) {
            let low = low.max(least.get());
            let greatest = high.min(greatest.get()).max(low); // also where the one who sent it is wrong
            self.feed_watched(series, Recorded { greatest, amount: Amount::Times(count), ..Recorded::of(low, at) });
        }
    }

    fn feed_watched(&mut self, series: SeriesId, recorded: Recorded) {
        let Recorded { least, amount, at, span, .. } = recorded;
        let is_ahead = at.is_some_and(|at| self.is_ahead(at));
        let Some((list, schema, key)) = self.metrics.watched(series) else { return };
        let Some(list) = self.feeds.lists.get(list as usize - 1) else { return };
        let context = self.tracer.context(span).map(|context| (context.trace_id, context.span_id));
        let amount = match amount {
            Amount::Value => whole(least),
            Amount::Times(times) => Some(times),
        };
        for feed in list {
            let (is_part, is_total) = (feed.part.takes(&recorded), feed.total.takes(&recorded));
            if is_part == Some(false) && is_total == Some(false) {
                continue;
            }
            let (Some(is_part), Some(is_total), Some(at), Some(amount)) = (is_part, is_total, at, amount) else {
                self.slos.leave_out(feed.place as usize);
                continue;
            };
            if is_ahead {
                self.drops.count(Outcome::FutureTime);
                continue;
            }
            let Some(objective) = self.slos.at(feed.place) else { continue };
            let of_labels = |name: &String| {
                let place = schema.labels.iter().position(|label| label == name);
                place.and_then(|place| key?.values().get(place)).cloned().unwrap_or_default()
            };
            // Where the part and the whole are other families, a record does not say whether it was good.
            let values: Vec<String> =
                if same_family(objective) { objective.dimensions.iter().map(of_labels).collect() } else { Vec::new() };
            let part_is_good = matches!(&objective.indicator, Indicator::Metrics(ratio) if ratio.part_is_good);
            let count = |is_counted| if is_counted { amount } else { 0 };
            let counts = Counts { good: count(is_part), bad: count(is_total) };
            let classes = Counts::of(is_part == part_is_good, count(is_total));
            let outcome = self.slos.record(feed.place as usize, Happened { at, counts, classes, values: &values, context });
            self.drops.count(outcome);
        }
    }

    /// Tells objectives and metrics of a span that ended, whether or not it is sampled and will be kept.
    pub(super) fn hear(&mut self, span: &SpanData) {
        self.measure(span);
        let is_ahead = self.is_ahead(span.ended);
        if let Some(places) = self.feeds.spans.get(span.name.as_str()) {
            for place in places {
                let Some(objective) = self.slos.at(*place) else { continue };
                let Indicator::Spans(selector) = &objective.indicator else { continue };
                let text = |key: &String| span.attributes.get(key).map(shown).unwrap_or_default();
                let is_one =
                    selector.attributes.iter().all(|(key, value)| span.attributes.get(key).is_some_and(|there| shown(there) == *value));
                if !is_one || self.slos.is_forwarded(*place) {
                    continue;
                }
                if is_ahead {
                    self.drops.count(Outcome::FutureTime);
                    continue;
                }
                let took = span.ended.nanos() - span.started.nanos();
                let good = !matches!(span.status, SpanStatus::Error(_)) && selector.max_duration.is_none_or(|most| took <= most);
                let values: Vec<String> = objective.dimensions.iter().map(text).map(short).collect();
                let counts = Counts::of(good, 1);
                let context = Some((span.context.trace_id, span.context.span_id));
                let happened = Happened { at: span.ended, counts, classes: counts, values: &values, context };
                let outcome = self.slos.record(*place as usize, happened);
                self.drops.count(outcome);
            }
        }
    }
}

/// Whether the part and the whole are of one family, so that each record of it is good or bad.
fn same_family(objective: &Objective) -> bool {
    let bare = |name: &str| String::from(name.strip_suffix("_total").unwrap_or(name));
    matches!(&objective.indicator, Indicator::Metrics(ratio) if bare(&ratio.part.name) == bare(&ratio.total.name))
}

/// What is added to a counter as a number of events; `None` where it is none.
fn whole(value: f64) -> Option<u64> {
    const MOST: f64 = 9_007_199_254_740_992.0; // 2^53: up to it a double holds every whole number
    ((0.0..=MOST).contains(&value) && (value as u64) as f64 == value).then_some(value as u64)
}

/// An attribute's value as text, as selectors and the analysis of failures have it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Boolean(value) => format!("{value}"),
        Value::Integer(value) => format!("{value}"),
        Value::Float(value) => format!("{}", value.get()),
        _ => String::new(), // a list is no one thing
    }
}

/// As much of a text as is kept.
pub(super) fn short(mut text: String) -> String {
    let most = (0..=crate::limits::LABEL_VALUE_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(most);
    text
}
