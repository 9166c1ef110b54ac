//! The words of the interface `slo` in which an objective is said: what a caller gives.
//!
//! Lengths of time are nanoseconds in the WIT and whole minutes in the ledger. Deliberately absent: choices,
//! but for what an objective has where nothing is said, which the ledger's own constructors know.

/// Conversions of objectives; see [`wit_conversions!`](crate::wit_conversions).
#[doc(hidden)]
#[macro_export]
macro_rules! wit_objective {
    (@serve) => {
        $crate::wit_objective!(@serve indicator);
        $crate::wit_objective!(@serve terms);

        impl TryFrom<slo::Objective> for $crate::Objective {
            type Error = $crate::Error;

            fn try_from(objective: slo::Objective) -> Result<Self, $crate::Error> {
                let target: $crate::Ratio = objective.target.try_into()?;
                let window: $crate::Window = objective.window.try_into()?;
                let alerts = objective.alerts.map(|alerts| alerts.into_iter().map(TryInto::try_into).collect::<Result<_, $crate::Error>>());
                let policy = objective.policy.map(|steps| steps.into_iter().map(TryInto::try_into).collect::<Result<_, $crate::Error>>());
                Ok(Self {
                    id: objective.id,
                    version: objective.version,
                    name: objective.name,
                    description: objective.description,
                    sli_type: objective.sli_type.into(),
                    indicator: objective.indicator.into(),
                    target,
                    window,
                    budgeting: objective.budgeting.try_into()?,
                    minimum: objective.minimum,
                    dimensions: objective.dimensions,
                    alerts: alerts.unwrap_or_else(|| Ok($crate::slo::Alert::standard(window, target)))?,
                    policy: policy.unwrap_or_else(|| Ok($crate::slo::PolicyStep::standard()))?,
                    exemptions: objective.exemptions.into_iter().map(TryInto::try_into).collect::<Result<_, $crate::Error>>()?,
                    resolution: objective.resolution.map_or_else(|| Ok(Default::default()), TryInto::try_into)?,
                })
            }
        }
    };
    (@serve indicator) => {
        impl From<slo::MetricSelector> for $crate::slo::MetricSelector {
            fn from(selector: slo::MetricSelector) -> Self {
                $crate::wit_record!(selector { name } lists { labels } options { threshold })
            }
        }

        impl From<slo::Indicator> for $crate::Indicator {
            fn from(indicator: slo::Indicator) -> Self {
                match indicator {
                    slo::Indicator::Events => Self::Events,
                    slo::Indicator::Threshold(threshold) => {
                        let (comparison, value) = threshold.into();
                        Self::Threshold(comparison, value)
                    }
                    slo::Indicator::Metrics(ratio) => Self::Metrics(ratio.into()),
                    slo::Indicator::Spans(spans) => Self::Spans(spans.into()),
                    slo::Indicator::Composite(parts) => Self::Composite(parts.into_iter().map(Into::into).collect()),
                }
            }
        }

        impl From<slo::MetricRatio> for $crate::slo::MetricRatio {
            fn from(ratio: slo::MetricRatio) -> Self {
                $crate::wit_record!(ratio { part_is_good part total })
            }
        }

        impl From<slo::SpanSelector> for $crate::slo::SpanSelector {
            fn from(spans: slo::SpanSelector) -> Self {
                $crate::wit_record!(spans { name max_duration } lists { attributes })
            }
        }

        impl From<slo::Weighted> for $crate::slo::Weighted {
            fn from(part: slo::Weighted) -> Self {
                $crate::wit_record!(part { id weight })
            }
        }
    };
    (@serve terms) => {
        impl TryFrom<slo::Window> for $crate::Window {
            type Error = $crate::Error;

            fn try_from(window: slo::Window) -> Result<Self, $crate::Error> {
                match window {
                    slo::Window::Rolling(nanos) => Self::rolling(nanos),
                    slo::Window::Calendar(slo::CalendarWindow { unit, utc_offset_minutes }) => {
                        Ok(Self::Calendar { unit: unit.into(), utc_offset_minutes })
                    }
                }
            }
        }

        impl TryFrom<slo::Budgeting> for $crate::Budgeting {
            type Error = $crate::Error;

            fn try_from(budgeting: slo::Budgeting) -> Result<Self, $crate::Error> {
                Ok(match budgeting {
                    slo::Budgeting::Occurrences => Self::Occurrences,
                    slo::Budgeting::Timeslices(slices) => {
                        Self::timeslices(slices.slice, slices.target.try_into()?)?.with_missing(slices.missing.into())
                    }
                    slo::Budgeting::RatioTimeslices(slices) => Self::ratio_timeslices(slices.slice)?.with_missing(slices.missing.into()),
                })
            }
        }

        impl TryFrom<slo::Alert> for $crate::slo::Alert {
            type Error = $crate::Error;

            fn try_from(alert: slo::Alert) -> Result<Self, $crate::Error> {
                let condition = match alert.condition {
                    slo::Condition::Burn(slo::Burn { factor, long, short, minimum_bad }) => {
                        $crate::slo::Condition::burn(factor.try_into()?, long, short, minimum_bad)?
                    }
                    slo::Condition::NoData(after) => $crate::slo::Condition::no_data(after)?,
                };
                Ok(Self { name: alert.name, severity: alert.severity.into(), condition })
            }
        }

        impl TryFrom<slo::PolicyStep> for $crate::slo::PolicyStep {
            type Error = $crate::Error;

            fn try_from(step: slo::PolicyStep) -> Result<Self, $crate::Error> {
                Ok(Self { from: step.from_share.try_into()?, until: step.until_share.try_into()?, action: step.action })
            }
        }

        impl TryFrom<slo::Exemption> for $crate::slo::Exemption {
            type Error = $crate::Error;

            fn try_from(exemption: slo::Exemption) -> Result<Self, $crate::Error> {
                let slo::Exemption { reason, start, length, recurrence, utc_offset_minutes } = exemption;
                let recurrence = recurrence.map(|text| text.parse::<$crate::slo::Recurrence>()).transpose()?;
                Ok(Self { recurrence, utc_offset_minutes, ..Self::once(&reason, start.try_into()?, length)? })
            }
        }

        impl TryFrom<slo::Resolution> for $crate::slo::Resolution {
            type Error = $crate::Error;

            fn try_from(resolution: slo::Resolution) -> Result<Self, $crate::Error> {
                Self::new(resolution.minutes, resolution.five_minutes, resolution.history)
            }
        }
    };
    (@call) => {
        $crate::wit_objective!(@call indicator);
        $crate::wit_objective!(@call terms);

        impl From<$crate::Objective> for slo::Objective {
            fn from(objective: $crate::Objective) -> Self {
                let $crate::Objective { alerts, policy, resolution, .. } = objective;
                $crate::wit_record!(objective {
                    id version name description sli_type indicator target window budgeting minimum dimensions
                } lists { exemptions } and {
                    alerts: Some(alerts.into_iter().map(Into::into).collect()),
                    policy: Some(policy.into_iter().map(Into::into).collect()),
                    resolution: Some(resolution.into()),
                })
            }
        }
    };
    (@call indicator) => {
        impl From<$crate::Indicator> for slo::Indicator {
            fn from(indicator: $crate::Indicator) -> Self {
                match indicator {
                    $crate::Indicator::Events => Self::Events,
                    $crate::Indicator::Threshold(comparison, value) => Self::Threshold((comparison, value).into()),
                    $crate::Indicator::Metrics(ratio) => Self::Metrics(ratio.into()),
                    $crate::Indicator::Spans(spans) => Self::Spans(spans.into()),
                    $crate::Indicator::Composite(parts) => Self::Composite(parts.into_iter().map(Into::into).collect()),
                }
            }
        }

        impl From<$crate::slo::MetricSelector> for slo::MetricSelector {
            fn from(selector: $crate::slo::MetricSelector) -> Self {
                $crate::wit_record!(selector { name } lists { labels } options { threshold })
            }
        }

        impl From<$crate::slo::MetricRatio> for slo::MetricRatio {
            fn from(ratio: $crate::slo::MetricRatio) -> Self {
                $crate::wit_record!(ratio { part_is_good part total })
            }
        }

        impl From<$crate::slo::SpanSelector> for slo::SpanSelector {
            fn from(spans: $crate::slo::SpanSelector) -> Self {
                $crate::wit_record!(spans { name max_duration } lists { attributes })
            }
        }

        impl From<$crate::slo::Weighted> for slo::Weighted {
            fn from(part: $crate::slo::Weighted) -> Self {
                $crate::wit_record!(part { id weight })
            }
        }
    };
    (@call terms) => {
        /// Minutes in nanoseconds. More than there can be are no whole minutes, and so refused.
        const fn wit_length(minutes: u64) -> u64 {
            minutes.saturating_mul($crate::slo::SLOT_NS)
        }

        impl From<$crate::Window> for slo::Window {
            fn from(window: $crate::Window) -> Self {
                match window {
                    $crate::Window::Rolling { slots } => Self::Rolling(wit_length(slots)),
                    $crate::Window::Calendar { unit, utc_offset_minutes } => {
                        Self::Calendar(slo::CalendarWindow { unit: unit.into(), utc_offset_minutes })
                    }
                }
            }
        }

        impl From<$crate::Budgeting> for slo::Budgeting {
            fn from(budgeting: $crate::Budgeting) -> Self {
                match budgeting {
                    $crate::Budgeting::Occurrences => Self::Occurrences,
                    $crate::Budgeting::Timeslices { slots, target, missing } => {
                        Self::Timeslices(slo::Timeslices { slice: wit_length(slots), target: target.into(), missing: missing.into() })
                    }
                    $crate::Budgeting::RatioTimeslices { slots, missing } => {
                        Self::RatioTimeslices(slo::RatioTimeslices { slice: wit_length(slots), missing: missing.into() })
                    }
                }
            }
        }

        impl From<$crate::slo::Alert> for slo::Alert {
            fn from(alert: $crate::slo::Alert) -> Self {
                let condition = match alert.condition {
                    $crate::slo::Condition::Burn { factor, long, short, minimum_bad } => {
                        let (long, short) = (wit_length(long), wit_length(short));
                        slo::Condition::Burn(slo::Burn { factor: factor.into(), long, short, minimum_bad })
                    }
                    $crate::slo::Condition::NoData { after } => slo::Condition::NoData(wit_length(after)),
                };
                Self { name: alert.name, severity: alert.severity.into(), condition }
            }
        }

        impl From<$crate::slo::PolicyStep> for slo::PolicyStep {
            fn from(step: $crate::slo::PolicyStep) -> Self {
                Self { from_share: step.from.into(), until_share: step.until.into(), action: step.action }
            }
        }

        impl From<$crate::slo::Exemption> for slo::Exemption {
            fn from(exemption: $crate::slo::Exemption) -> Self {
                let recurrence = exemption.recurrence.as_ref().map(ToString::to_string);
                let (start, length) = (exemption.start.nanos(), wit_length(exemption.minutes));
                $crate::wit_record!(exemption { reason utc_offset_minutes } and { start: start, length: length, recurrence: recurrence, })
            }
        }

        impl From<$crate::slo::Resolution> for slo::Resolution {
            fn from(resolution: $crate::slo::Resolution) -> Self {
                Self {
                    minutes: wit_length(resolution.minutes),
                    five_minutes: wit_length(resolution.five_minutes),
                    history: wit_length(resolution.history),
                }
            }
        }
    };
}
