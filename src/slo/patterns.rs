//! Patterns of failure: what events were like, good ones and bad ones, in slices of time.
//!
//! Of every attribute the values are counted exactly, up to a limit; and of the events themselves samples
//! are kept, from which combinations are counted. Past a limit those with the smallest hash stay: each
//! slice by itself, so that what is kept does not depend on order though old slices are forgotten.
//! Deliberately absent: what is to be learned of it; see `analysis`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::analysis::{Evidence, Sample, Samples};
use super::window::{HOUR_SLOTS, SLOT_NS};
use super::{Counts, Objective};
use crate::id::{SpanId, TraceId, hash, mix};
use crate::limits::{DIMENSION_VALUES_MAX, SAMPLES_MAX, SLICES};
use crate::time::Timestamp;

/// What events were like, by slice of time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Patterns {
    pub(crate) slices: BTreeMap<u64, Slice>, // by number: so many lengths of a slice since 1970
}

/// What events of a slice of time were like.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Slice {
    pub(crate) dimensions: Vec<Values>, // in the order of the objective's dimensions
    pub(crate) good: Kept,
    pub(crate) bad: Kept,
}

/// The values of an attribute.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Values {
    pub(crate) kept: Vec<(u64, Arc<str>, Counts)>, // by hash, then text; at most DIMENSION_VALUES_MAX
    pub(crate) others: Counts,
}

/// Samples of one class of events.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Kept {
    pub(crate) samples: Vec<Stood>, // by hash, then content; at most SAMPLES_MAX
    pub(crate) left_out: u64,       // events that no sample stands for
}

/// A sample: events of the same values in the same span.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stood {
    rank: u64,
    pub(crate) values: Arc<[String]>,
    pub(crate) context: Option<(TraceId, SpanId)>,
    pub(crate) count: u64,
}

/// How long a slice is, in nanoseconds: the twelfth part of the window, but at least an hour.
pub(crate) fn slice_ns(objective: &Objective) -> u64 {
    objective.window.slots_max().div_ceil(SLICES).max(HOUR_SLOTS) * SLOT_NS
}

impl Patterns {
    /// Adds events. Gives by how many bytes there is now more, or fewer.
    pub(crate) fn record(
        &mut self,
        objective: &Objective,
        at: Timestamp,
        counts: Counts,
        values: &[String],
        context: Option<(TraceId, SpanId)>,
    ) -> i64 {
        let number = at.nanos() / slice_ns(objective);
        let newest = self.slices.last_key_value().map(|(newest, _)| *newest);
        if newest.is_some_and(|newest| number + SLICES < newest) {
            return 0;
        }
        let mut grown = 0;
        if newest.is_some_and(|newest| newest < number) {
            grown -= self.forget(number);
        }
        let slice = self.slices.entry(number).or_default();
        slice.dimensions.resize_with(objective.dimensions.len(), Values::default);
        let mut rank = 0xcbf2_9ce4_8422_2325;
        for (values, value) in slice.dimensions.iter_mut().zip(values) {
            let hashed = hash(value.as_bytes());
            rank = mix(rank ^ hashed);
            grown += values.add(hashed, value, counts, || value.as_str().into());
        }
        if let Some((trace, span)) = context {
            rank = mix(rank ^ trace.rank()) ^ mix(span.get());
        }
        for (class, count) in [(&mut slice.good, counts.good), (&mut slice.bad, counts.bad)] {
            if count > 0 {
                grown += class.add(rank, values, context, count, || values.into());
            }
        }
        grown
    }

    /// Adds all of another's.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (number, slice) in &other.slices {
            self.slices.entry(*number).or_default().merge(slice);
        }
        if let Some(newest) = self.slices.last_key_value().map(|(newest, _)| *newest) {
            self.forget(newest);
        }
    }

    /// Forgets what a window that ends in this slice does not reach: a window of twelve slices may reach
    /// into a thirteenth. Gives how many bytes that was.
    fn forget(&mut self, newest: u64) -> i64 {
        let kept = self.slices.split_off(&newest.saturating_sub(SLICES));
        core::mem::replace(&mut self.slices, kept).values().map(Slice::bytes).sum()
    }

    /// What it takes.
    pub(crate) fn bytes(&self) -> i64 {
        self.slices.values().map(Slice::bytes).sum()
    }

    /// How many values and samples there are.
    pub(super) fn len(&self) -> usize {
        let slice = |slice: &Slice| {
            let values: usize = slice.dimensions.iter().map(|values| values.kept.len()).sum();
            values + slice.good.samples.len() + slice.bad.samples.len()
        };
        self.slices.values().map(slice).sum()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }
}

