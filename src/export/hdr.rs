//! HdrHistogram's own format, V2, plain and compressed: a summary's values to its tools, and back.
//!
//! An HdrHistogram counts whole numbers; what one of them is worth stands in the header, as the ratio
//! of integers to doubles. The unit chosen here is 1 where all values are whole, and otherwise the
//! greatest power of two of which all values are multiples, so that a bucket's value comes back as it
//! was. Where the greatest value would then reach 2^62 units, the unit follows it, and smaller values are
//! rounded down to whole units. Values that are kept exactly are written to the precision that the
//! digits ask for, like any value that is recorded in an HdrHistogram; where a multiset was too wide for
//! its digits, its wider buckets are written by their lower ends. What is written, read and written again
//! is the same bytes. Deliberately absent: values below zero, which the format cannot say; interval
//! logs; the formats V0 and V1.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};

use crate::error::Error;
use crate::float;
use crate::metrics::{Form, Values};

const COOKIE: u32 = 0x1c84_9303; // of the plain form
const COMPRESSED_COOKIE: u32 = 0x1c84_9304;
const WORD_SIZE: u32 = 0xf0; // the bits of a cookie that say the size of a word, which in V2 varies
const VARINT: u32 = 0x10; // what all writers of V2 put there

/// Where things stand in the header: cookie, bytes of counts, offset, digits, lowest, highest, ratio.
/// The offset says how a writer turned its table; the counts stand in their order whatever it is.
const LENGTH: usize = 4;
const OFFSET: usize = 8;
const DIGITS: usize = 12;
const HIGHEST: usize = 24;
const RATIO: usize = 32;
const HEADER_BYTES: usize = 40;

/// Bytes that are unpacked at most. The largest histogram that can be said has 6,029,312 counts of at
/// most 9 bytes: 54 MB.
const BYTES_MAX: usize = 64 << 20;

/// The ratio as the JavaScript library writes it: the integer 1, which as a double is 2^-1074.
const INTEGER_ONE: u64 = 1;

const TOP: i32 = 62; // values are below 2^62 units, so that twice of one fits every language's integers
const LEAST: i32 = -1073; // of a unit's exponents: that of INTEGER_ONE is taken
const LEVEL: u8 = 6; // zlib's own choice between time and size

/// The values in the plain form.
///
/// # Bounds
/// While it is written it takes 17 bytes for each bucket there could be between one unit and the greatest
/// value, whether it holds something or not: 1 MB at three digits, 115 MB at five.
///
/// # Errors
/// [`Error::Unsupported`] where a value is below zero or there are 2^63 of them,
/// [`Error::InvalidArgument`] where the digits are not 1 to 5.
pub fn to_hdr(values: &Values, digits: u8) -> Result<Vec<u8>, Error> {
    if !(1..=5).contains(&digits) {
        return Err(Error::InvalidArgument(format!("{digits} significant digits; an HdrHistogram takes 1 to 5")));
    }
    if values.count() > i64::MAX.unsigned_abs() {
        return Err(Error::Unsupported(String::from("2^63 values and more cannot be said in an HdrHistogram")));
    }
    let bits = precision(digits);
    let (unit, counts) = in_units(values, bits)?;
    let greatest = counts.iter().map(|(value, _)| *value).max().unwrap_or(0);
    let width = 1u64.checked_shl(bit_length(greatest).saturating_sub(bits + 1)).unwrap_or(1);
    let highest = (greatest | (width - 1)).max(2);
    let failed = |why: String| Error::InvalidArgument(format!("the values make no HdrHistogram: {why}"));
    let mut histogram = Histogram::<u64>::new_with_bounds(1, highest, digits).map_err(|why| failed(format!("{why:?}")))?;
    for (value, count) in counts {
        histogram.record_n(value, count).map_err(|why| failed(format!("{why:?}")))?;
    }
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(&histogram, &mut bytes).map_err(|why| failed(format!("{why}")))?;
    if let Some(ratio) = bytes.get_mut(RATIO..HEADER_BYTES) {
        // The library knows no other ratio than 1.
        ratio.copy_from_slice(&float::round(false, 1, unit, false).to_be_bytes());
    }
    Ok(bytes)
}

