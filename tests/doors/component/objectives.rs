//! Objectives in the component: every term of one goes in as it is said, every answer comes out as the
//! ledger gives it.

use std::time::{SystemTime, UNIX_EPOCH};

use codomyrmex_telemetry::slo::{
    Alert, AlertHistory, Analysis, CalendarUnit, Condition, Exemption, MetricRatio, MetricSelector, Missing, Options, PolicyState,
    PolicyStep, Question, Resolution, SLOT_NS, Severity, SloViolation, SpanSelector, Weighted,
};
use codomyrmex_telemetry::{
    Budgeting, Comparison, Descriptor, Double, Indicator, Instrument, Ledger, Objective, Outcome, Ratio, SliType, SloId, SpanContext,
    SpanData, SpanId, SpanKind, Status, Timestamp, TraceId, Value, Window, WriterId,
};

use super::agent::{ComponentAgent, wit};
use super::words;

const START: u64 = 29_453_760; // 2026-01-01T00:00:00Z, in minutes

/// What the objectives come to, by id: good, all, and the unit of both. Every third minute of 150 to 349 is
/// bad; three such events weigh as much as one span; of nine whole half hours that are not exempt six are bad;
/// of 288 slices 268 are empty, and of 20 others 12 have one bad value of five.
const COUNTED: [(&str, u64, u64, u64); 5] = [
    ("attributed", 666, 800, 1),
    ("composite", 3 * 666 + 37, 3 * 800 + 50, 1),
    ("full", 3, 9, 1),
    ("metrics", 17_600_000_000, 288_000_000_000, 1_000_000_000),
    ("spans", 37, 50, 1),
];

fn ratio(numerator: u64, denominator: u64) -> Ratio {
    Ratio::new(numerator, denominator).unwrap()
}

fn at(minutes: u64) -> Timestamp {
    Timestamp::from_nanos((START + minutes) * SLOT_NS).unwrap()
}

/// Objectives that between them have every term, none as it is where nothing is said.
fn objectives() -> Vec<Objective> {
    let pair = |name: &str, value: &str| vec![(String::from(name), String::from(value))];
    let selector = |name: &str, labels, threshold| MetricSelector { name: name.into(), labels, threshold };
    let metrics = MetricRatio {
        part_is_good: true,
        part: selector("took", pair("tool", "search"), Some((Comparison::AtMost, Double::new(0.5)))),
        total: selector("took", pair("tool", "search"), None),
    };
    let spans = SpanSelector { name: "chat".into(), attributes: pair("model", "x"), max_duration: Some(7) };
    let part = |id: &str, weight| Weighted { id: id.into(), weight };
    let burn = |name: &str, severity, long: u64, short: u64, minimum_bad| {
        let condition = Condition::burn(ratio(3, 2), long * SLOT_NS, short * SLOT_NS, minimum_bad).unwrap();
        Alert { name: name.into(), severity, condition }
    };
    let plain = |id: &str| Objective::new(id, ratio(9, 10), Window::days(1).unwrap());
    let full = Objective {
        version: 3,
        name: "Full".into(),
        description: "Everything is said of it.".into(),
        sli_type: SliType::Throughput,
        indicator: Indicator::Threshold(Comparison::AtLeast, Double::new(-2.5)),
        window: Window::Calendar { unit: CalendarUnit::Month, utc_offset_minutes: -90 },
        budgeting: Budgeting::timeslices(30 * SLOT_NS, ratio(3, 4)).unwrap().with_missing(Missing::Good),
        minimum: 4,
        dimensions: vec!["tool".into(), "region".into()],
        alerts: vec![
            burn("fast", Severity::Page, 60, 30, 2),
            burn("slow", Severity::Ticket, 600, 90, 1),
            Alert { name: "gone".into(), severity: Severity::Ticket, condition: Condition::no_data(120 * SLOT_NS).unwrap() },
        ],
        policy: vec![
            PolicyStep { from: ratio(1, 100), until: ratio(1, 200), action: "look".into() },
            PolicyStep { from: ratio(1, 2), until: ratio(1, 3), action: "stop".into() },
        ],
        exemptions: vec![Exemption {
            recurrence: Some("FREQ=DAILY;COUNT=3".parse().unwrap()),
            utc_offset_minutes: 120,
            ..Exemption::once("patches", at(90), 60 * SLOT_NS).unwrap()
        }],
        resolution: Resolution::new(30 * SLOT_NS, 60 * SLOT_NS, 2_880 * SLOT_NS).unwrap(),
        ..plain("full")
    };
    let attributed = Objective { dimensions: vec!["tool".into(), "region".into()], ..plain("attributed") };
    let slices = Budgeting::ratio_timeslices(5 * SLOT_NS).unwrap().with_missing(Missing::Bad);
    vec![
        full,
        attributed,
        Objective { indicator: Indicator::Metrics(metrics), budgeting: slices, ..plain("metrics") },
        Objective { indicator: Indicator::Spans(spans), alerts: vec![], policy: vec![], ..plain("spans") },
        Objective { indicator: Indicator::Composite(vec![part("attributed", 3), part("spans", 1)]), ..plain("composite") },
    ]
}

