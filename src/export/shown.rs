//! Which families an export shows, under which names, and in which order.
//!
//! Prometheus' formats know one type a name. Of families that two writers declared differently under
//! one name, or whose names become one when they are escaped, the first by schema is shown and the
//! rest are counted. What the ledger says of its objectives stands among them; no family of others can have
//! its names. Deliberately absent: how anything is written.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Escaping;
use crate::Outcome;
use crate::metrics::{Families, Family, Schema};
use crate::snapshot::Snapshot;

/// A family under the name that it is shown by.
pub(super) struct Shown<'s> {
    pub(super) name: String, // escaped; a counter's without `_total`, an info's without `_info`
    pub(super) schema: &'s Schema,
    pub(super) family: &'s Family,
}

/// What the ledger has to say of itself; nothing, where nothing went wrong.
pub(super) struct Own {
    /// How many families are not shown.
    pub(super) conflicts: u64,
    /// Records that were dropped, by reason, in the order of the reasons.
    pub(super) dropped: Vec<(&'static str, u64)>,
}

pub(super) const CONFLICTS_NAME: &str = "codomyrmex_telemetry_conflicting_families";
pub(super) const CONFLICTS_HELP: &str = "Families left out because another has their name and another kind, unit or label set.";
pub(super) const DROPPED_NAME: &str = "codomyrmex_telemetry_dropped"; // a counter, so without `_total`
pub(super) const DROPPED_HELP: &str = "Records that were dropped, by reason.";

/// The families to show, those over objectives among them, in the order of their names as shown, and how
/// many are left out.
pub(super) fn shown<'s>(snapshot: &'s Snapshot, slos: &'s Families, escaping: Escaping) -> (Vec<Shown<'s>>, u64) {
    let mut taken = BTreeSet::new();
    let mut shown: BTreeMap<String, (&Schema, &Family)> = BTreeMap::new();
    let mut conflicts = 0;
    for (schema, family) in snapshot.metrics.0.iter().chain(&slos.0) {
        let whole = schema.exposed_name();
        let name = escaped(&whole, whole.strip_prefix(&schema.name).unwrap_or_default(), escaping);
        let samples: BTreeSet<String> = schema.instrument.suffixes().iter().map(|suffix| format!("{name}{suffix}")).collect();
        if samples.is_disjoint(&taken) {
            taken.extend(samples);
            shown.insert(name, (schema, family));
        } else {
            conflicts += 1;
        }
    }
    (shown.into_iter().map(|(name, (schema, family))| Shown { name, schema, family }).collect(), conflicts)
}

/// A name that ends so, escaped with its ending, as others who have the name escape it, and then parted
/// from that.
pub(super) fn escaped(whole: &str, ending: &str, escaping: Escaping) -> String {
    let mut name = escaping.metric(whole).into_owned();
    name.truncate(name.len() - ending.len()); // every scheme leaves the ending's letters, and `_` at least once
    name
}

/// What the ledger has to say of itself.
pub(super) fn own(snapshot: &Snapshot, conflicts: u64) -> Own {
    let spans = Some(("spans-not-kept", snapshot.spans.dropped())).filter(|(_, count)| *count > 0);
    let dropped = snapshot.drops.iter().map(|(reason, count): (Outcome, u64)| (reason.name(), count)).chain(spans);
    Own { conflicts, dropped: dropped.collect() }
}
