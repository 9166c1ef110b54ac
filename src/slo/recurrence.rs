//! What repeats: on which days of a month a rule occurs, and which of its days is the last.
//!
//! The rules are those of RFC 5545, section 3.3.10, as far as they name days. Every question is answered
//! for a month at once, as a set of its days in the bits of a number, so nobody walks from the first
//! occurrence to today. Deliberately absent: the rule's text (see `recurrence_text`), times of day
//! and lengths (see `exemption`).

use super::calendar::{civil, day_of, days_in_month, weekday};
use super::window::DAY_SLOTS;

/// On which days something repeats: a recurrence rule of RFC 5545, of those parts that name days.
///
/// It is read from text and written back in one form: parts in a fixed order, lists sorted, defaults left out.
///
/// | part | values | with |
/// | --- | --- | --- |
/// | `FREQ` | `DAILY`, `WEEKLY`, `MONTHLY`, `YEARLY` | |
/// | `INTERVAL` | 1 to 1000 | |
/// | `COUNT` | 1 to 100000 | without `UNTIL` |
/// | `UNTIL` | a UTC time like `20261231T235959Z`, itself included | without `COUNT` |
/// | `BYMONTH` | 1 to 12 | |
/// | `BYMONTHDAY` | 1 to 31, -1 to -31 | all but `WEEKLY`; `YEARLY` with `BYMONTH` |
/// | `BYDAY` | `MO` to `SU`; `1MO` to `5MO`, `-1MO` to `-5MO` | `YEARLY` with `BYMONTH`; numbered: `MONTHLY` and `YEARLY` |
/// | `WKST` | `MO` | |
///
/// What a rule leaves open (the weekday of a weekly one, the day of a monthly one) is as on the day of
/// the start. A start that the rule does not name is no occurrence, and not counted as one.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::slo::Recurrence;
/// let rule: Recurrence = "RRULE:INTERVAL=2;FREQ=weekly;BYDAY=SU,SA;COUNT=10".parse()?;
/// assert_eq!(rule.to_string(), "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=SA,SU");
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Recurrence {
    pub(super) frequency: Frequency,
    pub(super) interval: u32, // in [1, INTERVAL_MAX]
    pub(super) end: End,
    pub(super) months: u16,        // bit 0 is January; none is any
    pub(super) month_days: u64,    // bit 0 is the first, bit FROM_END the last; none is any, or the start's
    pub(super) weekdays: [u16; 7], // Monday first; bit 0 is every one, n the n-th, FROM_LAST + n the n-th from the end
}

/// What a period is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// When it ends.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum End {
    Never,
    Count(u32), // in [1, COUNT_MAX]
    Until(u64), // seconds since 1970, itself included
}

/// The longest interval, in periods.
pub(super) const INTERVAL_MAX: u32 = 1_000;

/// The most occurrences that can be asked for: about as many as there are days in all the time there is.
pub(super) const COUNT_MAX: u32 = 100_000;

/// Where the days that count from the end of the month begin in `month_days`.
pub(super) const FROM_END: u32 = 32;

/// After how many bits those weekdays begin that count from the end of the month.
pub(super) const FROM_LAST: u32 = 5;

/// The months since year 0 of a day.
pub(super) fn month_of(day: i64) -> i64 {
    let (year, month, _) = civil(day);
    year * 12 + month - 1
}

/// The first day of a month since year 0.
pub(super) fn first_of(month: i64) -> i64 {
    day_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1)
}

