//! The mapping of values to the buckets of a base-2 exponential histogram, exact at every scale.
//!
//! At scale s the base is 2^(2^-s), and bucket i holds what is above base^i and at most base^(i+1).
//! An index is the value's exponent times 2^s and a place among the boundaries between two powers of
//! two. Those of scale 8 stand in a table; a finer place comes from a short series with a proven
//! error, and where that does not decide, from the boundary itself to 120 bits. All of it is integer
//! arithmetic. Deliberately absent: logarithms and powers of the platform, counts, settings.

use crate::float;

/// The coarsest scale: two buckets hold every double (OpenTelemetry metrics data model).
pub(crate) const SCALE_MIN: i32 = -10;

/// The finest scale: an index still fits 32 bits.
pub(crate) const SCALE_MAX: i32 = 20;

const FINE: u32 = SCALE_MAX.unsigned_abs(); // boundaries between two powers of two, in bits
const COARSE: u32 = 8; // those of them that stand in the table, in bits
const BETWEEN: u32 = FINE - COARSE;

/// 2^(1/2), 2^(1/4), ..., 2^(2^-20), less than two units of 2^-127 too small.
static ROOTS: [u128; FINE as usize] = roots();

/// 2^(i/256) in units of 2^-63, rounded down; the last, which does not fit, one unit too small.
static BOUNDARIES: [u64; (1 << COARSE) + 1] = boundaries();

/// For each 512th of the way from one power of two to the next, how many boundaries lie before it.
/// The buckets are wider than that, so that at most one more lies within it.
static STARTS: [u8; 512] = starts();

/// The index of the bucket that holds a value: `base^index < value <= base^(index + 1)` with base
/// `2^(2^-scale)`. Exact for every finite value above zero; a subnormal one is taken for the smallest
/// normal one, as the specification asks. The sign is not looked at, and of a scale outside -10 to 20
/// the nearest one inside is taken.
#[inline]
#[must_use]
pub fn bucket_index(value: f64, scale: i32) -> i32 {
    let scale = scale.clamp(SCALE_MIN, SCALE_MAX);
    let bits = value.abs().max(f64::MIN_POSITIVE).to_bits();
    let exponent = (bits >> 52).cast_signed() as i32 - 1023;
    let fraction = bits << 12 >> 1; // in units of 2^-63
    if scale <= 0 {
        return (exponent - i32::from(fraction == 0)) >> -scale;
    }
    if fraction == 0 {
        return (exponent << scale) - 1; // a power of two is the upper bound of its bucket
    }
    let mantissa = 1 << 63 | fraction;
    let coarse = coarse(mantissa);
    if scale <= COARSE.cast_signed() {
        return ((exponent << COARSE) + coarse.cast_signed()) >> (COARSE.cast_signed() - scale);
    }
    ((exponent << FINE) + fine(mantissa, coarse).cast_signed()) >> (SCALE_MAX - scale)
}

/// The double nearest to `base^index`; where that is none, the largest or the smallest above zero.
pub(crate) fn power(scale: i32, index: i64) -> f64 {
    let scale = scale.clamp(SCALE_MIN, SCALE_MAX);
    let (exponent, place) = if scale <= 0 {
        (index.saturating_mul(1 << -scale), 0)
    } else {
        (index >> scale, ((index << (SCALE_MAX - scale)) & ((1 << FINE) - 1)) as u32)
    };
    let exponent = exponent.clamp(-1100, 1100) as i32; // past every double
    // What is not a power of two is irrational, so that it never lies halfway between two doubles.
    float::round(false, boundary(place), exponent - 127, place != 0).clamp(f64::from_bits(1), f64::MAX)
}

/// The place of a mantissa (in units of 2^-63, above 1) among the boundaries of scale 8.
#[inline]
fn coarse(mantissa: u64) -> u32 {
    let start = STARTS[(mantissa << 1 >> 55) as usize];
    // All boundaries but 1 and 2 are irrational, so above one means above what it is rounded down to.
    u32::from(start) + u32::from(mantissa > BOUNDARIES[start as usize + 1])
}

