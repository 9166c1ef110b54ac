//! `bench-wasmtime SUITE FOLDER`: the rows of a suite that are measured in an agent under Wasmtime.
//!
//! FOLDER holds the built components. Deliberately absent: peers; nobody else records for an agent.

mod metrics;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["metrics", folder] => metrics::run(Path::new(folder)),
        _ => Err("usage: bench-wasmtime metrics FOLDER".into()),
    }
}
