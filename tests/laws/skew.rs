//! Law 5 through a door: whatever is told with times ahead of the clock, objectives hear of no more than clocks
//! differ by, what they do not hear of is counted, and what is drained is taken by a collector at once.
//!
//! Deliberately absent: clocks that are set back; a door then believes what it saw before.

use std::cell::Cell;
use std::rc::Rc;

use codomyrmex_telemetry::door::{Door, Environment, SKEW_NS};
use codomyrmex_telemetry::slo::{MetricRatio, MetricSelector, SpanSelector};
use codomyrmex_telemetry::{
    Absorbed, Comparison, Descriptor, Double, Indicator, Instrument, Objective, Outcome, Parent, SpanContext, SpanData, SpanKind,
    Timestamp, TraceId, TracerId, Window,
};
use codomyrmex_telemetry_tests::{Account, MINUTE_NS, cases, span_id};
use proptest::prelude::*;

const SECOND_NS: u64 = 1_000_000_000;

/// A clock that stands where it is put.
#[derive(Clone, Debug, Default)]
struct Clock(Rc<Cell<u64>>);

impl Environment for Clock {
    fn now(&mut self) -> u64 {
        self.0.get()
    }

    fn elapsed(&mut self) -> u64 {
        self.0.get()
    }

    fn random(&mut self) -> u64 {
        7
    }
}

/// Something that happened: of which kind, so many seconds after what was told before, at a time that is so
/// many seconds ahead of the clock, or at the clock's.
#[derive(Clone, Copy, Debug)]
struct Told {
    kind: usize,
    after: u64,
    ahead: Option<i64>,
    good: bool,
}

fn told() -> impl Strategy<Value = Told> {
    let near = SKEW_NS.cast_signed() / 1_000_000_000;
    let ahead = prop_oneof![
        2 => Just(None),
        4 => (-900..900i64).prop_map(Some),
        2 => (near - 2..near + 3).prop_map(Some),
        1 => prop_oneof![Just(31_536_000i64), Just(6_000_000_000)].prop_map(Some),
    ];
    (0..KINDS, 0..200u64, ahead, any::<bool>()).prop_map(|(kind, after, ahead, good)| Told { kind, after, ahead, good })
}

/// Events, counters, values and spans: what [`Teller::tell`] knows to tell.
const KINDS: usize = 8;

/// A door to which all is told, and by its side what must come of it.
struct Teller {
    clock: Clock,
    door: Door<Clock>,
    series: [u32; 4], // failed, calls, took, level
    name: u32,
    accounts: [Account; 4], // of events, counters, values, spans
    drops: u64,
    latest: u64,
    open: Vec<u64>,
    spans: u64,
}

fn objectives() -> [Objective; 4] {
    let selector = |name: &str, threshold| MetricSelector { name: name.into(), labels: vec![], threshold };
    let counters = MetricRatio { part_is_good: false, part: selector("failed", None), total: selector("calls", None) };
    let slow = Some((Comparison::Below, Double::new(1.0)));
    let values = MetricRatio { part_is_good: true, part: selector("took", slow), total: selector("took", None) };
    let spans = SpanSelector { name: "work".into(), attributes: vec![], max_duration: None };
    let objective =
        |id: &str, indicator| Objective { indicator, ..Objective::new(id, "90%".parse().unwrap(), Window::Rolling { slots: 60 }) };
    [
        objective("events", Indicator::Events),
        objective("counters", Indicator::Metrics(counters)),
        objective("values", Indicator::Metrics(values)),
        objective("spans", Indicator::Spans(spans)),
    ]
}

impl Teller {
    fn new() -> Self {
        let clock = Clock::default();
        clock.0.set(1_767_225_600 * SECOND_NS);
        let mut door = Door::new(clock.clone());
        let instruments = [Instrument::Counter, Instrument::Counter, Instrument::histogram(&[1.0]), Instrument::Gauge];
        let series = [0, 1, 2, 3].map(|place| {
            let name = ["failed", "calls", "took", "level"][place].into();
            let (help, unit, instrument) = (String::new(), String::new(), instruments[place].clone());
            let family = door.ledger.declare(Descriptor { name, help, unit, labels: vec![], instrument, window: None }).unwrap();
            door.ledger.resolve(family, &[]).unwrap().0
        });
        for objective in objectives() {
            door.ledger.create_slo(objective).unwrap();
        }
        let name = door.ledger.declare_span(TracerId::default(), "work", SpanKind::Internal).unwrap().0;
        Self { clock, door, series, name, accounts: objectives().map(Account::new), drops: 0, latest: 0, open: vec![], spans: 0 }
    }

    /// What an objective must make of something at a time, of one record.
    fn expect(&mut self, slo: usize, at: u64, counts: [u64; 2]) {
        if at > self.clock.0.get() + SKEW_NS {
            self.drops += 1;
        } else {
            self.accounts[slo].record(at / MINUTE_NS, counts);
        }
    }

