"""Prometheus itself as a judge: promtool checks what is exported, and a Prometheus server scrapes
`telemetry serve` in each format and is asked what it took in. Every value is held against the program's
JSON, in both directions.

Usage: prometheus.py PROGRAM TOOLS SNAPSHOT..., where TOOLS is a folder with prometheus and promtool; of the
first snapshot promtool must have nothing to say. It ends with the lines "# pass N" and "# fail N". What it starts ends with it. Deliberately absent: any
reading of the formats here.
"""

import contextlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from accounts import differences, key, natives, own, traces, without_sums

JOB = "judged"
# What Prometheus adds to each target of its own accord.
ADDED = {
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
}
# What the server is told, what Prometheus is told, and what must have passed between them.
WAYS = [
    ("what it asks for by default", "auto", "exemplar-storage", "application/openmetrics-text; version=1.0.0"),
    ("what it asks for with native histograms", "auto", "native-histograms,exemplar-storage", "application/vnd.google.protobuf"),
    ("text, whatever it asks for", "prometheus", "native-histograms,exemplar-storage", "text/plain; version=0.0.4"),
]
PATIENCE = 30.0  # seconds until Prometheus must have scraped


class Wrong(Exception):
    """A verdict, as a sentence."""


class Relay(socketserver.ThreadingTCPServer):
    """Passes bytes on as they are, and keeps what the first lines of both sides said."""

    daemon_threads = True

    def __init__(self, to):
        self.to, self.heard = to, {}
        super().__init__(("127.0.0.1", 0), Passing)


class Passing(socketserver.BaseRequestHandler):
    def handle(self):
        request = b""
        while b"\r\n\r\n" not in request:
            more = self.request.recv(65536)
            if not more:
                return
            request += more
        with socket.create_connection(("127.0.0.1", self.server.to)) as behind:
            behind.sendall(request)
            answer = b""
            while more := behind.recv(65536):  # the program ends each connection after its answer
                answer += more
        for head in (request, answer):
            for line in head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
                name, _, value = line.partition(":")
                self.server.heard[name.lower()] = value.strip()
        self.request.sendall(answer)


@contextlib.contextmanager
def running(words, log):
    """A program that runs as long as it is needed, and no longer."""
    with open(log, "w", encoding="utf-8") as errors:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def relaying(to):
    with Relay(to) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        try:
            yield relay
        finally:
            relay.shutdown()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, path, **words):
    address = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(words)}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)["data"]


def wait_until_scraped(process, port, log):
    """Waits until Prometheus says that the target is up."""
    end, why = time.monotonic() + PATIENCE, "no answer"
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            if any(one["value"][1] == "1" for one in ask(port, "query", query=f'up{{job="{JOB}"}}')["result"]):
                return
            why = "; ".join(target["lastError"] for target in ask(port, "targets")["activeTargets"]) or why
        time.sleep(0.2)
    with open(log, encoding="utf-8") as file:
        raise Wrong(f"Prometheus did not scrape: {why}\n{file.read()[-2000:]}")


def taken_in(port, instance):
    """Every sample that Prometheus has of the target, bounds as numbers; times of creation stand apart, and so
    do native histograms: count, sum, and what their buckets come to."""
    samples, created, histograms = {}, {}, {}
    for one in ask(port, "query", query=f'{{job="{JOB}"}}')["result"]:
        labels = one["metric"]
        name = labels.pop("__name__")
        if (labels.pop("job"), labels.pop("instance")) != (JOB, instance):
            raise Wrong(f"{name} is of another target: {labels}")
        if name in ADDED and not labels:
            continue
        if "histogram" in one:
            seen = one["histogram"][1]
            inside = sum(float(bucket[3]) for bucket in seen.get("buckets", []))
            histograms[key(name, labels)] = (float(seen["count"]), float(seen["sum"]), inside)
            continue
        labels = {label: float(text) if label in ("le", "quantile") else text for label, text in labels.items()}
        (created if name.endswith("_created") else samples)[key(name, labels)] = float(one["value"][1])
    return samples, created, histograms


def examples(port):
    """The traces of the exemplars that Prometheus has."""
    found = ask(port, "query_exemplars", query=f'{{job="{JOB}"}}', start="0", end=str(time.time()))
    return {exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]}


