//! Objects of OpenSLO v1: their kinds, what all of them have, and lists of them.
//!
//! Deliberately absent: what is in an SLO, an SLI or an alert; see `slo`, `sli` and `policy`.

use std::fmt;
use std::rc::Rc;

use super::field::{At, Fields, is_name};
use super::policy::{Condition, Policy, read_target};
use super::sli::Sli;
use super::slo::Slo;
use super::yaml::{Document, Value, shortened};
use super::{Error, Place};

/// A kind of object.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A promise.
    Slo,
    /// Where good and bad come from.
    Sli,
    /// Where metrics are kept.
    DataSource,
    /// What SLOs are grouped by.
    Service,
    /// When somebody is told of an SLO.
    AlertPolicy,
    /// What is alerted on.
    AlertCondition,
    /// Who is told.
    AlertNotificationTarget,
}

/// The kinds by their names.
const KINDS: [(&str, Kind); 7] = [
    ("SLO", Kind::Slo),
    ("SLI", Kind::Sli),
    ("DataSource", Kind::DataSource),
    ("Service", Kind::Service),
    ("AlertPolicy", Kind::AlertPolicy),
    ("AlertCondition", Kind::AlertCondition),
    ("AlertNotificationTarget", Kind::AlertNotificationTarget),
];

/// An object.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) kind: Kind,
    pub(super) metadata: Metadata<'a>,
    pub(super) spec: Spec<'a>,
}

/// What an object is.
#[derive(Debug)]
pub(super) enum Spec<'a> {
    Slo(Box<Slo<'a>>),
    Sli(Sli<'a>),
    DataSource(&'a str), // its type
    Service,
    Policy(Policy<'a>),
    Condition(Condition<'a>),
    Target,
}

/// What every object is called, and what is noted of it.
#[derive(Clone, Debug)]
pub(super) struct Metadata<'a> {
    pub(super) at: At<'a>, // of the object
    pub(super) name: &'a str,
    pub(super) display_name: Option<&'a str>,
    pub(super) labels: bool,
    pub(super) annotations: Option<At<'a>>,
}

/// Something that stands here, or elsewhere under a name.
#[derive(Debug)]
pub(super) enum Referred<'a, T> {
    Here(Metadata<'a>, T),
    There(At<'a>, &'a str),
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slo => "SLO",
            Self::Sli => "SLI",
            Self::DataSource => "DataSource",
            Self::Service => "Service",
            Self::AlertPolicy => "AlertPolicy",
            Self::AlertCondition => "AlertCondition",
            Self::AlertNotificationTarget => "AlertNotificationTarget",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Object<'_> {
    /// Its kind and name.
    pub(super) fn label(&self) -> String {
        self.metadata.label()
    }
}

impl Metadata<'_> {
    /// The kind and name of the object.
    pub(super) fn label(&self) -> String {
        self.at.place.object.clone()
    }
}

/// All objects of documents: one each, or a list of them.
pub(super) fn read_all(documents: &[Document]) -> Result<Vec<Object<'_>>, Error> {
    let mut objects = Vec::new();
    for document in documents {
        let root = At { place: Rc::new(document.place.clone()), path: String::new(), node: &document.root };
        let items = match &document.root.value {
            Value::List(_) => root.list()?,
            _ => vec![root],
        };
        for (number, item) in (1..).zip(items) {
            objects.push(read(&item, number)?);
        }
    }
    Ok(objects)
}

/// One object.
fn read<'a>(item: &At<'a>, number: usize) -> Result<Object<'a>, Error> {
    let place = Place { object: format!("object {number}"), line: item.node.line, ..(*item.place).clone() };
    let at = At { place: Rc::new(place), path: String::new(), node: item.node };
    let mut fields = at.fields()?;
    check_version(&fields.need("apiVersion")?)?;
    let kind = fields.need("kind")?.one_of(&KINDS)?;
    let at = At { place: Rc::new(Place { object: format!("{kind} {number}"), ..(*at.place).clone() }), ..at };
    fields.at = at.clone();
    let metadata = Metadata::read(kind, &mut fields, "")?;
    fields.at = metadata.at.clone();
    let spec = fields.take("spec");
    fields.end()?;
    let spec = match (kind, spec) {
        (Kind::Service, None) => Spec::Service,
        (_, None) => return Err(metadata.at.refuse("the field 'spec' is missing")),
        (kind, Some(at)) => read_spec(kind, &at)?,
    };
    Ok(Object { kind, metadata, spec })
}

fn check_version(at: &At<'_>) -> Result<(), Error> {
    match at.text()? {
        "openslo/v1" => Ok(()),
        other => Err(at.refuse(format!("'{}' is not read here; this is for openslo/v1", shortened(other)))),
    }
}

