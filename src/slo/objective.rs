//! Objectives: what is promised, checked once where it comes in.
//!
//! Deliberately absent: events and time; see `slots` and `line`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::size_of;

use super::alert::{Alert, PolicyStep, check_alerts, check_policy};
use super::window::{DAY_SLOTS, Missing};
use super::{Budgeting, Exemption, Indicator, Resolution, SliType, Window};
use crate::limits::{DIMENSIONS_MAX, EXEMPTIONS_MAX, FILLED_SLICES_MAX, OBJECTIVE_BYTES_MAX, WINDOW_MINUTES_MAX};
use crate::{Error, Ratio, label};

/// What is promised. Two objectives of one id and version must be alike; one that is to hold from now on
/// under other terms has a version more, and goes on with what was counted before if its indicator is the
/// same.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Objective {
    /// Its id.
    pub id: String,
    /// Which of its terms these are: 1, 2, 3, ...
    pub version: u32,
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
    /// Fewer events (or slices) than this in the window are too few to judge by: nothing is violated then, no
    /// alert on burn fires and no step of the policy holds.
    pub minimum: u64,
    /// The attributes of events by which failures are analysed. An event has a value of each, or none.
    pub dimensions: Vec<String>,
    /// When somebody is to be told.
    pub alerts: Vec<Alert>,
    /// What is to be done as the budget is consumed.
    pub policy: Vec<PolicyStep>,
    /// Times in which events do not count, though they are kept.
    pub exemptions: Vec<Exemption>,
    /// How finely and how long the past is kept.
    pub resolution: Resolution,
}

impl Objective {
    /// An objective whose recorder says of each event whether it was good; named by its id, with the
    /// standard alerts and policy. Everything else is for `..` to change:
    ///
    /// ```
    /// use codomyrmex_telemetry::{Objective, SliType, Window};
    /// let answers = Objective {
    ///     description: "Tools that answered without error.".into(),
    ///     sli_type: SliType::ErrorRate,
    ///     ..Objective::new("answers", "99.9%".parse()?, Window::days(30)?)
    /// };
    /// assert_eq!((answers.name.as_str(), answers.version, answers.alerts.len()), ("answers", 1, 4));
    /// # Ok::<(), codomyrmex_telemetry::Error>(())
    /// ```
    #[must_use]
    pub fn new(id: &str, target: Ratio, window: Window) -> Self {
        Self {
            id: id.into(),
            version: 1,
            name: id.into(),
            description: String::new(),
            sli_type: SliType::Availability,
            indicator: Indicator::Events,
            target,
            window,
            budgeting: Budgeting::Occurrences,
            minimum: 0,
            dimensions: Vec::new(),
            alerts: Alert::standard(window, target),
            policy: PolicyStep::standard(),
            exemptions: Vec::new(),
            resolution: Resolution::default(),
        }
    }

    /// With labels and attributes that are asked for in the order of their names: in whatever order somebody
    /// says them, they are the same terms.
    #[must_use]
    pub(crate) fn in_order(mut self) -> Self {
        match &mut self.indicator {
            Indicator::Metrics(ratio) => [&mut ratio.part, &mut ratio.total].into_iter().for_each(|selector| selector.labels.sort()),
            Indicator::Spans(selector) => selector.attributes.sort(),
            Indicator::Events | Indicator::Threshold(..) | Indicator::Composite(_) => {}
        }
        self
    }

