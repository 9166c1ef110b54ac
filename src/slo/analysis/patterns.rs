//! Patterns: what has the support is tested, corrected for how much was tested, pruned and ranked.
//!
//! What passes the options is pruned in three steps, each in an order that nothing but the attributes
//! decides on:
//! 1. **The same events** are told once: by the shorter pattern, then by the one whose dimensions and
//!    values come first. The same are equal counts and the same samples.
//! 2. **A longer pattern is explained** by a shorter one within it that stays, unless its events are at
//!    least 6/5 times as often bad as that one's (not: its risk ratio, since some of the others that it
//!    is held against are that one's, and bad) and, among that one's events alone, the exact test finds
//!    it by no more than the greatest q. "In the kitchen on Mondays" adds nothing where the kitchen is as
//!    bad all week.
//! 3. **A shorter pattern is explained** by a longer one that stays, if without the longer one's events
//!    it would be none: too little support, too low a risk ratio, or by chance. "In the kitchen" adds
//!    nothing where it is bad on Mondays only.
//!
//! Outcomes neither explain nor are explained. Deliberately absent: counting.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::super::Counts;
use super::cells::{Cells, without};
use super::combinations::{Combinations, Found, Items, Numbers};
use super::exact_test::mid_p;
use super::fraction::Fraction;
use super::table::Table;
use super::{Evidence, Options, Pattern, Samples};
use crate::{Ratio, SpanId, TraceId, float};

/// Examples of a pattern.
const EXAMPLES_MAX: usize = 3;

/// Patterns that are reported at most.
const PATTERNS_MAX: usize = 100;

/// What has the support, with what the tests say.
struct Tested<'c> {
    found: &'c Found,
    cells: Cells,
    ratio: Fraction,
    p: f64,
    q: f64,
}

/// What passes, and what each decision is made by.
struct Judge<'c> {
    options: &'c Options,
    whole: Counts,
    seen: Counts,
    ratio: Fraction,
    q: f64,
}

/// The patterns to report, the worst first, and how many were tested.
pub(super) fn patterns<'c>(
    now: &Evidence,
    table: &Table<'_>,
    combinations: &'c Combinations<'_>,
    options: &Options,
) -> (Vec<Pattern>, u32) {
    let (whole, seen) = (table.whole, combinations.seen);
    let tested = |found: &'c Found| {
        let cells = Cells::of(found.counts, whole);
        let p = mid_p(if found.is_exact { cells } else { Cells::of(found.seen, seen) });
        Tested { found, cells, ratio: cells.risk_ratio(), p, q: 1.0 }
    };
    let mut found: Vec<Tested<'_>> = combinations.found.iter().map(tested).collect();
    let tested = found.len() as u32; // at most 1,000 in each of 92 choices of dimensions
    correct(&mut found);
    let (n, d) = (options.max_q.numerator(), options.max_q.denominator());
    let judge = Judge { options, whole, seen, ratio: fraction(options.min_ratio), q: float::divide(false, n.into(), d.into()) };
    found.retain(|one| one.ratio >= judge.ratio && one.q <= judge.q);
    let mut kept = judge.prune(&found);
    kept.sort_by(|one, other| order(one, other));
    kept.truncate(options.most.clamp(1, PATTERNS_MAX));
    (kept.into_iter().map(|one| pattern(one, now, table, combinations)).collect(), tested)
}

