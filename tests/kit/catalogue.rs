//! The families that the events of the model are about, of every kind there is.
//!
//! Their terms are fixed, since two writers that disagree about them have recorded different things.
//! Deliberately absent: objectives, which are in `promises`.

use codomyrmex_telemetry::{Descriptor, Double, ExponentialOptions, Instrument, SummaryOptions};

/// A minute, the grain of objectives, in nanoseconds.
pub const MINUTE_NS: u64 = 60_000_000_000;

/// The families that events name by place.
#[must_use]
pub fn families() -> Vec<Descriptor> {
    const HOUR: Option<u64> = Some(60 * MINUTE_NS);
    const DAYS: Option<u64> = Some(12 * 24 * 60 * MINUTE_NS); // slices of a day
    const ODD: Option<u64> = Some(7 * 24 * 60 * MINUTE_NS + 1); // no whole number of slices
    let family = |name: &str, help: &str, unit: &str, labels: &[&str], instrument, window| Descriptor {
        name: name.into(),
        help: help.into(),
        unit: unit.into(),
        labels: labels.iter().map(ToString::to_string).collect(),
        instrument,
        window,
    };
    let exponential = |size, scale, threshold| Instrument::ExponentialHistogram(ExponentialOptions::new(size, scale, threshold));
    let summary = |quantiles: &[f64], digits| {
        Instrument::Summary(SummaryOptions { quantiles: quantiles.iter().copied().map(Double::new).collect(), digits })
    };
    vec![
        family("tool_calls_total", "Tools that answered.", "", &["tool"], Instrument::Counter, None),
        family("cost", "", "USD", &[], Instrument::Counter, None),
        family("balance", "May fall; has a \"quote\", a \\ and a\nnew line.", "", &["pool", "host"], Instrument::UpDownCounter, None),
        family("level", "The last of many.", "By/s", &["tank"], Instrument::Gauge, None),
        family(
            "latency",
            "How long it took.",
            "seconds",
            &["tool"],
            Instrument::histogram(&[-1.0, 0.0, 0.005, 0.1, 1.0, 2.5, 1e100]),
            None,
        ),
        family("size", "Of any size.", "bytes", &[], Instrument::histogram(&[]), None),
        family("spread", "Of few buckets.", "", &["tool"], exponential(8, 6, 0.0), None),
        family(
            "größe der antwort",
            "As OpenTelemetry has it.",
            "",
            &[],
            Instrument::ExponentialHistogram(ExponentialOptions::default()),
            None,
        ),
        family("waits", "To two digits.", "", &["tool"], summary(&[0.0, 0.5, 0.9, 1.0], 2), None),
        family("lately", "", "", &[], Instrument::Summary(SummaryOptions::default()), DAYS),
        family("requests", "By the hour.", "", &["tool"], Instrument::Counter, HOUR),
        family("durations", "", "", &[], Instrument::histogram(&[0.0, 10.0, 500.0]), DAYS),
        family("build.info_info", "What runs.", "", &["version"], Instrument::Info, None),
        family("phase", "", "", &["agent"], Instrument::state_set(&["plan", "act", "größer"]), None),
        family("moved", "Up and down, of late.", "", &[], Instrument::UpDownCounter, ODD),
        family("burst", "", "", &[], exponential(20, 3, 1e-6), DAYS),
    ]
}
