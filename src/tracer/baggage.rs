//! Baggage: what a program wants to have known by all those that work on a request after it.
//!
//! Source: W3C Baggage, section 3. It is kept as the one header that it is sent as, members in order and every
//! key once, so that passing it on costs one copy. Deliberately absent: what it means, and who may see it: it
//! goes wherever requests go.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::traceparent::trim;
use crate::Outcome;
use crate::limits::{BAGGAGE_BYTES_MAX, BAGGAGE_MEMBERS_MAX};

/// One member of baggage.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct BaggageEntry {
    /// The key: a token (RFC 9110, section 5.6.2).
    pub key: String,
    /// The value: any text; it is percent-encoded where it travels.
    pub value: String,
    /// Properties as they stand in the header, `;` between them; or empty.
    pub metadata: String,
}

/// Members by their keys, in the order in which these came first.
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::tracer::{Baggage, BaggageEntry};
/// let mut baggage = Baggage::default();
/// let lost = baggage.read("user=alice, node = DF%2028;of=cluster , broken");
/// assert_eq!((lost, baggage.to_string().as_str()), (0, "user=alice,node=DF%2028;of=cluster"));
/// baggage.set(BaggageEntry { key: "user".into(), value: "Zoë".into(), ..BaggageEntry::default() });
/// assert_eq!(baggage.to_string(), "user=Zo%C3%AB,node=DF%2028;of=cluster");
/// assert_eq!(baggage.get("node").map(|entry| entry.value).as_deref(), Some("DF 28"));
/// ```
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Baggage {
    text: String, // members without white space, `,` between them
    members: usize,
}

impl Baggage {
    /// Adds the members of a header; one with a key that is there takes that one's place. Those that break
    /// the rules are passed over. The answer is how many others there was no room for: at most
    /// [`BAGGAGE_MEMBERS_MAX`], and [`BAGGAGE_BYTES_MAX`] bytes in all.
    pub fn read(&mut self, header: &str) -> u32 {
        let (mut lost, mut member) = (0u32, String::new());
        for text in header.split(',').map(trim).filter(|text| !text.is_empty()) {
            // Decoding makes no text shorter than a third, so this one cannot fit; it is not even copied.
            let outcome = if text.len() > 3 * BAGGAGE_BYTES_MAX { Outcome::OverLimit } else { self.read_member(text, &mut member) };
            lost = lost.saturating_add(u32::from(outcome == Outcome::OverLimit));
        }
        lost
    }

    /// Sets a member. `InvalidValue` where the key is no token or the metadata are no properties, `OverLimit`
    /// where there is no room; then all stays as it was.
    pub fn set(&mut self, entry: BaggageEntry) -> Outcome {
        let BaggageEntry { key, value, metadata } = entry;
        if key.len().max(value.len()) > BAGGAGE_BYTES_MAX || metadata.len() > 3 * BAGGAGE_BYTES_MAX {
            return Outcome::OverLimit;
        }
        let mut member = String::new();
        member.push_str(&key);
        member.push('=');
        encode(&value, &mut member);
        if !is_token(&key) || !push_properties(&metadata, &mut member) {
            return Outcome::InvalidValue;
        }
        self.put(&key, &member)
    }

