//! How much a ledger takes in from others.
//!
//! Deliberately absent: what is recorded by number, which the registries bound themselves.

use alloc::collections::BTreeSet;
use alloc::format;

use crate::Error;
use crate::limits::{FAMILIES_MAX, OBJECTIVES_MAX};
use crate::snapshot::Snapshot;

/// Whether these layers together stay within the limits. What was drained counts too, since the
/// ledger goes on holding it.
pub(super) fn check_room(layers: &[&Snapshot]) -> Result<(), Error> {
    let families = distinct(layers.iter().flat_map(|layer| layer.metrics.0.keys()));
    if families > FAMILIES_MAX {
        return Err(Error::Limit(format!("the delta would bring the families to {families}; a ledger keeps {FAMILIES_MAX}")));
    }
    let objectives = distinct(layers.iter().flat_map(|layer| layer.slos.0.keys()));
    if objectives > OBJECTIVES_MAX {
        return Err(Error::Limit(format!("the delta would bring the objectives to {objectives}; a ledger keeps {OBJECTIVES_MAX}")));
    }
    Ok(())
}

fn distinct<T: Ord>(keys: impl Iterator<Item = T>) -> usize {
    keys.collect::<BTreeSet<T>>().len()
}
