//! Windows, what a budget is counted in, and how finely the past is kept.
//!
//! Sources: OpenSLO v1, timeWindow and budgetingMethod. Deliberately absent: events; see `slots`.

use alloc::format;

use super::calendar::{next_turn, turn};
use crate::limits::{HISTORY_MINUTES_MAX, WINDOW_MINUTES_MAX};
use crate::{Error, Ratio};

/// A minute, the length of the finest slot, in nanoseconds.
pub const SLOT_NS: u64 = 60_000_000_000;

/// An hour in slots, the length of the coarsest.
pub(super) const HOUR_SLOTS: u64 = 60;

/// A day in slots.
pub(super) const DAY_SLOTS: u64 = 24 * 60;

/// A length of the calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CalendarUnit {
    /// From midnight.
    Day,
    /// From Monday, midnight.
    Week,
    /// From the first of the month, midnight.
    Month,
    /// From the first of January, April, July or October, midnight.
    Quarter,
}

/// The time over which an objective is judged.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Window {
    /// The last so many slots.
    Rolling {
        /// Slots of one minute, at least one.
        slots: u64, // in [1, WINDOW_MINUTES_MAX]
    },
    /// Since the calendar's last turn.
    Calendar {
        /// Which turn.
        unit: CalendarUnit,
        /// Whose midnight: minutes east of UTC.
        utc_offset_minutes: i32, // in [-1080, 1080]
    },
}

/// What the budget is counted in (OpenSLO v1, budgetingMethod).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Budgeting {
    /// Events.
    Occurrences,
    /// Slices of time, each good or bad as a whole.
    Timeslices {
        /// The length of one, in slots; divides a day.
        slots: u64,
        /// A slice is good when at least this share of its events is.
        target: Ratio,
        /// What a slice is in which nothing happened.
        missing: Missing,
    },
    /// Slices of time, each counting by its share of good events, in whole billionths rounded down.
    RatioTimeslices {
        /// The length of one, in slots; divides a day.
        slots: u64,
        /// What a slice is in which nothing happened.
        missing: Missing,
    },
}

/// What a slice is in which nothing happened.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Missing {
    /// It is not counted.
    #[default]
    Ignored,
    /// It is good.
    Good,
    /// It is bad.
    Bad,
}

/// How finely the past is kept: in slots of one minute at first, then of five minutes, then of an hour.
/// A slot becomes coarser once the whole of the coarser one is old enough.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Resolution {
    /// How many minutes are kept in slots of one minute.
    pub minutes: u64,
    /// How many minutes are kept in slots of at most five minutes; not fewer than `minutes`.
    pub five_minutes: u64,
    /// How many minutes before the window's length are kept beside it: how late an event may come, and
    /// how far back one may ask how things stood.
    pub history: u64, // at most HISTORY_MINUTES_MAX
}

impl Default for Resolution {
    /// Six hours, three days, and a day of history.
    fn default() -> Self {
        Self { minutes: 6 * HOUR_SLOTS, five_minutes: 3 * DAY_SLOTS, history: DAY_SLOTS }
    }
}

impl Window {
    /// A rolling window of so many nanoseconds.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it is not a whole number of minutes in 1 minute to 366 days.
    pub fn rolling(nanos: u64) -> Result<Self, Error> {
        let slots = nanos / SLOT_NS;
        if !nanos.is_multiple_of(SLOT_NS) || slots == 0 || slots > WINDOW_MINUTES_MAX {
            return Err(Error::InvalidArgument(format!(
                "a rolling window of {nanos} ns is not whole minutes between 1 minute and 366 days"
            )));
        }
        Ok(Self::Rolling { slots })
    }

    /// A rolling window of so many days.
    ///
    /// # Errors
    /// As [`Window::rolling`].
    pub fn days(days: u64) -> Result<Self, Error> {
        Self::rolling(days.saturating_mul(DAY_SLOTS).saturating_mul(SLOT_NS))
    }

