//! Law 5 for guests: whatever one asks of its ledger, the bytes that come of it are read everywhere.
//!
//! A delta that its collector refuses is lost with all that is in it. So what a ledger takes in and
//! what a reader accepts must be the same, for names at their limits, values at the edge of doubles
//! and spans that are full.

use codomyrmex_telemetry::limits::{
    BOUNDS_MAX, LABEL_VALUE_BYTES_MAX, NAME_BYTES_MAX, QUANTILES_MAX, SPAN_BYTES_MAX, SPAN_ITEMS_MAX, STATES_MAX, TEXT_BYTES_MAX,
    TRACE_STATE_BYTES_MAX,
};
use codomyrmex_telemetry::metrics::{Point, Quantile, Schema, Series, SeriesKey, Total};
use codomyrmex_telemetry::slo::{CalendarUnit, Missing};
use codomyrmex_telemetry::{
    Absorbed, Attributes, Budgeting, Comparison, Delta, Descriptor, Double, ExactSum, ExponentialOptions, Indicator, Instrument, Ledger,
    Objective, Parent, Ratio, SeriesId, Snapshot, SpanContext, SpanData, SpanEvent, SpanHandle, SpanKind, SpanLink, SpanStatus, SumParts,
    SummaryOptions, Timestamp, TraceId, TracerId, Value, Window, WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, cbor, number, objectives, span_id};
use proptest::prelude::*;

/// Drains the ledger; another must read what it wrote, and hold the same.
fn assert_reads_back(mut ledger: Ledger) {
    let before = ledger.snapshot();
    assert_eq!(Snapshot::from_bytes(&before.to_bytes()).as_ref(), Ok(&before));
    assert_eq!(cbor::check(&before.to_bytes()), Ok(()));
    let Some(delta) = ledger.drain() else { return };
    let mut collector = Ledger::new(WriterId::new(99));
    assert_eq!(collector.absorb(&delta), Ok(Absorbed::Merged));
    assert_eq!(collector.snapshot(), before);
}

fn descriptor(name: &str, instrument: Instrument) -> Descriptor {
    Descriptor { name: name.into(), help: String::new(), unit: String::new(), labels: vec![], instrument, window: None }
}

fn context() -> SpanContext {
    SpanContext { trace_id: TraceId::new(1).unwrap(), span_id: span_id(1), trace_flags: 1, trace_state: String::new() }
}

fn started(ledger: &mut Ledger) -> SpanHandle {
    let name = ledger.declare_span(TracerId::default(), "s", SpanKind::Internal).unwrap();
    ledger.start_span(name, Parent::Trace(context().trace_id), Some(span_id(1)), Timestamp::default(), || unreachable!("the id is given"))
}

/// A guest that is out to break its ledger: every argument is at an edge or past it.
struct EvilGuest<'c>(&'c mut Chance);

