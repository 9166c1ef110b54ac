//! A sweep: sums over stretches of a line that end later and later.
//!
//! A fold over all moments asks for the same stretch at each, and both its ends only move on: a sum costs what
//! they move past, not a search. Deliberately absent: going back; for that there is a new sweep.

use alloc::vec::Vec;

use super::line::{Line, Sum};

/// Where the ends of a stretch are on a line. The minutes that are asked about must not go back.
#[derive(Debug)]
pub(super) struct Sweep<'l> {
    line: &'l Line,
    near: usize,                // the first unit that ends after the last minute
    from: usize,                // the first unit of the stretch
    until: usize,               // the one after its last
    lanes: Vec<(usize, usize)>, // the same of each lane
}

impl<'l> Sweep<'l> {
    pub(super) fn new(line: &'l Line) -> Self {
        Self { line, near: 0, from: 0, until: 0, lanes: alloc::vec![(0, 0); line.lanes.len()] }
    }

    /// Good and bad in the slots (or slices) that begin in these minutes.
    pub(super) fn sum(&mut self, first: u64, last: u64) -> Sum {
        if first > last {
            return Sum::default();
        }
        let line = self.line;
        self.from = advance(&line.units, self.from, |unit| unit.start < first);
        self.until = advance(&line.units, self.until, |unit| unit.start <= last);
        let sum = if line.lanes.is_empty() {
            line.between(self.from, self.until)
        } else {
            line.lanes.iter().zip(&mut self.lanes).fold(Sum::default(), |sum, (lane, (from, until))| {
                *from = advance(&lane.slots, *from, |(start, ..)| *start < first);
                *until = advance(&lane.slots, *until, |(start, ..)| *start <= last);
                sum.plus(lane.between(*from, *until))
            })
        };
        sum.plus(line.missing_in(first, last, (self.until - self.from) as u64))
    }

    /// The first minute of a lookback of so many minutes that ends with this one: at least the slot (or
    /// slice) in which it ends is in it.
    pub(super) fn lookback(&mut self, last: u64, length: u64) -> u64 {
        let units = &self.line.units;
        // Parts of a composite may have slots of unlike length, so one that began earlier may end later.
        self.near = advance(units, self.near, |unit| unit.start + self.line.longest <= last);
        while units.get(self.near).is_some_and(|unit| unit.end <= last) {
            self.near += 1;
        }
        let first = (last + 1).saturating_sub(length);
        units.get(self.near).map_or(first, |unit| first.min(unit.start))
    }

    /// Good and bad in a lookback.
    pub(super) fn back(&mut self, last: u64, length: u64) -> Sum {
        let first = self.lookback(last, length);
        self.sum(first, last)
    }

    /// Whether nothing happened in a lookback, but something did before.
    pub(super) fn is_silent(&mut self, last: u64, length: u64) -> bool {
        self.back(last, length);
        self.from == self.until && (self.from > 0 || self.line.expired.total() > 0)
    }
}

/// The first place from one on that is not past: a few steps, or a search where it is far.
fn advance<T>(all: &[T], mut place: usize, is_past: impl Fn(&T) -> bool) -> usize {
    for _ in 0..4 {
        match all.get(place) {
            Some(one) if is_past(one) => place += 1,
            _ => return place,
        }
    }
    place + all.get(place..).map_or(0, |rest| rest.partition_point(is_past))
}
