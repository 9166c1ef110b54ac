//! `codomyrmex telemetry slo`: what it prints about snapshots that a ledger made, and how it ends.
//!
//! Deliberately absent: whole texts and documents, which the program's own tests hold.

use std::fs;

use codomyrmex_telemetry::slo::{Alert, Condition, Severity};
use codomyrmex_telemetry::{Ledger, Objective, SpanHandle, Timestamp, Window, WriterId};
use serde_json::{Value, json};

use crate::kit::{codomyrmex, folder};

const MINUTE_NS: u64 = 60_000_000_000;

/// Midnight, 2026-01-31.
const BEGIN: u64 = 1_769_817_600_000_000_000;

/// The exit code, standard output and standard error of `telemetry slo`.
fn slo(words: &[&str]) -> (i32, String, String) {
    let output = codomyrmex(&[&["telemetry", "slo"], words].concat());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn parsed(words: &[&str]) -> Value {
    let (code, out, err) = slo(words);
    assert_eq!((code, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

fn at(minute: u64) -> Timestamp {
    Timestamp::from_nanos(BEGIN + minute * MINUTE_NS).unwrap()
}

/// Of `answers`, which promises 90 % over an hour, ten events a minute, of which in minutes 10 to 12 half failed;
/// of `steady`, which promises 50 %, all were good. Each writer has the minutes of one parity.
fn write(path: &str, parity: u64) {
    let mut ledger = Ledger::new(WriterId::new(parity.into()));
    let condition = Condition::Burn { factor: "2/1".parse().unwrap(), long: 4, short: 2, minimum_bad: 1 };
    let alerts = vec![Alert { name: "fast".into(), severity: Severity::Page, condition }];
    let hour = Window::Rolling { slots: 60 };
    let answers = Objective { alerts, dimensions: vec!["tool".into()], ..Objective::new("answers", "90%".parse().unwrap(), hour) };
    let answers = ledger.create_slo(answers).unwrap();
    let steady = ledger.create_slo(Objective::new("steady", "50%".parse().unwrap(), hour)).unwrap();
    for minute in (0..30).filter(|minute| minute % 2 == parity) {
        let bad = if (10..13).contains(&minute) { 5 } else { 0 };
        ledger.record_event_with(answers, true, 10 - bad, at(minute), &["read".into()], SpanHandle::default());
        if bad > 0 {
            ledger.record_event_with(answers, false, bad, at(minute), &["search".into()], SpanHandle::default());
        }
        ledger.record_event(steady, true, 1, at(minute));
    }
    fs::write(path, ledger.snapshot().to_bytes()).unwrap();
}

/// Two snapshots that belong together, in a folder of their own.
fn snapshots(test: &str) -> [String; 2] {
    let folder = folder(test);
    ["even", "odd"].map(|name| {
        let path = folder.join(name).to_str().unwrap().to_string();
        write(&path, u64::from(name == "odd"));
        path
    })
}

#[test]
fn status_is_an_array_with_the_names_of_the_python_module() {
    let [even, odd] = snapshots("slo-status");
    let all = parsed(&["status", &even, &odd, "--format", "json"]);
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    // 285 of 300: half of a budget of 30 is left.
    for (name, expected) in [
        ("id", json!("answers")),
        ("name", json!("answers")),
        ("target", json!(90.0)),
        ("current", json!(95.0)),
        ("is_met", json!(true)),
        ("error_budget_remaining", json!(50.0)),
        ("error_budget_consumed", json!(50.0)),
        ("good_events", json!(285)),
        ("total_events", json!(300)),
        ("window_end", json!("2026-01-31T00:30:00Z")),
    ] {
        assert_eq!(all[0][name], expected, "{name}");
    }
    let one = parsed(&["status", &odd, &even, "--format", "json", "--slo", "steady"]);
    assert_eq!((one.as_array().map(Vec::len), &one[0]), (Some(1), &all[1]));
    // At 00:12, 15 of 130 had failed.
    let (time, nanos) = ("2026-01-31T00:12:59Z", at(12).nanos().to_string());
    for moment in [time, &nanos] {
        let then = parsed(&["status", &even, &odd, "--format", "json", "--at", moment]);
        assert_eq!((&then[0]["is_met"], &then[0]["good_events"], &then[0]["total_events"]), (&json!(false), &json!(115), &json!(130)));
        assert_eq!(then[0]["firing"], json!([{"name": "fast", "severity": "page"}]));
    }
    let (code, out, _) = slo(&["status", &even, &odd]);
    assert!(code == 0 && out.starts_with("Objectives\n  answers  met       95.00 %  target 90% over 1 h  285 of 300 good\n"), "{out}");
    assert!(out.contains("    [##########..........] error budget left 50.00 %: 15 more failures\n"), "{out}");
}

#[test]
fn check_opens_the_gate_or_does_not() {
    let [even, odd] = snapshots("slo-check");
    let (code, out, err) = slo(&["check", &even, &odd]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "ok    answers  met: 95.00 %, target 90%\nok    steady   met: 100.00 %, target 50%\n");
    let bad = ["check", &even, &odd, "--at", "2026-01-31T00:12:00Z"];
    let (code, out, _) = slo(&bad);
    assert_eq!((code, out.as_str()), (5, "FAIL  answers  88.46 %, below its target 90%\nok    steady   met: 100.00 %, target 50%\n"));
    let (code, out, _) = slo(&[&bad[..], &["--fail-on", "alert"]].concat());
    assert_eq!((code, out.lines().next()), (5, Some("FAIL  answers  fast fires (page)")));
    assert_eq!(slo(&[&bad[..], &["--slo", "steady"]].concat()).0, 0);
    assert_eq!(slo(&["check", &even, &odd, "--fail-on", "policy=reduce_risk"]).0, 0);
    assert_eq!(slo(&["check", &even, &odd, "--fail-on", "policy=increase_reviews"]).0, 5);
    let (code, out, _) = slo(&["check", &even, "--at", "0", "--fail-on", "no-data", "--format", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told["is_ok"], &told["slos"][1]["reasons"]), (5, &json!(false), &json!(["nothing happened in the window"])));
}

#[test]
fn violations_analyses_and_simulations_are_of_all_snapshots_together() {
    let [even, odd] = snapshots("slo-past");
    let violations = parsed(&["violations", &even, &odd, "--slo", "answers", "--format", "json"]);
    // From 00:12, when 15 of 130 had failed, to 00:14, when it was 15 of 150.
    let [one] = &violations[0]["violations"].as_array().unwrap()[..] else { panic!("there should be one") };
    assert_eq!((&one["opened"], &one["closed"]), (&json!("2026-01-31T00:12:00Z"), &json!("2026-01-31T00:14:00Z")));
    assert_eq!((&one["duration_seconds"], &one["worst"]), (&json!(120), &json!(115.0 / 130.0 * 100.0)));
    let analyses = parsed(&["analyze", &even, &odd, "--slo", "answers", "--format", "json", "--order", "1"]);
    let pattern = &analyses[0]["patterns"][0];
    assert_eq!((&pattern["attributes"][0]["value"], &pattern["bad_events"]), (&json!("search"), &json!(15)));
    let words = ["simulate", &even, &odd, "--slo", "answers", "--format", "json", "--target", "99%", "--alert", "slow:ticket:10:20m:5m"];
    let told = parsed(&words);
    assert_eq!((&told[0]["now"]["status"]["state"], &told[0]["simulated"]["status"]["state"]), (&json!("met"), &json!("violated")));
    assert_eq!(told[0]["simulated"]["alerts"][0]["name"], "slow");
    // 10 of 120 burn 8.3 times as fast as 99 % allows, 15 of 130 burn 11.5 times, 15 of 150 ten times and no more.
    let spells = &told[0]["simulated"]["alerts"][0]["spells"];
    assert_eq!((&spells[0]["opened"], &spells[0]["closed"]), (&json!("2026-01-31T00:12:00Z"), &json!("2026-01-31T00:14:00Z")));
}

#[test]
fn rules_are_of_the_objectives_that_are_named() {
    let [even, odd] = snapshots("slo-rules");
    let (code, all, err) = slo(&["rules", &even, &odd]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(all.starts_with("# Rules for 2 objectives") && all.contains("answers"), "{all}");
    let (code, one, _) = slo(&["rules", &even, &odd, "--slo", "steady"]);
    assert!(code == 0 && one.starts_with("# Rules for 1 objective,"), "{one}");
    assert!(one.contains("steady") && !one.contains("answers"), "{one}");
}

#[test]
fn what_is_wrong_is_named_and_has_its_exit_code() {
    let [even, odd] = snapshots("slo-wrong");
    let empty = folder("slo-empty").join("empty").to_str().unwrap().to_string();
    fs::write(&empty, Ledger::new(WriterId::new(1)).snapshot().to_bytes()).unwrap();
    for (words, expected_code, expected) in [
        (&["status", &even, "--slo", "answer"][..], 3, "no objective has the id 'answer'; there are 'answers', 'steady'"),
        (&["rules", &even, "--slo", "answer"], 3, "no objective has the id 'answer'; there are 'answers', 'steady'"),
        (&["check", &empty], 3, "there is no objective in what was read, so nothing can be checked"),
        (&["check", &even, "--fail-on", "policy=panic"], 3, "no policy has the action 'panic'"),
        (&["check", &even, "--fail-on", "doom"], 2, "it is one of violated, at-risk, alert, policy=ACTION, no-data"),
        (&["status", &even, "--at", "yesterday"], 2, "write it like 2026-01-31T12:00:00Z"),
        (&["violations", &even, "--limit", "0"], 2, "0 is not in 1..=65535"),
        (&["analyze", &even, "--order", "4"], 2, "4 is not in 1..=3"),
        (&["simulate", &even, &odd], 2, "required arguments were not provided"),
        (&["simulate", &even, "--alert", "fast:page:20:1h:5m"], 2, "it could never fire"),
        (&["simulate", &even, "--window", "1y 1d 1h"], 2, "366 days"),
    ] {
        let (code, out, err) = slo(words);
        assert_eq!((code, out.as_str()), (expected_code, ""), "{words:?}: {err}");
        assert!(err.contains(expected), "{words:?}: {err}");
    }
}
