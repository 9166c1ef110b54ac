//! What travels with a request, and whose spans they are.

use codomyrmex_telemetry_guest::{
    Attributes, BaggageEntry, Exception, Outcome, Parent, Scope, SpanContext, SpanId, TraceId, extract, get_tracer, get_tracer_with,
    set_resource,
};

use crate::kit::{named, text};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn what_came_with_a_request_goes_on_with_the_next() {
    let headers = [("Traceparent", TRACEPARENT), ("tracestate", "a=1"), ("baggage", "user=ada"), ("host", "x")];
    let caller = extract(headers).unwrap();
    let id = SpanId::new(9).unwrap();
    let span = get_tracer("").builder("answer").parent(&caller).id(id).start();
    assert_eq!(span.set_baggage(BaggageEntry { key: "seat".into(), value: "4 A".into(), metadata: String::new() }), Outcome::Recorded);
    let baggage: Vec<_> = span.baggage().into_iter().map(|entry| (entry.key, entry.value)).collect();
    assert_eq!(baggage, [("user".into(), "ada".into()), ("seat".into(), "4 A".into())]);
    let sent = span.inject();
    let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-01";
    assert_eq!(sent, [("traceparent", traceparent), ("tracestate", "a=1"), ("baggage", "user=ada,seat=4%20A")]);
    let further = extract(sent.iter().copied()).unwrap();
    assert_eq!(further.context(), span.context());
    drop(span);
    assert_eq!(named("answer").parent, SpanId::new(0xb7ad_6b71_6920_3331).ok());
}

#[test]
fn under_headers_that_break_the_rules_a_trace_begins() {
    let caller = extract([("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01")]).unwrap();
    get_tracer("").builder("answer").parent(&caller).start().end(None);
    assert_eq!(named("answer").parent, None);
}

#[test]
fn a_context_can_be_a_parent_and_a_link() {
    let (trace_id, span_id) = (TraceId::new(7).unwrap(), SpanId::new(8).unwrap());
    let context = SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() };
    let tracer = get_tracer("");
    let remote = tracer.remote(context.clone()).unwrap();
    tracer.builder("answer").parent(Parent::Span(&remote)).link(context).start().end(None);
    let span = named("answer");
    assert_eq!((span.context.trace_id, span.parent, span.links[0].context.span_id), (trace_id, Some(span_id), span_id));
}

#[test]
fn spans_know_whose_they_are() {
    set_resource([("service.name".into(), "airline".into())].into()).unwrap();
    let scope = Scope { version: "1.2".into(), ..Scope::named("planner") };
    let tracer = get_tracer_with(scope.clone()).unwrap();
    tracer.span("plan", |_| ());
    get_tracer("planner").span("act", |_| ());
    let plan = named("plan");
    assert_eq!((&plan.origin.scope, text(plan.origin.resource.get("service.name").unwrap())), (&scope, "airline".into()));
    assert_eq!(named("act").origin.scope, Scope::named("planner"));
    assert_eq!(get_tracer("planner"), get_tracer("planner"));
    assert_ne!(get_tracer("planner"), tracer);
}

#[test]
fn an_exception_is_an_event_and_leaves_the_status() {
    let span = get_tracer("").builder("act").parent(Parent::Root).at(1).start();
    let exception = Exception { exception_type: "Timeout".into(), message: "5 s".into(), stacktrace: String::new() };
    assert_eq!(span.record_exception(exception, Some(2)), Outcome::Recorded);
    span.end(Some(3));
    let span = named("act");
    let attributes: Attributes = [("exception.type".into(), "Timeout".into()), ("exception.message".into(), "5 s".into())].into();
    assert_eq!((span.events[0].name.as_str(), span.events[0].at.nanos(), &span.events[0].attributes), ("exception", 2, &attributes));
    assert_eq!(span.status, codomyrmex_telemetry_guest::SpanStatus::Unset);
}
