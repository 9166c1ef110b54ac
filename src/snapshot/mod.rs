//! Snapshots: the canonical content of ledgers, and deltas, which are snapshots on their way.
//!
//! A snapshot says what happened and nothing of who wrote it: two ledgers to which the same events
//! came, in any split and order, have equal snapshots, and equal means equal bytes. A delta is a
//! snapshot of what one writer recorded between two drains, with the writer and a number.
//! Deliberately absent: files and networks.
//!
//! # Format
//! Deterministic CBOR (RFC 8949, section 4.2). A snapshot is a map with the keys `v` (the version,
//! 1), `slos`, `drops`, `spans`, `format` ("codomyrmex.telemetry.snapshot") and `metrics`; a delta
//! one with `v`, `life`, `format` ("codomyrmex.telemetry.delta"), `writer` (16 bytes), `content` (a snapshot) and
//! `sequence`. Times are nanoseconds since 1970, sums are bigfloats. Reading is strict: bytes that
//! are not the canonical form of what they say are refused.

mod cbor;
mod metrics;
mod objective;
mod points;
mod slo;
mod spans;

use alloc::vec::Vec;

use cbor::{Reader, Writer};

use crate::id::{WriterId, sha256};
use crate::limits::BYTES_MAX;
use crate::metrics::Families;
use crate::slo::Objectives;
use crate::tracer::Spans;
use crate::{Drops, Error, Outcome};

/// The version of the format that is written.
pub const VERSION: u32 = 1;

const SNAPSHOT_FORMAT: &str = "codomyrmex.telemetry.snapshot";
const DELTA_FORMAT: &str = "codomyrmex.telemetry.delta";

/// The canonical content of a ledger.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snapshot {
    /// Metrics.
    pub metrics: Families,
    /// Objectives.
    pub slos: Objectives,
    /// Finished spans.
    pub spans: Spans,
    /// What was dropped on the hot path, by reason.
    pub drops: Drops,
}

/// What a writer recorded between two drains.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delta {
    /// Who.
    pub writer: WriterId,
    /// In which of its lives: a writer that begins again begins another.
    pub life: u64,
    /// Which: 1, 2, 3, ... of this life.
    pub sequence: u64,
    /// What.
    pub content: Snapshot,
}

impl Snapshot {
    /// Adds all of another's content: in any order the result is the same.
    pub fn merge(&mut self, other: &Self) {
        self.metrics.merge(&other.metrics);
        self.slos.merge(&other.slos);
        self.spans.merge(&other.spans);
        self.drops.merge(&other.drops);
    }

    /// Whether merging it would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metrics.0.is_empty() && self.slos.0.is_empty() && self.spans.is_empty() && self.drops.is_empty()
    }

    /// Its canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }

    /// A snapshot from its bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] where they are not the canonical bytes of a snapshot,
    /// [`Error::NewerVersion`] where a newer build wrote them, [`Error::Limit`] for too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        check_length(bytes)?;
        let mut reader = Reader::new(bytes);
        let snapshot = Self::read(&mut reader)?;
        reader.end()?;
        canonical(bytes, &snapshot.to_bytes())?;
        Ok(snapshot)
    }

    /// The SHA-256 of its canonical bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.to_bytes())
    }

    fn write(&self, writer: &mut Writer) {
        writer.map(6);
        writer.key("v");
        writer.unsigned(VERSION.into());
        writer.key("slos");
        slo::write(writer, &self.slos);
        writer.key("drops");
        writer.array(self.drops.iter().count());
        for (reason, count) in self.drops.iter() {
            writer.array(2);
            writer.text(reason.name());
            writer.unsigned(count);
        }
        writer.key("spans");
        spans::write(writer, &self.spans);
        writer.key("format");
        writer.text(SNAPSHOT_FORMAT);
        writer.key("metrics");
        metrics::write(writer, &self.metrics);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        read_head(reader, 6)?;
        reader.key("slos")?;
        let slos = slo::read(reader)?;
        reader.key("drops")?;
        let mut drops = Drops::default();
        for (reason, count) in reader.list("the drops", Outcome::DROPS.len(), read_drop)? {
            drops.add(reason, count);
        }
        reader.key("spans")?;
        let spans = spans::read(reader)?;
        reader.key("format")?;
        reader.key(SNAPSHOT_FORMAT)?;
        reader.key("metrics")?;
        let metrics = metrics::read(reader)?;
        Ok(Self { metrics, slos, spans, drops })
    }
}

impl Delta {
    /// Its canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.map(6);
        writer.key("v");
        writer.unsigned(VERSION.into());
        writer.key("life");
        writer.unsigned(self.life);
        writer.key("format");
        writer.text(DELTA_FORMAT);
        writer.key("writer");
        writer.bytes(&self.writer.get().to_be_bytes());
        writer.key("content");
        self.content.write(&mut writer);
        writer.key("sequence");
        writer.unsigned(self.sequence);
        writer.finish()
    }

    /// A delta from its bytes.
    ///
    /// # Errors
    /// As [`Snapshot::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        check_length(bytes)?;
        let mut reader = Reader::new(bytes);
        read_head(&mut reader, 6)?;
        reader.key("life")?;
        let life = reader.unsigned("the writer's life")?;
        reader.key("format")?;
        reader.key(DELTA_FORMAT)?;
        reader.key("writer")?;
        let writer = <[u8; 16]>::try_from(reader.bytes("the writer")?).map_err(|_| reader.wrong("a writer of 16 bytes"))?;
        reader.key("content")?;
        let content = Snapshot::read(&mut reader)?;
        reader.key("sequence")?;
        let sequence = reader.unsigned("the delta's number")?;
        reader.end()?;
        let delta = Self { writer: WriterId::new(u128::from_be_bytes(writer)), life, sequence, content };
        canonical(bytes, &delta.to_bytes())?;
        Ok(delta)
    }
}

/// The start of the outer map and its version. A newer version may have other keys, so it is looked
/// at before their number.
fn read_head(reader: &mut Reader<'_>, entries: u64) -> Result<(), Error> {
    let found = reader.map_of_any()?;
    reader.key("v")?;
    match reader.unsigned("the version")? {
        version if version == u64::from(VERSION) && found == entries => Ok(()),
        version if version > u64::from(VERSION) => Err(Error::NewerVersion(u32::try_from(version).unwrap_or(u32::MAX))),
        _ => Err(reader.wrong("a known version and its keys")),
    }
}

fn read_drop(reader: &mut Reader<'_>) -> Result<(Outcome, u64), Error> {
    reader.tuple(2, "a drop")?;
    let name: &str = reader.text("a reason")?;
    let reason = Outcome::DROPS.into_iter().find(|reason| reason.name() == name);
    Ok((reason.ok_or_else(|| reader.wrong("a known reason"))?, reader.unsigned("a count")?))
}

fn check_length(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > BYTES_MAX {
        return Err(Error::Limit(alloc::format!("{} bytes; at most {BYTES_MAX} are read", bytes.len())));
    }
    Ok(())
}

/// Bytes that say the same in another way are refused: one content has one form.
fn canonical(given: &[u8], own: &[u8]) -> Result<(), Error> {
    if given == own {
        return Ok(());
    }
    let place = given.iter().zip(own).take_while(|(given, own)| given == own).count();
    Err(Error::Malformed(alloc::format!("byte {place}: not the canonical form of what it says")))
}
