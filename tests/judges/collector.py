"""A real collector as a judge: the host's exporter sends the spans of a snapshot to it over HTTP, in both encodings,
and what the collector prints that it took in is held against the snapshot, which a reader of CBOR reads.

Usage: collector.py COLLECTOR PUSH SNAPSHOT, where PUSH is the program of this project that sends. It ends with the
lines "# pass N" and "# fail N". What it starts ends with it. Deliberately absent: attributes' values, which the
official classes judge; here their number must be right.
"""

import contextlib
import json
import math
import re
import socket
import subprocess
import sys
import tempfile
import time

import cbor2

PATIENCE = 30.0  # seconds until the collector must listen, and until it must have printed all
FIELDS = {"Trace ID": "trace", "Parent ID": "parent", "ID": "span", "Name": "name", "Kind": "kind", "TraceState": "state"}
TIMES = {"Start time": "started", "End time": "ended"}
STATUS = {None: ("", ""), True: ("STATUS_CODE_OK", "")}


def is_finite(value):
    if isinstance(value, float):
        return math.isfinite(value)
    return all(map(is_finite, value)) if isinstance(value, (list, tuple)) else True


def expected(snapshot, encoding):
    """The spans as the collector prints them, by id; in JSON without those that hold numbers which are not finite."""
    spans = snapshot["spans"]
    for span in spans["kept"]:
        parts = [spans["origins"][span["origin"]], span["attributes"], span["events"], span["links"]]
        if encoding == "json" and not is_finite(parts):
            continue
        trace, ids, _, state = span["context"]
        status = span["status"]
        yield {
            "trace": trace.hex(),
            "span": ids.hex(),
            "parent": (span["parent"] or b"").hex(),
            "name": span["name"],
            "kind": f"SPAN_KIND_{span['kind'].upper()}",
            "state": state,
            "started": str(span["started"]),
            "ended": str(span["ended"]),
            "status": STATUS[status][0] if status in (None, True) else "STATUS_CODE_ERROR",
            "attributes": len(span["attributes"]),
            "events": len(span["events"]),
            "links": len(span["links"]),
        }


def found(log):
    """What the collector printed, a span each."""
    spans, part = [], ""
    for line in log.splitlines():
        if re.fullmatch(r"Span #\d+", line):
            spans.append({"state": "", "status": "", "attributes": 0, "events": 0, "links": 0})
            part = "span"
            continue
        if re.match(r"(Resource|Scope)(Spans|Attributes)", line):
            part = ""
        if not spans or part == "":
            continue
        name, _, value = (word.strip() for word in line.partition(":"))
        if part == "span" and line.startswith("    ") and name in FIELDS:
            spans[-1][FIELDS[name]] = value
        elif part == "span" and name in TIMES:
            spans[-1][TIMES[name]] = value
        elif part == "span" and name == "Status code":
            spans[-1]["status"] = value
        elif line in ("Attributes:", "Events:", "Links:"):
            part = line[:-1].lower()
        elif part == "attributes" and re.match(r" {5}-> ", line):
            spans[-1]["attributes"] += 1
        elif re.fullmatch(r"Span(Event|Link) #\d+", line):
            spans[-1][part] += 1
    return spans


@contextlib.contextmanager
def collector(program, log):
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], two.getsockname()[1]
    words = ["start", "--exporter", "blackhole", "--disable-batching", "--debug-log", "traces", "--debug-log-verbosity", "detailed"]
    places = [f"--otlp-{kind}-endpoint=127.0.0.1:{port}" for kind, port in zip(("grpc", "http"), ports)]
    with subprocess.Popen([program, *words, *places], stdout=log, stderr=subprocess.STDOUT) as process:
        try:
            wait_for(lambda: process.poll() is not None or listens(ports[1]), "the collector does not listen")
            yield f"http://127.0.0.1:{ports[1]}/v1/traces"
        finally:
            process.terminate()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, otherwise):
    until = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


def problems(program, push, snapshot, encoding):
    with open(snapshot, "rb") as file:
        should = {one["span"]: one for one in expected(cbor2.load(file), encoding)}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log, collector(program, log) as endpoint:
        sent = subprocess.run([push, snapshot, endpoint, encoding], check=True, capture_output=True, text=True)
        counts = json.loads(sent.stdout)
        if counts != {"exported": len(should), "dropped": 0}:
            yield f"{counts}, and there are {len(should)}"

        def printed():
            log.seek(0)
            return found(log.read())

        with contextlib.suppress(TimeoutError):
            wait_for(lambda: len(printed()) >= len(should) and "ended" in printed()[-1], "")
        time.sleep(0.2)  # for the last lines of the last span
        there = printed()
    if len(there) != len(should):
        yield f"{len(there)} spans were taken in, and should be {len(should)}"
    for span in there:
        if should.get(span.get("span")) != span:
            yield f"{span} should be {should.get(span.get('span'))}"


def main():
    program, push, snapshot = sys.argv[1:]
    failed = 0
    for encoding in ("protobuf", "json"):
        wrong = list(problems(program, push, snapshot, encoding))
        failed += bool(wrong)
        for problem in wrong[:5]:
            print(f"collector, {encoding}: {problem}")
        print(f"collector, {encoding}: {'as it should be' if not wrong else f'WRONG, {len(wrong)} times'}")
    print(f"# pass {2 - failed}\n# fail {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
