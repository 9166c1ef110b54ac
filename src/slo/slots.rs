//! Slots: good and bad events by the minute in which they happened, coarser as they grow old.
//!
//! Which slot a minute belongs to, and whether any window can still reach it, follows from the newest
//! minute of all and the objective's terms: so an event that came late and one that was there in time and
//! grew old end in the same place, in whatever order they came. What no window reaches is folded into one
//! pair of counts, `expired`. Deliberately absent: targets; what the counts mean is `line` and `status`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Objective;
use super::slot::Slot;
use super::window::{HOUR_SLOTS, SLOT_NS};
use crate::Error;
use crate::time::Timestamp;

/// Good and bad events. Of an indicator over metrics, the part and the whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// How many were good.
    pub good: u64,
    /// How many were bad.
    pub bad: u64,
}

/// Good and bad events by slot.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Slots {
    kept: Vec<Slot>,             // by their first minutes, each once
    wide: BTreeMap<u32, Counts>, // of those whose counts are too great for a slot, by the same
    expired: Counts,
}

/// What becomes of minutes as they grow old, by an objective's terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    reach: u64,        // minutes that are kept
    minutes: u64,      // of these, in slots of one minute
    five_minutes: u64, // in slots of at most five
    coarsest: u64,     // the longest slot there may be: 1, 5 or 60
    shift: u64,        // minutes that the clock is ahead by which slots are cut; below 60
}

impl Counts {
    /// So many events of one sort.
    #[must_use]
    pub const fn of(good: bool, count: u64) -> Self {
        if good { Self { good: count, bad: 0 } } else { Self { good: 0, bad: count } }
    }

    /// Adds others. At 2^64 - 1 a count stays there.
    pub const fn add(&mut self, more: Self) {
        self.good = self.good.saturating_add(more.good);
        self.bad = self.bad.saturating_add(more.bad);
    }

    /// All events; at 2^64 - 1 it stays there.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.good.saturating_add(self.bad)
    }
}

impl Keeping {
    /// By an objective's terms.
    pub(crate) fn new(objective: &Objective) -> Self {
        let resolution = objective.resolution;
        let slice = objective.budgeting.slice_slots().unwrap_or(HOUR_SLOTS);
        Self {
            reach: objective.window.slots_max() + resolution.history,
            minutes: resolution.minutes,
            five_minutes: resolution.five_minutes,
            // A slot never spans two slices, or a slice could not be judged.
            coarsest: [HOUR_SLOTS, 5, 1].into_iter().find(|length| slice.is_multiple_of(*length)).unwrap_or(1),
            shift: objective.window.shift() % HOUR_SLOTS,
        }
    }

    /// Checks that what is kept so suffices for an objective that this one is a part of.
    pub(crate) fn check_part_of(&self, whole: &Objective, part: &str) -> Result<(), Error> {
        let needs = Self::new(whole);
        let wrong = |what: String| Err(Error::InvalidArgument(format!("objective '{}': its part '{part}' {what}", whole.id)));
        if self.reach < needs.reach {
            return wrong(format!("keeps {} minutes, and {} are needed; give it a longer history", self.reach, needs.reach));
        }
        let is_fine = self.five_minutes >= self.reach && needs.coarsest == 5 || self.minutes >= self.reach;
        if self.coarsest > needs.coarsest && !is_fine {
            let length = whole.budgeting.slice_slots().unwrap_or(1);
            return wrong(format!(
                "keeps what is old in slots of {} minutes, which do not fit into slices of {length}; give it a finer resolution",
                self.coarsest
            ));
        }
        if whole.budgeting.slice_slots().is_some() && self.shift != needs.shift && !is_fine {
            return wrong("has a window whose hours begin at other minutes; give both one UTC offset".into());
        }
        Ok(())
    }

