//! The ids of traces, spans and writers: numbers with a textual form.
//!
//! Ids are part of the event: they are given, or drawn by a door from its source of entropy, or
//! derived from content. Deliberately absent: any source of randomness.

use alloc::string::String;
use core::fmt;

use sha2::{Digest, Sha256};

use crate::Error;

/// The id of a trace (W3C Trace Context, section 3.2.2.3): 128 bits, not all zero.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TraceId {
    // Two halves, since a number of 128 bits asks for memory at a multiple of 16, which costs a span's place more.
    high: u64,
    low: u64, // not both 0
}

/// The id of a span (W3C Trace Context, section 3.2.2.4): 64 bits, not zero.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpanId(u64); // not 0

/// Who writes deltas: 128 bits, different for every ledger that ever writes to one collector.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WriterId(u128);

impl TraceId {
    /// An id from its number.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for zero, which the specification forbids.
    pub fn new(id: u128) -> Result<Self, Error> {
        if id == 0 { Err(zero("trace")) } else { Ok(Self::of(id)) }
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    const fn of(id: u128) -> Self {
        Self { high: (id >> 64) as u64, low: id as u64 }
    }

    /// An id made of a seed: the first 16 bytes of the SHA-256 of a fixed prefix and the seed.
    #[must_use]
    pub fn derive(seed: &str) -> Self {
        Self::of(derive("codomyrmex.telemetry trace\n", seed).max(1))
    }

    /// An id drawn at random. `entropy` draws 64 random bits.
    pub(crate) fn random(entropy: &mut impl FnMut() -> u64) -> Self {
        let (high, low) = (entropy(), entropy());
        Self { high, low: if high == 0 { low.max(1) } else { low } } // zero is invalid, and as likely as any other
    }

    /// Where a trace stands among traces when not all can be kept: a mix of its bits, so that the
    /// choice does not favour any time or writer.
    pub(crate) fn rank(self) -> u64 {
        mix(self.high ^ self.low.rotate_left(32))
    }
}

impl SpanId {
    /// The least id.
    pub(crate) const FIRST: Self = Self(1);

    /// An id drawn at random. `entropy` draws 64 random bits.
    pub(crate) fn random(entropy: &mut impl FnMut() -> u64) -> Self {
        Self(entropy().max(1))
    }

    /// An id from its number.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for zero, which the specification forbids.
    pub fn new(id: u64) -> Result<Self, Error> {
        if id == 0 { Err(zero("span")) } else { Ok(Self(id)) }
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// An id made of a seed: the first 8 bytes of the SHA-256 of a fixed prefix and the seed.
    #[must_use]
    pub fn derive(seed: &str) -> Self {
        let id = (derive("codomyrmex.telemetry span\n", seed) >> 64) as u64;
        Self(id.max(1))
    }
}

impl WriterId {
    /// A writer from its number.
    #[must_use]
    pub const fn new(id: u128) -> Self {
        Self(id)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.get())
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for WriterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Spreads the bits of a word (the finaliser of SplitMix64; Steele, Lea and Flood 2014).
pub(crate) const fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// A hash of bytes that is the same everywhere: FNV-1a, its bits spread.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)))
}

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn derive(prefix: &str, seed: &str) -> u128 {
    let mut hash = Sha256::new();
    hash.update(prefix.as_bytes());
    hash.update(seed.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte))
}

fn zero(what: &str) -> Error {
    let mut text = String::from("a ");
    text.push_str(what);
    text.push_str(" id of all zeros is invalid; leave the id out to get a random one");
    Error::InvalidArgument(text)
}
