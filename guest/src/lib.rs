//! Telemetry for agent plugins: typed handles over the imports of `codomyrmex:telemetry`.
//!
//! A plugin does not know where its accounts are kept: in the host's memory, or in a telemetry
//! component composed with it. Built for anything but WebAssembly the same handles lead to a ledger
//! of the thread's own ([`with_ledger`]), so that a plugin can be tested as ordinary code.
//!
//! ```
//! use codomyrmex_telemetry_guest::{FamilyOptions, get_metrics, with_ledger};
//!
//! let calls = get_metrics().counter(FamilyOptions {
//!     name: "tool_calls_total",
//!     help: "Tools that answered.",
//!     labels: &["tool"],
//!     ..FamilyOptions::default()
//! })?;
//! calls.with(&["search"])?.inc();
//! let text = codomyrmex_telemetry::export::prometheus(&with_ledger(|ledger| ledger.snapshot()), codomyrmex_telemetry::export::Escaping::Underscores);
//! assert!(text.ends_with("tool_calls_total{tool=\"search\"} 1\n"));
//! # Ok::<(), codomyrmex_telemetry_guest::Error>(())
//! ```

#[cfg_attr(target_family = "wasm", path = "backend/wit.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "backend/native.rs")]
mod backend;
mod builder;
mod future;
mod metrics;
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod series;
mod slo;
mod span;
mod tracer;
mod value;

#[cfg(not(target_family = "wasm"))]
pub use backend::with_ledger;
pub use builder::SpanBuilder;
pub use codomyrmex_telemetry::metrics::{DEFAULT_BOUNDS, OTEL_BOUNDS, Quantile, exponential_bounds, linear_bounds};
pub use codomyrmex_telemetry::query::Row;
pub use codomyrmex_telemetry::slo::{
    Alert, AlertHistory, Analysis, BurnRate, CalendarUnit, Change, ChangeOf, Condition, Counts, Exemption, MetricRatio, MetricSelector,
    Missing, NORMAL, Part, Pattern, PolicyState, PolicyStep, Projection, Recurrence, Resolution, Severity, SloViolation, SpanSelector,
    Spell, State as SloState, ViolationSlot, Weighted,
};
pub use codomyrmex_telemetry::tracer::{BaggageEntry, Exception, Scope};
pub use codomyrmex_telemetry::{
    Attributes, Budgeting, Comparison, Double, Error, ExponentialOptions, Indicator, Objective, Outcome, Ratio, SliType, SpanContext,
    SpanData, SpanId, SpanKind, SpanLink, SpanStatus, Status, SummaryOptions, Timestamp, TraceId, Value, Window,
};
#[cfg(feature = "trace")]
pub use codomyrmex_telemetry_guest_macros::trace;
pub use future::InSpan;
pub use self::metrics::{Family, FamilyOptions, Metrics, StateSet, get_metrics};
pub use series::{Counter, Gauge, Histogram, InProgress, Info, Series, State, Summary, Timer, UpDownCounter};
pub use slo::{Question, Slo, SloTracker, get_slo_tracker};
pub use span::{Entered, Span};
pub use tracer::{Parent, SpanName, StartOptions, Tracer, extract, get_current_span, get_tracer, get_tracer_with, set_resource};
