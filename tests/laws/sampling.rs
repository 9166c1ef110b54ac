//! Which spans are sampled is a function of what OpenTelemetry says it is, and everything is accounted either way.

use codomyrmex_telemetry::slo::SpanSelector;
use codomyrmex_telemetry::tracer::{RateLimit, Sampler, SamplingRule, SpanLimits, TraceState};
use codomyrmex_telemetry::{
    Error, Indicator, Ledger, Objective, Outcome, Parent, Ratio, SpanContext, SpanData, SpanEvent, SpanHandle, SpanKind, SpanLink,
    SpanStatus, Timestamp, TraceId, TracerId, Value, Window, WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, span_id};
use proptest::prelude::*;

const ALL: u128 = 1 << 56;

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos).unwrap()
}

fn trace(id: u128) -> TraceId {
    TraceId::new(id).unwrap()
}

fn ledger_with(sampler: Sampler) -> Ledger {
    let mut ledger = Ledger::new(WriterId::new(1));
    ledger.set_sampler(sampler).unwrap();
    ledger
}

/// The context of a span that begins under a parent.
fn begun(ledger: &mut Ledger, parent: Parent, nanos: u64) -> (SpanHandle, SpanContext) {
    let name = ledger.declare_span(TracerId::default(), "s", SpanKind::Internal).unwrap();
    let span = ledger.start_span(name, parent, Some(span_id(7)), at(nanos), || 3);
    (span, ledger.span_context(span).unwrap())
}

fn from_outside(flags: u8, state: &str) -> SpanContext {
    SpanContext { trace_id: trace(5), span_id: span_id(6), trace_flags: flags, trace_state: state.into() }
}

#[test]
fn each_of_the_five_places_has_the_rule_of_its_own() {
    let (on, off) = (SamplingRule::AlwaysOn, SamplingRule::AlwaysOff);
    for place in 0..5 {
        let rule = |of| if of == place { on } else { off };
        let sampler = Sampler {
            root: rule(0),
            remote_sampled: rule(1),
            remote_not_sampled: rule(2),
            local_sampled: rule(3),
            local_not_sampled: rule(4),
        };
        let mut ledger = ledger_with(sampler);
        let mut sampled = vec![begun(&mut ledger, Parent::Root, 0).1.is_sampled()];
        for flags in [1, 0] {
            let parent = ledger.remote_span(from_outside(flags, "")).unwrap();
            sampled.push(begun(&mut ledger, Parent::Span(parent), 0).1.is_sampled());
        }
        for above in [on, off] {
            // The span above is decided on by a rule that is replaced before the one below begins.
            ledger.set_sampler(Sampler::every(above)).unwrap();
            let (parent, _) = begun(&mut ledger, Parent::Root, 0);
            ledger.set_sampler(sampler).unwrap();
            sampled.push(begun(&mut ledger, Parent::Span(parent), 0).1.is_sampled());
        }
        assert_eq!(sampled, (0..5).map(|of| of == place).collect::<Vec<_>>());
    }
}

#[test]
fn what_was_decided_above_is_followed_and_its_other_flags_and_members_travel_on() {
    let mut ledger = Ledger::new(WriterId::new(1));
    for (flags, state) in [(3, "ot=th:8;rv:ffffffffffffff,vendor=1"), (2, "vendor=1"), (0, ""), (1, "not a tracestate")] {
        let parent = ledger.remote_span(from_outside(flags, state)).unwrap();
        let (_, context) = begun(&mut ledger, Parent::Span(parent), 0);
        assert_eq!((context.trace_flags, context.trace_state.as_str()), (flags, state));
    }
    // Where the trace is not sampled, no threshold stands for it.
    let parent = ledger.remote_span(from_outside(2, "ot=rv:00000000000001;th:c,vendor=1")).unwrap();
    let (_, context) = begun(&mut ledger, Parent::Span(parent), 0);
    assert_eq!((context.trace_flags, context.trace_state.as_str()), (2, "ot=rv:00000000000001,vendor=1"));
}

#[test]
fn a_random_number_in_the_tracestate_decides_in_the_place_of_the_id() {
    let mut ledger = ledger_with(Sampler::every(SamplingRule::TraceIdRatio("1/4".parse().unwrap())));
    for (random, sampled) in [("bfffffffffffff", false), ("c0000000000000", true)] {
        let parent = ledger.remote_span(from_outside(1, &format!("ot=rv:{random}"))).unwrap();
        let (_, context) = begun(&mut ledger, Parent::Span(parent), 0);
        assert_eq!(context.is_sampled(), sampled);
        let threshold = if sampled { ";th:c" } else { "" };
        assert_eq!(context.trace_state, format!("ot=rv:{random}{threshold}"));
    }
}

