//! Finished spans on their way out: exporters, and the pipeline that feeds them from a ledger.
//!
//! Source: OpenTelemetry Trace SDK, sections Span exporter and Span processor. What is due when is
//! [`BatchProcessor`](codomyrmex_telemetry::tracer::BatchProcessor)'s to say. Deliberately absent: metrics, which
//! `scrape` serves, and gRPC.

mod otlp_http;
mod pipeline;

pub use otlp_http::{Encoding, OtlpHttp};
pub use pipeline::{SpanPipeline, SpanThread};

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codomyrmex_telemetry::SpanData;
use codomyrmex_telemetry::tracer::{Delivery, SpanStatus};

/// Sends spans somewhere.
pub trait SpanExporter: Send {
    /// Sends a batch, within a time.
    ///
    /// # Errors
    /// [`ExportError`], which says what becomes of the batch.
    fn export(&mut self, spans: &[SpanData], timeout: Duration) -> Result<(), ExportError>;

    /// Nothing comes any more.
    fn shutdown(&mut self) {}
}

/// Why a batch did not arrive, or not all of it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct ExportError {
    /// What happened, for people.
    pub why: String,
    /// What becomes of the batch: tried again, or in part refused for good.
    pub delivery: Delivery,
}

impl ExportError {
    /// One after which the same batch may arrive.
    pub(crate) fn passing(why: impl Into<String>, after: Option<Duration>) -> Self {
        let nanos = |after: Duration| u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        Self { why: why.into(), delivery: Delivery::Retry { after: after.map(nanos) } }
    }

    /// One after which so many spans are lost.
    pub(crate) fn lasting(why: impl Into<String>, count: usize) -> Self {
        Self { why: why.into(), delivery: Delivery::Rejected { count: count as u64 } }
    }
}

/// Writes a line a span, for people.
#[derive(Debug)]
pub struct Console<W>(pub W);

impl<W: Write + Send> SpanExporter for Console<W> {
    fn export(&mut self, spans: &[SpanData], _: Duration) -> Result<(), ExportError> {
        let lines: String = spans.iter().map(line).collect();
        let written = self.0.write_all(lines.as_bytes()).and_then(|()| self.0.flush());
        // Some may be written: a second time they would stand there twice.
        written.map_err(|why| ExportError::lasting(why.to_string(), spans.len()))
    }
}

/// What a program wrote may not write to the terminal freely, so its texts are quoted as Rust does.
fn line(span: &SpanData) -> String {
    let took = Duration::from_nanos(span.ended.nanos() - span.started.nanos());
    let context = &span.context;
    let mut line = format!("{} {} {} {:?} {took:?}", context.trace_id, context.span_id, span.kind.name(), span.name);
    // Writing to a String cannot fail.
    let _ = match &span.status {
        SpanStatus::Unset => Ok(()),
        SpanStatus::Ok => write!(line, " ok"),
        SpanStatus::Error(text) => write!(line, " error {text:?}"),
    };
    for (key, value) in &span.attributes {
        let _ = write!(line, " {key:?}={value:?}");
    }
    line.push('\n');
    line
}

/// Keeps spans in memory, for tests; a clone keeps them in the same place.
#[derive(Clone, Debug, Default)]
pub struct InMemory(Arc<Mutex<Vec<SpanData>>>);

impl InMemory {
    /// What came so far, in order; it is taken out.
    #[must_use]
    pub fn take(&self) -> Vec<SpanData> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SpanExporter for InMemory {
    fn export(&mut self, spans: &[SpanData], _: Duration) -> Result<(), ExportError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(spans);
        Ok(())
    }
}