/// What is known of the slices that begin in a range of times, from several layers.
pub(super) fn evidence(objective: &Objective, layers: &[&Patterns], from: u64, until: u64) -> Evidence {
    let length = slice_ns(objective);
    let mut whole = Slice { dimensions: Vec::new(), ..Slice::default() };
    whole.dimensions.resize_with(objective.dimensions.len(), Values::default);
    let mut slices: BTreeMap<u64, Slice> = BTreeMap::new();
    for (number, slice) in layers.iter().flat_map(|layer| &layer.slices) {
        if (from..until).contains(&number.saturating_mul(length)) {
            slices.entry(*number).or_default().merge(slice);
        }
    }
    // Slices are put together without a limit: what each kept is all there.
    let mut counted: Vec<BTreeMap<String, Counts>> = alloc::vec![BTreeMap::new(); objective.dimensions.len()];
    let mut others = alloc::vec![Counts::default(); objective.dimensions.len()];
    let [mut good, mut bad] = [Samples::default(), Samples::default()];
    for slice in slices.values() {
        for ((values, counted), others) in slice.dimensions.iter().zip(&mut counted).zip(&mut others) {
            values.kept.iter().for_each(|(_, value, counts)| counted.entry(String::from(&**value)).or_default().add(*counts));
            others.add(values.others);
        }
        for (class, samples) in [(&slice.good, &mut good), (&slice.bad, &mut bad)] {
            samples.left_out = samples.left_out.saturating_add(class.left_out);
            samples.kept.extend(class.samples.iter().map(Stood::sample));
        }
    }
    Evidence { dimensions: objective.dimensions.clone(), values: counted, others, bad, good }
}

impl Slice {
    fn merge(&mut self, other: &Self) {
        let dimensions = self.dimensions.len().max(other.dimensions.len());
        self.dimensions.resize_with(dimensions, Values::default);
        for (values, more) in self.dimensions.iter_mut().zip(&other.dimensions) {
            more.kept.iter().for_each(|(hashed, value, counts)| {
                values.add(*hashed, value, *counts, || Arc::clone(value));
            });
            values.others.add(more.others);
        }
        for (class, more) in [(&mut self.good, &other.good), (&mut self.bad, &other.bad)] {
            more.samples.iter().for_each(|sample| {
                class.add(sample.rank, &sample.values, sample.context, sample.count, || Arc::clone(&sample.values));
            });
            class.left_out = class.left_out.saturating_add(more.left_out);
        }
    }

    fn bytes(&self) -> i64 {
        let values = self.dimensions.iter().flat_map(|values| &values.kept).map(|(_, value, _)| value_bytes(value));
        let samples = self.good.samples.iter().chain(&self.bad.samples).map(|sample| sample_bytes(&sample.values));
        values.sum::<i64>() + samples.sum::<i64>()
    }
}

fn value_bytes(value: &str) -> i64 {
    (64 + value.len()).cast_signed() as i64
}

fn sample_bytes(values: &[String]) -> i64 {
    (96 + values.iter().map(|value| 32 + value.len()).sum::<usize>()).cast_signed() as i64
}

impl Values {
    /// Counts a value. Gives by how many bytes there is now more.
    fn add(&mut self, hashed: u64, value: &str, counts: Counts, text: impl FnOnce() -> Arc<str>) -> i64 {
        let found = self.kept.binary_search_by(|(rank, there, _)| (*rank, &**there).cmp(&(hashed, value)));
        let place = match found {
            Ok(place) => {
                self.kept.get_mut(place).into_iter().for_each(|(_, _, there)| there.add(counts));
                return 0;
            }
            Err(place) if place >= DIMENSION_VALUES_MAX => {
                self.others.add(counts);
                return 0;
            }
            Err(place) => place,
        };
        self.kept.insert(place, (hashed, text(), counts));
        if self.kept.len() <= DIMENSION_VALUES_MAX {
            return value_bytes(value);
        }
        let gone = self.kept.pop().map_or(0, |(_, gone, counts)| {
            self.others.add(counts);
            value_bytes(&gone)
        });
        value_bytes(value) - gone
    }
}

impl Kept {
    /// Adds so many events alike. Gives by how many bytes there is now more.
    fn add(
        &mut self,
        rank: u64,
        values: &[String],
        context: Option<(TraceId, SpanId)>,
        count: u64,
        shared: impl FnOnce() -> Arc<[String]>,
    ) -> i64 {
        let place = match self.samples.binary_search_by(|there| there.compare(rank, values, context)) {
            Ok(place) => {
                self.samples.get_mut(place).into_iter().for_each(|there| there.count = there.count.saturating_add(count));
                return 0;
            }
            Err(place) if place >= SAMPLES_MAX => {
                self.left_out = self.left_out.saturating_add(count);
                return 0;
            }
            Err(place) => place,
        };
        self.samples.insert(place, Stood { rank, values: shared(), context, count });
        if self.samples.len() <= SAMPLES_MAX {
            return sample_bytes(values);
        }
        let gone = self.samples.pop().map_or(0, |gone| {
            self.left_out = self.left_out.saturating_add(gone.count);
            sample_bytes(&gone.values)
        });
        sample_bytes(values) - gone
    }
}

impl Stood {
    /// A sample as it was read.
    pub(crate) fn new(values: Arc<[String]>, context: Option<(TraceId, SpanId)>, count: u64) -> Self {
        let rank = values.iter().fold(0xcbf2_9ce4_8422_2325, |rank, value| mix(rank ^ hash(value.as_bytes())));
        let rank = context.map_or(rank, |(trace, span)| mix(rank ^ trace.rank()) ^ mix(span.get()));
        Self { rank, values, context, count }
    }

    fn compare(&self, rank: u64, values: &[String], context: Option<(TraceId, SpanId)>) -> Ordering {
        (self.rank, &*self.values, self.context).cmp(&(rank, values, context))
    }

    /// Whether it stands before another.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.compare(other.rank, &other.values, other.context) == Ordering::Less
    }

    fn sample(&self) -> Sample {
        Sample { values: Arc::clone(&self.values), context: self.context, count: self.count }
    }
}
