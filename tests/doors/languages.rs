//! Agents in JavaScript and Python: the same lines through each, in both placements, come to the same bytes.
//!
//! Each has an engine in it that takes long to compile, so it is compiled once for a placement, and all tests ask
//! the same accounts. Where the tool that makes an agent could not be had there is none, which is said; in CI that
//! is a failure. Deliberately absent: what their components import, which any host that lacks it would tell.

use std::io::Write;
use std::sync::LazyLock;

use codomyrmex_telemetry::metrics::Point;
use codomyrmex_telemetry::slo::State;
use codomyrmex_telemetry::{Snapshot, SpanContext, SpanData, SpanId, SpanKind, SpanStatus, Timestamp, TraceId, Value, WriterId};
use codomyrmex_telemetry_host::{Line, Placement, Program};

use crate::kit::{builder, component, groups, root};

const FIRST_NS: u64 = 1_767_225_600_000_000_000; // 2026-01-01T00:00:00Z
const SECOND_NS: u64 = 1_000_000_000;

/// What one agent in one placement came to.
struct Accounts {
    title: String,
    /// By itself.
    alone: Snapshot,
    /// As a part of the trace of who asks.
    asked: Snapshot,
    /// Its answers to lines that are wrong, one a group.
    refusals: Vec<String>,
    /// What it recorded of those.
    refused: Snapshot,
}

static ACCOUNTS: LazyLock<Vec<Accounts>> = LazyLock::new(|| {
    let agents = ["javascript-agent.wasm", "python-agent.wasm"].into_iter().filter(|agent| is_there(agent));
    agents.flat_map(|agent| [Placement::Host, Placement::Composed].map(|placement| Accounts::of(agent, placement))).collect()
});

/// Whether an agent was made. In CI each is.
fn is_there(agent: &str) -> bool {
    let is_there = root().join("target/components").join(agent).exists();
    if !is_there {
        let message = format!("!!! SKIPPED: {agent} is missing; `cargo xtask test` makes it where its tool can be installed");
        assert!(std::env::var_os("CI").is_none(), "{message}");
        let _ = writeln!(std::io::stderr(), "{message}"); // not by a macro, whose output a test that passes would swallow
    }
    is_there
}

/// The span of a program that asks.
fn asker() -> SpanContext {
    SpanContext { trace_id: TraceId::derive("asker"), span_id: SpanId::derive("asker"), trace_flags: 1, trace_state: "vendor=1".into() }
}

fn account(program: &Program<'_>, parent: Option<&SpanContext>) -> Snapshot {
    let mut agent = program.start(WriterId::new(1)).unwrap();
    for (index, lines) in (0..).zip(groups(&root().join("tests/agents/tool-calls.ndjson"))) {
        agent.handle_under(parent.cloned(), index, lines).unwrap();
    }
    agent.finish().unwrap();
    agent.snapshot()
}

impl Accounts {
    fn of(agent: &str, placement: Placement) -> Self {
        let host = builder(placement).build().unwrap();
        let program = host.load(agent, &component(agent)).unwrap();
        let mut refuser = program.start(WriterId::new(1)).unwrap();
        let mut refuse = |wrong: &str| {
            let lines = [r#"{"run":"a","tool":"search","ms":1}"#, wrong];
            let lines = (1..).zip(lines).map(|(number, text)| Line { number, text: text.into() }).collect();
            refuser.handle(0, lines).unwrap_err().to_string()
        };
        let refusals = [
            r#"{"run":"#,
            "null",
            r#"{"run":"a","tool":5,"ms":1}"#,
            r#"{"run":"a","tool":"b","ms":1.5}"#,
            r#"{"run":"a","tool":"b","ms":true}"#,
            r#"{"run":"a","tool":"b","ms":1001}"#,
            r#"{"run":"a","tool":"b","ms":1,"error":null}"#,
        ];
        let refusals = refusals.map(&mut refuse).into();
        refuser.finish().unwrap();
        Self {
            title: format!("{agent}, {placement}"),
            alone: account(&program, None),
            asked: account(&program, Some(&asker())),
            refusals,
            refused: refuser.snapshot(),
        }
    }
}

fn spans<'a>(snapshot: &'a Snapshot, name: &str) -> Vec<&'a SpanData> {
    let mut spans: Vec<_> = snapshot.spans.iter().filter(|span| span.name == name).collect();
    spans.sort_by_key(|span| span.started);
    spans
}

/// A time in the lines' time: so long after the line before the first.
fn at(line: u64, milliseconds: u64) -> Timestamp {
    Timestamp::from_nanos(FIRST_NS + line * SECOND_NS + milliseconds * 1_000_000).unwrap()
}

#[test]
fn each_language_and_placement_gives_the_same_bytes() {
    for accounts in ACCOUNTS.iter() {
        let first = &ACCOUNTS[0];
        assert!(accounts.alone.to_bytes() == first.alone.to_bytes(), "{}: other bytes than {}", accounts.title, first.title);
        assert!(accounts.asked.to_bytes() == first.asked.to_bytes(), "{}, asked: other bytes than {}", accounts.title, first.title);
    }
}

