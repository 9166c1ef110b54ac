//! The exact table: by dimension, how many events had which value, all dimensions of one total.
//!
//! Deliberately absent: samples.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::Counts;
use super::cells::without;
use super::{DIMENSIONS_MAX, Evidence, Samples};

/// What is known exactly.
#[derive(Debug)]
pub(super) struct Table<'e> {
    pub(super) whole: Counts,
    pub(super) dimensions: Vec<Dimension<'e>>,
}

/// A dimension, and what its values come to.
#[derive(Debug)]
pub(super) struct Dimension<'e> {
    pub(super) name: &'e str,
    values: Option<&'e BTreeMap<String, Counts>>,
    pub(super) others: Counts,
    pub(super) absent: Counts, // events without the attribute, and those that the dimension does not account for
}

impl<'e> Table<'e> {
    /// Adds up what the evidence says. Of dimensions that do not add up to the same the greatest holds.
    pub(super) fn new(evidence: &'e Evidence) -> Self {
        let dimension = |(place, name): (usize, &'e String)| Dimension {
            name,
            values: evidence.values.get(place),
            others: evidence.others.get(place).copied().unwrap_or_default(),
            absent: Counts::default(),
        };
        let mut dimensions: Vec<_> = evidence.dimensions.iter().take(DIMENSIONS_MAX).enumerate().map(dimension).collect();
        let mut whole = Counts::default();
        for sum in dimensions.iter().map(Dimension::sum) {
            whole = Counts { good: whole.good.max(sum.good), bad: whole.bad.max(sum.bad) };
        }
        if dimensions.is_empty() {
            whole = Counts { good: class(&evidence.good), bad: class(&evidence.bad) };
        }
        for dimension in &mut dimensions {
            dimension.absent = without(whole, dimension.sum());
            dimension.absent.add(dimension.get(""));
        }
        Self { whole, dimensions }
    }
}

impl<'e> Dimension<'e> {
    /// What a value came to, as the evidence says.
    pub(super) fn get(&self, value: &str) -> Counts {
        self.values.and_then(|values| values.get(value)).copied().unwrap_or_default()
    }

    /// Its values, in order, without the empty one.
    pub(super) fn present(&self) -> impl Iterator<Item = (&'e str, Counts)> + use<'e> {
        let values = self.values.into_iter().flatten().map(|(value, counts)| (value.as_str(), *counts));
        values.filter(|(value, _)| !value.is_empty())
    }

    /// Whether bad events have the attribute and no good one does.
    pub(super) fn is_outcome(&self) -> bool {
        let mut sum = self.others;
        self.present().for_each(|(_, counts)| sum.add(counts));
        sum.good == 0 && sum.bad > 0
    }

    fn sum(&self) -> Counts {
        let mut sum = self.others;
        self.values.into_iter().flat_map(BTreeMap::values).for_each(|counts| sum.add(*counts));
        sum
    }
}

/// How many events of a class there are, by its samples.
fn class(samples: &Samples) -> u64 {
    samples.kept.iter().fold(samples.left_out, |sum, sample| sum.saturating_add(sample.count))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    type Rows<'t> = (&'t str, &'t [(&'t str, u64, u64)], (u64, u64)); // name, values with good and bad, others

    fn evidence(dimensions: &[Rows<'_>]) -> Evidence {
        let row = |(value, good, bad): &(&str, u64, u64)| (value.to_string(), Counts { good: *good, bad: *bad });
        Evidence {
            dimensions: dimensions.iter().map(|(name, ..)| name.to_string()).collect(),
            values: dimensions.iter().map(|(_, list, _)| list.iter().map(row).collect()).collect(),
            others: dimensions.iter().map(|(.., (good, bad))| Counts { good: *good, bad: *bad }).collect(),
            ..Evidence::default()
        }
    }

    #[test]
    fn dimensions_are_brought_to_one_total() {
        let evidence = evidence(&[("a", &[("", 1, 2), ("x", 3, 4)], (5, 6)), ("b", &[("y", 8, 1)], (0, 0)), ("c", &[], (0, 0))]);
        let table = Table::new(&evidence);
        assert_eq!(table.whole, Counts { good: 9, bad: 12 });
        let absent: Vec<_> = table.dimensions.iter().map(|dimension| (dimension.absent.good, dimension.absent.bad)).collect();
        assert_eq!(absent, [(1, 2), (1, 11), (9, 12)]);
        assert_eq!(table.dimensions[0].present().collect::<Vec<_>>(), [("x", Counts { good: 3, bad: 4 })]);
    }

    #[test]
    fn an_outcome_is_what_no_good_event_has() {
        let evidence = evidence(&[
            ("error", &[("", 9, 0), ("e", 0, 1)], (0, 0)),
            ("tool", &[("", 8, 0), ("t", 1, 1)], (0, 0)),
            ("none", &[("", 9, 1)], (0, 0)),
            ("past", &[("", 8, 0), ("e", 0, 1)], (1, 0)),
            ("short", &[("e", 0, 1)], (0, 0)),
        ]);
        let outcomes: Vec<bool> = Table::new(&evidence).dimensions.iter().map(Dimension::is_outcome).collect();
        assert_eq!(outcomes, [true, false, false, false, true]);
    }

    #[test]
    fn without_dimensions_the_samples_are_the_total() {
        let sample = super::super::Sample { values: vec![].into(), context: None, count: 3 };
        let evidence = Evidence { bad: Samples { kept: vec![sample.clone(), sample], left_out: 4 }, ..Evidence::default() };
        assert_eq!(Table::new(&evidence).whole, Counts { good: 0, bad: 10 });
    }
}
