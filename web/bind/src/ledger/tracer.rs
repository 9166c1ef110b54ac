//! Spans, as JavaScript calls them.
//!
//! Deliberately absent: accounting; the choice between integer and float, and which span is current: the package
//! knows what its runtime can follow.

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::tracer::{Exception, SpanHandle};
use codomyrmex_telemetry::{Outcome, Parent, SpanData, SpanLink, Text, TracerId, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Ledger;
use crate::environment::Drawn;
use crate::error::thrown;
use crate::wire::{self, WireAttributes, WireContext, WireLink, WireScope, WireSpan, WireSpanKind, WireSpanStatus, WireValue};
use crate::{id, key, time};

#[wasm_bindgen]
impl Ledger {
    /// The tracer of a scope.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = getTracer)]
    pub fn get_tracer(&self, scope: JsValue) -> Result<u32, JsValue> {
        let scope: WireScope = wire::read(scope)?;
        Ok(self.work(|door| door.ledger.get_tracer(scope.into())).map_err(thrown)?.0)
    }

    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = declareSpan)]
    pub fn declare_span(&self, tracer: u32, name: &str, kind: JsValue) -> Result<u32, JsValue> {
        let kind: WireSpanKind = wire::read(kind)?;
        Ok(self.work(|door| door.ledger.declare_span(TracerId(tracer), name, kind.into())).map_err(thrown)?.0)
    }

    /// Begins the first span of a trace: of the one that is given, or of a new one. `elapsed` here and below is
    /// what a clock that never falls says, in milliseconds; it is read where the time is the clock's.
    #[wasm_bindgen(js_name = startRoot)]
    pub fn start_root(&self, name: u32, trace: Option<String>, id: Option<String>, ms: f64, ns: f64, elapsed: f64) -> u32 {
        let parent = match trace.as_deref().map(id::trace_id).transpose() {
            Ok(trace) => trace.map_or(Parent::Root, Parent::Trace),
            Err(_) => return self.unrecorded(Outcome::InvalidValue),
        };
        self.start(name, parent, id, [ms, ns, elapsed])
    }

    /// Begins a span under a span or a remote context.
    #[wasm_bindgen(js_name = startChild)]
    pub fn start_child(&self, name: u32, parent: u32, id: Option<String>, ms: f64, ns: f64, elapsed: f64) -> u32 {
        self.start(name, Parent::Span(SpanHandle(parent)), id, [ms, ns, elapsed])
    }

    /// Makes a context that came from outside usable as a parent, until `endSpan`.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = remoteSpan)]
    pub fn remote_span(&self, context: JsValue) -> Result<u32, JsValue> {
        let context: WireContext = wire::read(context)?;
        let context = context.try_into().map_err(thrown)?;
        Ok(self.work(|door| door.ledger.remote_span(context)).map_err(thrown)?.0)
    }

    /// The context of an open span; `undefined` for zero or an ended one.
    ///
    /// # Errors
    /// None that a caller could cause.
    #[wasm_bindgen(js_name = spanContext)]
    pub fn span_context(&self, span: u32) -> Result<JsValue, JsValue> {
        match self.work(|door| door.ledger.span_context(SpanHandle(span))) {
            Some(context) => wire::write(&WireContext::from(context)),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Sets an attribute to a boolean. Here and in the next three the key is a number of `attributeKey`.
    #[wasm_bindgen(js_name = setBoolean)]
    pub fn set_boolean(&self, span: u32, key: u32, value: bool) -> u8 {
        self.set_attribute(span, key::of(key), Value::Boolean(value))
    }

    /// Sets an attribute to an integer that a double holds exactly.
    #[wasm_bindgen(js_name = setInteger)]
    pub fn set_integer(&self, span: u32, key: u32, value: f64) -> u8 {
        self.set_attribute(span, key::of(key), Value::Integer(value as i64))
    }

    /// Sets an attribute to a double.
    #[wasm_bindgen(js_name = setFloat)]
    pub fn set_float(&self, span: u32, key: u32, value: f64) -> u8 {
        self.set_attribute(span, key::of(key), value.into())
    }

    /// Sets an attribute to a text.
    #[wasm_bindgen(js_name = setText)]
    pub fn set_text(&self, span: u32, key: u32, value: &str) -> u8 {
        self.set_attribute(span, key::of(key), value.into())
    }

    /// Sets an attribute to any value, by its key itself: a list, an integer that no double holds, or what has a key
    /// without a number.
    #[wasm_bindgen(js_name = setValue)]
    pub fn set_value(&self, span: u32, key: &str, value: JsValue) -> u8 {
        match wire::read::<WireValue>(value) {
            Ok(value) => self.set_attribute(span, key.into(), value.into()),
            Err(_) => self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8,
        }
    }

    /// Adds an event.
    #[wasm_bindgen(js_name = addEvent)]
    pub fn add_event(&self, span: u32, name: &str, ms: f64, ns: f64, elapsed: f64, attributes: JsValue) -> u8 {
        match wire::read::<WireAttributes>(attributes) {
            Ok(attributes) => self.in_trace([ms, ns, elapsed], |door, at| door.add_event(span, name.into(), at, attributes.into())) as u8,
            Err(_) => self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8,
        }
    }

    /// Adds an event `exception`.
    #[allow(clippy::too_many_arguments, reason = "texts and doubles cross without an object being made for them")]
    #[wasm_bindgen(js_name = recordException)]
    pub fn record_exception(
        &self,
        span: u32,
        exception_type: String,
        message: String,
        stacktrace: String,
        ms: f64,
        ns: f64,
        elapsed: f64,
    ) -> u8 {
        let exception = Exception { exception_type, message, stacktrace };
        self.in_trace([ms, ns, elapsed], |door, at| door.record_exception(span, exception, at)) as u8
    }

    /// Adds a link.
    #[wasm_bindgen(js_name = addLink)]
    pub fn add_link(&self, span: u32, link: JsValue) -> u8 {
        let link = wire::read::<WireLink>(link).ok().and_then(|link| SpanLink::try_from(link).ok());
        self.work(|door| match link {
            Some(link) => door.ledger.add_link(SpanHandle(span), link),
            None => door.ledger.drop_record(Outcome::InvalidValue),
        }) as u8
    }

    /// Says how the span goes.
    #[wasm_bindgen(js_name = setStatus)]
    pub fn set_status(&self, span: u32, status: JsValue) -> u8 {
        let status = wire::read::<WireSpanStatus>(status);
        self.work(|door| match status {
            Ok(status) => door.ledger.set_status(SpanHandle(span), status.into()),
            Err(_) => door.ledger.drop_record(Outcome::InvalidValue),
        }) as u8
    }

    /// Gives the span another name.
    #[wasm_bindgen(js_name = updateName)]
    pub fn update_name(&self, span: u32, name: &str) -> u8 {
        self.work(|door| door.ledger.update_name(SpanHandle(span), name.into())) as u8
    }

    /// Ends the span, once.
    #[wasm_bindgen(js_name = endSpan)]
    pub fn end_span(&self, span: u32, ms: f64, ns: f64, elapsed: f64) -> u8 {
        self.in_trace([ms, ns, elapsed], |door, at| door.end_span(span, at)) as u8
    }

    /// Records a whole span.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn complete(&self, span: JsValue) -> Result<(), JsValue> {
        let span: WireSpan = wire::read(span)?;
        let tracer = span.tracer;
        let span: SpanData = span.try_into().map_err(thrown)?;
        self.held(Some(span.ended.nanos()), |door| door.complete_span_of(tracer, span)).map_err(thrown)
    }

    /// Ends every open span with status error and this description. Gives their number.
    pub fn abandon(&self, reason: &str) -> u32 {
        self.held(Some(u64::MAX), |door| door.abandon(reason)) // so that the clock is read
    }
}

impl Ledger {
    fn start(&self, name: u32, parent: Parent, id: Option<String>, at: [f64; 3]) -> u32 {
        let Ok(id) = id.as_deref().map(id::span_id).transpose() else { return self.unrecorded(Outcome::InvalidValue) };
        self.in_trace(at, |door, at| door.start_span(name, parent, id, at))
    }

    /// Works with the ledger at a time that, where it is the clock's, is the clock's of a trace.
    fn in_trace<T>(&self, [ms, ns, elapsed]: [f64; 3], work: impl FnOnce(&mut Door<Drawn>, Option<u64>) -> T) -> T {
        self.timed(ms, ns, |door, at| {
            door.environment.elapsed = time::nanos(elapsed);
            work(door, at)
        })
    }

    fn unrecorded(&self, reason: Outcome) -> u32 {
        self.work(|door| door.ledger.drop_record(reason));
        0
    }

    fn set_attribute(&self, span: u32, key: Text, value: Value) -> u8 {
        self.work(|door| door.ledger.set_attribute(SpanHandle(span), key, value)) as u8
    }
}
