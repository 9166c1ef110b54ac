//! What events were like: counted exactly until the limits, and past them what stays is a function of the
//! events. Deliberately absent: what is learned of it, which has unit tests of its own.

use std::collections::BTreeMap;

use codomyrmex_telemetry::limits::{DIMENSION_VALUES_MAX, SAMPLES_MAX};
use codomyrmex_telemetry::slo::{Analysis, Options, Question};
use codomyrmex_telemetry::{Ledger, Objective, SloId, SpanHandle, Timestamp, Window, WriterId};
use codomyrmex_telemetry_tests::{Chance, MINUTE_NS, cases};
use proptest::prelude::*;

/// Good or bad, so many, in which minute, and what they were like.
type Told = (bool, u64, u64, [String; 2]);

const BEGIN: u64 = 20_779 * 1_440;

fn objective() -> Objective {
    let dimensions = vec!["user".into(), "region".into()];
    Objective { dimensions, alerts: vec![], ..Objective::new("a", "90%".parse().unwrap(), Window::Rolling { slots: 720 }) }
}

fn ledger(writer: u128) -> (Ledger, SloId) {
    let mut ledger = Ledger::new(WriterId::new(writer));
    let slo = ledger.create_slo(objective()).unwrap();
    (ledger, slo)
}

fn tell(ledger: &mut Ledger, slo: SloId, (good, count, minute, values): &Told) {
    let at = Timestamp::from_nanos(minute * MINUTE_NS).unwrap();
    assert!(ledger.record_event_with(slo, *good, *count, at, values, SpanHandle::default()).is_recorded());
}

/// A stream of so many users over so many hours.
fn stream(length: usize, users: usize, hours: u64, chance: &mut Chance) -> Vec<Told> {
    let one = |_| {
        let user = chance.below(users);
        let values = [format!("user-{user}"), ["", "eu", "us"][chance.below(3)].to_string()];
        (!chance.one_in(3), chance.bits() % 4, BEGIN + chance.bits() % (hours * 60), values)
    };
    (0..length).map(one).collect()
}

/// The same told to several ledgers in another order, which drain, and collected.
fn scattered(told: &[Told], writers: usize, chance: &mut Chance) -> (Ledger, SloId) {
    let mut ledgers: Vec<(Ledger, SloId)> = (1..=writers as u128).map(ledger).collect();
    let (mut collector, slo) = ledger(100);
    let mut order: Vec<&Told> = told.iter().collect();
    chance.shuffle(&mut order);
    for told in order {
        let (ledger, slo) = &mut ledgers[chance.below(writers)];
        tell(ledger, *slo, told);
        if chance.one_in(told_often(writers)) {
            ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
        }
    }
    for (ledger, _) in &mut ledgers {
        ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
    }
    (collector, slo)
}

const fn told_often(writers: usize) -> usize {
    200 * writers
}

/// What each value of a dimension came to, good and bad, before and since a time, as the ledger tells it.
fn known(analysis: &Analysis, dimension: &str) -> BTreeMap<(String, bool), [u64; 4]> {
    let change = analysis.change.as_ref().unwrap();
    let of = change.dimensions.iter().find(|of| of.dimension == dimension).unwrap();
    let counts = of.parts.iter().map(|part| {
        let counts = [part.before.good, part.before.bad, part.after.good, part.after.bad];
        ((part.value.clone(), part.is_others), counts)
    });
    counts.collect()
}