impl EvilGuest<'_> {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.0.below(of.len())].clone()
    }

    fn text(&mut self, longest: usize) -> String {
        let length = self.one(&[0, 1, 2, longest - 1, longest, longest + 1]);
        let letter = self.one(&["a", "_", "\n", "\u{0}", "ü", "7"]);
        letter.chars().cycle().take(length / letter.len()).collect()
    }

    fn name(&mut self) -> String {
        let base = self.text(NAME_BYTES_MAX);
        let ending = self.one(&["", "", "_total", "_total_total", "_bucket", "_created", "__total"]);
        format!("{base}{ending}")
    }

    fn double(&mut self) -> f64 {
        let bits = self.0.bits();
        self.one(&[
            0.0,
            -0.0,
            1.0,
            f64::MAX,
            -f64::MAX,
            f64::NAN,
            f64::INFINITY,
            5e-324,
            8.98846567431158e307,
            1e295,
            1e300,
            f64::from_bits(bits),
        ])
    }

    fn attributes(&mut self) -> Attributes {
        let many = self.one(&[0, 0, 1, SPAN_ITEMS_MAX, SPAN_ITEMS_MAX + 1]);
        let mut attributes: Attributes = (0..many).map(|place| (format!("k{place}").into(), Value::Boolean(true))).collect();
        let value = match self.0.below(4) {
            0 => self.text(SPAN_BYTES_MAX).into(),
            1 => Value::Floats(vec![Double::new(self.double()); self.0.below(3)]),
            2 => Value::Integers(vec![i64::MIN; self.one(&[0, 1, SPAN_BYTES_MAX / 8 - 16])]),
            _ => Value::Texts(vec![String::new(); self.0.below(3)]),
        };
        if self.0.one_in(2) {
            attributes.insert(self.name().into(), value);
        }
        attributes
    }

    fn instrument(&mut self) -> Instrument {
        let bounds: Vec<f64> = match self.0.below(4) {
            0 => (0..self.one(&[0, BOUNDS_MAX, BOUNDS_MAX + 1])).map(|bound| bound as f64).collect(),
            1 => vec![-0.0, 0.0],
            2 => vec![self.double()],
            _ => vec![-1.0, -0.0, 5e-324, f64::MAX],
        };
        let quantiles = match self.0.below(3) {
            0 => vec![0.0, 5e-324, 1.0f64.next_down(), 1.0],
            1 => vec![self.double(), self.one(&[-0.0, 1.0, 1.0f64.next_up()])],
            _ => (0..self.one(&[0, QUANTILES_MAX, QUANTILES_MAX + 1])).map(|place| place as f64 / 64.0).collect(),
        };
        let quantiles = quantiles.into_iter().map(Double::new).collect();
        let options = ExponentialOptions {
            max_size: self.one(&[0, 1, 2, 3, 160, 1_024, 1_025, u32::MAX]),
            max_scale: self.one(&[i32::MIN, -11, -10, 0, 7, 20, 21, i32::MAX]),
            zero_threshold: Double::new(self.double()),
        };
        let states: Vec<String> = (0..self.one(&[0, 1, 2, STATES_MAX, STATES_MAX + 1])).map(|state| format!("s{state}")).collect();
        let digits = self.one(&[0, 1, 2, 3, 5, 6, 255]);
        let last = self.text(NAME_BYTES_MAX);
        self.one(&[
            Instrument::Counter,
            Instrument::UpDownCounter,
            Instrument::Gauge,
            Instrument::Info,
            Instrument::histogram(&bounds),
            Instrument::ExponentialHistogram(options),
            Instrument::ExponentialHistogram(ExponentialOptions { zero_threshold: Double::new(0.0), ..options }),
            Instrument::Summary(SummaryOptions { quantiles, digits }),
            Instrument::StateSet(states.into_iter().chain([last]).collect()),
        ])
    }

    fn record_metrics(&mut self, ledger: &mut Ledger) {
        let instrument = self.instrument();
        let window = self.one(&[None, None, Some(0), Some(11), Some(12), Some(13), Some(i64::MAX as u64), Some(u64::MAX)]);
        let name = self.one(&["a", "b", "größe", "with space"]);
        let name = if self.0.one_in(2) { self.name() } else { name.into() };
        let labels: Vec<String> = if self.0.one_in(2) { vec![] } else { (0..self.0.below(3)).map(|_| self.name()).collect() };
        let longest = self.one(&[3, TEXT_BYTES_MAX]);
        let help = self.text(longest);
        let unit = if self.0.one_in(2) { String::new() } else { self.text(NAME_BYTES_MAX) };
        let (mut many, states) = (labels.len(), instrument.clone());
        let Ok(family) = ledger.declare(Descriptor { name: name.clone(), help, unit, labels: labels.clone(), instrument, window }) else {
            return;
        };
        let mut values: Vec<String> = (0..many).map(|_| self.text(LABEL_VALUE_BYTES_MAX)).collect();
        if let Instrument::StateSet(states) = states {
            many -= usize::from(labels.last() == Some(&name));
            values.truncate(many);
            values.push(self.one(&states));
        }
        let Ok(series) = ledger.resolve(family, &values) else { return };
        self.record_values(ledger, series);
    }

    fn record_values(&mut self, ledger: &mut Ledger, series: SeriesId) {
        let context = SpanContext { trace_flags: self.one(&[0, 1, 255]), ..context() };
        let span = ledger.remote_span(SpanContext { span_id: span_id(self.0.bits().max(1)), ..context }).unwrap_or_default();
        for _ in 0..self.one(&[1, 4, 100]) {
            let at = self.one(&[Timestamp::default(), Timestamp::from_nanos(1 << 40).unwrap(), Timestamp::MAX]);
            let maybe = self.0.one_in(2).then_some(at);
            ledger.add(series, self.double(), maybe);
            ledger.observe_times(series, self.double(), self.one(&[0, 1, 1, 64, u32::MAX]), maybe);
            ledger.set(series, self.one(&[0.0, -0.0, 1.0, 2.0]), at);
            ledger.set(series, self.double(), at);
            ledger.record_in(series, self.double(), at, self.one(&[span, span, SpanHandle(0)]));
            let share = self.double();
            let asked = ledger.ask(series, |asked| {
                let quantile = |quantile: Option<Quantile>| quantile.is_none_or(|quantile| quantile.low <= quantile.high);
                assert!(asked.quantile(share).map_or(true, quantile) && asked.recent_quantile(share, Some(at)).map_or(true, quantile));
                asked.rate(maybe).map(|_| asked.value())
            });
            drop(asked); // most have no window; what matters is that nothing panics
        }
        ledger.end_span(span, Timestamp::default());
    }

    fn record_slo(&mut self, ledger: &mut Ledger) {
        let ratio = |guest: &mut Self| Ratio::new(guest.one(&[0, 1, 2, u64::MAX]), guest.one(&[1, 2, u64::MAX])).unwrap();
        let objective = Objective {
            id: self.name(),
            name: self.text(TEXT_BYTES_MAX),
            description: self.text(TEXT_BYTES_MAX),
            indicator: Indicator::Threshold(Comparison::Below, Double::new(self.double())),
            target: ratio(self),
            window: self.one(&[
                Window::Rolling { slots: 0 },
                Window::Rolling { slots: 1 },
                Window::Rolling { slots: 527_040 },
                Window::Rolling { slots: u64::MAX },
                Window::Calendar { unit: CalendarUnit::Quarter, utc_offset_minutes: -1_080 },
                Window::Calendar { unit: CalendarUnit::Week, utc_offset_minutes: i32::MIN + 1 },
            ]),
            budgeting: if self.0.one_in(2) {
                Budgeting::Occurrences
            } else {
                Budgeting::Timeslices {
                    slots: self.one(&[0, 1, 7, 1_440]),
                    target: ratio(self),
                    missing: self.one(&[Missing::Ignored, Missing::Good, Missing::Bad]),
                }
            },
            ..objectives().swap_remove(0)
        };
        let Ok(slo) = ledger.create_slo(objective) else { return };
        for _ in 0..4 {
            let at = self.one(&[Timestamp::default(), Timestamp::MAX, Timestamp::from_nanos(1 << 62).unwrap()]);
            ledger.record_event(slo, self.0.one_in(2), self.one(&[0, 1, u64::MAX]), at);
            ledger.record_value(slo, self.double(), at);
            let status = ledger.slo_status(slo, Some(at)).unwrap();
            assert!(status.good <= status.total);
        }
    }

    fn record_span(&mut self, ledger: &mut Ledger) {
        let from_outside = SpanContext { trace_state: self.text(TRACE_STATE_BYTES_MAX), ..context() };
        let whole = SpanData {
            ended: self.one(&[Timestamp::default(), Timestamp::MAX]),
            attributes: self.attributes(),
            links: vec![SpanLink { context: from_outside.clone(), attributes: self.attributes() }; self.0.below(2)],
            status: SpanStatus::Error(self.text(SPAN_BYTES_MAX)),
            ..SpanData::begin(
                from_outside.clone(),
                None,
                self.name().into(),
                SpanKind::Client,
                self.one(&[Timestamp::default(), Timestamp::MAX]),
            )
        };
        ledger.complete_span(whole).ok();
        let above = ledger.remote_span(from_outside.clone()).unwrap_or_default();
        let name = self.name();
        let Ok(name) = ledger.declare_span(TracerId::default(), &name, SpanKind::Server) else { return };
        let id = span_id(self.0.bits().max(1));
        let span = ledger.start_span(name, Parent::Span(above), Some(id), Timestamp::MAX, || 1);
        for _ in 0..self.one(&[3, 3, SPAN_ITEMS_MAX + 2]) {
            match self.0.below(5) {
                0 => ledger.set_attribute(span, self.name().into(), self.text(SPAN_BYTES_MAX - 600).into()),
                1 => {
                    ledger.add_event(span, SpanEvent { name: self.name().into(), at: Timestamp::default(), attributes: self.attributes() })
                }
                2 => ledger.add_link(span, SpanLink { context: from_outside.clone(), attributes: self.attributes() }),
                3 => ledger.set_status(span, SpanStatus::Error(self.text(SPAN_BYTES_MAX))),
                _ => ledger.update_name(span, self.name().into()),
            };
        }
        if self.0.one_in(2) {
            ledger.end_span(span, Timestamp::default());
        } else {
            ledger.abandon(&self.text(SPAN_BYTES_MAX));
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn nothing_that_an_evil_guest_does_makes_its_delta_unreadable(seed in any::<u64>()) {
        let (mut ledger, chance) = (Ledger::new(WriterId::new(1)), &mut Chance::new(seed));
        for _ in 0..6 {
            let guest = &mut EvilGuest(chance);
            match guest.0.below(3) {
                0 => guest.record_metrics(&mut ledger),
                1 => guest.record_slo(&mut ledger),
                _ => guest.record_span(&mut ledger),
            }
        }
        ledger.abandon("gone");
        assert_reads_back(ledger);
    }

    #[test]
    fn every_sum_reads_back(first in number(), second in number()) {
        let mut ledger = Ledger::new(WriterId::new(1));
        let family = ledger.declare(descriptor("sum", Instrument::UpDownCounter)).unwrap();
        let series = ledger.resolve(family, &[]).unwrap();
        ledger.add(series, first, None);
        ledger.add(series, second, None);
        assert_reads_back(ledger);
    }
}

#[test]
fn a_power_of_two_near_the_largest_double_reads_back() {
    for exponent in [980, 981, 1_022, 1_023u64] {
        let mut ledger = Ledger::new(WriterId::new(1));
        let family = ledger.declare(descriptor("power", Instrument::Counter)).unwrap();
        let series = ledger.resolve(family, &[]).unwrap();
        assert!(ledger.add(series, f64::from_bits((1_023 + exponent) << 52), None).is_recorded());
        assert_reads_back(ledger);
    }
}

#[test]
fn a_counter_whose_name_ends_in_total_twice_reads_back() {
    let mut ledger = Ledger::new(WriterId::new(1));
    if let Ok(family) = ledger.declare(descriptor("calls_total_total", Instrument::Counter)) {
        ledger.resolve(family, &[]).unwrap();
    }
    assert_reads_back(ledger);
}

#[test]
fn a_full_span_that_gets_a_longer_name_reads_back() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let span = started(&mut ledger);
    // As much as there is room for: what it takes to hold a text counts too, and is the ledger's choice.
    let fits = |length: &usize| ledger.set_attribute(span, "k".into(), "x".repeat(*length).into()).is_recorded();
    assert!((0..SPAN_BYTES_MAX).rev().find(fits).is_some_and(|length| length > SPAN_BYTES_MAX - 100));
    ledger.update_name(span, "n".repeat(NAME_BYTES_MAX).into());
    ledger.end_span(span, Timestamp::default());
    assert_reads_back(ledger);
}

