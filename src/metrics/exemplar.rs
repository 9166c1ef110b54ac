//! Exemplars: a few records of a series with the trace they were made in.
//!
//! Which ones stay is a function of all that there were: those of the traces with the smallest hash,
//! so that every split and order keeps the same, and a trace that is kept for one series is likely
//! kept for the next. Deliberately absent: the random reservoirs of OpenTelemetry's SDK, which no two
//! runs fill alike.

use alloc::vec::Vec;

use super::distribution::bucket;
use crate::float::Double;
use crate::id::{SpanId, TraceId};
use crate::limits::EXEMPLARS_MAX;
use crate::time::Timestamp;

/// A record and where it was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exemplar {
    /// What was added or observed.
    pub value: Double,
    /// When.
    pub at: Timestamp,
    /// In which trace.
    pub trace_id: TraceId,
    /// In which span.
    pub span_id: SpanId,
}

/// Those that are kept, in the order of their rank.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Exemplars(Vec<Exemplar>);

impl Exemplar {
    fn rank(&self) -> (u64, TraceId, SpanId, Timestamp, Double) {
        (self.trace_id.rank(), self.trace_id, self.span_id, self.at, self.value)
    }
}

impl Exemplars {
    /// Those that are kept, in the order of their rank.
    #[must_use]
    pub fn as_slice(&self) -> &[Exemplar] {
        &self.0
    }

    /// Those of a series with fixed buckets; `None` unless they are all that would be kept, in order.
    pub(crate) fn of_buckets(list: Vec<Exemplar>, bounds: &[Double]) -> Option<Self> {
        Self::checked(list, bounds.len() + 1, |value| bucket(bounds, value.get()))
    }

    /// Those of any other series; `None` as above.
    pub(crate) fn of_octaves(list: Vec<Exemplar>) -> Option<Self> {
        Self::checked(list, PLACES, octave)
    }

    fn checked(list: Vec<Exemplar>, places: usize, of: impl Fn(Double) -> usize) -> Option<Self> {
        let mut kept = Self::default();
        list.iter().for_each(|exemplar| kept.offer(*exemplar, places, &of));
        (kept.0 == list).then_some(kept)
    }

    /// Offers one. Of those that share a bucket the first by rank is kept, and of these the first so
    /// many by rank.
    pub(super) fn offer(&mut self, exemplar: Exemplar, places: usize, bucket: impl Fn(Double) -> usize) {
        let rank = exemplar.rank();
        let mine = bucket(exemplar.value);
        if let Some(there) = self.0.iter().position(|other| bucket(other.value) == mine) {
            if self.0.get(there).is_none_or(|other| other.rank() <= rank) {
                return;
            }
            self.0.remove(there);
        }
        let place = self.0.partition_point(|other| other.rank() < rank);
        self.0.insert(place, exemplar);
        self.0.truncate(places);
    }

    pub(super) fn merge(&mut self, other: &Self, places: usize, bucket: impl Fn(Double) -> usize) {
        for exemplar in &other.0 {
            self.offer(*exemplar, places, &bucket);
        }
    }
}

/// How many a series without fixed buckets keeps, one of each power of two.
pub(super) const PLACES: usize = EXEMPLARS_MAX;

/// The power of two that a value has, with its sign: where a series without fixed buckets looks for
/// exemplars of different size.
pub(super) const fn octave(value: Double) -> usize {
    (value.get().to_bits() >> 52) as usize
}
