//! Laws 5 and 7 for HdrHistogram's format: what is written reads back, and bytes that are no histogram
//! are told so.
//!
//! Two published collections of histograms, written by other libraries, are read where the environment
//! says where they are. Deliberately absent: what values are kept (`values`).

use std::fs;
use std::path::PathBuf;

use codomyrmex_telemetry::Error;
use codomyrmex_telemetry::export::{from_hdr, to_hdr, to_hdr_compressed};
use codomyrmex_telemetry::metrics::Values;
use codomyrmex_telemetry_tests::{Chance, cases};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

fn observe(digits: u8, observed: &[(f64, u64)]) -> Values {
    let mut values = Values::default();
    for (value, count) in observed {
        values.observe(digits, *value, *count);
    }
    values
}

/// The ratio of integers to doubles in the plain form.
fn ratio(bytes: &[u8]) -> f64 {
    f64::from_be_bytes(bytes[32..40].try_into().unwrap())
}

/// Values of everyday ranges: 2^-20 to 2^30.
fn everyday() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 8 => (1_003u64..1_053, any::<u64>()).prop_map(|(exponent, bits)| f64::from_bits(exponent << 52 | bits >> 12))]
}

/// Values of every exponent, none below zero.
fn any_size() -> impl Strategy<Value = f64> {
    let finite = any::<u64>().prop_map(|bits| f64::from_bits(bits >> 1)).prop_filter("finite", |value| value.is_finite());
    prop_oneof![1 => proptest::sample::select(vec![0.0, 5e-324, 1e-310, 1.0, 0.1, 4_611_686_018_427_387_904.0, f64::MAX]), 4 => finite]
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn everyday_values_come_back(observed in vec((everyday(), 1u64..9), 0..200), digits in 1..=3u8) {
        let values = observe(digits, &observed);
        let (read, kept) = from_hdr(&to_hdr(&values, digits).unwrap()).unwrap();
        prop_assert_eq!((kept, read.count()), (digits, values.count()));
        if values.count() > 64 {
            prop_assert_eq!(&read, &values);
        }
        for q in [0.0, 0.5, 0.9, 1.0] {
            let (truth, found) = (values.quantile(q, None), read.quantile(q, None));
            let Some((truth, found)) = truth.zip(found) else { continue };
            let width = truth.low / f64::from(10u32.pow(digits.into()));
            prop_assert!(found.low <= truth.low && truth.low - found.low <= width, "{truth:?} {found:?}");
        }
    }

    #[test]
    fn written_read_and_written_again_it_is_the_same(observed in vec((any_size(), 1u64..9), 0..150), digits in 1..=3u8) {
        let values = observe(digits, &observed);
        let (plain, packed) = (to_hdr(&values, digits).unwrap(), to_hdr_compressed(&values, digits).unwrap());
        let (read, kept) = from_hdr(&plain).unwrap();
        prop_assert_eq!(from_hdr(&packed).unwrap(), (read.clone(), kept));
        prop_assert_eq!((kept, read.count()), (digits, values.count()));
        prop_assert_eq!(to_hdr(&read, digits).unwrap(), plain);
        prop_assert_eq!(to_hdr_compressed(&read, digits).unwrap(), packed);
    }

    #[test]
    fn whole_numbers_are_their_own_unit(observed in vec((0u32.., 1u64..9), 1..100), digits in 1..=4u8) {
        let observed: Vec<_> = observed.iter().map(|(value, count)| (f64::from(*value), *count)).collect();
        prop_assert_eq!(ratio(&to_hdr(&observe(5, &observed), digits).unwrap()), 1.0);
    }

    #[test]
    fn spoilt_bytes_are_a_histogram_or_told_not_to_be(
        observed in vec((everyday(), 1u64..9), 0..100), digits in 1..=3u8, packed in any::<bool>(), changes in 1..6, seed in any::<u64>(),
    ) {
        let values = observe(digits, &observed);
        let mut bytes = if packed { to_hdr_compressed(&values, digits) } else { to_hdr(&values, digits) }.unwrap();
        let mut chance = Chance::new(seed);
        for _ in 0..changes {
            let place = if chance.one_in(2) { chance.below(bytes.len()) } else { chance.below(bytes.len().min(48)) };
            match chance.below(5) {
                0 => bytes[place] ^= 1 << chance.below(8),
                1 => bytes[place] = [0, 0x7f, 0x80, 0xff][chance.below(4)],
                2 => bytes.truncate(place + 1),
                3 => bytes.insert(place, chance.bits() as u8),
                _ => bytes.extend((0..chance.below(20)).map(|_| chance.bits() as u8 | 0x80)),
            }
        }
        match from_hdr(&bytes) {
            Ok((read, digits)) => {
                let again = to_hdr(&read, digits).unwrap();
                prop_assert_eq!(to_hdr(&from_hdr(&again).unwrap().0, digits).unwrap(), again);
            }
            Err(why) => prop_assert!(matches!(why, Error::Malformed(_) | Error::Unsupported(_)), "{why:?}"),
        }
    }
}

