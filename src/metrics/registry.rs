//! The registry: families and series by number, for recording without names.
//!
//! It holds what was recorded since the last drain, and every number that was ever given.
//! Deliberately absent: what was drained before, and what came in from other ledgers; the ledger joins
//! the three.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Families, Family, FamilyId, Gauge, Point, Schema, Series, SeriesId, SeriesKey};
use crate::Error;
use crate::limits::{PUSHED_OUT_MAX, SERIES_BYTES_MAX, SERIES_PER_FAMILY_MAX};

/// Where a series stands when not all can be kept: its cost, its rank among label sets, its family.
type Order<'r> = (u64, (u64, &'r [String]), &'r Schema);

/// Families and series by number.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(super) families: Vec<Live>,
    names: BTreeMap<String, u32>, // every name a sample may have -> its family
    pub(super) cells: Vec<Cell>,  // the series with number n is at n - 1
    cost: u64,                    // of all series; at most SERIES_BYTES_MAX
    pushed_out: usize,            // cells that only lead to an overflow
    is_watched: bool,             // any cell
}

/// Who else is to hear of a series' records: a number that means something to the caller, and whether the
/// label values must be known then. Zero is nobody.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Watch {
    pub(crate) list: u32,
    pub(crate) by_labels: bool,
}

#[derive(Debug)]
pub(super) struct Live {
    pub(super) schema: Schema,
    help: String,
    is_new: bool,                                       // since the last drain
    series: BTreeMap<SeriesKey, u32>,                   // -> place in cells
    last: Option<SeriesKey>,                            // the one that goes first, should one have to
    overflow: Option<u32>,                              // -> place in cells
    watched: BTreeMap<(Watch, Option<SeriesKey>), u32>, // cells that lead to the overflow, and are heard of
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) family: u32,
    forward: Option<u32>, // the overflow cell, once this label set was pushed out
    is_new: bool,         // since the last drain
    pub(super) needs_time: bool,
    pub(super) series: Series,
    watch: u32,
    key: Option<SeriesKey>,   // where it is watched by its labels
    pub(super) before: Gauge, // of a gauge: what was last written here before the last drain
}

impl Cell {
    /// Whether it stands for itself, and its records need no time.
    #[inline]
    pub(super) const fn is_plain(&self) -> bool {
        self.forward.is_none() && !self.needs_time
    }
}

impl Registry {
    pub(crate) fn declare(&mut self, schema: Schema, help: String) -> Result<FamilyId, Error> {
        let samples = || schema.instrument.suffixes().iter().map(|suffix| format!("{}{suffix}", schema.name));
        if let Some((name, place)) = samples().find_map(|name| self.names.get(&name).map(|place| (name, *place))) {
            let Some(live) = self.families.get_mut(place as usize) else { return Err(Error::Unknown(name)) };
            if live.schema != schema {
                return Err(conflict(&name, &schema, &live.schema));
            }
            if help > live.help {
                live.help = help;
                live.is_new = true;
            }
            return Ok(FamilyId(place + 1));
        }
        let place = self.families.len() as u32;
        self.names.extend(samples().map(|name| (name, place)));
        self.families.push(Live {
            schema,
            help,
            is_new: true,
            series: BTreeMap::new(),
            last: None,
            overflow: None,
            watched: BTreeMap::new(),
        });
        Ok(FamilyId(place + 1))
    }

    /// The number of a label set. `watch` says who else is to hear of its records.
    pub(crate) fn resolve(
        &mut self,
        family: FamilyId,
        values: &[String],
        watch: impl FnOnce(&Schema, &[String]) -> Watch,
    ) -> Result<SeriesId, Error> {
        let unknown = || Error::Unknown(format!("no family has the number {}; declare it first", family.0));
        let family = family.0.checked_sub(1).ok_or_else(unknown)?;
        let live = self.families.get(family as usize).ok_or_else(unknown)?;
        if let Some(place) = live.series.get(values) {
            return Ok(number(*place));
        }
        live.schema.check_values(values)?;
        let key = SeriesKey::new(values.to_vec());
        let watch = watch(&live.schema, values);
        let is_full = live.series.len() >= SERIES_PER_FAMILY_MAX;
        if is_full && live.last.as_ref().is_some_and(|last| last.rank() < key.rank()) {
            return self.overflow_of(family, watch, key).map(number);
        }
        let is_past_all = !is_full && self.cost + live.schema.cost() > SERIES_BYTES_MAX;
        let mine = (live.schema.cost(), key.rank(), &live.schema);
        if is_past_all && self.last_of_all().is_some_and(|(last, _)| last < mine) {
            return self.overflow_of(family, watch, key).map(number); // it would be pushed out at once
        }
        if self.pushed_out >= PUSHED_OUT_MAX && (is_full || is_past_all) {
            return Err(pushed_out_too_many(&live.schema.name));
        }
        let place = self.admit(family, key.clone());
        self.set_watch(place, watch, Some(key));
        if is_full {
            self.push_out(family);
        }
        while self.cost > SERIES_BYTES_MAX {
            let Some((_, last)) = self.last_of_all() else { break };
            self.push_out(last);
        }
        Ok(number(self.place(number(place)).map_or(place, |place| place as u32)))
    }

