//! What the helpers for agents record, by versions of the conventions.

use crate::kit::{finished, named, text, told};
use codomyrmex_telemetry::export::{Escaping, prometheus};
use codomyrmex_telemetry_guest::genai::{Agent, AgentTelemetryHooks, Chat, Conventions, GenAi, Tool, Usage};
use codomyrmex_telemetry_guest::{Parent, SpanId, StartOptions, TraceId, get_tracer, with_ledger};

const SECOND_NS: u64 = 1_000_000_000;

fn at(second: u64, id: u64) -> StartOptions {
    StartOptions { id: Some(SpanId::new(id).unwrap()), at: Some(second * SECOND_NS) }
}

/// A run of an agent that asks a model and runs a tool that fails.
fn run(conventions: Conventions) {
    let genai = GenAi::new(get_tracer("airline"), conventions).unwrap();
    let agent = Agent { name: "airline", id: "a-1", conversation: "c-7", provider: "openai", model: "gpt-4o", ..Agent::default() };
    let run = genai.invoke_agent(&agent, Parent::Trace(TraceId::new(7).unwrap()), at(0, 1));
    let under = Parent::Span(run.span());
    genai.plan("airline", under, at(0, 2)).end(Some(SECOND_NS));
    let chat = genai.chat(&Chat { provider: "openai", model: "gpt-4o", conversation: "c-7" }, under, at(1, 3));
    let usage = Usage { input: 1_200, output: 30, cache_read: 1_000, cache_write: 0, reasoning: 20, modality: "text" };
    chat.record_usage(&usage, Some(2 * SECOND_NS));
    chat.end(Some(3 * SECOND_NS));
    let mut tool = genai.execute_tool(&Tool { name: "search", call_id: "call-9", kind: "function" }, under, at(3, 4));
    tool.fail("timeout", "no answer in 5 s", None);
    tool.end(Some(8 * SECOND_NS));
    run.end(Some(9 * SECOND_NS));
}

/// All attributes of a span as `key=value`.
fn attributes(name: &str) -> Vec<String> {
    named(name).attributes.iter().map(|(key, value)| format!("{key}={}", text(value))).collect()
}

/// The lines of an export that begin so and end in one of these.
fn lines(begin: &str, ends: &[&str]) -> Vec<String> {
    let exported = prometheus(&with_ledger(|ledger| ledger.snapshot()), Escaping::Underscores);
    let is_asked = |line: &&str| line.starts_with(begin) && ends.iter().any(|end| line.contains(end));
    exported.lines().filter(is_asked).map(|line| line.replace(begin, "")).collect()
}

#[test]
fn spans_have_the_names_of_their_version() {
    run(Conventions::V1_41);
    let kinds: Vec<_> = finished().iter().map(|span| format!("{} {}", span.name, span.kind.name())).collect();
    let expected = ["invoke_agent airline internal", "plan airline internal", "chat gpt-4o client", "execute_tool search internal"];
    assert_eq!(kinds, expected);
    assert_eq!(told()[1], "execute_tool search under invoke_agent airline: error 'no answer in 5 s' [exception]");
    let known = ["gen_ai.provider.name=openai", "gen_ai.request.model=gpt-4o"];
    assert_eq!(
        attributes("invoke_agent airline"),
        [
            "gen_ai.agent.id=a-1",
            "gen_ai.agent.name=airline",
            "gen_ai.conversation.id=c-7",
            "gen_ai.operation.name=invoke_agent",
            known[0],
            known[1]
        ]
    );
    assert_eq!(
        attributes("chat gpt-4o"),
        [
            "gen_ai.conversation.id=c-7",
            "gen_ai.operation.name=chat",
            known[0],
            known[1],
            "gen_ai.usage.cache_read.input_tokens=1000",
            "gen_ai.usage.input_tokens=1200",
            "gen_ai.usage.output_tokens=30"
        ]
    );
    assert_eq!(
        attributes("execute_tool search"),
        [
            "error.type=timeout",
            "gen_ai.operation.name=execute_tool",
            "gen_ai.tool.call.id=call-9",
            "gen_ai.tool.name=search",
            "gen_ai.tool.type=function"
        ]
    );
}

