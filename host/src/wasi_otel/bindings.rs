//! What Wasmtime makes of `wasi:otel`: the imports that a host serves, and their types.
//!
//! The clocks among them are only types: an embedder's linker may have WASI's own beside. Deliberately absent: what
//! is done with them.

mod generated {
    wasmtime::component::bindgen!({ path: "wit/wasi-otel", world: "imports" });
}

pub(super) use generated::wasi::clocks::wall_clock::Datetime;
pub(super) use generated::wasi::otel::{logs, metrics, tracing, types};
