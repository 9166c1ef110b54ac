//! What a series must have come to: every record of it, and what they come to, counted from scratch.
//!
//! Sums are big integers, quantiles are places in a sorted list, a window is a filter, the scale of an
//! exponential histogram is tried from the finest on. Deliberately absent: what is kept of exemplars;
//! that one of those there were is kept is all that the contract says.

use std::collections::{BTreeMap, BTreeSet};

use codomyrmex_telemetry::limits::SLICES;
use codomyrmex_telemetry::metrics::Values;
use codomyrmex_telemetry::{Double, ExponentialOptions, SpanId, TraceId};
use num_bigint::BigInt;

use crate::exact::{exponential_index, units};

/// Something that was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// What was added, observed or written.
    pub value: f64,
    /// How often.
    pub times: u64,
    /// When, or `None`.
    pub at: Option<u64>,
    /// In which span, where its trace is sampled.
    pub context: Option<(TraceId, SpanId)>,
}

/// All that was recorded of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesTruth(pub Vec<Record>);

/// The buckets that an exponential histogram must have.
#[derive(Clone, Debug, PartialEq)]
pub struct IdealBuckets {
    /// The finest scale at which both signs fit.
    pub scale: i32,
    /// Values that count as zero.
    pub zero: u64,
    /// Counts above zero by index.
    pub positive: BTreeMap<i64, u64>,
    /// Counts below zero by index.
    pub negative: BTreeMap<i64, u64>,
}

impl SeriesTruth {
    /// The exact sum, in units of 2^-1074.
    #[must_use]
    pub fn units(&self) -> BigInt {
        self.0.iter().map(|record| units(record.value) * record.times).sum()
    }

    /// The first and the last time that was said.
    #[must_use]
    pub fn extent(&self) -> Option<(u64, u64)> {
        let times = || self.0.iter().filter_map(|record| record.at);
        times().min().zip(times().max())
    }

    /// The latest write, of several at one time that with the greatest bits.
    #[must_use]
    pub fn last(&self) -> Option<(u64, u64)> {
        self.0.iter().filter_map(|record| Some((record.at?, Double::new(record.value).get().to_bits()))).max()
    }