/// The place of a mantissa among the boundaries of scale 20, from that at scale 8.
///
/// With x the rest of the mantissa above the boundary of scale 8, below 2^(1/256) - 1, the partial sum
/// x - x^2/2 + x^3/3 is above ln(1 + x) by less than x^4/4, which makes less than 0.7 * [`DOUBT`] of
/// the logarithm. What the steps round away makes less than 2^11 units more, mostly 2^-62 of x.
fn fine(mantissa: u64, coarse: u32) -> u32 {
    const ONE: u64 = 1 << 63;
    const THIRD: u64 = u64::MAX / 3; // in units of 2^-64
    const LOG2_E: u64 = 0xb8aa_3b29_5c17_f0bb; // 1 / ln 2 in units of 2^-63, rounded down
    const UNIT: u32 = 71 - FINE; // of the logarithm in units of 2^-71, the bits below one place
    const DOUBT: u64 = 1 << 36;
    // 2^((256 - i)/256) in units of 2^-63 is 2^(-i/256) in units of 2^-64.
    let rest = high(mantissa, BOUNDARIES[(1 << COARSE) - coarse as usize]).saturating_sub(ONE);
    let x = rest << 1; // in units of 2^-64, below 2^56
    let bend = high(x, ONE - high(x, THIRD)); // x/2 - x^2/3
    let wide = x << 8; // x in units of 2^-72
    let logarithm = high(wide - high(wide, bend), LOG2_E); // in units of 2^-71, at most 2^63
    let nearest = (logarithm + (1 << (UNIT - 1))) >> UNIT;
    let place =
        if logarithm.abs_diff(nearest << UNIT) >= DOUBT { (logarithm >> UNIT) as u32 } else { beside(mantissa, coarse, nearest as u32) };
    coarse << BETWEEN | place
}

/// Which of the two places beside a boundary within a bucket of scale 8 is a mantissa's.
#[cold]
fn beside(mantissa: u64, coarse: u32, nearest: u32) -> u32 {
    if nearest == 0 {
        return 0; // the table has decided that it is above
    }
    let is_above = nearest < 1 << BETWEEN && u128::from(mantissa) << 64 > boundary(coarse << BETWEEN | nearest);
    nearest - u32::from(!is_above)
}

/// 2^(place / 2^20) in units of 2^-127, less than 2^7 units too small; exact for place 0.
///
/// Each of at most 20 factors is too small by less than 2^-126 of itself, each of at most 19 products
/// by less than 2^-127 more: together 59 * 2^-127 of a number below 2. No boundary comes that close to
/// a number of 54 bits (a test tries them all), so that comparing and rounding by this is exact.
const fn boundary(place: u32) -> u128 {
    let mut product = 1 << 127;
    let mut root = 0;
    while root < FINE {
        if place >> (FINE - 1 - root) & 1 == 1 {
            let (low, high) = wide(ROOTS[root as usize], product);
            product = high << 1 | low >> 127;
        }
        root += 1;
    }
    product
}

const fn roots() -> [u128; FINE as usize] {
    let mut roots = [0; FINE as usize];
    let mut square = (0, 1 << 127); // 2 in units of 2^-254: the low half and the high one
    let mut place = 0;
    while place < roots.len() {
        roots[place] = root(square);
        square = (roots[place] << 127, roots[place] >> 1);
        place += 1;
    }
    roots
}

/// The square root of a number of 256 bits, rounded down.
const fn root(square: (u128, u128)) -> u128 {
    let mut root = 0;
    let mut bit = 1 << 127;
    while bit != 0 {
        let longer = root | bit;
        let (low, high) = wide(longer, longer);
        if high < square.1 || (high == square.1 && low <= square.0) {
            root = longer;
        }
        bit >>= 1;
    }
    root
}

