//! Alerts and the error budget policy: what is promised to happen when a budget burns.
//!
//! Sources: Google SRE workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts" (table 5-8) and the
//! example error budget policy of appendix B. Deliberately absent: whether an alert fires; see `firing`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Window;
use super::window::{DAY_SLOTS, HOUR_SLOTS, whole_slots};
use crate::limits::{ALERTS_MAX, POLICY_STEPS_MAX, WINDOW_MINUTES_MAX};
use crate::{Error, Ratio, label};

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Somebody must look now.
    Page,
    /// Somebody must look in the next days.
    Ticket,
}

/// When an alert fires.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Condition {
    /// The budget burned faster than `factor` times the pace that would just spend it in the window,
    /// over both lookbacks.
    Burn {
        /// How many times as fast. 1 spends the budget in exactly the window.
        factor: Ratio,
        /// The long lookback, in slots.
        long: u64,
        /// The short lookback, in slots, which ends the alert soon after the burning ends.
        short: u64,
        /// How many events (or slices) must have been bad in the long lookback: for low traffic, where
        /// one failure is a high rate.
        minimum_bad: u64,
    },
    /// Nothing happened for so long, after something had.
    NoData {
        /// In slots.
        after: u64,
    },
}

/// An alert on an objective.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Alert {
    /// Its name, of which an objective has no two.
    pub name: String,
    /// How urgent it is.
    pub severity: Severity,
    /// When it fires.
    pub condition: Condition,
}

/// A step of an error budget policy: what is to be done from when so much of the budget is consumed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PolicyStep {
    /// The share of the budget from which on it holds.
    pub from: Ratio,
    /// Once it holds it goes on until less than this share is consumed; at most `from`. The distance keeps
    /// it from flickering.
    pub until: Ratio,
    /// What is to be done, in a word.
    pub action: String,
}

/// The rows of table 5-8, and the one between them that is common: a share of the budget (in hundredths)
/// and the two lookbacks, as they are for a window of 30 days.
const STANDARD: [(&str, Severity, u64, u64, u64); 4] = [
    ("page-fast", Severity::Page, 2, HOUR_SLOTS, 5),
    ("page-slow", Severity::Page, 5, 6 * HOUR_SLOTS, 30),
    ("ticket-fast", Severity::Ticket, 10, DAY_SLOTS, 2 * HOUR_SLOTS),
    ("ticket-slow", Severity::Ticket, 10, 3 * DAY_SLOTS, 6 * HOUR_SLOTS),
];

impl Severity {
    /// Its name, as in the WIT.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

impl Condition {
    /// A budget that burns faster than a factor over two lookbacks of so many nanoseconds, where at least so
    /// many were bad in the long one.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a lookback is not a whole number of minutes; the rest is checked
    /// with the objective.
    pub fn burn(factor: Ratio, long: u64, short: u64, minimum_bad: u64) -> Result<Self, Error> {
        let (long, short) = (whole_slots("a long lookback", long)?, whole_slots("a short lookback", short)?);
        Ok(Self::Burn { factor, long, short, minimum_bad })
    }

