//! From accounts to lines that servers read as they are meant.
//!
//! Deliberately absent: datagrams and their size, and rates: what is written is a whole account.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use super::Kind;
use crate::Timestamp;

/// Whose server reads a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// StatsD, which knows names, and neither tags nor times.
    Statsd,
    /// DogStatsD, of Datadog's agent and others.
    DogStatsd,
}

/// A number as both servers read it, and as it gives back the same double; `None` where it is not finite.
///
/// Without an exponent below 10^21, as some servers know none; beyond with one, as the two whose formats
/// these are read it and hundreds of digits help nobody.
#[must_use]
pub fn number(value: f64) -> Option<String> {
    value.is_finite().then(|| if value.abs() < 1e21 { format!("{value}") } else { format!("{value:e}") })
}

/// Appends one line with its end, so that lines can follow one another in a datagram.
///
/// Whatever the texts are, the line can be read:
/// - in names ':', '|', '@' and control characters become '_', in tags also ',' and '#'; in a tag's value
///   ':' stays. A label with the value "" becomes a tag without one. Nothing becomes '_'.
/// - a name that DogStatsD would take for an event or a service check (`_e{`, `_sc`) loses its '_'.
/// - StatsD's server keeps letters, digits, '_', '-' and '.' of a name; so spaces become '_', '/' becomes
///   '-', and the rest goes, as it would there. It knows no labels: the values are appended in their order,
///   each as `.value`, with '_' for all but letters, digits, '_' and '-'. Two series whose labels differ
///   in such characters alone become one.
/// - StatsD's server knows one kind of distribution, `ms`, and counts an `h` or a `d`; so both are
///   written as `ms`.
/// - a gauge is set, never changed: for StatsD, where a sign means a change, a negative number follows
///   a line that sets the gauge to 0. Keep the two in one datagram.
/// - the time is written, in whole seconds, where the server knows it: DogStatsD, counts and gauges.
///
/// The value is a [`number`], for [`Kind::Unique`] any text; for DogStatsD numbers may be packed: `1:2`.
pub fn line(text: &mut String, dialect: Dialect, name: &str, labels: &[(&str, &str)], kind: Kind, value: &str, at: Option<Timestamp>) {
    let start = text.len();
    put_name(text, dialect, name);
    if dialect == Dialect::Statsd {
        for (_, value) in labels {
            text.push('.');
            put(text, value.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }));
        }
        if kind == Kind::Gauge && value.starts_with(['-', '+']) {
            let named = String::from(&text[start..]);
            text.push_str(":0|g\n");
            text.push_str(&named);
        }
    }
    text.push(':');
    put(text, value.chars().map(|c| if c == '|' || c.is_control() || (c == ':' && dialect == Dialect::Statsd) { '_' } else { c }));
    text.push('|');
    match (dialect, kind) {
        (Dialect::Statsd, Kind::Histogram | Kind::Distribution) => text.push_str(Kind::Timing.letters()),
        _ => text.push_str(kind.letters()),
    }
    if dialect == Dialect::DogStatsd {
        put_tags(text, labels);
        let seconds = at.map(|at| at.nanos() / 1_000_000_000).filter(|seconds| *seconds > 0 && kind.has_time());
        if let Some(seconds) = seconds {
            // Writing to a String cannot fail.
            let _ = write!(text, "|T{seconds}");
        }
    }
    text.push('\n');
}

/// Appends characters, or '_' where there are none.
fn put(text: &mut String, characters: impl Iterator<Item = char>) {
    let start = text.len();
    text.extend(characters);
    if text.len() == start {
        text.push('_');
    }
}

fn put_name(text: &mut String, dialect: Dialect, name: &str) {
    let is_mark = |c: char| matches!(c, ':' | '|' | '@') || c.is_control();
    match dialect {
        Dialect::DogStatsd => {
            let start = text.len();
            put(text, name.chars().map(|c| if is_mark(c) { '_' } else { c }));
            if ["_e{", "_sc"].iter().any(|opening| text[start..].starts_with(opening)) {
                text.remove(start);
            }
        }
        Dialect::Statsd => {
            let mut was_space = false; // a run of spaces is one '_'
            put(
                text,
                name.chars().filter_map(|c| {
                    let follows_space = core::mem::replace(&mut was_space, c.is_whitespace());
                    match c {
                        _ if was_space => (!follows_space).then_some('_'),
                        '/' => Some('-'),
                        '_' | '-' | '.' => Some(c),
                        _ if is_mark(c) => Some('_'),
                        _ => c.is_ascii_alphanumeric().then_some(c),
                    }
                }),
            );
        }
    }
}

fn put_tags(text: &mut String, labels: &[(&str, &str)]) {
    let is_mark = |c: char| matches!(c, ',' | '|' | '#' | '@') || c.is_control();
    for (at, (key, value)) in labels.iter().enumerate() {
        text.push_str(if at == 0 { "|#" } else { "," });
        put(text, key.chars().map(|c| if is_mark(c) || c == ':' { '_' } else { c }));
        if !value.is_empty() {
            text.push(':');
            text.extend(value.chars().map(|c| if is_mark(c) { '_' } else { c }));
        }
    }
}
