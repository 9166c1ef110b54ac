"""The official classes of OTLP as a judge: they read the request that is exported, as Protocol Buffers and
as JSON, and every value in it is held against a report of the same accounts, in both directions.

Usage: otlp.py REPORT PROTOBUF JSON, three files. It ends with the lines "# pass N" and "# fail N".
The report is a JSON file:
  {"temporality": "cumulative" or "delta", "dropped": {REASON: COUNT, ...}, "metrics": [FAMILY, ...]}
  FAMILY is {"name", "kind", "unit", "labels": [NAME, ...], "series": [SERIES, ...]}, its kind as in the WIT
    ("counter", "up-down-counter", "gauge", "histogram", "exponential-histogram", "summary", "info",
    "state-set"); a histogram also has "bounds", a state set "states", an exponential histogram may have
    "zero_threshold" (0 if not); "help" is compared where it is there.
  SERIES is {"labels": {NAME: VALUE, ...}, "value"}, for the series past the limit with "overflow": true;
    "first" and "last" (nanoseconds) and "exemplars" ([{"value", "at", "trace_id", "span_id"}, ...]) are
    compared where they are there.
  A value is a number for counters, gauges and states, 1 for an info, for the rest
    {"count", "sum", "min", "max"} and "bucket_counts", or "scale", "zero_count", "positive" and "negative"
    ({"offset", "counts"}), or "quantiles" ([[QUANTILE, VALUE], ...]).
  A number that JSON does not know is "NaN", "Infinity" or "-Infinity".
A gauge that was never set has no series; of a state set those that were set are enough.
Deliberately absent: any reading of the formats here, but for ids, which OTLP has in hexadecimal where
JSON's mapping has base64.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

SCOPE = "codomyrmex.telemetry"
KINDS = {
    "counter": "sum",
    "up-down-counter": "sum",
    "gauge": "gauge",
    "histogram": "histogram",
    "exponential-histogram": "exponential_histogram",
    "summary": "summary",
    "info": "sum",
    "state-set": "sum",
}


def number(value):
    """A double in a form that tells all of them apart, with one NaN."""
    return float(value).hex()


def with_base64_ids(value):
    if isinstance(value, list):
        return [with_base64_ids(item) for item in value]
    if isinstance(value, dict):
        is_id = lambda key: key in ("traceId", "spanId")
        text = lambda item: base64.b64encode(bytes.fromhex(item)).decode()
        return {key: text(item) if is_id(key) else with_base64_ids(item) for key, item in value.items()}
    return value


def base_name(family):
    ending = {"counter": "_total", "info": "_info"}.get(family["kind"], "")
    return family["name"].removesuffix(ending) if ending else family["name"]


def series_of(family):
    """The series that must be there: of a state set all states of each set of labels that has any."""
    if family["kind"] != "state-set" or any(series.get("overflow") for series in family["series"]):
        return family["series"]
    state, sets = family["labels"][-1], {}
    for series in family["series"]:
        rest = tuple((name, series["labels"][name]) for name in family["labels"][:-1])
        sets.setdefault(rest, {})[series["labels"][state]] = series
    never = lambda rest, name: {"labels": {**dict(rest), state: name}, "value": 0, "exemplars": []}
    return [there.get(name) or never(rest, name) for rest, there in sets.items() for name in family["states"]]


def expected_point(family, series):
    kind, value = family["kind"], series["value"]
    point = {}
    if series.get("overflow"):
        point["labels"] = (("otel.metric.overflow", True),)
    else:
        point["labels"] = tuple((name, series["labels"][name]) for name in family["labels"])
    if "first" in series and kind not in ("gauge", "state-set"):
        point["start"] = series["first"]
    if "last" in series:
        point["time"] = series["last"]
    if "exemplars" in series and kind != "summary":
        point["exemplars"] = [(number(one["value"]), one["at"], one["trace_id"], one["span_id"]) for one in series["exemplars"]]
    if not isinstance(value, dict):
        return {**point, "value": number(value)}
    point.update(count=value["count"], sum=number(value["sum"]))
    if kind != "summary":
        point.update({name: None if value[name] is None else number(value[name]) for name in ("min", "max")})
    if kind == "histogram":
        point.update(bucket_counts=value["bucket_counts"], bounds=[number(bound) for bound in family["bounds"]])
    elif kind == "exponential-histogram":
        point.update({name: value[name] for name in ("scale", "zero_count", "positive", "negative")})
        point["zero_threshold"] = number(family.get("zero_threshold", 0))
    else:
        point["quantiles"] = [[number(item) for item in pair] for pair in value["quantiles"]]
    return point


def expected(report):
    metrics = []
    for family in report["metrics"]:
        kind, name = family["kind"], base_name(family)
        points = [expected_point(family, series) for series in series_of(family)]
        if not points:
            continue
        metric = {"name": name + "_info" if kind == "info" else name, "data": KINDS[kind], "unit": family["unit"], "points": points}
        if "help" in family:
            metric["help"] = family["help"]
        if KINDS[kind] not in ("gauge", "summary"):
            is_delta = report["temporality"] == "delta" and kind not in ("info", "state-set")
            metric["temporality"] = 1 if is_delta else 2
        if KINDS[kind] == "sum":
            metric["monotonic"] = kind == "counter"
        metric["metadata"] = {"info": (("prometheus.type", "info"),), "state-set": (("prometheus.type", "stateset"),)}.get(kind, ())
        metrics.append(metric)
    if report["dropped"]:
        points = [{"labels": (("reason", reason),), "value": number(count), "exemplars": []} for reason, count in report["dropped"].items()]
        own = {"name": f"{SCOPE}.dropped", "data": "sum", "unit": "", "points": points}
        own.update(temporality=1 if report["temporality"] == "delta" else 2, monotonic=True, metadata=())
        metrics.append(own)
    return metrics


def attributes(pairs):
    return tuple((pair.key, getattr(pair.value, pair.value.WhichOneof("value"))) for pair in pairs)


def found_point(data, point):
    found = {"labels": attributes(point.attributes), "flags": point.flags}
    found.update(start=point.start_time_unix_nano, time=point.time_unix_nano)
    if data != "summary":
        found["exemplars"] = [(number(one.as_double), one.time_unix_nano, one.trace_id.hex(), one.span_id.hex()) for one in point.exemplars]
    if data in ("sum", "gauge"):
        return {**found, "value": number(point.as_double) if point.HasField("as_double") else "no double"}
    found.update(count=point.count, sum=number(point.sum))
    if data != "summary":
        found.update({name: number(getattr(point, name)) if point.HasField(name) else None for name in ("min", "max")})
    if data == "histogram":
        found.update(bucket_counts=list(point.bucket_counts), bounds=[number(bound) for bound in point.explicit_bounds])
    elif data == "exponential_histogram":
        sign = lambda buckets: {"offset": buckets.offset, "counts": list(buckets.bucket_counts)}
        found.update(scale=point.scale, zero_count=point.zero_count, positive=sign(point.positive), negative=sign(point.negative))
        found["zero_threshold"] = number(point.zero_threshold)
    else:
        found["quantiles"] = [[number(item.quantile), number(item.value)] for item in point.quantile_values]
    return found


def found(request):
    metrics = []
    for metric in request.resource_metrics[0].scope_metrics[0].metrics:
        if metric.name.startswith(f"{SCOPE}.slo."):
            continue  # which rules.py judges
        data = metric.WhichOneof("data")
        holder = getattr(metric, data)
        points = [found_point(data, point) for point in holder.data_points]
        one = {"name": metric.name, "data": data, "unit": metric.unit, "help": metric.description, "points": points}
        one["metadata"] = attributes(metric.metadata)
        if data not in ("gauge", "summary"):
            one["temporality"] = holder.aggregation_temporality
        if data == "sum":
            one["monotonic"] = holder.is_monotonic
        metrics.append(one)
    return metrics


def differences(place, should, is_there, default):
    """What differs; what is not said of `should` must be the default, or is not looked at where there is none."""
    if isinstance(should, dict) and isinstance(is_there, dict):
        for key in should.keys() | is_there.keys():
            if key in should or key in default:
                yield from differences(f"{place}.{key}", should.get(key, default.get(key)), is_there.get(key), default)
    elif isinstance(should, list) and isinstance(is_there, list):
        if len(should) != len(is_there):
            yield f"{place} has {len(is_there)} items, and should have {len(should)}"
        for at, (one, other) in enumerate(zip(should, is_there)):
            yield from differences(f"{place}[{at}]", one, other, default)
    elif should != is_there:
        yield f"{place} is {is_there!r}, and should be {should!r}"


def verdict(title, problems):
    problems = list(problems)
    for problem in problems[:5]:
        print(f"{title}: {problem}")
    print(f"{title}: {'as it should be' if not problems else f'WRONG, {len(problems)} times'}")
    return not problems


def judge(report, protobuf, text):
    """Whether each of four things holds."""
    request = ExportMetricsServiceRequest.FromString(protobuf)
    from_json = json_format.Parse(json.dumps(with_base64_ids(json.loads(text))), ExportMetricsServiceRequest())
    resources = request.resource_metrics
    scopes = [scope for resource in resources for scope in resource.scope_metrics]
    one_scope = len(resources) == len(scopes) == 1 and scopes[0].scope.name == SCOPE and scopes[0].scope.version != ""
    again = request.SerializeToString(deterministic=True)
    has_times = any("last" in series for family in report["metrics"] for series in family["series"])
    default = {"flags": 0, "start": 0, "time": 0} if has_times else {"flags": 0}
    metrics, points = found(request), sum(len(metric["points"]) for metric in found(request))
    return [
        verdict(f"otlp, {len(metrics)} metrics, {points} points", differences("metrics", expected(report), metrics, default)),
        verdict("otlp, one resource and one scope", [] if one_scope else [str(scopes)]),
        verdict("otlp, json says the same", [] if canonical(request) == canonical(from_json) else ["another message"]),
        verdict("otlp, the official bytes", [] if again == protobuf else [f"{len(protobuf)} bytes, and should be {len(again)}"]),
    ]


def canonical(request):
    """Its bytes; messages with a NaN are not equal to themselves."""
    return request.SerializeToString(deterministic=True)


def main():
    report, protobuf, text = sys.argv[1:]
    with open(report, encoding="utf-8") as one, open(protobuf, "rb") as two, open(text, encoding="utf-8") as three:
        verdicts = judge(json.load(one), two.read(), three.read())
    print(f"# pass {sum(verdicts)}\n# fail {len(verdicts) - sum(verdicts)}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
