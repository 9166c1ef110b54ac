//! Change: what the bad ratio's change from one time to another came from.
//!
//! In each dimension the change is the sum, over its values, of two parts (Shapley 1953; the two orders
//! of changing shares and ratios are averaged). With w a value's share of all events, r its bad ratio,
//! R that of all, 0 before and 1 after:
//! ```text
//!   mix  = (w1 - w0) * ((r1 + r0) / 2 - (R1 + R0) / 2)    more events where it is worse than on average
//!   rate = (w1 + w0) / 2 * (r1 - r0)                      the same events, worse
//! ```
//! Taking off the average changes no sum, since the shares' changes add up to nothing, and makes a share
//! that grows at an average ratio a part of zero. Parts are in billionths of the ratio. They are computed
//! in fixed point, to within 2^-60 of a billionth, and rounded by largest remainder so that they add up
//! to the change itself, which is rounded from the exact fraction.
//! Deliberately absent: which value is to blame; parts are told, not judged.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use ethnum::U256;

use super::super::Counts;
use super::cells::total;
use super::table::{Dimension, Table};

/// Parts are told in these: a billion make a ratio of 1.
const BILLION: u64 = 1_000_000_000;

/// Bits behind the point of a part. One more than those of a product, since a part is half of a sum.
const FRACTION_BITS: u32 = 65;

/// How the bad ratio changed, and from what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What happened before.
    pub before: Counts,
    /// What happened after.
    pub after: Counts,
    /// By how much the bad ratio rose, in billionths, rounded; below zero where it fell.
    pub ratio: i64,
    /// By dimension, the parts that add up to it. The dimension with the greatest part is first.
    pub dimensions: Vec<ChangeOf>,
}

/// The change as one dimension divides it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeOf {
    /// The attribute's name.
    pub dimension: String,
    /// By value, in order; what is past the limit comes last. Together they are the change, exactly.
    pub parts: Vec<Part>,
}

/// What one value contributed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// The value; empty for events without the attribute, and for others.
    pub value: String,
    /// Whether this is what the values past the limit came to together.
    pub is_others: bool,
    /// How much came from its share of the events, in billionths of the bad ratio.
    pub mix: i64,
    /// How much came from its own bad ratio, in billionths of the bad ratio. Zero where one of the two
    /// times had no such event: then its ratio is taken to be that of the other.
    pub rate: i64,
    /// What happened before.
    pub before: Counts,
    /// What happened after.
    pub after: Counts,
}

impl Change {
    /// The change from one table to another, in the dimensions of the later one. A dimension that the
    /// earlier one has not is one that none of its events had. `None` where one has no events.
    pub(super) fn new(before: &Table<'_>, after: &Table<'_>) -> Option<Self> {
        let whole = Pair { before: before.whole, after: after.whole };
        if total(whole.before) == 0 || total(whole.after) == 0 {
            return None;
        }
        let ratio = change(whole);
        let earlier = |name: &str| before.dimensions.iter().find(|dimension| dimension.name == name);
        let of = |dimension: &Dimension<'_>| ChangeOf {
            dimension: dimension.name.into(),
            parts: parts(earlier(dimension.name), dimension, whole, ratio),
        };
        let mut dimensions: Vec<ChangeOf> = after.dimensions.iter().map(of).collect();
        dimensions.sort_by_key(|of| Reverse(of.parts.iter().map(|part| part.mix.unsigned_abs().max(part.rate.unsigned_abs())).max()));
        Some(Self { before: whole.before, after: whole.after, ratio, dimensions })
    }
}

/// Counts of two times.
#[derive(Clone, Copy)]
struct Pair {
    before: Counts,
    after: Counts,
}

/// The parts of one dimension.
fn parts(before: Option<&Dimension<'_>>, after: &Dimension<'_>, whole: Pair, ratio: i64) -> Vec<Part> {
    let absent = Pair { before: before.map_or(whole.before, |before| before.absent), after: after.absent };
    let others = Pair { before: before.map_or_else(Counts::default, |before| before.others), after: after.others };
    let values: BTreeSet<&str> = before.into_iter().chain([after]).flat_map(Dimension::present).map(|(value, _)| value).collect();
    let known = values.into_iter().map(|value| {
        let before = before.map_or_else(Counts::default, |before| before.get(value));
        (value, false, Pair { before, after: after.get(value) })
    });
    let rows: Vec<_> = [("", false, absent)].into_iter().chain(known).chain([("", true, others)]).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(.., pair)| total(pair.before) + total(pair.after) > 0).collect();
    let exact: Vec<i128> = rows.iter().flat_map(|(.., pair)| split(*pair, whole)).collect();
    let rounded = apportioned(&exact, ratio);
    let part = |((value, is_others, pair), rounded): (&(&str, bool, Pair), &[i64])| Part {
        value: String::from(*value),
        is_others: *is_others,
        mix: rounded[0],
        rate: rounded[1],
        before: pair.before,
        after: pair.after,
    };
    rows.iter().zip(rounded.chunks_exact(2)).map(part).collect()
}

