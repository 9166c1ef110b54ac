//! Durations, and windows of time.
//!
//! A calendar window of OpenSLO turns at a time of day in a zone. In a zone of one offset that is midnight
//! at some other offset, which is how ours say it: noon in UTC is midnight twelve hours west of it.
//! Deliberately absent: zones whose offset changes; which day it is there cannot be known without tables.

use codomyrmex_telemetry::Window;
use codomyrmex_telemetry::slo::CalendarUnit;

use super::Error;
use super::field::At;

const DAY: i32 = 24 * 60;

/// The farthest that an objective's clock may be from UTC, in minutes.
const OFFSET_MAX: i32 = 18 * 60;

/// The units of durations with their minutes; months and longer ones have none that is always right.
const UNITS: [(char, Option<u64>); 7] =
    [('m', Some(1)), ('h', Some(60)), ('d', Some(24 * 60)), ('w', Some(7 * 24 * 60)), ('M', None), ('Q', None), ('Y', None)];

/// A duration as OpenSLO writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Duration {
    pub(super) count: u64,
    pub(super) unit: char,
}

/// A window of OpenSLO.
#[derive(Clone, Debug)]
pub(super) enum TimeWindow<'a> {
    Rolling(At<'a>, Duration),
    Calendar(At<'a>, Duration, Start, &'a str),
}

/// A time on a clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Start {
    year: u32,
    month: u32,
    day: u32,
    minutes: i32, // of the day
    seconds: u32,
}

impl Duration {
    /// Reads a whole number and a unit.
    pub(super) fn read(text: &str) -> Option<Self> {
        let unit = text.chars().next_back()?;
        let count = text.strip_suffix(unit)?;
        let is_known = UNITS.iter().any(|(known, _)| *known == unit) && count.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self { count: count.parse().ok().filter(|_| is_known)?, unit })
    }

    /// It in minutes; `None` for units of changing length, and for more than there are.
    pub(super) fn minutes(self) -> Option<u64> {
        let (_, length) = UNITS.iter().find(|(unit, _)| *unit == self.unit)?;
        self.count.checked_mul((*length)?)
    }
}

/// So many minutes, in the longest of minutes, hours and days that gives a whole number.
pub(super) fn shown(minutes: u64) -> String {
    let fits = |unit: u64| minutes > 0 && minutes.is_multiple_of(unit);
    match minutes {
        minutes if fits(24 * 60) => format!("{}d", minutes / (24 * 60)),
        minutes if fits(60) => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}

impl<'a> TimeWindow<'a> {
    /// Reads the one item of `timeWindow`.
    pub(super) fn read(at: &At<'a>) -> Result<Self, Error> {
        let items = at.list()?;
        let [item] = items.as_slice() else {
            return Err(at.refuse(format!("exactly one window is needed, and there are {}", items.len())));
        };
        let mut fields = item.fields()?;
        let length = fields.need("duration")?;
        let duration = length.duration()?;
        if duration.count == 0 {
            return Err(length.refuse("a window is longer than nothing"));
        }
        let is_rolling = fields.take("isRolling").map(|at| at.boolean()).transpose()?;
        let calendar = fields.take("calendar");
        fields.end()?;
        match (is_rolling, calendar) {
            (Some(true), Some(calendar)) => Err(calendar.refuse("a rolling window has no calendar; take one of the two out")),
            (Some(true), None) => Ok(Self::Rolling(length, duration)),
            (_, None) => Err(item.refuse("say isRolling: true, or give a calendar with startTime and timeZone")),
            (_, Some(calendar)) => {
                let mut fields = calendar.fields()?;
                let start = fields.need("startTime")?;
                let text = start.text()?;
                let start =
                    Start::read(text).ok_or_else(|| start.refuse(format!("'{text}' is no time; write it like 2024-01-01 00:00:00")))?;
                let zone = fields.need("timeZone")?;
                let name = zone.filled()?;
                if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte)) {
                    return Err(zone.refuse(format!("'{name}' is no zone; write one of the IANA names, like UTC or Europe/Vienna")));
                }
                fields.end()?;
                Ok(Self::Calendar(length, duration, start, name))
            }
        }
    }

    /// It as a window of ours, or why there is none.
    pub(super) fn window(&self) -> Result<Window, String> {
        let Self::Calendar(_, duration, start, zone) = self else {
            let Self::Rolling(_, duration) = self else { return Err(String::new()) };
            let minutes = duration.minutes().ok_or("months, quarters and years have no one length; write days, like 30d, or a calendar")?;
            return Ok(Window::Rolling { slots: minutes });
        };
        let unit = match (duration.count, duration.unit) {
            (1, 'd') => CalendarUnit::Day,
            (1, 'w') | (7, 'd') => CalendarUnit::Week,
            (1, 'M') => CalendarUnit::Month,
            (1, 'Q') | (3, 'M') => CalendarUnit::Quarter,
            (_, 'm') => return Err("calendar windows are 1d, 1w, 1M and 1Q; small m is minutes, and a month is 1M".into()),
            _ => return Err("calendar windows are 1d, 1w, 1M and 1Q; a rolling one may be of any whole minutes up to 366 days".into()),
        };
        let hours = hours_of(zone)
            .ok_or("the offset of this zone may change; UTC and Etc/GMT+12 to Etc/GMT-14 do not, or a rolling window needs none")?;
        let utc_offset_minutes = start.offset(unit, hours).ok_or("ours begin on Mondays, on the first of a month, or on that of January, April, July or October, on a whole minute, and no farther than 18 hours from that midnight in UTC")?;
        Ok(Window::Calendar { unit, utc_offset_minutes })
    }

    /// Where its length stands.
    pub(super) const fn at(&self) -> &At<'a> {
        match self {
            Self::Rolling(at, _) | Self::Calendar(at, ..) => at,
        }
    }
}

