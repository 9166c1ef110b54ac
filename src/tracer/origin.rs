//! Where spans come from: who runs, and which part of a program says it.
//!
//! Sources: OpenTelemetry, Resource SDK and Instrumentation Scope. A span carries its origin as it carries its
//! name, so that accounts of many programs merge without a span losing whose it is. Deliberately absent:
//! detectors, which would have to look at the machine.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::span::{SpanData, attributes_bytes};
use crate::attribute::Attributes;
use crate::limits::{ORIGIN_BYTES_MAX, SPAN_ITEMS_MAX};
use crate::{Error, label};

/// Which library or part of a program says something (OpenTelemetry, Instrumentation Scope).
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Scope {
    /// Its name, such as that of a crate; empty where nobody says.
    pub name: String,
    /// Its version, or empty.
    pub version: String,
    /// Where the schema of what it says is described, or empty.
    pub schema_url: String,
    /// More about it.
    pub attributes: Attributes,
}

/// Where a span comes from.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Origin {
    /// Who runs (OpenTelemetry, Resource): `service.name` and what else is known.
    pub resource: Attributes,
    /// Which part of it says so.
    pub scope: Scope,
}

impl Scope {
    /// A scope with a name and nothing else.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: String::from(name), ..Self::default() }
    }
}

impl Origin {
    /// Checks what comes from outside.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for an empty key, [`Error::Limit`] for more than [`ORIGIN_BYTES_MAX`] bytes or
    /// [`SPAN_ITEMS_MAX`] attributes.
    pub fn check(&self) -> Result<(), Error> {
        for attributes in [&self.resource, &self.scope.attributes] {
            attributes.keys().try_for_each(|key| label::check_length("attribute key", key))?;
            if attributes.len() > SPAN_ITEMS_MAX {
                return Err(Error::Limit(alloc::format!(
                    "{} attributes of a resource or a scope; at most {SPAN_ITEMS_MAX} are kept",
                    attributes.len()
                )));
            }
        }
        if self.bytes() > ORIGIN_BYTES_MAX {
            return Err(Error::Limit(alloc::format!(
                "resource and scope '{}' take {} bytes; at most {ORIGIN_BYTES_MAX} are kept with each span",
                self.scope.name,
                self.bytes()
            )));
        }
        Ok(())
    }

    /// What it counts against limits.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Scope { name, version, schema_url, attributes } = &self.scope;
        attributes_bytes(&self.resource) + name.len() + version.len() + schema_url.len() + attributes_bytes(attributes)
    }
}

/// The different origins of spans, in order, and which of them each span has.
#[derive(Debug)]
pub(crate) struct OriginsOf<'s> {
    all: Vec<&'s Origin>,
    // Spans of one tracer share an origin in memory, and comparing origins by value costs more than writing a
    // span. Addresses are only looked up, so that nothing depends on them.
    places: BTreeMap<*const Origin, usize>,
}

impl<'s> OriginsOf<'s> {
    pub(crate) fn new(spans: impl IntoIterator<Item = &'s SpanData>) -> Self {
        let mut by_address: BTreeMap<*const Origin, &Origin> = BTreeMap::new();
        let mut last = core::ptr::null();
        for span in spans {
            let address = Arc::as_ptr(&span.origin);
            if address != last {
                by_address.entry(address).or_insert(&span.origin);
                last = address;
            }
        }
        let mut all: Vec<&Origin> = by_address.values().copied().collect();
        all.sort_unstable();
        all.dedup();
        let place = |origin: &Origin| all.binary_search(&origin).unwrap_or_default(); // it is there
        let places = by_address.iter().map(|(address, origin)| (*address, place(origin))).collect();
        Self { all, places }
    }

    /// All of them, in order.
    pub(crate) fn all(&self) -> &[&'s Origin] {
        &self.all
    }

    /// The place of the origin of one of these spans.
    pub(crate) fn place(&self, span: &SpanData) -> usize {
        self.places.get(&Arc::as_ptr(&span.origin)).copied().unwrap_or_default()
    }
}

/// The origins of the tracers of a ledger, by number.
#[derive(Debug)]
pub(super) struct Origins {
    scopes: Vec<Arc<Origin>>, // the first is the one without a name
    own: Attributes,
    fixed: Attributes, // what the one who runs the ledger says; it holds over `own`
}

impl Default for Origins {
    fn default() -> Self {
        Self { scopes: alloc::vec![Arc::default()], own: Attributes::new(), fixed: Attributes::new() }
    }
}

impl Origins {
    /// The number of a scope's tracer.
    pub(super) fn tracer(&mut self, scope: Scope) -> Result<u32, Error> {
        if let Some(place) = self.scopes.iter().position(|origin| origin.scope == scope) {
            return Ok(place as u32);
        }
        if self.scopes.len() >= crate::limits::TRACERS_MAX {
            return Err(Error::Limit(alloc::format!(
                "a tracer for '{}' would be one more than the {} a ledger keeps; use one for each library, not for each span",
                scope.name,
                crate::limits::TRACERS_MAX
            )));
        }
        let origin = Origin { resource: self.resource(), scope };
        origin.check()?;
        self.scopes.push(Arc::new(origin));
        Ok(self.scopes.len() as u32 - 1)
    }

    pub(super) fn get(&self, tracer: u32) -> Option<&Arc<Origin>> {
        self.scopes.get(tracer as usize)
    }

    /// Says who runs, for spans that begin from now on.
    pub(super) fn set(&mut self, own: Attributes) -> Result<(), Error> {
        self.replace(own, self.fixed.clone())
    }

    /// The same, over what is [`set`](Self::set).
    pub(super) fn fix(&mut self, fixed: Attributes) -> Result<(), Error> {
        self.replace(self.own.clone(), fixed)
    }

    fn replace(&mut self, own: Attributes, fixed: Attributes) -> Result<(), Error> {
        let resource = merged(&own, &fixed);
        let with_resource = |origin: &Arc<Origin>| {
            let origin = Origin { resource: resource.clone(), scope: origin.scope.clone() };
            origin.check().map(|()| Arc::new(origin))
        };
        let scopes = self.scopes.iter().map(with_resource).collect::<Result<_, _>>()?;
        *self = Self { scopes, own, fixed };
        Ok(())
    }

    fn resource(&self) -> Attributes {
        merged(&self.own, &self.fixed)
    }
}

fn merged(own: &Attributes, fixed: &Attributes) -> Attributes {
    let mut all = own.clone();
    all.extend(fixed.iter().map(|(key, value)| (key.clone(), value.clone())));
    all
}
