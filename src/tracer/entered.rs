//! The spans that were entered and not left: which one `current` is.
//!
//! Deliberately absent: tasks. Where several run in one instance, the last one entered may be another's.

use super::{SpanHandle, Tracer};
use crate::Outcome;
use crate::limits::SPANS_OPEN_MAX;

impl Tracer {
    pub(crate) fn enter(&mut self, span: SpanHandle) -> Outcome {
        if !self.is_open(span.0) && span != SpanHandle(0) {
            return Outcome::UnknownId;
        }
        if self.entered.len() >= SPANS_OPEN_MAX {
            // Some may have ended and never been left.
            let entered = core::mem::take(&mut self.entered);
            self.entered = entered.into_iter().filter(|span| *span == SpanHandle(0) || self.is_open(span.0)).collect();
        }
        if self.entered.len() >= SPANS_OPEN_MAX {
            return Outcome::OverLimit;
        }
        self.entered.push(span);
        Outcome::Recorded
    }

    pub(crate) fn exit(&mut self, span: SpanHandle) -> Outcome {
        match self.entered.iter().rposition(|entered| *entered == span) {
            Some(place) => {
                self.entered.remove(place);
                Outcome::Recorded
            }
            None => Outcome::UnknownId,
        }
    }

    pub(crate) fn current(&self) -> SpanHandle {
        // Spans may end before they are left.
        self.entered.iter().rev().find(|span| **span == SpanHandle(0) || self.is_open(span.0)).copied().unwrap_or_default()
    }
}