const fn boundaries() -> [u64; (1 << COARSE) + 1] {
    let mut boundaries = [u64::MAX; (1 << COARSE) + 1];
    let mut place = 0;
    while place < 1 << COARSE {
        boundaries[place] = (boundary((place << BETWEEN) as u32) >> 64) as u64;
        place += 1;
    }
    boundaries
}

const fn starts() -> [u8; 512] {
    let mut starts = [0; 512];
    let mut slot = 1;
    while slot < starts.len() {
        let mut before = starts[slot - 1];
        while BOUNDARIES[before as usize + 1] < 1 << 63 | (slot as u64) << 54 {
            before += 1;
        }
        starts[slot] = before;
        slot += 1;
    }
    starts
}

/// A product in two halves, the low one first.
const fn wide(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let lowest = (a & LOW) * (b & LOW);
    let middle = (a >> 64) * (b & LOW) + (lowest >> 64);
    let other = (a & LOW) * (b >> 64) + (middle & LOW);
    (other << 64 | lowest & LOW, (a >> 64) * (b >> 64) + (middle >> 64) + (other >> 64))
}

/// The high half of a product.
const fn high(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_boundary_is_so_close_to_54_bits_that_its_error_could_matter() {
        let mut closest = u128::MAX;
        for place in 1..1 << FINE {
            let below = boundary(place);
            let rest = below & ((1 << 74) - 1);
            assert_eq!(below >> 74, (below + (1 << 7)) >> 74, "{place}");
            closest = closest.min(rest).min((1 << 74) - rest);
        }
        assert_eq!(closest.ilog2(), 49); // 2^42 times the error
    }

    #[test]
    fn both_neighbours_of_every_boundary_have_their_place() {
        for place in 1..1 << FINE {
            let below = f64::from_bits((1023 << 52) - (1 << 52) + (boundary(place) >> 75) as u64);
            assert_eq!(bucket_index(below, SCALE_MAX), place.cast_signed() - 1, "below {place}");
            assert_eq!(bucket_index(below.next_up(), SCALE_MAX), place.cast_signed(), "above {place}");
        }
    }

    #[test]
    fn the_table_has_at_most_one_boundary_for_each_start() {
        for (slot, start) in STARTS.iter().enumerate() {
            let end = 1 << 63 | (slot as u64) << 54 | ((1 << 54) - 1);
            let within = BOUNDARIES.iter().skip(usize::from(*start) + 1).filter(|boundary| **boundary < end).count();
            assert!(within <= 1, "{slot}");
        }
        assert_eq!((BOUNDARIES[0], BOUNDARIES[256], STARTS[0], STARTS[511]), (1 << 63, u64::MAX, 0, 255));
    }

    #[test]
    fn every_double_has_an_index_and_every_index_a_bound() {
        for scale in SCALE_MIN..=SCALE_MAX {
            let [smallest, largest] = [f64::MIN_POSITIVE, f64::MAX].map(|value| bucket_index(value, scale));
            assert_eq!([f64::from_bits(1), 1e-310].map(|value| bucket_index(value, scale)), [smallest; 2]);
            assert_eq!([1.0, 2.0, -2.0].map(|value| bucket_index(value, scale)), [-1, (1 << scale.max(0)) - 1, (1 << scale.max(0)) - 1]);
            assert!(power(scale, smallest.into()) < f64::MIN_POSITIVE && power(scale, i64::from(smallest) + 1) >= f64::MIN_POSITIVE);
            assert!(power(scale, largest.into()) < f64::MAX);
            for (index, bound) in [(i64::from(largest) + 1, f64::MAX), (i64::MAX, f64::MAX), (i64::MIN, 5e-324), (0, 1.0)] {
                assert_eq!(power(scale, index), bound, "{scale} {index}");
            }
        }
        assert_eq!((power(1, 1), power(2, 1), power(8, -1)), (core::f64::consts::SQRT_2, 1.189207115002721, 0.9972960560854701));
        assert_eq!((bucket_index(3.0, 99), bucket_index(3.0, -99)), (bucket_index(3.0, 20), bucket_index(3.0, -10)));
    }
}
