//! Every bound of the house, with its reason and what it costs.
//!
//! A guest is hostile until shown otherwise: without a bound here it could fill the host's memory
//! through telemetry. What passes a bound is refused with a typed error, or dropped and counted;
//! never silent, never a panic. Deliberately absent: time limits, which belong to the embedder.

/// Metric families in a ledger. A program has some dozens; 1,024 leaves room for generated ones.
/// Cost: a descriptor is at most 22 KB (of a state set), so 22 MB.
pub const FAMILIES_MAX: usize = 1_024;

/// Series in a family before further ones share the overflow series (the default of OpenTelemetry
/// Metrics SDK, section Cardinality limits).
pub const SERIES_PER_FAMILY_MAX: usize = 2_000;

/// Bytes of series in a ledger, each counted by its family's schema alone: for every line that an
/// export writes of it [`SERIES_BASE_BYTES`], its label names and 64 for each value; a summary's buckets
/// at half of what they take; the whole thirteen times where there is a window. A counter with two short
/// labels counts about 270, so that some 370,000 fit, at 310 bytes of memory each: 115 MB. With the most
/// hostile names, labels and values a series takes up to four times what it counts. Past it, those that
/// count most, of these those with the greatest hash, go to the overflow series of their families.
pub const SERIES_BYTES_MAX: u64 = 96 << 20;

/// What a series counts for each line of it, before its labels.
pub const SERIES_BASE_BYTES: u64 = 128;

/// Series that may be pushed out to an overflow series in the life of a ledger: their numbers stay
/// valid. Past it a label set that is new is refused. Cost: about 100 bytes each, so 7 MB.
pub const PUSHED_OUT_MAX: usize = 65_536;

/// Buckets of each sign in an exponential histogram. Cost: 8 bytes each, so 16 KB. OpenTelemetry's default
/// is 160.
pub const EXPONENTIAL_SIZE_MAX: u32 = 1_024;

/// Values that a summary keeps as they are: quantiles of few values are exact, and a series that saw
/// little costs at most 512 bytes.
pub const SUMMARY_EXACT_MAX: usize = 64;

/// Buckets of a summary that hold something; past it buckets grow wider. Cost: 18 bytes each, so 144 KB for
/// the most hostile values, and up to twice as much besides while others are merged in.
pub const SUMMARY_BUCKETS_MAX: usize = 8_192;

/// Exemplars of a series without fixed buckets; one with fixed buckets keeps one a bucket. Cost: 48
/// bytes each.
pub const EXEMPLARS_MAX: usize = 8;

/// Slices of event time that a window is kept in.
pub const SLICES: u64 = 12;

/// Quantiles that a summary exports.
pub const QUANTILES_MAX: usize = 32;

/// States of a state set.
pub const STATES_MAX: usize = 64;

/// Labels of a family. Prometheus users stay below ten.
pub const LABELS_MAX: usize = 16;

/// Bytes of a name: of a family, label, span, attribute key or objective.
pub const NAME_BYTES_MAX: usize = 256;

/// Bytes of a text for people: help, description.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// Bytes of a label's value.
pub const LABEL_VALUE_BYTES_MAX: usize = 256;

/// Bytes of all label values of a series together.
pub const LABEL_VALUES_BYTES_MAX: usize = 1_024;

/// Upper bounds of a histogram. Prometheus' defaults are 11, OpenTelemetry's 15.
pub const BOUNDS_MAX: usize = 256;

/// Declared span names in a ledger.
pub const SPAN_NAMES_MAX: usize = 1_024;

/// Spans that are open at once in a ledger, remote contexts included; also 12 of a handle's 32
/// bits. Cost: at most 16 KB of content, 4 KB of origin and 8 KB of baggage each, the last two most often shared;
/// so 112 MB for the most hostile guest.
pub const SPANS_OPEN_MAX: usize = 4_096;

/// Attributes of a span, an event or a link; events and links of a span (the defaults of the
/// OpenTelemetry Trace SDK, section Span Limits).
pub const SPAN_ITEMS_MAX: usize = 128;

/// Bytes of content in one span: texts and numbers, and what it takes to hold each.
pub const SPAN_BYTES_MAX: usize = 16_384;

/// Bytes of finished spans in a ledger, each counted with [`SPAN_BASE_BYTES`]. What passes it is
/// dropped by the rank of its trace, so that all ledgers drop alike.
pub const SPANS_BYTES_MAX: u64 = 32 << 20;

/// Bytes of finished spans that wait for the span above them, to be kept or let go together with it; what
/// does not fit is judged by itself.
pub const SPANS_HELD_BYTES_MAX: u64 = 8 << 20;

/// Bytes of a resource and an instrumentation scope together; each span counts them with its own.
pub const ORIGIN_BYTES_MAX: usize = 4_096;

/// Tracers of a ledger: one for each library that is instrumented. Cost: at most 4 KB each, so 1 MB.
pub const TRACERS_MAX: usize = 256;

/// What a finished span counts before its content.
pub const SPAN_BASE_BYTES: u64 = 128;

