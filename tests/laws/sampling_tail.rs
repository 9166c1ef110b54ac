//! What is kept of sampled spans once they ended depends on what belongs together, and on nothing else.

use codomyrmex_telemetry::limits::SPANS_HELD_BYTES_MAX;
use codomyrmex_telemetry::tracer::{Keeping, TraceState};
use codomyrmex_telemetry::{
    Error, Ledger, Parent, Ratio, SpanHandle, SpanId, SpanKind, SpanStatus, Timestamp, TraceId, TracerId, WriterId,
};
use codomyrmex_telemetry_tests::{Chance, cases, span_id};
use proptest::prelude::*;

const SLOW: u64 = 100;

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos).unwrap()
}

/// Errors and what takes 100 ns are kept, and this share of the rest.
fn keeping(others: &str) -> Option<Keeping> {
    Some(Keeping { slow: Some(SLOW), others: others.parse().unwrap() })
}

fn start(ledger: &mut Ledger, parent: Parent, id: u64) -> SpanHandle {
    let name = ledger.declare_span(TracerId::default(), "s", SpanKind::Internal).unwrap();
    ledger.start_span(name, parent, Some(span_id(id)), at(1_000), || unreachable!("every id is given"))
}

/// A first span and its children: how long each takes, and whether it fails.
#[derive(Clone, Debug)]
struct Tree {
    trace: u128,
    spans: Vec<(u64, bool)>,
}

impl Tree {
    fn stands_out(&self) -> bool {
        self.spans.iter().any(|(took, failed)| *failed || *took >= SLOW)
    }

    /// Tells it, the children ending in an order made up by chance and the first span last.
    fn tell(&self, ledger: &mut Ledger, chance: &mut Chance) {
        let first = start(ledger, Parent::Trace(TraceId::new(self.trace).unwrap()), 1);
        let mut open: Vec<_> = (1..self.spans.len()).map(|place| (start(ledger, Parent::Span(first), place as u64 + 1), place)).collect();
        chance.shuffle(&mut open);
        open.push((first, 0));
        for (span, place) in open {
            let (took, failed) = self.spans[place];
            if failed {
                ledger.set_status(span, SpanStatus::Error("it broke".into()));
            }
            ledger.end_span(span, at(1_000 + took));
        }
    }
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let span = (prop_oneof![6 => 0..SLOW, 1 => SLOW..SLOW + 5], prop::bool::weighted(0.1));
    let spans = prop::collection::vec(span, 1..6);
    let tree =
        prop_oneof![1..=u128::MAX, 1..(1u128 << 56)].prop_flat_map(move |trace| spans.clone().prop_map(move |spans| Tree { trace, spans }));
    prop::collection::vec(tree, 0..12).prop_map(|mut trees| {
        trees.sort_by_key(|tree| tree.trace);
        trees.dedup_by_key(|tree| tree.trace);
        trees
    })
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_tree_in_which_one_failed_or_was_slow_is_kept_whole_and_of_the_rest_a_share(trees in trees(), writers in 1..4usize, seed in any::<u64>()) {
        let chance = &mut Chance::new(seed);
        let mut ledgers: Vec<Ledger> = (1..=writers as u128).map(|writer| Ledger::new(WriterId::new(writer))).collect();
        let mut whole = Ledger::new(WriterId::new(99));
        ledgers.iter_mut().chain([&mut whole]).for_each(|ledger| ledger.set_keeping(keeping("1/3")).unwrap());
        for tree in &trees {
            tree.tell(&mut whole, chance);
        }
        let mut order = trees.clone();
        chance.shuffle(&mut order);
        let mut collector = Ledger::new(WriterId::new(100));
        for tree in &order {
            let ledger = &mut ledgers[chance.below(writers)];
            tree.tell(ledger, chance);
            if chance.one_in(3) {
                ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
            }
        }
        for ledger in &mut ledgers {
            ledger.drain().map(|delta| collector.absorb(&delta).unwrap());
        }
        prop_assert_eq!(collector.snapshot().to_bytes(), whole.snapshot().to_bytes());
        let threshold = ((1u128 << 56) * 2).div_ceil(3);
        let (mut kept, mut unsampled) = (0, 0);
        for tree in &trees {
            let by_share = tree.trace % (1 << 56) >= threshold;
            let count = tree.spans.len() as u64;
            if tree.stands_out() || by_share { kept += count } else { unsampled += count }
        }
        let spans = whole.snapshot().spans;
        prop_assert_eq!((spans.recorded(), spans.len() as u64, spans.unsampled()), (kept, kept, unsampled));
        for span in spans.iter() {
            let tree = trees.iter().find(|tree| tree.trace == span.context.trace_id.get()).unwrap();
            let said = TraceState::parse(&span.context.trace_state).unwrap_or_default().adjusted_count();
            // 1/3 is not a multiple of 1/2^56, so the count is as exact as the threshold.
            let count = Ratio::new(1 << 56, ((1u128 << 56) - threshold) as u64).unwrap();
            prop_assert_eq!(said, (!tree.stands_out()).then_some(count));
        }
    }
}

