//! `EvilAgent`: an agent plugin that does what no agent should, one misdeed a line.
//!
//! A line is a JSON object whose key `do` names the misdeed; this agent only looks for its name.
//! The host must answer each with a value, and keep everything that was recorded before. Deliberately
//! absent: anything but WebAssembly; natively it would only harm itself.
#![cfg(target_family = "wasm")]

mod ahead;
mod objectives;

mod bindings {
    //! What wit-bindgen makes of the world `line-agent`. The agent calls the imports as they are:
    //! the guest crate would keep it from most of what it does.
    #![expect(unsafe_code, reason = "generated code")]
    use super::EvilAgent;

    wit_bindgen::generate!({ path: "../../../wit", world: "line-agent", generate_all });
    export!(EvilAgent);
}

use bindings::codomyrmex::telemetry::metrics::{self, Descriptor, ExponentialOptions, Instrument, SummaryOptions};
use bindings::codomyrmex::telemetry::slo::{self, Objective, Window};
use bindings::codomyrmex::telemetry::tracer::{self, Parent, SpanKind};
use bindings::codomyrmex::telemetry::types::{Ratio, TraceId, Value};
use bindings::exports::codomyrmex::telemetry::lines::{Guest, Line, Problem, SpanContext};

struct EvilAgent;

impl Guest for EvilAgent {
    fn handle(_: u64, lines: Vec<Line>, _: Option<SpanContext>) -> Result<(), Problem> {
        for line in lines {
            let misdeed = MISDEEDS.iter().find(|(name, _)| line.text.contains(&format!("\"{name}\"")));
            match misdeed {
                Some((_, misdeed)) => misdeed(),
                None => return Err(Problem { number: line.number, message: "no misdeed of that name".into() }),
            }
        }
        Ok(())
    }
}

const MISDEEDS: [(&str, fn()); 13] = [
    ("count", count),
    ("open", open),
    ("trap", trap),
    ("spin", spin),
    ("grow", grow),
    ("numbers", numbers),
    ("ids", ids),
    ("names", names),
    ("flood", flood),
    ("objectives", objectives::wrong),
    ("events", objectives::events),
    ("questions", objectives::questions),
    ("ahead", ahead::ahead),
];

/// No misdeed: one on a counter, so that there is something to lose.
fn count() {
    metrics::add(counter("counted", ""), 1.0, Some(1_000_000_000));
}

/// A span that nobody ends.
fn open() {
    if let Ok(name) = tracer::declare(0, "left open", SpanKind::Internal) {
        let at = Some(2_000_000_000);
        let root = tracer::start(name, Parent::Trace(TraceId { high: 0, low: 7 }), Some(1), at);
        tracer::start(name, Parent::Span(root), Some(2), at);
    }
}

fn trap() {
    std::process::abort();
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

fn grow() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1u8; 1 << 24]);
    }
}

/// Numbers that cannot be accounted, and times that cannot be.
fn numbers() {
    let counter = counter("numbers", "");
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -f64::MIN_POSITIVE] {
        metrics::add(counter, value, None);
    }
    for value in [-0.0, f64::MAX, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
        metrics::add(counter, value, Some(0));
    }
    metrics::add(counter, 1.0, Some(u64::MAX));
    for (numerator, denominator, nanos) in
        [(1, 0, 60_000_000_000), (0, 1, 60_000_000_000), (2, 1, 60_000_000_000), (1, 2, 1), (1, 2, u64::MAX)]
    {
        let (target, window) = (Ratio { numerator, denominator }, Window::Rolling(nanos));
        assert!(slo::create(&Objective { target, window, ..objectives::plain("wrong") }).is_err());
    }
    let window = Window::Rolling(60_000_000_000);
    if let Ok(slo) = slo::create(&Objective { window, ..objectives::plain("evil") }) {
        slo::record_event(slo, true, u64::MAX, Some(0));
        slo::record_event(slo, true, u64::MAX, Some(0));
        slo::record_event(slo, false, 1, Some(u64::MAX));
        slo::record_event(slo, false, 1, Some(u64::MAX / 2)); // far ahead of every clock
        slo::record_event(slo, false, 1, Some(1_767_225_600_000_000_000));
        slo::record_value(slo, f64::NAN, Some(0));
        let _ = slo::get_status(slo, Some(u64::MAX));
    }
}

