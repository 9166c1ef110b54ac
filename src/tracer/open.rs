//! A span that is open: what may be written to it, under which limits.
//!
//! Sources: OpenTelemetry Trace API, section Set Status; Trace SDK, section Span Limits. What did not fit is
//! counted in the span. Deliberately absent: what becomes of it once it has ended.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::baggage::Baggage;
use super::span::{
    SpanData, SpanEvent, SpanLink, SpanStatus, attribute_bytes, event_bytes, event_fits, key_fits, link_bytes, link_fits, status_bytes,
};
use crate::Outcome;
use crate::attribute::{Attributes, Value};
use crate::limits::{NAME_BYTES_MAX, SPAN_BYTES_MAX, SPAN_ITEMS_MAX};
use crate::text::Text;
use crate::time::Timestamp;

/// How much a span may hold. More than [`SPAN_ITEMS_MAX`] is as much as that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanLimits {
    /// Attributes of a span.
    pub attributes: u32,
    /// Events of a span.
    pub events: u32,
    /// Links of a span.
    pub links: u32,
    /// Attributes of an event.
    pub attributes_per_event: u32,
    /// Attributes of a link.
    pub attributes_per_link: u32,
    /// Characters of a text in an attribute; what is longer is cut. `None` is as many as a span holds.
    pub attribute_value_length: Option<u32>,
}

/// Where the clock of a trace stands: what happens later is timed by how long it takes (OpenTelemetry Trace
/// SDK, section Timestamps), so that a clock that is set makes no span too long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchor {
    /// The time of day, in nanoseconds since 1970.
    pub now: u64,
    /// What a clock said then that never falls, in nanoseconds.
    pub elapsed: u64,
}

/// An open span.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    pub(super) data: Box<SpanData>,
    pub(super) anchor: Option<Anchor>,
    pub(super) baggage: Option<Arc<Baggage>>,
    pub(super) above: u32, // the handle of the span without a parent here that it is under; its own where it is that
    bytes: usize,          // what `data` counts
}

impl Default for SpanLimits {
    fn default() -> Self {
        const MOST: u32 = SPAN_ITEMS_MAX as u32;
        Self {
            attributes: MOST,
            events: MOST,
            links: MOST,
            attributes_per_event: MOST,
            attributes_per_link: MOST,
            attribute_value_length: None,
        }
    }
}

impl Anchor {
    /// The time of day when the other clock says so much.
    #[must_use]
    pub const fn at(self, elapsed: u64) -> u64 {
        self.now.saturating_add(elapsed.saturating_sub(self.elapsed))
    }
}

impl OpenSpan {
    pub(super) fn new(data: Box<SpanData>, above: u32, baggage: Option<Arc<Baggage>>) -> Self {
        Self { bytes: data.bytes(), data, anchor: None, baggage, above }
    }

    /// Sets an attribute.
    #[inline]
    pub(crate) fn set_attribute(&mut self, key: Text, mut value: Value, limits: &SpanLimits) -> Outcome {
        cut(&mut value, limits.attribute_value_length);
        let place = self.data.attributes.place(&key);
        let too_many = place.is_err() && self.data.attributes.len() >= most(limits.attributes);
        let there = place.ok().and_then(|place| self.data.attributes.at(place));
        let before = there.map_or(0, |value| attribute_bytes(&key, value));
        if !key_fits(&key) || too_many || !self.takes(before, attribute_bytes(&key, &value)) {
            self.data.dropped.attributes = self.data.dropped.attributes.saturating_add(1);
            return Outcome::OverLimit;
        }
        self.data.attributes.put(place, key, value);
        Outcome::Recorded
    }

