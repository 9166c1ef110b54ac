//! Histograms and summaries in the text formats.
//!
//! A histogram's buckets are cumulative there, and an exponential one is written by the bounds of those
//! of its buckets that hold something. Deliberately absent: what is common to all instruments (see
//! `text`).

use alloc::string::String;
use alloc::vec::{IntoIter, Vec};
use core::iter::Peekable;

use super::line::{Labels, Name};
use super::native::below_zero;
use super::number;
use super::shown::Shown;
use super::text::Page;
use crate::float::Double;
use crate::metrics::{Buckets, Exemplar, Exponential, ExponentialHistogram, ExponentialOptions, Point, Tally, bucket_index};
use crate::query::Asked;

/// The names of a distribution's samples.
struct Names {
    bucket: Name,
    sum: Name,
    count: Name,
    created: Name,
}

/// Exemplars by bucket, one a bucket, in the order of the buckets.
struct Placed<'e, K>(Peekable<IntoIter<(K, &'e Exemplar)>>);

/// A bucket of an exponential histogram among all: below zero, zero, above; then by what makes it rise.
type Place = (i8, i32);

const ZERO: Place = (0, 0);

impl Names {
    fn new(family: &str) -> Self {
        let name = |ending| Name::new(family, ending);
        Self { bucket: name("_bucket"), sum: name("_sum"), count: name("_count"), created: name("_created") }
    }
}

impl<'e, K: Copy + Ord> Placed<'e, K> {
    /// Of those that share a bucket the first by rank is taken.
    fn new(exemplars: &'e [Exemplar], place: impl Fn(f64) -> K) -> Self {
        let finite = exemplars.iter().filter(|exemplar| exemplar.value.get().is_finite());
        let mut placed: Vec<_> = finite.map(|exemplar| (place(exemplar.value.get()), exemplar)).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.dedup_by_key(|(place, _)| *place);
        Self(placed.into_iter().peekable())
    }

    /// The one of a bucket. Buckets are asked for in their order.
    fn of(&mut self, place: K) -> Option<&'e Exemplar> {
        while self.0.next_if(|(next, _)| *next < place).is_some() {}
        self.0.next_if(|(next, _)| *next == place).map(|(_, exemplar)| exemplar)
    }
}

impl Page {
    pub(super) fn histograms(&mut self, shown: &Shown<'_>, bounds: &[Double]) {
        let names = Names::new(&shown.name);
        let end = |bound: f64| {
            let mut text = String::new();
            number::label(&mut text, bound, self.is_open);
            text
        };
        let ends: Vec<String> = bounds.iter().map(|bound| end(bound.get())).chain([end(f64::INFINITY)]).collect();
        let can_sum = bounds.first().is_none_or(|bound| bound.get() >= 0.0);
        self.each(shown, |page, labels, series| {
            let Point::Histogram(histogram) = &series.point else { return };
            labels.keep();
            let tally = &histogram.tally;
            let mut exemplars = Placed::new(page.exemplars(tally), |value| bounds.partition_point(|bound| bound.get() < value));
            let mut below = 0u64;
            for (place, (end, count)) in ends.iter().zip(&histogram.counts).enumerate() {
                below = below.saturating_add(*count);
                names.bucket.push_with(&mut page.text, labels, "le");
                page.text.push_str(end);
                page.bucket(below, exemplars.of(place));
            }
            page.tally(&names, labels, tally, histogram.count(), can_sum);
        });
    }

    pub(super) fn exponential_histograms(&mut self, shown: &Shown<'_>, options: &ExponentialOptions) {
        let names = Names::new(&shown.name);
        let zero = options.zero_threshold.get();
        self.each(shown, |page, labels, series| {
            let Point::ExponentialHistogram(histogram) = &series.point else { return };
            labels.keep();
            let (tally, scale) = (&histogram.tally, histogram.buckets.scale());
            let mut exemplars = Placed::new(page.exemplars(tally), |value| match bucket_index(value, scale) {
                _ if value.abs() <= zero => ZERO,
                index if value < 0.0 => (-1, -index),
                index => (1, index),
            });
            let mut below = 0u64;
            for (place, bound, count) in buckets(histogram, zero) {
                below = below.saturating_add(count);
                names.bucket.push_with(&mut page.text, labels, "le");
                number::label(&mut page.text, bound, page.is_open);
                page.bucket(below, exemplars.of(place));
            }
            names.bucket.push_with(&mut page.text, labels, "le");
            page.text.push_str("+Inf");
            page.bucket(histogram.count(), None);
            page.tally(&names, labels, tally, histogram.count(), histogram.buckets.negative().is_empty());
        });
    }