impl Recurrence {
    /// The days of a month (since year 0) on which it occurs if it starts on the day `anchor` and never ends:
    /// bit 0 is the first. None is before the anchor.
    pub(super) fn days(&self, anchor: i64, month: i64) -> u32 {
        let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12));
        let (anchor_year, anchor_month, anchor_day) = civil(anchor);
        let interval = i64::from(self.interval);
        let is_in_step = match self.frequency {
            Frequency::Daily | Frequency::Weekly => true, // days and weeks do not begin with the month
            Frequency::Monthly => (month - anchor_year * 12 - (anchor_month - 1)) % interval == 0,
            Frequency::Yearly => (year - anchor_year) % interval == 0 && (self.months != 0 || of_year == anchor_month - 1),
        };
        if !is_in_step || (self.months != 0 && self.months >> of_year & 1 == 0) {
            return 0;
        }
        let (first, length) = (first_of(month), days_in_month(year, of_year + 1));
        let before = anchor - first;
        if before >= length {
            return 0;
        }
        let mut days = u32::MAX >> (32 - length) & u32::MAX << before.max(0);
        match self.frequency {
            Frequency::Daily if interval > 1 => days &= every(before.rem_euclid(interval), interval, 1),
            Frequency::Weekly if interval > 1 => {
                let monday = before - weekday(anchor); // of the anchor's week
                days &= every((monday + 6).rem_euclid(7 * interval) - 6, 7 * interval, 0x7f);
            }
            _ => {}
        }
        if self.month_days != 0 {
            let from_end = (self.month_days >> FROM_END) as u32;
            days &= self.month_days as u32 | from_end.reverse_bits() >> (32 - length);
        }
        if self.weekdays != [0; 7] {
            days &= self.days_by_weekday(weekday(first), length);
        } else if self.frequency == Frequency::Weekly {
            days &= every((weekday(anchor) - weekday(first)).rem_euclid(7), 7, 1);
        } else if self.frequency != Frequency::Daily && self.month_days == 0 {
            days &= 1 << (anchor_day - 1);
        }
        days
    }

    /// The days of its weekdays in a month of a length that begins on a weekday; perhaps more after its end.
    fn days_by_weekday(&self, first: i64, length: i64) -> u32 {
        let mut days = 0;
        for (weekday, wanted) in (0..).zip(self.weekdays).filter(|(_, wanted)| *wanted != 0) {
            let offset = (weekday - first).rem_euclid(7);
            if wanted & 1 != 0 {
                days |= every(offset, 7, 1);
                continue;
            }
            let there = (length - offset + 6) / 7; // how many of them the month has
            for nth in 1..=there {
                let from_last = there + 1 - nth;
                if wanted & (1 << nth | 1 << (i64::from(FROM_LAST) + from_last)) != 0 {
                    days |= 1 << (offset + 7 * (nth - 1));
                }
            }
        }
        days
    }

    /// The last day on which it may occur, at most `limit`, if it starts on the day `anchor` in the minute
    /// `start` of UTC.
    pub(super) fn last(&self, anchor: i64, start: i64, limit: i64) -> i64 {
        let last = match self.end {
            End::Never => limit,
            End::Until(second) => {
                let minutes = (second / 60).cast_signed() - start;
                anchor + minutes.div_euclid(DAY_SLOTS.cast_signed())
            }
            End::Count(count) => self.last_counted(anchor, count, limit),
        };
        last.min(limit)
    }

    /// The day of the occurrence of a number. Where all periods have the same number of occurrences it is
    /// computed; else they are counted by month, at most some 3,500 times.
    fn last_counted(&self, anchor: i64, count: u32, limit: i64) -> i64 {
        let interval = i64::from(self.interval);
        let is_unfiltered = self.months == 0 && self.month_days == 0;
        if self.frequency == Frequency::Daily && is_unfiltered && self.weekdays == [0; 7] {
            return anchor + i64::from(count - 1) * interval;
        }
        let is_weekly = self.frequency == Frequency::Weekly || (self.frequency == Frequency::Daily && self.interval == 1);
        if is_weekly && is_unfiltered {
            let named = (0..7).filter(|day| self.weekdays[*day] != 0).fold(0u32, |days, day| days | 1 << day);
            let days = if named == 0 { 1 << weekday(anchor) } else { named };
            // As if the first week were whole: those before the start are counted too, then.
            let missed = (days & !(u32::MAX << weekday(anchor))).count_ones();
            let place = count - 1 + missed;
            let weeks = i64::from(place / days.count_ones());
            return anchor - weekday(anchor) + 7 * interval * weeks + place_of(days, place % days.count_ones());
        }
        let step = if self.frequency == Frequency::Monthly { self.interval as usize } else { 1 };
        let mut left = count;
        for month in (month_of(anchor)..=month_of(limit)).step_by(step) {
            let days = self.days(anchor, month);
            if days.count_ones() >= left {
                return first_of(month) + place_of(days, left - 1);
            }
            left -= days.count_ones();
        }
        limit
    }
}

/// The bits of a pattern of up to seven, set down at a place (at least -6) and every so many from there.
fn every(place: i64, step: i64, pattern: u32) -> u32 {
    let mut bits = 0;
    let mut place = place;
    while place < 32 {
        bits |= if place < 0 { pattern >> -place } else { pattern << place };
        place += step;
    }
    bits
}

