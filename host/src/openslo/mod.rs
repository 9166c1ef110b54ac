//! OpenSLO v1: objectives read from it, and written in it.
//!
//! ```text
//!   text -- yaml --> nodes -- field, object, sli, slo, policy --> objects, checked as OpenSLO v1 asks
//!                                                                   |
//!   Imported { objectives, left_out } <-- resolve, convert, window, source, alerts
//!
//!   objectives -- export, annotation --> what OpenSLO can say, the rest as annotations -- emit --> text
//! ```
//!
//! | OpenSLO | here |
//! | --- | --- |
//! | SLO of one objective | an objective; its id is `metadata.name` |
//! | further ones of `objectives` | `NAME-2`, `NAME-3`, ...: the first keeps its id when others join it |
//! | `objectives[].indicator`, `compositeWeight` | a composite `NAME` and its parts `NAME-1`, `NAME-2`, ...; its target is the mean of theirs by weight, since OpenSLO states none |
//! | `timeWindow`, rolling | minutes, hours, days and weeks; months, quarters and years have no length |
//! | `timeWindow`, calendar | `1d`, `1w`, `1M`, `1Q` that turn with ours, in a zone of one offset |
//! | `ratioMetric`, type `codomyrmex` | what its `spec` says: `metric`, `span`, `events` or `objective` |
//! | `ratioMetric`, type `Prometheus` | metrics of the ledger, if both queries are a selector with `=`, or its `rate`, `increase` or `sum` |
//! | any other `ratioMetric` | events that the recorder calls good or bad; the query is named as left out |
//! | `thresholdMetric`, `op`, `value` | a threshold for values that the recorder gives |
//! | `alertPolicies` | alerts: `lookbackWindow` is the long lookback, `alertAfter` (else a twelfth of it) the short one. Where there are none there are **no** alerts, not the standard ones |
//!
//! The error budget policy, of which OpenSLO knows nothing, is the standard one unless an annotation says
//! otherwise. Numbers are read as decimals, never as doubles: 0.999 is 999/1000. What OpenSLO cannot say
//! is written as annotations under `codomyrmex.telemetry/`, so that an objective that was exported is
//! imported as it was. An annotation that contradicts the field it makes exact is refused.
//!
//! Sources: the OpenSLO specification, v1; and for what it leaves open the rules of its Go SDK.
//! Deliberately absent: files and the network, queries of other systems, and who is to be told of alerts.

mod alerts;
mod annotation;
mod convert;
mod decimal;
mod emit;
mod error;
mod export;
mod field;
mod object;
mod policy;
mod promql;
mod resolve;
mod sli;
mod slo;
mod source;
#[cfg(test)]
mod tests;
mod window;
mod yaml;

use std::collections::BTreeMap;

use codomyrmex_telemetry::{Comparison, Objective};

pub use error::{Error, Place};
pub use export::export;
pub use object::Kind;

/// What was understood of a text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// Objectives, in the order of the text; parts come before their composite. The ledger takes each.
    pub objectives: Vec<Objective>,
    /// All that could not be expressed.
    pub left_out: Vec<LeftOut>,
    /// How many objects of each kind there were.
    pub objects: BTreeMap<Kind, usize>,
}

/// A comparison as people write it.
pub(crate) const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Below => "<",
        Comparison::AtMost => "<=",
        Comparison::Above => ">",
        Comparison::AtLeast => ">=",
    }
}

/// Something that could not be expressed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LeftOut {
    /// Of which object: its kind and name.
    pub object: String,
    /// What of it: a field, a query, or all of it.
    pub what: String,
    /// Why, and what became of it.
    pub why: String,
}

/// Reads OpenSLO v1, as YAML or JSON: objects, lists of them, any number of documents. References are
/// resolved within the text; one that leads nowhere is among what was left out.
///
/// ```
/// use codomyrmex_telemetry_host::openslo;
/// let text = "
/// apiVersion: openslo/v1
/// kind: SLO
/// metadata: {name: answers}
/// spec:
///   service: shop
///   indicator:
///     metadata: {name: answered}
///     spec:
///       ratioMetric:
///         good: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(answers_total{code=\"200\"}[5m]))'}}}
///         total: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(answers_total[5m]))'}}}
///   timeWindow: [{duration: 4w, isRolling: true}]
///   budgetingMethod: Occurrences
///   objectives: [{target: 0.999}]
/// ";
/// let imported = openslo::import(text)?;
/// assert_eq!(imported.objectives[0].target, "99.9%".parse()?);
/// assert_eq!(imported.left_out[0].what, "spec.service");
/// let again = openslo::import(&openslo::export(&imported.objectives)?)?;
/// assert_eq!(again.objectives, imported.objectives);
/// assert!(again.left_out.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error`] for what is no YAML, not OpenSLO v1, or too much.
pub fn import(text: &str) -> Result<Imported, Error> {
    import_all([("", text)])
}

/// The same of several texts, each with a name for errors; references are resolved across them.
///
/// # Errors
/// As [`import`].
pub fn import_all<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Imported, Error> {
    let mut documents = Vec::new();
    for (source, text) in texts {
        documents.extend(yaml::read(source, text)?);
    }
    let objects = object::read_all(&documents)?;
    convert::convert(&objects)
}
