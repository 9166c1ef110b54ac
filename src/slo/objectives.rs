//! Objectives and what was recorded of them: canonical content, and the questions that can be asked of it.
//!
//! Deliberately absent: numbers for the hot path; see `tracker`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::analysis::Analysis;
use super::book::Book;
use super::firing::{AlertHistory, PolicyState, alerts, policy};
use super::question::Question;
use super::status::{Status, status};
use super::violation::{SloViolation, violations};
use super::{Indicator, Keeping, Objective, Patterns, Slots};
use crate::Error;
use crate::time::Timestamp;

/// All objectives and what was recorded of them. Two writers that use one id and version for different
/// promises keep two objectives; neither is folded into the other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Objectives(pub BTreeMap<Arc<Objective>, Tracked>);

/// What was recorded of an objective.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tracked {
    /// Good and bad by slot, but in exempt times.
    pub slots: Slots,
    /// Good and bad by slot in exempt times.
    pub exempt: Slots,
    /// What events were like.
    pub patterns: Patterns,
    /// Records of metrics that are no whole number of events, and so in no slot.
    pub uncounted: u64,
}

/// Objectives with what each of several layers knows of them.
#[derive(Debug)]
pub(crate) struct Shelf<'a>(BTreeMap<&'a Objective, Vec<&'a Tracked>>);

impl Tracked {
    /// Adds all of another's.
    pub(crate) fn merge(&mut self, objective: &Objective, other: &Self) {
        let keeping = Keeping::new(objective);
        self.slots.merge(&keeping, &other.slots);
        self.exempt.merge(&keeping, &other.exempt);
        self.patterns.merge(&other.patterns);
        self.uncounted = self.uncounted.saturating_add(other.uncounted);
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.exempt.is_empty() && self.patterns.is_empty() && self.uncounted == 0
    }

    /// How many slots it has.
    pub(crate) const fn slots_len(&self) -> usize {
        self.slots.len() + self.exempt.len()
    }
}

impl Objectives {
    /// Adds all of another's content.
    pub fn merge(&mut self, other: &Self) {
        for (objective, tracked) in &other.0 {
            match self.0.get_mut(objective) {
                Some(there) => there.merge(objective, tracked),
                None => {
                    self.0.insert(Arc::clone(objective), tracked.clone());
                }
            }
        }
    }

    /// How many slots all have together.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.0.values().map(Tracked::slots_len).sum()
    }

    /// How all stood at a time, in the order of their ids; of several versions of one, the latest. `None` is
    /// the time of each one's newest event.
    #[must_use]
    pub fn statuses(&self, at: Option<Timestamp>) -> Vec<Status> {
        Shelf::new(self.iter()).books().iter().map(|book| status(book, at)).collect()
    }

    /// How one stood at a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has this id.
    pub fn status(&self, id: &str, at: Option<Timestamp>) -> Result<Status, Error> {
        Ok(status(&Shelf::book(self.iter(), id)?, at))
    }

    /// When its target was not reached, in order, up to a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has this id.
    pub fn violations(&self, id: &str, at: Option<Timestamp>) -> Result<Vec<SloViolation>, Error> {
        Ok(violations(&Shelf::book(self.iter(), id)?, at))
    }

    /// What its alerts did, in their order, up to a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has this id.
    pub fn alerts(&self, id: &str, at: Option<Timestamp>) -> Result<Vec<AlertHistory>, Error> {
        Ok(alerts(&Shelf::book(self.iter(), id)?, at))
    }

    /// What its error budget policy asked for at a time.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has this id.
    pub fn policy(&self, id: &str, at: Option<Timestamp>) -> Result<PolicyState, Error> {
        Ok(policy(&Shelf::book(self.iter(), id)?, at))
    }

    /// What its bad events had in common.
    ///
    /// # Errors
    /// [`Error::Unknown`] where no objective has this id, [`Error::InvalidArgument`] for a question out of
    /// its range.
    pub fn analyze(&self, id: &str, question: &Question) -> Result<Analysis, Error> {
        question.ask(&Shelf::book(self.iter(), id)?)
    }

    /// Every objective and what was recorded of it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Objective, &Tracked)> + Clone {
        self.0.iter().map(|(objective, tracked)| (&**objective, tracked))
    }
}

impl<'a> Shelf<'a> {
    /// Of objectives as layers have them; one may come once a layer.
    pub(crate) fn new(all: impl Iterator<Item = (&'a Objective, &'a Tracked)>) -> Self {
        let mut whole: BTreeMap<&Objective, Vec<&Tracked>> = BTreeMap::new();
        all.for_each(|(objective, tracked)| whole.entry(objective).or_default().push(tracked));
        Self(whole)
    }

    /// All that is known of one; of several with its id and version the first.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is none.
    pub(crate) fn book(all: impl Iterator<Item = (&'a Objective, &'a Tracked)> + Clone, id: &str) -> Result<Book<'a>, Error> {
        let parts = |(objective, _): (&'a Objective, _)| match &objective.indicator {
            Indicator::Composite(parts) if objective.id == id => Some(parts.iter().map(|part| part.id.as_str())),
            _ => None,
        };
        let wanted: Vec<&str> = all.clone().filter_map(parts).flatten().collect();
        let some = all.filter(|(objective, _)| objective.id == id || wanted.contains(&objective.id.as_str()));
        let found = Self::new(some).books().into_iter().find(|book| book.objective.id == id);
        found.ok_or_else(|| Error::Unknown(format!("no objective has the id '{id}'")))
    }

    /// Of each objective all that is known, in the order of their ids: of several versions the latest.
    pub(crate) fn books(&self) -> Vec<Book<'a>> {
        let entries: Vec<(&'a Objective, &Vec<&'a Tracked>)> = self.0.iter().map(|(objective, layers)| (*objective, layers)).collect();
        let versions = entries.chunk_by(|(a, _), (b, _)| a.id == b.id);
        let mut books: Vec<Book<'a>> = versions.flat_map(latest).collect();
        let plain = books.clone();
        for book in &mut books {
            let Indicator::Composite(parts) = &book.objective.indicator else { continue };
            for part in parts {
                // A part that is a composite itself holds nothing of its own.
                let from = plain.partition_point(|book| book.objective.id < part.id);
                let found = plain.get(from).filter(|book| book.objective.id == part.id);
                book.parts.extend(found.map(|book| (part.weight, book.clone())));
            }
        }
        books
    }
}

/// The latest version of an id, with what was recorded under those that it continues. Two writers may have
/// made different ones: then there are two.
fn latest<'a>(versions: &[(&'a Objective, &Vec<&'a Tracked>)]) -> Vec<Book<'a>> {
    let newest = versions.last().map_or(0, |(objective, _)| objective.version);
    let last = versions.iter().filter(|(objective, _)| objective.version == newest);
    let book = |(objective, _): &(&'a Objective, _)| {
        let counted = || versions.iter().filter(|(other, _)| other == objective || objective.continues(other));
        let alike = counted().filter(|(other, _)| other.dimensions == objective.dimensions && other.window == objective.window);
        Book {
            objective,
            layers: counted().flat_map(|(_, layers)| layers.iter().copied()).collect(),
            patterns: alike.flat_map(|(_, layers)| layers.iter().map(|layer| &layer.patterns)).collect(),
            parts: Vec::new(),
        }
    };
    last.map(book).collect()
}
