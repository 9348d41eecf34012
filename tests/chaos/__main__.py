"""Injects faults while jobs run, then checks that nothing was lost: `make chaos`.

    python -m tests.chaos [--short] [--redis KIND] [--only SCENARIO] [--keep DIR]

CHAOS_SEED repeats the random choices of a run, not its timing. Exits with 0 if all invariants hold.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from . import cluster

if TYPE_CHECKING:
    from .scenarios import Outcome

# By the kind of Redis.
LONG = {
    "single": ("kills", "restarts", "outages", "same_pairs", "throttled", "storm"),
    "cluster": ("primary_killed", "outages"),
    "sentinel": ("primary_killed", "outages"),
}
SHOWN = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="what `make test` runs")
    parser.add_argument("--redis", choices=LONG, default="single", help="what the broker is")
    scenarios_of_all = sorted({name for names in LONG.values() for name in names})
    parser.add_argument(
        "--only", choices=scenarios_of_all, action="append", help="this scenario alone"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep logs in a new folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}", flush=True)
    names = ("short",) if options.short else tuple(options.only or LONG[options.redis])
    with tempfile.TemporaryDirectory(prefix="homologa-chaos-") as temporary:
        folder = options.keep or Path(temporary)
        if options.keep:
            folder.mkdir(parents=True)
        latency = 50 if options.short else 200
        with cluster.running_cluster(
            folder, seed, latency_ms=latency, redis=options.redis, more={}
        ) as here:
            # Imports Django models, which need the settings that running_cluster has set up.
            from . import scenarios

            outcomes = []
            for name in names:
                outcome = getattr(scenarios, name)(here)
                show(outcome)
                outcomes.append(outcome)
            print(f"\nErrors in the workers' log: {_errors_in(here.log)}")
    return int(any(outcome.failed for outcome in outcomes))


def show(outcome: Outcome) -> None:
    print(f"\n── {outcome.scenario}: {outcome.seconds:.0f} s, {outcome.pairs} pairs by now")
    injected = sum(outcome.injected.values())
    for fault, count in sorted(outcome.injected.items()):
        print(f"{count:>6}  {fault}")
    print(f"{injected:>6}  faults in all")
    for figure in outcome.figures:
        print(f"        {figure}")
    for invariant, wrong in outcome.wrong.items():
        print(f"{'BROKEN' if wrong else 'holds':>6}  {invariant}")
        for line in wrong[:SHOWN]:
            print(f"          {line}")
        if len(wrong) > SHOWN:
            print(f"          and {len(wrong) - SHOWN} more")
    sys.stdout.flush()


def _errors_in(log: Path) -> str:
    found = Counter(
        re.findall(
            r"^([\w.]+(?:Error|Timeout|Exception|Terminated|Closed)\b)",
            log.read_text(errors="replace"),
            re.M,
        )
    )
    return ", ".join(f"{count} × {name}" for name, count in found.most_common()) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
