//! Exponential histograms are exact and canonical: every double in its bucket at every scale, and a
//! state that depends on the values alone.
//!
//! The mapping is held against big integers and against vectors that are not ours, the state against
//! a count from scratch. Deliberately absent: families and snapshots, which have laws of their own.

use std::collections::BTreeMap;

use codomyrmex_telemetry::metrics::{Buckets, Exponential, ExponentialOptions, bucket_index};
use codomyrmex_telemetry_tests::{Chance, cases};
use num_bigint::BigUint;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const SCALES: std::ops::RangeInclusive<i32> = -10..=20;
const BITS: u64 = 256; // behind the point, of the oracle's powers

/// `2^(place / 2^20)` for every place, as two factors in units of 2^-256, each too small by less than
/// 2^20 units.
struct Powers {
    high: Vec<BigUint>, // of the places that 2^10 divides
    low: Vec<BigUint>,  // of those below it
}

impl Powers {
    fn new() -> Self {
        let [one, mut root] = [1u8, 2].map(|number| [BigUint::from(number) << BITS, BigUint::from(number) << BITS]);
        // Between two numbers: one is always rounded down, the other always up.
        let roots: Vec<_> = (0..20)
            .map(|_| {
                root = [(&root[0] << BITS).sqrt(), (&root[1] << BITS).sqrt() + 1u8];
                root.clone()
            })
            .collect();
        let factor = |roots: &[[BigUint; 2]], place: usize| {
            let taken = roots.iter().enumerate().filter(|(bit, _)| place >> (9 - bit) & 1 == 1);
            let [low, high] =
                taken.fold(one.clone(), |[low, high], (_, root)| [(low * &root[0]) >> BITS, ((high * &root[1]) >> BITS) + 1u8]);
            assert!(&high - &low < BigUint::from(1u32 << 20));
            low
        };
        let part = |roots: &[[BigUint; 2]]| (0..1 << 10).map(|place| factor(roots, place)).collect();
        Self { high: part(&roots[..10]), low: part(&roots[10..]) }
    }

    /// `2^(53 + place / 2^20)`, rounded down.
    fn floor(&self, place: usize) -> u64 {
        let product = &self.high[place >> 10] * &self.low[place & 1023];
        // With 53 + 72 bits behind the point. The factors are too small by what makes less than 2^22 in
        // units of 2^-256, so the rest of these bits decides unless all of them are ones.
        let bits = u128::try_from(product >> (2 * BITS - 53 - 72)).unwrap();
        assert_ne!(bits as u64, u64::MAX, "the oracle must decide");
        (bits >> 72) as u64
    }
}

/// The double with this mantissa of 53 bits in [1, 2), times a power of two.
fn double(mantissa: u64, exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).unwrap() << 52 | mantissa & ((1 << 52) - 1))
}

#[test]
fn both_neighbours_of_every_boundary_at_every_scale_are_where_big_integers_put_them() {
    let (powers, mut chance) = (Powers::new(), Chance::new(20));
    for place in 1..1i32 << 20 {
        let floor = powers.floor(place as usize);
        let exponent = (chance.bits() % 2046) as i32 - 1022;
        let [below, above] = [floor >> 1, (floor >> 1) + 1].map(|mantissa| double(mantissa, exponent));
        let index = (exponent << 20) + place;
        assert_eq!((bucket_index(below, 20), bucket_index(above, 20)), (index - 1, index), "{place}");
        // The last bit that was kept, and that the rest is not zero, say which of them is nearest.
        let nearest = if floor & 1 == 1 { above } else { below };
        assert_eq!((Exponential::bounds(20, index).0, Exponential::bounds(20, index - 1).1), (nearest, nearest), "{place}");
        // The boundaries of a coarser scale are every second of the finer one; three are tried of each.
        let scale = 20 - place.trailing_zeros().cast_signed();
        for coarser in scale.max(1)..=(scale + 2).min(19) {
            let index = index >> (20 - coarser);
            assert_eq!((bucket_index(below, coarser), bucket_index(above, coarser)), (index - 1, index), "{place} at {coarser}");
            assert_eq!(Exponential::bounds(coarser, index).0, nearest, "{place} at {coarser}");
        }
    }
}

