"""Google's Protocol Buffers as a judge of Prometheus' protobuf format: every value in the families that are
exported is held against a report of the same accounts, in both directions.

Usage: protobuf.py REPORT FAMILIES [ESCAPING], two files and the scheme by which names are escaped:
allow-utf-8 or underscores (if not given). It ends with the lines "# pass N" and "# fail N".
The report is that of otlp.py. Its families must stand in the order of their schemas: where two have
one name the first is shown. Quantiles, "first", "exemplars" and "help" are compared where they are there.
There is no Python package with Prometheus' messages, so they are declared here, with the numbers and
types of metrics.proto (prometheus/client_model). Deliberately absent: any reading of the bytes here, but for the
length before each family.
"""

import json
import math
import re
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2  # the last one declares Timestamp

# message: field number, name, type; "*" is repeated.
MESSAGES = {
    "LabelPair": "1 name string, 2 value string",
    "Gauge": "1 value double",
    "Counter": "1 value double, 2 exemplar Exemplar, 3 created_timestamp Timestamp",
    "Quantile": "1 quantile double, 2 value double",
    "Summary": "1 sample_count uint64, 2 sample_sum double, 3 quantile *Quantile, 4 created_timestamp Timestamp",
    "Untyped": "1 value double",
    "Histogram": "1 sample_count uint64, 4 sample_count_float double, 2 sample_sum double, 3 bucket *Bucket, "
    "15 created_timestamp Timestamp, 5 schema sint32, 6 zero_threshold double, 7 zero_count uint64, 8 zero_count_float double, "
    "9 negative_span *BucketSpan, 10 negative_delta *sint64, 11 negative_count *double, "
    "12 positive_span *BucketSpan, 13 positive_delta *sint64, 14 positive_count *double, 16 exemplars *Exemplar",
    "Bucket": "1 cumulative_count uint64, 4 cumulative_count_float double, 2 upper_bound double, 3 exemplar Exemplar",
    "BucketSpan": "1 offset sint32, 2 length uint32",
    "Exemplar": "1 label *LabelPair, 2 value double, 3 timestamp Timestamp",
    "Metric": "1 label *LabelPair, 2 gauge Gauge, 3 counter Counter, 4 summary Summary, 5 untyped Untyped, 7 histogram Histogram, "
    "6 timestamp_ms int64",
    "MetricFamily": "1 name string, 2 help string, 3 type MetricType, 4 metric *Metric, 5 unit string",
}
TYPES = ["COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"]
PACKAGE = "io.prometheus.client"
KINDS = {"counter": "COUNTER", "histogram": "HISTOGRAM", "exponential-histogram": "HISTOGRAM", "summary": "SUMMARY"}
ENDINGS = {
    "counter": ["", "_total", "_created"],
    "histogram": ["", "_bucket", "_count", "_sum", "_created"],
    "exponential-histogram": ["", "_bucket", "_count", "_sum", "_created"],
    "summary": ["", "_count", "_sum", "_created"],
    "info": ["", "_info"],
}
OWN = "codomyrmex_telemetry_"
FINEST, COARSEST, ZERO_THRESHOLD = 8, -4, 1e-128


def family_class():
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="metrics.proto", package=PACKAGE, syntax="proto2")
    file.dependency.append(timestamp_pb2.DESCRIPTOR.name)
    kinds = file.enum_type.add(name="MetricType")
    for number, name in enumerate(TYPES):
        kinds.value.add(name=name, number=number)
    for message, fields in MESSAGES.items():
        declared = file.message_type.add(name=message)
        for text in fields.split(", "):
            number, name, kind = text.split()
            label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
            one = declared.field.add(number=int(number), name=name, label=label)
            kind = kind.lstrip("*")
            if kind in MESSAGES or kind in ("Timestamp", "MetricType"):
                one.type_name = ".google.protobuf.Timestamp" if kind == "Timestamp" else f".{PACKAGE}.{kind}"
                one.type = field.TYPE_ENUM if kind == "MetricType" else field.TYPE_MESSAGE
            else:
                one.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.MetricFamily"))


def read(data):
    """The families, each with its length before it."""
    kind, families = family_class(), []
    while data:
        length = shift = used = 0
        while True:
            byte, used = data[used], used + 1
            length, shift = length | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        if used + length > len(data):
            raise SystemExit("the last family is cut short")
        families.append(kind.FromString(data[used : used + length]))
        data = data[used + length :]
    return families


def number(value):
    """A double in a form that tells all of them apart, with one NaN."""
    return float(value).hex()


