//! SLOs as OpenSLO v1 writes them.
//!
//! Deliberately absent: what they are here; see `convert`.

use codomyrmex_telemetry::{Comparison, Ratio};

use super::Error;
use super::decimal::Decimal;
use super::field::{At, COMPARISONS, Fields};
use super::object::{Kind, Referred, read_here, read_referred};
use super::policy::Policy;
use super::sli::Sli;
use super::window::TimeWindow;

/// Objectives of one SLO, and policies. Every objective gets the alerts of every policy, and the ledger
/// takes 16 of each.
const ITEMS_MAX: usize = 64;

/// The spec of an SLO.
#[derive(Debug)]
pub(super) struct Slo<'a> {
    pub(super) at: At<'a>,
    pub(super) description: Option<At<'a>>,
    pub(super) service: At<'a>,
    pub(super) indicator: Option<Referred<'a, Sli<'a>>>,
    pub(super) window: Option<TimeWindow<'a>>,
    pub(super) objectives: Vec<Promise<'a>>,
    pub(super) policies: Vec<Referred<'a, Policy<'a>>>,
}

/// What a budget is counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

/// One of the objectives of an SLO.
#[derive(Debug)]
pub(super) struct Promise<'a> {
    pub(super) at: At<'a>,
    pub(super) display_name: Option<&'a str>,
    pub(super) comparison: Option<(At<'a>, Comparison)>,
    pub(super) value: Option<(At<'a>, f64)>,
    pub(super) target: (At<'a>, Ratio), // below 1
    pub(super) slices: Slices<'a>,
    pub(super) indicator: Option<Referred<'a, Sli<'a>>>,
    pub(super) weight: Option<(At<'a>, Decimal)>, // above 0
}

/// What a budget is counted in, with what that needs.
#[derive(Debug)]
pub(super) enum Slices<'a> {
    Occurrences(Vec<At<'a>>), // fields that have no meaning then
    Timeslices(SliceLength<'a>, At<'a>, Ratio),
    RatioTimeslices(SliceLength<'a>, Vec<At<'a>>),
}

/// The length of a slice in minutes; `None` where it has none.
#[derive(Debug)]
pub(super) struct SliceLength<'a> {
    pub(super) at: At<'a>,
    pub(super) minutes: Option<u64>,
}

impl<'a> Slo<'a> {
    /// Reads the spec of an SLO.
    pub(super) fn read(at: &At<'a>) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let description = fields.take("description");
        if let Some(description) = &description {
            description.description()?;
        }
        let service = fields.need("service")?;
        service.filled()?;
        let indicator = read_indicator(&mut fields)?;
        let window = fields.take("timeWindow").map(|at| TimeWindow::read(&at)).transpose()?;
        let methods =
            [("Occurrences", Method::Occurrences), ("Timeslices", Method::Timeslices), ("RatioTimeslices", Method::RatioTimeslices)];
        let method = fields.need("budgetingMethod")?.one_of(&methods)?;
        let list = fields.need("objectives")?;
        let objectives = few(&list)?.iter().map(|at| Promise::read(at, method)).collect::<Result<Vec<_>, _>>()?;
        if objectives.is_empty() {
            return Err(list.refuse("at least one objective is needed"));
        }
        let policies = fields.take("alertPolicies").map_or_else(|| Ok(Vec::new()), |at| few(&at))?;
        let read = |at: &At<'a>| read_referred(at, Kind::AlertPolicy, "alertPolicyRef", Policy::read);
        let policies = policies.iter().map(read).collect::<Result<_, _>>()?;
        fields.end()?;
        let is_composite = objectives.iter().any(|objective| objective.indicator.is_some());
        let bare = objectives.iter().find(|objective| objective.indicator.is_none());
        match (indicator.is_some(), is_composite, bare) {
            (true, true, _) => return Err(at.refuse("an indicator of the SLO and one of an objective exclude each other")),
            (false, false, _) => return Err(at.refuse("the field 'indicator' or 'indicatorRef' is missing")),
            (_, true, Some(bare)) => return Err(bare.at.refuse("of a composite every objective needs its 'indicator' or 'indicatorRef'")),
            _ => {}
        }
        Ok(Self { at: at.clone(), description, service, indicator, window, objectives, policies })
    }
}

/// The items of a list that is not too long.
fn few<'a>(at: &At<'a>) -> Result<Vec<At<'a>>, Error> {
    let items = at.list()?;
    if items.len() > ITEMS_MAX {
        return Err(at.refuse(format!("of an SLO at most {ITEMS_MAX} are read, and there are {}; make several SLOs of it", items.len())));
    }
    Ok(items)
}

