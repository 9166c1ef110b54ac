//! Lists of events, made up by chance: everyday ones, and those that somebody hostile would send.
//!
//! Values reach every bit pattern of a double, times lie around minutes, days and the ends of time,
//! ids are few so that they meet. Deliberately absent: what passes a ledger's limits, which has a law
//! of its own.

use std::ops::Range;
use std::sync::Arc;

use codomyrmex_telemetry::tracer::Origin;
use codomyrmex_telemetry::{
    Attributes, Instrument, Scope, SpanContext, SpanData, SpanEvent, SpanId, SpanKind, SpanLink, SpanStatus, Timestamp, TraceId, Value,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::catalogue::{MINUTE_NS, families};
use crate::event::{Event, Like, Stray};
use crate::naive::is_heard_of;
use crate::promises::objectives;

const DAY_NS: u64 = 24 * 60 * MINUTE_NS;
const TODAY_NS: u64 = 20_779 * DAY_NS; // 2026-11-22T00:00:00Z
const LATEST_NS: u64 = i64::MAX as u64;

/// Lists of events. In most the times lie within days, so that windows hold something; in some they
/// lie anywhere, and are at times too late to be times at all. In some all is about two series, at few
/// times, so that much comes together.
pub fn events(length: Range<usize>) -> impl Strategy<Value = Vec<Event>> {
    let few = (vec(event(near().boxed()), length.clone()), [0..families().len(), 0..families().len()]);
    prop_oneof![
        3 => vec(event(near().boxed()), length.clone()),
        1 => vec(event(prop_oneof![2 => near(), 1 => anywhere()].boxed()), length),
        2 => few.prop_map(|(events, chosen)| events.into_iter().map(|event| gathered(event, chosen)).collect()),
    ]
}

/// The same of one of two series, at a time that many share.
fn gathered(mut event: Event, chosen: [usize; 2]) -> Event {
    const QUARTER_NS: u64 = DAY_NS / 4;
    let hour = |at: u64| at - at % QUARTER_NS;
    let place = |family: usize| chosen[family % 2];
    let label = |family: usize, at: u64| {
        let state = |states: &[String]| states[(at / QUARTER_NS) as usize % states.len()].clone();
        let known = &families()[family];
        let state = if let Instrument::StateSet(states) = &known.instrument { Some(state(states)) } else { None };
        known.labels.iter().map(|_| "one".into()).chain(state).collect::<Vec<String>>()
    };
    match &mut event {
        Event::Resolve { family, labels } => (*family, *labels) = (place(*family), label(place(*family), 0)),
        Event::Set { family, labels, at, .. } | Event::RecordIn { family, labels, at, .. } => {
            (*family, *at) = (place(*family), hour(*at));
            *labels = label(*family, *at);
        }
        Event::Observe { family, labels, at, .. } => {
            *family = place(*family);
            *at = time_for(*family, at.map(hour), TODAY_NS);
            *labels = label(*family, at.unwrap_or(0));
        }
        Event::Add { family, value, at, .. } => {
            let family = place(*family);
            return addition((family, label(family, at.unwrap_or(0))), *value, at.map(hour), hour(at.unwrap_or(TODAY_NS)));
        }
        Event::Count { .. } | Event::Judge { .. } | Event::Span { .. } | Event::Stray(_) => {}
    }
    event
}

/// Doubles of every sort, NaN and infinities among them.
pub fn number() -> impl Strategy<Value = f64> {
    const EDGES: [f64; 22] = [
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        -f64::MAX,
        1e100,
        -1e100,
        0.1,
        0.2,
        0.3,
        0.005,
        2.5,
        1e16,
        1e-300,
        9_007_199_254_740_993.0,
        8.98846567431158e307,
        1.8446744073709552e19,
        5.421010862427522e-20,
        1.7014118346046923e38,
        2.225073858507201e-308,
    ];
    prop_oneof![
        6 => (0..1_000i32).prop_map(f64::from),
        1 => (-1_000..0i32).prop_map(f64::from),
        3 => (0..1_000_000i32).prop_map(|thousandths| f64::from(thousandths) / 1_000.0),
        3 => select(&EDGES[..]),
        2 => any::<u64>().prop_map(f64::from_bits),
        1 => select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY][..]),
    ]
}

/// Several spans.
pub fn spans(length: Range<usize>) -> impl Strategy<Value = Vec<SpanData>> {
    vec(span(near().boxed()), length)
}