impl Start {
    /// Reads `2024-01-01 00:00:00`.
    fn read(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(' ')?;
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, seconds] = numbers(time, ':', [2, 2, 2])?;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        let is_time = (1..=length).contains(&day) && hour < 24 && minute < 60 && seconds < 60;
        let minutes = i32::try_from(hour * 60 + minute).ok()?;
        is_time.then_some(Self { year, month, day, minutes, seconds })
    }

    /// Whether it is a Monday (Sakamoto's method).
    fn is_monday(self) -> bool {
        let month_codes = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = self.year + 400 - u32::from(self.month < 3); // some years on, so that year 0 works as well
        let code = usize::try_from(self.month).ok().and_then(|month| month_codes.get(month.checked_sub(1)?)).copied().unwrap_or(0);
        (year + year / 4 - year / 100 + year / 400 + code + self.day) % 7 == 1
    }

    /// At whose midnight a unit turns that turns at this time in a zone so many hours east.
    fn offset(self, unit: CalendarUnit, hours: i32) -> Option<i32> {
        let turns = match unit {
            CalendarUnit::Day => true,
            CalendarUnit::Week => self.is_monday(),
            CalendarUnit::Month => self.day == 1,
            CalendarUnit::Quarter => self.day == 1 && self.month % 3 == 1,
        };
        let offset = hours * 60 - self.minutes;
        let offset = if unit == CalendarUnit::Day && offset < -OFFSET_MAX { offset + DAY } else { offset };
        (turns && self.seconds == 0 && offset >= -OFFSET_MAX).then_some(offset)
    }
}

