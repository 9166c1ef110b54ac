//! A walker over CBOR that knows nothing of ledgers: are these bytes deterministic?
//!
//! RFC 8949, sections 4.2.1 and 4.2.2: definite lengths, shortest integers, lengths and floats, one
//! NaN, map keys in the order of their encoding and no key twice, bignums only where no integer
//! does. It reads heads by itself, so that a mistake of the library that wrote them would show.

use std::ops::Range;

/// Whether bytes are one item in deterministic form, to the end.
///
/// # Errors
/// The place and what is wrong there.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    walk(bytes).map(drop)
}

/// Where each item of deterministic bytes lies, those within others too.
///
/// # Errors
/// As [`check`].
pub fn items(bytes: &[u8]) -> Result<Vec<Range<usize>>, String> {
    walk(bytes)
}

fn walk(bytes: &[u8]) -> Result<Vec<Range<usize>>, String> {
    let mut walker = Walker { bytes, place: 0, items: Vec::new() };
    walker.item()?;
    if walker.place == bytes.len() { Ok(walker.items) } else { walker.wrong("something follows the item") }
}

struct Walker<'b> {
    bytes: &'b [u8],
    place: usize,
    items: Vec<Range<usize>>,
}

struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

impl Walker<'_> {
    fn item(&mut self) -> Result<(), String> {
        let start = self.place;
        let head = self.head()?;
        self.content(&head)?;
        self.items.push(start..self.place);
        Ok(())
    }

    fn content(&mut self, head: &Head) -> Result<(), String> {
        match head.major {
            0 | 1 => Ok(()),
            2 => self.take(head.argument).map(drop),
            3 => {
                let range = self.take(head.argument)?;
                let is_text = std::str::from_utf8(&self.bytes[range]).is_ok();
                if is_text { Ok(()) } else { self.wrong("a text is not UTF-8") }
            }
            4 => (0..head.argument).try_for_each(|_| self.item()),
            5 => self.entries(head.argument),
            6 => self.tagged(head.argument),
            _ => self.simple(head),
        }
    }

    fn head(&mut self) -> Result<Head, String> {
        let range = self.take(1)?;
        let first = self.bytes[range.start];
        let (major, info) = (first >> 5, first & 31);
        let width = match info {
            0..=23 => 0,
            24..=27 => 1 << (info - 24),
            _ => return self.wrong("an indefinite or reserved length"),
        };
        let range = self.take(width)?;
        let argument = self.bytes[range].iter().fold(u64::from(info) * u64::from(width == 0), |sum, byte| sum << 8 | u64::from(*byte));
        let shortest: u64 = match argument {
            0..=23 => 0,
            24..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        if major < 7 && width != shortest { self.wrong("a number that has a shorter form") } else { Ok(Head { major, info, argument }) }
    }

    fn entries(&mut self, entries: u64) -> Result<(), String> {
        let mut previous: Option<Range<usize>> = None;
        for _ in 0..entries {
            let start = self.place;
            self.item()?;
            let key = start..self.place;
            if previous.is_some_and(|previous| self.bytes[previous] >= self.bytes[key.clone()]) {
                return self.wrong("map keys out of order");
            }
            previous = Some(key);
            self.item()?;
        }
        Ok(())
    }

    fn tagged(&mut self, tag: u64) -> Result<(), String> {
        let start = self.place;
        self.item()?;
        let head = match self.bytes[start] {
            0x40..=0x57 => 1,
            0x58 => 2,
            _ => 3,
        };
        let magnitude = self.bytes[start..self.place].get(head..).unwrap_or_default();
        if (tag == 2 || tag == 3) && (magnitude.len() <= 8 || magnitude[0] == 0) {
            return self.wrong("a bignum that has a shorter form");
        }
        Ok(())
    }

    fn simple(&self, head: &Head) -> Result<(), String> {
        let value = match head.info {
            20..=22 => return Ok(()), // false, true, null
            25 => return if is_half_nan(head.argument) && head.argument != 0x7e00 { self.wrong("another NaN") } else { Ok(()) },
            26 => f64::from(f32::from_bits(head.argument as u32)),
            27 => f64::from_bits(head.argument),
            _ => return self.wrong("a simple value that has no use here"),
        };
        let fits_single = f64::from(value as f32).to_bits() == value.to_bits();
        if value.is_nan() || fits_half(value) || (head.info == 27 && fits_single) {
            return self.wrong("a float that has a shorter form");
        }
        Ok(())
    }

    fn take(&mut self, length: u64) -> Result<Range<usize>, String> {
        let left = self.bytes.len() - self.place;
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= left) else { return self.wrong("the bytes end") };
        self.place += length;
        Ok(self.place - length..self.place)
    }

    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("before byte {}: {what}", self.place))
    }
}

const fn is_half_nan(bits: u64) -> bool {
    bits & 0x7c00 == 0x7c00 && bits & 0x3ff != 0
}

/// Whether a double that is not NaN survives in 16 bits: zero, infinity, or a whole number of units
/// of 2^-24 that eleven bits hold, below 2^16.
fn fits_half(value: f64) -> bool {
    const UNIT: f64 = 16_777_216.0; // 2^24
    let units = value.abs() * UNIT; // exact, or infinite
    if value.is_infinite() || value == 0.0 {
        return true;
    }
    if value.abs() >= 65_536.0 || units != units.trunc() {
        return false;
    }
    let units = units as u64; // below 2^40
    units >> units.trailing_zeros() < 1 << 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deterministic_items_pass() {
        let items: [&[u8]; 9] = [
            &[0x17],
            &[0x18, 24],
            &[0xa2, 0x61, b'b', 0x01, 0x62, b'a', b'a', 0x02],
            &[0xf9, 0x7e, 0x00],
            &[0xfa, 0x3d, 0xcc, 0xcc, 0xcd],
            &[0xf9, 0x00, 0x01],
            &[0xfb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
            &[0xc5, 0x82, 0x00, 0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 1],
            &[0x83, 0xf4, 0xf6, 0x63, 0xe2, 0x82, 0xac],
        ];
        for item in items {
            assert_eq!(check(item), Ok(()), "{item:x?}");
        }
    }

    #[test]
    fn other_forms_of_the_same_are_found() {
        let items: [(&[u8], &str); 11] = [
            (&[0x18, 23], "a number that has a shorter form"),
            (&[0x19, 0, 24], "a number that has a shorter form"),
            (&[0x9f, 0xff], "an indefinite or reserved length"),
            (&[0xa2, 0x62, b'a', b'a', 0x02, 0x61, b'b', 0x01], "map keys out of order"),
            (&[0xa2, 0x61, b'b', 0x01, 0x61, b'b', 0x01], "map keys out of order"),
            (&[0xf9, 0x7e, 0x01], "another NaN"),
            (&[0xfa, 0x3f, 0x80, 0, 0], "a float that has a shorter form"),
            (&[0xfb, 0x36, 0xa0, 0, 0, 0, 0, 0, 0], "a float that has a shorter form"),
            (&[0xc2, 0x48, 1, 0, 0, 0, 0, 0, 0, 1], "a bignum that has a shorter form"),
            (&[0x61], "the bytes end"),
            (&[0x00, 0x00], "something follows the item"),
        ];
        for (item, wrong) in items {
            assert!(check(item).is_err_and(|text| text.ends_with(wrong)), "{item:x?} {:?}", check(item));
        }
    }
}