    /// The same of a state, of which there is one zero.
    #[must_use]
    pub fn last_state(&self) -> Option<(u64, u64)> {
        self.0.iter().filter_map(|record| Some((record.at?, u64::from(record.value == 1.0)))).max()
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|record| record.times).sum()
    }

    /// The values and how often each came, lowest first; of the two zeros the positive one.
    #[must_use]
    pub fn sorted(&self) -> Vec<(f64, u64)> {
        let mut values: BTreeMap<Double, u64> = BTreeMap::new();
        for record in &self.0 {
            *values.entry(Double::new(record.value + 0.0)).or_default() += record.times;
        }
        values.into_iter().map(|(value, times)| (value.get(), times)).collect()
    }

    /// The least and the greatest value.
    #[must_use]
    pub fn extremes(&self) -> Option<(f64, f64)> {
        let sorted = self.sorted();
        Some((sorted.first()?.0, sorted.last()?.0))
    }

    /// How many values are at most each bound and above the one before, and how many above the last.
    #[must_use]
    pub fn buckets(&self, bounds: &[Double]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len() + 1];
        for record in &self.0 {
            counts[place(bounds, record.value)] += record.times;
        }
        counts
    }

    /// The buckets of an exponential histogram with these settings.
    #[must_use]
    pub fn exponential(&self, options: &ExponentialOptions) -> IdealBuckets {
        let mut ideal = IdealBuckets { scale: options.max_scale, zero: 0, positive: BTreeMap::new(), negative: BTreeMap::new() };
        for record in &self.0 {
            if record.value.abs() <= options.zero_threshold.get() {
                ideal.zero += record.times;
                continue;
            }
            let sign = if record.value < 0.0 { &mut ideal.negative } else { &mut ideal.positive };
            *sign.entry(exponential_index(record.value, options.max_scale)).or_default() += record.times;
        }
        let fits = |sign: &BTreeMap<i64, u64>| {
            let ends = sign.first_key_value().zip(sign.last_key_value());
            ends.is_none_or(|((first, _), (last, _))| last - first < i64::from(options.max_size))
        };
        while !fits(&ideal.positive) || !fits(&ideal.negative) {
            ideal.scale -= 1;
            ideal.positive = halved(&ideal.positive);
            ideal.negative = halved(&ideal.negative);
        }
        ideal
    }

    /// How many low bits of a value must not matter, for the buckets of a summary to be few enough.
    #[must_use]
    pub fn cleared(&self, digits: u8) -> u32 {
        let bits = (0..).find(|bits| 1u64 << bits >= 10u64.pow(digits.into())).unwrap();
        let buckets = |cleared: u32| {
            let patterns = self.0.iter().map(|record| (record.value + 0.0).to_bits());
            // Zero stands alone, beside those whose bits are all cleared.
            patterns.map(|bits| (bits >> 63, bits << 1 == 0, bits << 1 >> 1 >> cleared)).collect::<BTreeSet<_>>().len()
        };
        (52 - bits..64).find(|cleared| buckets(*cleared) <= Values::buckets_max(digits)).unwrap()
    }

    /// The value of the rank that a share of all has: the product, a double, rounded up, at least 1.
    #[must_use]
    pub fn order_statistic(&self, share: f64) -> Option<f64> {
        let count = self.count();
        let rank = ((share * count as f64).ceil() as u64).clamp(1, count.max(1));
        let mut upto = 0;
        let reaches = |(_, times): &(f64, u64)| {
            upto += times;
            upto >= rank
        };
        self.sorted().into_iter().find(reaches).map(|(value, _)| value)
    }

    /// What was recorded in a sampled trace.
    pub fn sampled(&self) -> impl Iterator<Item = &Record> {
        self.0.iter().filter(|record| record.context.is_some())
    }

    /// In how many buckets something was recorded in a sampled trace.
    #[must_use]
    pub fn sampled_buckets(&self, bounds: &[Double]) -> usize {
        self.sampled().map(|record| place(bounds, record.value)).collect::<BTreeSet<_>>().len()
    }

    /// In how many powers of two, each with its sign.
    #[must_use]
    pub fn sampled_octaves(&self) -> usize {
        self.sampled().map(|record| record.value.to_bits() >> 52).collect::<BTreeSet<_>>().len()
    }

    /// What is kept of a window, by slice: the newest slice there is, and the eleven before it.
    #[must_use]
    pub fn slices(&self, window: u64) -> BTreeMap<u64, Self> {
        let slice = |record: &Record| record.at.map(|at| at / window.div_ceil(SLICES));
        let newest = self.0.iter().filter_map(slice).max().unwrap_or_default();
        let mut slices: BTreeMap<u64, Self> = BTreeMap::new();
        for record in &self.0 {
            if let Some(slice) = slice(record).filter(|slice| slice + SLICES > newest) {
                slices.entry(slice).or_default().0.push(*record);
            }
        }
        slices
    }

    /// What lies in the window up to a time or to the newest record, and how many nanoseconds that is.
    #[must_use]
    pub fn lately(&self, window: u64, until: Option<u64>) -> Option<(Self, u64)> {
        let (slices, length) = (self.slices(window), window.div_ceil(SLICES));
        let newest = *slices.last_key_value()?.0;
        let last = until.map_or(newest, |until| until / length);
        let within = slices.into_iter().filter(|(slice, _)| *slice <= last && slice + SLICES > last);
        Some((Self(within.flat_map(|(_, slice)| slice.0).collect()), length * (last + 1).min(SLICES)))
    }
}

/// The first bound that a value does not pass.
fn place(bounds: &[Double], value: f64) -> usize {
    bounds.iter().position(|bound| value <= bound.get()).unwrap_or(bounds.len())
}

/// One scale coarser: two buckets become one.
fn halved(counts: &BTreeMap<i64, u64>) -> BTreeMap<i64, u64> {
    let mut halved = BTreeMap::new();
    for (index, count) in counts {
        *halved.entry(index.div_euclid(2)).or_default() += count;
    }
    halved
}
