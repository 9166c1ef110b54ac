//! Inputs that vary as those of a program do, and are the same in every run.
//!
//! Each list has [`PLACES`] entries, a power of two, so that going round in it costs no division.
//! Deliberately absent: the system's entropy.

/// How many entries a list has: more than a branch predictor learns, few enough for the first cache.
pub const PLACES: usize = 2_048;

/// Numbers from a seed (SplitMix64; Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// A number below a limit, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }
}

/// Durations in seconds as clocks give them, whole nanoseconds: from `shortest` nanoseconds on over
/// so many octaves, each of which is as likely as the next.
#[must_use]
pub fn durations(shortest: u64, octaves: u64) -> Vec<f64> {
    let mut chance = Chance(1);
    let nanos = std::iter::repeat_with(|| (shortest + chance.below(shortest)) << chance.below(octaves));
    nanos.take(PLACES).map(|nanos| nanos as f64 / 1e9).collect()
}

/// Places in a list of so many entries.
#[must_use]
pub fn places(entries: usize) -> Vec<usize> {
    let mut chance = Chance(2);
    std::iter::repeat_with(|| chance.below(entries as u64) as usize).take(PLACES).collect()
}

/// Whole numbers as counters come to hold, of one to seven digits.
#[must_use]
pub fn totals() -> Vec<u64> {
    let mut chance = Chance(3);
    std::iter::repeat_with(|| 1 + ((chance.bits() & 0xf_ffff) >> chance.below(20))).take(PLACES).collect()
}

/// So many numbers from 0 to below 1.
pub fn chances(count: usize) -> impl Iterator<Item = f64> {
    let mut chance = Chance(4);
    std::iter::repeat_with(move || (chance.bits() >> 11) as f64 / 9_007_199_254_740_992.0).take(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_vary_and_stay_in_their_bounds() {
        let durations = durations(1_000_000, 13);
        assert_eq!((durations.len(), places(50).len(), totals().len()), (PLACES, PLACES, PLACES));
        assert!(durations.iter().all(|seconds| (0.001..8.192).contains(seconds)));
        assert!(durations.iter().any(|seconds| *seconds < 0.002) && durations.iter().any(|seconds| *seconds > 4.0));
        assert_eq!(places(50).iter().collect::<std::collections::BTreeSet<_>>().len(), 50);
        assert!(totals().iter().all(|total| (1..=1 << 20).contains(total)));
    }
}
