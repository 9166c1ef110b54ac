//! The tracker: objectives by number, with what was recorded since the last drain.
//!
//! Deliberately absent: what was drained before, and what came in from other ledgers; the ledger joins the
//! three.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::window::SLOT_NS;
use super::{Counts, Exemption, Indicator, Keeping, Objective, Objectives, SloId, Tracked};
use crate::id::{SpanId, TraceId};
use crate::limits::{LABEL_VALUE_BYTES_MAX, PATTERNS_BYTES_MAX, SLOTS_MAX};
use crate::time::Timestamp;
use crate::{Error, Outcome};

/// Objectives by number.
#[derive(Debug, Default)]
pub(crate) struct SloTracker {
    live: Vec<Live>,
    slots: usize,               // of all objectives; at most SLOTS_MAX
    patterns: i64,              // bytes of all objectives; at most PATTERNS_BYTES_MAX and one event more
    ids: BTreeMap<String, u32>, // -> place in live, of the version that holds
    metric_places: Vec<u32>,    // of objectives over metrics
}

#[derive(Debug)]
struct Live {
    objective: Arc<Objective>,
    keeping: Keeping,
    tracked: Tracked,
    exempt: (u64, bool),  // a minute, and whether it is exempt: events come in minutes
    forward: Option<u32>, // where records go since there are other terms
    is_new: bool,         // since the last drain
}

/// What happened, as an objective counts it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened<'a> {
    /// When.
    pub(crate) at: Timestamp,
    /// Good and bad; of an indicator over metrics, the part and the whole.
    pub(crate) counts: Counts,
    /// Good and bad as the analysis of failures has them.
    pub(crate) classes: Counts,
    /// Its attributes, a value for each of the objective's dimensions, an empty one where it has none; or
    /// nothing, where none are known.
    pub(crate) values: &'a [String],
    /// The span in which it happened.
    pub(crate) context: Option<(TraceId, SpanId)>,
}

impl SloTracker {
    /// Creates an objective that was checked, or finds it again.
    pub(crate) fn create(&mut self, objective: Objective) -> Result<SloId, Error> {
        let Some(place) = self.ids.get(&objective.id).copied() else { return Ok(self.add(objective)) };
        if let Some(there) = self.find(&objective) {
            return Ok(there);
        }
        let there = self.live.get(place as usize).map_or(0, |live| live.objective.version);
        if objective.version <= there {
            return Err(Error::Conflict(format!(
                "objective '{}' exists with other terms; create it alike, give it version {} to redefine it, or take another id",
                objective.id,
                u64::from(there) + 1
            )));
        }
        let number = self.add(objective);
        if let Some(before) = self.live.get_mut(place as usize) {
            before.forward = Some(number.0 - 1);
        }
        Ok(number)
    }

    fn add(&mut self, objective: Objective) -> SloId {
        let place = self.live.len();
        self.ids.insert(objective.id.clone(), place as u32);
        let keeping = Keeping::new(&objective);
        if matches!(objective.indicator, Indicator::Metrics(_)) {
            self.metric_places.push(place as u32);
        }
        self.live.push(Live {
            objective: Arc::new(objective),
            keeping,
            tracked: Tracked::default(),
            exempt: (u64::MAX, false),
            forward: None,
            is_new: true,
        });
        number(place)
    }

    /// The place of the terms that hold now for a number, which records go to.
    #[inline]
    fn place(&self, slo: SloId) -> Option<usize> {
        let mut place = slo.0.checked_sub(1)? as usize;
        while let Some(forward) = self.live.get(place)?.forward {
            place = forward as usize;
        }
        Some(place)
    }

    #[inline]
    pub(crate) fn record_event(&mut self, slo: SloId, good: bool, count: u64, happened: Happened<'_>) -> Outcome {
        let Some(place) = self.place(slo) else { return Outcome::UnknownId };
        let Some(live) = self.live.get(place) else { return Outcome::UnknownId };
        if !matches!(live.objective.indicator, Indicator::Events | Indicator::Threshold(..)) {
            return Outcome::WrongKind;
        }
        let counts = Counts::of(good, count);
        self.record(place, Happened { counts, classes: counts, ..happened })
    }

    pub(crate) fn record_value(&mut self, slo: SloId, value: f64, happened: Happened<'_>) -> Outcome {
        let Some(place) = self.place(slo) else { return Outcome::UnknownId };
        let Some(live) = self.live.get(place) else { return Outcome::UnknownId };
        let Indicator::Threshold(comparison, threshold) = live.objective.indicator else { return Outcome::WrongKind };
        let Some(good) = comparison.holds(value, threshold.get()) else { return Outcome::InvalidValue };
        let counts = Counts::of(good, 1);
        self.record(place, Happened { counts, classes: counts, ..happened })
    }