    /// Quantiles of the window, where there is one; sums and counts are of all time.
    pub(super) fn summaries(&mut self, shown: &Shown<'_>) {
        let (name, names) = (Name::new(&shown.name, ""), Names::new(&shown.name));
        self.each(shown, |page, labels, series| {
            let Point::Summary(summary) = &series.point else { return };
            labels.keep();
            for (share, quantile) in (Asked { schema: shown.schema, series }).exported_quantiles() {
                let value = quantile.map_or(f64::NAN, |quantile| quantile.value);
                if page.is_open && value < 0.0 {
                    continue;
                }
                name.push_with(&mut page.text, labels, "quantile");
                number::label(&mut page.text, share, page.is_open);
                page.text.push_str("\"} ");
                number::double(&mut page.text, value);
                page.end();
            }
            if !page.is_open || is_counter(&summary.tally) {
                page.sum(&names, labels, &summary.tally);
            }
            page.count(&names, labels, summary.count());
            page.created(&names.created, labels, summary.tally.extent);
        });
    }

    /// What there is to show of exemplars.
    fn exemplars<'t>(&self, tally: &'t Tally) -> &'t [Exemplar] {
        if self.is_open { tally.exemplars.as_slice() } else { &[] }
    }

    /// The rest of a bucket's line, from the end of its bound on.
    fn bucket(&mut self, below: u64, exemplar: Option<&Exemplar>) {
        self.text.push_str("\"} ");
        number::whole(&mut self.text, below);
        self.exemplar(exemplar);
        self.end();
    }

    /// What follows a histogram's buckets. In OpenMetrics a sum must be a counter's, and there is a
    /// count only where there is a sum (section Histogram).
    fn tally(&mut self, names: &Names, labels: &Labels<'_>, tally: &Tally, count: u64, can_sum: bool) {
        if !self.is_open || (can_sum && is_counter(tally)) {
            self.sum(names, labels, tally);
            self.count(names, labels, count);
        }
        self.created(&names.created, labels, tally.extent);
    }

    fn sum(&mut self, names: &Names, labels: &Labels<'_>, tally: &Tally) {
        names.sum.push(&mut self.text, labels);
        number::double(&mut self.text, tally.sum.value());
        self.end();
    }

    fn count(&mut self, names: &Names, labels: &Labels<'_>, count: u64) {
        names.count.push(&mut self.text, labels);
        number::whole(&mut self.text, count);
        self.end();
    }
}

/// Whether the sum of values never falls.
fn is_counter(tally: &Tally) -> bool {
    tally.extremes.is_none_or(|(least, _)| least.get() >= 0.0)
}

/// The buckets of an exponential histogram that hold something, from the lowest on: which, its upper
/// bound and its count.
fn buckets(histogram: &ExponentialHistogram, zero: f64) -> impl Iterator<Item = (Place, f64, u64)> {
    let buckets = &histogram.buckets;
    let scale = buckets.scale();
    let below = indexed(buckets.negative()).rev().map(move |(index, count)| ((-1, -index), below_zero(scale, index, zero), count));
    let above = indexed(buckets.positive()).map(move |(index, count)| ((1, index), Exponential::bounds(scale, index).1, count));
    below.chain(Some((ZERO, zero, buckets.zero_count())).filter(|(.., count)| *count > 0)).chain(above)
}

/// The buckets of one sign that hold something, by their index.
fn indexed(buckets: &Buckets) -> impl DoubleEndedIterator<Item = (i32, u64)> {
    let counts = buckets.counts().iter().enumerate().filter(|(_, count)| **count > 0);
    counts.map(|(place, count)| (buckets.offset() + place as i32, *count))
}