impl Judge<'_> {
    /// What stays, in the order in which it came: shorter ones first.
    fn prune<'f>(&self, found: &'f [Tested<'f>]) -> Vec<&'f Tested<'f>> {
        let mut events = BTreeSet::new();
        let mut kept: Vec<&Tested<'_>> = Vec::new();
        for one in found {
            let Found { counts, mark, is_outcome, .. } = *one.found;
            let is_new = one.found.seen.bad == 0 || events.insert((is_outcome, counts.good, counts.bad, mark));
            let is_explained =
                || kept.iter().any(|shorter| shorter.found.items.is_part_of(one.found.items) && self.adds_nothing(one, shorter));
            if is_new && !is_explained() {
                kept.push(one);
            }
        }
        let mut last: Vec<&Tested<'_>> = Vec::new();
        for one in kept.into_iter().rev() {
            if !last.iter().any(|longer| one.found.items.is_part_of(longer.found.items) && self.is_nothing_without(one, longer)) {
                last.push(one);
            }
        }
        last.reverse();
        last
    }

    /// Whether a longer pattern says no more than a shorter one within it.
    fn adds_nothing(&self, longer: &Tested<'_>, shorter: &Tested<'_>) -> bool {
        longer.cells.bad_ratio() < shorter.cells.bad_ratio().times(6, 5) || mid_p(Cells::of(longer.found.seen, shorter.found.seen)) > self.q
    }

    /// Whether a shorter pattern would be none, were the events of a longer one not there.
    fn is_nothing_without(&self, shorter: &Tested<'_>, longer: &Tested<'_>) -> bool {
        let rest = without(shorter.found.counts, longer.found.counts);
        let rest_seen = without(shorter.found.seen, longer.found.seen);
        let ratio = || Cells { inside: rest, outside: shorter.cells.outside }.risk_ratio();
        let p = || mid_p(Cells { inside: rest_seen, outside: without(self.seen, shorter.found.seen) });
        rest.bad == 0 || !self.options.min_support.is_reached(rest.bad, self.whole.bad) || ratio() < self.ratio || p() > self.q
    }
}