#[test]
fn an_older_version_has_its_own_words_and_no_newer_ones() {
    run(Conventions::V1_36);
    assert_eq!(
        attributes("chat gpt-4o"),
        [
            "gen_ai.conversation.id=c-7",
            "gen_ai.operation.name=chat",
            "gen_ai.request.model=gpt-4o",
            "gen_ai.system=openai",
            "gen_ai.usage.input_tokens=1200",
            "gen_ai.usage.output_tokens=30"
        ]
    );
    let labels = "gen_ai_operation_name=\"chat\",gen_ai_system=\"openai\",gen_ai_request_model=\"gpt-4o\"";
    let counted = lines("gen_ai_client_token_usage_", &["sum{"]);
    assert_eq!(
        counted,
        [format!("sum{{{labels},gen_ai_token_type=\"input\"}} 1200"), format!("sum{{{labels},gen_ai_token_type=\"output\"}} 30")]
    );
}

#[test]
fn one_histogram_holds_all_durations_until_each_has_its_own() {
    run(Conventions::V1_41);
    let sums = lines("gen_ai_client_operation_duration_", &["sum{"]);
    let names = ["chat", "execute_tool", "invoke_agent", "plan"];
    for (line, (name, seconds)) in sums.iter().zip(names.iter().zip([2, 5, 9, 1])) {
        assert!(line.contains(&format!("gen_ai_operation_name=\"{name}\"")) && line.ends_with(&format!(" {seconds}")), "{line}");
    }
    assert_eq!(sums.len(), 4);
    assert!(sums[1].contains("error_type=\"timeout\""), "{}", sums[1]);
    assert_eq!(lines("gen_ai_client_operation_duration_bucket{gen_ai_operation_name=\"chat\"", &["le=\"1.28\"", "le=\"2.56\""]).len(), 2);
}

#[test]
fn the_newest_counts_tokens_by_kind() {
    run(Conventions::Moved2026);
    assert!(attributes("chat gpt-4o").contains(&"gen_ai.usage.reasoning.output_tokens=20".into()));
    let labels =
        "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"gpt-4o\",gen_ai_token_modality=\"text\"";
    let counted = lines("gen_ai_client_inference_usage_", &["_total{"]);
    let count = |name: &str, count| format!("{name}_tokens_total{{{labels}}} {count}");
    assert_eq!(counted, [count("cache_read_input", 1_000), count("input", 1_200), count("output", 30), count("reasoning_output", 20)]);
    let tool = "sum{gen_ai_operation_name=\"execute_tool\",gen_ai_tool_name=\"search\",error_type=\"timeout\"} 5";
    assert_eq!(lines("gen_ai_execute_tool_duration_", &["sum{"]), [tool]);
    assert_eq!(lines("gen_ai_invoke_agent_duration_", &["count{"]).len(), 2);
    assert_eq!(lines("gen_ai_client_inference_duration_", &["count{"]).len(), 1);
}

#[test]
fn phases_are_counted_and_a_tasks_id_is_no_label() {
    let hooks = AgentTelemetryHooks::new("airline").unwrap();
    for task in ["task-1", "task-2"] {
        let done: Result<(), String> = hooks.track_task(task, |_| {
            hooks.track_plan(|_| Ok::<_, String>(()))?;
            hooks.track_act("search", |_| if task == "task-1" { Ok(()) } else { Err(String::from("sold out")) })?;
            hooks.track_observe(|_| Ok::<_, String>(()))
        });
        assert_eq!(done.is_ok(), task == "task-1");
    }
    let label = |phase: &str, action: &str| format!("{{agent=\"airline\",phase=\"{phase}\",action_type=\"{action}\"}}");
    let errors = [("act", "search", 1), ("observe", "", 0), ("plan", "", 0), ("task", "", 1)];
    let errors = errors.map(|(phase, action, count)| format!("{} {count}", label(phase, action)));
    assert_eq!(lines("agent_phase_errors_total", &["{"]), errors);
    let executions = [("act", "search", 2), ("observe", "", 1), ("plan", "", 2), ("task", "", 2)];
    let executions = executions.map(|(phase, action, count)| format!("{} {count}", label(phase, action)));
    assert_eq!(lines("agent_phase_executions_total", &["{"]), executions);
    assert_eq!(lines("agent_phase_latency_seconds_count", &["{"]).len(), 4);
    let tasks: Vec<_> = finished()
        .iter()
        .filter(|span| span.name == "agent.airline.task")
        .map(|span| text(span.attributes.get("task_id").unwrap()))
        .collect();
    assert_eq!(tasks, ["task-1", "task-2"]);
    let failed = "agent.airline.act under agent.airline.task: error 'sold out' [exception]";
    assert_eq!(told().iter().filter(|told| *told == failed).count(), 1);
}
