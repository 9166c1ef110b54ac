//! Writes a snapshot with every instrument there is, for the judges: `everything FILE`.
//!
//! It says what the agents of the tests do not: negative values, names that must be escaped, states,
//! many values, exemplars, overflow, spans with all that a span can have. Deliberately absent: verdicts.

mod spans;

use std::process::ExitCode;

use codomyrmex_telemetry_guest::*;

const SECOND_NS: u64 = 1_000_000_000;
const START_NS: u64 = 1_767_225_600 * SECOND_NS; // 2026-01-01T00:00:00Z
const MINUTE_NS: u64 = 60 * SECOND_NS;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else { return fail("usage: everything FILE") };
    if let Err(error) = sums().and_then(|()| distributions()).and_then(|()| facts()).and_then(|()| flood()).and_then(|()| rich_spans()) {
        return fail(&error.to_string());
    }
    match std::fs::write(&path, with_ledger(|ledger| ledger.snapshot()).to_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{path}: {error}")),
    }
}

fn fail(message: &str) -> ExitCode {
    #[expect(clippy::print_stderr, reason = "a program's errors go to its standard error")]
    {
        eprintln!("everything: {message}");
    }
    ExitCode::FAILURE
}

fn options<'a>(name: &'a str, help: &'a str, unit: &'a str, labels: &'a [&'a str]) -> FamilyOptions<'a> {
    FamilyOptions { name, help, unit, labels, window: None }
}

fn at(second: u64) -> Option<u64> {
    Some(START_NS + second * SECOND_NS)
}

fn span(trace: &str) -> Result<Span, Error> {
    let name = get_tracer("").declare("call", SpanKind::Internal)?;
    let id = Some(SpanId::derive(trace));
    Ok(get_tracer("").start(name, Parent::Trace(TraceId::derive(trace)), StartOptions { id, at: at(0) }))
}

fn sums() -> Result<(), Error> {
    let requests = get_metrics().counter(options("http.requests", "Answers \\ by \"code\".\nAll.", "", &["http.method", "code"]))?;
    for (method, code, count) in [("GET", "200", 3.0), ("GET", "500", 1.0), ("P\\O\"S\nT", "200", 0.1)] {
        requests.with(&[method, code])?.add_in(count, at(1), &span(code)?);
    }
    requests.with(&["PUT", ""])?;
    let balance = get_metrics().up_down_counter(options("balance", "May fall.", "", &["pool"]))?;
    for (pool, value) in [("a", -7.25), ("b", 1e300), ("b", 1.0), ("b", -1e300), ("c", 5e-324)] {
        balance.with(&[pool])?.add(value, at(2));
    }
    let level = get_metrics().gauge(options("level_ratio", "The last of many.", "ratio", &["tank"]))?;
    for (tank, value) in [("nan", f64::NAN), ("infinite", f64::NEG_INFINITY), ("small", -1e-9), ("whole", 1e15), ("never", 0.0)] {
        let series = level.with(&[tank])?;
        if tank != "never" {
            series.set(value, at(3));
        }
    }
    Ok(())
}

fn distributions() -> Result<(), Error> {
    let fixed = get_metrics().histogram(options("latency_seconds", "How long.", "seconds", &["tool"]), &DEFAULT_BOUNDS)?;
    let native =
        get_metrics().exponential_histogram(options("native_seconds", "How long.", "seconds", &["tool"]), ExponentialOptions::default())?;
    let wide = get_metrics().exponential_histogram(options("wide", "Of any size.", "", &[]), ExponentialOptions::new(4, 20, 0.5))?;
    let few = get_metrics().summary(options("few_bytes", "Exact.", "bytes", &["tool"]), SummaryOptions::default())?;
    let many = get_metrics().summary(options("many_bytes", "In buckets.", "bytes", &[]), SummaryOptions::default())?;
    let lately = FamilyOptions { window: Some(12 * MINUTE_NS), ..options("lately_bytes", "Of twelve minutes.", "bytes", &[]) };
    let lately = get_metrics().summary(lately, SummaryOptions::default())?;
    for step in 0..500u32 {
        let value = f64::from(step * step) / 4_096.0;
        let second = u64::from(step);
        fixed.with(&["search"])?.observe_in(value, at(second), &span(&format!("trace {step}"))?);
        native.with(&["search"])?.observe_in(value, at(second), &span(&format!("trace {step}"))?);
        many.with(&[])?.observe(value * 1_000.0, at(second));
        lately.with(&[])?.observe(f64::from(step), at(60 * second));
        if step % 10 == 0 {
            few.with(&["search"])?.observe(value, at(second));
        }
    }
    native.with(&["nothing"])?;
    few.with(&["nothing"])?;
    for value in [-1e9, -2.0, -0.25, 0.0, 0.25, 0.75, 3.0, 1e9] {
        wide.with(&[])?.observe(value, at(4));
    }
    Ok(())
}

fn facts() -> Result<(), Error> {
    get_metrics().info(options("build", "What was built.", "", &["version", "commit"]))?.with(&["1.2.3", "abc"])?;
    let phase = get_metrics().state_set(options("phase", "Where it stands.", "", &["agent"]), &["plan", "act", "observe"])?;
    phase.set(&["one"], "plan", at(5))?;
    phase.set(&["one"], "act", at(6))?;
    phase.with(&["two"], "observe")?.set(true, at(5));
    Ok(())
}

fn rich_spans() -> Result<(), Error> {
    with_ledger(|ledger| spans::add(ledger, START_NS))
}

/// More label sets than a family keeps, and a drop.
fn flood() -> Result<(), Error> {
    let flood = get_metrics().counter(options("flood", "Too many labels.", "", &["n"]))?;
    for number in 0..2_010 {
        flood.with(&[&number.to_string()])?.add(1.0, at(7));
    }
    flood.with(&["0"])?.add(-1.0, at(7));
    Ok(())
}
