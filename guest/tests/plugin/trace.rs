//! `#[trace]`, closures and guards: what they record of functions, futures, errors and panics.

use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::kit::{attribute, finish, finished, named, poll, told, turns};
use codomyrmex_telemetry_guest::{
    InSpan, Outcome, Parent, SpanId, SpanKind, SpanStatus, TraceId, get_current_span, get_tracer, trace, with_ledger,
};

#[derive(Debug)]
struct Refused(u32);

impl Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "refused {}", self.0)
    }
}

impl From<std::num::ParseIntError> for Refused {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(0)
    }
}

#[trace]
fn plain(number: u32) -> u32 {
    assert!(get_current_span().context().is_some());
    if number > 3 {
        return number;
    }
    number + 1
}

#[trace("named", kind = client, fields(query, length = query.len(), gen_ai.tool.type = %"function", "shown" = ?Some(1)))]
fn described(query: String) -> String {
    query
}

#[trace]
fn parsed(text: &str) -> Result<u32, Refused> {
    let number: u32 = text.parse()?;
    if number > 100 {
        return Err(Refused(number));
    }
    Ok(number)
}

struct Only;

#[derive(Debug)]
struct Bug;

#[trace]
fn with_nothing_to_show() -> Result<(), Only> {
    Err(Only)
}

#[trace]
fn with_debug_only() -> Result<(), Bug> {
    Err(Bug)
}

#[trace]
fn generic<T: Clone, E: Display>(value: &T, error: Option<E>) -> Result<T, E> {
    error.map_or_else(|| Ok(value.clone()), Err)
}

#[trace]
fn opaque(from: u32) -> impl Iterator<Item = u32> {
    (from..).take(2)
}

#[trace]
fn failing_opaque(from: u32) -> Result<impl Iterator<Item = u32>, Refused> {
    if from == 0 { Err(Refused(from)) } else { Ok((from..).take(2)) }
}

struct Agent {
    name: String,
    steps: Vec<u32>,
}

trait Work {
    fn work(&mut self) -> &mut Vec<u32>;
    fn call<'a>(&'a mut self) -> Pin<Box<dyn Future<Output = Result<u32, Refused>> + 'a>>;
}

impl Agent {
    #[trace(fields(agent.name = self.name))]
    fn longest<'a>(&'a self, other: &'a str) -> &'a str {
        if self.name.len() > other.len() { &self.name } else { other }
    }

    #[trace]
    async fn step(&mut self, number: u32) -> Result<&[u32], Refused> {
        turns(2).await;
        self.steps.push(number);
        if number == 0 { Err(Refused(0)) } else { Ok(&self.steps) }
    }
}

impl Work for Agent {
    #[trace]
    fn work(&mut self) -> &mut Vec<u32> {
        self.steps.push(9);
        &mut self.steps
    }

    #[trace]
    fn call<'a>(&'a mut self) -> Pin<Box<dyn Future<Output = Result<u32, Refused>> + 'a>> {
        let added = 1;
        Box::pin(async move {
            turns(2).await;
            self.steps.push(added);
            Err(Refused(7))
        })
    }
}

#[trace]
async fn slow(fails: bool) -> Result<(), Refused> {
    std::thread::sleep(Duration::from_millis(5));
    turns(2).await;
    std::thread::sleep(Duration::from_millis(5));
    if fails { Err(Refused(1)) } else { Ok(()) }
}

#[trace]
async fn outer(name: &'static str) -> u32 {
    get_current_span().set_attribute("request", name);
    turns(2).await;
    inner(name).await + 1
}

#[trace]
async fn inner(name: &'static str) -> u32 {
    turns(2).await;
    get_current_span().set_attribute("request", name);
    1
}

#[trace]
#[allow(clippy::manual_async_fn, reason = "it is about those that are written so")]
fn as_impl_future(number: u32) -> impl Future<Output = Result<u32, Refused>> {
    async move {
        turns(1).await;
        Err(Refused(number))
    }
}

#[trace]
fn panics() -> u32 {
    panic!("gone");
}

#[trace]
fn never() -> ! {
    panic!("never");
}

#[trace]
async fn panics_later() {
    turns(2).await;
    panic!("later");
}

#[trace(parent = parent)]
fn under(parent: Parent<'_>) {
    let _ = parent;
}

