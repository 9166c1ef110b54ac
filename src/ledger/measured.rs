//! Metrics made of spans: how many ended and how long they took, whether or not they are sampled.
//!
//! The names are those of the OpenTelemetry Collector's span metrics connector. Deliberately absent: spans that
//! ended before somebody asked for it.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::Ledger;
use super::feeds::{Amount, Recorded, short, shown};
use crate::metrics::{Descriptor, ExponentialOptions, FamilyId, Instrument};
use crate::tracer::{SpanData, SpanStatus};
use crate::{Error, Outcome, SeriesId};

/// The counter of spans.
const CALLS: &str = "traces.span.metrics.calls";

/// The histogram of their durations, in seconds.
const DURATION: &str = "traces.span.metrics.duration";

/// The labels that every series has, before the dimensions.
const LABELS: [&str; 3] = ["span.name", "span.kind", "status.code"];

/// What is measured of spans.
#[derive(Debug)]
pub(super) struct Measured {
    calls: FamilyId,
    duration: FamilyId,
    dimensions: Vec<String>,
}

impl Ledger {
    /// Counts and times every span that ends from now on, sampled or not: the counter `traces.span.metrics.calls` and
    /// the exponential histogram `traces.span.metrics.duration` in seconds, with the labels `span.name`,
    /// `span.kind` (as in OTLP's JSON without its prefix: `INTERNAL`), `status.code` (`UNSET`, `OK`, `ERROR`) and
    /// these attributes of the span, or else of its resource; an empty text where there is none.
    ///
    /// # Errors
    /// [`Error::InvalidName`] and [`Error::Limit`] for dimensions that cannot be labels, [`Error::Conflict`] where
    /// there are such families with other labels.
    pub fn measure_spans(&mut self, dimensions: Vec<String>) -> Result<(), Error> {
        let labels: Vec<String> = LABELS.into_iter().map(String::from).chain(dimensions.iter().cloned()).collect();
        let family = |name: &str, help: &str, unit: &str, instrument| Descriptor {
            name: name.into(),
            help: help.into(),
            unit: unit.into(),
            labels: labels.clone(),
            instrument,
            window: None,
        };
        let calls = self.declare(family(CALLS, "Spans that ended.", "", Instrument::Counter))?;
        let timing = Instrument::ExponentialHistogram(ExponentialOptions::default());
        let duration = self.declare(family(DURATION, "How long spans took.", "seconds", timing))?;
        self.measured = Some(Measured { calls, duration, dimensions });
        Ok(())
    }

    /// Measures a span that ended.
    pub(super) fn measure(&mut self, span: &SpanData) {
        let Some(Measured { calls, duration, dimensions }) = &self.measured else { return };
        let (calls, duration) = (*calls, *duration);
        let status = match span.status {
            SpanStatus::Unset => "UNSET",
            SpanStatus::Ok => "OK",
            SpanStatus::Error(_) => "ERROR",
        };
        let mut values = vec![String::from(span.name.as_str()), span.kind.name().to_uppercase(), status.into()];
        for key in dimensions {
            let value = span.attributes.get(key).or_else(|| span.origin.resource.get(key));
            values.push(short(value.map(shown).unwrap_or_default()));
        }
        let took = (span.ended.nanos() - span.started.nanos()) as f64 / 1e9;
        for (family, value, times) in [(calls, 1.0, None), (duration, took, Some(1))] {
            match self.resolve(family, &values) {
                Ok(series) => self.record_of(series, value, times, span),
                Err(_) => self.drop_record(Outcome::OverLimit),
            };
        }
    }

    fn record_of(&mut self, series: SeriesId, value: f64, times: Option<u32>, span: &SpanData) -> Outcome {
        let at = Some(span.ended);
        let outcome = match times {
            None => self.metrics.add(series, value, at),
            Some(times) => self.metrics.observe(series, value, times, at),
        };
        if outcome.is_recorded() {
            let amount = times.map_or(Amount::Value, |times| Amount::Times(times.into()));
            self.feed(series, Recorded { amount, ..Recorded::of(value, at) });
            self.offer(series, value, span.ended, &span.context);
        }
        self.account(outcome, at)
    }
}