#[test]
fn a_limit_counts_what_begins_in_a_period_of_event_time() {
    let limit = SamplingRule::RateLimit(RateLimit { traces: 2, period: 10 });
    let mut ledger = ledger_with(Sampler::parent_based(limit));
    let times = [0, 3, 9, 10, 4, 19, 30, 29, 30];
    let sampled = times.map(|nanos| begun(&mut ledger, Parent::Root, nanos).1.is_sampled());
    // 4 comes late and counts in the period from 10 on, as 29 does in that from 30 on.
    assert_eq!(sampled, [true, true, false, true, true, false, true, true, false]);
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    let mut ledger = Ledger::new(WriterId::new(1));
    for rule in [SamplingRule::TraceIdRatio(Ratio::new(3, 2).unwrap()), SamplingRule::RateLimit(RateLimit { traces: 1, period: 0 })] {
        assert!(matches!(ledger.set_sampler(Sampler::parent_based(rule)), Err(Error::InvalidArgument(_))));
    }
}

#[test]
fn objectives_and_metrics_see_every_span_and_only_the_sampled_are_kept() {
    let mut ledger = ledger_with(Sampler::every(SamplingRule::AlwaysOff));
    let indicator = Indicator::Spans(SpanSelector { name: "s".into(), attributes: vec![], max_duration: None });
    let objective = Objective { indicator, ..Objective::new("spans", "50%".parse().unwrap(), Window::days(1).unwrap()) };
    let slo = ledger.create_slo(objective).unwrap();
    ledger.measure_spans(vec!["tool".into(), "service.name".into()]).unwrap();
    ledger.set_resource([("service.name".into(), Value::from("planner"))].into()).unwrap();
    for number in 0..5 {
        let (span, _) = begun(&mut ledger, Parent::Trace(trace(number + 1)), 1_000_000_000);
        ledger.set_attribute(span, "tool".into(), Value::from("search"));
        if number == 0 {
            ledger.set_status(span, SpanStatus::Error("it broke".into()));
        }
        assert_eq!(ledger.end_span(span, at(3_000_000_000)), Outcome::Recorded);
    }
    let status = ledger.slo_status(slo, None).unwrap();
    assert_eq!((status.good, status.total), (4, 5));
    let snapshot = ledger.snapshot();
    let spans = &snapshot.spans;
    assert_eq!((spans.recorded(), spans.unsampled(), spans.len(), spans.dropped()), (0, 5, 0, 0));
    let text = codomyrmex_telemetry::export::prometheus(&snapshot, codomyrmex_telemetry::export::Escaping::AllowUtf8);
    let labels = |status| {
        format!("\"span.name\"=\"s\",\"span.kind\"=\"INTERNAL\",\"status.code\"=\"{status}\",tool=\"search\",\"service.name\"=\"planner\"")
    };
    for (status, count) in [("UNSET", 4), ("ERROR", 1)] {
        let calls = format!("{{\"traces.span.metrics.calls_total\",{}}} {count}\n", labels(status));
        assert!(text.contains(&calls), "{calls}{text}");
        let sum = format!("{{\"traces.span.metrics.duration_sum\",{}}} {}\n", labels(status), 2 * count);
        assert!(text.contains(&sum), "{sum}{text}");
    }
}