    /// Counts what happened for the objective at a place.
    pub(crate) fn record(&mut self, place: usize, happened: Happened<'_>) -> Outcome {
        let Some(live) = self.live.get_mut(place) else { return Outcome::UnknownId };
        let Happened { at, counts, classes, values, context } = happened;
        let objective = &live.objective;
        let has_patterns = !values.is_empty();
        if has_patterns && (values.len() != objective.dimensions.len() || values.iter().any(|value| value.len() > LABEL_VALUE_BYTES_MAX)) {
            return Outcome::InvalidValue;
        }
        let is_exempt = !objective.exemptions.is_empty() && {
            let minute = at.nanos() / SLOT_NS;
            if live.exempt.0 != minute {
                live.exempt = (minute, objective.exemptions.iter().any(|exemption: &Exemption| exemption.covers(minute)));
            }
            live.exempt.1
        };
        let lane = if is_exempt { &mut live.tracked.exempt } else { &mut live.tracked.slots };
        let is_full = self.slots >= SLOTS_MAX && lane.needs_slot(&live.keeping, at);
        if is_full || has_patterns && self.patterns >= PATTERNS_BYTES_MAX.cast_signed() {
            return Outcome::OverLimit;
        }
        if counts.total() > 0 {
            self.slots = self.slots.saturating_add_signed(lane.record(&live.keeping, at, counts));
        }
        if has_patterns && !is_exempt && classes.total() > 0 {
            self.patterns += live.tracked.patterns.record(objective, at, classes, values, context);
        }
        Outcome::Recorded
    }

    /// Counts a record of metrics that is no whole number of events.
    pub(crate) fn leave_out(&mut self, place: usize) {
        if let Some(live) = self.live.get_mut(place) {
            live.tracked.uncounted = live.tracked.uncounted.saturating_add(1);
        }
    }

    /// The number of an objective that was created alike.
    pub(crate) fn find(&self, objective: &Objective) -> Option<SloId> {
        // Versions of an id are few; of another id there is none alike.
        let place = *self.ids.get(&objective.id)? as usize;
        if self.live.get(place).is_some_and(|live| *live.objective == *objective) {
            return Some(number(place));
        }
        self.live.iter().position(|live| *live.objective == *objective).map(number)
    }

    /// The objective at a place.
    pub(crate) fn at(&self, place: u32) -> Option<&Objective> {
        self.live.get(place as usize).map(|live| &*live.objective)
    }

    /// Whether the objective at a place has other terms by now.
    pub(crate) fn is_forwarded(&self, place: u32) -> bool {
        self.live.get(place as usize).is_some_and(|live| live.forward.is_some())
    }

    /// The objective of a number, and what was recorded of it since the last drain.
    pub(crate) fn tracked(&self, slo: SloId) -> Result<(&Objective, &Tracked), Error> {
        let live = self.place(slo).and_then(|place| self.live.get(place));
        live.map(|live| (&*live.objective, &live.tracked))
            .ok_or_else(|| Error::Unknown(format!("no objective has the number {}; create it first", slo.0)))
    }

    /// The objective of a number, under the terms that hold now.
    pub(crate) fn get(&self, slo: SloId) -> Result<&Objective, Error> {
        Ok(self.tracked(slo)?.0)
    }

    /// The objectives over metrics whose terms hold, with their places.
    pub(crate) fn fed_by_metrics(&self) -> impl Iterator<Item = (u32, &Objective)> {
        let live = self.metric_places.iter().filter_map(|place| Some((*place, self.live.get(*place as usize)?)));
        live.filter(|(_, live)| live.forward.is_none()).map(|(place, live)| (place, &*live.objective))
    }

    /// What was recorded since the last drain.
    pub(crate) fn content(&self) -> Objectives {
        let changed = self.live.iter().filter(|live| live.is_new || !live.tracked.is_empty());
        let content = changed.map(|live| {
            let mut tracked = live.tracked.clone();
            tracked.slots.cut(&live.keeping);
            tracked.exempt.cut(&live.keeping);
            (Arc::clone(&live.objective), tracked)
        });
        Objectives(content.collect())
    }

    /// Forgets what was recorded; numbers stay valid.
    pub(crate) fn settle(&mut self) {
        for live in &mut self.live {
            live.tracked = Tracked::default();
            live.is_new = false;
        }
        (self.slots, self.patterns) = (0, 0);
    }

    /// How many objectives were created here, every version of each.
    pub(crate) const fn len(&self) -> usize {
        self.live.len()
    }

    /// The objectives that were created here, and what was recorded of them since the last drain.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Objective, &Tracked)> + Clone {
        self.live.iter().map(|live| (&*live.objective, &live.tracked))
    }
}

const fn number(place: usize) -> SloId {
    SloId(place as u32 + 1)
}
