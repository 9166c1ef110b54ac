//! `EvilAgent` under both placements: every misdeed gets an answer, and nothing recorded before is lost
//! but where the placement says so.

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::{Snapshot, SpanStatus};
use codomyrmex_telemetry_host::{AgentError, Placement};

use crate::kit::{builder, misdeeds, work};

const EVIL: &str = "evil-agent.wasm";

fn counted(snapshot: &Snapshot, name: &str) -> f64 {
    let families = snapshot.metrics.0.iter().filter(|(schema, _)| schema.name == name);
    let points = families.flat_map(|(_, family)| family.series.values().chain(&family.overflow));
    points.map(|series| if let Point::Counter(total) = &series.point { total.sum.value() } else { 0.0 }).sum()
}

fn drops(snapshot: &Snapshot) -> Vec<(&'static str, u64)> {
    snapshot.drops.iter().map(|(reason, count)| (reason.name(), count)).collect()
}

#[test]
fn a_trap_loses_nothing_in_the_host_and_open_spans_end_with_an_error() {
    let groups = [misdeeds(&["count", "count"]), misdeeds(&["count", "open", "trap", "count"]), misdeeds(&["count"])];
    let (snapshot, errors) = work(builder(Placement::Host), EVIL, &groups, 1);
    assert!(matches!(&errors[0], Some(AgentError::Trap(why)) if why.contains("unreachable")), "{errors:?}");
    assert_eq!(counted(&snapshot, "counted"), 3.0);
    let spans: Vec<_> = snapshot.spans.iter().map(|span| (span.context.span_id.get(), span.ended.nanos(), &span.status)).collect();
    let status = SpanStatus::Error(format!("{}", errors[0].as_ref().unwrap()));
    assert_eq!(spans, [(1, 2_000_000_000, &status), (2, 2_000_000_000, &status)]);
}

#[test]
fn a_trap_of_a_composed_agent_loses_the_call_it_happened_in_and_no_other() {
    let groups = [misdeeds(&["count", "count"]), misdeeds(&["count", "open", "trap"])];
    let (snapshot, errors) = work(builder(Placement::Composed), EVIL, &groups, 1);
    assert!(matches!(&errors[0], Some(AgentError::Trap(_))), "{errors:?}");
    assert_eq!(counted(&snapshot, "counted"), 2.0);
    assert_eq!(snapshot.spans.recorded(), 0);
}