/// Gives each its q value: the least, over all p values that are not smaller, of p times the number of
/// tests over how many are not greater. Outcomes by themselves.
fn correct(found: &mut [Tested<'_>]) {
    for is_outcome in [false, true] {
        let mut these: Vec<&mut Tested<'_>> = found.iter_mut().filter(|one| one.found.is_outcome == is_outcome).collect();
        these.sort_by(|one, other| one.p.total_cmp(&other.p));
        let tests = these.len() as f64;
        let mut least = 1.0f64;
        for (place, one) in these.into_iter().enumerate().rev() {
            least = least.min(one.p * (tests / (place + 1) as f64)); // a factor of at least 1, so never below p
            one.q = least;
        }
    }
}

/// The worst first, outcomes behind.
fn order(one: &Tested<'_>, other: &Tested<'_>) -> Ordering {
    let outcomes = one.found.is_outcome.cmp(&other.found.is_outcome);
    let ranks = || other.cells.rank().cmp(&one.cells.rank());
    let ratios = || other.ratio.cmp(&one.ratio);
    let attributes = || one.found.items.iter().cmp(other.found.items.iter());
    outcomes.then_with(ranks).then_with(ratios).then_with(attributes)
}

fn pattern(one: &Tested<'_>, now: &Evidence, table: &Table<'_>, combinations: &Combinations<'_>) -> Pattern {
    let Found { items, counts, is_exact, is_outcome, .. } = *one.found;
    let attribute = |item: u16| {
        let (dimension, value) = combinations.singles[usize::from(item)];
        (String::from(table.dimensions[dimension].name), String::from(value))
    };
    Pattern {
        attributes: items.iter().map(attribute).collect(),
        bad: counts.bad,
        total: counts.total(),
        is_exact,
        is_outcome,
        support: float::divide(false, counts.bad.into(), table.whole.bad.into()),
        risk_ratio: one.ratio.rounded(false),
        excess: one.cells.excess(),
        p_value: one.p,
        q_value: one.q,
        examples: examples(&now.bad, &combinations.bad, combinations, items),
        counterexamples: examples(&now.good, &combinations.good, combinations, items),
    }
}

/// The first samples that have these values and a context, each of another trace.
fn examples(samples: &Samples, numbers: &[Numbers], combinations: &Combinations<'_>, items: Items) -> Vec<(TraceId, SpanId)> {
    let has_all = |numbers: &Numbers| items.iter().all(|item| numbers[combinations.singles[usize::from(item)].0] == item);
    let those = samples.kept.iter().zip(numbers).filter(|(sample, numbers)| sample.count > 0 && has_all(numbers));
    let mut examples: Vec<(TraceId, SpanId)> = Vec::new();
    for (trace, span) in those.filter_map(|(sample, _)| sample.context) {
        if examples.len() < EXAMPLES_MAX && examples.iter().all(|(other, _)| *other != trace) {
            examples.push((trace, span));
        }
    }
    examples
}

fn fraction(ratio: Ratio) -> Fraction {
    Fraction::new(ratio.numerator().into(), ratio.denominator().into())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;

    use super::super::{Analysis, Sample, analyze};
    use super::*;

    /// Events by what they have in two or three dimensions, good and bad.
    fn evidence(rows: &[(&str, u64, u64)]) -> Evidence {
        let mut evidence = Evidence { dimensions: vec!["room".into(), "day".into(), "cook".into()], ..Evidence::default() };
        evidence.values = vec![Default::default(); 3];
        for (place, (values, good, bad)) in (1u128..).zip(rows) {
            let mut values: Vec<String> = values.split(' ').map(|value| value.trim_matches('-').to_string()).collect();
            values.resize(3, String::new());
            for (dimension, value) in values.iter().enumerate() {
                evidence.values[dimension].entry(value.clone()).or_default().add(Counts { good: *good, bad: *bad });
            }
            let context = Some((TraceId::new(place).unwrap(), SpanId::new(1).unwrap()));
            let sample = |count| Sample { values: values.clone().into(), context, count };
            evidence.good.kept.push(sample(*good));
            evidence.bad.kept.push(sample(*bad));
        }
        evidence
    }

    fn told(analysis: &Analysis) -> Vec<String> {
        let of = |pattern: &Pattern| {
            let values: Vec<&str> = pattern.attributes.iter().map(|(_, value)| value.as_str()).collect();
            format!("{} {}/{}", values.join("+"), pattern.bad, pattern.total)
        };
        analysis.patterns.iter().map(of).collect()
    }

    fn found(rows: &[(&str, u64, u64)]) -> Vec<String> {
        told(&analyze(&evidence(rows), None, &Options::default()))
    }

    #[test]
    fn what_a_parent_explains_is_not_told() {
        // The kitchen is as bad on every day.
        let rows = [("kitchen mon", 30, 20), ("kitchen tue", 31, 19), ("hall mon", 240, 10), ("hall tue", 239, 11)];
        assert_eq!(found(&rows), ["kitchen 39/100"]);
        // A little worse on Mondays, which chance does as well.
        let rows = [("kitchen mon", 6, 9), ("kitchen tue", 24, 21), ("hall mon", 240, 10), ("hall tue", 239, 11)];
        assert_eq!(found(&rows), ["kitchen 30/60"]);
    }

    #[test]
    fn a_parent_that_is_nothing_without_its_child_is_not_told() {
        // Only the kitchen on Mondays is bad; of the kitchen and of Mondays nothing else is.
        let rows = [("kitchen mon", 10, 40), ("kitchen tue", 97, 3), ("hall mon", 96, 4), ("hall tue", 580, 20)];
        assert_eq!(found(&rows), ["kitchen+mon 40/50"]);
        // Three together.
        let rows = [
            ("kitchen mon ann", 10, 40),
            ("kitchen mon bob", 97, 3),
            ("kitchen tue ann", 97, 3),
            ("hall mon ann", 97, 3),
            ("kitchen tue bob", 97, 3),
            ("hall mon bob", 97, 3),
            ("hall tue ann", 97, 3),
            ("hall tue bob", 97, 3),
        ];
        assert_eq!(found(&rows), ["kitchen+mon+ann 40/50"]);
    }

    #[test]
    fn a_parent_and_its_child_are_both_told_where_both_are_bad() {
        let rows = [("kitchen mon", 2, 48), ("kitchen tue", 70, 30), ("hall mon", 97, 3), ("hall tue", 580, 20)];
        assert_eq!(found(&rows), ["kitchen+mon 48/50", "kitchen 78/150"]);
    }

    #[test]
    fn the_same_events_are_told_once_and_equal_counts_of_others_are_not_the_same() {
        let rows = [("kitchen mon ann", 5, 20), ("hall tue bob", 200, 10), ("yard tue bob", 200, 10)];
        assert_eq!(found(&rows), ["kitchen 20/25"]);
        let rows = [("kitchen tue", 5, 20), ("hall mon", 5, 20), ("yard tue", 200, 5), ("barn tue", 200, 5)];
        assert_eq!(found(&rows), ["hall 20/25", "kitchen 20/25"]);
    }

    #[test]
    fn an_outcome_comes_last_and_hides_no_cause() {
        let rows = [("kitchen burnt", 0, 20), ("kitchen", 5, 0), ("hall burnt", 0, 1), ("hall spilt", 0, 9), ("hall", 290, 0)];
        let analysis = analyze(&evidence(&rows), None, &Options::default());
        assert_eq!(told(&analysis), ["kitchen 20/25", "burnt 21/21", "spilt 9/9"]);
        assert_eq!(analysis.patterns.iter().map(|pattern| pattern.is_outcome).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(analysis.tested, 4, "an outcome is not combined");
        let context = |trace: u128| (TraceId::new(trace).unwrap(), SpanId::new(1).unwrap());
        assert_eq!((&analysis.patterns[0].examples, &analysis.patterns[0].counterexamples), (&vec![context(1)], &vec![context(2)]));
    }

    #[test]
    fn what_all_events_have_is_no_pattern_nor_part_of_one() {
        let rows = [("kitchen mon", 5, 20), ("hall mon", 200, 10)];
        let analysis = analyze(&evidence(&rows), None, &Options::default());
        assert_eq!((told(&analysis), analysis.tested), (vec!["kitchen 20/25".to_string()], 2));
    }

    #[test]
    fn counts_of_combinations_are_estimated_from_samples_that_are_not_all() {
        let rows = [("kitchen mon", 1, 40), ("kitchen tue", 10, 3), ("hall mon", 10, 4), ("hall tue", 58, 20)];
        let mut evidence = evidence(&rows);
        for (_, counts) in evidence.values.iter_mut().flatten() {
            counts.good *= 10;
        }
        evidence.good.left_out = 9 * 79;
        let analysis = analyze(&evidence, None, &Options::default());
        assert_eq!((told(&analysis), analysis.is_exact), (vec!["kitchen+mon 40/50".to_string()], false));
        assert!(!analysis.patterns[0].is_exact);
        evidence.good.kept.clear(); // then nothing is known of any combination
        evidence.good.left_out = 790;
        let analysis = analyze(&evidence, None, &Options::default());
        assert_eq!(told(&analysis), ["mon 44/154", "kitchen 43/153"]);
        assert!(analysis.patterns.iter().all(|pattern| pattern.is_exact) && !analysis.is_exact);
    }

    #[test]
    fn every_example_is_of_another_trace() {
        let mut evidence = evidence(&[("kitchen mon", 1, 40), ("kitchen tue", 1, 40), ("hall mon", 90, 1), ("hall tue", 90, 1)]);
        for samples in [&mut evidence.bad, &mut evidence.good] {
            samples.kept.iter_mut().for_each(|sample| sample.context = Some((TraceId::new(7).unwrap(), SpanId::new(1).unwrap())));
        }
        let pattern = &analyze(&evidence, None, &Options::default()).patterns[0];
        assert_eq!((pattern.examples.len(), pattern.counterexamples.len()), (1, 1));
    }

    #[test]
    fn options_outside_their_limits_are_brought_to_the_nearest() {
        let rows = [("kitchen tue", 5, 20), ("hall mon", 5, 20), ("yard tue", 200, 5), ("barn tue", 200, 5)];
        let of = |order, most| told(&analyze(&evidence(&rows), None, &Options { order, most, ..Options::default() }));
        assert_eq!((of(0, 0), of(9, 1)), (of(1, 1), of(3, 1)));
        assert_eq!(of(3, usize::MAX).len(), 2);
    }
}
