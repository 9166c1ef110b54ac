//! Lines and the whole of what they say, each property against an oracle that works another way.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use num_bigint::BigUint;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Dialect, Kind, Record, Sample, line, number, parse, parse_packet};
use crate::limits::LINE_BYTES_MAX;
use crate::{Error, Timestamp};

fn record(name: &str, sample: Sample, tags: &[(&str, &str)], seconds: u64) -> Record {
    let tags = tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let at = (seconds > 0).then(|| Timestamp::from_nanos(seconds * 1_000_000_000).unwrap());
    Record { name: name.into(), tags, sample, at }
}

fn timing(value: f64, times: u64) -> Sample {
    Sample::Timing { value, times }
}

fn histogram(value: f64, times: u64) -> Sample {
    Sample::Histogram { value, times }
}

#[test]
fn every_kind_is_read_whole() {
    let dev: &[_] = &[("env", "dev")];
    for (line, name, sample, tags, seconds) in [
        ("gorets:1|c", "gorets", Sample::Count(1.0), &[][..], 0),
        ("gorets:-2.5|c", "gorets", Sample::Count(-2.5), &[], 0),
        ("gorets:1|c|@0.1", "gorets", Sample::Count(10.0), &[], 0),
        ("gorets:3|c|@0.3", "gorets", Sample::Count(10.0), &[], 0),
        ("gorets:1|c|@1e-5", "gorets", Sample::Count(100_000.0), &[], 0),
        ("gorets:1|c|@1.00", "gorets", Sample::Count(1.0), &[], 0),
        ("gaugor:333|g", "gaugor", Sample::Set(333.0), &[], 0),
        ("gaugor:-10|g", "gaugor", Sample::Change(-10.0), &[], 0),
        ("gaugor:+4|g", "gaugor", Sample::Change(4.0), &[], 0),
        ("gaugor:1e-5|g|@0.5", "gaugor", Sample::Set(1e-5), &[], 0),
        ("glork:320|ms", "glork", timing(320.0, 1), &[], 0),
        ("glork:320|ms|@0.1", "glork", timing(320.0, 10), &[], 0),
        ("song.length:240|h|@0.4", "song.length", histogram(240.0, 3), &[], 0),
        ("song.length:240|h|@0.6", "song.length", histogram(240.0, 2), &[], 0),
        ("song.length:240|h|@0.7", "song.length", histogram(240.0, 1), &[], 0),
        ("d:.5|d|#env:dev", "d", Sample::Distribution { value: 0.5, times: 1 }, dev, 0),
        ("uniques:765|s", "uniques", Sample::Unique("765".into()), &[], 0),
        ("uniques:a:b c|s|@0.5|#env:dev", "uniques", Sample::Unique("a:b c".into()), dev, 0),
        ("♬:1|c|#intitulé:T0µ", "♬", Sample::Count(1.0), &[("intitulé", "T0µ")], 0),
        ("page.views:15|c|#env:dev|T1656581400", "page.views", Sample::Count(15.0), dev, 1_656_581_400),
        ("m:1|g|T1657100440|c:83c0|#env:dev|@0.21|e:it-false,x|card:low", "m", Sample::Set(1.0), dev, 1_657_100_440),
        ("m:1|g|m:unknown|#", "m", Sample::Set(1.0), &[], 0),
        ("_e:1|c", "_e", Sample::Count(1.0), &[], 0),
        ("_score:1|c", "_score", Sample::Count(1.0), &[], 0),
        ("m:1|c|#z:1,a:x:y,,bare,z:2,e:", "m", Sample::Count(1.0), &[("a", "x:y"), ("bare", ""), ("e", ""), ("z", "2")], 0),
        ("m:1|c|T9223372036", "m", Sample::Count(1.0), &[], 9_223_372_036),
    ] {
        assert_eq!(parse(line), Ok([record(name, sample, tags, seconds)].into()), "{line}");
    }
}