#[test]
fn a_range_too_wide_for_integers_is_told_by_its_top() {
    let observed = [(1e-300, 40), (3.0, 50), (1e18, 60), (1e19, 1)];
    let bytes = to_hdr(&observe(3, &observed), 3).unwrap();
    assert_eq!(ratio(&bytes), 4.0); // 1e19 lies between 2^63 and 2^64
    let (read, _) = from_hdr(&bytes).unwrap();
    let low = |q| read.quantile(q, None).unwrap().low;
    assert_eq!((read.count(), low(0.2), low(0.5), low(1.0)), (151, 0.0, 0.0, 9_997_991_172_762_501_120.0));
}

#[test]
fn what_the_format_cannot_say_is_told() {
    let text = |result: Result<Vec<u8>, Error>| result.unwrap_err().to_string();
    assert!(text(to_hdr(&observe(3, &[(1.0, 100), (-1.0, 1)]), 3)).contains("unsupported: values below zero"));
    assert!(text(to_hdr(&observe(3, &[(-1.0, 1)]), 3)).contains("unsupported: values below zero"));
    assert!(text(to_hdr(&observe(3, &[(1.0, 1 << 63)]), 3)).contains("unsupported: 2^63 values"));
    assert!(text(to_hdr(&Values::default(), 6)).contains("invalid argument: 6 significant digits"));
    assert_eq!(from_hdr(&to_hdr(&Values::default(), 2).unwrap()), Ok((Values::default(), 2)));
    let most = observe(1, &[(1.0, i64::MAX as u64)]);
    assert_eq!(from_hdr(&to_hdr_compressed(&most, 1).unwrap()), Ok((most, 1)));
}

#[test]
fn what_a_header_claims_is_checked() {
    let plain = to_hdr(&observe(3, &[(1.0, 100)]), 3).unwrap();
    let told = |place: usize, bytes: &[u8]| {
        let mut changed = plain.clone();
        changed.splice(place..place + bytes.len(), bytes.iter().copied());
        from_hdr(&changed).map(|(values, _)| values.count()).map_err(|why| why.to_string())
    };
    let has = |told: Result<u64, String>, words: &str| assert!(told.as_ref().is_err_and(|text| text.contains(words)), "{told:?}: {words}");
    assert_eq!(told(3, &[0x03]), Ok(100)); // the size of a word is not looked at
    has(told(3, &[0x11]), "does not begin like format V2");
    has(told(4, &[0xff; 4]), "cut short");
    assert_eq!(told(4, &[0, 0, 0, plain.len() as u8]), Ok(100)); // some writers count the header
    has(told(4, &[0, 0, 0, plain.len() as u8 - 1]), "cut short");
    assert_eq!(told(8, &[0, 0, 0, 1]), Ok(100)); // how a writer turned its table
    has(told(12, &[0, 0, 0, 0]), "unsupported: an HdrHistogram with 0 significant digits");
    has(told(12, &[0, 0, 0, 6]), "has 6 significant digits");
    has(told(24, &[0xff; 8]), "past 2^63 - 1");
    has(told(32, &f64::NAN.to_be_bytes()), "not a positive number");
    has(told(32, &(-1f64).to_be_bytes()), "not a positive number");
    has(told(4, &[0, 0, 0, 2]), "malformed"); // fewer bytes of counts than there are: the count ends within itself
    let counts = |counts: &[u8]| {
        let length = (counts.len() as u32).to_be_bytes();
        from_hdr(&[&plain[..4], &length, &plain[8..40], counts].concat()).map(|(values, _)| values.count()).map_err(|why| why.to_string())
    };
    assert_eq!(counts(&[2, 0x81, 1, 4]), Ok(3)); // one, 65 times none, two
    has(counts(&[0xff; 9]), "run of zeros is too long");
    has(counts(&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), "2^63 values");
    has(counts(&[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), "longer than it should be");
    has(counts(&[0x80]), "cut short");
}

/// What base64 says; blanks around it and fillers do not count.
fn base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for letter in text.trim().bytes().filter(|letter| *letter != b'=') {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        held = held << 6 | LETTERS.iter().position(|other| *other == letter).unwrap() as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}

/// A published histogram against what other readers say of it, and against itself, written again. They
/// give a percentile as either end of its bucket, at a rank that is rounded to the nearest.
fn assert_reads(payload: &str, truth: &Value, unit: f64) -> Values {
    let (values, digits) = from_hdr(&base64(payload)).unwrap();
    assert_eq!(truth["sigfig"].as_u64().unwrap_or_else(|| digits.into()), u64::from(digits));
    assert_eq!(values.count(), truth["count"].as_u64().unwrap());
    let names = [("min", 0.0), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];
    for (name, q) in names.iter().filter(|(name, _)| !truth[*name].is_null() && !values.is_empty()) {
        let truth = truth[*name].as_f64().unwrap();
        let total = values.count() as f64;
        let nearest_rank = (q * total + 0.5).floor().max(1.0);
        let found = values.quantile((nearest_rank - 0.5) / total, None).unwrap();
        let within = (truth / f64::from(10u32.pow(digits.into()))).max(unit);
        assert!((found.low - truth).abs() <= within && (found.value - truth).abs() <= within, "{name}: {found:?} {truth}");
    }
    let again = to_hdr_compressed(&values, digits).unwrap();
    assert_eq!(from_hdr(&again), Ok((values.clone(), digits)));
    values
}

/// The folder of the published histograms, if there is one.
#[expect(clippy::print_stdout, reason = "that a test looked at nothing should be seen")]
fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("CODOMYRMEX_VECTORS").map(|folder| PathBuf::from(folder).join("hdrhistogram"));
    if folder.is_none() {
        println!("CODOMYRMEX_VECTORS is not set: no published histogram was read");
    }
    folder
}

