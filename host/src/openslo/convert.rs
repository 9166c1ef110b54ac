//! SLOs become objectives.
//!
//! Deliberately absent: what is written where in OpenSLO, and what sources and alerts mean.

use std::collections::BTreeMap;

use codomyrmex_telemetry::limits::TEXT_BYTES_MAX;
use codomyrmex_telemetry::slo::{Missing, Weighted};
use codomyrmex_telemetry::{Budgeting, Double, Indicator, Objective, Ratio, Window};

use super::annotation::{Ours, agree};
use super::decimal::{Decimal, reduced, shown_target};
use super::field::At;
use super::object::{Metadata, Object, Spec};
use super::resolve::Work;
use super::slo::{Promise, Slices, Slo};
use super::source::{Meaning, OURS, meaning};
use super::window::{TimeWindow, calendar};
use super::{Error, Imported};
use super::{alerts, export};

/// What the objects mean.
pub(super) fn convert(objects: &[Object<'_>]) -> Result<Imported, Error> {
    let mut work = Work::new(objects);
    let mut imported = Imported::default();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for object in objects {
        *imported.objects.entry(object.kind).or_default() += 1;
        let Spec::Slo(slo) = &object.spec else { continue };
        for objective in of_slo(&mut work, &object.metadata, slo)? {
            let place = || format!("{} in line {}", object.label(), object.metadata.at.node.line);
            if let Some(first) = owners.insert(objective.id.clone(), place()) {
                return Err(Error::Twice { id: objective.id, first, second: place() });
            }
            imported.objectives.push(objective);
        }
    }
    imported.left_out = work.finish();
    Ok(imported)
}

/// What all objectives of an SLO have in common.
struct Common<'a> {
    metadata: &'a Metadata<'a>,
    slo: &'a Slo<'a>,
    id: String,
    name: String,
    description: String,
    window: Window,
}

/// The objectives of an SLO.
fn of_slo<'a>(work: &mut Work<'a>, metadata: &'a Metadata<'a>, slo: &'a Slo<'a>) -> Result<Vec<Objective>, Error> {
    let mut ours = Ours::of(metadata)?;
    let Some(given) = &slo.window else {
        work.leave_out(metadata.label(), "all of it", "it has no timeWindow, which an objective needs");
        return Ok(Vec::new());
    };
    let window = match given.window() {
        Ok(window) => window,
        Err(why) => {
            work.leave_out(metadata.label(), "all of it", format!("{}: {why}", given.at().path));
            return Ok(Vec::new());
        }
    };
    let id = ours.id("id", metadata)?;
    let name = name(work, &mut ours, metadata, &id)?;
    let description = slo.description.as_ref().map_or_else(|| Ok(String::new()), |at| at.text().map(|text| cut(work, at, text)))?;
    let nameless = Metadata { display_name: None, ..metadata.clone() };
    work.leave_out_notes(&nameless, false, ours.foreign);
    if slo.service.text()? != OURS {
        work.leave_out_field(&slo.service, "objectives are not grouped by service");
    }
    let window = exact_window(&mut ours, given, window)?;
    let common = Common { metadata, slo, id, name, description, window };
    if slo.indicator.is_some() { several(work, &common, ours) } else { composite(work, &common, ours) }
}

/// The name of an objective for people: the annotation for one that is too long, else the displayName.
fn name<'a>(work: &mut Work<'a>, ours: &mut Ours<'a>, metadata: &Metadata<'a>, id: &str) -> Result<String, Error> {
    let Some(at) = ours.take("name") else {
        let at = At { path: "metadata.displayName".into(), ..metadata.at.clone() };
        return Ok(metadata.display_name.map_or_else(|| id.into(), |name| cut(work, &at, name)));
    };
    let name = at.text()?;
    agree(&at, &metadata.at, export::display_name(name) == metadata.display_name)?;
    Ok(name.into())
}

