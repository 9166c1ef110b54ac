//! `codomyrmex telemetry trace`: what it prints about traces, whole and line by line, and how it ends.
//!
//! Deliberately absent: terminals; widths come by `COLUMNS`, and there are no colours.

use std::process::Command;

use serde_json::{Value as Json, json};

use crate::kit::{codomyrmex, component_path, folder, root, runs_path};
use crate::trace_kit::{BEGIN, MS, evil, good, snapshot};

/// The exit code, standard output and standard error of `telemetry trace` on so many columns.
fn trace_on(columns: u16, words: &[&str]) -> (i32, String, String) {
    let mut program = Command::new(root().join("target/debug/codomyrmex"));
    program.args(["telemetry", "trace"]).args(words).env("COLUMNS", columns.to_string()).env("NO_COLOR", "1");
    let output = program.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// What it prints on a hundred columns when all goes well.
fn trace(words: &[&str]) -> String {
    let (code, out, err) = trace_on(100, words);
    assert_eq!((code, err.as_str()), (0, ""));
    out
}

fn parsed(words: &[&str]) -> Json {
    serde_json::from_str(&trace(&[words, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn a_row_tells_when_a_trace_began_how_long_it_took_and_what_failed() {
    let file = good("trace-list");
    let head = "  trace                             started                    took    spans  errors  name\n";
    let rows = [
        "  1bf7651916cd43dd8448eb211c80319c  2026-01-31T00:00:00Z    12.0 ms        1       0  GET /flights\n",
        "  0af7651916cd43dd8448eb211c80319c  2026-01-31T00:00:00Z     10.0 s        5       1  invoke_agent …\n",
    ];
    assert_eq!(trace(&["list", &file]), format!("Traces  2 traces of 6 spans, 1 with errors\n{head}{}{}", rows[0], rows[1]));
    for (words, expected) in [
        (&["--sort", "started"][..], [1, 0].as_slice()),
        (&["--sort", "duration"], &[1, 0]),
        (&["--sort", "errors"], &[1, 0]),
        (&["--sort", "newest"], &[0, 1]),
        (&["--errors"], &[1]),
        (&["--name", "execute_tool search"], &[1]),
        (&["--name", "execute_tool"], &[]),
        (&["--min-duration", "12ms"], &[0, 1]),
        (&["--min-duration", "12.1ms"], &[1]),
        (&["--trace", "1BF"], &[0]),
        (&["--trace", "1", "--trace", "0af7651916cd43dd8448eb211c80319c"], &[0, 1]),
        (&["--limit", "1"], &[0]),
    ] {
        let out = trace(&[&["list", &file], words].concat());
        let expected: String = expected.iter().map(|row| rows[*row]).collect();
        let told: String =
            out.lines().filter(|line| line.starts_with("  ") && !line.starts_with("  trace")).map(|line| format!("{line}\n")).collect();
        assert_eq!(told, expected, "{words:?}");
        assert_eq!(out.ends_with("and 1 more trace; --limit shows more\n"), words[0] == "--limit");
    }
    let told = parsed(&["list", &file, "--errors"]);
    let expected = json!({
        "trace_id": "0af7651916cd43dd8448eb211c80319c", "name": "invoke_agent clerk", "started": "2026-01-31T00:00:00Z",
        "start_ns": BEGIN, "duration_ns": 10_000 * MS, "spans_total": 5, "errors_total": 1,
    });
    assert_eq!(told, json!({"traces_total": 1, "spans_dropped": 0, "traces": [expected]}));
}

#[test]
fn a_waterfall_is_to_scale_and_names_what_failed() {
    let file = good("trace-show");
    let lookup = "\
GET /flights  1bf7651916cd43dd8448eb211c80319c
  2026-01-31T00:00:00.500000000Z, 12.0 ms, 1 span
                                  0                                                          12.0 ms
  GET /flights           12.0 ms  ##################################################################
    its parent 000000000000beef is not here
";
    let booking = "\
invoke_agent clerk  0af7651916cd43dd8448eb211c80319c
  2026-01-31T00:00:00Z, 10.0 s, 5 spans, 1 error
                                           0                                                  10.0 s
  invoke_agent clerk               10.0 s  #########################################################
    chat small                     4.00 s  ######################...................................
    execute_tool search  ERROR     2.50 s  ......................###############....................
      no flight on that day
      1 link, 1 event: retry
      did not fit: 3 attributes
    execute_tool search  ok       1.00 ms  .....................................|...................
    chat small                     3.00 s  .......................................##################
";
    assert_eq!(trace(&["show", &file]), format!("{lookup}\n{booking}"));
    assert_eq!(trace(&["show", &file, "--sort", "started"]), format!("{booking}\n{lookup}"));
    assert_eq!(trace(&["show", &file, "--errors"]), booking);
    assert_eq!(trace(&["show", &file, "--limit", "1"]), format!("{lookup}and 1 more trace; --limit shows more\n"));
    assert_eq!(trace(&["show", &file, "--min-duration", "1h"]), "no such trace\n");
    assert_eq!(
        trace_on(60, &["show", &file, "--trace", "0af", "--spans", "3"]).1,
        "\
invoke_agent clerk  0af7651916cd43dd8448eb211c80319c
  2026-01-31T00:00:00Z, 10.0 s, 5 spans, 1 error
                                         0            10.0 s
  invoke_agent clerk             10.0 s  ###################
    chat small                   4.00 s  #######............
    execute_tool sea…  ERROR     2.50 s  .......#####.......
      no flight on that day
      1 link, 1 event: retry
      did not fit: 3 attributes
  and 2 more spans; --spans draws more
"
    );
}

#[test]
fn attributes_events_and_links_are_told_one_by_one_where_they_are_asked_for() {
    let file = good("trace-attributes");
    assert_eq!(
        trace(&["show", &file, "--trace", "0af", "--attributes", "--spans", "3"]),
        "\
invoke_agent clerk  0af7651916cd43dd8448eb211c80319c
  2026-01-31T00:00:00Z, 10.0 s, 5 spans, 1 error
                                           0                                                  10.0 s
  invoke_agent clerk               10.0 s  #########################################################
    span 0000000000000001
    gen_ai.agent.name = clerk
    gen_ai.operation.name = invoke_agent
    gen_ai.usage.input_tokens = 2400
    chat small                     4.00 s  ######################...................................
      span 0000000000000002, client
      gen_ai.operation.name = chat
      gen_ai.response.model = small
      gen_ai.usage.cache_read.input_tokens = 600
      gen_ai.usage.input_tokens = 1000
      gen_ai.usage.output_tokens = 50
    execute_tool search  ERROR     2.50 s  ......................###############....................
      no flight on that day
      span 0000000000000003
      scope clerk 1.2
      resource service.name = flights
      gen_ai.operation.name = execute_tool
      gen_ai.tool.name = search
      event retry after 1.00 s
        attempt = 2
      link to span 0000000000000001 of trace 1bf7651916cd43dd8448eb211c80319c
      did not fit: 3 attributes
  and 2 more spans; --spans draws more
"
    );
}

#[test]
fn json_of_a_trace_says_of_each_span_where_it_hangs() {
    let file = good("trace-json");
    let told = parsed(&["show", &file, "--sort", "started"]);
    let spans = told["traces"][0]["spans"].as_array().unwrap();
    let names = spans.iter().map(|span| (span["name"].as_str().unwrap(), span["depth"].as_u64().unwrap()));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [("invoke_agent clerk", 0), ("chat small", 1), ("execute_tool search", 1), ("execute_tool search", 1), ("chat small", 1)]
    );
    assert_eq!(
        spans[2],
        json!({
            "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "0000000000000003", "parent_span_id": "0000000000000001",
            "parent_is": "kept", "depth": 1, "name": "execute_tool search", "kind": "internal",
            "start_ns": BEGIN + 4_000 * MS, "duration_ns": 2_500 * MS, "status": "error", "status_message": "no flight on that day",
            "attributes": {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"},
            "events": [{"name": "retry", "time_ns": BEGIN + 5_000 * MS, "attributes": {"attempt": 2}}],
            "links": [{"trace_id": "1bf7651916cd43dd8448eb211c80319c", "span_id": "0000000000000001", "attributes": {}}],
            "dropped": {"attributes": 3, "events": 0, "links": 0},
            "resource": {"service.name": "flights"}, "scope": {"name": "clerk", "version": "1.2"},
        })
    );
    let lookup = &told["traces"][1]["spans"][0];
    assert_eq!((&lookup["parent_is"], &lookup["parent_span_id"]), (&json!("not kept"), &json!("000000000000beef")));
}

#[test]
fn a_graph_counts_calls_by_who_made_them() {
    let file = good("trace-graph");
    assert_eq!(
        trace(&["graph", &file]),
        "\
Calls  6 calls in 2 traces: 4 nodes, 4 edges
  caller         called          calls  errors       mean        p50        p95        max
  agent clerk -> chat small          2       0     3.50 s     3.00 s     4.00 s     4.00 s
  agent clerk -> tool search         2       1     1.25 s    1.00 ms     2.50 s     2.50 s
  (nobody)    -> agent clerk         1       0     10.0 s     10.0 s     10.0 s     10.0 s
  (not here)  -> GET /flights        1       0    12.0 ms    12.0 ms    12.0 ms    12.0 ms
"
    );
    let graph = parsed(&["graph", &file]);
    assert_eq!(
        graph["edges"][1],
        json!({
            "caller": {"kind": "agent", "name": "clerk"}, "called": {"kind": "tool", "name": "search"},
            "calls": {
                "count": 2, "errors": 1, "total_ns": 2_501 * MS, "min_ns": MS, "mean_ns": 2_501 * MS / 2,
                "p50_ns": MS, "p95_ns": 2_500 * MS, "max_ns": 2_500 * MS,
            },
        })
    );
    let callers = graph["edges"].as_array().unwrap().iter().map(|edge| edge["caller"].clone());
    assert_eq!(callers.skip(2).collect::<Vec<_>>(), [json!(null), json!({"kind": "unkept", "name": null})]);
    let nodes: Vec<_> = graph["nodes"].as_array().unwrap().iter().map(|node| node["node"]["name"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["clerk", "GET /flights", "chat small", "search"]);
}

#[test]
fn tokens_cost_what_is_told_and_unknown_prices_are_said() {
    let file = good("trace-tokens");
    assert_eq!(
        trace(&["tokens", &file]),
        "\
Tokens  2 calls of 1 model
  model     calls  errors  input  from cache  to cache  output  reasoning
  small         2       0  2,400       1,600         0     120          0
  together      2       0  2,400       1,600         0     120          0
not counted: usage of 1 span that calls no model
"
    );
    // 800 x 0.15 + 1,600 x 0.075 + 120 x 0.6 = 312 for a million.
    let words = ["tokens", &file, "--price", "small=0.15:0.6:0.075", "--price", "large=2.5:10"];
    let priced = trace(&words);
    assert_eq!(priced.lines().nth(2), Some("  small         2       0  2,400       1,600         0     120          0  0.000312"));
    assert_eq!(priced.lines().nth(4), Some("no calls of large"));
    let told = parsed(&words);
    assert_eq!((&told["models"][0]["model"], &told["models"][0]["cost"]), (&json!("small"), &json!("0.000312")));
    assert_eq!((&told["total"]["cost_of_priced"], &told["prices_unused"]), (&json!("0.000312"), &json!(["large"])));
    let unknown = trace(&["tokens", &file, "--price", "large=2.5:10"]);
    assert!(
        unknown.contains("  small         2       0  2,400       1,600         0     120          0  unknown\n")
            && unknown.contains("0  unknown\nnot in the cost: what has no price, small\n"),
        "{unknown}"
    );
    let told = parsed(&["tokens", &file]);
    assert_eq!((&told["models"][0]["cost"], &told["unpriced"]), (&json!(null), &json!(["small"])));
    assert_eq!(told["left_out"], json!({"other_spans": 1, "repeated_spans": 0, "invalid_values": 0}));
}

#[test]
fn an_agent_can_neither_write_to_the_terminal_nor_past_its_edge() {
    let file = snapshot("trace-evil", &evil());
    for columns in [1, 61, 72, 95, 100, 4_000] {
        let most = usize::from(columns).clamp(60, 400);
        for words in [&["list"][..], &["show"], &["show", "--attributes"], &["graph"], &["tokens"], &["tokens", "--price", "m=1:1"]] {
            let (code, out, err) = trace_on(columns, &[words, &[&file]].concat());
            assert_eq!((code, err.as_str()), (0, ""));
            for line in out.lines() {
                // Wide characters take two columns, combining ones none.
                let wide = line.chars().filter(|c| matches!(c, '日' | '本' | '語')).count();
                let none = line.chars().filter(|c| *c == '\u{301}').count();
                assert!(line.chars().count() + wide - none <= most, "{words:?} on {columns}: {line}");
                assert!(!line.contains(['\u{1b}', '\r', '\u{7}', '\u{202e}', '\u{9b}']), "{line:?}");
            }
        }
    }
    assert_eq!(
        trace_on(60, &["show", &file, "--spans", "7"]).1,
        "\
�[2J�me��fine  0.00 s  e0110000000000000000000000000001
  2026-01-31T00:00:00Z, 10.0 ms, 39 spans, 39 errors
                                         0           10.0 ms
  �[2J�me��fine  0.0…  ERROR    10.0 ms  ###################
    its parents go round in a circle
    �[1Aall is well
    日本語日本語日本…  ERROR    5.00 ms  #########..........
      �[1Aall is well
    éééééééééééééééé…  ERROR    5.00 ms  .........##########
      �[1Aall is well
      deep             ERROR    1.00 ms  ...........##......
        �[1Aall is well
        deep           ERROR    1.00 ms  ...........##......
          �[1Aall is well
          deep         ERROR    1.00 ms  ...........##......
            �[1Aall is well
          +1 deep      ERROR    1.00 ms  ...........##......
            �[1Aall is well
  and 32 more spans; --spans draws more
"
    );
}

#[test]
fn the_traces_of_real_runs_are_told_whole() {
    let path = folder("trace-airline").join("snapshot").to_str().unwrap().to_string();
    let (agent, input) = (component_path("airline-agent.wasm"), runs_path());
    let words = ["telemetry", "run", agent.to_str().unwrap(), "--input", input.to_str().unwrap(), "--snapshot", &path];
    assert!(codomyrmex(&words).status.success());
    let told = parsed(&["list", &path, "--limit", "1000"]);
    let traces = told["traces"].as_array().unwrap();
    let sum = |key: &str| traces.iter().map(|trace| trace[key].as_u64().unwrap()).sum::<u64>();
    // One trace a run, a span for the run and one for each line but the last.
    assert_eq!((traces.len(), sum("spans_total")), (200, 5_308));
    let graph = parsed(&["graph", &path]);
    let edges = graph["edges"].as_array().unwrap();
    let calls = |key: &str| edges.iter().map(|edge| edge["calls"][key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((calls("count"), calls("errors")), (5_308, sum("errors_total")));
    let runs = edges.iter().find(|edge| edge["caller"].is_null()).unwrap();
    assert_eq!((&runs["calls"]["count"], &runs["calls"]["errors"]), (&json!(200), &json!(116)));
    let slowest = trace(&["show", &path, "--sort", "duration", "--limit", "1"]);
    assert!(slowest.contains(", 1 m 1 s, ") && slowest.ends_with("and 199 more traces; --limit shows more\n"), "{slowest}");
}

#[test]
fn what_is_wrong_is_named_and_has_its_exit_code() {
    let file = good("trace-wrong");
    for (words, expected_code, expected) in [
        (&["list", &file, "--trace", "abc"][..], 3, "no trace has an id that begins with 'abc'; in what was read there are 2 traces"),
        (&["show", "/nowhere"], 3, "/nowhere: No such file"),
        (&["list"], 2, "required arguments were not provided"),
        (&["list", &file, "--trace", "xyz"], 2, "1 to 32 hexadecimal digits"),
        (&["list", &file, "--min-duration", "long"], 2, "write it like 250ms, 1s or 2m"),
        (&["show", &file, "--limit", "0"], 2, "0 is not in 1.."),
        (&["show", &file, "--sort", "name"], 2, "possible values: newest, started, duration, errors"),
        (&["tokens", &file, "--price", "small=cheap"], 2, "'cheap' is no price"),
        (&["tokens", &file, "--price", "small=1:2.0000001"], 2, "up to six decimals"),
        (&["tokens", &file, "--price", "a=1:2", "--price", "a=1:3"], 2, "--price gives 'a' two prices"),
    ] {
        let (code, out, err) = trace_on(100, words);
        assert_eq!((code, out.as_str()), (expected_code, ""), "{words:?}: {err}");
        assert!(err.contains(expected), "{words:?}: {err}");
    }
}
