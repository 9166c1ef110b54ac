//! Laws 1 and 5 for a summary's values: they depend on the multiset and on nothing else, quantiles lie
//! where they are said to lie, and whatever comes in, there is a bound.
//!
//! The oracle keeps every value and makes buckets by their definition. Deliberately absent: other
//! formats (`hdr`).

use std::collections::BTreeMap;

use codomyrmex_telemetry::Double;
use codomyrmex_telemetry::metrics::{Form, Values};
use codomyrmex_telemetry_tests::{Chance, cases};
use proptest::collection::vec;
use proptest::prelude::*;

/// Values and how often each was observed at once.
type Observed = [(f64, u64)];

/// A [`Form`] that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Kept {
    Exact(Vec<Double>),
    Buckets(u32, Vec<(Double, u64)>),
}

fn kept(values: &Values) -> Kept {
    match values.form() {
        Form::Exact(values) => Kept::Exact(values.to_vec()),
        Form::Buckets { cleared, buckets } => {
            assert_eq!(buckets.len(), buckets.clone().count());
            Kept::Buckets(cleared, buckets.collect())
        }
    }
}

fn observe(digits: u8, observed: &Observed) -> Values {
    let mut values = Values::default();
    for (value, count) in observed {
        values.observe(digits, *value, *count);
    }
    values
}

/// The bits of a fraction that are kept while there is room, and the buckets for which there is.
fn precision(digits: u8) -> (u32, usize) {
    let bits = (0..).find(|bits| 1u64 << bits >= 10u64.pow(digits.into())).unwrap();
    (bits, 8_192.min(32 << bits))
}

/// The value of a bucket that is nearest to zero.
fn nearest_to_zero(value: f64, cleared: u32) -> Double {
    if value == 0.0 {
        return Double::new(0.0);
    }
    let size = value.abs().to_bits() & (u64::MAX << cleared);
    Double::new(f64::from_bits(size.max(1)).copysign(value))
}

/// What must be kept, by definition.
fn naive(digits: u8, observed: &Observed) -> Kept {
    if observed.iter().map(|(_, count)| u128::from(*count)).sum::<u128>() <= 64 {
        let mut values: Vec<Double> = Vec::new();
        for (value, count) in observed {
            values.extend((0..*count).map(|_| Double::new(value + 0.0)));
        }
        values.sort();
        return Kept::Exact(values);
    }
    let (bits, most) = precision(digits);
    let at = |cleared: u32| {
        let mut buckets: BTreeMap<Double, u64> = BTreeMap::new();
        for (value, count) in observed {
            let bucket = buckets.entry(nearest_to_zero(*value, cleared)).or_default();
            *bucket = bucket.saturating_add(*count);
            if buckets.len() > most {
                return None;
            }
        }
        Some(Kept::Buckets(cleared, buckets.into_iter().collect()))
    };
    (52 - bits..64).find_map(at).unwrap()
}

/// Parts, merged two at a time in any order.
fn merged(digits: u8, observed: &Observed, parts: usize, chance: &mut Chance) -> Values {
    let mut observed = observed.to_vec();
    chance.shuffle(&mut observed);
    let mut values: Vec<Values> = vec![Values::default(); parts];
    for (value, count) in observed {
        values[chance.below(parts)].observe(digits, value, count);
    }
    while values.len() > 1 {
        let other = values.swap_remove(chance.below(values.len()));
        let place = chance.below(values.len());
        values[place].merge(digits, &other);
    }
    values.swap_remove(0)
}

/// Doubles of every exponent and both signs.
fn hostile() -> impl Strategy<Value = f64> {
    let edges = [0.0, -0.0, 5e-324, -5e-324, f64::MIN_POSITIVE, 1.0, -1.0, 0.1, f64::MAX, -f64::MAX, 1e-310];
    let any_bits = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite());
    prop_oneof![1 => proptest::sample::select(edges.to_vec()), 6 => any_bits]
}

