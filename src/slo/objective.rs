//! Objectives: what is promised, checked once where it comes in.
//!
//! The choices follow OpenSLO v1 (SLO, sections budgetingMethod and timeWindow). Deliberately
//! absent: events and time; see `slots` and `status`.

use alloc::format;
use alloc::string::String;

use crate::float::Double;
use crate::limits::WINDOW_MINUTES_MAX;
use crate::{Error, Ratio, label};

/// A minute, the length of a slot, in nanoseconds.
pub const SLOT_NS: u64 = 60_000_000_000;

/// A day in slots.
pub(super) const DAY_SLOTS: u64 = 24 * 60;

/// What is promised. Two objectives of one id must be alike.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Objective {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it means, for people.
    pub description: String,
    /// What kind of thing it is about.
    pub sli_type: SliType,
    /// Where good and bad come from.
    pub indicator: Indicator,
    /// The share that must be good, above 0 and at most 1.
    pub target: Ratio,
    /// Over what time.
    pub window: Window,
    /// In what the budget is counted.
    pub budgeting: Budgeting,
}

/// What kind of thing an indicator is about; it does not change how it is counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SliType {
    /// Requests that were answered.
    Availability,
    /// Requests that were answered fast enough.
    Latency,
    /// Work done fast enough.
    Throughput,
    /// Requests that failed.
    ErrorRate,
    /// Resources with room left.
    Saturation,
}

/// How a value is compared with a threshold.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Comparison {
    /// value < threshold
    Below,
    /// value <= threshold
    AtMost,
    /// value > threshold
    Above,
    /// value >= threshold
    AtLeast,
}

/// Where good and bad come from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Indicator {
    /// The recorder says it of each event.
    Events,
    /// The recorder gives a value; it is good when it compares so with this.
    Threshold(Comparison, Double),
}

/// A length of the calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CalendarUnit {
    /// From midnight.
    Day,
    /// From Monday, midnight.
    Week,
    /// From the first of the month, midnight.
    Month,
    /// From the first of January, April, July or October, midnight.
    Quarter,
}

/// The time over which an objective is judged.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Window {
    /// The last so many slots.
    Rolling {
        /// Slots of one minute, at least one.
        slots: u64, // in [1, WINDOW_MINUTES_MAX]
    },
    /// Since the calendar's last turn.
    Calendar {
        /// Which turn.
        unit: CalendarUnit,
        /// Whose midnight: minutes east of UTC.
        utc_offset_minutes: i32, // in [-1080, 1080]
    },
}

/// What the budget is counted in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Budgeting {
    /// Events.
    Occurrences,
    /// Slices of time in which anything happened.
    Timeslices {
        /// The length of one, in slots; divides a day.
        slots: u64,
        /// A slice is good when at least this share of its events is.
        target: Ratio,
    },
}

impl Indicator {
    /// Whether a value is good; `None` where it cannot be judged: NaN, or no threshold.
    #[must_use]
    pub fn judge(self, value: f64) -> Option<bool> {
        let Self::Threshold(comparison, threshold) = self else { return None };
        let threshold = threshold.get();
        if value.is_nan() {
            return None;
        }
        Some(match comparison {
            Comparison::Below => value < threshold,
            Comparison::AtMost => value <= threshold,
            Comparison::Above => value > threshold,
            Comparison::AtLeast => value >= threshold,
        })
    }
}

impl Window {
    /// A rolling window of so many nanoseconds.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it is not a whole number of minutes in 1 minute to 366 days.
    pub fn rolling(nanos: u64) -> Result<Self, Error> {
        let slots = nanos / SLOT_NS;
        if !nanos.is_multiple_of(SLOT_NS) || slots == 0 || slots > WINDOW_MINUTES_MAX {
            return Err(Error::InvalidArgument(format!(
                "a rolling window of {nanos} ns is not whole minutes between 1 minute and 366 days"
            )));
        }
        Ok(Self::Rolling { slots })
    }

    /// A rolling window of so many days.
    ///
    /// # Errors
    /// As [`Window::rolling`].
    pub fn days(days: u64) -> Result<Self, Error> {
        Self::rolling(days.saturating_mul(DAY_SLOTS).saturating_mul(SLOT_NS))
    }

