//! YAML as it is written: block style, one form for each value.
//!
//! Text is plain where no reader could take it for something else, and in double quotes otherwise.
//! Deliberately absent: comments, anchors, and lines that are broken to a width.

use super::decimal::is_no_text;

/// Characters of a key in quotes that may stand on the line of its value (YAML 1.2 has 1024; this is what
/// is common).
const KEY_MAX: usize = 120;

/// What is written.
#[derive(Debug)]
pub(super) enum Out {
    /// Text.
    Text(String),
    /// Something else, already as YAML has it.
    Plain(String),
    /// Several.
    List(Vec<Self>),
    /// By name.
    Map(Vec<(String, Self)>),
}

impl Out {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn plain(text: impl ToString) -> Self {
        Self::Plain(text.to_string())
    }

    /// A map of fields that are all there.
    pub(super) fn map<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map of texts.
    pub(super) fn texts(pairs: &[(String, String)]) -> Self {
        Self::Map(pairs.iter().map(|(name, value)| (name.clone(), Self::text(value.as_str()))).collect())
    }
}

/// A document.
pub(super) fn document(root: &Out) -> String {
    let mut text = String::new();
    block(&mut text, root, 0);
    text
}

/// Writes a node whose first line is at its place already, and ends it with a line feed.
fn block(text: &mut String, node: &Out, indent: usize) {
    match node {
        Out::Text(value) => line(text, &scalar(value)),
        Out::Plain(value) => line(text, value),
        Out::List(nodes) if nodes.is_empty() => line(text, "[]"),
        Out::Map(fields) if fields.is_empty() => line(text, "{}"),
        Out::List(nodes) => {
            for (place, node) in nodes.iter().enumerate() {
                begin(text, indent, place);
                text.push_str("- ");
                block(text, node, indent + 2);
            }
        }
        Out::Map(fields) => {
            for (place, (name, node)) in fields.iter().enumerate() {
                begin(text, indent, place);
                field(text, &scalar(name), node, indent);
            }
        }
    }
}

fn field(text: &mut String, name: &str, node: &Out, indent: usize) {
    if name.len() > KEY_MAX {
        text.push_str("? ");
        line(text, name);
        begin(text, indent, 1);
        text.push(':');
    } else {
        text.push_str(name);
        text.push(':');
    }
    let is_block = match node {
        Out::List(nodes) => !nodes.is_empty(),
        Out::Map(fields) => !fields.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        text.push_str(&" ".repeat(indent + 2));
    } else {
        text.push(' ');
    }
    block(text, node, indent + 2);
}

fn line(text: &mut String, value: &str) {
    text.push_str(value);
    text.push('\n');
}

/// The indent of an item that is not the first, which stands at its place.
fn begin(text: &mut String, indent: usize, place: usize) {
    if place > 0 {
        text.push_str(&" ".repeat(indent));
    }
}

/// A text as a scalar.
fn scalar(text: &str) -> String {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "_-./ %+()".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_inner) && !text.ends_with(' ');
    // What YAML 1.1 takes for a boolean.
    let is_word = matches!(text.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off");
    if is_plain && !is_word && !is_no_text(text) { text.into() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            ' '..='~' => quoted.push(c),
            // What cannot be seen, and what ends a line or is no character for some.
            '\0'..='\u{9f}' => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
