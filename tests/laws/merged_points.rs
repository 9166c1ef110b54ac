//! A point that was made elsewhere comes in as if its values had been observed here, or not at all.
//!
//! Deliberately absent: points that come in deltas; they are read from bytes, and `hostile_points` knows them.

use codomyrmex_telemetry::metrics::{
    Exemplar, Exponential, ExponentialHistogram, ExponentialOptions, Histogram, Instrument, Point, Tally, Total,
};
use codomyrmex_telemetry::slo::{Comparison, MetricRatio, MetricSelector};
use codomyrmex_telemetry::{
    Delta, Descriptor, Double, ExactSum, Extent, Indicator, Ledger, Objective, Outcome, SeriesId, Snapshot, Timestamp, TraceId, Window,
    WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, span_id};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const BOUNDS: [f64; 3] = [0.0, 1.0, 100.0];

fn kinds() -> [(&'static str, Instrument); 4] {
    [
        ("counted", Instrument::Counter),
        ("changed", Instrument::UpDownCounter),
        ("bucketed", Instrument::histogram(&BOUNDS)),
        ("scaled", Instrument::ExponentialHistogram(SCALED)),
    ]
}

fn series(ledger: &mut Ledger, name: &str, instrument: Instrument, window: Option<u64>) -> SeriesId {
    let (help, unit) = (String::new(), String::new());
    let family = ledger.declare(Descriptor { name: name.into(), help, unit, labels: vec![], instrument, window }).unwrap();
    ledger.resolve(family, &[]).unwrap()
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_nanos(second * 1_000_000_000).unwrap()
}

/// Records values as what the series is for.
fn record(ledger: &mut Ledger, series: SeriesId, instrument: &Instrument, values: &[f64]) {
    for (second, value) in (1..).zip(values) {
        let outcome = match instrument {
            Instrument::Counter => ledger.add(series, value.abs(), Some(at(second))),
            Instrument::UpDownCounter => ledger.add(series, *value, Some(at(second))),
            _ => ledger.observe(series, *value, Some(at(second))),
        };
        assert!(outcome.is_recorded());
    }
}

/// What a snapshot says of the only series of a family.
fn point(snapshot: &Snapshot, name: &str) -> Point {
    let (_, family) = snapshot.metrics.0.iter().find(|(schema, _)| schema.name == name).unwrap();
    family.series.values().next().unwrap().point.clone()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn merging_points_is_observing_their_values(
        parts in vec(vec(select(vec![-1e300, -7.25, -0.0, 0.1, 0.5, 1.0, 3.5, 64.0, 1e15]), 1..12), 1..5),
        window in select(vec![None, Some(60_000_000_000)]),
    ) {
        let mut here = Ledger::new(WriterId::new(1));
        let mut there = Ledger::new(WriterId::new(1));
        for (name, instrument) in kinds() {
            let (mine, theirs) = (series(&mut here, name, instrument.clone(), window), series(&mut there, name, instrument.clone(), window));
            for values in &parts {
                let mut maker = Ledger::new(WriterId::new(2));
                let made = series(&mut maker, name, instrument.clone(), None);
                record(&mut maker, made, &instrument, values);
                prop_assert_eq!(here.merge_point(mine, &point(&maker.snapshot(), name), &[]), Outcome::Recorded);
                record(&mut there, theirs, &instrument, values);
            }
            if window.is_none() {
                prop_assert_eq!(point(&here.snapshot(), name), point(&there.snapshot(), name));
            }
        }
        if window.is_none() {
            prop_assert!(here.snapshot().to_bytes() == there.snapshot().to_bytes());
        }
        let delta = here.drain().unwrap();
        prop_assert!(Delta::from_bytes(&delta).is_ok());
    }
}

const SCALED: ExponentialOptions = ExponentialOptions::new(8, 5, 0.5);

/// What is told of one family: values that are seen here, or buckets that come coarser than they had to be.
#[derive(Clone, Debug)]
enum Told {
    Values(Vec<f64>),
    Buckets(Vec<f64>, i32),
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    let values = || vec(select(vec![-1e300, -7.25, 0.1, 0.5, 1.0, 3.5, 64.0, 1e15]), 1..6);
    vec(prop_oneof![values().prop_map(Told::Values), (values(), 0i32..12).prop_map(|(values, by)| Told::Buckets(values, by))], 1..9)
}

/// Buckets of these values, by so many scales coarser than they had to be.
fn coarse(values: &[f64], by: i32) -> Point {
    let mut buckets = Exponential::new(&SCALED);
    let mut sum = ExactSum::default();
    for value in values {
        buckets.observe(&SCALED, *value, 1);
        sum.add(*value);
    }
    let ends = |ends: fn(f64, f64) -> f64| Double::new(values.iter().copied().reduce(ends).unwrap());
    let extremes = Some((ends(f64::min), ends(f64::max)));
    let tally = Tally { sum, extremes, extent: Extent::of(at(values.len() as u64)), ..Tally::default() };
    Point::ExponentialHistogram(Box::new(ExponentialHistogram { buckets: buckets.downscaled(buckets.scale() - by), tally }))
}

fn tell(ledger: &mut Ledger, told: &Told, window: Option<u64>) {
    let instrument = Instrument::ExponentialHistogram(SCALED);
    let scaled = series(ledger, "scaled", instrument.clone(), window);
    match told {
        Told::Values(values) => record(ledger, scaled, &instrument, values),
        Told::Buckets(values, by) => assert_eq!(ledger.merge_point(scaled, &coarse(values, *by), &[]), Outcome::Recorded),
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn coarse_buckets_and_values_give_the_same_bytes_however_they_are_split_ordered_and_delivered(
        all in told(), seed in any::<u64>(), window in select(vec![None, Some(60_000_000_000)]),
    ) {
        let mut chance = Chance::new(seed);
        let mut single = Ledger::new(WriterId::new(1));
        all.iter().for_each(|told| tell(&mut single, told, window));
        let mut parts: Vec<Ledger> = (2..5).map(|writer| Ledger::new(WriterId::new(writer))).collect();
        let mut order: Vec<&Told> = all.iter().collect();
        chance.shuffle(&mut order);
        let mut deltas = Vec::new();
        for told in order {
            let part = &mut parts[chance.below(3)];
            tell(part, told, window);
            if chance.one_in(2) {
                deltas.extend(part.drain());
            }
        }
        parts.iter_mut().for_each(|part| deltas.extend(part.drain()));
        let mut arriving: Vec<&Vec<u8>> = deltas.iter().chain(deltas.iter().filter(|_| chance.one_in(2))).collect();
        chance.shuffle(&mut arriving);
        let mut collector = Ledger::new(WriterId::new(9));
        for delta in arriving {
            collector.absorb(delta).unwrap();
        }
        let bytes = single.snapshot().to_bytes();
        prop_assert!(collector.snapshot().to_bytes() == bytes);
        // What was told is read, and has one form.
        prop_assert!(Snapshot::from_bytes(&bytes).unwrap().to_bytes() == bytes);
        let mut merged = Snapshot::default();
        parts.iter().for_each(|part| merged.merge(&part.snapshot()));
        prop_assert!(merged.to_bytes() == bytes);
    }
}

#[test]
fn points_that_cannot_be_are_turned_away_and_nothing_changes() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let [counted, changed, bucketed, scaled] = kinds().map(|(name, instrument)| series(&mut ledger, name, instrument, None));
    let before = ledger.snapshot();
    let sum = |value: f64| {
        let mut sum = ExactSum::default();
        sum.add(value);
        sum
    };
    let total = |value| Total { sum: sum(value), extent: Extent::of(at(1)), exemplar: None };
    let ends = |least, greatest| Some((Double::new(least), Double::new(greatest)));
    let tally = |extremes| Tally { sum: sum(2.0), extremes, extent: Extent::of(at(1)), ..Tally::default() };
    let histogram = |counts: &[u64], tally| Point::Histogram(Box::new(Histogram { counts: counts.into(), tally }));
    let options = |threshold| ExponentialOptions::new(1_024, 20, threshold);
    let exponential = |threshold, value, tally| {
        let mut buckets = Exponential::new(&options(threshold));
        buckets.observe(&options(threshold), value, 1);
        Point::ExponentialHistogram(Box::new(ExponentialHistogram { buckets, tally }))
    };
    let wrong = [
        (counted, Point::Counter(total(-1.0)), Outcome::InvalidValue),
        (counted, Point::UpDownCounter(total(1.0)), Outcome::WrongKind),
        (changed, Point::Counter(total(1.0)), Outcome::WrongKind),
        (bucketed, histogram(&[1, 0, 0], tally(ends(2.0, 2.0))), Outcome::InvalidValue),
        (bucketed, histogram(&[1, 0, 0, 0], tally(None)), Outcome::InvalidValue),
        (bucketed, histogram(&[0, 0, 0, 0], tally(ends(2.0, 2.0))), Outcome::InvalidValue),
        (bucketed, histogram(&[1, 0, 0, 0], tally(ends(2.0, 1.0))), Outcome::InvalidValue),
        (bucketed, histogram(&[1, 0, 0, 0], tally(ends(-0.0, 1.0))), Outcome::InvalidValue),
        (bucketed, histogram(&[1, 0, 0, 0], tally(ends(1.0, f64::INFINITY))), Outcome::InvalidValue),
        (scaled, exponential(0.0, 0.25, tally(ends(0.25, 0.25))), Outcome::InvalidValue), // within the family's zero
        (scaled, exponential(0.5, 2.0, tally(None)), Outcome::InvalidValue),
        (scaled, histogram(&[1, 0, 0, 0], tally(ends(2.0, 2.0))), Outcome::WrongKind),
        (SeriesId(99), Point::Counter(total(1.0)), Outcome::UnknownId),
    ];
    for (series, point, expected) in wrong {
        assert_eq!(ledger.merge_point(series, &point, &[]), expected, "{point:?}");
    }
    let after = ledger.snapshot();
    assert_eq!(after.metrics, before.metrics);
    let drops: Vec<_> = after.drops.iter().map(|(reason, count)| (reason.name(), count)).collect();
    assert_eq!(drops, [("invalid-value", 9), ("unknown-id", 1), ("wrong-kind", 3)]);
    // Of a family with a window every record has its time.
    let windowed = series(&mut ledger, "windowed", Instrument::Counter, Some(60_000_000_000));
    let timeless = Point::Counter(Total { extent: Extent::default(), ..total(1.0) });
    assert_eq!(ledger.merge_point(windowed, &timeless, &[]), Outcome::InvalidTime);
    assert_eq!(ledger.merge_point(counted, &timeless, &[]), Outcome::Recorded);
    // More buckets than the family keeps become coarser.
    assert_eq!(ledger.merge_point(scaled, &exponential(0.5, 1e300, tally(ends(1e300, 1e300))), &[]), Outcome::Recorded);
    assert_eq!(ledger.merge_point(scaled, &exponential(0.5, 0.75, tally(ends(0.75, 0.75))), &[]), Outcome::Recorded);
    let Point::ExponentialHistogram(histogram) = point(&ledger.snapshot(), "scaled") else { panic!("it is one") };
    assert_eq!((histogram.buckets.scale(), histogram.count()), (-8, 2));
}

#[test]
fn exemplars_come_beside_a_point_and_objectives_judge_its_buckets() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let selector = |threshold| MetricSelector { name: "bucketed".into(), labels: vec![], threshold };
    let objective = |id: &str, threshold: f64| {
        let part = selector(Some((Comparison::AtMost, Double::new(threshold))));
        let ratio = MetricRatio { part_is_good: true, part, total: selector(None) };
        let indicator = Indicator::Metrics(ratio);
        Objective { indicator, ..Objective::new(id, "50%".parse().unwrap(), Window::days(1).unwrap()) }
    };
    for (id, threshold) in [("at a bound", 1.0), ("in a bucket", 50.0)] {
        ledger.create_slo(objective(id, threshold)).unwrap();
    }
    let bucketed = series(&mut ledger, "bucketed", Instrument::histogram(&BOUNDS), None);
    let mut sum = ExactSum::default();
    sum.add(300.0);
    let extremes = Some((Double::new(0.5), Double::new(200.0)));
    let tally = Tally { sum, extremes, extent: Extent::of(at(1)), ..Tally::default() };
    let exemplar = |value: f64| Exemplar { value: Double::new(value), at: at(1), trace_id: TraceId::derive("t"), span_id: span_id(1) };
    let made = Point::Histogram(Box::new(Histogram { counts: vec![0, 4, 2, 1], tally }));
    assert_eq!(ledger.merge_point(bucketed, &made, &[exemplar(0.75), exemplar(f64::NAN)]), Outcome::Recorded);
    let snapshot = ledger.snapshot();
    assert_eq!(point(&snapshot, "bucketed").exemplars(), [exemplar(0.75)]);
    let statuses = snapshot.slos.statuses(None);
    let shown: Vec<_> = statuses.iter().map(|slo| (slo.id.as_str(), slo.good, slo.total)).collect();
    // Of the two between 1 and 100 nobody knows on which side of 50 they are.
    assert_eq!(shown, [("at a bound", 4, 7), ("in a bucket", 4, 5)]);
    let uncounted: Vec<u64> = snapshot.slos.0.values().map(|tracked| tracked.uncounted).collect();
    assert_eq!(uncounted, [0, 1]);
}
