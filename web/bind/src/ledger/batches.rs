//! Batches of finished spans, as JavaScript drives them: it has the clock, the timers and the network.
//!
//! Times are milliseconds of a clock that never falls. Deliberately absent: decisions, which are
//! `BatchProcessor`'s; what a batch is sent by, and in which form, which the package's exporters say.

use std::cell::RefCell;

use codomyrmex_telemetry::export;
use codomyrmex_telemetry::tracer::{BatchOptions, BatchProcessor, Delivery, SpanCounts};
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::time;

const NANOS_PER_MILLI: f64 = 1e6;

/// The spans that wait to be exported.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Batches {
    processor: RefCell<BatchProcessor>,
}

#[wasm_bindgen]
impl Batches {
    /// None yet. What is not said is as `BatchOptions` has it.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(
        max_queue_size: Option<u32>,
        max_export_batch_size: Option<u32>,
        schedule_delay: Option<f64>,
        export_timeout: Option<f64>,
        max_attempts: Option<u32>,
        first_pause: Option<f64>,
    ) -> Self {
        let usual = BatchOptions::default();
        let processor = BatchProcessor::new(BatchOptions {
            max_queue_size: max_queue_size.map_or(usual.max_queue_size, |size| size as usize),
            max_export_batch_size: max_export_batch_size.map_or(usual.max_export_batch_size, |size| size as usize),
            schedule_delay: schedule_delay.map_or(usual.schedule_delay, time::nanos),
            export_timeout: export_timeout.map_or(usual.export_timeout, time::nanos),
            max_attempts: max_attempts.unwrap_or(usual.max_attempts),
            first_pause: first_pause.map_or(usual.first_pause, time::nanos),
        });
        Self { processor: RefCell::new(processor) }
    }

    /// How many spans are in a full batch.
    #[wasm_bindgen(getter, js_name = batchSize)]
    pub fn batch_size(&self) -> u32 {
        self.processor.borrow().options().max_export_batch_size as u32 // from 32 bits it came
    }

    /// How long an attempt may take.
    #[wasm_bindgen(getter, js_name = exportTimeout)]
    pub fn export_timeout(&self) -> f64 {
        millis(self.processor.borrow().options().export_timeout)
    }

    /// How many spans wait here or are under way.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> u32 {
        self.processor.borrow().pending() as u32 // at most as many as wait at once
    }

    /// Takes in what there is room for.
    pub fn fill(&self, ledger: &Ledger, now: f64) {
        let lost = self.processor.borrow_mut().fill(time::nanos(now), |most| ledger.work(|door| door.ledger.take_spans(most)));
        ledger.lose(lost);
    }

    /// Begins an attempt at the batch that is due, and says how many spans are in it; 0 where none is due.
    pub fn due(&self, now: f64) -> u32 {
        self.processor.borrow_mut().due(time::nanos(now)).map_or(0, <[_]>::len) as u32
    }

    /// The batch that is under way as an OTLP request in protobuf.
    #[wasm_bindgen(js_name = otlpTraces)]
    pub fn otlp_traces(&self) -> Vec<u8> {
        export::otlp_traces(self.processor.borrow().under_way())
    }

    /// The same in JSON.
    #[wasm_bindgen(js_name = otlpTracesJson)]
    pub fn otlp_traces_json(&self) -> String {
        export::otlp_traces_json(self.processor.borrow().under_way())
    }

    /// In how many milliseconds a batch is due; `undefined` where nothing waits, or one is under way.
    pub fn wait(&self, now: f64) -> Option<f64> {
        self.processor.borrow().wait(time::nanos(now)).map(millis)
    }

    /// The batch that was under way arrived, but for so many of its spans that were refused for good.
    pub fn delivered(&self, ledger: &Ledger, now: f64, refused: f64) {
        self.done(ledger, now, Delivery::Rejected { count: refused as u64 });
    }

    /// It did not arrive, and may if it is tried again, after so long where the receiver says.
    pub fn retry(&self, ledger: &Ledger, now: f64, after: Option<f64>) {
        self.done(ledger, now, Delivery::Retry { after: after.map(time::nanos) });
    }

    /// Has all that waits go out as soon as it can.
    pub fn flush(&self) {
        self.processor.borrow_mut().flush();
    }

    /// Takes no more; what still waits is lost.
    pub fn shut(&self, ledger: &Ledger) {
        ledger.lose(self.processor.borrow_mut().shut());
    }
}

impl Batches {
    fn done(&self, ledger: &Ledger, now: f64, delivery: Delivery) {
        ledger.lose(self.processor.borrow_mut().done(time::nanos(now), delivery));
    }
}

#[wasm_bindgen]
impl Ledger {
    /// What became of spans that ended: how many were recorded, handed over, wait here, were dropped; and how
    /// many were not sampled.
    #[wasm_bindgen(js_name = spanCounts)]
    pub fn span_counts(&self) -> Vec<f64> {
        let SpanCounts { recorded, exported, pending, dropped, unsampled } = self.work(|door| door.ledger.span_counts());
        [recorded, exported, pending, dropped, unsampled].map(|count| count as f64).into()
    }
}

impl Ledger {
    /// Takes note that so many of the spans that were taken did not arrive.
    fn lose(&self, count: u64) {
        self.work(|door| door.ledger.lose_spans(count));
    }
}

/// Nanoseconds as JavaScript's timers take them.
fn millis(nanos: u64) -> f64 {
    nanos as f64 / NANOS_PER_MILLI
}