/// Three numbers of so many digits each.
fn numbers(text: &str, between: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let mut found = [0; 3];
    let mut parts = text.split(between);
    for (number, length) in found.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// How many hours a zone is east of UTC, of those zones that never change. In the names of `Etc` the sign
/// is that of POSIX: west is plus.
fn hours_of(zone: &str) -> Option<i32> {
    const SAME: [&str; 7] = ["UTC", "UCT", "GMT", "Zulu", "Universal", "Greenwich", "GMT0"];
    let name = zone.strip_prefix("Etc/").unwrap_or(zone);
    if SAME.contains(&name) || matches!(name, "GMT+0" | "GMT-0") {
        return Some(0);
    }
    let (hours, sign, most) = match zone.strip_prefix("Etc/GMT")? {
        west if west.starts_with('+') => (west.strip_prefix('+')?, -1, 12),
        east => (east.strip_prefix('-')?, 1, 14),
    };
    let is_canonical = !hours.starts_with('0') && hours.bytes().all(|byte| byte.is_ascii_digit());
    hours.parse().ok().filter(|hours: &i32| is_canonical && (1..=most).contains(hours)).map(|hours| sign * hours)
}

/// A calendar window in the words of OpenSLO: duration, start and zone; and the offset that they mean,
/// which differs from what was asked for where no zone is so far east.
pub(super) fn calendar(unit: CalendarUnit, utc_offset_minutes: i32) -> (&'static str, String, String, i32) {
    let duration = match unit {
        CalendarUnit::Day => "1d",
        CalendarUnit::Week => "1w",
        CalendarUnit::Month => "1M",
        CalendarUnit::Quarter => "1Q",
    };
    let same = if unit == CalendarUnit::Day && utc_offset_minutes > 14 * 60 { utc_offset_minutes - DAY } else { utc_offset_minutes };
    let hours = (same + 59).div_euclid(60).clamp(-12, 14);
    let minutes = (hours * 60 - same).max(0);
    let zone = match hours {
        0 => "UTC".into(),
        1.. => format!("Etc/GMT-{hours}"),
        _ => format!("Etc/GMT+{}", -hours),
    };
    // The first of January 2024 was a Monday.
    let start = format!("2024-01-01 {:02}:{:02}:00", minutes / 60, minutes % 60);
    (duration, start, zone, hours * 60 - minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_comes_back_or_is_known_not_to() {
        for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter] {
            for offset in -OFFSET_MAX..=OFFSET_MAX {
                let (_, start, zone, means) = calendar(unit, offset);
                let read = Start::read(&start).and_then(|start| start.offset(unit, hours_of(&zone)?));
                assert_eq!(read, Some(means), "{unit:?} {offset}");
                match (offset > 14 * 60, unit) {
                    (false, _) => assert_eq!(means, offset),
                    (true, CalendarUnit::Day) => assert_eq!(means, offset - DAY),
                    (true, _) => assert_eq!(means, 14 * 60),
                }
            }
        }
        assert_eq!(calendar(CalendarUnit::Month, 330), ("1M", "2024-01-01 00:30:00".into(), "Etc/GMT-6".into(), 330));
        assert_eq!(calendar(CalendarUnit::Week, -1_080), ("1w", "2024-01-01 06:00:00".into(), "Etc/GMT+12".into(), -1_080));
    }

    #[test]
    fn starts_are_dates_that_exist() {
        for text in [
            "2023-02-29 00:00:00",
            "2024-13-01 00:00:00",
            "2024-01-01 24:00:00",
            "2024-1-1 00:00:00",
            "2024-01-01T00:00:00",
            "2024-01-01",
            "2024-00-01 00:00:00",
        ] {
            assert_eq!(Start::read(text), None, "{text}");
        }
        let day = |text: &str| Start::read(&format!("{text} 00:00:00")).unwrap();
        assert!(day("2024-02-29").day == 29 && !day("2024-02-29").is_monday());
        assert!(
            day("2024-01-01").is_monday()
                && day("1970-01-05").is_monday()
                && day("2026-11-23").is_monday()
                && day("2000-02-28").is_monday()
        );
        assert_eq!(day("2022-01-03").offset(CalendarUnit::Week, 0), Some(0));
        assert_eq!(day("2022-01-01").offset(CalendarUnit::Week, 0), None);
        assert_eq!(day("2022-04-01").offset(CalendarUnit::Quarter, 1), Some(60));
        assert_eq!(day("2022-05-01").offset(CalendarUnit::Quarter, 1), None);
        assert_eq!(Start::read("2022-01-01 12:00:01").unwrap().offset(CalendarUnit::Day, 0), None);
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(Duration::read("2w").and_then(Duration::minutes), Some(20_160));
        assert_eq!(Duration::read("1M").map(|duration| (duration.count, duration.unit, duration.minutes())), Some((1, 'M', None)));
        for text in ["", "m", "1", "1s", "-1m", "1.5h", "1 m", "+1m", "99999999999999999999m", "1ö"] {
            assert_eq!(Duration::read(text), None, "{text}");
        }
        assert_eq!(Duration::read("18446744073709551615w").and_then(Duration::minutes), None);
        assert_eq!([40_320, 90, 120, 1, 0].map(shown), ["28d", "90m", "2h", "1m", "0m"]);
        assert_eq!(["Etc/GMT-14", "Etc/GMT+12", "Etc/UTC", "GMT"].map(hours_of), [Some(14), Some(-12), Some(0), Some(0)]);
        assert_eq!(["Etc/GMT-15", "Etc/GMT+13", "Europe/Vienna", "Etc/GMT+01", "GMT+1"].map(hours_of), [None; 5]);
    }
}
