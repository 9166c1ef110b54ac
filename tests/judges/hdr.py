"""Another HdrHistogram reader as a judge: it reads the log that `telemetry export hdr` prints, every interval of it,
and its tags, times, counts and percentiles are held against the program's JSON.

Usage: hdr.py PROGRAM SNAPSHOT. It ends with the lines "# pass N" and "# fail N". Deliberately absent: any
reading of the format here, but for the unit, which this reader passes over: the eight bytes of the header that
say how much one stands for.
"""

import base64
import json
import math
import re
import struct
import subprocess
import sys
import tempfile
import zlib

from hdrh.log import HistogramLogReader

PROGRAM, SNAPSHOT = sys.argv[1:]
WORDS = [PROGRAM, "telemetry"]
TOLERANCE = 1e-3  # three digits are kept


def run(*words):
    return subprocess.run([*WORDS, *words], capture_output=True, text=True, check=True).stdout


def tag(*parts):
    return re.sub(r"[,\s\x00-\x1f\x7f]", "_", ".".join(parts))


def unit(line):
    plain = zlib.decompress(base64.b64decode(line.rsplit(",", 1)[1])[8:])
    return struct.unpack(">d", plain[32:40])[0]


def read(log):
    """What HistogramLogReader makes of a log: every interval with its tag."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".hlog") as file:
        file.write(log)
        file.flush()
        reader = HistogramLogReader(file.name, None)
        histograms = list(iter(reader.get_next_interval_histogram, None))
        reader.input_file.close()
    return histograms


def series(shown):
    """The summaries that have values, with the time that they cover, by tag."""
    for family in shown["metrics"]:
        if family["kind"] != "summary":
            continue
        every = [(one["labels"].values(), one) for one in family["series"]]
        if family["overflow"] is not None:
            every.append((["otel_metric_overflow"], family["overflow"]))
        for labels, one in every:
            if one["value"]["count"] > 0 and one["value"]["min"] >= 0:  # a histogram holds none below zero
                yield tag(family["name"], *labels), one, family["window_ns"]


def wrong(histogram, one, line, window):
    """What is not as the program's JSON has it."""
    value, unit_of = one["value"], unit(line)
    checks = {
        "count": histogram.get_total_count() == value["count"],
        "first": abs(histogram.get_start_time_stamp() - one["first_ns"] / 1e6) <= 1,
        "last": abs(histogram.get_end_time_stamp() - one["last_ns"] / 1e6) <= 2,
    }
    if window is None:  # with one, what is shown are the quantiles of lately
        for share, quantile in value["quantiles"]:
            # The reader rounds a rank where the program takes the next: it is asked for the rank itself.
            rank = math.ceil(share * value["count"])
            found = histogram.get_value_at_percentile(rank / value["count"] * 100) * unit_of
            checks[f"quantile {share}"] = abs(found - quantile) <= abs(quantile) * TOLERANCE + unit_of
    return [name for name, good in checks.items() if not good]


def main():
    shown = json.loads(run("snapshot", "show", SNAPSHOT, "--format", "json"))
    expected = {name: (one, window) for name, one, window in series(shown)}
    log = run("export", "hdr", SNAPSHOT)
    lines = {line[len("Tag=") :].split(",", 1)[0]: line for line in log.splitlines() if line.startswith("Tag=")}
    histograms = {histogram.get_tag(): histogram for histogram in read(log)}
    passed, failed = 0, 0
    for name in histograms.keys() & expected.keys():
        one, window = expected[name]
        found = wrong(histograms[name], one, lines[name], window)
        passed, failed = passed + (not found), failed + bool(found)
        if found:
            print(f"{name}: {found} of {one}")
    for sides, names in {"lines and intervals": (lines, histograms), "intervals and series": (histograms, expected)}.items():
        if names[0].keys() != names[1].keys():
            failed += 1
            print(f"{sides}: {names[0].keys() ^ names[1].keys()} are on one side only")
    print(f"# pass {passed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
