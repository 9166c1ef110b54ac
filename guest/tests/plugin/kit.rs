//! What the tests of spans share: finished spans as texts, and futures that are polled by hand.
//!
//! Deliberately absent: an executor; a test says itself whose turn it is.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use codomyrmex_telemetry_guest::{SpanData, SpanStatus, Value, with_ledger};

/// The finished spans of this thread in the order in which they began, then by name.
pub(crate) fn finished() -> Vec<SpanData> {
    let mut spans: Vec<SpanData> = with_ledger(|ledger| ledger.snapshot()).spans.iter().cloned().collect();
    spans.sort_by_key(|span| (span.started, std::cmp::Reverse(span.ended), span.name.clone()));
    spans
}

/// The finished span of this name; there is one.
pub(crate) fn named(name: &str) -> SpanData {
    let mut spans: Vec<SpanData> = finished().into_iter().filter(|span| span.name == name).collect();
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.remove(0)
}

/// Each span as `name under parent: status [events]`.
pub(crate) fn told() -> Vec<String> {
    let spans = finished();
    let name = |id| spans.iter().find(|span| Some(span.context.span_id) == id).map_or("", |span| span.name.as_str());
    let mut told: Vec<String> = spans.iter().map(|span| tell(span, name(span.parent))).collect();
    told.sort();
    told
}

fn tell(span: &SpanData, parent: &str) -> String {
    let status = match &span.status {
        SpanStatus::Unset => "unset".into(),
        SpanStatus::Ok => "ok".into(),
        SpanStatus::Error(text) => format!("error '{text}'"),
    };
    let events: Vec<&str> = span.events.iter().map(|event| event.name.as_str()).collect();
    let under = if parent.is_empty() { String::new() } else { format!(" under {parent}") };
    format!("{}{under}: {status} [{}]", span.name, events.join(", "))
}

/// An attribute as text; empty where there is none.
pub(crate) fn attribute(span: &SpanData, key: &str) -> String {
    span.attributes.get(key).map_or_else(String::new, text)
}

/// A value as text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Float(number) => number.get().to_string(),
        list => format!("{list:?}"),
    }
}

/// Polls a future once.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future until it is complete.
pub(crate) fn finish<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
    }
}

/// Waits for so many polls.
pub(crate) async fn turns(count: u32) {
    let mut left = count;
    std::future::poll_fn(|_| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