#[test]
fn a_function_is_a_span_of_its_name_and_success_says_nothing() {
    assert_eq!([plain(1), plain(4)], [2, 4]);
    assert_eq!(told(), ["plain: unset []", "plain: unset []"]);
    assert_eq!(finished()[0].kind, SpanKind::Internal);
    assert_eq!(get_current_span().context(), None);
}

#[test]
fn a_name_a_kind_and_fields_are_recorded_and_what_is_recorded_is_not_taken() {
    assert_eq!(described("flights".into()), "flights");
    let span = named("named");
    assert_eq!(span.kind, SpanKind::Client);
    let fields = ["query", "length", "gen_ai.tool.type", "shown"].map(|key| attribute(&span, key));
    assert_eq!(fields, ["flights", "7", "function", "Some(1)"]);
}

#[test]
fn an_error_sets_the_status_and_is_recorded_whichever_way_it_leaves() {
    assert_eq!(parsed("7").unwrap(), 7);
    assert_eq!(parsed("101").unwrap_err().0, 101);
    assert_eq!(parsed("x").unwrap_err().0, 0);
    assert_eq!(told(), ["parsed: error 'refused 0' [exception]", "parsed: error 'refused 101' [exception]", "parsed: unset []"]);
    let failed = finished().into_iter().find(|span| span.status == SpanStatus::Error("refused 101".into())).unwrap();
    assert_eq!(attribute(&failed, "error.type"), "plugin::trace::Refused");
    let exception: Vec<_> = failed.events[0].attributes.iter().map(|(key, value)| (key.as_str(), crate::kit::text(value))).collect();
    assert_eq!(exception, [("exception.message", "refused 101".into()), ("exception.type", "plugin::trace::Refused".into())]);
}

#[test]
fn an_error_is_told_as_well_as_it_can_be_shown() {
    assert!(with_nothing_to_show().is_err() && with_debug_only().is_err());
    assert_eq!(generic(&5, None::<&str>), Ok(5));
    assert_eq!(generic(&5, Some("no")), Err("no"));
    assert_eq!(
        told(),
        [
            "generic: error 'no' [exception]",
            "generic: unset []",
            "with_debug_only: error 'Bug' [exception]",
            "with_nothing_to_show: error '' [exception]"
        ]
    );
}

#[test]
fn opaque_types_and_borrowed_values_come_through() {
    assert_eq!(opaque(3).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(failing_opaque(3).unwrap().collect::<Vec<_>>(), [3, 4]);
    assert!(failing_opaque(0).is_err());
    let mut agent = Agent { name: "planner".into(), steps: vec![] };
    assert_eq!(agent.longest("a"), "planner");
    agent.work().push(8);
    assert_eq!(agent.steps, [9, 8]);
    assert_eq!(finish(agent.step(4)).unwrap(), [9, 8, 4]);
    assert!(finish(agent.step(0)).is_err());
    assert_eq!(finish(agent.call()).unwrap_err().0, 7);
    assert_eq!(
        told(),
        [
            "call: error 'refused 7' [exception]",
            "failing_opaque: error 'refused 0' [exception]",
            "failing_opaque: unset []",
            "longest: unset []",
            "opaque: unset []",
            "step: error 'refused 0' [exception]",
            "step: unset []",
            "work: unset []"
        ]
    );
    assert_eq!(attribute(&named("longest"), "agent.name"), "planner");
}

#[test]
fn an_async_function_lasts_until_it_is_done_and_its_error_is_not_lost() {
    assert!(finish(slow(true)).is_err());
    let span = named("slow");
    let lasted = span.ended.nanos() - span.started.nanos();
    assert!(lasted >= 10_000_000, "{lasted} ns");
    assert_eq!(span.status, SpanStatus::Error("refused 1".into()));
    assert_eq!(finish(as_impl_future(3)).unwrap_err().0, 3);
    assert_eq!(named("as_impl_future").status, SpanStatus::Error("refused 3".into()));
}

#[test]
fn two_requests_that_take_turns_never_see_each_others_spans() {
    let (mut one, mut two) = (pin!(outer("one")), pin!(outer("two")));
    assert!(poll(one.as_mut()).is_pending() && poll(two.as_mut()).is_pending());
    assert_eq!(get_current_span().context(), None);
    // The second overtakes the first.
    assert!(poll(two.as_mut()).is_pending() && poll(one.as_mut()).is_pending());
    assert_eq!(poll(two.as_mut()), Poll::Ready(2));
    assert_eq!(poll(one.as_mut()), Poll::Ready(2));
    let spans = finished();
    assert_eq!(spans.len(), 4);
    for request in ["one", "two"] {
        let [outer, inner] = ["outer", "inner"].map(|name| {
            spans
                .iter()
                .find(|span| span.name == name && attribute(span, "request") == request)
                .unwrap_or_else(|| panic!("{name} of {request}"))
        });
        assert_eq!((inner.parent, inner.context.trace_id), (Some(outer.context.span_id), outer.context.trace_id));
        assert_eq!(outer.parent, None);
    }
}

#[test]
fn a_future_that_is_dropped_was_cancelled_and_did_not_fail() {
    let mut waiting = Box::pin(outer("one"));
    assert!(poll(waiting.as_mut()).is_pending());
    drop(waiting);
    drop(turns(1).in_span(get_tracer("").start_span("never polled")));
    finish(turns(3).in_span(get_tracer("").start_span("done")));
    assert_eq!(told(), ["done: unset []", "never polled: unset [cancelled]", "outer: unset [cancelled]"]);
}

#[test]
fn a_panic_is_an_error_and_leaves_nothing_entered() {
    let caught = [std::panic::catch_unwind(|| panics() > 0), std::panic::catch_unwind(|| never())];
    assert!(caught.iter().all(Result::is_err));
    let mut later = Box::pin(panics_later());
    assert!(poll(later.as_mut()).is_pending());
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(later.as_mut()))).is_err());
    drop(later);
    let guard = std::panic::catch_unwind(|| {
        let _span = get_tracer("").start_span("held");
        panic!("held");
    });
    assert!(guard.is_err());
    assert_eq!(
        told(),
        ["held: error 'panicked' []", "never: error 'panicked' []", "panics: error 'panicked' []", "panics_later: error 'panicked' []"]
    );
    assert_eq!(get_current_span().context(), None);
}

