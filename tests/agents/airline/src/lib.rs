//! An agent plugin that accounts for the runs of an airline's booking agent, as its operator would.
//!
//! One trace a run: a root span, and a child for each message. Tool answers, tool errors (lately too, and
//! with the trace of one of each as an example), the sizes of messages and answers and the length of runs
//! as metrics. Two objectives: tasks that reach their goal, and tools that answer without error; each event
//! with what it was like and the span it happened in, so that one may ask what failures have in common.
//! The lines have no times, so run k starts k minutes after the first moment of 2026, and each step
//! comes a second after the one before. Deliberately absent: any word of where accounts are kept.

#[cfg(target_family = "wasm")]
mod export;
mod line;

use std::cell::OnceCell;

use codomyrmex_telemetry_guest::genai::{self, Conventions, GenAi, Work};
use codomyrmex_telemetry_guest::{
    Counter, Error, ExponentialOptions, Family, FamilyOptions, Gauge, Histogram, Objective, Parent, Slo, Span, SpanContext, SpanId,
    SpanKind, SpanName, SpanStatus, StartOptions, Summary, SummaryOptions, TraceId, Window, get_metrics, get_slo_tracker, get_tracer,
};

use line::{Kind, Line};

const FIRST_NS: u64 = 1_767_225_600_000_000_000; // 2026-01-01T00:00:00Z
const MINUTE_NS: u64 = 60_000_000_000;
const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 60 * MINUTE_NS;
/// Tools of which an operator wants to know whether runs that use them fail, and the attributes that say so.
const WATCHED: [(&str, &str); 2] =
    [("book_reservation", "used book_reservation"), ("update_reservation_flights", "used update_reservation_flights")];
/// Where a call's place in its run, and a run's length, are told apart.
const CALL_STEPS: [u64; 3] = [5, 10, 20];
const RUN_STEPS: [u64; 3] = [10, 20, 30];
const MESSAGE_BOUNDS: [f64; 6] = [64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0];

/// A line that could not be worked with.
#[derive(Debug)]
pub struct Problem {
    /// Its number in the input, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub message: String,
}

struct Instruments {
    tool_calls: Family<Counter>,
    tool_errors: Family<Counter>,
    message_bytes: Family<Histogram>,
    answer_bytes: Family<Summary>,
    run_seconds: Histogram,
    last_run: Gauge,
    task_success: Slo,
    tool_success: Slo,
    genai: GenAi,
    user: SpanName,
}

thread_local! {
    static INSTRUMENTS: OnceCell<Instruments> = const { OnceCell::new() };
}

/// Accounts for one run. `index` is its place among all runs; the lines are numbered from 1; `parent` is where the
/// one who asks stands, if that is known, and else the run is a trace of its own.
///
/// # Errors
/// The first line that is not as it should be; then nothing of the run was recorded.
pub fn handle(index: u64, lines: &[(u64, &str)], parent: Option<SpanContext>) -> Result<(), Problem> {
    let parsed = lines.iter().map(|(number, text)| Line::parse(*number, text)).collect::<Result<Vec<_>, _>>()?;
    let refused = |error: Error| Problem { number: lines.first().map_or(0, |line| line.0), message: error.to_string() };
    INSTRUMENTS.with(|cell| {
        if cell.get().is_none() {
            let _ = cell.set(Instruments::declare().map_err(refused)?);
        }
        cell.get().map_or(Ok(()), |instruments| instruments.account(index, &parsed, parent).map_err(refused))
    })
}

impl Instruments {
    fn declare() -> Result<Self, Error> {
        let metrics = get_metrics();
        let options = |name, help, unit, labels| FamilyOptions { name, help, unit, labels, window: None };
        let errors = options("tool_errors_total", "Tool errors by tool and class.", "", &["tool", "class"]);
        let info = metrics.info(options("agent", "What is at work.", "", &["benchmark", "domain"]))?;
        info.with(&["tau-bench", "airline"])?;
        Ok(Self {
            tool_calls: metrics.counter(options("tool_calls_total", "Tool answers by tool and outcome.", "", &["tool", "outcome"]))?,
            tool_errors: metrics.counter(FamilyOptions { window: Some(HOUR_NS), ..errors })?,
            message_bytes: metrics
                .histogram(options("message_bytes", "Length of messages by who sent them.", "bytes", &["kind"]), &MESSAGE_BOUNDS)?,
            answer_bytes: metrics
                .summary(options("tool_answer_bytes", "Length of tools' answers.", "bytes", &["tool"]), SummaryOptions::default())?,
            run_seconds: metrics
                .exponential_histogram(options("run_seconds", "How long runs took.", "seconds", &[]), ExponentialOptions::default())?
                .with(&[])?,
            last_run: metrics.gauge(options("last_run_timestamp_seconds", "When the last run ended.", "seconds", &[]))?.with(&[])?,
            task_success: get_slo_tracker().create_slo(Objective {
                name: "Task success".into(),
                description: "Runs that reached their goal.".into(),
                dimensions: [WATCHED[0].1, WATCHED[1].1, "steps"].map(String::from).into(),
                ..Objective::new("task_success", "40%".parse()?, Window::days(30)?)
            })?,
            tool_success: get_slo_tracker().create_slo(Objective {
                name: "Tool success".into(),
                description: "Tool answers without an error.".into(),
                dimensions: ["tool", "error.type", "step"].map(String::from).into(),
                ..Objective::new("tool_success", "95%".parse()?, Window::days(30)?)
            })?,
            genai: GenAi::new(get_tracer(""), Conventions::V1_41)?,
            user: get_tracer("").declare("user_message", SpanKind::Internal)?,
        })
    }