#[test]
fn powers_of_two_are_upper_bounds_at_every_scale() {
    for (scale, exponent) in SCALES.flat_map(|scale| (-1022..1024).map(move |exponent| (scale, exponent))) {
        let value = double(1 << 52, exponent);
        // exponent * 2^scale, rounded down and up: the bounds that the value is at or between.
        let unit = 1 << (-scale).max(0);
        let [down, up] = [exponent.div_euclid(unit), -(-exponent).div_euclid(unit)].map(|index| index << scale.max(0));
        assert_eq!((bucket_index(value, scale), bucket_index(value.next_up(), scale)), (up - 1, down), "{value} at {scale}");
        let bounds = [down, up].map(|index| Exponential::bounds(scale, index).0);
        assert!(bounds[0] <= value && value <= bounds[1] && (up > down) == (bounds[0] < bounds[1]), "{value} at {scale}");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "who runs the tests should know what was not tried")]
fn every_vector_is_met() {
    let Some(folder) = std::env::var_os("CODOMYRMEX_VECTORS") else {
        println!("CODOMYRMEX_VECTORS is not set: no vectors of the exponential histogram were tried");
        return;
    };
    let path = std::path::Path::new(&folder).join("otel-exponential-histogram/buckets.json");
    let rows: Vec<(i32, String, i32)> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(rows.len(), 6_882);
    for (scale, bits, index) in rows {
        let value = f64::from_bits(u64::from_str_radix(&bits, 16).unwrap());
        assert_eq!(bucket_index(value, scale), index, "{value} at {scale}");
    }
}

/// What values come to, counted from scratch at every scale until one fits.
#[derive(Debug, Eq, PartialEq)]
struct State {
    scale: i32,
    zeros: u64,
    signs: [BTreeMap<i32, u64>; 2],
}

type Values = Vec<(f64, u64)>;

impl State {
    fn at(scale: i32, options: &ExponentialOptions, values: &[(f64, u64)]) -> Self {
        let mut state = Self { scale, zeros: 0, signs: Default::default() };
        for (value, count) in values.iter().filter(|(_, count)| *count > 0) {
            let entry = if value.abs() <= options.zero_threshold.get() {
                &mut state.zeros
            } else {
                state.signs[usize::from(*value < 0.0)].entry(bucket_index(value.abs(), scale)).or_default()
            };
            *entry = entry.saturating_add(*count);
        }
        state
    }

    fn naive(options: &ExponentialOptions, values: &[(f64, u64)]) -> Self {
        let span = |sign: &BTreeMap<i32, u64>| sign.keys().next_back().map_or(0, |last| last - sign.keys().next().unwrap() + 1);
        let fits = |state: &Self| state.signs.iter().all(|sign| span(sign) <= options.max_size.cast_signed());
        (-10..=options.max_scale).rev().map(|scale| Self::at(scale, options, values)).find(fits).unwrap()
    }

    fn of(seen: &Exponential) -> Self {
        let sign = |buckets: &Buckets| {
            let counts = buckets.counts();
            assert!(counts.first().is_none_or(|first| *first > 0) && counts.last().is_none_or(|last| *last > 0));
            assert!(!counts.is_empty() || buckets.offset() == 0);
            (buckets.offset()..).zip(counts.iter().copied()).filter(|(_, count)| *count > 0).collect()
        };
        Self { scale: seen.scale(), zeros: seen.zero_count(), signs: [sign(seen.positive()), sign(seen.negative())] }
    }
}

fn observed(options: &ExponentialOptions, values: &[(f64, u64)]) -> Exponential {
    let mut seen = Exponential::new(options);
    values.iter().for_each(|(value, count)| seen.observe(options, *value, *count));
    seen
}

fn read(options: &ExponentialOptions, seen: &Exponential) -> Option<Exponential> {
    let [positive, negative] = [seen.positive(), seen.negative()].map(|buckets| (buckets.offset(), buckets.counts().to_vec()));
    Exponential::from_parts(options, seen.scale(), seen.zero_count(), positive, negative)
}

fn settings() -> impl Strategy<Value = ExponentialOptions> {
    (select(vec![2, 3, 4, 7, 20, 160, 1_024]), -10..=20, select(vec![0.0, 0.0, 5e-324, 1e-3, 1.0, 300.0]))
        .prop_map(|(max_size, max_scale, zero_threshold)| ExponentialOptions::new(max_size, max_scale, zero_threshold))
}

