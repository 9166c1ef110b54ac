//! Slices: stretches of time that count as a whole, or by their share of good events.
//!
//! Sources: OpenSLO v1, budgetingMethod. Deliberately absent: sums over slices; see `line`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::book::{Book, Exempt, Reading};
use super::line::Sum;
use super::{Budgeting, Counts, Objective};
use crate::Ratio;

/// How many parts a slice is counted in where it counts by its share.
pub(super) const SLICE_PARTS: u64 = 1_000_000_000;

/// How time is cut into slices.
#[derive(Clone, Debug)]
pub(super) struct Slices {
    pub(super) length: u64,
    shift: u64,
    exempt: Vec<(u64, u64, u64)>, // whole slices that are exempt: first, one past the last, how many before; in order
}

impl Slices {
    /// Of an objective whose budget is counted in them; those that are exempt are known from one minute to
    /// another.
    pub(super) fn new(objective: &Objective, with_exempt: bool, first: u64, last: u64) -> Option<Self> {
        let slices = Self { length: objective.budgeting.slice_slots()?, shift: objective.window.shift(), exempt: Vec::new() };
        let exempt = if with_exempt { Vec::new() } else { slices.exempt(objective, first, last) };
        Some(Self { exempt, ..slices })
    }

    /// How many begin in these minutes and are not exempt.
    pub(super) fn count(&self, first: u64, last: u64) -> u64 {
        let (from, until) = (self.from(first), self.from(last + 1));
        (until - from).saturating_sub(self.exempt_before(until) - self.exempt_before(from))
    }

    /// How many slices before a number are exempt.
    fn exempt_before(&self, number: u64) -> u64 {
        let place = self.exempt.partition_point(|(start, ..)| *start < number);
        let last = place.checked_sub(1).and_then(|place| self.exempt.get(place));
        last.map_or(0, |(start, end, before)| before + number.min(*end) - start)
    }

    /// The number of the first that begins at a minute or after it; the one around the first minute of 1970
    /// begins with that.
    const fn from(&self, minute: u64) -> u64 {
        if minute == 0 { self.shift / self.length } else { (minute + self.shift).div_ceil(self.length) }
    }

    const fn start(&self, number: u64) -> u64 {
        (number * self.length).saturating_sub(self.shift)
    }

    pub(super) fn starts(&self, first: u64, last: u64) -> impl Iterator<Item = u64> + '_ {
        (self.from(first)..self.from(last + 1)).map(|number| self.start(number))
    }

    /// The whole slices that lie in exempt times, by number, apart and in order.
    fn exempt(&self, objective: &Objective, oldest: u64, newest: u64) -> Vec<(u64, u64, u64)> {
        let spans = Exempt::new(objective, oldest, newest + 1).0.into_iter();
        let numbers = spans.map(|(start, end)| (self.from(start), (end + self.shift) / self.length));
        let mut before = 0;
        let count = |(first, end)| {
            let counted = (first, end, before);
            before += end - first;
            counted
        };
        numbers.filter(|(first, end)| first < end).map(count).collect()
    }
}

/// The slices of a book in which something happened, judged.
pub(super) fn judged(book: &Book<'_>, slices: &Slices, with_exempt: bool) -> Vec<(u64, u64, Sum)> {
    let objective = book.objective;
    if book.parts.is_empty() {
        let reading = Reading::of(&objective.indicator);
        let slots = book.slots(with_exempt).into_iter();
        return judge(objective.budgeting, slices, slots.map(|(start, _, sum)| (start, 0, 1, reading, sum)));
    }
    let of_parts = book.parts.iter().zip(0..).flat_map(|((weight, part), place)| {
        let reading = Reading::of(&part.objective.indicator);
        let slots = part.slots(with_exempt);
        let slots = if with_exempt { slots } else { Exempt::around(objective, &slots).without(slots) };
        slots.into_iter().map(move |(start, _, sum)| (start, place, *weight, reading, sum))
    });
    judge(objective.budgeting, slices, of_parts)
}

/// Slices, each good or bad as a whole, or by its share. Slots come as their start, their part's place and
/// weight, and what they hold.
fn judge(budgeting: Budgeting, slices: &Slices, slots: impl Iterator<Item = (u64, usize, u32, Reading, Sum)>) -> Vec<(u64, u64, Sum)> {
    let mut cut: BTreeMap<u64, BTreeMap<usize, (u32, Reading, Sum)>> = BTreeMap::new();
    for (start, place, weight, reading, sum) in slots {
        let part = cut
            .entry((start + slices.shift) / slices.length)
            .or_default()
            .entry(place)
            .or_insert_with(|| (weight, reading, Sum::default()));
        part.2 = part.2.plus(sum);
    }
    let is_exempt = |number: u64| slices.exempt_before(number + 1) > slices.exempt_before(number);
    let judged = cut.into_iter().filter(|(number, _)| !is_exempt(*number)).map(|(number, parts)| {
        let parts = parts.into_values().map(|(weight, reading, sum)| (weight, reading.read(sum).counts()));
        let sum = match budgeting {
            Budgeting::Timeslices { target, .. } => whole(target, parts),
            _ => by_share(parts),
        };
        (slices.start(number), slices.start(number + 1), sum)
    });
    judged.collect()
}

/// A slice is good when each part of it reaches the target.
fn whole(target: Ratio, mut parts: impl Iterator<Item = (u32, Counts)>) -> Sum {
    let good = parts.all(|(_, counts)| target.is_reached(counts.good, counts.total()));
    Counts::of(good, 1).into()
}

/// A slice counts by the mean of its parts' shares of good events, by their weights.
fn by_share(parts: impl Iterator<Item = (u32, Counts)>) -> Sum {
    let (mut sum, mut weights) = (0u128, 0u128);
    for (weight, counts) in parts.filter(|(_, counts)| counts.total() > 0) {
        sum += u128::from(weight) * (u128::from(counts.good) * u128::from(SLICE_PARTS) / u128::from(counts.total()));
        weights += u128::from(weight);
    }
    let good = sum.checked_div(weights).unwrap_or_else(|| SLICE_PARTS.into());
    Sum { good, bad: u128::from(SLICE_PARTS) - good }
}
