//! Lengths of time as Prometheus writes them: `5m`, `1h30m`, `30d`, `4w`.
//!
//! Source: what Prometheus' library does with a duration; names of recorded series are made of it, and others
//! must find them. Deliberately absent: reading, and parts of a minute.

use alloc::format;
use alloc::string::String;

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// So many minutes; years and weeks only where nothing is left over, since 90d is easier read than 12w6d.
pub(super) fn minutes(mut count: u64) -> String {
    let mut text = String::new();
    for (letter, length, is_whole) in [('y', 365 * DAY, true), ('w', 7 * DAY, true), ('d', DAY, false), ('h', HOUR, false), ('m', 1, false)]
    {
        if count >= length && (!is_whole || count.is_multiple_of(length)) {
            text.push_str(&format!("{}{letter}", count / length));
            count %= length;
        }
    }
    if text.is_empty() { String::from("0s") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_prometheus_writes_them() {
        let found = [0, 1, 5, 60, 90, 120, 1_440, 1_500, 4_320, 7 * DAY, 28 * DAY, 30 * DAY, 90 * DAY, 365 * DAY, 366 * DAY].map(minutes);
        let expected = ["0s", "1m", "5m", "1h", "1h30m", "2h", "1d", "1d1h", "3d", "1w", "4w", "30d", "90d", "1y", "366d"];
        assert_eq!(found, expected);
    }
}
