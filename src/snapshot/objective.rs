//! The terms of objectives in canonical form. What is as it is where nothing is said is null.
//!
//! Deliberately absent: what was recorded of them; see `slo`.

use alloc::string::String;
use alloc::vec::Vec;

use super::cbor::{Reader, Shape, Writer};
use crate::float::Double;
use crate::limits::{ALERTS_MAX, DIMENSIONS_MAX, EXEMPTIONS_MAX, LABELS_MAX, OBJECTIVE_PARTS_MAX, POLICY_STEPS_MAX};
use crate::slo::{
    Alert, Budgeting, CalendarUnit, Comparison, Condition, Exemption, Indicator, MetricRatio, MetricSelector, Missing, PolicyStep,
    Resolution, Severity, SliType, SpanSelector, Weighted, Window,
};
use crate::{Error, Ratio, Timestamp};

pub(super) const SLI_TYPES: [(&str, SliType); 5] = [
    ("availability", SliType::Availability),
    ("latency", SliType::Latency),
    ("throughput", SliType::Throughput),
    ("error-rate", SliType::ErrorRate),
    ("saturation", SliType::Saturation),
];
const COMPARISONS: [(&str, Comparison); 4] =
    [("below", Comparison::Below), ("at-most", Comparison::AtMost), ("above", Comparison::Above), ("at-least", Comparison::AtLeast)];
const CALENDAR_UNITS: [(&str, CalendarUnit); 4] =
    [("day", CalendarUnit::Day), ("week", CalendarUnit::Week), ("month", CalendarUnit::Month), ("quarter", CalendarUnit::Quarter)];
const MISSING: [(&str, Missing); 3] = [("ignored", Missing::Ignored), ("good", Missing::Good), ("bad", Missing::Bad)];
const SEVERITIES: [(&str, Severity); 2] = [("page", Severity::Page), ("ticket", Severity::Ticket)];

pub(super) fn write_window(writer: &mut Writer, window: Window) {
    writer.array(2);
    match window {
        Window::Rolling { slots } => {
            writer.text("rolling");
            writer.unsigned(slots);
        }
        Window::Calendar { unit, utc_offset_minutes } => {
            writer.text(name(&CALENDAR_UNITS, unit));
            writer.signed(utc_offset_minutes.into());
        }
    }
}

pub(super) fn read_window(reader: &mut Reader<'_>) -> Result<Window, Error> {
    reader.tuple(2, "a window")?;
    let kind: &str = reader.text("a kind of window")?;
    if kind == "rolling" {
        return Ok(Window::Rolling { slots: reader.unsigned("a length in slots")? });
    }
    let unit = CALENDAR_UNITS.iter().find(|(name, _)| *name == kind).ok_or_else(|| reader.wrong("a kind of window before"))?.1;
    let utc_offset_minutes = read_minutes(reader)?;
    Ok(Window::Calendar { unit, utc_offset_minutes })
}

pub(super) fn write_budgeting(writer: &mut Writer, budgeting: Budgeting) {
    match budgeting {
        Budgeting::Occurrences => writer.null(),
        Budgeting::Timeslices { slots, target, missing } => {
            writer.array(3);
            writer.unsigned(slots);
            writer.text(name(&MISSING, missing));
            write_ratio(writer, target);
        }
        Budgeting::RatioTimeslices { slots, missing } => {
            writer.array(2);
            writer.unsigned(slots);
            writer.text(name(&MISSING, missing));
        }
    }
}

pub(super) fn read_budgeting(reader: &mut Reader<'_>) -> Result<Budgeting, Error> {
    let read = reader.optional(|reader| {
        let items = reader.array("how slices are counted")?;
        let (slots, missing) = (reader.unsigned("a length in slots")?, read_name(reader, &MISSING, "what an empty slice is")?);
        match items {
            2 => Ok(Budgeting::RatioTimeslices { slots, missing }),
            3 => Ok(Budgeting::Timeslices { slots, target: read_ratio(reader)?, missing }),
            _ => Err(reader.wrong("a slice's length, what an empty one is, and its target")),
        }
    })?;
    Ok(read.unwrap_or(Budgeting::Occurrences))
}

pub(super) fn write_indicator(writer: &mut Writer, indicator: &Indicator) {
    match indicator {
        Indicator::Events => writer.null(),
        Indicator::Threshold(comparison, value) => write_threshold(writer, Some((*comparison, *value))),
        Indicator::Metrics(MetricRatio { part_is_good, part, total }) => {
            writer.array(3);
            writer.boolean(*part_is_good);
            for selector in [part, total] {
                writer.array(3);
                writer.text(&selector.name);
                write_pairs(writer, &selector.labels);
                write_threshold(writer, selector.threshold);
            }
        }
        Indicator::Spans(SpanSelector { name, attributes, max_duration }) => {
            writer.array(4);
            writer.text("spans");
            writer.text(name);
            write_pairs(writer, attributes);
            match max_duration {
                Some(nanos) => writer.unsigned(*nanos),
                None => writer.null(),
            }
        }
        Indicator::Composite(parts) => {
            writer.array(2);
            writer.text("composite");
            writer.array(parts.len());
            for part in parts {
                writer.array(2);
                writer.text(&part.id);
                writer.unsigned(part.weight.into());
            }
        }
    }
}