/// Few values, many near one another, and many of every sort.
fn observed() -> impl Strategy<Value = Vec<(f64, u64)>> {
    let near = (0u32..2_000, -5i32..200).prop_map(|(step, octave)| f64::from(1_000 + step) * f64::from(octave) / 8.0);
    prop_oneof![
        vec((hostile(), 1u64..4), 0..70),
        vec((near, 1u64..4), 0..400),
        vec((hostile(), prop_oneof![9 => 1u64..4, 1 => Just(u64::MAX)]), 400..1_200),
    ]
}

/// Values that come to a form, if any do: both halves of a bucket where it has two and holds as many.
fn witness(kept: &Kept) -> Vec<(f64, u64)> {
    let Kept::Buckets(cleared, buckets) = kept else { return Vec::new() };
    let mut observed = Vec::new();
    for (bucket, count) in buckets {
        let upper = f64::from_bits(bucket.get().to_bits() | 1u64.checked_shl(cleared.wrapping_sub(1)).unwrap_or(0));
        let both = *count > 1 && bucket.get() != 0.0 && upper.is_finite();
        observed.extend(both.then_some((upper, 1)));
        observed.push((bucket.get(), count - u64::from(both)));
    }
    observed
}

/// Makes a form another, which may be none.
fn spoil(kept: &mut Kept, chance: &mut Chance) {
    let Kept::Buckets(cleared, buckets) = kept else { return };
    let place = chance.below(buckets.len());
    match chance.below(9) {
        0 => *cleared += 1,
        1 => *cleared -= 1,
        2 => buckets.truncate(place),
        3 => buckets.swap(place, 0),
        4 => buckets[place].1 = chance.bits() % 3,
        5 => buckets.iter_mut().for_each(|(_, count)| *count = 1),
        6 => buckets[place].0 = Double::new(f64::from_bits(buckets[place].0.get().to_bits() ^ 1 << chance.below(64))),
        7 => buckets[place].0 = Double::new([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][chance.below(4)]),
        _ => *cleared = chance.bits() as u32 % 80,
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn what_is_kept_depends_on_the_multiset_alone(observed in observed(), digits in 1..=5u8, parts in 1..9usize, seed in any::<u64>()) {
        let once = observe(digits, &observed);
        prop_assert_eq!(kept(&once), naive(digits, &observed));
        prop_assert_eq!(&merged(digits, &observed, parts, &mut Chance::new(seed)), &once);
        let total = observed.iter().fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        prop_assert_eq!((once.count(), once.is_empty()), (total, total == 0));
    }

    #[test]
    fn the_value_of_a_rank_lies_where_it_is_said_to_lie(values in vec(hostile(), 0..300), digits in 1..=5u8, q in 0.0..=1.0f64) {
        let observed: Vec<_> = values.iter().map(|value| (*value, 1)).collect();
        let (all, mut sorted) = (observe(digits, &observed), values);
        sorted.sort_by(f64::total_cmp);
        let extremes = sorted.first().copied().zip(sorted.last().copied());
        for q in [q, 0.0, 0.5, 0.99, 1.0] {
            let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
            let (wide, found) = (all.quantile(q, None), all.quantile(q, extremes));
            let Some(truth) = sorted.get(rank - 1) else {
                prop_assert_eq!((wide, found), (None, None));
                continue;
            };
            let (wide, found) = (wide.unwrap(), found.unwrap());
            prop_assert!(wide.low <= found.low && found.low <= *truth && *truth <= found.high && found.high <= wide.high, "{found:?}");
            prop_assert!(sorted[0] <= found.low && found.high <= sorted[sorted.len() - 1]);
            prop_assert_eq!(found.value, found.high);
            if sorted.len() <= 64 {
                prop_assert_eq!((wide.low, wide.high), (*truth, *truth));
            } else {
                let bucket = nearest_to_zero(*truth, 52 - precision(digits).0);
                prop_assert!(wide.low == bucket.get() || wide.high == bucket.get(), "{wide:?} {bucket:?}");
            }
        }
    }

    #[test]
    fn a_bucket_is_as_narrow_as_the_digits_say(value in hostile(), digits in 1..=5u8) {
        let values = observe(digits, &[(value, 65)]);
        let found = values.quantile(0.5, None).unwrap();
        prop_assert!(found.low <= value && value <= found.high);
        prop_assert_eq!(found.low == found.high, value == 0.0);
        let nearest = found.low.abs().min(found.high.abs());
        if nearest >= f64::MIN_POSITIVE {
            prop_assert!(found.high / nearest - found.low / nearest <= 1.0 / f64::from(10u32.pow(digits.into())), "{found:?}");
            let Kept::Buckets(cleared, _) = kept(&values) else { panic!("{values:?}") };
            let (past, before) = (found.high.next_up(), found.low.next_down());
            prop_assert!([past, before].iter().all(|other| nearest_to_zero(*other, cleared) != nearest_to_zero(value, cleared)));
        }
    }

    #[test]
    fn a_form_is_read_exactly_where_some_values_come_to_it(
        observed in vec((hostile(), 1u64..4), 70..1_200), digits in 1..=2u8, changes in 0..4, seed in any::<u64>(),
    ) {
        let (values, mut chance) = (observe(digits, &observed), Chance::new(seed));
        let mut form = kept(&values);
        for _ in 0..changes {
            spoil(&mut form, &mut chance);
            if matches!(&form, Kept::Buckets(_, buckets) if buckets.is_empty()) {
                break;
            }
        }
        let Kept::Buckets(cleared, buckets) = form.clone() else { panic!("{form:?}") };
        let read = Values::from_buckets(digits, cleared, buckets);
        let some = observe(digits, &witness(&form));
        prop_assert_eq!(read, (kept(&some) == form).then_some(some));
        if changes == 0 {
            prop_assert_eq!(kept(&values), form);
        }
    }

    #[test]
    fn exact_values_are_read_back_and_nothing_else(values in vec(hostile(), 0..80), seed in any::<u64>()) {
        let mut doubles: Vec<Double> = values.iter().copied().map(Double::new).collect();
        if !Chance::new(seed).one_in(4) {
            doubles.sort();
        }
        let observed: Vec<_> = values.iter().map(|value| (*value, 1)).collect();
        let kept_values = observe(3, &observed);
        let is_form = matches!(kept_values.form(), Form::Exact(kept) if kept == doubles);
        prop_assert_eq!(Values::from_exact(doubles), is_form.then_some(kept_values));
    }
}

#[test]
fn values_of_every_exponent_and_both_signs_stay_within_the_bound() {
    let mut chance = Chance::new(1);
    let mut observed = vec![(0.0, 1)];
    while observed.len() < 60_000 {
        let value = f64::from_bits(chance.bits());
        observed.extend(value.is_finite().then_some((value, 1)));
    }
    for (digits, cleared, buckets) in [(1, 56, 257), (2, 52, 4_095), (3, 51, 8_187), (4, 51, 8_187), (5, 51, 8_187)] {
        let values = merged(digits, &observed, 5, &mut chance);
        let form = kept(&values);
        let Kept::Buckets(found, kept_buckets) = &form else { panic!("{digits}") };
        assert_eq!((*found, kept_buckets.len()), (cleared, buckets), "{digits} digits");
        assert_eq!(form, naive(digits, &observed));
        assert_eq!(Values::from_buckets(digits, cleared, kept_buckets.clone()), Some(values));
    }
}

#[test]
fn what_is_not_finite_changes_nothing() {
    let mut values = observe(3, &[(1.0, 3)]);
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        values.observe(3, value, 100);
    }
    values.observe(3, 2.0, 0);
    assert_eq!(kept(&values), Kept::Exact(vec![Double::new(1.0); 3]));
    assert_eq!(Values::from_exact(vec![Double::new(f64::INFINITY)]), None);
}