#[test]
fn a_packed_line_is_a_record_for_each_value() {
    let tags = [("a", "b")];
    let all = |samples: Vec<Sample>| Ok(samples.into_iter().map(|sample| record("m", sample, &tags, 0)).collect::<Vec<_>>());
    assert_eq!(parse("m:1:-2:3e1|h|@0.5|#a:b"), all([1.0, -2.0, 30.0].map(|value| histogram(value, 2)).into()));
    assert_eq!(parse("m:1:2|c|#a:b|@0.25"), all([Sample::Count(4.0), Sample::Count(8.0)].into()));
    assert_eq!(parse("m:1:-2:+3|g|#a:b"), all([Sample::Set(1.0), Sample::Change(-2.0), Sample::Change(3.0)].into()));
    // Names and tags are shared: a line is not multiplied by its values.
    let records = parse("m:1:2|c|#a:b").unwrap();
    assert!(core::ptr::eq(&*records[0].tags, &*records[1].tags) && core::ptr::eq(&*records[0].name, &*records[1].name));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (line, said) in [
        ("", "byte 0 of the line: the line '' has no '|' with a type behind it"),
        ("gorets:1", "byte 0 of the line: the line 'gorets:1' has no '|' with a type behind it"),
        ("gorets|c", "byte 0 of the line: the name 'gorets' has no ':' with a value behind it"),
        (":1|c", "byte 0 of the line: the name before ':1' is empty"),
        ("gorets:1|", "byte 9 of the line: the type '' is none of c, g, ms, h, d, s"),
        ("gorets:1|m|@0.1", "byte 9 of the line: the type 'm' is none of c, g, ms, h, d, s"),
        ("gorets:1|c:2|ms", "byte 9 of the line: the type 'c:2' is none of c, g, ms, h, d, s"),
        ("gorets:|c", "byte 7 of the line: the value '' is not a decimal number that a double can hold"),
        ("a:1::2|h", "byte 4 of the line: the value '' is not a decimal number that a double can hold"),
        ("a:1:NaN|g", "byte 4 of the line: the value 'NaN' is not a decimal number that a double can hold"),
        ("a:-inf|g", "byte 2 of the line: the value '-inf' is not a decimal number that a double can hold"),
        ("a:0x10|c", "byte 2 of the line: the value '0x10' is not a decimal number that a double can hold"),
        ("a:2e308|c", "byte 2 of the line: the value '2e308' is not a decimal number that a double can hold"),
        ("a:1_0|c|@0.5", "byte 2 of the line: the value '1_0' is not a decimal number of at most 64 digits"),
        ("a:1e308|c|@0.5", "byte 2 of the line: the value '1e308' is more than a double can hold when it is divided by the rate"),
        ("a:1e|c|@0.5", "byte 2 of the line: the value '1e' is not a decimal number of at most 64 digits"),
        ("a:|s", "byte 2 of the line: the value '' is empty"),
        ("é:1|c|@0", "byte 8 of the line: the rate '0' is not a decimal number above 0 and up to 1, of at most 64 digits"),
        (
            "a:1|c|@1.0000000000000000001",
            "byte 7 of the line: the rate '1.0000000000000000001' is not a decimal number above 0 and up to 1, of at most 64 digits",
        ),
        ("a:1|g|@-0.5", "byte 7 of the line: the rate '-0.5' is not a decimal number above 0 and up to 1, of at most 64 digits"),
        ("a:1|s|@", "byte 7 of the line: the rate '' is not a decimal number above 0 and up to 1, of at most 64 digits"),
        ("a:1|h|@1e-20", "byte 7 of the line: the rate '1e-20' is so small that its inverse passes 2^64 - 1"),
        ("a:1|c|", "byte 6 of the line: the field '' is no rate, list of tags or time, nor has a key with a ':' behind it"),
        ("a:1|c|@0.5|@0.5", "byte 11 of the line: the field '@0.5' is one that the line has already"),
        ("a:1|c|#a|#b", "byte 9 of the line: the field '#b' is one that the line has already"),
        ("a:1|c|T1|T2", "byte 9 of the line: the field 'T2' is one that the line has already"),
        ("a:1|c|#a,:b", "byte 9 of the line: the tag ':b' has no key"),
        ("a:1|h|T1", "byte 6 of the line: the time 'T1' may stand in lines of counts and gauges alone"),
        ("a:1|c|T0", "byte 7 of the line: the time '0' is not a whole number of seconds since 1970, above 0 and before the year 2262"),
        ("a:1|c|T+1", "byte 7 of the line: the time '+1' is not a whole number of seconds since 1970, above 0 and before the year 2262"),
        (
            "a:1|c|T9223372037",
            "byte 7 of the line: the time '9223372037' is not a whole number of seconds since 1970, above 0 and before the year 2262",
        ),
        ("a:1|c\nb:2|c", "byte 6 of the line: what follows the end, 'b:2|c' is another line; a datagram of lines is read by parse_packet"),
        ("a:1|\u{1b}[2J\u{202e}", "byte 4 of the line: the type '\\u{1b}[2J\\u{202e}' is none of c, g, ms, h, d, s"),
        (
            "a:1|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "byte 4 of the line: the type 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…' is none of c, g, ms, h, d, s",
        ),
    ] {
        assert_eq!(parse(line), Err(Error::Malformed(said.into())), "{line}");
    }
}

