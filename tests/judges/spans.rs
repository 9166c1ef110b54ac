//! Spans with all that a span can have, for the judges: every kind of value, event, link, status, scope, resource
//! and drop.
//!
//! Deliberately absent: verdicts.

use codomyrmex_telemetry::tracer::{Origin, SpanDrops, SpanEvent, SpanLink};
use codomyrmex_telemetry::{
    Attributes, Double, Error, Ledger, Scope, SpanContext, SpanData, SpanId, SpanKind, SpanStatus, Timestamp, TraceId, Value,
};

const KINDS: [SpanKind; 5] = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

/// Every kind of value, with the ends of what it can be.
fn values() -> Attributes {
    let floats = [0.0, -0.0, 5e-324, 1e300, f64::INFINITY, f64::NEG_INFINITY].map(Double::new);
    let values = [
        Value::Boolean(true),
        Value::Boolean(false),
        Value::Integer(0),
        Value::Integer(i64::MIN),
        Value::Integer(i64::MAX),
        Value::Float(Double::new(-0.0)),
        Value::Float(Double::new(f64::NAN)),
        Value::Float(Double::new(2.0)),
        "".into(),
        Value::Text("\"\\\n\u{1}\u{7f}é 日本 \u{1f980}".into()),
        Value::Booleans(vec![]),
        Value::Booleans(vec![false, true]),
        Value::Integers(vec![]),
        Value::Integers(vec![0, -1, i64::MAX, 1 << 40]),
        Value::Floats(vec![]),
        Value::Floats(floats.into()),
        Value::Texts(vec![]),
        Value::Texts(vec![String::new(), "a".into(), "\t{[".into()]),
    ];
    values.into_iter().enumerate().map(|(place, value)| (format!("value.{place}").into(), value)).collect()
}

fn context(trace: &str, span: &str) -> SpanContext {
    SpanContext { trace_id: TraceId::derive(trace), span_id: SpanId::derive(span), trace_flags: 1, trace_state: String::new() }
}

fn origins() -> Vec<std::sync::Arc<Origin>> {
    let service = |name: &str| -> Attributes { [("service.name".into(), name.into())].into() };
    let scope = Scope { version: "1.2".into(), schema_url: "https://example.org/1".into(), attributes: values(), ..Scope::named("rich") };
    let origins = [
        Origin::default(),
        Origin { resource: service("b"), scope: Scope::named("plain") },
        Origin { resource: service("a"), scope: scope.clone() },
        Origin { resource: service("a"), scope: Scope::named("plain") },
        Origin { resource: values(), scope: Scope { schema_url: String::new(), ..scope } },
    ];
    origins.map(Into::into).into()
}

/// Adds them.
pub(crate) fn add(ledger: &mut Ledger, start: u64) -> Result<(), Error> {
    let at = |nanos: u64| Timestamp::try_from(start + nanos);
    let origins = origins();
    let statuses = [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error(String::new()), SpanStatus::Error("it \"failed\"\n".into())];
    for number in 0..60u32 {
        let place = number as usize;
        let mut span = SpanData::begin(
            context(&format!("rich {}", number / 4), &format!("rich {number}")),
            (number % 4 != 0).then(|| SpanId::derive(&format!("rich {}", number - 1))),
            format!("rich {}", number % 7).into(),
            KINDS[place % KINDS.len()],
            at(u64::from(number))?,
        );
        span.ended = at(u64::from(number) * 1_000)?;
        span.origin = std::sync::Arc::clone(&origins[place % origins.len()]);
        span.status = statuses[place % statuses.len()].clone();
        if number % 2 == 0 {
            span.context.trace_flags = 3;
            span.context.trace_state = "ot=th:8;rv:abcdef01234567,vendor=x".into();
        }
        if number % 3 == 0 {
            span.attributes = values();
            span.dropped = SpanDrops { attributes: 1, events: number, links: u32::MAX };
        }
        for event in 0..number % 4 {
            let attributes = if event == 1 { values() } else { Attributes::new() };
            span.events.push(SpanEvent { name: ["", "retry", "exception"][event as usize].into(), at: at(u64::from(event))?, attributes });
        }
        for link in 0..number % 3 {
            let mut context = context("elsewhere", &format!("link {link}"));
            (context.trace_flags, context.trace_state) = [(0, String::new()), (1, "a=b".into())][link as usize].clone();
            span.links.push(SpanLink { context, attributes: if link == 1 { values() } else { Attributes::new() } });
        }
        ledger.complete_span(span)?;
    }
    Ok(())
}
