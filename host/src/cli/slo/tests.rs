//! Objectives small enough to be reckoned by hand, and the whole of what is told about them.

use codomyrmex_telemetry::slo::{Alert, CalendarUnit, Condition, PolicyStep, Severity};
use codomyrmex_telemetry::{Ledger, SpanContext, SpanHandle, SpanId, TraceId, Window, WriterId};

use super::*;

/// Events of an objective: a minute, so many good and bad ones, and the values of its dimensions.
type Happened<'a> = (u64, u64, u64, &'a [&'a str]);

pub(super) fn at(minute: u64) -> Timestamp {
    Timestamp::from_nanos(minute * 60_000_000_000).unwrap()
}

/// What a ledger knows after these events, each in the trace of its place.
pub(super) fn recorded(objectives: &[(Objective, &[Happened<'_>])]) -> Objectives {
    let mut ledger = Ledger::new(WriterId::new(1));
    for (objective, events) in objectives {
        let slo = ledger.create_slo(objective.clone()).unwrap();
        for (place, (minute, good, bad, values)) in (1..).zip(*events) {
            let context = SpanContext {
                trace_id: TraceId::new(place).unwrap(),
                span_id: SpanId::new(1).unwrap(),
                trace_flags: 1,
                trace_state: String::new(),
            };
            let span = if values.is_empty() { SpanHandle::default() } else { ledger.remote_span(context).unwrap() };
            let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
            for (is_good, count) in [(true, good), (false, bad)] {
                if *count > 0 {
                    assert_eq!(
                        ledger.record_event_with(slo, is_good, *count, at(*minute), &values, span),
                        codomyrmex_telemetry::Outcome::Recorded
                    );
                }
            }
        }
    }
    ledger.snapshot().slos
}

pub(super) fn objective(id: &str, target: &str, minutes: u64) -> Objective {
    Objective::new(id, target.parse().unwrap(), Window::Rolling { slots: minutes })
}

/// 19 of 20 good at 90 % over an hour: half of the budget of two failures is left.
pub(super) fn answers() -> (Objective, &'static [Happened<'static>]) {
    (Objective { name: "Answers".into(), ..objective("answers", "90%", 60) }, &[(0, 9, 1, &[]), (9, 10, 0, &[])])
}

/// 97 of 100 good at 99 % over a day, all in the first minute: three failures, and one is allowed.
pub(super) fn burning() -> (Objective, &'static [Happened<'static>]) {
    let condition = Condition::Burn { factor: "2/1".parse().unwrap(), long: 60, short: 5, minimum_bad: 1 };
    let alerts = vec![Alert { name: "fast".into(), severity: Severity::Page, condition }];
    (Objective { alerts, ..objective("burning", "99%", 1_440) }, &[(0, 97, 3, &[])])
}

/// An objective of the calendar about which nothing is known.
pub(super) fn quiet() -> (Objective, &'static [Happened<'static>]) {
    let window = Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes: 120 };
    (Objective::new("quiet", "99.9%".parse().unwrap(), window), &[])
}

/// A text without its colours.
pub(super) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn told(all: &Objectives, moment: Option<Timestamp>) -> String {
    let mut told = String::new();
    objectives(&mut told, &standings(all, moment));
    plain(&told)
}

