//! Recurrence rules as text: read from what RFC 5545 allows, written in one form.
//!
//! Deliberately absent: the parts that name more than days, and times without UTC. They are refused, and
//! never passed over, since a rule that is half understood would exempt the wrong days.

use alloc::format;
use core::fmt;
use core::str::FromStr;

use super::calendar::{civil, day_of, days_in_month};
use super::recurrence::{COUNT_MAX, End, FROM_END, FROM_LAST, Frequency, INTERVAL_MAX, Recurrence};
use crate::Error;
use crate::limits::TEXT_BYTES_MAX;

const FREQUENCIES: [(&str, Frequency); 4] =
    [("DAILY", Frequency::Daily), ("WEEKLY", Frequency::Weekly), ("MONTHLY", Frequency::Monthly), ("YEARLY", Frequency::Yearly)];

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The parts that are taken, in the order in which they are written.
const PARTS: [&str; 8] = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"];

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The refusal of a part, with what is taken instead.
fn refused(part: &str, value: &str, taken: &str) -> Error {
    Error::InvalidArgument(format!("'{part}={value}' of a recurrence is not taken; {taken}"))
}

impl FromStr for Recurrence {
    type Err = Error;

    /// Reads `FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;COUNT=10`, in any order and case, with or without `RRULE:`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > TEXT_BYTES_MAX {
            let length = text.len();
            return Err(Error::InvalidArgument(format!("a recurrence has {length} bytes; at most {TEXT_BYTES_MAX} are taken")));
        }
        let text = text.to_ascii_uppercase();
        let mut values = [None; PARTS.len()];
        for part in text.strip_prefix("RRULE:").unwrap_or(&text).split(';') {
            let found = part.split_once('=').and_then(|(name, value)| Some((PARTS.iter().position(|known| *known == name)?, value)));
            let Some((place, value)) = found else {
                return Err(Error::InvalidArgument(format!(
                    "'{part}' of a recurrence is not taken; its parts are {}, each as NAME=VALUE",
                    PARTS.join(", ")
                )));
            };
            if values[place].replace(value).is_some() {
                return Err(refused(PARTS[place], value, "each part stands once"));
            }
        }
        let [frequency, interval, count, until, months, month_days, weekdays, week_start] = values;
        if let Some(day) = week_start.filter(|day| *day != "MO") {
            return Err(refused("WKST", day, "weeks begin on MO"));
        }
        let rule = Self {
            frequency: read_frequency(frequency)?,
            interval: interval.map_or(Ok(1), |text| read_number("INTERVAL", text, INTERVAL_MAX))?,
            end: read_end(count, until)?,
            months: read_list("BYMONTH", months, |text| digits(text)?.checked_sub(1).filter(|month| *month < 12), "each of 1 to 12 once")?
                as u16,
            month_days: read_list("BYMONTHDAY", month_days, read_month_day, "each of 1 to 31 and -1 to -31 once")? as u64,
            weekdays: {
                let taken = "each of MO to SU once, or numbered within the month as in 1MO to 5MO, -1MO to -5MO";
                let bits = read_list("BYDAY", weekdays, read_weekday, taken)?;
                core::array::from_fn(|day| (bits >> (16 * day)) as u16)
            },
        };
        rule.check_company(month_days, weekdays)?;
        Ok(rule)
    }
}

