//! What OpenSLO cannot say of an objective: annotations under a prefix of ours.
//!
//! An annotation that makes a field exact holds only while it agrees with that field, so that nobody
//! changes a target and wonders why nothing changes. Deliberately absent: annotations of others.

use codomyrmex_telemetry::slo::{Exemption, Missing, PolicyStep, Resolution};
use codomyrmex_telemetry::{Budgeting, Objective, Ratio, SliType, Timestamp};
use serde_json::{Value, json};

use super::Error;
use super::decimal::Decimal;
use super::field::{At, Fields, is_name};
use super::object::Metadata;

/// The prefix of our annotations.
const PREFIX: &str = "codomyrmex.telemetry/";

/// The kinds of indicators by their names.
pub(super) const SLI_TYPES: [(&str, SliType); 5] = [
    ("availability", SliType::Availability),
    ("latency", SliType::Latency),
    ("throughput", SliType::Throughput),
    ("error-rate", SliType::ErrorRate),
    ("saturation", SliType::Saturation),
];

/// What a slice without events is, by name.
pub(super) const MISSING: [(&str, Missing); 3] = [("ignored", Missing::Ignored), ("good", Missing::Good), ("bad", Missing::Bad)];

/// The annotations of ours that were not taken yet.
#[derive(Debug)]
pub(super) struct Ours<'a> {
    fields: Option<Fields<'a>>,
    pub(super) foreign: bool, // whether there are others
}

impl<'a> Ours<'a> {
    /// Those of an object.
    pub(super) fn of(metadata: &Metadata<'a>) -> Result<Self, Error> {
        let Some(at) = &metadata.annotations else { return Ok(Self { fields: None, foreign: false }) };
        let mut fields = at.fields()?;
        let all = fields.names().len();
        fields.only(PREFIX);
        let foreign = fields.names().len() < all;
        Ok(Self { fields: Some(fields), foreign })
    }

    /// Takes one.
    pub(super) fn take(&mut self, name: &str) -> Option<At<'a>> {
        self.fields.as_mut()?.take(name)
    }

    /// Refuses those that were not taken.
    pub(super) fn end(self) -> Result<(), Error> {
        self.fields.map_or(Ok(()), Fields::end)
    }

    /// Takes a whole number.
    pub(super) fn number<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let read = |at: At<'a>| at.text()?.parse().map_err(|_| at.refuse("a whole number in quotes is needed here"));
        self.take(name).map(read).transpose()
    }

    /// A fraction that a field can give only in decimals.
    pub(super) fn exact(&mut self, name: &str, field: &At<'_>, given: Ratio, shown: fn(Ratio) -> String) -> Result<Ratio, Error> {
        let Some(at) = self.take(name) else { return Ok(given) };
        let text = at.text()?;
        let ratio: Ratio = text.parse().map_err(|error: codomyrmex_telemetry::Error| at.refuse(error.to_string()))?;
        agree(&at, field, Decimal::read(&shown(ratio)).and_then(Decimal::ratio) == Some(given))?;
        Ok(ratio)
    }

    /// A text that a name can give only in part.
    pub(super) fn id(&mut self, name: &str, metadata: &Metadata<'a>) -> Result<String, Error> {
        let Some(at) = self.take(name) else { return Ok(metadata.name.into()) };
        let text = at.text()?;
        agree(&at, &metadata.at, name_of(text) == metadata.name)?;
        Ok(text.into())
    }

    /// The terms of an objective that OpenSLO does not have.
    pub(super) fn apply(&mut self, objective: &mut Objective) -> Result<(), Error> {
        objective.version = self.number("version")?.unwrap_or(objective.version);
        objective.minimum = self.number("minimum")?.unwrap_or(objective.minimum);
        if let Some(at) = self.take("sli-type") {
            objective.sli_type = at.one_of(&SLI_TYPES)?;
        }
        if let Some(at) = self.take("missing") {
            objective.budgeting = objective.budgeting.with_missing(at.one_of(&MISSING)?);
        }
        if let Some(at) = self.take("dimensions") {
            objective.dimensions = serde_json::from_str(at.text()?).map_err(|_| at.refuse("a list of texts as JSON is needed here"))?;
        }
        if let Some(at) = self.take("policy") {
            objective.policy = list_of(&at, read_step)?;
        }
        if let Some(at) = self.take("exemptions") {
            objective.exemptions = list_of(&at, read_exemption)?;
        }
        if let Some(at) = self.take("resolution") {
            let read = || {
                let value: Value = serde_json::from_str(at.text().ok()?).ok()?;
                let number = |name: &str| value.get(name)?.as_u64();
                let resolution =
                    Resolution { minutes: number("minutes")?, five_minutes: number("fiveMinutes")?, history: number("history")? };
                (value.as_object()?.len() == 3).then_some(resolution)
            };
            objective.resolution = read().ok_or_else(|| at.refuse("minutes, fiveMinutes and history as JSON are needed here"))?;
        }
        Ok(())
    }
}