fn context() -> SpanContext {
    let (trace_id, span_id) = (TraceId::new(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10).unwrap(), SpanId::new(0x1112).unwrap());
    SpanContext { trace_id, span_id, trace_flags: 1, trace_state: String::new() }
}

/// The same objectives and events in the component and in a ledger.
fn both() -> (ComponentAgent, Ledger) {
    let (mut component, mut ledger) = (ComponentAgent::bare(), Ledger::new(WriterId::new(1)));
    let (store, exports) = component.parts();
    let slo = exports.codomyrmex_telemetry_slo();
    for objective in objectives() {
        let number = ledger.create_slo(objective.clone()).unwrap().0;
        assert_eq!(slo.call_create(&mut *store, &words::objective(objective)).unwrap().unwrap(), number);
    }
    let span = ledger.remote_span(context()).unwrap();
    let tracer = exports.codomyrmex_telemetry_tracer();
    assert_eq!(tracer.call_remote(&mut *store, &words::context(&context())).unwrap().unwrap(), span.0);
    for minute in 0..400 {
        let (time, tool) = (at(minute), if minute % 3 == 0 { "book" } else { "search" });
        let values = [String::from(tool), String::from(if minute < 200 { "west" } else { "east" })];
        let good = !(150..350).contains(&minute) || tool == "search";
        let value = if good { 1.0 } else { -3.0 };
        ledger.record_value_with(SloId(1), value, time, &values, span);
        slo.call_record_value_with(&mut *store, 1, value, Some(time.nanos()), &values, span.0).unwrap();
        ledger.record_event_with(SloId(2), good, 2, time, &values, span);
        slo.call_record_event_with(&mut *store, 2, good, 2, Some(time.nanos()), &values, span.0).unwrap();
    }
    let took = Descriptor {
        name: "took".into(),
        help: String::new(),
        unit: String::new(),
        labels: vec!["tool".into()],
        instrument: Instrument::histogram(&[1.0]),
        window: None,
    };
    let family = ledger.declare(took.clone()).unwrap();
    let series = ledger.resolve(family, &["search".into()]).unwrap();
    let metrics = exports.codomyrmex_telemetry_metrics();
    let number = metrics.call_declare(&mut *store, &words::descriptor(took)).unwrap().unwrap();
    assert_eq!(metrics.call_resolve(&mut *store, number, &["search".into()]).unwrap().unwrap(), series.0);
    for minute in 0..100 {
        let value = if minute % 9 == 0 { 0.75 } else { 0.5 };
        ledger.observe(series, value, Some(at(minute)));
        metrics.call_observe(&mut *store, series.0, value, Some(at(minute).nanos())).unwrap();
        let id = SpanId::new(minute + 1).unwrap();
        let context = SpanContext { span_id: id, ..context() };
        let mut span = SpanData::begin(context, None, "chat".into(), SpanKind::Client, at(minute));
        span.attributes.insert("model".into(), Value::from(if minute % 2 == 0 { "x" } else { "y" }));
        span.ended = Timestamp::from_nanos(at(minute).nanos() + if minute % 8 == 0 { 8 } else { 7 }).unwrap();
        tracer.call_complete(&mut *store, &words::span(&span, 0)).unwrap().unwrap();
        ledger.complete_span(span).unwrap();
    }
    let terms = Objective { minimum: 1, ..objectives().swap_remove(1) };
    assert_eq!(ledger.redefine_slo(terms.clone()).unwrap().0, 6);
    assert_eq!(slo.call_redefine(&mut *store, &words::objective(terms)).unwrap().unwrap(), 6);
    (component, ledger)
}

