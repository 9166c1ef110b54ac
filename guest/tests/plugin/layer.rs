//! What the crate `tracing` says, in the accounts.

use std::pin::pin;

use crate::kit::{attribute, finished, named, poll, text, told, turns};
use codomyrmex_telemetry_guest::{SpanKind, SpanStatus, TelemetryLayer, get_tracer, with_ledger};
use tracing::{Span, error, error_span, field, info, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;

fn traced<T>(body: impl FnOnce() -> T) -> T {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(TelemetryLayer::new()), body)
}

#[instrument]
async fn outer(request: &'static str) {
    turns(2).await;
    inner(request).await;
}

#[instrument]
async fn inner(request: &'static str) {
    turns(2).await;
    info!(request, "arrived");
}

#[instrument(err)]
fn refused() -> Result<(), String> {
    Err("no seats".into())
}

#[test]
fn instrumented_futures_that_take_turns_keep_their_own_parents() {
    traced(|| {
        let (mut one, mut two) = (pin!(outer("one")), pin!(outer("two")));
        assert!(poll(one.as_mut()).is_pending() && poll(two.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending() && poll(one.as_mut()).is_pending());
        assert!(poll(one.as_mut()).is_ready() && poll(two.as_mut()).is_ready());
    });
    let spans = finished();
    assert_eq!(spans.len(), 4);
    for request in ["one", "two"] {
        let [outer, inner] = ["outer", "inner"].map(|name| {
            let is_it = |span: &&_| attribute(span, "request") == format!("{request:?}").trim_matches('"') && span.name == name;
            spans.iter().find(is_it).unwrap_or_else(|| panic!("{name} of {request}: {spans:?}"))
        });
        assert_eq!((outer.parent, inner.parent), (None, Some(outer.context.span_id)));
        assert_eq!(text(inner.events[0].attributes.get("request").unwrap()), request);
    }
}

#[test]
fn fields_of_opentelemetry_say_what_they_mean() {
    traced(|| {
        let span = info_span!("call", otel.name = "GET seats", otel.kind = "CLIENT", seats = 3_u64, big = u64::MAX, left = field::Empty);
        span.record("left", false);
        let failed = info_span!("book", otel.status_code = "ERROR", otel.status_description = "sold out");
        failed.follows_from(&span);
        info_span!("fine", otel.status_code = "ok").in_scope(|| error!("told too late"));
    });
    let call = named("GET seats");
    assert_eq!(call.kind, SpanKind::Client);
    assert_eq!(["seats", "big", "left"].map(|key| attribute(&call, key)), ["3", "18446744073709551615", "false"]);
    let book = named("book");
    assert_eq!((&book.status, book.links[0].context.span_id), (&SpanStatus::Error("sold out".into()), call.context.span_id));
    assert_eq!(named("fine").status, SpanStatus::Ok);
}

#[test]
fn events_are_events_of_their_span_and_errors_make_it_one() {
    traced(|| {
        info!("outside of any span");
        assert!(refused().is_err());
        let span = error_span!("step");
        let _entered = span.enter();
        info!(tool = "search", "found");
        error!(error = "timeout", "gave up");
    });
    assert_eq!(told()[1..], ["step: error 'timeout' [found, gave up]"]);
    let refused = named("refused");
    assert_eq!((&refused.status, refused.events.len()), (&SpanStatus::Error("no seats".into()), 1));
    let found = &named("step").events[0].attributes;
    let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), text(value))).collect();
    assert_eq!(found, [("level", "INFO".into()), ("target", "plugin::layer".into()), ("tool", "search".into())]);
}

#[test]
fn spans_of_both_kinds_stand_in_one_tree() {
    traced(|| {
        get_tracer("").span("plan", |_| {
            info_span!("step").in_scope(|| get_tracer("").span("tool", |_| info_span!(parent: None, "apart").in_scope(|| ())));
        });
    });
    assert_eq!(told(), ["apart: unset []", "plan: unset []", "step under plan: unset []", "tool under step: unset []"]);
    assert_eq!(Span::current().id(), None);
    assert_eq!(with_ledger(|ledger| ledger.dropped()), []);
}
