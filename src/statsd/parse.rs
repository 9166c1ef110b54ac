//! From lines to records. Total: every line gives records or a typed error that says where it is wrong.
//!
//! Stricter than the servers where they guess: an unknown type, an empty value and a field that is said
//! twice are refused. Deliberately absent: several types in one line (`a:1|c:2|ms`), which StatsD's own
//! server takes and no page describes, as `c:` begins a field of DogStatsD.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::str;

use super::decimal::{Decimal, finite};
use super::{Kind, Record, Sample};
use crate::limits::LINE_BYTES_MAX;
use crate::{Error, Timestamp};

/// Characters of a line that an error quotes at most.
const EXCERPT_CHARS_MAX: usize = 40;

/// Reads one line, without its end. A line with packed values gives a record for each, in their order.
///
/// # Errors
/// [`Error::Malformed`] says at which byte, counted from 0, and why; [`Error::Unsupported`] where the
/// line is an event or a service check, and so no metric; [`Error::Limit`] past [`LINE_BYTES_MAX`].
///
/// # Examples
/// ```
/// use codomyrmex_telemetry::statsd::{Sample, parse};
/// let records = parse("gorets:3|c|@0.3|#env:dev")?;
/// assert_eq!(records[0].sample, Sample::Count(10.0));
/// assert_eq!(*records[0].tags, [("env".to_string(), "dev".to_string())]);
/// # Ok::<(), codomyrmex_telemetry::Error>(())
/// ```
pub fn parse(line: &str) -> Result<Vec<Record>, Error> {
    check_length(line.len())?;
    for (opening, what) in [("_e{", "an event"), ("_sc|", "a service check")] {
        if line.starts_with(opening) {
            return Err(Error::Unsupported(format!("not a metric: the line is {what} of DogStatsD, and only metrics are accounted")));
        }
    }
    let whole = Part { text: line, place: 0 };
    if let Some((_, next)) = whole.cut('\n') {
        return Err(next.wrong("what follows the end,", "is another line; a datagram of lines is read by parse_packet"));
    }
    let (head, rest) = whole.cut('|').ok_or_else(|| whole.wrong("the line", "has no '|' with a type behind it"))?;
    let (name, value) = head.cut(':').ok_or_else(|| head.wrong("the name", "has no ':' with a value behind it"))?;
    if name.text.is_empty() {
        return Err(head.wrong("the name before", "is empty"));
    }
    let (letters, fields) = rest.cut('|').map_or((rest, None), |(letters, fields)| (letters, Some(fields)));
    let kind = Kind::ALL.into_iter().find(|kind| kind.letters() == letters.text);
    let kind = kind.ok_or_else(|| letters.wrong("the type", "is none of c, g, ms, h, d, s"))?;
    let fields = fields.map_or_else(|| Ok(Fields::default()), |fields| read_fields(fields, kind))?;
    let times = fields.times(kind)?;
    let (name, tags): (Arc<str>, Arc<[_]>) = (name.text.into(), fields.tags.unwrap_or_default().into_iter().collect());
    let record = |sample| Record { name: name.clone(), tags: tags.clone(), sample, at: fields.at };
    let rate = fields.rate.as_ref().map(|(_, rate)| rate);
    if kind == Kind::Unique {
        return Ok([record(value.sample(kind, rate, times)?)].into());
    }
    value.split(':').map(|value| value.sample(kind, rate, times).map(record)).collect()
}

/// Reads a datagram of lines: one answer for each that is not empty. Lines may end with `\r\n`.
pub fn parse_packet(bytes: &[u8]) -> impl Iterator<Item = Result<Vec<Record>, Error>> + '_ {
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty()).map(|line| {
        check_length(line.len())?;
        let text =
            str::from_utf8(line).map_err(|error| Error::Malformed(format!("byte {} of the line: not UTF-8", error.valid_up_to())))?;
        parse(text)
    })
}

fn check_length(bytes: usize) -> Result<(), Error> {
    if bytes <= LINE_BYTES_MAX {
        return Ok(());
    }
    Err(Error::Limit(format!("the line has {bytes} bytes; at most {LINE_BYTES_MAX} are read")))
}

/// What may stand behind the type, in any order.
#[derive(Default)]
struct Fields<'a> {
    rate: Option<(Part<'a>, Decimal)>,
    tags: Option<BTreeMap<String, String>>,
    at: Option<Timestamp>,
}

impl Fields<'_> {
    /// How many measurements one of this kind stands for; 1 where a rate says nothing about it.
    fn times(&self, kind: Kind) -> Result<u64, Error> {
        match &self.rate {
            Some((part, rate)) if matches!(kind, Kind::Timing | Kind::Histogram | Kind::Distribution) => {
                rate.inverse().ok_or_else(|| part.wrong("the rate", "is so small that its inverse passes 2^64 - 1"))
            }
            _ => Ok(1),
        }
    }
}

