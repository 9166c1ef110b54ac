//! Law 3 for all families of a ledger together: which series are kept is a function of all label sets.
//!
//! Families whose series count much fill a ledger with a few hundred. However those are split, drained
//! and merged, the same ones stay, and what they and the overflow hold together is all that was recorded.

use codomyrmex_telemetry::limits::{PUSHED_OUT_MAX, SERIES_BYTES_MAX, SERIES_PER_FAMILY_MAX};
use codomyrmex_telemetry::metrics::{Family, Point, Schema, Series, SeriesKey};
use codomyrmex_telemetry::{
    Absorbed, Descriptor, Double, Error, ExponentialOptions, FamilyId, Instrument, Ledger, SeriesId, Snapshot, SummaryOptions, Timestamp,
    WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, units_of_parts, units_of_sum};
use num_bigint::BigInt;
use proptest::prelude::*;

fn family(name: &str, instrument: Instrument, window: Option<u64>) -> Descriptor {
    Descriptor { name: name.into(), help: String::new(), unit: String::new(), labels: vec!["n".into()], instrument, window }
}

/// Families of unlike cost, and how many label sets each has: together more than a ledger keeps.
fn costly() -> [(Descriptor, usize); 4] {
    let summary = |digits, quantiles: u32| {
        let quantiles = (0..quantiles).map(|place| Double::new(f64::from(place) / 32.0)).collect();
        Instrument::Summary(SummaryOptions { quantiles, digits })
    };
    let exponential = Instrument::ExponentialHistogram(ExponentialOptions::new(1_024, 20, 0.0));
    [
        (family("a_costly", summary(5, 32), Some(12)), 260),
        (family("b_wide", exponential, None), 300),
        (family("c_plain", summary(4, 1), None), 300),
        (family("d_cheap", Instrument::Counter, Some(1_200)), SERIES_PER_FAMILY_MAX + 30),
    ]
}

/// A label set of a family, and what is recorded of it: its number.
type Use = (usize, usize);

fn uses(chance: &mut Chance) -> Vec<Use> {
    let mut uses: Vec<Use> =
        costly().iter().enumerate().flat_map(|(place, (_, many))| (0..*many).map(move |number| (place, number))).collect();
    // Some come twice.
    let again: Vec<Use> = uses.iter().copied().filter(|_| chance.one_in(4)).collect();
    uses.extend(again);
    chance.shuffle(&mut uses);
    uses
}

fn record(ledger: &mut Ledger, (place, number): Use) {
    let (descriptor, _) = costly().into_iter().nth(place).unwrap();
    let id = ledger.declare(descriptor).unwrap();
    let series = ledger.resolve(id, &[format!("n{number}")]).unwrap();
    let at = Timestamp::from_nanos(number as u64).ok();
    let outcome = if place == 3 { ledger.add(series, number as f64, at) } else { ledger.observe(series, number as f64, at) };
    assert!(outcome.is_recorded());
}

/// The same by several writers that drain now and then, to collectors that drain now and then.
fn scatter(uses: &[Use], chance: &mut Chance) -> Snapshot {
    let mut writers: Vec<Ledger> = (1..=1 + chance.below(4) as u128).map(|writer| Ledger::new(WriterId::new(writer))).collect();
    let mut collectors: Vec<Ledger> = (100..103).map(|writer| Ledger::new(WriterId::new(writer))).collect();
    let mut top = Ledger::new(WriterId::new(1_000));
    let mut order = uses.to_vec();
    chance.shuffle(&mut order);
    for used in order {
        let writer = chance.below(writers.len());
        record(&mut writers[writer], used);
        if chance.one_in(uses.len() / 4)
            && let Some(delta) = writers[writer].drain()
        {
            collectors[writer % 3].absorb(&delta).unwrap();
        }
        if chance.one_in(uses.len() / 3)
            && let Some(delta) = collectors[writer % 3].drain()
        {
            top.absorb(&delta).unwrap();
        }
    }
    for (place, writer) in writers.iter_mut().enumerate() {
        writer.drain().map(|delta| collectors[place % 3].absorb(&delta).unwrap());
    }
    let mut whole = Snapshot::default();
    for collector in &mut collectors {
        match collector.drain() {
            Some(delta) if chance.one_in(2) => assert_eq!(top.absorb(&delta), Ok(Absorbed::Merged)),
            Some(delta) => whole.merge(&codomyrmex_telemetry::Delta::from_bytes(&delta).unwrap().content),
            None => {}
        }
    }
    whole.merge(&top.snapshot());
    whole
}

