//! Exports: the accounts in the formats of others. A snapshot goes in, bytes come out.
//!
//! Deliberately absent: networks, files, and any state; the same snapshot gives the same bytes.

mod text;

pub use text::{openmetrics, prometheus};
