//! Between a ledger and a receiver nothing gets lost uncounted: recorded = delivered + pending + dropped, at
//! every moment, while the receiver fails, refuses a part, or is too slow.
//!
//! The receiver here remembers which spans it got, so each side of the sum is found by itself. Deliberately
//! absent: sockets (`tests/doors` has them).

use std::collections::BTreeSet;

use codomyrmex_telemetry::limits::SPANS_BYTES_MAX;
use codomyrmex_telemetry::tracer::{BatchOptions, BatchProcessor, Delivery, SpanCounts, Spans};
use codomyrmex_telemetry::{Ledger, SpanContext, SpanData, SpanId, SpanKind, Timestamp, TraceId, WriterId};
use codomyrmex_telemetry_tests::cases;
use proptest::prelude::*;

type Ids = (TraceId, SpanId);

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Record(u16),
    Wait(u64),
    Fill,
    Export(Delivery),
    Flush,
    Shut,
}

/// A ledger, what stands behind it, and a receiver.
struct Line {
    ledger: Ledger,
    processor: BatchProcessor,
    now: u64,
    told: u64,
    received: BTreeSet<Ids>,
    refused: u64,
}

fn ids(span: &SpanData) -> Ids {
    (span.context.trace_id, span.context.span_id)
}

fn span(number: u64, bytes: usize) -> SpanData {
    let trace_id = TraceId::derive(&number.to_string());
    let context = SpanContext { trace_id, span_id: SpanId::new(number + 1).unwrap(), trace_flags: 1, trace_state: String::new() };
    let mut span = SpanData::begin(context, None, "s".into(), SpanKind::Internal, Timestamp::from_nanos(number).unwrap());
    span.attributes.insert("a".into(), "x".repeat(bytes).into());
    span
}

fn counts(spans: &Spans) -> SpanCounts {
    SpanCounts {
        recorded: spans.recorded(),
        exported: spans.exported(),
        pending: spans.len() as u64,
        dropped: spans.dropped(),
        unsampled: spans.unsampled(),
    }
}

impl Line {
    fn new(options: BatchOptions) -> Self {
        let processor = BatchProcessor::new(options);
        Self { ledger: Ledger::new(WriterId::new(1)), processor, now: 0, told: 0, received: BTreeSet::new(), refused: 0 }
    }

    fn record(&mut self, count: u16, bytes: usize) {
        for _ in 0..count {
            self.ledger.complete_span(span(self.told, bytes)).unwrap();
            self.told += 1;
        }
    }

    fn fill(&mut self) {
        let Self { ledger, processor, .. } = self;
        assert_eq!(processor.fill(self.now, |most| ledger.take_spans(most)), 0);
    }

    /// Has the receiver answer for what is due.
    fn export(&mut self, delivery: Delivery) -> bool {
        let Some(batch) = self.processor.due(self.now) else { return false };
        assert!(!batch.is_empty());
        let arrived = match delivery {
            Delivery::Delivered => batch.len(),
            Delivery::Rejected { count } => batch.len().saturating_sub(count as usize),
            Delivery::Retry { .. } => 0,
        };
        for span in batch.iter().take(arrived) {
            assert!(self.received.insert(ids(span)), "it came twice");
        }
        let lost = self.processor.done(self.now, delivery);
        self.refused += lost;
        self.ledger.lose_spans(lost);
        true
    }