/// The window with an offset that no zone has.
fn exact_window(ours: &mut Ours<'_>, given: &TimeWindow<'_>, window: Window) -> Result<Window, Error> {
    let Window::Calendar { unit, utc_offset_minutes: offset } = window else { return Ok(window) };
    let Some(at) = ours.take("utc-offset-minutes") else { return Ok(window) };
    let exact = at.text()?.parse().map_err(|_| at.refuse("a whole number in quotes is needed here"))?;
    let is_possible = (-18 * 60..=18 * 60).contains(&exact);
    agree(&at, given.at(), is_possible && calendar(unit, exact).3 == offset)?;
    Ok(Window::Calendar { unit, utc_offset_minutes: exact })
}

/// The objectives of an SLO with an indicator of its own: most often one.
fn several<'a>(work: &mut Work<'a>, common: &Common<'a>, mut ours: Ours<'a>) -> Result<Vec<Objective>, Error> {
    let slo = common.slo;
    let Some((called, sli)) = slo.indicator.as_ref().and_then(|indicator| work.sli(indicator)) else {
        work.leave_out(common.metadata.label(), "all of it", "its indicator is not known");
        return Ok(Vec::new());
    };
    leave_out_sli_notes(work, called, sli.described)?;
    let is_single = slo.objectives.len() == 1;
    let meant = meaning(work, &sli.metric)?;
    let mut objectives = Vec::new();
    for (number, promise) in (1..).zip(&slo.objectives) {
        let Some(indicator) = indicator(work, promise, &meant)? else { continue };
        if matches!(meant, Meaning::Values) && !is_single {
            return Err(promise.at.refuse("of a thresholdMetric there is exactly one objective"));
        }
        let target = if is_single { ours.exact("target", &promise.target.0, promise.target.1, shown_target)? } else { promise.target.1 };
        let id = if number == 1 { common.id.clone() } else { format!("{}-{number}", common.id) };
        let mut objective = base(common, id, indicator, target);
        match promise.display_name {
            Some(shown) if !is_single => objective.name = cut(work, &promise.at, &format!("{}: {shown}", common.name)),
            Some(_) => work.leave_out(
                common.metadata.label(),
                format!("{}.displayName", promise.at.path),
                "an SLO of one objective gives it its name",
            ),
            None => {}
        }
        if let Some((at, _)) = &promise.weight {
            work.leave_out_field(at, "only parts of a composite have a weight");
        }
        let exact = if is_single { Some(&mut ours) } else { None };
        let Some(budgeting) = budgeting(work, promise, exact)? else { continue };
        objective.budgeting = budgeting;
        objectives.push(objective);
    }
    finish(work, common, ours, objectives)
}

/// A composite, after the parts that it brings along.
fn composite<'a>(work: &mut Work<'a>, common: &Common<'a>, mut ours: Ours<'a>) -> Result<Vec<Objective>, Error> {
    let slo = common.slo;
    let weights = weights(&slo.objectives);
    let mut parts = Vec::new();
    let mut objectives = Vec::new();
    let mut is_whole = true;
    let mut budget = None;
    for (number, promise) in (1..).zip(&slo.objectives) {
        let first = if number == 1 { Some(&mut ours) } else { None };
        let own = budgeting(work, promise, first)?;
        let known = promise.indicator.as_ref().and_then(|indicator| work.sli(indicator));
        let (Some(budgeting), Some((called, sli))) = (own, known) else {
            is_whole = false;
            continue;
        };
        leave_out_sli_notes(work, called, sli.described)?;
        let whole = *budget.get_or_insert(budgeting);
        let meant = meaning(work, &sli.metric)?;
        let mut part = format!("{}-{number}", common.id);
        if let Meaning::Objective(id) = &meant {
            part.clone_from(id);
        } else {
            let Some(indicator) = indicator(work, promise, &meant)? else {
                is_whole = false;
                continue;
            };
            let mut objective = base(common, part.clone(), indicator, promise.target.1);
            let shown = promise.display_name.or(called.display_name).unwrap_or(called.name);
            objective.name = cut(work, &promise.at, &format!("{}: {shown}", common.name));
            objective.budgeting = budgeting;
            if whole != budgeting {
                work.leave_out_field(&promise.at, "its time slices are not those of the first objective, which the composite takes");
            }
            objectives.push(objective);
        }
        parts.push(part);
    }
    let (Some(weights), Some(budgeting), true) = (weights, budget, is_whole) else {
        work.leave_out(
            common.metadata.label(),
            "the composite",
            "not all of its parts could be understood, or its weights take more than 32 bits",
        );
        return finish_parts(work, common, objectives);
    };
    let Some(mean) = mean(&slo.objectives, &weights) else {
        work.leave_out(common.metadata.label(), "the composite", "the mean of its targets by weight takes more than 64 bits");
        return finish_parts(work, common, objectives);
    };
    let mut objectives = finish_parts(work, common, objectives)?;
    let target = ours.exact("target", &slo.at, mean, shown_target)?;
    let weighted = parts.into_iter().zip(weights).map(|(id, weight)| Weighted { id, weight }).collect();
    let whole = Objective { budgeting, ..base(common, common.id.clone(), Indicator::Composite(weighted), target) };
    objectives.extend(finish(work, common, ours, vec![whole])?);
    Ok(objectives)
}

