//! One slot, packed: an objective has thousands of them.
//!
//! Deliberately absent: counts too great to be packed, and which minutes a slot stands for; both are `slots`.

use super::Counts;

/// A slot in sixteen bytes: an objective has some two thousand of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slot {
    pub(super) start: u32, // its first minute since 1970; times end before 2^28 minutes
    low: [u32; 2],
    high: [u16; 2],
}

impl Slot {
    /// From here on a count does not fit.
    pub(super) const WIDE: u64 = (1 << 48) - 1;

    pub(super) const fn new(start: u32, counts: Counts) -> Self {
        let (good, bad) = if Self::fits(counts) { (counts.good, counts.bad) } else { (Self::WIDE, Self::WIDE) };
        Self { start, low: [good as u32, bad as u32], high: [(good >> 32) as u16, (bad >> 32) as u16] }
    }

    pub(super) const fn fits(counts: Counts) -> bool {
        counts.good < Self::WIDE && counts.bad < Self::WIDE
    }

    pub(super) const fn start(self) -> u64 {
        self.start as u64
    }

    /// Its counts, where they fit.
    pub(super) const fn counts(self) -> Option<Counts> {
        let ([good_low, bad_low], [good_high, bad_high]) = (self.low, self.high);
        let counts = Counts { good: (good_high as u64) << 32 | good_low as u64, bad: (bad_high as u64) << 32 | bad_low as u64 };
        if Self::fits(counts) { Some(counts) } else { None }
    }
}