/// Takes `indicator` or `indicatorRef`.
fn read_indicator<'a>(fields: &mut Fields<'a>) -> Result<Option<Referred<'a, Sli<'a>>>, Error> {
    match (fields.take("indicator"), fields.take("indicatorRef")) {
        (Some(_), Some(reference)) => Err(reference.refuse("'indicator' and 'indicatorRef' exclude each other; take one out")),
        (None, None) => Ok(None),
        (None, Some(reference)) => {
            let name = reference.name()?;
            Ok(Some(Referred::There(reference, name)))
        }
        (Some(at), None) => {
            let mut fields = at.fields()?;
            if let Some(kind) = fields.take("kind") {
                kind.one_of(&[("SLI", ())])?;
            }
            read_here(fields, Kind::Sli, Sli::read).map(Some)
        }
    }
}

impl<'a> Promise<'a> {
    fn read(at: &At<'a>, method: Method) -> Result<Self, Error> {
        let mut fields = at.fields()?;
        let display_name = fields.take("displayName").map(|at| at.text()).transpose()?;
        let comparison = fields.take("op").map(|at| at.one_of(&COMPARISONS).map(|comparison| (at, comparison))).transpose()?;
        let value = fields.take("value").map(|at| at.double().map(|value| (at, value))).transpose()?;
        let target = match (fields.take("target"), fields.take("targetPercent")) {
            (Some(at), None) => share(&at, at.decimal()?).map(|ratio| (at, ratio))?,
            (None, Some(at)) => share(&at, at.decimal()?.percent()).map(|ratio| (at, ratio))?,
            _ => return Err(at.refuse("exactly one of 'target' and 'targetPercent' is needed")),
        };
        if target.1.numerator() >= target.1.denominator() {
            return Err(target.0.refuse("a target is at least 0 and less than 1, or than 100 percent; OpenSLO knows no perfection"));
        }
        let slices = read_slices(&mut fields, method)?;
        let indicator = read_indicator(&mut fields)?;
        let weight = fields.take("compositeWeight").map(|at| at.decimal().map(|weight| (at, weight))).transpose()?;
        if let Some((at, weight)) = &weight
            && weight.ratio().is_none_or(|weight| weight.numerator() == 0)
        {
            return Err(at.refuse("a weight is above 0"));
        }
        fields.end()?;
        Ok(Self { at: at.clone(), display_name, comparison, value, target, slices, indicator, weight })
    }
}

fn share(at: &At<'_>, number: Decimal) -> Result<Ratio, Error> {
    number.ratio().ok_or_else(|| at.refuse("a share is at least 0, and no more exact than 19 decimals"))
}

fn read_slices<'a>(fields: &mut Fields<'a>, method: Method) -> Result<Slices<'a>, Error> {
    if method == Method::Occurrences {
        let idle = ["timeSliceWindow", "timeSliceTarget"].map(|name| fields.take(name));
        return Ok(Slices::Occurrences(idle.into_iter().flatten().collect()));
    }
    let at = fields.need("timeSliceWindow")?;
    let number = at.plain().and_then(|text| text.parse().ok()); // of minutes, where it has no unit
    let minutes = number.map_or_else(|| at.duration().map(super::window::Duration::minutes), |minutes| Ok(Some(minutes)))?;
    if minutes == Some(0) {
        return Err(at.refuse("a time slice is longer than nothing"));
    }
    let length = SliceLength { at, minutes };
    if method == Method::RatioTimeslices {
        return Ok(Slices::RatioTimeslices(length, fields.take("timeSliceTarget").into_iter().collect()));
    }
    let at = fields.need("timeSliceTarget")?;
    let target = share(&at, at.decimal()?)?;
    if target.numerator() == 0 || target.numerator() > target.denominator() {
        return Err(at.refuse("the target of a time slice is above 0 and at most 1"));
    }
    Ok(Slices::Timeslices(length, at, target))
}
