//! Times and lengths as people read and write them.
//!
//! Deliberately absent: time zones; every time is in UTC.

use std::time::{Duration, SystemTime};

use codomyrmex_telemetry::Timestamp;
use codomyrmex_telemetry::slo::{CalendarUnit, SLOT_NS, Window};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A time on the command line: in RFC 3339, or in nanoseconds since 1970.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let nanos = if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        let time = humantime::parse_rfc3339(text).ok();
        let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.and_then(|since| u64::try_from(since.as_nanos()).ok())
    };
    let moment = nanos.and_then(|nanos| Timestamp::from_nanos(nanos).ok());
    moment.ok_or_else(|| "write it like 2026-01-31T12:00:00Z, or as nanoseconds since 1970; it may be no later than 2262-04-11".into())
}

/// A time in RFC 3339, with as many decimals as it has.
pub(super) fn shown(nanos: u64) -> String {
    humantime::format_rfc3339(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)).to_string()
}

/// A length on the command line, in whole minutes.
pub(super) fn slots(text: &str) -> Result<u64, String> {
    let length = humantime::parse_duration(text).map_err(|_| format!("'{text}' is no length; write it like 30m, 6h or 7d"))?;
    let nanos = length.as_nanos();
    match u64::try_from(nanos / u128::from(SLOT_NS)) {
        Ok(slots) if slots > 0 && nanos.is_multiple_of(SLOT_NS.into()) => Ok(slots),
        _ => Err(format!("'{text}' is not whole minutes")),
    }
}

/// A length in its two greatest units, for people: `3 d 4 h`. What is less is left out.
pub(super) fn length(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    let (unit, name, below, below_name) = match seconds {
        DAY.. => (DAY, "d", HOUR, "h"),
        HOUR.. => (HOUR, "h", MINUTE, "m"),
        MINUTE.. => (MINUTE, "m", 1, "s"),
        _ => return format!("{seconds} s"),
    };
    match seconds % unit / below {
        0 => format!("{} {name}", seconds / unit),
        rest => format!("{} {name} {rest} {below_name}", seconds / unit),
    }
}

/// A length in whole units, as rules for Prometheus have it: `1h24m`, `6h`, `3d`.
pub(super) fn lookback(nanos: u64) -> String {
    let mut seconds = nanos / 1_000_000_000;
    let mut text = String::new();
    for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (1, "s")] {
        if seconds >= unit {
            text.push_str(&format!("{}{name}", seconds / unit));
            seconds %= unit;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// A window: `over 30 d`, `by the month`.
pub(super) fn window(window: Window) -> String {
    let (unit, offset) = match window {
        Window::Rolling { slots } => return format!("over {}", length(slots * SLOT_NS)),
        Window::Calendar { unit, utc_offset_minutes } => (unit, utc_offset_minutes),
    };
    let unit = unit_name(unit);
    if offset == 0 {
        return format!("by the {unit}");
    }
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    format!("by the {unit} (UTC{sign}{:02}:{:02})", minutes / 60, minutes % 60)
}

/// The name of a calendar's unit.
pub(super) const fn unit_name(unit: CalendarUnit) -> &'static str {
    match unit {
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
        CalendarUnit::Quarter => "quarter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_both_ways_and_shown_in_one() {
        for (text, nanos) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-02-29T12:30:15Z", 1_709_209_815_000_000_000),
            ("2024-02-29T12:30:15.000000001Z", 1_709_209_815_000_000_001),
            ("2262-04-11T23:47:16.854775807Z", i64::MAX as u64),
        ] {
            assert_eq!(moment(text).map(Timestamp::nanos), Ok(nanos));
            assert_eq!(moment(&nanos.to_string()).map(Timestamp::nanos), Ok(nanos));
            assert_eq!(shown(nanos), text);
        }
        for text in ["", "yesterday", "-1", "1969-12-31T23:59:59Z", "2024-02-30T00:00:00Z", "2262-04-12T00:00:00Z", "9223372036854775808"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_shown_in_the_units_that_help() {
        let minutes = |minutes: u64| minutes * SLOT_NS;
        assert_eq!(
            [0, 1, 59, 60, 61, 1_440, 1_500, 1_441].map(minutes).map(length),
            ["0 s", "1 m", "59 m", "1 h", "1 h 1 m", "1 d", "1 d 1 h", "1 d"]
        );
        let lengths = [5, 60, 84, 90, 336, 1_008, 1_440, 4_320, 1_500].map(minutes).map(lookback);
        assert_eq!(lengths, ["5m", "1h", "1h24m", "1h30m", "5h36m", "16h48m", "1d", "3d", "1d1h"]);
        assert_eq!(["5m", "1h 30m", "7d", "28days"].map(slots), [Ok(5), Ok(90), Ok(10_080), Ok(40_320)]);
        assert_eq!(slots("90s"), Err("'90s' is not whole minutes".into()));
        assert_eq!(slots("0m"), Err("'0m' is not whole minutes".into()));
        assert_eq!(slots("soon"), Err("'soon' is no length; write it like 30m, 6h or 7d".into()));
        let month = |utc_offset_minutes| Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes };
        assert_eq!(window(Window::Rolling { slots: 43_200 }), "over 30 d");
        assert_eq!([0, 330, -60].map(month).map(window), ["by the month", "by the month (UTC+05:30)", "by the month (UTC-01:00)"]);
    }
}
