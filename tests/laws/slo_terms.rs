//! Terms that change, and deltas that are ahead of their time.

use codomyrmex_telemetry::slo::{Exemption, Resolution};
use codomyrmex_telemetry::{Absorbed, Error, Ledger, Objective, SloId, Status, Timestamp, Window, WriterId};
use codomyrmex_telemetry_tests::{Account, MINUTE_NS};

const BEGIN: u64 = 20_779 * 1_440;

fn at(minute: u64) -> Timestamp {
    Timestamp::from_nanos(minute * MINUTE_NS).unwrap()
}

fn first() -> Objective {
    Objective::new("a", "99%".parse().unwrap(), Window::Rolling { slots: 600 })
}

/// The same under other terms: a longer window, an hour of patches, another target.
fn second() -> Objective {
    let exemption = Exemption { reason: "patches".into(), start: at(BEGIN + 120), minutes: 60, recurrence: None, utc_offset_minutes: 0 };
    let resolution = Resolution { minutes: 60, five_minutes: 300, history: 2_000 };
    let window = Window::Rolling { slots: 900 };
    Objective { version: 2, exemptions: vec![exemption], resolution, ..Objective::new("a", "90%".parse().unwrap(), window) }
}

fn tell(ledger: &mut Ledger, slo: SloId, minutes: std::ops::Range<u64>) {
    for minute in minutes {
        assert!(ledger.record_event(slo, minute % 7 > 0, minute % 5, at(BEGIN + minute)).is_recorded());
    }
}

/// What the second version must say: it counts what was recorded under the first.
fn expected(before: std::ops::Range<u64>, after: std::ops::Range<u64>) -> Status {
    let mut account = Account::new(first());
    let record = |account: &mut Account, minute: u64| {
        account.record(BEGIN + minute, if !minute.is_multiple_of(7) { [minute % 5, 0] } else { [0, minute % 5] });
    };
    before.for_each(|minute| record(&mut account, minute));
    account.objective = second();
    after.for_each(|minute| record(&mut account, minute));
    account.status(None)
}

#[test]
fn a_redefinition_keeps_what_was_counted_and_numbers_stay_valid() {
    for drains in [false, true] {
        let mut ledger = Ledger::new(WriterId::new(1));
        let slo = ledger.create_slo(first()).unwrap();
        tell(&mut ledger, slo, 0..200);
        if drains {
            ledger.drain().unwrap();
        }
        let again = ledger.redefine_slo(Objective { version: 77, ..second() }).unwrap();
        assert_eq!(ledger.objective(slo).unwrap().version, 2);
        assert_eq!(ledger.redefine_slo(second()), Ok(again), "alike terms change nothing");
        tell(&mut ledger, slo, 200..300); // by the number of the first
        tell(&mut ledger, again, 300..700);
        let expected = expected(0..200, 200..700);
        assert_eq!(ledger.slo_status(slo, None).as_ref(), Ok(&expected));
        assert_eq!(ledger.slo_status(again, None).as_ref(), Ok(&expected));
        assert_eq!(ledger.slo_statuses(None), [expected]);
        assert!(ledger.create_slo(first()).is_ok(), "it is found again");
        assert!(matches!(ledger.create_slo(Objective { minimum: 3, ..first() }), Err(Error::Conflict(_))));
    }
}

#[test]
fn versions_may_arrive_in_either_order() {
    let mut old = Ledger::new(WriterId::new(1));
    let slo = old.create_slo(first()).unwrap();
    tell(&mut old, slo, 0..200);
    let mut new = Ledger::new(WriterId::new(2));
    let slo = new.create_slo(second()).unwrap();
    tell(&mut new, slo, 200..700);
    let deltas = [old.drain().unwrap(), new.drain().unwrap()];
    let collected = [[0usize, 1], [1, 0]].map(|order| {
        let mut collector = Ledger::new(WriterId::new(9));
        order.iter().for_each(|place| assert_eq!(collector.absorb(&deltas[*place]), Ok(Absorbed::Merged)));
        collector
    });
    assert_eq!(collected[0].snapshot().to_bytes(), collected[1].snapshot().to_bytes());
    for collector in collected {
        assert_eq!(collector.slo_statuses(None), [expected(0..200, 200..700)]);
    }
}

#[test]
fn another_indicator_begins_anew() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let slo = ledger.create_slo(first()).unwrap();
    tell(&mut ledger, slo, 0..200);
    let indicator =
        codomyrmex_telemetry::Indicator::Threshold(codomyrmex_telemetry::Comparison::Below, codomyrmex_telemetry::Double::new(1.0));
    ledger.redefine_slo(Objective { indicator, ..first() }).unwrap();
    assert!(ledger.record_value(slo, 0.5, at(BEGIN + 200)).is_recorded());
    let status = ledger.slo_status(slo, None).unwrap();
    assert_eq!((status.version, status.good, status.total), (2, 1, 1));
}

#[test]
fn a_delta_from_the_future_is_refused_whole_and_may_come_later() {
    for is_exempt in [false, true] {
        let mut sender = Ledger::new(WriterId::new(1));
        let slo = sender.create_slo(second()).unwrap();
        let minute = if is_exempt { BEGIN + 130 } else { BEGIN + 200 };
        sender.record_event(slo, true, 1, at(minute));
        let delta = sender.drain().unwrap();
        let mut collector = Ledger::new(WriterId::new(2));
        let before = collector.snapshot();
        assert!(matches!(collector.absorb_until(&delta, Some(at(minute - 1))), Err(Error::InvalidArgument(_))));
        assert_eq!((collector.snapshot(), collector.dropped().len()), (before, 0));
        assert_eq!(collector.absorb_until(&delta, Some(at(minute))), Ok(Absorbed::Merged));
        assert_eq!(collector.absorb_until(&delta, Some(at(minute))), Ok(Absorbed::Duplicate));
    }
}
