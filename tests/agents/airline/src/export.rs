//! The export `lines`, by which a host feeds this agent.

use bindings::exports::codomyrmex::telemetry::lines::{Guest, Line, Problem, SpanContext};

mod bindings {
    //! What wit-bindgen makes of the world `line-agent`.
    #![expect(unsafe_code, reason = "generated code")]
    use super::Agent;

    wit_bindgen::generate!({ path: "../../../wit", world: "line-agent", generate_all });
    export!(Agent);
}

struct Agent;

impl Guest for Agent {
    fn handle(index: u64, lines: Vec<Line>, parent: Option<SpanContext>) -> Result<(), Problem> {
        let lines: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        crate::handle(index, &lines).map_err(|problem| Problem { number: problem.number, message: problem.message })
    }
}
