//! What an objective counted, cut into slots and slices as its newest minute has them, and summed by looking
//! at each.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use codomyrmex_telemetry::slo::Missing;
use codomyrmex_telemetry::{Budgeting, Indicator, Objective, Window};
use num_bigint::BigUint;

use super::account::Account;
use super::calendar::{is_exempt, longest};

/// Good and bad, or the part and the whole.
pub(super) type Pair = [u128; 2];

/// So many make a slice that counts by its share.
const BILLION: u128 = 1_000_000_000;

/// A slot or a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) counts: Pair, // good and bad
}

/// What one objective, or one part of a composite, counted.
struct Lane {
    weight: u128,
    part_is_good: Option<bool>, // of an indicator over metrics
    slots: BTreeMap<(u64, u64), Pair>,
}

/// An objective seen from its newest minute, with what is exempt or without.
pub(super) struct View<'a> {
    pub(super) objective: &'a Objective,
    lanes: Vec<Lane>,
    judged: Option<BTreeMap<u64, Unit>>, // slices in which something happened, by their number
    with_exempt: bool,
    left_out: RefCell<BTreeMap<u64, bool>>, // slices by number, as far as was asked
    pub(super) newest: Option<u64>,
    pub(super) oldest: u64,
    pub(super) expired: u64,
}

/// In 64 bits; counts stop at 2^64 - 1.
pub(super) fn clamp(pair: Pair) -> (u64, u64) {
    let [good, bad] = pair.map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    (good, bad)
}

/// Whether so many good ones reach a share of all.
pub(super) fn reaches(target: codomyrmex_telemetry::Ratio, (good, bad): (u64, u64)) -> bool {
    BigUint::from(good) * target.denominator() >= BigUint::from(target.numerator()) * good.saturating_add(bad)
}

/// The slot of a minute, seen from the newest: an hour that ended long enough ago, else five minutes that
/// did, else the minute.
fn slot(objective: &Objective, minute: u64, newest: u64) -> (u64, u64) {
    let shift = match objective.window {
        Window::Rolling { .. } => 0,
        Window::Calendar { utc_offset_minutes, .. } => i128::from(utc_offset_minutes).rem_euclid(60),
    };
    let fits = |length: &&(u64, u64)| slice_length(objective).is_none_or(|slice| slice.is_multiple_of(length.0));
    let ages = [(60, objective.resolution.five_minutes), (5, objective.resolution.minutes)];
    for (length, age) in ages.iter().filter(fits) {
        let start = (i128::from(minute) + shift).div_euclid((*length).into()) * i128::from(*length) - shift;
        let end = start + i128::from(*length);
        if end + i128::from(*age) <= i128::from(newest) + 1 {
            return (u64::try_from(start).unwrap_or(0), u64::try_from(end).unwrap());
        }
    }
    (minute, minute + 1)
}

fn slice_length(objective: &Objective) -> Option<u64> {
    match objective.budgeting {
        Budgeting::Occurrences => None,
        Budgeting::Timeslices { slots, .. } | Budgeting::RatioTimeslices { slots, .. } => Some(slots),
    }
}

/// Good and bad. A part that is more than its whole is the whole.
fn read(part_is_good: Option<bool>, [first, second]: Pair) -> Pair {
    let rest = second.saturating_sub(first);
    match part_is_good {
        None => [first, second],
        Some(true) => [first, rest],
        Some(false) => [rest, first],
    }
}

impl Lane {
    fn of(account: &Account, weight: u32, with_exempt: bool) -> (Self, Pair) {
        let part_is_good = if let Indicator::Metrics(ratio) = &account.objective.indicator { Some(ratio.part_is_good) } else { None };
        let mut lane = Self { weight: weight.into(), part_is_good, slots: BTreeMap::new() };
        let mut expired = [0; 2];
        let Some(newest) = account.newest() else { return (lane, expired) };
        for happened in &account.happened {
            let (start, end) = slot(&account.objective, happened.minute, newest);
            let into = if start < oldest(&account.objective, newest) {
                &mut expired
            } else if happened.is_exempt && !with_exempt {
                continue;
            } else {
                lane.slots.entry((start, end)).or_default()
            };
            for (sum, count) in into.iter_mut().zip(happened.counts) {
                *sum = (*sum + u128::from(count)).min(u64::MAX.into());
            }
        }
        if !with_exempt {
            lane.leave_out(&account.objective);
        }
        (lane, read(part_is_good, expired))
    }

