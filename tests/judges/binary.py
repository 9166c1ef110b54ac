"""The official classes of OTLP, Google's Protocol Buffers, StatsD's server and other HdrHistogram readers as
judges of what `telemetry export` prints of the snapshots that exposition.py left.

Usage: binary.py PROGRAM FOLDER STATSD, where STATSD is the folder of the npm package statsd, or - to leave that
judge out. It ends with the lines "# pass N" and "# fail N". Deliberately absent: verdicts; each judge has a file
of its own.
"""

import json
import os
import re
import subprocess
import sys

PROGRAM, FOLDER, STATSD = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
TITLES = ["airline", "evil", "everything"]
WORDS = {"inf": "Infinity", "-inf": "-Infinity"}


def run(*words):
    done = subprocess.run([PROGRAM, "telemetry", *words], capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"{words}: {done.stderr.decode()}")
    return done.stdout


def spelled(value):
    """Numbers that JSON does not know, as the judges spell them."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return WORDS.get(value, value) if isinstance(value, str) else value


def series(one, overflow=False):
    told = {"labels": one["labels"] or {}, "value": spelled(one["value"])}
    if one["first_ns"] is not None:
        told.update({"first": one["first_ns"], "last": one["last_ns"]})
    exemplars = [{**exemplar, "at": exemplar["at_ns"], "value": spelled(exemplar["value"])} for exemplar in one.get("exemplars", [])]
    return {**told, "exemplars": exemplars, **({"overflow": True} if overflow else {})}


def report(shown):
    """The program's JSON in the shape that the judges take."""
    families = []
    for family in shown["metrics"]:
        all_series = [series(one) for one in family["series"] if one["value"] is not None]
        if family["overflow"] is not None:
            all_series.append(series(family["overflow"], overflow=True))
        families.append({**{key: value for key, value in family.items() if value is not None}, "series": all_series})
    dropped = dict(shown["dropped"])
    if shown["spans"]["dropped"] > 0:
        dropped["spans-not-kept"] = shown["spans"]["dropped"]
    return {"temporality": "cumulative", "dropped": dropped, "metrics": families}


def with_quantiles(shown, spell):
    """Where there are no values OTLP has no quantiles, and Prometheus has NaN."""
    for family in shown["metrics"]:
        for one in family["series"]:
            if isinstance(one["value"], dict) and "quantiles" in one["value"]:
                one["value"]["quantiles"] = [pair for share, quantile in one["value"]["quantiles"] for pair in spell(share, quantile)]
    return shown


def judge(title, *words):
    """Runs a judge and adds up what it says."""
    done = subprocess.run(words, capture_output=True, text=True)
    passed, failed = (sum(map(int, re.findall(rf"^# {word} (\d+)", done.stdout, re.M))) for word in ("pass", "fail"))
    if failed or done.returncode or not passed:
        print(f"{title}: WRONG", *(done.stdout + done.stderr).splitlines(), sep="\n    ")
        failed = max(failed, 1)
    else:
        print(f"{title}: as it should be, {passed} checks")
    return passed, failed


def judges(title):
    path = lambda ending: f"{FOLDER}/{title}.{ending}"
    snapshot = path("snapshot")
    shown = json.loads(run("snapshot", "show", snapshot, "--format", "json"))
    spellings = {
        "report": lambda share, quantile: [] if quantile is None else [[share, quantile]],
        "report-nan": lambda share, quantile: [[share, "NaN" if quantile is None else quantile]],
    }
    for name, spell in spellings.items():
        with open(path(name), "w", encoding="utf-8") as file:
            json.dump(with_quantiles(report(shown), spell), file)
    for name, words in {
        "otlp": ["otlp"],
        "otlp-json": ["otlp-json"],
        "otlp-traces": ["otlp-traces"],
        "otlp-traces-json": ["otlp-traces-json"],
        "families": ["prometheus-protobuf"],
        "families-utf8": ["prometheus-protobuf", "--escaping", "allow-utf-8"],
        "statsd": ["statsd"],
    }.items():
        with open(path(name), "wb") as file:
            file.write(run("export", words[0], snapshot, *words[1:]))
    here = lambda name: f"{HERE}/{name}"
    yield judge(f"{title}, OTLP", sys.executable, here("otlp.py"), path("report"), path("otlp"), path("otlp-json"))
    yield judge(f"{title}, OTLP traces", sys.executable, here("otlp_traces.py"), snapshot, path("otlp-traces"), path("otlp-traces-json"))
    yield judge(f"{title}, Prometheus protobuf", sys.executable, here("protobuf.py"), path("report-nan"), path("families"))
    yield judge(f"{title}, the same in UTF-8", sys.executable, here("protobuf.py"), path("report-nan"), path("families-utf8"), "allow-utf-8")
    if STATSD == "-":
        print(f"{title}, StatsD: LEFT OUT, as there is no StatsD")
    else:
        yield judge(f"{title}, StatsD", sys.executable, here("statsd.py"), STATSD, path("statsd"))


def main():
    verdicts = [verdict for title in TITLES for verdict in judges(title)]
    for title in ["airline", "everything"]:
        verdicts.append(judge(f"{title}, HdrHistogram", sys.executable, f"{HERE}/hdr.py", PROGRAM, f"{FOLDER}/{title}.snapshot"))
    passed, failed = (sum(column) for column in zip(*verdicts))
    print(f"# pass {passed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
