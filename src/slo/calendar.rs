//! The calendar in integers: days since 1970-01-01 as years, months and weekdays, and back.
//!
//! It is the proleptic Gregorian calendar of ISO 8601, and holds for every day within some millions of
//! years. Deliberately absent: times of day, zones, and when summer time begins.

use super::CalendarUnit;

/// Days in 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// From 0000-03-01 to 1970-01-01 in days.
const EPOCH: i64 = 719_468;

/// Year, month and day of the month of a day since 1970-01-01. Counting from 0000-03-01 puts leap days
/// last, so that a division finds each part.
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + EPOCH;
    let (era, of_era) = (day.div_euclid(ERA_DAYS), day.rem_euclid(ERA_DAYS));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_month)
}

/// The day since 1970-01-01 of a year, a month (1 to 12) and a day of the month.
pub(super) fn day_of(year: i64, month: i64, of_month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + of_month - 1;
    era * ERA_DAYS + 365 * of_era + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// How many days a month (1 to 12) of a year has.
pub(super) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The weekday of a day: Monday is 0, Sunday is 6.
pub(super) const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7) // 1970-01-01 was a Thursday
}

/// The day on which the calendar last turned, seen from a day.
pub(super) fn turn(unit: CalendarUnit, day: i64) -> i64 {
    let (year, month, _) = civil(day);
    match unit {
        CalendarUnit::Day => day,
        CalendarUnit::Week => day - weekday(day),
        CalendarUnit::Month => day_of(year, month, 1),
        CalendarUnit::Quarter => day_of(year, month - (month - 1) % 3, 1),
    }
}

/// The day on which the calendar turns next: the first one after the period that holds a day.
pub(super) fn next_turn(unit: CalendarUnit, day: i64) -> i64 {
    let longest = match unit {
        CalendarUnit::Day => 1,
        CalendarUnit::Week => 7,
        CalendarUnit::Month => 31,
        CalendarUnit::Quarter => 92,
    };
    turn(unit, turn(unit, day) + longest) // no period is so short that this passes the next one
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: [CalendarUnit; 4] = [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter];

    /// The length of February, by the words of the rule: every fourth year, but of the hundredth ones only
    /// every fourth.
    fn february(year: i64) -> i64 {
        match (year % 4, year % 100, year % 400) {
            (0, 0, 0) => 29,
            (0, 0, _) => 28,
            (0, ..) => 29,
            _ => 28,
        }
    }

    #[test]
    fn every_day_there_is_agrees_with_one_who_counts() {
        let (mut year, mut month, mut of_month, mut weekday_there) = (1970, 1, 1, 3);
        let mut turned = [0, -3, 0, 0]; // by unit: the day of the last turn
        for day in 0..=day_of(2262, 12, 31) {
            assert_eq!(civil(day), (year, month, of_month));
            assert_eq!(day_of(year, month, of_month), day);
            assert_eq!(weekday(day), weekday_there);
            let lengths = [31, february(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            assert_eq!(days_in_month(year, month), lengths[month as usize - 1]);
            let turns = [true, weekday_there == 0, of_month == 1, of_month == 1 && [1, 4, 7, 10].contains(&month)];
            for ((unit, last), turns) in UNITS.into_iter().zip(&mut turned).zip(turns) {
                if turns && day > 0 {
                    assert_eq!(next_turn(unit, *last), day);
                    assert_eq!(next_turn(unit, day - 1), day);
                }
                *last = if turns { day } else { *last };
                assert_eq!(turn(unit, day), *last);
            }
            weekday_there = (weekday_there + 1) % 7;
            of_month += 1;
            if of_month > lengths[month as usize - 1] {
                (month, of_month) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(year, 2263);
    }

    #[test]
    fn days_that_are_known() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_779), (2026, 11, 22));
        assert_eq!(weekday(20_779), 6);
        assert_eq!(day_of(2262, 4, 11), i64::MAX / 86_400_000_000_000);
        assert_eq!(civil(turn(CalendarUnit::Quarter, 19_782)), (2024, 1, 1));
        assert_eq!(civil(next_turn(CalendarUnit::Month, 19_782)), (2024, 3, 1));
    }
}