#[test]
fn other_agents_go_on_when_one_traps() {
    let groups = [misdeeds(&["count", "trap"]), misdeeds(&["count"]), misdeeds(&["count"]), misdeeds(&["count"])];
    let (snapshot, errors) = work(builder(Placement::Host), EVIL, &groups, 2);
    assert_eq!(errors.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    assert_eq!(counted(&snapshot, "counted"), 3.0);
}

#[test]
fn an_agent_without_end_runs_out_of_fuel() {
    for (placement, kept) in [(Placement::Host, 2.0), (Placement::Composed, 1.0)] {
        let groups = [misdeeds(&["count"]), misdeeds(&["count", "spin"])];
        let (snapshot, errors) = work(builder(placement).fuel_per_call(Some(10_000_000)), EVIL, &groups, 1);
        assert!(matches!(&errors[0], Some(AgentError::Trap(why)) if why.contains("fuel")), "{errors:?}");
        assert_eq!(counted(&snapshot, "counted"), kept, "placement {placement}");
    }
}

#[test]
fn questions_that_are_dear_are_answered_as_far_as_the_fuel_of_a_call_goes() {
    let groups = [misdeeds(&["count"]), misdeeds(&["questions", "count"])];
    // A question looks 16 times at 44 days of minutes, some 1,014,000 looks of 512 each.
    for (fuel, answered) in [(500_000_000, 0.0), (1_200_000_000, 2.0)] {
        let (snapshot, errors) = work(builder(Placement::Host).fuel_per_call(Some(fuel)), EVIL, &groups, 1);
        assert!(errors[0].is_none(), "{errors:?}");
        let counts = ["answered", "refused", "counted"].map(|name| counted(&snapshot, name));
        assert_eq!(counts, [answered, 1_000.0 - answered, 2.0]);
    }
    let composed = builder(Placement::Composed).fuel_per_call(Some(1_200_000_000));
    let (snapshot, errors) = work(composed, EVIL, &groups, 1);
    assert!(matches!(&errors[0], Some(AgentError::Trap(why)) if why.contains("fuel")), "{errors:?}");
    assert_eq!(counted(&snapshot, "counted"), 1.0);
}

#[test]
fn an_agent_gets_no_more_memory_than_it_may_have() {
    let (snapshot, errors) = work(builder(Placement::Host).memory_bytes_max(64 << 20), EVIL, &[misdeeds(&["count", "grow"])], 1);
    assert!(matches!(&errors[0], Some(AgentError::Trap(_))), "{errors:?}");
    assert_eq!(counted(&snapshot, "counted"), 1.0);
}

#[test]
fn wrong_numbers_ids_and_names_are_answered_and_counted_alike_in_both_placements() {
    let groups = [misdeeds(&["numbers", "ids", "names", "count"])];
    let (host, errors) = work(builder(Placement::Host), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    assert_eq!(counted(&host, "counted"), 1.0);
    assert_eq!(counted(&host, "numbers"), f64::INFINITY); // twice the largest double is more than any
    // Five wrong values on the counter, and two zero ids of a span; an attribute too long and one
    // with a key too long; a value for an objective that takes none, and an event of the year 2262.
    let expected =
        [("future-time", 1), ("invalid-time", 2), ("invalid-value", 6), ("over-limit", 2), ("unknown-id", 37), ("wrong-kind", 1)];
    assert_eq!(drops(&host), expected);
    let slo = &host.slos.statuses(None)[0];
    assert_eq!((slo.good, slo.total, slo.expired), (0, 1, u64::MAX));
    let (composed, errors) = work(builder(Placement::Composed), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    assert!(composed.to_bytes() == host.to_bytes());
}

#[test]
fn objectives_that_cannot_be_are_refused_and_events_that_are_none_are_counted_alike_in_both_placements() {
    let groups = [misdeeds(&["objectives", "events", "count"])];
    let (host, errors) = work(builder(Placement::Host), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    assert_eq!(counted(&host, "counted"), 1.0);
    assert_eq!(drops(&host), [("future-time", 1), ("invalid-time", 1), ("invalid-value", 4), ("wrong-kind", 1)]);
    let statuses = host.slos.statuses(None);
    let shown: Vec<_> = statuses.iter().map(|slo| (slo.id.as_str(), slo.version, slo.good, slo.total)).collect();
    assert_eq!(shown, [("events", 1, 0, u64::MAX), ("last", u32::MAX, 0, 0)]);
    let (composed, errors) = work(builder(Placement::Composed), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    assert!(composed.to_bytes() == host.to_bytes());
}

#[test]
fn objectives_hear_of_no_metric_and_no_span_that_is_centuries_ahead_alike_in_both_placements() {
    let groups = [misdeeds(&["ahead", "count"]), misdeeds(&["count"])];
    let (host, errors) = work(builder(Placement::Host), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    // Two adds, three observations and four spans far ahead, in seven calls; all are in the accounts but
    // what objectives would have heard of them.
    assert_eq!(drops(&host), [("future-time", 7)]);
    assert_eq!((counted(&host, "counted"), counted(&host, "calls")), (2.0, 4.0));
    let statuses = host.slos.statuses(None);
    let shown: Vec<_> = statuses.iter().map(|slo| (slo.id.as_str(), slo.good, slo.total)).collect();
    assert_eq!(shown, [("adds", 2, 2), ("spans", 2, 3), ("values", 3, 3)]);
    let then = 1_767_225_600_000_000_000;
    let ended: Vec<_> = host.spans.iter().map(|span| (span.context.span_id.get(), span.ended.nanos())).collect();
    let ahead = u64::MAX / 2;
    assert_eq!(ended, [(1, then), (2, ahead), (3, then), (4, ahead), (11, then), (12, ahead)]);
    let (composed, errors) = work(builder(Placement::Composed), EVIL, &groups, 1);
    assert!(errors[0].is_none(), "{errors:?}");
    assert_eq!(drops(&composed), drops(&host));
    assert!(composed.to_bytes() == host.to_bytes());
}

#[test]
fn a_flood_is_bounded_and_what_passes_the_bounds_is_counted() {
    for placement in [Placement::Host, Placement::Composed] {
        let (snapshot, errors) = work(builder(placement), EVIL, &[misdeeds(&["flood"])], 1);
        assert!(errors[0].is_none(), "{errors:?}");
        assert_eq!(counted(&snapshot, "flood"), 5_000.0);
        let family = snapshot.metrics.0.values().next().unwrap();
        assert_eq!(family.series.len(), codomyrmex_telemetry::limits::SERIES_PER_FAMILY_MAX);
        assert_eq!(snapshot.spans.recorded(), codomyrmex_telemetry::limits::SPANS_OPEN_MAX as u64);
        assert_eq!(drops(&snapshot), [("over-limit", 10_000 - 4_096)]);
    }
}