fn read_fields(fields: Part<'_>, kind: Kind) -> Result<Fields<'_>, Error> {
    let mut read = Fields::default();
    for field in fields.split('|') {
        let is_again = if let Some(rate) = field.behind("@") {
            let decimal = Decimal::read(rate.text).filter(Decimal::is_rate);
            let decimal =
                decimal.ok_or_else(|| rate.wrong("the rate", "is not a decimal number above 0 and up to 1, of at most 64 digits"))?;
            read.rate.replace((rate, decimal)).is_some()
        } else if let Some(tags) = field.behind("#") {
            read.tags.replace(read_tags(tags)?).is_some()
        } else if let Some(seconds) = field.behind("T") {
            if !kind.has_time() {
                return Err(field.wrong("the time", "may stand in lines of counts and gauges alone"));
            }
            read.at.replace(read_time(seconds)?).is_some()
        } else if is_extension(field.text) {
            false
        } else {
            return Err(field.wrong("the field", "is no rate, list of tags or time, nor has a key with a ':' behind it"));
        };
        if is_again {
            return Err(field.wrong("the field", "is one that the line has already"));
        }
    }
    Ok(read)
}

/// Whether a field is one that says nothing about the value: `c:`, `e:` and `card:` (DogStatsD 1.2, 1.5,
/// 1.6) tell whose container it was. Datadog's agent passes over any field it does not know; so far all
/// new ones have had this form.
fn is_extension(field: &str) -> bool {
    field.split_once(':').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Reads `key:value,bare`. Nothing between two commas is no tag.
fn read_tags(list: Part<'_>) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for tag in list.split(',').filter(|tag| !tag.text.is_empty()) {
        let (key, value) = tag.text.split_once(':').unwrap_or((tag.text, ""));
        if key.is_empty() {
            return Err(tag.wrong("the tag", "has no key"));
        }
        tags.insert(key.into(), value.into());
    }
    Ok(tags)
}

fn read_time(part: Part<'_>) -> Result<Timestamp, Error> {
    let is_whole = part.text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = part.text.parse::<u64>().ok().filter(|seconds| is_whole && *seconds > 0);
    let at = seconds.and_then(|seconds| Timestamp::from_nanos(seconds.checked_mul(1_000_000_000)?).ok());
    at.ok_or_else(|| part.wrong("the time", "is not a whole number of seconds since 1970, above 0 and before the year 2262"))
}

/// A part of a line that knows where it stands.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    place: usize, // of its first byte in the line
}

impl<'a> Part<'a> {
    /// What stands before and behind the first mark.
    fn cut(self, mark: char) -> Option<(Self, Self)> {
        let (before, behind) = self.text.split_once(mark)?;
        Some((Self { text: before, ..self }, Self { text: behind, place: self.place + before.len() + mark.len_utf8() }))
    }

    /// What stands between the marks: at least one part.
    fn split(self, mark: char) -> impl Iterator<Item = Self> {
        let mut place = self.place;
        self.text.split(mark).map(move |text| {
            let part = Self { text, place };
            place += text.len() + mark.len_utf8();
            part
        })
    }

    /// What stands behind an opening.
    fn behind(self, opening: &str) -> Option<Self> {
        Some(Self { text: self.text.strip_prefix(opening)?, place: self.place + opening.len() })
    }

    /// The sample that it is the value of.
    fn sample(self, kind: Kind, rate: Option<&Decimal>, times: u64) -> Result<Sample, Error> {
        Ok(match kind {
            Kind::Count => Sample::Count(rate.map_or_else(|| self.number(), |rate| self.divided_by(rate))?),
            Kind::Gauge if self.text.starts_with(['+', '-']) => Sample::Change(self.number()?),
            Kind::Gauge => Sample::Set(self.number()?),
            Kind::Timing => Sample::Timing { value: self.number()?, times },
            Kind::Histogram => Sample::Histogram { value: self.number()?, times },
            Kind::Distribution => Sample::Distribution { value: self.number()?, times },
            Kind::Unique if self.text.is_empty() => return Err(self.wrong("the value", "is empty")),
            Kind::Unique => Sample::Unique(self.text.into()),
        })
    }

    fn number(self) -> Result<f64, Error> {
        finite(self.text).ok_or_else(|| self.wrong("the value", "is not a decimal number that a double can hold"))
    }

    fn divided_by(self, rate: &Decimal) -> Result<f64, Error> {
        let value = Decimal::read(self.text).ok_or_else(|| self.wrong("the value", "is not a decimal number of at most 64 digits"))?;
        value.divided_by(rate).ok_or_else(|| self.wrong("the value", "is more than a double can hold when it is divided by the rate"))
    }

    /// An error about it. Whatever was sent, the text is short and has no control characters.
    fn wrong(self, what: &str, why: &str) -> Error {
        let mut shown = self.text.chars().flat_map(char::escape_debug);
        let excerpt: String = shown.by_ref().take(EXCERPT_CHARS_MAX).collect();
        let more = if shown.next().is_some() { "…" } else { "" };
        Error::Malformed(format!("byte {} of the line: {what} '{excerpt}{more}' {why}", self.place))
    }
}
