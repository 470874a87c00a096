"""A process that runs cases of the matrix; a module of its own, since other processes cannot import `__main__`."""

import tempfile
from pathlib import Path

from tests.reliability.harness import quick
from tests.reliability.matrix import Bench, Case, Verdict

_benches: list[Bench] = []


def begin(folder: str) -> None:
    """Once in each process; its scratch is made in `folder`."""
    quick().__enter__()
    _benches.append(Bench(Path(tempfile.mkdtemp(dir=folder))))


def run(case: Case) -> Verdict:
    """One case."""
    return _benches[0].run(case)