    /// The slot that a minute belongs to, seen from the newest minute: its first minute and its length.
    pub(super) const fn slot_of(&self, minute: u64, newest: u64) -> (u64, u64) {
        let now = newest + 1 + self.shift;
        let mut length = self.coarsest;
        while length > 1 {
            let start = (minute + self.shift) / length * length;
            let by_now = if length == HOUR_SLOTS { self.five_minutes } else { self.minutes };
            if (start + length).saturating_add(by_now) <= now {
                let cut = self.shift.saturating_sub(start); // before 1970 there are no minutes
                return (start + cut - self.shift, length - cut);
            }
            length = if length == HOUR_SLOTS { 5 } else { 1 };
        }
        (minute, 1)
    }

    /// The oldest minute that is kept.
    pub(super) const fn oldest(&self, newest: u64) -> u64 {
        (newest + 1).saturating_sub(self.reach)
    }
}

impl Slots {
    /// Slots as they were read; `None` where their first minutes do not rise.
    pub(crate) fn from_parts(slots: &[(u64, Counts)], expired: Counts) -> Option<Self> {
        let rising = slots.iter().zip(slots.iter().skip(1)).all(|((low, _), (high, _))| low < high);
        let fit = slots.iter().all(|(start, _)| *start <= Timestamp::MAX.nanos() / SLOT_NS);
        let mut read = Self { kept: Vec::with_capacity(slots.len()), wide: BTreeMap::new(), expired };
        slots.iter().for_each(|(start, counts)| read.append(*start as u32, *counts));
        (rising && fit).then_some(read)
    }

    /// Adds events at a time. Gives by how many slots there are now more, or fewer.
    #[inline]
    pub(crate) fn record(&mut self, keeping: &Keeping, at: Timestamp, counts: Counts) -> isize {
        let minute = at.nanos() / SLOT_NS;
        match self.kept.last() {
            Some(last) if last.start() == minute => {
                self.add(self.kept.len() - 1, counts);
                0
            }
            Some(last) if last.start() > minute => self.record_late(keeping, minute, counts),
            last => {
                // Slots are cut anew once an hour: it takes a walk over all of them.
                let is_new_hour = last.is_some_and(|last| last.start() / HOUR_SLOTS != minute / HOUR_SLOTS);
                self.append(minute as u32, counts);
                1 + if is_new_hour { self.cut(keeping) } else { 0 }
            }
        }
    }

    fn record_late(&mut self, keeping: &Keeping, minute: u64, counts: Counts) -> isize {
        let newest = self.newest().unwrap_or(minute);
        let (start, _) = keeping.slot_of(minute, newest);
        if start < keeping.oldest(newest) {
            self.expired.add(counts);
            return 0;
        }
        match self.kept.binary_search_by_key(&start, |slot| slot.start()) {
            Ok(place) => {
                self.add(place, counts);
                0
            }
            Err(place) => {
                self.insert(place, start as u32, counts);
                1
            }
        }
    }

    /// A slot after all others, or more in the last of them.
    fn append(&mut self, start: u32, counts: Counts) {
        match self.kept.last() {
            Some(last) if last.start == start => self.add(self.kept.len() - 1, counts),
            _ => self.insert(self.kept.len(), start, counts),
        }
    }

    fn insert(&mut self, place: usize, start: u32, counts: Counts) {
        // Grows by a sixteenth at a time: to double would waste half of what an objective takes.
        if self.kept.len() == self.kept.capacity() {
            self.kept.reserve_exact(4.max(self.kept.len() / 16));
        }
        self.kept.insert(place, Slot::new(start, Counts::default()));
        self.add(place, counts);
    }

    #[inline]
    fn add(&mut self, place: usize, more: Counts) {
        let Some(slot) = self.kept.get(place).copied() else { return };
        let mut counts = self.counts_of(slot);
        counts.add(more);
        self.kept[place] = Slot::new(slot.start, counts);
        if !Slot::fits(counts) {
            self.wide.insert(slot.start, counts);
        }
    }

    fn counts_of(&self, slot: Slot) -> Counts {
        slot.counts().unwrap_or_else(|| self.wide.get(&slot.start).copied().unwrap_or_default())
    }

