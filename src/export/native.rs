//! Exponential histograms as Prometheus has them: native histograms.
//!
//! Source: OpenTelemetry specification, Prometheus and OpenMetrics compatibility, section Exponential
//! Histograms. A bucket's number is one more here, as Prometheus counts by the upper bound. Finer scales
//! than 8 are made coarser, which joins buckets and loses nothing else; one coarser than -4 cannot be
//! said and is written with the classic buckets that it comes to. A zero threshold of 0 is written as
//! 1e-128, as that section has it: only then does a histogram without values count as native, and
//! what is that near to zero still has its bucket. Deliberately absent: classic histograms.

use alloc::vec::Vec;
use core::iter::once;

use super::protobuf::Writer;
use crate::metrics::{Buckets, Exponential};

/// The scales that Prometheus knows.
const SCALES: core::ops::RangeInclusive<i32> = -4..=8;

const ZERO_THRESHOLD: f64 = 1e-128;

/// Up to so many empty buckets between others are written as zeros; a further span is longer.
const ZEROS_MAX: usize = 2;

// Fields of io.prometheus.client.Histogram and BucketSpan.
const SCHEMA: u32 = 5;
const THRESHOLD: u32 = 6;
const ZERO_COUNT: u32 = 7;
const NEGATIVE_SPAN: u32 = 9;
const NEGATIVE_DELTA: u32 = 10;
const POSITIVE_SPAN: u32 = 12;
const POSITIVE_DELTA: u32 = 13;
const SPAN_OFFSET: u32 = 1;
const SPAN_LENGTH: u32 = 2;

/// Whether it can be written as one.
pub(super) fn is_native(buckets: &Exponential) -> bool {
    buckets.scale() >= *SCALES.start()
}

/// Writes the scale and the buckets.
pub(super) fn write(writer: &mut Writer, buckets: &Exponential, zero_threshold: f64) {
    let coarser = (buckets.scale() > *SCALES.end()).then(|| buckets.downscaled(*SCALES.end()));
    let buckets = coarser.as_ref().unwrap_or(buckets);
    writer.sint(SCHEMA, buckets.scale().into());
    writer.double(THRESHOLD, if zero_threshold == 0.0 { ZERO_THRESHOLD } else { zero_threshold });
    writer.varint(ZERO_COUNT, buckets.zero_count());
    sign(writer, buckets.negative(), NEGATIVE_SPAN, NEGATIVE_DELTA);
    sign(writer, buckets.positive(), POSITIVE_SPAN, POSITIVE_DELTA);
}

/// The greatest double of a bucket of negative values: those that are further from zero than its bound and
/// than what counts as zero.
pub(super) fn below_zero(scale: i32, index: i32, zero_threshold: f64) -> f64 {
    -Exponential::bounds(scale, index).0.max(zero_threshold).next_up()
}

/// The upper bounds and counts of classic buckets that hold the same, without the last to infinity. A
/// bound is the greatest double of its bucket, so that what lies on it is where it is counted.
pub(super) fn classic(buckets: &Exponential, zero_threshold: f64) -> Vec<(f64, u64)> {
    let numbered = |buckets: &Buckets| (buckets.offset()..).zip(buckets.counts().to_vec()).collect::<Vec<_>>();
    let bounds = |index: i32| Exponential::bounds(buckets.scale(), index);
    let negative =
        numbered(buckets.negative()).into_iter().rev().map(|(index, count)| (below_zero(buckets.scale(), index, zero_threshold), count));
    let positive = numbered(buckets.positive()).into_iter().map(|(index, count)| (bounds(index).1, count));
    negative.chain(once((zero_threshold, buckets.zero_count()))).chain(positive).collect()
}

fn sign(writer: &mut Writer, buckets: &Buckets, span: u32, delta: u32) {
    let counts = buckets.counts();
    if counts.is_empty() {
        return;
    }
    let mut end = 0;
    for (first, next) in runs(counts) {
        let gap = if first == 0 { i64::from(buckets.offset()) + 1 } else { (first - end) as i64 };
        writer.message(span, |writer| {
            writer.sint(SPAN_OFFSET, gap);
            writer.varint(SPAN_LENGTH, (next - first) as u64);
        });
        end = next;
    }
    writer.message(delta, |writer| {
        let mut last = 0;
        for count in runs(counts).flat_map(|(first, next)| &counts[first..next]) {
            // Prometheus counts to 2^63 - 1.
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            writer.raw_sint(count - last);
            last = count;
        }
    });
}

/// Where buckets stand together: the first, and the first after them. Both ends of the counts are
/// never zero.
fn runs(counts: &[u64]) -> impl Iterator<Item = (usize, usize)> {
    let mut next = 0;
    core::iter::from_fn(move || {
        let first = next + counts.get(next..)?.iter().position(|count| *count > 0)?;
        let mut zeros = 0;
        next = counts.len();
        for (place, count) in counts.iter().enumerate().skip(first) {
            zeros = if *count > 0 { 0 } else { zeros + 1 };
            if zeros > ZEROS_MAX {
                next = place - ZEROS_MAX;
                break;
            }
        }
        Some((first, next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ExponentialOptions;

    #[test]
    fn runs_end_where_a_gap_is_wider_than_zeros_are_short() {
        let found = |counts: &[u64]| runs(counts).collect::<Vec<_>>();
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[1]), [(0, 1)]);
        assert_eq!(found(&[1, 0, 0, 2]), [(0, 4)]);
        assert_eq!(found(&[1, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 4]), [(0, 1), (4, 7), (11, 12)]);
    }

    #[test]
    fn a_coarse_one_comes_to_classic_buckets_that_hold_the_same() {
        let options = ExponentialOptions::new(4, -5, 1.0);
        let mut seen = Exponential::new(&options);
        let values = [-1e12, -3.0, -4_294_967_296f64, 0.5, -1.0, 1.5, 4_294_967_296f64, 4_294_967_296f64.next_up()];
        values.iter().for_each(|value| seen.observe(&options, *value, 1));
        assert!(!is_native(&seen));
        let found = classic(&seen, 1.0);
        assert_eq!(
            found,
            [(-4_294_967_296f64.next_up(), 1), (-1f64.next_up(), 2), (1.0, 2), (4_294_967_296f64, 2), (18_446_744_073_709_551_616.0, 1)]
        );
        let mut low = f64::NEG_INFINITY;
        for (high, count) in found {
            assert_eq!(values.iter().filter(|value| low < **value && **value <= high).count() as u64, count, "{high}");
            low = high;
        }
    }
}
