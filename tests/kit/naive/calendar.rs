//! The calendar, counted off day by day; and exemptions, looked at day by day.

use codomyrmex_telemetry::slo::{CalendarUnit, Exemption};
use codomyrmex_telemetry::{Objective, Window};

use crate::catalogue::MINUTE_NS;

pub(super) const DAY: u64 = 24 * 60; // in minutes

/// The first minute of the window whose last minute this is.
pub(super) fn first_minute(window: Window, last: u64) -> u64 {
    let Window::Calendar { unit, utc_offset_minutes } = window else {
        let Window::Rolling { slots } = window else { unreachable!("there are two kinds") };
        return (last + 1).saturating_sub(slots);
    };
    let there = i128::from(last) + i128::from(utc_offset_minutes); // minutes on that clock
    let Ok(today) = u64::try_from(there.div_euclid(DAY.into())) else { return 0 };
    // The first period may have begun before 1970, where there are no slots.
    let Some(turned) = (0..=today).rev().find(|candidate| turns(unit, *candidate)) else { return 0 };
    u64::try_from(i128::from(turned * DAY) - i128::from(utc_offset_minutes)).unwrap_or(0)
}

/// The first minute of the period after the one that holds a minute; `None` of a rolling window.
pub(super) fn next_period(window: Window, minute: u64) -> Option<u64> {
    let Window::Calendar { unit, utc_offset_minutes } = window else { return None };
    let there = i128::from(minute) + i128::from(utc_offset_minutes);
    let tomorrow = u64::try_from(there.div_euclid(DAY.into()) + 1).unwrap();
    let turned = (tomorrow..).find(|candidate| turns(unit, *candidate)).unwrap();
    u64::try_from(i128::from(turned * DAY) - i128::from(utc_offset_minutes)).ok()
}

/// How many minutes a window is long at most.
pub(super) const fn longest(window: Window) -> u64 {
    match window {
        Window::Rolling { slots } => slots,
        Window::Calendar { unit: CalendarUnit::Day, .. } => DAY,
        Window::Calendar { unit: CalendarUnit::Week, .. } => 7 * DAY,
        Window::Calendar { unit: CalendarUnit::Month, .. } => 31 * DAY,
        Window::Calendar { unit: CalendarUnit::Quarter, .. } => (31 + 30 + 31) * DAY,
    }
}

/// Whether a minute is exempt by an objective's own terms.
pub(super) fn is_exempt(objective: &Objective, minute: u64) -> bool {
    objective.exemptions.iter().any(|exemption| covers(exemption, minute))
}

/// Whether any of the days on which it may begin has an occurrence that holds the minute. Of rules it knows
/// those of the catalogue: so many days apart, or on weekdays.
fn covers(exemption: &Exemption, minute: u64) -> bool {
    let start = exemption.start.nanos() / MINUTE_NS;
    let Some(since) = minute.checked_sub(start) else { return false };
    let Some(rule) = &exemption.recurrence else { return since < exemption.minutes };
    let rule = rule.to_string();
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name));
    let interval: u64 = part("INTERVAL=").map_or(1, |interval| interval.parse().unwrap());
    let weekday = |day: u64| ["TH", "FR", "SA", "SU", "MO", "TU", "WE"][(day % 7) as usize];
    let local = |day: u64| (start + day * DAY).checked_add_signed(exemption.utc_offset_minutes.into()).unwrap() / DAY;
    let is_one = |day: u64| match part("FREQ=").unwrap() {
        "DAILY" => day.is_multiple_of(interval),
        "WEEKLY" => part("BYDAY=").unwrap().split(',').any(|name| name == weekday(local(day))),
        other => unreachable!("{other} is no rule of the catalogue"),
    };
    let first = since.saturating_sub(exemption.minutes) / DAY;
    (first..=since / DAY).any(|day| is_one(day) && (day * DAY..day * DAY + exemption.minutes).contains(&since))
}

/// Whether the calendar turns at the start of a day (since 1970-01-01, a Thursday).
fn turns(unit: CalendarUnit, day: u64) -> bool {
    match unit {
        CalendarUnit::Day => true,
        CalendarUnit::Week => day % 7 == 4, // the fifth day of 1970 was a Monday
        CalendarUnit::Month => month(day).1 == 1,
        CalendarUnit::Quarter => matches!(month(day), (1 | 4 | 7 | 10, 1)),
    }
}

/// Month and day of the month, by counting years and months off.
fn month(mut day: u64) -> (u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (month, day + 1)
}
