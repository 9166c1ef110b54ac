//! How a context goes from program to program: out of the headers of a request, and into those of the next.
//!
//! Any carrier of names and values will do; the environment of a process is one, under names in upper case.
//! Sources: W3C Trace Context Level 2, section 4 (what is to be done with headers that are wrong: the trace
//! begins anew); W3C Baggage, section 3; OpenTelemetry, Environment Variables as Context Propagation Carriers.
//! Deliberately absent: other formats than W3C's; what is done with a context.

use alloc::string::String;
use alloc::vec::Vec;

use super::trace_state::{Reader, is_settled};
use super::{Baggage, SpanContext, TraceParent, TraceState};

const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";

/// Headers and the environment variables that carry the same.
const VARIABLES: [(&str, &str); 3] = [(TRACE_PARENT, "TRACEPARENT"), (TRACE_STATE, "TRACESTATE"), (BAGGAGE, "BAGGAGE")];

/// What headers said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extracted {
    /// Where the span stands that sent them; `None` where they do not say, or not by the rules.
    pub context: Option<SpanContext>,
    /// The baggage that came, with a context or without.
    pub baggage: Baggage,
    /// How many members of `tracestate` and `baggage` passed a limit and were left out.
    pub dropped: u32,
}

/// Reads the headers of a request: names in any case, each as often and in the order as it came. It takes
/// memory by the limits of what is kept, not by the size of what came.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::tracer::{extract, inject};
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let came = extract([("Traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2"), ("Accept", "*/*")]);
/// let context = came.context.unwrap();
/// assert_eq!(inject(&context, &came.baggage), [("traceparent", parent.to_string()), ("tracestate", "a=1,b=2".to_string())]);
/// ```
pub fn extract<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Extracted {
    let (mut parents, mut state, mut extracted) = ((0u32, None), Reader::default(), Extracted::default());
    for (name, value) in headers {
        if name.eq_ignore_ascii_case(TRACE_PARENT) {
            parents = (parents.0.saturating_add(1), Some(value));
        } else if name.eq_ignore_ascii_case(TRACE_STATE) {
            state.read(value);
        } else if name.eq_ignore_ascii_case(BAGGAGE) {
            extracted.dropped = extracted.dropped.saturating_add(extracted.baggage.read(value));
        }
    }
    // Of two parents neither is to be trusted.
    let (1, Some(parent)) = parents else { return extracted };
    extracted.context = TraceParent::parse(parent).map(|parent| {
        let mut state = state.end().unwrap_or_default();
        extracted.dropped = extracted.dropped.saturating_add(state.fit());
        parent.with_state(state)
    });
    extracted
}

/// The headers to send along with a request: `traceparent`, and where there is something in them `tracestate`
/// and `baggage`. A `tracestate` that breaks the rules is not sent.
#[must_use]
pub fn inject(context: &SpanContext, baggage: &Baggage) -> Vec<(&'static str, String)> {
    let mut headers = Vec::with_capacity(VARIABLES.len());
    inject_into(context, baggage, |name, value| headers.push((name, String::from(value))));
    headers
}

/// The same for one who keeps the headers elsewhere: gives the name and the value of each.
///
/// ```
/// use codomyrmex_telemetry::tracer::{Baggage, TraceParent, inject_into};
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = TraceParent::parse(parent).unwrap().with_state("a=1");
/// let mut request = String::new();
/// inject_into(&context, &Baggage::default(), |name, value| request += &format!("{name}: {value}\r\n"));
/// assert_eq!(request, format!("traceparent: {parent}\r\ntracestate: a=1\r\n"));
/// ```
pub fn inject_into(context: &SpanContext, baggage: &Baggage, mut put: impl FnMut(&'static str, &str)) {
    let parent = TraceParent::from(context).header();
    put(TRACE_PARENT, str::from_utf8(&parent).unwrap_or_default()); // digits and dashes are
    if context.trace_state.is_empty() {
        // Most traces have none.
    } else if is_settled(&context.trace_state) {
        put(TRACE_STATE, &context.trace_state);
    } else if let Some(mut state) = TraceState::parse(&context.trace_state) {
        state.fit();
        if !state.is_empty() {
            put(TRACE_STATE, state.as_str());
        }
    }
    if !baggage.is_empty() {
        put(BAGGAGE, baggage.as_str());
    }
}

/// Reads the environment of a process: `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, in upper case only.
pub fn extract_environment<'h>(variables: impl IntoIterator<Item = (&'h str, &'h str)>) -> Extracted {
    let is_ours = |name: &str| VARIABLES.iter().any(|(_, variable)| *variable == name);
    extract(variables.into_iter().filter(|(name, _)| is_ours(name)))
}

