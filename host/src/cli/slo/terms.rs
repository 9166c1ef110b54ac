//! Other terms for objectives, as a command line says them.
//!
//! Deliberately absent: what comes of them; see `simulate`.

use clap::ValueEnum;
use codomyrmex_telemetry::limits::HISTORY_MINUTES_MAX;
use codomyrmex_telemetry::slo::{Alert, CalendarUnit, Condition, Missing, Severity};
use codomyrmex_telemetry::{Budgeting, Error, Objective, Ratio, Window};

use super::time::slots;

/// Terms that are to hold instead of an objective's own; at least one.
#[derive(Debug, clap::Args)]
#[group(id = "terms", required = true, multiple = true)]
pub(super) struct Terms {
    /// The share that must be good: 99.5%, 0.995 or 199/200
    #[arg(long, value_name = "SHARE", value_parser = ratio)]
    target: Option<Ratio>,
    /// Over what time: a length like 7d, or day, week, month, quarter of the calendar
    #[arg(long, value_name = "LENGTH|UNIT", value_parser = window)]
    window: Option<NewWindow>,
    /// In what the budget is counted: occurrences, timeslices:LENGTH:TARGET[:MISSING] or
    /// ratio-timeslices:LENGTH[:MISSING], where MISSING (ignored, good or bad) is what a slice is in which
    /// nothing happened
    #[arg(long, value_name = "METHOD", value_parser = budgeting)]
    budgeting: Option<Budgeting>,
    /// An alert, instead of all the objective has: NAME:page|ticket:FACTOR:LONG:SHORT[:MINIMUM-BAD] like
    /// fast:page:14.4:1h:5m, or NAME:page|ticket:no-data:LENGTH; may be given several times
    #[arg(long, value_name = "ALERT", value_parser = alert)]
    alert: Vec<Alert>,
    /// Which alerts instead; without this and --alert the objective's own, or the standard ones of the new
    /// terms where it has the standard ones of its own
    #[arg(long, value_enum, conflicts_with = "alert")]
    alerts: Option<Table>,
}

/// A window. One of the calendar keeps the clock of the window that it replaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NewWindow {
    Rolling(u64), // slots
    Calendar(CalendarUnit),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Table {
    /// Those of the SRE workbook
    Standard,
    /// None
    None,
}

impl Terms {
    /// An objective under these terms. What was kept for its own window stays in sight, so that the past is
    /// replayed as far back as it is known.
    ///
    /// # Errors
    /// As the ledger has it, where these terms cannot be.
    pub(super) fn of(&self, objective: &Objective) -> Result<Objective, Error> {
        let target = self.target.unwrap_or(objective.target);
        let window = match self.window {
            None => objective.window,
            Some(NewWindow::Rolling(slots)) => Window::Rolling { slots },
            Some(NewWindow::Calendar(unit)) => {
                let same_clock = if let Window::Calendar { utc_offset_minutes, .. } = objective.window { utc_offset_minutes } else { 0 };
                Window::Calendar { unit, utc_offset_minutes: same_clock }
            }
        };
        let standard = || Alert::standard(window, target);
        let had_standard = !objective.alerts.is_empty() && objective.alerts == Alert::standard(objective.window, objective.target);
        let alerts = match self.alerts {
            _ if !self.alert.is_empty() => self.alert.clone(),
            Some(Table::Standard) => standard(),
            Some(Table::None) => Vec::new(),
            None if had_standard => standard(),
            None => objective.alerts.clone(),
        };
        let mut resolution = objective.resolution;
        let kept = objective.window.slots_max().saturating_add(resolution.history);
        resolution.history = resolution.history.max(kept.saturating_sub(window.slots_max())).min(HISTORY_MINUTES_MAX);
        let budgeting = self.budgeting.unwrap_or(objective.budgeting);
        let other = Objective { target, window, budgeting, alerts, resolution, ..objective.clone() };
        other.check()?;
        Ok(other)
    }
}

fn ratio(text: &str) -> Result<Ratio, String> {
    text.parse().map_err(|error: Error| error.to_string())
}

fn window(text: &str) -> Result<NewWindow, String> {
    Ok(match text {
        "day" => NewWindow::Calendar(CalendarUnit::Day),
        "week" => NewWindow::Calendar(CalendarUnit::Week),
        "month" => NewWindow::Calendar(CalendarUnit::Month),
        "quarter" => NewWindow::Calendar(CalendarUnit::Quarter),
        length => NewWindow::Rolling(slots(length)?),
    })
}

fn budgeting(text: &str) -> Result<Budgeting, String> {
    let missing = |text: Option<&&str>| match text {
        None | Some(&"ignored") => Ok(Missing::Ignored),
        Some(&"good") => Ok(Missing::Good),
        Some(&"bad") => Ok(Missing::Bad),
        Some(other) => Err(format!("'{other}' is none of ignored, good, bad")),
    };
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        ["occurrences"] => Ok(Budgeting::Occurrences),
        ["timeslices", length, target, ..] if parts.len() <= 4 => {
            Ok(Budgeting::Timeslices { slots: slots(length)?, target: ratio(target)?, missing: missing(parts.get(3))? })
        }
        ["ratio-timeslices", length, ..] if parts.len() <= 3 => {
            Ok(Budgeting::RatioTimeslices { slots: slots(length)?, missing: missing(parts.get(2))? })
        }
        _ => Err("write occurrences, timeslices:LENGTH:TARGET[:MISSING] or ratio-timeslices:LENGTH[:MISSING]".into()),
    }
}

