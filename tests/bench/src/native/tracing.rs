//! Spans: a span from its start to an exporter's hands, context out of headers and into them, and OTLP.
//!
//! OpenTelemetry's spans go to a processor that keeps them until 512 are there, as ours stay in the ledger until
//! 512 are taken, so both pay for what an exporter is given. Deliberately absent: sending.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use codomyrmex_telemetry::tracer::{Origin, Scope, extract, inject_into};
use codomyrmex_telemetry::{Attributes, SpanContext, SpanData, SpanId, SpanKind, Timestamp, TraceId, export};
use codomyrmex_telemetry_bench::{Work, each, race};
use codomyrmex_telemetry_guest::{get_tracer, with_ledger};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData as PeerSpanData, SpanProcessor};
use prost::Message as _;

const SDK: &str = "opentelemetry_sdk";
const BATCH: usize = 512;
const START_NS: u64 = 1_767_225_600_000_000_000; // 2026-01-01T00:00:00Z
const TRACE_PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Keeps spans until there are so many as go out at once; then they are gone.
#[derive(Clone, Debug, Default)]
struct Batch(Arc<Mutex<Vec<PeerSpanData>>>);

impl SpanProcessor for Batch {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}

    fn on_end(&self, span: PeerSpanData) {
        let Ok(mut spans) = self.0.lock() else { return };
        spans.push(span);
        if spans.len() >= BATCH {
            black_box(std::mem::take(&mut *spans));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    spans();
    context();
    encoding()
}

fn spans() {
    let provider = SdkTracerProvider::builder().with_span_processor(Batch::default()).build();
    let theirs = provider.tracer("bench");
    let peer = each(|place| {
        let mut span = theirs.start("execute_tool");
        span.set_attribute(KeyValue::new("tool", "search"));
        span.set_attribute(KeyValue::new("attempt", (place & 7) as i64));
        span.set_attribute(KeyValue::new("cached", place & 1 == 0));
        span.end();
    });
    let tracer = get_tracer("bench");
    let mut count = 0;
    let ours = each(|place| {
        let span = tracer.start_span("execute_tool");
        span.set_attribute("tool", "search");
        span.set_attribute("attempt", (place & 7) as i64);
        span.set_attribute("cached", place & 1 == 0);
        drop(span);
        count += 1;
        if count % BATCH == 0 {
            black_box(with_ledger(|ledger| ledger.take_spans(BATCH)));
        }
    });
    // What no span can do without: its start and its end are read from the system's clocks.
    let floor = each(|_| _ = black_box((SystemTime::now(), Instant::now())));
    let peers = vec![(SDK, peer), ("the floor: two readings of clocks", floor)];
    race("native: a span with three attributes, guest crate", ours, peers);
}

fn context() {
    let headers: HashMap<String, String> = [("traceparent".into(), TRACE_PARENT.into()), ("tracestate".into(), "a=1,b=2".into())].into();
    let propagator = TraceContextPropagator::new();
    let peer: Work<'_> = each(|_| {
        let context = propagator.extract(black_box(&headers));
        let mut carrier: HashMap<String, String> = HashMap::new();
        propagator.inject_context(&context, &mut carrier);
        black_box(carrier);
    });
    let ours = each(|_| {
        let came = extract(black_box(&headers).iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if let Some(context) = &came.context {
            let mut carrier: HashMap<String, String> = HashMap::new();
            inject_into(context, &came.baggage, |name, value| drop(carrier.insert(name.into(), value.into())));
            black_box(carrier);
        }
    });
    race("native: traceparent and tracestate, extract and inject", ours, vec![(SDK, peer)]);
}

fn encoding() -> Result<(), Box<dyn Error>> {
    // One tracer's, as the peer's are.
    let origin = Arc::new(Origin { scope: Scope::named("bench"), ..Origin::default() });
    let spans = (0..BATCH as u64).map(|place| span(place, &origin)).collect::<Result<Vec<_>, _>>()?;
    let batch = Batch::default();
    let provider = SdkTracerProvider::builder().with_span_processor(batch.clone()).build();
    let tracer = provider.tracer_with_scope(InstrumentationScope::builder("bench").build());
    for place in 0..BATCH as i64 - 1 {
        let mut span = tracer.start("execute_tool");
        span.set_attribute(KeyValue::new("tool", "search"));
        span.set_attribute(KeyValue::new("attempt", place));
        span.set_attribute(KeyValue::new("cached", place % 2 == 0));
        span.end();
    }
    let mut theirs = batch.0.lock().map_err(|_| "a peer's processor failed")?.clone();
    theirs.extend(theirs.first().cloned());
    // The peer consumes the spans it encodes, so both are given some of their own.
    let resource = ResourceAttributesWithSchema::default();
    let peer = each(|_| {
        let resource_spans = group_spans_by_resource_and_scope(black_box(theirs.clone()), &resource);
        black_box(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
    });
    let ours = each(|_| _ = black_box(export::otlp_traces(&black_box(spans.clone()))));
    race("native: OTLP protobuf of 512 spans", ours, vec![("opentelemetry-proto, as opentelemetry-otlp calls it", peer)]);
    Ok(())
}

/// A span like the peer's.
fn span(place: u64, origin: &Arc<Origin>) -> Result<SpanData, codomyrmex_telemetry::Error> {
    let context = SpanContext {
        trace_id: TraceId::derive(&format!("trace-{place}")),
        span_id: SpanId::derive(&format!("span-{place}")),
        trace_flags: 1,
        trace_state: String::new(),
    };
    let at = |nanos: u64| Timestamp::try_from(START_NS + place * 1_000_000 + nanos);
    let mut span = SpanData::begin(context, None, "execute_tool".into(), SpanKind::Internal, at(0)?);
    span.ended = at(250_000)?;
    span.origin = Arc::clone(origin);
    span.attributes = Attributes::from([
        ("tool".into(), "search".into()),
        ("attempt".into(), i64::try_from(place).unwrap_or_default().into()),
        ("cached".into(), place.is_multiple_of(2).into()),
    ]);
    Ok(span)
}