#[test]
fn events_and_service_checks_are_no_metrics() {
    for (line, what) in
        [("_e{21,36}:An exception occurred|Cannot parse", "an event"), ("_sc|Redis connection|2|#env:dev", "a service check")]
    {
        let said = format!("not a metric: the line is {what} of DogStatsD, and only metrics are accounted");
        assert_eq!(parse(line), Err(Error::Unsupported(said)));
    }
}

#[test]
fn a_packet_is_read_line_by_line() {
    let mut packet = b"a:1|c\r\n\n\r\nb:\xff|g\nc:2|g\n".to_vec();
    packet.extend([b'x'; LINE_BYTES_MAX + 1]);
    let expected = [
        Ok([record("a", Sample::Count(1.0), &[], 0)].into()),
        Err(Error::Malformed("byte 2 of the line: not UTF-8".into())),
        Ok([record("c", Sample::Set(2.0), &[], 0)].into()),
        Err(Error::Limit("the line has 8193 bytes; at most 8192 are read".into())),
    ];
    assert_eq!(parse_packet(&packet).collect::<Vec<_>>(), expected);
    let longest = format!("{}:1|c", "n".repeat(LINE_BYTES_MAX - 4));
    assert_eq!(parse(&longest).map(|records| records[0].name.len()), Ok(LINE_BYTES_MAX - 4));
    assert!(matches!(parse(&format!("{longest} ")), Err(Error::Limit(_))));
}

#[test]
fn lines_are_written_as_their_server_reads_them() {
    let labels: &[_] = &[("route", "/a b"), ("code", "5,0|0#@\n"), ("e:", ""), ("", "x:y.z")];
    let at = Some(Timestamp::from_nanos(1_656_581_400_999_999_999).unwrap());
    for (dialect, name, labels, kind, value, at, expected) in [
        (Dialect::Statsd, "a.b-c_d", &[][..], Kind::Count, "1", at, "a.b-c_d:1|c\n"),
        (Dialect::Statsd, "a \t/b:|@é;=#\u{0}", labels, Kind::Unique, "x:|y", at, "a_-b____._a_b.5_0_0___._.x_y_z:x__y|s\n"),
        (Dialect::Statsd, "日本", &[], Kind::Histogram, "2", None, "_:2|ms\n"),
        (Dialect::Statsd, "t", &[("k", "v")], Kind::Gauge, "-5", None, "t.v:0|g\nt.v:-5|g\n"),
        (Dialect::Statsd, "t", &[("k", "v")], Kind::Gauge, "5", None, "t.v:5|g\n"),
        (Dialect::DogStatsd, "t", &[], Kind::Gauge, "-5", at, "t:-5|g|T1656581400\n"),
        (Dialect::DogStatsd, "a:b c", labels, Kind::Timing, "1:2", at, "a_b c:1:2|ms|#route:/a b,code:5_0_0___,e_,_:x:y.z\n"),
        (Dialect::DogStatsd, "", &[], Kind::Unique, "", Some(Timestamp::default()), "_:_|s\n"),
        (Dialect::DogStatsd, "_score", &[], Kind::Count, "1", Some(Timestamp::default()), "score:1|c\n"),
        (Dialect::DogStatsd, "@e{1,2}", &[], Kind::Distribution, "1", None, "e{1,2}:1|d\n"),
    ] {
        let mut text = String::new();
        line(&mut text, dialect, name, labels, kind, value, at);
        assert_eq!(text, expected);
    }
}

