//! What an agent leaves open when it is gone ends with an error, and no handle finds another's span.

use std::collections::BTreeSet;

use codomyrmex_telemetry::{
    Ledger, Outcome, Parent, SpanContext, SpanData, SpanHandle, SpanKind, SpanLink, SpanStatus, Timestamp, TraceId, TracerId, WriterId,
};
use codomyrmex_telemetry::{SpanEvent, Value, limits};
use codomyrmex_telemetry_tests::{Agent, Chance, Event, cases, context, events, span_id};
use proptest::prelude::*;

fn start(ledger: &mut Ledger, id: u64, at: u64) -> SpanHandle {
    let name = ledger.declare_span(TracerId::default(), "step", SpanKind::Internal).unwrap();
    let parent = Parent::Trace(TraceId::new(7).unwrap());
    ledger.start_span(name, parent, Some(span_id(id)), Timestamp::from_nanos(at).unwrap(), || unreachable!("the id is given"))
}

fn remote(ledger: &mut Ledger) -> SpanHandle {
    let context = SpanContext { trace_id: TraceId::new(9).unwrap(), span_id: span_id(9), trace_flags: 0, trace_state: String::new() };
    ledger.remote_span(context).unwrap()
}

/// The latest time that an event carried and a ledger recorded.
fn latest(events: &[Event]) -> u64 {
    let at = |event: &Event| match event {
        Event::Add { at, .. } | Event::Observe { at, .. } => at.unwrap_or(0),
        Event::Set { at, .. } | Event::RecordIn { at, .. } | Event::Count { at, .. } | Event::Judge { at, .. } => *at,
        Event::Span { data, .. } => data.ended.nanos(),
        Event::Resolve { .. } | Event::Stray(_) => 0,
    };
    let recorded = events.iter().filter(|event| codomyrmex_telemetry_tests::Naive::verdict(event).is_recorded());
    recorded.map(at).max().unwrap_or(0)
}

/// Every operation on a handle, and what it answers.
fn use_everywhere(ledger: &mut Ledger, handle: SpanHandle) -> [Outcome; 8] {
    let at = Timestamp::default();
    let link = SpanLink {
        context: SpanContext { trace_id: TraceId::new(1).unwrap(), span_id: span_id(1), trace_flags: 0, trace_state: String::new() },
        attributes: [].into(),
    };
    [
        ledger.set_attribute(handle, "key".into(), Value::from(true)),
        ledger.add_event(handle, SpanEvent { name: "late".into(), at, attributes: [].into() }),
        ledger.add_link(handle, link),
        ledger.set_status(handle, SpanStatus::Ok),
        ledger.update_name(handle, "another".into()),
        ledger.end_span(handle, at),
        ledger.enter_span(handle),
        ledger.exit_span(handle),
    ]
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn open_spans_end_with_an_error_at_the_latest_time_of_any_record(
        events in events(0..20), open in 0..6u64, contexts in 0..3u32, was_ok in any::<bool>(), reason in "[a-z ]{0,20}",
    ) {
        // Spans that are told in one call only: those told by steps carry further times.
        let events: Vec<Event> = events
            .into_iter()
            .map(|event| if let Event::Span { data, .. } = event { Event::Span { data: SpanData { events: vec![], ..data }, by_steps: false } } else { event })
            .collect();
        let ledger = &mut Agent::after(1, &events).ledger;
        let before = ledger.snapshot().spans;
        let handles: Vec<SpanHandle> = (0..open).map(|id| start(ledger, 1 << 60 | id, 10 + id)).collect();
        let remotes: Vec<SpanHandle> = (0..contexts).map(|_| remote(ledger)).collect();
        if let Some(first) = handles.first() {
            ledger.enter_span(*first);
            if was_ok {
                ledger.set_status(*first, SpanStatus::Ok);
            }
        }
        prop_assert_eq!(u64::from(ledger.abandon(&reason)), open);
        prop_assert_eq!(ledger.current_span(), SpanHandle(0));
        let after = ledger.snapshot().spans;
        prop_assert_eq!(after.recorded(), before.recorded() + open);
        let ended: Vec<SpanData> = after.iter().filter(|span| span.context.span_id.get() >> 60 == 1).cloned().collect();
        let forced: Vec<&SpanData> = ended.iter().filter(|span| span.context.trace_id.get() == 7).collect();
        prop_assert_eq!(forced.len() as u64, open);
        for span in forced {
            prop_assert_eq!(&span.status, &SpanStatus::Error(reason.clone()));
            prop_assert_eq!(span.ended.nanos(), latest(&events).max(10 + open - 1));
        }
        if let Some(first) = handles.first() {
            prop_assert_eq!(ledger.exit_span(*first), Outcome::Recorded, "a span may end before it is left");
        }
        let unknown = ledger.dropped().iter().find(|(why, _)| *why == "unknown-id").map_or(0, |(_, count)| *count);
        for handle in handles.iter().chain(&remotes) {
            prop_assert_eq!(use_everywhere(ledger, *handle), [Outcome::UnknownId; 8]);
            prop_assert_eq!(ledger.span_context(*handle), None);
        }
        let gone = handles.len() as u64 + remotes.len() as u64;
        let counted = ledger.dropped().iter().find(|(why, _)| *why == "unknown-id").map_or(0, |(_, count)| *count);
        prop_assert_eq!(counted, unknown + 8 * gone);
        prop_assert_eq!(ledger.snapshot().spans, after);
        prop_assert_eq!(ledger.abandon("again"), 0);
    }

    #[test]
    fn handles_never_alias(steps in 1..400usize, seed in any::<u64>()) {
        let (mut ledger, chance) = (Ledger::new(WriterId::new(1)), &mut Chance::new(seed));
        let (mut given, mut open, mut ended) = (BTreeSet::new(), Vec::new(), Vec::new());
        for step in 0..steps as u64 {
            if open.is_empty() || chance.one_in(2) {
                let handle = if chance.one_in(3) { remote(&mut ledger) } else { start(&mut ledger, step + 1, 1) };
                prop_assert!(given.insert(handle.0), "{handle:?} was given twice");
                open.push(handle);
            } else {
                let handle = open.swap_remove(chance.below(open.len()));
                prop_assert_eq!(ledger.end_span(handle, Timestamp::default()), Outcome::Recorded);
                ended.push(handle);
            }
        }
        for handle in ended {
            prop_assert_eq!(ledger.end_span(handle, Timestamp::default()), Outcome::UnknownId);
        }
        for handle in open {
            prop_assert!(ledger.span_context(handle).is_some());
        }
    }

    #[test]
    fn a_remote_context_can_be_a_parent_and_nothing_else(context in context()) {
        let mut ledger = Ledger::new(WriterId::new(1));
        let above = ledger.remote_span(context.clone()).unwrap();
        let name = ledger.declare_span(TracerId::default(), "step", SpanKind::Server).unwrap();
        let span = ledger.start_span(name, Parent::Span(above), Some(span_id(5)), Timestamp::default(), || unreachable!("the id is given"));
        prop_assert_eq!(ledger.span_context(span), Some(SpanContext { span_id: span_id(5), ..context.clone() }));
        prop_assert_eq!(ledger.set_status(above, SpanStatus::Ok), Outcome::WrongKind);
        prop_assert_eq!(ledger.end_span(span, Timestamp::default()), Outcome::Recorded);
        prop_assert_eq!(ledger.snapshot().spans.iter().next().map(|span| span.parent), context.is_sampled().then_some(Some(context.span_id)));
    }
}