pub(super) fn read_indicator(reader: &mut Reader<'_>) -> Result<Indicator, Error> {
    let read = reader.optional(|reader| {
        let items = reader.array("an indicator")?;
        if matches!(reader.shape(), Shape::Boolean) && items == 3 {
            let part_is_good = reader.boolean("whether the part is good")?;
            return Ok(Indicator::Metrics(MetricRatio { part_is_good, part: read_selector(reader)?, total: read_selector(reader)? }));
        }
        let kind: &str = reader.text("a kind of indicator")?;
        match (kind, items) {
            ("spans", 4) => {
                let (name, attributes) = (reader.text("a span name")?, read_pairs(reader)?);
                let max_duration = reader.optional(|reader| reader.unsigned("a duration"))?;
                Ok(Indicator::Spans(SpanSelector { name, attributes, max_duration }))
            }
            ("composite", 2) => Ok(Indicator::Composite(reader.list("the parts", OBJECTIVE_PARTS_MAX, read_part)?)),
            (kind, 2) => match COMPARISONS.iter().find(|(name, _)| *name == kind) {
                Some((_, comparison)) => Ok(Indicator::Threshold(*comparison, reader.double("a threshold")?)),
                None => Err(reader.wrong("a comparison before")),
            },
            _ => Err(reader.wrong("a known indicator")),
        }
    })?;
    Ok(read.unwrap_or(Indicator::Events))
}

fn read_part(reader: &mut Reader<'_>) -> Result<Weighted, Error> {
    reader.tuple(2, "a part and its weight")?;
    let id = reader.text("an objective's id")?;
    let weight = u32::try_from(reader.unsigned("a weight")?).map_err(|_| reader.wrong("a weight below 2^32"))?;
    Ok(Weighted { id, weight })
}

fn read_selector(reader: &mut Reader<'_>) -> Result<MetricSelector, Error> {
    reader.tuple(3, "a family, its labels and a threshold")?;
    let (name, labels) = (reader.text("a family's name")?, read_pairs(reader)?);
    let threshold = reader.optional(|reader| {
        reader.tuple(2, "a comparison and a value")?;
        Ok((read_name(reader, &COMPARISONS, "a comparison")?, reader.double("a threshold")?))
    })?;
    Ok(MetricSelector { name, labels, threshold })
}

fn write_threshold(writer: &mut Writer, threshold: Option<(Comparison, Double)>) {
    let Some((comparison, value)) = threshold else { return writer.null() };
    writer.array(2);
    writer.text(name(&COMPARISONS, comparison));
    writer.double(value);
}

fn write_pairs(writer: &mut Writer, pairs: &[(String, String)]) {
    writer.array(pairs.len());
    for (key, value) in pairs {
        writer.array(2);
        writer.text(key);
        writer.text(value);
    }
}

fn read_pairs(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, Error> {
    reader.list("labels or attributes", LABELS_MAX, |reader| {
        reader.tuple(2, "a name and its value")?;
        Ok((reader.text("a name")?, reader.text("a value")?))
    })
}

/// The alerts, where they are not the standard ones of a window and a target.
pub(super) fn write_alerts(writer: &mut Writer, alerts: &[Alert], standard: &[Alert]) {
    if alerts == standard {
        return writer.null();
    }
    writer.array(alerts.len());
    for alert in alerts {
        let items = if let Condition::Burn { .. } = alert.condition { 6 } else { 3 };
        writer.array(items);
        writer.text(&alert.name);
        writer.text(alert.severity.name());
        match alert.condition {
            Condition::Burn { factor, long, short, minimum_bad } => {
                write_ratio(writer, factor);
                [long, short, minimum_bad].into_iter().for_each(|number| writer.unsigned(number));
            }
            Condition::NoData { after } => writer.unsigned(after),
        }
    }
}

pub(super) fn read_alerts(reader: &mut Reader<'_>, standard: Vec<Alert>) -> Result<Vec<Alert>, Error> {
    Ok(reader.optional(|reader| reader.list("the alerts", ALERTS_MAX, read_alert))?.unwrap_or(standard))
}

fn read_alert(reader: &mut Reader<'_>) -> Result<Alert, Error> {
    let items = reader.array("an alert")?;
    let (name, severity) = (reader.text("an alert's name")?, read_name(reader, &SEVERITIES, "a severity")?);
    let condition = match items {
        3 => Condition::NoData { after: reader.unsigned("a length in slots")? },
        6 => {
            let factor = read_ratio(reader)?;
            let (long, short) = (reader.unsigned("a lookback")?, reader.unsigned("a lookback")?);
            Condition::Burn { factor, long, short, minimum_bad: reader.unsigned("a count")? }
        }
        _ => return Err(reader.wrong("an alert's name, severity and condition")),
    };
    Ok(Alert { name, severity, condition })
}

/// The policy, where it is not the standard one.
pub(super) fn write_policy(writer: &mut Writer, policy: &[PolicyStep]) {
    if policy == PolicyStep::standard() {
        return writer.null();
    }
    writer.array(policy.len());
    for step in policy {
        writer.array(3);
        write_ratio(writer, step.from);
        write_ratio(writer, step.until);
        writer.text(&step.action);
    }
}

pub(super) fn read_policy(reader: &mut Reader<'_>) -> Result<Vec<PolicyStep>, Error> {
    let step = |reader: &mut Reader<'_>| {
        reader.tuple(3, "where a step begins, where it ends, and what is to be done")?;
        Ok(PolicyStep { from: read_ratio(reader)?, until: read_ratio(reader)?, action: reader.text("an action")? })
    };
    Ok(reader.optional(|reader| reader.list("the policy", POLICY_STEPS_MAX, step))?.unwrap_or_else(PolicyStep::standard))
}

