//! Slots: good and bad events by the minute in which they happened.
//!
//! Slots that no window can reach any more are folded into one pair of counts, `expired`. What is
//! reachable follows from the newest slot of all, so an event that came too late and one that was
//! there in time and grew old end in the same place, in whatever order they came. Deliberately
//! absent: targets; what the counts mean is `status`.

use alloc::collections::BTreeMap;
use core::ops::RangeInclusive;

use super::Window;
use super::objective::{DAY_SLOTS, SLOT_NS};
use crate::time::Timestamp;

/// Good and bad events.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// How many were good.
    pub good: u64,
    /// How many were bad.
    pub bad: u64,
}

/// Good and bad events by minute.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Slots {
    pub(crate) counts: BTreeMap<u64, Counts>, // minutes since 1970 -> what happened in them
    pub(crate) expired: Counts,
}

impl Counts {
    /// So many events of one sort.
    #[must_use]
    pub const fn of(good: bool, count: u64) -> Self {
        if good { Self { good: count, bad: 0 } } else { Self { good: 0, bad: count } }
    }

    /// Adds others. At 2^64 - 1 a count stays there.
    pub fn add(&mut self, more: Self) {
        self.good = self.good.saturating_add(more.good);
        self.bad = self.bad.saturating_add(more.bad);
    }

    /// All events; at 2^64 - 1 it stays there.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.good.saturating_add(self.bad)
    }
}

impl Slots {
    /// Adds events at a time. Gives by how many slots there are now more, or fewer.
    pub fn record(&mut self, window: Window, at: Timestamp, counts: Counts) -> isize {
        let slot = at.nanos() / SLOT_NS;
        let (newest, before) = (self.newest(), self.counts.len());
        if newest.is_some_and(|newest| slot < oldest_kept(window, newest)) {
            self.expired.add(counts);
            return 0;
        }
        self.counts.entry(slot).or_default().add(counts);
        if newest.is_some_and(|newest| slot > newest) {
            self.expire(window);
        }
        self.counts.len().cast_signed() - before.cast_signed()
    }

    /// Whether an event at this time would need a slot that is not there.
    #[must_use]
    pub(super) fn needs_slot(&self, at: Timestamp) -> bool {
        !self.counts.contains_key(&(at.nanos() / SLOT_NS))
    }

    /// Adds all of another's.
    pub fn merge(&mut self, window: Window, other: &Self) {
        for (slot, counts) in &other.counts {
            self.counts.entry(*slot).or_default().add(*counts);
        }
        self.expired.add(other.expired);
        self.expire(window);
    }

    /// The newest slot.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        self.counts.last_key_value().map(|(slot, _)| *slot)
    }

    /// The slots of a range that hold anything, in order.
    pub fn range(&self, slots: RangeInclusive<u64>) -> impl Iterator<Item = (u64, Counts)> + '_ {
        self.counts.range(slots).map(|(slot, counts)| (*slot, *counts))
    }

    /// How many events no window reaches, seen from a newest slot that may lie in another layer.
    #[must_use]
    pub(super) fn expired_by(&self, window: Window, newest: u64) -> u64 {
        let mut expired = self.expired;
        self.counts.range(..oldest_kept(window, newest)).for_each(|(_, counts)| expired.add(*counts));
        expired.total()
    }

    /// How many slots hold anything.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing ever happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn expire(&mut self, window: Window) {
        let Some(newest) = self.newest() else { return };
        let oldest = oldest_kept(window, newest);
        while let Some(entry) = self.counts.first_entry().filter(|entry| *entry.key() < oldest) {
            self.expired.add(entry.remove());
        }
    }
}

/// The oldest slot that is kept: a window's length and a day before the newest, so that one can
/// still ask how things stood a day ago.
fn oldest_kept(window: Window, newest: u64) -> u64 {
    (newest + 1).saturating_sub(window.slots_max() + DAY_SLOTS)
}
