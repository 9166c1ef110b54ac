//! Writes objectives and what the ledger says of them, for the judges: `slos FOLDER`.
//!
//! For each case there is a JSON file: the rules for Prometheus, the counters minute by minute, and the
//! ledger's answers, which Prometheus must find on its own. A minute's events are in the sample at its end.
//! Deliberately absent: verdicts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use codomyrmex_telemetry::export::{self, Escaping};
use codomyrmex_telemetry::slo::{Alert, Condition, MetricRatio, MetricSelector, Resolution, SLOT_NS, Severity, Slots, Weighted};
use codomyrmex_telemetry::*;
use serde_json::{Value as Json, json};

const HOUR: u64 = 60; // minutes
const DAY: u64 = 24 * HOUR;

/// Good and bad events of a minute.
type Feed = fn(u64) -> (u64, u64);

/// An objective's life.
struct Case {
    name: &'static str,
    objective: Objective,
    feed: Feed,
    minutes: u64, // how long it lasts
    step: u64,    // minutes between two evaluations of the rules
    sample: u64,  // minutes between two samples; promtool reads at most 10,000 of a series at once
    way: Way,
}

/// How events come to the objective.
enum Way {
    Events,
    /// As a counter whose label says whether they were bad; of which the bad ones are the part.
    Counter,
    /// As values of a histogram, of which those up to a bound are the good part.
    Histogram,
    /// As those of two objectives of which it is made; the second has all events thrice.
    Parts,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else { return fail("usage: slos FOLDER") };
    let cases = match cases() {
        Ok(cases) => cases,
        Err(error) => return fail(&error.to_string()),
    };
    for case in cases {
        let path = Path::new(&folder).join(format!("{}.json", case.name));
        let written = play(&case).map_err(|error| error.to_string());
        let done = written.and_then(|json| std::fs::write(&path, json.to_string()).map_err(|error| error.to_string()));
        if let Err(error) = done {
            return fail(&format!("{}: {error}", path.display()));
        }
    }
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    #[expect(clippy::print_stderr, reason = "a program's errors go to its standard error")]
    {
        eprintln!("slos: {message}");
    }
    ExitCode::FAILURE
}

fn objective(target: &str, days: u64) -> Result<Objective, Error> {
    let resolution = Resolution { history: 60 * DAY, ..Resolution::minutes() };
    Ok(Objective { resolution, ..Objective::new("answers", target.parse()?, Window::days(days)?) })
}

fn case(name: &'static str, objective: Objective, feed: Feed, minutes: u64) -> Case {
    Case { name, objective, feed, minutes, step: 1, sample: 1, way: Way::Events }
}

/// More by day than by night.
const fn by_day(minute: u64) -> u64 {
    20 + if minute % DAY < 10 * HOUR { 0 } else { 400 }
}

const fn outage(minute: u64) -> (u64, u64) {
    if minute / 15 == 80 { (80, 20) } else { (100, 0) }
}

const fn pauses(minute: u64) -> (u64, u64) {
    match minute {
        0..1_000 => (30, minute.is_multiple_of(100) as u64),
        1_900..2_000 => (25, 5),
        _ => (0, 0),
    }
}

