//! Law 5 for bytes: whatever comes in, the answer is a ledger's content or a typed error.
//!
//! Never a panic, never an allocation for a length that is only claimed; what is refused changes
//! nothing, and what is accepted is the one form of its content.

use codomyrmex_telemetry::metrics::{Family, Schema, Series, SeriesKey};
use codomyrmex_telemetry::{Absorbed, Delta, Error, Instrument, Ledger, Snapshot, WriterId, snapshot::VERSION};
use codomyrmex_telemetry_tests::{Agent, Chance, Event, cases, cbor, events};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::allocation;

/// Bytes that a delta and a snapshot of these events have.
fn real(events: &[Event]) -> [Vec<u8>; 2] {
    let mut agent = Agent::bare(1); // short bytes: each of them is tried
    for event in events {
        agent.apply(event);
    }
    agent.finish();
    let snapshot = agent.ledger.snapshot().to_bytes();
    let delta = agent
        .ledger
        .drain()
        .unwrap_or_else(|| Delta { writer: WriterId::new(1), life: 0, sequence: 1, content: Snapshot::default() }.to_bytes());
    [delta, snapshot]
}

/// A ledger in which something happened, for bytes to come to.
fn receiver() -> Ledger {
    let mut ledger = Ledger::new(WriterId::new(50));
    ledger.create_slo(codomyrmex_telemetry_tests::objectives().swap_remove(0)).unwrap();
    ledger
}

/// Hands bytes to every door for bytes; `true` where any took them in.
fn offer(bytes: &[u8]) -> bool {
    let snapshot = Snapshot::from_bytes(bytes);
    if let Ok(snapshot) = &snapshot {
        assert_eq!(snapshot.to_bytes(), bytes);
        assert_eq!(cbor::check(bytes), Ok(()));
    }
    let delta = Delta::from_bytes(bytes);
    if let Ok(delta) = &delta {
        assert_eq!(delta.to_bytes(), bytes);
        assert_eq!(cbor::check(bytes), Ok(()));
    }
    let mut ledger = receiver();
    let absorbed = ledger.absorb(bytes);
    match (&delta, &absorbed) {
        (Ok(delta), Ok(Absorbed::Merged)) => assert!(delta.sequence > 0),
        (Ok(delta), Err(Error::Malformed(_))) => assert_eq!(delta.sequence, 0),
        (Err(why), Err(same)) => assert_eq!(why, same),
        other => panic!("{other:?}"),
    }
    if absorbed.is_err() {
        assert_eq!(ledger.snapshot(), receiver().snapshot());
        assert_eq!(ledger.dropped(), receiver().dropped());
    }
    snapshot.is_ok() || delta.is_ok()
}

/// Bytes in which one item was put in the place of another.
fn transplant(into: &[u8], from: &[u8], chance: &mut Chance) -> Vec<u8> {
    let (places, donors) = (cbor::items(into).unwrap(), cbor::items(from).unwrap());
    let (place, donor) = (&places[chance.below(places.len())], &donors[chance.below(donors.len())]);
    [&into[..place.start], &from[donor.clone()], &into[place.end..]].concat()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn what_ledgers_write_is_deterministic_cbor_and_reads_back(events in events(0..60)) {
        let [delta, snapshot] = real(&events);
        prop_assert_eq!(cbor::check(&delta), Ok(()));
        prop_assert_eq!(cbor::check(&snapshot), Ok(()));
        prop_assert!(offer(&delta) && offer(&snapshot));
    }

    #[test]
    fn every_truncation_is_refused(events in events(0..16)) {
        for bytes in real(&events) {
            for length in 0..bytes.len() {
                prop_assert!(!offer(&bytes[..length]), "{length} of {}", bytes.len());
            }
        }
    }

    #[test]
    fn flipped_bits_are_refused_or_mean_something_else(events in events(1..16), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        for bytes in real(&events) {
            for _ in 0..300 {
                let mut flipped = bytes.clone();
                for _ in 0..=chance.below(3) {
                    flipped[chance.below(bytes.len())] ^= 1 << chance.below(8);
                }
                offer(&flipped);
            }
        }
    }

    #[test]
    fn spliced_bytes_are_refused_or_mean_something_else(first in events(1..16), second in events(1..16), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        for (into, from) in real(&first).iter().zip(&real(&second)) {
            for _ in 0..300 {
                offer(&transplant(into, from, chance));
            }
            for _ in 0..100 {
                let (head, tail) = (chance.below(into.len()), chance.below(from.len()));
                offer(&[&into[..head], &from[tail..]].concat());
            }
        }
    }

    #[test]
    fn random_bytes_are_refused(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(!offer(&bytes));
    }

    #[test]
    fn a_claimed_length_is_not_believed(events in events(1..24), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        for bytes in real(&events) {
            for item in cbor::items(&bytes).unwrap() {
                let major = bytes[item.start] >> 5;
                if !(2..=5).contains(&major) {
                    continue;
                }
                let claim = [1u64 << 20, u64::from(u32::MAX), 1 << 60, u64::MAX][chance.below(4)];
                let head = [major << 5 | 27];
                let claiming = [&bytes[..item.start], &head, &claim.to_be_bytes(), &bytes[item.start + 1..]].concat();
                let (accepted, height) = allocation::height(|| Delta::from_bytes(&claiming).is_ok() || Snapshot::from_bytes(&claiming).is_ok());
                prop_assert!(!accepted);
                prop_assert!(height < 64 * 1024 + 32 * bytes.len(), "{height} bytes for {}", bytes.len());
            }
        }
    }

    #[test]
    fn a_refused_delta_may_come_again_in_its_right_form(events in events(1..20), seed in any::<u64>()) {
        let [delta, _] = real(&events);
        let (mut ledger, mut wrong) = (receiver(), delta.clone());
        *wrong.last_mut().unwrap() ^= 0xff;
        wrong.truncate(wrong.len() - (seed % 2) as usize);
        prop_assert!(ledger.absorb(&wrong).is_err());
        prop_assert_eq!(ledger.snapshot(), receiver().snapshot());
        prop_assert_eq!(ledger.absorb(&delta), Ok(Absorbed::Merged));
    }
}

