//! The command line: `codomyrmex telemetry …`.
//!
//! Exit codes: 0 all went well; 1 this machine failed (a file could not be written, the engine
//! broke); 2 the command line was wrong; 3 the input was (a file that cannot be read, is no
//! component, no snapshot, a line that is not JSON); 4 an agent trapped, and the report holds what
//! is known up to then; 5 objectives do not stand as `slo check` asks. Deliberately absent:
//! accounting, and anything that listens but `serve`.

mod export;
mod hdr_log;
mod input;
mod json;
mod metrics_json;
mod metrics_text;
mod report;
mod run;
mod serve;
mod slo;
mod snapshot;
mod text;
mod time;
mod trace;
mod watched;

use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use codomyrmex_telemetry::Snapshot;

/// Codomyrmex: tools for agents.
#[derive(Debug, Parser)]
#[command(name = "codomyrmex", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    area: Area,
}

#[derive(Debug, Subcommand)]
enum Area {
    /// Accounts of agents: objectives, metrics and traces
    #[command(subcommand, arg_required_else_help = true)]
    Telemetry(Command),
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an agent over the lines of a file and report what it recorded
    Run(run::Arguments),
    /// Print snapshots in the formats of others
    Export(export::Arguments),
    /// Serve snapshots over HTTP at /metrics, for Prometheus to scrape, until interrupted
    Serve(serve::Arguments),
    /// Work with the objectives of snapshots
    #[command(arg_required_else_help = true)]
    Slo(slo::Arguments),
    /// Read the traces of snapshots
    #[command(arg_required_else_help = true)]
    Trace(trace::Arguments),
    /// Work with snapshots
    #[command(subcommand, arg_required_else_help = true)]
    Snapshot(snapshot::Command),
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Why the program ends early: an exit code, and a sentence that names the thing.
#[derive(Debug)]
struct Failure {
    code: u8,
    message: String,
}

const MACHINE_FAILED: u8 = 1;
const WRONG_COMMAND_LINE: u8 = 2; // clap's own
const WRONG_INPUT: u8 = 3;
const AGENT_TRAPPED: u8 = 4;
const OBJECTIVES_FAILED: u8 = 5;

impl Failure {
    fn machine(what: impl Display) -> Self {
        Self { code: MACHINE_FAILED, message: what.to_string() }
    }

    fn command_line(what: impl Display) -> Self {
        Self { code: WRONG_COMMAND_LINE, message: what.to_string() }
    }

    fn input(what: impl Display) -> Self {
        Self { code: WRONG_INPUT, message: what.to_string() }
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Engine(_) => Self::machine(error),
            crate::Error::TrappedAtStart { .. } => Self { code: AGENT_TRAPPED, message: error.to_string() },
            _ => Self::input(error),
        }
    }
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let Area::Telemetry(command) = Arguments::parse().area;
    let done = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Slo(arguments) => slo::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Snapshot(command) => snapshot::run(&command),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Failure { code, message }) => {
            complain(&message);
            ExitCode::from(code)
        }
    }
}

/// A sentence on standard error. It may quote an agent, who must not write to the terminal freely.
fn complain(message: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "codomyrmex: {}", clean(message));
}

/// A text of a guest's, made harmless for a terminal: an agent could otherwise move the cursor, or
/// turn the direction of writing, and change what was said of it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Bytes for programs on standard output: as it is, whatever it holds.
fn print_raw(bytes: &[u8]) -> Result<(), Failure> {
    told(std::io::stdout().write_all(bytes))
}

/// Text for people on standard output.
fn print(text: &str) -> Result<(), Failure> {
    told(anstream::stdout().write_all(text.as_bytes()))
}

/// A reader that stopped reading (`| head`) is no failure.
fn told(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::machine(format_args!("standard output: {error}"))),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))
}

/// Writes a file whole or not at all: beside it first, then in its place. What is there and is no
/// file (a pipe, a device) is written to as it is.
fn write(path: &Path, snapshot: &Snapshot) -> Result<(), Failure> {
    let bytes = &snapshot.to_bytes();
    // Several ledgers together may hold more than is read of one.
    if let Err(why) = Snapshot::from_bytes(bytes) {
        return Err(Failure::machine(format_args!("{}: the accounts together could not be read again: {why}", path.display())));
    }
    let failed = |error: std::io::Error| Failure::machine(format_args!("{}: {error}", path.display()));
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return fs::write(path, bytes).map_err(failed);
    }
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.into()); // through links, where it exists
    let mut beside = PathBuf::from(path);
    let name = path.file_name().ok_or_else(|| Failure::input(format_args!("{}: not the name of a file", path.display())))?;
    beside.set_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    let keep_mode = || there.map_or(Ok(()), |there| fs::set_permissions(&beside, there.permissions()));
    let written = fs::write(&beside, bytes).and_then(|()| keep_mode()).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside); // it may not even have come about
    }
    written.map_err(failed)
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
