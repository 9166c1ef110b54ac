//! The tests: every check of the project, one after the other, and one line that counts them.
//!
//! A step that fails does not stop those after it, so that one run tells all that is wrong.
//! Deliberately absent: the checks themselves.

use std::thread;

use anyhow::{Result, anyhow, bail};

use crate::{artifacts, judges, languages, setup, step};

/// What came of the steps so far.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    failures: Vec<String>,
}

/// Runs them all. The answer is whether all passed.
pub(crate) fn run() -> Result<bool> {
    let mut tally = Tally::default();
    tally.check("set up the toolchain", || {
        setup::rust_component("rustfmt", &["cargo", "fmt", "--version"])?;
        setup::rust_component("clippy", &["cargo", "clippy", "--version"])
    });
    // What is built for WebAssembly keeps one core busy; this the other.
    let deny = thread::spawn(setup::cargo_deny);
    tally.check("artefacts", artifacts::build);
    languages::build(&mut tally);
    tally.check("programs", artifacts::programs);
    tally.check("format", || step::run("check the format", &["cargo", "fmt", "--all", "--check"]));
    tally.check("sizes", artifacts::print_sizes);
    let vectors = vectors(&mut tally).map(|folder| format!("{VECTORS}={folder}"));
    let test = ["cargo", "test", "--no-fail-fast"].into_iter().chain(artifacts::WORKSPACE);
    let words: Vec<&str> = vectors.iter().flat_map(|vectors| ["env", vectors]).chain(test).collect();
    tally.cargo("Rust tests: core, guest, host, laws, golden cases, doors, tidiness", &words);
    tally.cargo("the steps' own tests", &["cargo", "test", "-p", "xtask"]);
    judges::run(&mut tally);
    tally.check("lints", || {
        let lint = |title, words: &[&str]| step::run(title, &[&["cargo", "clippy"], words, &["--", "-D", "warnings"]].concat());
        let all = ["--all-targets", "--features", "codomyrmex-telemetry-bench/peers"];
        lint("lint", &[&artifacts::WORKSPACE[..], &all].concat())?;
        lint("lint the steps", &["-p", "xtask", "--all-targets"])?;
        // In a workspace that is built as one, features that any package asks for are on.
        let without_tests = ["--exclude", "codomyrmex-telemetry-tests", "--lib", "--bins"];
        lint("lint the host without wasi:otel", &[&artifacts::WORKSPACE[..], &without_tests].concat())?;
        let guests = [
            "-p",
            "codomyrmex-telemetry",
            "--features",
            "codomyrmex-telemetry/component",
            "-p",
            "airline-agent",
            "-p",
            "bench-agent",
            "-p",
            "borders-agent",
            "-p",
            "evil-agent",
            "-p",
            "wasi-otel-agent",
            "-p",
            "codomyrmex-telemetry-web",
            "--lib",
            "--target",
            setup::TARGET,
        ];
        lint("lint the component door and the guests", &guests)
    });
    tally.node("npm package: Node tests", &["npm", "run", "--prefix", "web", "--silent", "test"]);
    match setup::chromium() {
        Some(path) => {
            let chromium = format!("CHROMIUM={path}");
            tally.node("npm package: Chromium test", &["env", &chromium, "npm", "run", "--prefix", "web", "--silent", "test:browser"]);
        }
        None => {
            tally.skip("Chromium test", "no Chromium was found or could be installed; install one, or name it in the variable CHROMIUM")
        }
    }
    let deny = deny.join().unwrap_or_else(|_| bail!("its installation panicked"));
    tally.check("licences, sources and bans of dependencies", || {
        let deny = deny.as_ref().map_err(|why| anyhow!("{why:#}"))?;
        step::run("check licences, sources and bans of dependencies", &[deny, "--all-features", "check", "bans", "licenses", "sources"])
    });
    advisories(&mut tally, deny.ok().as_deref());
    Ok(tally.close())
}

/// The variable in which tests look for the folder of what others published to test against.
const VECTORS: &str = "CODOMYRMEX_VECTORS";

