//! Callbacks that are told what changed about objectives, whenever somebody looks.
//!
//! Deliberately absent: time of their own, and any word of how an objective stands; the ledger's watch knows
//! what changed. They run when [`TelemetryCtx::collect`](crate::TelemetryCtx::collect),
//! [`TelemetryCtx::drain`](crate::TelemetryCtx::drain) or
//! [`TelemetryCtx::check_slos`](crate::TelemetryCtx::check_slos) asks, and never while an agent runs.

use std::collections::BTreeMap;
use std::fmt;

use codomyrmex_telemetry::slo::{SloChange, SloWatch};
use codomyrmex_telemetry::{Ledger, Timestamp};

/// Names a callback on objectives, to take it away again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SloCallbackId(u64);

type Callback = Box<dyn FnMut(&SloChange) + Send>;

/// The callbacks of a ledger, and what each was told. One that comes late is told how things stand, not only
/// what changes from then on.
#[derive(Default)]
pub(crate) struct Watchers {
    callbacks: BTreeMap<SloCallbackId, (Callback, SloWatch)>,
    next: u64,
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchers").field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}

impl Watchers {
    pub(crate) fn add(&mut self, callback: Callback) -> SloCallbackId {
        self.next += 1;
        self.callbacks.insert(SloCallbackId(self.next), (callback, SloWatch::default()));
        SloCallbackId(self.next)
    }

    pub(crate) fn remove(&mut self, id: SloCallbackId) -> bool {
        self.callbacks.remove(&id).is_some()
    }

    pub(crate) fn are_any(&self) -> bool {
        !self.callbacks.is_empty()
    }

