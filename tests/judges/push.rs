//! Sends the spans of a snapshot to a collector, as a host does: `push SNAPSHOT ENDPOINT protobuf|json`.
//!
//! It prints how many were exported and dropped, as JSON. In JSON it leaves out spans that hold a number which is not
//! finite: `"NaN"` is what the protocol says, and not what the collector reads. Deliberately absent: verdicts.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use codomyrmex_telemetry::tracer::BatchOptions;
use codomyrmex_telemetry::{Attributes, Ledger, Snapshot, SpanData, Value, WriterId};
use codomyrmex_telemetry_host::push::{Encoding, OtlpHttp, SpanPipeline};

/// As long as a collector on this machine may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, endpoint, encoding] = arguments.as_slice() else { return Err("usage: push SNAPSHOT ENDPOINT protobuf|json".into()) };
    let encoding = if encoding == "json" { Encoding::Json } else { Encoding::Protobuf };
    let snapshot = Snapshot::from_bytes(&std::fs::read(snapshot)?)?;
    let mut ledger = Ledger::new(WriterId::new(1));
    for span in snapshot.spans.iter().filter(|span| encoding == Encoding::Protobuf || is_finite(span)) {
        ledger.complete_span(span.clone())?;
    }
    let options = BatchOptions { max_export_batch_size: 50, ..BatchOptions::default() };
    let mut pipeline = SpanPipeline::new(OtlpHttp::new(Some(endpoint), &[], encoding)?, options);
    pipeline.force_flush(&mut ledger, PATIENCE)?;
    let spans = ledger.snapshot().spans;
    writeln!(std::io::stdout(), "{{\"exported\": {}, \"dropped\": {}}}", spans.exported(), spans.dropped())?;
    Ok(())
}

fn is_finite(span: &SpanData) -> bool {
    let origin = [&span.origin.resource, &span.origin.scope.attributes, &span.attributes];
    let events = span.events.iter().map(|event| &event.attributes);
    let mut values = origin.into_iter().chain(events).chain(span.links.iter().map(|link| &link.attributes)).flat_map(Attributes::values);
    values.all(|value| match value {
        Value::Float(value) => value.get().is_finite(),
        Value::Floats(list) => list.iter().all(|value| value.get().is_finite()),
        _ => true,
    })
}
