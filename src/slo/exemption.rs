//! Exemptions: windows of maintenance, once or again and again, in whole minutes.
//!
//! ```text
//!   start ......... + 1 day ....... + 2 days ....... + k days     an occurrence begins on the days
//!   [minutes)                       [minutes)        [minutes)    that the recurrence names
//! ```
//!
//! A local day of a fixed offset has 24 hours, so occurrences begin whole days after the first start.
//! Deliberately absent: summer time, and what an exempt minute does to an objective.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::recurrence::{Recurrence, first_of, month_of};
use super::window::{DAY_SLOTS, SLOT_NS, whole_slots};
use crate::limits::WINDOW_MINUTES_MAX;
use crate::{Error, Timestamp, label};

/// A day in minutes, to reckon with.
const DAY: i64 = DAY_SLOTS.cast_signed();

/// The last minute since 1970 that has a time.
const LAST_MINUTE: u64 = Timestamp::MAX.nanos() / SLOT_NS;

/// Minutes that are exempt from an objective.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::{Timestamp, slo::Exemption};
/// let start = Timestamp::try_from(1_767_402_000_000_000_000)?; // 2026-01-03T01:00:00Z
/// let patches = Exemption {
///     recurrence: Some("FREQ=WEEKLY".parse()?),
///     utc_offset_minutes: 60,
///     ..Exemption::once("patches, Saturdays at two", start, 90 * 60_000_000_000)?
/// };
/// patches.check()?;
/// let first = 1_767_402_000 / 60;
/// assert!(patches.covers(first + 7 * 1_440 + 89) && !patches.covers(first + 7 * 1_440 + 90));
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Exemption {
    /// Why, for people.
    pub reason: String,
    /// When it begins for the first time: a whole minute.
    pub start: Timestamp,
    /// How long it is each time, in minutes: 1 minute to 366 days.
    pub minutes: u64,
    /// On which days it begins again; `None` is never.
    pub recurrence: Option<Recurrence>,
    /// Whose days: minutes east of UTC, within 1080.
    pub utc_offset_minutes: i32,
}

/// An exemption with its last day known, to be asked often. Days are local ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule<'a> {
    recurrence: Option<&'a Recurrence>,
    anchor: i64, // the day of the start
    start: i64,  // in minutes of UTC
    last: i64,   // the last day on which it may begin; before the anchor where there is none
    minutes: i64,
}

impl Exemption {
    /// One that does not repeat, so many nanoseconds long.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where that is not a whole number of minutes; the rest is checked with
    /// the objective.
    pub fn once(reason: &str, start: Timestamp, length: u64) -> Result<Self, Error> {
        let minutes = whole_slots("an exemption", length)?;
        Ok(Self { reason: reason.into(), start, minutes, recurrence: None, utc_offset_minutes: 0 })
    }

    /// Checks it.
    ///
    /// # Errors
    /// [`Error::Limit`] for the reason, else [`Error::InvalidArgument`].
    pub fn check(&self) -> Result<(), Error> {
        label::check_text("exemption", &self.reason)?;
        let wrong = |what: &str| Err(Error::InvalidArgument(format!("exemption '{}': {what}", self.reason)));
        if !self.start.nanos().is_multiple_of(SLOT_NS) {
            return wrong("the start must be a whole minute");
        }
        if self.minutes == 0 || self.minutes > WINDOW_MINUTES_MAX {
            return wrong("it must be 1 minute to 366 days long");
        }
        if !(-18 * 60..=18 * 60).contains(&self.utc_offset_minutes) {
            return wrong("the UTC offset must be within 1080 minutes");
        }
        Ok(())
    }

    /// Whether a minute since 1970 lies in it.
    #[must_use]
    pub fn covers(&self, minute: u64) -> bool {
        self.schedule().covers(minute)
    }

    /// Whether all minutes from `first` to before `end` lie in it. Of no minutes, all do.
    #[must_use]
    pub fn within(&self, first: u64, end: u64) -> bool {
        self.schedule().within(first, end)
    }

