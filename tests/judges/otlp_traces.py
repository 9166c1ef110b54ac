"""The official classes of OTLP as a judge: they read the request with spans that is exported, as Protocol Buffers
and as JSON, and every value in it is held against the snapshot, which a reader of CBOR reads, in both directions.

Usage: otlp_traces.py SNAPSHOT PROTOBUF JSON, three files. It ends with the lines "# pass N" and "# fail N".
Deliberately absent: any reading of the formats here, but for ids, which OTLP has in hexadecimal where JSON's
mapping has base64.
"""

import base64
import json
import sys

import cbor2
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

KINDS = {name: Span.SpanKind.Value(f"SPAN_KIND_{name.upper()}") for name in ("internal", "server", "client", "producer", "consumer")}
IDS = ("traceId", "spanId", "parentSpanId")
SCALARS = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value"}
LISTS = {"booleans": "bool_value", "integers": "int_value", "floats": "double_value", "texts": "string_value"}


def exact(kind, value):
    """A value in a form that tells all of its kind apart, with one NaN."""
    return kind, float(value).hex() if kind == "double_value" else value


def value_of_cbor(value):
    if isinstance(value, list):
        return "array_value", tuple(exact(LISTS[value[0]], item) for item in value[1])
    return exact(SCALARS[type(value)], value)


def value_of_message(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return kind, tuple(value_of_message(item) for item in value.array_value.values)
    return exact(kind, getattr(value, kind))


def of_cbor(attributes):
    return tuple((key, value_of_cbor(value)) for key, value in attributes)


def of_message(attributes):
    return tuple((pair.key, value_of_message(pair.value)) for pair in attributes)


def context_of_cbor(context):
    trace_id, span_id, flags, state = context
    return {"trace_id": trace_id, "span_id": span_id, "flags": flags, "state": state}


def context_of_message(one):
    return {"trace_id": one.trace_id, "span_id": one.span_id, "flags": one.flags, "state": one.trace_state}


def status_of_cbor(status):
    if status is None:
        return None
    return (Status.STATUS_CODE_OK, "") if status is True else (Status.STATUS_CODE_ERROR, status)


def span_of_cbor(span, origins):
    resource, name, version, schema_url, attributes = origins[span["origin"]]
    return {
        **context_of_cbor(span["context"]),
        "origin": (of_cbor(resource), name, version, schema_url, of_cbor(attributes)),
        "parent": span["parent"] or b"",
        "name": span["name"],
        "kind": KINDS[span["kind"]],
        "times": (span["started"], span["ended"]),
        "attributes": of_cbor(span["attributes"]),
        "events": [(at, name, of_cbor(attributes), 0) for at, name, attributes in span["events"]],
        "links": [{**context_of_cbor(context), "attributes": of_cbor(attributes), "dropped": 0} for context, attributes in span["links"]],
        "dropped": tuple(span["dropped"]),
        "status": status_of_cbor(span["status"]),
    }


def span_of_message(span, origin):
    return {
        **context_of_message(span),
        "origin": origin,
        "parent": span.parent_span_id,
        "name": span.name,
        "kind": span.kind,
        "times": (span.start_time_unix_nano, span.end_time_unix_nano),
        "attributes": of_message(span.attributes),
        "events": [(one.time_unix_nano, one.name, of_message(one.attributes), one.dropped_attributes_count) for one in span.events],
        "links": [
            {**context_of_message(one), "attributes": of_message(one.attributes), "dropped": one.dropped_attributes_count}
            for one in span.links
        ],
        "dropped": (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count),
        "status": (span.status.code, span.status.message) if span.HasField("status") else None,
    }


def expected(snapshot):
    """By id, as an id is once in a snapshot."""
    spans = snapshot["spans"]
    told = (span_of_cbor(span, spans["origins"]) for span in spans["kept"])
    return {(span["trace_id"], span["span_id"]): span for span in told}


def found(request):
    spans = {}
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            who = scope.scope
            origin = (of_message(resource.resource.attributes), who.name, who.version, scope.schema_url, of_message(who.attributes))
            for span in scope.spans:
                spans[span.trace_id, span.span_id] = span_of_message(span, origin)
    return spans


def groups(request):
    """What is wrong with how spans are grouped: each origin once, and none without spans."""
    resources = [of_message(one.resource.attributes) for one in request.resource_spans]
    if len(set(resources)) != len(resources):
        yield "a resource stands there twice"
    for one in request.resource_spans:
        scopes = [(scope.scope.SerializeToString(deterministic=True), scope.schema_url) for scope in one.scope_spans]
        if len(set(scopes)) != len(scopes):
            yield "a scope stands there twice in one resource"
        if not scopes or not all(scope.spans for scope in one.scope_spans):
            yield "a scope without spans"


def differences(should, is_there):
    for ids in should.keys() | is_there.keys():
        one, other = should.get(ids, {}), is_there.get(ids, {})
        for key in one.keys() | other.keys():
            if one.get(key) != other.get(key):
                yield f"{ids[1].hex()}.{key} is {other.get(key)!r}, and should be {one.get(key)!r}"


def with_base64_ids(value):
    if isinstance(value, list):
        return [with_base64_ids(item) for item in value]
    if isinstance(value, dict):
        text = lambda item: base64.b64encode(bytes.fromhex(item)).decode()
        return {key: text(item) if key in IDS else with_base64_ids(item) for key, item in value.items()}
    return value


def verdict(title, problems):
    problems = list(problems)
    for problem in problems[:5]:
        print(f"{title}: {problem}")
    print(f"{title}: {'as it should be' if not problems else f'WRONG, {len(problems)} times'}")
    return not problems


def judge(snapshot, protobuf, text):
    request = ExportTraceServiceRequest.FromString(protobuf)
    from_json = json_format.Parse(json.dumps(with_base64_ids(json.loads(text))), ExportTraceServiceRequest())
    again = request.SerializeToString(deterministic=True)
    same = again == from_json.SerializeToString(deterministic=True)
    count = sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
    should, is_there = expected(snapshot), found(request)
    once = [] if count == len(is_there) else [f"{count} spans, of which {len(is_there)} have ids of their own"]
    return [
        verdict(f"otlp traces, {count} spans", [*once, *differences(should, is_there)]),
        verdict("otlp traces, each resource and scope once", groups(request)),
        verdict("otlp traces, json says the same", [] if same else ["another message"]),
        verdict("otlp traces, the official bytes", [] if again == protobuf else [f"{len(protobuf)} bytes, and should be {len(again)}"]),
    ]


def main():
    snapshot, protobuf, text = sys.argv[1:]
    with open(snapshot, "rb") as one, open(protobuf, "rb") as two, open(text, encoding="utf-8") as three:
        verdicts = judge(cbor2.load(one), two.read(), three.read())
    print(f"# pass {sum(verdicts)}\n# fail {len(verdicts) - sum(verdicts)}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
