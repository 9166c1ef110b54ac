//! The question what bad events had in common: over which time, compared with what.
//!
//! Deliberately absent: the answer; see `analysis`.

use super::analysis::{Analysis, Options, analyze};
use super::book::Book;
use super::patterns::{evidence, slice_ns};
use super::window::SLOT_NS;
use crate::Error;
use crate::time::Timestamp;

/// What is to be analysed, and how deeply. Times are cut to whole slices: the twelfth part of the window,
/// but at least an hour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Question {
    /// The end of the window that is looked at; `None` is the time of the newest event.
    pub at: Option<Timestamp>,
    /// From when on it is to be compared with what came before in the window: patterns are then those of what
    /// came since. `None` compares nothing.
    pub since: Option<Timestamp>,
    /// How deeply.
    pub options: Options,
}

impl Question {
    /// Asks it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for combinations of none or more than three attributes, or no patterns or
    /// more than a hundred.
    pub(crate) fn ask(&self, book: &Book<'_>) -> Result<Analysis, Error> {
        let options = &self.options;
        if !(1..=3).contains(&options.order) || !(1..=100).contains(&options.most) {
            return Err(Error::InvalidArgument("an analysis combines 1 to 3 attributes and tells 1 to 100 patterns".into()));
        }
        let objective = book.objective;
        let length = slice_ns(objective);
        let last = self.at.map(|at| at.nanos() / SLOT_NS).or_else(|| book.newest()).unwrap_or(0);
        // A slice is in the window if any of it is.
        let first = (objective.window.first_slot(last) * SLOT_NS).saturating_sub(length - 1);
        let end = (last + 1) * SLOT_NS;
        let Some(since) = self.since else { return Ok(analyze(&evidence(objective, &book.patterns, first, end), None, options)) };
        let since = since.nanos() / length * length;
        let now = evidence(objective, &book.patterns, since.max(first), end);
        let before = evidence(objective, &book.patterns, first, since.min(end));
        Ok(analyze(&now, Some(&before), options))
    }
}