#[test]
fn numbers_are_plain_where_they_can_be() {
    for (value, text) in [
        (1.0, "1"),
        (-0.1, "-0.1"),
        (1e-7, "0.0000001"),
        (999_999_999_999_999_900_000.0, "999999999999999900000"),
        (1e21, "1e21"),
        (-1.5e300, "-1.5e300"),
    ] {
        assert_eq!(number(value).as_deref(), Some(text));
    }
    assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(number), [None, None, None]);
}

#[test]
fn a_quotient_is_rounded_once_also_where_it_is_hard() {
    for (line, count) in [
        ("a:9007199254740993|c|@1", 9007199254740992.0), // the middle of two doubles, and next to it
        ("a:9007199254740993.00000000000000000000000000001|c|@1", 9007199254740994.0),
        ("a:0.55340232221128654848|c|@0.36893488147419103233", 1.5), // 3 * 2^64 / (2^65 + 1): borrows from a zero
        ("a:2.5e-324|c|@1", 5e-324),
        ("a:2.4e-324|c|@1", 0.0),
        ("a:-1e-325|c|@0.04", -5e-324),
        ("a:1.7e308|c|@1", 1.7e308),
        ("a:1.7e303|c|@1e-5", 1.7e308),
    ] {
        assert_eq!(parse(line).unwrap()[0].sample, Sample::Count(count), "{line}");
    }
}

#[test]
fn a_quotient_is_made_of_64_digits_at_most() {
    let long = "1".repeat(64);
    let count = |line: &str| parse(line).map(|records| records[0].sample.clone());
    assert_eq!(count(&format!("a:000.{long}000|c|@{long}e-64")), Ok(Sample::Count(1.0)));
    assert_eq!(count(&format!("a:1{}e-400|c|@0.5", "0".repeat(400))), Ok(Sample::Count(2.0)));
    let vast = "9".repeat(30);
    assert_eq!(count(&format!("a:1e-{vast}|c|@0.5")), Ok(Sample::Count(0.0)));
    assert!(matches!(count(&format!("a:1e{vast}|c|@1e-{vast}")), Err(Error::Malformed(text)) if text.contains("when it is divided")));
    assert!(matches!(count(&format!("a:1|c|@1e{vast}")), Err(Error::Malformed(text)) if text.contains("the rate")));
    assert!(matches!(count(&format!("a:{long}1|c|@0.5")), Err(Error::Malformed(text)) if text.contains("64 digits")));
    assert!(matches!(count(&format!("a:1|c|@0.{long}1")), Err(Error::Malformed(text)) if text.contains("64 digits")));
    assert_eq!(count(&format!("a:{long}1e-64|c")), Ok(Sample::Count(1.1111111111111112)));
}

/// Decimal places at which every double, and every middle between two, ends.
const PLACES: u32 = 1100;

/// A decimal number and what it says: `digits * 10^-places`.
fn decimal() -> impl Strategy<Value = (String, BigUint, i64)> {
    ("(0|[1-9][0-9]{0,25})", "[0-9]{0,38}", prop_oneof![3 => Just(0i64), 2 => -30i64..30, 1 => -400i64..400]).prop_map(
        |(whole, fraction, power)| {
            let point = if fraction.is_empty() { "" } else { "." };
            let text = if power == 0 { format!("{whole}{point}{fraction}") } else { format!("{whole}{point}{fraction}e{power}") };
            (text, format!("{whole}{fraction}").parse().unwrap(), fraction.len() as i64 - power)
        },
    )
}

