//! `bench-wasmtime SUITE FOLDER`: the rows of a suite that are measured in an agent under Wasmtime.
//!
//! FOLDER holds the built components. Deliberately absent: peers; nobody else records for an agent.

mod deed;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // Label lookups are not here: they stay within the agent.
        ["metrics", folder] => deed::time(Path::new(folder), "add", "an agent's add(1)", 1_000_000),
        ["slo", folder] => deed::time(Path::new(folder), "event", "an agent's record_event", 1_000_000),
        // As many as are drained at once: the ledger keeps them until then.
        ["tracing", folder] => deed::time(Path::new(folder), "span", "an agent's span with three attributes", 10_000),
        _ => Err("usage: bench-wasmtime metrics|slo|tracing FOLDER".into()),
    }
}