    /// Whether an event at this time would need a slot that is not there.
    pub(super) fn needs_slot(&self, keeping: &Keeping, at: Timestamp) -> bool {
        let minute = at.nanos() / SLOT_NS;
        let newest = self.newest().unwrap_or(minute).max(minute);
        let (start, _) = keeping.slot_of(minute, newest);
        self.kept.binary_search_by_key(&start, |slot| slot.start()).is_err()
    }

    /// Adds all of another's.
    pub(crate) fn merge(&mut self, keeping: &Keeping, other: &Self) {
        let mut merged = Self { kept: Vec::with_capacity(self.len() + other.len()), wide: BTreeMap::new(), expired: self.expired };
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        while let Some((start, counts)) = match (left.peek(), right.peek()) {
            (Some((own, _)), Some((others, _))) if others < own => right.next(),
            (None, _) => right.next(),
            _ => left.next(),
        } {
            merged.append(start as u32, counts);
        }
        merged.expired.add(other.expired);
        drop(left);
        *self = merged;
        self.cut(keeping);
        self.kept.shrink_to_fit();
    }

    /// As they must be, seen from the newest minute. Gives by how many there are now more: none, or fewer.
    pub(crate) fn cut(&mut self, keeping: &Keeping) -> isize {
        let Some(newest) = self.newest() else { return 0 };
        let (before, oldest) = (self.kept.len(), keeping.oldest(newest));
        // Where all is kept by the minute only what no window reaches goes, and that stands first.
        if keeping.minutes >= keeping.reach && self.kept.first().is_none_or(|first| first.start() >= oldest) {
            return 0;
        }
        let mut cut = Self { kept: Vec::with_capacity(before), wide: BTreeMap::new(), expired: self.expired };
        // Slots of one coarser slot stand together, since slots are in order.
        for (start, counts) in self.iter() {
            let (start, _) = keeping.slot_of(start, newest);
            if start < oldest {
                cut.expired.add(counts);
            } else {
                cut.append(start as u32, counts);
            }
        }
        *self = cut;
        self.kept.len().cast_signed() - before.cast_signed()
    }

