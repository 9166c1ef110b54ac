//! What a report tells, before it is text or JSON.
//!
//! Deliberately absent: numbers that the snapshot does not hold; everything here is looked up.

use std::collections::BTreeMap;
use std::time::Duration;

use codomyrmex_telemetry::metrics::{Families, Point};
use codomyrmex_telemetry::{Snapshot, SpanData};

use crate::Placement;

/// How a run went, beside the accounts.
pub(super) struct Report {
    pub(super) lines: usize,
    pub(super) groups_done: u64,
    pub(super) groups: usize,
    pub(super) placement: Placement,
    pub(super) elapsed: Duration,
    pub(super) agents: Vec<AgentEnd>,
}

/// How an agent ended.
pub(super) struct AgentEnd {
    pub(super) number: usize,
    pub(super) groups: u64,
    pub(super) groups_left: u64,
    /// The trap, the first and last line of the group it happened in, and whether that group's
    /// records are lost.
    pub(super) trap: Option<(String, (u64, u64), bool)>,
}

impl AgentEnd {
    /// What to say of an agent that did not come to its end.
    pub(super) fn sentence(&self) -> Option<String> {
        let (trap, (first, last), is_lost) = self.trap.as_ref()?;
        let fate = if *is_lost {
            "what it recorded in these lines is lost, and so are spans that were still open; the report holds all else before them"
        } else {
            "the report holds all that it recorded; its open spans ended with an error"
        };
        let left = match self.groups_left {
            0 => String::new(),
            left => format!("; {left} further {} not run", if left == 1 { "group was" } else { "groups were" }),
        };
        let place = if *first > 0 { format!(" at lines {first} to {last},") } else { String::new() };
        let done = if self.groups == 1 { "1 group".into() } else { format!("{} groups", self.groups) };
        Some(format!("agent {}: {trap},{place} after {done}: {fate}{left}", self.number))
    }
}

/// A counter that is split by a label `outcome`: a row for each set of its other labels.
pub(super) struct OutcomeTable {
    pub(super) name: String,
    pub(super) labels: Vec<String>,
    pub(super) outcomes: Vec<String>,
    pub(super) rows: Vec<(Vec<String>, Vec<f64>)>, // other labels' values, a count an outcome
}

/// The counters with a label `outcome`, rows with the most records first.
pub(super) fn outcome_tables(families: &Families) -> Vec<OutcomeTable> {
    let mut tables = Vec::new();
    for (schema, family) in &families.0 {
        let Some(place) = schema.labels.iter().position(|label| label == "outcome") else { continue };
        let mut rows: BTreeMap<Vec<String>, BTreeMap<String, f64>> = BTreeMap::new();
        let mut outcomes: Vec<String> = Vec::new();
        for (key, series) in &family.series {
            let Point::Counter(total) = &series.point else { continue };
            let mut others = key.values().to_vec();
            let outcome = others.remove(place);
            if !outcomes.contains(&outcome) {
                outcomes.push(outcome.clone());
            }
            rows.entry(others).or_default().insert(outcome, total.sum.value());
        }
        // `ok` first, so that the failures stand together.
        outcomes.sort_by_key(|outcome| (outcome != "ok", outcome.clone()));
        let count =
            |row: &BTreeMap<String, f64>| outcomes.iter().map(|outcome| row.get(outcome).copied().unwrap_or_default()).collect::<Vec<_>>();
        let mut rows: Vec<_> = rows.into_iter().map(|(labels, row)| (labels, count(&row))).collect();
        rows.sort_by(|(a_labels, a), (b_labels, b)| b.iter().sum::<f64>().total_cmp(&a.iter().sum()).then_with(|| a_labels.cmp(b_labels)));
        if let Some(Point::Counter(total)) = family.overflow.as_ref().map(|series| &series.point) {
            let mut row = vec![0.0; outcomes.len()];
            row.push(total.sum.value());
            outcomes.push("unknown".into());
            rows.iter_mut().for_each(|(_, counts)| counts.push(0.0));
            rows.push((vec!["(label sets past the limit)".into()], row));
        }
        if !rows.is_empty() {
            let labels = schema.labels.iter().filter(|label| *label != "outcome").cloned().collect();
            tables.push(OutcomeTable { name: schema.exposed_name(), labels, outcomes, rows });
        }
    }
    tables
}

/// The root spans, longest first; of equally long ones the earlier, then the lesser trace id.
pub(super) fn longest(snapshot: &Snapshot) -> Vec<&SpanData> {
    let mut roots: Vec<_> = snapshot.spans.iter().filter(|span| span.parent.is_none()).collect();
    roots.sort_by_key(|span| (std::cmp::Reverse(length_ns(span)), span.started, span.context.trace_id));
    roots
}

/// How long a span took.
pub(super) fn length_ns(span: &SpanData) -> u64 {
    span.ended.nanos() - span.started.nanos() // a span never ends before it starts
}
