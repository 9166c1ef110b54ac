//! What becomes of names that older readers of Prometheus' formats do not take.
//!
//! Source: Prometheus documentation, Escaping schemes, and what its Go library does with each.
//! Deliberately absent: quoting, which the text formats do, and values, which need none of it.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use crate::label::{is_legacy, is_legacy_label};

/// An escaping scheme.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Escaping {
    /// Names are written as they are, in quotes where need be: `allow-utf-8`.
    AllowUtf8,
    /// Each character that is not allowed becomes `_`: `underscores`. What is assumed of a reader that
    /// does not say.
    #[default]
    Underscores,
    /// `.` becomes `_dot_`, `_` becomes `__`, what else is not allowed `__`: `dots`.
    Dots,
    /// `U__`, `_` doubled, and the code points of what is not allowed between `_`: `values`.
    Values,
}

impl Escaping {
    /// Every scheme.
    pub const ALL: [Self; 4] = [Self::AllowUtf8, Self::Underscores, Self::Dots, Self::Values];

    /// Its name in `Accept` and `Content-Type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
        }
    }

    /// A metric's name in this scheme.
    #[must_use]
    pub fn metric(self, name: &str) -> Cow<'_, str> {
        self.escape(name, is_legacy)
    }

    /// A label's name in this scheme: as a metric's, but for `:`.
    #[must_use]
    pub fn label(self, name: &str) -> Cow<'_, str> {
        self.escape(name, is_legacy_label)
    }

    fn escape(self, name: &str, allowed: impl Fn(usize, char) -> bool) -> Cow<'_, str> {
        let is_allowed = name.char_indices().all(|(at, c)| allowed(at, c));
        match self {
            Self::AllowUtf8 => Cow::Borrowed(name),
            Self::Underscores | Self::Values if is_allowed => Cow::Borrowed(name),
            Self::Underscores => name.char_indices().map(|(at, c)| if allowed(at, c) { c } else { '_' }).collect::<String>().into(),
            Self::Dots => {
                let mut text = String::new();
                for (at, c) in name.char_indices() {
                    match c {
                        '.' => text.push_str("_dot_"),
                        c if c != '_' && allowed(at, c) => text.push(c),
                        _ => text.push_str("__"),
                    }
                }
                text.into()
            }
            Self::Values => {
                let mut text = String::from("U__");
                for (at, c) in name.char_indices() {
                    match c {
                        '_' => text.push_str("__"),
                        c if allowed(at, c) => text.push(c),
                        c => text.push_str(&format!("_{:x}_", u32::from(c))),
                    }
                }
                text.into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_the_schemes_say() {
        let all = |name: &'static str| Escaping::ALL.map(|scheme| scheme.metric(name).into_owned());
        assert_eq!(
            all("http.requests_total"),
            ["http.requests_total", "http_requests_total", "http_dot_requests__total", "U__http_2e_requests__total"]
        );
        assert_eq!(all("up_1:x"), ["up_1:x", "up_1:x", "up__1:x", "up_1:x"]);
        assert_eq!(all("1é"), ["1é", "__", "____", "U___31__e9_"]);
        assert_eq!(Escaping::Underscores.label("a:b"), "a_b");
    }
}