#[test]
fn what_ends_after_the_first_span_of_its_tree_is_judged_by_itself() {
    let mut ledger = Ledger::new(WriterId::new(1));
    ledger.set_keeping(keeping("0")).unwrap();
    let first = start(&mut ledger, Parent::Trace(TraceId::new(1).unwrap()), 1);
    let [calm, failing] = [2, 3].map(|id| start(&mut ledger, Parent::Span(first), id));
    ledger.end_span(first, at(1_001));
    ledger.set_status(failing, SpanStatus::Error(String::new()));
    for span in [calm, failing] {
        assert!(ledger.end_span(span, at(1_002)).is_recorded());
    }
    let spans = ledger.snapshot().spans;
    let ids: Vec<SpanId> = spans.iter().map(|span| span.context.span_id).collect();
    assert_eq!((ids, spans.unsampled()), (vec![span_id(3)], 2));
}

#[test]
fn an_agent_that_goes_away_leaves_its_open_trees_kept_whole() {
    let mut ledger = Ledger::new(WriterId::new(1));
    ledger.set_keeping(keeping("0")).unwrap();
    let first = start(&mut ledger, Parent::Trace(TraceId::new(1).unwrap()), 1);
    let ended = start(&mut ledger, Parent::Span(first), 2);
    start(&mut ledger, Parent::Span(first), 3);
    ledger.end_span(ended, at(1_001));
    assert_eq!(ledger.snapshot().spans.len(), 0, "it waits for the first");
    assert_eq!(ledger.abandon("gone"), 2);
    assert_eq!((ledger.snapshot().spans.len(), ledger.snapshot().spans.unsampled()), (3, 0));
}

#[test]
fn no_more_waits_than_there_is_room_for() {
    let mut ledger = Ledger::new(WriterId::new(1));
    ledger.set_keeping(keeping("0")).unwrap();
    let first = start(&mut ledger, Parent::Trace(TraceId::new(1).unwrap()), 1);
    let count = SPANS_HELD_BYTES_MAX / 10_000 + 10;
    for id in 2..count + 2 {
        let span = start(&mut ledger, Parent::Span(first), id);
        ledger.set_attribute(span, "k".into(), "x".repeat(10_000).into());
        ledger.end_span(span, at(1_001));
    }
    let before = ledger.snapshot().spans.unsampled();
    assert!((11..40).contains(&before), "{before} did not fit");
    ledger.set_status(first, SpanStatus::Error(String::new()));
    ledger.end_span(first, at(1_001));
    let spans = ledger.snapshot().spans;
    assert_eq!((spans.unsampled(), spans.recorded()), (before, count + 1 - before));
}

#[test]
fn a_new_rule_finds_nothing_waiting_and_one_that_means_nothing_is_refused() {
    let mut ledger = Ledger::new(WriterId::new(1));
    ledger.set_keeping(keeping("0")).unwrap();
    let first = start(&mut ledger, Parent::Trace(TraceId::new(1).unwrap()), 1);
    let below = start(&mut ledger, Parent::Span(first), 2);
    ledger.end_span(below, at(1_001));
    let wrong = Keeping { slow: None, others: Ratio::new(2, 1).unwrap() };
    assert!(matches!(ledger.set_keeping(Some(wrong)), Err(Error::InvalidArgument(_))));
    assert_eq!(ledger.snapshot().spans.unsampled(), 0);
    ledger.set_keeping(None).unwrap();
    assert_eq!(ledger.snapshot().spans.unsampled(), 1, "the one that waited was judged by the rule before");
    ledger.end_span(first, at(1_001));
    assert_eq!(ledger.snapshot().spans.len(), 1);
}
