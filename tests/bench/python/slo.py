"""What record_event of the Python module costs, as it was: rows for `cargo xtask bench slo`.

The module itself is not here. This has its shape, in words of our own: a dictionary of objectives looked up without
a lock, two counters under one, and a violation object for every event while the target is missed, none of them ever
let go. The argument is what the ledger's own record_event took in the same run, in nanoseconds, for the ratio.
Deliberately absent: the module's other parts, and any judgement.
"""

import json
import sys
import time
import tracemalloc
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

ROUNDS = 5
EVENTS = 200_000
MILLION = 1_000_000


@dataclass
class Objective:
    slo_id: str
    name: str
    target: float
    good: int = 0
    total: int = 0

    def record(self, is_good: bool) -> None:
        self.total += 1
        if is_good:
            self.good += 1

    @property
    def current(self) -> float:
        return self.good / self.total * 100.0 if self.total else 100.0


@dataclass
class Violation:
    slo_id: str
    slo_name: str
    target: float
    actual: float
    occurred_at: datetime = field(default_factory=datetime.now)
    duration_minutes: float = 0.0


class Tracker:
    def __init__(self) -> None:
        self._objectives: dict[str, Objective] = {}
        self._violations: list[Violation] = []
        self._lock = Lock()

    def create(self, slo_id: str, target: float) -> None:
        self._objectives[slo_id] = Objective(slo_id, slo_id, target)

    def record_event(self, slo_id: str, is_good: bool) -> None:
        objective = self._objectives.get(slo_id)
        if objective is None:
            return
        with self._lock:
            objective.record(is_good)
            current = objective.current
            if current < objective.target:
                self._violations.append(Violation(slo_id, objective.name, objective.target, current))


def nanoseconds(is_good: bool) -> float:
    """The least of some rounds, an event."""
    least = float("inf")
    for _ in range(ROUNDS):
        tracker = Tracker()
        tracker.create("answers", 99.0)
        began = time.perf_counter_ns()
        for _ in range(EVENTS):
            tracker.record_event("answers", is_good)
        least = min(least, (time.perf_counter_ns() - began) / EVENTS)
    return least


def bytes_of_bad_events() -> int:
    """What a million bad events leave behind."""
    tracker = Tracker()
    tracker.create("answers", 99.0)
    tracemalloc.start()
    for _ in range(MILLION):
        tracker.record_event("answers", False)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def main() -> None:
    ours = float(sys.argv[1])
    for case, is_good in [("good", True), ("bad", False)]:
        theirs = nanoseconds(is_good)
        row = {"case": f"record-event, {case}", "ours_ns": ours, "peer": "the Python module's shape", "peer_ns": theirs, "ratio": theirs / ours}
        print(json.dumps(row))
    kept = bytes_of_bad_events()
    peer = f"the Python module's shape keeps {kept / 1e6:.0f} MB"
    print(json.dumps({"case": "memory: a million bad events", "ours_bytes": None, "ours_ns": None, "peer": peer, "peer_ns": None, "ratio": None}))


if __name__ == "__main__":
    main()