/// Values of either sign: close together, everyday, of every exponent, and the ends.
fn values(length: std::ops::Range<usize>) -> impl Strategy<Value = Values> {
    let magnitude = prop_oneof![
        3 => (0..1u64 << 44).prop_map(|ulps| f64::from_bits(1.0f64.to_bits() + ulps)),
        2 => (0..100_000u32).prop_map(|cents| f64::from(cents) / 100.0),
        1 => (0..f64::INFINITY.to_bits()).prop_map(f64::from_bits),
        1 => select(vec![0.0, 5e-324, f64::MIN_POSITIVE, 0.5, 1.0, 2.0, 300.0, f64::MAX]),
    ];
    let count = prop_oneof![8 => Just(1), 2 => 0..5u64, 1 => Just(u64::MAX - 1)];
    // Some lists hold one kind of value only: of a mixture nearly all come to the coarsest scales.
    let spread = prop_oneof![Just(0), Just(40), Just(50), Just(64)];
    (vec((magnitude, any::<bool>(), count), length), spread).prop_map(|(values, spread)| {
        let near = |value: f64| f64::from_bits(1.0f64.to_bits() + value.to_bits() % (1 << spread));
        let one = |(value, is_negative, count): (f64, bool, u64)| {
            let value = if spread < 64 { near(value) } else { value };
            (if is_negative { -value } else { value }, count)
        };
        values.into_iter().map(one).collect()
    })
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn the_state_is_what_the_values_come_to_however_they_were_split_and_merged(
        options in settings(),
        values in values(0..60),
        parts in vec(any::<Index>(), 60),
        merges in vec(any::<(Index, Index)>(), 5),
    ) {
        let whole = observed(&options, &values);
        prop_assert_eq!(State::of(&whole), State::naive(&options, &values));
        let mut split = vec![Values::new(); merges.len() + 1];
        values.iter().zip(&parts).for_each(|(value, part)| split[part.index(merges.len() + 1)].push(*value));
        let mut merged: Vec<Exponential> = split.iter().map(|values| observed(&options, values)).collect();
        for (one, other) in &merges {
            let one = merged.swap_remove(one.index(merged.len()));
            let other = other.index(merged.len());
            merged[other].merge(&options, &one);
        }
        prop_assert_eq!(merged, [whole]);
    }

    #[test]
    fn what_was_observed_reads_back(options in settings(), values in values(0..20)) {
        let seen = observed(&options, &values);
        prop_assert_eq!(read(&options, &seen), Some(seen));
    }

    #[test]
    fn a_coarser_one_is_what_mapping_at_its_scale_comes_to(options in settings(), values in values(0..20), scale in -12i32..22) {
        let seen = observed(&options, &values);
        let at = scale.clamp(-10, seen.scale());
        prop_assert_eq!(State::of(&seen.downscaled(scale)), State::at(at, &options, &values));
    }

    #[test]
    fn buckets_coarser_than_they_had_to_be_read_back_and_merge_in_any_order(options in settings(), values in values(0..20), by in 0i32..12) {
        let seen = observed(&options, &values);
        let coarser = seen.downscaled(seen.scale() - by);
        prop_assume!(!(coarser.positive().is_empty() && coarser.negative().is_empty()));
        prop_assert_eq!(read(&options, &coarser), Some(coarser.clone()));
        let merged = |first: &Exponential, second: &Exponential| {
            let mut merged = first.clone();
            merged.merge(&options, second);
            merged
        };
        prop_assert_eq!(merged(&seen, &coarser), merged(&coarser, &seen));
        let whole = merged(&merged(&seen, &coarser), &seen);
        prop_assert_eq!(&whole, &merged(&seen, &merged(&coarser, &seen)));
        prop_assert_eq!(whole.scale(), coarser.scale());
    }

    #[test]
    fn a_value_is_within_the_bounds_of_its_bucket(bits in f64::MIN_POSITIVE.to_bits()..f64::INFINITY.to_bits(), scale in SCALES) {
        let value = f64::from_bits(bits);
        let (lower, upper) = Exponential::bounds(scale, bucket_index(value, scale));
        // A rounded bound can meet the value; it cannot pass it.
        prop_assert!(lower <= value && value <= upper, "{} < {} <= {}", lower, value, upper);
        prop_assert_eq!(bucket_index(-value, scale), bucket_index(value, scale));
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn an_index_is_that_of_the_powers_as_big_integers(
        mantissa in prop_oneof![1u64 << 52..1 << 53, (1u64 << 52..1 << 53).prop_map(|any| 1 << 52 | any & 0xff)],
        exponent in -1022..1024,
        scale in 0..11,
    ) {
        let place = (bucket_index(double(mantissa, exponent), scale) - (exponent << scale)) as i64;
        // 2^place < (mantissa / 2^52)^(2^scale) <= 2^(place + 1); the place of 1 itself is -1.
        let raised = BigUint::from(mantissa).pow(1 << scale);
        let power = |place: i64| BigUint::from(1u8) << ((52i64 << scale) + place).unsigned_abs();
        prop_assert!(power(place) < raised && raised <= power(place + 1), "{} {} {}", mantissa, exponent, scale);
    }
}
