//! A trace goes on through a ledger as W3C Trace Context has it: our own requests, and the 83 of the W3C's
//! harness (vectors `w3c-trace-context`).
//!
//! Deliberately absent: sockets; `doors` sends the same requests over them.

use codomyrmex_telemetry::{Ledger, Parent, SpanKind, Timestamp, TracerId, WriterId};
use codomyrmex_telemetry_tests::{Call, Chance, Headers, harness_calls, own_calls};

/// What a service sends that does each of its requests in a span under the one that came.
fn sent(call: &Call) -> Vec<Headers> {
    let mut ledger = Ledger::new(WriterId::new(1));
    let mut chance = Chance::new(7);
    let name = ledger.declare_span(TracerId::default(), "request", SpanKind::Client).unwrap();
    let came = ledger.extract(call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap();
    assert_eq!(ledger.span_context(came).is_some(), call.continues(), "{call:?}");
    let mut request = || {
        let span = ledger.start_span(name, Parent::Span(came), None, Timestamp::default(), || chance.bits());
        ledger.inject(span).into_iter().map(|(name, value)| (name.into(), value)).collect()
    };
    (0..call.downstream).map(|_| request()).collect()
}

fn complaints(calls: &[Call]) -> Vec<String> {
    let complaint = |call: &Call| call.judge(&sent(call)).err().map(|what| format!("{}: {what}", call.name));
    calls.iter().filter_map(complaint).collect()
}

#[test]
fn a_trace_goes_on_or_begins_anew_by_the_rules() {
    assert_eq!(complaints(&own_calls()), [""; 0]);
}

#[test]
fn a_trace_goes_on_as_the_harness_wants_it() {
    let Ok(vectors) = std::env::var("CODOMYRMEX_VECTORS") else {
        #[expect(clippy::print_stdout, reason = "that a test looked at nothing should be seen")]
        {
            println!("CODOMYRMEX_VECTORS is not set: nothing was compared");
        }
        return;
    };
    let calls = harness_calls(&vectors);
    assert_eq!(complaints(&calls), [""; 0]);
    assert_eq!((calls.len(), calls.iter().filter(|call| call.continues()).count()), (83, 52));
}

#[test]
fn the_judge_finds_what_is_wrong() {
    let calls = own_calls();
    let named = |name: &str| calls.iter().find(|call| call.name == name).unwrap();
    let (new, old, three) = (named("nothing comes"), named("a state in parts"), named("several requests"));
    let wrong = |call: &Call, change: &dyn Fn(&mut Vec<Headers>)| {
        let mut sent = sent(call);
        change(&mut sent);
        call.judge(&sent).err().map(|what| what.split(':').next().map(String::from).unwrap())
    };
    let parent = |from: &'static str, to: &'static str| move |sent: &mut Vec<Headers>| sent[0][0].1 = sent[0][0].1.replacen(from, to, 1);
    let put = |name: &'static str, value: &'static str| move |sent: &mut Vec<Headers>| sent[0].push((name.into(), value.into()));
    assert_eq!(wrong(old, &|_| {}), None);
    for (call, change, complaint) in [
        (three, &(|sent: &mut Vec<Headers>| sent.truncate(2)) as &dyn Fn(&mut Vec<Headers>), "2 requests instead of 3"),
        (three, &|sent| sent[1] = sent[0].clone(), "each request has a span of its own"),
        (old, &|sent| sent[0].clear(), "there is one traceparent"),
        (old, &put("TraceParent", ""), "there is one traceparent"),
        (old, &parent("-00", "-00-"), "four fields"),
        (old, &parent("00-", "01-"), "a traceparent of version 00"),
        (old, &parent("5c0ffee", "5C0ffee"), "a traceparent of version 00"),
        (old, &parent("5c0ffee", "5c0ffef"), "the trace and its flags go on"),
        (old, &|sent| sent[0][0].1.replace_range(53.., "01"), "the trace and its flags go on"),
        (old, &|sent| sent[0].truncate(1), "the tracestate goes on"),
        (old, &|sent| sent[0][1].1 = "b= 2,a=1,c@d/e=3".into(), "the tracestate goes on"),
        (new, &put("tracestate", "a=1"), "a new trace has no tracestate"),
    ] {
        assert_eq!(wrong(call, change).as_deref(), Some(complaint), "{}", call.name);
    }
    let sent = sent(new);
    let mut came = new.clone();
    came.headers = vec![("traceparent".into(), sent[0][0].1.clone())];
    assert!(came.judge(&sent).is_err_and(|what| what.starts_with("each request has a span of its own")));
}
