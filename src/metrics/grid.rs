//! Counts by bucket, each bucket all doubles that agree in sign, exponent and first bits of the fraction.
//!
//! These are the buckets of an HdrHistogram (Tene; <https://hdrhistogram.org>), laid on doubles instead of
//! integers. To find a value's bucket is to clear the other bits of its bit pattern: at first so few that
//! a bucket's width is at most one part in 10^digits. Only buckets that hold something are kept, and
//! where they become too many one more bit is cleared, which joins neighbours. How many are cleared
//! follows from which values there are: a part never needs more of them cleared than the whole, so the
//! state depends on the multiset of values and on nothing else. Deliberately absent: the values
//! themselves while they are few, and ranks (see `values`).

use alloc::vec;
use alloc::vec::Vec;
use core::iter::{Copied, Zip};
use core::slice::Iter;

use crate::float::Double;
use crate::limits::{SUMMARY_BUCKETS_MAX, SUMMARY_EXACT_MAX};

/// Octaves that hold the full precision even where every one of their buckets holds something.
const OCTAVES: usize = 32;

const FRACTION_BITS: u32 = 52;
const LARGEST: u64 = f64::MAX.to_bits();

/// Counts by bucket. A key is the place of the bucket's value nearest to zero in the row of all
/// doubles, with zero at 0: for positive values their bit pattern, for others that of `-value`, negated.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    cleared: u32,     // the low bits of a pattern that do not matter
    keys: Vec<i64>,   // rising
    counts: Vec<u64>, // as many, none of them 0
    hints: Vec<u16>,  // by the low bits of a bucket's number, where its key was last; may be wrong, and is no content
}

/// Buckets in rising order: the value nearest to zero in each, and its count. Zero has a bucket of its
/// own; where the bits that are kept are all 0, a bucket goes by the smallest double of its sign.
#[derive(Clone, Debug)]
pub struct ValueBuckets<'a>(Pairs<'a>);

type Pairs<'a> = Zip<Copied<Iter<'a, i64>>, Copied<Iter<'a, u64>>>;

/// The smallest k with 2^k at least 10^digits: so many bits of the fraction are kept while there is room.
const fn bits(digits: u8) -> u32 {
    match digits {
        0 | 1 => 4,
        2 => 7,
        3 => 10,
        4 => 14,
        _ => 17,
    }
}

pub(super) fn buckets_max(digits: u8) -> usize {
    SUMMARY_BUCKETS_MAX.min(OCTAVES << bits(digits))
}

const fn key(value: f64) -> i64 {
    let size = (value.to_bits() & !(1 << 63)).cast_signed();
    if value.is_sign_negative() { -size } else { size }
}

const fn value(key: i64) -> f64 {
    let value = f64::from_bits(key.unsigned_abs());
    if key < 0 { -value } else { value }
}

/// The key of the bucket in which a key is. It rises with the key.
fn bucket(key: i64, cleared: u32) -> i64 {
    let size = key.unsigned_abs();
    let nearest = (size >> cleared << cleared).max(size.min(1)).cast_signed();
    if key < 0 { -nearest } else { nearest }
}

/// The least and the greatest double of a bucket.
pub(super) fn range(cleared: u32, bucket: Double) -> (f64, f64) {
    let key = key(bucket.get());
    let size = key.unsigned_abs();
    let rest = if size == 0 { 0 } else { 1u64.checked_shl(cleared).map_or(u64::MAX, |next| next - 1) };
    let farthest = value((size | rest).min(LARGEST).cast_signed());
    if key < 0 { (-farthest, value(key)) } else { (value(key), farthest) }
}

impl PartialEq for Grid {
    fn eq(&self, other: &Self) -> bool {
        (self.cleared, &self.keys, &self.counts) == (other.cleared, &other.keys, &other.counts)
    }
}

impl Eq for Grid {}

impl Grid {
    /// No counts, at so many digits.
    pub(super) const fn new(digits: u8) -> Self {
        Self::empty(FRACTION_BITS - bits(digits))
    }

    const fn empty(cleared: u32) -> Self {
        Self { cleared, keys: Vec::new(), counts: Vec::new(), hints: Vec::new() }
    }

    /// The counts of these buckets; `None` where no values at so many digits come to that.
    pub(super) fn from_buckets(digits: u8, cleared: u32, buckets: Vec<(Double, u64)>) -> Option<Self> {
        let is_key = |bucket: &Double| bucket.get().is_finite() && *bucket != Double::new(-0.0);
        if cleared > u64::BITS - 1 || !buckets.iter().all(|(bucket, _)| is_key(bucket)) {
            return None;
        }
        let (keys, counts) = buckets.into_iter().map(|(bucket, count)| (key(bucket.get()), count)).unzip();
        let grid = Self { cleared, keys, counts, hints: Vec::new() };
        grid.is_canonical(digits).then_some(grid)
    }