    /// The newest minute.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        self.kept.last().map(|slot| slot.start()) // the newest minute's slot is never a coarser one
    }

    /// The slots that hold anything, in order: the first minute of each, and what happened in it.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Counts)> + '_ {
        self.kept.iter().map(|slot| (slot.start(), self.counts_of(*slot)))
    }

    /// What no window reaches any more.
    #[must_use]
    pub const fn expired(&self) -> Counts {
        self.expired
    }

    /// How many slots hold anything.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing ever happened.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::{CalendarUnit, Resolution, Window};
    use super::*;

    fn at(minute: u64) -> Timestamp {
        Timestamp::from_nanos(minute * SLOT_NS).unwrap()
    }

    #[test]
    fn slots_grow_coarser_as_the_whole_of_them_grows_old() {
        let keeping = Keeping::new(&Objective::new("a", "99%".parse().unwrap(), Window::days(30).unwrap()));
        let newest = 100_000;
        for (minute, slot) in [
            (newest, (newest, 1)),
            (newest - 355, (99_645, 1)),
            (newest - 360, (99_640, 1)), // its five minutes end 356 minutes before the newest ends
            (99_636, (99_635, 5)),
            (99_635, (99_635, 5)),
            (95_639, (95_635, 5)),
            (95_639 - 60, (95_575, 5)),
            (95_520 + 59, (95_575, 5)), // its hour ends at 95,580, three days before are 95,681
            (95_519, (95_460, 60)),
        ] {
            let hour_is_old = minute / 60 * 60 + 60 + 4_320 <= newest + 1;
            let expected = if hour_is_old { (minute / 60 * 60, 60) } else { slot };
            assert_eq!(keeping.slot_of(minute, newest), expected, "{minute}");
        }
        assert_eq!(keeping.oldest(newest), 100_001 - 44_640);
    }

    #[test]
    fn slots_are_cut_where_the_windows_own_midnight_cuts() {
        let window = Window::Calendar { unit: CalendarUnit::Day, utc_offset_minutes: 330 };
        let keeping = Keeping::new(&Objective::new("a", "99%".parse().unwrap(), window));
        assert_eq!(keeping.slot_of(90, 100_000), (90, 60)); // 07:00 there
        assert_eq!(keeping.slot_of(89, 100_000), (30, 60));
        assert_eq!(keeping.slot_of(29, 100_000), (0, 30));
    }

    #[test]
    fn a_dense_month_takes_some_thirty_kilobytes() {
        let objective = Objective::new("a", "99%".parse().unwrap(), Window::days(30).unwrap());
        let (keeping, mut slots, mut sum) = (Keeping::new(&objective), Slots::default(), 0);
        for minute in 0..60 * 1_440 {
            sum += slots.record(&keeping, at(minute), Counts::of(true, 1));
        }
        assert_eq!(sum, slots.len().cast_signed());
        slots.cut(&keeping);
        assert!(slots.len() <= 1_980, "{}", slots.len());
        assert!(slots.kept.capacity() * size_of::<Slot>() <= 33 * 1_024, "{}", slots.kept.capacity());
        let all = slots.iter().fold(slots.expired(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        });
        assert_eq!(all.good, 60 * 1_440);
    }

    #[test]
    fn counts_of_any_size_are_kept_and_read_back() {
        let keeping = Keeping::new(&Objective::new("a", "99%".parse().unwrap(), Window::days(30).unwrap()));
        for edge in [Slot::WIDE - 1, Slot::WIDE, Slot::WIDE + 1, u64::MAX - 2] {
            let mut slots = Slots::default();
            slots.record(&keeping, at(1_000), Counts { good: edge, bad: 1 });
            slots.record(&keeping, at(1_000), Counts { good: 1, bad: edge });
            slots.record(&keeping, at(999), Counts { good: 2, bad: 0 });
            let expected = vec![(999, Counts { good: 2, bad: 0 }), (1_000, Counts { good: edge + 1, bad: edge + 1 })];
            assert_eq!(slots.iter().collect::<Vec<_>>(), expected);
            assert_eq!(Slots::from_parts(&expected, Counts::default()).as_ref(), Some(&slots));
            let mut merged = slots.clone();
            merged.merge(&keeping, &slots);
            let twice = (edge + 1).saturating_mul(2);
            assert_eq!(merged.iter().last(), Some((1_000, Counts { good: twice, bad: twice })));
            merged.record(&keeping, at(60_000), Counts::of(true, 1)); // both minutes are old now, and of two hours
            assert_eq!(merged.expired(), Counts { good: twice.saturating_add(4), bad: twice });
            assert_eq!((merged.len(), merged.wide.len()), (1, 0));
        }
    }

    #[test]
    fn what_comes_late_ends_where_it_would_have_ended() {
        let mut objective = Objective::new("a", "99%".parse().unwrap(), Window::Rolling { slots: 600 });
        objective.resolution = Resolution { minutes: 20, five_minutes: 100, history: 50 };
        let keeping = Keeping::new(&objective);
        let minutes: Vec<u64> = (0..4_000u64).map(|place| place * 7_919 % 1_500).collect();
        let [mut shuffled, mut ordered] = [Slots::default(), Slots::default()];
        minutes.iter().for_each(|minute| {
            shuffled.record(&keeping, at(*minute), Counts::of(minute % 3 == 0, 1));
        });
        let mut sorted = minutes;
        sorted.sort_unstable();
        sorted.iter().for_each(|minute| {
            ordered.record(&keeping, at(*minute), Counts::of(minute % 3 == 0, 1));
        });
        shuffled.cut(&keeping);
        ordered.cut(&keeping);
        assert_eq!(shuffled, ordered);
        let mut merged = Slots::default();
        merged.merge(&keeping, &ordered);
        assert_eq!(merged, ordered);
    }
}
