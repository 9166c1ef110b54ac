//! The watch over objectives: what changed about them since they were last looked at.
//!
//! For those who want to be told: a host or a page looks from time to time and passes on what changed. Being
//! told is no part of the accounts. Deliberately absent: clocks, and anybody to tell.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::alert::{NORMAL, Severity};
use super::book::Book;
use super::firing::policy;
use super::status::{State, status};
use crate::time::Timestamp;

/// Something that changed about an objective.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SloChange {
    /// The objective's id.
    pub id: String,
    /// What changed.
    pub what: Changed,
}

/// What can change about an objective.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Changed {
    /// It stands otherwise.
    State {
        /// How it stood; `NoData` where it was not known.
        before: State,
        /// How it stands.
        now: State,
    },
    /// An alert began or ceased to fire.
    Alert {
        /// The alert's name.
        name: String,
        /// How urgent it is.
        severity: Severity,
        /// Whether it fires now.
        is_firing: bool,
    },
    /// The error budget policy asks for something else.
    Policy {
        /// What it asked for; `normal` where that was not known.
        before: String,
        /// What it asks for.
        action: String,
    },
}

/// What was seen of objectives, by id.
#[derive(Debug, Default)]
pub struct SloWatch {
    seen: BTreeMap<String, Seen>,
}

#[derive(Debug)]
struct Seen {
    state: State,
    firing: Vec<String>,
    action: String,
}

impl SloWatch {
    /// Looks, and tells what changed: for each objective first how it stands, then its alerts in their order,
    /// then its policy.
    pub(crate) fn look(&mut self, books: &[Book<'_>], at: Option<Timestamp>) -> Vec<SloChange> {
        let mut changes = Vec::new();
        for book in books {
            let (now, action) = (status(book, at), policy(book, at).action);
            let seen =
                self.seen.entry(now.id.clone()).or_insert_with(|| Seen { state: State::NoData, firing: Vec::new(), action: NORMAL.into() });
            let mut tell = |what| changes.push(SloChange { id: now.id.clone(), what });
            if seen.state != now.state {
                tell(Changed::State { before: seen.state, now: now.state });
            }
            for alert in &book.objective.alerts {
                let is_firing = now.firing.contains(&alert.name);
                if is_firing != seen.firing.contains(&alert.name) {
                    tell(Changed::Alert { name: alert.name.clone(), severity: alert.severity, is_firing });
                }
            }
            if seen.action != action {
                tell(Changed::Policy { before: seen.action.clone(), action: action.clone() });
            }
            *seen = Seen { state: now.state, firing: now.firing, action };
        }
        changes
    }
}
