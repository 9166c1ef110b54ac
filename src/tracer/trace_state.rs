//! The `tracestate` header: what each tracing system that a trace went through has to say of it.
//!
//! Source: W3C Trace Context Level 2, sections 3.3 (the header) and 3.5 (what may be changed in it). It is
//! kept as the one text that it is sent as, so that it costs one allocation and what others wrote stays as
//! it was. Deliberately absent: what members mean; `probability` knows that of OpenTelemetry's.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::traceparent::trim;
use crate::Error;
use crate::limits::{TRACE_STATE_BYTES_MAX, TRACE_STATE_MEMBERS_MAX};

/// Characters of a key, and of a value (sections Key and Value).
const PART_MAX: usize = 256;
/// Members longer than this go first where not all fit (section tracestate Limits).
const LARGE: usize = 128;

/// The members of a `tracestate` header, those written last in front.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::tracer::TraceState;
/// let mut state = TraceState::parse("congo=t61rcWkgMzE, rojo=1, other=2").unwrap();
/// state.insert("rojo", "00f067aa0ba902b7")?;
/// assert_eq!(state.to_string(), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,other=2");
/// assert_eq!(state.get("congo"), Some("t61rcWkgMzE"));
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct TraceState {
    text: String, // members without white space around them, `,` between them; every key once
}

impl TraceState {
    /// Reads a header, or several with `,` between them, as long as it may be; see [`TraceState::fit`]. `None`
    /// where it breaks the rules: then all of it is to be passed over, but not the `traceparent` beside it. Of
    /// members with one key the first is kept: it was written last.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut reader = Reader::default();
        reader.read(header);
        reader.end()
    }

    /// The members in order: keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text.split(',').filter_map(|member| member.split_once('='))
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The header that it is sent as.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Puts a member in front, in the place of one with its key. The answer is how many members had to leave
    /// for it; see [`TraceState::fit`].
    ///
    /// # Errors
    /// [`Error::InvalidName`] and [`Error::InvalidArgument`] for a key or a value that the header cannot carry.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<u32, Error> {
        if !is_key(key) {
            return Err(Error::InvalidName(format!(
                "a key of tracestate has 1 to {PART_MAX} of a-z, 0-9 and _ - * / @, a letter or a digit first; '{}' is none",
                start(key)
            )));
        }
        if !is_value(value) {
            return Err(Error::InvalidArgument(format!(
                "a value of tracestate has 1 to {PART_MAX} characters of printable ASCII without , and =, no space last; '{}' is none",
                start(value)
            )));
        }
        self.remove(key);
        let mut text = String::with_capacity(key.len() + value.len() + 2 + self.text.len());
        push(&mut text, key, value);
        if !self.text.is_empty() {
            text.push(',');
            text.push_str(&self.text);
        }
        self.text = text;
        Ok(self.fit())
    }

    /// Takes a member out; `false` where there is none under that key.
    pub fn remove(&mut self, key: &str) -> bool {
        let is_there = self.get(key).is_some();
        if is_there {
            self.keep(|_, found, _| found != key);
        }
        is_there
    }

    /// Lets members go until it has at most [`TRACE_STATE_MEMBERS_MAX`] members and [`TRACE_STATE_BYTES_MAX`]
    /// bytes: from the end, and of bytes first those with more than 128. The answer is how many went.
    pub fn fit(&mut self) -> u32 {
        let commas = self.text.bytes().filter(|byte| *byte == b',').count();
        if commas < TRACE_STATE_MEMBERS_MAX && self.text.len() <= TRACE_STATE_BYTES_MAX {
            return 0; // which is most often so
        }
        let count = self.iter().count();
        self.keep_first(TRACE_STATE_MEMBERS_MAX);
        while let Some(last_large) = self.last_where(|bytes| bytes > LARGE) {
            self.keep(|place, _, _| place != last_large);
        }
        while let Some(last) = self.last_where(|_| true) {
            self.keep_first(last);
        }
        (count - self.iter().count()) as u32
    }

    /// The place of the last member of such a size, while there are too many bytes.
    fn last_where(&self, is_sought: impl Fn(usize) -> bool) -> Option<usize> {
        let place = || self.iter().enumerate().filter(|(_, (key, value))| is_sought(key.len() + 1 + value.len())).last();
        if self.text.len() > TRACE_STATE_BYTES_MAX { place().map(|(place, _)| place) } else { None }
    }

    fn keep_first(&mut self, count: usize) {
        self.keep(|place, _, _| place < count);
    }

    /// Keeps members by their place, key and value.
    fn keep(&mut self, is_kept: impl Fn(usize, &str, &str) -> bool) {
        let mut text = String::with_capacity(self.text.len().min(TRACE_STATE_BYTES_MAX));
        for (place, (key, value)) in self.iter().enumerate() {
            if is_kept(place, key, value) {
                push(&mut text, key, value);
            }
        }
        self.text = text;
    }
}

