"""Certifies as a small worker does, with 1 GiB and 16 pairs at a time, against a hostile server.

    python -m tests.integration.engine.hostile_run URL

Prints JSON: the outcome of each pair, and what the process needed.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from certification.engine import BedrockTransport, Deadline, Kind, ModelSpec, certify
from certification.outcomes import evidence
from tests.integration.engine.hostile_server import BEHAVIOURS, IMAGES

MEMORY = 1024**3
PAIRS_AT_A_TIME = 16
PAIRS = 48
SECONDS = 6
REGION = "us-east-1"


def main(url: str) -> None:
    # Counts what the process may write to: its heap, and the stacks of its threads.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    transport = BedrockTransport(url)
    names = [sorted(BEHAVIOURS)[n % len(BEHAVIOURS)] for n in range(PAIRS)]
    watch = Watch()
    watch.start()
    with ThreadPoolExecutor(PAIRS_AT_A_TIME) as pool:
        pairs = list(pool.map(lambda name: outcome(name, transport), names))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {"pairs": pairs, "lateSeconds": watch.latest, "megabytes": usage.ru_maxrss // 1024}
    print(json.dumps(told))


def outcome(name: str, transport: BedrockTransport) -> dict[str, Any]:
    if name in IMAGES:
        model = ModelSpec(name, Kind.IMAGE)
    else:
        model = ModelSpec(name, capabilities={"streaming": True, "tools": True})
    began = time.monotonic()
    found = certify(model, REGION, transport, Deadline(SECONDS))
    return {
        "behaviour": name,
        "verdict": found.verdict,
        "category": found.error and found.error.category,
        "seconds": time.monotonic() - began,
        "evidence": len(json.dumps(evidence.of_pair(found.results))),
    }


class Watch(threading.Thread):
    """Measures how late a thread gets its turn, in seconds: as a heartbeat would be."""

    EVERY = 0.05

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.latest = 0.0

    def run(self) -> None:
        while True:
            due = time.monotonic() + self.EVERY
            time.sleep(self.EVERY)
            self.latest = max(self.latest, time.monotonic() - due)


if __name__ == "__main__":
    main(sys.argv[1])
