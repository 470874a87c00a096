"""`python -m tests.soak [--minutes 20] [--seed N]`: a watch beside a service that has a hard time.

Wrong at a quiet moment: exit code 1. Memory, latencies and counts are told at the end.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.reliability.harness import say
from tests.soak.course import Found, Soak


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    said = parser.parse_args()
    say(f"seed {said.seed}")
    with tempfile.TemporaryDirectory(prefix="syncer-soak-") as folder:
        soak = Soak(Path(folder), said.seed, say)
        found = asyncio.run(soak.run(said.minutes * 60))
    print(report(found, soak.watch.latencies))
    return 1 if found.wrong else 0


def report(found: Found, latencies: Sequence[float]) -> str:
    """What it came to, as a table."""
    rows = [(name, str(count)) for name, count in sorted(found.counts.items())]
    rows += [("wrong", str(len(found.wrong))), ("seconds waited for a new connection", f"{found.away:.0f}")]
    rows += _memory(found.memory) + _latency(latencies)
    rows += [(name, f"{value:.0f}") for name, value in found.metrics.items() if name.endswith("_total")]
    table = "\n".join(f"| {name} | {value} |" for name, value in [("what", "figure"), ("---", "---"), *rows])
    return "\n\n".join([table, *found.wrong])


def _memory(samples: Sequence[float]) -> list[tuple[str, str]]:
    quarter = max(1, len(samples) // 4)
    first, last = statistics.mean(samples[:quarter]), statistics.mean(samples[-quarter:])
    return [
        ("memory, mean of the first quarter", f"{first:.1f} MiB"),
        ("memory, mean of the last quarter", f"{last:.1f} MiB"),
        ("memory, most", f"{max(samples):.1f} MiB"),
    ]


def _latency(seconds: Sequence[float]) -> list[tuple[str, str]]:
    if len(seconds) < 2:
        return []
    cuts = statistics.quantiles(seconds, n=20)
    return [
        ("edits whose report was timed", str(len(seconds))),
        ("from edit to report, median", f"{statistics.median(seconds):.2f} s"),
        ("from edit to report, 95 %", f"{cuts[-1]:.2f} s"),
        ("from edit to report, most", f"{max(seconds):.2f} s"),
    ]


if __name__ == "__main__":
    sys.exit(main())