/// The values in the compressed form, which logs carry in base64.
///
/// # Errors
/// As [`to_hdr`].
pub fn to_hdr_compressed(values: &Values, digits: u8) -> Result<Vec<u8>, Error> {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&to_hdr(values, digits)?, LEVEL);
    let mut bytes = (COMPRESSED_COOKIE | VARINT).to_be_bytes().to_vec();
    bytes.extend_from_slice(&(packed.len() as u32).to_be_bytes()); // no more than was packed, which is below 2^26
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

/// Values from either form, and at how many digits they were kept. Each bucket counts as its lowest
/// value. Bytes behind the histogram do not matter.
///
/// # Bounds
/// At most 64 MB for what is unpacked and 48 MB for the library's table.
///
/// # Errors
/// [`Error::Malformed`] where the bytes are no histogram, [`Error::Unsupported`] where it has 0 digits.
pub fn from_hdr(bytes: &[u8]) -> Result<(Values, u8), Error> {
    let cookie = word(bytes, 0)? & !WORD_SIZE;
    if cookie != COMPRESSED_COOKIE {
        return from_plain(bytes);
    }
    let packed = bytes.get(8..).unwrap_or_default();
    let packed = packed.get(..word(bytes, LENGTH)? as usize).ok_or_else(|| malformed("it is cut short"))?;
    let plain = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, BYTES_MAX);
    from_plain(&plain.map_err(|why| malformed(&format!("it cannot be unpacked: {why}")))?)
}

fn from_plain(bytes: &[u8]) -> Result<(Values, u8), Error> {
    if word(bytes, 0)? & !WORD_SIZE != COOKIE {
        return Err(malformed("it does not begin like format V2"));
    }
    let (header, counts) = bytes.split_at_checked(HEADER_BYTES).ok_or_else(|| malformed("it is cut short"))?;
    let counts = match word(header, LENGTH)? as usize {
        length if length == bytes.len() => counts, // some writers count the header
        length => counts.get(..length).ok_or_else(|| malformed("it is cut short"))?,
    };
    let digits = match word(header, DIGITS)? {
        0 => return Err(Error::Unsupported(String::from("an HdrHistogram with 0 significant digits; write it with 1 to 5"))),
        digits @ 1..=5 => digits as u8,
        digits => return Err(malformed(&format!("it has {digits} significant digits"))),
    };
    let ratio = match long(header, RATIO)? {
        INTEGER_ONE => 1.0,
        bits => f64::from_bits(bits),
    };
    if !(ratio.is_finite() && ratio > 0.0) {
        return Err(malformed("the ratio of integers to doubles is not a positive number"));
    }
    // Below this the library's table has at most 6,029,312 counts: 48 MB.
    if long(header, HIGHEST)? > i64::MAX.unsigned_abs() {
        return Err(malformed("its highest value is past 2^63 - 1"));
    }
    check_counts(counts)?;
    let histogram = read(header, counts)?;
    let mut values = Values::default();
    for bucket in histogram.iter_recorded() {
        let value = histogram.lowest_equivalent(bucket.value_iterated_to()) as f64 * ratio;
        if !value.is_finite() {
            return Err(malformed("its values are too large for doubles"));
        }
        values.observe(digits, value, bucket.count_at_value());
    }
    Ok((values, digits))
}

/// Has the library read a histogram, without the offset and the ratio, which it refuses.
fn read(header: &[u8], counts: &[u8]) -> Result<Histogram<u64>, Error> {
    let mut plain = [0; HEADER_BYTES];
    plain.copy_from_slice(header);
    plain[..LENGTH].copy_from_slice(&(COOKIE | VARINT).to_be_bytes());
    plain[LENGTH..OFFSET].copy_from_slice(&(counts.len() as u32).to_be_bytes());
    plain[OFFSET..DIGITS].copy_from_slice(&[0; 4]);
    plain[RATIO..].copy_from_slice(&1f64.to_be_bytes());
    let read = Deserializer::new().deserialize(&mut [&plain, counts].concat().as_slice());
    read.map_err(|why| malformed(&format!("{why}")))
}

