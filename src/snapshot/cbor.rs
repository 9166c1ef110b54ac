//! Deterministic CBOR, the little of it that the canonical form needs.
//!
//! RFC 8949, section 4.2.1: definite lengths, shortest integers and floats, map keys in the order of
//! their encoding. Keys are short texts, so that order is by length first, then by bytes. Sums are
//! bigfloats (section 3.4.4) with an odd mantissa. Deliberately absent: what the maps mean.

use alloc::format;
use alloc::vec::Vec;

use minicbor::data::{Int, Tag, Type};
use minicbor::{Decoder, Encoder};

use crate::Error;
use crate::float::Double;
use crate::sum::{ExactSum, SumParts};

const BIGNUM: Tag = Tag::new(2);
const NEGATIVE_BIGNUM: Tag = Tag::new(3);
const BIGFLOAT: Tag = Tag::new(5);

/// Writes items one after the other. Writing to memory cannot fail, so no call answers.
pub(super) struct Writer(Encoder<Vec<u8>>);

/// Reads items one after the other. Every answer is checked; nothing is taken on trust.
#[derive(Clone)]
pub(super) struct Reader<'b>(Decoder<'b>);

/// What kind of item comes next.
pub(super) enum Shape {
    Boolean,
    Float,
    Integer,
    Text,
    Other,
}

macro_rules! write {
    ($self:ident . $($call:tt)+) => {
        // The sink is a Vec, whose error type has no values.
        $self.0.$($call)+.map(drop).ok().unwrap_or_default()
    };
}

/// Major types (RFC 8949, section 3.1), in the upper three bits of an item's first byte.
const UNSIGNED: u8 = 0 << 5;
const BYTES: u8 = 2 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;

impl Writer {
    pub(super) fn new() -> Self {
        Self(Encoder::new(Vec::new()))
    }

    /// Writes the head of an item where it is a single byte, as nearly all are. A library that knows no more of it
    /// than its length takes several times as long for the head as for what follows.
    #[inline]
    fn head(&mut self, major: u8, count: u64) -> bool {
        let is_short = count < 24;
        if is_short {
            self.0.writer_mut().push(major | count as u8);
        }
        is_short
    }

    /// A key of a map. Its length is known where this is compiled, so that little is left of it.
    #[inline(always)]
    pub(super) fn key(&mut self, key: &'static str) {
        if self.head(TEXT, key.len() as u64) {
            self.0.writer_mut().extend_from_slice(key.as_bytes());
        } else {
            self.text(key);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_writer()
    }

    pub(super) fn map(&mut self, entries: usize) {
        if !self.head(MAP, entries as u64) {
            write!(self.map(entries as u64));
        }
    }

    pub(super) fn array(&mut self, items: usize) {
        if !self.head(ARRAY, items as u64) {
            write!(self.array(items as u64));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.head(TEXT, text.len() as u64) {
            self.0.writer_mut().extend_from_slice(text.as_bytes());
        } else {
            write!(self.str(text));
        }
    }

    #[inline] // most are ids, of a length that is known
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.head(BYTES, bytes.len() as u64) {
            self.0.writer_mut().extend_from_slice(bytes);
        } else {
            write!(self.bytes(bytes));
        }
    }

    pub(super) fn unsigned(&mut self, value: u64) {
        if value > u32::MAX.into() {
            let mut item = [UNSIGNED | 27; 9]; // as times are
            item[1..].copy_from_slice(&value.to_be_bytes());
            self.0.writer_mut().extend_from_slice(&item);
        } else if !self.head(UNSIGNED, value) {
            write!(self.u64(value));
        }
    }

    pub(super) fn signed(&mut self, value: i64) {
        write!(self.i64(value));
    }

    pub(super) fn boolean(&mut self, value: bool) {
        write!(self.bool(value));
    }

    pub(super) fn null(&mut self) {
        write!(self.null());
    }

    /// The shortest float that keeps the value; NaN is 0x7e00.
    pub(super) fn double(&mut self, value: Double) {
        let value = value.get();
        let single = value as f32;
        if value.is_nan() {
            write!(self.f16(f32::NAN));
        } else if f64::from(single).to_bits() != value.to_bits() {
            write!(self.f64(value));
        } else if half::f16::from_f32(single).to_f32().to_bits() == single.to_bits() {
            write!(self.f16(single));
        } else {
            write!(self.f32(single));
        }
    }

    pub(super) fn sum(&mut self, sum: &ExactSum) {
        let SumParts { negative, exponent, mut magnitude } = sum.parts();
        write!(self.tag(BIGFLOAT));
        self.array(2);
        self.signed(exponent.into());
        if magnitude.len() <= 8 {
            let value = magnitude.iter().fold(0, |sum, byte| sum << 8 | i128::from(*byte));
            let value = if negative { -value } else { value };
            // Of at most eight bytes, so it fits CBOR's integers of 64 bits and a sign.
            write!(self.int(Int::try_from(value).unwrap_or_else(|_| 0u8.into())));
            return;
        }
        if negative {
            // A negative bignum n stands for -1 - n; the magnitude is odd, so nothing is borrowed.
            if let Some(last) = magnitude.last_mut() {
                *last &= 0xfe;
            }
        }
        write!(self.tag(if negative { NEGATIVE_BIGNUM } else { BIGNUM }));
        self.bytes(&magnitude);
    }
}

type Read<T> = Result<T, Error>;

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    /// An error at this place.
    pub(super) fn wrong(&self, expected: &str) -> Error {
        let place = self.0.position();
        let cut_short = place >= self.0.input().len();
        let why = if cut_short { "the bytes end" } else { "something else stands" };
        Error::Malformed(format!("byte {place}: {why} where {expected} should be"))
    }

