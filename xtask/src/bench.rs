//! The benchmarks: what recording, encoding and merging cost, beside others that do the same.
//!
//! The rows come from the binaries in `tests/bench` and from the scripts in `web/bench`, a line of JSON
//! each. Here they become one table, and `target/bench/SUITE.jsonl` for other programs. Deliberately
//! absent: verdicts. Numbers of a machine that others use as well are no reason to fail.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{artifacts, setup, step};

/// The package of the binaries.
const PACKAGE: &str = "codomyrmex-telemetry-bench";
/// Where cargo puts them.
const PROGRAMS: &str = "target/release";
/// Where the rows go.
const ROWS: &str = "target/bench";
/// The agent that is timed.
const AGENT: &str = "bench-agent";

/// Where rows come from.
#[derive(Clone, Copy)]
enum Source {
    /// `bench`: times in a Rust program.
    Native,
    /// `bench-memory`: bytes in a Rust program.
    Memory,
    /// `web/bench`: times in Node.
    Node,
    /// `bench-wasmtime`: times in an agent. It takes minutes to build, and so can be left out.
    Wasmtime,
    /// `tests/bench/python`: times of what the Python module does, where there is a Python.
    Python,
}

/// The row that those in Python are compared with.
const RECORD_EVENT: &str = "native: record an event, Ledger";

/// The suites, and where the rows of each come from.
const SUITES: [(&str, &[Source]); 3] = [
    ("metrics", &[Source::Native, Source::Memory, Source::Node, Source::Wasmtime]),
    ("slo", &[Source::Native, Source::Memory, Source::Node, Source::Wasmtime, Source::Python]),
    ("tracing", &[Source::Native, Source::Node, Source::Wasmtime]),
];

/// Runs a suite. With `is_quick`, without what takes minutes to build.
pub(crate) fn run(suite: &str, is_quick: bool) -> Result<()> {
    let Some((_, sources)) = SUITES.iter().find(|(name, _)| *name == suite) else {
        let names: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
        bail!("'{suite}' is no suite of benchmarks; there is: {}", names.join(", "));
    };
    let mut rows = Vec::new();
    for source in *sources {
        match source {
            Source::Wasmtime if is_quick => step::say("\n==> the agents are left out, as --quick says"),
            source => {
                let more = source.measure(suite, &rows)?;
                rows.extend(more);
            }
        }
    }
    step::say(&format!("\n{}", table(&rows)));
    fs::create_dir_all(ROWS).context(ROWS)?;
    let path = format!("{ROWS}/{suite}.jsonl");
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(&path, lines).with_context(|| path.clone())?;
    step::say(&format!("\n{} rows, also in {path}", rows.len()));
    Ok(())
}

impl Source {
    /// Builds what it needs, runs it, and reads its rows.
    fn measure(self, suite: &str, before: &[Value]) -> Result<Vec<Value>> {
        match self {
            Self::Python => python(suite, before),
            Self::Native => {
                build("bench", &["--features", "peers"])?;
                rows("measure in Rust", &[&format!("{PROGRAMS}/bench"), suite])
            }
            Self::Memory => {
                build("bench-memory", &[])?;
                rows("count bytes in Rust", &[&format!("{PROGRAMS}/bench-memory"), suite])
            }
            Self::Node => {
                artifacts::web()?;
                rows("measure in Node", &["node", &format!("web/bench/{suite}.mjs")])
            }
            Self::Wasmtime => {
                setup::wasm_target()?;
                artifacts::telemetry()?;
                artifacts::agents(&[AGENT])?;
                build("bench-wasmtime", &["--features", "wasmtime"])?;
                rows("measure in an agent under Wasmtime", &[&format!("{PROGRAMS}/bench-wasmtime"), suite, artifacts::COMPONENTS])
            }
        }
    }
}

/// The rows in Python, by the time that the ledger took in this run.
fn python(suite: &str, before: &[Value]) -> Result<Vec<Value>> {
    if !step::works(&["python3", "--version"]) {
        step::say("\n!!! SKIPPED what the Python module takes: there is no python3 here");
        return Ok(Vec::new());
    }
    let ours = before.iter().find(|row| row.get("case").and_then(Value::as_str) == Some(RECORD_EVENT));
    let ours = ours.and_then(|row| row.get("ours_ns")?.as_f64()).with_context(|| format!("no row '{RECORD_EVENT}'"))?;
    rows("measure in Python", &["python3", &format!("tests/bench/python/{suite}.py"), &ours.to_string()])
}

/// Builds one binary, optimised, and nothing that it does not need.
fn build(binary: &str, options: &[&str]) -> Result<()> {
    let words = ["cargo", "build", "--release", "-p", PACKAGE, "--bin", binary];
    step::run(&format!("build {binary}"), &[&words[..], options].concat())
}

/// Runs a program that puts out rows. What it says meanwhile goes to the screen.
fn rows(title: &str, words: &[&str]) -> Result<Vec<Value>> {
    step::say(&format!("\n==> {title}\n    {}", words.join(" ")));
    let output = step::capture(words)?;
    output.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no row: {line}"))).collect()
}

/// All rows, aligned.
fn table(rows: &[Value]) -> String {
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let cells = rows.iter().map(|row| {
        let number = |key: &str| row.get(key).and_then(Value::as_f64);
        let ours = number("ours_bytes").map(|bytes| format!("{bytes:.0} B")).or_else(|| number("ours_ns").map(time));
        let peer = number("peer_ns").map(time).unwrap_or_default();
        let ratio = number("ratio").map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        [text(row, "case"), ours.unwrap_or_default(), ratio, peer, text(row, "peer")]
    });
    let head = ["case", "ours", "ratio", "theirs", "peer"].map(String::from);
    let lines: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let aligned = lines.iter().map(|[case, ours, ratio, theirs, peer]| {
        let line = format!("{case:<0$}  {ours:>1$}  {ratio:>2$}  {theirs:>3$}  {peer}", widths[0], widths[1], widths[2], widths[3]);
        format!("{}\n", line.trim_end())
    });
    aligned.collect::<String>() + "\nratio: their time by ours, so above 1 is ahead; the median of 25 rounds. Times are the least of them."
}

/// A time with a unit that suits it.
fn time(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e4 => format!("{nanos:.1} ns"),
        nanos if nanos < 1e6 => format!("{:.1} us", nanos / 1e3),
        nanos => format!("{:.2} ms", nanos / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_an_aligned_table() {
        let rows: Vec<Value> = [
            r#"{"case":"held","ours_ns":17.532,"peer":"b","peer_ns":11653.9,"ratio":0.666}"#,
            r#"{"case":"memory: idle","ours_bytes":273.06,"ours_ns":null,"peer":"none","peer_ns":null,"ratio":null}"#,
        ]
        .into_iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
        let table = table(&rows);
        let lines: Vec<&str> = table.lines().take(3).collect();
        assert_eq!(
            lines,
            [
                "case             ours  ratio   theirs  peer",
                "held          17.5 ns   0.67  11.7 us  b",
                "memory: idle    273 B                  none",
            ]
        );
    }
}
