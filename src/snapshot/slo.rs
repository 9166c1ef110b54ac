//! Objectives in canonical form, in their own order, each with its slots by minute.

use super::cbor::{Reader, Writer};
use crate::limits::{OBJECTIVES_MAX, SLOTS_MAX};
use crate::slo::{Budgeting, CalendarUnit, Comparison, Counts, Indicator, Objective, Objectives, SLOT_NS, SliType, Slots, Window};
use crate::{Error, Ratio, Timestamp};

const SLI_TYPES: [(&str, SliType); 5] = [
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

pub(super) fn write(writer: &mut Writer, objectives: &Objectives) {
    writer.array(objectives.0.len());
    for (objective, slots) in &objectives.0 {
        write_objective(writer, objective, slots);
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Objectives, Error> {
    Ok(Objectives(reader.list("the objectives", OBJECTIVES_MAX, read_objective)?.into_iter().collect()))
}

fn write_objective(writer: &mut Writer, objective: &Objective, slots: &Slots) {
    writer.map(10);
    writer.text("id");
    writer.text(&objective.id);
    writer.text("name");
    writer.text(&objective.name);
    writer.text("slots");
    writer.array(slots.counts.len());
    for (slot, counts) in &slots.counts {
        writer.array(3);
        writer.unsigned(*slot);
        writer.unsigned(counts.good);
        writer.unsigned(counts.bad);
    }
    writer.text("target");
    write_ratio(writer, objective.target);
    writer.text("window");
    match objective.window {
        Window::Rolling { slots } => {
            writer.array(2);
            writer.text("rolling");
            writer.unsigned(slots);
        }
        Window::Calendar { unit, utc_offset_minutes } => {
            writer.array(2);
            writer.text(name(&CALENDAR_UNITS, unit));
            writer.signed(utc_offset_minutes.into());
        }
    }
    writer.text("expired");
    writer.array(2);
    writer.unsigned(slots.expired.good);
    writer.unsigned(slots.expired.bad);
    writer.text("sli-type");
    writer.text(name(&SLI_TYPES, objective.sli_type));
    writer.text("budgeting");
    match objective.budgeting {
        Budgeting::Occurrences => writer.null(),
        Budgeting::Timeslices { slots, target } => {
            writer.array(2);
            writer.unsigned(slots);
            write_ratio(writer, target);
        }
    }
    writer.text("threshold");
    match objective.indicator {
        Indicator::Events => writer.null(),
        Indicator::Threshold(comparison, value) => {
            writer.array(2);
            writer.text(name(&COMPARISONS, comparison));
            writer.double(value);
        }
    }
    writer.text("description");
    writer.text(&objective.description);
}

fn read_objective(reader: &mut Reader<'_>) -> Result<(Objective, Slots), Error> {
    reader.map(10)?;
    reader.key("id")?;
    let id = reader.text("an id")?;
    reader.key("name")?;
    let name = reader.text("a name")?;
    reader.key("slots")?;
    let mut slots = Slots::default();
    for (slot, counts) in reader.list("the slots", SLOTS_MAX, read_slot)? {
        slots.counts.insert(slot, counts);
    }
    reader.key("target")?;
    let target = read_ratio(reader)?;
    reader.key("window")?;
    let window = read_window(reader)?;
    reader.key("expired")?;
    reader.tuple(2, "two counts")?;
    let expired = Counts { good: reader.unsigned("a count")?, bad: reader.unsigned("a count")? };
    reader.key("sli-type")?;
    let sli_type = read_name(reader, &SLI_TYPES, "a kind of indicator")?;
    reader.key("budgeting")?;
    let budgeting = reader.optional(|reader| {
        reader.tuple(2, "a slice and its target")?;
        Ok(Budgeting::Timeslices { slots: reader.unsigned("a length in slots")?, target: read_ratio(reader)? })
    })?;
    reader.key("threshold")?;
    let indicator = reader.optional(|reader| {
        reader.tuple(2, "a comparison and a value")?;
        Ok(Indicator::Threshold(read_name(reader, &COMPARISONS, "a comparison")?, reader.double("a value")?))
    })?;
    reader.key("description")?;
    let description = reader.text("a description")?;
    let budgeting = budgeting.unwrap_or(Budgeting::Occurrences);
    let indicator = indicator.unwrap_or(Indicator::Events);
    let objective = Objective { id, name, description, sli_type, indicator, target, window, budgeting };
    objective.check().map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    let mut checked = Slots::default();
    checked.merge(objective.window, &slots); // what no window reaches would move to `expired`, and not read back alike
    checked.expired.add(expired);
    Ok((objective, checked))
}

fn read_slot(reader: &mut Reader<'_>) -> Result<(u64, Counts), Error> {
    reader.tuple(3, "a slot")?;
    let slot = reader.unsigned("a minute")?;
    if slot > Timestamp::MAX.nanos() / SLOT_NS {
        return Err(reader.wrong("a minute before 2^63 ns"));
    }
    let counts = Counts { good: reader.unsigned("a count")?, bad: reader.unsigned("a count")? };
    if counts.total() == 0 { Err(reader.wrong("a slot in which something happened")) } else { Ok((slot, counts)) }
}

fn read_window(reader: &mut Reader<'_>) -> Result<Window, Error> {
    reader.tuple(2, "a window")?;
    let kind = reader.text("a kind of window")?;
    if kind == "rolling" {
        return Ok(Window::Rolling { slots: reader.unsigned("a length in slots")? });
    }
    let unit = CALENDAR_UNITS.iter().find(|(name, _)| *name == kind).ok_or_else(|| reader.wrong("a kind of window before"))?.1;
    let utc_offset_minutes = i32::try_from(reader.signed("an offset")?).map_err(|_| reader.wrong("an offset in minutes"))?;
    Ok(Window::Calendar { unit, utc_offset_minutes })
}

fn write_ratio(writer: &mut Writer, ratio: Ratio) {
    writer.array(2);
    writer.unsigned(ratio.numerator());
    writer.unsigned(ratio.denominator());
}

fn read_ratio(reader: &mut Reader<'_>) -> Result<Ratio, Error> {
    reader.tuple(2, "a ratio")?;
    let (numerator, denominator) = (reader.unsigned("a numerator")?, reader.unsigned("a denominator")?);
    Ratio::new(numerator, denominator).map_err(|_| reader.wrong("a denominator above zero before"))
}

fn name<T: PartialEq>(names: &'static [(&'static str, T)], value: T) -> &'static str {
    // The tables name every case; `tests` reads each back.
    names.iter().find(|(_, candidate)| *candidate == value).map_or("", |(name, _)| *name)
}

fn read_name<T: Copy>(reader: &mut Reader<'_>, names: &[(&str, T)], what: &str) -> Result<T, Error> {
    let text = reader.text(what)?;
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| reader.wrong(what))
}