    /// Without slots that lie in exempt times, whoever recorded them.
    fn leave_out(&mut self, objective: &Objective) {
        self.slots.retain(|(start, end), _| !(*start..*end).all(|minute| is_exempt(objective, minute)));
    }
}

/// The oldest minute that a slot may begin with.
fn oldest(objective: &Objective, newest: u64) -> u64 {
    (newest + 1).saturating_sub(longest(objective.window) + objective.resolution.history)
}

impl<'a> View<'a> {
    pub(super) fn new(account: &'a Account, with_exempt: bool) -> Self {
        let objective = &account.objective;
        let is_composite = matches!(objective.indicator, Indicator::Composite(_));
        let lanes = if is_composite {
            account.parts.iter().map(|(weight, part)| Lane::of(part, *weight, with_exempt)).collect()
        } else {
            vec![Lane::of(account, 1, with_exempt)]
        };
        let gone = lanes.iter().fold([0, 0], |[good, bad]: Pair, (_, expired)| [good + expired[0], bad + expired[1]]);
        let mut lanes: Vec<Lane> = lanes.into_iter().map(|(lane, _)| lane).collect();
        if is_composite && !with_exempt {
            lanes.iter_mut().for_each(|lane| lane.leave_out(objective));
        }
        let newest = account.newest();
        let (good, bad) = clamp(gone);
        let mut view = Self {
            objective,
            lanes,
            judged: None,
            with_exempt,
            left_out: RefCell::default(),
            newest,
            oldest: newest.map_or(0, |newest| oldest(objective, newest)),
            expired: good.saturating_add(bad),
        };
        view.judged = slice_length(objective).map(|length| view.judge(length));
        view
    }

    /// So many of what is summed are one event or slice.
    pub(super) fn unit(&self) -> u64 {
        if matches!(self.objective.budgeting, Budgeting::RatioTimeslices { .. }) { BILLION as u64 } else { 1 }
    }

    /// Good and bad in the slots or slices that begin in these minutes.
    pub(super) fn sum(&self, first: u64, last: u64) -> Pair {
        let mut sum = [0, 0];
        let mut add = |pair: Pair, times: u128| {
            sum[0] += pair[0] * times;
            sum[1] += pair[1] * times;
        };
        let Some(judged) = &self.judged else {
            for lane in &self.lanes {
                let within = lane.slots.iter().filter(|((start, _), _)| (first..=last).contains(start));
                let pair = within.fold([0, 0], |[a, b]: Pair, (_, pair)| [a + pair[0], b + pair[1]]);
                add(read(lane.part_is_good, pair), lane.weight);
            }
            return sum;
        };
        judged.values().filter(|slice| (first..=last).contains(&slice.start)).for_each(|slice| add(slice.counts, 1));
        let whole = self.unit().into();
        match self.missing() {
            Missing::Ignored => {}
            Missing::Good => add([whole, 0], self.empty(first, last)),
            Missing::Bad => add([0, whole], self.empty(first, last)),
        }
        sum
    }

    /// How many slices begin in these minutes in which nothing happened, and that are not exempt.
    fn empty(&self, first: u64, last: u64) -> u128 {
        if first > last {
            return 0;
        }
        let (length, judged) = (slice_length(self.objective).unwrap(), self.judged.as_ref().unwrap());
        let numbers = self.number(first, length)..=self.number(last, length);
        let is_empty = |number: &u64| {
            let (start, end) = self.slice(*number, length);
            (first..=last).contains(&start) && !judged.contains_key(number) && !self.is_left_out(*number, start, end)
        };
        numbers.filter(is_empty).count() as u128
    }

    fn missing(&self) -> Missing {
        match self.objective.budgeting {
            Budgeting::Occurrences => Missing::Ignored,
            Budgeting::Timeslices { missing, .. } | Budgeting::RatioTimeslices { missing, .. } => missing,
        }
    }

    fn is_left_out(&self, number: u64, start: u64, end: u64) -> bool {
        let look = || (start..end).all(|minute| is_exempt(self.objective, minute));
        !self.with_exempt && *self.left_out.borrow_mut().entry(number).or_insert_with(look)
    }

