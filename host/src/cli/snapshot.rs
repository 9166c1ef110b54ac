//! `telemetry snapshot`: digests, reports and merges of snapshot files.
//!
//! Deliberately absent: writing over an input, unless it is named as the output.

use std::path::{Path, PathBuf};

use codomyrmex_telemetry::Snapshot;

use super::{Failure, Format, hex, json, print, read, text, write};

/// What `telemetry snapshot` is told.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the digest of each snapshot: equal accounts have equal digests
    Digest {
        /// Snapshot files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the report of several snapshots taken together
    Show {
        /// Snapshot files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How the report is printed
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Merge snapshots of different ledgers into one file and print its digest
    Merge {
        /// Snapshot files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The file to write
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Runs it. The answer is an exit code.
pub(super) fn run(command: &Command) -> Result<u8, Failure> {
    match command {
        Command::Digest { files } => {
            let digests = files.iter().map(|path| Ok(format!("{}  {}\n", hex(&load(path)?.digest()), path.display())));
            print(&digests.collect::<Result<String, Failure>>()?)?;
        }
        Command::Show { files, format } => {
            let snapshot = merge(files)?;
            print(&match format {
                Format::Text => text::render(&snapshot, None),
                Format::Json => json::render(&snapshot, None),
            })?;
        }
        Command::Merge { files, output } => {
            let snapshot = merge(files)?;
            write(output, &snapshot)?;
            print(&format!("{}  {}\n", hex(&snapshot.digest()), output.display()))?;
        }
    }
    Ok(0)
}

fn load(path: &Path) -> Result<Snapshot, Failure> {
    Snapshot::from_bytes(&read(path)?).map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))
}

/// Several snapshots as one.
pub(super) fn merge(files: &[PathBuf]) -> Result<Snapshot, Failure> {
    let mut merged = Snapshot::default();
    for path in files {
        merged.merge(&load(path)?);
    }
    Ok(merged)
}