/// That folder: the one that is named, or the one beside the checkout. It is others' data and not in the repository,
/// so it may be missing, also in CI; but it is said.
fn vectors(tally: &mut Tally) -> Option<String> {
    let named = std::env::var(VECTORS).ok();
    let beside = || std::fs::canonicalize("../shared/vectors").ok().map(|folder| folder.display().to_string());
    let folder = named.or_else(beside).filter(|folder| std::path::Path::new(folder).is_dir());
    if folder.is_none() {
        tally.note_skipped(
            "what others published to test against (OpenSLO, W3C, HdrHistogram, OpenTelemetry, Prometheus)",
            "their data is not in this repository: put it into ../shared/vectors, or name its folder in the variable CODOMYRMEX_VECTORS",
        );
    }
    folder
}

/// Known vulnerabilities, where their list can be had. It comes from a repository that some networks
/// cannot reach, also CI's; whether it can be is asked for by itself, so that a finding is not taken for
/// a missing list.
fn advisories(tally: &mut Tally, deny: Option<&str>) {
    match deny {
        Some(deny) if step::works(&[deny, "fetch"]) => tally.check("known vulnerabilities", || {
            step::run("check dependencies against known vulnerabilities", &[deny, "--all-features", "check", "advisories"])
        }),
        _ => tally.note_skipped(
            "known vulnerabilities",
            "the advisory database could not be fetched; run `cargo deny check advisories` where it can",
        ),
    }
}

impl Tally {
    pub(crate) fn check(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        match step() {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(name, &format!("{error:#}"), 1),
        }
    }

    /// A step whose output has cargo's lines `test result: ok. 3 passed; 0 failed; …`.
    fn cargo(&mut self, name: &str, words: &[&str]) {
        self.counted(name, words, |line| {
            let counts = line.strip_prefix("test result: ")?;
            Some((before(counts, " passed")?, before(counts, " failed")?))
        });
    }

    /// A step whose output has the lines `# pass 3` and `# fail 0` of Node's test runner.
    pub(crate) fn node(&mut self, name: &str, words: &[&str]) {
        self.counted(name, words, |line| {
            let (mark, line) = line.split_once(' ')?;
            if mark != "#" && mark != "ℹ" {
                return None;
            }
            let count = |word| line.strip_prefix(word).and_then(|count| count.parse().ok());
            count("pass ").map(|passed| (passed, 0)).or_else(|| count("fail ").map(|failed| (0, failed)))
        });
    }

    fn counted(&mut self, name: &str, words: &[&str], read: impl Fn(&str) -> Option<(u64, u64)>) {
        let (mut passed, mut failed) = (0, 0);
        let ended = step::watch(name, words, |line| {
            if let Some((more_passed, more_failed)) = read(line) {
                passed += more_passed;
                failed += more_failed;
            }
        });
        self.passed += passed;
        match ended {
            Ok(true) if failed == 0 && passed > 0 => {}
            Ok(_) => self.fail(name, &format!("{passed} passed, {failed} failed"), failed.max(1)),
            Err(error) => self.fail(name, &format!("{error:#}"), 1),
        }
    }

    /// A step that cannot be had here. In CI that is a failure.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        if setup::is_ci() {
            self.fail(name, &format!("must not be skipped in CI: {why}"), 1);
        } else {
            self.note_skipped(name, why);
        }
    }

    fn note_skipped(&mut self, name: &str, why: &str) {
        step::say(&format!("\n!!! SKIPPED: {name}\n!!! {why}"));
        self.skipped += 1;
    }

    pub(crate) fn fail(&mut self, name: &str, why: &str, count: u64) {
        step::complain(&format!("{name}: {why}"));
        self.failed += count;
        self.failures.push(name.into());
    }

    fn close(self) -> bool {
        for name in &self.failures {
            step::say(&format!("FAILED: {name}"));
        }
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        step::say(&format!("\n{} passed, {} failed{skipped}", self.passed, self.failed));
        self.failed == 0
    }
}

/// The number that stands before a word.
fn before(text: &str, word: &str) -> Option<u64> {
    text.split_once(word)?.0.rsplit(' ').next()?.parse().ok()
}