impl Recurrence {
    /// Checks that its parts go together.
    fn check_company(&self, month_days: Option<&str>, weekdays: Option<&str>) -> Result<(), Error> {
        let wrong = |part, value: Option<&str>, taken| Err(refused(part, value.unwrap_or_default(), taken));
        let is_yearly_without_months = self.frequency == Frequency::Yearly && self.months == 0;
        if self.month_days != 0 && self.frequency == Frequency::Weekly {
            return wrong("BYMONTHDAY", month_days, "it goes with FREQ=DAILY, MONTHLY or YEARLY");
        }
        if self.month_days != 0 && is_yearly_without_months {
            return wrong("BYMONTHDAY", month_days, "with FREQ=YEARLY it takes a BYMONTH; for every month say FREQ=MONTHLY");
        }
        if self.weekdays != [0; 7] && is_yearly_without_months {
            return wrong("BYDAY", weekdays, "with FREQ=YEARLY it takes a BYMONTH");
        }
        let is_numbered = self.weekdays.iter().any(|wanted| wanted >> 1 != 0);
        if is_numbered && matches!(self.frequency, Frequency::Daily | Frequency::Weekly) {
            return wrong("BYDAY", weekdays, "numbered weekdays go with FREQ=MONTHLY, or YEARLY and a BYMONTH");
        }
        Ok(())
    }
}

fn read_frequency(text: Option<&str>) -> Result<Frequency, Error> {
    const TAKEN: &str = "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY";
    let Some(text) = text else {
        return Err(Error::InvalidArgument(format!("a recurrence without FREQ is not taken; {TAKEN}")));
    };
    let known = FREQUENCIES.iter().find(|(name, _)| *name == text);
    known.map(|(_, frequency)| *frequency).ok_or_else(|| refused("FREQ", text, TAKEN))
}

fn read_number(part: &str, text: &str, most: u32) -> Result<u32, Error> {
    let number = digits(text).filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| refused(part, text, &format!("it is 1 to {most}")))
}

fn read_end(count: Option<&str>, until: Option<&str>) -> Result<End, Error> {
    match (count, until) {
        (None, None) => Ok(End::Never),
        (Some(count), None) => read_number("COUNT", count, COUNT_MAX).map(End::Count),
        (None, Some(until)) => read_time(until)
            .map(End::Until)
            .ok_or_else(|| refused("UNTIL", until, "it is a time of UTC from 1970 on, like 20261231T235959Z")),
        (Some(_), Some(until)) => Err(refused("UNTIL", until, "a recurrence ends by COUNT or by UNTIL, not by both")),
    }
}

/// Seconds since 1970 of a time like `20261231T235959Z`.
fn read_time(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    let part = |text: &str, from: usize, to: usize| digits(text.get(from..to)?).map(i64::from);
    let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
    let (hour, minute, second) = (part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?);
    let is_date = year >= 1970 && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    let is_time = hour < 24 && minute < 60 && second < 60;
    let seconds = is_date.then(|| day_of(year, month, day) * DAY_SECONDS.cast_signed() + hour * 3_600 + minute * 60 + second);
    u64::try_from(seconds.filter(|_| is_time)?).ok()
}

/// A list of things that are bits, each once; nothing is the list that is not there.
fn read_list(part: &str, text: Option<&str>, bit: impl Fn(&str) -> Option<u32>, taken: &str) -> Result<u128, Error> {
    let Some(text) = text else { return Ok(0) };
    let bits = text.split(',').try_fold(0u128, |bits, item| {
        let bit = 1 << bit(item)?;
        (bits & bit == 0).then_some(bits | bit)
    });
    bits.ok_or_else(|| refused(part, text, taken))
}

/// The bit of a day of the month such as `15` or `-1`.
fn read_month_day(text: &str) -> Option<u32> {
    let (is_from_end, day) = signed(text)?;
    (1..=31).contains(&day).then(|| day - 1 + if is_from_end { FROM_END } else { 0 })
}

/// The bit of a weekday such as `MO` or `-1FR`: sixteen for each weekday.
fn read_weekday(text: &str) -> Option<u32> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = WEEKDAYS.iter().position(|known| *known == name)? as u32;
    if number.is_empty() {
        return Some(16 * weekday);
    }
    let (is_from_end, number) = signed(number)?;
    (1..=FROM_LAST).contains(&number).then(|| 16 * weekday + number + if is_from_end { FROM_LAST } else { 0 })
}

