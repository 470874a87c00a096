"""How long a backup takes, and how much memory: `python -m tests.benchmarks.backup [CONFIGS] [MIB]`.

So many configs with so much of scripts, on an emulator in a process of its own. A config of ten is an EXPERT one with
a script of its own, or with `--all-scripts` each is, which makes as many files in the backup; `--domains` in which
they are. Reports only.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from syncer import emulator
from tests.benchmarks.__main__ import CATEGORY, config_fields, make_repository, served

_AT_ONCE = 500


def fill(data: Path, count: int, mib: int, every: int, domains: int) -> None:
    """Configs in several domains, with scripts that are lines like those of a device."""
    source = random.Random(7)
    size = mib * (1 << 20) // (count // every)
    with emulator.Store(data) as store:
        ids = [store.instance.id, *(store.add_domain(f"customer{n}.example.com") for n in range(1, domains))]
        categories = {id_: store.add_category(id_, CATEGORY) for id_ in ids}
        for start in range(0, count, _AT_ONCE):
            with store.transaction():
                for number in range(start, min(start + _AT_ONCE, count)):
                    id_ = ids[number % domains]
                    fields = _fields(number, source, size if number % every == 0 else 0)
                    store.add_config(id_, fields, [categories[id_]])


def _fields(number: int, source: random.Random, size: int) -> dict[str, Any]:
    if not size:
        return config_fields(number)
    line = f"config change PHONE{number} /{source.getrandbits(200):x} /on\n"
    return {"type": "EXPERT", "desc": f"script {number:06}", "script": (line * (size // len(line) + 1))[:size]}


def main() -> None:
    """Fill, serve, back up, report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("configs", type=int, nargs="?", default=20_000)
    parser.add_argument("mib", type=int, nargs="?", default=400)
    parser.add_argument("--all-scripts", action="store_true")
    parser.add_argument("--domains", type=int, default=20)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "data.sqlite", said.configs, said.mib, 1 if said.all_scripts else 10, said.domains)
        with served(folder / "data.sqlite") as url:
            make_repository(folder / "repository", url, 1)
            start = time.perf_counter()
            command = [sys.executable, "-m", "syncer.cli.main", "-C", str(folder / "repository"), "--timeout", "10m"]
            done = subprocess.run(
                [*command, "backup", "--out", str(folder / "backup.zip")],
                env={**os.environ, "BENCHMARK_PASSWORD": emulator.PASSWORD},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            seconds = time.perf_counter() - start
            largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024  # the emulator is none yet
        print(done.stdout, end="")
        print(f"{seconds:.1f} s, at most {largest} MiB of memory")


if __name__ == "__main__":
    main()