pub(super) fn write_exemptions(writer: &mut Writer, exemptions: &[Exemption]) {
    writer.array(exemptions.len());
    for exemption in exemptions {
        writer.array(5);
        writer.text(&exemption.reason);
        writer.unsigned(exemption.start.nanos());
        writer.unsigned(exemption.minutes);
        writer.signed(exemption.utc_offset_minutes.into());
        match &exemption.recurrence {
            Some(rule) => writer.text(&alloc::format!("{rule}")),
            None => writer.null(),
        }
    }
}

pub(super) fn read_exemptions(reader: &mut Reader<'_>) -> Result<Vec<Exemption>, Error> {
    reader.list("the exemptions", EXEMPTIONS_MAX, |reader| {
        reader.tuple(5, "an exemption")?;
        let reason = reader.text("a reason")?;
        let start = Timestamp::from_nanos(reader.unsigned("a time")?).map_err(|_| reader.wrong("a time before 2^63 ns"))?;
        let (minutes, utc_offset_minutes) = (reader.unsigned("a length in minutes")?, read_minutes(reader)?);
        let rule = reader.optional(|reader| reader.text("a recurrence"))?;
        let recurrence = rule.map(|rule: &str| rule.parse().map_err(|_| reader.wrong("a recurrence before"))).transpose()?;
        Ok(Exemption { reason, start, minutes, recurrence, utc_offset_minutes })
    })
}

/// The resolution, where it is not the standard one.
pub(super) fn write_resolution(writer: &mut Writer, resolution: Resolution) {
    if resolution == Resolution::default() {
        return writer.null();
    }
    writer.array(3);
    [resolution.minutes, resolution.five_minutes, resolution.history].into_iter().for_each(|number| writer.unsigned(number));
}

pub(super) fn read_resolution(reader: &mut Reader<'_>) -> Result<Resolution, Error> {
    let read = reader.optional(|reader| {
        reader.tuple(3, "a resolution")?;
        let mut minutes = || reader.unsigned("a length in minutes");
        Ok(Resolution { minutes: minutes()?, five_minutes: minutes()?, history: minutes()? })
    })?;
    Ok(read.unwrap_or_default())
}

pub(super) fn write_dimensions(writer: &mut Writer, dimensions: &[String]) {
    writer.array(dimensions.len());
    dimensions.iter().for_each(|name| writer.text(name));
}

pub(super) fn read_dimensions(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    reader.list("the dimensions", DIMENSIONS_MAX, |reader| reader.text("a dimension"))
}

pub(super) fn write_ratio(writer: &mut Writer, ratio: Ratio) {
    writer.array(2);
    writer.unsigned(ratio.numerator());
    writer.unsigned(ratio.denominator());
}

pub(super) fn read_ratio(reader: &mut Reader<'_>) -> Result<Ratio, Error> {
    reader.tuple(2, "a ratio")?;
    let (numerator, denominator) = (reader.unsigned("a numerator")?, reader.unsigned("a denominator")?);
    Ratio::new(numerator, denominator).map_err(|_| reader.wrong("a denominator above zero before"))
}

fn read_minutes(reader: &mut Reader<'_>) -> Result<i32, Error> {
    i32::try_from(reader.signed("an offset")?).map_err(|_| reader.wrong("an offset in minutes"))
}

pub(super) fn name<T: PartialEq>(names: &'static [(&'static str, T)], value: T) -> &'static str {
    // The tables name every case; the tests read each back.
    names.iter().find(|(_, candidate)| *candidate == value).map_or("", |(name, _)| *name)
}

pub(super) fn read_name<T: Copy>(reader: &mut Reader<'_>, names: &[(&str, T)], what: &str) -> Result<T, Error> {
    let text: &str = reader.text(what)?;
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| reader.wrong(what))
}
