//! Batches of finished spans, and when each is due: what stands between a ledger and an exporter.
//!
//! Source: OpenTelemetry Trace SDK, section Batching processor. It takes spans only while it has room, so what a
//! receiver is too slow for waits in the ledger, under the ledger's own limit, which says what is dropped then
//! and counts it. Every span that was taken is delivered, waits here or is given back as lost. Deliberately
//! absent: clocks (the time comes in, and so do the spans), threads, sending.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::span::SpanData;

const SECOND: u64 = 1_000_000_000;

/// The longest pause between two attempts, in nanoseconds, unless the receiver asks for a longer one.
const PAUSE_MAX: u64 = 60 * SECOND;

/// How spans are batched. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchOptions {
    /// Spans that wait at once, with those under way. None is one.
    pub max_queue_size: usize,
    /// Spans in a batch. None is one; more than wait at once is as many as that.
    pub max_export_batch_size: usize,
    /// How long a span waits for its batch to fill.
    pub schedule_delay: u64,
    /// How long an attempt may take; for the exporter to keep.
    pub export_timeout: u64,
    /// How often a batch is tried in all before it is lost. None is once.
    pub max_attempts: u32,
    /// The pause before the second attempt; it doubles with each further one, up to a minute.
    pub first_pause: u64,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// It arrived.
    Delivered,
    /// It did not arrive, and may if it is tried again.
    Retry {
        /// How many nanoseconds the receiver asks to wait; `None` where it does not say.
        after: Option<u64>,
    },
    /// So many of its spans were refused for good; the others arrived.
    Rejected {
        /// How many; more than there are is all.
        count: u64,
    },
}

/// The spans that wait to be exported.
#[derive(Debug, Default)]
pub struct BatchProcessor {
    options: BatchOptions,
    queue: VecDeque<SpanData>,
    since: u64,           // when the first of the queue came to be the first
    batch: Vec<SpanData>, // under way, or to be tried again
    attempts: u32,        // how often
    not_before: u64,
    is_under_way: bool,
    is_flushed: bool, // nothing waits for its batch to fill
    is_shut: bool,
}

impl Default for BatchOptions {
    /// As OpenTelemetry has it: 2,048 spans, 512 in a batch, 5 s, 30 s; five attempts, the second after 1 s.
    fn default() -> Self {
        Self {
            max_queue_size: 2_048,
            max_export_batch_size: 512,
            schedule_delay: 5 * SECOND,
            export_timeout: 30 * SECOND,
            max_attempts: 5,
            first_pause: SECOND,
        }
    }
}

impl BatchProcessor {
    /// One that has nothing yet.
    #[must_use]
    pub fn new(options: BatchOptions) -> Self {
        let max_queue_size = options.max_queue_size.max(1);
        let max_export_batch_size = options.max_export_batch_size.clamp(1, max_queue_size);
        Self { options: BatchOptions { max_queue_size, max_export_batch_size, ..options }, ..Self::default() }
    }

    /// How it batches.
    #[must_use]
    pub const fn options(&self) -> &BatchOptions {
        &self.options
    }

