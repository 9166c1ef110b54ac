//! The program `codomyrmex`. All it does is in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    codomyrmex_telemetry_host::cli::main()
}
