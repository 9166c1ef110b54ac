//! The oracle: it keeps all events and answers every question by looking at each of them again.
//!
//! It is written from the contract (`wit/`), not from the ledger's code: sums are big integers, the
//! calendar is walked month by month, a window is a filter.
//! ```text
//!   heard     what an event is to an objective
//!   account   all that an objective counted, and what it says: status
//!   view      slots and slices, and sums over stretches of time
//!   story     what was so at every minute: violations, alerts, policy
//!   outlook   what will be so at every minute, if things go on
//!   calendar  days and months, counted one by one
//! ```
//! Deliberately absent: speed, and limits.

mod account;
mod calendar;
mod heard;
mod outlook;
mod story;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub use account::{Account, Happened};
use codomyrmex_telemetry::{Descriptor, Indicator, Instrument, Objective, Outcome, SpanData, SpanId, Status, TraceId};
pub(crate) use heard::is_heard_of;
use heard::{Meaning, meaning};

use crate::catalogue::{MINUTE_NS, families};
use crate::event::{Event, Like};
use crate::promises::{is_fed, objectives};
use crate::truth::{Record, SeriesTruth};

const LATEST_NS: u64 = i64::MAX as u64;

static FAMILIES: LazyLock<Vec<Descriptor>> = LazyLock::new(families);
static OBJECTIVES: LazyLock<Vec<Objective>> = LazyLock::new(objectives);

/// All events that there were.
#[derive(Clone, Copy, Debug)]
pub struct Naive<'e>(&'e [Event]);

impl<'e> Naive<'e> {
    /// That keeps these events.
    #[must_use]
    pub const fn new(events: &'e [Event]) -> Self {
        Self(events)
    }

    /// What a ledger must answer to an event.
    #[must_use]
    pub fn verdict(event: &Event) -> Outcome {
        match event {
            Event::Resolve { .. } | Event::Span { .. } => Outcome::Recorded,
            Event::Stray(_) => Outcome::UnknownId,
            Event::Add { at: Some(at), .. } | Event::Observe { at: Some(at), .. } if *at > LATEST_NS => Outcome::InvalidTime,
            Event::Set { at, .. } | Event::RecordIn { at, .. } | Event::Count { at, .. } | Event::Judge { at, .. } if *at > LATEST_NS => {
                Outcome::InvalidTime
            }
            Event::Add { family, labels, value, at } => addition(*family, *value, at.is_some() || !needs_time(*family, labels)),
            Event::Observe { family, labels, value, at, .. } => observation(*family, *value, at.is_some() || !needs_time(*family, labels)),
            Event::RecordIn { family, value, .. } => match addition(*family, *value, true) {
                Outcome::WrongKind => observation(*family, *value, true),
                outcome => outcome,
            },
            Event::Set { family, value, .. } => match FAMILIES[*family].instrument {
                Instrument::Gauge => Outcome::Recorded,
                Instrument::StateSet(_) => if_so(*value == 0.0 || *value == 1.0),
                _ => Outcome::WrongKind,
            },
            Event::Judge { slo, value, like, .. } => match OBJECTIVES[*slo].indicator {
                Indicator::Threshold(..) => if_so(!value.is_nan() && fits(*slo, like.as_ref())),
                _ => Outcome::WrongKind,
            },
            Event::Count { slo, like, .. } => match OBJECTIVES[*slo].indicator {
                Indicator::Events | Indicator::Threshold(..) => if_so(fits(*slo, like.as_ref())),
                _ => Outcome::WrongKind,
            },
        }
    }

