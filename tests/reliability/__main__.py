"""The whole matrix: `python -m tests.reliability [--workers N] [--only FAULT]… [--stride N] [--out FILE]`.

Every fault at every message of an apply, once with a write at a time and once with eight; takes a while.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.reliability.harness import PROFILES, SCRATCH, quick, say
from tests.reliability.matrix import FAULTS, Bench, Case, Verdict
from tests.reliability.worker import begin, run


def all_cases(
    bench: Bench, faults: Sequence[str], parallelisms: Sequence[int], profile: str, stride: int
) -> Iterator[Case]:
    """Every fault at every message that can have it."""
    for parallelism in parallelisms:
        messages = bench.undisturbed(parallelism, profile)
        for nth, message in enumerate(messages, 1):
            for name in faults:
                if FAULTS[name].fits(message, profile) and (message.operation or nth % stride == 0):
                    yield Case(name, nth, parallelism, profile)


def more_cases(bench: Bench, profile: str, pairs: int, recoveries: int) -> Iterator[Case]:
    """Two faults in one apply; and one in the recovery of an apply that lost its server. Drawn, the same each time."""
    draw = random.Random(7)
    messages = len(bench.undisturbed(8, profile))
    writes = [nth for nth, message in enumerate(bench.undisturbed(1, profile), 1) if message.operation]
    names = list(FAULTS)
    for _ in range(pairs):
        first, second = draw.randint(19, messages), draw.randint(19, messages * 3 // 2)
        yield Case(draw.choice(names), first, draw.choice((1, 8)), profile, second=(draw.choice(names), second))
    gone = ("gone-for-good", "gone-for-good-once-done")
    for _ in range(recoveries):
        second = draw.randint(1, messages)
        yield Case(draw.choice(gone), draw.choice(writes), 1, profile, in_recovery=(draw.choice(names), second))


def main() -> int:
    """Run it; the number of what went wrong decides the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--workers", type=int, default=2 * (multiprocessing.cpu_count() or 1))
    parser.add_argument("--only", action="append", choices=list(FAULTS))
    parser.add_argument("--nth", type=int)
    parser.add_argument("--parallelism", type=int, action="append")
    parser.add_argument("--profile", choices=list(PROFILES), default="small")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=0, metavar="N", help="applies with two faults instead")
    parser.add_argument("--recoveries", type=int, default=0, metavar="N", help="recoveries with a fault instead")
    parser.add_argument("--out", type=Path, help="what is wrong, as JSON lines")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=SCRATCH, prefix="syncer-matrix-") as folder, quick():
        bench = Bench(Path(folder))
        cases = list(all_cases(bench, said.only or list(FAULTS), said.parallelism or [1, 8], said.profile, said.stride))
        if said.pairs or said.recoveries:
            cases = list(more_cases(bench, said.profile, said.pairs, said.recoveries))
        bench.close()
        cases = [case for case in cases if said.nth in (None, case.nth)]
        verdicts = list(_verdicts(cases, said.workers, folder, said.out))
    print(table(verdicts))
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


def _verdicts(cases: Sequence[Case], workers: int, folder: str, out: Path | None) -> Iterator[Verdict]:
    with multiprocessing.get_context("spawn").Pool(workers, begin, (folder,)) as pool:
        for number, verdict in enumerate(pool.imap_unordered(run, cases, chunksize=2), 1):
            _tell(verdict, out)
            if number % 50 == 0:
                say(f"{number} of {len(cases)}")
            yield verdict


def _tell(verdict: Verdict, out: Path | None) -> None:
    if not verdict.wrong:
        return
    say(f"{verdict.case}: {len(verdict.wrong)} wrong: {verdict.wrong[0][:300]}")
    if out:
        with out.open("a") as file:
            line = {"case": repr(verdict.case), "code": verdict.code, "wrong": verdict.wrong, "ran": verdict.ran}
            file.write(json.dumps(line) + "\n")


def table(verdicts: Sequence[Verdict]) -> str:
    """Counts by fault, and of all."""
    by_fault: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_fault[verdict.case.fault].append(verdict)
    rows = [_HEAD, *(_row(name, by_fault[name]) for name in FAULTS if name in by_fault), _row("all", verdicts)]
    return "\n".join(rows)


_COLUMNS = (
    "fault",
    "tried",
    "exit 0",
    "1",
    "3",
    "5",
    "6",
    "rolled back",
    "resumed",
    "lost",
    "doubled",
    "lies",
    "other",
)
_HEAD = "| " + " | ".join(_COLUMNS) + " |\n|" + " --- |" * len(_COLUMNS)


def _row(name: str, verdicts: Sequence[Verdict]) -> str:
    codes = Counter(verdict.code for verdict in verdicts)
    recovered = sum((verdict.counts for verdict in verdicts), Counter())
    unfinished = recovered["unfinished"]
    wrong = Counter(one.split()[0] for verdict in verdicts for one in verdict.wrong)
    cells = (
        name,
        len(verdicts),
        *(codes[code] for code in (0, 1, 3, 5, 6)),
        f"{recovered['rolled back']} of {unfinished}",
        f"{recovered['resumed']} of {unfinished}",
        *(wrong[kind] for kind in ("LOST", "DOUBLED", "LIE")),
        sum(wrong.values()) - wrong["LOST"] - wrong["DOUBLED"] - wrong["LIE"],
    )
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    sys.exit(main())
