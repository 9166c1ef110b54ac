//! Attributes: the typed values that spans, events and links carry.
//!
//! Values nest one level at most, as in OpenTelemetry's classic attributes, because WIT has no
//! recursive types and a flat value cannot be hostile by depth. Deliberately absent: maps.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::float::Double;

/// The value of an attribute.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A signed integer.
    Integer(i64),
    /// A double.
    Float(Double),
    /// Text.
    Text(String),
    /// Several booleans.
    Booleans(Vec<bool>),
    /// Several integers.
    Integers(Vec<i64>),
    /// Several doubles.
    Floats(Vec<Double>),
    /// Several texts.
    Texts(Vec<String>),
}

/// Attributes by key: of two with one key the later one holds.
pub type Attributes = BTreeMap<String, Value>;

impl Value {
    /// What it counts against a limit: its texts' bytes, eight for every number, and 24 for a text in a list.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Boolean(_) | Self::Integer(_) | Self::Float(_) => 8,
            Self::Text(text) => text.len(),
            Self::Booleans(list) => 8 * list.len(),
            Self::Integers(list) => 8 * list.len(),
            Self::Floats(list) => 8 * list.len(),
            Self::Texts(list) => list.iter().map(|text| 24 + text.len()).sum(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(Double::new(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(String::from(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
