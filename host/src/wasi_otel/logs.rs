//! Log records of a guest: counted, and told in the span that they name while that is open.
//!
//! There is no store of records here. The counter `otel.log.records` says how many there were by severity and scope,
//! and keeps one record's trace and span as its exemplar, if they are sampled; a record that carries the ids of a span
//! that started here and did not end becomes an event of that span, named after the record's event name, or `log`,
//! with the record's attributes and `log.severity` and `log.body` beside. Deliberately absent: the resource, and the
//! text of records outside such a span.

use codomyrmex_telemetry::limits::SPAN_ITEMS_MAX;
use codomyrmex_telemetry::metrics::{Exemplar, Point, Total};
use codomyrmex_telemetry::{Descriptor, Double, Error, ExactSum, Extent, Instrument, Outcome, SpanEvent, Timestamp};

use super::bindings::{logs, tracing};
use super::tracing::{Ids, attributes};
use super::{convert, value};
use crate::TelemetryCtx;

impl logs::Host for TelemetryCtx {
    fn on_emit(&mut self, record: logs::LogRecord) {
        let emitted = self.emit(record).map_or_else(|wrong| wrong, |()| Outcome::Recorded);
        self.account(emitted);
    }
}

impl TelemetryCtx {
    fn emit(&mut self, record: logs::LogRecord) -> Result<(), Outcome> {
        let at = record.timestamp.or(record.observed_timestamp).map(convert::time).transpose()?;
        let ids = ids(&record)?;
        let severity = severity(record.severity_number)?;
        let scope = record.instrumentation_scope.as_ref().map_or("", |scope| scope.name.as_str());
        let series = self.log_counter(severity, scope).map_err(|error| convert::reason(&error))?;
        let mut sum = ExactSum::default();
        sum.add(1.0);
        let one = Point::Counter(Total { sum, extent: at.map_or_else(Extent::default, Extent::of), exemplar: None });
        let seen = at.map_or_else(|| Timestamp::from_nanos(self.now()), Ok)?;
        let is_sampled = record.trace_flags.is_none_or(|flags| flags.contains(tracing::TraceFlags::SAMPLED));
        let exemplar = |(trace_id, span_id)| Exemplar { value: Double::new(1.0), at: seen, trace_id, span_id };
        let exemplars: Vec<Exemplar> = ids.filter(|_| is_sampled).map(exemplar).into_iter().collect();
        if !self.ledger().merge_point(series, &one, &exemplars).is_recorded() {
            return Ok(()); // the ledger counted that
        }
        if let Some(ids) = ids.filter(|ids| self.otel.open.is_open(ids)) {
            self.tell(ids, seen, severity, record);
        }
        Ok(())
    }

    fn log_counter(&mut self, severity: &str, scope: &str) -> Result<codomyrmex_telemetry::SeriesId, Error> {
        let family = self.ledger().declare(Descriptor {
            name: "otel.log.records".into(),
            help: "Log records that a guest emitted.".into(),
            unit: String::new(),
            labels: vec!["severity".into(), "otel.scope.name".into()],
            instrument: Instrument::Counter,
            window: None,
        })?;
        self.ledger().resolve(family, &[severity.into(), scope.into()])
    }

    /// Makes a record an event of the span that it names.
    fn tell(&mut self, ids: Ids, at: Timestamp, severity: &str, record: logs::LogRecord) {
        let mut dropped = 0;
        let most = SPAN_ITEMS_MAX - 2; // room for those below
        let mut attributes = attributes(record.attributes.unwrap_or_default(), most, &mut dropped);
        for _ in 0..dropped {
            self.account(Outcome::InvalidValue);
        }
        let severity = record.severity_text.filter(|text| !text.is_empty()).unwrap_or_else(|| severity.into());
        attributes.insert("log.severity".into(), severity.into());
        if let Some(body) = record.body.as_deref().and_then(value::value) {
            attributes.insert("log.body".into(), body);
        }
        let name = record.event_name.filter(|name| !name.is_empty()).unwrap_or_else(|| "log".into());
        let outcome = self.otel.open.log(ids, SpanEvent { name: name.into(), at, attributes });
        self.account(outcome);
    }
}

/// The span that a record names; `None` where it names none, or only a trace.
fn ids(record: &logs::LogRecord) -> Result<Option<Ids>, Outcome> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.bytes().all(|digit| digit == b'0'));
    match (said(&record.trace_id), said(&record.span_id)) {
        (Some(trace), Some(span)) => Ok(Some((convert::trace_id(&trace)?, convert::span_id(&span)?))),
        (Some(trace), None) => convert::trace_id(&trace).map(|_| None),
        (None, Some(_)) => Err(Outcome::InvalidValue), // a span without its trace
        (None, None) => Ok(None),
    }
}

/// The short name of a severity (OpenTelemetry, Logs Data Model, section SeverityNumber).
fn severity(number: Option<u8>) -> Result<&'static str, Outcome> {
    Ok(match number.unwrap_or_default() {
        0 => "unspecified",
        1..=4 => "trace",
        5..=8 => "debug",
        9..=12 => "info",
        13..=16 => "warn",
        17..=20 => "error",
        21..=24 => "fatal",
        _ => return Err(Outcome::InvalidValue),
    })
}
