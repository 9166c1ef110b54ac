//! `BenchAgent`: an agent plugin that records as often as a line says, to be timed.
//!
//! A line is `{"do": "add", "times": 1000}`: what is recorded, and how often. A further deed is a
//! further arm in [`work`]. Deliberately absent: clocks, which belong to who calls, and anything but
//! WebAssembly.
#![cfg(target_family = "wasm")]

mod bindings {
    //! What wit-bindgen makes of the world `line-agent`.
    #![expect(unsafe_code, reason = "generated code")]
    use super::BenchAgent;

    wit_bindgen::generate!({ path: "../../../wit", world: "line-agent", generate_all });
    export!(BenchAgent);
}

use bindings::exports::codomyrmex::telemetry::lines::{Guest, Line, Problem, SpanContext};
use codomyrmex_telemetry_guest::{FamilyOptions, Objective, Window, get_metrics, get_slo_tracker, get_tracer};
use serde::Deserialize;

struct BenchAgent;

#[derive(Deserialize)]
struct Order {
    #[serde(rename = "do")]
    deed: String,
    times: u32,
}

impl Guest for BenchAgent {
    fn handle(_: u64, lines: Vec<Line>, _: Option<SpanContext>) -> Result<(), Problem> {
        lines.iter().try_for_each(|line| work(&line.text).map_err(|message| Problem { number: line.number, message }))
    }
}

fn work(text: &str) -> Result<(), String> {
    let order: Order = serde_json::from_str(text).map_err(|why| format!("not an order: {why}"))?;
    match order.deed.as_str() {
        "add" => add(order.times).map_err(|why| why.to_string()),
        "event" => event(order.times).map_err(|why| why.to_string()),
        "span" => {
            span(order.times);
            Ok(())
        }
        other => Err(format!("'{other}' is no deed; there are: add, event, span")),
    }
}

/// Records an event of an objective, now.
fn event(times: u32) -> Result<(), codomyrmex_telemetry_guest::Error> {
    let slo = get_slo_tracker().create_slo(Objective::new("timed", "99.9%".parse()?, Window::days(30)?))?;
    for _ in 0..times {
        slo.record_event(true, None);
    }
    Ok(())
}

/// Adds one to a series that is held, as a plugin would that does so often.
fn add(times: u32) -> Result<(), codomyrmex_telemetry_guest::Error> {
    let counter = get_metrics().counter(FamilyOptions { name: "timed_total", ..FamilyOptions::default() })?.with(&[])?;
    for _ in 0..times {
        counter.add(1.0, None);
    }
    Ok(())
}

/// Begins a span, sets three attributes and ends it.
fn span(times: u32) {
    let tracer = get_tracer("bench");
    for time in 0..times {
        let span = tracer.start_span("execute_tool");
        span.set_attribute("tool", "search");
        span.set_attribute("attempt", i64::from(time & 7));
        span.set_attribute("cached", time & 1 == 0);
    }
}
