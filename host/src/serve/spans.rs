//! The import `tracer` of an agent, served by a ledger in the host's memory.
//!
//! Deliberately absent: traps, as in the rest of `serve`.

use codomyrmex_telemetry::{Outcome, Parent, SpanHandle, SpanId, SpanLink, TraceId, TracerId};

use super::{TelemetryCtx, attributes};
use crate::bindings::codomyrmex::telemetry::{tracer, types};

impl tracer::Host for TelemetryCtx {
    fn get_tracer(&mut self, scope: tracer::InstrumentationScope) -> Result<u32, types::Error> {
        Ok(self.door.ledger.get_tracer(scope.into())?.0)
    }

    fn set_resource(&mut self, list: Vec<types::Attribute>) -> Result<(), types::Error> {
        Ok(self.door.ledger.set_resource(attributes(list))?)
    }

    fn declare(&mut self, tracer: u32, name: String, kind: tracer::SpanKind) -> Result<u32, types::Error> {
        Ok(self.door.ledger.declare_span(TracerId(tracer), &name, kind.into())?.0)
    }

    fn start(&mut self, name: u32, parent: tracer::Parent, id: Option<u64>, at: Option<u64>) -> u32 {
        let (Ok(parent), Ok(id)) = (Parent::try_from(parent), id.map(SpanId::new).transpose()) else {
            self.door.ledger.drop_record(Outcome::InvalidValue);
            return 0;
        };
        self.door.start_span(name, parent, id, at)
    }

    fn remote(&mut self, context: tracer::SpanContext) -> Result<u32, types::Error> {
        Ok(context.try_into().and_then(|context| self.door.ledger.remote_span(context))?.0)
    }

    fn context(&mut self, span: u32) -> Option<tracer::SpanContext> {
        self.door.ledger.span_context(SpanHandle(span)).map(Into::into)
    }

    fn extract(&mut self, headers: Vec<tracer::Header>) -> Result<u32, types::Error> {
        Ok(self.door.ledger.extract(headers.iter().map(|header| (&*header.name, &*header.value)))?.0)
    }

    fn inject(&mut self, span: u32) -> Vec<tracer::Header> {
        let headers = self.door.ledger.inject(SpanHandle(span));
        headers.into_iter().map(|(name, value)| tracer::Header { name: name.into(), value }).collect()
    }

    fn baggage(&mut self, span: u32) -> Vec<tracer::BaggageEntry> {
        self.door.ledger.baggage(SpanHandle(span)).into_iter().map(Into::into).collect()
    }

    fn set_baggage(&mut self, span: u32, entry: tracer::BaggageEntry) -> types::Outcome {
        self.door.ledger.set_baggage(SpanHandle(span), entry.into()).into()
    }

    fn set_attribute(&mut self, span: u32, key: String, value: types::Value) -> types::Outcome {
        self.door.ledger.set_attribute(SpanHandle(span), key.into(), value.into()).into()
    }

    fn add_event(&mut self, span: u32, name: String, at: Option<u64>, list: Vec<types::Attribute>) -> types::Outcome {
        self.door.add_event(span, name.into(), at, attributes(list)).into()
    }

    fn record_exception(&mut self, span: u32, exception: tracer::Exception, at: Option<u64>) -> types::Outcome {
        self.door.record_exception(span, exception.into(), at).into()
    }

    fn add_link(&mut self, span: u32, link: tracer::Link) -> types::Outcome {
        match SpanLink::try_from(link) {
            Ok(link) => self.door.ledger.add_link(SpanHandle(span), link).into(),
            Err(_) => self.door.ledger.drop_record(Outcome::InvalidValue).into(),
        }
    }

    fn set_status(&mut self, span: u32, status: tracer::SpanStatus) -> types::Outcome {
        self.door.ledger.set_status(SpanHandle(span), status.into()).into()
    }

    fn update_name(&mut self, span: u32, name: String) -> types::Outcome {
        self.door.ledger.update_name(SpanHandle(span), name.into()).into()
    }

    fn end(&mut self, span: u32, at: Option<u64>) -> types::Outcome {
        self.door.end_span(span, at).into()
    }

    fn complete(&mut self, data: tracer::SpanData) -> Result<(), types::Error> {
        let tracer = data.tracer;
        Ok(data.try_into().and_then(|span| self.door.complete_span_of(tracer, span))?)
    }

    fn enter(&mut self, span: u32) -> types::Outcome {
        self.door.ledger.enter_span(SpanHandle(span)).into()
    }

    fn exit(&mut self, span: u32) -> types::Outcome {
        self.door.ledger.exit_span(SpanHandle(span)).into()
    }

    fn current(&mut self) -> u32 {
        self.door.ledger.current_span().0
    }

    fn derive_trace_id(&mut self, seed: String) -> types::TraceId {
        TraceId::derive(&seed).into()
    }

    fn derive_span_id(&mut self, seed: String) -> u64 {
        SpanId::derive(&seed).get()
    }
}