    /// Checks it.
    ///
    /// # Errors
    /// By whose rule: [`Error::InvalidName`], [`Error::Limit`] or [`Error::InvalidArgument`].
    pub fn check(&self) -> Result<(), Error> {
        label::check_length("objective id", &self.id)?;
        label::check_text(&self.id, &self.name)?;
        label::check_text(&self.id, &self.description)?;
        let wrong = |what: &str| Err(Error::InvalidArgument(format!("objective '{}': {what}", self.id)));
        if self.version == 0 {
            return wrong("versions begin at 1");
        }
        if !is_share(self.target) {
            return wrong("the target must be above 0 and at most 1 (95% is 0.95 or 95/100)");
        }
        self.indicator.check(&self.id)?;
        match self.window {
            Window::Rolling { slots } if slots == 0 || slots > WINDOW_MINUTES_MAX => {
                return wrong("a rolling window must be 1 minute to 366 days");
            }
            Window::Calendar { utc_offset_minutes, .. } if !(-18 * 60..=18 * 60).contains(&utc_offset_minutes) => {
                return wrong("the UTC offset must be within 1080 minutes");
            }
            _ => {}
        }
        if self.budgeting.slice_slots().is_some_and(|slots| slots == 0 || !DAY_SLOTS.is_multiple_of(slots)) {
            return wrong("a time slice must be whole minutes that divide a day");
        }
        let slices = self.slices_filled();
        if slices > FILLED_SLICES_MAX {
            return Err(Error::Limit(format!(
                "objective '{}': {slices} slices in its window and history, and empty ones count; at most {FILLED_SLICES_MAX} are looked at, so take longer ones",
                self.id
            )));
        }
        if let Budgeting::Timeslices { target, .. } = self.budgeting
            && !is_share(target)
        {
            return wrong("the target of a time slice must be above 0 and at most 1");
        }
        self.resolution.check(&self.id)?;
        self.check_dimensions()?;
        check_alerts(&self.id, &self.alerts, self.target, self.window)?;
        check_policy(&self.id, &self.policy)?;
        if self.exemptions.len() > EXEMPTIONS_MAX {
            return Err(Error::Limit(format!(
                "objective '{}': {} exemptions; at most {EXEMPTIONS_MAX} are kept",
                self.id,
                self.exemptions.len()
            )));
        }
        self.exemptions.iter().try_for_each(Exemption::check)?;
        if self.bytes() > OBJECTIVE_BYTES_MAX {
            return Err(Error::Limit(format!(
                "objective '{}' takes {} bytes; at most {OBJECTIVE_BYTES_MAX} are kept",
                self.id,
                self.bytes()
            )));
        }
        Ok(())
    }

    /// Whether it goes on with what was counted under another's terms: an earlier version of it, with the
    /// same indicator.
    #[must_use]
    pub fn continues(&self, earlier: &Self) -> bool {
        self.id == earlier.id && self.version > earlier.version && self.indicator == earlier.indicator
    }

    /// How many slices a question looks at because nothing happened in them.
    pub(super) fn slices_filled(&self) -> u64 {
        if self.budgeting.missing() == Missing::Ignored {
            return 0;
        }
        self.budgeting.slice_slots().map_or(0, |slots| (self.window.slots_max() + self.resolution.history) / slots)
    }

    /// What it counts against a ledger's limit: its texts and what it takes to hold it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| 48 + name.len() + value.len()).sum::<usize>();
        let indicator = match &self.indicator {
            Indicator::Events | Indicator::Threshold(..) => 0,
            Indicator::Metrics(ratio) => {
                [&ratio.part, &ratio.total].into_iter().map(|selector| selector.name.len() + pairs(&selector.labels)).sum()
            }
            Indicator::Spans(selector) => selector.name.len() + pairs(&selector.attributes),
            Indicator::Composite(parts) => parts.iter().map(|part| 32 + part.id.len()).sum(),
        };
        let texts = [&self.id, &self.name, &self.description].into_iter().map(String::len).sum::<usize>();
        let dimensions: usize = self.dimensions.iter().map(|name| 24 + name.len()).sum();
        let alerts: usize = self.alerts.iter().map(|alert| size_of::<Alert>() + alert.name.len()).sum();
        let policy: usize = self.policy.iter().map(|step| size_of::<PolicyStep>() + step.action.len()).sum();
        let exemptions: usize = self.exemptions.iter().map(|exemption| 256 + exemption.reason.len()).sum();
        size_of::<Self>() + texts + indicator + dimensions + alerts + policy + exemptions
    }

    fn check_dimensions(&self) -> Result<(), Error> {
        if self.dimensions.len() > DIMENSIONS_MAX {
            return Err(Error::Limit(format!(
                "objective '{}': {} dimensions; at most {DIMENSIONS_MAX} are kept",
                self.id,
                self.dimensions.len()
            )));
        }
        for (place, name) in self.dimensions.iter().enumerate() {
            label::check_length("dimension", name)?;
            if self.dimensions.iter().take(place).any(|before| before == name) {
                return Err(Error::InvalidArgument(format!("objective '{}': the dimension '{name}' is named twice", self.id)));
            }
        }
        Ok(())
    }
}

/// Above 0 and at most 1.
const fn is_share(ratio: Ratio) -> bool {
    ratio.numerator() > 0 && ratio.numerator() <= ratio.denominator()
}
