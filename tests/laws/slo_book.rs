//! The numbers of the SRE workbook, of calendars and of counts at their ends, by name.
//!
//! Source: Google SRE workbook, chapter 5 (table 5-8 and the times of detection). A ledger knows minutes, so
//! an alert that the book has fire after 51.84 seconds fires in the minute that holds that second.

use codomyrmex_telemetry::slo::{CalendarUnit, Resolution, SLOT_NS, Spell, State};
use codomyrmex_telemetry::{Budgeting, Ledger, Objective, SloId, Status, Timestamp, Window, WriterId};

/// 2026-11-22T00:00:00Z.
const TODAY: u64 = 20_779 * 1_440;

fn at(minute: u64) -> Timestamp {
    Timestamp::from_nanos(minute * SLOT_NS).unwrap()
}

/// A ledger with this objective, and its number.
fn ledger(objective: Objective) -> (Ledger, SloId) {
    let mut ledger = Ledger::new(WriterId::new(1));
    let slo = ledger.create_slo(objective).unwrap();
    (ledger, slo)
}

fn plain(target: &str, window: Window) -> Objective {
    Objective::new("a", target.parse().unwrap(), window)
}

/// The spells of the four alerts of the book, where of so many requests a minute so many fail from one minute
/// to another, in a month without other failures. All is kept by the minute: in coarser slots an end is told
/// as finely as these are.
fn spells(all: u64, bad: u64, fails: std::ops::Range<u64>, until: u64) -> Vec<(String, Vec<Spell>)> {
    let (mut ledger, slo) = ledger(Objective { resolution: Resolution::minutes(), ..plain("99.9%", Window::days(30).unwrap()) });
    for minute in TODAY - 4 * 1_440..TODAY + until {
        let failed = if fails.contains(&minute.wrapping_sub(TODAY)) { bad } else { 0 };
        ledger.record_event(slo, true, all - failed, at(minute));
        ledger.record_event(slo, false, failed, at(minute));
    }
    ledger.slo_alerts(slo, None).unwrap().into_iter().map(|history| (history.name, history.spells)).collect()
}

/// In which minute after today's first it opened, and in which it closed.
fn minutes(spells: &[Spell]) -> Vec<(u64, Option<u64>)> {
    let minute = |time: u64| time / SLOT_NS - TODAY;
    spells.iter().map(|spell| (minute(spell.opened), spell.closed.map(minute))).collect()
}

#[test]
fn a_total_outage_is_found_in_the_minute_that_the_book_says() {
    // 51.84, 129.6, 259.2 and 259.2 seconds: in the first, the third, the fifth and the fifth minute.
    let told = spells(1_000, 1_000, 0..20, 20);
    let opened: Vec<_> = told.iter().map(|(name, spells)| (name.as_str(), minutes(spells))).collect();
    let open = |minute| vec![(minute, None)];
    assert_eq!(opened, [("page-fast", open(0)), ("page-slow", open(2)), ("ticket-fast", open(4)), ("ticket-slow", open(4))]);
}

#[test]
fn an_alert_ends_when_its_short_lookback_has_gone_by() {
    // Ten minutes of outage. The short lookbacks of 5, 30, 120 and 360 minutes burn on until what failed in
    // them is no more than the factor times 0.1 %: until the last bad minute has left.
    let told = spells(1_000, 1_000, 0..10, 3 * 1_440);
    let closed: Vec<_> = told.iter().map(|(_, spells)| minutes(spells)).collect();
    assert_eq!(closed[0], [(0, Some(14))]);
    assert_eq!(closed[1], [(2, Some(39))]);
    assert_eq!(closed[2], [(4, Some(129))]);
    assert_eq!(closed[3], [(4, Some(369))]);
}