    /// How many records were dropped, by the name of the reason.
    #[must_use]
    pub fn drops(self) -> BTreeMap<&'static str, u64> {
        let mut drops = BTreeMap::new();
        for outcome in self.0.iter().map(Self::verdict).filter(|outcome| !outcome.is_recorded()) {
            *drops.entry(outcome.name()).or_default() += 1;
        }
        drops
    }

    /// What every series must have come to, by family and label values.
    #[must_use]
    pub fn series(self) -> BTreeMap<(usize, Vec<String>), SeriesTruth> {
        let mut all: BTreeMap<(usize, Vec<String>), SeriesTruth> = BTreeMap::new();
        for event in self.0 {
            let once = |value: f64, at: Option<u64>| Record { value, times: 1, at, context: None };
            let (family, labels, record) = match event {
                Event::Resolve { family, labels } => (family, labels, None),
                Event::Add { family, labels, value, at } => (family, labels, Some(once(*value, *at))),
                Event::Set { family, labels, value, at } => (family, labels, Some(once(*value, Some(*at)))),
                Event::Observe { family, labels, value, times, at } => {
                    (family, labels, Some(Record { times: u64::from(*times), ..once(*value, *at) }).filter(|record| record.times > 0))
                }
                Event::RecordIn { family, labels, value, at, context } => {
                    let is_sampled = context.trace_flags & 1 == 1;
                    let context = is_sampled.then_some((context.trace_id, context.span_id));
                    (family, labels, Some(Record { context, ..once(*value, Some(*at)) }))
                }
                _ => continue,
            };
            let truth = all.entry((*family, labels.clone())).or_default();
            truth.0.extend(record.filter(|_| Self::verdict(event).is_recorded()));
        }
        all
    }

    /// The objectives that anything was said about, and those that hear of what is said about others.
    #[must_use]
    pub fn slos(self) -> BTreeSet<usize> {
        let slo = |event: &Event| match event {
            Event::Count { slo, .. } | Event::Judge { slo, .. } => Some(*slo),
            _ => None,
        };
        let told: BTreeSet<usize> = self.0.iter().filter_map(slo).collect();
        let parts_of = |slo: usize| match &OBJECTIVES[slo].indicator {
            Indicator::Composite(parts) => parts.iter().map(|part| place(&part.id)).collect(),
            _ => Vec::new(),
        };
        let parts: Vec<usize> = told.iter().flat_map(|slo| parts_of(*slo)).collect();
        let fed = (0..OBJECTIVES.len()).filter(|slo| is_fed(&OBJECTIVES[*slo]));
        told.iter().copied().chain(parts).chain(fed).collect()
    }

    /// All that an objective counted.
    #[must_use]
    pub fn account(self, slo: usize) -> Account {
        let mut account = Account::new(OBJECTIVES[slo].clone());
        if let Indicator::Composite(parts) = &OBJECTIVES[slo].indicator {
            account.parts = parts.iter().map(|part| (part.weight, self.account(place(&part.id)))).collect();
        }
        for event in self.0.iter().filter(|event| Self::verdict(event).is_recorded()) {
            match meaning(slo, event) {
                Some(Meaning::Counts { at, counts }) => account.record(at / MINUTE_NS, counts),
                Some(Meaning::Uncounted) => account.uncounted += 1,
                None => {}
            }
        }
        account
    }

    /// How an objective must stand at a time, or at its newest event.
    #[must_use]
    pub fn status(self, slo: usize, at: Option<u64>) -> Status {
        self.account(slo).status(at)
    }

    /// How many spans were told that are sampled, and by their ids what was told of each. A ledger keeps one of
    /// those; which, is its own choice, so long as every ledger chooses alike.
    #[must_use]
    pub fn spans(self) -> (u64, BTreeMap<(TraceId, SpanId), Vec<SpanData>>) {
        let mut told: BTreeMap<_, Vec<SpanData>> = BTreeMap::new();
        for event in self.0 {
            if let Event::Span { data, .. } = event
                && data.context.is_sampled()
            {
                told.entry((data.context.trace_id, data.context.span_id)).or_default().push(data.clone());
            }
        }
        (told.values().map(|versions| versions.len() as u64).sum(), told)
    }

    /// How many spans were told that are not sampled.
    #[must_use]
    pub fn unsampled(self) -> u64 {
        let is_unsampled = |event: &&Event| matches!(event, Event::Span { data, .. } if !data.context.is_sampled());
        self.0.iter().filter(is_unsampled).count() as u64
    }
}

/// What `add` must answer; of a gauge it is not asked.
fn addition(family: usize, value: f64, is_timed: bool) -> Outcome {
    match FAMILIES[family].instrument {
        Instrument::Counter if value < 0.0 => Outcome::InvalidValue,
        Instrument::Counter | Instrument::UpDownCounter if !is_timed => Outcome::InvalidTime,
        Instrument::Counter | Instrument::UpDownCounter => if_so(value.is_finite()),
        _ => Outcome::WrongKind,
    }
}

fn observation(family: usize, value: f64, is_timed: bool) -> Outcome {
    match FAMILIES[family].instrument {
        Instrument::Histogram(_) | Instrument::ExponentialHistogram(_) | Instrument::Summary(_) => {
            if value.is_finite() && !is_timed {
                Outcome::InvalidTime
            } else {
                if_so(value.is_finite())
            }
        }
        _ => Outcome::WrongKind,
    }
}

const fn if_so(valid: bool) -> Outcome {
    if valid { Outcome::Recorded } else { Outcome::InvalidValue }
}

/// Whether a record of a series must say its time: it has a window, or an objective hears of it.
fn needs_time(family: usize, labels: &[String]) -> bool {
    FAMILIES[family].window.is_some() || heard::is_series_heard_of(family, labels)
}

/// Whether what an event was like is what an objective's terms ask for.
fn fits(slo: usize, like: Option<&Like>) -> bool {
    like.is_none_or(|like| like.values.is_empty() || like.values.len() == OBJECTIVES[slo].dimensions.len())
}

/// The place of an objective in the catalogue.
fn place(id: &str) -> usize {
    OBJECTIVES.iter().position(|objective| objective.id == id).unwrap()
}