    /// How many more spans it takes now; none once it was shut.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.is_shut { 0 } else { self.options.max_queue_size.saturating_sub(self.pending()) }
    }

    /// How many spans wait here or are under way.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.len() + self.batch.len()
    }

    /// Takes in spans, in order: `take` is asked for at most so many as there is room for, as of
    /// [`Ledger::take_spans`](crate::Ledger::take_spans). What it gives beyond that is given back as lost.
    pub fn fill(&mut self, now: u64, take: impl FnOnce(usize) -> Vec<SpanData>) -> u64 {
        let room = self.room();
        if room == 0 {
            return 0;
        }
        let mut taken = take(room);
        let lost = taken.len().saturating_sub(room);
        taken.truncate(room);
        if self.queue.is_empty() {
            self.since = now;
        }
        self.queue.extend(taken);
        lost as u64
    }

    /// The batch that is due now, to be answered for with [`done`](Self::done) before there is another.
    pub fn due(&mut self, now: u64) -> Option<&[SpanData]> {
        if self.is_under_way || self.wait(now)? > 0 {
            return None;
        }
        if self.batch.is_empty() {
            let size = self.options.max_export_batch_size.min(self.queue.len());
            self.batch.extend(self.queue.drain(..size));
            self.since = now;
        }
        self.attempts += 1;
        self.is_under_way = true;
        Some(&self.batch)
    }

    /// The batch that is under way, for an exporter that answers later; empty where none is.
    #[must_use]
    pub fn under_way(&self) -> &[SpanData] {
        if self.is_under_way { &self.batch } else { &[] }
    }

    /// In how many nanoseconds a batch is due; `None` where nothing waits, or one is under way.
    #[must_use]
    pub fn wait(&self, now: u64) -> Option<u64> {
        if self.is_under_way {
            None
        } else if !self.batch.is_empty() {
            Some(self.not_before.saturating_sub(now))
        } else if self.queue.is_empty() {
            None
        } else if self.is_flushed || self.queue.len() >= self.options.max_export_batch_size {
            Some(0)
        } else {
            Some(self.since.saturating_add(self.options.schedule_delay).saturating_sub(now))
        }
    }

    /// Says what became of the batch that was under way. Gives how many of its spans are lost: for
    /// [`Ledger::lose_spans`](crate::Ledger::lose_spans).
    pub fn done(&mut self, now: u64, delivery: Delivery) -> u64 {
        if !core::mem::take(&mut self.is_under_way) {
            return 0;
        }
        let size = self.batch.len() as u64;
        let lost = match delivery {
            Delivery::Delivered => 0,
            Delivery::Rejected { count } => count.min(size),
            Delivery::Retry { after } if self.attempts < self.options.max_attempts => {
                let doubled = 1u64.checked_shl(self.attempts - 1).unwrap_or(u64::MAX);
                let pause = self.options.first_pause.saturating_mul(doubled).min(PAUSE_MAX);
                self.not_before = now.saturating_add(pause.max(after.unwrap_or_default()));
                return 0;
            }
            Delivery::Retry { .. } => size,
        };
        self.batch.clear();
        (self.attempts, self.not_before) = (0, 0);
        if self.queue.is_empty() {
            self.is_flushed = false;
        }
        lost
    }

    /// Has all that waits go out as soon as it can, in batches that need not be full. A batch that failed still
    /// waits for its next attempt.
    pub fn flush(&mut self) {
        self.is_flushed = self.pending() > 0;
    }

    /// Takes no more. Gives how many spans are lost with it: those that wait; flush before.
    pub fn shut(&mut self) -> u64 {
        let lost = self.pending() as u64;
        *self = Self { options: self.options, is_shut: true, ..Self::default() };
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SpanId, TraceId};
    use crate::time::Timestamp;
    use crate::tracer::{SpanContext, SpanKind};
    use alloc::string::String;

    fn spans(count: u64) -> Vec<SpanData> {
        let span = |id| {
            let context = SpanContext {
                trace_id: TraceId::new(1).unwrap(),
                span_id: SpanId::new(id).unwrap(),
                trace_flags: 1,
                trace_state: String::new(),
            };
            SpanData::begin(context, None, "s".into(), SpanKind::Internal, Timestamp::from_nanos(0).unwrap())
        };
        (1..=count).map(span).collect()
    }

    fn processor(count: u64) -> BatchProcessor {
        let mut processor =
            BatchProcessor::new(BatchOptions { max_queue_size: 8, max_export_batch_size: 3, max_attempts: 3, ..BatchOptions::default() });
        processor.fill(0, |_| spans(count));
        processor
    }

    fn due(processor: &mut BatchProcessor, now: u64) -> Option<Vec<u64>> {
        processor.due(now).map(|batch| batch.iter().map(|span| span.context.span_id.get()).collect())
    }

    #[test]
    fn a_batch_is_due_when_it_is_full_or_old_or_asked_for() {
        let mut processor = processor(5);
        assert_eq!(processor.wait(1), Some(0));
        assert_eq!(processor.under_way(), []);
        assert_eq!(due(&mut processor, 1), Some([1, 2, 3].into()));
        assert_eq!(due(&mut processor, 1), None, "one is under way");
        assert_eq!((processor.under_way(), processor.pending(), processor.room()), (&spans(3)[..], 5, 3));
        assert_eq!((processor.done(2, Delivery::Delivered), processor.under_way()), (0, &[][..]));
        assert_eq!(processor.wait(2), Some(5 * SECOND - 1));
        assert_eq!(due(&mut processor, 5 * SECOND), None);
        assert_eq!(due(&mut processor, 5 * SECOND + 1), Some([4, 5].into()));
        processor.done(5 * SECOND + 1, Delivery::Delivered);
        assert_eq!(processor.wait(9), None);
        processor.fill(6 * SECOND, |_| spans(1));
        processor.flush();
        assert_eq!(due(&mut processor, 6 * SECOND), Some([1].into()));
    }

    #[test]
    fn a_batch_that_failed_is_tried_again_later_each_time_and_then_lost() {
        let mut processor = processor(4);
        let retry = Delivery::Retry { after: None };
        processor.flush();
        assert_eq!(due(&mut processor, 0), Some([1, 2, 3].into()));
        assert_eq!((processor.done(0, retry), processor.wait(0)), (0, Some(SECOND)));
        assert_eq!(due(&mut processor, SECOND), Some([1, 2, 3].into()));
        assert_eq!(processor.done(SECOND, Delivery::Retry { after: Some(9 * SECOND) }), 0);
        assert_eq!(processor.wait(SECOND), Some(9 * SECOND));
        assert_eq!(due(&mut processor, 10 * SECOND), Some([1, 2, 3].into()));
        assert_eq!((processor.done(10 * SECOND, retry), processor.pending()), (3, 1));
        assert_eq!(due(&mut processor, 10 * SECOND), Some([4].into()), "as all were to be flushed");
        assert_eq!(processor.done(10 * SECOND, Delivery::Rejected { count: 7 }), 1);
        assert_eq!(processor.done(10 * SECOND, retry), 0, "nothing was under way");
    }

    #[test]
    fn there_is_never_more_than_fits() {
        let mut processor = processor(9);
        assert_eq!((processor.pending(), processor.room()), (8, 0));
        assert_eq!(processor.fill(0, |_| panic!("there is no room")), 0);
        assert!(processor.due(0).is_some());
        assert_eq!((processor.room(), processor.shut(), processor.pending(), processor.room()), (0, 8, 0, 0));
    }

    #[test]
    fn nothing_is_as_little_as_works() {
        let nothing = BatchOptions { max_queue_size: 0, max_export_batch_size: 0, max_attempts: 0, ..BatchOptions::default() };
        let mut processor = BatchProcessor::new(nothing);
        assert_eq!(processor.fill(0, |room| spans(room as u64)), 0);
        assert_eq!(due(&mut processor, 0), Some([1].into()));
        assert_eq!(processor.done(0, Delivery::Retry { after: None }), 1);
    }
}
