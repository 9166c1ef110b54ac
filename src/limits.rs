//! Every bound of the house, with its reason and what it costs.
//!
//! A guest is hostile until shown otherwise: without a bound here it could fill the host's memory
//! through telemetry. What passes a bound is refused with a typed error, or dropped and counted;
//! never silent, never a panic. Deliberately absent: time limits, which belong to the embedder.

/// Metric families in a ledger. A program has some dozens; 1,024 leaves room for generated ones.
/// Cost: a descriptor is at most 6 KB, so 6 MB.
pub const FAMILIES_MAX: usize = 1_024;

/// Series in a family before further ones share the overflow series (the default of OpenTelemetry
/// Metrics SDK, section Cardinality limits).
pub const SERIES_PER_FAMILY_MAX: usize = 2_000;

/// Series in a ledger. Cost: at most 4 KB of labels and 3 KB of histogram each, so 230 MB for the
/// most hostile guest; a counter with two short labels costs about 200 bytes.
pub const SERIES_MAX: usize = 32_768;

/// Labels of a family. Prometheus users stay below ten.
pub const LABELS_MAX: usize = 16;

/// Bytes of a name: of a family, label, span, attribute key or objective.
pub const NAME_BYTES_MAX: usize = 256;

/// Bytes of a text for people: help, description.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// Bytes of a label's value.
pub const LABEL_VALUE_BYTES_MAX: usize = 256;

/// Upper bounds of a histogram. Prometheus' defaults are 11, OpenTelemetry's 15.
pub const BOUNDS_MAX: usize = 256;

/// Declared span names in a ledger.
pub const SPAN_NAMES_MAX: usize = 1_024;

/// Spans that are open at once in a ledger, remote contexts included; also half of a handle's
/// bits. Cost: at most 16 KB of content each, so 64 MB for the most hostile guest.
pub const SPANS_OPEN_MAX: usize = 4_096;

/// Attributes of a span, an event or a link; events and links of a span (the defaults of the
/// OpenTelemetry Trace SDK, section Span Limits).
pub const SPAN_ITEMS_MAX: usize = 128;

/// Bytes of content in one span: texts, and eight for every number.
pub const SPAN_BYTES_MAX: usize = 16_384;

/// Bytes of finished spans in a ledger, each counted with [`SPAN_BASE_BYTES`]. What passes it is
/// dropped by the rank of its trace, so that all ledgers drop alike.
pub const SPANS_BYTES_MAX: u64 = 32 << 20;

/// What a finished span counts before its content.
pub const SPAN_BASE_BYTES: u64 = 128;

/// Bytes of a `tracestate` header that is passed on (W3C Trace Context asks for at least 512).
pub const TRACE_STATE_BYTES_MAX: usize = 1_024;

/// Objectives in a ledger. Cost: a slot is about 40 bytes and a window of 30 days has 43,200, so
/// 1.7 MB for an objective with an event in every minute.
pub const OBJECTIVES_MAX: usize = 1_024;

/// The longest rolling window, in minutes: 366 days.
pub const WINDOW_MINUTES_MAX: u64 = 366 * 24 * 60;

/// Bytes of a delta or a snapshot that is read.
pub const BYTES_MAX: usize = 256 << 20;

/// Writers that a collector remembers. Cost: about 100 bytes each, so 7 MB.
pub const WRITERS_MAX: usize = 65_536;

/// Deltas of one writer that may come before one that is missing. A sender further ahead is told
/// to send the missing one first. Cost: 32 KB a writer.
pub const GAPS_MAX: usize = 1_024;