/// Sum and number of all that a family holds, and how many series it keeps.
fn held(family: &Family) -> (BigInt, u64) {
    let all = family.series.values().chain(&family.overflow);
    all.fold((BigInt::default(), 0), |(units, count), series: &Series| match &series.point {
        Point::Counter(total) => (units + units_of_parts(&total.sum.parts()), count),
        Point::ExponentialHistogram(histogram) => (units + units_of_parts(&histogram.tally.sum.parts()), count + histogram.count()),
        Point::Summary(summary) => (units + units_of_parts(&summary.tally.sum.parts()), count + summary.count()),
        other => panic!("no family of this kind was declared: {other:?}"),
    })
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn the_series_that_a_ledger_keeps_are_the_same_for_any_order_and_split(seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let uses = uses(chance);
        let mut single = Ledger::new(WriterId::new(1));
        uses.iter().for_each(|used| record(&mut single, *used));
        let whole = single.snapshot();
        prop_assert!(whole.metrics.cost() <= SERIES_BYTES_MAX && whole.metrics.cost() > SERIES_BYTES_MAX / 2, "{}", whole.metrics.cost());
        prop_assert!(whole.metrics.0.values().any(|family| family.overflow.is_some()));
        for (place, family) in whole.metrics.0.values().enumerate() {
            let of_family: Vec<f64> = uses.iter().filter(|(of, _)| *of == place).map(|(_, number)| *number as f64).collect();
            let count = if place == 3 { 0 } else { of_family.len() as u64 };
            prop_assert_eq!(held(family), (units_of_sum(&of_family), count));
        }
        for split in [scatter(&uses, chance), scatter(&uses, chance)] {
            let kept = |snapshot: &Snapshot| snapshot.metrics.0.values().map(|family| family.series.len()).collect::<Vec<_>>();
            prop_assert_eq!(kept(&split), kept(&whole));
            prop_assert_eq!(split.digest(), whole.digest());
        }
    }
}

/// Puts series of one family into a ledger, which drains.
fn filled(writer: u128, place: usize, numbers: std::ops::Range<usize>) -> Snapshot {
    let mut ledger = Ledger::new(WriterId::new(writer));
    numbers.for_each(|number| record(&mut ledger, (place, number)));
    ledger.snapshot()
}

#[test]
fn a_cheap_series_does_not_slip_into_the_room_that_a_costly_one_left() {
    // Neither half of the costly ones is too much, both are; then there is a little room left.
    let [half, other, cheap] = [filled(1, 0, 0..305), filled(2, 0, 305..610), filled(3, 3, 0..40)];
    let digests = [[&half, &other, &cheap], [&half, &cheap, &other], [&cheap, &other, &half]].map(|order| {
        let mut whole = Snapshot::default();
        order.iter().for_each(|part| whole.merge(part));
        whole.digest()
    });
    assert_eq!(digests[1], digests[0]);
    assert_eq!(digests[2], digests[0]);
}

fn names(prefix: &str) -> Vec<String> {
    (0..2 * SERIES_PER_FAMILY_MAX).map(|number| format!("{prefix}{number}")).collect()
}

fn resolve(ledger: &mut Ledger, id: FamilyId, label: &str) -> Result<SeriesId, Error> {
    ledger.resolve(id, &[label.to_string()])
}

