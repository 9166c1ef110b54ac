//! Combinations: which attribute values have the support, alone and together, and in how many events.
//!
//! Single values come from the exact table. A value that has the support gets a number, and samples are
//! brought down to these numbers: what has not the support cannot be part of anything that has (Apriori,
//! Agrawal and Srikant 1994). Two and three dimensions are then counted together by sorting. Where
//! samples stand for all events the counts are exact, else they are scaled to the class.
//! Deliberately absent: whether a combination is worth telling; that is `patterns`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::Counts;
use super::table::Table;
use super::{DIMENSIONS_MAX, Evidence, Options, SUPPORT_MAX, Samples};
use crate::id::mix;

/// No value that has the support.
const NONE: u16 = u16::MAX;

/// What an event has in each dimension: the number of a value that has the support, or none.
pub(super) type Numbers = [u16; DIMENSIONS_MAX];

/// What has the support, and the samples by number.
#[derive(Debug)]
pub(super) struct Combinations<'e> {
    /// The single values that have the support, by number: dimension and value.
    pub(super) singles: Vec<(usize, &'e str)>,
    /// All that has the support: singles, pairs, triples, each in the order of dimensions and values.
    pub(super) found: Vec<Found>,
    /// How many events the samples stand for.
    pub(super) seen: Counts,
    /// Whether the samples stand for all events.
    pub(super) is_exact: bool,
    /// The bad samples by number, in the order in which they came.
    pub(super) bad: Vec<Numbers>,
    /// The good ones.
    pub(super) good: Vec<Numbers>,
}

/// A value, or a combination of values, that has the support.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) items: Items,
    pub(super) counts: Counts,
    /// How many events the samples that have it stand for.
    pub(super) seen: Counts,
    /// The same for the same samples, and another for others.
    pub(super) mark: u64,
    pub(super) is_exact: bool,
    pub(super) is_outcome: bool,
}

/// One to three numbers of values, in the order of their dimensions.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Items([u16; 3]); // those behind are none

impl Items {
    pub(super) fn iter(self) -> impl Iterator<Item = u16> {
        self.0.into_iter().filter(|item| *item != NONE)
    }

    pub(super) fn len(self) -> usize {
        self.iter().count()
    }

    /// Whether all of these, and not only these, are among others.
    pub(super) fn is_part_of(self, others: Self) -> bool {
        self != others && self.iter().all(|item| others.0.contains(&item))
    }

    const fn key(self) -> u64 {
        (self.0[0] as u64) << 32 | (self.0[1] as u64) << 16 | self.0[2] as u64
    }

    const fn of(key: u64) -> Self {
        Self([(key >> 32) as u16, (key >> 16) as u16, key as u16])
    }
}

/// Samples that have the same numbers, together.
struct Group {
    numbers: Numbers,
    count: u64,
    mark: u64,
}

/// How many events of one class have certain numbers.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    mark: u64, // the sum of the groups' marks
}

impl<'e> Combinations<'e> {
    /// Counts what has the support.
    pub(super) fn new(evidence: &'e Evidence, table: &Table<'e>, options: &Options) -> Self {
        let has_support = |bad: u64| {
            bad > 0
                && options.min_support.is_reached(bad, table.whole.bad)
                && u128::from(bad) * u128::from(SUPPORT_MAX) >= u128::from(table.whole.bad)
        };
        let mut singles = Vec::new();
        let mut numbers: Vec<BTreeMap<&str, u16>> = Vec::new();
        let mut found = Vec::new();
        for (place, dimension) in table.dimensions.iter().enumerate() {
            let mut known = BTreeMap::new();
            for (value, counts) in dimension.present().filter(|(_, counts)| has_support(counts.bad) && *counts != table.whole) {
                let number = singles.len() as u16; // at most 8 * 1,000, since each has the support
                known.insert(value, number);
                singles.push((place, value));
                let (items, is_outcome) = (Items([number, NONE, NONE]), dimension.is_outcome());
                found.push(Found { items, counts, seen: Counts::default(), mark: 0, is_exact: true, is_outcome });
            }
            numbers.push(known);
        }
        let [bad, good] = [&evidence.bad, &evidence.good].map(|samples| numbered(samples, &numbers));
        let groups = [grouped(&bad, &evidence.bad, 0), grouped(&good, &evidence.good, 1)];
        let [seen_bad, seen_good] = [0, 1].map(|class| groups[class].iter().fold(0, |sum: u64, group| sum.saturating_add(group.count)));
        let seen = Counts { good: seen_good, bad: seen_bad };
        let is_exact = evidence.bad.left_out == 0 && evidence.good.left_out == 0 && seen == table.whole;
        let mut these = Self { singles, found, seen, is_exact, bad, good };
        these.see_singles(&groups);
        let free: Vec<usize> = (0..table.dimensions.len()).filter(|place| !table.dimensions[*place].is_outcome()).collect();
        these.combine(&groups, &free, options.order, table.whole, has_support);
        these
    }

    /// In how many samples each single value is.
    fn see_singles(&mut self, groups: &[Vec<Group>; 2]) {
        for (class, groups) in groups.iter().enumerate() {
            for group in groups {
                for number in group.numbers.into_iter().filter(|number| *number != NONE) {
                    let found = &mut self.found[usize::from(number)];
                    found.seen.add(Counts::of(class == 1, group.count));
                    found.mark = found.mark.wrapping_add(group.mark);
                }
            }
        }
    }

