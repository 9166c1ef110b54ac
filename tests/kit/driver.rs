//! An agent: a ledger, and the numbers it gave, to which events can be told through the public API.
//!
//! Deliberately absent: decisions. Every event goes to the ledger as it is, wrong ones too.

use std::collections::{BTreeMap, VecDeque};

use codomyrmex_telemetry::tracer::Origin;
use codomyrmex_telemetry::{
    FamilyId, Indicator, Ledger, Outcome, Parent, SeriesId, SloId, SpanContext, SpanData, SpanHandle, SpanNameId, Timestamp, TracerId,
    WriterId,
};

use crate::catalogue::families;
use crate::event::{Event, Like, Stray};
use crate::promises::{is_fed, objectives};

const LINGERING_MAX: usize = 3; // spans that stay open while other events come in

/// A ledger and the numbers it gave.
#[derive(Debug)]
pub struct Agent {
    /// The ledger.
    pub ledger: Ledger,
    families: BTreeMap<usize, FamilyId>,
    series: BTreeMap<(usize, Vec<String>), SeriesId>,
    slos: BTreeMap<usize, SloId>,
    lingering: VecDeque<(SpanHandle, Timestamp)>,
}

impl Agent {
    /// With a ledger that writes under this number and in which nothing happened. The objectives that hear
    /// of metrics and spans are there, so that no agent misses what others count.
    #[must_use]
    pub fn new(writer: u128) -> Self {
        let mut agent = Self::bare(writer);
        for (place, _) in objectives().iter().enumerate().filter(|(_, objective)| is_fed(objective)) {
            agent.slo(place);
        }
        agent
    }

    /// The same with an empty ledger: what objectives hear then depends on when they are first named.
    #[must_use]
    pub fn bare(writer: u128) -> Self {
        Self {
            ledger: Ledger::new(WriterId::new(writer)),
            families: BTreeMap::new(),
            series: BTreeMap::new(),
            slos: BTreeMap::new(),
            lingering: VecDeque::new(),
        }
    }

