//! What every export shows of a family: its points one by one, with their labels.
//!
//! What was resolved and never set has no value to show. A state set shows all its states for each
//! label set of which any was set, those that were not as 0 (OpenMetrics 1.0, section StateSet), unless
//! some may have gone to the overflow. Deliberately absent: how anything is written.

use alloc::string::String;
use alloc::vec::Vec;

use crate::float::Double;
use crate::metrics::{Family, Gauge, Instrument, Point, Schema, Series};
use crate::time::Timestamp;

/// Whose a point is.
#[derive(Clone, Copy)]
pub(super) enum Labels<'s> {
    /// A label set's: the family's names, the values, and of a state set the state, which then is not
    /// among the values.
    Of(&'s [String], &'s [String], Option<&'s str>),
    /// All label sets' past the limit.
    Overflow,
}

impl<'s> Labels<'s> {
    /// The names and values; none of an overflow.
    pub(super) fn pairs(self) -> impl Iterator<Item = (&'s str, &'s str)> {
        let (names, values, state) = match self {
            Self::Of(names, values, state) => (names, values, state),
            Self::Overflow => (&[][..], &[][..], None),
        };
        names.iter().map(String::as_str).zip(values.iter().map(String::as_str).chain(state))
    }
}

/// Calls back for each point that a family shows, in the order of the labels, the overflow last.
pub(super) fn each<'s>(schema: &'s Schema, family: &'s Family, mut show: impl FnMut(Labels<'s>, &Series)) {
    if let Instrument::StateSet(states) = &schema.instrument {
        each_state(schema, states, family, &mut show);
    } else {
        for (key, series) in family.series.iter().filter(|(_, series)| has_value(series)) {
            show(Labels::Of(&schema.labels, key.values(), None), series);
        }
    }
    if let Some(series) = family.overflow.as_ref().filter(|series| has_value(series)) {
        show(Labels::Overflow, series);
    }
}

/// Whether a family shows any point.
pub(super) fn has_any(family: &Family) -> bool {
    family.series.values().chain(&family.overflow).any(has_value)
}

const fn has_value(series: &Series) -> bool {
    !matches!(series.point, Point::Gauge(Gauge { last: None }) | Point::State(Gauge { last: None }))
}

fn each_state<'s>(schema: &'s Schema, states: &'s [String], family: &'s Family, show: &mut impl FnMut(Labels<'s>, &Series)) {
    let never = Series { point: Point::State(Gauge { last: Some((Timestamp::default(), Double::new(0.0))) }), recent: None };
    let all: Vec<_> = family.series.iter().filter_map(|(key, series)| Some((key.values().split_last()?, series))).collect();
    for set in all.chunk_by(|(one, _), (other, _)| one.1 == other.1) {
        let Some(((_, values), _)) = set.first().filter(|_| set.iter().any(|(_, series)| has_value(series))) else { continue };
        for state in states {
            let found = set.iter().find(|((there, _), series)| *there == state && has_value(series)).map(|(_, series)| *series);
            if let Some(series) = found.or_else(|| family.overflow.is_none().then_some(&never)) {
                show(Labels::Of(&schema.labels, values, Some(state)), series);
            }
        }
    }
}