fn read_spec<'a>(kind: Kind, at: &At<'a>) -> Result<Spec<'a>, Error> {
    Ok(match kind {
        Kind::Slo => Spec::Slo(Box::new(Slo::read(at)?)),
        Kind::Sli => Spec::Sli(Sli::read(at)?),
        Kind::AlertPolicy => Spec::Policy(Policy::read(at)?),
        Kind::AlertCondition => Spec::Condition(Condition::read(at)?),
        Kind::AlertNotificationTarget => {
            read_target(at)?;
            Spec::Target
        }
        Kind::Service => {
            let mut fields = at.fields()?;
            fields.take("description").map(|at| at.description()).transpose()?;
            fields.end()?;
            Spec::Service
        }
        Kind::DataSource => {
            let mut fields = at.fields()?;
            fields.take("description").map(|at| at.description()).transpose()?;
            let name = fields.need("type")?.filled()?;
            fields.need("connectionDetails")?; // anything at all
            fields.end()?;
            Spec::DataSource(name)
        }
    })
}

/// Reads something that stands here whole, with its own metadata, or is named by a field.
pub(super) fn read_referred<'a, T>(
    at: &At<'a>,
    kind: Kind,
    reference: &str,
    read: impl FnOnce(&At<'a>) -> Result<T, Error>,
) -> Result<Referred<'a, T>, Error> {
    let mut fields = at.fields()?;
    if let Some(there) = fields.take(reference) {
        let name = there.name()?;
        if !fields.names().is_empty() {
            return Err(at.refuse(format!("it is named by '{reference}' and stands here as well; take one of the two out")));
        }
        return Ok(Referred::There(there, name));
    }
    let said = fields.need("kind")?;
    if said.text()? != kind.name() {
        return Err(said.refuse(format!("here it must be {kind}")));
    }
    read_here(fields, kind, read)
}

/// Reads the metadata and spec of something that stands within another object.
pub(super) fn read_here<'a, T>(
    mut fields: Fields<'a>,
    kind: Kind,
    read: impl FnOnce(&At<'a>) -> Result<T, Error>,
) -> Result<Referred<'a, T>, Error> {
    let outer = fields.at.clone();
    fields.take("apiVersion").map(|at| check_version(&at)).transpose()?;
    let mut metadata = Metadata::read(kind, &mut fields, &outer.place.object)?;
    let spec = fields.need("spec")?;
    let inner = At { place: Rc::clone(&metadata.at.place), ..spec };
    metadata.at.path = outer.path;
    fields.end()?;
    Ok(Referred::Here(metadata, read(&inner)?))
}

impl<'a> Metadata<'a> {
    /// Takes the field `metadata` of an object, which may stand within another one.
    fn read(kind: Kind, fields: &mut Fields<'a>, within: &str) -> Result<Self, Error> {
        let at = fields.need("metadata")?;
        let mut fields_there = at.fields()?;
        let name = fields_there.need("name")?.name()?;
        let object = if within.is_empty() { format!("{kind} {name}") } else { format!("{kind} {name} of {within}") };
        let place = Rc::new(Place { object, ..(*at.place).clone() });
        fields_there.at.place = Rc::clone(&place);
        let display_name = fields_there.take("displayName").map(|at| at.text()).transpose()?.filter(|name| !name.is_empty());
        let labels = fields_there.take("labels").map(|at| check_labels(&at)).transpose()?.unwrap_or(false);
        let annotations = fields_there.take("annotations");
        if let Some(at) = &annotations {
            check_annotations(at)?;
        }
        fields_there.end()?;
        Ok(Self { at: At { place, ..fields.at.clone() }, name, display_name, labels, annotations })
    }
}

/// Checks labels; whether there are any.
fn check_labels(at: &At<'_>) -> Result<bool, Error> {
    let pairs = at.fields()?.rest();
    for (key, value) in &pairs {
        if !is_key(key) {
            return Err(value.refuse("the key of a label has 1 to 63 letters, digits and - _ . with a letter or digit at both ends"));
        }
        match &value.node.value {
            Value::List(_) => value.list()?.iter().try_for_each(|at| at.text().map(drop))?,
            _ => drop(value.text()?),
        }
    }
    Ok(!pairs.is_empty())
}

fn check_annotations(at: &At<'_>) -> Result<(), Error> {
    for (key, value) in at.fields()?.rest() {
        let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
        let is_prefix = |prefix: &str| prefix.len() <= 253 && prefix.split('.').all(is_name);
        if !is_key(name) || !prefix.is_none_or(is_prefix) {
            return Err(value.refuse("the key of an annotation is like example.com/name: a domain, and 1 to 63 letters, digits and - _ ."));
        }
        value.text()?;
    }
    Ok(())
}

/// Whether it is the key of a label, or the name of an annotation.
fn is_key(key: &str) -> bool {
    let is_end = |c: Option<u8>| c.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    key.len() <= 63 && key.bytes().all(is_inner) && is_end(key.bytes().next()) && is_end(key.bytes().last())
}
