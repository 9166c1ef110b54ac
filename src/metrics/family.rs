//! Families: canonical content, series by label values, under limits that do not depend on order.
//!
//! Where a family has more label sets than it may keep, those with the smallest hash stay and all
//! others share one overflow point. A label set among the smallest of the whole is among the
//! smallest of every part, so which ones stay is a function of the set of events, not of who came
//! first. The same holds for all families of a ledger together, whose series are counted by what
//! their schemas cost, with those that cost most going first: where the hash alone decided, a cheap one
//! could slip into the room that a costly one of smaller hash had left, or not, by the order in which
//! they came. Deliberately absent: numbers for the hot path (see `registry`).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::cmp::Ordering;

use super::{Instrument, Point, Recent};
use crate::id::mix;
use crate::limits::{SERIES_BYTES_MAX, SERIES_PER_FAMILY_MAX};

/// What makes a family that family. Two writers that use one name for different things keep two
/// families; neither is folded into the other.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Schema {
    /// The name, a counter's without `_total`, an info's without `_info`.
    pub name: String,
    /// What it measures with.
    pub instrument: Instrument,
    /// The unit, or empty.
    pub unit: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// How many nanoseconds of event time are also kept by themselves.
    pub window: Option<u64>,
}

/// The label values of a series, in the order of the family's label names. Cheap to clone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeriesKey {
    rank: u64, // the hash of the values; beside them, so that keys that differ are mostly told by it
    values: Arc<[String]>,
}

/// What became of a label set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Series {
    /// Of all time.
    pub point: Point,
    /// Of the last stretch of it, where the family keeps one.
    pub recent: Option<Box<Recent>>,
}

/// The content of a family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Family {
    /// What it means, for people; of several texts the greatest.
    pub help: String,
    /// Its series, in the order of their label values; at most [`SERIES_PER_FAMILY_MAX`].
    pub series: BTreeMap<SeriesKey, Series>,
    /// What the series beyond the limits came to.
    pub overflow: Option<Series>,
}

/// All families by schema.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Families(pub BTreeMap<Schema, Family>);

impl SeriesKey {
    /// The key of these label values.
    #[must_use]
    pub fn new(values: Vec<String>) -> Self {
        let bytes = values.iter().flat_map(|value| value.bytes().chain([0xff])); // 0xff is in no UTF-8 text
        let rank = mix(bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)));
        Self { rank, values: values.into() }
    }

    /// The label values, in the order of the family's label names.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Where it stands when not all can be kept: those that come first stay.
    pub(super) fn rank(&self) -> (u64, &[String]) {
        (self.rank, &self.values)
    }
}

/// So that a series is found by its values, without a key being made of them.
impl Borrow<[String]> for SeriesKey {
    fn borrow(&self) -> &[String] {
        self.values()
    }
}

impl Ord for SeriesKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.values.cmp(&other.values)
    }
}

impl PartialOrd for SeriesKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Schema {
    /// Whether a record must say its time.
    pub(super) const fn needs_time(&self) -> bool {
        matches!(self.instrument, Instrument::Gauge | Instrument::StateSet(_)) || self.window.is_some()
    }

    /// The name under which it is known outside: a counter's with `_total`, an info's with `_info`.
    #[must_use]
    pub fn exposed_name(&self) -> String {
        alloc::format!("{}{}", self.name, self.instrument.ending())
    }
}

impl Series {
    /// To which nothing has happened.
    #[must_use]
    pub fn new(schema: &Schema) -> Self {
        Self { point: Point::new(&schema.instrument), recent: None }
    }

    /// Whether merging it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.point.is_empty() && self.recent.is_none()
    }

    /// Adds another of the same schema.
    pub fn merge(&mut self, schema: &Schema, other: &Self) {
        self.point.merge(&schema.instrument, &other.point);
        if let Some(more) = &other.recent {
            self.recent.get_or_insert_default().merge(&schema.instrument, more);
        }
    }
}

impl Family {
    /// Adds what became of a label set.
    pub fn add(&mut self, schema: &Schema, key: SeriesKey, series: Series) {
        self.put(schema, key, series);
        self.fit(schema);
    }

    /// Adds to the overflow.
    pub fn add_overflow(&mut self, schema: &Schema, series: &Series) {
        self.overflow.get_or_insert_with(|| Series::new(schema)).merge(schema, series);
    }

    fn put(&mut self, schema: &Schema, key: SeriesKey, series: Series) {
        match self.series.entry(key) {
            alloc::collections::btree_map::Entry::Occupied(mut there) => there.get_mut().merge(schema, &series),
            alloc::collections::btree_map::Entry::Vacant(place) => {
                place.insert(series);
            }
        }
    }

    /// Adds all of another's content.
    pub(crate) fn merge(&mut self, schema: &Schema, other: &Self) {
        if other.help > self.help {
            self.help.clone_from(&other.help);
        }
        for (key, series) in &other.series {
            self.put(schema, key.clone(), series.clone());
        }
        self.fit(schema);
        if let Some(overflow) = &other.overflow {
            self.add_overflow(schema, overflow);
        }
    }

    fn fit(&mut self, schema: &Schema) {
        if self.series.len() > SERIES_PER_FAMILY_MAX {
            let mut keys: Vec<SeriesKey> = self.series.keys().cloned().collect();
            keys.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
            keys.drain(SERIES_PER_FAMILY_MAX..).for_each(|key| self.fold(schema, &key));
        }
    }

    fn fold(&mut self, schema: &Schema, key: &SeriesKey) {
        if let Some(series) = self.series.remove(key) {
            self.add_overflow(schema, &series);
        }
    }
}

impl Families {
    /// What all series count against [`SERIES_BYTES_MAX`].
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.0.iter().map(|(schema, family)| schema.cost() * family.series.len() as u64).sum()
    }

    /// Adds all of another's content.
    pub fn merge(&mut self, other: &Self) {
        for (schema, family) in &other.0 {
            match self.0.get_mut(schema) {
                Some(there) => there.merge(schema, family),
                None => {
                    self.0.insert(schema.clone(), family.clone());
                }
            }
        }
        self.fit();
    }

    /// Folds the last by cost and rank, of whatever family, until what stays costs no more than a ledger
    /// keeps. What would fit into the room that is left came before what was folded, so it is there.
    fn fit(&mut self) {
        let mut cost = self.cost();
        if cost <= SERIES_BYTES_MAX {
            return;
        }
        let schemas: Vec<Schema> = self.0.keys().cloned().collect(); // in their order, so a place stands for one
        let of_family = |(place, family): (usize, &Family)| {
            let cost = schemas.get(place).map_or(0, Schema::cost);
            family.series.keys().map(move |key| (cost, key.clone(), place)).collect::<Vec<_>>()
        };
        let mut all: Vec<(u64, SeriesKey, usize)> = self.0.values().enumerate().flat_map(of_family).collect();
        all.sort_unstable_by(|(a, a_key, a_place), (b, b_key, b_place)| (a, a_key.rank(), a_place).cmp(&(b, b_key.rank(), b_place)));
        while let Some((of_one, key, place)) = all.pop().filter(|_| cost > SERIES_BYTES_MAX) {
            if let Some((schema, family)) = schemas.get(place).and_then(|schema| Some((schema, self.0.get_mut(schema)?))) {
                family.fold(schema, &key);
            }
            cost -= of_one;
        }
    }
}
