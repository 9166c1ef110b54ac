//! Every bound of the house, with its reason and what it costs.
//!
//! A guest is hostile until shown otherwise: without a bound here it could fill the host's memory
//! through telemetry. What passes a bound is refused with a typed error, or dropped and counted;
//! never silent, never a panic. Deliberately absent: time limits, which belong to the embedder.

/// Metric families in a ledger. A program has some dozens; 1,024 leaves room for generated ones.
/// Cost: a descriptor is at most 10 KB, so 10 MB.
pub const FAMILIES_MAX: usize = 1_024;

/// Series in a family before further ones share the overflow series (the default of OpenTelemetry
/// Metrics SDK, section Cardinality limits).
pub const SERIES_PER_FAMILY_MAX: usize = 2_000;

/// Bytes of series in a ledger, each counted with [`SERIES_BASE_BYTES`] and its labels once for every
/// line that an export writes of it. A counter with two short labels counts about 85, so that some
/// 780,000 fit, which take 283 bytes of memory each: 212 MB. A histogram with 15 buckets and the same
/// labels counts about 1,500 and takes 525. Past it, new label sets are refused.
pub const SERIES_BYTES_MAX: u64 = 64 << 20;

/// What a series counts for each line of it, before its labels.
pub const SERIES_BASE_BYTES: u64 = 64;

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

/// Spans that are open at once in a ledger, remote contexts included; also 12 of a handle's 32
/// bits. Cost: at most 16 KB of content each, so 64 MB for the most hostile guest.
pub const SPANS_OPEN_MAX: usize = 4_096;

/// Attributes of a span, an event or a link; events and links of a span (the defaults of the
/// OpenTelemetry Trace SDK, section Span Limits).
pub const SPAN_ITEMS_MAX: usize = 128;

/// Bytes of content in one span: texts and numbers, and what it takes to hold each.
pub const SPAN_BYTES_MAX: usize = 16_384;

/// Bytes of finished spans in a ledger, each counted with [`SPAN_BASE_BYTES`]. What passes it is
/// dropped by the rank of its trace, so that all ledgers drop alike.
pub const SPANS_BYTES_MAX: u64 = 32 << 20;

/// What a finished span counts before its content.
pub const SPAN_BASE_BYTES: u64 = 128;

/// Bytes of a `tracestate` header that is passed on (W3C Trace Context asks for at least 512).
pub const TRACE_STATE_BYTES_MAX: usize = 1_024;

/// Objectives in a ledger.
pub const OBJECTIVES_MAX: usize = 1_024;

/// Slots of all objectives in a ledger. A window of 30 days with an event in every minute, and the day
/// beside it, has 44,640. Cost: about 50 bytes each, so 52 MB.
pub const SLOTS_MAX: usize = 1 << 20;

/// The longest rolling window, in minutes: 366 days.
pub const WINDOW_MINUTES_MAX: u64 = 366 * 24 * 60;

/// Bytes of a delta or a snapshot that is read: what the other limits allow of one ledger, encoded.
pub const BYTES_MAX: usize = 256 << 20;

/// Writers that a collector remembers. Cost: about 100 bytes each, so 7 MB.
pub const WRITERS_MAX: usize = 65_536;

/// Deltas of one writer that may come before one that is missing. A sender further ahead is told
/// to send the missing one first.
pub const GAPS_MAX: usize = 1_024;

/// The same for all writers together. Cost: about 32 bytes each, so 2 MB.
pub const GAPS_TOTAL_MAX: usize = 65_536;
