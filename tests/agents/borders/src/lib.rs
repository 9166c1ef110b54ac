//! An agent plugin that works for several requests at once, asked by its host and asking it back.
//!
//! What hangs under what is said in headers, as between any two programs, so it is the same wherever the accounts
//! are kept. Times and ids follow from the request. Deliberately absent: a current span, which would be another
//! request's as often as not.
#![cfg(target_family = "wasm")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use bindings::codomyrmex::borders::tools;
use bindings::codomyrmex::telemetry::tracer::Header;
use bindings::exports::codomyrmex::borders::work::Guest;
use codomyrmex_telemetry_guest::{Parent, Span, SpanId, SpanKind, StartOptions, extract, get_tracer};

mod bindings {
    //! What wit-bindgen makes of the world `borders-agent`.
    #![expect(unsafe_code, reason = "generated code")]
    use super::Agent;

    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "codomyrmex:borders/borders-agent",
        generate_all,
    });
    export!(Agent);
}

struct Agent;

thread_local! {
    static OPEN: RefCell<BTreeMap<u32, Span>> = const { RefCell::new(BTreeMap::new()) };
}

impl Guest for Agent {
    fn begin(request: u32, headers: Vec<Header>) {
        if let Ok(asked) = read(&headers) {
            let span = start("agent", request, 1, &asked);
            OPEN.with_borrow_mut(|open| open.insert(request, span));
        }
    }

    fn go_on(request: u32) {
        let headers = OPEN.with_borrow(|open| open.get(&request).map(Span::inject)).unwrap_or_default();
        let headers: Vec<_> = headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        if let Ok(answered) = read(&tools::call(request, &headers)) {
            start("agent again", request, 3, &answered).end(Some(u64::from(request) + 4));
        }
    }

    fn finish(request: u32) {
        if let Some(span) = OPEN.with_borrow_mut(|open| open.remove(&request)) {
            span.end(Some(u64::from(request) + 9));
        }
    }
}

fn read(headers: &[Header]) -> Result<Span, codomyrmex_telemetry_guest::Error> {
    extract(headers.iter().map(|header| (&*header.name, &*header.value)))
}

fn start(name: &str, request: u32, step: u64, parent: &Span) -> Span {
    let tracer = get_tracer("borders");
    let options = StartOptions { id: Some(SpanId::derive(&format!("{request}/{name}"))), at: Some(u64::from(request) + step) };
    match tracer.declare(name, SpanKind::Internal) {
        Ok(name) => tracer.start(name, Parent::Span(parent), options),
        Err(_) => get_tracer("").start_span("undeclared"),
    }
}
