//! How something is timed beside others that do the same, and how the rows come out.
//!
//! A binary of this package is called with the name of a suite. It says on standard error what it
//! does and writes a row a line on standard output, as JSON; `cargo xtask bench` reads those and makes
//! the table. Deliberately absent: verdicts. A number is told, and nothing here fails for being slow.

mod chance;
mod race;
mod row;

pub use chance::{PLACES, chances, durations, places, totals};
pub use race::{Work, each, race};
pub use row::{Row, say};