#[test]
fn a_tenth_of_a_percent_more_than_allowed_is_a_ticket_and_no_page() {
    // 0.2 % of failures burn twice as fast: not 14.4, not 6, not 3 times, but more than once.
    let told = spells(1_000, 2, 0..3 * 1_440, 3 * 1_440);
    assert_eq!(told.iter().map(|(_, spells)| spells.len()).collect::<Vec<_>>(), [0, 0, 0, 1]);
    assert_eq!(told[3].1[0].peak, Some(2.0));
    // Half of three days at twice the pace are more than the pace from the first minute past the half on.
    assert_eq!(minutes(&told[3].1), [(3 * 1_440 / 2, None)]);
}

#[test]
fn low_traffic_burns_a_hundred_times_as_fast_with_one_failure_of_ten() {
    let (mut ledger, slo) = ledger(plain("99.9%", Window::days(30).unwrap()));
    for hour in 0..30 * 24 {
        ledger.record_event(slo, true, 10, at(TODAY + hour * 60));
    }
    let now = at(TODAY + 30 * 1_440 - 1);
    ledger.record_event(slo, false, 1, now);
    let status = ledger.slo_status(slo, None).unwrap();
    // The last hour saw the failure; the ten that succeeded began with it, 59 minutes before.
    let hour = status.burn_rates.iter().find(|rate| rate.lookback == 60 * SLOT_NS).unwrap();
    assert_eq!(hour.rate, Some(1_000.0 / 11.0));
    assert_eq!(status.budget_remaining, Some(1.0 - 1_000.0 / 7_201.0));
    let mut alone = Ledger::new(WriterId::new(1));
    let slo = alone.create_slo(plain("99.9%", Window::days(30).unwrap())).unwrap();
    alone.record_event(slo, true, 9, now);
    alone.record_event(slo, false, 1, now);
    assert!(alone.slo_status(slo, None).unwrap().burn_rates.iter().all(|rate| rate.rate == Some(100.0)));
}

#[test]
fn minutes_of_budget_are_those_of_every_table() {
    let day = |minutes| Budgeting::Timeslices { slots: 1, target: "100%".parse().unwrap(), missing: minutes };
    let rows = [("99%", 432.0), ("99.5%", 216.0), ("99.9%", 43.2), ("99.95%", 21.6), ("99.99%", 4.32), ("99.999%", 0.432)];
    let of_28 = [("99%", 403.2), ("99.5%", 201.6), ("99.9%", 40.32), ("99.95%", 20.16), ("99.99%", 4.032), ("99.999%", 0.4032)];
    for (days, rows) in [(30, rows), (28, of_28)] {
        for (target, minutes) in rows {
            let budgeting = day(codomyrmex_telemetry::slo::Missing::Good);
            let (mut ledger, slo) = ledger(Objective { budgeting, ..plain(target, Window::days(days).unwrap()) });
            ledger.record_event(slo, true, 1, at(TODAY));
            let status = ledger.slo_status(slo, None).unwrap();
            assert_eq!((status.total, status.budget_remaining_events), (days * 1_440, minutes), "{target} of {days} days");
        }
    }
}

/// How an objective with this calendar stands after one good event in each of these minutes, asked about in
/// the last.
fn counted(unit: CalendarUnit, utc_offset_minutes: i32, told: &[u64]) -> Status {
    let window = Window::Calendar { unit, utc_offset_minutes };
    let (mut ledger, slo) = ledger(Objective { resolution: Resolution::minutes(), ..plain("90%", window) });
    told.iter().for_each(|minute| assert!(ledger.record_event(slo, true, 1, at(*minute)).is_recorded()));
    ledger.slo_status(slo, None).unwrap()
}

#[test]
fn months_end_with_their_last_day_in_leap_years_too() {
    // Days since 1970 of 2024-02-29, 2023-02-28, 2000-02-29 and 2100-02-28, which is no leap year.
    for (last, length) in [(19_782u64, 29u64), (19_416, 28), (11_016, 29), (47_540, 28)] {
        let end = (last + 1) * 1_440;
        let first = end - length * 1_440;
        let february = counted(CalendarUnit::Month, 0, &[first - 1, first, end - 1]);
        assert_eq!((february.window_start / SLOT_NS, february.total), (first, 2), "day {last}");
        let march = counted(CalendarUnit::Month, 0, &[end - 1, end]);
        assert_eq!((march.window_start / SLOT_NS, march.total), (end, 1), "day {last}");
        let quarter = counted(CalendarUnit::Quarter, 0, &[first - 31 * 1_440 - 1, first - 31 * 1_440, end]);
        assert_eq!((quarter.window_start / SLOT_NS, quarter.total), (first - 31 * 1_440, 2), "day {last}");
    }
}

