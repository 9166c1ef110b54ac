//! Spans for the tests of `telemetry trace`: an agent at work, a call from elsewhere, and a deceiver.
//!
//! Deliberately absent: what is printed of them.

use std::fs;
use std::sync::Arc;

use codomyrmex_telemetry::tracer::{Origin, Scope};
use codomyrmex_telemetry::{
    Ledger, SpanContext, SpanData, SpanEvent, SpanId, SpanKind, SpanLink, SpanStatus, Timestamp, TraceId, Value, WriterId,
};

use crate::kit::folder;

/// Midnight, 2026-01-31.
pub(crate) const BEGIN: u64 = 1_769_817_600_000_000_000;

pub(crate) const MS: u64 = 1_000_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos(BEGIN + ms * MS).unwrap()
}

fn context(trace: u128, span: u64) -> SpanContext {
    let (trace_id, span_id) = (TraceId::new(trace).unwrap(), SpanId::new(span).unwrap());
    SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() }
}

/// A span: its trace, its id, its parent or 0, its name, and from when to when, in milliseconds.
fn span((trace, id, parent): (u128, u64, u64), name: &str, (from, to): (u64, u64), attributes: &[(&str, Value)]) -> SpanData {
    let mut span = SpanData::begin(context(trace, id), SpanId::new(parent).ok(), name.into(), SpanKind::Internal, at(from));
    span.ended = at(to);
    span.attributes = attributes.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    span
}

/// The agent's trace.
const BOOKING: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const LOOKUP: u128 = 0x1bf7_6519_16cd_43dd_8448_eb21_1c80_319c;
const EVIL: u128 = 0xe011_0000_0000_0000_0000_0000_0000_0001;

/// Ten seconds of an agent that asks a model twice and a tool twice, of which one fails.
fn booking() -> Vec<SpanData> {
    let text = |text: &str| Value::from(text);
    let chat = |id: u64, time, tokens: [i64; 3]| {
        let [input, cached, output] = tokens.map(Value::from);
        let mut span = span(
            (BOOKING, id, 1),
            "chat small",
            time,
            &[
                ("gen_ai.operation.name", text("chat")),
                ("gen_ai.response.model", text("small")),
                ("gen_ai.usage.input_tokens", input),
                ("gen_ai.usage.cache_read.input_tokens", cached),
                ("gen_ai.usage.output_tokens", output),
            ],
        );
        span.kind = SpanKind::Client;
        span
    };
    let tool = |id: u64, time| {
        span(
            (BOOKING, id, 1),
            "execute_tool search",
            time,
            &[("gen_ai.operation.name", text("execute_tool")), ("gen_ai.tool.name", text("search"))],
        )
    };
    let mut failed = tool(3, (4_000, 6_500));
    failed.status = SpanStatus::Error("no flight on that day".into());
    failed.events = vec![SpanEvent { name: "retry".into(), at: at(5_000), attributes: [("attempt".into(), 2.into())].into() }];
    failed.links = vec![SpanLink { context: context(LOOKUP, 1), attributes: Default::default() }];
    failed.dropped.attributes = 3;
    let scope = Scope { version: "1.2".into(), ..Scope::named("clerk") };
    failed.origin = Arc::new(Origin { resource: [("service.name".into(), text("flights"))].into(), scope });
    let mut found = tool(4, (6_500, 6_501));
    found.status = SpanStatus::Ok;
    let agent = [
        ("gen_ai.operation.name", text("invoke_agent")),
        ("gen_ai.agent.name", text("clerk")),
        ("gen_ai.usage.input_tokens", 2_400.into()),
    ];
    let root = span((BOOKING, 1, 0), "invoke_agent clerk", (0, 10_000), &agent);
    vec![root, chat(2, (0, 4_000), [1_000, 600, 50]), failed, found, chat(5, (7_000, 10_000), [1_400, 1_000, 70])]
}

/// A call from another program, half a second later.
fn lookup() -> SpanData {
    SpanData { kind: SpanKind::Server, ..span((LOOKUP, 1, 0xbeef), "GET /flights", (500, 512), &[]) }
}

/// What an agent writes who wants to deceive: escape codes, writing from right to left, wide and combining
/// characters, long names, deep trees, and parents in a circle.
pub(crate) fn evil() -> Vec<SpanData> {
    let spending = [
        ("gen_ai.operation.name", "chat".into()),
        ("gen_ai.request.model", "\u{1b}[31m語".repeat(20).into()),
        ("gen_ai.usage.input_tokens", 1_000_000.into()),
    ];
    let mut spans = vec![
        span((EVIL, 1, 1), "\u{1b}[2J\u{202e}me\r\nfine  0.00 s", (0, 10), &[("\u{1b}]0;key\u{7}", "va\u{9b}31mlue".into())]),
        span((EVIL, 2, 1), &"日本語".repeat(20), (0, 5), &spending),
        span((EVIL, 3, 1), &"e\u{301}".repeat(40), (5, 10), &[]),
    ];
    spans.extend((4..40).map(|id| span((EVIL, id, id - 1), "deep", (6, 7), &[])));
    spans.iter_mut().for_each(|span| span.status = SpanStatus::Error("\u{1b}[1Aall is well".into()));
    spans
}

/// A file with a snapshot of these spans, in a folder of the test.
pub(crate) fn snapshot(test: &str, spans: &[SpanData]) -> String {
    let mut ledger = Ledger::new(WriterId::new(1));
    spans.iter().for_each(|span| ledger.complete_span(span.clone()).unwrap());
    let path = folder(test).join("snapshot").to_str().unwrap().to_string();
    fs::write(&path, ledger.snapshot().to_bytes()).unwrap();
    path
}

pub(crate) fn good(test: &str) -> String {
    snapshot(test, &[booking(), vec![lookup()]].concat())
}
