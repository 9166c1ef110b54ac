//! The last stretch of event time by itself: the same kind of point, one for each slice of it.
//!
//! Slices are whole multiples of a twelfth of the window since 1970, so every writer cuts time alike.
//! The newest slice and the eleven before it are kept; which these are depends on the newest time
//! of all, so what the whole keeps every part keeps. Deliberately absent: the clock; a window ends
//! where the records do, or where whoever asks says.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Instrument, Point};
use crate::limits::SLICES;
use crate::time::Timestamp;

/// Points by slice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recent(BTreeMap<u64, Point>); // at most SLICES, all within SLICES of the last

/// How long a slice of a window is, in nanoseconds.
pub(crate) const fn slice_ns(window: u64) -> u64 {
    window.div_ceil(SLICES)
}

impl Recent {
    /// The slices, by their number: so many lengths of a slice since 1970.
    #[must_use]
    pub const fn slices(&self) -> &BTreeMap<u64, Point> {
        &self.0
    }

    /// These slices; `None` where there are none, they do not rise, or lie further apart than the window
    /// or later than time goes.
    pub(crate) fn from_slices(slices: Vec<(u64, Point)>, window: u64) -> Option<Self> {
        let (first, last) = (slices.first()?.0, slices.last()?.0);
        let rising = slices.iter().zip(slices.iter().skip(1)).all(|((low, _), (high, _))| low < high);
        let is_time = last <= Timestamp::MAX.nanos() / slice_ns(window);
        (rising && is_time && last - first < SLICES).then(|| Self(slices.into_iter().collect()))
    }

    /// The point of the slice that a time lies in; `None` where it is too long ago.
    pub(super) fn at(&mut self, instrument: &Instrument, window: u64, at: Timestamp) -> Option<&mut Point> {
        let slice = at.nanos() / slice_ns(window);
        if self.0.last_key_value().is_some_and(|(last, _)| slice + SLICES <= *last) {
            return None;
        }
        self.0.entry(slice).or_insert_with(|| Point::new(instrument));
        self.cut();
        self.0.get_mut(&slice)
    }

    pub(super) fn merge(&mut self, instrument: &Instrument, other: &Self) {
        for (slice, point) in &other.0 {
            match self.0.get_mut(slice) {
                Some(there) => there.merge(instrument, point),
                None => {
                    self.0.insert(*slice, point.clone());
                }
            }
        }
        self.cut();
    }

    /// What the slices that end in the window up to a time came to, and how long those are together, in
    /// nanoseconds. The window is made of whole slices: the one that the time lies in, and as many before
    /// it as fit.
    #[must_use]
    pub fn sum(&self, instrument: &Instrument, window: u64, until: Option<Timestamp>) -> Option<(Point, u64)> {
        let length = slice_ns(window);
        let last = match until {
            Some(until) => until.nanos() / length,
            None => *self.0.last_key_value()?.0,
        };
        let mut sum = Point::new(instrument);
        for (_, point) in self.0.range((last + 1).saturating_sub(SLICES)..=last) {
            sum.merge(instrument, point);
        }
        Some((sum, length * SLICES.min(last + 1)))
    }

    fn cut(&mut self) {
        let Some((last, _)) = self.0.last_key_value() else { return };
        let first = (last + 1).saturating_sub(SLICES);
        while let Some(oldest) = self.0.first_entry().filter(|oldest| *oldest.key() < first) {
            oldest.remove();
        }
    }
}
