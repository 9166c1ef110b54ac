//! Recording into a series that the caller holds.
//!
//! Deliberately absent: times. A record without one is the common case for counters and histograms.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use codomyrmex_telemetry::door::{Door, Environment};
use codomyrmex_telemetry::{ExponentialOptions, Instrument, SeriesId, SummaryOptions};
use codomyrmex_telemetry_bench::{PLACES, Work, durations, each, race};
use opentelemetry::KeyValue;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::peers::{DoubleCounter, opentelemetry, opentelemetry_exponential};
use super::{BOUNDS, LABELS, descriptor};

const VALUES: [&str; 2] = ["search", "ok"];

/// A clock that stands and chance that repeats: what a door must have, at no cost.
struct Still;

impl Environment for Still {
    fn now(&mut self) -> u64 {
        1_767_225_600_000_000_000
    }

    fn elapsed(&mut self) -> u64 {
        7
    }

    fn random(&mut self) -> u64 {
        7
    }
}

pub(super) fn run() -> Result<(), Box<dyn Error>> {
    ones()?;
    sums()?;
    observations("milliseconds to seconds", &durations(1_000_000, 13))?;
    observations("microseconds to milliseconds", &durations(1_000, 13))?;
    exponential(&durations(1_000_000, 13))?;
    summary(&durations(1_000_000, 13))
}

fn held(instrument: Instrument) -> Result<(Door<Still>, SeriesId), Box<dyn Error>> {
    let mut door = Door::new(Still);
    let family = door.ledger.declare(descriptor("held", instrument))?;
    let series = door.ledger.resolve(family, &VALUES.map(String::from))?;
    Ok((door, series))
}

fn attributes() -> [KeyValue; 2] {
    [KeyValue::new(LABELS[0], VALUES[0]), KeyValue::new(LABELS[1], VALUES[1])]
}

/// Counting by ones.
fn ones() -> Result<(), Box<dyn Error>> {
    let peers = || -> Vec<(&str, Work<'_>)> {
        let (floor, whole, double) = (AtomicU64::new(0), Counter::<u64>::default(), DoubleCounter::default());
        let (provider, meter) = opentelemetry();
        let bound = meter.u64_counter("held").build().bind(&attributes());
        vec![
            ("atomic u64, fetch_add", each(move |_| _ = black_box(black_box(&floor).fetch_add(1, Ordering::Relaxed)))),
            ("prometheus-client Counter<u64>", each(move |_| _ = black_box(black_box(&whole).inc()))),
            ("prometheus-client Counter<f64>", each(move |_| _ = black_box(black_box(&double).inc()))),
            (
                "opentelemetry_sdk bound Counter<u64>",
                each(move |_| {
                    let _kept = &provider;
                    black_box(&bound).add(black_box(1));
                }),
            ),
        ]
    };
    let (mut door, series) = held(Instrument::Counter)?;
    race("native: held counter, Door::add(1)", each(|_| _ = black_box(door.add(black_box(series.0), black_box(1.0), None))), peers());
    let (Door { mut ledger, .. }, series) = held(Instrument::Counter)?;
    race("native: held counter, Ledger::add(1)", each(|_| _ = black_box(ledger.add(black_box(series), black_box(1.0), None))), peers());
    Ok(())
}

/// Counting by seconds.
fn sums() -> Result<(), Box<dyn Error>> {
    let values = durations(1_000_000, 13);
    let value = |place: usize| values[place % PLACES];
    let (mut door, series) = held(Instrument::Counter)?;
    let double = DoubleCounter::default();
    race(
        "native: held counter, Door::add(seconds)",
        each(|place| _ = black_box(door.add(black_box(series.0), value(place), None))),
        vec![("prometheus-client Counter<f64>", each(|place| _ = black_box(black_box(&double).inc_by(value(place)))))],
    );
    Ok(())
}

/// Observing values into buckets that follow them.
fn exponential(values: &[f64]) -> Result<(), Box<dyn Error>> {
    let value = |place: usize| values[place % PLACES];
    let (mut door, series) = held(Instrument::ExponentialHistogram(ExponentialOptions::default()))?;
    let (_provider, meter) = opentelemetry_exponential();
    let bound = meter.f64_histogram("held").build().bind(&attributes());
    race(
        "native: held exponential histogram",
        each(|place| _ = black_box(door.observe(black_box(series.0), value(place), None))),
        vec![("opentelemetry_sdk bound Histogram, base2 exponential", each(|place| black_box(&bound).record(value(place))))],
    );
    Ok(())
}

/// Observing values for their quantiles; the peer takes whole numbers, so it gets nanoseconds.
fn summary(values: &[f64]) -> Result<(), Box<dyn Error>> {
    let value = |place: usize| values[place % PLACES];
    let (mut door, series) = held(Instrument::Summary(SummaryOptions::default()))?;
    let mut theirs = hdrhistogram::Histogram::<u64>::new(3)?;
    race(
        "native: held summary, 3 digits",
        each(|place| _ = black_box(door.observe(black_box(series.0), value(place), None))),
        vec![("hdrhistogram Histogram<u64>, 3 digits", each(|place| theirs.saturating_record((value(place) * 1e9) as u64)))],
    );
    Ok(())
}

/// Observing values into 11 buckets and one.
fn observations(what: &str, values: &[f64]) -> Result<(), Box<dyn Error>> {
    let value = |place: usize| values[place % PLACES];
    let (mut door, series) = held(Instrument::histogram(&BOUNDS))?;
    let theirs = Histogram::new(BOUNDS);
    let (_provider, meter) = opentelemetry();
    let loose = meter.f64_histogram("held").with_boundaries(BOUNDS.to_vec()).build();
    let (bound, attributes) = (loose.bind(&attributes()), attributes());
    race(
        &format!("native: held histogram, {what}"),
        each(|place| _ = black_box(door.observe(black_box(series.0), value(place), None))),
        vec![
            ("prometheus-client Histogram", each(|place| black_box(&theirs).observe(value(place)))),
            ("opentelemetry_sdk bound Histogram", each(|place| black_box(&bound).record(value(place)))),
            ("opentelemetry_sdk Histogram, same attributes", each(|place| black_box(&loose).record(value(place), black_box(&attributes)))),
        ],
    );
    Ok(())
}