#[test]
fn a_calendar_turns_at_its_own_midnight() {
    for (offset, shift) in [(330, -330i64), (-570, 570), (1_080, -1_080), (-1_080, 1_080), (47, -47)] {
        let midnight = TODAY.checked_add_signed(shift).unwrap();
        let after = counted(CalendarUnit::Day, offset, &[midnight - 1, midnight, midnight + 1]);
        assert_eq!((after.window_start / SLOT_NS, after.total), (midnight, 2), "{offset}");
        let before = counted(CalendarUnit::Day, offset, &[midnight - 1_440, midnight - 1]);
        assert_eq!((before.window_start / SLOT_NS, before.total), (midnight - 1_440, 2), "{offset}");
        // 2026-11-22 is a Sunday: the week began six days before.
        let week = counted(CalendarUnit::Week, offset, &[midnight - 6 * 1_440 - 1, midnight - 6 * 1_440, midnight]);
        assert_eq!((week.window_start / SLOT_NS, week.total), (midnight - 6 * 1_440, 2), "{offset}");
    }
}

#[test]
fn a_billion_events_are_counted_to_the_last() {
    let (mut ledger, slo) = ledger(plain("99.9%", Window::days(30).unwrap()));
    for minute in 0..1_000 {
        ledger.record_event(slo, true, 999_000, at(TODAY + minute));
        ledger.record_event(slo, false, 1_000, at(TODAY + minute));
    }
    let status = ledger.slo_status(slo, None).unwrap();
    assert_eq!((status.good, status.total, status.budget_remaining), (999_000_000, 1_000_000_000, Some(0.0)));
    assert_ne!(status.state, State::Violated);
    ledger.record_event(slo, false, 1, at(TODAY));
    let status = ledger.slo_status(slo, None).unwrap();
    assert_eq!((status.state, status.total), (State::Violated, 1_000_000_001));
}

#[test]
fn counts_stay_at_their_end_and_nothing_panics() {
    for budgeting in [
        Budgeting::Occurrences,
        Budgeting::timeslices(5 * SLOT_NS, "99%".parse().unwrap()).unwrap(),
        Budgeting::ratio_timeslices(60 * SLOT_NS).unwrap(),
    ] {
        let (mut ledger, slo) = ledger(Objective { budgeting, ..plain("1/18446744073709551615", Window::days(366).unwrap()) });
        for minute in [0, 0, 1, 70, 400_000, Timestamp::MAX.nanos() / SLOT_NS - 5] {
            for good in [true, false] {
                assert!(ledger.record_event(slo, good, u64::MAX, at(minute)).is_recorded());
            }
            let status = ledger.slo_status(slo, None).unwrap();
            assert!(status.good <= status.total && status.total > 0, "{status:?}");
            if budgeting == Budgeting::Occurrences {
                assert_eq!((status.good, status.total, status.current), (u64::MAX, u64::MAX, Some(1.0)));
            }
            let violations = ledger.slo_violations(slo, None).unwrap();
            assert!(violations.len() <= 1, "{violations:?}");
            let alerts = ledger.slo_alerts(slo, Some(Timestamp::MAX)).unwrap();
            let spells = alerts.iter().flat_map(|alert| &alert.spells);
            assert!(spells.clone().count() <= 6 && spells.clone().all(|spell| spell.closed.is_none_or(|closed| closed > spell.opened)));
            assert!(ledger.slo_policy(slo, Some(Timestamp::MAX)).unwrap().changes.len() <= 9);
        }
    }
}