/// Whether a number is below zero, and the number without its sign; at most two digits.
fn signed(text: &str) -> Option<(bool, u32)> {
    let below = text.strip_prefix('-');
    let number = below.or_else(|| text.strip_prefix('+')).unwrap_or(text);
    Some((below.is_some(), digits(number).filter(|_| number.len() <= 2)?))
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl fmt::Display for Recurrence {
    /// In one form: parts in a fixed order, lists sorted, defaults left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FREQUENCIES.iter().find(|(_, frequency)| *frequency == self.frequency).map_or("", |(name, _)| name);
        write!(f, "FREQ={name}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(at) => {
                let (year, month, day) = civil((at / DAY_SECONDS).cast_signed());
                let (hour, minute, second) = (at / 3_600 % 24, at / 60 % 60, at % 60);
                write!(f, ";UNTIL={year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")?;
            }
        }
        let of_year = (0..12).filter(|month| self.months >> month & 1 == 1);
        write_list(f, "BYMONTH", of_year.map(|month| (month + 1, "")))?;
        let of_month = (0..2 * FROM_END).filter(|bit| self.month_days >> bit & 1 == 1).map(|bit| bit.cast_signed());
        let from_end = FROM_END.cast_signed();
        write_list(f, "BYMONTHDAY", of_month.map(|bit| (if bit < from_end { bit + 1 } else { from_end - 1 - bit }, "")))?;
        let of_week = WEEKDAYS.iter().zip(self.weekdays).flat_map(|(name, wanted)| {
            let numbers = (0..=2 * FROM_LAST).filter(move |bit| wanted >> bit & 1 == 1).map(|bit| bit.cast_signed());
            let from_last = FROM_LAST.cast_signed();
            numbers.map(move |bit| (if bit <= from_last { bit } else { from_last - bit }, *name))
        });
        write_list(f, "BYDAY", of_week)
    }
}