/// The mix and the rate of a value, in fixed point.
fn split(value: Pair, whole: Pair) -> [i128; 2] {
    let share = |part: Counts, whole: Counts| [total(part), total(whole)];
    let ratio = |counts: Counts| [u128::from(counts.bad), total(counts)];
    // Half of a product of fractions, in units of half the last bit. All factors have at most 65 bits
    // and a billion has 30, so 224 are enough above the line.
    let half = |[a, b]: [u128; 2], [c, d]: [u128; 2]| {
        let above = (U256::from(a) * U256::from(c) * U256::from(BILLION)) << (FRACTION_BITS - 1);
        (above / (U256::from(b) * U256::from(d))).as_i128() // at most a billion
    };
    let known = |one: Counts, other: Counts| if total(one) > 0 { ratio(one) } else { ratio(other) };
    let (w0, w1) = (share(value.before, whole.before), share(value.after, whole.after));
    let (r0, r1) = (known(value.before, value.after), known(value.after, value.before));
    let (all0, all1) = (ratio(whole.before), ratio(whole.after));
    let grown = |ratio| half(w1, ratio) - half(w0, ratio);
    let mix = grown(r1) + grown(r0) - grown(all1) - grown(all0);
    let rate = half(w1, r1) + half(w0, r1) - half(w1, r0) - half(w0, r0);
    [mix, rate]
}

/// By how much the bad ratio rose, in billionths: rounded from the exact fraction, halves away from zero.
fn change(whole: Pair) -> i64 {
    let cross = |one: Counts, other: Counts| U256::from(one.bad) * U256::from(total(other));
    let (rise, fall) = (cross(whole.after, whole.before), cross(whole.before, whole.after));
    let below = U256::from(total(whole.before)) * U256::from(total(whole.after));
    let rounded = |difference: U256| ((difference * U256::from(2 * BILLION) + below) / (below * U256::from(2u8))).as_i64();
    if rise >= fall { rounded(rise - fall) } else { -rounded(fall - rise) }
}

