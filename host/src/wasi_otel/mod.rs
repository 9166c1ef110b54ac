//! The imports of `wasi:otel@0.2.0-rc.2`, served into the same ledger as our own: for components that were
//! instrumented for other hosts.
//!
//! ```text
//!  guest's OpenTelemetry SDK
//!    tracing.on-end    -> a whole span                                      (tracing)
//!    metrics.export    -> sums, gauges, histograms; cumulative ones as what came since (metrics, stream)
//!    logs.on-emit      -> a count, and an event of the span it names        (logs)
//!    tracing.outer-span-context <- what the embedder said                   (set_outer_span)
//! ```
//! Whatever a guest passes, nothing traps: what cannot be accounted is a counted drop, and `metrics.export` also
//! says in words what it did not take. Deliberately absent: a store of log records, the resource of a guest's
//! metrics and logs, and spans that were never ended: of those only the context is known, so they are drops.

mod bindings;
mod convert;
mod logs;
mod metrics;
mod point;
mod stream;
mod tracing;
mod value;

use codomyrmex_telemetry::SpanContext;
use wasmtime::component::Linker;

use crate::{HasTelemetry, TelemetryCtx, TelemetryView};

/// What is kept between the calls of a guest. All of it is bounded.
#[derive(Debug, Default)]
pub(crate) struct WasiOtel {
    outer: Option<SpanContext>,
    open: tracing::OpenSpans,
    streams: stream::Streams,
}

impl WasiOtel {
    /// Forgets what is open, and gives the number of the spans: nobody will end them.
    pub(crate) fn abandon(&mut self) -> usize {
        self.open.clear()
    }
}

/// Adds the imports `wasi:otel/{types, tracing, metrics, logs}@0.2.0-rc.2` to a linker. Like those that
/// [`add_to_linker`](crate::add_to_linker) adds they are synchronous and never trap; both lead to one ledger. Of
/// WASI's clocks they only need types. What one call may bring at most is the store's to say
/// ([`wasmtime::Store::set_hostcall_fuel`]); a host of ours says 4 MiB.
///
/// # Errors
/// Where the linker already has them.
pub fn add_to_linker<T: TelemetryView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    bindings::types::add_to_linker::<T, HasTelemetry>(linker, T::telemetry)?;
    bindings::tracing::add_to_linker::<T, HasTelemetry>(linker, T::telemetry)?;
    bindings::metrics::add_to_linker::<T, HasTelemetry>(linker, T::telemetry)?;
    bindings::logs::add_to_linker::<T, HasTelemetry>(linker, T::telemetry)
}

impl TelemetryCtx {
    /// Says in which span of the embedder's the component is called from now on; `None` in none. A guest asks for it
    /// by `outer-span-context`, and gets all zeros for none. To be said before each call: where several requests are
    /// under way in one instance, the guest must have it from its own request.
    pub fn set_outer_span(&mut self, context: Option<SpanContext>) {
        self.otel.outer = context;
    }
}

impl bindings::types::Host for TelemetryCtx {}
