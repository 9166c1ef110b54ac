//! Requests with trace context, and what a service that follows the rules sends on.
//!
//! Some are ours; those of the W3C's own harness come from the vectors `w3c-trace-context`. What was sent is
//! judged here by text alone, without the reader that is tested. Deliberately absent: the services, of which
//! `laws` has a ledger and `doors` a server.

use serde_json::Value;

/// Names and values, in order.
pub type Headers = Vec<(String, String)>;

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which test sends it.
    pub name: String,
    /// What comes with it.
    pub headers: Headers,
    /// How many requests the service is to send.
    pub downstream: usize,
    continues: Option<Continued>, // `None` where the trace begins anew
}

#[derive(Clone, Debug)]
struct Continued {
    trace_id: String,
    flags: String,
    trace_state: Option<String>,
}

const TRACE: &str = "5c0ffee000000000a1b2c3d4e5f60718";
const SPAN: &str = "00fa11ed00c0ffee";

/// Requests of ours: one for each rule.
#[must_use]
pub fn own_calls() -> Vec<Call> {
    let parent = |flags: &str| format!("00-{TRACE}-{SPAN}-{flags}");
    let (sampled, plain) = (parent("01"), parent("00"));
    let members = |count: usize| (0..count).map(|n| format!("m{n}=v{n}")).collect::<Vec<_>>().join(",");
    let long = format!("{}={}", "k".repeat(256), "v".repeat(256));
    let (p, s) = ("traceparent", "tracestate");
    vec![
        anew("nothing comes", &[]),
        anew("the trace is zero", &[(p, &sampled.replace(TRACE, &"0".repeat(32)))]),
        anew("the span is zero", &[(p, &sampled.replace(SPAN, &"0".repeat(16)))]),
        anew("upper-case digits", &[(p, &sampled.to_uppercase())]),
        anew("version ff", &[(p, &format!("ff{}", &sampled[2..]))]),
        anew("version 00 with more behind it", &[(p, &format!("{sampled}-more"))]),
        anew("a version to come with no dash behind the flags", &[(p, &format!("7f{}+more", &sampled[2..]))]),
        anew("two parents", &[(p, &sampled), (p, &sampled)]),
        anew("a state without a parent", &[(s, "a=1")]),
        anew("a state beside a wrong parent", &[(p, "00-1-2-3"), (s, "a=1")]),
        goes_on("sampled", &[(p, &sampled)], "01", None),
        goes_on("not sampled", &[(p, &plain)], "00", None),
        goes_on("a random id", &[(p, &parent("03"))], "03", None),
        goes_on("flags that nobody knows yet", &[(p, &parent("fd"))], "01", None),
        goes_on("a version to come", &[(p, &format!("7f{}-more", &sampled[2..]))], "01", None),
        goes_on("names in any case", &[("TracePARENT", &sampled), ("TRACESTATE", "a=1")], "01", Some("a=1")),
        goes_on("a state in parts", &[(s, "a=1, b= 2"), (p, &plain), (s, ""), (s, "c@d/e=3\t")], "00", Some("a=1,b= 2,c@d/e=3")),
        goes_on("32 members", &[(p, &plain), (s, &members(32))], "00", Some(&members(32))),
        goes_on("33 members", &[(p, &plain), (s, &members(20)), (s, &members(13))], "00", None),
        goes_on("the longest member", &[(p, &plain), (s, &long)], "00", Some(&long)),
        goes_on("a key too long", &[(p, &plain), (s, &format!("a=1,k{long}"))], "00", None),
        goes_on("a value too long", &[(p, &plain), (s, &format!("a=1,{long}v"))], "00", None),
        goes_on("a key in upper case", &[(p, &plain), (s, "a=1"), (s, "B=2")], "00", None),
        goes_on("a value with a comma too many", &[(p, &plain), (s, "a=1,,b=2,")], "00", Some("a=1,b=2")),
        goes_on("a value of nothing", &[(p, &plain), (s, "a=1,b=")], "00", None),
        Call { downstream: 3, ..goes_on("several requests", &[(p, &sampled), (s, "a=1")], "01", Some("a=1")) },
        Call { downstream: 3, ..anew("several requests without a parent", &[]) },
    ]
}

/// The requests of W3C's harness, from the folder of the vectors.
#[must_use]
pub fn harness_calls(vectors: &str) -> Vec<Call> {
    let text = std::fs::read_to_string(format!("{vectors}/w3c-trace-context/calls.json")).unwrap();
    let calls: Vec<Value> = serde_json::from_str(&text).unwrap();
    let string = |value: &Value| value.as_str().map(String::from);
    let call = |call: &Value| {
        let outcome = &call["reference_outcome"];
        let continued = || Continued {
            trace_id: string(&outcome["trace_id"]).unwrap(),
            flags: string(&outcome["flags"]).unwrap(),
            trace_state: string(&outcome["tracestate"]),
        };
        Call {
            name: string(&call["test"]).unwrap(),
            headers: call["request_headers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|header| (string(&header[0]).unwrap(), string(&header[1]).unwrap()))
                .collect(),
            downstream: call["downstream_calls"].as_u64().unwrap() as usize,
            continues: outcome["continues_trace"].as_bool().unwrap().then(continued),
        }
    };
    calls.iter().map(call).collect()
}

fn anew(name: &str, headers: &[(&str, &str)]) -> Call {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Call { name: name.into(), headers, downstream: 1, continues: None }
}

fn goes_on(name: &str, headers: &[(&str, &str)], flags: &str, trace_state: Option<&str>) -> Call {
    let continued = Continued { trace_id: TRACE.into(), flags: flags.into(), trace_state: trace_state.map(String::from) };
    Call { continues: Some(continued), ..anew(name, headers) }
}

impl Call {
    /// Whether the trace goes on.
    #[must_use]
    pub const fn continues(&self) -> bool {
        self.continues.is_some()
    }

    /// What is wrong with the requests that a service sent.
    ///
    /// # Errors
    /// The first thing that is, with the request.
    pub fn judge(&self, sent: &[Headers]) -> Result<(), String> {
        if sent.len() != self.downstream {
            return Err(format!("{} requests instead of {}", sent.len(), self.downstream));
        }
        let mut spans = Vec::new();
        for headers in sent {
            let said = |what: &str| format!("{what}: {headers:?}");
            let [parent] = &values(headers, "traceparent")[..] else { return Err(said("there is one traceparent")) };
            let [version, trace, span, flags] = parent.split('-').collect::<Vec<_>>()[..] else { return Err(said("four fields")) };
            let is_hex = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
            let is_id = |text: &str, digits| is_hex(text, digits) && text.bytes().any(|byte| byte != b'0');
            if version != "00" || !is_id(trace, 32) || !is_id(span, 16) || !is_hex(flags, 2) {
                return Err(said("a traceparent of version 00"));
            }
            if spans.contains(&span) || self.headers.iter().any(|(_, value)| value.contains(span)) {
                return Err(said("each request has a span of its own"));
            }
            spans.push(span);
            let state = values(headers, "tracestate");
            match &self.continues {
                None if self.headers.iter().any(|(_, value)| value.contains(trace)) => return Err(said("the trace is new")),
                None if !state.is_empty() => return Err(said("a new trace has no tracestate")),
                None => {}
                Some(came) if trace != came.trace_id || flags != came.flags => return Err(said("the trace and its flags go on")),
                Some(came) if state != came.trace_state.as_deref().into_iter().collect::<Vec<_>>() => {
                    return Err(said("the tracestate goes on"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn values<'h>(headers: &'h Headers, name: &str) -> Vec<&'h str> {
    headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
}