    /// The most slots it can ever hold.
    #[must_use]
    pub const fn slots_max(self) -> u64 {
        match self {
            Self::Rolling { slots } => slots,
            Self::Calendar { unit: CalendarUnit::Day, .. } => DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Week, .. } => 7 * DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Month, .. } => 31 * DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Quarter, .. } => 92 * DAY_SLOTS,
        }
    }

    /// The length by which alerts are scaled: of a month 30 days, of a quarter 90.
    pub(super) const fn nominal_slots(self) -> u64 {
        match self {
            Self::Calendar { unit: CalendarUnit::Month, .. } => 30 * DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Quarter, .. } => 90 * DAY_SLOTS,
            _ => self.slots_max(),
        }
    }

    /// How many minutes its clock is ahead of UTC, from 0 to a day.
    pub(super) fn shift(self) -> u64 {
        match self {
            Self::Rolling { .. } => 0,
            Self::Calendar { utc_offset_minutes, .. } => utc_offset_minutes.rem_euclid(DAY_SLOTS as i32).unsigned_abs().into(),
        }
    }

    /// The first slot of the window that holds a slot as its last.
    pub(super) fn first_slot(self, last: u64) -> u64 {
        match self {
            Self::Rolling { slots } => (last + 1).saturating_sub(slots),
            Self::Calendar { unit, utc_offset_minutes } => {
                let (day, offset) = local_day(last, utc_offset_minutes);
                let first = turn(unit, day) * DAY_SLOTS.cast_signed() - offset;
                u64::try_from(first).unwrap_or(0)
            }
        }
    }

    /// The first slot after the calendar's next turn; `None` for a rolling window.
    pub(super) fn next_turn(self, slot: u64) -> Option<u64> {
        let Self::Calendar { unit, utc_offset_minutes } = self else { return None };
        let (day, offset) = local_day(slot, utc_offset_minutes);
        u64::try_from(next_turn(unit, day) * DAY_SLOTS.cast_signed() - offset).ok()
    }
}

/// The day on the window's clock, and how many minutes that clock is ahead.
fn local_day(slot: u64, utc_offset_minutes: i32) -> (i64, i64) {
    let offset = i64::from(utc_offset_minutes);
    ((slot.cast_signed() + offset).div_euclid(DAY_SLOTS.cast_signed()), offset)
}

impl Budgeting {
    /// Time slices of so many nanoseconds, those in which nothing happened left out.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it is not a whole number of minutes; the rest is checked with
    /// the objective.
    pub fn timeslices(nanos: u64, target: Ratio) -> Result<Self, Error> {
        Ok(Self::Timeslices { slots: whole_slots("a time slice", nanos)?, target, missing: Missing::Ignored })
    }

    /// The same, each slice counting by its share.
    ///
    /// # Errors
    /// As [`Budgeting::timeslices`].
    pub fn ratio_timeslices(nanos: u64) -> Result<Self, Error> {
        Ok(Self::RatioTimeslices { slots: whole_slots("a time slice", nanos)?, missing: Missing::Ignored })
    }

    /// The same with another answer to what a slice is in which nothing happened.
    #[must_use]
    pub const fn with_missing(self, missing: Missing) -> Self {
        match self {
            Self::Occurrences => self,
            Self::Timeslices { slots, target, .. } => Self::Timeslices { slots, target, missing },
            Self::RatioTimeslices { slots, .. } => Self::RatioTimeslices { slots, missing },
        }
    }

    /// The length of a slice, in slots.
    #[must_use]
    pub const fn slice_slots(self) -> Option<u64> {
        match self {
            Self::Occurrences => None,
            Self::Timeslices { slots, .. } | Self::RatioTimeslices { slots, .. } => Some(slots),
        }
    }