/// Numbers in fixed point as whole ones that add up to a sum: each rounded down, then those with the
/// largest remainders raised by one; of equal remainders the first.
fn apportioned(exact: &[i128], sum: i64) -> Vec<i64> {
    let mut whole: Vec<i64> = exact.iter().map(|number| (number >> FRACTION_BITS) as i64).collect(); // within two billion
    let missing = sum - whole.iter().sum::<i64>();
    // Of parts that add up to the sum between none and all are raised. Counts that no longer add up,
    // since they stand at 2^64 - 1, may take more; the rule is the same.
    let count = whole.len() as i64;
    let (each, more) = (missing.checked_div_euclid(count).unwrap_or(0), missing.checked_rem_euclid(count).unwrap_or(0));
    let mut places: Vec<usize> = (0..whole.len()).collect();
    places.sort_by_key(|place| Reverse(exact[*place] & ((1 << FRACTION_BITS) - 1)));
    for (rank, place) in places.into_iter().enumerate() {
        whole[place] += each + i64::from((rank as i64) < more);
    }
    whole
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::string::ToString;
    use alloc::vec;

    use super::super::Evidence;
    use super::*;

    type Rows<'r> = &'r [(&'r str, u64, u64)]; // value, bad, all; the value "*" is others

    fn evidence(dimensions: &[(&str, Rows<'_>)]) -> Evidence {
        let mut evidence = Evidence::default();
        for (name, rows) in dimensions {
            let (mut values, mut others) = (BTreeMap::new(), Counts::default());
            for (value, bad, all) in *rows {
                let counts = Counts { good: all - bad, bad: *bad };
                let there = if *value == "*" { &mut others } else { values.entry(value.to_string()).or_default() };
                *there = counts;
            }
            evidence.dimensions.push(name.to_string());
            evidence.values.push(values);
            evidence.others.push(others);
        }
        evidence
    }

    fn changed(before: &[(&str, Rows<'_>)], after: &[(&str, Rows<'_>)]) -> Option<Change> {
        Change::new(&Table::new(&evidence(before)), &Table::new(&evidence(after)))
    }

    fn parts(of: &ChangeOf) -> Vec<(&str, i64, i64)> {
        of.parts.iter().map(|part| (if part.is_others { "*" } else { part.value.as_str() }, part.mix, part.rate)).collect()
    }

    #[test]
    fn a_change_of_shares_alone_is_mix() {
        // Each tool is as good as it was, but the bad one is used more: 10 % of 100, then of 300 among 400.
        let change = changed(&[("tool", &[("a", 50, 100), ("b", 0, 300)])], &[("tool", &[("a", 150, 300), ("b", 0, 100)])]).unwrap();
        assert_eq!((change.ratio, parts(&change.dimensions[0])), (250_000_000, vec![("a", 125_000_000, 0), ("b", 125_000_000, 0)]));
    }

    #[test]
    fn a_change_of_ratios_alone_is_rate() {
        let change = changed(&[("tool", &[("a", 10, 100), ("b", 0, 300)])], &[("tool", &[("a", 20, 50), ("b", 0, 150)])]).unwrap();
        assert_eq!((change.ratio, parts(&change.dimensions[0])), (75_000_000, vec![("a", 0, 75_000_000), ("b", 0, 0)]));
    }

    #[test]
    fn thirds_add_up_to_what_they_are_thirds_of() {
        let rows = [("a", 1, 1), ("b", 1, 1), ("c", 1, 1)];
        let change = changed(&[("tool", &[("a", 0, 1), ("b", 0, 1), ("c", 0, 1)])], &[("tool", &rows)]).unwrap();
        let third = 333_333_333;
        assert_eq!(
            (change.ratio, parts(&change.dimensions[0])),
            (1_000_000_000, vec![("a", 0, third + 1), ("b", 0, third), ("c", 0, third)])
        );
        let change = changed(&[("tool", &rows)], &[("tool", &[("a", 0, 1), ("b", 0, 1), ("c", 0, 1)])]).unwrap();
        assert_eq!((change.ratio, change.dimensions[0].parts.iter().map(|part| part.rate).sum::<i64>()), (-1_000_000_000, -1_000_000_000));
    }

    #[test]
    fn what_is_new_has_no_rate_and_what_is_past_the_limit_comes_last() {
        let before: [(&str, Rows<'_>); 1] = [("tool", &[("", 1, 4), ("old", 2, 4), ("*", 1, 8)])];
        let change = changed(&before, &[("tool", &[("", 1, 4), ("new", 4, 4), ("*", 3, 8)])]).unwrap();
        let of = &change.dimensions[0];
        // R is 1/4 before and 1/2 after. new: 1/4 * (1 - 3/8). old: -1/4 * (1/2 - 3/8). others: 1/2 * 1/4.
        assert_eq!(parts(of), [("", 0, 0), ("new", 156_250_000, 0), ("old", -31_250_000, 0), ("*", 0, 125_000_000)]);
        assert_eq!((of.parts[1].before.total(), of.parts[1].after.bad, of.parts[2].after.total()), (0, 4, 0));
    }

    #[test]
    fn dimensions_with_greater_parts_come_first_and_one_that_is_new_had_no_values() {
        let before: [(&str, Rows<'_>); 2] = [("day", &[("mon", 1, 10), ("tue", 1, 10)]), ("tool", &[("a", 1, 10), ("b", 1, 10)])];
        let rows: [(&str, Rows<'_>); 3] =
            [("new", &[("x", 4, 20)]), ("day", &[("mon", 2, 10), ("tue", 2, 10)]), ("tool", &[("a", 1, 10), ("b", 3, 10)])];
        let change = changed(&before, &rows).unwrap();
        let names: Vec<&str> = change.dimensions.iter().map(|of| of.dimension.as_str()).collect();
        assert_eq!(names, ["tool", "new", "day"]);
        assert_eq!(parts(&change.dimensions[1]), [("", 50_000_000, 0), ("x", 50_000_000, 0)]);
    }

    #[test]
    fn without_events_on_both_sides_there_is_no_change_and_the_greatest_counts_have_one() {
        let some: [(&str, Rows<'_>); 1] = [("tool", &[("a", 1, 2)])];
        assert!(changed(&[], &some).is_none() && changed(&some, &[("tool", &[])]).is_none());
        let most: [(&str, Rows<'_>); 1] = [("tool", &[("a", u64::MAX, u64::MAX), ("b", 1, u64::MAX), ("c", u64::MAX, u64::MAX)])];
        let change = changed(&most, &[("tool", &[("a", 0, u64::MAX), ("b", 1, 2)])]).unwrap();
        let sum: i64 = change.dimensions[0].parts.iter().map(|part| part.mix + part.rate).sum();
        assert_eq!((sum, change.ratio), (change.ratio, -500_000_000));
    }
}