    /// Adds an event. Of its attributes those past the limit are left out, the last by their keys, and count as
    /// the span's.
    pub(crate) fn add_event(&mut self, mut event: SpanEvent, limits: &SpanLimits) -> Outcome {
        let left_out = shorten(&mut event.attributes, limits.attributes_per_event, limits);
        if !event_fits(&event) || self.data.events.len() >= most(limits.events) || !self.takes(0, event_bytes(&event)) {
            self.data.dropped.events = self.data.dropped.events.saturating_add(1);
            return Outcome::OverLimit;
        }
        self.data.dropped.attributes = self.data.dropped.attributes.saturating_add(left_out);
        self.data.events.push(event);
        Outcome::Recorded
    }

    /// Adds a link, as [`add_event`](Self::add_event) adds an event.
    pub(crate) fn add_link(&mut self, mut link: SpanLink, limits: &SpanLimits) -> Outcome {
        let left_out = shorten(&mut link.attributes, limits.attributes_per_link, limits);
        if !link_fits(&link) || self.data.links.len() >= most(limits.links) || !self.takes(0, link_bytes(&link)) {
            self.data.dropped.links = self.data.dropped.links.saturating_add(1);
            return Outcome::OverLimit;
        }
        self.data.dropped.attributes = self.data.dropped.attributes.saturating_add(left_out);
        self.data.links.push(link);
        Outcome::Recorded
    }

    /// Says how it goes; what beats what is in [`SpanStatus`].
    pub(crate) fn set_status(&mut self, status: SpanStatus) -> Outcome {
        if self.data.status == SpanStatus::Ok || status == SpanStatus::Unset {
            return Outcome::Recorded;
        }
        let before = status_bytes(&self.data.status);
        if !self.takes(before, status_bytes(&status)) {
            self.takes(before, 0);
            self.data.status = SpanStatus::Error(String::new());
            return Outcome::OverLimit;
        }
        self.data.status = status;
        Outcome::Recorded
    }

    /// Ends it by force, which outranks whatever was said before.
    pub(super) fn fail(&mut self, reason: &str) {
        self.takes(status_bytes(&self.data.status), 0);
        self.data.status = SpanStatus::Unset;
        self.set_status(SpanStatus::Error(String::from(reason)));
    }

    /// Gives it another name.
    pub(crate) fn update_name(&mut self, name: Text) -> Outcome {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !self.takes(self.data.name.len(), name.len()) {
            return Outcome::OverLimit;
        }
        self.data.name = name;
        Outcome::Recorded
    }

    /// The span as it is when it ends at a time.
    pub(super) fn end(mut self, at: Timestamp) -> Box<SpanData> {
        self.data.ended = at.max(self.data.started);
        self.data
    }

    /// Counts so many bytes in the place of others, if they fit.
    #[inline]
    fn takes(&mut self, before: usize, after: usize) -> bool {
        let bytes = (self.bytes - before).saturating_add(after);
        let fits = bytes <= SPAN_BYTES_MAX;
        if fits {
            self.bytes = bytes;
        }
        fits
    }
}

fn most(limit: u32) -> usize {
    (limit as usize).min(SPAN_ITEMS_MAX)
}

/// Brings attributes within limits, and gives how many were left out.
fn shorten(attributes: &mut Attributes, limit: u32, limits: &SpanLimits) -> u32 {
    let mut left_out = 0;
    while attributes.len() > most(limit) {
        attributes.pop_last();
        left_out += 1;
    }
    if limits.attribute_value_length.is_some() {
        attributes.values_mut().for_each(|value| cut(value, limits.attribute_value_length));
    }
    left_out
}

/// Cuts texts to so many characters (OpenTelemetry, Common, section Attribute Limits).
fn cut(value: &mut Value, length: Option<u32>) {
    let Some(length) = length else { return };
    let end = |text: &str| text.char_indices().nth(length as usize).map(|(end, _)| end);
    match value {
        Value::Text(text) => {
            if let Some(end) = end(text) {
                *text = text[..end].into();
            }
        }
        Value::Texts(list) => list.iter_mut().for_each(|text| text.truncate(end(text).unwrap_or(text.len()))),
        _ => {}
    }
}
