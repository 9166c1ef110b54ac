//! An agent plugin that tells of itself by `wasi:otel`, as one made for another host does: some of it right, some of
//! it as wrong as the contract lets it be. One deed a line.
//!
//! A line is a JSON object whose key `do` names the deed; this agent only looks for its name. What the host answers
//! to `metrics.export` is the line's problem, if it is one. Deliberately absent: an SDK, which would keep it from
//! most of what it does.
#![cfg(target_family = "wasm")]

mod metrics;
mod spans;

mod bindings {
    //! What wit-bindgen makes of the world `line-agent`.
    #![expect(unsafe_code, reason = "generated code")]
    use super::OtelAgent;

    wit_bindgen::generate!({ path: "../../../wit", world: "line-agent", generate_all });
    export!(OtelAgent);
}

mod otel {
    //! What wit-bindgen makes of `wasi:otel`.

    wit_bindgen::generate!({ path: "../../../host/wit/wasi-otel", world: "imports", generate_all });
}

use bindings::codomyrmex::telemetry::tracer::SpanContext;
use bindings::exports::codomyrmex::telemetry::lines::{Guest, Line, Problem};
use otel::wasi::clocks::wall_clock::Datetime;
use otel::wasi::otel::types::{InstrumentationScope, KeyValue};

struct OtelAgent;

type Deed = fn() -> Result<(), String>;

impl Guest for OtelAgent {
    fn handle(_: u64, lines: Vec<Line>, _: Option<SpanContext>) -> Result<(), Problem> {
        for line in lines {
            let deed = DEEDS.iter().find(|(name, _)| line.text.contains(&format!("\"{name}\"")));
            let answer = deed.map_or_else(|| Err("no deed of that name".into()), |(_, deed)| deed());
            answer.map_err(|message| Problem { number: line.number, message })?;
        }
        Ok(())
    }
}

const DEEDS: [(&str, Deed); 15] = [
    ("span", spans::whole),
    ("outer", spans::under_the_outer),
    ("open", spans::open),
    ("flood", spans::flood),
    ("wrong spans", spans::wrong),
    ("wide record", spans::wide_record),
    ("logs", spans::logs),
    ("trap", || std::process::abort()),
    ("first export", metrics::first),
    ("second export", metrics::second),
    ("restart", metrics::restart),
    ("late export", metrics::late),
    ("deltas", metrics::deltas),
    ("more attributes", metrics::more_attributes),
    ("wrong metrics", metrics::wrong),
];

const fn at(seconds: u64) -> Datetime {
    Datetime { seconds, nanoseconds: 0 }
}

fn attribute(key: &str, json: &str) -> KeyValue {
    KeyValue { key: key.into(), value: json.into() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "lib".into(), version: Some("1.2".into()), schema_url: None, attributes: vec![] }
}
