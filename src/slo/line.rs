//! The line of an objective: all that is known of it, in order, so that any stretch of time can be summed.
//!
//! It is made anew from the book whenever somebody asks: slices are judged, parts of a composite are weighed.
//! Sums over stretches are differences of running sums, so they are exact and cost two searches.
//! Deliberately absent: targets and budgets; see `status`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::book::{Book, Exempt, Reading};
use super::slices::{SLICE_PARTS, Slices, judged};
use super::slots::Keeping;
use super::sweep::Sweep;
use super::window::{Missing, SLOT_NS};
use super::{Budgeting, Counts, Objective, Window};
use crate::limits::FILLED_SLICES_MAX;
use crate::time::Timestamp;

/// Good and bad over a stretch of time, in units: see [`Line::unit`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Sum {
    pub(super) good: u128,
    pub(super) bad: u128,
}

/// A slot or a slice of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) start: u64, // its first minute
    pub(super) end: u64,   // the minute after its last
    before: Sum,           // of all units before it
    own: Sum,
}

/// The line of an objective.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) units: Vec<Unit>, // by start, each once
    reading: Reading,
    pub(super) lanes: Vec<Lane>,     // of a composite that counts events: what its parts hold
    pub(super) longest: u64,         // of its units, in minutes
    missing: Option<(Slices, bool)>, // slices in which nothing happened count, as good or as bad
    pub(super) last: Option<u64>,    // the minute that is asked about; `None` without data
    pub(super) oldest: u64,          // minute that is kept
    pub(super) expired: Counts,
    pub(super) unit: u64, // so many of what is summed are one event or slice
}

/// What a part of a composite holds. Its reading is of sums, so the parts are summed apart.
#[derive(Debug)]
pub(super) struct Lane {
    weight: u128,
    reading: Reading,
    pub(super) slots: Vec<(u64, u64, Sum)>, // first minute, the minute after its last, and all up to it and with it
}

impl Sum {
    pub(super) const fn total(self) -> u128 {
        self.good + self.bad
    }

    pub(super) const fn plus(self, more: Self) -> Self {
        Self { good: self.good + more.good, bad: self.bad + more.bad }
    }

    const fn minus(self, less: Self) -> Self {
        Self { good: self.good - less.good, bad: self.bad - less.bad }
    }

    /// In 64 bits; at 2^64 - 1 a count stays there.
    pub(super) fn counts(self) -> Counts {
        let clamp = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
        Counts { good: clamp(self.good), bad: clamp(self.bad) }
    }
}

impl From<Counts> for Sum {
    fn from(counts: Counts) -> Self {
        Self { good: counts.good.into(), bad: counts.bad.into() }
    }
}

impl Lane {
    /// What is in the slots from a place to before another.
    pub(super) fn between(&self, from: usize, until: usize) -> Sum {
        let upto = |place: usize| place.checked_sub(1).and_then(|place| self.slots.get(place)).map_or_else(Sum::default, |(.., sum)| *sum);
        self.weigh(upto(until).minus(upto(from)))
    }

    fn weigh(&self, sum: Sum) -> Sum {
        let sum = self.reading.read(sum);
        Sum { good: sum.good * self.weight, bad: sum.bad * self.weight }
    }
}

