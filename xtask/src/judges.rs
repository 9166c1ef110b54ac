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
    let Some(python) = setup::judges() else {
        return tally.skip("judges", "there is no python3 with venv and pip; install them (Debian: python3-venv)");
    };
    if let Err(error) = std::fs::create_dir_all(FOLDER) {
        return tally.fail("judges", &format!("{FOLDER}: {error}"), 1);
    }
    let words = [&python, "tests/judges/exposition.py", PROGRAM, "target/debug/everything", artifacts::COMPONENTS, demo::INPUT, FOLDER];
    tally.node("Prometheus' parsers read what is exported", &words);
    match setup::statsd() {
        Ok(statsd) => tally.node(
            "OTLP's classes, Protocol Buffers, StatsD and an HdrHistogram reader judge the other exports",
            &[&python, "tests/judges/binary.py", PROGRAM, FOLDER, &statsd],
        ),
        Err(error) => tally.fail("StatsD", &format!("{error:#}"), 1),
    }
    match setup::prometheus() {
        Some(tools) => {
            let [airline, everything] = ["airline", "everything"].map(|title| format!("{FOLDER}/{title}.snapshot"));
            let words = [&python, "tests/judges/prometheus.py", PROGRAM, &tools, &airline, &everything];
            tally.node("Prometheus scrapes what is served", &words);
        }
        None => {
            tally.skip("Prometheus itself", "Debian's package prometheus could not be downloaded; it takes apt-get, dpkg and package lists")
        }
    }
}
