//! The book of an objective: what several layers know of it, as one list of slots.
//!
//! Slots of all layers are cut as the newest minute of all has them, and those in exempt times are left out.
//! Deliberately absent: slices and sums; see `slices` and `line`.

use alloc::vec::Vec;

use super::line::Sum;
use super::slots::Keeping;
use super::{Counts, Exemption, Indicator, Objective, Patterns, Slots, Tracked};

/// What several ledgers' layers know of an objective: its terms, what was recorded under them and under
/// earlier ones that they continue; and of a composite the same of its parts.
#[derive(Clone, Debug)]
pub(crate) struct Book<'a> {
    pub(crate) objective: &'a Objective,
    pub(crate) layers: Vec<&'a Tracked>,
    pub(crate) patterns: Vec<&'a Patterns>, // of those whose terms cut and sort events alike
    pub(crate) parts: Vec<(u32, Self)>,     // with their weights
}

/// How what was recorded is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// As good and bad.
    Plain,
    /// As a part and the whole; whether the part is the good one.
    Part(bool),
}

impl Reading {
    pub(super) fn of(indicator: &Indicator) -> Self {
        if let Indicator::Metrics(ratio) = indicator { Self::Part(ratio.part_is_good) } else { Self::Plain }
    }

    /// Good and bad. A part that is more than its whole, since the two were recorded in different minutes,
    /// is the whole.
    pub(super) fn read(self, sum: Sum) -> Sum {
        let Self::Part(part_is_good) = self else { return sum };
        let (part, rest) = (sum.good, sum.bad.saturating_sub(sum.good));
        if part_is_good { Sum { good: part, bad: rest } } else { Sum { good: rest, bad: part } }
    }
}

impl<'a> Book<'a> {
    /// How many slots and slices a question looks at, at most; of a composite with those of its parts.
    pub(crate) fn length(&self) -> u64 {
        let slots: usize = self.lanes(true).map(Slots::len).sum();
        self.parts.iter().fold(self.objective.slices_filled() + slots as u64, |length, (_, part)| length + part.length())
    }

    /// How many values and samples of events an analysis looks at, at most.
    pub(crate) fn samples(&self) -> u64 {
        self.patterns.iter().map(|patterns| patterns.len() as u64).sum()
    }

    /// The newest minute that anything was recorded in.
    pub(super) fn newest(&self) -> Option<u64> {
        let own = self.layers.iter().flat_map(|layer| [layer.slots.newest(), layer.exempt.newest()]).flatten().max();
        self.parts.iter().filter_map(|(_, part)| part.newest()).max().max(own)
    }

    /// The oldest minute that is kept; of a composite, of its parts if they keep more.
    pub(super) fn oldest(&self) -> u64 {
        let own = self.newest().map_or(0, |newest| Keeping::new(self.objective).oldest(newest));
        self.parts.iter().filter(|(_, part)| part.newest().is_some()).map(|(_, part)| part.oldest()).fold(own, u64::min)
    }

    /// Whether anything happened in exempt times.
    pub(super) fn has_exempt(&self) -> bool {
        !self.objective.exemptions.is_empty()
            || self.layers.iter().any(|layer| !layer.exempt.is_empty())
            || self.parts.iter().any(|(_, part)| part.has_exempt())
    }

    /// Records of metrics that are in no slot; of a composite, those of its parts.
    pub(super) fn uncounted(&self) -> u64 {
        let own = self.layers.iter().map(|layer| layer.uncounted);
        own.chain(self.parts.iter().map(|(_, part)| part.uncounted())).fold(0, u64::saturating_add)
    }

    /// Events that no window reaches, exempt ones too; of a composite, those of its parts.
    pub(super) fn expired(&self) -> Counts {
        let mut expired = Counts::default();
        self.parts.iter().for_each(|(_, part)| expired.add(part.expired()));
        let (newest, keeping) = (self.newest(), Keeping::new(self.objective));
        let mut own = Counts::default();
        for lane in self.lanes(true) {
            own.add(lane.expired());
            let is_old = |minute: u64| newest.is_some_and(|newest| keeping.slot_of(minute, newest).0 < keeping.oldest(newest));
            lane.iter().take_while(|(minute, _)| is_old(*minute)).for_each(|(_, counts)| own.add(counts));
        }
        expired.add(Reading::of(&self.objective.indicator).read(own.into()).counts());
        expired
    }

    /// The slots of all layers together, as the newest minute has them, without what no window reaches: the
    /// first minute of each, the minute after its last, and what happened.
    pub(super) fn slots(&self, with_exempt: bool) -> Vec<(u64, u64, Sum)> {
        let Some(newest) = self.newest() else { return Vec::new() };
        let keeping = Keeping::new(self.objective);
        let oldest = keeping.oldest(newest);
        let mut slots: Vec<(u64, u64, Counts)> = Vec::new();
        for (minute, counts) in self.lanes(with_exempt).flat_map(Slots::iter) {
            let (start, length) = keeping.slot_of(minute, newest);
            if start >= oldest {
                slots.push((start, start + length, counts));
            }
        }
        slots.sort_by_key(|(start, ..)| *start); // runs that are in order: a merge
        slots.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                earlier.2.add(later.2); // a slot holds at most 2^64 - 1, however many layers it comes from
            }
            is_same
        });
        let slots = slots.into_iter().map(|(start, end, counts)| (start, end, counts.into())).collect();
        if with_exempt || self.objective.exemptions.is_empty() {
            return slots;
        }
        Exempt::around(self.objective, &slots).without(slots)
    }

    fn lanes(&self, with_exempt: bool) -> impl Iterator<Item = &'a Slots> + '_ {
        let exempt = self.layers.iter().map(|layer| &layer.exempt).filter(move |_| with_exempt);
        self.layers.iter().map(|layer| &layer.slots).chain(exempt)
    }
}

/// Occurrences of an exemption that are looked at: of a daily one all that can lie in what is kept, and those
/// that began before.
const SPANS_MAX: usize = 4_096;

/// Exempt times: the first minute of each and the one after its last, apart and in order.
#[derive(Debug)]
pub(super) struct Exempt(pub(super) Vec<(u64, u64)>);

impl Exempt {
    /// Those of an objective that have a minute from one to before another.
    pub(super) fn new(objective: &Objective, from: u64, until: u64) -> Self {
        let occurrences = |exemption: &Exemption| exemption.occurrences(from, until, SPANS_MAX);
        let mut spans: Vec<(u64, u64)> = objective.exemptions.iter().flat_map(occurrences).collect();
        spans.sort_unstable();
        spans.dedup_by(|(start, end), (_, before)| {
            let touches = start <= before;
            if touches {
                *before = (*before).max(*end);
            }
            touches
        });
        Self(spans)
    }

    /// Those of an objective that slots in order may lie in.
    pub(super) fn around(objective: &Objective, slots: &[(u64, u64, Sum)]) -> Self {
        let from = slots.first().map_or(0, |(start, ..)| *start);
        Self::new(objective, from, slots.iter().map(|(_, end, _)| *end).max().unwrap_or(from))
    }

    /// The slots of which not all minutes are exempt.
    pub(super) fn without(&self, mut slots: Vec<(u64, u64, Sum)>) -> Vec<(u64, u64, Sum)> {
        slots.retain(|(start, end, _)| {
            let place = self.0.partition_point(|(_, until)| until < end);
            self.0.get(place).is_none_or(|(from, _)| from > start)
        });
        slots
    }
}