#[test]
fn a_handle_that_ended_finds_nothing_however_often_its_place_is_used_again() {
    // Two million short spans, one at a time: an agent that answers 100 requests a second does so
    // within six hours.
    let mut ledger = Ledger::new(WriterId::new(1));
    let stale = remote(&mut ledger);
    assert_eq!(ledger.end_span(stale, Timestamp::default()), Outcome::Recorded);
    for reuse in 1..=2_000_000 {
        let handle = remote(&mut ledger);
        assert_ne!(handle, stale, "after {reuse} reuses");
        ledger.end_span(handle, Timestamp::default());
    }
}

#[test]
fn past_the_limit_of_open_spans_a_start_is_a_counted_drop_with_handle_zero() {
    let mut ledger = Ledger::new(WriterId::new(1));
    let handles: BTreeSet<u32> = (1..=limits::SPANS_OPEN_MAX as u64).map(|id| start(&mut ledger, id, 1).0).collect();
    assert_eq!((handles.len(), handles.contains(&0)), (limits::SPANS_OPEN_MAX, false));
    assert_eq!(start(&mut ledger, 1, 1), SpanHandle(0));
    // What hangs under a span that is not recorded is not recorded either, and is counted too.
    let name = ledger.declare_span(TracerId::default(), "step", SpanKind::Internal).unwrap();
    assert_eq!(ledger.start_span(name, Parent::Span(SpanHandle(0)), None, Timestamp::default(), || 1), SpanHandle(0));
    assert_eq!(ledger.end_span(SpanHandle(0), Timestamp::default()), Outcome::Recorded);
    assert_eq!(ledger.dropped(), [("over-limit", 1), ("unknown-id", 1)]);
    assert_eq!(ledger.abandon("gone"), limits::SPANS_OPEN_MAX as u32);
    assert_eq!(ledger.snapshot().spans.recorded(), limits::SPANS_OPEN_MAX as u64);
}

#[test]
fn spans_that_end_without_being_left_do_not_keep_others_from_being_entered() {
    let mut ledger = Ledger::new(WriterId::new(1));
    for id in 1..=limits::SPANS_OPEN_MAX as u64 + 10 {
        let span = start(&mut ledger, id, 1);
        assert_eq!(ledger.enter_span(span), Outcome::Recorded, "span {id}");
        assert_eq!(ledger.current_span(), span);
        assert_eq!(ledger.end_span(span, Timestamp::default()), Outcome::Recorded);
        assert_eq!(ledger.current_span(), SpanHandle(0));
    }
}
