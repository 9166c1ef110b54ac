//! Which deltas of which writers have come in: one mark a writer, and the few that came early.
//!
//! Deliberately absent: forgetting. A writer is remembered as long as the ledger lives, up to a
//! limit; past it a new writer is refused with an error, not merged at the risk of counting twice.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use crate::Error;
use crate::id::WriterId;
use crate::limits::{GAPS_MAX, GAPS_TOTAL_MAX, WRITERS_MAX};

/// The deltas that have come in.
#[derive(Debug, Default)]
pub(super) struct Seen {
    writers: BTreeMap<Source, Marks>,
    gaps: usize, // the sum of what all have beyond
}

/// A writer in one of its lives.
type Source = (WriterId, u64);

#[derive(Debug, Default)]
struct Marks {
    through: u64,          // all from 1 to this have come
    beyond: BTreeSet<u64>, // and these, each above through + 1
}

impl Seen {
    /// Whether a delta is new. It is not marked yet, so that a refused one can come again.
    pub(super) fn is_new(&self, source: Source, sequence: u64) -> Result<bool, Error> {
        let (writer, _) = source;
        if sequence == 0 {
            return Err(Error::Malformed(format!("a delta of writer {writer} has the number 0; numbers begin at 1")));
        }
        let Some(marks) = self.writers.get(&source) else {
            if self.writers.len() >= WRITERS_MAX {
                return Err(Error::Limit(format!(
                    "writer {writer} would be one more than the {WRITERS_MAX} that are remembered; use fewer, longer-lived writers"
                )));
            }
            return Ok(true);
        };
        if sequence <= marks.through || marks.beyond.contains(&sequence) {
            return Ok(false);
        }
        if sequence > marks.through + 1 && (marks.beyond.len() >= GAPS_MAX || self.gaps >= GAPS_TOTAL_MAX) {
            return Err(Error::Limit(format!(
                "delta {sequence} of writer {writer} comes while too many wait for earlier ones; send delta {} first",
                marks.through + 1
            )));
        }
        Ok(true)
    }

    /// Marks a delta as come.
    pub(super) fn mark(&mut self, source: Source, sequence: u64) {
        let marks = self.writers.entry(source).or_default();
        self.gaps -= marks.beyond.len();
        marks.beyond.insert(sequence);
        while marks.beyond.remove(&(marks.through + 1)) {
            marks.through += 1;
        }
        self.gaps += marks.beyond.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delta_is_new_once_in_any_order() {
        let mut seen = Seen::default();
        let writer = (WriterId::new(7), 1);
        for sequence in [3, 1, 5, 2, 4] {
            assert_eq!(seen.is_new(writer, sequence), Ok(true));
            seen.mark(writer, sequence);
            assert_eq!(seen.is_new(writer, sequence), Ok(false));
        }
        assert_eq!((seen.writers[&writer].through, seen.writers[&writer].beyond.len()), (5, 0));
        assert_eq!(seen.is_new((WriterId::new(8), 1), 1), Ok(true));
        assert_eq!(seen.is_new((WriterId::new(7), 2), 1), Ok(true));
        assert!(seen.is_new(writer, 0).is_err());
    }

    #[test]
    fn a_writer_too_far_ahead_is_told_which_delta_is_missing() {
        let mut seen = Seen::default();
        let writer = (WriterId::new(7), 1);
        for sequence in 2..2 + GAPS_MAX as u64 {
            seen.mark(writer, sequence);
        }
        assert!(matches!(seen.is_new(writer, 5_000), Err(Error::Limit(text)) if text.contains("delta 1")));
        seen.mark(writer, 1);
        assert_eq!(seen.writers[&writer].through, 1 + GAPS_MAX as u64);
        assert_eq!(seen.is_new(writer, u64::MAX), Ok(true));
    }
}
