//! What cumulative series last said, so that each export adds only what came since the one before.
//!
//! A series is told apart by its scope, its family and its attributes, those included that are no labels of the family.
//! It began again where its start is another, or
//! where something fell that cannot; then all that it says counts (OpenTelemetry, Metrics Data Model, section Resets
//! and Gaps). Of a histogram whose counts rose the least and the greatest value are those of the whole series: with
//! what was added before, these are right. Deliberately absent: deltas, which are added as they come.

use std::collections::BTreeMap;

use codomyrmex_telemetry::limits::EXPONENTIAL_SIZE_MAX;
use codomyrmex_telemetry::metrics::{self, Exponential};
use codomyrmex_telemetry::{ExactSum, ExponentialOptions, FamilyId, Instrument, Outcome, Timestamp};

use super::point::{Buckets, Counted, Refusal};

/// Bytes of what is remembered of a guest's cumulative series. One with two short attributes takes some 250, its
/// buckets 8 each.
const STREAM_BYTES_MAX: usize = 8 << 20;

/// Which series: scope, version, family, label values and after them what is no label.
pub(super) type Key = (String, String, FamilyId, Vec<String>);

/// The time that a point covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covered {
    pub(super) start: Timestamp,
    pub(super) time: Timestamp,
}

/// A family that a guest's metric became.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: FamilyId,
    pub(super) labels: Vec<String>,
    pub(super) instrument: Instrument,
    pub(super) unit: String,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) families: BTreeMap<String, Known>, // by name; no more than the ledger lets be declared
    last: BTreeMap<Key, Last>,
    bytes: usize, // of `last`
}

#[derive(Debug)]
struct Last {
    covered: Covered,
    counted: Counted,
}

/// What came since the export before.
#[derive(Debug)]
pub(super) struct Increment {
    pub(super) sum: ExactSum,
    pub(super) buckets: Buckets,
    pub(super) since: Timestamp,
}

impl Counted {
    /// All of it.
    pub(super) fn whole(&self, since: Timestamp) -> Increment {
        let mut sum = ExactSum::default();
        self.sum.add_to(&mut sum, true);
        Increment { sum, buckets: self.buckets.clone(), since }
    }

    /// What it has more than an earlier one; `None` where it cannot have come from that.
    fn since(&self, before: &Self, is_monotonic: bool, since: Timestamp) -> Option<Increment> {
        let buckets = match (&self.buckets, &before.buckets) {
            (Buckets::None, Buckets::None) if is_monotonic && self.sum < before.sum => return None,
            (Buckets::None, Buckets::None) => Buckets::None,
            (Buckets::Fixed(now), Buckets::Fixed(before)) if now.len() == before.len() => {
                Buckets::Fixed(now.iter().zip(before).map(|(now, before)| now.checked_sub(*before)).collect::<Option<_>>()?)
            }
            (Buckets::Exponential(now), Buckets::Exponential(before)) => Buckets::Exponential(more(now, before)?),
            _ => return None,
        };
        let mut sum = ExactSum::default();
        self.sum.add_to(&mut sum, true);
        before.sum.add_to(&mut sum, false);
        Some(Increment { sum, buckets, since })
    }

    fn bytes(&self) -> usize {
        match &self.buckets {
            Buckets::None => 0,
            Buckets::Fixed(counts) => 8 * counts.len(),
            Buckets::Exponential(buckets) => 8 * (buckets.positive().counts().len() + buckets.negative().counts().len()),
        }
    }
}

