//! A series of a ledger held against all that was recorded of it: every kind of point, and its window.

use codomyrmex_telemetry::metrics::{Buckets, Exemplar, ExponentialHistogram, Form, Point, Series, Summary, Tally, Values};
use codomyrmex_telemetry::{Descriptor, Double, ExactSum, ExponentialOptions, Extent, Instrument};
use codomyrmex_telemetry_tests::{SeriesTruth, nearest, units_of_parts};

/// A series against what it must be.
pub(crate) fn assert_series(series: &Series, family: &Descriptor, truth: &SeriesTruth) {
    assert_point(&series.point, &family.instrument, truth, true);
    let slices = family.window.map(|window| truth.slices(window)).unwrap_or_default();
    let recent = series.recent.as_ref().map(|recent| recent.slices().clone()).unwrap_or_default();
    assert_eq!(recent.keys().collect::<Vec<_>>(), slices.keys().collect::<Vec<_>>());
    for (slice, point) in &recent {
        assert_point(point, &family.instrument, &slices[slice], false);
    }
}

/// A point against what it must be. Slices of a window keep no exemplars.
fn assert_point(point: &Point, instrument: &Instrument, truth: &SeriesTruth, keeps_exemplars: bool) {
    assert_exemplars(point, instrument, truth, keeps_exemplars);
    match (point, instrument) {
        (Point::Gauge(gauge), Instrument::Gauge) => {
            assert_eq!(gauge.last.map(|(at, value)| (at.nanos(), value.get().to_bits())), truth.last());
        }
        (Point::State(state), Instrument::StateSet(_)) => {
            assert_eq!(state.last.map(|(at, value)| (at.nanos(), value.get() as u64)), truth.last_state());
        }
        (Point::Info, Instrument::Info) => assert_eq!(truth.0, []),
        (Point::Counter(total), Instrument::Counter) | (Point::UpDownCounter(total), Instrument::UpDownCounter) => {
            assert_sum(&total.sum, total.extent, truth);
        }
        (Point::Histogram(histogram), Instrument::Histogram(bounds)) => {
            assert_eq!(histogram.counts, truth.buckets(bounds));
            assert_tally(&histogram.tally, truth);
        }
        (Point::ExponentialHistogram(histogram), Instrument::ExponentialHistogram(options)) => {
            assert_exponential(histogram, options, truth)
        }
        (Point::Summary(summary), Instrument::Summary(options)) => assert_summary(summary, options.digits, truth),
        other => panic!("a point of another kind: {other:?}"),
    }
}

fn assert_sum(sum: &ExactSum, extent: Extent, truth: &SeriesTruth) {
    let units = truth.units();
    assert_eq!(units_of_parts(&sum.parts()), units);
    assert_eq!(sum.value().to_bits(), nearest(&units).to_bits());
    assert_eq!(extent.bounds().map(|(first, last)| (first.nanos(), last.nanos())), truth.extent());
}

fn assert_tally(tally: &Tally, truth: &SeriesTruth) {
    assert_sum(&tally.sum, tally.extent, truth);
    let bits = |(least, greatest): (f64, f64)| (least.to_bits(), greatest.to_bits());
    let extremes = tally.extremes.map(|(least, greatest)| (least.get(), greatest.get()));
    assert_eq!(extremes.map(bits), truth.extremes().map(bits));
}

fn assert_exponential(histogram: &ExponentialHistogram, options: &ExponentialOptions, truth: &SeriesTruth) {
    let ideal = truth.exponential(options);
    let counts = |buckets: &Buckets| {
        let all = (i64::from(buckets.offset())..).zip(buckets.counts().iter().copied());
        all.filter(|(_, count)| *count > 0).collect()
    };
    let buckets = &histogram.buckets;
    assert_eq!((buckets.scale(), buckets.zero_count()), (ideal.scale, ideal.zero));
    assert_eq!((counts(buckets.positive()), counts(buckets.negative())), (ideal.positive, ideal.negative));
    assert_tally(&histogram.tally, truth);
}

/// Up to 64 values are kept as they are; more are counted in buckets that are as narrow as they must be.
fn assert_summary(summary: &Summary, digits: u8, truth: &SeriesTruth) {
    let mut sorted = truth.sorted();
    assert_eq!(summary.count(), truth.count());
    match summary.values.form() {
        Form::Exact(values) => {
            assert!(truth.count() <= 64, "{} values are kept as they are", truth.count());
            let expected = sorted.iter().flat_map(|(value, times)| vec![Double::new(*value); *times as usize]);
            assert_eq!(values, expected.collect::<Vec<_>>());
        }
        Form::Buckets { cleared, buckets } => {
            assert!(truth.count() > 64, "{} values are not kept as they are", truth.count());
            assert_eq!(cleared, truth.cleared(digits));
            for (bucket, count) in buckets {
                let (low, high) = Values::range(cleared, bucket);
                let within = |(value, _): &(f64, u64)| low <= *value && *value <= high;
                assert_eq!(sorted.iter().filter(|value| within(value)).map(|(_, times)| times).sum::<u64>(), count);
                sorted.retain(|value| !within(value));
            }
            assert_eq!(sorted, []);
        }
    }
    assert_tally(&summary.tally, truth);
}

/// Each exemplar is a record that was made in a sampled trace, and there is one wherever there was such.
fn assert_exemplars(point: &Point, instrument: &Instrument, truth: &SeriesTruth, keeps: bool) {
    let kept = point.exemplars();
    let was = |exemplar: &&Exemplar| {
        let is_it = |record: &&codomyrmex_telemetry_tests::Record| {
            record.context == Some((exemplar.trace_id, exemplar.span_id))
                && record.at == Some(exemplar.at.nanos())
                && record.value.to_bits() == exemplar.value.get().to_bits()
        };
        truth.sampled().any(|record| is_it(&record))
    };
    assert_eq!(kept.iter().filter(was).count(), kept.len(), "an exemplar of nothing among {kept:?}");
    let places = match instrument {
        Instrument::Counter => truth.sampled().count().min(1),
        Instrument::Histogram(bounds) => truth.sampled_buckets(bounds),
        Instrument::ExponentialHistogram(_) => truth.sampled_octaves().min(8),
        _ => 0,
    };
    assert_eq!(kept.len(), if keeps { places } else { 0 });
    let mut found: Vec<usize> = kept.iter().map(|exemplar| bucket(instrument, exemplar.value)).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), kept.len(), "two exemplars of one bucket among {kept:?}");
}

/// Which exemplars keep each other out.
fn bucket(instrument: &Instrument, value: Double) -> usize {
    match instrument {
        Instrument::Histogram(bounds) => bounds.iter().position(|bound| value.get() <= bound.get()).unwrap_or(bounds.len()),
        Instrument::ExponentialHistogram(_) => (value.get().to_bits() >> 52) as usize,
        _ => 0,
    }
}