    /// How far the window's clock is ahead, from 0 to a day.
    fn shift(&self) -> u64 {
        match self.objective.window {
            Window::Rolling { .. } => 0,
            Window::Calendar { utc_offset_minutes, .. } => utc_offset_minutes.rem_euclid(1_440).unsigned_abs().into(),
        }
    }

    fn number(&self, minute: u64, length: u64) -> u64 {
        (minute + self.shift()) / length
    }

    /// From when to when a slice is; before 1970 there are no minutes.
    fn slice(&self, number: u64, length: u64) -> (u64, u64) {
        ((number * length).saturating_sub(self.shift()), (number + 1) * length - self.shift())
    }

    /// The slices in which something happened.
    fn judge(&self, length: u64) -> BTreeMap<u64, Unit> {
        let mut slices: BTreeMap<u64, BTreeMap<usize, Pair>> = BTreeMap::new();
        for (place, lane) in self.lanes.iter().enumerate() {
            for ((start, _), pair) in &lane.slots {
                let there = slices.entry(self.number(*start, length)).or_default().entry(place).or_default();
                *there = [there[0] + pair[0], there[1] + pair[1]];
            }
        }
        let judged = slices.into_iter().filter_map(|(number, parts)| {
            let (start, end) = self.slice(number, length);
            let parts: Vec<(u128, (u64, u64))> = parts
                .iter()
                .map(|(place, pair)| (self.lanes[*place].weight, clamp(read(self.lanes[*place].part_is_good, *pair))))
                .collect();
            let counts = match self.objective.budgeting {
                Budgeting::Timeslices { target, .. } => {
                    if parts.iter().all(|(_, counts)| reaches(target, *counts)) {
                        [1, 0]
                    } else {
                        [0, 1]
                    }
                }
                _ => shared(&parts),
            };
            (!self.is_left_out(number, start, end)).then_some((number, Unit { start, end, counts }))
        });
        judged.collect()
    }

    /// The slots or slices in which something happened, by when they begin.
    pub(super) fn units(&self) -> Vec<Unit> {
        if let Some(judged) = &self.judged {
            return judged.values().copied().collect();
        }
        let mut units: BTreeMap<u64, Unit> = BTreeMap::new();
        for lane in &self.lanes {
            for ((start, end), pair) in &lane.slots {
                let [good, bad] = read(lane.part_is_good, *pair).map(|count| count * lane.weight);
                let unit = units.entry(*start).or_insert(Unit { start: *start, end: *end, counts: [0, 0] });
                unit.end = unit.end.max(*end);
                unit.counts = [unit.counts[0] + good, unit.counts[1] + bad];
            }
        }
        units.into_values().collect()
    }

    /// The first minute of a lookback of so many minutes: at least the slot or slice in which it ends is in it.
    pub(super) fn lookback(&self, units: &[Unit], last: u64, length: u64) -> u64 {
        let around = units.iter().filter(|unit| (unit.start..unit.end).contains(&last)).map(|unit| unit.start);
        around.chain([(last + 1).saturating_sub(length)]).min().unwrap()
    }

    /// How many of these minutes lie in slots or slices that begin in them and in which something happened.
    pub(super) fn covered(&self, first: u64, last: u64) -> u64 {
        let within = self.units().into_iter().filter(|unit| (first..=last).contains(&unit.start));
        within.flat_map(|unit| unit.start..unit.end.min(last + 1)).collect::<BTreeSet<u64>>().len() as u64
    }

    /// The first minute at which a stretch of so many minutes is known whole.
    pub(super) fn first_known(&self, length: u64) -> u64 {
        if self.expired > 0 {
            return self.oldest + length - 1;
        }
        self.units().first().map_or(self.oldest, |unit| unit.start)
    }
}

/// A slice's share, in billionths: the mean of its parts' shares, each rounded down.
fn shared(parts: &[(u128, (u64, u64))]) -> Pair {
    let share = |(good, bad): (u64, u64)| u128::from(good) * BILLION / u128::from(good.saturating_add(bad));
    let sum: u128 = parts.iter().map(|(weight, counts)| weight * share(*counts)).sum();
    let weights: u128 = parts.iter().map(|(weight, _)| weight).sum();
    [sum / weights, BILLION - sum / weights]
}