#[test]
fn the_spans_are_what_the_lines_say() {
    for Accounts { title, alone, .. } in ACCOUNTS.iter() {
        let roots = spans(alone, "handle_group");
        let shown: Vec<_> = roots.iter().map(|root| (root.context.trace_id, root.context.span_id, root.parent, root.ended)).collect();
        let root = |run: &str, line, ms| (TraceId::derive(run), SpanId::derive(run), None, at(line, ms));
        assert_eq!(shown, [root("a", 3, 95), root("b", 5, 310), root("c", 8, 7)], "{title}");
        assert!(roots.iter().all(|root| root.kind == SpanKind::Server && root.status == SpanStatus::Unset), "{title}");
        let lines = spans(alone, "handle_line");
        assert_eq!((lines.len(), alone.spans.recorded(), alone.spans.dropped()), (8, 11, 0), "{title}");
        for (number, span) in (1..).zip(&lines) {
            let root = roots.iter().find(|root| root.context.trace_id == span.context.trace_id).unwrap();
            assert_eq!((span.parent, span.started), (Some(root.context.span_id), at(number, 0)), "{title}, line {number}");
            assert_eq!(span.attributes.get("line"), Some(&Value::Integer(number as i64)), "{title}");
            assert_eq!(span.attributes.get("ok"), Some(&Value::Boolean(![2, 6].contains(&number))), "{title}");
            assert_eq!((span.events[0].name.as_str(), span.events[0].at), ("answered", span.ended), "{title}");
        }
        let failed = lines[1];
        assert_eq!((&failed.status, failed.ended), (&SpanStatus::Error("no-seat".into()), at(2, 250)), "{title}");
        let exception = &failed.events[1];
        assert_eq!((exception.name.as_str(), exception.at), ("exception", at(2, 250)), "{title}");
        let said = ["exception.type", "exception.message", "exception.stacktrace"].map(|key| exception.attributes.get(key));
        assert_eq!(said, [Some(&Value::Text("no-seat".into())), Some(&Value::Text("book failed".into())), None], "{title}");
        let statuses = lines.iter().filter(|span| span.status == SpanStatus::Unset && span.events.len() == 1);
        assert_eq!(statuses.count(), 6, "{title}");
        assert_eq!(lines[0].events[0].attributes.get("seconds"), Some(&Value::Float(0.12.into())), "{title}");
        assert!(alone.drops.is_empty(), "{title}");
    }
}

#[test]
fn who_asks_is_above_all() {
    for Accounts { title, alone, asked, .. } in ACCOUNTS.iter() {
        assert_eq!(asked.spans.recorded(), 11, "{title}");
        let SpanContext { trace_id, span_id, trace_state, .. } = asker();
        for span in asked.spans.iter() {
            assert_eq!((span.context.trace_id, &span.context.trace_state), (trace_id, &trace_state), "{title}");
        }
        for (root, run) in spans(asked, "handle_group").into_iter().zip(["a", "b", "c"]) {
            assert_eq!((root.context.span_id, root.parent), (SpanId::derive(run), Some(span_id)), "{title}");
        }
        let parents = |snapshot| spans(snapshot, "handle_line").iter().map(|span| span.parent).collect::<Vec<_>>();
        assert_eq!(parents(asked), parents(alone), "{title}");
    }
}

#[test]
fn metrics_and_objectives_are_what_the_lines_say() {
    for Accounts { title, alone, .. } in ACCOUNTS.iter() {
        let family = |name: &str| alone.metrics.0.iter().find(|(schema, _)| schema.name == name).unwrap().1;
        let calls = family("tool_calls").series.iter().map(|(key, series)| match &series.point {
            Point::Counter(total) => (key.values().join(" "), total.sum.value()),
            other => panic!("{title}: {other:?}"),
        });
        let expected = [("book error", 1.0), ("book ok", 1.0), ("mail ok", 1.0), ("search error", 1.0), ("search ok", 4.0)];
        assert_eq!(calls.collect::<Vec<_>>(), expected.map(|(labels, count)| (labels.to_string(), count)), "{title}");
        let Point::ExponentialHistogram(seconds) = &family("tool_call_seconds").series.values().next().unwrap().point else {
            panic!("{title}: another kind of point")
        };
        assert_eq!((seconds.buckets.count(), seconds.tally.sum.value()), (8, 1.862), "{title}");
        let statuses = alone.slos.statuses(None);
        let shown: Vec<_> = statuses.iter().map(|slo| (slo.id.as_str(), slo.good, slo.total, slo.state)).collect();
        assert_eq!(shown, [("tools_answer", 6, 8, State::Met)], "{title}");
    }
}

#[test]
fn a_wrong_line_is_named_in_the_same_words_and_nothing_of_its_group_is_recorded() {
    for Accounts { title, refusals, refused, .. } in ACCOUNTS.iter() {
        let texts = "line 2: it needs the texts 'run' and 'tool'";
        let whole = "line 2: it needs 'ms', a whole number up to 1000";
        assert_eq!(
            *refusals,
            ["line 2: it is not JSON", texts, texts, whole, whole, whole, "line 2: its 'error' is not a text"],
            "{title}"
        );
        assert!(refused.is_empty(), "{title}");
    }
}
