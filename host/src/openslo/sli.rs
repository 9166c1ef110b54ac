//! Indicators as OpenSLO v1 writes them: a threshold or a ratio, from sources of metrics.
//!
//! Deliberately absent: what a source means here; see `source`.

use super::Error;
use super::field::At;

/// The spec of an SLI.
#[derive(Debug)]
pub(super) struct Sli<'a> {
    pub(super) described: bool,
    pub(super) metric: Metric<'a>,
}

/// What is measured.
#[derive(Debug)]
pub(super) enum Metric<'a> {
    /// Values, to be compared.
    Threshold(Source<'a>),
    /// A part and the whole.
    Ratio { part_is_good: bool, counter: Option<bool>, part: Source<'a>, total: Source<'a> },
    /// A ratio that was computed elsewhere.
    Raw(Source<'a>),
}

/// Where a metric comes from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) at: At<'a>,
    pub(super) reference: Option<&'a str>,
    pub(super) kind: Option<&'a str>, // the field `type`
    pub(super) spec: At<'a>,          // a map of something
}

impl<'a> Sli<'a> {
    /// Reads the spec of an SLI.
    pub(super) fn read(at: &At<'a>) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let described = fields.take("description").map(|at| at.description()).transpose()?.is_some();
        let metric = match (fields.take("thresholdMetric"), fields.take("ratioMetric")) {
            (Some(metric), None) => Metric::Threshold(Source::read(&metric)?),
            (None, Some(metric)) => read_ratio(&metric)?,
            _ => return Err(at.refuse("exactly one of 'thresholdMetric' and 'ratioMetric' is needed")),
        };
        fields.end()?;
        Ok(Self { described, metric })
    }
}

fn read_ratio<'a>(at: &At<'a>) -> Result<Metric<'a>, Error> {
    let mut fields = at.fields()?;
    let counter = fields.take("counter").map(|at| at.boolean()).transpose()?;
    let [good, bad, total, raw] = ["good", "bad", "total", "raw"].map(|name| fields.take(name));
    let raw_type = fields.take("rawType");
    if let Some(raw_type) = &raw_type {
        raw_type.one_of(&[("success", ()), ("failure", ())])?;
    }
    fields.end()?;
    match (good, bad, total, raw, raw_type) {
        (Some(good), None, Some(total), None, None) => {
            Ok(Metric::Ratio { part_is_good: true, counter, part: Source::read(&good)?, total: Source::read(&total)? })
        }
        (None, Some(bad), Some(total), None, None) => {
            Ok(Metric::Ratio { part_is_good: false, counter, part: Source::read(&bad)?, total: Source::read(&total)? })
        }
        (None, None, None, Some(raw), Some(_)) => Ok(Metric::Raw(Source::read(&raw)?)),
        _ => Err(at.refuse("it is 'good' and 'total', or 'bad' and 'total', or 'raw' and 'rawType'")),
    }
}

impl<'a> Source<'a> {
    fn read(at: &At<'a>) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let source = fields.need("metricSource")?;
        fields.end()?;
        let mut fields = source.fields()?;
        let reference = fields.take("metricSourceRef").map(|at| at.name()).transpose()?;
        let kind = fields.take("type").map(|at| at.filled()).transpose()?;
        let spec = fields.need("spec")?;
        fields.end()?;
        if spec.fields()?.names().is_empty() {
            return Err(spec.refuse("at least one field is needed"));
        }
        Ok(Self { at: source, reference, kind, spec })
    }
}
