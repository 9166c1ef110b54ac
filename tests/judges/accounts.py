"""What the program's JSON report says that scrapers must find: names, labels and values of samples.

Deliberately absent: any reading of the formats that are exported.
"""

import math
from decimal import Decimal, localcontext

OF_OBJECTIVES = "codomyrmex_telemetry_slo_"


def key(name, labels):
    """A sample's name and labels. Where a label is empty Prometheus knows none."""
    return (name, tuple(sorted((label, value) for label, value in labels.items() if value != "")))


def escaped(name):
    """A name as readers know it who take only letters, digits, _ and :."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_:") else "_" for c in name)


def own(report, native=False):
    """Every sample that must be there, by its key. `native` leaves exponential histograms to `natives`."""
    samples = {}
    for family in report["metrics"]:
        series = [({escaped(label): text for label, text in one["labels"].items()}, one["value"]) for one in family["series"]]
        if family["overflow"] is not None:
            series.append(({"otel_metric_overflow": "true"}, family["overflow"]["value"]))
        family = {**family, "name": escaped(family["name"])}
        if family["kind"] == "state-set":  # every state of a label set is shown, also what was never set
            bases = [{label: text for label, text in labels.items() if label != family["name"]} for labels, value in series if value is not None]
            samples.update({key(family["name"], {**base, family["name"]: state}): 0.0 for base in bases for state in family["states"]})
        for labels, value in series:
            if not (native and family["kind"] == "exponential-histogram"):
                samples.update(point(family, labels, value))
    dropped = dict(report["dropped"])
    if report["spans"]["dropped"] > 0:
        dropped["spans-not-kept"] = report["spans"]["dropped"]
    for reason, count in dropped.items():
        samples[key("codomyrmex_telemetry_dropped_total", {"reason": reason})] = float(count)
    return samples


def natives(report):
    """Count and sum of every exponential histogram, by name and labels."""
    return {
        key(escaped(family["name"]), one["labels"]): (float(one["value"]["count"]), float(one["value"]["sum"]))
        for family in report["metrics"]
        if family["kind"] == "exponential-histogram"
        for one in family["series"]
    }


def without_sums(samples):
    """OpenMetrics has no sum, and so no count, where a bucket holds negative values."""
    ending = "_bucket"
    negative = {name.removesuffix(ending) for name, labels in samples if name.endswith(ending) and dict(labels)["le"] < 0}
    return {place: value for place, value in samples.items() if place[0].removesuffix("_sum").removesuffix("_count") not in negative}


def traces(report):
    """Trace, span and value of every exemplar that OpenMetrics has a place for."""
    series = [one for family in report["metrics"] for one in [*family["series"], *filter(None, [family["overflow"]])]]
    exemplars = [exemplar for one in series for exemplar in one.get("exemplars", [])]
    return {(exemplar["trace_id"], exemplar["span_id"], float(exemplar["value"])) for exemplar in exemplars}


def point(family, labels, value):
    """The samples of one series."""
    name, kind = family["name"], family["kind"]
    if kind in ("counter", "up-down-counter", "gauge", "info", "state-set"):
        return {} if value is None else {key(name, labels): float(value)}
    samples = {key(f"{name}_sum", labels): float(value["sum"]), key(f"{name}_count", labels): float(value["count"])}
    if kind == "summary":
        for share, quantile in value["quantiles"]:
            samples[key(name, {**labels, "quantile": share})] = math.nan if quantile is None else float(quantile)
        return samples
    if kind == "histogram":
        buckets = zip([*family["bounds"], math.inf], value["bucket_counts"], strict=True)
    else:
        buckets = exponential(value, family["zero_threshold"])
    below = 0
    for bound, count in buckets:
        below += count
        samples[key(f"{name}_bucket", {**labels, "le": bound})] = float(below)
    return samples


def exponential(value, zero_threshold):
    """Upper bounds and counts of the buckets that hold something, rising, by the definition of the scale."""

    def edge(index):
        steps = Decimal(2) ** value["scale"]
        with localcontext(prec=80):
            return float(Decimal(2) ** (Decimal(index) / steps))

    negative, positive = value["negative"], value["positive"]
    rows = [(-math.nextafter(max(edge(negative["offset"] + place), zero_threshold), math.inf), count) for place, count in enumerate(negative["counts"]) if count][::-1]
    if value["zero_count"]:
        rows.append((zero_threshold, value["zero_count"]))
    rows += [(edge(positive["offset"] + place + 1), count) for place, count in enumerate(positive["counts"]) if count]
    return [*rows, (math.inf, 0)]


def differences(expected, found):
    """The keys whose values differ, or that only one side has. What is said of objectives `rules.py` judges."""

    def same(key):
        one, other = expected.get(key, "missing"), found.get(key, "missing")
        return one == other or (one != one and other != other)  # NaN is NaN here

    return sorted((key for key in expected.keys() | found.keys() if not key[0].startswith(OF_OBJECTIVES) and not same(key)), key=repr)