    /// The most slots it can ever hold.
    pub(super) const fn slots_max(self) -> u64 {
        match self {
            Self::Rolling { slots } => slots,
            Self::Calendar { unit: CalendarUnit::Day, .. } => DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Week, .. } => 7 * DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Month, .. } => 31 * DAY_SLOTS,
            Self::Calendar { unit: CalendarUnit::Quarter, .. } => 92 * DAY_SLOTS,
        }
    }

    /// The first slot of the window that holds a slot as its last.
    pub(super) fn first_slot(self, last: u64) -> u64 {
        match self {
            Self::Rolling { slots } => (last + 1).saturating_sub(slots),
            Self::Calendar { unit, utc_offset_minutes } => {
                let offset = i64::from(utc_offset_minutes);
                let day = (last.cast_signed() + offset).div_euclid(DAY_SLOTS.cast_signed());
                let first = turn(unit, day) * DAY_SLOTS.cast_signed() - offset;
                u64::try_from(first).unwrap_or(0)
            }
        }
    }
}

impl Budgeting {
    /// Time slices of so many nanoseconds.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it is not a whole number of minutes; the rest is checked with
    /// the objective.
    pub fn timeslices(nanos: u64, target: Ratio) -> Result<Self, Error> {
        if !nanos.is_multiple_of(SLOT_NS) {
            return Err(Error::InvalidArgument(format!("a time slice of {nanos} ns is not whole minutes")));
        }
        Ok(Self::Timeslices { slots: nanos / SLOT_NS, target })
    }
}

impl Objective {
    /// Checks it.
    ///
    /// # Errors
    /// By whose rule: [`Error::InvalidName`], [`Error::Limit`] or [`Error::InvalidArgument`].
    pub fn check(&self) -> Result<(), Error> {
        label::check_length("objective id", &self.id)?;
        label::check_text(&self.id, &self.name)?;
        label::check_text(&self.id, &self.description)?;
        let wrong = |what: &str| Err(Error::InvalidArgument(format!("objective '{}': {what}", self.id)));
        let is_share = |ratio: Ratio| ratio.numerator() > 0 && ratio.numerator() <= ratio.denominator();
        if !is_share(self.target) {
            return wrong("the target must be above 0 and at most 1 (95% is 0.95 or 95/100)");
        }
        if let Indicator::Threshold(_, threshold) = self.indicator
            && threshold.get().is_nan()
        {
            return wrong("the threshold must be a number");
        }
        match self.window {
            Window::Rolling { slots } if slots == 0 || slots > WINDOW_MINUTES_MAX => {
                return wrong("a rolling window must be 1 minute to 366 days");
            }
            Window::Calendar { utc_offset_minutes, .. } if !(-18 * 60..=18 * 60).contains(&utc_offset_minutes) => {
                return wrong("the UTC offset must be within 1080 minutes");
            }
            _ => {}
        }
        if let Budgeting::Timeslices { slots, target } = self.budgeting
            && (slots == 0 || !DAY_SLOTS.is_multiple_of(slots) || !is_share(target))
        {
            return wrong("a time slice must be whole minutes that divide a day, with a target above 0 and at most 1");
        }
        Ok(())
    }
}

/// The day (since 1970-01-01) on which the calendar last turned, seen from a day.
fn turn(unit: CalendarUnit, day: i64) -> i64 {
    let (_, month, of_month) = civil(day);
    let months_in = match unit {
        CalendarUnit::Day => return day,
        CalendarUnit::Week => return day - (day + 3).rem_euclid(7), // 1970-01-01 was a Thursday
        CalendarUnit::Month => 0,
        CalendarUnit::Quarter => (month - 1) % 3,
    };
    let mut first = day - (of_month - 1);
    for _ in 0..months_in {
        let (_, _, of_month) = civil(first - 1);
        first -= of_month;
    }
    first
}

/// Year, month and day of the month of a day since 1970-01-01, in the proleptic Gregorian calendar.
/// Counting from 0000-03-01 puts leap days last, so that a division finds each part.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_turns_where_it_should() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(19_783), (2024, 3, 1));
        let day = 20_779; // 2026-11-22, a Sunday
        assert_eq!(civil(day), (2026, 11, 22));
        assert_eq!(turn(CalendarUnit::Week, day), day - 6);
        assert_eq!(turn(CalendarUnit::Month, day), day - 21);
        assert_eq!(civil(turn(CalendarUnit::Quarter, day)), (2026, 10, 1));
        assert_eq!(civil(turn(CalendarUnit::Quarter, 19_782)), (2024, 1, 1));
    }

    #[test]
    fn a_calendar_window_begins_at_local_midnight() {
        let window = Window::Calendar { unit: CalendarUnit::Day, utc_offset_minutes: 120 };
        let slot = 20_779 * DAY_SLOTS + 22 * 60 + 30; // 00:30 of the next day there
        assert_eq!(window.first_slot(slot), 20_779 * DAY_SLOTS + 22 * 60);
        assert_eq!(Window::days(30).unwrap().first_slot(43_199), 0);
        assert_eq!(Window::days(30).unwrap().first_slot(43_200), 1);
    }
}
