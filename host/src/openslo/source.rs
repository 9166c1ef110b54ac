//! Sources of metrics: what they mean here.
//!
//! Sources of type `codomyrmex` are ours, and say all that an indicator can be; those of Prometheus are
//! taken where the ledger's own metrics can give the same. Deliberately absent: queries of others, which
//! nothing here evaluates: they are named, and the recorder says instead what is good.

use codomyrmex_telemetry::slo::{MetricRatio, MetricSelector, SpanSelector};
use codomyrmex_telemetry::{Comparison, Double, Indicator};

use super::Error;
use super::field::{At, COMPARISONS};
use super::promql;
use super::resolve::Work;
use super::sli::{Metric, Source};
use super::yaml::shortened;

/// The type of our own sources.
pub(super) const OURS: &str = "codomyrmex";

/// What a metric is.
#[derive(Debug)]
pub(super) enum Meaning {
    /// An indicator, or nearly: of a threshold what is compared.
    Indicator(Indicator),
    /// Values, to be compared with what the objective says.
    Values,
    /// Another objective.
    Objective(String),
}

/// What one of our own sources says.
#[derive(Debug, PartialEq)]
enum Ours {
    Metric(MetricSelector),
    Span(SpanSelector),
    Events(String),
    Objective(String),
}

/// What a metric means.
pub(super) fn meaning<'a>(work: &mut Work<'a>, metric: &Metric<'a>) -> Result<Meaning, Error> {
    match metric {
        Metric::Threshold(source) if is_ours(work, source) => match read_ours(source)? {
            Ours::Events(word) if word == "value" => Ok(Meaning::Values),
            _ => Err(source.spec.refuse("of a threshold our own source says events: value; values come from the recorder")),
        },
        Metric::Threshold(source) => {
            leave_out(work, source, "the recorder gives each value");
            Ok(Meaning::Values)
        }
        Metric::Raw(source) => {
            leave_out(work, source, "a ratio cannot be taken apart again; the recorder says of each event whether it is good");
            Ok(Meaning::Indicator(Indicator::Events))
        }
        Metric::Ratio { part_is_good, counter, part, total } => ratio(work, *part_is_good, *counter, part, total),
    }
}

fn ratio<'a>(
    work: &mut Work<'a>,
    part_is_good: bool,
    counter: Option<bool>,
    part: &Source<'a>,
    total: &Source<'a>,
) -> Result<Meaning, Error> {
    let [is_ours_part, is_ours_total] = [part, total].map(|source| is_ours(work, source));
    if is_ours_part && is_ours_total {
        return pair(part_is_good, part, read_ours(part)?, read_ours(total)?);
    }
    let selector = |work: &Work<'a>, source: &Source<'a>| -> Result<Option<MetricSelector>, Error> {
        if is_ours(work, source) {
            return Ok(match read_ours(source)? {
                Ours::Metric(selector) => Some(selector),
                _ => None,
            });
        }
        let is_prometheus = counter != Some(false) && kind_of(work, source) == Some("Prometheus");
        Ok(query_of(source).filter(|_| is_prometheus).and_then(promql::read))
    };
    if let (Some(selected), Some(whole)) = (selector(work, part)?, selector(work, total)?) {
        for source in [part, total] {
            leave_out_rest(work, source)?;
        }
        return Ok(Meaning::Indicator(Indicator::Metrics(MetricRatio { part_is_good, part: selected, total: whole })));
    }
    for source in [part, total] {
        leave_out(work, source, "the recorder says of each event whether it is good");
    }
    Ok(Meaning::Indicator(Indicator::Events))
}

