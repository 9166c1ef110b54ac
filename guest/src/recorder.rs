//! For code that is instrumented with the crate `metrics` already: its counters, gauges and histograms become ours.
//!
//! In `metrics` each call may have labels of its own; here a family has one set of label names, which every ledger
//! must know alike for its accounts to merge. They are those that were said with
//! [`TelemetryRecorder::labels`], or those of the first call, sorted. A call with fewer has empty values for the
//! others, which to Prometheus is the same as none. One with a label that the family does not have is a counted
//! drop, and so is a name of two kinds; [`TelemetryRecorder::refusals`] tells which. Deliberately absent: levels and
//! targets, and state of the accounts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use ::metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use codomyrmex_telemetry::{Error, ExponentialOptions, Instrument};

use crate::backend;
use crate::metrics::{Family, FamilyOptions};
use crate::series::Series;

/// Names of which it is remembered why they were refused, a first time each.
const REFUSALS_MAX: usize = 64;

/// A recorder that takes what `metrics` records.
///
/// Histograms are exponential: their buckets follow the values. [`TelemetryRecorder::bounds`] gives one fixed
/// bounds. What `describe_counter!` and its like say holds where it comes before the first use of a name.
///
/// ```
/// use codomyrmex_telemetry_guest::{TelemetryRecorder, with_ledger};
///
/// let recorder = TelemetryRecorder::new().labels("tool_calls", &["tool", "outcome"]).bounds("tool_seconds", &[0.1, 1.0]);
/// metrics::with_local_recorder(&recorder, || {
///     metrics::describe_counter!("tool_calls", "Tools that answered.");
///     metrics::counter!("tool_calls", "tool" => "search", "outcome" => "ok").increment(2);
///     metrics::counter!("tool_calls", "tool" => "search").increment(1);
///     metrics::histogram!("tool_seconds").record(0.5);
/// });
/// let snapshot = with_ledger(|ledger| ledger.snapshot());
/// let text = codomyrmex_telemetry::export::prometheus(&snapshot, codomyrmex_telemetry::export::Escaping::Underscores);
/// assert_eq!(
///     text,
///     "# HELP tool_calls_total Tools that answered.\n# TYPE tool_calls_total counter\n\
///      tool_calls_total{tool=\"search\",outcome=\"\"} 1\ntool_calls_total{tool=\"search\",outcome=\"ok\"} 2\n# TYPE tool_seconds histogram\n\
///      tool_seconds_bucket{le=\"0.1\"} 0\ntool_seconds_bucket{le=\"1\"} 1\ntool_seconds_bucket{le=\"+Inf\"} 1\n\
///      tool_seconds_sum 0.5\ntool_seconds_count 1\n"
/// );
/// ```
#[derive(Debug, Default)]
pub struct TelemetryRecorder {
    said: Arc<Mutex<BTreeMap<String, Said>>>, // of the names that the plugin's code has
}

/// What is said of a name before it is used.
#[derive(Clone, Debug, Default)]
struct Said {
    help: String,
    unit: &'static str,
    labels: Option<Vec<String>>,
    bounds: Option<Vec<f64>>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// What a call has in hand. A thread has a ledger of its own, so a series is found again where a handle is used
/// in another thread.
#[derive(Debug)]
struct Handle {
    said: Arc<Mutex<BTreeMap<String, Said>>>,
    kind: Kind,
    key: Key,
    thread: ThreadId,
    series: u32,
}

/// The families of this thread's ledger that were used, and those that were refused.
#[derive(Debug, Default)]
struct Used {
    families: BTreeMap<(Kind, String), Declared>,
    refusals: Vec<(String, Error)>,
}

#[derive(Debug)]
struct Declared {
    labels: Vec<String>,
    family: Family<Series>,
}

thread_local! {
    static USED: RefCell<Used> = RefCell::default();
}

impl TelemetryRecorder {
    /// A recorder of which nothing is said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which labels the metric of this name may have.
    #[must_use]
    pub fn labels(self, name: &str, labels: &[&str]) -> Self {
        self.say(name, |said| said.labels = Some(labels.iter().map(|label| String::from(*label)).collect()));
        self
    }

    /// Says which bounds the histogram of this name has: finite and rising.
    #[must_use]
    pub fn bounds(self, name: &str, bounds: &[f64]) -> Self {
        self.say(name, |said| said.bounds = Some(bounds.into()));
        self
    }

    /// The names of which something was refused in this thread, and why it was the first time: at most 64.
    #[must_use]
    pub fn refusals() -> Vec<(String, Error)> {
        USED.with_borrow(|used| used.refusals.clone())
    }

