//! Programs of others as judges of what is exported: parsers, decoders, servers.
//!
//! Each is installed below `target`; what cannot be had is skipped with its reason. Deliberately absent:
//! verdicts, which the scripts in `tests/judges` give.

use crate::test::Tally;
use crate::{artifacts, demo, setup};

const FOLDER: &str = "target/judges/files";
const PROGRAM: &str = "target/debug/codomyrmex";

/// All of them.
pub(crate) fn run(tally: &mut Tally) {
    let python = match setup::judges() {
        Ok(python) => python,
        Err(error) => return tally.skip("judges", &format!("{error:#}")),
    };
    if let Err(error) = std::fs::create_dir_all(FOLDER) {
        return tally.fail("judges", &format!("{FOLDER}: {error}"), 1);
    }
    let words = [&python, "tests/judges/exposition.py", PROGRAM, "target/debug/everything", artifacts::COMPONENTS, demo::INPUT, FOLDER];
    tally.node("Prometheus' parsers read what is exported", &words);
    let statsd = setup::statsd().unwrap_or_else(|error| {
        tally.skip("StatsD", &format!("{error:#}"));
        String::from("-") // the other judges need not wait for it
    });
    tally.node(
        "OTLP's classes, Protocol Buffers, StatsD and an HdrHistogram reader judge the other exports",
        &[&python, "tests/judges/binary.py", PROGRAM, FOLDER, &statsd],
    );
    let rules = format!("{FOLDER}/recurrences.jsonl");
    match crate::step::capture(&["target/debug/recurrences", &rules]) {
        Ok(_) => tally.node("dateutil reads recurrence rules", &[&python, "tests/judges/recurrence.py", &rules]),
        Err(error) => tally.fail("recurrence rules", &format!("{error:#}"), 1),
    }
    match setup::collector() {
        Ok(collector) => {
            let snapshot = format!("{FOLDER}/everything.snapshot");
            let words = [&python, "tests/judges/collector.py", &collector, "target/debug/push", &snapshot];
            tally.node("a collector takes in what the host sends", &words);
        }
        Err(error) => tally.skip("a real collector", &format!("{error:#}")),
    }
    match setup::prometheus() {
        Some(tools) => {
            let [airline, everything] = ["airline", "everything"].map(|title| format!("{FOLDER}/{title}.snapshot"));
            let words = [&python, "tests/judges/prometheus.py", PROGRAM, &tools, &airline, &everything];
            tally.node("Prometheus scrapes what is served", &words);
            let words = [&python, "tests/judges/rules.py", PROGRAM, &tools, FOLDER, &airline, &everything];
            tally.node("promtool finds what the ledger says of objectives", &words);
        }
        None => {
            tally.skip("Prometheus itself", "Debian's package prometheus could not be downloaded; it takes apt-get, dpkg and package lists")
        }
    }
}
