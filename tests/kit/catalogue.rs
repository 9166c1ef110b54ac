//! What the events of the model are about: a few families and objectives, of every kind there is.
//!
//! Their terms are fixed, since two writers that disagree about them have recorded different things.

use codomyrmex_telemetry::slo::CalendarUnit;
use codomyrmex_telemetry::{
    Budgeting, Comparison, Descriptor, Double, ExponentialOptions, Indicator, Instrument, Objective, SliType, SummaryOptions, Window,
};

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

/// The objectives that events name by place.
#[must_use]
pub fn objectives() -> Vec<Objective> {
    let threshold = |comparison, value| Indicator::Threshold(comparison, Double::new(value));
    let calendar = |unit, utc_offset_minutes| Window::Calendar { unit, utc_offset_minutes };
    let slices = |slots, target: &str| Budgeting::Timeslices { slots, target: target.parse().unwrap() };
    let rows = [
        ("answers", Indicator::Events, "99.9%", Window::days(30).unwrap(), Budgeting::Occurrences),
        ("hour", Indicator::Events, "91.04%", Window::Rolling { slots: 60 }, Budgeting::Occurrences),
        ("minute", threshold(Comparison::Below, 0.5), "1/3", Window::Rolling { slots: 1 }, Budgeting::Occurrences),
        ("perfect", threshold(Comparison::AtMost, -0.0), "100%", calendar(CalendarUnit::Day, 330), Budgeting::Occurrences),
        ("week", threshold(Comparison::Above, 1e100), "0.01%", calendar(CalendarUnit::Week, -1_080), Budgeting::Occurrences),
        ("month", threshold(Comparison::AtLeast, f64::INFINITY), "95%", calendar(CalendarUnit::Month, 0), slices(5, "90%")),
        ("quarter", Indicator::Events, "1/18446744073709551615", calendar(CalendarUnit::Quarter, 1_080), slices(1_440, "50%")),
        ("slices", Indicator::Events, "66.67%", Window::Rolling { slots: 61 }, slices(8, "100%")),
    ];
    let objective = |(id, indicator, target, window, budgeting): (&str, Indicator, &str, Window, Budgeting)| Objective {
        id: id.into(),
        name: format!("{id} is kept"),
        description: String::new(),
        sli_type: SliType::Availability,
        indicator,
        target: target.parse().unwrap(),
        window,
        budgeting,
    };
    rows.map(objective).into()
}