/// The same, counted. Slices of a window of twelve hours are hours.
fn counted(told: &[Told], dimension: usize, since: u64) -> BTreeMap<(String, bool), [u64; 4]> {
    let mut all: BTreeMap<(String, bool), [u64; 4]> = BTreeMap::new();
    for (good, count, minute, values) in told.iter().filter(|told| told.1 > 0) {
        let place = 2 * usize::from(*minute >= since) + usize::from(!good);
        all.entry((values[dimension].clone(), false)).or_default()[place] += count;
    }
    all
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn until_the_limits_every_value_is_counted_exactly(length in 50..400usize, users in 1..120usize, writers in 1..4usize, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let mut told = stream(length, users, 11, chance);
        told.extend([BEGIN, BEGIN + 659].map(|minute| (false, 1, minute, ["user-0".into(), "eu".into()]))); // both times saw something
        let (ledger, slo) = scattered(&told, writers, chance);
        let since = BEGIN + 300;
        let options = Options::default();
        let question = Question { at: None, since: Timestamp::from_nanos(since * MINUTE_NS).ok(), options };
        let analysis = ledger.slo_analysis(slo, &question).unwrap();
        prop_assert_eq!(known(&analysis, "user"), counted(&told, 0, since));
        prop_assert_eq!(known(&analysis, "region"), counted(&told, 1, since));
        prop_assert!(analysis.is_exact);
        let whole = ledger.slo_analysis(slo, &Question { since: None, ..question }).unwrap();
        let all = |good: bool| told.iter().filter(|told| told.0 == good).map(|told| told.1).sum::<u64>();
        prop_assert_eq!((whole.good, whole.bad), (all(true), all(false)));
        for pattern in &whole.patterns {
            let place = |name: &str| usize::from(name == "region");
            let matching = |told: &&Told| pattern.attributes.iter().all(|(name, value)| told.3[place(name)] == *value);
            let total: u64 = told.iter().filter(matching).map(|told| told.1).sum();
            let bad: u64 = told.iter().filter(matching).filter(|told| !told.0).map(|told| told.1).sum();
            prop_assert_eq!((pattern.bad, pattern.total, pattern.is_exact), (bad, total, true), "{:?}", pattern.attributes);
        }
    }
}

proptest! {
    #![proptest_config(cases(5))]

    #[test]
    fn past_the_limits_what_stays_does_not_depend_on_the_split(writers in 2..5usize, hours in 1..40u64, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        // More values than are kept, and more samples of each class; over many hours, old ones are forgotten.
        let told = stream(9_000, 4_000, hours, chance);
        let single = scattered(&told, 1, chance).0.snapshot();
        for _ in 0..2 {
            let split = scattered(&told, writers, chance).0.snapshot();
            prop_assert!(split.slos == single.slos);
            prop_assert_eq!(split.digest(), single.digest());
        }
    }
}

#[test]
fn past_the_limits_totals_are_those_of_all_events() {
    let chance = &mut Chance::new(7);
    let told = stream(12_000, 6_000, 1, chance);
    let (ledger, slo) = scattered(&told, 3, chance);
    let analysis = ledger.slo_analysis(slo, &Question::default()).unwrap();
    let all = |good: bool| told.iter().filter(|told| told.0 == good).map(|told| told.1).sum::<u64>();
    assert_eq!((analysis.good, analysis.bad), (all(true), all(false)));
    assert!(!analysis.is_exact);
    let distinct: std::collections::BTreeSet<_> = told.iter().filter(|told| told.0 && told.1 > 0).map(|told| &told.3).collect();
    assert!(distinct.len() > SAMPLES_MAX && distinct.len() > DIMENSION_VALUES_MAX, "{}", distinct.len());
}

#[test]
fn what_a_window_does_not_reach_is_forgotten_alike_however_it_comes() {
    let one = |minute: u64, user: &str| (false, 1, minute, [user.to_string(), String::new()]);
    let told = [one(BEGIN, "old"), one(BEGIN + 12 * 60, "kept"), one(BEGIN + 13 * 60, "new")];
    let mut digests = Vec::new();
    for order in [[0usize, 1, 2], [2, 1, 0], [2, 0, 1]] {
        let (mut ledger, slo) = ledger(1);
        order.iter().for_each(|place| tell(&mut ledger, slo, &told[*place]));
        let analysis = ledger.slo_analysis(slo, &Question::default()).unwrap();
        assert_eq!(analysis.bad, 2, "the thirteenth slice before the newest is gone");
        digests.push(ledger.snapshot().digest());
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}