#[test]
fn every_term_goes_in_and_every_answer_comes_out_as_it_is() {
    let (mut component, ledger) = both();
    assert!(component.snapshot() == ledger.snapshot().to_bytes());
    let (store, exports) = component.parts();
    let slo = exports.codomyrmex_telemetry_slo();
    for (number, minutes) in (1..=6).flat_map(|number| [(number, None), (number, Some(170)), (number, Some(900))]) {
        let (id, time, nanos) = (SloId(number), minutes.map(at), minutes.map(|minutes| at(minutes).nanos()));
        let status = slo.call_get_status(&mut *store, number, nanos).unwrap().unwrap();
        assert_eq!(Status::try_from(status), ledger.slo_status(id, time));
        let violations = slo.call_violations(&mut *store, number, nanos).unwrap().unwrap();
        assert_eq!(violations.into_iter().map(SloViolation::from).collect::<Vec<_>>(), ledger.slo_violations(id, time).unwrap());
        let alerts = slo.call_alerts(&mut *store, number, nanos).unwrap().unwrap();
        assert_eq!(alerts.into_iter().map(AlertHistory::from).collect::<Vec<_>>(), ledger.slo_alerts(id, time).unwrap());
        let policy = slo.call_policy(&mut *store, number, nanos).unwrap().unwrap();
        assert_eq!(PolicyState::from(policy), ledger.slo_policy(id, time).unwrap());
        for since in [None, Some(at(180))] {
            let question = wit::slo::Question { at: nanos, since: since.map(Timestamp::nanos), order: 2, most: 5 };
            let analysis = slo.call_analyze(&mut *store, number, question).unwrap().unwrap();
            let options = Options { order: 2, most: 5, ..Options::default() };
            let expected = ledger.slo_analysis(id, &Question { at: time, since, options }).unwrap();
            assert_eq!(Analysis::try_from(analysis), Ok(expected));
        }
    }
    let statuses = slo.call_statuses(&mut *store, None).unwrap().unwrap();
    let statuses: Vec<_> = statuses.into_iter().map(|status| Status::try_from(status).unwrap()).collect();
    assert_eq!(statuses, ledger.slo_statuses(None));
    // What is compared above is there to be compared.
    let counted: Vec<_> = statuses.iter().map(|status| (status.id.as_str(), status.good, status.total, status.unit)).collect();
    assert_eq!(counted, COUNTED);
    let all = Question { since: Some(at(180)), ..Question::default() };
    let analysis = ledger.slo_analysis(SloId(2), &all).unwrap();
    let examples: Vec<_> = analysis.patterns.iter().flat_map(|pattern| &pattern.examples).collect();
    assert!(examples.contains(&&(context().trace_id, context().span_id)) && analysis.change.is_some_and(|change| change.ratio > 0));
    assert!(!ledger.slo_violations(SloId(2), None).unwrap().is_empty() && ledger.slo_alerts(SloId(1), Some(at(900))).unwrap()[2].is_firing);
    assert_eq!(ledger.slo_policy(SloId(2), Some(at(340))).unwrap().action, "freeze_deployments");
    assert_eq!(ledger.dropped(), [] as [(&str, u64); 0]);
}

#[test]
fn what_is_far_ahead_of_the_clock_is_counted_only_where_that_is_said() {
    let ahead = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap() + 60 * SLOT_NS;
    let mut other = Ledger::new(WriterId::new(2));
    let slo = other.create_slo(objectives().swap_remove(1)).unwrap();
    other.record_event(slo, true, 1, Timestamp::from_nanos(ahead).unwrap());
    let delta = other.drain().unwrap();
    let (mut component, _) = both();
    let record = |component: &mut ComponentAgent| {
        let (store, exports) = component.parts();
        Outcome::from(exports.codomyrmex_telemetry_slo().call_record_event(store, 2, true, 1, Some(ahead)).unwrap())
    };
    assert_eq!(record(&mut component), Outcome::FutureTime);
    assert!(component.absorb(&delta).unwrap_err().starts_with("InvalidArgument"));
    let (store, exports) = component.parts();
    exports.codomyrmex_telemetry_ledger().call_limit_skew(store, None).unwrap();
    assert_eq!(record(&mut component), Outcome::Recorded);
    assert_eq!(component.absorb(&delta), Ok("merged"));
    assert_eq!(component.dropped(), [("future-time".to_string(), 1)]);
}
