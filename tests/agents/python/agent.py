"""An agent plugin in Python: it accounts for the tool calls of an assistant, one JSON line a call,
`{"run":"a","tool":"search","ms":120}`, with an "error" where one failed.

One trace a run, or a part of the trace of who asks: a root span, and a span for each call with attributes, an
event, and what went wrong. Calls by tool and outcome, how long they took, and one objective. The lines have no
times, so line k happens k seconds after the first moment of 2026. `../javascript/agent.js` does the same, and the
same lines give the same bytes. Deliberately absent: any word of where accounts are kept.
"""

import json
from dataclasses import dataclass
from typing import Optional

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.lines import Line, Problem
from wit_world.imports import metrics, slo, slo_terms, tracer, types

FIRST_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000
DAY_NS = 86_400 * SECOND_NS
MS_MAX = 1000  # a call ends before the line after it begins


class Lines(exports.Lines):
    """The export `lines` of the world `line-agent`."""

    def handle(self, index: int, lines: list[Line], parent: Optional[tracer.SpanContext]) -> None:
        calls = [Call.read(line) for line in lines]
        if not calls:
            return
        try:
            Instruments.of_this_agent().account(calls, parent)
        except Err as refused:  # what a function with a `result` answers: a variant with a text
            raise Err(Problem(calls[0].number, str(refused.value.value)))


@dataclass
class Call:
    number: int
    run: str
    tool: str
    ms: int
    error: Optional[str]

    @classmethod
    def read(cls, line: Line) -> "Call":
        """Reads a line, before anything of its group is recorded."""

        def wrong(message: str) -> Err:
            return Err(Problem(line.number, message))

        try:
            call = json.loads(line.text)
        except ValueError:
            raise wrong("it is not JSON")
        values = call if isinstance(call, dict) else {}
        run, tool, ms = (values.get(key) for key in ("run", "tool", "ms"))
        if not isinstance(run, str) or not isinstance(tool, str):
            raise wrong("it needs the texts 'run' and 'tool'")
        if type(ms) not in (int, float) or not 0 <= ms <= MS_MAX or ms != int(ms):
            raise wrong(f"it needs 'ms', a whole number up to {MS_MAX}")
        if "error" in values and not isinstance(values["error"], str):
            raise wrong("its 'error' is not a text")
        return cls(line.number, run, tool, int(ms), values.get("error"))

    @property
    def at(self) -> int:
        return FIRST_NS + self.number * SECOND_NS

    @property
    def over(self) -> int:
        return self.at + self.ms * MILLISECOND_NS


class Instruments:
    """The numbers that the ledger gave."""

    shared: Optional["Instruments"] = None

    @classmethod
    def of_this_agent(cls) -> "Instruments":
        """Asked for at the first group: while the component is built there is no ledger."""
        if cls.shared is None:
            cls.shared = cls()
        return cls.shared

    def __init__(self) -> None:
        scope = tracer.get_tracer(tracer.InstrumentationScope("tool-calls", "0.1.0", "", []))
        self.calls = metrics.declare(
            metrics.Descriptor(
                name="tool_calls_total",
                help="Tool calls by tool and outcome.",
                unit="",
                labels=["tool", "outcome"],
                instrument=metrics.Instrument_Counter(),
                window=None,
            )
        )
        buckets = metrics.ExponentialOptions(max_size=160, max_scale=20, zero_threshold=0)
        seconds = metrics.declare(
            metrics.Descriptor(
                name="tool_call_seconds",
                help="How long tool calls took.",
                unit="seconds",
                labels=[],
                instrument=metrics.Instrument_ExponentialHistogram(buckets),
                window=None,
            )
        )
        self.seconds = metrics.resolve(seconds, [])
        self.answered = slo.create(
            slo_terms.Objective(
                id="tools_answer",
                version=1,
                name="Tools answer",
                description="Tool calls without an error.",
                sli_type=slo_terms.SliType.AVAILABILITY,
                indicator=slo_terms.Indicator_Events(),
                target=types.Ratio(3, 4),
                window=slo_terms.Window_Rolling(DAY_NS),
                budgeting=slo_terms.Budgeting_Occurrences(),
                minimum=0,
                dimensions=["tool", "error.type"],
                alerts=None,
                policy=None,
                exemptions=[],
                resolution=None,
            )
        )
        self.handle_group = tracer.declare(scope, "handle_group", tracer.SpanKind.SERVER)
        self.handle_line = tracer.declare(scope, "handle_line", tracer.SpanKind.INTERNAL)

    def account(self, calls: list[Call], parent: Optional[tracer.SpanContext]) -> None:
        """Accounts for a group: its root span hangs under the parent, or begins a trace that follows from the run."""
        first, last = calls[0], calls[-1]
        above = tracer.remote(parent) if parent else None
        under = tracer.Parent_Span(above) if above else tracer.Parent_Trace(tracer.derive_trace_id(first.run))
        root = tracer.start(self.handle_group, under, tracer.derive_span_id(first.run), first.at)
        tracer.set_attribute(root, "run", types.Value_Text(first.run))
        for call in calls:
            self.account_line(root, call)
        tracer.end(root, last.over)
        if above:
            tracer.end(above, None)

    def account_line(self, root: int, call: Call) -> None:
        outcome = "ok" if call.error is None else "error"
        span_id = tracer.derive_span_id(f"{call.run}/{call.number}")
        span = tracer.start(self.handle_line, tracer.Parent_Span(root), span_id, call.at)
        tracer.set_attribute(span, "line", types.Value_Integer(call.number))
        tracer.set_attribute(span, "tool", types.Value_Text(call.tool))
        tracer.set_attribute(span, "ok", types.Value_Boolean(call.error is None))
        tracer.add_event(span, "answered", call.over, [types.Attribute("seconds", types.Value_Float(call.ms / 1000))])
        if call.error is not None:
            tracer.record_exception(span, tracer.Exception(call.error, f"{call.tool} failed", ""), call.over)
            tracer.set_status(span, tracer.SpanStatus_Error(call.error))
        metrics.add(metrics.resolve(self.calls, [call.tool, outcome]), 1, call.over)
        metrics.record_in(self.seconds, call.ms / 1000, call.over, span)  # may stay as an example, with the trace's id
        slo.record_event_with(self.answered, call.error is None, 1, call.over, [call.tool, call.error or ""], span)
        tracer.end(span, call.over)