#[test]
fn published_histograms_are_read() {
    let Some(folder) = vectors() else { return };
    let payloads: Value = serde_json::from_str(&fs::read_to_string(folder.join("payloads.json")).unwrap()).unwrap();
    for truth in payloads.as_array().unwrap() {
        let payload = truth["payload"].as_str().unwrap();
        if truth["ok"] == true {
            assert_reads(payload, truth, 0.0);
        } else {
            assert!(matches!(from_hdr(&base64(payload)), Err(Error::Malformed(_))));
        }
    }
    assert_eq!(payloads.as_array().unwrap().len(), 6);
}

#[test]
fn published_logs_are_read() {
    let Some(folder) = vectors() else { return };
    let expected: Value = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    for (name, log) in expected.as_object().unwrap() {
        let text = fs::read_to_string(folder.join("logs").join(name)).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with(['#', '"']) && !line.trim().is_empty());
        let rows = log["rows"].as_array().filter(|rows| !rows.is_empty());
        let (mut all, mut intervals) = (Values::default(), 0);
        for line in lines {
            let (tag, fields) =
                line.strip_prefix("Tag=").map_or((None, line), |line| line.split_once(',').map(|(tag, rest)| (Some(tag), rest)).unwrap());
            let payload = fields.rsplit(',').next().unwrap();
            // jHiccup's smallest value told apart is 20,000 ns, of which 16,384 are the greatest power of two.
            let values = if let Some(row) = rows.map(|rows| &rows[intervals]) {
                assert_eq!(row["tag"].as_str(), tag, "{name}");
                assert_reads(payload, row, 16_384.0)
            } else {
                from_hdr(&base64(payload)).unwrap().0
            };
            all.merge(2, &values);
            intervals += 1;
        }
        assert_eq!(intervals as u64, log["intervals"].as_u64().unwrap(), "{name}");
        assert_eq!(all.count(), log["total_count"].as_u64().unwrap(), "{name}");
        let Some(max) = all.quantile(1.0, None) else { continue };
        if log["max_between"].is_null() {
            continue;
        }
        let between = [0, 1].map(|end| log["max_between"][end].as_f64().unwrap());
        assert!(max.low <= between[1] && between[0] <= max.high * 1.01, "{name}: {max:?} {between:?}");
    }
    assert_eq!(expected.as_object().unwrap().len(), 5);
}
