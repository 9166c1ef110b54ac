//! The buckets of a base-2 exponential histogram (OpenTelemetry metrics data model, section
//! ExponentialHistogram).
//!
//! The scale is the finest at which the buckets of either sign fit the settings. Buckets of a coarser
//! scale are unions of finer ones, so the state depends on the values that were observed and on
//! nothing else: not on their order, and not on how they were split and merged. Deliberately absent:
//! the mapping of values (`scale`), the counts of one sign (`buckets`), sums and times.

use alloc::format;
use alloc::vec::Vec;

use super::buckets::{Buckets, around};
use super::scale::{SCALE_MAX, SCALE_MIN, bucket_index, power};
use crate::Error;
use crate::float::Double;
use crate::limits::EXPONENTIAL_SIZE_MAX;

/// Below two, the coarsest scale would not hold a value on either side of one.
const SIZE_MIN: u32 = 2;

/// The settings of an exponential histogram; part of a family's schema.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ExponentialOptions {
    /// How many buckets each sign may have, from its first to its last: 2 to 1,024.
    pub max_size: u32,
    /// The finest scale, with which it begins: -10 to 20.
    pub max_scale: i32,
    /// Up to this magnitude a value counts as zero: finite, not below zero.
    pub zero_threshold: Double,
}

/// The buckets of an exponential histogram.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exponential {
    scale: i32,
    zero_count: u64,
    positive: Buckets,
    negative: Buckets,
}

impl Default for ExponentialOptions {
    /// The defaults of the OpenTelemetry Metrics SDK.
    fn default() -> Self {
        Self::new(160, 20, 0.0)
    }
}

impl ExponentialOptions {
    /// The settings, not checked yet.
    #[must_use]
    pub const fn new(max_size: u32, max_scale: i32, zero_threshold: f64) -> Self {
        // Of two zeros one is kept: what makes no difference must not make a schema differ.
        Self { max_size, max_scale, zero_threshold: Double::new(if zero_threshold == 0.0 { 0.0 } else { zero_threshold }) }
    }

    pub(crate) fn check(&self, family: &str) -> Result<(), Error> {
        let wrong = |rule: &str| Err(Error::InvalidArgument(format!("exponential histogram '{family}': {rule}")));
        if !(SIZE_MIN..=EXPONENTIAL_SIZE_MAX).contains(&self.max_size) {
            return wrong(&format!("the maximal size is {}; it must be {SIZE_MIN} to {EXPONENTIAL_SIZE_MAX}", self.max_size));
        }
        if !(SCALE_MIN..=SCALE_MAX).contains(&self.max_scale) {
            return wrong(&format!("the maximal scale is {}; it must be {SCALE_MIN} to {SCALE_MAX}", self.max_scale));
        }
        let threshold = self.zero_threshold.get();
        if !threshold.is_finite() || threshold.is_sign_negative() {
            return wrong(&format!("the zero threshold is {threshold:?}; it must be finite and not below 0"));
        }
        Ok(())
    }

    /// The lowest and the highest index that a value can have at a scale; `None` where all are zero.
    fn possible(&self, scale: i32) -> Option<(i32, i32)> {
        let smallest = self.zero_threshold.get().next_up();
        smallest.is_finite().then(|| (bucket_index(smallest, scale), bucket_index(f64::MAX, scale)))
    }

    /// By how many scales a range of indices must be coarser to fit.
    fn excess(&self, (low, high): (i32, i32)) -> u32 {
        // Coarser by 31, every range is one of {-1}, {0} and {-1, 0}.
        (0..31).find(|by| (high >> by).abs_diff(low >> by) < self.size()).unwrap_or(31)
    }

    /// The maximal size, also where nobody has checked it.
    fn size(&self) -> u32 {
        self.max_size.clamp(SIZE_MIN, EXPONENTIAL_SIZE_MAX)
    }