/// An objective without alerts.
fn base(common: &Common<'_>, id: String, indicator: Indicator, target: Ratio) -> Objective {
    Objective {
        name: common.name.clone(),
        description: common.description.clone(),
        indicator,
        alerts: Vec::new(),
        ..Objective::new(&id, target, common.window)
    }
}

/// Adds terms and alerts; leaves out what the ledger would not take.
fn finish<'a>(work: &mut Work<'a>, common: &Common<'a>, mut ours: Ours<'a>, all: Vec<Objective>) -> Result<Vec<Objective>, Error> {
    let mut terms = Objective::new(&common.id, Ratio::new(1, 2)?, common.window);
    if let Some(objective) = all.first() {
        terms.budgeting = objective.budgeting;
    }
    ours.apply(&mut terms)?;
    let missing = match terms.budgeting {
        Budgeting::Occurrences => Missing::Ignored,
        Budgeting::Timeslices { missing, .. } | Budgeting::RatioTimeslices { missing, .. } => missing,
    };
    // Of an SLO of which nothing became anything, what they make exact was not looked at.
    if !all.is_empty() {
        ours.end()?;
    }
    let with_terms = all.into_iter().map(|objective| Objective {
        version: terms.version,
        minimum: terms.minimum,
        sli_type: terms.sli_type,
        dimensions: terms.dimensions.clone(),
        policy: terms.policy.clone(),
        exemptions: terms.exemptions.clone(),
        resolution: terms.resolution,
        budgeting: objective.budgeting.with_missing(missing),
        ..objective
    });
    let mut taken = finish_parts(work, common, with_terms.collect())?;
    let alerts = alerts::of_slo(work, &common.slo.policies)?;
    for objective in &mut taken {
        alerts::add(work, &common.metadata.label(), objective, &alerts);
    }
    Ok(taken)
}

/// Leaves out what the ledger would not take.
fn finish_parts<'a>(work: &mut Work<'a>, common: &Common<'a>, all: Vec<Objective>) -> Result<Vec<Objective>, Error> {
    let mut taken = Vec::new();
    for objective in all {
        match objective.check() {
            Ok(()) => taken.push(objective),
            Err(why) => work.leave_out(common.metadata.label(), format!("the objective '{}'", objective.id), why.to_string()),
        }
    }
    Ok(taken)
}

/// The indicator of an objective, from what its metric means.
fn indicator<'a>(work: &mut Work<'a>, promise: &Promise<'a>, meant: &Meaning) -> Result<Option<Indicator>, Error> {
    match (meant, &promise.comparison, &promise.value) {
        (Meaning::Objective(_), ..) => Err(promise.at.refuse("an objective can be a part of a composite, not the indicator of an SLO")),
        (Meaning::Values, Some((_, comparison)), Some((_, value))) => Ok(Some(Indicator::Threshold(*comparison, Double::new(*value)))),
        (Meaning::Values, ..) => {
            work.leave_out_field(&promise.at, "of a thresholdMetric an objective says 'op' and 'value'; this one cannot be judged");
            Ok(None)
        }
        (Meaning::Indicator(indicator), comparison, value) => {
            let idle = [comparison.as_ref().map(|(at, _)| at), value.as_ref().map(|(at, _)| at)];
            for at in idle.into_iter().flatten() {
                work.leave_out_field(at, "it has no meaning beside a ratioMetric");
            }
            Ok(Some(indicator.clone()))
        }
    }
}

