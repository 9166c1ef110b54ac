"""Another reader of recurrence rules as a judge: dateutil says when each rule occurs, and that must be when the program says.

Usage: recurrence.py FILE, where FILE holds what `recurrences` wrote, a JSON object a line. Both the rule as it was
given and the rule as the program prints it are read. It ends with the lines "# pass N" and "# fail N". Deliberately
absent: any reckoning with dates here, but for one: where plain and numbered weekdays stand together, this reader
takes the days that are both, and RFC 5545 those that are either. There every plain one is spelled as its numbers.
"""

import json
import re
import sys
from datetime import datetime, timedelta, timezone
from itertools import islice

from dateutil.rrule import rrulestr

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def minute(time):
    return (time - EPOCH) // timedelta(minutes=1)


def spelled(rule):
    """The rule without plain weekdays beside numbered ones."""
    found = re.search(r"BYDAY=([^;]*)", rule)
    days = found.group(1).split(",") if found else []
    if not any(len(day) > 2 for day in days):
        return rule
    every = [number for day in days for number in ([day] if len(day) > 2 else [f"{n}{day}" for n in range(1, 6)])]
    return rule.replace(found.group(0), "BYDAY=" + ",".join(every))


def occurrences(rule, line):
    """What dateutil makes of a rule: first minutes and ends of what touches the time that was asked for."""

    def touching():
        for time in rrulestr(spelled(rule), dtstart=datetime.fromisoformat(line["start"])):
            first = minute(time)
            if first >= line["until"]:
                return
            if first + line["minutes"] > line["from"]:
                yield [first, first + line["minutes"]]

    return list(islice(touching(), line["most"]))


def main():
    passed, failed, seen = 0, 0, 0
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for line in lines:
        for rule in (line["rule"], line["printed"]):
            expected = occurrences(rule, line)
            seen += len(expected)
            passed, failed = passed + (expected == line["occurrences"]), failed + (expected != line["occurrences"])
            if expected != line["occurrences"]:
                print(f"{rule} from {line['start']}: {line['occurrences'][:5]}; dateutil has {expected[:5]}")
    if seen < 10 * len(lines):  # lists that are empty would agree, and say nothing
        failed += 1
        print(f"{len(lines)} rules have {seen} occurrences; that is too few to judge")
    print(f"# pass {passed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
