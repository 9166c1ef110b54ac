//! What is known while objects become objectives: where names lead, and what was left out.
//!
//! Deliberately absent: what objects mean.

use std::collections::{BTreeMap, BTreeSet};

use super::LeftOut;
use super::field::At;
use super::object::{Kind, Metadata, Object, Referred, Spec};
use super::policy::{Condition, Policy};
use super::sli::Sli;

/// The objects of a text, those of them that something refers to, and what was left out so far.
#[derive(Debug)]
pub(super) struct Work<'a> {
    objects: &'a [Object<'a>],
    named: BTreeMap<(Kind, &'a str), Vec<usize>>,
    used: BTreeSet<usize>,
    left_out: Vec<LeftOut>,
    told: BTreeSet<LeftOut>, // the same, to tell each once
}

impl<'a> Work<'a> {
    /// With every reference followed once, whatever becomes of the object that has it: those that lead
    /// nowhere are named.
    pub(super) fn new(objects: &'a [Object<'a>]) -> Self {
        let mut named: BTreeMap<(Kind, &'a str), Vec<usize>> = BTreeMap::new();
        for (place, object) in objects.iter().enumerate() {
            named.entry((object.kind, object.metadata.name)).or_default().push(place);
        }
        let mut work = Self { objects, named, used: BTreeSet::new(), left_out: Vec::new(), told: BTreeSet::new() };
        for object in objects {
            match &object.spec {
                Spec::Slo(slo) => {
                    let indicators = slo.indicator.iter().chain(slo.objectives.iter().filter_map(|objective| objective.indicator.as_ref()));
                    indicators.for_each(|referred| work.follow(Kind::Sli, referred));
                    for referred in &slo.policies {
                        work.follow(Kind::AlertPolicy, referred);
                        if let Referred::Here(_, policy) = referred {
                            work.follow_policy(policy);
                        }
                    }
                }
                Spec::Policy(policy) => work.follow_policy(policy),
                _ => {}
            }
        }
        work
    }

    fn follow_policy(&mut self, policy: &Policy<'_>) {
        self.follow(Kind::AlertCondition, &policy.condition);
        policy.targets.iter().for_each(|target| self.follow(Kind::AlertNotificationTarget, target));
    }

    /// Marks the object that is meant, and names a reference that means none or several.
    fn follow<T>(&mut self, kind: Kind, referred: &Referred<'_, T>) {
        let Referred::There(at, name) = referred else { return };
        let meant = self.named.get(&(kind, *name)).cloned().unwrap_or_default();
        match meant.len() {
            0 => self.leave_out_field(at, format!("no {kind} has the name '{name}' in what was read")),
            1 => {}
            many => self.leave_out_field(at, format!("{many} objects of kind {kind} have the name '{name}'; the first is taken")),
        }
        self.used.extend(meant);
    }

    /// Names something that is left out.
    pub(super) fn leave_out(&mut self, object: impl Into<String>, what: impl Into<String>, why: impl Into<String>) {
        let left_out = LeftOut { object: object.into(), what: what.into(), why: why.into() };
        if self.told.insert(left_out.clone()) {
            self.left_out.push(left_out);
        }
    }

    /// Names a field that is left out.
    pub(super) fn leave_out_field(&mut self, at: &At<'_>, why: impl Into<String>) {
        self.leave_out(at.place.object.as_str(), at.path.as_str(), why);
    }

    /// Names what is noted of an object and is not kept.
    pub(super) fn leave_out_notes(&mut self, metadata: &Metadata<'_>, described: bool, foreign_annotations: bool) {
        let path = |name: &str| if metadata.at.path.is_empty() { name.into() } else { format!("{}.{name}", metadata.at.path) };
        let notes = [
            (metadata.display_name.is_some(), "metadata.displayName"),
            (metadata.labels, "metadata.labels"),
            (foreign_annotations, "metadata.annotations"),
            (described, "spec.description"),
        ];
        for (_, name) in notes.into_iter().filter(|(is_there, _)| *is_there) {
            self.leave_out(metadata.label(), path(name), "nothing of it is counted, and it is not kept");
        }
    }

    /// The object of a kind under a name.
    fn find(&self, kind: Kind, name: &str) -> Option<&'a Object<'a>> {
        self.named.get(&(kind, name))?.first().and_then(|place| self.objects.get(*place))
    }

    /// The SLI that is meant, and what it is called.
    pub(super) fn sli(&self, referred: &'a Referred<'a, Sli<'a>>) -> Option<(&'a Metadata<'a>, &'a Sli<'a>)> {
        match referred {
            Referred::Here(metadata, sli) => Some((metadata, sli)),
            Referred::There(_, name) => self.find(Kind::Sli, name).and_then(|object| match &object.spec {
                Spec::Sli(sli) => Some((&object.metadata, sli)),
                _ => None,
            }),
        }
    }

    /// The policy that is meant, and what it is called.
    pub(super) fn policy(&self, referred: &'a Referred<'a, Policy<'a>>) -> Option<(&'a Metadata<'a>, &'a Policy<'a>)> {
        match referred {
            Referred::Here(metadata, policy) => Some((metadata, policy)),
            Referred::There(_, name) => self.find(Kind::AlertPolicy, name).and_then(|object| match &object.spec {
                Spec::Policy(policy) => Some((&object.metadata, policy)),
                _ => None,
            }),
        }
    }

    /// The condition that is meant, and what it is called.
    pub(super) fn condition(&self, referred: &'a Referred<'a, Condition<'a>>) -> Option<(&'a Metadata<'a>, &'a Condition<'a>)> {
        match referred {
            Referred::Here(metadata, condition) => Some((metadata, condition)),
            Referred::There(_, name) => self.find(Kind::AlertCondition, name).and_then(|object| match &object.spec {
                Spec::Condition(condition) => Some((&object.metadata, condition)),
                _ => None,
            }),
        }
    }

    /// Whether a target is there that is only named.
    pub(super) fn has_target(&self, name: &str) -> bool {
        self.find(Kind::AlertNotificationTarget, name).is_some()
    }

    /// The type of a data source. One that is not in the text is no loss: where metrics are kept has no meaning here.
    pub(super) fn data_source(&self, name: &str) -> Option<&'a str> {
        self.find(Kind::DataSource, name).and_then(|object| match object.spec {
            Spec::DataSource(kind) => Some(kind),
            _ => None,
        })
    }

    /// All that was left out, with the objects of which nothing became anything.
    pub(super) fn finish(mut self) -> Vec<LeftOut> {
        for (place, object) in self.objects.iter().enumerate() {
            let why = match object.kind {
                Kind::Slo => continue,
                Kind::Service => "services are not kept",
                Kind::DataSource => "the metrics are those of the ledger, wherever others keep theirs",
                Kind::AlertNotificationTarget => "who is told is up to who watches the ledger",
                Kind::Sli | Kind::AlertPolicy | Kind::AlertCondition if self.used.contains(&place) => continue,
                Kind::Sli | Kind::AlertPolicy => "no SLO refers to it",
                Kind::AlertCondition => "no AlertPolicy refers to it",
            };
            self.leave_out(object.label(), "all of it", why);
        }
        self.left_out
    }
}