/// What two of our own sources are together.
fn pair(part_is_good: bool, part: &Source<'_>, of_part: Ours, of_total: Ours) -> Result<Meaning, Error> {
    let word = if part_is_good { "good" } else { "bad" };
    match (of_part, of_total) {
        (Ours::Metric(part), Ours::Metric(total)) => Ok(Meaning::Indicator(Indicator::Metrics(MetricRatio { part_is_good, part, total }))),
        (Ours::Span(span), Ours::Span(total)) if part_is_good && total == (SpanSelector { max_duration: None, ..span.clone() }) => {
            Ok(Meaning::Indicator(Indicator::Spans(span)))
        }
        (Ours::Events(part), Ours::Events(total)) if part == word && total == "total" => Ok(Meaning::Indicator(Indicator::Events)),
        (Ours::Objective(part), Ours::Objective(total)) if part_is_good && part == total => Ok(Meaning::Objective(part)),
        _ => Err(part.spec.refuse(
            "our own sources go together as two metrics; as 'good' and 'total' of the same span, only 'good' with a maxDurationNanoseconds; \
             as events: good (or bad) and events: total; or as one objective twice",
        )),
    }
}

/// The type of a source: what it says, or what its data source is of.
fn kind_of<'a>(work: &Work<'a>, source: &Source<'a>) -> Option<&'a str> {
    source.kind.or_else(|| work.data_source(source.reference?))
}

fn is_ours<'a>(work: &Work<'a>, source: &Source<'a>) -> bool {
    kind_of(work, source) == Some(OURS)
}

/// The field `query` of a source's spec.
fn query_of<'a>(source: &Source<'a>) -> Option<&'a str> {
    source.spec.fields().ok()?.take("query")?.text().ok()
}

/// Names a source that is not understood.
fn leave_out<'a>(work: &mut Work<'a>, source: &Source<'a>, instead: &str) {
    let kind = kind_of(work, source).map_or_else(|| "a source of no type".into(), |kind| format!("a source of type {}", shortened(kind)));
    let query = query_of(source).map_or_else(String::new, |query| format!(" with the query '{}'", shortened(query.trim())));
    work.leave_out_field(&source.at, format!("{kind}{query} is not evaluated here; {instead}"));
}

/// Names what a source that is understood says beside its query.
fn leave_out_rest<'a>(work: &mut Work<'a>, source: &Source<'a>) -> Result<(), Error> {
    if is_ours(work, source) {
        return Ok(());
    }
    let mut fields = source.spec.fields()?;
    fields.take("query");
    for (_, at) in fields.rest() {
        work.leave_out_field(&at, "of a source of type Prometheus only the query is understood");
    }
    if let Some(name) = source.reference {
        work.leave_out_field(&source.at, format!("metrics are those of the ledger, not of the data source '{}'", shortened(name)));
    }
    Ok(())
}

/// Reads one of our own sources.
fn read_ours(source: &Source<'_>) -> Result<Ours, Error> {
    let mut fields = source.spec.fields()?;
    let found = if let Some(at) = fields.take("metric") {
        let labels = fields.take("labels").map_or_else(|| Ok(Vec::new()), |at| read_pairs(&at))?;
        let threshold = fields.take("threshold").map(|at| read_threshold(&at)).transpose()?;
        Ours::Metric(MetricSelector { name: at.text()?.into(), labels, threshold })
    } else if let Some(at) = fields.take("span") {
        let attributes = fields.take("attributes").map_or_else(|| Ok(Vec::new()), |at| read_pairs(&at))?;
        let max_duration = fields.take("maxDurationNanoseconds").map(|at| at.whole()).transpose()?;
        Ours::Span(SpanSelector { name: at.text()?.into(), attributes, max_duration })
    } else if let Some(at) = fields.take("events") {
        Ours::Events(at.text()?.into())
    } else if let Some(at) = fields.take("objective") {
        Ours::Objective(at.text()?.into())
    } else {
        return Err(source.spec.refuse("our own source has one of the fields 'metric', 'span', 'events' and 'objective'"));
    };
    fields.end()?;
    Ok(found)
}

fn read_pairs(at: &At<'_>) -> Result<Vec<(String, String)>, Error> {
    at.fields()?.rest().iter().map(|(name, value)| Ok((String::from(*name), value.text()?.into()))).collect()
}

fn read_threshold(at: &At<'_>) -> Result<(Comparison, Double), Error> {
    let mut fields = at.fields()?;
    let comparison = fields.need("comparison")?.one_of(&COMPARISONS)?;
    let value = fields.need("value")?.double()?;
    fields.end()?;
    Ok((comparison, Double::new(value)))
}