#[test]
fn a_status_tells_what_is_left_what_burns_and_what_is_to_be_done() {
    let all = recorded(&[answers(), burning(), quiet()]);
    assert_eq!(
        told(&all, None),
        "
Objectives
  answers  met       95.00 %  target 90% over 1 h       19 of 20 good
    Answers
    [##########..........] error budget left 50.00 %: 1 more failure
    policy increase_reviews since 1970-01-01T00:09:00Z
    something happened in 20.00 % of the window
  burning  NOT MET   97.00 %  target 99% over 1 d       97 of 100 good
    [....................] error budget left -200.00 %: overspent by 2 failures
    burn 5m 3x, 1h 3x
    fires fast (page)
    policy freeze_deployments since 1970-01-01T00:00:00Z
    at this pace the target stays out of reach
  quiet    no data         -  target 99.9% by the month (UTC+02:00)  0 of 0 good
    error budget unknown
"
    );
    assert!(told(&all, None).lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn nothing_is_cut_at_eighty_columns() {
    let names = ["one", "two", "three", "four", "five", "six"];
    let alerts = (1..).zip(names).map(|(place, name)| Alert {
        name: format!("{name}-with-a-name"),
        severity: Severity::Ticket,
        condition: Condition::Burn { factor: "2/1".parse().unwrap(), long: 70 * place, short: 7 * place, minimum_bad: 0 },
    });
    let window = Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes: 0 };
    let objective = Objective { alerts: alerts.collect(), ..Objective::new("twenty_characters_it", "99%".parse().unwrap(), window) };
    let text = told(&recorded(&[(objective, &[(0, 1_000_000, 1_000_000, &[])])]), None);
    assert_eq!(
        text,
        "
Objectives
  twenty_characters_it  NOT MET   50.00 %  target 99% by the month
    1,000,000 of 2,000,000 good
    [....................] error budget left -4900.00 %: overspent by 980000 failures
    burn 7m 50x, 14m 50x, 21m 50x, 28m 50x, 35m 50x, 42m 50x, 1h10m 50x,
      2h20m 50x, 3h30m 50x, 4h40m 50x, 5h50m 50x, 7h 50x
    fires one-with-a-name (ticket), two-with-a-name (ticket),
      three-with-a-name (ticket), four-with-a-name (ticket),
      five-with-a-name (ticket), six-with-a-name (ticket)
    policy freeze_deployments since 1970-01-01T00:00:00Z
    at this pace the target is reached again in 31 d
    at this pace the window ends at 50.00 %, with -4900.00 % of the budget left
"
    );
}

#[test]
fn a_status_tells_when_things_will_turn() {
    // Ten good ones in each of five minutes, then a bad one in each of five.
    let minutes: Vec<Happened<'_>> =
        (0..10).map(|minute| (minute, if minute < 5 { 10 } else { 0 }, u64::from(minute >= 5), &[][..])).collect();
    let all = recorded(&[(objective("turning", "90%", 120), &minutes)]);
    // 5 of 55 are bad. What came in the last minute comes again in the next: 6 of 56 are more than a tenth.
    let text = told(&all, None);
    assert!(text.contains("turning  AT RISK   90.91 %  target 90% over 2 h  50 of 55 good\n"), "{text}");
    assert!(text.contains("    at this pace the budget is spent in 1 m\n"), "{text}");
    // Two hours later the good minutes have left the window; the bad ones leave it in five.
    let text = told(&all, Some(at(124)));
    assert!(text.contains("turning  NOT MET    0.00 %  target 90% over 2 h  0 of 5 good\n"), "{text}");
    assert!(text.contains("    at this pace the target is reached again in 5 m\n"), "{text}");
}

#[test]
fn too_few_are_told_as_such_with_what_did_not_count() {
    let mut few = objective("few", "90%", 60);
    few.minimum = 50;
    few.resolution.history = 0;
    let all = recorded(&[(few, &[(0, 7, 0, &[]), (100, 3, 0, &[])])]);
    assert_eq!(
        told(&all, None),
        "
Objectives
  few  too few  100.00 %  target 90% over 1 h  3 of 3 good
    [####################] error budget left 100.00 %: 0.3 more failures
    it is judged from 50 events on
    something happened in 1.66 % of the window
    7 events came before all that is kept
"
    );
}

#[test]
fn a_hostile_id_moves_no_cursor_and_its_length_breaks_no_table() {
    let id = "\u{1b}[2J\u{202e}a\u{9b}31m very long id";
    let all = recorded(&[(Objective { name: id.into(), ..objective(id, "90%", 60) }, &[(0, 1, 0, &[])])]);
    let text = told(&all, None);
    assert!(
        text.contains("  \u{fffd}[2J\u{fffd}a\u{fffd}31m very long id\n    met      100.00 %  target 90% over 1 h  1 of 1 good\n"),
        "{text:?}"
    );
    let json = crate::cli::json::pretty(&json::standing(&standings(&all, None)[0]));
    assert!(json.contains(r#""id": "\u001b[2J\u202ea\u009b31m very long id""#), "{json}");
    assert!(json.chars().all(|c| c == '\n' || !crate::cli::is_harmful(c)));
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["id"], id);
}

#[test]
fn json_has_the_names_of_the_python_module_and_ours() {
    let told = |(objective, events)| json::standing(&standings(&recorded(&[(objective, events)]), None)[0]);
    assert_eq!(
        told(answers()),
        serde_json::json!({
            "id": "answers", "name": "Answers", "target": 90.0, "current": 95.0, "is_met": true,
            "error_budget_remaining": 50.0, "error_budget_consumed": 50.0, "good_events": 19, "total_events": 20,
            "state": "met", "version": 1, "target_ratio": {"numerator": 9, "denominator": 10}, "unit": 1,
            "budget_remaining": 0.5, "budget_remaining_events": 1.0, "burn_rates": [], "coverage": 0.2, "firing": [],
            "policy": {"action": "increase_reviews", "since": "1970-01-01T00:09:00Z"},
            "time_to_exhaustion_seconds": null, "time_to_recovery_seconds": null, "projection": null,
            "window_start": "1970-01-01T00:00:00Z", "window_end": "1970-01-01T00:10:00Z",
            "window_start_ns": 0, "window_end_ns": 600_000_000_000u64,
            "raw_good_events": 19, "raw_total_events": 20, "expired": 0, "uncounted": 0,
        })
    );
    let burning = told(burning());
    assert_eq!(
        (&burning["is_met"], &burning["error_budget_remaining"], &burning["budget_remaining"]),
        (&false.into(), &0.0.into(), &(-2.0).into())
    );
    assert_eq!(
        burning["burn_rates"],
        serde_json::json!([{"lookback_seconds": 300, "rate": 3.0}, {"lookback_seconds": 3_600, "rate": 3.0}])
    );
    assert_eq!(burning["firing"], serde_json::json!([{"name": "fast", "severity": "page"}]));
    assert_eq!(burning["policy"], serde_json::json!({"action": "freeze_deployments", "since": "1970-01-01T00:00:00Z"}));
    let quiet = told(quiet());
    assert_eq!(
        (&quiet["current"], &quiet["is_met"], &quiet["error_budget_remaining"]),
        (&serde_json::Value::Null, &true.into(), &100.0.into())
    );
    assert_eq!((&quiet["target"], &quiet["policy"]), (&99.9.into(), &serde_json::json!({"action": "normal", "since": null})));
}

#[test]
fn of_versions_the_latest_stands_and_two_of_one_version_stand_apart() {
    let versions = recorded(&[
        (objective("a", "90%", 60), &[(0, 9, 1, &[])]),
        (Objective { version: 2, ..objective("a", "80%", 60) }, &[(1, 9, 1, &[])]),
    ]);
    let [standing] = &standings(&versions, None)[..] else { panic!("there should be one") };
    assert_eq!((standing.status.version, standing.status.good, standing.status.total), (2, 18, 20));
    let mut rivals = recorded(&[(objective("a", "90%", 60), &[(0, 9, 1, &[])])]);
    rivals.merge(&recorded(&[(objective("a", "80%", 60), &[(0, 1, 3, &[])])]));
    let both = standings(&rivals, None);
    assert_eq!(both.iter().map(|standing| standing.status.clone()).collect::<Vec<_>>(), rivals.statuses(None));
    let violations: Vec<_> = both.iter().map(|standing| standing.violations().len()).collect();
    assert_eq!((both.len(), violations), (2, vec![1, 0]));
}

#[test]
fn an_id_that_is_not_there_is_named_with_those_that_are() {
    let all = recorded(&[answers(), burning()]);
    let chosen = |ids: &[&str]| chosen(standings(&all, None), &ids.iter().map(|id| id.to_string()).collect::<Vec<_>>());
    assert_eq!(chosen(&[]).unwrap().len(), 2);
    assert_eq!(chosen(&["burning"]).unwrap()[0].objective.id, "burning");
    let failure = chosen(&["burning", "burnt"]).unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (3, "no objective has the id 'burnt'; there are 'answers', 'burning'"));
    let failure = super::chosen(Vec::new(), &["a".into()]).unwrap_err();
    assert_eq!(failure.message, "no objective has the id 'a'; there are none in what was read");
}

#[test]
fn a_policy_of_ones_own_is_told() {
    let policy = vec![PolicyStep { from: "1/4".parse().unwrap(), until: "1/5".parse().unwrap(), action: "ask_first".into() }];
    let (answers, events) = answers();
    let text = told(&recorded(&[(Objective { policy, ..answers }, events)]), None);
    assert!(text.contains("    policy ask_first since 1970-01-01T00:00:00Z\n"), "{text}");
}