    fn tell(&mut self, told: Told) {
        let now = self.clock.0.get() + told.after * SECOND_NS;
        self.clock.0.set(now);
        let given = told.ahead.map(|ahead| now.saturating_add_signed(ahead * SECOND_NS.cast_signed()));
        let (at, good, [failed, calls, took, level]) = (given.unwrap_or(now), told.good, self.series);
        let counts = if good { [1, 0] } else { [0, 1] };
        let is_event = told.kind == 0;
        match told.kind {
            0 => {
                let outcome = self.door.record_event(1, good, 1, given);
                assert_eq!(outcome == Outcome::Recorded, at <= now + SKEW_NS);
                self.expect(0, at, counts);
            }
            1 => {
                assert!(self.door.add(calls, 1.0, given).is_recorded());
                self.expect(1, at, [0, 1]);
                if !good {
                    assert!(self.door.add(failed, 1.0, given).is_recorded());
                    self.expect(1, at, [1, 0]);
                }
            }
            2 => {
                assert!(self.door.observe_times(took, if good { 0.5 } else { 2.0 }, 3, given).is_recorded());
                self.expect(2, at, [if good { 3 } else { 0 }, 3]);
            }
            3 => {
                assert!(self.door.record_in(took, if good { 0.5 } else { 2.0 }, given, 0).is_recorded());
                self.expect(2, at, [u64::from(good), 1]);
            }
            4 | 5 => {
                let began = if good { at.min(now) } else { at };
                let id = self.next_span();
                let span = self.door.start_span(self.name, Parent::Trace(TraceId::new(5).unwrap()), Some(span_id(id)), Some(began));
                self.took_note(began);
                if told.kind == 4 {
                    assert!(self.door.end_span(span, Some(at.min(now))).is_recorded());
                    self.expect(3, began.max(at.min(now)), [1, 0]);
                    self.took_note(at.min(now));
                } else {
                    self.open.push(began);
                }
                return;
            }
            6 => {
                let span_id = span_id(self.next_span());
                let context = SpanContext { trace_id: TraceId::new(6).unwrap(), span_id, trace_flags: 1, trace_state: String::new() };
                let began = Timestamp::from_nanos(at.min(now)).unwrap();
                let mut span = SpanData::begin(context, None, "work".into(), SpanKind::Internal, began);
                span.ended = Timestamp::from_nanos(at).unwrap();
                self.door.complete_span(span).unwrap();
                self.expect(3, at, [1, 0]);
            }
            _ => assert!(self.door.set(level, 1.0, given).is_recorded()),
        }
        if !is_event || at <= now + SKEW_NS {
            self.took_note(at);
        }
    }

    fn next_span(&mut self) -> u64 {
        self.spans += 1;
        self.spans
    }

    fn took_note(&mut self, at: u64) {
        if at <= self.clock.0.get() + SKEW_NS {
            self.latest = self.latest.max(at);
        }
    }

    fn abandon(&mut self) {
        assert_eq!(self.door.abandon("gone") as usize, self.open.len());
        for began in std::mem::take(&mut self.open) {
            self.expect(3, self.latest.max(began), [0, 1]);
        }
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn objectives_hear_of_nothing_further_ahead_than_clocks_differ(all in proptest::collection::vec(told(), 0..60)) {
        let mut teller = Teller::new();
        all.into_iter().for_each(|told| teller.tell(told));
        teller.abandon();
        let mut collector = Door::new(teller.clock.clone());
        let dropped = teller.door.ledger.dropped();
        prop_assert_eq!(dropped, if teller.drops == 0 { vec![] } else { vec![("future-time", teller.drops)] });
        let bytes = teller.door.ledger.drain().unwrap();
        prop_assert_eq!(collector.absorb(&bytes), Ok(Absorbed::Merged));
        for (number, account) in (1..).zip(&teller.accounts) {
            prop_assert_eq!(teller.door.slo_status(number, None).unwrap(), account.status(None));
        }
        let mut expected: Vec<_> = teller.accounts.iter().map(|account| account.status(None)).collect();
        expected.sort_by(|one, other| one.id.cmp(&other.id));
        prop_assert_eq!(collector.slo_statuses(None).unwrap(), expected);
    }
}

#[test]
fn who_goes_past_the_door_is_not_held_to_its_clock() {
    let mut teller = Teller::new();
    let ahead = Timestamp::from_nanos(1_800_000_000 * SECOND_NS).unwrap();
    teller.door.add(teller.series[1], 1.0, Some(ahead.nanos()));
    teller.door.ledger.add(codomyrmex_telemetry::SeriesId(teller.series[1]), 1.0, Some(ahead));
    assert_eq!(teller.door.slo_status(2, None).unwrap().total, 1);
    teller.door.limit_skew(None);
    teller.door.add(teller.series[1], 1.0, Some(ahead.nanos()));
    assert_eq!(teller.door.slo_status(2, None).unwrap().total, 2);
    assert_eq!(teller.door.ledger.dropped(), [("future-time", 1)]);
}