/// What a million tokens may cost, in millionths: a million. Some hundred is what the dearest models cost; with
/// a limit, sums of tokens times prices fit 128 bits.
pub const RATE_MICROS_MAX: u64 = 1_000_000_000_000;

/// Bytes of a `tracestate` header that is passed on (W3C Trace Context asks for at least 512).
pub const TRACE_STATE_BYTES_MAX: usize = 1_024;

/// Members of a `tracestate` header (W3C Trace Context, section list). One with more is passed over. Cost: at
/// most 513 bytes each while it is read, so 16 KB.
pub const TRACE_STATE_MEMBERS_MAX: usize = 32;

/// Members of baggage (W3C Baggage, section Limits: at least so many must be passed on).
pub const BAGGAGE_MEMBERS_MAX: usize = 64;

/// Bytes of baggage as a header (W3C Baggage, section Limits: at least so many must be passed on).
pub const BAGGAGE_BYTES_MAX: usize = 8_192;

/// Objectives in a ledger: one an agent for a host of thousands. What they take is bounded by
/// [`OBJECTIVES_BYTES_MAX`].
pub const OBJECTIVES_MAX: usize = 16_384;

/// Bytes of an objective: its texts, alerts, policy and exemptions, and what it takes to hold them. A plain
/// one with the standard alerts counts about 1 KB.
pub const OBJECTIVE_BYTES_MAX: usize = 32_768;

/// Bytes of all objectives in a ledger.
pub const OBJECTIVES_BYTES_MAX: usize = 64 << 20;

/// Slots of all objectives in a ledger. A window of 30 days with an event in every minute has some 1,970,
/// or 44,640 where it is kept by the minute. Cost: 16 bytes each, so 31 KB or 714 KB, and a sixteenth more while they
/// grow; so 18 MB.
pub const SLOTS_MAX: usize = 1 << 20;

/// The longest rolling window, in minutes: 366 days.
pub const WINDOW_MINUTES_MAX: u64 = 366 * 24 * 60;

/// How late an event may come and still count, at most, in minutes: 366 days before the window.
pub const HISTORY_MINUTES_MAX: u64 = 366 * 24 * 60;

/// Slices in a window and its history where those count in which nothing happened: 45 days of minutes. Each is
/// looked at once by a question, and once for each alert by that for alerts. With 44 days of them, 16 alerts and 16
/// steps of a policy a status takes 4 ms of a core, violations 4, the policy 12, the alerts 160 (slots that hold
/// something cost as much: of 400,000 of them a status takes 220 ms and 16 alerts 2.2 s).
pub const FILLED_SLICES_MAX: u64 = 65_536;

/// Parts of a composite objective.
pub const OBJECTIVE_PARTS_MAX: usize = 16;

/// Alerts of an objective. The SRE workbook has four.
pub const ALERTS_MAX: usize = 16;

/// Steps of an error budget policy.
pub const POLICY_STEPS_MAX: usize = 16;

/// Exemptions of an objective, each of which may repeat.
pub const EXEMPTIONS_MAX: usize = 64;

/// Attributes by which failures of an objective are analysed.
pub const DIMENSIONS_MAX: usize = 8;

/// Values of an attribute that are counted by themselves in a slice of time; those of greater hash are
/// counted together. Cost: about 100 bytes each.
pub const DIMENSION_VALUES_MAX: usize = 256;

/// Samples of the bad events of an objective in a slice of time, and as many of the good ones: those with
/// the smallest hash. Cost: about 120 bytes each. While there are no more, combinations are counted exactly.
pub const SAMPLES_MAX: usize = 2_048;

/// Bytes of what is kept for the analysis of failures in a ledger, each sample and each value counted with
/// its texts.
pub const PATTERNS_BYTES_MAX: u64 = 64 << 20;

/// Sets of attributes of events that a door to JavaScript remembers by number. Cost: about 200 bytes each,
/// so 13 MB.
pub const ATTRIBUTE_SETS_MAX: usize = 65_536;

/// Slots with bad events that a violation names.
pub const VIOLATION_SLOTS_MAX: usize = 16;

/// Violations, and spells of alerts, of an objective that are told; the newest.
pub const EPISODES_MAX: usize = 1_000;

/// Bytes of a delta or a snapshot that is read: what the other limits allow of one ledger, encoded.
pub const BYTES_MAX: usize = 384 << 20;

/// Writers that a collector remembers. Cost: about 100 bytes each, so 7 MB.
pub const WRITERS_MAX: usize = 65_536;

/// Deltas of one writer that may come before one that is missing. A sender further ahead is told
/// to send the missing one first.
pub const GAPS_MAX: usize = 1_024;

/// The same for all writers together. Cost: about 32 bytes each, so 2 MB.
pub const GAPS_TOTAL_MAX: usize = 65_536;

/// Bytes of a line of StatsD or DogStatsD: the buffer in which Datadog's agent takes a whole datagram of
/// them (its setting `dogstatsd_buffer_size`), so no line that it reads is longer.
pub const LINE_BYTES_MAX: usize = 8_192;
