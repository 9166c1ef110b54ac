//! Law 13 on what really happened: 200 runs of an agent, and what a careful person finds in them.
//!
//! Two questions to one file: which tool answers are errors, and which runs fail. The whole of both
//! answers was found by another program first, by enumeration and with SciPy's hypergeometric
//! distribution. Deliberately absent: made-up events (`analysis`).

use std::collections::BTreeSet;
use std::path::Path;

use codomyrmex_telemetry::slo::{Analysis, Options, Pattern, analyze};
use codomyrmex_telemetry::{SpanId, TraceId};
use serde_json::Value;

use crate::analysis_naive::{Event, evidence};

/// The tools that change something, and the one that gives up.
const TOOLS: [&str; 7] = [
    "book_reservation",
    "cancel_reservation",
    "send_certificate",
    "transfer_to_human_agents",
    "update_reservation_baggages",
    "update_reservation_flights",
    "update_reservation_passengers",
];

/// The lines of each run.
fn runs() -> Vec<Vec<Value>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/agent-runs.ndjson")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.chunk_by(|one, next| one["run"] == next["run"]).map(<[Value]>::to_vec).collect()
}

fn text(line: &Value, key: &str) -> String {
    line[key].as_str().unwrap_or_default().into()
}

/// The tools that answered in a run, line by line.
fn answers(run: &[Value]) -> impl Iterator<Item = &Value> {
    run.iter().filter(|line| line["kind"] == "tool")
}

/// One event a tool answer: the tool, the class of its error, how far into the run, the tool before.
fn tool_answers() -> Vec<Event> {
    let mut events = Vec::new();
    for run in &runs() {
        let mut previous = String::new();
        for line in answers(run) {
            let bucket = match line["step"].as_u64().unwrap() {
                0..5 => "0-4",
                5..10 => "5-9",
                10..20 => "10-19",
                20.. => "20+",
            };
            let values = vec![text(line, "tool"), text(line, "error"), bucket.into(), previous];
            events.push(Event { values, is_bad: line["ok"] == false, span: Some(events.len() as u64 + 1) });
            previous = text(line, "tool");
        }
    }
    events
}

/// One event a run: which tools it used, and how long it was. `not` is said of a tool that was not used.
fn whole_runs(not: &str) -> Vec<Event> {
    let event = |(place, run): (usize, &Vec<Value>)| {
        let used: BTreeSet<String> = answers(run).map(|line| text(line, "tool")).collect();
        let end = run.last().unwrap();
        let length = match end["step"].as_u64().unwrap() {
            0..10 => "0-9",
            10..20 => "10-19",
            20..30 => "20-29",
            30.. => "30+",
        };
        let says = TOOLS.iter().map(|tool| if used.contains(*tool) { "yes" } else { not });
        let values = says.chain([length]).map(String::from).collect();
        Event { values, is_bad: end["success"] == false, span: Some(place as u64 + 1) }
    };
    runs().iter().enumerate().map(event).collect()
}

/// The attributes and counts of patterns, a line each.
fn lines(patterns: &[Pattern]) -> Vec<String> {
    let of = |pattern: &Pattern| {
        let attributes: Vec<String> = pattern.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let sort = if pattern.is_outcome { "outcome " } else { "" };
        format!("{sort}{} {}/{} {:.3} {:.1e}", attributes.join(" "), pattern.bad, pattern.total, pattern.risk_ratio, pattern.q_value)
    };
    patterns.iter().map(of).collect()
}

fn of_runs(not: &str) -> Analysis {
    let mut dimensions: Vec<String> = TOOLS.iter().map(|tool| format!("used {tool}")).collect();
    dimensions.push("length".into());
    let dimensions: Vec<&str> = dimensions.iter().map(String::as_str).collect();
    analyze(&evidence(&dimensions, &whole_runs(not), [usize::MAX; 2]), None, &Options::default())
}

#[test]
fn errors_concentrate_in_booking_and_in_updating_flights() {
    let events = tool_answers();
    let analysis = analyze(&evidence(&["tool", "error", "step", "previous"], &events, [usize::MAX; 2]), None, &Options::default());
    assert_eq!((analysis.good, analysis.bad, analysis.tested, analysis.is_exact), (1_091, 73, 61, true));
    let expected = [
        "tool=book_reservation 30/53 14.438 4.1e-24",
        "tool=update_reservation_flights 42/104 13.633 2.2e-27",
        "previous=update_reservation_flights 18/69 5.219 1.1e-7",
        "previous=calculate 19/86 4.438 7.8e-7",
        "step=20+ 59/452 6.459 2.6e-13",
        "previous=think 12/90 2.401 8.5e-3",
        "outcome error=payment-mismatch 24/24 22.589 8.5e-31",
        "outcome error=flight-unavailable 15/15 19.044 3.7e-19",
        "outcome error=gift-card-balance 12/12 18.027 1.8e-15",
        "outcome error=no-seats 9/9 17.026 8.1e-12",
        "outcome error=payment-method-not-found 7/7 16.325 2.0e-9",
        "outcome error=certificate-not-allowed 4/4 15.035 8.3e-6",
        "outcome error=payment-balance 2/2 13.555 1.9e-3",
    ];
    assert_eq!(lines(&analysis.patterns), expected);
    let first = &analysis.patterns[0];
    assert_eq!((first.support, first.risk_ratio), (30.0 / 73.0, 61.0 * 1_112.0 / (54.0 * 87.0)));
    let booked = |is_bad: bool| events.iter().filter(move |event| event.is_bad == is_bad && event.values[0] == "book_reservation");
    let spans = |is_bad: bool| booked(is_bad).filter_map(Event::context).take(3).collect::<Vec<(TraceId, SpanId)>>();
    assert_eq!((&first.examples, &first.counterexamples), (&spans(true), &spans(false)));
    assert_eq!(first.examples.len(), 3);
}

#[test]
fn of_24_runs_that_booked_23_failed() {
    let said = of_runs("no");
    assert_eq!((said.good, said.bad, said.tested), (84, 116, 377));
    let expected = [
        "used book_reservation=yes 23/24 1.779 3.8e-4",
        "used cancel_reservation=yes length=10-19 8/8 1.680 2.7e-2",
        "used update_reservation_baggages=yes 11/12 1.585 2.7e-2",
        "used send_certificate=no length=30+ 49/65 1.511 3.5e-3",
        "used transfer_to_human_agents=no 103/152 2.455 3.9e-5",
    ];
    assert_eq!(lines(&said.patterns), expected);
    let unsaid = of_runs("");
    assert_eq!((unsaid.good, unsaid.bad, unsaid.tested), (84, 116, 30));
    let expected = [
        "used book_reservation=yes 23/24 1.779 2.4e-4",
        "used cancel_reservation=yes length=10-19 8/8 1.680 3.3e-2",
        "used update_reservation_baggages=yes 11/12 1.585 3.3e-2",
    ];
    assert_eq!(lines(&unsaid.patterns), expected);
}