#[test]
fn events_and_links_with_keys_that_no_attribute_may_have_read_back() {
    for key in [String::new(), "k".repeat(NAME_BYTES_MAX + 1)] {
        let attributes: Attributes = [(key.into(), Value::from(true))].into();
        let mut ledger = Ledger::new(WriterId::new(1));
        let span = started(&mut ledger);
        ledger.add_event(span, SpanEvent { name: "e".into(), at: Timestamp::default(), attributes: attributes.clone() });
        ledger.add_link(span, SpanLink { context: context(), attributes });
        ledger.end_span(span, Timestamp::default());
        assert_reads_back(ledger);
    }
}

#[test]
fn sums_at_the_edge_of_what_is_read_can_be_added_and_read_again() {
    // No doubles add up to these, but deltas may say that they do.
    for magnitude in [vec![1], vec![0xff], vec![0xff; 16], vec![0xff; 200]] {
        let mut edge = SumParts { negative: false, exponent: -1_074, magnitude };
        while ExactSum::from_parts(&SumParts { exponent: edge.exponent + 1, ..edge.clone() }).is_some() {
            edge.exponent += 1;
        }
        let schema = Schema { name: "edge".into(), instrument: Instrument::Counter, unit: String::new(), labels: vec![], window: None };
        let mut collector = Ledger::new(WriterId::new(99));
        for writer in 1..=300 {
            let point = Point::Counter(Total { sum: ExactSum::from_parts(&edge).unwrap(), ..Total::default() });
            let mut content = Snapshot::default();
            content.metrics.0.entry(schema.clone()).or_default().add(&schema, SeriesKey::new(vec![]), Series { point, recent: None });
            let delta = Delta { writer: WriterId::new(writer), life: 0, sequence: 1, content };
            assert_eq!(collector.absorb(&delta.to_bytes()), Ok(Absorbed::Merged));
        }
        assert_reads_back(collector);
    }
}