fn alert(text: &str) -> Result<Alert, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let severity = |text: &str| match text {
        "page" => Ok(Severity::Page),
        "ticket" => Ok(Severity::Ticket),
        other => Err(format!("'{other}' is none of page, ticket")),
    };
    let minimum = |text: Option<&&str>| text.map_or(Ok(1), |text| text.parse().map_err(|_| format!("'{text}' is no number of bad events")));
    match parts[..] {
        [name, urgent, "no-data", after] => {
            Ok(Alert { name: name.into(), severity: severity(urgent)?, condition: Condition::NoData { after: slots(after)? } })
        }
        [name, urgent, factor, long, short, ..] if parts.len() <= 6 => {
            let condition =
                Condition::Burn { factor: ratio(factor)?, long: slots(long)?, short: slots(short)?, minimum_bad: minimum(parts.get(5))? };
            Ok(Alert { name: name.into(), severity: severity(urgent)?, condition })
        }
        _ => Err("write NAME:page|ticket:FACTOR:LONG:SHORT[:MINIMUM-BAD] or NAME:page|ticket:no-data:LENGTH".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        terms: Terms,
    }

    fn terms(words: &[&str]) -> Result<Terms, String> {
        Line::try_parse_from([&["simulate"], words].concat()).map(|line| line.terms).map_err(|error| error.to_string())
    }

    fn ratio_of(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn terms_are_read_as_they_are_written() {
        let read = terms(&[
            "--target=99.5%",
            "--window=7d",
            "--budgeting=timeslices:5m:95%:bad",
            "--alert=fast:page:14.4:1h:5m",
            "--alert=slow:ticket:1:3d:6h:4",
            "--alert=quiet:ticket:no-data:2h",
        ])
        .unwrap();
        assert_eq!((read.target, read.window), (Some(ratio_of("199/200")), Some(NewWindow::Rolling(10_080))));
        assert_eq!(read.budgeting, Some(Budgeting::Timeslices { slots: 5, target: ratio_of("19/20"), missing: Missing::Bad }));
        let burn = |factor: &str, long, short, minimum_bad| Condition::Burn { factor: ratio_of(factor), long, short, minimum_bad };
        let alert = |name: &str, severity, condition| Alert { name: name.into(), severity, condition };
        assert_eq!(
            read.alert,
            [
                alert("fast", Severity::Page, burn("72/5", 60, 5, 1)),
                alert("slow", Severity::Ticket, burn("1/1", 4_320, 360, 4)),
                alert("quiet", Severity::Ticket, Condition::NoData { after: 120 }),
            ]
        );
        assert_eq!(terms(&["--window", "quarter"]).unwrap().window, Some(NewWindow::Calendar(CalendarUnit::Quarter)));
        let sliced = terms(&["--budgeting", "ratio-timeslices:1h"]).unwrap().budgeting;
        assert_eq!(sliced, Some(Budgeting::RatioTimeslices { slots: 60, missing: Missing::Ignored }));
        assert_eq!(terms(&["--budgeting", "occurrences"]).unwrap().budgeting, Some(Budgeting::Occurrences));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (words, expected) in [
            (&[][..], "required arguments were not provided"),
            (&["--target", "99,5%"], "is not a ratio"),
            (&["--window", "fortnight"], "'fortnight' is no length; write it like 30m, 6h or 7d"),
            (&["--window", "90s"], "'90s' is not whole minutes"),
            (&["--alert", "fast"], "write NAME:page|ticket:FACTOR:LONG:SHORT[:MINIMUM-BAD]"),
            (&["--alert", "fast:loud:14.4:1h:5m"], "'loud' is none of page, ticket"),
            (&["--alert", "fast:page:14.4:1h:5m:few"], "'few' is no number of bad events"),
            (&["--alert", "fast:page:14.4:1h:5m:1:2"], "write NAME"),
            (&["--alert", "fast:page:14.4:1h:5m", "--alerts", "none"], "cannot be used with"),
            (&["--budgeting", "timeslices:5m"], "write occurrences, timeslices:LENGTH:TARGET[:MISSING]"),
            (&["--budgeting", "ratio-timeslices:5m:perhaps"], "'perhaps' is none of ignored, good, bad"),
        ] {
            let said = terms(words).unwrap_err();
            assert!(said.contains(expected), "{words:?}: {said}");
        }
    }

    #[test]
    fn what_is_not_said_stays_and_standard_alerts_follow_the_terms() {
        let own = Objective::new("a", ratio_of("99.9%"), Window::days(30).unwrap());
        let other = terms(&["--window", "7d"]).unwrap().of(&own).unwrap();
        assert_eq!((other.target, other.window, other.version), (own.target, Window::days(7).unwrap(), 1));
        assert_eq!(other.alerts, Alert::standard(other.window, other.target));
        // 31 days are kept, and stay in sight.
        assert_eq!(other.resolution.history, 24 * 1_440);
        let mut named = own.clone();
        named.alerts.truncate(1);
        assert_eq!(terms(&["--window", "60d"]).unwrap().of(&named).unwrap().alerts, named.alerts);
        assert_eq!(terms(&["--alerts", "none"]).unwrap().of(&named).unwrap().alerts, []);
        assert_eq!(terms(&["--alerts", "standard"]).unwrap().of(&named).unwrap().alerts, own.alerts);
        let there = Objective { window: Window::Calendar { unit: CalendarUnit::Week, utc_offset_minutes: 330 }, ..own };
        let month = Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes: 330 };
        assert_eq!(terms(&["--window", "month"]).unwrap().of(&there).unwrap().window, month);
        let refused = terms(&["--target", "90%"]).unwrap().of(&named).unwrap_err().to_string();
        assert!(refused.contains("it could never fire"), "{refused}");
    }
}
