//! The registry: families and series by number, for recording without names.
//!
//! It holds what was recorded since the last drain. Deliberately absent: what was drained before,
//! and what came in from other ledgers; the ledger joins the three.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Families, Family, FamilyId, Instrument, Point, Schema, SeriesId, SeriesKey};
use crate::float::Double;
use crate::limits::{SERIES_BASE_BYTES, SERIES_BYTES_MAX, SERIES_PER_FAMILY_MAX};
use crate::time::Timestamp;
use crate::{Error, Outcome, label};

/// Families and series by number.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    families: Vec<Live>,
    names: BTreeMap<String, u32>, // every name a sample may have -> its family
    cells: Vec<Cell>,             // the series with number n is at n - 1
    cost: u64,                    // of all series; at most SERIES_BYTES_MAX
}

#[derive(Debug)]
struct Live {
    schema: Schema,
    help: String,
    is_new: bool,                     // since the last drain
    series: BTreeMap<SeriesKey, u32>, // -> place in cells
    overflow: Option<u32>,            // -> place in cells
}

#[derive(Debug)]
struct Cell {
    family: u32,
    forward: Option<u32>, // the overflow cell, once this label set was pushed out
    is_new: bool,         // since the last drain
    point: Point,
}

impl Registry {
    pub(crate) fn declare(&mut self, schema: Schema, help: String) -> Result<FamilyId, Error> {
        let samples = || schema.instrument.suffixes().iter().map(|suffix| format!("{}{suffix}", schema.name));
        if let Some((name, place)) = samples().find_map(|name| self.names.get(&name).map(|place| (name, *place))) {
            let Some(live) = self.families.get_mut(place as usize) else { return Err(Error::Unknown(name)) };
            if live.schema != schema {
                return Err(Error::Conflict(format!(
                    "'{}' ({}, unit '{}', labels [{}]) cannot share the name '{name}' with '{}' ({}, unit '{}', labels [{}]); take another name",
                    schema.name,
                    schema.instrument.name(),
                    schema.unit,
                    schema.labels.join(", "),
                    live.schema.name,
                    live.schema.instrument.name(),
                    live.schema.unit,
                    live.schema.labels.join(", "),
                )));
            }
            if help > live.help {
                live.help = help;
                live.is_new = true;
            }
            return Ok(FamilyId(place + 1));
        }
        let place = self.families.len() as u32;
        self.names.extend(samples().map(|name| (name, place)));
        self.families.push(Live { schema, help, is_new: true, series: BTreeMap::new(), overflow: None });
        Ok(FamilyId(place + 1))
    }

    pub(crate) fn resolve(&mut self, family: FamilyId, values: &[String]) -> Result<SeriesId, Error> {
        let unknown = || Error::Unknown(format!("no family has the number {}; declare it first", family.0));
        let family = family.0.checked_sub(1).ok_or_else(unknown)?;
        let live = self.families.get(family as usize).ok_or_else(unknown)?;
        label::check_label_values(&live.schema.name, &live.schema.labels, values)?;
        let key = SeriesKey::new(values.to_vec());
        if let Some(place) = live.series.get(&key) {
            return Ok(number(*place));
        }
        let cost = live.schema.cost(values);
        if live.series.len() < SERIES_PER_FAMILY_MAX {
            return self.admit(family, key, cost);
        }
        match live.series.last_key_value().map(|(last, place)| (last.clone(), *place)) {
            Some((last, pushed_out)) if key < last => {
                let admitted = self.admit(family, key, cost)?;
                let overflow = self.overflow(family)?;
                self.push_out(family, &last, pushed_out, overflow);
                Ok(admitted)
            }
            _ => Ok(number(self.overflow(family)?)),
        }
    }

    /// The overflow of a family, which is made when it is first needed. It is beyond the limit of all,
    /// or a full ledger would have nowhere to count what it pushes out.
    fn overflow(&mut self, family: u32) -> Result<u32, Error> {
        if let Some(overflow) = self.families.get(family as usize).and_then(|live| live.overflow) {
            return Ok(overflow);
        }
        let overflow = self.new_cell(family, 0)?;
        if let Some(live) = self.families.get_mut(family as usize) {
            live.overflow = Some(overflow);
        }
        Ok(overflow)
    }

    #[inline]
    pub(crate) fn add(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let Some(cell) = self.cell(series) else { return Outcome::UnknownId };
        let total = match &mut cell.point {
            Point::Counter(total) => {
                if value < 0.0 {
                    return Outcome::InvalidValue;
                }
                total
            }
            Point::UpDownCounter(total) => total,
            Point::Gauge(_) | Point::Histogram(_) => return Outcome::WrongKind,
        };
        if !total.sum.add(value) {
            return Outcome::InvalidValue;
        }
        if let Some(at) = at {
            total.extent.cover(at);
        }
        Outcome::Recorded
    }