def check_with_promtool(program, snapshot, tools):
    page = subprocess.run([program, "telemetry", "export", "prometheus", snapshot], capture_output=True, check=True).stdout
    done = subprocess.run([f"{tools}/promtool", "check", "metrics"], input=page, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode().strip()
    if done.returncode != 0 or said:
        raise Wrong(f"promtool ended with {done.returncode} and said:\n{said}")
    return f"{len(page)} bytes of text without a word of complaint"


def scrape(program, snapshot, tools, report, way):
    _, asked_format, features, content_type = way
    words = [program, "telemetry", "serve", snapshot, "--listen", "127.0.0.1:0", "--format", asked_format]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        server = ends.enter_context(running(words, f"{folder}/serve.log"))
        line = server.stdout.readline()  # "listening on http://127.0.0.1:1234/metrics"
        if not line.startswith("listening on http://127.0.0.1:"):
            raise Wrong(f"the program said {line!r}")
        relay = ends.enter_context(relaying(urllib.parse.urlsplit(line.split()[-1]).port))
        instance, port = f"127.0.0.1:{relay.server_address[1]}", free_port()
        with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
            # JSON is YAML.
            job = {"job_name": JOB, "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [instance]}]}
            json.dump({"scrape_configs": [job]}, file)
        words = [
            f"{tools}/prometheus",
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--enable-feature={features}",
            "--log.level=warn",
        ]
        log = f"{folder}/prometheus.log"
        prometheus = ends.enter_context(running(words, log))
        wait_until_scraped(prometheus, port, log)
        samples, created, histograms = taken_in(port, instance)
        examined = examples(port)
        heard = dict(relay.heard)
        server.terminate()
        if server.wait(10) != 0:
            raise Wrong(f"the program ended with {server.returncode}")
    verdict = compare(report, samples, created, heard, content_type)
    return f"{verdict}; {compare_native(report, histograms, examined, content_type)}"


def compare_native(report, histograms, examined, content_type):
    """Only protobuf has native histograms, and text has no exemplars."""
    expected = natives(report) if "protobuf" in content_type else {}
    found = {place: (count, total) for place, (count, total, _) in histograms.items()}
    if found != expected:
        raise Wrong(f"native histograms are {found}, and should be {expected}")
    if any(count != inside for count, _, inside in histograms.values()):
        raise Wrong(f"the buckets of a native histogram do not add up: {histograms}")
    known = {trace for trace, _, _ in traces(report)} if "text/plain" not in content_type else set()
    # Prometheus keeps those exemplars of a series that come in the order of their times.
    if not examined <= known or (known and not examined):
        raise Wrong(f"exemplars are of the traces {sorted(examined)}, and should be of {sorted(known)}")
    return f"{len(histograms)} native histograms, exemplars of {len(examined)} traces"


def compare(report, samples, created, heard, content_type):
    is_open = content_type.startswith("application/openmetrics-text")
    expected = own(report, native="protobuf" in content_type)
    expected = without_sums(expected) if is_open else expected
    print(f"    it asked for {heard.get('accept')}\n    and got {heard.get('content-type')}")
    if not heard.get("content-type", "").startswith(content_type):
        raise Wrong(f"that should begin with {content_type}")
    wrong = differences(expected, samples)
    if wrong or not expected:
        shown = [f"{place} is {samples.get(place)}, and should be {expected.get(place)}" for place in wrong[:5]]
        raise Wrong("\n".join([f"{len(wrong)} of {len(expected)} samples are wrong", *shown]))
    # Of the formats here only OpenMetrics tells since when a series counts.
    if (len(created) > 0) != is_open:
        raise Wrong(f"there are {len(created)} times of creation")
    return f"{len(samples)} samples as they should be, {len(created)} times of creation"


def main():
    program, tools, *snapshots = sys.argv[1:]
    # A signal ends this as an exception does: with all that was started.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    version = subprocess.run([f"{tools}/prometheus", "--version"], capture_output=True, text=True, check=True)
    print((version.stdout + version.stderr).splitlines()[0])
    checks = [("promtool", lambda: check_with_promtool(program, snapshots[0], tools))]
    for snapshot in snapshots:
        shown = subprocess.run([program, "telemetry", "snapshot", "show", snapshot, "--format", "json"], capture_output=True, check=True)
        report, title = json.loads(shown.stdout), os.path.basename(snapshot)
        for way in WAYS:
            check = lambda snapshot=snapshot, report=report, way=way: scrape(program, snapshot, tools, report, way)
            checks.append((f"Prometheus, {title}, {way[0]}", check))
    passed = 0
    for title, check in checks:
        try:
            print(f"{title}: {check()}", flush=True)
            passed += 1
        except (Wrong, OSError, subprocess.SubprocessError) as why:
            print(f"{title}: WRONG: {why}", flush=True)
    print(f"# pass {passed}\n# fail {len(checks) - passed}")
    return 0 if passed == len(checks) else 1


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"  # a proxy of this machine's is of no use here
    sys.exit(main())