/// A span whose parts are within the limits, at times that are times.
pub fn span(at: BoxedStrategy<u64>) -> impl Strategy<Value = SpanData> {
    let moment = at.prop_map(|at| Timestamp::from_nanos(at.min(LATEST_NS)).unwrap()).boxed();
    let kind = select(&[SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer][..]);
    let status = prop_oneof![
        Just(SpanStatus::Unset),
        Just(SpanStatus::Ok),
        select(&["", "it broke"][..]).prop_map(|text| SpanStatus::Error(text.into())),
    ];
    let event = (select(&["", "retry", "cache miss"][..]), moment.clone(), attributes());
    let event = event.prop_map(|(name, at, attributes)| SpanEvent { name: name.into(), at, attributes });
    let link = (context(), attributes()).prop_map(|(context, attributes)| SpanLink { context, attributes });
    let head = (context(), prop::option::of(1..9u64), select(&["plan", "search", "book"][..]), kind, moment.clone(), moment);
    let tail = (vec(link, 0..3), status, origin());
    (head, attributes(), vec(event, 0..3), tail).prop_map(|(head, attributes, events, (links, status, origin))| {
        let (context, parent, name, kind, first, second) = head;
        let parent = parent.map(span_id);
        let mut span = SpanData::begin(context, parent, name.into(), kind, first.min(second));
        span.ended = first.max(second);
        SpanData { attributes, events, links, status, origin: Arc::new(origin), ..span }
    })
}

/// A resource and a scope, most often those of a ledger that was told of none.
fn origin() -> impl Strategy<Value = Origin> {
    let scope = (select(&["", "planner"][..]), select(&["", "1.0"][..]), attributes());
    let scope = scope.prop_map(|(name, version, attributes)| {
        let (name, version, schema_url) = (name.into(), version.into(), String::new());
        Scope { name, version, schema_url, attributes }
    });
    let said = (attributes(), scope).prop_map(|(resource, scope)| Origin { resource, scope });
    prop_oneof![3 => Just(Origin::default()), 1 => said]
}

/// A context: of few traces and spans, so that two often meet, or of any.
pub fn context() -> impl Strategy<Value = SpanContext> {
    let trace = prop_oneof![3 => 1..6u128, 1 => 1..=u128::MAX];
    let span = prop_oneof![3 => 1..9u64, 1 => 1..=u64::MAX];
    let flags = prop_oneof![3 => Just(1u8), 1 => any::<u8>()];
    (trace, span, flags, select(&["", "", "vendor=1"][..])).prop_map(|(trace, span, trace_flags, state)| SpanContext {
        trace_id: TraceId::new(trace).unwrap(),
        span_id: span_id(span),
        trace_flags,
        trace_state: state.into(),
    })
}

/// The span id of a number that is not 0.
#[must_use]
pub fn span_id(id: u64) -> SpanId {
    SpanId::new(id).unwrap()
}

fn event(at: BoxedStrategy<u64>) -> impl Strategy<Value = Event> {
    let maybe = prop_oneof![1 => Just(None), 3 => at.clone().prop_map(Some)].boxed();
    let told = told().boxed();
    let count = prop_oneof![8 => 0..1_000u64, 1 => select(&[u64::MAX, 1 << 63][..])];
    let strays = select(&[Stray::Add, Stray::Observe, Stray::Count, Stray::Start, Stray::End][..]);
    let written = prop_oneof![1 => number(), 1 => select(&[0.0, -0.0, 1.0][..])];
    let times = prop_oneof![8 => Just(1), 2 => 0..70u32, 1 => select(&[0, u32::MAX][..])];
    prop_oneof![
        1 => series().prop_map(|(family, labels)| Event::Resolve { family, labels }),
        6 => (series(), number(), maybe.clone(), at.clone()).prop_map(|(series, value, maybe, at)| addition(series, value, maybe, at)),
        3 => (series(), written, at.clone()).prop_map(|((family, labels), value, at)| Event::Set { family, labels, value, at }),
        7 => (series(), number(), times, maybe, at.clone()).prop_map(|((family, labels), value, times, maybe, at)| {
            Event::Observe { family, labels, value, times, at: time_for(family, maybe, at) }
        }),
        4 => (series(), number(), at.clone(), context()).prop_map(|((family, labels), value, at, context)| {
            Event::RecordIn { family, labels, value, at, context }
        }),
        7 => (told.clone(), any::<bool>(), count, at.clone()).prop_map(|((slo, like), good, count, at)| {
            Event::Count { slo, good, count, at, like }
        }),
        4 => (told, number(), at.clone()).prop_map(|((slo, like), value, at)| Event::Judge { slo, value, at, like }),
        3 => (span(at), any::<bool>()).prop_map(|(data, by_steps)| Event::Span { data, by_steps }),
        1 => strays.prop_map(Event::Stray),
    ]
}

