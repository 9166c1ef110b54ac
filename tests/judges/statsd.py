"""StatsD's own server as a judge: it must take every line, and count what the lines say.

Usage: statsd.py PACKAGE LINES, where PACKAGE is the folder of the npm package statsd. It ends with the lines
"# pass N" and "# fail N". Deliberately absent: the protocol beyond what the program writes.
"""

import json
import math
import os
import subprocess
import sys

PACKAGE, LINES = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    counters, gauges, timers = {}, {}, {}
    with open(LINES, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        name, rest = line.split(":")
        value, kind = rest.split("|")
        if kind == "c":
            counters.setdefault(name, []).append(float(value))
        elif kind == "ms":
            timers.setdefault(name, []).append(float(value))
        elif value[0] in "+-":
            gauges[name] += float(value)
        else:
            gauges[name] = float(value)
    script = ["node", os.path.join(HERE, "statsd.mjs"), PACKAGE, LINES]
    done = subprocess.run(script, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr or done.stdout)
    taken = json.loads(done.stdout)
    checks = {
        "all lines were taken": (taken["received"], taken["bad"]) == (len(lines), 0),
        "counters": all(math.isclose(taken["counters"].get(name, 0), math.fsum(values), rel_tol=1e-12) for name, values in counters.items()),
        "gauges": all(taken["gauges"].get(name) == value for name, value in gauges.items()),
        "timers": {name: sorted(values) for name, values in taken["timers"].items() if values} == {name: sorted(values) for name, values in timers.items()},
    }
    for name, good in checks.items():
        if not good:
            print(f"{name}: not as they should be")
    print(f"# pass {sum(checks.values())}\n# fail {len(checks) - sum(checks.values())}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