    /// Takes a member out; `false` where there is none under that key.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(place) = self.place(key) else { return false };
        // The comma behind it goes, too; behind the last, the one before it.
        let end = (place.end + 1).min(self.text.len());
        let start = if place.end == end { place.start.saturating_sub(1) } else { place.start };
        self.text.replace_range(start..end, "");
        self.members -= 1;
        true
    }

    /// The member under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<BaggageEntry> {
        self.text.get(self.place(key)?).and_then(entry)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = BaggageEntry> {
        self.text.split(',').filter_map(entry)
    }

    /// The header that it is sent as.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.members
    }

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// Reads a member that has no white space around it. `member` is room to work in.
    fn read_member(&mut self, text: &str, member: &mut String) -> Outcome {
        let (head, properties) = text.split_once(';').unwrap_or((text, ""));
        let Some((key, value)) = head.split_once('=').map(|(key, value)| (trim(key), trim(value))) else {
            return Outcome::InvalidValue;
        };
        member.clear();
        member.push_str(key);
        member.push('=');
        if value.contains('%') {
            encode(&decode(value), member);
        } else {
            member.push_str(value);
        }
        if !is_token(key) || !is_octets(value) || !push_properties(properties, member) {
            return Outcome::InvalidValue;
        }
        self.put(key, member)
    }

    /// Puts a member in the place of one with its key, or at the end.
    fn put(&mut self, key: &str, member: &str) -> Outcome {
        let place = self.place(key);
        let (others, comma) = match &place {
            Some(place) => (self.text.len() - place.len(), 0),
            None => (self.text.len(), usize::from(!self.is_empty())),
        };
        let is_one_more = place.is_none();
        if others + comma + member.len() > BAGGAGE_BYTES_MAX || (is_one_more && self.members >= BAGGAGE_MEMBERS_MAX) {
            return Outcome::OverLimit;
        }
        if let Some(place) = place {
            self.text.replace_range(place, member);
        } else {
            self.text.push_str(if comma == 1 { "," } else { "" });
            self.text.push_str(member);
        }
        self.members += usize::from(is_one_more);
        Outcome::Recorded
    }

    /// Where the member with a key stands.
    fn place(&self, key: &str) -> Option<Range<usize>> {
        let mut start = 0;
        for member in self.text.split(',') {
            let end = start + member.len();
            if member.strip_prefix(key).is_some_and(|rest| rest.starts_with('=')) {
                return Some(start..end);
            }
            start = end + 1;
        }
        None
    }
}

