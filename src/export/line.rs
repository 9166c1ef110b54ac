//! What the lines of the text formats begin with: names and labels, quoted and escaped.
//!
//! Names and labels are made ready once a family; of a series only the values are written. Deliberately
//! absent: values of samples (see `number`), and which lines there are.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;

use crate::label::is_legacy;

/// The name of a sample. One that older readers do not take stands quoted inside the braces, as the
/// first of the labels (Prometheus 3, UTF-8 names).
pub(super) struct Name {
    alone: String, // a line's start where there are no labels, up to the value
    open: String,  // and where there are, up to them
}

/// The labels of a family's series, one series after the other.
pub(super) struct Labels<'v> {
    before: Vec<String>,  // what stands before each value: the end of the one before, the name, `="`
    values: &'v [String], // of the series at hand, one for each name
    is_clean: bool,       // no value that comes needs escaping
    text: String,         // what `push` writes of it, once it is kept
    is_kept: bool,
}

impl Name {
    /// The name of a family's samples with this ending.
    pub(super) fn new(family: &str, ending: &str) -> Self {
        let name = format!("{family}{ending}");
        if is_plain(&name) {
            return Self { alone: format!("{name} "), open: format!("{name}{{") };
        }
        let mut open = String::from("{");
        push_quoted(&mut open, &name);
        Self { alone: format!("{open}}} "), open: format!("{open},") }
    }

    /// A line's start, up to its value.
    #[inline]
    pub(super) fn push(&self, text: &mut String, labels: &Labels<'_>) {
        if labels.before.is_empty() {
            return text.push_str(&self.alone);
        }
        text.push_str(&self.open);
        labels.push(text);
        text.push_str("\"} ");
    }

    /// A line's start, up to the value of one label more.
    #[inline]
    pub(super) fn push_with(&self, text: &mut String, labels: &Labels<'_>, label: &str) {
        text.push_str(&self.open);
        if !labels.before.is_empty() {
            labels.push(text);
            text.push_str("\",");
        }
        text.push_str(label);
        text.push_str("=\"");
    }
}

impl<'v> Labels<'v> {
    /// Labels of these names, as yet of no series.
    pub(super) fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut before = Vec::new();
        for name in names {
            let mut text = String::from(if before.is_empty() { "" } else { "\"," });
            push_label(&mut text, name.as_ref());
            text.push_str("=\"");
            before.push(text);
        }
        Self { before, values: &[], is_clean: false, text: String::new(), is_kept: false }
    }

    /// Looks at the values of the series that come next, all up to the next call. They lie all over the
    /// memory, so all are fetched before any is read: to wait for many at once takes little longer than
    /// for one.
    pub(super) fn look(&mut self, series: impl Iterator<Item = &'v [String]> + Clone) {
        let values = || series.clone().flatten();
        black_box(values().fold(0, |all, value| all ^ value.len()));
        black_box(values().fold(0, |all, value| all ^ value.as_bytes().first().copied().unwrap_or_default()));
        self.is_clean = values().all(|value| is_clean(value));
    }

    /// Those of a series, by their values.
    #[inline]
    pub(super) fn set(&mut self, values: &'v [String]) {
        self.values = values;
        self.is_kept = false;
    }

    /// Makes the text of the series at hand once for all of its lines.
    pub(super) fn keep(&mut self) {
        let mut text = core::mem::take(&mut self.text);
        text.clear();
        self.push(&mut text);
        self.text = text;
        self.is_kept = true;
    }

    /// The labels of the series at hand, without braces and the last quote.
    #[inline]
    fn push(&self, text: &mut String) {
        if self.is_kept {
            return text.push_str(&self.text);
        }
        for (before, value) in self.before.iter().zip(self.values) {
            text.push_str(before);
            if self.is_clean { text.push_str(value) } else { push_escaped(text, value, true) }
        }
    }
}

/// A metric's name where it does not begin a line.
pub(super) fn push_name(text: &mut String, family: &str, ending: &str) {
    let name = format!("{family}{ending}");
    if is_plain(&name) { text.push_str(&name) } else { push_quoted(text, &name) }
}

/// A label's name. It may not hold a colon, as a metric's may.
pub(super) fn push_label(text: &mut String, name: &str) {
    if is_plain(name) && !name.contains(':') { text.push_str(name) } else { push_quoted(text, name) }
}