def escape(name, escaping, colon=True):
    if escaping == "allow-utf-8":
        return name
    name = re.sub(r"[^a-zA-Z0-9_:]" if colon else r"[^a-zA-Z0-9_]", "_", name)
    return "_" + name[1:] if name[:1].isdigit() else name


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
    never = lambda rest, name: {"labels": {**dict(rest), state: name}, "value": 0}
    return [there.get(name) or never(rest, name) for rest, there in sets.items() for name in family["states"]]


def exemplar_key(one):
    return (number(one["value"]), one["at"], one["trace_id"], one["span_id"])


def by_bucket(exemplars, bounds):
    """For each bound that an exemplar belongs to, the first."""
    found = {}
    for one in exemplars:
        bound = min(bound for bound in [*bounds, math.inf] if float(one["value"]) <= bound)
        found.setdefault(number(bound), exemplar_key(one))
    return found


def classic(counts, bounds, exemplars):
    below, buckets = 0, {}
    for bound, count in zip(bounds, counts):
        below += count
        buckets[number(bound)] = below
    return {"buckets": buckets, **({} if exemplars is None else {"bucket_exemplars": by_bucket(exemplars, bounds)})}


def sparse(buckets, by):
    """Counts by index, each scale coarser halving the index; Prometheus counts by the upper bound."""
    found = {}
    for index, count in enumerate(buckets["counts"], buckets["offset"]):
        if count:
            found[(index >> by) + 1] = found.get((index >> by) + 1, 0) + count
    return found


def exponential(family, value, exemplars):
    threshold, scale = family.get("zero_threshold", 0), value["scale"]
    if scale >= COARSEST:
        by = max(scale - FINEST, 0)
        signs = {sign: sparse(value[sign], by) for sign in ("positive", "negative")}
        found = {"schema": scale - by, "zero_threshold": number(threshold or ZERO_THRESHOLD), "zero_count": value["zero_count"], **signs}
        return {**found, **({} if exemplars is None else {"exemplars": sorted(map(exemplar_key, exemplars))})}
    width = 2**-scale
    power = lambda index: 2.0 ** (width * index) if width * index < 1024 else sys.float_info.max
    negative = list(enumerate(value["negative"]["counts"], value["negative"]["offset"]))[::-1]
    positive = list(enumerate(value["positive"]["counts"], value["positive"]["offset"]))
    bounds = [-math.nextafter(max(power(index), threshold), math.inf) for index, _ in negative]
    bounds += [threshold, *(power(index + 1) for index, _ in positive), math.inf]
    counts = [*(count for _, count in negative), value["zero_count"], *(count for _, count in positive), 0]
    return classic(counts, bounds, exemplars)


def expected_point(family, series):
    kind, value, exemplars = family["kind"], series["value"], series.get("exemplars")
    point = {}
    if "first" in series and kind in ENDINGS and kind != "info":
        point["created"] = series["first"]
    if not isinstance(value, dict):
        if kind == "counter" and exemplars is not None:
            point["exemplars"] = list(map(exemplar_key, exemplars))
        return {**point, "value": number(value)}
    point.update(count=value["count"], sum=number(value["sum"]))
    if kind == "histogram":
        point.update(classic(value["bucket_counts"], [*family["bounds"], math.inf], exemplars))
    elif kind == "exponential-histogram":
        point.update(exponential(family, value, exemplars))
    else:
        point["quantiles"] = [[number(item) for item in pair] for pair in value["quantiles"]]
    return point


def labels_of(family, series, escaping):
    if series.get("overflow"):
        return (("otel_metric_overflow", "true"),)
    return tuple((escape(name, escaping, colon=False), series["labels"][name]) for name in family["labels"])


def expected(report, escaping):
    """The families by name in the order that they must have, each with its points by labels."""
    taken, shown, conflicts = set(), {}, 0
    for family in report["metrics"]:
        name = escape(base_name(family), escaping)
        samples = {name + ending for ending in ENDINGS.get(family["kind"], [""])}
        if samples & taken:
            conflicts += 1
            continue
        taken |= samples
        points = {labels_of(family, series, escaping): expected_point(family, series) for series in series_of(family)}
        one = {"type": KINDS.get(family["kind"], "GAUGE"), "unit": family["unit"], "points": points}
        if "help" in family:
            one["help"] = family["help"]
        if points:
            shown[name] = (name + {"counter": "_total", "info": "_info"}.get(family["kind"], ""), one)
    families = dict(shown[name] for name in sorted(shown, key=lambda name: name.encode()))
    if conflicts:
        families[OWN + "conflicting_families"] = {"type": "GAUGE", "unit": "", "points": {(): {"value": number(conflicts)}}}
    if report["dropped"]:
        points = {(("reason", reason),): {"value": number(count)} for reason, count in report["dropped"].items()}
        families[OWN + "dropped_total"] = {"type": "COUNTER", "unit": "", "points": points}
    return families


