//! Fields: where one stands, and what may be in it.
//!
//! A map is taken apart field by field, and what is left over is refused by name, since a misspelled
//! field that is passed over would change what is promised. Deliberately absent: which fields there are.

use std::rc::Rc;

use codomyrmex_telemetry::Comparison;

use super::decimal::{Decimal, is_no_text, read_double};
use super::window::Duration;
use super::yaml::{Node, Value, shortened};
use super::{Error, Place};

/// The comparisons by their names.
pub(super) const COMPARISONS: [(&str, Comparison); 4] =
    [("lt", Comparison::Below), ("lte", Comparison::AtMost), ("gt", Comparison::Above), ("gte", Comparison::AtLeast)];

/// Characters of a description (OpenSLO v1).
const DESCRIPTION_MAX: usize = 1_050;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) place: Rc<Place>,
    pub(super) path: String,
    pub(super) node: &'a Node,
}

/// The fields of a map that were not taken yet.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) at: At<'a>,
    left: Vec<(&'a str, &'a Node)>,
}

impl<'a> At<'a> {
    /// A refusal of it.
    pub(super) fn refuse(&self, what: impl Into<String>) -> Error {
        let place = Place { line: self.node.line, ..(*self.place).clone() };
        let field = if self.path.is_empty() { "the object".into() } else { shortened(&self.path) };
        Error::Invalid { place, field, what: what.into() }
    }

    fn under(&self, name: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() { name.into() } else { format!("{}.{name}", self.path) };
        Self { place: Rc::clone(&self.place), path, node }
    }

    /// It as a map.
    pub(super) fn fields(&self) -> Result<Fields<'a>, Error> {
        let Value::Map(pairs) = &self.node.value else { return Err(self.refuse("fields are needed here, each as NAME: VALUE")) };
        Ok(Fields { at: self.clone(), left: pairs.iter().map(|(name, node)| (name.as_str(), node)).collect() })
    }

    /// Its parts, as a list.
    pub(super) fn list(&self) -> Result<Vec<Self>, Error> {
        let Value::List(nodes) = &self.node.value else { return Err(self.refuse("a list is needed here, each item as - ITEM")) };
        let item = |(place, node)| Self { place: Rc::clone(&self.place), path: format!("{}[{place}]", self.path), node };
        Ok(nodes.iter().enumerate().map(item).collect())
    }

    /// It as text.
    pub(super) fn text(&self) -> Result<&'a str, Error> {
        match &self.node.value {
            Value::Scalar(text, true) if is_no_text(text) => {
                Err(self.refuse(format!("a text is needed here, and '{text}' is none; write it in quotes")))
            }
            Value::Scalar(text, _) => Ok(text),
            _ => Err(self.refuse("a text is needed here")),
        }
    }

    /// It as text that is not empty.
    pub(super) fn filled(&self) -> Result<&'a str, Error> {
        let text = self.text()?;
        if text.is_empty() { Err(self.refuse("it must not be empty")) } else { Ok(text) }
    }

    /// It as a description.
    pub(super) fn description(&self) -> Result<&'a str, Error> {
        let text = self.text()?;
        let length = text.chars().count();
        if length > DESCRIPTION_MAX {
            return Err(self.refuse(format!("a description has at most {DESCRIPTION_MAX} characters, and this one has {length}")));
        }
        Ok(text)
    }

    /// It as the name of an object.
    pub(super) fn name(&self) -> Result<&'a str, Error> {
        let name = self.text()?;
        if is_name(name) {
            return Ok(name);
        }
        let what = format!(
            "'{}' is no name as RFC 1123 has it; take 1 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends",
            shortened(name)
        );
        Err(self.refuse(what))
    }

    /// It as one of several words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(format!("'{}' is none of {}", shortened(text), words.join(", ")))
        })
    }

    /// It as true or false.
    pub(super) fn boolean(&self) -> Result<bool, Error> {
        match self.plain() {
            Some("true" | "True" | "TRUE") => Ok(true),
            Some("false" | "False" | "FALSE") => Ok(false),
            _ => Err(self.refuse("true or false is needed here")),
        }
    }

    /// It as a number, exactly.
    pub(super) fn decimal(&self) -> Result<Decimal, Error> {
        let number = self.plain().and_then(Decimal::read);
        number.ok_or_else(|| self.refuse("a decimal number of at most 30 digits is needed here, without quotes"))
    }

    /// It as a double.
    pub(super) fn double(&self) -> Result<f64, Error> {
        self.plain().and_then(read_double).ok_or_else(|| self.refuse("a number is needed here, without quotes"))
    }

    /// It as a whole number.
    pub(super) fn whole(&self) -> Result<u64, Error> {
        self.plain().and_then(|text| text.parse().ok()).ok_or_else(|| self.refuse("a whole number is needed here, without quotes"))
    }

    /// It as a duration.
    pub(super) fn duration(&self) -> Result<Duration, Error> {
        let text = match &self.node.value {
            Value::Scalar(text, _) => text.as_str(),
            _ => "",
        };
        Duration::read(text).ok_or_else(|| {
            self.refuse(format!("'{}' is no duration; write a whole number and one of m h d w M Q Y, like 30d", shortened(text)))
        })
    }

    /// Its text where it is plain.
    pub(super) fn plain(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar(text, true) => Some(text),
            _ => None,
        }
    }
}

impl<'a> Fields<'a> {
    /// Takes a field; `None` where it is not there or null.
    pub(super) fn take(&mut self, name: &str) -> Option<At<'a>> {
        let place = self.left.iter().position(|(there, _)| *there == name)?;
        let (_, node) = self.left.remove(place);
        (!node.is_null()).then(|| self.at.under(name, node))
    }

    /// Takes a field that must be there.
    pub(super) fn need(&mut self, name: &str) -> Result<At<'a>, Error> {
        self.take(name).ok_or_else(|| self.at.refuse(format!("the field '{name}' is missing")))
    }

    /// Takes all that are left.
    pub(super) fn rest(&mut self) -> Vec<(&'a str, At<'a>)> {
        std::mem::take(&mut self.left).into_iter().map(|(name, node)| (name, self.at.under(name, node))).collect()
    }

    /// Those that are left, by their names.
    pub(super) fn names(&self) -> Vec<&'a str> {
        self.left.iter().map(|(name, _)| *name).collect()
    }

    /// Puts aside those whose names do not begin so, and cuts the beginning off the others.
    pub(super) fn only(&mut self, prefix: &str) {
        self.left = self.left.iter().filter_map(|(name, node)| Some((name.strip_prefix(prefix)?, *node))).collect();
    }

    /// Refuses what was not taken.
    pub(super) fn end(self) -> Result<(), Error> {
        match self.left.first() {
            None => Ok(()),
            Some((name, node)) => {
                Err(self.at.under(&shortened(name), node).refuse("there is no such field; look for a slip of the pen, or take it out"))
            }
        }
    }
}

/// Whether it is a name as RFC 1123 has it for a label.
pub(super) fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(is_inner) && !name.starts_with('-') && !name.ends_with('-')
}