    pub(super) fn end(&self) -> Read<()> {
        if self.0.position() == self.0.input().len() { Ok(()) } else { Err(self.wrong("the end")) }
    }

    /// The start of a map of so many entries.
    pub(super) fn map(&mut self, entries: u64) -> Read<()> {
        match self.0.map() {
            Ok(Some(found)) if found == entries => Ok(()),
            _ => Err(self.wrong(&format!("a map of {entries} entries"))),
        }
    }

    /// The start of a map, and its length.
    pub(super) fn map_of_any(&mut self) -> Read<u64> {
        match self.0.map() {
            Ok(Some(found)) => Ok(found),
            _ => Err(self.wrong("a map")),
        }
    }

    /// This key of a map.
    pub(super) fn key(&mut self, key: &str) -> Read<()> {
        match self.0.str() {
            Ok(found) if found == key => Ok(()),
            _ => Err(self.wrong(&format!("the key '{key}'"))),
        }
    }

    /// The start of an array, and its length. A length is never believed for an allocation.
    pub(super) fn array(&mut self, of: &str) -> Read<u64> {
        match self.0.array() {
            Ok(Some(length)) => Ok(length),
            _ => Err(self.wrong(of)),
        }
    }

    /// The start of an array of a fixed length.
    pub(super) fn tuple(&mut self, length: u64, of: &str) -> Read<()> {
        if self.array(of)? == length { Ok(()) } else { Err(self.wrong(of)) }
    }

    /// A list of at most so many items. More are refused before any is read: an item of one byte
    /// grows some forty times in memory.
    pub(super) fn list<T>(&mut self, of: &str, most: usize, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let length = self.array(of)?;
        if length > most as u64 {
            return Err(self.wrong(&format!("at most {most} of {of}")));
        }
        let mut items = Vec::new();
        for _ in 0..length {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(super) fn text<T: From<&'b str>>(&mut self, what: &str) -> Read<T> {
        self.0.str().map(T::from).map_err(|_| self.wrong(what))
    }

    pub(super) fn bytes(&mut self, what: &str) -> Read<&'b [u8]> {
        self.0.bytes().map_err(|_| self.wrong(what))
    }

    pub(super) fn unsigned(&mut self, what: &str) -> Read<u64> {
        self.0.u64().map_err(|_| self.wrong(what))
    }

    pub(super) fn signed(&mut self, what: &str) -> Read<i64> {
        self.0.i64().map_err(|_| self.wrong(what))
    }

    pub(super) fn boolean(&mut self, what: &str) -> Read<bool> {
        self.0.bool().map_err(|_| self.wrong(what))
    }

    /// What kind of item comes next.
    pub(super) fn shape(&self) -> Shape {
        match self.0.datatype() {
            Ok(Type::Bool) => Shape::Boolean,
            Ok(Type::F16 | Type::F32 | Type::F64) => Shape::Float,
            Ok(Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64) => Shape::Integer,
            Ok(Type::String) => Shape::Text,
            _ => Shape::Other,
        }
    }

    /// Null, which says nothing.
    pub(super) fn null(&mut self, what: &str) -> Read<()> {
        self.0.null().map_err(|_| self.wrong(what))
    }

    /// Passes over an item, whatever it is.
    pub(super) fn skip(&mut self) -> Read<()> {
        self.0.skip().map_err(|_| self.wrong("an item"))
    }

    /// Whether a map comes next.
    pub(super) fn is_map(&self) -> bool {
        self.0.datatype().ok() == Some(Type::Map)
    }

    /// A value, or null.
    pub(super) fn optional<T>(&mut self, item: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.0.datatype().ok() == Some(Type::Null) {
            return self.0.null().map(|()| None).map_err(|_| self.wrong("null"));
        }
        item(self).map(Some)
    }

    pub(super) fn double(&mut self, what: &str) -> Read<Double> {
        let value = match self.0.datatype() {
            Ok(Type::F16) => self.0.f16().map(f64::from),
            Ok(Type::F32) => self.0.f32().map(f64::from),
            Ok(Type::F64) => self.0.f64(),
            _ => return Err(self.wrong(what)),
        };
        value.map(Double::new).map_err(|_| self.wrong(what))
    }

    pub(super) fn sum(&mut self) -> Read<ExactSum> {
        const WHAT: &str = "a sum";
        if self.0.tag().ok() != Some(BIGFLOAT) {
            return Err(self.wrong(WHAT));
        }
        self.tuple(2, WHAT)?;
        let exponent = i32::try_from(self.signed(WHAT)?).map_err(|_| self.wrong(WHAT))?;
        let (negative, magnitude) = match self.0.datatype() {
            Ok(Type::Tag) => {
                let tag = self.0.tag().map_err(|_| self.wrong(WHAT))?;
                let mut magnitude = self.bytes(WHAT)?.to_vec();
                if let Some(last) = magnitude.last_mut() {
                    *last |= 1; // see the writer: the magnitude is odd
                }
                (tag == NEGATIVE_BIGNUM, magnitude)
            }
            _ => {
                let value = self.0.int().map(i128::from).map_err(|_| self.wrong(WHAT))?;
                (value < 0, value.unsigned_abs().to_be_bytes().to_vec())
            }
        };
        ExactSum::from_parts(&SumParts { negative, exponent, magnitude }).ok_or_else(|| self.wrong("a sum of doubles"))
    }
}
