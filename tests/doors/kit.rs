//! What the door tests share: the built components, the real runs, the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use codomyrmex_telemetry::{Snapshot, WriterId};
use codomyrmex_telemetry_host::{AgentError, HostBuilder, Line, Placement};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The path of a built component.
pub(crate) fn component_path(name: &str) -> PathBuf {
    let path = root().join("target/components").join(name);
    assert!(path.exists(), "{} is missing; `cargo xtask build` makes it", path.display());
    path
}

/// A built component.
pub(crate) fn component(name: &str) -> Vec<u8> {
    std::fs::read(component_path(name)).unwrap()
}

/// The path of the real runs.
pub(crate) fn runs_path() -> PathBuf {
    root().join("tests/data/agent-runs.ndjson")
}

/// The real runs, a group of lines each.
pub(crate) fn runs() -> Vec<Vec<Line>> {
    groups(&runs_path())
}

/// The runs in a file, a group of lines each: `run` is the first key of a line, and those of a run stand together.
pub(crate) fn groups(path: &Path) -> Vec<Vec<Line>> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<Line> = (1..).zip(text.lines()).map(|(number, text)| Line { number, text: text.into() }).collect();
    let run = |line: &Line| line.text.split('"').nth(3).unwrap().to_string();
    lines.chunk_by(|one, next| run(one) == run(next)).map(<[Line]>::to_vec).collect()
}

/// A host builder for a placement.
pub(crate) fn builder(placement: Placement) -> HostBuilder {
    HostBuilder::new().placement(placement).telemetry_component(component("telemetry.wasm"))
}

/// What several agents come to that share groups, and the first error of each.
pub(crate) fn work(builder: HostBuilder, agent: &str, groups: &[Vec<Line>], agents: usize) -> (Snapshot, Vec<Option<AgentError>>) {
    let host = builder.build().unwrap();
    let program = host.load(agent, &component(agent)).unwrap();
    let mut merged = Snapshot::default();
    let mut errors = Vec::new();
    for number in 0..agents {
        let mut agent = program.start(WriterId::new(number as u128 + 1)).unwrap();
        let mut share = groups.iter().enumerate().skip(number).step_by(agents);
        errors.push(share.find_map(|(index, lines)| agent.handle(index as u64, lines.clone()).err()));
        agent.finish().unwrap();
        merged.merge(&agent.snapshot());
    }
    (merged, errors)
}

/// The lines that have `EvilAgent` do these misdeeds, in one group.
pub(crate) fn misdeeds(names: &[&str]) -> Vec<Line> {
    (1..).zip(names).map(|(number, name)| Line { number, text: format!("{{\"run\":1,\"do\":\"{name}\"}}") }).collect()
}

/// Runs the program `codomyrmex`.
pub(crate) fn codomyrmex(arguments: &[&str]) -> Output {
    let program = root().join("target/debug/codomyrmex");
    assert!(program.exists(), "{} is missing; `cargo xtask test` builds it before the tests", program.display());
    Command::new(program).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

/// A folder for the files of one test, empty.
pub(crate) fn folder(test: &str) -> PathBuf {
    let path = root().join("target/tests").join(test);
    let _ = std::fs::remove_dir_all(&path); // it may not be there
    std::fs::create_dir_all(&path).unwrap();
    path
}
