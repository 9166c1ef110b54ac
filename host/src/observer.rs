//! Callbacks: values of a host's own that are looked up when the accounts are read (OpenTelemetry Metrics
//! API, section Asynchronous Instrument operations).
//!
//! Deliberately absent: time of their own; they run when [`TelemetryCtx::collect`](crate::TelemetryCtx::collect)
//! or [`TelemetryCtx::drain`](crate::TelemetryCtx::drain) asks, and never while an agent runs.

use std::collections::BTreeMap;
use std::fmt;

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::{Outcome, SeriesId};

use crate::environment::HostEnvironment;

/// Names a callback, to take it away again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CallbackId(u64);

type Callback = Box<dyn FnMut(&mut Report<'_>) + Send>;

/// The callbacks of a ledger, and what each reported of sums.
#[derive(Default)]
pub(crate) struct Observers {
    callbacks: BTreeMap<CallbackId, (Callback, BTreeMap<SeriesId, f64>)>,
    next: u64,
}

/// What a callback reports to.
pub struct Report<'r> {
    door: &'r mut Door<HostEnvironment>,
    reported: &'r mut BTreeMap<SeriesId, f64>,
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers").field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").finish_non_exhaustive()
    }
}

impl Observers {
    pub(crate) fn add(&mut self, callback: Callback) -> CallbackId {
        self.next += 1;
        self.callbacks.insert(CallbackId(self.next), (callback, BTreeMap::new()));
        CallbackId(self.next)
    }

    pub(crate) fn remove(&mut self, id: CallbackId) -> bool {
        self.callbacks.remove(&id).is_some()
    }

    pub(crate) fn run(&mut self, door: &mut Door<HostEnvironment>) {
        for (callback, reported) in self.callbacks.values_mut() {
            callback(&mut Report { door, reported });
        }
    }
}

impl Report<'_> {
    /// What a gauge is now.
    pub fn set(&mut self, gauge: SeriesId, value: f64) -> Outcome {
        self.door.set(gauge.0, value, None)
    }

    /// What a counter has come to so far, of what this callback counts. What it reported before is in it; a
    /// smaller total is one that began again, and counts whole.
    pub fn total(&mut self, counter: SeriesId, total: f64) -> Outcome {
        if !(0.0..f64::INFINITY).contains(&total) {
            return self.door.add(counter.0, f64::NAN, None); // which is a counted drop
        }
        let before = self.reported.get(&counter).copied().unwrap_or(0.0);
        let parts = if total < before { vec![total] } else { rise(before, total) };
        self.add_all(counter, total, &parts)
    }

    /// What an up-down-counter has come to so far, of what this callback counts.
    pub fn balance(&mut self, series: SeriesId, total: f64) -> Outcome {
        if !total.is_finite() {
            return self.door.add(series.0, f64::NAN, None); // which is a counted drop
        }
        let before = self.reported.get(&series).copied().unwrap_or(0.0);
        self.add_all(series, total, &[-before, total]) // a counter refuses the first before anything is added
    }

    fn add_all(&mut self, series: SeriesId, total: f64, parts: &[f64]) -> Outcome {
        for part in parts {
            let outcome = self.door.add(series.0, *part, None);
            if !outcome.is_recorded() {
                return outcome;
            }
        }
        self.reported.insert(series, total);
        Outcome::Recorded
    }
}