    pub(super) const fn cleared(&self) -> u32 {
        self.cleared
    }

    pub(super) fn buckets(&self) -> ValueBuckets<'_> {
        ValueBuckets(self.iter())
    }

    /// How many values were counted; at 2^64 - 1 it stays there.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Counts a finite value so many times, which is not 0.
    #[inline]
    pub(super) fn add(&mut self, digits: u8, value: f64, count: u64) {
        let added = bucket(key(value), self.cleared);
        let hint = self.hints.get(self.slot(added)).map_or(0, |hint| usize::from(*hint));
        if self.keys.get(hint) == Some(&added)
            && let Some(counted) = self.counts.get_mut(hint)
        {
            *counted = counted.saturating_add(count);
            return;
        }
        self.search(buckets_max(digits), added, count);
    }

    /// Where the hint for a bucket is: neighbours never share one.
    fn slot(&self, key: i64) -> usize {
        (key >> self.cleared) as usize & self.hints.len().wrapping_sub(1)
    }

    fn search(&mut self, max: usize, added: i64, count: u64) {
        loop {
            let added = bucket(added, self.cleared);
            match self.keys.binary_search(&added) {
                Ok(place) => {
                    self.counts[place] = self.counts[place].saturating_add(count);
                    if self.hints.len() < self.keys.len() {
                        self.hints = vec![0; self.keys.len().next_power_of_two()];
                    }
                    let slot = self.slot(added);
                    self.hints[slot] = place as u16; // below SUMMARY_BUCKETS_MAX
                    return;
                }
                Err(place) if self.keys.len() < max => {
                    self.keys.insert(place, added);
                    self.counts.insert(place, count);
                    return;
                }
                Err(_) => self.coarsen(),
            }
        }
    }

    fn iter(&self) -> Pairs<'_> {
        self.keys.iter().copied().zip(self.counts.iter().copied())
    }

    /// Adds to the last bucket, or behind it.
    fn push(&mut self, added: i64, count: u64) {
        let added = bucket(added, self.cleared);
        match self.counts.last_mut() {
            Some(last) if self.keys.last() == Some(&added) => *last = last.saturating_add(count),
            _ => {
                self.keys.push(added);
                self.counts.push(count);
            }
        }
    }

    /// Clears one more bit. At the last there are three buckets: below zero, zero and above.
    fn coarsen(&mut self) {
        let mut coarse = Self::empty(self.cleared + 1);
        for (key, count) in self.iter() {
            coarse.push(key, count);
        }
        *self = coarse;
    }

    /// Both counted together.
    pub(super) fn merged(&self, digits: u8, other: &Self) -> Self {
        let mut merged = Self::empty(self.cleared.max(other.cleared));
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some((key, _)), Some((more, _))) if key <= more => left.next(),
                (_, Some(_)) => right.next(),
                _ => left.next(),
            };
            let Some((key, count)) = next else { break };
            merged.push(key, count);
        }
        while merged.keys.len() > buckets_max(digits) {
            merged.coarsen();
        }
        merged
    }

    /// Whether values at so many digits come to this.
    fn is_canonical(&self, digits: u8) -> bool {
        let (most, finest) = (buckets_max(digits), Self::new(digits).cleared);
        let is_rising = self.keys.is_sorted_by(|key, next| key < next);
        let fits = self.cleared >= finest && self.keys.len() <= most && self.count() > SUMMARY_EXACT_MAX as u64;
        let holds = self.iter().all(|(key, count)| bucket(key, self.cleared) == key && count > 0);
        is_rising && fits && holds && (self.cleared == finest || self.finer_at_most() > most)
    }

    /// How many buckets there can have been before the last bit was cleared. They were too many, or it
    /// would not have been cleared.
    fn finer_at_most(&self) -> usize {
        let upper = |key: i64| key.unsigned_abs() | 1 << (self.cleared - 1);
        self.iter().map(|(key, count)| if count > 1 && key != 0 && upper(key) <= LARGEST { 2 } else { 1 }).sum()
    }
}

impl Iterator for ValueBuckets<'_> {
    type Item = (Double, u64);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, count)| (Double::new(value(key)), count))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ValueBuckets<'_> {}
