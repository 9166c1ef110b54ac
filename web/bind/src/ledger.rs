//! The class that JavaScript gets: a ledger behind a door, by numbers and plain objects.
//!
//! Every method takes `&self`, and the ledger is borrowed only while Rust alone runs: times, random
//! numbers and objects are fetched before. So code of the page that is called in between can call in
//! again. Deliberately absent: accounting, and names for people; see `web/src`.

use std::cell::RefCell;

use codomyrmex_telemetry::door::Door;
use codomyrmex_telemetry::tracer::SpanHandle;
use codomyrmex_telemetry::{Absorbed, Error, FamilyId, Outcome, Parent, SpanId, SpanLink, Value, export, limits};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::environment::{self, Drawn};
use crate::error::thrown;
use crate::wire::{self, WireAttributes, WireContext, WireDescriptor, WireDrops, WireLink, WireObjective, WireSpan, WireSpanKind};
use crate::wire::{WireSpanStatus, WireStatus, WireValue};
use crate::{id, time};

/// The largest whole number up to which a double holds every one: 2^53 - 1.
const COUNT_MAX: f64 = 9_007_199_254_740_991.0;

/// A ledger.
///
/// A time is two doubles: milliseconds since 1970 (NaN for none) and nanoseconds on top. An outcome
/// is its place in the WIT's enum. A span that cannot be recorded is zero.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ledger {
    door: RefCell<Door<Drawn>>,
}