/// An objective, and what an event of it was like: as its terms ask for, nothing, or something wrong.
fn told() -> impl Strategy<Value = (usize, Option<Like>)> {
    let dimensions: Vec<usize> = objectives().iter().map(|objective| objective.dimensions.len()).collect();
    (0..dimensions.len()).prop_flat_map(move |slo| {
        let value = || select(&["", "ann", "bob", "größer"][..]).prop_map(String::from);
        let like = |width: usize| (vec(value(), width), prop::option::of(context())).prop_map(|(values, context)| Like { values, context });
        let like = prop_oneof![3 => Just(None), 5 => like(dimensions[slo]).prop_map(Some), 1 => like(3).prop_map(Some)];
        (Just(slo), like)
    })
}

/// `add`, but where it would change a gauge, which is no event: then `observe`, which is wrong there.
fn addition((family, labels): (usize, Vec<String>), value: f64, maybe: Option<u64>, at: u64) -> Event {
    if families()[family].instrument == Instrument::Gauge {
        return Event::Observe { family, labels, value, times: 1, at: maybe };
    }
    Event::Add { family, labels, value, at: time_for(family, maybe, at) }
}

/// A family with a window, or one that an objective hears of, is always told a time: without one, a door
/// takes its own clock's.
fn time_for(family: usize, maybe: Option<u64>, at: u64) -> Option<u64> {
    if families()[family].window.is_some() || is_heard_of(family) { Some(at) } else { maybe }
}

fn series() -> impl Strategy<Value = (usize, Vec<String>)> {
    let families = families();
    (0..families.len()).prop_flat_map(move |family| {
        let value = select(&["", "search", "book", "\"quoted\"", "two\nlines", "größer", "\u{10ffff}"][..]).prop_map(String::from);
        let labels = vec(value, families[family].labels.len());
        let states = if let Instrument::StateSet(states) = &families[family].instrument { states.clone() } else { Vec::new() };
        let state = if states.is_empty() { Just(None).boxed() } else { select(states).prop_map(Some).boxed() };
        (Just(family), (labels, state).prop_map(|(labels, state)| labels.into_iter().chain(state).collect()))
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let float = || number().prop_map(Into::into);
    let text = || {
        select(&["", "a", "ü", "as long as one in place", "longer by a single byte.", "a longer text than the others"][..])
            .prop_map(String::from)
    };
    let value = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        float().prop_map(Value::Float),
        text().prop_map(Into::into),
        vec(any::<bool>(), 0..3).prop_map(Value::Booleans),
        vec(any::<i64>(), 0..3).prop_map(Value::Integers),
        vec(float(), 0..3).prop_map(Value::Floats),
        vec(text(), 0..3).prop_map(Value::Texts),
    ];
    vec((select(&["tool", "rows", "ok", "gen_ai.usage"][..]).prop_map(Into::into), value), 0..4)
        .prop_map(|pairs| pairs.into_iter().collect())
}

/// Within days, often at the edge of a minute or a day, often the same.
fn near() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => TODAY_NS..TODAY_NS + 2 * DAY_NS,
        2 => (0..40 * 1_440u64).prop_map(|minute| TODAY_NS + minute * MINUTE_NS),
        1 => (1..40 * 1_440u64).prop_map(|minute| TODAY_NS + minute * MINUTE_NS - 1),
        1 => (0..130u64).prop_map(|day| TODAY_NS - 90 * DAY_NS + day * DAY_NS),
        2 => (0..90u64).prop_map(|minute| TODAY_NS + minute * MINUTE_NS),
    ]
}

/// From the first moment to past the last.
fn anywhere() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..=LATEST_NS,
        1 => select(&[0, 1, MINUTE_NS - 1, MINUTE_NS, LATEST_NS - 1, LATEST_NS][..]),
        1 => select(&[LATEST_NS + 1, u64::MAX][..]),
    ]
}