    /// After all these events.
    #[must_use]
    pub fn after<'e>(writer: u128, events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut agent = Self::new(writer);
        for event in events {
            agent.apply(event);
        }
        agent.finish();
        agent
    }

    /// Tells the ledger an event. Gives the ledger's answer; of a span, which has many, `Recorded`.
    pub fn apply(&mut self, event: &Event) -> Outcome {
        match event {
            Event::Resolve { family, labels } => {
                self.series(*family, labels);
                Outcome::Recorded
            }
            Event::Add { family, labels, value, at } => {
                let series = self.series(*family, labels);
                match at.map(Timestamp::from_nanos).transpose() {
                    Ok(at) => self.ledger.add(series, *value, at),
                    Err(outcome) => self.ledger.drop_record(outcome),
                }
            }
            Event::Set { family, labels, value, at } => {
                let series = self.series(*family, labels);
                self.timed(*at, |ledger, at| ledger.set(series, *value, at))
            }
            Event::Observe { family, labels, value, times, at } => {
                let series = self.series(*family, labels);
                match at.map(Timestamp::from_nanos).transpose() {
                    Ok(at) if *times == 1 => self.ledger.observe(series, *value, at),
                    Ok(at) => self.ledger.observe_times(series, *value, *times, at),
                    Err(outcome) => self.ledger.drop_record(outcome),
                }
            }
            Event::RecordIn { family, labels, value, at, context } => {
                let series = self.series(*family, labels);
                self.timed(*at, |ledger, at| {
                    let span = ledger.remote_span(context.clone()).unwrap();
                    let outcome = ledger.record_in(series, *value, at, span);
                    assert_eq!(ledger.end_span(span, Timestamp::default()), Outcome::Recorded);
                    outcome
                })
            }
            Event::Count { slo, good, count, at, like } => {
                let slo = self.slo(*slo);
                self.timed(*at, |ledger, at| match like {
                    None => ledger.record_event(slo, *good, *count, at),
                    Some(like) => {
                        within(ledger, like, |ledger, values, span| ledger.record_event_with(slo, *good, *count, at, values, span))
                    }
                })
            }
            Event::Judge { slo, value, at, like } => {
                let slo = self.slo(*slo);
                self.timed(*at, |ledger, at| match like {
                    None => ledger.record_value(slo, *value, at),
                    Some(like) => within(ledger, like, |ledger, values, span| ledger.record_value_with(slo, *value, at, values, span)),
                })
            }
            Event::Span { data, by_steps } => {
                self.tell(data, *by_steps);
                Outcome::Recorded
            }
            Event::Stray(stray) => self.stray(*stray),
        }
    }

    /// Ends the spans that are still open, each when its event said.
    pub fn finish(&mut self) {
        while let Some((handle, at)) = self.lingering.pop_front() {
            assert_eq!(self.ledger.end_span(handle, at), Outcome::Recorded);
        }
    }

    /// How many spans are still open.
    #[must_use]
    pub fn open_spans(&self) -> usize {
        self.lingering.len()
    }

    /// The number of an objective of the catalogue. Of a composite the parts are there first.
    pub fn slo(&mut self, slo: usize) -> SloId {
        if let Some(there) = self.slos.get(&slo) {
            return *there;
        }
        let mut all = objectives();
        if let Indicator::Composite(parts) = &all[slo].indicator {
            for part in parts {
                self.slo(all.iter().position(|objective| objective.id == part.id).unwrap());
            }
        }
        let id = self.ledger.create_slo(all.swap_remove(slo)).unwrap();
        self.slos.insert(slo, id);
        id
    }

    /// The number of a series of the catalogue's families.
    pub fn series(&mut self, family: usize, labels: &[String]) -> SeriesId {
        let id = *self.families.entry(family).or_insert_with(|| self.ledger.declare(families().swap_remove(family)).unwrap());
        let key = (family, labels.to_vec());
        *self.series.entry(key).or_insert_with(|| self.ledger.resolve(id, labels).unwrap())
    }

    fn timed(&mut self, at: u64, record: impl FnOnce(&mut Ledger, Timestamp) -> Outcome) -> Outcome {
        match Timestamp::from_nanos(at) {
            Ok(at) => record(&mut self.ledger, at),
            Err(outcome) => self.ledger.drop_record(outcome),
        }
    }

    fn tell(&mut self, data: &SpanData, by_steps: bool) {
        if by_steps && let Some(handle) = self.start(data) {
            self.write(handle, data);
            self.lingering.push_back((handle, data.ended));
        } else {
            self.ledger.complete_span(data.clone()).unwrap();
        }
        if self.lingering.len() > LINGERING_MAX
            && let Some((handle, at)) = self.lingering.pop_front()
        {
            assert_eq!(self.ledger.end_span(handle, at), Outcome::Recorded);
        }
    }

    /// Starts a span that is to come out as said; `None` where a start by steps would give it other
    /// flags, as a root's are the ledger's to choose, or another origin, as that is the ledger's own.
    fn start(&mut self, data: &SpanData) -> Option<SpanHandle> {
        const SAMPLED: u8 = 1;
        if *data.origin != Origin::default() {
            return None;
        }
        let name = self.ledger.declare_span(TracerId::default(), &data.name, data.kind).unwrap();
        let id = Some(data.context.span_id);
        let no_chance = || unreachable!("every id is given");
        let Some(parent) = data.parent else {
            let plain = SpanContext { trace_flags: SAMPLED, trace_state: String::new(), ..data.context.clone() };
            let parent = Parent::Trace(data.context.trace_id);
            return (data.context == plain).then(|| self.ledger.start_span(name, parent, id, data.started, no_chance));
        };
        let above = self.ledger.remote_span(SpanContext { span_id: parent, ..data.context.clone() }).unwrap();
        let handle = self.ledger.start_span(name, Parent::Span(above), id, data.started, no_chance);
        assert_eq!(self.ledger.end_span(above, Timestamp::default()), Outcome::Recorded);
        Some(handle)
    }

    fn write(&mut self, handle: SpanHandle, data: &SpanData) {
        let mut outcomes = vec![self.ledger.set_status(handle, data.status.clone())];
        for (key, value) in &data.attributes {
            outcomes.push(self.ledger.set_attribute(handle, key.clone(), value.clone()));
        }
        for event in &data.events {
            outcomes.push(self.ledger.add_event(handle, event.clone()));
        }
        for link in &data.links {
            outcomes.push(self.ledger.add_link(handle, link.clone()));
        }
        assert!(outcomes.iter().all(|outcome| outcome.is_recorded()), "{data:?}: {outcomes:?}");
    }

    fn stray(&mut self, stray: Stray) -> Outcome {
        let at = Timestamp::default();
        match stray {
            Stray::Add => self.ledger.add(SeriesId(0), 1.0, None),
            Stray::Observe => self.ledger.observe(SeriesId(u32::MAX), 1.0, None),
            Stray::Count => self.ledger.record_event(SloId(0), true, 1, at),
            Stray::Start => {
                let handle = self.ledger.start_span(SpanNameId(u32::MAX), Parent::Root, None, at, || 0);
                assert_eq!(handle, SpanHandle(0));
                Outcome::UnknownId
            }
            Stray::End => self.ledger.end_span(SpanHandle(u32::MAX), at),
        }
    }
}

/// Records what an event was like, in its span.
fn within(ledger: &mut Ledger, like: &Like, record: impl FnOnce(&mut Ledger, &[String], SpanHandle) -> Outcome) -> Outcome {
    let span = like.context.clone().map_or_else(SpanHandle::default, |context| ledger.remote_span(context).unwrap());
    let outcome = record(ledger, &like.values, span);
    if like.context.is_some() {
        assert_eq!(ledger.end_span(span, Timestamp::default()), Outcome::Recorded);
    }
    outcome
}