#[test]
fn a_newer_version_is_refused_with_its_number() {
    let [mut delta, mut snapshot] = real(&[]);
    for bytes in [&delta, &snapshot] {
        assert_eq!((bytes[2], u32::from(bytes[3])), (b'v', VERSION));
    }
    for newer in [2, 23] {
        (delta[3], snapshot[3]) = (newer, newer);
        assert_eq!(Snapshot::from_bytes(&snapshot), Err(Error::NewerVersion(newer.into())));
        assert_eq!(Delta::from_bytes(&delta), Err(Error::NewerVersion(newer.into())));
        assert_eq!(receiver().absorb(&delta), Err(Error::NewerVersion(newer.into())));
    }
}

#[test]
fn a_newer_version_may_have_other_keys() {
    // A map of one entry more or less, whose first says the version: all that is known of the future.
    for entries in [1u8, 5, 7, 9] {
        let bytes = [0xa0 | entries, 0x61, b'v', 0x18, 42];
        assert_eq!(Snapshot::from_bytes(&bytes), Err(Error::NewerVersion(42)), "{entries} entries");
        assert_eq!(Delta::from_bytes(&bytes), Err(Error::NewerVersion(42)), "{entries} entries");
        assert_eq!(receiver().absorb(&bytes), Err(Error::NewerVersion(42)), "{entries} entries");
    }
}

#[test]
fn a_version_before_the_first_is_malformed() {
    let [delta, _] = real(&[]);
    let mut bytes = delta;
    bytes[3] = 0;
    assert!(matches!(receiver().absorb(&bytes), Err(Error::Malformed(_))));
}

#[test]
fn a_delta_without_a_number_is_refused() {
    let delta = Delta { writer: WriterId::new(1), life: 0, sequence: 0, content: Snapshot::default() };
    assert!(matches!(receiver().absorb(&delta.to_bytes()), Err(Error::Malformed(_))));
}

#[test]
fn long_lists_of_small_things_cost_no_more_than_some_times_their_bytes() {
    // A histogram with a million counts and a label set with a million empty values: one byte each.
    let schema = |labels: usize| Schema {
        name: "f".into(),
        instrument: Instrument::Gauge,
        unit: String::new(),
        labels: vec![String::new(); labels],
        window: None,
    };
    let content = |schema: Schema, key: SeriesKey| {
        let mut family = Family::default();
        family.series.insert(key, Series::new(&schema));
        let mut snapshot = Snapshot::default();
        snapshot.metrics.0.insert(schema, family);
        snapshot.to_bytes()
    };
    let many = 1_000_000;
    for bytes in [content(schema(many), SeriesKey::new(vec![])), content(schema(0), SeriesKey::new(vec![String::new(); many]))] {
        let (refused, height) = allocation::height(|| Snapshot::from_bytes(&bytes).is_err());
        assert!(refused);
        assert!(height < 4 * bytes.len(), "{height} bytes for {}", bytes.len());
    }
}
