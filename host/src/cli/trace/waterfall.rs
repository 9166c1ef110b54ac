//! A trace as a waterfall: a row for each span, indented under what it hangs under, with a bar to scale.
//!
//! Lines are cut to the width, so a row is one line whatever an agent wrote. What is wrong has a word and not
//! only a colour. Deliberately absent: anything but text and escape codes for colours.

use anstyle::Style;
use codomyrmex_telemetry::traces::{Above, Trace, TraceSpan};
use codomyrmex_telemetry::{Attributes, SpanData, SpanKind, SpanStatus, Value};

use super::super::text::{BAD, FAINT, GOOD, HEAD, count, line};
use super::columns::{cut, padded, took, width};
use super::{clean, time, title};

/// Columns of a row beside its name and its bar: the indentation, the status and the duration with their gaps.
const OTHERS: usize = 2 + 2 + STATUS + 2 + TOOK + 2;
const STATUS: usize = 5;
const TOOK: usize = 9;

/// Columns of a bar, at least.
const BAR_MIN: usize = 10;

/// How a trace is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// Columns of a line.
    pub(super) columns: usize,
    /// Rows of a trace.
    pub(super) spans: usize,
    /// Whether attributes are told, and events and links one by one.
    pub(super) attributes: bool,
}

/// A trace as text. Colours are escape codes, which the printer takes out where they do not belong.
pub(super) fn draw(trace: &Trace<'_>, drawn: Drawn) -> String {
    let mut text = String::new();
    let name = cut(&title(trace), drawn.columns.saturating_sub(34).max(4));
    line(&mut text, format_args!("{HEAD}{name}{HEAD:#}  {}", trace.id));
    let (started, took) = (time::shown(trace.started.nanos()), took(trace.duration_ns()));
    let (spans, errors) = (count(trace.spans.len() as u64, "span"), count(trace.errors, "error"));
    let gap = if 10 + started.len() + width(&took) + spans.len() + errors.len() > drawn.columns { "\n " } else { "" };
    let errors = if trace.errors > 0 { format!(", {BAD}{errors}{BAD:#}") } else { String::new() };
    line(&mut text, format_args!("  {started},{gap} {took}, {spans}{errors}"));
    let rows = trace.spans.get(..drawn.spans).unwrap_or(&trace.spans);
    let sheet = Sheet::new(trace, rows, drawn);
    line(&mut text, format_args!("{:1$}{FAINT}0{took:>2$}{FAINT:#}", "", drawn.columns - sheet.bar, sheet.bar - 1));
    for row in rows {
        sheet.row(&mut text, row);
        sheet.notes(&mut text, row);
    }
    let left = trace.spans.len() - rows.len();
    if left > 0 {
        line(&mut text, format_args!("  {FAINT}and {}; --spans draws more{FAINT:#}", count(left as u64, "more span")));
    }
    text
}

/// What all rows of a trace share.
struct Sheet<'t> {
    trace: &'t Trace<'t>,
    drawn: Drawn,
    name: usize,   // columns
    bar: usize,    // columns
    levels: usize, // of indentation; what is deeper says by how much
}

