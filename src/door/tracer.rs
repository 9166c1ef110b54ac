//! Spans through a door: times that were not given, and ids.
//!
//! The first span of a trace that says no time anchors the trace's clock; what happens later in it is timed by a
//! clock that never falls, so that no duration is negative or wrong because the time of day was set meanwhile.
//! Deliberately absent: accounting.

use rand_core::Rng;

use super::{Door, Environment};
use crate::id::SpanId;
use crate::tracer::{Anchor, Exception, Parent, SpanData, SpanEvent, SpanHandle, SpanNameId, TracerId};
use crate::{Attributes, Error, Outcome, Text, Timestamp};

impl<E: Environment> Door<E> {
    /// [`Ledger::start_span`](crate::Ledger::start_span) by number.
    pub fn start_span(&mut self, name: u32, parent: Parent, id: Option<SpanId>, at: Option<u64>) -> u32 {
        let anchor = if at.is_none() { Some(self.anchor(parent)) } else { None };
        let at = at.or_else(|| anchor.map(|(_, now)| now));
        let Ok(at) = self.time(at) else { return 0 };
        let mut ids = self.ids.clone();
        let span = self.told(Some(at), |ledger| ledger.start_span(SpanNameId(name), parent, id, at, || ids.next_u64()));
        self.ids = ids;
        if let Some((anchor, _)) = anchor {
            self.ledger.anchor_span(span, anchor);
        }
        span.0
    }

    /// [`Ledger::add_event`](crate::Ledger::add_event) by number.
    pub fn add_event(&mut self, span: u32, name: Text, at: Option<u64>, attributes: Attributes) -> Outcome {
        match self.time_in(span, at) {
            Ok(at) => self.told(Some(at), |ledger| ledger.add_event(SpanHandle(span), SpanEvent { name, at, attributes })),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::record_exception`](crate::Ledger::record_exception) by number.
    pub fn record_exception(&mut self, span: u32, exception: Exception, at: Option<u64>) -> Outcome {
        match self.time_in(span, at) {
            Ok(at) => self.told(Some(at), |ledger| ledger.record_exception(SpanHandle(span), exception, at)),
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::end_span`](crate::Ledger::end_span) by number.
    pub fn end_span(&mut self, span: u32, at: Option<u64>) -> Outcome {
        match self.time_in(span, at) {
            Ok(at) => {
                let ends = self.ledger.span_started(SpanHandle(span)).map_or(at, |started| started.max(at));
                self.told(Some(ends), |ledger| ledger.end_span(SpanHandle(span), at))
            }
            Err(outcome) => outcome,
        }
    }

    /// [`Ledger::complete_span`](crate::Ledger::complete_span).
    ///
    /// # Errors
    /// As there.
    pub fn complete_span(&mut self, span: SpanData) -> Result<(), Error> {
        self.told(Some(span.ended), |ledger| ledger.complete_span(span))
    }

    /// [`Ledger::complete_span_of`](crate::Ledger::complete_span_of) by number.
    ///
    /// # Errors
    /// As there.
    pub fn complete_span_of(&mut self, tracer: u32, span: SpanData) -> Result<(), Error> {
        self.told(Some(span.ended), |ledger| ledger.complete_span_of(TracerId(tracer), span))
    }

    /// [`Ledger::abandon`](crate::Ledger::abandon), and no later than clocks differ.
    pub fn abandon(&mut self, reason: &str) -> u32 {
        self.look();
        self.within(|ledger| ledger.abandon(reason))
    }

    /// The clock of the trace that a span begins in, and what it says now.
    fn anchor(&mut self, parent: Parent) -> (Anchor, u64) {
        let elapsed = self.environment.elapsed();
        let above = match parent {
            Parent::Span(above) => self.ledger.span_anchor(above),
            Parent::Current => self.ledger.span_anchor(self.ledger.current_span()),
            Parent::Root | Parent::Trace(_) => None,
        };
        let anchor = above.unwrap_or_else(|| Anchor { now: self.environment.now(), elapsed });
        (anchor, anchor.at(elapsed))
    }

    /// The time that was given, or what the clock of a span's trace says now.
    fn time_in(&mut self, span: u32, at: Option<u64>) -> Result<Timestamp, Outcome> {
        let anchor = if at.is_none() { self.ledger.span_anchor(SpanHandle(span)) } else { None };
        let at = at.or_else(|| anchor.map(|anchor| anchor.at(self.environment.elapsed())));
        self.time(at)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::tracer::SpanKind;

    /// A clock that can be set, and one that cannot.
    struct Clocks {
        now: u64,
        elapsed: u64,
    }

    impl Environment for Clocks {
        fn now(&mut self) -> u64 {
            self.now
        }

        fn elapsed(&mut self) -> u64 {
            self.elapsed
        }

        fn random(&mut self) -> u64 {
            self.elapsed += 1;
            self.elapsed
        }
    }

    #[test]
    fn a_clock_that_is_set_makes_no_span_too_long_or_too_short() {
        let mut door = Door::new(Clocks { now: 1_000_000, elapsed: 0 });
        door.environment.elapsed = 50;
        let name = door.ledger.declare_span(TracerId(0), "s", SpanKind::Internal).unwrap().0;
        let outer = door.start_span(name, Parent::Root, None, None);
        (door.environment.now, door.environment.elapsed) = (10, 60); // set far back, 10 ns later
        let inner = door.start_span(name, Parent::Span(SpanHandle(outer)), None, None);
        (door.environment.now, door.environment.elapsed) = (9_000_000, 75); // and forth
        door.add_event(inner, "e".into(), None, Attributes::new());
        door.end_span(inner, None);
        door.environment.elapsed = 90;
        door.end_span(outer, None);
        let mut spans: Vec<_> = door.ledger.snapshot().spans.iter().map(|span| (span.started.nanos(), span.ended.nanos())).collect();
        spans.sort_unstable();
        assert_eq!(spans, vec![(1_000_000, 1_000_040), (1_000_010, 1_000_025)]);
        let snapshot = door.ledger.snapshot();
        let events = snapshot.spans.iter().flat_map(|span| &span.events).map(|event| event.at.nanos());
        assert_eq!(events.collect::<Vec<_>>(), [1_000_025]);
    }
}
