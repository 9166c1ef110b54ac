//! Totals: all good and bad events that were ever counted, as counters say them.
//!
//! What windows no longer reach is in them, and what lies in times that were exempt when it happened is not.
//! An exemption that is made later takes nothing back: a counter that falls is taken for one that began
//! again. Deliberately absent: time; see `line`.

use super::book::Book;
use super::{Counts, Indicator};

/// All that was ever counted of an objective. Of an indicator over metrics good and bad follow from the part
/// and the whole; of a composite its parts' events count as many times as they weigh.
pub(crate) fn totals(book: &Book<'_>) -> Counts {
    let mut all = Counts::default();
    for layer in &book.layers {
        all.add(layer.slots.expired());
        layer.slots.iter().for_each(|(_, counts)| all.add(counts));
    }
    if let Indicator::Metrics(ratio) = &book.objective.indicator {
        let (part, rest) = (all.good, all.bad.saturating_sub(all.good));
        all = if ratio.part_is_good { Counts { good: part, bad: rest } } else { Counts { good: rest, bad: part } };
    }
    for (weight, part) in &book.parts {
        let part = totals(part);
        let weighed = |count: u64| count.saturating_mul((*weight).into());
        all.add(Counts { good: weighed(part.good), bad: weighed(part.bad) });
    }
    all
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::super::{MetricRatio, MetricSelector, Objective, Shelf, Slots, Tracked, Weighted, Window};
    use super::*;

    fn tracked(slots: &[(u64, u64, u64)], expired: (u64, u64)) -> Tracked {
        let slots: Vec<_> = slots.iter().map(|(start, good, bad)| (*start, Counts { good: *good, bad: *bad })).collect();
        let expired = Counts { good: expired.0, bad: expired.1 };
        Tracked { slots: Slots::from_parts(&slots, expired).unwrap(), ..Tracked::default() }
    }

    #[test]
    fn all_layers_versions_and_parts_count() {
        let plain = Objective::new("a", "99%".parse().unwrap(), Window::days(1).unwrap());
        let newer = Objective { version: 2, target: "90%".parse().unwrap(), ..plain.clone() };
        let selector = |name: &str| MetricSelector { name: name.into(), labels: vec![], threshold: None };
        let ratio = MetricRatio { part_is_good: false, part: selector("failures"), total: selector("calls") };
        let metric = Objective { id: "m".into(), indicator: Indicator::Metrics(ratio), ..plain.clone() };
        let parts = [("a", 2), ("m", 3)].map(|(id, weight)| Weighted { id: id.into(), weight });
        let whole = Objective { id: "whole".into(), indicator: Indicator::Composite(parts.into()), ..plain.clone() };
        let mut exempt = tracked(&[(9, 1, 1)], (100, 10));
        exempt.exempt = tracked(&[(3, 7, 7)], (7, 7)).slots;
        let layers = [
            (&plain, exempt),
            (&newer, tracked(&[(10, 1_000, 0), (11, 0, 5)], (0, 0))),
            (&metric, tracked(&[(5, 4, 10)], (1, 20))),
            (&whole, Tracked::default()),
        ];
        let shelf = Shelf::new(layers.iter().map(|(objective, tracked)| (*objective, tracked)));
        let found: Vec<_> = shelf.books().iter().map(|book| (book.objective.version, totals(book))).collect();
        let counts = |good, bad| Counts { good, bad };
        assert_eq!(found, [(2, counts(1_101, 16)), (1, counts(25, 5)), (1, counts(2_202 + 75, 32 + 15))]);
    }
}
