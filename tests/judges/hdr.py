"""Another HdrHistogram reader as a judge: it reads the log that `telemetry export hdr` prints, and its counts and
percentiles are held against the program's JSON.

Usage: hdr.py PROGRAM SNAPSHOT. It ends with the lines "# pass N" and "# fail N". Deliberately absent: any
reading of the format here, but for the unit, which this reader passes over: the eight bytes of the header that
say how much one stands for.
"""

import base64
import json
import struct
import subprocess
import sys
import zlib

from hdrh.histogram import HdrHistogram

PROGRAM, SNAPSHOT = sys.argv[1:]
WORDS = [PROGRAM, "telemetry"]


def run(*words):
    return subprocess.run([*WORDS, *words], capture_output=True, text=True, check=True).stdout


def unit(payload):
    plain = zlib.decompress(base64.b64decode(payload)[8:])
    return struct.unpack(">d", plain[32:40])[0]


def main():
    shown = json.loads(run("snapshot", "show", SNAPSHOT, "--format", "json"))
    expected = {
        ".".join([family["name"], *one["labels"].values()]): (one["value"], family["window_ns"])
        for family in shown["metrics"]
        if family["kind"] == "summary"
        for one in family["series"]
        if one["value"]["count"] > 0
    }
    passed, failed, found = 0, 0, set()
    for line in run("export", "hdr", SNAPSHOT).splitlines():
        if not line.startswith("Tag="):
            continue
        tag, _, _, _, payload = line.split(",")
        tag = tag.removeprefix("Tag=")
        found.add(tag)
        value, window = expected[tag]
        histogram, one = HdrHistogram.decode(payload), unit(payload)
        good = histogram.get_total_count() == value["count"]
        if window is None:  # with one, what is shown are the quantiles of lately
            for share, quantile in value["quantiles"]:
                read = histogram.get_value_at_percentile(share * 100) * one
                good = good and abs(read - quantile) <= abs(quantile) * 1e-2
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"{tag}: {histogram.get_total_count()} values, and should be {value}")
    if found != expected.keys():
        failed += 1
        print(f"series {found ^ expected.keys()} are on one side only")
    print(f"# pass {passed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
