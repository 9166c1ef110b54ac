//! Telemetry for agent plugins: typed handles over the imports of `codomyrmex:telemetry`.
//!
//! A plugin does not know where its accounts are kept: in the host's memory, or in a telemetry
//! component composed with it. Built for anything but WebAssembly the same handles lead to a ledger
//! of the thread's own ([`with_ledger`]), so that a plugin can be tested as ordinary code.
//!
//! Spans are begun by [`trace`](macro@trace), by [`Tracer::span`] and by what it is made of; code that is
//! instrumented with the crates `tracing` or `metrics` already needs `TelemetryLayer` (feature `tracing`) or
//! `TelemetryRecorder` (feature `metrics`); [`genai`] knows what agents, models and tools are called.
//! Deliberately absent: state of the accounts, and threads; a plugin has one.
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

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg_attr(target_family = "wasm", path = "backend/wit.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "backend/native.rs")]
mod backend;
mod builder;
mod future;
pub mod genai;
#[cfg(feature = "tracing")]
mod layer;
mod metrics;
#[cfg(feature = "metrics")]
mod recorder;
mod series;
mod slo;
mod span;
mod tracer;
mod value;

pub use self::metrics::{Family, FamilyOptions, Metrics, StateSet, get_metrics};
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
/// A span around each call of a function, of its name and current while it runs.
///
/// Functions and methods, generic or not, `async` or not; of an `async fn` the span lasts until the future is
/// complete or dropped, and is current only while it is polled. A function that ends in `async move { .. }` or
/// `Box::pin(async move { .. })` is taken for one. What leaves as an `Err`, by whichever `?` or `return`, is recorded
/// as [`Span::record_error`] does; success says nothing. A panic that unwinds is an error, and a future that
/// is dropped before it is complete has an event `cancelled`. An error that can only be debugged is told as `Debug`
/// writes it.
///
/// | option | meaning | unless it is said |
/// | --- | --- | --- |
/// | `"parse"` or `name = "parse"` | the span's name, a text that does not vary | the function's |
/// | `kind = client` | `internal`, `server`, `client`, `producer` or `consumer` | `internal` |
/// | `parent = &span` | a [`&Span`](Span), a [`TraceId`] or a [`Parent`] | the current span |
/// | `tracer = tracer` | the [`Tracer`] whose scope it is in | the package's name and version |
/// | `fields(query, tool.name = name, "k" = ?v)` | attributes: `?` as `Debug` writes the value, `%` as `Display` | none: arguments may be secrets |
///
/// ```
/// use codomyrmex_telemetry_guest::{SpanStatus, trace, with_ledger};
///
/// #[trace("parse_step", fields(text))]
/// fn parse(text: &str) -> Result<i64, std::num::ParseIntError> {
///     Ok(text.parse::<i64>()? + 1)
/// }
///
/// assert_eq!(parse("41"), Ok(42));
/// assert!(parse("many").is_err());
/// let snapshot = with_ledger(|ledger| ledger.snapshot());
/// let mut told: Vec<_> = snapshot.spans.iter().map(|span| (span.name.as_str(), span.status.clone())).collect();
/// told.sort();
/// let failed = SpanStatus::Error("invalid digit found in string".into());
/// assert_eq!(told, [("parse_step", SpanStatus::Unset), ("parse_step", failed)]);
/// ```
/// What cannot be is told where it stands:
///
/// ```compile_fail
/// #[codomyrmex_telemetry_guest::trace(kind = remote)]
/// fn parse() {}
/// ```
#[cfg(feature = "trace")]
pub use codomyrmex_telemetry_guest_macros::trace;
pub use future::InSpan;
#[cfg(feature = "tracing")]
pub use layer::TelemetryLayer;
#[cfg(feature = "metrics")]
pub use recorder::TelemetryRecorder;
pub use series::{Counter, Gauge, Histogram, InProgress, Info, Series, State, Summary, Timer, UpDownCounter};
pub use slo::{Question, Slo, SloTracker, get_slo_tracker};
pub use span::{Entered, Span};
pub use tracer::{Parent, SpanName, StartOptions, Tracer, extract, get_current_span, get_tracer, get_tracer_with, set_resource};
