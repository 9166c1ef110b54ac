//! Counts by bucket index, of one sign of an exponential histogram.
//!
//! Buckets of a coarser scale are unions of finer ones, so that making them coarser is a shift of
//! their indices. Deliberately absent: scales, settings and values; [`super::Exponential`] knows them.

use alloc::vec::Vec;
use core::iter::repeat_n;

/// Counts by bucket index, of the values of one sign.
///
/// # Bounds
/// 8 bytes for each index from the first to the last that has a count, so at most the size in the
/// settings. Counting is O(1); a new first index is O(size).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Buckets {
    offset: i32,      // 0 where nothing was counted
    counts: Vec<u64>, // the first and the last are not zero
}

impl Buckets {
    /// The counts from an offset on; `None` where an end is zero, or where nothing has an offset.
    pub(super) fn new(offset: i32, counts: Vec<u64>) -> Option<Self> {
        let is_canonical = match (counts.first(), counts.last()) {
            (Some(first), Some(last)) => *first > 0 && *last > 0,
            _ => offset == 0,
        };
        is_canonical.then_some(Self { offset, counts })
    }

    /// The index of the first count; 0 where there is none.
    #[must_use]
    pub const fn offset(&self) -> i32 {
        self.offset
    }

    /// The counts, from the offset on. The first and the last are not zero.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Whether nothing was counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// All counts together; at most `u64::MAX`.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The first and the last index that has a count.
    pub(super) fn range(&self) -> Option<(i32, i32)> {
        let after_first = self.counts.len().checked_sub(1)?;
        Some((self.offset, self.offset + after_first as i32))
    }

    /// Counts at an index between the first and the last; `false` where it is not there.
    #[inline]
    pub(super) fn bump(&mut self, index: i32, count: u64) -> bool {
        // Below the first it wraps to far above the last.
        let place = index.wrapping_sub(self.offset).cast_unsigned() as usize;
        let found = self.counts.get_mut(place);
        found.map(|old| *old = old.saturating_add(count)).is_some()
    }

    /// Counts at any index; the count is not zero.
    pub(super) fn add(&mut self, index: i32, count: u64) {
        self.reach(index);
        self.bump(index, count);
    }

    /// Lets an index be between the first and the last, with a count of zero that must not stay.
    fn reach(&mut self, index: i32) {
        match self.range() {
            None => {
                self.offset = index;
                self.counts.push(0);
            }
            Some((first, _)) if index < first => {
                self.counts.splice(0..0, repeat_n(0, first.abs_diff(index) as usize));
                self.offset = index;
            }
            Some((first, last)) if index > last => self.counts.resize(first.abs_diff(index) as usize + 1, 0),
            Some(_) => {}
        }
    }

    /// Adds the counts of others, made coarser by so many scales.
    pub(super) fn merge(&mut self, other: &Self, by: u32) {
        let Some((first, last)) = other.range() else { return };
        self.reach(first >> by);
        self.reach(last >> by);
        for (index, count) in (first..).zip(&other.counts) {
            self.bump(index >> by, *count);
        }
    }

    /// Makes them coarser by so many scales.
    pub(super) fn shrink(&mut self, by: u32) {
        if let Some((first, last)) = self.range().filter(|_| by > 0) {
            let offset = first >> by;
            for (place, index) in (first..).enumerate().take(self.counts.len()) {
                let count = core::mem::take(&mut self.counts[place]);
                // Never after the place itself, so that nothing is overwritten before it is read.
                let target = &mut self.counts[(index >> by).abs_diff(offset) as usize];
                *target = target.saturating_add(count);
            }
            self.counts.truncate((last >> by).abs_diff(offset) as usize + 1);
            self.offset = offset;
        }
    }
}

/// The range of two ranges of indices.
pub(super) fn around(one: Option<(i32, i32)>, other: Option<(i32, i32)>) -> Option<(i32, i32)> {
    match (one, other) {
        (Some((low, high)), Some((lower, higher))) => Some((low.min(lower), high.max(higher))),
        (one, other) => one.or(other),
    }
}
