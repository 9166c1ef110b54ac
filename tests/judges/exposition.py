"""The official parsers of Prometheus as judges: they read what the program exports, and every value
they find is held against the program's own JSON, in both directions.

Usage: exposition.py PROGRAM COMPONENTS INPUT FOLDER. It ends with the lines "# pass N" and "# fail N".
Deliberately absent: any reading of the text formats here.
"""

import json
import math
import subprocess
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

PROGRAM, COMPONENTS, INPUT, FOLDER = sys.argv[1:]


def run(*words):
    done = subprocess.run([PROGRAM, "telemetry", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{words}: {done.stderr}")
    return done.stdout


def key(name, labels):
    return (name, tuple(sorted(labels.items())))


def own(report):
    """Every sample that must be there, from the program's JSON."""
    samples = {}
    for family in report["metrics"]:
        name = family["name"]
        for series in family["series"]:
            labels, value = series["labels"], series["value"]
            if family["kind"] != "histogram":
                samples[key(name, labels)] = float(value)
                continue
            below = 0
            for bound, count in zip([*family["bounds"], math.inf], value["bucket_counts"]):
                below += count
                samples[key(f"{name}_bucket", {**labels, "le": bound})] = float(below)
            samples[key(f"{name}_sum", labels)] = float(value["sum"])
            samples[key(f"{name}_count", labels)] = float(value["count"])
    for reason, count in report["dropped"].items():
        samples[key("codomyrmex_telemetry_dropped_total", {"reason": reason})] = float(count)
    return samples


def read(families):
    """Every sample that a parser finds, bounds as numbers; times of creation stand apart."""
    samples, created = {}, 0
    for family in families:
        for sample in family.samples:
            labels = dict(sample.labels)
            if "le" in labels:
                labels["le"] = float(labels["le"])
            if sample.name.endswith("_created"):
                created += 1
            else:
                samples[key(sample.name, labels)] = sample.value
    return samples, created


def judge(title, agent, lines):
    source = f"{FOLDER}/{title}.ndjson"
    with open(source, "w", encoding="utf-8") as file:
        file.write(lines)
    snapshot = f"{FOLDER}/{title}.snapshot"
    report = json.loads(run("run", f"{COMPONENTS}/{agent}", "--input", source, "--snapshot", snapshot, "--format", "json"))
    expected, verdicts = own(report), []
    for name, parse in [("prometheus", prometheus.text_string_to_metric_families), ("openmetrics", openmetrics.text_string_to_metric_families)]:
        found, created = read(parse(run("export", name, snapshot)))
        wrong = {place for place in expected.keys() | found.keys() if expected.get(place) != found.get(place)}
        for place in sorted(wrong, key=repr)[:5]:
            print(f"{title}, {name}: {place} is {found.get(place)}, and should be {expected.get(place)}")
        has_times = created > 0 if name == "openmetrics" else created == 0
        verdicts.append(not wrong and bool(expected) and has_times)
        print(f"{title}, {name}: {len(found)} samples {'as they should be' if verdicts[-1] else 'WRONG'}, {created} times of creation")
    return verdicts


def main():
    with open(INPUT, encoding="utf-8") as file:
        runs = file.read()
    misdeeds = "".join(f'{{"run":1,"do":"{name}"}}\n' for name in ["count", "numbers", "ids", "names"])
    verdicts = [*judge("airline", "airline-agent.wasm", runs), *judge("evil", "evil-agent.wasm", misdeeds)]
    print(f"# pass {sum(verdicts)}\n# fail {len(verdicts) - sum(verdicts)}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
