//! Objectives in canonical form, in their own order, each with what was recorded of it.
//!
//! Deliberately absent: how terms are written; see `objective`.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::cbor::{Reader, Writer};
use super::objective::{self, SLI_TYPES, name, read_name};
use crate::id::{SpanId, TraceId, hash};
use crate::limits::{DIMENSION_VALUES_MAX, DIMENSIONS_MAX, OBJECTIVES_MAX, SAMPLES_MAX, SLICES, SLOTS_MAX};
use crate::slo::{Alert, Counts, Keeping, Kept, Objective, Objectives, Patterns, Slice, Slots, Stood, Tracked, Values, slice_ns};
use crate::{Error, Timestamp};

pub(super) fn write(writer: &mut Writer, objectives: &Objectives) {
    writer.array(objectives.0.len());
    for (objective, tracked) in &objectives.0 {
        write_objective(writer, objective, tracked);
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Objectives, Error> {
    let objectives = reader.list("the objectives", OBJECTIVES_MAX, read_objective)?;
    Ok(Objectives(objectives.into_iter().map(|(objective, tracked)| (Arc::new(objective), tracked)).collect()))
}

fn write_objective(writer: &mut Writer, objective: &Objective, tracked: &Tracked) {
    writer.map(19);
    writer.key("id");
    writer.text(&objective.id);
    writer.key("name");
    writer.text(&objective.name);
    writer.key("slots");
    write_slots(writer, &tracked.slots);
    writer.key("alerts");
    objective::write_alerts(writer, &objective.alerts, &Alert::standard(objective.window, objective.target));
    writer.key("exempt");
    write_slots(writer, &tracked.exempt);
    writer.key("policy");
    objective::write_policy(writer, &objective.policy);
    writer.key("target");
    objective::write_ratio(writer, objective.target);
    writer.key("window");
    objective::write_window(writer, objective.window);
    writer.key("minimum");
    writer.unsigned(objective.minimum);
    writer.key("version");
    writer.unsigned(objective.version.into());
    writer.key("patterns");
    write_patterns(writer, &tracked.patterns);
    writer.key("sli-type");
    writer.text(name(&SLI_TYPES, objective.sli_type));
    writer.key("budgeting");
    objective::write_budgeting(writer, objective.budgeting);
    writer.key("indicator");
    objective::write_indicator(writer, &objective.indicator);
    writer.key("uncounted");
    writer.unsigned(tracked.uncounted);
    writer.key("dimensions");
    objective::write_dimensions(writer, &objective.dimensions);
    writer.key("exemptions");
    objective::write_exemptions(writer, &objective.exemptions);
    writer.key("resolution");
    objective::write_resolution(writer, objective.resolution);
    writer.key("description");
    writer.text(&objective.description);
}

fn read_objective(reader: &mut Reader<'_>) -> Result<(Objective, Tracked), Error> {
    reader.map(19)?;
    reader.key("id")?;
    let id = reader.text("an id")?;
    reader.key("name")?;
    let name = reader.text("a name")?;
    reader.key("slots")?;
    let slots = read_slots(reader)?;
    reader.key("alerts")?;
    let mut after = reader.clone(); // what is standard depends on what comes later
    reader.skip()?;
    reader.key("exempt")?;
    let exempt = read_slots(reader)?;
    reader.key("policy")?;
    let policy = objective::read_policy(reader)?;
    reader.key("target")?;
    let target = objective::read_ratio(reader)?;
    reader.key("window")?;
    let window = objective::read_window(reader)?;
    let alerts = objective::read_alerts(&mut after, Alert::standard(window, target))?;
    reader.key("minimum")?;
    let minimum = reader.unsigned("a number of events")?;
    reader.key("version")?;
    let version = u32::try_from(reader.unsigned("a version")?).map_err(|_| reader.wrong("a version below 2^32"))?;
    reader.key("patterns")?;
    let patterns = read_patterns(reader)?;
    reader.key("sli-type")?;
    let sli_type = read_name(reader, &SLI_TYPES, "a kind of indicator")?;
    reader.key("budgeting")?;
    let budgeting = objective::read_budgeting(reader)?;
    reader.key("indicator")?;
    let indicator = objective::read_indicator(reader)?;
    reader.key("uncounted")?;
    let uncounted = reader.unsigned("a count")?;
    reader.key("dimensions")?;
    let dimensions = objective::read_dimensions(reader)?;
    reader.key("exemptions")?;
    let exemptions = objective::read_exemptions(reader)?;
    reader.key("resolution")?;
    let resolution = objective::read_resolution(reader)?;
    reader.key("description")?;
    let description = reader.text("a description")?;
    let objective = Objective {
        id,
        version,
        name,
        description,
        sli_type,
        indicator,
        target,
        window,
        budgeting,
        minimum,
        dimensions,
        alerts,
        policy,
        exemptions,
        resolution,
    };
    objective.check().map_err(|why| Error::Malformed(alloc::format!("{why}")))?;
    let mut tracked = Tracked { slots, exempt, patterns, uncounted };
    // What no window reaches would move to `expired`, and not read back alike.
    let keeping = Keeping::new(&objective);
    tracked.slots.cut(&keeping);
    tracked.exempt.cut(&keeping);
    check_patterns(reader, &objective, &tracked.patterns)?;
    Ok((objective, tracked))
}

fn write_slots(writer: &mut Writer, slots: &Slots) {
    writer.array(2);
    write_counts(writer, slots.expired());
    writer.array(slots.len());
    for (start, counts) in slots.iter() {
        writer.array(3);
        writer.unsigned(start);
        writer.unsigned(counts.good);
        writer.unsigned(counts.bad);
    }
}

fn read_slots(reader: &mut Reader<'_>) -> Result<Slots, Error> {
    reader.tuple(2, "what expired, and the slots")?;
    let expired = read_counts(reader)?;
    let slots = reader.list("the slots", SLOTS_MAX, |reader| {
        reader.tuple(3, "a slot")?;
        let start = reader.unsigned("a minute")?;
        let counts = Counts { good: reader.unsigned("a count")?, bad: reader.unsigned("a count")? };
        if counts.total() == 0 { Err(reader.wrong("a slot in which something happened")) } else { Ok((start, counts)) }
    })?;
    Slots::from_parts(&slots, expired).ok_or_else(|| reader.wrong("slots in order, before 2^63 ns, before"))
}

fn write_patterns(writer: &mut Writer, patterns: &Patterns) {
    writer.array(patterns.slices.len());
    for (number, slice) in &patterns.slices {
        writer.array(4);
        writer.unsigned(*number);
        writer.array(slice.dimensions.len());
        for values in &slice.dimensions {
            writer.array(2);
            write_counts(writer, values.others);
            writer.array(values.kept.len());
            for (_, value, counts) in &values.kept {
                writer.array(3);
                writer.text(value);
                writer.unsigned(counts.good);
                writer.unsigned(counts.bad);
            }
        }
        [&slice.good, &slice.bad].into_iter().for_each(|class| write_class(writer, class));
    }
}

fn write_class(writer: &mut Writer, class: &Kept) {
    writer.array(2);
    writer.unsigned(class.left_out);
    writer.array(class.samples.len());
    for sample in &class.samples {
        writer.array(3);
        writer.array(sample.values.len());
        sample.values.iter().for_each(|value| writer.text(value));
        match sample.context {
            Some((trace, span)) => {
                writer.array(2);
                writer.bytes(&trace.get().to_be_bytes());
                writer.unsigned(span.get());
            }
            None => writer.null(),
        }
        writer.unsigned(sample.count);
    }
}

fn read_patterns(reader: &mut Reader<'_>) -> Result<Patterns, Error> {
    let slices = reader.list("what events were like", SLICES as usize + 1, |reader| {
        reader.tuple(4, "a slice of time")?;
        let number = reader.unsigned("a slice's number")?;
        let dimensions = reader.list("the dimensions", DIMENSIONS_MAX, read_values)?;
        Ok((number, Slice { dimensions, good: read_class(reader)?, bad: read_class(reader)? }))
    })?;
    Ok(Patterns { slices: slices.into_iter().collect() })
}

fn read_values(reader: &mut Reader<'_>) -> Result<Values, Error> {
    reader.tuple(2, "other values, and those that are kept")?;
    let others = read_counts(reader)?;
    let kept = reader.list("the values", DIMENSION_VALUES_MAX, |reader| {
        reader.tuple(3, "a value and its counts")?;
        let value: &str = reader.text("a value")?;
        let counts = Counts { good: reader.unsigned("a count")?, bad: reader.unsigned("a count")? };
        Ok((hash(value.as_bytes()), Arc::<str>::from(value), counts))
    })?;
    let rising = kept.iter().zip(kept.iter().skip(1)).all(|((a, a_text, _), (b, b_text, _))| (a, a_text) < (b, b_text));
    let is_some = kept.iter().all(|(_, _, counts)| counts.total() > 0);
    let has_reason = others.total() == 0 || kept.len() == DIMENSION_VALUES_MAX;
    if rising && is_some && has_reason {
        Ok(Values { kept, others })
    } else {
        Err(reader.wrong("values by their hash, none left out before they are many, before"))
    }
}

fn read_class(reader: &mut Reader<'_>) -> Result<Kept, Error> {
    reader.tuple(2, "how many are left out, and samples")?;
    let left_out = reader.unsigned("a count")?;
    let samples = reader.list("the samples", SAMPLES_MAX, |reader| {
        reader.tuple(3, "a sample")?;
        let values: Vec<String> = reader.list("its values", DIMENSIONS_MAX, |reader| reader.text("a value"))?;
        let context = reader.optional(|reader| {
            reader.tuple(2, "a trace and a span")?;
            let wrong = |_| Error::Malformed("an id of zeros".into());
            let trace = <[u8; 16]>::try_from(reader.bytes("a trace")?).map_err(|_| reader.wrong("a trace of 16 bytes before"))?;
            Ok((TraceId::new(u128::from_be_bytes(trace)).map_err(wrong)?, SpanId::new(reader.unsigned("a span")?).map_err(wrong)?))
        })?;
        let count = reader.unsigned("a count")?;
        if count == 0 { Err(reader.wrong("a sample of something before")) } else { Ok(Stood::new(values.into(), context, count)) }
    })?;
    let rising = samples.iter().zip(samples.iter().skip(1)).all(|(a, b)| a.is_before(b));
    let has_reason = left_out == 0 || samples.len() == SAMPLES_MAX;
    if rising && has_reason {
        Ok(Kept { samples, left_out })
    } else {
        Err(reader.wrong("samples by their hash, none left out before they are many, before"))
    }
}

/// Whether what is known of events is what an objective's terms ask for, in a window's time.
fn check_patterns(reader: &Reader<'_>, objective: &Objective, patterns: &Patterns) -> Result<(), Error> {
    let Some(((first, _), (last, _))) = patterns.slices.first_key_value().zip(patterns.slices.last_key_value()) else { return Ok(()) };
    let width = objective.dimensions.len();
    let is_near = last - first <= SLICES && *last <= Timestamp::MAX.nanos() / slice_ns(objective);
    let fits = |slice: &Slice| {
        let mut samples = slice.good.samples.iter().chain(&slice.bad.samples);
        slice.dimensions.len() == width && samples.all(|sample| sample.values.len() == width)
    };
    let is_some = |slice: &Slice| !(slice.good.samples.is_empty() && slice.bad.samples.is_empty());
    if width > 0 && is_near && patterns.slices.values().all(|slice| fits(slice) && is_some(slice)) {
        return Ok(());
    }
    Err(reader.wrong("what events of this objective can have been like before"))
}

fn write_counts(writer: &mut Writer, counts: Counts) {
    writer.array(2);
    writer.unsigned(counts.good);
    writer.unsigned(counts.bad);
}

fn read_counts(reader: &mut Reader<'_>) -> Result<Counts, Error> {
    reader.tuple(2, "two counts")?;
    Ok(Counts { good: reader.unsigned("a count")?, bad: reader.unsigned("a count")? })
}