impl<'t> Sheet<'t> {
    fn new(trace: &'t Trace<'_>, rows: &[TraceSpan<'_>], drawn: Drawn) -> Self {
        let room = drawn.columns - OTHERS;
        let most = (room / 2).min(room - BAR_MIN);
        let levels = most / 4;
        let widths = rows.iter().map(|row| width(&label(row, levels)));
        let name = widths.max().unwrap_or_default().clamp(4, most);
        Self { trace, drawn, name, bar: room - name, levels }
    }

    fn row(&self, text: &mut String, row: &TraceSpan<'_>) {
        let name = padded(&label(row, self.levels), self.name);
        let (style, status) = match row.span.status {
            SpanStatus::Unset => (Style::new(), ""),
            SpanStatus::Ok => (GOOD, "ok"),
            SpanStatus::Error(_) => (BAD, "ERROR"),
        };
        let (before, bar, behind) = self.bar(row);
        let bar_style = if row.is_error() { BAD } else { Style::new() };
        line(
            text,
            format_args!(
                "  {name}  {style}{status:<STATUS$}{style:#}  {:>TOOK$}  {FAINT}{before}{FAINT:#}{bar_style}{bar}{bar_style:#}{FAINT}{behind}{FAINT:#}",
                took(row.duration_ns())
            ),
        );
    }

    /// What is before a span on the scale, itself, and what is behind it. What would take no cell has a thin one.
    fn bar(&self, row: &TraceSpan<'_>) -> (String, String, String) {
        let whole = u128::from(self.trace.duration_ns()).max(1);
        let cell = |nanos: u64| (u128::from(nanos.saturating_sub(self.trace.started.nanos())) * self.bar as u128 / whole) as usize;
        let from = cell(row.span.started.nanos()).min(self.bar - 1);
        let cells = cell(row.span.ended.nanos()).min(self.bar).saturating_sub(from);
        let (sign, cells) = if cells == 0 { ("|", 1) } else { ("#", cells) };
        (".".repeat(from), sign.repeat(cells), ".".repeat(self.bar - from - cells))
    }

    /// What more there is to say of a span, a line each.
    fn notes(&self, text: &mut String, row: &TraceSpan<'_>) {
        let span = row.span;
        let indent = 2 + 2 * self.levels.min(row.depth as usize) + 2;
        let mut note = |style: Style, deeper: usize, what: &str| {
            let what = cut(what, self.drawn.columns - indent - deeper);
            line(text, format_args!("{:1$}{style}{what}{style:#}", "", indent + deeper));
        };
        match row.above {
            Above::Unkept(parent) => note(FAINT, 0, &format!("its parent {parent} is not here")),
            Above::Circle(_) => note(FAINT, 0, "its parents go round in a circle"),
            Above::Nothing | Above::Span(_) => {}
        }
        if let SpanStatus::Error(why) = &span.status
            && !why.is_empty()
        {
            note(BAD, 0, &clean(why));
        }
        if self.drawn.attributes {
            let kind = if span.kind == SpanKind::Internal { String::new() } else { format!(", {}", span.kind.name()) };
            note(FAINT, 0, &format!("span {}{kind}", span.context.span_id));
            let scope = &span.origin.scope;
            if !scope.name.is_empty() {
                note(FAINT, 0, clean(&format!("scope {} {}", scope.name, scope.version)).trim_end());
            }
            attributes(&span.origin.resource).for_each(|attribute| note(FAINT, 0, &format!("resource {attribute}")));
            attributes(&span.attributes).for_each(|attribute| note(FAINT, 0, &attribute));
            for event in &span.events {
                let after = took(event.at.nanos().saturating_sub(span.started.nanos()));
                note(FAINT, 0, &format!("event {} after {after}", clean(&event.name)));
                attributes(&event.attributes).for_each(|attribute| note(FAINT, 2, &attribute));
            }
            for link in &span.links {
                note(FAINT, 0, &format!("link to span {} of trace {}", link.context.span_id, link.context.trace_id));
                attributes(&link.attributes).for_each(|attribute| note(FAINT, 2, &attribute));
            }
        } else {
            let summary = summary(span);
            if !summary.is_empty() {
                note(FAINT, 0, &summary);
            }
        }
        let lost = lost(span);
        if !lost.is_empty() {
            note(FAINT, 0, &lost);
        }
    }
}

/// A span's name behind its indentation; from a depth on, behind how much deeper it is.
fn label(row: &TraceSpan<'_>, levels: usize) -> String {
    let (depth, name) = (row.depth as usize, clean(&row.span.name));
    match depth.checked_sub(levels) {
        None | Some(0) => format!("{:1$}{name}", "", 2 * depth),
        Some(deeper) => format!("{:1$}+{deeper} {name}", "", 2 * levels),
    }
}

/// How many events and links there are, and the names of events.
fn summary(span: &SpanData) -> String {
    let names = span.events.iter().map(|event| clean(&event.name)).collect::<Vec<_>>().join(", ");
    let events = if span.events.is_empty() { None } else { Some(format!("{}: {names}", count(span.events.len() as u64, "event"))) };
    let links = if span.links.is_empty() { None } else { Some(count(span.links.len() as u64, "link")) };
    // Links first, since names may be cut.
    links.into_iter().chain(events).collect::<Vec<_>>().join(", ")
}

fn lost(span: &SpanData) -> String {
    let dropped = [(span.dropped.attributes, "attribute"), (span.dropped.events, "event"), (span.dropped.links, "link")];
    let lost = dropped.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| count(number.into(), what));
    let lost = lost.collect::<Vec<_>>().join(", ");
    if lost.is_empty() { lost } else { format!("did not fit: {lost}") }
}

fn attributes(attributes: &Attributes) -> impl Iterator<Item = String> {
    attributes.iter().map(|(key, value)| format!("{} = {}", clean(key), shown(value)))
}

fn shown(value: &Value) -> String {
    fn list<T>(items: &[T], shown: impl Fn(&T) -> String) -> String {
        format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
    }
    match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.get().to_string(),
        Value::Text(text) => clean(text),
        Value::Booleans(values) => list(values, ToString::to_string),
        Value::Integers(values) => list(values, ToString::to_string),
        Value::Floats(values) => list(values, |value| value.get().to_string()),
        Value::Texts(texts) => list(texts, |text| clean(text)),
    }
}