    /// The families that were declared here.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &Schema> + Clone {
        self.families.iter().map(|live| &live.schema)
    }

    /// The schema of a family.
    pub(crate) fn schema(&self, family: FamilyId) -> Option<&Schema> {
        Some(&self.families.get(family.0.checked_sub(1)? as usize)?.schema)
    }

    /// What was recorded of a series since the last drain.
    pub(crate) fn series(&self, series: SeriesId) -> Option<&Series> {
        Some(&self.cells.get(self.place(series)?)?.series)
    }

    /// The family and the label values of a series; of an overflow, none.
    pub(crate) fn describe(&self, series: SeriesId) -> Option<(&Schema, Option<&SeriesKey>)> {
        let place = self.place(series)?;
        let live = self.families.get(self.cells.get(place)?.family as usize)?;
        Some((&live.schema, live.series.iter().find(|(_, there)| **there as usize == place).map(|(key, _)| key)))
    }

    /// What was recorded since the last drain.
    pub(crate) fn content(&self) -> Families {
        let families = self.families.iter().filter_map(|live| {
            let family = self.content_of(live);
            let has_any = live.is_new || !family.series.is_empty() || family.overflow.is_some();
            has_any.then(|| (live.schema.clone(), family))
        });
        Families(families.collect())
    }

    /// The same of one family.
    pub(crate) fn family(&self, schema: &Schema) -> Option<Family> {
        self.families.iter().find(|live| live.schema == *schema).map(|live| self.content_of(live))
    }

    fn content_of(&self, live: &Live) -> Family {
        let cell = |place: u32| self.cells.get(place as usize).filter(|cell| cell.is_new || !cell.series.is_empty());
        let series = live.series.iter().filter_map(|(key, place)| Some((key.clone(), cell(*place)?.series.clone())));
        let overflow = live.overflow.and_then(cell).map(|cell| cell.series.clone());
        Family { help: live.help.clone(), series: series.collect(), overflow }
    }

    /// Forgets what was recorded; numbers stay valid.
    pub(crate) fn settle(&mut self) {
        for live in &mut self.families {
            live.is_new = false;
        }
        for cell in &mut self.cells {
            cell.is_new = false;
            if let Some(live) = self.families.get(cell.family as usize)
                && !cell.series.is_empty()
            {
                if let Point::Gauge(Gauge { last: Some((at, value)) }) = cell.series.point {
                    cell.before.set(at, value);
                }
                cell.series = Series::new(&live.schema);
            }
        }
    }

    /// What is folded first of all families, as in [`Families`], and the place of its family.
    fn last_of_all(&self) -> Option<(Order<'_>, u32)> {
        let families = self.families.iter().zip(0..);
        families.filter_map(|(live, place)| Some(((live.schema.cost(), live.last.as_ref()?.rank(), &live.schema), place))).max()
    }

    #[inline]
    pub(super) fn place(&self, series: SeriesId) -> Option<usize> {
        let place = series.0.checked_sub(1)? as usize;
        Some(self.cells.get(place)?.forward.map_or(place, |overflow| overflow as usize))
    }

    /// The overflow of a family, which is made when it is first needed. It is beyond the limit of all,
    /// or a full ledger would have nowhere to count what it pushes out.
    fn overflow(&mut self, family: u32) -> u32 {
        if let Some(overflow) = self.families.get(family as usize).and_then(|live| live.overflow) {
            return overflow;
        }
        let overflow = self.new_cell(family);
        if let Some(live) = self.families.get_mut(family as usize) {
            live.overflow = Some(overflow);
        }
        overflow
    }

    fn new_cell(&mut self, family: u32) -> u32 {
        let place = self.cells.len() as u32;
        if let Some(live) = self.families.get(family as usize) {
            let needs_time = live.schema.needs_time();
            self.cells.push(Cell {
                family,
                forward: None,
                is_new: true,
                needs_time,
                series: Series::new(&live.schema),
                watch: 0,
                key: None,
                before: Gauge::default(),
            });
        }
        place
    }

    /// The overflow of a family for a label set that is watched: what is heard of is not folded away.
    fn overflow_of(&mut self, family: u32, watch: Watch, key: SeriesKey) -> Result<u32, Error> {
        let overflow = self.overflow(family);
        if watch.list == 0 {
            return Ok(overflow);
        }
        let known = (watch, watch.by_labels.then_some(key));
        let live = self.families.get(family as usize);
        if let Some(place) = live.and_then(|live| live.watched.get(&known)) {
            return Ok(*place);
        }
        if self.pushed_out >= PUSHED_OUT_MAX {
            return Err(pushed_out_too_many(live.map_or("", |live| &live.schema.name)));
        }
        self.pushed_out += 1;
        let place = self.new_cell(family);
        if let Some(cell) = self.cells.get_mut(place as usize) {
            (cell.forward, cell.is_new) = (Some(overflow), false);
        }
        self.set_watch(place, watch, known.1.clone());
        if let Some(live) = self.families.get_mut(family as usize) {
            live.watched.insert(known, place);
        }
        Ok(place)
    }

    fn set_watch(&mut self, place: u32, watch: Watch, key: Option<SeriesKey>) {
        let Some(cell) = self.cells.get_mut(place as usize) else { return };
        let Some(live) = self.families.get(cell.family as usize) else { return };
        cell.watch = watch.list;
        cell.key = key.filter(|_| watch.by_labels);
        cell.needs_time = watch.list != 0 || live.schema.needs_time(); // an objective needs to know when
        self.is_watched |= watch.list != 0;
    }

    /// Asks anew of every series who else is to hear of its records. Of those past a limit that were resolved
    /// before, only what was known of them goes on.
    pub(crate) fn watch_all(&mut self, mut watch: impl FnMut(&Schema, &[String]) -> Watch) {
        let mut all: Vec<(u32, Watch, SeriesKey)> = Vec::new();
        for live in &self.families {
            all.extend(live.series.iter().map(|(key, place)| (*place, watch(&live.schema, key.values()), key.clone())));
        }
        all.into_iter().for_each(|(place, watch, key)| self.set_watch(place, watch, Some(key)));
    }

    /// Who else is to hear of a series' records, the names of its labels and its values where they must be
    /// known; `None` where nobody is.
    #[inline]
    pub(crate) fn watched(&self, series: SeriesId) -> Option<(u32, &Schema, Option<&SeriesKey>)> {
        if !self.is_watched {
            return None;
        }
        let cell = self.cells.get(series.0.checked_sub(1)? as usize).filter(|cell| cell.watch != 0)?;
        Some((cell.watch, &self.families.get(cell.family as usize)?.schema, cell.key.as_ref()))
    }

    fn admit(&mut self, family: u32, key: SeriesKey) -> u32 {
        let place = self.new_cell(family);
        if let Some(live) = self.families.get_mut(family as usize) {
            self.cost += live.schema.cost();
            if live.last.as_ref().is_none_or(|last| last.rank() < key.rank()) {
                live.last = Some(key.clone());
            }
            live.series.insert(key, place);
        }
        place
    }

    /// Pushes the last series of a family out into its overflow. Its number stays valid.
    fn push_out(&mut self, family: u32) {
        let overflow = self.overflow(family);
        let Some(live) = self.families.get_mut(family as usize) else { return };
        let Some(last) = live.last.take() else { return };
        let place = live.series.remove(&last);
        live.last = live.series.keys().max_by(|a, b| a.rank().cmp(&b.rank())).cloned();
        self.cost -= live.schema.cost();
        self.pushed_out += 1;
        let Some(cell) = place.and_then(|place| self.cells.get_mut(place as usize)) else { return };
        cell.forward = Some(overflow);
        cell.is_new = false;
        let series = core::mem::replace(&mut cell.series, Series { point: Point::Info, recent: None });
        let before = core::mem::take(&mut cell.before);
        if let Some(overflow) = self.cells.get_mut(overflow as usize) {
            overflow.series.merge(&live.schema, &series);
            before.last.into_iter().for_each(|(at, value)| overflow.before.set(at, value));
        }
    }
}

fn conflict(name: &str, new: &Schema, there: &Schema) -> Error {
    let terms = |schema: &Schema| {
        let window = schema.window.map_or(String::new(), |window| format!(", window {window} ns"));
        format!("{} ({}, unit '{}', labels [{}]{window})", schema.name, schema.instrument.name(), schema.unit, schema.labels.join(", "))
    };
    let also = if new.instrument.name() == there.instrument.name() && terms(new) == terms(there) { " with other settings" } else { "" };
    Error::Conflict(format!("{} cannot share the name '{name}' with {}{also}; take another name", terms(new), terms(there)))
}

fn pushed_out_too_many(name: &str) -> Error {
    Error::Limit(format!("'{name}' would push out one series more than the {PUSHED_OUT_MAX} a ledger remembers; use fewer label values"))
}

const fn number(place: u32) -> SeriesId {
    SeriesId(place + 1)
}
