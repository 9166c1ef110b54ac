//! How much a ledger takes in from others.
//!
//! Everything it holds counts: what it recorded, what it absorbed, and what it drained, since it goes
//! on holding that. A delta that brings nothing new is always taken. Deliberately absent: series,
//! which fold into their overflow instead, and what is recorded by number, which the registries bound
//! themselves.

use alloc::collections::BTreeSet;
use alloc::format;

use crate::Error;
use crate::limits::SLOTS_MAX;
use crate::snapshot::Snapshot;

/// What others' content comes to, counted so that it is never too little: content that comes twice is
/// counted twice until it seems too much, and then anew.
#[derive(Debug, Default)]
pub(super) struct Room {
    slots: usize,
}

impl Room {
    /// Whether a delta can be taken into the content that others brought.
    pub(super) fn check(&mut self, others: [&Snapshot; 2], delta: &Snapshot) -> Result<(), Error> {
        let slots = delta.slos.slots();
        if self.slots + slots <= SLOTS_MAX {
            self.slots += slots;
            return Ok(());
        }
        let mut all = others[0].slos.clone();
        [others[1], delta].into_iter().for_each(|more| all.merge(&more.slos));
        self.slots = all.slots();
        if self.slots > SLOTS_MAX {
            return Err(Error::Limit(format!("the delta would bring the slots of objectives past the {SLOTS_MAX} a ledger keeps")));
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