    pub(crate) fn set(&mut self, series: SeriesId, value: f64, at: Timestamp) -> Outcome {
        let Some(cell) = self.cell(series) else { return Outcome::UnknownId };
        let Point::Gauge(gauge) = &mut cell.point else { return Outcome::WrongKind };
        gauge.set(at, Double::new(value));
        Outcome::Recorded
    }

    #[inline]
    pub(crate) fn observe(&mut self, series: SeriesId, value: f64, at: Option<Timestamp>) -> Outcome {
        let Some(place) = self.place(series) else { return Outcome::UnknownId };
        let Self { cells, families, .. } = self;
        let Some(cell) = cells.get_mut(place) else { return Outcome::UnknownId };
        let Point::Histogram(histogram) = &mut cell.point else { return Outcome::WrongKind };
        let Some(Live { schema: Schema { instrument: Instrument::Histogram(bounds), .. }, .. }) = families.get(cell.family as usize) else {
            return Outcome::WrongKind;
        };
        if !value.is_finite() {
            return Outcome::InvalidValue;
        }
        histogram.observe(bounds, value);
        if let Some(at) = at {
            histogram.extent.cover(at);
        }
        Outcome::Recorded
    }

    /// The families that were declared here.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &Schema> + Clone {
        self.families.iter().map(|live| &live.schema)
    }

    /// What was recorded since the last drain.
    pub(crate) fn content(&self) -> Families {
        let mut families = Families::default();
        for live in &self.families {
            let series = live.series.iter().filter_map(|(key, place)| {
                let cell = self.cells.get(*place as usize)?;
                (cell.is_new || !cell.point.is_empty()).then(|| (key.clone(), cell.point.clone()))
            });
            let overflow =
                live.overflow.and_then(|place| self.cells.get(place as usize)).filter(|cell| cell.is_new || !cell.point.is_empty());
            let family = Family { help: live.help.clone(), series: series.collect(), overflow: overflow.map(|cell| cell.point.clone()) };
            if live.is_new || !family.series.is_empty() || family.overflow.is_some() {
                families.0.insert(live.schema.clone(), family);
            }
        }
        families
    }

    /// Forgets what was recorded; numbers stay valid.
    pub(crate) fn settle(&mut self) {
        for live in &mut self.families {
            live.is_new = false;
        }
        for cell in &mut self.cells {
            cell.is_new = false;
            if let Some(live) = self.families.get(cell.family as usize)
                && !cell.point.is_empty()
            {
                cell.point = Point::new(&live.schema.instrument);
            }
        }
    }

    #[inline]
    fn place(&self, series: SeriesId) -> Option<usize> {
        let place = series.0.checked_sub(1)? as usize;
        Some(self.cells.get(place)?.forward.map_or(place, |overflow| overflow as usize))
    }

    #[inline]
    fn cell(&mut self, series: SeriesId) -> Option<&mut Cell> {
        let place = self.place(series)?;
        self.cells.get_mut(place)
    }

    fn new_cell(&mut self, family: u32, cost: u64) -> Result<u32, Error> {
        let Some(live) = self.families.get(family as usize) else { return Err(Error::Unknown(String::from("family"))) };
        if self.cost + cost > SERIES_BYTES_MAX {
            let name = &live.schema.name;
            return Err(Error::Limit(format!(
                "'{name}' would bring the series past the {SERIES_BYTES_MAX} bytes a ledger keeps; use fewer label values"
            )));
        }
        self.cost += cost;
        let place = self.cells.len() as u32;
        self.cells.push(Cell { family, forward: None, is_new: true, point: Point::new(&live.schema.instrument) });
        Ok(place)
    }

    fn admit(&mut self, family: u32, key: SeriesKey, cost: u64) -> Result<SeriesId, Error> {
        let place = self.new_cell(family, cost)?;
        if let Some(live) = self.families.get_mut(family as usize) {
            live.series.insert(key, place);
        }
        Ok(number(place))
    }

    /// What a series that is pushed out cost stays counted but for its lines: its number stays valid.
    fn push_out(&mut self, family: u32, key: &SeriesKey, place: u32, overflow: u32) {
        let Some(live) = self.families.get_mut(family as usize) else { return };
        self.cost -= live.schema.cost(key.values()) - SERIES_BASE_BYTES;
        live.series.remove(key);
        let empty = Point::new(&live.schema.instrument);
        let Some(cell) = self.cells.get_mut(place as usize) else { return };
        cell.forward = Some(overflow);
        let point = core::mem::replace(&mut cell.point, empty);
        if let Some(overflow) = self.cells.get_mut(overflow as usize) {
            overflow.point.merge(&point);
        }
    }
}

const fn number(place: u32) -> SeriesId {
    SeriesId(place + 1)
}
