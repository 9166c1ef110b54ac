//! The real runs: what is known of them, and one digest for every placement and number of agents.

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::slo::{Pattern, Question, State};
use codomyrmex_telemetry::{Snapshot, SpanStatus, Value};
use codomyrmex_telemetry_guest::with_ledger;
use codomyrmex_telemetry_host::Placement;

use crate::kit::{builder, runs, work};

/// The accounts by the same agent without WebAssembly.
fn native() -> Snapshot {
    for (index, lines) in (0..).zip(runs()) {
        let lines: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        airline_agent::handle(index, &lines, None).unwrap();
    }
    with_ledger(|ledger| ledger.snapshot())
}

fn calls(snapshot: &Snapshot, tool: &str, outcome: &str) -> f64 {
    let family = snapshot.metrics.0.iter().find(|(schema, _)| schema.name == "tool_calls").unwrap().1;
    let of_tool = family.series.iter().filter(|(key, _)| (tool == "*" || key.values()[0] == tool) && key.values()[1] == outcome);
    of_tool.map(|(_, series)| if let Point::Counter(total) = &series.point { total.sum.value() } else { 0.0 }).sum()
}

#[test]
fn every_split_and_placement_gives_the_bytes_of_the_native_agent() {
    let native = native().to_bytes();
    for placement in [Placement::Host, Placement::Composed] {
        for agents in [1, 2, 7] {
            let (snapshot, errors) = work(builder(placement), "airline-agent.wasm", &runs(), agents);
            assert!(errors.iter().all(Option::is_none), "{errors:?}");
            assert!(snapshot.to_bytes() == native, "placement {placement}, {agents} agents: other bytes than the native agent's");
        }
    }
}

#[test]
fn the_accounts_are_what_is_known_of_the_runs() {
    let snapshot = native();
    let statuses = snapshot.slos.statuses(None);
    let shown: Vec<_> = statuses.iter().map(|slo| (slo.id.as_str(), slo.good, slo.total, slo.state)).collect();
    assert_eq!(shown, [("task_success", 84, 200, State::Met), ("tool_success", 1_091, 1_164, State::Violated)]);
    assert_eq!(statuses.iter().map(|slo| slo.current).collect::<Vec<_>>(), [Some(84.0 / 200.0), Some(1_091.0 / 1_164.0)]);
    // 1 - 116/120 and 1 - 73/58.2, as fractions of integers.
    assert_eq!(statuses.iter().map(|slo| slo.budget_remaining).collect::<Vec<_>>(), [Some(4.0 / 120.0), Some(-148.0 / 582.0)]);
    assert_eq!(statuses.iter().map(|slo| slo.budget_remaining_events).collect::<Vec<_>>(), [4.0, -14.8]);

    assert_eq!((calls(&snapshot, "*", "ok"), calls(&snapshot, "*", "error")), (1_091.0, 73.0));
    assert_eq!((calls(&snapshot, "book_reservation", "ok"), calls(&snapshot, "book_reservation", "error")), (23.0, 30.0));
    assert_eq!(
        (calls(&snapshot, "update_reservation_flights", "ok"), calls(&snapshot, "update_reservation_flights", "error")),
        (62.0, 42.0)
    );

    let roots: Vec<_> = snapshot.spans.iter().filter(|span| span.parent.is_none()).collect();
    // One span a line but for the 200 ends, and one a run.
    assert_eq!((snapshot.spans.len(), snapshot.spans.recorded(), snapshot.spans.dropped(), roots.len()), (5_308, 5_308, 0, 200));
    assert_eq!(roots.iter().filter(|span| matches!(span.status, SpanStatus::Error(_))).count(), 116);
    assert!(snapshot.drops.is_empty());
}

#[test]
fn the_analysis_finds_what_failures_have_in_common() {
    let snapshot = native();
    let found = |id: &str| {
        let analysis = snapshot.slos.analyze(id, &Question::default()).unwrap();
        assert!(analysis.is_exact);
        let shown = |pattern: &Pattern| {
            let attributes = pattern.attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
            format!("{attributes}: {} of {}{}", pattern.bad, pattern.total, if pattern.is_outcome { ", an outcome" } else { "" })
        };
        (analysis.good, analysis.bad, analysis.patterns.iter().map(shown).collect::<Vec<_>>())
    };
    assert_eq!(found("task_success"), (84, 116, vec!["used book_reservation = yes: 23 of 24".into()]));
    let (good, bad, patterns) = found("tool_success");
    assert_eq!((good, bad, patterns.len()), (1_091, 73, 10));
    let expected = [
        "tool = book_reservation: 30 of 53",
        "tool = update_reservation_flights: 42 of 104",
        "step = 20+: 59 of 452",
        "error.type = payment-mismatch: 24 of 24, an outcome",
    ];
    assert_eq!(patterns[..4], expected);
    // The examples are spans that are there: answers of the tool with an error.
    let analysis = snapshot.slos.analyze("tool_success", &Question::default()).unwrap();
    for (trace, id) in &analysis.patterns[0].examples {
        let span = snapshot.spans.iter().find(|span| (span.context.trace_id, span.context.span_id) == (*trace, *id)).unwrap();
        assert_eq!(span.attributes.get("gen_ai.tool.name"), Some(&Value::Text("book_reservation".into())));
        assert!(matches!(span.status, SpanStatus::Error(_)));
    }
    assert_eq!(analysis.patterns[0].examples.len(), 3);
}

#[test]
fn a_line_that_is_not_as_it_should_be_is_named_and_nothing_of_its_group_is_recorded() {
    let mut lines = runs().swap_remove(0);
    lines[3].text = "{\"run\":\"airline-00-0\",\"step\":3,\"kind\":\"model\"}".into();
    for placement in [Placement::Host, Placement::Composed] {
        let (snapshot, errors) = work(builder(placement), "airline-agent.wasm", &[lines.clone()], 1);
        assert_eq!(errors[0].as_ref().unwrap().to_string(), "line 4: a line of kind 'model' needs the key 'bytes'");
        assert!(snapshot.is_empty());
    }
}
