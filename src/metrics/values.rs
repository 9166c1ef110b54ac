//! Values: what a summary has seen, each as it is while they are few, then counted in buckets.
//!
//! What is kept depends on the multiset of values and on nothing else: the form on how many there are,
//! the buckets on which (`grid`). Deliberately absent: the sum, the exact minimum and maximum, the time
//! (see `point`), and which quantiles somebody wants.

use alloc::vec::Vec;
use core::iter::repeat_n;

use super::grid::{Grid, ValueBuckets, buckets_max, range};
use crate::float::Double;
use crate::limits::SUMMARY_EXACT_MAX;

/// A multiset of finite doubles, up to the width of a bucket. -0.0 is 0.0.
///
/// `digits` are the significant decimal digits that are kept, 1 to 5, and what is outside counts as the
/// nearer end; they must be the same at every call for one multiset.
///
/// # Bounds
/// At most 8 bytes a value up to 64 values, then 18 bytes a bucket that is not empty; of these there
/// are at most 512 at one digit, 4,096 at two and 8,192 from three on, and a vector may hold as much
/// again in reserve. Observing takes constant time where the bucket was lately met, and O(buckets) where
/// it is new.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Values(Kept);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kept {
    Exact(Vec<Double>), // sorted; at most SUMMARY_EXACT_MAX
    Counted(Grid),      // of more than SUMMARY_EXACT_MAX values
}

/// What there is of values, as it is kept.
#[derive(Clone, Debug)]
pub enum Form<'a> {
    /// Every value, sorted, as often as it came.
    Exact(&'a [Double]),
    /// How often a value of each bucket came.
    Buckets {
        /// How many low bits of a value's bit pattern do not decide about its bucket.
        cleared: u32,
        /// The buckets that hold something.
        buckets: ValueBuckets<'a>,
    },
}

/// A quantile and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// What to say: the high end (HdrHistogram's highest equivalent value).
    pub value: f64,
    /// The value of that rank is at least this.
    pub low: f64,
    /// The value of that rank is at most this.
    pub high: f64,
}

/// The first rank, from 1, at which a share `q` of so many values is reached. As HdrHistogram reckons:
/// the product is rounded to a double before it is rounded up.
fn rank(q: f64, count: u64) -> u64 {
    let product = q * count as f64;
    let floor = product as u64; // NaN and what is below 0 become 0, what is too large the largest
    floor.saturating_add(u64::from((floor as f64) < product)).min(count).max(1)
}

impl Default for Values {
    fn default() -> Self {
        Self(Kept::Exact(Vec::new()))
    }
}

impl Values {
    /// So many buckets may hold something, at so many digits.
    #[must_use]
    pub fn buckets_max(digits: u8) -> usize {
        buckets_max(digits)
    }

    /// Records a finite value so many times; another changes nothing. At 2^64 - 1 a count stays there.
    #[inline]
    pub fn observe(&mut self, digits: u8, value: f64, count: u64) {
        if !value.is_finite() || count == 0 {
            return;
        }
        match &mut self.0 {
            Kept::Counted(grid) => grid.add(digits, value, count),
            Kept::Exact(values) if count <= (SUMMARY_EXACT_MAX - values.len()) as u64 => {
                let value = Double::new(if value == 0.0 { 0.0 } else { value });
                let place = values.partition_point(|other| *other <= value);
                drop(values.splice(place..place, repeat_n(value, count as usize)));
            }
            Kept::Exact(values) => {
                let mut grid = Grid::new(digits);
                for value in values.iter() {
                    grid.add(digits, value.get(), 1);
                }
                grid.add(digits, value, count);
                self.0 = Kept::Counted(grid);
            }
        }
    }

    /// Adds others, so that it is as if all had been observed here.
    pub fn merge(&mut self, digits: u8, other: &Self) {
        match (&mut self.0, &other.0) {
            (Kept::Counted(grid), Kept::Counted(more)) => *grid = grid.merged(digits, more),
            (_, Kept::Exact(more)) => {
                for value in more {
                    self.observe(digits, value.get(), 1);
                }
            }
            (Kept::Exact(values), Kept::Counted(grid)) => {
                let values = core::mem::take(values);
                self.0 = Kept::Counted(grid.clone());
                for value in values {
                    self.observe(digits, value.get(), 1);
                }
            }
        }
    }