fn cases() -> Result<Vec<Case>, Error> {
    let slow: Feed = |minute| if (300..2_300).contains(&minute) { (997, 3) } else { (1_000, 0) };
    let total: Feed = |minute| if (1_000..1_120).contains(&minute) { (0, 50) } else { (50, minute % 7 / 6) };
    let rare: Feed = |minute| match minute % 6 {
        0 if minute / 6 % 40 == 7 || (2_000..2_060).contains(&minute) => (0, 1),
        0 => (1, 0),
        _ => (0, 0),
    };
    let tides: Feed = |minute| {
        let all = by_day(minute);
        let bad = if minute % DAY < 10 * HOUR { 2 } else { u64::from(minute % 3 == 0) };
        (all - bad, if (5_000..5_030).contains(&minute) { all } else { bad })
    };
    let edge: Feed = |minute| match minute {
        100..160 => (9_856, 144), // exactly 14.4 times as fast
        400..460 => (9_855, 145),
        _ => (10_000, 0),
    };
    let low_traffic = |mut low: Objective| {
        for alert in &mut low.alerts {
            if let Condition::Burn { minimum_bad, .. } = &mut alert.condition {
                *minimum_bad = 5;
            }
        }
        low
    };
    let quiet = |mut quiet: Objective| {
        quiet.alerts.push(Alert { name: "quiet".into(), severity: Severity::Ticket, condition: Condition::NoData { after: 45 } });
        quiet
    };
    let even = |mut even: Objective| {
        let alert = |name: &str, factor: &str, long, short| {
            let condition = Condition::Burn { factor: factor.parse()?, long, short, minimum_bad: 50 };
            Ok::<Alert, Error>(Alert { name: name.into(), severity: Severity::Page, condition })
        };
        even.alerts = vec![alert("fast", "7/1", 60, 10)?, alert("slow", "3/2", DAY, 2 * HOUR)?, alert("once", "3/1", 200, 200)?];
        Ok::<Objective, Error>(even)
    };
    let odd = Objective {
        id: "o \"d\"\\d{{ $value }}'\n\té\u{1f600}".into(),
        name: "{{ .Labels }} %\u{7f}".into(),
        description: "# no comment: \"{{\"".into(),
        ..objective("99.9%", 30)?
    };
    let shared = || objective("99%", 1);
    Ok(vec![
        case("outage", objective("99.9%", 30)?, outage, 1_700),
        case("slow-burn", objective("99.9%", 28)?, slow, 2_700),
        case("all-fails", objective("80%", 7)?, total, 1_500),
        case("always-failed", objective("95%", 30)?, |_| (0, 3), 100),
        case("never-failed", objective("95%", 30)?, |_| (3, 0), 100),
        case("thirds", objective("2/3", 30)?, |minute| (2 * (minute % 2), 2), 500),
        case("no-traffic", quiet(objective("99%", 30)?), pauses, 2_300),
        case("low-traffic", low_traffic(objective("99.9%", 30)?), rare, 2_500),
        case("edge", objective("99.9%", 30)?, edge, 600),
        Case { step: 2, sample: 2, ..case("week", even(objective("99.5%", 7)?)?, tides, 8 * DAY) },
        Case { step: HOUR, sample: 5, ..case("month", objective("99.5%", 30)?, tides, 32 * DAY) },
        case("odd-names", odd, outage, 1_500),
        Case { way: Way::Counter, ..case("counter", quiet(shared()?), pauses, 2_300) },
        Case { way: Way::Counter, ..case("counter-without-failures", shared()?, |_| (3, 0), 100) },
        Case { way: Way::Histogram, ..case("histogram", shared()?, outage, 1_700) },
        Case { way: Way::Histogram, ..case("histogram-all-slow", shared()?, |_| (0, 2), 100) },
        Case { way: Way::Parts, ..case("composite", quiet(shared()?), pauses, 2_300) },
    ])
}

fn at(minute: u64) -> Result<Timestamp, Error> {
    Timestamp::try_from(minute * SLOT_NS)
}

/// Selects series of a family of the tests by one label.
fn selector(name: &str, label: Option<&str>, threshold: Option<f64>) -> MetricSelector {
    let labels = label.map(|value| ("outcome".into(), value.into())).into_iter().collect();
    MetricSelector { name: name.into(), labels, threshold: threshold.map(|bound| (Comparison::AtMost, Double::new(bound))) }
}

fn descriptor(name: &str, instrument: Instrument, labels: &[&str]) -> Descriptor {
    let labels = labels.iter().map(|label| (*label).into()).collect();
    Descriptor { name: name.into(), help: String::new(), unit: String::new(), labels, instrument, window: None }
}

/// What counters say after each minute, by their names: how much they grew in it.
type Growth = BTreeMap<String, Vec<u64>>;

/// Lives through a case. The answer is the ledger and the counters that others have of it.
fn live(case: &Case) -> Result<(Ledger, Growth), Error> {
    let mut ledger = Ledger::new(WriterId::new(1));
    let mut growth = Growth::new();
    let mut grew = |name: &str, count: u64| growth.entry(name.into()).or_default().push(count);
    let mut objective = case.objective.clone();
    match case.way {
        Way::Events => {
            let slo = ledger.create_slo(objective)?;
            for minute in 0..case.minutes {
                let (good, bad) = (case.feed)(minute);
                [(true, good), (false, bad)].into_iter().filter(|(_, count)| *count > 0).try_for_each(|(is_good, count)| {
                    ledger.record_event(slo, is_good, count, at(minute)?);
                    Ok::<(), Error>(())
                })?;
            }
        }
        Way::Counter => {
            let (part, total) = (selector("calls_total", Some("bad"), None), selector("calls", None, None));
            objective.indicator = Indicator::Metrics(MetricRatio { part_is_good: false, part, total });
            ledger.create_slo(objective)?;
            let calls = ledger.declare(descriptor("calls", Instrument::Counter, &["outcome"]))?;
            for minute in 0..case.minutes {
                let (good, bad) = (case.feed)(minute);
                for (outcome, count) in [("good", good), ("bad", bad)] {
                    if count > 0 {
                        let series = ledger.resolve(calls, &[outcome.into()])?;
                        ledger.add(series, count as f64, Some(at(minute)?));
                    }
                    grew(&format!("calls_total{{outcome=\"{outcome}\"}}"), count);
                }
            }
        }
        Way::Histogram => {
            let (part, total) = (selector("took", None, Some(2.0)), selector("took", None, None));
            objective.indicator = Indicator::Metrics(MetricRatio { part_is_good: true, part, total });
            ledger.create_slo(objective)?;
            let took = ledger.declare(descriptor("took", Instrument::histogram(&[2.0]), &[]))?;
            let series = ledger.resolve(took, &[])?;
            for minute in 0..case.minutes {
                let (good, bad) = (case.feed)(minute);
                for (value, count) in [(2.0, good), (2.5, bad)].into_iter().filter(|(_, count)| *count > 0) {
                    ledger.observe_times(series, value, count as u32, Some(at(minute)?));
                }
                grew("took_bucket{le=\"2\"}", good);
                grew("took_bucket{le=\"+Inf\"}", good + bad);
                grew("took_count", good + bad);
            }
        }
        Way::Parts => parts(case, &mut ledger)?,
    }
    growth.retain(|_, counts| counts.iter().any(|count| *count > 0)); // what never happened has no series
    Ok((ledger, growth))
}