    /// Nothing for so many nanoseconds.
    ///
    /// # Errors
    /// As [`Condition::burn`].
    pub fn no_data(after: u64) -> Result<Self, Error> {
        Ok(Self::NoData { after: whole_slots("a time without data", after)? })
    }
}

impl Alert {
    /// The alerts that an objective has where nothing else is said: those of the SRE workbook. Of windows
    /// of 28 and 30 days the lookbacks are the book's, of others they are scaled; the factors follow from
    /// the shares of the budget. Where one could never fire, because failing altogether burns no faster,
    /// each factor f becomes f / (1 + (f - 1) * (1 - target)): the odds of failure, not its share, are then
    /// f times what the target allows, and that can always be. None for a target of 1 and for windows of
    /// less than a day, in which the lookbacks would be less than a slot apart.
    #[must_use]
    pub fn standard(window: Window, target: Ratio) -> Vec<Self> {
        let length = window.nominal_slots();
        let (numerator, denominator) = (target.numerator(), target.denominator());
        if !(DAY_SLOTS..=WINDOW_MINUTES_MAX).contains(&length) || numerator >= denominator {
            return Vec::new();
        }
        let is_book = length == 28 * DAY_SLOTS || length == 30 * DAY_SLOTS;
        // Rounded to whole slots, half up.
        let scaled = |slots: u64| if is_book { slots } else { (2 * slots * length / (30 * DAY_SLOTS)).div_ceil(2).max(1) };
        let factor = |share: u64, long: u64| Ratio::new(share * length, 100 * long).ok();
        let rows =
            STANDARD.map(|(name, severity, share, long, short)| (name, severity, factor(share, scaled(long)), scaled(long), scaled(short)));
        let all_can_fire = rows.iter().all(|(_, _, factor, ..)| factor.is_some_and(|factor| can_fire(factor, target)));
        let alerts = rows.into_iter().filter_map(|(name, severity, factor, long, short)| {
            let factor = if all_can_fire { factor? } else { by_odds(factor?, target)? };
            let condition = Condition::Burn { factor, long, short, minimum_bad: 1 };
            Some(Self { name: name.into(), severity, condition })
        });
        alerts.collect()
    }

    fn check(&self, id: &str, target: Ratio, window: Window) -> Result<(), Error> {
        label::check_length("alert name", &self.name)?;
        let wrong = |what: String| Err(Error::InvalidArgument(format!("objective '{id}', alert '{}': {what}", self.name)));
        let Condition::Burn { factor, long, short, .. } = self.condition else {
            let Condition::NoData { after } = self.condition else { return Ok(()) };
            return if (1..=WINDOW_MINUTES_MAX).contains(&after) { Ok(()) } else { wrong("no data must last 1 minute to 366 days".into()) };
        };
        if short == 0 || long < short || long > window.slots_max() {
            return wrong(format!(
                "the lookbacks must be at least a minute, the short one not longer than the long one, which must not exceed the window's {} minutes",
                window.slots_max()
            ));
        }
        if factor.numerator() == 0 {
            return wrong("the factor must be above 0".into());
        }
        if !can_fire(factor, target) {
            return wrong(format!("{}", Unfireable { factor, target, window }));
        }
        Ok(())
    }
}

/// Whether failing altogether burns faster than a factor: factor * (1 - target) < 1.
fn can_fire(factor: Ratio, target: Ratio) -> bool {
    let allowed = u128::from(target.denominator() - target.numerator());
    // Both sides in U128 fit: each is a product of two numbers of 64 bits.
    u128::from(factor.numerator()) * allowed < u128::from(factor.denominator()) * u128::from(target.denominator())
}

/// f / (1 + (f - 1) * p) for a factor f and the share p that may fail; `None` where it takes more than 64 bits.
fn by_odds(factor: Ratio, target: Ratio) -> Option<Ratio> {
    let (a, b) = (u128::from(factor.numerator()), u128::from(factor.denominator()));
    let (n, d) = (u128::from(target.numerator()), u128::from(target.denominator()));
    // a/b / (1 + (a - b)/b * (d - n)/d) = a * d / (b * n + a * (d - n))
    let above = a.checked_mul(d)?;
    let below = b.checked_mul(n)?.checked_add(a.checked_mul(d - n)?)?;
    let (mut x, mut y) = (above, below);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    Ratio::new(u64::try_from(above / x).ok()?, u64::try_from(below / x).ok()?).ok()
}

/// Why an alert can never fire, and which could.
struct Unfireable {
    factor: Ratio,
    target: Ratio,
    window: Window,
}

impl core::fmt::Display for Unfireable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (n, d) = (self.target.numerator(), self.target.denominator());
        write!(
            f,
            "it could never fire: with a target of {} even if all fails the budget burns only {} times as fast as it may, not more than {} times",
            self.target,
            shown(Ratio::new(d, (d - n).max(1)).unwrap_or(self.target)),
            shown(self.factor),
        )?;
        let proposed = Alert::standard(self.window, self.target);
        for (place, alert) in proposed.iter().enumerate() {
            if let Condition::Burn { factor, long, short, .. } = alert.condition {
                let start = if place == 0 { "; these can: " } else { ", " };
                write!(f, "{start}{} {} over {long} and {short} minutes", alert.name, shown(factor))?;
            }
        }
        Ok(())
    }
}

