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

use crate::limits::SLOTS_MAX;
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
    slots: usize,               // of all objectives; at most SLOTS_MAX
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

    /// How many slots all have together.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.0.values().map(Slots::len).sum()
    }

    /// How all stood at a time, in the order of their ids; `None` is the time of each one's newest event.
    #[must_use]
    pub fn statuses(&self, at: Option<Timestamp>) -> Vec<Status> {
        self.0.iter().map(|(objective, slots)| status(objective, &[slots], at)).collect()
    }
}

impl SloTracker {
    pub(crate) fn create(&mut self, objective: Objective) -> Result<SloId, Error> {
        if let Some(place) = self.ids.get(&objective.id) {
            return match self.live.get(*place as usize) {
                Some(live) if live.objective == objective => Ok(SloId(*place + 1)),
                _ => Err(Error::Conflict(format!(
                    "objective '{}' exists with other terms; create it alike or take another id",
                    objective.id
                ))),
            };
        }
        let place = self.live.len() as u32;
        self.ids.insert(objective.id.clone(), place);
        self.live.push(Live { objective, slots: Slots::default(), is_new: true });
        Ok(SloId(place + 1))
    }

    #[inline]
    pub(crate) fn record_event(&mut self, slo: SloId, good: bool, count: u64, at: Timestamp) -> Outcome {
        self.record(slo, at, |_| Ok(Counts::of(good, count)))
    }

    pub(crate) fn record_value(&mut self, slo: SloId, value: f64, at: Timestamp) -> Outcome {
        self.record(slo, at, |indicator| match indicator {
            Indicator::Events => Err(Outcome::WrongKind),
            Indicator::Threshold(..) => indicator.judge(value).map(|good| Counts::of(good, 1)).ok_or(Outcome::InvalidValue),
        })
    }

    #[inline]
    fn record(&mut self, slo: SloId, at: Timestamp, counts: impl FnOnce(Indicator) -> Result<Counts, Outcome>) -> Outcome {
        let Some(place) = slo.0.checked_sub(1) else { return Outcome::UnknownId };
        let Some(live) = self.live.get_mut(place as usize) else { return Outcome::UnknownId };
        let counts = match counts(live.objective.indicator) {
            Ok(counts) => counts,
            Err(outcome) => return outcome,
        };
        if self.slots >= SLOTS_MAX && live.slots.needs_slot(at) {
            return Outcome::OverLimit;
        }
        if counts.total() > 0 {
            self.slots = self.slots.saturating_add_signed(live.slots.record(live.objective.window, at, counts));
        }
        Outcome::Recorded
    }

    /// An objective, and what was recorded of it since the last drain.
    pub(crate) fn get(&self, slo: SloId) -> Result<(&Objective, &Slots), Error> {
        let place = slo.0.checked_sub(1).map(|place| place as usize);
        let live = place.and_then(|place| self.live.get(place));
        live.map(|live| (&live.objective, &live.slots))
            .ok_or_else(|| Error::Unknown(format!("no objective has the number {}; create it first", slo.0)))
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
        self.slots = 0;
    }

    /// The objectives that were created here, and what was recorded of them since the last drain.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Objective, &Slots)> + Clone {
        self.live.iter().map(|live| (&live.objective, &live.slots))
    }
}
