"""How long a backup takes, and how much memory: `python -m tests.benchmarks.backup [CONFIGS] [MIB]`.

So many configs with so much of scripts, on an emulator in a process of its own. A config of ten is an EXPERT one with
a script of its own, or with `--all-scripts` each is, which makes as many files in the backup; `--domains` in which
they are. With `--restore` it is restored too, onto the service that it is of and onto an empty one. Reports only.
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


def syncer(folder: Path, *args: str) -> tuple[str, float]:
    """Run a command in the repository of a folder: what it printed, and seconds."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "syncer.cli.main", "-C", str(folder / "repository"), "--timeout", "10m", *args],
        env={**os.environ, "BENCHMARK_PASSWORD": emulator.PASSWORD},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return done.stdout, time.perf_counter() - start


def restore(folder: Path, what: str, url: str) -> None:
    """Restore the backup of the folder onto a service."""
    settings = folder / "repository" / "syncer.yaml"
    server = f"{{url: '{url}', password: {{env: BENCHMARK_PASSWORD}}}}"
    settings.write_text(f"version: 1\nservers:\n  local: {server}\nfiles: [domains]\n")
    said, seconds = syncer(folder, "restore", str(folder / "backup.zip"), "--yes", "--unverified-wire")
    print(f"restored onto {what}: {said.splitlines()[-1]} {seconds:.1f} s")


def main() -> None:
    """Fill, serve, back up, report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("configs", type=int, nargs="?", default=20_000)
    parser.add_argument("mib", type=int, nargs="?", default=400)
    parser.add_argument("--all-scripts", action="store_true")
    parser.add_argument("--domains", type=int, default=20)
    parser.add_argument("--restore", action="store_true")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "data.sqlite", said.configs, said.mib, 1 if said.all_scripts else 10, said.domains)
        with served(folder / "data.sqlite") as url:
            make_repository(folder / "repository", url, 1)
            done, seconds = syncer(folder, "backup", "--out", str(folder / "backup.zip"))
            largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024  # the emulator is none yet
            print(done, end="")
            print(f"{seconds:.1f} s, at most {largest} MiB of memory")
            if said.restore:
                restore(folder, "the same service", url)
        if said.restore:
            with served(folder / "empty.sqlite") as url:
                restore(folder, "an empty service", url)


if __name__ == "__main__":
    main()
