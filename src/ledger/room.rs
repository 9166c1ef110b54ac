//! How much a ledger takes in from others.
//!
//! Everything it holds counts: what it recorded, what it absorbed, and what it drained, since it goes
//! on holding that. A delta that brings nothing new is always taken. Deliberately absent: series,
//! which fold into their overflow instead, and what is recorded by number, which the registries bound
//! themselves.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use crate::Error;
use crate::limits::{OBJECTIVES_BYTES_MAX, PATTERNS_BYTES_MAX, SLOTS_MAX};
use crate::slo::{Objective, Objectives};
use crate::snapshot::Snapshot;

/// What a ledger's content comes to, counted so that it is never too little: content that comes twice is
/// counted twice until it seems too much, and then anew.
#[derive(Debug, Default)]
pub(super) struct Room {
    slots: usize,
    objectives: usize, // bytes, of those created here too
    patterns: u64,     // bytes
}

impl Room {
    /// Whether an objective of so many bytes can be created.
    pub(super) fn admit(&mut self, bytes: usize) -> Result<(), Error> {
        if self.objectives + bytes > OBJECTIVES_BYTES_MAX {
            return Err(Error::Limit(format!("one objective more would bring them past the {OBJECTIVES_BYTES_MAX} bytes a ledger keeps")));
        }
        self.objectives += bytes;
        Ok(())
    }

    /// Whether a delta can be taken into the content that others brought. `own` is what was created here.
    pub(super) fn check<'a>(
        &mut self,
        others: [&Snapshot; 2],
        own: impl Iterator<Item = &'a Objective>,
        delta: &Snapshot,
    ) -> Result<(), Error> {
        let more = Self::of(&delta.slos);
        let estimate = Self {
            slots: self.slots + more.slots,
            objectives: self.objectives + more.objectives,
            patterns: self.patterns.saturating_add(more.patterns),
        };
        if estimate.fits().is_ok() {
            *self = estimate;
            return Ok(());
        }
        let mut all = others[0].slos.clone();
        let before = Self::of(&all);
        [others[1], delta].into_iter().for_each(|more| all.merge(&more.slos));
        let mut whole = Self::of(&all);
        whole.objectives += own.filter(|objective| !all.0.contains_key(*objective)).map(Objective::bytes).sum::<usize>();
        if let Err(what) = whole.fits()
            && whole.is_more_than(&before)
        {
            return Err(Error::Limit(format!("the delta would bring the {what} a ledger keeps")));
        }
        *self = whole;
        Ok(())
    }

    fn of(objectives: &Objectives) -> Self {
        Self {
            slots: objectives.slots(),
            objectives: objectives.0.keys().map(|objective| objective.bytes()).sum(),
            patterns: objectives.0.values().map(|tracked| tracked.patterns.bytes().unsigned_abs()).sum(),
        }
    }

    const fn is_more_than(&self, before: &Self) -> bool {
        self.slots > before.slots || self.objectives > before.objectives || self.patterns > before.patterns
    }

    fn fits(&self) -> Result<(), String> {
        if self.slots > SLOTS_MAX {
            return Err(format!("slots of objectives past the {SLOTS_MAX}"));
        }
        if self.objectives > OBJECTIVES_BYTES_MAX {
            return Err(format!("objectives past the {OBJECTIVES_BYTES_MAX} bytes"));
        }
        if self.patterns > PATTERNS_BYTES_MAX {
            return Err(format!("what is kept for the analysis of failures past the {PATTERNS_BYTES_MAX} bytes"));
        }
        Ok(())
    }
}

/// Whether keys are few enough with others' keys, if any of those is new.
pub(super) fn check_keys<'a, K: Ord + 'a>(
    what: &str,
    most: usize,
    there: impl Iterator<Item = &'a K> + Clone,
    more: impl Iterator<Item = &'a K> + Clone,
) -> Result<(), Error> {
    if there.clone().count() + more.clone().count() <= most {
        return Ok(()); // without comparing any, which a guest could have done over and over
    }
    let mut keys: BTreeSet<&K> = there.collect();
    let before = keys.len();
    keys.extend(more);
    if keys.len() > before && keys.len() > most {
        return Err(Error::Limit(format!("{} more would bring the {what} past the {most} a ledger keeps", keys.len() - before)));
    }
    Ok(())
}