/// A part that is a list, or nothing where the list is empty; zero is not written.
fn write_list<'a>(f: &mut fmt::Formatter<'_>, part: &str, items: impl Iterator<Item = (i32, &'a str)>) -> fmt::Result {
    for (place, (number, name)) in items.enumerate() {
        if place == 0 {
            write!(f, ";{part}=")?;
        } else {
            f.write_str(",")?;
        }
        if number != 0 {
            write!(f, "{number}")?;
        }
        f.write_str(name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_is_read_is_written_in_one_form() {
        for (text, shown) in [
            ("FREQ=DAILY", "FREQ=DAILY"),
            ("rrule:wkst=mo;interval=01;freq=daily", "FREQ=DAILY"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,SA;COUNT=10", "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=SA,SU"),
            ("BYDAY=-1FR,+1MO,FR;FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=1MO,FR,-1FR"),
            ("FREQ=MONTHLY;BYMONTHDAY=-31,+15,-1,31,01", "FREQ=MONTHLY;BYMONTHDAY=1,15,31,-1,-31"),
            ("FREQ=YEARLY;BYMONTH=12,1;BYDAY=5SU,-5SU", "FREQ=YEARLY;BYMONTH=1,12;BYDAY=5SU,-5SU"),
            ("FREQ=DAILY;UNTIL=20240229T235959Z", "FREQ=DAILY;UNTIL=20240229T235959Z"),
            ("FREQ=DAILY;UNTIL=99991231T000001Z;BYDAY=MO", "FREQ=DAILY;UNTIL=99991231T000001Z;BYDAY=MO"),
        ] {
            let rule: Recurrence = text.parse().unwrap();
            assert_eq!(rule.to_string(), shown);
            assert_eq!(shown.parse(), Ok(rule));
        }
    }

    #[test]
    fn what_is_not_taken_is_named() {
        for (text, named) in [
            ("", "''"),
            ("RRULE:", "''"),
            ("FREQ=DAILY;", "''"),
            ("FREQ", "'FREQ'"),
            ("FREQ = DAILY", "'FREQ = DAILY'"),
            ("INTERVAL=2", "without FREQ"),
            ("FREQ=HOURLY", "'FREQ=HOURLY'"),
            ("FREQ=DAILY;FREQ=DAILY", "'FREQ=DAILY' of a recurrence is not taken; each part stands once"),
            ("FREQ=DAILY;BYSETPOS=1", "'BYSETPOS=1'"),
            ("FREQ=DAILY;BYHOUR=1", "'BYHOUR=1'"),
            ("FREQ=DAILY;INTERVAL=0", "'INTERVAL=0'"),
            ("FREQ=DAILY;INTERVAL=1001", "1 to 1000"),
            ("FREQ=DAILY;INTERVAL=+1", "'INTERVAL=+1'"),
            ("FREQ=DAILY;COUNT=4000000000", "1 to 100000"),
            ("FREQ=DAILY;COUNT=99999999999999999999", "1 to 100000"),
            ("FREQ=DAILY;COUNT=", "'COUNT='"),
            ("FREQ=DAILY;COUNT=1;UNTIL=20261231T235959Z", "not by both"),
            ("FREQ=DAILY;UNTIL=20261231T235959", "'UNTIL=20261231T235959'"),
            ("FREQ=DAILY;UNTIL=20261231", "'UNTIL=20261231'"),
            ("FREQ=DAILY;UNTIL=20230229T000000Z", "'UNTIL=20230229T000000Z'"),
            ("FREQ=DAILY;UNTIL=20230228T000060Z", "'UNTIL=20230228T000060Z'"),
            ("FREQ=DAILY;UNTIL=19691231T235959Z", "from 1970 on"),
            ("FREQ=DAILY;UNTIL=2026é31T235959Z", "'UNTIL=2026é31T235959Z'"),
            ("FREQ=DAILY;BYDAY=", "'BYDAY='"),
            ("FREQ=DAILY;BYDAY=MO,", "'BYDAY=MO,'"),
            ("FREQ=DAILY;BYDAY=MO,MO", "'BYDAY=MO,MO'"),
            ("FREQ=DAILY;BYDAY=é", "'BYDAY=é'"),
            ("FREQ=DAILY;BYDAY=1MO", "numbered"),
            ("FREQ=WEEKLY;BYDAY=-1MO", "numbered"),
            ("FREQ=MONTHLY;BYDAY=6MO", "'BYDAY=6MO'"),
            ("FREQ=MONTHLY;BYDAY=0MO", "'BYDAY=0MO'"),
            ("FREQ=MONTHLY;BYDAY=+-1MO", "'BYDAY=+-1MO'"),
            ("FREQ=MONTHLY;BYDAY=1MO,+1MO", "once"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "'BYMONTHDAY=0'"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "'BYMONTHDAY=32'"),
            ("FREQ=MONTHLY;BYMONTHDAY=-32", "'BYMONTHDAY=-32'"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "'BYMONTHDAY=1'"),
            ("FREQ=YEARLY;BYMONTHDAY=1", "takes a BYMONTH"),
            ("FREQ=YEARLY;BYDAY=MO", "takes a BYMONTH"),
            ("FREQ=YEARLY;BYMONTH=0", "'BYMONTH=0'"),
            ("FREQ=YEARLY;BYMONTH=13", "'BYMONTH=13'"),
            ("FREQ=WEEKLY;WKST=SU", "'WKST=SU'"),
        ] {
            let Err(Error::InvalidArgument(why)) = text.parse::<Recurrence>() else { panic!("{text} is taken") };
            assert!(why.contains(named), "{text}: {why}");
        }
        let long = format!("FREQ=DAILY;BYDAY={}", "MO,".repeat(400));
        assert!(matches!(long.parse::<Recurrence>(), Err(Error::InvalidArgument(why)) if why.contains("at most 1024")));
    }
}