/// What is counted in buckets beyond an earlier state of them, which may have been finer.
fn more(now: &Exponential, before: &Exponential) -> Option<Exponential> {
    let is_bare = |buckets: &Exponential| buckets.positive().is_empty() && buckets.negative().is_empty();
    if !is_bare(before) && now.scale() > before.scale() {
        return None;
    }
    let before = before.downscaled(now.scale());
    let sign = |now: &metrics::Buckets, before: &metrics::Buckets| {
        let mut counts = now.counts().to_vec();
        for (index, count) in (before.offset()..).zip(before.counts()) {
            let place = usize::try_from(i64::from(index) - i64::from(now.offset())).ok()?;
            let there = counts.get_mut(place)?;
            *there = there.checked_sub(*count)?;
        }
        let Some(first) = counts.iter().position(|count| *count > 0) else { return Some((0, Vec::new())) };
        let last = counts.iter().rposition(|count| *count > 0)?;
        Some((now.offset() + first as i32, counts.get(first..=last)?.to_vec()))
    };
    let (positive, negative) = (sign(now.positive(), before.positive())?, sign(now.negative(), before.negative())?);
    let zero_count = now.zero_count().checked_sub(before.zero_count())?;
    let widest = ExponentialOptions { max_size: EXPONENTIAL_SIZE_MAX, ..ExponentialOptions::default() };
    let scale = if positive.1.is_empty() && negative.1.is_empty() { widest.max_scale } else { now.scale() };
    Exponential::from_parts(&widest, scale, zero_count, positive, negative)
}

impl Streams {
    /// What a cumulative series has more than it last said. It is remembered by [`Streams::keep`].
    pub(super) fn increment(&self, key: &Key, covered: Covered, counted: &Counted, is_monotonic: bool) -> Result<Increment, Refusal> {
        // Also one that is known may grow: the buckets of an exponential histogram from one to thousands.
        if self.bytes_with(key, counted) > STREAM_BYTES_MAX {
            let why = format!("the {STREAM_BYTES_MAX} bytes for cumulative series are full; export deltas, or fewer series");
            return Err(Refusal::new(Outcome::OverLimit, why));
        }
        let Some(last) = self.last.get(key) else { return Ok(counted.whole(covered.start)) };
        if covered.time < last.covered.time || covered.start < last.covered.start {
            return Err(Refusal::new(Outcome::InvalidTime, "older than what the series said before"));
        }
        if covered.start > last.covered.start {
            return Ok(counted.whole(covered.start));
        }
        let increment = counted.since(&last.counted, is_monotonic, last.covered.time);
        Ok(increment.unwrap_or_else(|| counted.whole(last.covered.time)))
    }

    /// Remembers what a series said.
    pub(super) fn keep(&mut self, key: Key, covered: Covered, counted: Counted) {
        self.bytes = self.bytes_with(&key, &counted);
        self.last.insert(key, Last { covered, counted });
    }

    /// Of all that is remembered, once a series says this.
    fn bytes_with(&self, key: &Key, counted: &Counted) -> usize {
        match self.last.get(key) {
            Some(last) => self.bytes - last.counted.bytes() + counted.bytes(),
            None => self.bytes + cost(key) + counted.bytes(),
        }
    }
}

fn cost((scope, version, _, values): &Key) -> usize {
    200 + scope.len() + version.len() + values.iter().map(|value| 24 + value.len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::point::Number;
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_also_where_known_series_grow() {
        let covered = Covered { start: Timestamp::MAX, time: Timestamp::MAX };
        let family = FamilyId(1);
        let said = |counts: usize| Counted { sum: Number::Whole(0), buckets: Buckets::Fixed(vec![0; counts]), extremes: None };
        let key = |number: usize| (String::new(), String::new(), family, vec![number.to_string()]);
        let mut streams = Streams::default();
        let mut taken = [0, 0];
        for (taken, counts) in taken.iter_mut().zip([1, 2_048]) {
            for number in 0..1_000 {
                if streams.increment(&key(number), covered, &said(counts), true).is_ok() {
                    streams.keep(key(number), covered, said(counts));
                    *taken += 1;
                }
            }
        }
        assert_eq!((taken[0], taken[1], streams.last.len()), (1_000, 497, 1_000));
        assert!(streams.bytes <= STREAM_BYTES_MAX);
        // One that gets smaller is taken, and makes room.
        assert!(streams.increment(&key(0), covered, &said(1), true).is_ok());
        streams.keep(key(0), covered, said(1));
        assert!(streams.increment(&key(999), covered, &said(2_048), true).is_ok());
    }
}
