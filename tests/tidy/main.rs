//! Tidiness as a test: what every file of the project promises and no compiler checks.
//!
//! The rules are functions over text, each with a good and a bad sample beside it, and a test that
//! applies it to the project. Deliberately absent: what `cargo fmt` and clippy check already.
#![expect(clippy::unwrap_used, reason = "tests: where a precondition is broken the test should end")]

mod disallowed_methods;
mod files;
mod forbidden;
mod functions;
mod imports;
mod manifests;
mod markdown;
mod project;
mod rust_text;
mod wit;