    fn shut(&mut self) {
        let lost = self.processor.shut();
        self.refused += lost;
        self.ledger.lose_spans(lost);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Record(count) => self.record(*count, 0),
            Step::Wait(nanos) => self.now += nanos,
            Step::Fill => self.fill(),
            Step::Export(delivery) => drop(self.export(*delivery)),
            Step::Flush => self.processor.flush(),
            Step::Shut => self.shut(),
        }
    }

    /// Holds the law, and gives how many the ledger itself let go.
    fn check(&self) -> u64 {
        let spans = self.ledger.snapshot().spans;
        let pending = spans.len() as u64 + self.processor.pending() as u64;
        assert_eq!(spans.recorded(), self.told);
        assert_eq!(self.ledger.span_counts(), counts(&spans));
        assert_eq!(self.told, self.received.len() as u64 + pending + spans.dropped());
        assert!(self.processor.pending() <= self.processor.options().max_queue_size);
        assert!(spans.iter().all(|span| !self.received.contains(&ids(span))));
        spans.dropped() - self.refused
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delivery = prop_oneof![
        3 => Just(Delivery::Delivered),
        3 => proptest::option::of(0..40u64).prop_map(|after| Delivery::Retry { after }),
        1 => (0..12u64).prop_map(|count| Delivery::Rejected { count }),
    ];
    let step = prop_oneof![
        4 => (0..9u16).prop_map(Step::Record),
        3 => (0..30u64).prop_map(Step::Wait),
        4 => Just(Step::Fill),
        5 => delivery.prop_map(Step::Export),
        1 => Just(Step::Flush),
        1 => prop_oneof![9 => Just(Step::Flush), 1 => Just(Step::Shut)],
    ];
    proptest::collection::vec(step, 0..80)
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn every_span_is_delivered_or_pending_or_dropped_at_every_moment(steps in steps(), queue in 1..20usize, batch in 1..20usize, attempts in 1..4u32) {
        let options = BatchOptions {
            max_queue_size: queue,
            max_export_batch_size: batch,
            schedule_delay: 20,
            max_attempts: attempts,
            first_pause: 5,
            ..BatchOptions::default()
        };
        let mut line = Line::new(options);
        for step in &steps {
            line.step(step);
            prop_assert_eq!(line.check(), 0, "nothing is dropped but by the receiver");
        }
        // And with a receiver that works, all that waits arrives in the end.
        if line.processor.room() > 0 || line.processor.pending() > 0 {
            loop {
                line.now += 1_000;
                line.fill();
                line.processor.flush();
                if !line.export(Delivery::Delivered) {
                    break;
                }
            }
            prop_assert_eq!(line.received.len() as u64 + line.refused, line.told);
        }
        line.shut();
        line.check();
        prop_assert_eq!(line.processor.pending(), 0);
    }
}

#[test]
fn under_overload_only_the_ledger_drops_and_counts_it() {
    const BYTES: usize = 16_000;
    let mut line = Line::new(BatchOptions { max_queue_size: 64, max_export_batch_size: 16, ..BatchOptions::default() });
    let fit = (SPANS_BYTES_MAX / BYTES as u64) as u16;
    line.record(fit / 2, BYTES);
    line.fill();
    assert_eq!((line.processor.pending(), line.check()), (64, 0));
    line.record(fit, BYTES); // the receiver is silent meanwhile
    let dropped = line.check();
    assert!(dropped > 0, "{dropped}");
    while line.export(Delivery::Delivered) {
        line.fill();
        line.check();
    }
    line.processor.flush();
    while line.export(Delivery::Delivered) {}
    assert_eq!((line.received.len() as u64 + dropped, line.processor.pending(), line.check()), (line.told, 0, dropped));
}

#[test]
fn what_was_taken_before_a_drain_and_did_not_arrive_is_counted_as_dropped() {
    let mut ledger = Ledger::new(WriterId::new(1));
    (1..=5).for_each(|number| ledger.complete_span(span(number, 10)).unwrap());
    assert_eq!(ledger.take_spans(5).len(), 5);
    assert!(ledger.drain().is_some());
    ledger.lose_spans(2);
    let spans = ledger.snapshot().spans;
    assert_eq!((spans.recorded(), spans.exported(), spans.len(), spans.dropped()), (5, 3, 0, 2));
    assert_eq!(ledger.span_counts(), counts(&spans));
    ledger.complete_span(span(6, 10)).unwrap();
    assert_eq!(ledger.take_spans(9).len(), 1);
    ledger.lose_spans(2); // one since the drain, one before it
    let mut other = span(7, 10);
    other.context.trace_flags = 0; // not sampled
    ledger.complete_span(other).unwrap();
    let spans = ledger.snapshot().spans;
    assert_eq!((spans.recorded(), spans.exported(), spans.len(), spans.dropped()), (6, 2, 0, 4));
    assert_eq!((ledger.span_counts(), ledger.span_counts().unsampled), (counts(&spans), 1));
}
