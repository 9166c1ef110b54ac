"""The official parsers of Prometheus as judges: they read what the program exports, and every value
they find is held against the program's own JSON, in both directions.

Usage: exposition.py PROGRAM EVERYTHING COMPONENTS INPUT FOLDER, where EVERYTHING writes a snapshot with
every instrument. It ends with the lines "# pass N" and "# fail N".
Deliberately absent: any reading of the text formats here.
"""

import json
import subprocess
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

from accounts import differences, key, own, traces, without_sums

PROGRAM, EVERYTHING, COMPONENTS, INPUT, FOLDER = sys.argv[1:]


def run(*words):
    done = subprocess.run([PROGRAM, "telemetry", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{words}: {done.stderr}")
    return done.stdout


def read(families):
    """Every sample that a parser finds, bounds and shares as numbers; times of creation stand apart, and so
    do the traces of exemplars."""
    samples, created, exemplars = {}, 0, set()
    for family in families:
        for sample in family.samples:
            labels = {label: float(text) if label in ("le", "quantile") else text for label, text in sample.labels.items()}
            if sample.exemplar is not None:
                exemplars.add((sample.exemplar.labels["trace_id"], sample.exemplar.labels["span_id"], sample.exemplar.value))
            if sample.name.endswith("_created"):
                created += 1
            else:
                samples[key(sample.name, labels)] = sample.value
    return samples, created, exemplars


def judge(title, snapshot):
    report = json.loads(run("snapshot", "show", snapshot, "--format", "json"))
    verdicts = []
    for name, parse in [("prometheus", prometheus.text_string_to_metric_families), ("openmetrics", openmetrics.text_string_to_metric_families)]:
        is_open = name == "openmetrics"
        found, created, exemplars = read(parse(run("export", name, snapshot)))
        expected = without_sums(own(report)) if is_open else own(report)
        wrong = differences(expected, found)
        for place in wrong[:5]:
            print(f"{title}, {name}: {place} is {found.get(place)}, and should be {expected.get(place)}")
        known = traces(report) if is_open else set()
        if exemplars != known:
            print(f"{title}, {name}: {len(exemplars)} exemplars, and should be {len(known)}: {sorted(exemplars ^ known)[:3]}")
        verdicts.append(not wrong and bool(expected) and (created > 0) == is_open and exemplars == known)
        print(f"{title}, {name}: {len(found)} samples {'as they should be' if verdicts[-1] else 'WRONG'}, {created} times of creation, {len(exemplars)} exemplars")
    return verdicts


def account(title, agent, lines):
    source, snapshot = f"{FOLDER}/{title}.ndjson", f"{FOLDER}/{title}.snapshot"
    with open(source, "w", encoding="utf-8") as file:
        file.write(lines)
    run("run", f"{COMPONENTS}/{agent}", "--input", source, "--snapshot", snapshot, "--format", "json")
    return snapshot


def main():
    with open(INPUT, encoding="utf-8") as file:
        runs = file.read()
    misdeeds = "".join(f'{{"run":1,"do":"{name}"}}\n' for name in ["count", "numbers", "ids", "names"])
    everything = f"{FOLDER}/everything.snapshot"
    subprocess.run([EVERYTHING, everything], check=True)
    verdicts = [
        *judge("airline", account("airline", "airline-agent.wasm", runs)),
        *judge("evil", account("evil", "evil-agent.wasm", misdeeds)),
        *judge("everything", everything),
    ]
    print(f"# pass {sum(verdicts)}\n# fail {len(verdicts) - sum(verdicts)}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