/// `value / rate`, cut off after [`PLACES`] places, with one digit more where there is a rest: then
/// no double and no middle lies between it and the quotient, and the standard library rounds it.
fn quotient(value: &(String, BigUint, i64), rate: &(String, BigUint, i64)) -> f64 {
    let ten = |power: i64| BigUint::from(10u32).pow(u32::try_from(power).unwrap_or(0));
    let shift = rate.2 - value.2 + i64::from(PLACES);
    let (numerator, denominator) = (&value.1 * ten(shift), &rate.1 * ten(-shift));
    let rest = if &numerator % &denominator == BigUint::ZERO { 0 } else { 1 };
    format!("{}{rest}e-{}", numerator / denominator, PLACES + 1).parse().unwrap()
}

/// Names and texts that no dialect changes.
fn plain() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9_-]{0,12}"
}

proptest! {
    #[test]
    fn counts_are_corrected_exactly(value in decimal(), rate in decimal(), negative: bool) {
        let sign = if negative { "-" } else { "" };
        let answer = parse(&format!("a:{sign}{}|c|@{}", value.0, rate.0));
        let ten = |power: i64| BigUint::from(10u32).pow(u32::try_from(power).unwrap_or(0));
        let is_rate = rate.1 != BigUint::ZERO && &rate.1 * ten(-rate.2) <= ten(rate.2);
        if !is_rate {
            prop_assert!(matches!(answer, Err(Error::Malformed(text)) if text.contains("the rate")), "{}", rate.0);
            return Ok(());
        }
        let expected = quotient(&value, &rate);
        if expected.is_finite() {
            let expected = if negative { -expected } else { expected };
            let [Record { sample: Sample::Count(found), .. }] = &answer.unwrap()[..] else { panic!("no count") };
            prop_assert_eq!(found.to_bits(), expected.to_bits());
        } else {
            prop_assert!(matches!(answer, Err(Error::Malformed(text)) if text.contains("divided")));
        }
        // How many measurements one stands for: at most half away from the inverse, above it where it is half.
        let times = match parse(&format!("a:1|h|@{}", rate.0)) {
            Ok(records) => match records[0].sample { Sample::Histogram { times, .. } => BigUint::from(times), _ => panic!("no histogram") },
            Err(_) => BigUint::from(u64::MAX) + 1u32,
        };
        let (twice, one) = (&rate.1 * ten(-rate.2) * 2u32, ten(rate.2)); // twice the rate is twice / one
        let [least, most] = [&times * 2u32 - 1u32, &times * 2u32 + 1u32].map(|bound| bound * &twice / 2u32);
        prop_assert!(least <= &one * 2u32);
        prop_assert!(times > BigUint::from(u64::MAX) || &one * 2u32 < most);
    }

    #[test]
    fn an_uncorrected_value_and_one_at_the_rate_1_are_the_same(value in decimal()) {
        prop_assert_eq!(parse(&format!("a:{}|c", value.0)).ok(), parse(&format!("a:{}|c|@1", value.0)).ok());
    }

    #[test]
    fn whatever_comes_in_is_answered(bytes in vec(any::<u8>(), 0..200)) {
        answered(&bytes);
    }

    #[test]
    fn whatever_becomes_of_a_line_is_answered(
        line in select(&["gorets:1:2|c|@0.1|#env:dev,b|T1656581400|c:83c0", "glork:320|ms|@1e-5\ngaugor:-10.5e3|g\r\nu:é|s"][..]),
        changes in vec((any::<prop::sample::Index>(), 0..3u8, select(&b"\n\r:|@#,.+-eTcgmshd019\0\xff\xc3 "[..])), 1..6),
    ) {
        let mut bytes = line.as_bytes().to_vec();
        for (place, what, byte) in changes {
            let place = place.index(bytes.len());
            match what {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop((bytes.len() > 1).then(|| bytes.remove(place))),
            }
        }
        answered(&bytes);
    }

    #[test]
    fn what_is_written_for_dogstatsd_reads_back(
        name in plain(), labels in prop::collection::btree_map(plain(), "[ -\"$-+.-{}~é:-]{0,12}", 0..5),
        value: f64, kind in select(&Kind::ALL[..]), seconds in 0..=9_223_372_036u64,
    ) {
        let Some(text) = number(value) else { prop_assert!(!value.is_finite()); return Ok(()) };
        let labels: Vec<_> = labels.iter().map(|(key, value)| (&**key, &**value)).filter(|(_, value)| !value.contains('@')).collect();
        let mut written = String::new();
        line(&mut written, Dialect::DogStatsd, &name, &labels, kind, &text, Timestamp::from_nanos(seconds * 1_000_000_000).ok());
        let sample = match kind {
            Kind::Count => Sample::Count(value),
            Kind::Gauge if value.is_sign_negative() => Sample::Change(value),
            Kind::Gauge => Sample::Set(value),
            Kind::Timing => timing(value, 1),
            Kind::Histogram => histogram(value, 1),
            Kind::Distribution => Sample::Distribution { value, times: 1 },
            Kind::Unique => Sample::Unique(text),
        };
        let expected = record(&name, sample, &labels, if matches!(kind, Kind::Count | Kind::Gauge) { seconds } else { 0 });
        prop_assert_eq!(read_back(&written), [expected]);
    }

    #[test]
    fn what_is_written_for_statsd_reads_back(
        name in plain(), labels in vec((plain(), plain()), 0..5), value: f64, kind in select(&Kind::ALL[..]),
    ) {
        let Some(text) = number(value) else { prop_assert!(!value.is_finite()); return Ok(()) };
        let labels: Vec<_> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
        let mut written = String::new();
        line(&mut written, Dialect::Statsd, &name, &labels, kind, &text, Timestamp::from_nanos(1).ok());
        let name = labels.iter().fold(name, |name, (_, value)| format!("{name}.{value}"));
        let expected = match kind {
            Kind::Count => [Sample::Count(value)].to_vec(),
            Kind::Gauge if value.is_sign_negative() => [Sample::Set(0.0), Sample::Change(value)].to_vec(),
            Kind::Gauge => [Sample::Set(value)].to_vec(),
            Kind::Timing | Kind::Histogram | Kind::Distribution => [timing(value, 1)].to_vec(),
            Kind::Unique => [Sample::Unique(text)].to_vec(),
        };
        let expected: Vec<_> = expected.into_iter().map(|sample| record(&name, sample, &[], 0)).collect();
        prop_assert_eq!(read_back(&written), expected);
    }

    #[test]
    fn whatever_is_written_can_be_read(
        name: String, labels in vec((any::<String>(), any::<String>()), 0..5), value: String, number in any::<i32>(),
        dialect in select(&[Dialect::Statsd, Dialect::DogStatsd][..]), kind in select(&Kind::ALL[..]),
    ) {
        let labels: Vec<_> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
        let value = if kind == Kind::Unique { value } else { number.to_string() };
        let mut written = String::new();
        line(&mut written, dialect, &name, &labels, kind, &value, Some(Timestamp::MAX));
        let is_two = dialect == Dialect::Statsd && kind == Kind::Gauge && number < 0;
        prop_assert_eq!(read_back(&written).len(), if is_two { 2 } else { 1 });
    }
}