#[wasm_bindgen]
impl Ledger {
    /// An empty ledger with a random writer id.
    ///
    /// # Errors
    /// `unsupported` where the runtime gives no random numbers.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsValue> {
        let words = environment::words().map_err(thrown)?;
        Ok(Self { door: RefCell::new(Door::new(Drawn { now: 0, words })) })
    }

    /// Names the writer, before the first drain.
    ///
    /// # Errors
    /// `invalid-argument` where it is not 32 hexadecimal digits, `conflict` after the first drain.
    pub fn configure(&self, writer: &str) -> Result<(), JsValue> {
        let writer = id::writer_id(writer).map_err(thrown)?;
        self.work(|door| door.ledger.configure(writer)).map_err(thrown)
    }

    /// Declares a family, or finds it again.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn declare(&self, descriptor: JsValue) -> Result<u32, JsValue> {
        let descriptor: WireDescriptor = wire::read(descriptor)?;
        Ok(self.work(|door| door.ledger.declare(descriptor.into())).map_err(thrown)?.0)
    }

    /// The series of a family with these label values.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn resolve(&self, family: u32, values: Vec<String>) -> Result<u32, JsValue> {
        Ok(self.work(|door| door.ledger.resolve(FamilyId(family), &values)).map_err(thrown)?.0)
    }

    /// Adds to a counter or an up-down-counter.
    pub fn add(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.work(|door| door.add(series, value, time::given(ms, ns))) as u8
    }

    /// Sets a gauge.
    pub fn set(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.set(series, value, at)) as u8
    }

    /// Records a value into a histogram.
    pub fn observe(&self, series: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.work(|door| door.observe(series, value, time::given(ms, ns))) as u8
    }

    /// Creates an objective, or finds it again.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = createSlo)]
    pub fn create_slo(&self, objective: JsValue) -> Result<u32, JsValue> {
        let objective: WireObjective = wire::read(objective)?;
        let objective = objective.try_into().map_err(thrown)?;
        Ok(self.work(|door| door.ledger.create_slo(objective)).map_err(thrown)?.0)
    }

    /// Records good or bad events. A count that is no whole number from 0 to 2^53 - 1 is a counted drop.
    #[wasm_bindgen(js_name = recordEvent)]
    pub fn record_event(&self, slo: u32, good: bool, count: f64, ms: f64, ns: f64) -> u8 {
        if !(0.0..=COUNT_MAX).contains(&count) || count.trunc() != count {
            return self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8;
        }
        self.timed(ms, ns, |door, at| door.record_event(slo, good, count as u64, at)) as u8
    }

    /// Records a value for the objective's threshold to judge.
    #[wasm_bindgen(js_name = recordValue)]
    pub fn record_value(&self, slo: u32, value: f64, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.record_value(slo, value, at)) as u8
    }

    /// How an objective stood at a time.
    ///
    /// # Errors
    /// `unknown` for a number that was not given, `invalid-argument` for a time that cannot be.
    #[wasm_bindgen(js_name = sloStatus)]
    pub fn slo_status(&self, slo: u32, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let status = self.work(|door| door.slo_status(slo, at)).map_err(thrown)?;
        wire::write(&WireStatus::from(status))
    }

    /// How all objectives stood at a time, in the order of their ids.
    ///
    /// # Errors
    /// `invalid-argument` for a time that cannot be.
    #[wasm_bindgen(js_name = sloStatuses)]
    pub fn slo_statuses(&self, ms: f64, ns: f64) -> Result<JsValue, JsValue> {
        let at = time::asked(ms, ns).map_err(thrown)?;
        let statuses = self.work(|door| door.slo_statuses(at)).map_err(thrown)?;
        wire::write(&statuses.into_iter().map(WireStatus::from).collect::<Vec<_>>())
    }

    /// Declares the name and kind of spans, or finds them again.
    ///
    /// # Errors
    /// As the WIT says.
    #[wasm_bindgen(js_name = declareSpan)]
    pub fn declare_span(&self, name: &str, kind: JsValue) -> Result<u32, JsValue> {
        let kind: WireSpanKind = wire::read(kind)?;
        Ok(self.work(|door| door.ledger.declare_span(name, kind.into())).map_err(thrown)?.0)
    }

    /// Begins the first span of a trace: of the one that is given, or of a new one.
    #[wasm_bindgen(js_name = startRoot)]
    pub fn start_root(&self, name: u32, trace: Option<String>, id: Option<String>, ms: f64, ns: f64) -> u32 {
        let parent = match trace.as_deref().map(id::trace_id).transpose() {
            Ok(trace) => trace.map_or(Parent::Root, Parent::Trace),
            Err(_) => return self.unrecorded(Outcome::InvalidValue),
        };
        self.start(name, parent, id, ms, ns)
    }

    /// Begins a span under a span or a remote context.
    #[wasm_bindgen(js_name = startChild)]
    pub fn start_child(&self, name: u32, parent: u32, id: Option<String>, ms: f64, ns: f64) -> u32 {
        self.start(name, Parent::Span(SpanHandle(parent)), id, ms, ns)
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

    /// Sets an attribute to a boolean.
    #[wasm_bindgen(js_name = setBoolean)]
    pub fn set_boolean(&self, span: u32, key: String, value: bool) -> u8 {
        self.set_attribute(span, key, Value::Boolean(value))
    }

    /// Sets an attribute to an integer that a double holds exactly.
    #[wasm_bindgen(js_name = setInteger)]
    pub fn set_integer(&self, span: u32, key: String, value: f64) -> u8 {
        self.set_attribute(span, key, Value::Integer(value as i64))
    }

    /// Sets an attribute to a double.
    #[wasm_bindgen(js_name = setFloat)]
    pub fn set_float(&self, span: u32, key: String, value: f64) -> u8 {
        self.set_attribute(span, key, value.into())
    }

    /// Sets an attribute to a text.
    #[wasm_bindgen(js_name = setText)]
    pub fn set_text(&self, span: u32, key: String, value: String) -> u8 {
        self.set_attribute(span, key, Value::Text(value))
    }

    /// Sets an attribute to any value: a list, or an integer that no double holds.
    #[wasm_bindgen(js_name = setValue)]
    pub fn set_value(&self, span: u32, key: String, value: JsValue) -> u8 {
        match wire::read::<WireValue>(value) {
            Ok(value) => self.set_attribute(span, key, value.into()),
            Err(_) => self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8,
        }
    }

    /// Adds an event.
    #[wasm_bindgen(js_name = addEvent)]
    pub fn add_event(&self, span: u32, name: String, ms: f64, ns: f64, attributes: JsValue) -> u8 {
        match wire::read::<WireAttributes>(attributes) {
            Ok(attributes) => self.timed(ms, ns, |door, at| door.add_event(span, name, at, attributes.into())) as u8,
            Err(_) => self.work(|door| door.ledger.drop_record(Outcome::InvalidValue)) as u8,
        }
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
    pub fn update_name(&self, span: u32, name: String) -> u8 {
        self.work(|door| door.ledger.update_name(SpanHandle(span), name)) as u8
    }

    /// Ends the span, once.
    #[wasm_bindgen(js_name = endSpan)]
    pub fn end_span(&self, span: u32, ms: f64, ns: f64) -> u8 {
        self.timed(ms, ns, |door, at| door.end_span(span, at)) as u8
    }

    /// Records a whole span.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn complete(&self, span: JsValue) -> Result<(), JsValue> {
        let span: WireSpan = wire::read(span)?;
        let span = span.try_into().map_err(thrown)?;
        self.work(|door| door.ledger.complete_span(span)).map_err(thrown)
    }

    /// Makes a span the current one until `exit`.
    pub fn enter(&self, span: u32) -> u8 {
        self.work(|door| door.ledger.enter_span(SpanHandle(span))) as u8
    }

    /// Takes a span back from being current.
    pub fn exit(&self, span: u32) -> u8 {
        self.work(|door| door.ledger.exit_span(SpanHandle(span))) as u8
    }

    /// The span that was entered last and not left, or zero.
    pub fn current(&self) -> u32 {
        self.work(|door| door.ledger.current_span().0)
    }

    /// Counts a record that the package turned away, by the name of the reason.
    pub fn refuse(&self, reason: &str) -> u8 {
        let outcome = Outcome::DROPS.into_iter().find(|outcome| outcome.name() == reason);
        self.work(|door| door.ledger.drop_record(outcome.unwrap_or(Outcome::InvalidValue))) as u8
    }

    /// The delta of all that happened since the last drain; `undefined` if nothing did.
    pub fn drain(&self) -> Option<Vec<u8>> {
        self.work(|door| door.ledger.drain())
    }

    /// Takes in another ledger's delta; `true` where it was new.
    ///
    /// # Errors
    /// As the WIT says.
    pub fn absorb(&self, delta: &Uint8Array) -> Result<bool, JsValue> {
        let length = delta.length() as usize;
        if length > limits::BYTES_MAX {
            // Refused before it is copied: memory of this size may not be there.
            return Err(thrown(Error::Limit(format!("{length} bytes; at most {} are read", limits::BYTES_MAX))));
        }
        let bytes = delta.to_vec();
        let absorbed = self.work(|door| door.ledger.absorb(&bytes)).map_err(thrown)?;
        Ok(absorbed == Absorbed::Merged)
    }

    /// The canonical content as deterministic CBOR.
    pub fn snapshot(&self) -> Vec<u8> {
        self.work(|door| door.ledger.snapshot()).to_bytes()
    }

    /// The SHA-256 of the snapshot, as 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        let digest = self.work(|door| door.ledger.snapshot()).digest();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The accounts in the Prometheus text exposition format.
    pub fn prometheus(&self) -> String {
        export::prometheus(&self.work(|door| door.ledger.snapshot()))
    }

    /// The accounts as OpenMetrics text.
    pub fn openmetrics(&self) -> String {
        export::openmetrics(&self.work(|door| door.ledger.snapshot()))
    }

    /// Ends every open span with status error and this description. Gives their number.
    pub fn abandon(&self, reason: &str) -> u32 {
        self.work(|door| door.ledger.abandon(reason))
    }

    /// What was dropped so far, by reason.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn dropped(&self) -> Result<JsValue, JsValue> {
        let dropped = self.work(|door| door.ledger.dropped());
        wire::write(&dropped.into_iter().map(|(reason, count)| WireDrops { reason, count: count as f64 }).collect::<Vec<_>>())
    }
}