    /// The finest scale, also where nobody has checked it.
    fn finest(&self) -> i32 {
        self.max_scale.clamp(SCALE_MIN, SCALE_MAX)
    }
}

impl Exponential {
    /// One in which nothing was counted.
    #[must_use]
    pub fn new(options: &ExponentialOptions) -> Self {
        Self { scale: options.finest(), zero_count: 0, positive: Buckets::default(), negative: Buckets::default() }
    }

    /// The scale: the base is `2^(2^-scale)`.
    #[must_use]
    pub const fn scale(&self) -> i32 {
        self.scale
    }

    /// How many values counted as zero.
    #[must_use]
    pub const fn zero_count(&self) -> u64 {
        self.zero_count
    }

    /// The counts of the values above the zero threshold.
    #[must_use]
    pub const fn positive(&self) -> &Buckets {
        &self.positive
    }

    /// The counts of the values below zero and the threshold, by the index of their magnitude.
    #[must_use]
    pub const fn negative(&self) -> &Buckets {
        &self.negative
    }

    /// How many values it holds; at most `u64::MAX`.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.zero_count.saturating_add(self.positive.total()).saturating_add(self.negative.total())
    }

    /// Counts a value so many times. One that is not finite has no bucket and changes nothing.
    #[inline]
    pub fn observe(&mut self, options: &ExponentialOptions, value: f64, count: u64) {
        if !value.is_finite() || count == 0 {
            return;
        }
        if value.abs() <= options.zero_threshold.get() {
            self.zero_count = self.zero_count.saturating_add(count);
            return;
        }
        let index = bucket_index(value, self.scale);
        let buckets = if value < 0.0 { &mut self.negative } else { &mut self.positive };
        if !buckets.bump(index, count) {
            self.widen(options, value < 0.0, index, count);
        }
    }

    #[cold]
    fn widen(&mut self, options: &ExponentialOptions, is_negative: bool, index: i32, count: u64) {
        let buckets = if is_negative { &self.negative } else { &self.positive };
        let by = options.excess(around(buckets.range(), Some((index, index))).unwrap_or((index, index)));
        self.shrink(by);
        let buckets = if is_negative { &mut self.negative } else { &mut self.positive };
        buckets.add(index >> by, count);
    }

    /// Adds what another one counted. The result is what observing the values of both comes to; of buckets
    /// that came coarser than they had to be it has the scale. One without buckets has no say in it.
    pub fn merge(&mut self, options: &ExponentialOptions, other: &Self) {
        let scale = if other.is_bare() { self.scale } else { self.scale.min(other.scale) };
        let excess = |mine: &Buckets, others: &Buckets| {
            let coarser = |buckets: &Buckets, by: i32| buckets.range().map(|(low, high)| (low >> by, high >> by));
            around(coarser(mine, self.scale - scale), coarser(others, other.scale - scale)).map_or(0, |range| options.excess(range))
        };
        let by = excess(&self.positive, &other.positive).max(excess(&self.negative, &other.negative));
        let scale = scale - by.cast_signed();
        self.shrink(self.scale.abs_diff(scale));
        self.zero_count = self.zero_count.saturating_add(other.zero_count);
        self.positive.merge(&other.positive, other.scale.abs_diff(scale));
        self.negative.merge(&other.negative, other.scale.abs_diff(scale));
    }

    /// The same at a coarser scale, for exports. At a finer one it cannot be had, and stays as it is.
    #[must_use]
    pub fn downscaled(&self, scale: i32) -> Self {
        let mut coarser = self.clone();
        coarser.shrink(self.scale.abs_diff(scale.clamp(SCALE_MIN, self.scale)));
        coarser
    }

    /// Whether it has no buckets, but perhaps zeros.
    pub(super) const fn is_bare(&self) -> bool {
        self.positive.is_empty() && self.negative.is_empty()
    }

    fn shrink(&mut self, by: u32) {
        self.scale -= by.cast_signed();
        self.positive.shrink(by);
        self.negative.shrink(by);
    }

    /// One from its parts, each sign with its offset and counts; `None` where they are not canonical:
    /// where an end of the counts is zero, where more is counted than fits, where a finite double
    /// cannot have such an index, or where the scale is not one of these settings.
    ///
    /// That the scale is the finest that fits is asked only of one without buckets, so that nothing has one form.
    /// Others may have come as buckets from somebody who began with a coarser scale, or may be what was counted
    /// since somebody last told; then the scale is a part of what happened, as a value is. A merge has the finest
    /// scale that fits both and is not finer than either, in whatever order, and every scale is one form.
    #[must_use]
    pub fn from_parts(
        options: &ExponentialOptions,
        scale: i32,
        zero_count: u64,
        positive: (i32, Vec<u64>),
        negative: (i32, Vec<u64>),
    ) -> Option<Self> {
        if !(SCALE_MIN..=options.finest()).contains(&scale) {
            return None;
        }
        let buckets = |(offset, counts): (i32, Vec<u64>)| {
            if counts.len() > options.size() as usize || (counts.len() as u64) > i32::MAX.abs_diff(offset).into() {
                return None;
            }
            let buckets = Buckets::new(offset, counts)?;
            let Some((first, last)) = buckets.range() else { return Some(buckets) };
            let (low, high) = options.possible(scale)?;
            (low <= first && last <= high).then_some(buckets)
        };
        let read = Self { scale, zero_count, positive: buckets(positive)?, negative: buckets(negative)? };
        (!read.is_bare() || scale == options.finest()).then_some(read)
    }

    /// The bounds of a bucket, the lower exclusive and the upper inclusive, as the doubles nearest to
    /// `base^index` and `base^(index + 1)`; the largest double or the smallest above zero where there
    /// is none. The lowest bucket of a scale also holds the subnormal values below its lower bound.
    #[must_use]
    pub fn bounds(scale: i32, index: i32) -> (f64, f64) {
        (power(scale, index.into()), power(scale, i64::from(index) + 1))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn the_scale_falls_as_the_values_spread_and_no_further() {
        let options = ExponentialOptions::new(4, 20, 0.0);
        let mut seen = Exponential::new(&options);
        seen.observe(&options, 1.0, 1);
        assert_eq!((seen.scale(), seen.positive().offset(), seen.positive().counts()), (20, -1, &[1][..]));
        seen.observe(&options, 16.0, 2); // at scale 0 the indices -1 and 3 are five, at -1 they are -1 and 1
        assert_eq!((seen.scale(), seen.positive().offset(), seen.positive().counts()), (-1, -1, &[1, 0, 2][..]));
        seen.observe(&options, -3.0, 5);
        seen.observe(&options, -0.0, 7);
        seen.observe(&options, f64::NAN, 1);
        seen.observe(&options, f64::INFINITY, 1);
        seen.observe(&options, 1e300, 0);
        assert_eq!((seen.scale(), seen.negative().offset(), seen.negative().counts()), (-1, 0, &[5][..]));
        assert_eq!((seen.zero_count(), seen.positive().total(), seen.count()), (7, 3, 15));
    }

    #[test]
    fn counts_stop_at_the_most_a_number_holds() {
        let options = ExponentialOptions::new(2, 20, 1.5);
        let mut seen = Exponential::new(&options);
        for value in [1.5, 2.0, -2.0, 3.0, 1e9] {
            seen.observe(&options, value, u64::MAX);
        }
        seen.merge(&options, &seen.clone());
        assert_eq!(
            (seen.zero_count(), seen.positive().counts(), seen.negative().counts()),
            (u64::MAX, &[u64::MAX; 2][..], &[u64::MAX][..])
        );
        assert_eq!((seen.scale(), seen.positive().total(), seen.count()), (-4, u64::MAX, u64::MAX));
        assert_eq!(seen.downscaled(-9).positive().counts(), [u64::MAX]);
    }

    #[test]
    fn only_what_doubles_can_come_to_is_taken() {
        let options = ExponentialOptions::new(3, 5, 1.0);
        let read = |scale, positive: (i32, Vec<u64>)| Exponential::from_parts(&options, scale, 1, positive, (0, vec![]));
        assert_eq!(read(5, (0, vec![])).map(|read| read.scale()), Some(5));
        assert_eq!(read(4, (0, vec![1, 0, 1])).map(|read| read.scale()), Some(4));
        assert_eq!(read(4, (7, vec![1])).map(|read| read.positive().range()), Some(Some((7, 7)))); // scale 5 would do
        assert_eq!(read(0, (1021, vec![1, 2, 3])).map(|read| read.positive().range()), Some(Some((1021, 1023))));
        let wrong = [
            (4, (0, vec![])),            // nothing, and not the finest scale
            (5, (1, vec![])),            // an offset of nothing
            (6, (0, vec![1])),           // finer than the settings
            (-11, (0, vec![1])),         // coarser than all
            (5, (0, vec![0, 1])),        // begins with zero
            (5, (0, vec![1, 0])),        // ends with zero
            (5, (0, vec![1, 1, 1, 1])),  // too many
            (0, (1022, vec![1, 2, 3])),  // past the largest double
            (0, (i32::MAX, vec![1, 2])), // past everything
            (5, (-1, vec![1])),          // in what counts as zero
        ];
        for (scale, positive) in wrong {
            assert_eq!(read(scale, positive.clone()), None, "{scale} {positive:?}");
        }
        let all_zero = ExponentialOptions::new(3, 5, f64::MAX);
        assert_eq!(Exponential::from_parts(&all_zero, 5, 0, (0, vec![]), (32_767, vec![1])), None);
    }

    #[test]
    fn settings_that_nobody_checked_do_not_harm() {
        for (size, scale, threshold, expected) in [(0, 99, -1.0, -10), (u32::MAX, i32::MIN, f64::NAN, -10), (u32::MAX, 99, 0.0, -1)] {
            let options = ExponentialOptions::new(size, scale, threshold);
            let mut seen = Exponential::new(&options);
            for value in [f64::MAX, 5e-324, 0.3, 1.0] {
                seen.observe(&options, value, 1);
            }
            assert_eq!((seen.scale(), seen.count()), (expected, 4));
        }
    }

    #[test]
    fn wrong_settings_are_told_with_the_family() {
        let text = |options: ExponentialOptions| options.check("latency").map_err(|error| error.to_string());
        assert_eq!(text(ExponentialOptions::default()), Ok(()));
        assert_eq!(text(ExponentialOptions::new(2, -10, f64::MAX)), Ok(()));
        assert_eq!(ExponentialOptions::new(160, 20, -0.0), ExponentialOptions::default());
        let begin = "invalid argument: exponential histogram 'latency': ";
        for (size, scale, threshold, rule) in [
            (1, 0, 0.0, "the maximal size is 1; it must be 2 to 1024"),
            (1025, 0, 0.0, "the maximal size is 1025; it must be 2 to 1024"),
            (2, 21, 0.0, "the maximal scale is 21; it must be -10 to 20"),
            (2, -11, 0.0, "the maximal scale is -11; it must be -10 to 20"),
            (2, 0, -1.0, "the zero threshold is -1.0; it must be finite and not below 0"),
            (2, 0, f64::NAN, "the zero threshold is NaN; it must be finite and not below 0"),
            (2, 0, f64::INFINITY, "the zero threshold is inf; it must be finite and not below 0"),
        ] {
            assert_eq!(text(ExponentialOptions::new(size, scale, threshold)), Err(format!("{begin}{rule}")));
        }
        let negative_zero = ExponentialOptions { zero_threshold: Double::new(-0.0), ..ExponentialOptions::default() };
        assert_eq!(text(negative_zero), Err(format!("{begin}the zero threshold is -0.0; it must be finite and not below 0")));
    }
}