fn read_back(written: &str) -> Vec<Record> {
    assert!(written.ends_with('\n'));
    parse_packet(written.as_bytes()).flat_map(Result::unwrap).collect()
}

/// Each line is either records of finite numbers, or an error in a short, harmless text.
fn answered(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !matches!(line, [] | [b'\r']));
    assert_eq!(parse_packet(bytes).count(), lines.count());
    for answer in parse_packet(bytes) {
        match answer {
            Ok(records) => assert!(!records.is_empty() && records.iter().all(is_sound), "{records:?}"),
            Err(error) => {
                let text = error.to_string();
                assert!(matches!(error, Error::Malformed(_) | Error::Unsupported(_)), "{text}");
                assert!(text.chars().count() < 200 && !text.chars().any(char::is_control), "{text}");
            }
        }
    }
}

fn is_sound(record: &Record) -> bool {
    !record.name.is_empty()
        && record.tags.is_sorted_by(|a, b| a.0 < b.0)
        && match &record.sample {
            Sample::Count(value) | Sample::Set(value) | Sample::Change(value) => value.is_finite(),
            Sample::Timing { value, times } | Sample::Histogram { value, times } | Sample::Distribution { value, times } => {
                value.is_finite() && *times > 0
            }
            Sample::Unique(value) => !value.is_empty(),
        }
}