/// Ids that were never given, or are of another kind, or have ended.
fn ids() {
    for id in [0, 17, 99, u32::MAX] {
        metrics::add(id, 1.0, None);
        metrics::observe(id, 1.0, None);
        objectives::ask(id);
        tracer::end(id, None);
        tracer::enter(id);
        tracer::exit(id);
        let _ = metrics::resolve(id, &[]);
        let _ = tracer::context(id);
        tracer::set_attribute(id, "key", &Value::Integer(1));
    }
    tracer::start(u32::MAX, Parent::Root, None, None);
    tracer::start(0, Parent::Trace(TraceId { high: 0, low: 0 }), Some(0), None);
}

/// Names and texts that are wrong, long, or write to terminals.
fn names() {
    let long = "x".repeat(100_000);
    let refused = |name: &str, help: &str, unit: &str, instrument| {
        let (name, help, unit) = (name.into(), help.into(), unit.into());
        assert!(metrics::declare(&Descriptor { name, help, unit, labels: vec![], instrument, window: None }).is_err());
    };
    for name in ["", "\u{1b}[2J", "codomyrmex_telemetry_dropped_total", "codomyrmex.telemetry.dropped", "a\0b", "_total", &long] {
        refused(name, "", "", Instrument::Counter);
    }
    refused("helped", &long, "", Instrument::Counter);
    refused("measured", "", &long, Instrument::Counter);
    refused("nothing", "", "", Instrument::StateSet(vec![]));
    refused(
        "huge",
        "",
        "",
        Instrument::ExponentialHistogram(ExponentialOptions { max_size: u32::MAX, max_scale: i32::MIN, zero_threshold: f64::NAN }),
    );
    refused("vague", "", "", Instrument::Summary(SummaryOptions { quantiles: vec![f64::NAN, 2.0], digits: 255 }));
    metrics::add(counter("named", "\u{1b}[31m\"quoted\\\n"), 1.0, Some(0));
    if let Ok(name) = tracer::declare(0, "\u{1b}]0;owned\u{7}", SpanKind::Internal) {
        let span = tracer::start(name, Parent::Trace(TraceId { high: 1, low: 1 }), Some(3), Some(0));
        tracer::set_attribute(span, &long, &Value::Text(long.clone()));
        tracer::set_attribute(span, "text", &Value::Text(long));
        tracer::end(span, Some(1));
    }
}

/// More of everything than anybody keeps.
fn flood() {
    let descriptor = Descriptor {
        name: "flood".into(),
        help: String::new(),
        unit: String::new(),
        labels: vec!["n".into()],
        instrument: Instrument::Counter,
        window: None,
    };
    if let Ok(family) = metrics::declare(&descriptor) {
        for number in 0..5_000 {
            if let Ok(series) = metrics::resolve(family, &[number.to_string()]) {
                metrics::add(series, 1.0, Some(0));
            }
        }
    }
    if let Ok(name) = tracer::declare(0, "flood", SpanKind::Internal) {
        for number in 0..10_000 {
            tracer::start(name, Parent::Trace(TraceId { high: 2, low: number + 1 }), Some(number + 1), Some(0));
        }
    }
}

fn counter(name: &str, value: &str) -> u32 {
    let labels = vec!["which".into()];
    let descriptor =
        Descriptor { name: name.into(), help: String::new(), unit: String::new(), labels, instrument: Instrument::Counter, window: None };
    metrics::declare(&descriptor).and_then(|family| metrics::resolve(family, &[value.into()])).unwrap_or_default()
}
