//! The airline agent as an ordinary program: the same accounting without WebAssembly.
//!
//! `airline-native FILE` prints the digest of the accounts, for comparison with what the same agent
//! gives as a plugin.

use std::process::ExitCode;

use codomyrmex_telemetry_guest::with_ledger;

fn main() -> ExitCode {
    match digest(std::env::args().nth(1)) {
        Ok(digest) => {
            #[expect(clippy::print_stdout, reason = "the digest is this program's output")]
            {
                println!("{digest}");
            }
            ExitCode::SUCCESS
        }
        Err(message) => {
            #[expect(clippy::print_stderr, reason = "a program's errors go to its standard error")]
            {
                eprintln!("airline-native: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn digest(path: Option<String>) -> Result<String, String> {
    let path = path.ok_or("usage: airline-native FILE")?;
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
    // The lines of a run stand together, and its id is their first key.
    let runs = lines.chunk_by(|one, next| run(one.1) == run(next.1));
    for (index, lines) in (0..).zip(runs) {
        airline_agent::handle(index, lines, None).map_err(|problem| format!("{path}:{}: {}", problem.number, problem.message))?;
    }
    Ok(with_ledger(|ledger| ledger.snapshot().digest()).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn run(line: &str) -> &str {
    line.split('"').nth(3).unwrap_or_default()
}