def nanos(timestamp):
    return timestamp.seconds * 1_000_000_000 + timestamp.nanos


def found_exemplar(one):
    labels = {pair.name: pair.value for pair in one.label}
    return (number(one.value), nanos(one.timestamp), labels.pop("trace_id"), labels.pop("span_id"), *labels)


def found_sparse(spans, deltas):
    index, count, found, left = 0, 0, {}, list(deltas)
    for span in spans:
        index += span.offset
        for _ in range(span.length):
            count += left.pop(0)
            if count:
                found[index] = count
            index += 1
    return found if not left else "too many deltas"


def found_histogram(data):
    found = {"count": data.sample_count, "sum": number(data.sample_sum)}
    if data.HasField("schema"):
        found.update(schema=data.schema, zero_threshold=number(data.zero_threshold), zero_count=data.zero_count)
        found.update(positive=found_sparse(data.positive_span, data.positive_delta))
        found.update(negative=found_sparse(data.negative_span, data.negative_delta))
        found["exemplars"] = sorted(map(found_exemplar, data.exemplars))
    if data.bucket:
        found["buckets"] = {number(bucket.upper_bound): bucket.cumulative_count for bucket in data.bucket}
        found["bucket_exemplars"] = {number(b.upper_bound): found_exemplar(b.exemplar) for b in data.bucket if b.HasField("exemplar")}
    return found


def found_point(metric, kind):
    parts = [field.name for field, _ in metric.ListFields() if field.name != "label"]
    if parts != [kind]:
        return {"parts": parts}
    data = getattr(metric, kind)
    if kind == "histogram":
        found = found_histogram(data)
    elif kind == "summary":
        quantiles = [[number(item.quantile), number(item.value)] for item in data.quantile]
        found = {"count": data.sample_count, "sum": number(data.sample_sum), "quantiles": quantiles}
    else:
        found = {"value": number(data.value) if data.HasField("value") else "no value"}
    if kind == "counter":
        found["exemplars"] = [found_exemplar(data.exemplar)] if data.HasField("exemplar") else []
    if kind != "gauge" and data.HasField("created_timestamp"):
        found["created"] = nanos(data.created_timestamp)
    return found


def found(families):
    shown = {}
    for family in families:
        if family.name.startswith(OWN + "slo_"):
            continue  # which rules.py judges
        kind, size = TYPES[family.type].lower(), family.ByteSize()
        points = {tuple((pair.name, pair.value) for pair in metric.label): found_point(metric, kind) for metric in family.metric}
        family.DiscardUnknownFields()
        if family.ByteSize() != size:
            raise SystemExit(f"{family.name} has fields that there are not")
        if len(points) != len(family.metric) or family.name in shown:
            raise SystemExit(f"{family.name} is there twice, or a series of it")
        shown[family.name] = {"type": TYPES[family.type], "unit": family.unit, "help": family.help, "points": points}
    return shown


def differences(place, should, there):
    """What differs; what only one side says is looked at where it would be a point, a bucket or a family."""
    optional = {"help", "exemplars", "bucket_exemplars", "created"}
    if isinstance(should, dict) and isinstance(there, dict):
        for key in [key for key in {**should, **there} if key in should or key not in optional]:
            yield from differences(f"{place}, {key}", should.get(key), there.get(key))
    elif should != there:
        yield f"{place} is {there!r}, and should be {should!r}"


def verdict(title, problems):
    problems = list(problems)
    for problem in problems[:5]:
        print(f"{title}: {problem}")
    print(f"{title}: {'as it should be' if not problems else f'WRONG, {len(problems)} times'}")
    return not problems


def judge(report, data, escaping):
    """Whether each of two things holds."""
    should, there = expected(report, escaping), found(read(data))
    points = sum(len(family["points"]) for family in there.values())
    order = [] if list(should) == list(there) else [f"they are {list(there)}, and should be {list(should)}"]
    title = f"prometheus protobuf, {escaping}"
    return [
        verdict(f"{title}, {len(there)} families, {points} points", differences("the accounts", should, there)),
        verdict(f"{title}, the order of families", order),
    ]


def main():
    report, families, *escaping = sys.argv[1:]
    with open(report, encoding="utf-8") as one, open(families, "rb") as two:
        verdicts = judge(json.load(one), two.read(), *(escaping or ["underscores"]))
    print(f"# pass {sum(verdicts)}\n# fail {len(verdicts) - sum(verdicts)}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