    /// The first and the end minute (itself outside) of those occurrences that have a minute from `from` to
    /// before `until`, in order, `most` at most.
    #[must_use]
    pub fn occurrences(&self, from: u64, until: u64, most: usize) -> Vec<(u64, u64)> {
        self.schedule().occurrences(from, until).take(most).collect()
    }

    /// It with its last day known: a count is counted here, once for many questions.
    pub(super) fn schedule(&self) -> Schedule<'_> {
        let start = (self.start.nanos() / SLOT_NS).cast_signed();
        let anchor = (start + i64::from(self.utc_offset_minutes)).div_euclid(DAY);
        let limit = anchor + (LAST_MINUTE.cast_signed() - start) / DAY;
        let recurrence = self.recurrence.as_ref();
        let last = recurrence.map_or(anchor, |rule| rule.last(anchor, start, limit));
        Schedule { recurrence, anchor, start, last, minutes: self.minutes.min(WINDOW_MINUTES_MAX).cast_signed() }
    }
}

impl Schedule<'_> {
    /// Whether a minute lies in it.
    pub(super) fn covers(&self, minute: u64) -> bool {
        minute <= LAST_MINUTE && self.reach(minute).is_some()
    }

    /// Whether all minutes from one to before another do.
    pub(super) fn within(&self, first: u64, end: u64) -> bool {
        if end > first && end > LAST_MINUTE + 1 {
            return false;
        }
        let mut minute = first;
        while minute < end {
            // All are of one length, so the latest that holds the minute reaches furthest.
            let Some(reach) = self.reach(minute) else { return false };
            minute = reach;
        }
        true
    }

    /// Its occurrences that have a minute from one to before another.
    pub(super) fn occurrences(&self, from: u64, until: u64) -> impl Iterator<Item = (u64, u64)> {
        let from = from.min(LAST_MINUTE + 1).cast_signed();
        let until = until.min(LAST_MINUTE + 1).cast_signed();
        let last = self.last.min(self.day(until - 1));
        let first = self.next(self.day(from - self.minutes) + 1, last).filter(|_| from < until);
        let days = core::iter::successors(first, move |day| self.next(day + 1, last));
        days.map(|day| (self.begin(day).cast_unsigned(), (self.begin(day) + self.minutes).cast_unsigned()))
    }

    /// The minute in which the occurrence of a day begins.
    const fn begin(&self, day: i64) -> i64 {
        self.start + (day - self.anchor) * DAY
    }

    /// The last day whose occurrence would begin in a minute or before.
    const fn day(&self, minute: i64) -> i64 {
        self.anchor + (minute - self.start).div_euclid(DAY)
    }

    /// The end of the latest occurrence that holds a minute, which has a time.
    fn reach(&self, minute: u64) -> Option<u64> {
        let minute = minute.cast_signed();
        let last = self.last.min(self.day(minute));
        let first = self.anchor.max(self.day(minute - self.minutes) + 1);
        let day = self.latest(first, last)?;
        Some((self.begin(day) + self.minutes).cast_unsigned())
    }

    /// The latest day of an occurrence from one to another.
    fn latest(&self, first: i64, last: i64) -> Option<i64> {
        if first > last {
            return None;
        }
        let mut months = (month_of(first)..=month_of(last)).rev();
        let day = months.find_map(|month| {
            let days = self.days(month) & up_to(last - first_of(month));
            days.checked_ilog2().map(|bit| first_of(month) + i64::from(bit))
        });
        day.filter(|day| *day >= first)
    }

    /// The first day of an occurrence from one to another.
    fn next(&self, first: i64, last: i64) -> Option<i64> {
        let first = first.max(self.anchor);
        if first > last {
            return None;
        }
        let mut months = month_of(first)..=month_of(last);
        let day = months.find_map(|month| {
            let days = self.days(month) & !up_to(first - 1 - first_of(month));
            (days != 0).then(|| first_of(month) + i64::from(days.trailing_zeros()))
        });
        day.filter(|day| *day <= last)
    }

    /// The days of a month on which it begins, the first being bit 0.
    fn days(&self, month: i64) -> u32 {
        let Some(rule) = self.recurrence else {
            return if month == month_of(self.anchor) { 1 << (self.anchor - first_of(month)) } else { 0 };
        };
        rule.days(self.anchor, month)
    }
}