/// A text in which a line's end and the escape are escaped, and the quotes too where it stands in some.
pub(super) fn push_escaped(text: &mut String, value: &str, has_quotes: bool) {
    if is_clean(value) {
        return text.push_str(value);
    }
    for c in value.chars() {
        match c {
            '\\' => text.push_str(r"\\"),
            '\n' => text.push_str(r"\n"),
            '"' if has_quotes => text.push_str("\\\""),
            c => text.push(c),
        }
    }
}

/// Whether nothing in a text needs escaping, eight bytes at a time.
#[inline]
fn is_clean(value: &str) -> bool {
    const ONES: u64 = u64::MAX / 0xff; // 1 in each byte
    let has = |word: u64, byte: u8| {
        let rest = word ^ (ONES * u64::from(byte)); // 0 where it is that byte
        rest.wrapping_sub(ONES) & !rest & (ONES << 7)
    };
    let special = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        has(word, b'\\') | has(word, b'\n') | has(word, b'"')
    };
    let bytes = value.as_bytes();
    let Some(last) = bytes.last_chunk() else { return !bytes.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'"')) };
    bytes.as_chunks().0.iter().fold(special(last), |found, word| found | special(word)) == 0
}

fn push_quoted(text: &mut String, name: &str) {
    text.push('"');
    push_escaped(text, name, true);
    text.push('"');
}

fn is_plain(name: &str) -> bool {
    name.char_indices().all(|(at, c)| is_legacy(at, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, labels: &[(&str, &str)]) -> String {
        let values: Vec<String> = labels.iter().map(|(_, value)| String::from(*value)).collect();
        let mut written = Labels::new(labels.iter().map(|(name, _)| *name));
        written.look([values.as_slice()].into_iter());
        written.set(&values);
        let [mut text, mut again] = [const { String::new() }; 2];
        Name::new(name, "_total").push(&mut text, &written);
        written.keep();
        Name::new(name, "_total").push(&mut again, &written);
        assert_eq!(text, again);
        text
    }

    #[test]
    fn what_older_readers_do_not_take_is_quoted() {
        assert_eq!(line("a:b", &[]), "a:b_total ");
        assert_eq!(line("a", &[("x", "1"), ("y_2", "")]), "a_total{x=\"1\",y_2=\"\"} ");
        assert_eq!(line("a.b", &[]), "{\"a.b_total\"} ");
        assert_eq!(line("1", &[("a:b", "1"), ("c", "2"), ("é", "3")]), "{\"1_total\",\"a:b\"=\"1\",c=\"2\",\"é\"=\"3\"} ");
        assert_eq!(line("a\"\\", &[("\"", "\\n\n\"\u{1f600}")]), "{\"a\\\"\\\\_total\",\"\\\"\"=\"\\\\n\\n\\\"\u{1f600}\"} ");
    }

    #[test]
    fn what_needs_escaping_is_found_wherever_it_stands() {
        for length in 0..20 {
            let clean: String = "aé!~\t#[]^z\u{b}\u{21}\u{23}\u{5b}\u{5d}".chars().cycle().take(length).collect();
            assert!(is_clean(&clean), "{clean}");
            for (place, _) in clean.char_indices() {
                for (special, escaped) in [("\\", r"\\"), ("\n", r"\n"), ("\"", "\\\"")] {
                    let (mut value, mut expected, mut text) = (clean.clone(), clean.clone(), String::new());
                    value.insert_str(place, special);
                    expected.insert_str(place, escaped);
                    push_escaped(&mut text, &value, true);
                    assert_eq!(text, expected);
                }
            }
        }
    }

    #[test]
    fn one_label_more_comes_last() {
        let values = [String::from("1")];
        let with = |name: &str, labels: &[&str]| {
            let (mut text, mut written) = (String::new(), Labels::new(labels));
            written.set(&values);
            Name::new(name, "").push_with(&mut text, &written, "le");
            text
        };
        assert_eq!([with("a", &[]), with("a", &["x"])], ["a{le=\"", "a{x=\"1\",le=\""]);
        assert_eq!([with("a.b", &[]), with("a.b", &["x"])], ["{\"a.b\",le=\"", "{\"a.b\",x=\"1\",le=\""]);
    }
}
