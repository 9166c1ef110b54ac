//! Law 6 for objectives: status, violations, alerts and policy say what was so at every minute.
//!
//! The oracle keeps every event and looks at every minute; the ledger folds over moments. Terms and events
//! are made up by chance, and events come to one ledger or to several that drain. Deliberately absent: long
//! windows, which `exact` has.

use codomyrmex_telemetry::{Budgeting, Descriptor, Indicator, Instrument, Ledger, SeriesId, SloId, Timestamp, WriterId};
use codomyrmex_telemetry_tests::{Account, Chance, MINUTE_NS, Story, Told, cases, composites, stories};
use proptest::prelude::*;

/// A ledger to which a story is told.
struct Teller {
    ledger: Ledger,
    slo: SloId,
    parts: Vec<SloId>,
    counters: [SeriesId; 2],
}

impl Teller {
    /// `None` where the ledger refuses the objective.
    fn new(writer: u128, story: &Story) -> Option<Self> {
        let mut ledger = Ledger::new(WriterId::new(writer));
        let counters = ["part", "whole"].map(|name| {
            let (name, instrument) = (name.into(), Instrument::Counter);
            let descriptor = Descriptor { name, help: String::new(), unit: String::new(), labels: vec![], instrument, window: None };
            let family = ledger.declare(descriptor).unwrap();
            ledger.resolve(family, &[]).unwrap()
        });
        let parts: Vec<SloId> = story.parts.iter().map(|part| ledger.create_slo(part.clone()).unwrap()).collect();
        let slo = ledger.create_slo(story.objective.clone());
        // A composite is refused where its parts keep too little of the past.
        assert!(slo.is_ok() || !parts.is_empty(), "{slo:?}");
        Some(Self { ledger, slo: slo.ok()?, parts, counters })
    }

    fn tell(&mut self, story: &Story, told: &Told) {
        let at = Timestamp::from_nanos(told.minute * MINUTE_NS + told.count % 1_000).unwrap();
        let (slo, objective) = match told.part % self.parts.len().max(1) {
            _ if self.parts.is_empty() => (self.slo, &story.objective),
            part => (self.parts[part], &story.parts[part]),
        };
        let outcome = if matches!(objective.indicator, Indicator::Metrics(_)) {
            self.ledger.add(self.counters[usize::from(!told.good)], counted(told.count) as f64, Some(at))
        } else {
            self.ledger.record_event(slo, told.good, told.count, at)
        };
        assert!(outcome.is_recorded(), "{outcome:?}");
    }
}

/// What a counter can be told at once.
fn counted(count: u64) -> u64 {
    count.min(1 << 53)
}

/// All that was told, kept.
fn account(story: &Story) -> Account {
    let mut whole = Account::new(story.objective.clone());
    if let Indicator::Composite(parts) = &story.objective.indicator {
        whole.parts = parts.iter().zip(&story.parts).map(|(part, objective)| (part.weight, Account::new(objective.clone()))).collect();
    }
    for told in &story.told {
        let parts = whole.parts.len();
        let into = if parts == 0 { &mut whole } else { &mut whole.parts[told.part % parts].1 };
        let is_metrics = matches!(into.objective.indicator, Indicator::Metrics(_));
        let count = if is_metrics { counted(told.count) } else { told.count };
        into.record(told.minute, if told.good { [count, 0] } else { [0, count] });
    }
    whole
}

/// One ledger that was told all, and one that was told some, and took in the rest.
fn tellers(story: &Story, seed: u64) -> Option<[Teller; 2]> {
    let (mut single, mut other, mut collector) = (Teller::new(1, story)?, Teller::new(2, story)?, Teller::new(3, story)?);
    let chance = &mut Chance::new(seed);
    for told in &story.told {
        single.tell(story, told);
        if chance.one_in(2) {
            other.tell(story, told)
        } else {
            collector.tell(story, told)
        }
        if chance.one_in(4) {
            other.ledger.drain().map(|delta| collector.ledger.absorb(&delta).unwrap());
        }
        if chance.one_in(6) {
            collector.ledger.drain();
        }
    }
    other.ledger.drain().map(|delta| collector.ledger.absorb(&delta).unwrap());
    Some([single, collector])
}

fn assert_told(story: &Story, seed: u64, minutes: i64) {
    let Some(tellers) = tellers(story, seed) else { return };
    let account = account(story);
    let later = |newest: u64| newest.saturating_add_signed(minutes) * MINUTE_NS;
    for at in [None, account.newest().map(later)] {
        let time = at.map(|at| Timestamp::from_nanos(at).unwrap());
        let (status, violations) = (account.status(at), account.violations(at));
        let (alerts, policy) = (account.alerts(at), account.policy(at));
        for Teller { ledger, slo, .. } in &tellers {
            assert_eq!(ledger.slo_status(*slo, time).unwrap(), status, "at {at:?}");
            assert_eq!(ledger.slo_violations(*slo, time).unwrap(), violations, "at {at:?}");
            assert_eq!(ledger.slo_alerts(*slo, time).unwrap(), alerts, "at {at:?}");
            assert_eq!(ledger.slo_policy(*slo, time).unwrap(), policy, "at {at:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn an_objective_says_what_was_so_at_every_minute(story in stories(), seed in any::<u64>(), minutes in -700..900i64) {
        assert_told(&story, seed, minutes);
    }

    #[test]
    fn a_composite_says_what_its_parts_come_to_at_every_minute(story in composites(), seed in any::<u64>(), minutes in -700..900i64) {
        assert_told(&story, seed, minutes);
    }
}

#[test]
fn composites_are_tried_in_all_their_forms() {
    // The law above passes over what a ledger refuses: enough must be left.
    let mut runner = proptest::test_runner::TestRunner::new(cases(96));
    let mut taken = [0; 3];
    for _ in 0..200 {
        let story = proptest::strategy::ValueTree::current(&composites().new_tree(&mut runner).unwrap());
        let form = match story.objective.budgeting {
            Budgeting::Occurrences => 0,
            Budgeting::Timeslices { .. } => 1,
            Budgeting::RatioTimeslices { .. } => 2,
        };
        taken[form] += u32::from(Teller::new(1, &story).is_some());
    }
    assert!(taken.iter().all(|taken| *taken >= 20), "{taken:?}");
}