impl fmt::Display for Baggage {
    /// As one header; an empty one is better not sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A member of the header that we keep.
fn entry(member: &str) -> Option<BaggageEntry> {
    let (head, metadata) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = head.split_once('=')?;
    Some(BaggageEntry { key: key.into(), value: decode(value), metadata: metadata.into() })
}

/// Writes properties behind a member, without white space and empty ones; `false` where one breaks the rules.
fn push_properties(properties: &str, member: &mut String) -> bool {
    for property in properties.split(';').map(trim).filter(|property| !property.is_empty()) {
        let (key, value) = property.split_once('=').map_or((property, None), |(key, value)| (trim(key), Some(trim(value))));
        if !is_token(key) || !value.is_none_or(is_octets) {
            return false;
        }
        member.push(';');
        member.push_str(key);
        if let Some(value) = value {
            member.push('=');
            member.push_str(value);
        }
    }
    true
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// W3C Baggage, section Definition, `baggage-octet`.
const fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

fn is_octets(text: &str) -> bool {
    text.bytes().all(is_octet)
}

/// Writes a text with all bytes percent-encoded that cannot stand for themselves.
fn encode(text: &str, into: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if is_octet(byte) && byte != b'%' {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
        }
    }
}

/// The text that was percent-encoded. A sign without two digits behind it stands for itself, and bytes that
/// are no UTF-8 become U+FFFD (W3C Baggage, section value).
fn decode(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, behind @ ..] = rest {
        match (first, digit(behind.first()), digit(behind.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    fn read(header: &str) -> Baggage {
        let mut baggage = Baggage::default();
        assert_eq!(baggage.read(header), 0, "{header}");
        baggage
    }

    fn member(key: &str, value: &str, metadata: &str) -> BaggageEntry {
        BaggageEntry { key: key.into(), value: value.into(), metadata: metadata.into() }
    }

    #[test]
    fn members_come_with_white_space_values_and_properties() {
        let baggage = read("a \t=\t 1 ; p ; q = 2 , \t b=x=y==;r=s=t,,c=;;");
        let entries: Vec<BaggageEntry> = baggage.iter().collect();
        assert_eq!(entries, [member("a", "1", "p;q=2"), member("b", "x=y==", "r=s=t"), member("c", "", "")]);
        assert_eq!((baggage.len(), baggage.to_string().as_str()), (3, "a=1;p;q=2,b=x=y==;r=s=t,c="));
        assert!(read("").is_empty() && read(" , ").is_empty());
    }

    #[test]
    fn values_are_percent_encoded_where_they_travel() {
        for (header, value, sent) in [
            ("%09%20%22%27%3B%3Dasdf%21%2c%5c", "\t \"';=asdf!,\\", "%09%20%22'%3B=asdf!%2C%5C"),
            ("Zo%C3%ab", "Zoë", "Zo%C3%AB"),
            ("%F0%9F%90%9C", "🐜", "%F0%9F%90%9C"),
            ("%C3(%ff", "\u{fffd}(\u{fffd}", "%EF%BF%BD(%EF%BF%BD"),
            ("100%", "100%", "100%25"),
            ("%zz%1", "%zz%1", "%25zz%251"),
            ("%2525", "%25", "%2525"),
        ] {
            let baggage = read(&format!("k={header}"));
            assert_eq!(baggage.get("k"), Some(member("k", value, "")), "{header}");
            assert_eq!(baggage.to_string(), format!("k={sent}"));
        }
    }

    #[test]
    fn members_that_break_the_rules_are_passed_over() {
        for wrong in ["a", "=1", "a b=1", "a=1 2", "a=\"1\"", "é=1", "a=é", "a=\\", "a=1;=2", "a=1;p q", "a=1;p=\"", "a\n=1", "a=\r\nx: y"]
        {
            assert_eq!(read(&format!("x=1,{wrong},y=2")).to_string(), "x=1,y=2", "{wrong:?}");
        }
    }

    #[test]
    fn a_key_stands_once_and_keeps_its_place() {
        let mut baggage = read("a=1,b=2;p,ab=3,b=4");
        assert_eq!(baggage.to_string(), "a=1,b=4,ab=3");
        assert_eq!(baggage.set(member("a", "x, y", " q ; r = s ")), Outcome::Recorded);
        assert_eq!(baggage.set(member("c", "", "")), Outcome::Recorded);
        assert_eq!(baggage.to_string(), "a=x%2C%20y;q;r=s,b=4,ab=3,c=");
        for wrong in
            [member("", "1", ""), member("a b", "1", ""), member("a", "1", "p q"), member("a", "1", "p,b=2"), member("a", "1", "é")]
        {
            assert_eq!(baggage.set(wrong.clone()), Outcome::InvalidValue, "{wrong:?}");
        }
        assert!(baggage.remove("c") && !baggage.remove("c"));
        assert!(baggage.remove("b") && baggage.remove("a"));
        assert_eq!((baggage.len(), baggage.to_string().as_str()), (1, "ab=3"));
        assert!(baggage.remove("ab") && baggage.is_empty());
        assert_eq!(baggage, Baggage::default());
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_the_rest_stays() {
        let many: Vec<String> = (0..70).map(|n| format!("k{n}=v")).collect();
        let mut baggage = Baggage::default();
        assert_eq!((baggage.read(&many.join(",")), baggage.len()), (6, 64));
        assert_eq!((baggage.set(member("k64", "", "")), baggage.set(member("k63", "w", ""))), (Outcome::OverLimit, Outcome::Recorded));
        let mut baggage = read(&format!("a={},b=1", "v".repeat(8_186)));
        assert_eq!(baggage.to_string().len(), 8_192);
        assert_eq!(baggage.set(member("b", "12", "")), Outcome::OverLimit);
        assert_eq!((baggage.read("c=,b=2"), baggage.get("b")), (1, Some(member("b", "2", ""))));
        assert_eq!(baggage.set(member("a", &"é".repeat(2_000), "")), Outcome::OverLimit);
        let huge = "x".repeat(1 << 20);
        for (key, value, metadata) in [("k", huge.as_str(), ""), (&huge, "", ""), ("k", "", &huge)] {
            assert_eq!(baggage.set(member(key, value, metadata)), Outcome::OverLimit);
            assert_eq!(baggage.read(&format!("{key}={value};{metadata}")), 1);
        }
        assert_eq!(baggage.len(), 2);
    }
}
