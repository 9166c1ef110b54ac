//! Service level objectives: promises, what happened by the minute, and how they stand.
//!
//! The way: [`objective`] says what is promised, [`slots`] hold good and bad by minute, [`status`]
//! folds them. Deliberately absent: metrics and spans; good and bad come in as numbers.

mod objective;
mod slots;
mod status;

pub use objective::{Budgeting, CalendarUnit, Comparison, Indicator, Objective, SLOT_NS, SliType, Window};
pub use slots::{Counts, Slots};
pub use status::{State, Status, status};

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::OBJECTIVES_MAX;
use crate::time::Timestamp;
use crate::{Error, Outcome};

/// The number of a created objective; zero is never given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SloId(pub u32);

/// All objectives and their slots: canonical content. Two writers that use one id for different
/// promises keep two objectives; neither is folded into the other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Objectives(pub BTreeMap<Objective, Slots>);

/// Objectives by number, with what was recorded since the last drain.
#[derive(Debug, Default)]
pub(crate) struct SloTracker {
    live: Vec<Live>,
    ids: BTreeMap<String, u32>, // -> place in live
}

#[derive(Debug)]
struct Live {
    objective: Objective,
    slots: Slots,
    is_new: bool, // since the last drain
}

impl Objectives {
    /// Adds all of another's content.
    pub fn merge(&mut self, other: &Self) {
        for (objective, slots) in &other.0 {
            match self.0.get_mut(objective) {
                Some(there) => there.merge(objective.window, slots),
                None => {
                    self.0.insert(objective.clone(), slots.clone());
                }
            }
        }
    }

    /// How all stood at a time, in the order of their ids; `None` is the time of each one's newest event.
    #[must_use]
    pub fn statuses(&self, at: Option<Timestamp>) -> Vec<Status> {
        self.0.iter().map(|(objective, slots)| status(objective, slots, at)).collect()
    }
}

impl SloTracker {
    pub(crate) fn create(&mut self, objective: Objective) -> Result<SloId, Error> {
        objective.check()?;
        if let Some(place) = self.ids.get(&objective.id) {
            return match self.live.get(*place as usize) {
                Some(live) if live.objective == objective => Ok(SloId(*place + 1)),
                _ => Err(Error::Conflict(format!(
                    "objective '{}' exists with other terms; create it alike or take another id",
                    objective.id
                ))),
            };
        }
        if self.live.len() >= OBJECTIVES_MAX {
            return Err(Error::Limit(format!("'{}' would be one objective more than the {OBJECTIVES_MAX} a ledger keeps", objective.id)));
        }
        let place = self.live.len() as u32;
        self.ids.insert(objective.id.clone(), place);
        self.live.push(Live { objective, slots: Slots::default(), is_new: true });
        Ok(SloId(place + 1))
    }

    #[inline]
    pub(crate) fn record_event(&mut self, slo: SloId, good: bool, count: u64, at: Timestamp) -> Outcome {
        let Some(live) = self.live_mut(slo) else { return Outcome::UnknownId };
        if count > 0 {
            live.slots.record(live.objective.window, at, Counts::of(good, count));
        }
        Outcome::Recorded
    }

    pub(crate) fn record_value(&mut self, slo: SloId, value: f64, at: Timestamp) -> Outcome {
        let Some(live) = self.live_mut(slo) else { return Outcome::UnknownId };
        if live.objective.indicator == Indicator::Events {
            return Outcome::WrongKind;
        }
        let Some(good) = live.objective.indicator.judge(value) else { return Outcome::InvalidValue };
        live.slots.record(live.objective.window, at, Counts::of(good, 1));
        Outcome::Recorded
    }

    pub(crate) fn objective(&self, slo: SloId) -> Result<&Objective, Error> {
        let place = slo.0.checked_sub(1).map(|place| place as usize);
        let live = place.and_then(|place| self.live.get(place));
        live.map(|live| &live.objective).ok_or_else(|| Error::Unknown(format!("no objective has the number {}; create it first", slo.0)))
    }

    /// What was recorded since the last drain.
    pub(crate) fn content(&self) -> Objectives {
        let changed = self.live.iter().filter(|live| live.is_new || !live.slots.is_empty());
        Objectives(changed.map(|live| (live.objective.clone(), live.slots.clone())).collect())
    }

    /// Forgets what was recorded; numbers stay valid.
    pub(crate) fn settle(&mut self) {
        for live in &mut self.live {
            live.slots = Slots::default();
            live.is_new = false;
        }
    }

    fn live_mut(&mut self, slo: SloId) -> Option<&mut Live> {
        self.live.get_mut(slo.0.checked_sub(1)? as usize)
    }
}