impl Line {
    /// Of an objective up to a time, `None` being its newest event; with what happened in exempt times, or
    /// without.
    pub(super) fn new(book: &Book<'_>, with_exempt: bool, at: Option<Timestamp>) -> Self {
        let objective = book.objective;
        let newest = book.newest();
        let last = at.map(|at| at.nanos() / SLOT_NS).or(newest);
        let oldest = newest.map_or(0, |newest| Keeping::new(objective).oldest(newest));
        // A window may end with the oldest slot there is, and slices count in it in which nothing happened.
        let (first, until) = (book.oldest().min(last.unwrap_or(0)).saturating_sub(objective.window.slots_max()), last.max(newest));
        let slices = Slices::new(objective, with_exempt, first, until.unwrap_or(0));
        let mut lanes = Vec::new();
        let (cut, reading) = match &slices {
            Some(slices) => (judged(book, slices, with_exempt), Reading::Plain),
            None if book.parts.is_empty() => (book.slots(with_exempt), Reading::of(&objective.indicator)),
            None => {
                lanes = lanes_of(book, with_exempt);
                (weighed(&lanes), Reading::Plain)
            }
        };
        let is_by_share = matches!(objective.budgeting, Budgeting::RatioTimeslices { .. });
        let missing = slices.and_then(|slices| match objective.budgeting.missing() {
            Missing::Ignored => None,
            Missing::Good => Some((slices, true)),
            Missing::Bad => Some((slices, false)),
        });
        let longest = cut.iter().map(|(start, end, _)| end - start).max().unwrap_or(0);
        let mut before = Sum::default();
        let units = cut.into_iter().map(|(start, end, own)| {
            let unit = Unit { start, end, before, own };
            before = before.plus(own);
            unit
        });
        let (units, expired, unit) = (units.collect(), book.expired(), if is_by_share { SLICE_PARTS } else { 1 });
        Self { units, reading, lanes, longest, missing, last, oldest, expired, unit }
    }

    /// Good and bad in the slots (or slices) that begin in these minutes.
    pub(super) fn sum(&self, first: u64, last: u64) -> Sum {
        Sweep::new(self).sum(first, last)
    }

    /// What is in the units from a place to before another, where there are no lanes.
    pub(super) fn between(&self, from: usize, until: usize) -> Sum {
        let at = |place: usize| self.units.get(place).map_or_else(|| self.all(), |unit| unit.before);
        self.reading.read(at(until).minus(at(from)))
    }

    /// What slices count in which nothing happened, of those that begin in these minutes; so many are units.
    pub(super) fn missing_in(&self, first: u64, last: u64, units: u64) -> Sum {
        let Some((slices, good)) = &self.missing else { return Sum::default() };
        let missing = u128::from(slices.count(first, last).saturating_sub(units)) * u128::from(self.unit);
        if *good { Sum { good: missing, bad: 0 } } else { Sum { good: 0, bad: missing } }
    }

    fn all(&self) -> Sum {
        self.units.last().map_or_else(Sum::default, |unit| unit.before.plus(unit.own))
    }

    /// The slots (or slices) that begin in these minutes and hold anything.
    pub(super) fn units(&self, first: u64, last: u64) -> &[Unit] {
        let from = self.units.partition_point(|unit| unit.start < first);
        let until = self.units.partition_point(|unit| unit.start <= last).max(from);
        self.units.get(from..until).unwrap_or_default()
    }

    /// Good and bad in a slot (or slice).
    pub(super) fn read(&self, unit: &Unit) -> Sum {
        self.reading.read(unit.own)
    }

    /// The first minute of a lookback of so many minutes that ends with this one: at least the slot (or
    /// slice) in which it ends is in it.
    pub(super) fn lookback(&self, last: u64, length: u64) -> u64 {
        Sweep::new(self).lookback(last, length)
    }

