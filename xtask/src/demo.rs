//! The demo: the airline agent over 200 real runs, its report, why its objectives fail, and one table of
//! digests.
//!
//! Every row of the table is the same agent over the same lines through another door or split. All
//! digests are equal, or the demo fails. Deliberately absent: expected values; the rows are compared
//! with one another, and tests compare them with what is right.

use anyhow::{Context, Result};

use crate::{artifacts, step};

/// The real runs.
pub(crate) const INPUT: &str = "tests/data/agent-runs.ndjson";
const PROGRAM: &str = "target/debug/codomyrmex";
const NATIVE: &str = "target/debug/airline-native";

/// Runs it. The answer is whether all digests are equal.
pub(crate) fn run() -> Result<bool> {
    artifacts::build()?;
    artifacts::programs()?;

    let agent = format!("{}/airline-agent.wasm", artifacts::COMPONENTS);
    step::say(&format!("\n==> codomyrmex telemetry run airline-agent.wasm --input {INPUT}"));
    let report = step::command(&[PROGRAM, "telemetry", "run", &agent, "--input", INPUT]).status().context(PROGRAM)?;
    if !report.success() {
        return Ok(false);
    }

    let file = "target/components/demo.snapshot";
    step::capture(&[PROGRAM, "telemetry", "run", &agent, "--input", INPUT, "--snapshot", file])?;
    step::say(&format!("\n==> codomyrmex telemetry slo analyze {file} --most 3\n    what the failures have in common"));
    let analysis = step::command(&[PROGRAM, "telemetry", "slo", "analyze", file, "--most", "3"]).status().context(PROGRAM)?;
    if !analysis.success() {
        return Ok(false);
    }

    step::say("\n==> the same accounts through every door");
    let mut rows = vec![("native".to_string(), step::capture(&[NATIVE, INPUT])?)];
    for (placement, agents) in [("host", 1), ("host", 2), ("host", 7), ("composed", 1), ("composed", 7)] {
        let file = format!("target/components/demo-{placement}-{agents}.snapshot");
        let count = agents.to_string();
        let words =
            [PROGRAM, "telemetry", "run", &agent, "--input", INPUT, "--agents", &count, "--placement", placement, "--snapshot", &file];
        step::capture(&words)?;
        let digest = step::capture(&[PROGRAM, "telemetry", "snapshot", "digest", &file])?;
        let plural = if agents == 1 { "agent" } else { "agents" };
        rows.push((format!("Wasmtime, {placement}, {agents} {plural}"), digest));
    }
    rows.push(("Node".into(), step::capture(&["node", "web/dist/examples/digest.js", INPUT])?));
    Ok(compare(&rows))
}

/// Prints the table and whether all its digests are equal.
fn compare(rows: &[(String, String)]) -> bool {
    let digest = |row: &(String, String)| row.1.split_whitespace().next().unwrap_or_default().to_string();
    let first = rows.first().map(digest).unwrap_or_default();
    let mut all_equal = first.len() == 64;
    for row in rows {
        let is_equal = digest(row) == first;
        all_equal &= is_equal;
        step::say(format!("  {:<30} {} {}", row.0, digest(row), if is_equal { "" } else { "<- DIFFERS" }).trim_end());
    }
    step::say(if all_equal { "  all equal: the same events give the same bytes" } else { "  NOT all equal" });
    all_equal
}