/// Refuses an annotation that a field contradicts.
pub(super) fn agree(annotation: &At<'_>, field: &At<'_>, does: bool) -> Result<(), Error> {
    if does {
        return Ok(());
    }
    let path = if field.path.is_empty() { "the object" } else { &field.path };
    Err(annotation.refuse(format!("it was written for another value of {path}; take the annotation out, or set it to what is now meant")))
}

fn list_of<T>(at: &At<'_>, read: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, Error> {
    let values: Option<Vec<Value>> = serde_json::from_str(at.text()?).ok();
    let list = values.and_then(|values| values.iter().map(read).collect());
    list.ok_or_else(|| at.refuse("a list as JSON is needed here, each item with the fields that an export writes and no others"))
}

fn read_step(value: &Value) -> Option<PolicyStep> {
    let ratio = |name: &str| value.get(name)?.as_str()?.parse().ok();
    let step = PolicyStep { from: ratio("from")?, until: ratio("until")?, action: value.get("action")?.as_str()?.into() };
    (value.as_object()?.len() == 3).then_some(step)
}

fn read_exemption(value: &Value) -> Option<Exemption> {
    let recurrence = match value.get("recurrence") {
        None => None,
        Some(rule) => Some(rule.as_str()?.parse().ok()?),
    };
    let number = |name: &str| value.get(name)?.as_u64();
    let exemption = Exemption {
        reason: value.get("reason")?.as_str()?.into(),
        start: Timestamp::try_from(number("startNanoseconds")?).ok()?,
        minutes: number("minutes")?,
        utc_offset_minutes: i32::try_from(value.get("utcOffsetMinutes")?.as_i64()?).ok()?,
        recurrence,
    };
    (value.as_object()?.len() == 4 + usize::from(exemption.recurrence.is_some())).then_some(exemption)
}

/// The annotations to be written, by name.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<(String, String)>);

impl Notes {
    /// Notes something.
    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((format!("{PREFIX}{name}"), value.into()));
    }

    /// Notes it where it differs from what is read without.
    pub(super) fn add_unless(&mut self, is_usual: bool, name: &str, value: impl FnOnce() -> String) {
        if !is_usual {
            self.add(name, value());
        }
    }

    /// All of them, in the order of their names.
    pub(super) fn sorted(mut self) -> Vec<(String, String)> {
        self.0.sort();
        self.0
    }

    /// Notes the terms of an objective that OpenSLO does not have.
    pub(super) fn add_terms(&mut self, objective: &Objective) {
        let called = |found: Option<&'static str>| String::from(found.unwrap_or_default());
        self.add_unless(objective.version == 1, "version", || objective.version.to_string());
        self.add_unless(objective.minimum == 0, "minimum", || objective.minimum.to_string());
        self.add_unless(objective.sli_type == SliType::Availability, "sli-type", || {
            called(SLI_TYPES.iter().find(|(_, kind)| *kind == objective.sli_type).map(|(name, _)| *name))
        });
        let missing = match objective.budgeting {
            Budgeting::Occurrences => Missing::Ignored,
            Budgeting::Timeslices { missing, .. } | Budgeting::RatioTimeslices { missing, .. } => missing,
        };
        self.add_unless(missing == Missing::Ignored, "missing", || {
            called(MISSING.iter().find(|(_, what)| *what == missing).map(|(name, _)| *name))
        });
        self.add_unless(objective.dimensions.is_empty(), "dimensions", || json!(objective.dimensions).to_string());
        self.add_unless(objective.policy == PolicyStep::standard(), "policy", || {
            objective
                .policy
                .iter()
                .map(|step| json!({"from": fraction(step.from), "until": fraction(step.until), "action": step.action}))
                .collect::<Value>()
                .to_string()
        });
        self.add_unless(objective.exemptions.is_empty(), "exemptions", || {
            objective.exemptions.iter().map(exemption).collect::<Value>().to_string()
        });
        let Resolution { minutes, five_minutes, history } = objective.resolution;
        self.add_unless(objective.resolution == Resolution::default(), "resolution", || {
            json!({"minutes": minutes, "fiveMinutes": five_minutes, "history": history}).to_string()
        });
    }
}

fn exemption(exemption: &Exemption) -> Value {
    let mut value = json!({
        "reason": exemption.reason,
        "startNanoseconds": exemption.start.nanos(),
        "minutes": exemption.minutes,
        "utcOffsetMinutes": exemption.utc_offset_minutes,
    });
    if let (Some(rule), Some(fields)) = (&exemption.recurrence, value.as_object_mut()) {
        fields.insert("recurrence".into(), rule.to_string().into());
    }
    value
}

/// A fraction as it is.
pub(super) fn fraction(ratio: Ratio) -> String {
    format!("{}/{}", ratio.numerator(), ratio.denominator())
}

/// The name of an object for a text: itself if it is a name, else what of it can stand in one, and a hash
/// that tells it from others.
pub(super) fn name_of(text: &str) -> String {
    if is_name(text) {
        return text.into();
    }
    let kept = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    let words: Vec<&str> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let start: String = words.join("-").chars().take(50).collect();
    // FNV-1a, folded to 32 bits.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let between = if start.is_empty() || start.ends_with('-') { "" } else { "-" };
    format!("{start}{between}{:08x}", (hash >> 32 ^ hash) & 0xffff_ffff)
}