    pub(crate) fn look(&mut self, ledger: &Ledger, at: Option<Timestamp>) {
        for (callback, watch) in self.callbacks.values_mut() {
            ledger.watch_slos(watch, at).iter().for_each(&mut *callback);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use codomyrmex_telemetry::slo::{Changed, SloChange, State};
    use codomyrmex_telemetry::{Outcome, SloId, Timestamp, WriterId};

    use super::*;
    use crate::{ManualClock, TelemetryCtx};

    const MINUTE: u64 = 60_000_000_000;
    const START: u64 = 29_453_760 * MINUTE; // 2026-01-01T00:00:00Z

    /// What callbacks were told since somebody last looked here, in a line each.
    type Told = Arc<Mutex<Vec<String>>>;

    fn shown(change: &SloChange) -> String {
        let what = match &change.what {
            Changed::State { before, now } => format!("{} -> {}", before.name(), now.name()),
            Changed::Alert { name, severity, is_firing } => format!("{} {name} {is_firing}", severity.name()),
            Changed::Policy { before, action } => format!("{before} => {action}"),
        };
        format!("{}: {what}", change.id)
    }

    fn listen(ctx: &mut TelemetryCtx, told: &Told) -> SloCallbackId {
        let told = Arc::clone(told);
        ctx.add_slo_callback(move |change| told.lock().unwrap().push(shown(change)))
    }

    fn take(told: &Told) -> Vec<String> {
        core::mem::take(&mut *told.lock().unwrap())
    }

    /// A ledger with one objective of 90 % in a day, a clock, and what a callback was told.
    fn tried() -> (TelemetryCtx, Arc<ManualClock>, SloId, Told, SloCallbackId) {
        let clock = Arc::new(ManualClock::new(START));
        let mut ctx = TelemetryCtx::new(Arc::clone(&clock) as Arc<dyn crate::Clock>);
        let objective = objective("answers");
        let slo = ctx.ledger().create_slo(objective).unwrap();
        let told = Told::default();
        let id = listen(&mut ctx, &told);
        (ctx, clock, slo, told, id)
    }

    fn objective(id: &str) -> codomyrmex_telemetry::Objective {
        let window = codomyrmex_telemetry::Window::days(1).unwrap();
        codomyrmex_telemetry::Objective::new(id, "90%".parse().unwrap(), window)
    }

    fn record(ctx: &mut TelemetryCtx, slo: SloId, good: bool, count: u64, minutes: u64) {
        let at = Timestamp::from_nanos(START + minutes * MINUTE).unwrap();
        assert_eq!(ctx.ledger().record_event(slo, good, count, at), Outcome::Recorded);
    }

    #[test]
    fn each_change_is_told_once_however_the_accounts_are_read() {
        let (mut ctx, clock, slo, told, _) = tried();
        ctx.collect();
        assert_eq!(take(&told), [""; 0]); // nothing is known, and nothing has happened
        record(&mut ctx, slo, true, 100, 0);
        ctx.collect();
        assert_eq!(take(&told), ["answers: no-data -> met"]);
        record(&mut ctx, slo, false, 300, 1);
        clock.set(START + MINUTE);
        ctx.drain().unwrap();
        let burning = [
            "answers: met -> violated",
            "answers: page page-fast true",
            "answers: page page-slow true",
            "answers: ticket ticket-fast true",
            "answers: ticket ticket-slow true",
            "answers: normal => freeze_deployments",
        ];
        assert_eq!(take(&told), burning);
        ctx.collect();
        assert_eq!(take(&told), [""; 0]);
        // A day on, all of it has left the window.
        clock.set(START + 1_500 * MINUTE);
        ctx.collect();
        let over = [
            "answers: violated -> no-data",
            "answers: page page-fast false",
            "answers: page page-slow false",
            "answers: ticket ticket-fast false",
            "answers: ticket ticket-slow false",
            "answers: freeze_deployments => normal",
        ];
        assert_eq!(take(&told), over);
    }

    #[test]
    fn one_may_ask_about_a_time() {
        let (mut ctx, _, slo, told, _) = tried();
        record(&mut ctx, slo, true, 100, 0);
        record(&mut ctx, slo, false, 100, 1);
        ctx.check_slos(Some(START)).unwrap();
        assert_eq!(take(&told), ["answers: no-data -> met"]);
        ctx.check_slos(None).unwrap();
        assert_eq!(take(&told)[0], "answers: met -> violated");
        assert!(matches!(ctx.check_slos(Some(u64::MAX)), Err(codomyrmex_telemetry::Error::InvalidArgument(_))));
        assert_eq!(take(&told), [""; 0]);
    }

    #[test]
    fn a_callback_that_comes_late_is_told_how_things_stand_and_one_that_left_nothing() {
        let (mut ctx, _, slo, told, id) = tried();
        record(&mut ctx, slo, true, 100, 0);
        ctx.collect();
        let late = Told::default();
        listen(&mut ctx, &late);
        assert!(ctx.remove_slo_callback(id) && !ctx.remove_slo_callback(id));
        ctx.collect();
        assert_eq!((take(&told), take(&late)), (vec!["answers: no-data -> met".into()], vec!["answers: no-data -> met".into()]));
        record(&mut ctx, slo, false, 100, 0);
        ctx.collect();
        assert_eq!((take(&told).len(), take(&late)[0].as_str()), (0, "answers: met -> violated"));
    }

    #[test]
    fn what_comes_in_as_a_delta_is_told_and_what_is_far_ahead_stays_out() {
        let (mut ctx, _, _, told, _) = tried();
        let delta = |minutes: u64| {
            let mut other = Ledger::new(WriterId::new(7 + u128::from(minutes)));
            let slo = other.create_slo(objective("answers")).unwrap();
            other.record_event(slo, true, 1, Timestamp::from_nanos(START + minutes * MINUTE).unwrap());
            other.drain().unwrap()
        };
        assert!(matches!(ctx.absorb(&delta(6)), Err(codomyrmex_telemetry::Error::InvalidArgument(why)) if why.contains("1 minutes ahead")));
        ctx.absorb(&delta(5)).unwrap();
        ctx.limit_skew(None);
        ctx.absorb(&delta(6)).unwrap();
        ctx.check_slos(None).unwrap();
        assert_eq!(take(&told), ["answers: no-data -> met"]);
        assert_eq!(ctx.ledger().slo_statuses(None)[0].total, 2);
        assert_eq!(State::Met, ctx.ledger().slo_statuses(None)[0].state);
    }
}