#[test]
fn a_span_holds_as_much_as_it_is_allowed_to_and_counts_the_rest() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let limits =
        SpanLimits { attributes: 2, events: 1, links: 0, attributes_per_event: 1, attributes_per_link: 1, attribute_value_length: Some(3) };
    ledger.limit_spans(limits);
    let (span, context) = begun(&mut ledger, Parent::Root, 0);
    let set = |ledger: &mut Ledger, key: &str, value: Value| ledger.set_attribute(span, key.into(), value);
    assert_eq!(set(&mut ledger, "a", Value::from("größe")), Outcome::Recorded);
    assert_eq!(set(&mut ledger, "b", Value::Texts(vec!["ab".into(), "abcd".into()])), Outcome::Recorded);
    assert_eq!(set(&mut ledger, "c", Value::from(1)), Outcome::OverLimit);
    assert_eq!(set(&mut ledger, "a", Value::from("new")), Outcome::Recorded);
    let two = || [("x".into(), Value::from("12345")), ("y".into(), Value::from(1))].into();
    let event = |ledger: &mut Ledger| ledger.add_event(span, SpanEvent { name: "e".into(), at: at(1), attributes: two() });
    assert_eq!((event(&mut ledger), event(&mut ledger)), (Outcome::Recorded, Outcome::OverLimit));
    assert_eq!(ledger.add_link(span, SpanLink { context, attributes: two() }), Outcome::OverLimit);
    ledger.end_span(span, at(2));
    let snapshot = ledger.snapshot();
    let span = snapshot.spans.iter().next().unwrap();
    assert_eq!(span.attributes, [("a".into(), Value::from("new")), ("b".into(), Value::Texts(vec!["ab".into(), "abc".into()]))].into());
    assert_eq!(span.events[0].attributes, [("x".into(), Value::from("123"))].into());
    let dropped = span.dropped;
    assert_eq!((span.links.len(), dropped.attributes, dropped.events, dropped.links), (0, 2, 1, 1));
}

fn shares() -> impl Strategy<Value = (u64, u64)> {
    (1..=u64::MAX).prop_flat_map(|whole| (0..=whole, Just(whole)))
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_share_of_traces_is_decided_by_the_last_56_bits_of_the_id(id in 1..=u128::MAX, (part, whole) in shares()) {
        let share = Ratio::new(part, whole).unwrap();
        let mut ledger = ledger_with(Sampler::parent_based(SamplingRule::TraceIdRatio(share)));
        let (span, context) = begun(&mut ledger, Parent::Trace(trace(id)), 0);
        let low = id % ALL;
        let (part, whole) = (u128::from(part), u128::from(whole));
        // low / 2^56 >= 1 - part / whole, in integers.
        let is_in = low * whole >= (whole - part) * ALL && part > 0;
        // A threshold is rounded up to the next of 2^56; where that is 2^56, no trace is in.
        let threshold = ((whole - part) * ALL).div_ceil(whole);
        prop_assert_eq!(context.is_sampled(), is_in && threshold < ALL);
        let state = TraceState::parse(&context.trace_state).unwrap_or_default();
        if context.is_sampled() {
            prop_assert_eq!(state.threshold().map(u128::from), Some(threshold));
            prop_assert_eq!(state.adjusted_count(), Some(Ratio::new(ALL as u64, (ALL - threshold) as u64).unwrap()));
        } else {
            prop_assert_eq!(state.threshold(), None);
        }
        let (_, below) = begun(&mut ledger, Parent::Span(span), 0);
        prop_assert_eq!((below.trace_flags, below.trace_state), (context.trace_flags, context.trace_state));
    }

    #[test]
    fn what_a_smaller_share_takes_a_larger_one_takes_too(id in 1..=u128::MAX, (part, whole) in shares(), less in any::<u64>()) {
        let larger = Ratio::new(part, whole).unwrap();
        let smaller = Ratio::new(if part == 0 { 0 } else { less % part }, whole).unwrap();
        let takes = |share| {
            let mut ledger = ledger_with(Sampler::every(SamplingRule::TraceIdRatio(share)));
            begun(&mut ledger, Parent::Trace(trace(id)), 0).1.is_sampled()
        };
        prop_assert!(!takes(smaller) || takes(larger));
    }

    #[test]
    fn whole_spans_that_are_not_sampled_are_counted_and_not_kept_for_any_split(flags in prop::collection::vec(any::<u8>(), 1..40), seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let mut ledgers = [1, 2, 3].map(|writer| Ledger::new(WriterId::new(writer)));
        let mut whole = Ledger::new(WriterId::new(9));
        for (place, flags) in flags.iter().enumerate() {
            let context = SpanContext { span_id: span_id(place as u64 + 1), ..from_outside(*flags, "") };
            let span = SpanData::begin(context, None, "s".into(), SpanKind::Internal, at(1));
            whole.complete_span(span.clone()).unwrap();
            ledgers[chance.below(3)].complete_span(span).unwrap();
        }
        let mut collector = Ledger::new(WriterId::new(100));
        for ledger in &mut ledgers {
            ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
        }
        prop_assert_eq!(collector.snapshot().to_bytes(), whole.snapshot().to_bytes());
        let sampled = flags.iter().filter(|flags| **flags & 1 == 1).count();
        let spans = whole.snapshot().spans;
        prop_assert_eq!((spans.len(), spans.unsampled()), (sampled, (flags.len() - sampled) as u64));
    }
}
