//! The `traceparent` header: a span's trace, its id and its flags in 55 characters.
//!
//! Source: W3C Trace Context Level 2, sections 3.2 (the header) and 3.2.4 (versions to come).
//! Deliberately absent: reasons why a header is none. Whatever is wrong with it, the answer is a new trace.

use alloc::string::String;
use core::fmt;

use super::SpanContext;
use super::span::{RANDOM, SAMPLED};
use crate::id::{SpanId, TraceId};

/// What a header has at least, and one of version 00 exactly.
const LENGTH: usize = 55;
/// The flags that version 00 knows; others must not be passed on (section 3.2.2.5.3).
const KNOWN_FLAGS: u8 = SAMPLED | RANDOM;
const DIGITS: [u8; 16] = *b"0123456789abcdef";
/// What digits in lower case are worth; others 255.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// A `traceparent` header.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::tracer::TraceParent;
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent = TraceParent::parse(header).unwrap();
/// assert_eq!((parent.span_id.get(), parent.trace_flags), (0x00f0_67aa_0ba9_02b7, 1));
/// assert_eq!(parent.to_string(), header);
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TraceParent {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that sends the header.
    pub span_id: SpanId,
    /// The trace flags byte: bit 0 sampled, bit 1 random. Others are not written.
    pub trace_flags: u8,
}

impl TraceParent {
    /// Reads a header; `None` where it breaks the rules, and the trace is to begin anew. Of a version to
    /// come it reads the fields of version 00 and passes over what follows them.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let text = trim(header).as_bytes();
        let (fields, rest) = text.split_at_checked(LENGTH)?;
        if ![2, 35, 52].iter().all(|dash| fields.get(*dash) == Some(&b'-')) {
            return None;
        }
        let number = |from, to| hex(fields.get(from..to)?);
        let trace_id = u128::from(number(3, 19)?) << 64 | u128::from(number(19, 35)?);
        match (number(0, 2)?, rest.first()) {
            (0xff, _) | (0, Some(_)) => return None,
            (_, None | Some(b'-')) => {}
            _ => return None,
        }
        Some(Self {
            trace_id: TraceId::new(trace_id).ok()?,
            span_id: SpanId::new(number(36, 52)?).ok()?,
            trace_flags: number(53, 55)? as u8 & KNOWN_FLAGS,
        })
    }

    /// The context that the header speaks of, with the `tracestate` that came beside it.
    #[must_use]
    pub fn with_state(self, trace_state: impl Into<String>) -> SpanContext {
        let Self { trace_id, span_id, trace_flags } = self;
        SpanContext { trace_id, span_id, trace_flags, trace_state: trace_state.into() }
    }

    /// The header of version 00.
    pub(super) fn header(self) -> [u8; LENGTH] {
        let mut header: [u8; LENGTH] = *b"00-00000000000000000000000000000000-0000000000000000-00";
        let digits = |bytes: &[u8], into: &mut [u8]| {
            for (pair, byte) in into.chunks_exact_mut(2).zip(bytes) {
                pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
        };
        digits(&self.trace_id.get().to_be_bytes(), &mut header[3..35]);
        digits(&self.span_id.get().to_be_bytes(), &mut header[36..52]);
        digits(&[self.trace_flags & KNOWN_FLAGS], &mut header[53..]);
        header
    }
}

impl From<&SpanContext> for TraceParent {
    fn from(context: &SpanContext) -> Self {
        Self { trace_id: context.trace_id, span_id: context.span_id, trace_flags: context.trace_flags }
    }
}

impl fmt::Display for TraceParent {
    /// As a header of version 00.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.header()).map_err(|_| fmt::Error)?)
    }
}

/// A text without the optional white space around it (RFC 9110, section 5.6.3).
pub(super) fn trim(text: &str) -> &str {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    if is_space(text.as_bytes().first()) || is_space(text.as_bytes().last()) { text.trim_matches([' ', '\t']) } else { text }
}

/// The number that lower-case hexadecimal digits write; at most 16 of them.
fn hex(digits: &[u8]) -> Option<u64> {
    let (mut number, mut all) = (0, 0);
    for digit in digits {
        let value = VALUES[usize::from(*digit)];
        number = number << 4 | u64::from(value & 15);
        all |= value;
    }
    (all < 16).then_some(number)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn read(header: &str) -> Option<TraceParent> {
        TraceParent::parse(header)
    }

    #[test]
    fn a_header_of_version_00_says_where_a_span_stands() {
        let parent = read(&format!("\t 00-{TRACE}-{SPAN}-03 ")).unwrap();
        assert_eq!(parent.trace_id.get(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!((parent.span_id.get(), parent.trace_flags), (0xb7ad_6b71_6920_3331, 3));
        assert_eq!(parent.to_string(), format!("00-{TRACE}-{SPAN}-03"));
        let context = parent.with_state("a=1");
        assert_eq!((TraceParent::from(&context), context.trace_state.as_str()), (parent, "a=1"));
    }

    #[test]
    fn only_the_flags_that_are_known_are_passed_on() {
        for (flags, kept) in [("00", 0), ("01", 1), ("02", 2), ("fe", 2), ("ff", 3), ("0c", 0)] {
            assert_eq!(read(&format!("00-{TRACE}-{SPAN}-{flags}")).map(|parent| parent.trace_flags), Some(kept), "{flags}");
        }
        let unknown = TraceParent { trace_flags: 0xfd, ..read(&format!("00-{TRACE}-{SPAN}-00")).unwrap() };
        assert!(unknown.to_string().ends_with("-01"));
    }

    #[test]
    fn a_version_to_come_may_say_more_behind_a_dash() {
        for rest in ["", "-", "-and more", "-é"] {
            let parent = read(&format!("01-{TRACE}-{SPAN}-01{rest}")).unwrap();
            assert_eq!(parent.to_string(), format!("00-{TRACE}-{SPAN}-01"), "{rest}");
        }
        for rest in [".", "0", "é", ",01-"] {
            assert_eq!(read(&format!("fe-{TRACE}-{SPAN}-01{rest}")), None, "{rest}");
        }
    }

    #[test]
    fn what_breaks_the_rules_is_none() {
        let zeros = |count| "0".repeat(count);
        for header in [
            "",
            "00",
            &format!("ff-{TRACE}-{SPAN}-01"),
            &format!("00-{TRACE}-{SPAN}-01-"),
            &format!("00-{TRACE}-{SPAN}-1"),
            &format!("00-{TRACE}-{SPAN}-0A"),
            &format!("0G-{TRACE}-{SPAN}-01"),
            &format!("00_{TRACE}-{SPAN}-01"),
            &format!("00-{TRACE}_{SPAN}-01"),
            &format!("00-{TRACE}-{SPAN}_01"),
            &format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            &format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            &format!("00-{}-{SPAN}-01", zeros(32)),
            &format!("00-{TRACE}-{}-01", zeros(16)),
            &format!("00-{TRACE}-+{}-01", &SPAN[1..]),
            &format!("00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01"),
            &format!("00-é{}-{SPAN}-01", &TRACE[2..]),
            &format!("00-{TRACE}-{SPAN}-é"),
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