fn parts(case: &Case, ledger: &mut Ledger) -> Result<(), Error> {
    let part = |id: &str| Objective { id: id.into(), alerts: Vec::new(), ..case.objective.clone() };
    let (one, other) = (ledger.create_slo(part("one"))?, ledger.create_slo(part("other"))?);
    let weights = [("one", 1), ("other", 5)].map(|(id, weight)| Weighted { id: id.into(), weight });
    ledger.create_slo(Objective { indicator: Indicator::Composite(weights.into()), ..case.objective.clone() })?;
    for minute in 0..case.minutes {
        let (good, bad) = (case.feed)(minute);
        for (slo, times) in [(one, 1), (other, 3)] {
            for (is_good, count) in [(true, good), (false, bad)].into_iter().filter(|(_, count)| *count > 0) {
                ledger.record_event(slo, is_good, count * times, at(minute)?);
            }
        }
    }
    Ok(())
}

/// The ledger's own counters as they grew, from its slots.
fn own(snapshot: &Snapshot, minutes: u64) -> Growth {
    let mut growth = Growth::new();
    for (objective, tracked) in &snapshot.slos.0 {
        if !matches!(objective.indicator, Indicator::Events) {
            continue;
        }
        let slots: &Slots = &tracked.slots;
        let mut grew = [vec![0; minutes as usize], vec![0; minutes as usize]];
        for (minute, counts) in slots.iter() {
            (grew[0][minute as usize], grew[1][minute as usize]) = (counts.good, counts.bad);
        }
        for (outcome, grew) in ["good", "bad"].into_iter().zip(grew) {
            let id = objective.id.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n");
            growth.insert(format!("codomyrmex_telemetry_slo_events_total{{slo=\"{id}\",outcome=\"{outcome}\"}}"), grew);
        }
    }
    growth
}

fn play(case: &Case) -> Result<Json, Error> {
    let (ledger, mut growth) = live(case)?;
    let snapshot = ledger.snapshot();
    growth.append(&mut own(&snapshot, case.minutes));
    let id = &case.objective.id;
    // Where the window ends after that many minutes, and so in the minute before.
    let times = (1..=40).map(|part| (case.minutes * part / 40 / case.step).max(1) * case.step);
    let answers = times.map(|time| {
        let status = snapshot.slos.status(id, Some(at(time - 1)?))?;
        let rates: Vec<Json> =
            status.burn_rates.iter().map(|burn| json!({"minutes": burn.lookback / SLOT_NS, "rate": burn.rate})).collect();
        Ok(json!({"time": time, "remaining": status.budget_remaining, "current": status.current, "burn_rates": rates}))
    });
    let answers = answers.collect::<Result<Vec<Json>, Error>>()?;
    let history = snapshot.slos.alerts(id, Some(at(case.minutes - 1)?))?;
    let alerts = history.iter().map(|alert| {
        let minute = |time: u64| time / SLOT_NS;
        let spells: Vec<Json> = alert.spells.iter().map(|spell| json!([minute(spell.opened), spell.closed.map(minute)])).collect();
        json!({"name": alert.name, "severity": alert.severity.name(), "spells": spells})
    });
    let alerts: Vec<Json> = alerts.collect();
    let rules = export::prometheus_rules(snapshot.slos.0.keys().map(|objective| &**objective), &snapshot.metrics);
    let left_out: Vec<&str> = rules.left_out.iter().map(|left| left.why.as_str()).collect();
    Ok(json!({
        "name": case.name,
        "id": id,
        "window": case.objective.window.slots_max(),
        "minutes": case.minutes,
        "step": case.step,
        "sample": case.sample,
        "rules": rules.text,
        "left_out": left_out,
        "series": growth.iter().map(|(name, counts)| json!({"name": name, "growth": runs(counts, case.sample)})).collect::<Vec<_>>(),
        "page": export::prometheus(&snapshot, Escaping::Underscores),
        "answers": answers,
        "alerts": alerts,
    }))
}

/// Runs of one number, each with its length: how much a counter grew from sample to sample.
fn runs(counts: &[u64], sample: u64) -> Vec<(u64, usize)> {
    let grew: Vec<u64> = counts.chunks(sample as usize).map(|minutes| minutes.iter().sum()).collect();
    grew.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect()
}
