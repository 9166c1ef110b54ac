//! Attributes: the typed values that spans, events and links carry.
//!
//! Values nest one level at most, as in OpenTelemetry's classic attributes, because WIT has no
//! recursive types and a flat value cannot be hostile by depth. Deliberately absent: maps.

use alloc::string::String;
use alloc::vec::{self, Vec};
use core::slice;

use crate::float::Double;
use crate::text::Text;

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
    Text(Text),
    /// Several booleans.
    Booleans(Vec<bool>),
    /// Several integers.
    Integers(Vec<i64>),
    /// Several doubles.
    Floats(Vec<Double>),
    /// Several texts.
    Texts(Vec<String>),
}

/// Attributes, in the order of their keys' bytes: of two with one key the later one holds.
///
/// They are a list, since there are few of them: one to which keys come in order costs one place in memory and no
/// search.
///
/// ```
/// use codomyrmex_telemetry::{Attributes, Value};
/// let mut attributes = Attributes::from([("tool".into(), "search".into()), ("attempt".into(), 1.into())]);
/// attributes.insert("attempt".into(), 2.into());
/// let pairs: Vec<(&str, &Value)> = attributes.iter().map(|(key, value)| (key.as_str(), value)).collect();
/// assert_eq!(pairs, [("attempt", &2.into()), ("tool", &"search".into())]);
/// ```
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Attributes(Vec<(Text, Value)>); // strictly by key

/// The attributes of [`Attributes::iter`].
#[derive(Clone, Debug)]
pub struct AttributesIter<'a>(slice::Iter<'a, (Text, Value)>);

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

impl Attributes {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value at a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.at(self.place(key).ok()?)
    }

    /// The value at a place.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> Option<&Value> {
        self.0.get(place).map(|(_, value)| value)
    }

    /// Whether there is one at a key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    /// Sets one, and gives the value that stood there.
    pub fn insert(&mut self, key: Text, value: Value) -> Option<Value> {
        self.put(self.place(&key), key, value)
    }

    /// The same where it is known already where the key stands, or would stand.
    #[inline]
    pub(crate) fn put(&mut self, place: Result<usize, usize>, key: Text, value: Value) -> Option<Value> {
        match place {
            Ok(place) => self.0.get_mut(place).map(|(_, there)| core::mem::replace(there, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.place(key).ok().map(|place| self.0.remove(place).1)
    }

    /// Takes out the last, by its key.
    pub fn pop_last(&mut self) -> Option<(Text, Value)> {
        self.0.pop()
    }

    /// Each key and value, by key.
    #[must_use]
    pub fn iter(&self) -> AttributesIter<'_> {
        AttributesIter(self.0.iter())
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, by key.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, by key, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Where a key stands, or would stand.
    #[inline]
    pub(crate) fn place(&self, key: &str) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if last.as_str() >= key => self.0.binary_search_by(|(there, _)| there.as_str().cmp(key)),
            _ => Err(self.0.len()),
        }
    }
}

impl<'a> Iterator for AttributesIter<'a> {
    type Item = (&'a Text, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for AttributesIter<'_> {}

impl<'a> IntoIterator for &'a Attributes {
    type Item = (&'a Text, &'a Value);
    type IntoIter = AttributesIter<'a>;

    fn into_iter(self) -> AttributesIter<'a> {
        self.iter()
    }
}

impl IntoIterator for Attributes {
    type Item = (Text, Value);
    type IntoIter = vec::IntoIter<(Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<(Text, Value)> for Attributes {
    fn extend<I: IntoIterator<Item = (Text, Value)>>(&mut self, pairs: I) {
        self.0.extend(pairs);
        if self.0.is_sorted_by(|(one, _), (next, _)| one < next) {
            return;
        }
        self.0.sort_by(|(one, _), (next, _)| one.cmp(next)); // stable, so that the later of two stays behind
        self.0.dedup_by(|next, one| {
            let is_same = next.0 == one.0;
            if is_same {
                core::mem::swap(next, one);
            }
            is_same
        });
    }
}

impl FromIterator<(Text, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(pairs: I) -> Self {
        let mut attributes = Self::new();
        attributes.extend(pairs);
        attributes
    }
}

impl<const N: usize> From<[(Text, Value); N]> for Attributes {
    fn from(pairs: [(Text, Value); N]) -> Self {
        pairs.into_iter().collect()
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
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}