    fn say(&self, name: &str, say: impl FnOnce(&mut Said)) {
        say(self.said.lock().unwrap_or_else(PoisonError::into_inner).entry(name.into()).or_default());
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>, help: &SharedString) {
        self.say(name.as_str(), |said| {
            said.help = help.to_string();
            // A count has no unit: as one it would stand in the name.
            said.unit = unit.filter(|unit| *unit != Unit::Count).map_or("", |unit| unit.as_str());
        });
    }

    fn handle(&self, kind: Kind, key: &Key) -> Arc<Handle> {
        let series = resolve(&self.said, kind, key);
        Arc::new(Handle { said: Arc::clone(&self.said), kind, key: key.clone(), thread: thread::current().id(), series })
    }
}

impl Recorder for TelemetryRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, unit, &description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, unit, &description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&key, unit, &description);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.handle(Kind::Counter, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.handle(Kind::Gauge, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.handle(Kind::Histogram, key))
    }
}

/// The series of a key in this thread's ledger; zero, to which all that is recorded is a counted drop, where it
/// was refused.
fn resolve(said: &Mutex<BTreeMap<String, Said>>, kind: Kind, key: &Key) -> u32 {
    USED.with_borrow_mut(|used| {
        let declared = match used.families.entry((kind, key.name().into())) {
            std::collections::btree_map::Entry::Occupied(there) => Ok(&*there.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).get(key.name()).cloned().unwrap_or_default();
                Declared::new(kind, key, said).map(|declared| &*place.insert(declared))
            }
        };
        declared.and_then(|declared| declared.series(key)).unwrap_or_else(|error| {
            let is_known = used.refusals.iter().any(|(name, _)| name == key.name());
            if !is_known && used.refusals.len() < REFUSALS_MAX {
                used.refusals.push((key.name().into(), error));
            }
            0
        })
    })
}

impl Declared {
    fn new(kind: Kind, key: &Key, said: Said) -> Result<Self, Error> {
        let labels = said.labels.unwrap_or_else(|| {
            // Sorted, so that families that were first used with other orders are the same.
            let mut labels: Vec<String> = key.labels().map(|label| label.key().into()).collect();
            labels.sort();
            labels.dedup();
            labels
        });
        let instrument = match (kind, said.bounds) {
            (Kind::Counter, _) => Instrument::Counter,
            (Kind::Gauge, _) => Instrument::Gauge,
            (Kind::Histogram, Some(bounds)) => Instrument::histogram(&bounds),
            (Kind::Histogram, None) => Instrument::ExponentialHistogram(ExponentialOptions::default()),
        };
        let names: Vec<&str> = labels.iter().map(String::as_str).collect();
        let options = FamilyOptions { name: key.name(), help: &said.help, unit: said.unit, labels: &names, window: None };
        let family = Family::declare(options, instrument)?;
        Ok(Self { labels, family })
    }

    fn series(&self, key: &Key) -> Result<u32, Error> {
        if let Some(other) = key.labels().find(|label| !self.labels.iter().any(|known| known == label.key())) {
            return Err(Error::InvalidArgument(format!(
                "'{}' has the labels [{}], and '{}' is none of them; say all of them with `TelemetryRecorder::labels`",
                key.name(),
                self.labels.join(", "),
                other.key()
            )));
        }
        let value = |name: &String| key.labels().rfind(|label| label.key() == name).map_or("", |label| label.value());
        let values: Vec<&str> = self.labels.iter().map(value).collect();
        Ok(self.family.with(&values)?.0)
    }
}

impl Handle {
    fn series(&self) -> u32 {
        if self.thread == thread::current().id() { self.series } else { resolve(&self.said, self.kind, &self.key) }
    }
}

impl CounterFn for Handle {
    fn increment(&self, value: u64) {
        backend::add(self.series(), value as f64, None);
    }

    fn absolute(&self, value: u64) {
        let series = self.series();
        let known = backend::value(series).ok().flatten().unwrap_or_default();
        if value as f64 > known || series == 0 {
            backend::add(series, value as f64 - known, None);
        }
    }
}

impl GaugeFn for Handle {
    fn increment(&self, value: f64) {
        backend::add(self.series(), value, None);
    }

    fn decrement(&self, value: f64) {
        backend::add(self.series(), -value, None);
    }

    fn set(&self, value: f64) {
        backend::set(self.series(), value, None);
    }
}

impl HistogramFn for Handle {
    fn record(&self, value: f64) {
        backend::observe(self.series(), value, None);
    }

    fn record_many(&self, value: f64, count: usize) {
        backend::observe_times(self.series(), value, u32::try_from(count).unwrap_or(u32::MAX), None);
    }
}
