//! What the crate `metrics` records, in the accounts.

use codomyrmex_telemetry::export::{Escaping, prometheus};
use codomyrmex_telemetry_guest::{Error, TelemetryRecorder, with_ledger};
use metrics::{Unit, counter, describe_gauge, gauge, histogram, with_local_recorder};

fn exported() -> String {
    prometheus(&with_ledger(|ledger| ledger.snapshot()), Escaping::Underscores)
}

#[test]
fn counters_and_gauges_do_what_the_facade_says() {
    with_local_recorder(&TelemetryRecorder::new(), || {
        describe_gauge!("seats", Unit::Bytes, "Left.");
        let calls = counter!("calls");
        calls.increment(2);
        calls.absolute(7);
        calls.absolute(5);
        let seats = gauge!("seats");
        seats.set(5.0);
        seats.increment(2.0);
        seats.decrement(4.0);
    });
    assert_eq!(exported(), "# TYPE calls_total counter\ncalls_total 7\n# HELP seats Left.\n# TYPE seats gauge\nseats 3\n");
}

#[test]
fn fewer_labels_are_empty_and_another_is_a_counted_drop_that_can_be_asked_about() {
    with_local_recorder(&TelemetryRecorder::new(), || {
        counter!("calls", "tool" => "search", "outcome" => "ok").increment(1);
        counter!("calls", "outcome" => "ok", "tool" => "search").increment(1);
        counter!("calls", "tool" => "book").increment(1);
        counter!("calls").increment(1);
        counter!("calls", "tool" => "book", "user" => "ada").increment(1);
        gauge!("calls").set(1.0);
    });
    assert_eq!(
        exported().split("# HELP codomyrmex").next().unwrap(),
        "# TYPE calls_total counter\ncalls_total{outcome=\"\",tool=\"\"} 1\ncalls_total{outcome=\"\",tool=\"book\"} 1\n\
         calls_total{outcome=\"ok\",tool=\"search\"} 2\n"
    );
    assert_eq!(with_ledger(|ledger| ledger.dropped()), [("unknown-id", 2)]);
    let refusals = TelemetryRecorder::refusals();
    let expected = "'calls' has the labels [outcome, tool], and 'user' is none of them; say all of them with `TelemetryRecorder::labels`";
    assert_eq!(refusals, [("calls".into(), Error::InvalidArgument(expected.into()))]);
}

#[test]
fn histograms_follow_the_values_unless_they_have_bounds() {
    let recorder = TelemetryRecorder::new().bounds("fixed", &[1.0, 2.0]);
    with_local_recorder(&recorder, || {
        histogram!("fixed").record_many(1.5, 3);
        histogram!("free").record(8.0);
    });
    let text = exported();
    assert!(text.contains("fixed_bucket{le=\"1\"} 0\nfixed_bucket{le=\"2\"} 3\nfixed_bucket{le=\"+Inf\"} 3\n"), "{text}");
    assert!(text.contains("free_sum 8\nfree_count 1\n"), "{text}");
}

#[test]
fn a_handle_that_is_used_in_another_thread_counts_in_that_threads_ledger() {
    let handle = with_local_recorder(&TelemetryRecorder::new(), || {
        counter!("first").increment(1);
        counter!("second", "tool" => "search")
    });
    let there = std::thread::spawn(move || {
        handle.increment(3);
        exported()
    });
    assert_eq!(there.join().unwrap(), "# TYPE second_total counter\nsecond_total{tool=\"search\"} 3\n");
}
