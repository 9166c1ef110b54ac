//! What a ledger knows of its objectives, as families of metrics, so that every format writes them as it
//! writes all others.
//!
//! | name | labels | what |
//! | --- | --- | --- |
//! | `events` (a counter) | `slo`, `outcome` | all events that were ever counted, `good` and `bad` |
//! | `target_ratio` | `slo` | the share that must be good |
//! | `current_ratio` | `slo` | the share that was, in the window |
//! | `error_budget_remaining_ratio` | `slo` | the share of the error budget that is left, below 0 when overspent |
//! | `burn_rate` | `slo`, `window` | how fast the budget burned over each lookback of the alerts |
//! | `alert_firing` | `slo`, `alert`, `severity` | 1 where it fires, else 0 |
//!
//! All begin with the prefix that is the ledger's own. Both outcomes are always there, so that a reader sees
//! the first bad event as a change and not as a beginning. The gauges are as of each objective's newest
//! event, and say nothing where nothing is known. Of several objectives with one id and version the first is
//! shown. Deliberately absent: how anything is written.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::duration;
use crate::float::{self, Double};
use crate::label::OWN_PREFIX;
use crate::metrics::{Families, Family, Gauge, Instrument, Point, Schema, Series, SeriesKey, Total};
use crate::slo::{Alert, Objective, SLOT_NS, Shelf, status, totals};
use crate::snapshot::Snapshot;
use crate::sum::ExactSum;
use crate::time::Timestamp;

/// The counter of events without its prefix, and what follows it where a counter's name ends so.
const EVENTS: &str = "events";

/// How the names of the families begin.
#[derive(Clone, Copy)]
pub(super) enum Names {
    /// With the prefix as it is.
    Underscores,
    /// With dots between its words, for those who put them there; Prometheus makes underscores of them.
    Dots,
}

/// How much can be said.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Reach {
    /// All: of a whole snapshot.
    Whole,
    /// What happened and what was promised: of what two drains lie around, which does not know the window.
    Part,
}

/// The name of the counter of events as Prometheus has it.
pub(super) fn events_name() -> String {
    [&Names::Underscores.prefix(), EVENTS, "_total"].concat()
}

/// The families; none where there are no objectives.
pub(super) fn families(snapshot: &Snapshot, names: Names, reach: Reach) -> Families {
    let mut told = Told { prefix: names.prefix(), families: Families::default() };
    if snapshot.slos.0.is_empty() {
        return told.families;
    }
    let mut before: Option<&str> = None;
    for book in Shelf::new(snapshot.slos.iter()).books() {
        let objective = book.objective;
        if before.replace(&objective.id) == Some(&objective.id) {
            continue;
        }
        let counts = totals(&book);
        for (outcome, count) in [("good", counts.good), ("bad", counts.bad)] {
            let total = Point::Counter(Total { sum: sum(count), ..Total::default() });
            let values = [objective.id.as_str(), outcome];
            told.put(EVENTS, "Events of objectives by outcome, those in exempt times left out.", &["slo", "outcome"], &values, total);
        }
        let status = (reach == Reach::Whole).then(|| status(&book, None));
        let at = status.as_ref().and_then(|status| Timestamp::from_nanos(status.window_end).ok()).unwrap_or_default();
        let target = float::divide(false, objective.target.numerator().into(), objective.target.denominator().into());
        told.gauge("target_ratio", "The share that must be good in the window.", &["slo"], &[&objective.id], Some(target), at);
        let Some(status) = status else { continue };
        told.gauge("current_ratio", "The share that was good in the window.", &["slo"], &[&objective.id], status.current, at);
        told.gauge(
            "error_budget_remaining_ratio",
            "The share of the error budget that is left.",
            &["slo"],
            &[&objective.id],
            status.budget_remaining,
            at,
        );
        for burn in &status.burn_rates {
            let values = [objective.id.as_str(), &duration::minutes(burn.lookback / SLOT_NS)];
            let help = "How many times as fast as it may the error budget burned over a lookback.";
            told.gauge("burn_rate", help, &["slo", "window"], &values, burn.rate, at);
        }
        told.alerts(objective, &status.firing, at);
    }
    told.families
}

impl Names {
    fn prefix(self) -> String {
        match self {
            Self::Underscores => [OWN_PREFIX, "slo_"].concat(),
            Self::Dots => [&OWN_PREFIX.replace('_', "."), "slo."].concat(),
        }
    }
}

/// The families so far.
struct Told {
    prefix: String,
    families: Families,
}

impl Told {
    fn alerts(&mut self, objective: &Objective, firing: &[String], at: Timestamp) {
        for Alert { name, severity, .. } in &objective.alerts {
            let value = if firing.contains(name) { 1.0 } else { 0.0 };
            let values = [objective.id.as_str(), name, severity.name()];
            self.gauge("alert_firing", "Whether an alert fires: 1 or 0.", &["slo", "alert", "severity"], &values, Some(value), at);
        }
    }

    fn gauge(&mut self, name: &str, help: &str, labels: &[&str], values: &[&str], value: Option<f64>, at: Timestamp) {
        if let Some(value) = value {
            self.put(name, help, labels, values, Point::Gauge(Gauge { last: Some((at, Double::new(value))) }));
        }
    }

    fn put(&mut self, name: &str, help: &str, labels: &[&str], values: &[&str], point: Point) {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let instrument = if let Point::Counter(_) = point { Instrument::Counter } else { Instrument::Gauge };
        let schema = Schema { name: [&self.prefix, name].concat(), instrument, unit: String::new(), labels: texts(labels), window: None };
        let family = self.families.0.entry(schema).or_insert_with(|| Family { help: help.into(), ..Family::default() });
        family.series.insert(SeriesKey::new(texts(values)), Series { point, recent: None });
    }
}

/// A count as an exact sum: each half of it is a double.
fn sum(count: u64) -> ExactSum {
    let mut sum = ExactSum::default();
    sum.add((count >> 32) as f64 * 4_294_967_296.0);
    sum.add((count & 0xffff_ffff) as f64);
    sum
}