/// What the budget is counted in; `None` where slices have no length.
fn budgeting<'a>(work: &mut Work<'a>, promise: &Promise<'a>, ours: Option<&mut Ours<'a>>) -> Result<Option<Budgeting>, Error> {
    let no_length = |work: &mut Work<'a>, at: &At<'a>| {
        work.leave_out_field(at, "months, quarters and years have no one length; the objective is left out");
    };
    match &promise.slices {
        Slices::Occurrences(idle) => {
            for at in idle {
                work.leave_out_field(at, "it has no meaning where the budget is counted in events");
            }
            Ok(Some(Budgeting::Occurrences))
        }
        Slices::Timeslices(length, at, given) => {
            let target = ours.map_or(Ok(*given), |ours| ours.exact("time-slice-target", at, *given, export::shown_slice_target))?;
            if length.minutes.is_none() {
                no_length(work, &length.at);
            }
            Ok(length.minutes.map(|slots| Budgeting::Timeslices { slots, target, missing: Missing::Ignored }))
        }
        Slices::RatioTimeslices(length, idle) => {
            for at in idle {
                work.leave_out_field(at, "it has no meaning where slices count by their share");
            }
            if length.minutes.is_none() {
                no_length(work, &length.at);
            }
            Ok(length.minutes.map(|slots| Budgeting::RatioTimeslices { slots, missing: Missing::Ignored }))
        }
    }
}

/// The weights of parts as whole numbers: as they are, or where there are decimals the smallest that are to
/// each other as they are.
fn weights(promises: &[Promise<'_>]) -> Option<Vec<u32>> {
    let one = Ratio::new(1, 1).ok()?;
    let given = promises.iter().map(|promise| promise.weight.as_ref().map_or(Some(one), |(_, weight)| weight.ratio()));
    let given: Vec<Ratio> = given.collect::<Option<_>>()?;
    if promises.iter().all(|promise| promise.weight.as_ref().is_none_or(|(_, weight)| Decimal::is_whole(*weight))) {
        return given.iter().map(|weight| u32::try_from(weight.numerator()).ok()).collect();
    }
    let below = given
        .iter()
        .try_fold(1u128, |all, weight| all.checked_mul(u128::from(weight.denominator()) / common(all, weight.denominator().into())))?;
    let scaled = given.iter().map(|weight| u128::from(weight.numerator()).checked_mul(below / u128::from(weight.denominator())));
    let scaled: Vec<u128> = scaled.collect::<Option<_>>()?;
    let shared = scaled.iter().fold(0, |all, weight| common(all, *weight)).max(1);
    scaled.iter().map(|weight| u32::try_from(weight / shared).ok()).collect()
}

/// The mean of targets by weight.
fn mean(promises: &[Promise<'_>], weights: &[u32]) -> Option<Ratio> {
    let first = promises.first()?.target.1;
    if promises.iter().all(|promise| promise.target.1 == first) {
        return Some(first);
    }
    let (mut above, mut below) = (0u128, 1u128);
    for (promise, weight) in promises.iter().zip(weights) {
        let (n, d) = (u128::from(promise.target.1.numerator()), u128::from(promise.target.1.denominator()));
        above = above.checked_mul(d)?.checked_add(u128::from(*weight).checked_mul(n)?.checked_mul(below)?)?;
        below = below.checked_mul(d)?;
        let shared = common(above, below).max(1);
        (above, below) = (above / shared, below / shared);
    }
    reduced(above, below.checked_mul(weights.iter().map(|weight| u128::from(*weight)).sum())?)
}

/// The greatest common divisor.
const fn common(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn leave_out_sli_notes<'a>(work: &mut Work<'a>, called: &'a Metadata<'a>, described: bool) -> Result<(), Error> {
    let ours = Ours::of(called)?;
    work.leave_out_notes(called, described, ours.foreign);
    ours.end()
}

/// A text for people, as much of it as the ledger keeps.
fn cut<'a>(work: &mut Work<'a>, at: &At<'a>, text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.into();
    }
    work.leave_out_field(at, format!("of a text for people {TEXT_BYTES_MAX} bytes are kept"));
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().into()
}
