//! What Wasmtime makes of the world `agent`: the imports that a host serves.
//!
//! Public, so that an embedder can add single interfaces to a linker by itself with the marker
//! [`HasTelemetry`](crate::HasTelemetry).
#![expect(missing_docs, reason = "generated code")]

wasmtime::component::bindgen!({ path: "../wit", world: "agent" });