impl From<TraceState> for String {
    fn from(state: TraceState) -> Self {
        state.text
    }
}

impl fmt::Display for TraceState {
    /// As one header; an empty one is better not sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads one header after the other: they are one list in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Reader {
    state: TraceState,
    members: usize, // those of keys that were there already, too
    is_broken: bool,
}

impl Reader {
    pub(super) fn read(&mut self, header: &str) {
        if self.members == 0
            && !self.is_broken
            && let Some(members) = settled_members(header)
        {
            *self = Self { state: TraceState { text: header.into() }, members, is_broken: false };
            return;
        }
        // An empty member is what becomes of an empty header among others (section tracestate Header Field Values).
        for member in header.split(',').map(trim).filter(|member| !member.is_empty()) {
            self.members += 1;
            let parts = member.split_once('=').filter(|(key, value)| is_key(key) && is_value(value));
            let Some((key, value)) = parts.filter(|_| self.members <= TRACE_STATE_MEMBERS_MAX && !self.is_broken) else {
                self.is_broken = true;
                return;
            };
            if self.state.get(key).is_none() {
                push(&mut self.state.text, key, value);
            }
        }
    }

    pub(super) fn end(self) -> Option<TraceState> {
        if self.is_broken { None } else { Some(self.state) }
    }
}

/// Whether a text is a tracestate as it is sent: as most are that come, and all that were read here.
pub(super) fn is_settled(text: &str) -> bool {
    settled_members(text).is_some()
}

/// How many members a text has that is a tracestate as it is sent, within its limits. `None` says nothing of
/// whether it breaks the rules: of what is not in that form it is not asked here.
fn settled_members(text: &str) -> Option<usize> {
    if text.len() > TRACE_STATE_BYTES_MAX {
        return None;
    }
    let run = |from: &mut usize, place: u8| {
        let rest = text.as_bytes().get(*from..).unwrap_or_default();
        let length = rest.iter().position(|byte| !may_stand(*byte, place)).unwrap_or(rest.len());
        *from += length;
        (1..=PART_MAX).contains(&length)
    };
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let (mut starts, mut at) = ([0; TRACE_STATE_MEMBERS_MAX], 0);
    for members in 0..TRACE_STATE_MEMBERS_MAX {
        let start = at;
        if !byte(at).is_some_and(|first| may_stand(first, FIRST)) || !run(&mut at, LATER) || byte(at) != Some(b'=') {
            return None;
        }
        at += 1;
        let key = text.get(start..at)?; // and its sign of equality
        let is_there = starts.iter().take(members).any(|start| text.get(*start..).is_some_and(|text| text.starts_with(key)));
        if is_there || !run(&mut at, VALUE) || byte(at - 1) == Some(b' ') {
            return None;
        }
        starts[members] = start;
        match byte(at) {
            None => return Some(members + 1),
            Some(b',') => at += 1,
            Some(_) => return None,
        }
    }
    None
}

fn push(text: &mut String, key: &str, value: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(key);
    text.push('=');
    text.push_str(value);
}

const FIRST: u8 = 1;
const LATER: u8 = 2;
const VALUE: u8 = 4;

/// Where a byte may stand: first in a key, later in it, in a value.
const PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut byte = 0x20u8;
    while byte <= 0x7e {
        let is_first = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_later = is_first || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
        let in_value = !matches!(byte, b',' | b'=');
        places[byte as usize] = (is_first as u8 * FIRST) | (is_later as u8 * LATER) | (in_value as u8 * VALUE);
        byte += 1;
    }
    places
};

fn may_stand(byte: u8, place: u8) -> bool {
    PLACES[usize::from(byte)] & place != 0
}

fn is_key(key: &str) -> bool {
    let is_first = key.as_bytes().first().is_some_and(|first| may_stand(*first, FIRST));
    is_first && key.len() <= PART_MAX && key.bytes().all(|byte| may_stand(byte, LATER))
}

