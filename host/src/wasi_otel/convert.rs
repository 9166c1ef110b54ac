//! Ids, times and contexts of `wasi:otel` as the ledger has them, and what an error of the ledger counts as.
//!
//! All of it comes from a guest, so all of it may be wrong. Deliberately absent: attributes; `value` has them.

use codomyrmex_telemetry::tracer::TraceState;
use codomyrmex_telemetry::{Error, Outcome, SpanContext, SpanId, Timestamp, TraceId};

use super::bindings::{Datetime, tracing, types};

const SAMPLED: u8 = 1; // the trace flag (W3C Trace Context, section 3.2.2.5)
const NANOS: u64 = 1_000_000_000;

/// What a refusal is counted as.
pub(super) const fn reason(error: &Error) -> Outcome {
    match error {
        Error::Limit(_) => Outcome::OverLimit,
        Error::Conflict(_) => Outcome::WrongKind,
        Error::Unknown(_) => Outcome::UnknownId,
        _ => Outcome::InvalidValue,
    }
}

/// A time; wrong where the nanoseconds are a second or more, or where it is past 2^63 - 1 ns.
pub(super) fn time(time: Datetime) -> Result<Timestamp, Outcome> {
    let nanos = time.seconds.checked_mul(NANOS).and_then(|nanos| nanos.checked_add(time.nanoseconds.into()));
    let nanos = nanos.filter(|_| u64::from(time.nanoseconds) < NANOS);
    Timestamp::from_nanos(nanos.ok_or(Outcome::InvalidTime)?)
}

/// So many hexadecimal digits of either case as a number.
fn digits(text: &str, count: usize) -> Result<u128, Outcome> {
    // `from_str_radix` would also take a sign.
    let are_digits = text.len() == count && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !are_digits {
        return Err(Outcome::InvalidValue);
    }
    u128::from_str_radix(text, 16).map_err(|_| Outcome::InvalidValue)
}

pub(super) fn trace_id(text: &str) -> Result<TraceId, Outcome> {
    TraceId::new(digits(text, 32)?).map_err(|_| Outcome::InvalidValue)
}

pub(super) fn span_id(text: &str) -> Result<SpanId, Outcome> {
    SpanId::new(digits(text, 16)? as u64).map_err(|_| Outcome::InvalidValue)
}

/// The id of a parent: `None` for none, which SDKs say by zeros and others by nothing.
pub(super) fn parent_id(text: &str) -> Result<Option<SpanId>, Outcome> {
    if text.is_empty() || digits(text, 16)? == 0 { Ok(None) } else { span_id(text).map(Some) }
}

/// A context that came from a guest.
pub(super) fn context(context: tracing::SpanContext) -> Result<SpanContext, Outcome> {
    let sampled = context.trace_flags.contains(tracing::TraceFlags::SAMPLED);
    Ok(SpanContext {
        trace_id: trace_id(&context.trace_id)?,
        span_id: span_id(&context.span_id)?,
        trace_flags: if sampled { SAMPLED } else { 0 },
        trace_state: trace_state(&context.trace_state),
    })
}

/// The `tracestate` header of these members; empty where one is wrong, as the contract says.
fn trace_state(members: &[(String, String)]) -> String {
    if members.iter().any(|(key, value)| key.contains(',') || value.contains(',')) {
        return String::new(); // it would be read as two
    }
    let header = members.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
    TraceState::parse(&header).map(Into::into).unwrap_or_default()
}

/// The context of one who calls a guest; all zeros where nobody says.
pub(super) fn outer(context: Option<&SpanContext>) -> tracing::SpanContext {
    let Some(context) = context else {
        let (trace_id, span_id) = ("0".repeat(32), "0".repeat(16));
        let trace_flags = tracing::TraceFlags::empty();
        return tracing::SpanContext { trace_id, span_id, trace_flags, is_remote: false, trace_state: Vec::new() };
    };
    let state = TraceState::parse(&context.trace_state).unwrap_or_default();
    tracing::SpanContext {
        trace_id: context.trace_id.to_string(),
        span_id: context.span_id.to_string(),
        trace_flags: if context.is_sampled() { tracing::TraceFlags::SAMPLED } else { tracing::TraceFlags::empty() },
        is_remote: true, // it comes from outside of the component
        trace_state: state.iter().map(|(key, value)| (key.into(), value.into())).collect(),
    }
}

/// What a scope is told apart by where metrics are counted: its name and its version.
pub(super) fn scope_name(scope: &types::InstrumentationScope) -> (&str, &str) {
    (&scope.name, scope.version.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_digits_of_the_right_number_and_nothing_else() {
        assert_eq!(trace_id("0af7651916cd43dd8448eb211c80319c").map(TraceId::get), Ok(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c));
        assert_eq!(span_id("B7AD6B7169203331").map(SpanId::get), Ok(0xb7ad_6b71_6920_3331));
        for text in [
            "",
            "0",
            "+7ad6b7169203331",
            "b7ad6b716920333g",
            "b7ad6b71692033310",
            "0000000000000000",
            "\u{1d7d8}\u{1d7d8}\u{1d7d8}\u{1d7d8}",
        ] {
            assert_eq!(span_id(text), Err(Outcome::InvalidValue), "{text:?}");
        }
        assert_eq!((parent_id(""), parent_id("0000000000000000"), parent_id("00")), (Ok(None), Ok(None), Err(Outcome::InvalidValue)));
    }

    #[test]
    fn times_are_whole_nanoseconds_up_to_the_year_2262() {
        let at = |seconds, nanoseconds| time(Datetime { seconds, nanoseconds }).map(Timestamp::nanos);
        assert_eq!((at(0, 0), at(2, 999_999_999)), (Ok(0), Ok(2_999_999_999)));
        assert_eq!(at(9_223_372_036, 854_775_807), Ok(i64::MAX as u64));
        for (seconds, nanoseconds) in [(9_223_372_036, 854_775_808), (0, 1_000_000_000), (u64::MAX, 0), (0, u32::MAX)] {
            assert_eq!(at(seconds, nanoseconds), Err(Outcome::InvalidTime));
        }
    }

    #[test]
    fn a_trace_state_with_a_wrong_member_is_empty() {
        let pair = |(key, value): (&str, &str)| (String::from(key), String::from(value));
        let header = |members: &[(&str, &str)]| trace_state(&members.iter().copied().map(pair).collect::<Vec<_>>());
        assert_eq!(header(&[("a", "1"), ("b@c", "x y")]), "a=1,b@c=x y");
        for wrong in [("", "1"), ("a b", "1"), ("a", "1,b=2"), ("a,b", "1"), ("a=", "1"), ("a", "\n"), ("a", "ü")] {
            assert_eq!(header(&[("x", "1"), wrong]), "", "{wrong:?}");
        }
    }

    #[test]
    fn the_outer_context_goes_to_a_guest_and_comes_back() {
        let (trace_id, span_id) = (TraceId::derive("t"), SpanId::derive("s"));
        let there = SpanContext { trace_id, span_id, trace_flags: 3, trace_state: "a=1,b=2".into() };
        let back = context(outer(Some(&there)));
        assert_eq!(back, Ok(SpanContext { trace_flags: 1, ..there }));
        assert_eq!(outer(None).span_id, "0000000000000000");
    }
}