/// A factor for people: in decimals where two are enough, else as a fraction.
pub(crate) fn shown(factor: Ratio) -> String {
    let hundredths = u128::from(factor.numerator()) * 100;
    let denominator = u128::from(factor.denominator());
    if !hundredths.is_multiple_of(denominator) {
        return format!("{}/{}", factor.numerator(), factor.denominator());
    }
    let (whole, rest) = (hundredths / denominator / 100, hundredths / denominator % 100);
    match rest {
        0 => format!("{whole}"),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

/// Checks the alerts of an objective.
pub(super) fn check_alerts(id: &str, alerts: &[Alert], target: Ratio, window: Window) -> Result<(), Error> {
    if alerts.len() > ALERTS_MAX {
        return Err(Error::Limit(format!("objective '{id}': {} alerts; at most {ALERTS_MAX} are kept", alerts.len())));
    }
    for (place, alert) in alerts.iter().enumerate() {
        alert.check(id, target, window)?;
        if alerts.iter().take(place).any(|before| before.name == alert.name) {
            return Err(Error::InvalidArgument(format!("objective '{id}': two alerts have the name '{}'", alert.name)));
        }
    }
    Ok(())
}

impl PolicyStep {
    /// The policy that an objective has where nothing else is said: reviews from half of the budget on,
    /// less risk from three quarters on, no deployments once it is spent; each until a twentieth less is
    /// consumed.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        let steps = [(10, 9, "increase_reviews"), (15, 14, "reduce_risk"), (20, 19, "freeze_deployments")];
        let twentieths = |part| Ratio::new(part, 20).ok();
        let step = |(from, until, action): (u64, u64, &str)| {
            Some(Self { from: twentieths(from)?, until: twentieths(until)?, action: action.into() })
        };
        steps.into_iter().filter_map(step).collect()
    }
}

/// The action before the first step of a policy.
pub const NORMAL: &str = "normal";

/// Checks the policy of an objective: steps in order, each with its distance.
pub(super) fn check_policy(id: &str, steps: &[PolicyStep]) -> Result<(), Error> {
    if steps.len() > POLICY_STEPS_MAX {
        return Err(Error::Limit(format!("objective '{id}': a policy of {} steps; at most {POLICY_STEPS_MAX} are kept", steps.len())));
    }
    let is_less = |a: Ratio, b: Ratio| {
        u128::from(a.numerator()) * u128::from(b.denominator()) < u128::from(b.numerator()) * u128::from(a.denominator())
    };
    for (place, step) in steps.iter().enumerate() {
        label::check_length("policy action", &step.action)?;
        let before = place.checked_sub(1).and_then(|place| steps.get(place));
        if step.from.numerator() == 0 || is_less(step.from, step.until) || before.is_some_and(|before| !is_less(before.from, step.from)) {
            return Err(Error::InvalidArgument(format!(
                "objective '{id}': the steps of a policy must begin at rising shares above 0, and none may end above where it begins"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn factors(window: Window, target: &str) -> Vec<(Ratio, u64, u64)> {
        let alerts = Alert::standard(window, target.parse().unwrap());
        let burn = |alert: &Alert| match alert.condition {
            Condition::Burn { factor, long, short, .. } => (factor, long, short),
            Condition::NoData { .. } => unreachable!("there is none"),
        };
        alerts.iter().map(burn).collect()
    }

    #[test]
    fn the_factors_are_those_of_the_book() {
        let ratio = |n, d| Ratio::new(n, d).unwrap();
        let month = vec![(ratio(72, 5), 60, 5), (ratio(6, 1), 360, 30), (ratio(3, 1), 1_440, 120), (ratio(1, 1), 4_320, 360)];
        assert_eq!(factors(Window::days(30).unwrap(), "99.9%"), month);
        assert_eq!(factors(Window::Calendar { unit: super::super::CalendarUnit::Month, utc_offset_minutes: 0 }, "99%"), month);
        let four_weeks = vec![(ratio(336, 25), 60, 5), (ratio(28, 5), 360, 30), (ratio(14, 5), 1_440, 120), (ratio(14, 15), 4_320, 360)];
        assert_eq!(factors(Window::days(28).unwrap(), "99.9%"), four_weeks);
        let week = vec![(ratio(72, 5), 14, 1), (ratio(6, 1), 84, 7), (ratio(3, 1), 336, 28), (ratio(1, 1), 1_008, 84)];
        assert_eq!(factors(Window::days(7).unwrap(), "99.9%"), week);
        assert_eq!(factors(Window::Rolling { slots: 60 }, "99.9%"), []);
        assert_eq!(factors(Window::days(30).unwrap(), "100%"), []);
    }

    #[test]
    fn an_objective_that_may_fail_often_has_alerts_that_can_fire() {
        let ratio = |n, d| Ratio::new(n, d).unwrap();
        // 14.4 * 0.3 / (1 + 13.4 * 0.3) = 4.32 / 5.02 of all must fail, and so on down to 0.3.
        let thirty = vec![(ratio(720, 251), 60, 5), (ratio(12, 5), 360, 30), (ratio(15, 8), 1_440, 120), (ratio(1, 1), 4_320, 360)];
        assert_eq!(factors(Window::days(30).unwrap(), "70%"), thirty);
        for target in ["1%", "50%", "70%", "80%", "90%", "93%", "93.05%", "93.06%"] {
            let target: Ratio = target.parse().unwrap();
            let alerts = Alert::standard(Window::days(30).unwrap(), target);
            assert_eq!(check_alerts("x", &alerts, target, Window::days(30).unwrap()), Ok(()), "{target}");
            assert_eq!(alerts.len(), 4);
        }
        let rule = |factor| Alert {
            name: "a".into(),
            severity: Severity::Page,
            condition: Condition::Burn { factor, long: 60, short: 5, minimum_bad: 0 },
        };
        let refused = check_alerts("x", &[rule(ratio(72, 5))], "93%".parse().unwrap(), Window::days(30).unwrap());
        let Err(Error::InvalidArgument(text)) = refused else { panic!("it was taken") };
        // The book's factors f as f / (1 + (f - 1) * 0.07).
        let expected = "objective 'x', alert 'a': it could never fire: with a target of 93% even if all fails the budget burns only 100/7 \
            times as fast as it may, not more than 14.4 times; these can: page-fast 2400/323 over 60 and 5 minutes, page-slow 40/9 \
            over 360 and 30 minutes, ticket-fast 50/19 over 1440 and 120 minutes, ticket-slow 1 over 4320 and 360 minutes";
        assert_eq!(text, expected);
        assert_eq!(check_alerts("x", &[rule(ratio(72, 5))], "93.06%".parse().unwrap(), Window::days(30).unwrap()), Ok(()));
    }

    #[test]
    fn a_policy_rises() {
        assert_eq!(check_policy("x", &PolicyStep::standard()), Ok(()));
        let mut steps = PolicyStep::standard();
        steps.swap(0, 1);
        assert!(check_policy("x", &steps).is_err());
        let mut steps = PolicyStep::standard();
        steps[2].until = "101%".parse().unwrap();
        assert!(check_policy("x", &steps).is_err());
    }

    #[test]
    fn lookbacks_are_whole_minutes() {
        let factor = Ratio::new(2, 1).unwrap();
        let burn = |long, short| Condition::burn(factor, long, short, 7);
        assert_eq!(burn(120_000_000_000, 60_000_000_000), Ok(Condition::Burn { factor, long: 2, short: 1, minimum_bad: 7 }));
        assert!(matches!(burn(120_000_000_001, 60_000_000_000), Err(Error::InvalidArgument(why)) if why.contains("a long lookback")));
        assert!(matches!(burn(120_000_000_000, 1), Err(Error::InvalidArgument(why)) if why.contains("a short lookback")));
        assert_eq!(Condition::no_data(60_000_000_000), Ok(Condition::NoData { after: 1 }));
        assert!(matches!(Condition::no_data(59), Err(Error::InvalidArgument(why)) if why.contains("59 ns")));
    }
}
