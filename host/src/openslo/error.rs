//! How an import or export can fail.
//!
//! Deliberately absent: what OpenSLO v1 allows and objectives cannot express. That is no failure; see
//! [`LeftOut`](super::LeftOut).

use std::fmt;

/// Why a text was not imported, or an objective not exported.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not YAML.
    #[error("{place}: not YAML: {what}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// It is YAML, but not OpenSLO v1.
    #[error("{place}: {field}: {what}")]
    Invalid {
        /// Where.
        place: Place,
        /// The path of the field, as `spec.objectives[0].target`.
        field: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// It is more than is read.
    #[error("{place}: {what}")]
    TooMuch {
        /// Where.
        place: Place,
        /// What there is too much of.
        what: String,
    },
    /// Two objectives would have one id.
    #[error("two objectives have the id '{id}' ({first} and {second}); give one another name")]
    Twice {
        /// The id.
        id: String,
        /// Whose it is.
        first: String,
        /// And whose.
        second: String,
    },
    /// The ledger would not take the objective that is to be exported.
    #[error(transparent)]
    Ledger(#[from] codomyrmex_telemetry::Error),
}

/// Where something stands in what is read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The name of the text; empty where it has none.
    pub source: String,
    /// The YAML document, from 1.
    pub document: usize,
    /// The line, from 1.
    pub line: usize,
    /// The object's kind and name, as far as they are known.
    pub object: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.source.is_empty() {
            write!(f, "{}: ", self.source)?;
        }
        write!(f, "document {}, line {}", self.document, self.line)?;
        if self.object.is_empty() { Ok(()) } else { write!(f, ", {}", self.object) }
    }
}
