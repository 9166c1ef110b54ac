//! The export `lines`, by which a host feeds this agent.

use bindings::exports::codomyrmex::telemetry::lines::{Guest, Line, Problem, SpanContext};
use codomyrmex_telemetry_guest::{SpanId, TraceId};

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
        let parent = parent.and_then(read);
        let lines: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        crate::handle(index, &lines, parent).map_err(|problem| Problem { number: problem.number, message: problem.message })
    }
}

/// Where the one who asks stands; `None` for ids that are none.
fn read(parent: SpanContext) -> Option<codomyrmex_telemetry_guest::SpanContext> {
    let trace = u128::from(parent.trace_id.high) << 64 | u128::from(parent.trace_id.low);
    let (trace_id, span_id) = (TraceId::new(trace).ok()?, SpanId::new(parent.span_id).ok()?);
    let SpanContext { trace_flags, trace_state, .. } = parent;
    Some(codomyrmex_telemetry_guest::SpanContext { trace_id, span_id, trace_flags, trace_state })
}
