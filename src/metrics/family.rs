//! Families: canonical content, series by label values, under a limit that does not depend on order.
//!
//! Where a family has more label sets than it may keep, those with the smallest hash stay and all
//! others share one overflow point. A label set among the smallest of the whole is among the
//! smallest of every part, so which ones stay is a function of the set of events, not of who came
//! first. Deliberately absent: numbers for the hot path (see `registry`).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Instrument, Point};
use crate::id::mix;
use crate::limits::{SERIES_BASE_BYTES, SERIES_PER_FAMILY_MAX};

/// What makes a family that family. Two writers that use one name for different things keep two
/// families; neither is folded into the other.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Schema {
    /// The name, a counter's without `_total`.
    pub name: String,
    /// What it measures with.
    pub instrument: Instrument,
    /// The unit, or empty.
    pub unit: String,
    /// The names of its labels.
    pub labels: Vec<String>,
}

/// The label values of a series, ordered by their hash first.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SeriesKey {
    rank: u64, // the hash of the values
    values: Vec<String>,
}

/// The content of a family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Family {
    /// What it means, for people; of several texts the greatest.
    pub help: String,
    /// Its series; at most [`SERIES_PER_FAMILY_MAX`].
    pub series: BTreeMap<SeriesKey, Point>,
    /// What the series beyond the limit came to.
    pub overflow: Option<Point>,
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
        Self { rank, values }
    }

    /// The label values, in the order of the family's label names.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

impl Schema {
    /// The name under which it is known outside: a counter's with `_total`.
    #[must_use]
    pub fn exposed_name(&self) -> String {
        match self.instrument {
            Instrument::Counter => alloc::format!("{}_total", self.name),
            _ => self.name.clone(),
        }
    }

    /// What a series with these label values counts against [`SERIES_BYTES_MAX`](crate::limits::SERIES_BYTES_MAX).
    #[must_use]
    pub fn cost(&self, values: &[String]) -> u64 {
        let labels: usize = self.labels.iter().chain(values).map(String::len).sum();
        self.instrument.lines() * (SERIES_BASE_BYTES + labels as u64)
    }
}

impl Family {
    /// Its series in the order of their label values.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&[String], &Point)> {
        let mut series: Vec<_> = self.series.iter().map(|(key, point)| (key.values(), point)).collect();
        series.sort_by_key(|(values, _)| *values);
        series
    }

    /// Adds a point to a series.
    pub fn add(&mut self, key: SeriesKey, point: Point) {
        match self.series.entry(key) {
            alloc::collections::btree_map::Entry::Occupied(mut there) => there.get_mut().merge(&point),
            alloc::collections::btree_map::Entry::Vacant(place) => {
                place.insert(point);
            }
        }
        while self.series.len() > SERIES_PER_FAMILY_MAX {
            if let Some((_, last)) = self.series.pop_last() {
                self.add_overflow(&last);
            }
        }
    }

    /// Adds a point to the overflow.
    pub fn add_overflow(&mut self, point: &Point) {
        match &mut self.overflow {
            Some(overflow) => overflow.merge(point),
            None => self.overflow = Some(point.clone()),
        }
    }

    fn merge(&mut self, other: &Self) {
        if other.help > self.help {
            self.help.clone_from(&other.help);
        }
        for (key, point) in &other.series {
            self.add(key.clone(), point.clone());
        }
        if let Some(overflow) = &other.overflow {
            self.add_overflow(overflow);
        }
    }
}

impl Families {
    /// What all series count against [`SERIES_BYTES_MAX`](crate::limits::SERIES_BYTES_MAX).
    #[must_use]
    pub fn cost(&self) -> u64 {
        let of = |(schema, family): (&Schema, &Family)| family.series.keys().map(|key| schema.cost(key.values())).sum::<u64>();
        self.0.iter().map(of).sum()
    }

    /// Adds all of another's content.
    pub fn merge(&mut self, other: &Self) {
        for (schema, family) in &other.0 {
            match self.0.get_mut(schema) {
                Some(there) => there.merge(family),
                None => {
                    self.0.insert(schema.clone(), family.clone());
                }
            }
        }
    }
}
