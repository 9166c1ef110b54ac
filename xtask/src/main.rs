//! The steps of this project, as `cargo xtask …`: each sets up what it needs and says what it does.
//!
//! Deliberately absent: anything that a library user needs. `cargo build` alone builds the crates.

mod artifacts;
mod bench;
mod demo;
mod judges;
mod languages;
mod setup;
mod step;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask demo     an agent over 200 real runs, and the digests of every door
       cargo xtask test     everything that must hold
       cargo xtask build    the WebAssembly components and the npm package, with their sizes
       cargo xtask bench SUITE [--quick]
                            what things cost, beside others that do the same; suites: metrics, slo, tracing.
                            --quick leaves out agents under Wasmtime, which take minutes to build";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            step::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command. The answer is whether all is well.
fn run(words: &[&str]) -> Result<bool> {
    std::env::set_current_dir(step::root())?;
    match words {
        ["demo"] => demo::run(),
        ["test"] => test::run(),
        ["build"] => {
            artifacts::build()?;
            artifacts::print_sizes()?;
            Ok(true)
        }
        ["bench", suite] => bench::run(suite, false).map(|()| true),
        ["bench", suite, "--quick"] => bench::run(suite, true).map(|()| true),
        ["bench", ..] => bail!("bench takes a suite\n{USAGE}"),
        [] => bail!("no command\n{USAGE}"),
        [other, ..] => bail!("'{other}' is no command\n{USAGE}"),
    }
}