/// The place of the set bit of a number, the lowest being 0.
fn place_of(mut bits: u32, number: u32) -> i64 {
    for _ in 0..number {
        bits &= bits - 1;
    }
    i64::from(bits.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// The first days, as month and day, of a rule that starts on a day.
    fn days(rule: &str, start: (i64, i64, i64), most: usize) -> Vec<(i64, i64, i64)> {
        let rule: Recurrence = rule.parse().unwrap();
        let anchor = day_of(start.0, start.1, start.2);
        let last = rule.last(anchor, anchor * 1_440, day_of(2262, 1, 1));
        let months = (month_of(anchor)..).take_while(|month| first_of(*month) <= last);
        let days = months.flat_map(|month| {
            let days = rule.days(anchor, month);
            (0..31).filter(move |bit| days >> bit & 1 == 1).map(move |bit| first_of(month) + bit)
        });
        days.take_while(|day| *day <= last).take(most).map(civil).collect()
    }

    #[test]
    fn ends_of_months() {
        let rule = "FREQ=MONTHLY;BYMONTHDAY=31";
        assert_eq!(days(rule, (2026, 1, 31), 4), [(2026, 1, 31), (2026, 3, 31), (2026, 5, 31), (2026, 7, 31)]);
        assert_eq!(days("FREQ=MONTHLY", (2026, 1, 31), 3), [(2026, 1, 31), (2026, 3, 31), (2026, 5, 31)]);
        let rule = "FREQ=MONTHLY;BYMONTHDAY=-1";
        assert_eq!(days(rule, (2024, 1, 1), 3), [(2024, 1, 31), (2024, 2, 29), (2024, 3, 31)]);
        let rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-29,28";
        assert_eq!(days(rule, (2023, 1, 1), 4), [(2023, 2, 28), (2024, 2, 1), (2024, 2, 28), (2025, 2, 28)]);
        assert!(days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", (1970, 1, 1), 1).is_empty());
    }

    #[test]
    fn a_leap_day_comes_with_leap_years() {
        assert_eq!(days("FREQ=YEARLY", (2096, 2, 29), 3), [(2096, 2, 29), (2104, 2, 29), (2108, 2, 29)]);
        assert_eq!(days("FREQ=YEARLY;INTERVAL=3", (2024, 2, 29), 2), [(2024, 2, 29), (2036, 2, 29)]);
    }

    #[test]
    fn weekdays_of_a_month() {
        // 2026-11-01 is a Sunday.
        let rule = "FREQ=MONTHLY;BYDAY=1MO,-1FR,5SU";
        assert_eq!(days(rule, (2026, 11, 1), 4), [(2026, 11, 2), (2026, 11, 27), (2026, 11, 29), (2026, 12, 7)]);
        let rule = "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13";
        assert_eq!(days(rule, (1998, 1, 1), 3), [(1998, 2, 13), (1998, 3, 13), (1998, 11, 13)]);
        let rule = "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"; // of RFC 5545
        assert_eq!(days(rule, (1996, 11, 5), 3), [(1996, 11, 5), (2000, 11, 7), (2004, 11, 2)]);
        let rule = "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU";
        assert_eq!(days(rule, (2026, 4, 1), 3), [(2026, 10, 25), (2027, 3, 28), (2027, 10, 31)]);
    }

    #[test]
    fn every_other_week_is_counted_from_the_week_of_the_start() {
        // 1997-09-02 is a Tuesday; the Monday of its week is before the start.
        let rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;COUNT=6";
        let expected = [(1997, 9, 3), (1997, 9, 5), (1997, 9, 15), (1997, 9, 17), (1997, 9, 19), (1997, 9, 29)];
        assert_eq!(days(rule, (1997, 9, 2), 99), expected);
        assert_eq!(days(&rule.replace("COUNT=6", "COUNT=6;BYMONTH=9"), (1997, 9, 2), 99), expected);
        assert_eq!(days("FREQ=WEEKLY;INTERVAL=3;COUNT=3", (1997, 9, 2), 99), [(1997, 9, 2), (1997, 9, 23), (1997, 10, 14)]);
    }

    #[test]
    fn a_count_ends_where_one_who_counts_ends() {
        for rule in ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=45", "FREQ=DAILY;INTERVAL=2;BYDAY=SA", "FREQ=MONTHLY;INTERVAL=7", "FREQ=YEARLY"] {
            for count in [1, 2, 30, 50] {
                let all = days(rule, (1999, 12, 31), count);
                assert_eq!(days(&alloc::format!("{rule};COUNT={count}"), (1999, 12, 31), 99), all);
                assert_eq!(all.len(), count);
            }
        }
        let rule: Recurrence = "FREQ=DAILY;INTERVAL=1000;COUNT=100000".parse().unwrap();
        assert_eq!(rule.last(0, 0, 106_751), 106_751);
    }

    #[test]
    fn until_is_the_last_moment_of_a_start() {
        let start = 20_000 * 1_440 + 90; // 01:30
        let until =
            |second: &str| alloc::format!("FREQ=DAILY;UNTIL=20241006T{second}Z").parse::<Recurrence>().unwrap().last(20_000, start, 30_000);
        assert_eq!(civil(20_002), (2024, 10, 6));
        assert_eq!(until("013000"), 20_002);
        assert_eq!(until("012959"), 20_001);
    }
}