impl Ledger {
    fn start(&self, name: u32, parent: Parent, id: Option<String>, ms: f64, ns: f64) -> u32 {
        let Ok(id) = id.as_deref().map(id::span_id).transpose() else { return self.unrecorded(Outcome::InvalidValue) };
        if self.draw(id).is_err() {
            return self.unrecorded(Outcome::OverLimit); // of what the runtime gives
        }
        self.timed(ms, ns, |door, at| door.start_span(name, parent, id, at))
    }

    /// Sees to it that there are random words for a span that was not given an id.
    fn draw(&self, id: Option<SpanId>) -> Result<(), Error> {
        if id.is_none() && self.door.borrow().environment.is_low() {
            let words = environment::words()?;
            self.work(|door| door.environment.words = words);
        }
        Ok(())
    }

    fn unrecorded(&self, reason: Outcome) -> u32 {
        self.work(|door| door.ledger.drop_record(reason));
        0
    }

    fn set_attribute(&self, span: u32, key: String, value: Value) -> u8 {
        self.work(|door| door.ledger.set_attribute(SpanHandle(span), key, value)) as u8
    }

    /// Works with the ledger at the time that was given, or now. The clock is read before the borrow.
    fn timed<T>(&self, ms: f64, ns: f64, work: impl FnOnce(&mut Door<Drawn>, Option<u64>) -> T) -> T {
        let at = time::given(ms, ns);
        let now = if at.is_none() { environment::now() } else { 0 };
        self.work(|door| {
            door.environment.now = now;
            work(door, at)
        })
    }

    /// Works with the ledger. Nothing in `work` calls JavaScript, so it is never borrowed twice.
    fn work<T>(&self, work: impl FnOnce(&mut Door<Drawn>) -> T) -> T {
        work(&mut self.door.borrow_mut())
    }
}
