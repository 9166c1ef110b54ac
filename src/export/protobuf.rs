//! A writer of Protocol Buffers (encoding specification, proto2 and proto3): what exports need of it.
//!
//! A field is written where it is asked for and only then; which defaults may be left out is the
//! caller's to know. Deliberately absent: reading, schemas, groups.

use alloc::vec::Vec;

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const DELIMITED: u32 = 2;
const FIXED32: u32 = 5;

/// What is written so far.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// A field of type `uint32`, `uint64`, `bool` or of an enumeration; of type `int64` by its bits.
    #[inline]
    pub(super) fn varint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        self.raw_varint(value);
    }

    /// A field of type `sint32` or `sint64`.
    pub(super) fn sint(&mut self, field: u32, value: i64) {
        self.tag(field, VARINT);
        self.raw_sint(value);
    }

    /// A field of type `fixed64`.
    #[inline]
    pub(super) fn fixed64(&mut self, field: u32, value: u64) {
        self.tag(field, FIXED64);
        self.raw_fixed64(value);
    }

    /// A field of type `fixed32`.
    #[inline]
    pub(super) fn fixed32(&mut self, field: u32, value: u32) {
        self.tag(field, FIXED32);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A field of type `double`.
    pub(super) fn double(&mut self, field: u32, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// A field of type `bytes`.
    #[inline]
    pub(super) fn bytes(&mut self, field: u32, value: &[u8]) {
        self.tag(field, DELIMITED);
        self.raw_varint(value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    /// A field of type `string`.
    pub(super) fn text(&mut self, field: u32, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    /// A field that holds a message, or packed values.
    pub(super) fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        self.tag(field, DELIMITED);
        self.delimited(fill);
    }

    /// What is filled in, with its length before it.
    pub(super) fn delimited(&mut self, fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.bytes.push(0);
        fill(self);
        let mut length = self.bytes.len() - start - 1;
        // One byte is kept for the length, as most messages are small; the content of others moves up.
        let mut head = [0; 10];
        let mut used = 0;
        while let Some(place) = head.get_mut(used) {
            used += 1;
            *place = (length & 0x7f) as u8;
            length >>= 7;
            if length == 0 {
                break;
            }
            *place |= 0x80;
        }
        if used == 1 {
            self.bytes[start] = head[0];
        } else {
            drop(self.bytes.splice(start..=start, head.into_iter().take(used)));
        }
    }

    /// A value as it stands behind a tag, or packed.
    #[inline]
    pub(super) fn raw_varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// As above; small numbers of either sign are short.
    pub(super) fn raw_sint(&mut self, value: i64) {
        self.raw_varint((value << 1 ^ value >> 63).cast_unsigned());
    }

    /// As above.
    #[inline]
    pub(super) fn raw_fixed64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    #[inline]
    fn tag(&mut self, field: u32, wire: u32) {
        self.raw_varint(u64::from(field << 3 | wire));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        fill(&mut writer);
        writer.finish()
    }

    #[test]
    fn scalars_are_as_the_specification_shows_them() {
        assert_eq!(written(|w| w.varint(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|w| w.varint(16, u64::MAX)), [0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        for (value, bytes) in [(0, &[0][..]), (-1, &[1]), (1, &[2]), (-64, &[127]), (64, &[0x80, 1]), (-65, &[0x81, 1])] {
            assert_eq!(written(|w| w.raw_sint(value)), bytes, "{value}");
        }
        assert_eq!(written(|w| w.raw_sint(i64::MIN)), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert_eq!(written(|w| w.sint(2, 3)), [0x10, 6]);
        assert_eq!(written(|w| w.fixed64(3, 258)), [0x19, 2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(written(|w| w.fixed32(16, 258)), [0x85, 1, 2, 1, 0, 0]);
        assert_eq!(written(|w| w.double(4, 1.0)), [0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(written(|w| w.text(2, "testing")), *b"\x12\x07testing");
        assert_eq!(written(|w| w.bytes(5, &[])), [0x2a, 0]);
        assert_eq!(
            written(|w| w.message(4, |w| [3, 270, 86_942].into_iter().for_each(|value| w.raw_varint(value)))),
            [0x22, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]
        );
    }

    #[test]
    fn lengths_of_any_size_stand_before_their_content() {
        assert_eq!(written(|w| w.message(3, |w| w.varint(1, 150))), [0x1a, 3, 0x08, 0x96, 0x01]);
        for (content, head) in
            [(127, &[0x0a, 0x7f][..]), (128, &[0x0a, 0x80, 1]), (16_383, &[0x0a, 0xff, 0x7f]), (16_384, &[0x0a, 0x80, 0x80, 1])]
        {
            let bytes = written(|w| {
                w.varint(2, 7);
                w.message(1, |w| (0..content).for_each(|place| w.raw_varint(place % 100)));
                w.varint(2, 8);
            });
            let (before, rest) = bytes.split_at(2);
            let (found, rest) = rest.split_at(head.len());
            let (filled, after) = rest.split_at(content as usize);
            assert_eq!((before, found, after), (&[0x10, 7][..], head, &[0x10, 8][..]));
            assert!(filled.iter().zip(0..).all(|(byte, place)| *byte == (place % 100) as u8));
        }
        let nested = written(|w| w.message(1, |w| w.message(1, |w| w.bytes(1, &[9; 200]))));
        assert_eq!((&nested[..9], nested.len()), (&[0x0a, 0xce, 1, 0x0a, 0xcb, 1, 0x0a, 0xc8, 1][..], 209));
    }
}