    /// How many there are; at 2^64 - 1 it stays there.
    #[must_use]
    pub fn count(&self) -> u64 {
        match &self.0 {
            Kept::Exact(values) => values.len() as u64,
            Kept::Counted(grid) => grid.count(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Kept::Exact(values) if values.is_empty())
    }

    /// The value at a share `q`, in 0 to 1, of all, lowest first; `None` where there are none. It is the
    /// one of rank `q * count`, rounded up, and never less than the first. Where the exact least and
    /// greatest value are known, what is said of it does not go beyond them.
    #[must_use]
    pub fn quantile(&self, q: f64, extremes: Option<(f64, f64)>) -> Option<Quantile> {
        let rank = rank(q, self.count());
        let (mut low, mut high) = match &self.0 {
            Kept::Exact(values) => values.get(rank as usize - 1).map(|value| (value.get(), value.get()))?,
            Kept::Counted(grid) => {
                let mut below = 0u64;
                let reaches = |(_, count): &(Double, u64)| {
                    below = below.saturating_add(*count);
                    below >= rank
                };
                range(grid.cleared(), grid.buckets().find(reaches)?.0)
            }
        };
        if let Some((least, greatest)) = extremes {
            low = if low < least { least } else { low };
            high = if high > greatest { greatest } else { high };
        }
        Some(Quantile { value: high, low, high })
    }

    /// All of it, for those who write it down.
    #[must_use]
    pub fn form(&self) -> Form<'_> {
        match &self.0 {
            Kept::Exact(values) => Form::Exact(values),
            Kept::Counted(grid) => Form::Buckets { cleared: grid.cleared(), buckets: grid.buckets() },
        }
    }

    /// The least and the greatest double of a bucket of [`Form::Buckets`].
    #[must_use]
    pub fn range(cleared: u32, bucket: Double) -> (f64, f64) {
        range(cleared, bucket)
    }

    /// The values of a [`Form::Exact`]; `None` where they cannot be one.
    #[must_use]
    pub fn from_exact(values: Vec<Double>) -> Option<Self> {
        let is_kept = |value: &Double| value.get().is_finite() && *value != Double::new(-0.0);
        (values.len() <= SUMMARY_EXACT_MAX && values.is_sorted() && values.iter().all(is_kept)).then_some(Self(Kept::Exact(values)))
    }

    /// The values of a [`Form::Buckets`]; `None` where no values at so many digits come to that.
    #[must_use]
    pub fn from_buckets(digits: u8, cleared: u32, buckets: Vec<(Double, u64)>) -> Option<Self> {
        Grid::from_buckets(digits, cleared, buckets).map(|grid| Self(Kept::Counted(grid)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_an_hdr_histogram() {
        for (q, count, expected) in [(0.0, 9, 1), (0.5, 4, 2), (0.5, 5, 3), (1.0, 5, 5), (2.0, 5, 5), (-1.0, 5, 1), (f64::NAN, 5, 1)] {
            assert_eq!(rank(q, count), expected, "{q} of {count}");
        }
        assert_eq!((rank(1.0, u64::MAX), rank(1.0, (1 << 53) + 1), rank(0.5, u64::MAX)), (u64::MAX, 1 << 53, 1 << 63));
    }

    #[test]
    fn the_sixty_fifth_value_makes_buckets_in_which_zero_stays_zero() {
        let mut values = Values::default();
        values.observe(3, -0.0, 64);
        assert!(matches!(values.form(), Form::Exact(zeros) if zeros == [Double::new(0.0); 64]));
        values.observe(3, 1.5, 1);
        values.observe(3, -5e-324, u64::MAX);
        let Form::Buckets { cleared: 42, buckets } = values.form() else { panic!("{values:?}") };
        let kept = [(-5e-324, u64::MAX), (0.0, 64), (1.5, 1)];
        assert_eq!(buckets.collect::<Vec<_>>(), kept.map(|(value, count)| (Double::new(value), count)));
        assert_eq!(Values::range(42, Double::new(0.0)), (0.0, 0.0));
        assert_eq!(Values::range(42, Double::new(1.5)), (1.5, 1.5f64.next_up() + (1.0 / 1024.0 - f64::EPSILON * 2.0)));
        assert_eq!(values.count(), u64::MAX);
    }
}
