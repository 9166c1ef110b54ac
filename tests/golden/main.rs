//! Golden files: whole outputs, as they should be. `BLESS=1 cargo test --test golden` writes them anew,
//! and the change is there to be read before it is committed.
//!
//! Deliberately absent: outputs that hold a time or a path.
#![expect(clippy::unwrap_used, reason = "tests: where a precondition is broken the test should end")]

mod pages;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use codomyrmex_telemetry::export::Escaping;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Holds an output against its golden file.
fn golden(name: &str, output: &str) {
    let path = Path::new(ROOT).join("tests/golden/cases").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, output).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(output == expected, "{name} is another than its golden file; with BLESS=1 it is written anew. It is now:\n{output}");
}

fn component(name: &str) -> (Engine, Component) {
    let engine = Engine::default();
    let path = Path::new(ROOT).join("target/components").join(name);
    let component =
        Component::from_file(&engine, &path).unwrap_or_else(|_| panic!("{} is missing; `cargo xtask build` makes it", path.display()));
    (engine, component)
}

/// The instances and functions that a component imports or exports.
fn listed<'a>(engine: &Engine, items: impl Iterator<Item = (&'a str, ComponentItem)>) -> String {
    let mut text = String::new();
    for (name, item) in items {
        match item {
            ComponentItem::ComponentInstance(instance) => {
                writeln!(text, "{name}").unwrap();
                let functions = instance.exports(engine).filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)));
                functions.for_each(|(function, _)| writeln!(text, "    {function}").unwrap());
            }
            _ => writeln!(text, "{name}").unwrap(),
        }
    }
    text
}

#[test]
fn the_telemetry_component_has_no_power_but_the_time_and_chance() {
    let (engine, component) = component("telemetry.wasm");
    let kind = component.component_type();
    golden("telemetry.imports", &listed(&engine, kind.imports(&engine).map(|(name, item)| (name, item.ty))));
    golden("telemetry.exports", &listed(&engine, kind.exports(&engine).map(|(name, item)| (name, item.ty))));
}

#[test]
fn the_airline_report_is_as_people_were_shown_it() {
    let output = Command::new(Path::new(ROOT).join("target/debug/codomyrmex"))
        .args(["telemetry", "run", "target/components/airline-agent.wasm", "--input", "tests/data/agent-runs.ndjson", "--agents", "2"])
        .current_dir(ROOT)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (first, report) = text.split_once('\n').unwrap();
    assert!(first.starts_with("5,308 lines in 200 groups, 2 agents, placement host, "), "{first}");
    golden("airline.report", report);
    let digest = report.lines().last().unwrap().split(' ').next_back().unwrap();
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    assert!(readme.contains(digest), "README.md shows another digest than {digest}");
    let shown = report.lines().skip_while(|line| *line != "Objectives").take(5);
    shown.for_each(|line| assert!(readme.contains(line), "README.md shows this line otherwise: {line}"));
}

#[test]
fn the_airline_metrics_are_exposed_as_prometheus_and_openmetrics_readers_expect() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("tests/data/agent-runs.ndjson")).unwrap();
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
    let run = |line: &str| line.split('"').nth(3).unwrap().to_string();
    for (index, lines) in (0..).zip(lines.chunk_by(|one, next| run(one.1) == run(next.1))) {
        airline_agent::handle(index, lines, None).unwrap();
    }
    let snapshot = codomyrmex_telemetry_guest::with_ledger(|ledger| ledger.snapshot());
    golden("airline.prom", &codomyrmex_telemetry::export::prometheus(&snapshot, Escaping::Underscores));
    golden("airline.openmetrics", &codomyrmex_telemetry::export::openmetrics(&snapshot, Escaping::Underscores));
}
