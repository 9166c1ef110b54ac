//! Columns: how wide a terminal is, how many columns a text takes, and lengths of time that fit into few.
//!
//! Deliberately absent: what a text means. What is measured here was made harmless before.

use terminal_size::{Width, terminal_size_of};
use unicode_width::UnicodeWidthChar;

use super::time;

/// Columns where nobody says how many there are.
const COLUMNS: usize = 100;

/// Columns that fewer are taken for: names and bars would have no room.
const COLUMNS_MIN: usize = 60;

/// Columns that more are taken for: nobody reads along lines that are longer.
const COLUMNS_MAX: usize = 400;

/// How many columns there are: by `COLUMNS`, or as wide as the terminal is on standard output.
pub(super) fn columns() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    let columns = said.or_else(|| terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| columns.into()));
    columns.unwrap_or(COLUMNS).clamp(COLUMNS_MIN, COLUMNS_MAX)
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or_default()).sum()
}

/// A text in so many columns: cut, with a sign that it was, where it would take more.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.into();
    }
    let mut left = columns.saturating_sub(1);
    let fits = |c: &char| {
        let fits = left.checked_sub(c.width().unwrap_or_default());
        left = fits.unwrap_or(left);
        fits.is_some()
    };
    let kept: String = text.chars().take_while(fits).collect();
    if columns > 0 { kept + "…" } else { kept }
}

/// A text in exactly so many columns: cut, or with blanks behind it.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    text + &" ".repeat(blanks)
}

/// A length of time in three digits, cut and not rounded; from a minute on in its two greatest units.
pub(super) fn took(nanos: u64) -> String {
    let (unit, name) = match nanos {
        0 => return "0".into(),
        1..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        1_000_000_000..60_000_000_000 => (1_000_000_000, "s"),
        _ => return time::length(nanos),
    };
    let (whole, hundredths) = (nanos / unit, nanos % unit / (unit / 100).max(1));
    match whole {
        0..10 => format!("{whole}.{hundredths:02} {name}"),
        10..100 => format!("{whole}.{} {name}", hundredths / 10),
        _ => format!("{whole} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_take_columns_and_not_characters() {
        assert_eq!(["", "abc", "日本", "e\u{301}"].map(width), [0, 3, 4, 1]);
        assert_eq!(
            ["abcd", "abcde", "日本語", "a日本", "e\u{301}e\u{301}abc"].map(|text| cut(text, 4)),
            ["abcd", "abc…", "日…", "a日…", "e\u{301}e\u{301}a…"]
        );
        assert_eq!([0, 1, 2].map(|columns| cut("日本", columns)), ["", "…", "…"]);
        assert_eq!(["ab", "日本語"].map(|text| padded(text, 4)), ["ab  ", "日… "]);
    }

    #[test]
    fn lengths_of_time_take_three_digits() {
        for (nanos, shown) in [
            (0, "0"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (12_999, "12.9 µs"),
            (999_999, "999 µs"),
            (1_250_000_000, "1.25 s"),
            (59_999_999_999, "59.9 s"),
            (61_000_000_000, "1 m 1 s"),
            (u64::MAX, "213503 d 23 h"),
        ] {
            assert_eq!(took(nanos), shown);
        }
    }
}