    /// What a slice is in which nothing happened.
    pub(super) const fn missing(self) -> Missing {
        match self {
            Self::Occurrences => Missing::Ignored,
            Self::Timeslices { missing, .. } | Self::RatioTimeslices { missing, .. } => missing,
        }
    }
}

/// A length in slots.
///
/// # Errors
/// [`Error::InvalidArgument`] where it is not whole minutes.
pub(super) fn whole_slots(what: &str, nanos: u64) -> Result<u64, Error> {
    if !nanos.is_multiple_of(SLOT_NS) {
        return Err(Error::InvalidArgument(format!("{what} of {nanos} ns is not whole minutes")));
    }
    Ok(nanos / SLOT_NS)
}

impl Resolution {
    /// So many nanoseconds by the minute, in slots of at most five minutes, and beside the window.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where one is not a whole number of minutes; the rest is checked with the
    /// objective.
    pub fn new(minutes: u64, five_minutes: u64, history: u64) -> Result<Self, Error> {
        Ok(Self {
            minutes: whole_slots("a time kept by the minute", minutes)?,
            five_minutes: whole_slots("a time kept in slots of five minutes", five_minutes)?,
            history: whole_slots("a history", history)?,
        })
    }

    /// Everything in slots of one minute.
    #[must_use]
    pub fn minutes() -> Self {
        Self { minutes: u64::MAX / SLOT_NS, five_minutes: u64::MAX / SLOT_NS, ..Self::default() }
    }

    pub(super) fn check(self, id: &str) -> Result<(), Error> {
        const LONGEST: u64 = u64::MAX / SLOT_NS; // what can be said in nanoseconds
        let is_long = self.five_minutes > LONGEST || self.history > HISTORY_MINUTES_MAX;
        if self.minutes == 0 || self.five_minutes < self.minutes || is_long {
            return Err(Error::InvalidArgument(format!(
                "objective '{id}': a resolution keeps at least a minute by the minute, at least as long in five minutes, and at most {HISTORY_MINUTES_MAX} minutes of history"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_window_begins_at_local_midnight() {
        let window = Window::Calendar { unit: CalendarUnit::Day, utc_offset_minutes: 120 };
        let slot = 20_779 * DAY_SLOTS + 22 * 60 + 30; // 00:30 of the next day there
        assert_eq!(window.first_slot(slot), 20_779 * DAY_SLOTS + 22 * 60);
        assert_eq!(window.next_turn(slot), Some(20_780 * DAY_SLOTS + 22 * 60));
        assert_eq!(Window::days(30).unwrap().first_slot(43_199), 0);
        assert_eq!(Window::days(30).unwrap().first_slot(43_200), 1);
    }

    #[test]
    fn the_calendar_turns_next_where_the_window_then_begins() {
        for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter] {
            let window = Window::Calendar { unit, utc_offset_minutes: -570 };
            for day in 19_700..20_900 {
                let slot = day * DAY_SLOTS + 77;
                let next = window.next_turn(slot).unwrap();
                assert_eq!((window.first_slot(next), window.first_slot(next - 1)), (next, window.first_slot(slot)), "{unit:?} {day}");
            }
        }
    }

    #[test]
    fn lengths_are_whole_minutes() {
        let not_whole = |error: Error, named: &str| assert!(matches!(error, Error::InvalidArgument(why) if why.contains(named)));
        not_whole(Resolution::new(SLOT_NS - 1, SLOT_NS, 0).unwrap_err(), "by the minute of 59999999999 ns");
        not_whole(Resolution::new(SLOT_NS, 1, 0).unwrap_err(), "five minutes of 1 ns");
        not_whole(Resolution::new(SLOT_NS, SLOT_NS, u64::MAX).unwrap_err(), "history of 18446744073709551615 ns");
        let resolution = Resolution { minutes: 1, five_minutes: 2, history: 3 };
        assert_eq!(Resolution::new(SLOT_NS, 2 * SLOT_NS, 3 * SLOT_NS), Ok(resolution));
    }
}