    /// Counts each two and three dimensions together.
    fn combine(&mut self, groups: &[Vec<Group>; 2], free: &[usize], order: u8, whole: Counts, has_support: impl Fn(u64) -> bool) {
        if self.seen.bad == 0 || (self.seen.good == 0 && whole.good > 0) {
            return; // of a class nothing is known but its size
        }
        let mut pairs = Vec::new(); // of dimensions in which two values together have the support
        for size in 2..=usize::from(order.min(3)) {
            for set in sets(free, size) {
                let is_hopeless = size == 3 && ![[0, 1], [0, 2], [1, 2]].iter().all(|[one, two]| pairs.contains(&[set[*one], set[*two]]));
                if is_hopeless {
                    continue;
                }
                let before = self.found.len();
                self.count(groups, &set, whole, &has_support);
                if size == 2 && self.found.len() > before {
                    pairs.push([set[0], set[1]]);
                }
            }
        }
    }

    /// Counts these dimensions together.
    fn count(&mut self, groups: &[Vec<Group>; 2], set: &[usize], whole: Counts, has_support: impl Fn(u64) -> bool) {
        let mut bad = tallied(&groups[0], set);
        bad.retain(|(key, tally)| has_support(self.scaled(Items::of(*key), tally.count, 0, whole).bad));
        if bad.is_empty() {
            return;
        }
        let good = tallied(&groups[1], set);
        for (key, of_bad) in bad {
            let of_good = good.binary_search_by_key(&key, |(key, _)| *key).map_or_else(|_| Tally::default(), |place| good[place].1);
            let counts = self.scaled(Items::of(key), of_bad.count, of_good.count, whole);
            if counts == whole {
                continue; // what all events have tells them not apart
            }
            self.found.push(Found {
                items: Items::of(key),
                counts,
                seen: Counts { good: of_good.count, bad: of_bad.count },
                mark: of_bad.mark.wrapping_add(of_good.mark),
                is_exact: self.is_exact,
                is_outcome: false,
            });
        }
    }

    /// What the samples that have these values come to in all events: scaled to the class, rounded to
    /// the nearest, and never more than one of the values has by itself.
    fn scaled(&self, items: Items, bad: u64, good: u64, whole: Counts) -> Counts {
        let scale = |part: u64, seen: u64, all: u64| {
            let (part, seen, all) = (u128::from(part), u128::from(seen), u128::from(all));
            let scaled = (part * all + seen / 2).checked_div(seen).unwrap_or(0);
            scaled.min(all) as u64
        };
        let mut counts = Counts { good: scale(good, self.seen.good, whole.good), bad: scale(bad, self.seen.bad, whole.bad) };
        for item in items.iter() {
            let single = self.found[usize::from(item)].counts;
            counts = Counts { good: counts.good.min(single.good), bad: counts.bad.min(single.bad) };
        }
        counts
    }
}

/// Each sample by number.
fn numbered(samples: &Samples, numbers: &[BTreeMap<&str, u16>]) -> Vec<Numbers> {
    let number = |values: &[String]| {
        let mut found = [NONE; DIMENSIONS_MAX];
        for (place, (value, known)) in values.iter().zip(numbers).enumerate() {
            found[place] = known.get(value.as_str()).copied().unwrap_or(NONE);
        }
        found
    };
    samples.kept.iter().map(|sample| number(&sample.values)).collect()
}

/// The samples that stand for any event, those alike together, in an order that theirs does not decide on.
fn grouped(numbers: &[Numbers], samples: &Samples, class: u64) -> Vec<Group> {
    let mut all: Vec<(Numbers, u64)> = numbers.iter().copied().zip(samples.kept.iter().map(|sample| sample.count)).collect();
    all.retain(|(_, count)| *count > 0);
    all.sort_unstable();
    let mut groups: Vec<Group> = Vec::new();
    for (numbers, count) in all {
        match groups.last_mut() {
            Some(last) if last.numbers == numbers => last.count = last.count.saturating_add(count),
            _ => groups.push(Group { numbers, count, mark: mix(2 * groups.len() as u64 + class + 1) }),
        }
    }
    groups
}

/// How many events have which values of these dimensions together, by key.
fn tallied(groups: &[Group], set: &[usize]) -> Vec<(u64, Tally)> {
    let key = |group: &Group| {
        let mut items = [NONE; 3];
        for (item, dimension) in items.iter_mut().zip(set) {
            *item = group.numbers[*dimension];
        }
        let items = Items(items);
        (items.len() == set.len()).then(|| items.key())
    };
    let mut keys: Vec<(u64, usize)> = groups.iter().enumerate().filter_map(|(place, group)| Some((key(group)?, place))).collect();
    keys.sort_unstable();
    let mut tallies: Vec<(u64, Tally)> = Vec::new();
    for (key, place) in keys {
        if tallies.last().is_none_or(|(last, _)| *last != key) {
            tallies.push((key, Tally::default()));
        }
        if let Some((_, tally)) = tallies.last_mut() {
            tally.count = tally.count.saturating_add(groups[place].count);
            tally.mark = tally.mark.wrapping_add(groups[place].mark);
        }
    }
    tallies
}

/// Every choice of two or three of these, in order.
fn sets(of: &[usize], size: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = of.iter().map(|one| [*one].into()).collect();
    for _ in 1..size {
        let longer = |set: &Vec<usize>| {
            let last = set.last().copied();
            let behind = of.iter().filter(|next| Some(**next) > last);
            behind.map(|next| set.iter().copied().chain([*next]).collect()).collect::<Vec<_>>()
        };
        sets = sets.iter().flat_map(longer).collect();
    }
    sets
}