fn is_value(value: &str) -> bool {
    let is_last = value.as_bytes().last().is_some_and(|last| *last != b' ');
    is_last && value.len() <= PART_MAX && value.bytes().all(|byte| may_stand(byte, VALUE))
}

/// Enough of a text to know it by.
fn start(text: &str) -> String {
    text.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    fn read(headers: &[&str]) -> Option<String> {
        let mut reader = Reader::default();
        headers.iter().for_each(|header| reader.read(header));
        reader.end().map(String::from)
    }

    #[test]
    fn headers_are_one_list_with_white_space_and_empty_members() {
        assert_eq!(read(&["a=1 , \tb= 2 x\t", "", " ,, c@d/*_-=3"]).as_deref(), Some("a=1,b= 2 x,c@d/*_-=3"));
        assert_eq!(read(&[]).as_deref(), Some(""));
        assert_eq!(read(&["", "\t"]).as_deref(), Some(""));
        assert_eq!(read(&["a=1,b=2", "a=3"]).as_deref(), Some("a=1,b=2"));
    }

    #[test]
    fn one_wrong_member_makes_the_whole_list_void() {
        let (long_key, long_value) = ("k".repeat(257), "v".repeat(257));
        for member in [
            "a",
            "=1",
            "a=",
            "A=1",
            "_a=1",
            "@a=1",
            "a.b=1",
            "a =1",
            "é=1",
            "a=é",
            "a=1=2",
            "a=\u{7f}",
            "a=1\t2",
            "a=\n",
            "a=1\r\nx",
            &format!("{long_key}=1"),
            &format!("a={long_value}"),
        ] {
            assert_eq!(read(&["x=1", member, "y=2"]), None, "{member}");
        }
        let longest = format!("{}={}", &long_key[1..], &long_value[1..]);
        assert_eq!(read(&[&longest]), Some(longest));
    }

    #[test]
    fn more_than_32_members_are_void() {
        let members = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert_eq!(read(&[&members(32), " , "]), Some(members(32)));
        assert_eq!(read(&[&members(32), "k0=again"]), None);
    }

    #[test]
    fn a_member_that_is_set_comes_to_the_front_and_the_others_keep_their_order() {
        let mut state = TraceState::parse("a=1,b=2,c=3").unwrap();
        assert_eq!(state.insert("b", "x").map(|left| (left, state.to_string())), Ok((0, "b=x,a=1,c=3".into())));
        assert_eq!(state.insert("d", " y").map(|left| (left, state.to_string())), Ok((0, "d= y,b=x,a=1,c=3".into())));
        assert!(state.remove("a") && !state.remove("a"));
        assert_eq!((state.to_string().as_str(), state.get("c"), state.get("a")), ("d= y,b=x,c=3", Some("3"), None));
        assert!(matches!(state.insert("B", "1"), Err(Error::InvalidName(_))));
        assert!(matches!(state.insert("b", "1,c=2"), Err(Error::InvalidArgument(_))));
        assert_eq!(String::from(state), "d= y,b=x,c=3");
    }

    #[test]
    fn the_33rd_member_pushes_out_the_last() {
        let headers: Vec<String> = (0..32).map(|n| format!("k{n}=v")).collect();
        let mut state = TraceState::parse(&headers.join(",")).unwrap();
        assert_eq!(state.insert("new", "1"), Ok(1));
        assert_eq!((state.iter().count(), state.iter().next(), state.iter().last()), (32, Some(("new", "1")), Some(("k30", "v"))));
    }

    #[test]
    fn large_members_leave_first_then_those_at_the_end() {
        let member = |key: &str, bytes: usize| format!("{key}={}", "v".repeat(bytes - key.len() - 1));
        let sizes = [("a", 129), ("b", 128), ("c", 258), ("d", 128), ("e", 258), ("f", 200)];
        let mut state = TraceState::parse(&sizes.map(|(key, bytes)| member(key, bytes)).join(",")).unwrap();
        assert_eq!(state.fit(), 1);
        assert_eq!(state.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        let small: Vec<String> = (0..10).map(|n| member(&n.to_string(), 128)).collect();
        let mut state = TraceState::parse(&format!("{},{}", small.join(","), member("x", 129))).unwrap();
        assert_eq!(state.fit(), 4);
        assert_eq!(state.to_string(), small[..7].join(","));
        assert_eq!(state.fit(), 0);
    }
}