/// Parts, none below zero, that make `total - before` together, to the last bit; so that the sum does not
/// depend on how often somebody looked.
fn rise(before: f64, total: f64) -> Vec<f64> {
    let (mut less, mut more, mut parts) = (before, total, Vec::new());
    loop {
        let difference = more - less;
        let rest = more - difference - less; // what was rounded away (Dekker, Fast2Sum)
        if rest >= 0.0 {
            parts.extend([difference, rest]);
            return parts;
        }
        let below = f64::from_bits(difference.to_bits() - 1); // a positive double, since it was rounded up
        parts.push(below);
        (less, more) = (-rest, difference - below);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use codomyrmex_telemetry::{Descriptor, Instrument};

    use super::*;
    use crate::{ManualClock, TelemetryCtx};

    fn series(ctx: &mut TelemetryCtx, name: &str, instrument: Instrument) -> SeriesId {
        let (help, unit) = (String::new(), String::new());
        let family = ctx.ledger().declare(Descriptor { name: name.into(), help, unit, labels: vec![], instrument, window: None }).unwrap();
        ctx.ledger().resolve(family, &[]).unwrap()
    }

    #[test]
    fn what_callbacks_report_is_there_whenever_somebody_looks() {
        let looks = |often: usize| {
            let mut ctx = TelemetryCtx::new(Arc::new(ManualClock::new(5)));
            let counter = series(&mut ctx, "seen", Instrument::Counter);
            let balance = series(&mut ctx, "open", Instrument::UpDownCounter);
            let level = series(&mut ctx, "level", Instrument::Gauge);
            let mut calls = 0u32;
            ctx.add_callback(move |report| {
                calls += 1;
                let share = f64::from(calls) / often as f64;
                assert_eq!(report.total(counter, 1e17 * share), Outcome::Recorded);
                assert_eq!(report.balance(balance, 0.1 - share), Outcome::Recorded);
                assert_eq!(report.set(level, share), Outcome::Recorded);
            });
            let mut snapshot = ctx.collect();
            for look in 1..often {
                if look % 3 == 0 {
                    ctx.drain().unwrap();
                } else {
                    snapshot = ctx.collect();
                }
            }
            if often > 1 {
                snapshot = ctx.ledger().snapshot();
            }
            codomyrmex_telemetry::export::prometheus(&snapshot, codomyrmex_telemetry::export::Escaping::Underscores)
        };
        let once = "# TYPE level gauge\nlevel 1\n# TYPE open gauge\nopen -0.9\n# TYPE seen_total counter\nseen_total 1e17\n";
        assert_eq!(looks(1), once);
        assert_eq!(looks(7), once);
    }

    #[test]
    fn two_callbacks_on_one_series_add_up_however_often_somebody_looks() {
        let mut ctx = TelemetryCtx::new(Arc::new(ManualClock::new(5)));
        let (counter, balance) = (series(&mut ctx, "seen", Instrument::Counter), series(&mut ctx, "open", Instrument::UpDownCounter));
        for part in [10.0, 3.0] {
            ctx.add_callback(move |report| {
                report.total(counter, part);
                report.balance(balance, -part);
            });
        }
        for _ in 0..3 {
            let snapshot = ctx.collect();
            let value = |name| codomyrmex_telemetry::query::series(&snapshot.metrics, name, &[]).unwrap().value();
            assert_eq!((value("seen"), value("open")), (Some(13.0), Some(-13.0)));
        }
    }

    #[test]
    fn a_total_that_begins_again_counts_whole_and_one_that_cannot_be_is_a_drop() {
        let mut ctx = TelemetryCtx::new(Arc::new(ManualClock::new(5)));
        let counter = series(&mut ctx, "seen", Instrument::Counter);
        let totals = [5.0, 7.0, 2.0, 2.0, -1.0, f64::NAN];
        let mut outcomes = totals.into_iter();
        let id = ctx.add_callback(move |report| {
            report.total(counter, outcomes.next().unwrap());
        });
        totals.iter().for_each(|_| drop(ctx.collect()));
        assert!(ctx.remove_callback(id) && !ctx.remove_callback(id));
        let snapshot = ctx.collect();
        let value = codomyrmex_telemetry::query::series(&snapshot.metrics, "seen", &[]).unwrap().value();
        assert_eq!(value, Some(9.0));
        assert_eq!(ctx.ledger().dropped(), [("invalid-value", 2)]);
    }

    #[test]
    fn parts_of_a_rise_are_exact_and_not_negative() {
        for (before, total) in [(0.1, 0.3), (0.1, 1e17), (1e17, 1.000_000_000_000_001e17), (5e-324, 1.0), (0.0, f64::MAX)] {
            let parts = rise(before, total);
            assert!(parts.iter().all(|part| *part >= 0.0), "{parts:?}");
            let mut sum = codomyrmex_telemetry::ExactSum::default();
            parts.iter().chain(&[before, -total]).for_each(|part| assert!(sum.add(*part)));
            assert!(sum.is_zero(), "{before} {total} {parts:?}");
        }
    }
}