    /// The minutes at which slices begin, of these, where those count in which nothing happened.
    pub(super) fn filled(&self, first: u64, last: u64) -> impl Iterator<Item = u64> + '_ {
        self.missing.iter().flat_map(move |(slices, _)| slices.starts(first, last))
    }

    /// How many of these minutes lie in slots that begin in them and hold anything.
    pub(super) fn covered(&self, first: u64, last: u64) -> u64 {
        let (mut covered, mut end) = (0, 0);
        for unit in self.units(first, last) {
            let (from, until) = (unit.start.max(end), unit.end.min(last + 1));
            covered += until.saturating_sub(from);
            end = end.max(until);
        }
        covered
    }

    /// The first minute at which a stretch of so many minutes is known whole: since the first event, or, where
    /// some expired, since what is left of them.
    pub(super) fn first_known(&self, length: u64) -> u64 {
        if self.expired.total() > 0 {
            return self.oldest.saturating_add(length.saturating_sub(1));
        }
        self.units.first().map_or(self.oldest, |unit| unit.start)
    }

    /// The minutes up to one at which what is in an objective's window may change.
    pub(super) fn window_moments(&self, objective: &Objective, last: u64) -> Vec<u64> {
        self.moments_with_window(objective, &[], self.first_known(objective.window.slots_max()), last)
    }

    /// The minutes from one to another at which that, or what is in stretches of so many minutes, may change.
    pub(super) fn moments_with_window(&self, objective: &Objective, lengths: &[u64], from: u64, until: u64) -> Vec<u64> {
        let Window::Rolling { slots } = objective.window else {
            let mut moments = self.moments(lengths, from, until);
            let turns = core::iter::successors(objective.window.next_turn(from), |turn| objective.window.next_turn(*turn));
            moments.extend(turns.take_while(|turn| *turn <= until));
            moments.sort(); // two runs that are in order: a merge
            moments.dedup();
            return moments;
        };
        let lengths: Vec<u64> = lengths.iter().copied().chain([slots]).collect();
        self.moments(&lengths, from, until)
    }

    /// The minutes at which something enters or leaves a stretch of so many minutes, so that what holds of it
    /// may change: each is the last minute of such a stretch. In order, from one minute to another.
    pub(super) fn moments(&self, lengths: &[u64], from: u64, until: u64) -> Vec<u64> {
        let mut moments: Vec<u64> = Vec::new();
        let starts = self.units.iter().map(|unit| unit.start);
        let longest = lengths.iter().copied().max().unwrap_or(0);
        // Long after the last event what comes is as it was; somebody may ask for a time that is centuries away.
        let slice = self.missing.as_ref().map_or(0, |(slices, _)| slices.length);
        let far = self.units.last().map_or(from, |unit| unit.end).saturating_add(longest + FILLED_SLICES_MAX * slice).min(until);
        let range = from..=until;
        for length in lengths.iter().copied().chain([0]) {
            let later = |start: u64| Some(start.saturating_add(length)).filter(|minute| range.contains(minute));
            moments.extend(starts.clone().filter_map(later));
            moments.extend(self.filled(from.saturating_sub(longest), far).filter_map(later));
        }
        moments.extend(self.units.iter().map(|unit| unit.end).filter(|end| range.contains(end)));
        moments.extend([from, until].into_iter().filter(|minute| range.contains(minute)));
        moments.sort(); // runs that are in order: a merge
        moments.dedup();
        moments
    }
}

/// What the parts of a composite hold, but for its own exempt times.
fn lanes_of(book: &Book<'_>, with_exempt: bool) -> Vec<Lane> {
    let lane = |(weight, part): &(u32, Book<'_>)| {
        let slots = part.slots(with_exempt);
        let mut slots = if with_exempt { slots } else { Exempt::around(book.objective, &slots).without(slots) };
        let mut all = Sum::default();
        for (.., sum) in &mut slots {
            all = all.plus(*sum);
            *sum = all;
        }
        Lane { weight: (*weight).into(), reading: Reading::of(&part.objective.indicator), slots }
    };
    book.parts.iter().map(lane).collect()
}

/// Slots of a composite's parts, each event as many times as its part weighs.
fn weighed(lanes: &[Lane]) -> Vec<(u64, u64, Sum)> {
    let mut all: BTreeMap<u64, (u64, Sum)> = BTreeMap::new();
    for lane in lanes {
        let mut before = Sum::default();
        for (start, end, upto) in &lane.slots {
            let there = all.entry(*start).or_insert_with(|| (*end, Sum::default()));
            *there = (there.0.max(*end), there.1.plus(lane.weigh(upto.minus(before))));
            before = *upto;
        }
    }
    all.into_iter().map(|(start, (end, sum))| (start, end, sum)).collect()
}