/// The bits up to a place and with it: none below 0, all from 31 on.
const fn up_to(place: i64) -> u32 {
    match place {
        ..0 => 0,
        0..31 => u32::MAX >> (31 - place),
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::slo::calendar::day_of;

    /// The minute of a time of UTC.
    fn minute(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> u64 {
        (day_of(year, month, day) * DAY + hour * 60 + minute).cast_unsigned()
    }

    fn exemption(start: u64, minutes: u64, rule: &str, utc_offset_minutes: i32) -> Exemption {
        let recurrence = (!rule.is_empty()).then(|| rule.parse().unwrap());
        let start = Timestamp::from_nanos(start * SLOT_NS).unwrap();
        let exemption = Exemption { reason: String::from("patches"), start, minutes, recurrence, utc_offset_minutes };
        assert_eq!(exemption.check(), Ok(()));
        exemption
    }

    #[test]
    fn once_is_from_the_start_to_before_the_end() {
        let once = exemption(1_000, 3_000, "", 0);
        assert_eq!([999, 1_000, 3_999, 4_000].map(|minute| once.covers(minute)), [false, true, true, false]);
        assert!(once.within(1_000, 4_000) && !once.within(999, 4_000) && !once.within(1_000, 4_001));
        assert!(once.within(5, 5) && once.within(u64::MAX, 0));
        assert_eq!(once.occurrences(3_999, u64::MAX, 9), [(1_000, 4_000)]);
        assert_eq!(once.occurrences(0, 1_001, 9), [(1_000, 4_000)]);
        assert_eq!(once.occurrences(4_000, u64::MAX, 9), []);
        assert_eq!(once.occurrences(0, 1_000, 9), []);
        assert_eq!(once.occurrences(2_000, 2_000, 9), []);
    }

    #[test]
    fn days_are_those_of_the_offset() {
        // 23:30 on a Saturday, the last of January, is 18:00 of UTC there, and the first of February elsewhere.
        let start = minute(2026, 1, 31, 18, 0);
        let there = exemption(start, 60, "FREQ=MONTHLY;BYMONTHDAY=-1", 330);
        assert_eq!(there.occurrences(0, u64::MAX, 2)[1].0, minute(2026, 2, 28, 18, 0));
        let elsewhere = exemption(start, 60, "FREQ=MONTHLY", 360);
        assert_eq!(elsewhere.occurrences(0, u64::MAX, 2)[1].0, minute(2026, 2, 28, 18, 0));
        let west = exemption(minute(2026, 3, 1, 7, 59), 60, "FREQ=MONTHLY;BYDAY=-1SA", -480);
        assert_eq!(west.occurrences(0, u64::MAX, 2)[0].0, minute(2026, 3, 1, 7, 59)); // 23:59 on February 28, a Saturday
        assert_eq!(west.occurrences(0, u64::MAX, 2)[1].0, minute(2026, 3, 29, 7, 59));
        let at_first = exemption(0, 1, "FREQ=YEARLY", -1_080); // 06:00 on 1969-12-31
        assert_eq!(at_first.occurrences(0, u64::MAX, 2), [(0, 1), (525_600, 525_601)]);
    }

    #[test]
    fn occurrences_that_touch_or_overlap_leave_no_gap() {
        let start = minute(2026, 1, 1, 12, 0);
        let touching = exemption(start, 1_440, "FREQ=DAILY;COUNT=3", 0);
        assert!(touching.within(start, start + 3 * 1_440));
        assert!(!touching.within(start, start + 3 * 1_440 + 1));
        let gap = exemption(start, 1_439, "FREQ=DAILY", 0);
        assert!(gap.within(start, start + 1_439) && !gap.within(start, start + 1_440));
        let long = exemption(start, 366 * 1_440, "FREQ=YEARLY;COUNT=2", 0);
        assert!(long.within(start, start + (365 + 366) * 1_440) && !long.covers(start + (365 + 366) * 1_440));
    }

    #[test]
    fn a_count_and_an_until_end_it() {
        let start = minute(2026, 1, 31, 2, 0);
        let twice = exemption(start, 30, "FREQ=MONTHLY;COUNT=2", 0);
        let expected = vec![(start, start + 30), (minute(2026, 3, 31, 2, 0), minute(2026, 3, 31, 2, 30))];
        assert_eq!(twice.occurrences(0, u64::MAX, 9), expected);
        assert!(twice.covers(expected[1].0) && !twice.covers(minute(2026, 5, 31, 2, 0)));
        assert_eq!(exemption(start, 30, "FREQ=MONTHLY;UNTIL=20260331T020000Z", 0).occurrences(0, u64::MAX, 9), expected);
        assert_eq!(exemption(start, 30, "FREQ=MONTHLY;UNTIL=20260331T015959Z", 0).occurrences(0, u64::MAX, 9), expected[..1]);
        assert_eq!(exemption(start, 30, "FREQ=MONTHLY;UNTIL=20260131T015959Z", 0).occurrences(0, u64::MAX, 9), []);
        assert!(!exemption(start, 30, "FREQ=MONTHLY;UNTIL=19700101T000000Z", 0).covers(start));
    }

    #[test]
    fn the_end_of_time_is_an_end() {
        for offset in [-1_080, 0, 1_080] {
            for rule in ["", "FREQ=DAILY;INTERVAL=1000;COUNT=100000", "FREQ=WEEKLY;COUNT=100000", "FREQ=YEARLY;UNTIL=99991231T235959Z"] {
                let last = exemption(LAST_MINUTE, 366 * 1_440, rule, offset);
                assert_eq!(last.occurrences(0, u64::MAX, 9), [(LAST_MINUTE, LAST_MINUTE + 366 * 1_440)]);
                assert!(last.covers(LAST_MINUTE) && !last.covers(LAST_MINUTE - 1));
                assert!(!last.covers(LAST_MINUTE + 1) && !last.covers(u64::MAX));
                assert!(last.within(LAST_MINUTE, LAST_MINUTE + 1) && !last.within(LAST_MINUTE, LAST_MINUTE + 2));
                assert!(!last.within(0, u64::MAX));
            }
            let always = exemption(0, 1_440, "FREQ=DAILY", offset);
            assert!(always.within(0, LAST_MINUTE + 1));
            assert_eq!(always.occurrences(0, u64::MAX, usize::MAX).len() as u64, LAST_MINUTE / 1_440 + 1);
        }
    }

    #[test]
    fn a_wrong_one_is_refused() {
        let good = exemption(0, 366 * 1_440, "", 1_080);
        let reason = "x".repeat(1_025);
        assert!(matches!(Exemption { reason, ..good.clone() }.check(), Err(Error::Limit(_))));
        let wrong = [
            Exemption { start: Timestamp::from_nanos(1).unwrap(), ..good.clone() },
            Exemption { minutes: 0, ..good.clone() },
            Exemption { minutes: 366 * 1_440 + 1, ..good.clone() },
            Exemption { utc_offset_minutes: 1_081, ..good.clone() },
            Exemption { utc_offset_minutes: -1_081, ..good },
        ];
        for (exemption, named) in wrong.iter().zip(["start", "long", "long", "offset", "offset"]) {
            assert!(matches!(exemption.check(), Err(Error::InvalidArgument(why)) if why.contains(named)));
        }
    }
}
