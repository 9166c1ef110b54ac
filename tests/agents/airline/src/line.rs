//! The input lines, parsed once, with a sentence for what is wrong with one.
//!
//! Deliberately absent: accounting.

use serde::Deserialize;

use crate::Problem;

/// A line of the input.
pub(crate) struct Line {
    pub(crate) run: String,
    pub(crate) step: u64,
    pub(crate) kind: Kind,
}

/// What a line tells of.
pub(crate) enum Kind {
    User { bytes: u64 },
    Model { bytes: u64, call: Option<(String, u64)> },
    Tool { bytes: u64, tool: String, error: Option<String> },
    End { success: bool },
}

#[derive(Deserialize)]
struct Raw {
    run: String,
    step: u64,
    kind: String,
    bytes: Option<u64>,
    calls: Option<String>,
    args_bytes: Option<u64>,
    tool: Option<String>,
    ok: Option<bool>,
    error: Option<String>,
    success: Option<bool>,
}

impl Line {
    /// Whether a tool answers here.
    pub(crate) fn answers(&self, name: &str) -> bool {
        matches!(&self.kind, Kind::Tool { tool, .. } if tool == name)
    }

    pub(crate) fn parse(number: u64, text: &str) -> Result<Self, Problem> {
        let problem = |message: String| Problem { number, message };
        let raw: Raw = serde_json::from_str(text).map_err(|error| problem(format!("not a step of a run: {error}")))?;
        let missing = |key: &str| Problem { number, message: format!("a line of kind '{}' needs the key '{key}'", raw.kind) };
        let kind = match raw.kind.as_str() {
            "user" => Kind::User { bytes: raw.bytes.ok_or_else(|| missing("bytes"))? },
            "model" => Kind::Model {
                bytes: raw.bytes.ok_or_else(|| missing("bytes"))?,
                call: raw.calls.map(|tool| raw.args_bytes.map(|bytes| (tool, bytes)).ok_or_else(|| missing("args_bytes"))).transpose()?,
            },
            "tool" => Kind::Tool {
                bytes: raw.bytes.ok_or_else(|| missing("bytes"))?,
                tool: raw.tool.ok_or_else(|| missing("tool"))?,
                error: match raw.ok.ok_or_else(|| missing("ok"))? {
                    true => None,
                    false => Some(raw.error.ok_or_else(|| missing("error"))?),
                },
            },
            "end" => Kind::End { success: raw.success.ok_or_else(|| missing("success"))? },
            other => return Err(problem(format!("kind '{other}' is none of user, model, tool, end"))),
        };
        Ok(Self { run: raw.run, step: raw.step, kind })
    }
}