/// Label values that a full family keeps, and as many others, each of which one of those pushes out.
fn first_and_last() -> (Vec<String>, Vec<String>) {
    let mut ledger = Ledger::new(WriterId::new(1));
    let id = ledger.declare(family("f", Instrument::Counter, None)).unwrap();
    let names = names("n");
    for name in &names {
        resolve(&mut ledger, id, name).unwrap();
    }
    let snapshot = ledger.snapshot();
    let kept = &snapshot.metrics.0.values().next().unwrap().series;
    let is_kept = |name: &String| kept.keys().any(|key| key.values()[0] == *name);
    let is_kept: std::collections::BTreeSet<String> = names.iter().filter(|name| is_kept(name)).cloned().collect();
    names.into_iter().partition(|name| is_kept.contains(name))
}

#[test]
fn past_the_series_that_may_be_pushed_out_a_new_one_is_refused_and_all_that_was_recorded_stays() {
    let (first, last) = first_and_last();
    assert_eq!((first.len(), last.len()), (SERIES_PER_FAMILY_MAX, SERIES_PER_FAMILY_MAX));
    let mut ledger = Ledger::new(WriterId::new(1));
    let (mut added, mut refused, mut pushed) = (0u64, 0, 0);
    let families = PUSHED_OUT_MAX / SERIES_PER_FAMILY_MAX + 1;
    for place in 0..families {
        let id = ledger.declare(family(&format!("f{place}"), Instrument::Counter, None)).unwrap();
        for name in last.iter().chain(&first) {
            match resolve(&mut ledger, id, name) {
                Ok(series) => {
                    assert!(ledger.add(series, 1.0, None).is_recorded());
                    added += 1;
                }
                Err(Error::Limit(why)) => {
                    assert!(why.contains("pushed out") || why.contains("push out"), "{why}");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        pushed += first.len();
        // What was pushed out is still found by those who resolve it again, and counts no second time.
        let again = resolve(&mut ledger, id, &last[0]).unwrap();
        assert!(ledger.add(again, 1.0, None).is_recorded());
        added += 1;
    }
    assert_eq!(refused, pushed - PUSHED_OUT_MAX);
    let mut collector = Ledger::new(WriterId::new(2));
    assert_eq!(collector.absorb(&ledger.drain().unwrap()), Ok(Absorbed::Merged));
    let held = collector.snapshot().metrics.0.values().map(|family| held(family).0).sum::<BigInt>();
    assert_eq!(held, BigInt::from(added) << 1_074);
}

#[test]
fn a_series_past_the_limit_of_all_can_be_resolved_over_and_over() {
    let mut ledger = Ledger::new(WriterId::new(1));
    for number in 0..610 {
        record(&mut ledger, (0, number)); // half of them are too many
    }
    let (descriptor, _) = costly().into_iter().next().unwrap();
    let id = ledger.declare(descriptor).unwrap();
    for round in 0..PUSHED_OUT_MAX / 250 {
        for number in 0..610 {
            assert!(resolve(&mut ledger, id, &format!("n{number}")).is_ok(), "round {round}");
        }
    }
}

#[test]
fn more_series_than_a_ledger_keeps_are_refused_before_all_are_read() {
    // Two families that together count too much, the second of them cut short: who read on would say so.
    let schema = |name: &str| Schema {
        name: name.into(),
        instrument: Instrument::Summary(SummaryOptions::default()),
        unit: String::new(),
        labels: vec!["n".into()],
        window: Some(12),
    };
    let mut content = Snapshot::default();
    for name in ["a", "b"] {
        let many = SERIES_BYTES_MAX / schema(name).cost() * 3 / 4;
        let family = content.metrics.0.entry(schema(name)).or_default();
        family.series.extend((0..many).map(|number| (SeriesKey::new(vec![number.to_string()]), Series::new(&schema(name)))));
    }
    let bytes = content.to_bytes();
    for bytes in [&bytes[..], &bytes[..bytes.len() - 100]] {
        assert!(matches!(Snapshot::from_bytes(bytes), Err(Error::Limit(_))), "{:?}", Snapshot::from_bytes(bytes).err());
    }
    content.metrics.0.pop_last();
    assert_eq!(Snapshot::from_bytes(&content.to_bytes()), Ok(content));
}