    fn account(&self, index: u64, lines: &[Line], parent: Option<SpanContext>) -> Result<(), Error> {
        let Some(first) = lines.first() else { return Ok(()) };
        let start = FIRST_NS.saturating_add(index.saturating_mul(MINUTE_NS));
        let options = StartOptions { id: Some(SpanId::derive(&first.run)), at: Some(start) };
        let above = parent.map(|parent| get_tracer("").remote(parent)).transpose()?;
        let parent = above.as_ref().map_or_else(|| Parent::Trace(TraceId::derive(&first.run)), Parent::Span);
        let agent = genai::Agent { name: "airline", conversation: &first.run, ..genai::Agent::default() };
        let work = self.genai.invoke_agent(&agent, parent, options);
        let mut end = start;
        for line in lines {
            let at = start.saturating_add(line.step.saturating_mul(SECOND_NS));
            end = match &line.kind {
                Kind::End { success } => self.end(&work, lines, line.step, *success, at),
                _ => self.step(work.span(), line, at)?,
            };
        }
        self.run_seconds.observe_in(seconds(end - start), Some(end), work.span());
        self.last_run.set(seconds(end), Some(end));
        work.end(Some(end));
        Ok(())
    }

    /// Accounts for a run's end. Gives the time at which it is over.
    fn end(&self, work: &Work<'_>, lines: &[Line], step: u64, success: bool, at: u64) -> u64 {
        let used = |tool: &str| if lines.iter().any(|line| line.answers(tool)) { "yes" } else { "" }; // a tool that was not used is no attribute of the run
        let [(booking, used_booking), (update, used_update)] = WATCHED;
        let attributes = [(used_booking, used(booking)), (used_update, used(update)), ("steps", &*bucket(step, RUN_STEPS))];
        self.task_success.record_event_with(success, &attributes, Some(work.span()), Some(at));
        work.span().set_attribute("steps", integer(step));
        work.span().set_attribute("success", success);
        if !success {
            work.span().set_status(SpanStatus::Error("the goal was not reached".into()));
        }
        at
    }

    /// Accounts for a message. Gives the time at which it is over.
    fn step(&self, root: &Span, line: &Line, at: u64) -> Result<u64, Error> {
        let over = at.saturating_add(SECOND_NS);
        let options = StartOptions { id: Some(SpanId::derive(&format!("{}/{}", line.run, line.step))), at: Some(at) };
        let parent = Parent::Span(root);
        let message = |kind: &str, bytes: u64| self.message_bytes.with(&[kind]).map(|series| series.observe(bytes as f64, Some(at)));
        match &line.kind {
            Kind::User { bytes } => {
                message("user", *bytes)?;
                let span = get_tracer("").start(self.user, parent, options);
                span.set_attribute("bytes", integer(*bytes));
                span.end(Some(over));
            }
            Kind::Model { bytes, call } => {
                message("model", *bytes)?;
                let chat = genai::Chat { conversation: &line.run, ..genai::Chat::default() };
                let work = self.genai.chat(&chat, parent, options);
                work.span().set_attribute("bytes", integer(*bytes));
                if let Some((tool, args_bytes)) = call {
                    work.span().set_attribute("calls", tool.as_str());
                    work.span().set_attribute("args_bytes", integer(*args_bytes));
                }
                work.end(Some(over));
            }
            Kind::Tool { bytes, tool, error } => {
                message("tool", *bytes)?;
                self.answer_bytes.with(&[tool])?.observe(*bytes as f64, Some(at));
                let outcome = if error.is_none() { "ok" } else { "error" };
                self.tool_calls.with(&[tool, outcome])?.add(1.0, Some(at));
                let mut work =
                    self.genai.execute_tool(&genai::Tool { name: tool, kind: "function", ..genai::Tool::default() }, parent, options);
                let class = error.as_deref().unwrap_or_default();
                let attributes = [("tool", tool.as_str()), ("error.type", class), ("step", &*bucket(line.step, CALL_STEPS))];
                self.tool_success.record_event_with(error.is_none(), &attributes, Some(work.span()), Some(at));
                work.span().set_attribute("bytes", integer(*bytes));
                if let Some(class) = error {
                    self.tool_errors.with(&[tool, class])?.add_in(1.0, Some(at), work.span());
                    work.fail(class, class, Some(at));
                }
                work.end(Some(over));
            }
            Kind::End { .. } => {} // which is the whole run's
        }
        Ok(over)
    }
}

/// A number as the range that it lies in, told apart at these: `0-4`, `5-9`, `10-19`, `20+`.
fn bucket(number: u64, bounds: [u64; 3]) -> String {
    let first = bounds.iter().rev().find(|bound| number >= **bound).copied().unwrap_or(0);
    match bounds.iter().find(|bound| number < **bound) {
        Some(next) => format!("{first}-{}", next - 1),
        None => format!("{first}+"),
    }
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / SECOND_NS as f64
}

fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