/// Whether counts are such that the library can take them: no run of 2^63 zeros, which it cannot negate,
/// and no more than 2^63 - 1 values, which no other reader could count.
fn check_counts(mut bytes: &[u8]) -> Result<(), Error> {
    let mut total = 0i64;
    while !bytes.is_empty() {
        let length = bytes.iter().take(8).position(|byte| byte & 0x80 == 0).unwrap_or(8) + 1;
        let (number, rest) = bytes.split_at_checked(length).ok_or_else(|| malformed("a count is cut short"))?;
        bytes = rest;
        let low = number.iter().take(8).enumerate().fold(0, |sum, (place, byte)| sum | u64::from(byte & 0x7f) << (7 * place));
        let zigzag = number.get(8).map_or(low, |last| low | u64::from(*last) << 56);
        let count = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        total = if count > 0 { total.checked_add(count) } else { Some(total) }.ok_or_else(|| malformed("it has 2^63 values and more"))?;
        if count == i64::MIN {
            return Err(malformed("a run of zeros is too long"));
        }
    }
    Ok(())
}

/// The exponent of the unit, and how often which whole number of units came.
fn in_units(values: &Values, bits: u32) -> Result<(i32, Vec<(u64, u64)>), Error> {
    let mut parts = Vec::new();
    let mut part = |value: f64, count: u64| {
        let Some(part) = float::split(value).filter(|part| !part.negative) else {
            return Err(Error::Unsupported(String::from("values below zero, which an HdrHistogram cannot say")));
        };
        let beyond = bit_length(part.mantissa).saturating_sub(bits + 1);
        parts.push((part.mantissa >> beyond, part.exponent + beyond.cast_signed(), count));
        Ok(())
    };
    match values.form() {
        Form::Exact(values) => values.iter().try_for_each(|value| part(value.get(), 1))?,
        Form::Buckets { mut buckets, .. } => buckets.try_for_each(|(value, count)| part(value.get(), count))?,
    }
    let greatest =
        parts.iter().filter(|(mantissa, ..)| *mantissa > 0).map(|(mantissa, exponent, _)| bit_length(*mantissa).cast_signed() + exponent);
    let Some(least) = greatest.max().map(|greatest| (greatest - TOP).max(LEAST)) else {
        return Ok((0, parts.iter().map(|(_, _, count)| (0, *count)).collect()));
    };
    for (mantissa, exponent, _) in &mut parts {
        if *exponent < least {
            *mantissa = mantissa.checked_shr((least - *exponent).unsigned_abs()).unwrap_or(0);
            *exponent = least;
        }
    }
    let lowest = parts
        .iter()
        .filter(|(mantissa, ..)| *mantissa > 0)
        .map(|(mantissa, exponent, _)| mantissa.trailing_zeros().cast_signed() + exponent);
    let unit = least.max(lowest.min().unwrap_or(0).min(0));
    let whole = |mantissa: u64, exponent: i32| {
        let shift = (exponent - unit).unsigned_abs();
        if exponent < unit { mantissa.checked_shr(shift) } else { mantissa.checked_shl(shift) }.unwrap_or(0)
    };
    Ok((unit, parts.into_iter().map(|(mantissa, exponent, count)| (whole(mantissa, exponent), count)).collect()))
}

/// The bits of a number's fraction that HdrHistogram keeps at so many digits.
const fn precision(digits: u8) -> u32 {
    (10u64.pow(digits as u32) - 1).ilog2() + 1
}

const fn bit_length(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

fn word(bytes: &[u8], place: usize) -> Result<u32, Error> {
    let word = bytes.get(place..).and_then(|bytes| bytes.first_chunk());
    word.map(|word| u32::from_be_bytes(*word)).ok_or_else(|| malformed("it is cut short"))
}

fn long(bytes: &[u8], place: usize) -> Result<u64, Error> {
    let long = bytes.get(place..).and_then(|bytes| bytes.first_chunk());
    long.map(|long| u64::from_be_bytes(*long)).ok_or_else(|| malformed("it is cut short"))
}

fn malformed(why: &str) -> Error {
    Error::Malformed(format!("an HdrHistogram: {why}"))
}