#[test]
fn a_parent_can_be_said() {
    let root = get_tracer("").builder("root").parent(TraceId::new(7).unwrap()).id(SpanId::new(9).unwrap()).at(5).start();
    under(Parent::Span(&root));
    under(Parent::Root);
    root.end(None);
    let spans = finished();
    let parents: Vec<_> = spans.iter().map(|span| (span.name.as_str(), span.parent.map(SpanId::get))).collect();
    assert_eq!(parents, [("root", None), ("under", Some(9)), ("under", None)]);
    assert_eq!((spans[0].context.trace_id.get(), spans[0].started.nanos()), (7, 5));
}

#[test]
fn closures_are_spans_below_each_other_and_errors_of_theirs_are_told() {
    let tracer = get_tracer("planner");
    let (result, event) = tracer.span("plan", |plan| {
        let event = plan.add_event("thought", None, [("words".into(), 3_i64.into())].into());
        (tracer.builder("act").kind(SpanKind::Client).attribute("tool", "search").try_run(|_| Err::<u8, _>(Refused(2))), event)
    });
    assert_eq!((result.unwrap_err().0, event), (2, Outcome::Recorded));
    assert_eq!(tracer.try_span("observe", |_| Ok::<_, Refused>(5)).unwrap(), 5);
    assert_eq!(told(), ["act under plan: error 'refused 2' [exception]", "observe: unset []", "plan: unset [thought]"]);
    assert_eq!((named("act").kind, attribute(&named("act"), "tool")), (SpanKind::Client, "search".into()));
}

#[test]
fn a_guard_keeps_its_span_current_and_the_current_span_does_not_end_when_it_is_dropped() {
    let tracer = get_tracer("");
    let span = tracer.start_span("held");
    assert_eq!(get_current_span().context(), None);
    {
        let _entered = span.entered();
        drop(get_current_span());
        get_current_span().set_attribute("seen", true);
        tracer.span("below", |_| ());
    }
    assert_eq!(get_current_span().context(), None);
    drop(span);
    assert_eq!(told(), ["below under held: unset []", "held: unset []"]);
    assert_eq!(attribute(&named("held"), "seen"), "true");
}

#[test]
fn a_name_that_is_refused_is_a_counted_drop_and_the_body_runs() {
    assert_eq!(get_tracer("").span("", |span| span.context()), None);
    assert_eq!(with_ledger(|ledger| ledger.dropped()), [("unknown-id", 1)]);
}
