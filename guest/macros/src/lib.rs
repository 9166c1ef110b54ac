//! The attribute `#[trace]` of `codomyrmex-telemetry-guest`, which says how it is used.
//!
//! What is written in it is read by `options`, the function is rewritten by `expand`. Deliberately
//! absent: anything that runs; the crate itself has that.

mod expand;
mod options;

use proc_macro::TokenStream;

/// A span around each call of a function: `#[trace]`, `#[trace("name")]` or
/// `#[trace(name = "..", kind = client, parent = expr, tracer = expr, fields(key = expr, ..))]`.
/// `codomyrmex-telemetry-guest` has the whole description.
#[proc_macro_attribute]
pub fn trace(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(options.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