/// The environment variables for a process that is started in a span. One with `None` is to be taken out of
/// what the process inherits: it would speak of another span.
#[must_use]
pub fn inject_environment(context: &SpanContext, baggage: &Baggage) -> [(&'static str, Option<String>); 3] {
    let mut headers = inject(context, baggage);
    VARIABLES.map(|(header, variable)| {
        let value = headers.iter_mut().find(|(name, _)| *name == header);
        (variable, value.map(|(_, value)| core::mem::take(value)))
    })
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;
    use crate::limits::TRACE_STATE_BYTES_MAX;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn sent(headers: &[(&str, &str)]) -> String {
        let Extracted { context, baggage, dropped } = extract(headers.iter().copied());
        let sent = context.map(|context| inject(&context, &baggage)).unwrap_or_default();
        let lines: Vec<String> = sent.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} -{dropped}", lines.join("; "))
    }

    #[test]
    fn names_come_in_any_case_and_headers_in_any_order() {
        let headers = [("TraceState", "a=1"), ("BAGGAGE", "k=v"), ("tRaCePaReNt", PARENT), ("tracestate", "b=2"), ("baggage", "l=w")];
        assert_eq!(sent(&headers), format!("traceparent: {PARENT}; tracestate: a=1,b=2; baggage: k=v,l=w -0"));
        assert_eq!(sent(&[("traceparent", PARENT), ("trace-state", "a=1"), ("baggage ", "k=v")]), format!("traceparent: {PARENT} -0"));
    }

    #[test]
    fn a_wrong_parent_leaves_the_baggage_and_nothing_else() {
        let other = PARENT.replace("b7", "c7");
        for parents in [&[][..], &[PARENT, PARENT], &[PARENT, &other, PARENT], &["", PARENT], &["00-1"]] {
            let headers = parents.iter().map(|parent| ("traceparent", *parent)).chain([("tracestate", "a=1"), ("baggage", "k=v")]);
            let came = extract(headers);
            assert_eq!((came.context, came.baggage.to_string().as_str()), (None, "k=v"), "{parents:?}");
        }
    }

    #[test]
    fn a_wrong_state_leaves_the_parent() {
        assert_eq!(sent(&[("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "B=2")]), format!("traceparent: {PARENT} -0"));
    }

    #[test]
    fn what_passes_a_limit_is_counted() {
        let members = |first: char| (0..5).map(|n| format!("{first}{n}={}", "v".repeat(125))).collect::<Vec<_>>().join(",");
        let came = extract([("tracestate", members('a').as_str()), ("traceparent", PARENT), ("tracestate", &members('b'))]);
        assert_eq!((came.dropped, came.context.map(|context| context.trace_state.len())), (3, Some(7 * 128 + 6)));
        let many = (0..70).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert_eq!(extract([("baggage", many.as_str())]).dropped, 6);
    }

    #[test]
    fn nothing_is_sent_that_a_header_cannot_carry() {
        let context = |trace_state: &str| TraceParent::parse(PARENT).unwrap().with_state(trace_state);
        for wrong in ["a=1\r\nx: y", "a", "A=1", "a=é", ","] {
            assert_eq!(inject(&context(wrong), &Baggage::default()), [("traceparent", String::from(PARENT))], "{wrong:?}");
        }
        let long = (0..32).map(|n| format!("k{n}={}", "v".repeat(100))).collect::<Vec<_>>().join(",");
        let sent = inject(&context(&long), &Baggage::default());
        assert!(sent.get(1).is_some_and(|(name, value)| *name == "tracestate" && value.len() <= TRACE_STATE_BYTES_MAX), "{sent:?}");
        let flags = SpanContext { trace_flags: 0xff, ..context("") };
        assert!(inject(&flags, &Baggage::default()).first().is_some_and(|(_, value)| value.ends_with("-03")));
    }

    #[test]
    fn the_environment_is_a_carrier_in_upper_case() {
        let came = extract_environment([
            ("TRACEPARENT", PARENT),
            ("traceparent", "00-1"),
            ("TRACESTATE", "a=1"),
            ("Baggage", "k=v"),
            ("PATH", "/"),
        ]);
        let context = came.context.unwrap();
        assert_eq!((context.trace_state.as_str(), came.baggage.is_empty()), ("a=1", true));
        let variables = inject_environment(&context, &came.baggage);
        assert_eq!(variables, [("TRACEPARENT", Some(PARENT.into())), ("TRACESTATE", Some("a=1".into())), ("BAGGAGE", None)]);
    }
}
