"""Speed, as ratios within one run: `python -m tests.benchmarks [--quick]`. Reports only; no limit fails it.

10,000 PHONE configs (150,000 lines of YAML) on an emulator in a process of its own, over loopback.
"""

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from websockets.asyncio.client import connect

from syncer import emulator, resources, workflow
from syncer.cli.options import make_context
from tests.benchmarks.page import measure_page

WINDOW = 64
CATEGORY = "Phones"


def config_fields(number: int, *, changed: bool = False) -> dict[str, Any]:
    """One PHONE config as on the wire."""
    return {
        "type": "PHONE",
        "desc": f"phones {number:05}",
        "gk1": "172.16.0.9" if changed else "172.16.0.1",
        "gk2": "172.16.0.2",
        "gkId": "example.com",
        "coder": "OPUS-WB",
        "frameSize": 20,
        "exclusive": True,
        "protectCfg": True,
        "hideAdminCfg": True,
        "srtpKey": "0",
        "srtpCipher": "1",
        "recordingUrl": f"https://recorder.example.com/{number}",
        "dialTone": 15,
    }


def config_yaml(number: int) -> str:
    """The same in a domain document: 15 lines."""
    fields = config_fields(number) | {"srtpKey": "SDES-DTLS", "srtpCipher": "AES128/80", "dialTone": "GERMANY"}
    lines = [f"    {name}: {json.dumps(value)}" for name, value in fields.items()]
    lines[0] = "  - " + lines[0].strip()
    return "\n".join([*lines[:2], f"    categories: [{CATEGORY}]", *lines[2:]]) + "\n"


def make_repository(folder: Path, url: str, count: int) -> None:
    """A repository whose files differ from the service in one config of a hundred."""
    folder.mkdir()
    (folder / "domains").mkdir()
    server = f"{{url: '{url}', password: {{env: BENCHMARK_PASSWORD}}}}"
    (folder / "syncer.yaml").write_text(f"version: 1\nservers:\n  local: {server}\nfiles: [domains]\n")
    head = f"domain: example.com\ncategories:\n  - name: {CATEGORY}\nconfigs:\n"
    (folder / "domains" / "all.yaml").write_text(head + "".join(map(config_yaml, range(count))))


def fill(data: Path, count: int) -> None:
    """The service's state."""
    with emulator.Store(data) as store:
        domain = store.instance.id
        category = store.add_category(domain, CATEGORY)
        for number in range(count):
            store.add_config(domain, config_fields(number, changed=number % 100 == 0), [category])


@contextmanager
def served(data: Path, *options: str) -> Iterator[str]:
    """An emulator in a process of its own; gives its url."""
    command = [sys.executable, "-m", "syncer.cli.main", "emulator", "serve", "--data", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


async def bare_read(url: str, count: int) -> float:
    """Seconds that a client without any comfort takes: send, receive, decode, nothing else."""
    app, guid = url.rpartition("/")[2], "0" * 32
    async with connect(url, compression=None, proxy=None, max_size=1 << 20) as socket:
        await socket.send('{"mt":"AppChallenge"}')
        challenge = json.loads(await socket.recv())["challenge"]
        text = f"{app}:example.com:{app}:{guid}:Admin:{challenge}:{emulator.PASSWORD}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        login = {"mt": "AppLogin", "app": app, "domain": "example.com", "sip": app, "guid": guid, "dn": "Admin"}
        await socket.send(json.dumps(login | {"digest": digest, "pbxObj": app}))
        assert json.loads(await socket.recv())["ok"]
        await socket.send('{"mt":"GetDeviceConfigs"}')
        ids: list[int] = []
        last = False
        while not last:
            page = json.loads(await socket.recv())
            ids += [config["id"] for config in page["configs"]]
            last = page.get("last", False)
        assert len(ids) == count
        return await _bare_configs(socket, ids)


async def _bare_configs(socket: Any, ids: list[int]) -> float:
    room = asyncio.Semaphore(WINDOW)

    async def send() -> None:
        for number in ids:
            await room.acquire()
            await socket.send(json.dumps({"mt": "GetDeviceConfig", "id": number, "src": str(number)}))

    start = time.perf_counter()
    sender = asyncio.create_task(send())
    got: dict[str, Any] = {}
    while len(got) < len(ids):
        message = json.loads(await socket.recv())
        got[message["src"]] = message["config"]
        room.release()
    await sender
    return time.perf_counter() - start


async def syncer_read(folder: Path, count: int) -> float:
    """Seconds that syncer takes to read and decode every config."""
    context = make_context(folder)
    repository = workflow.open_repository(context)
    async with workflow.connect(context, repository) as connected:
        domains = await connected.service.domains()
        heads = (await connected.service.config_heads(domains))[0]
        start = time.perf_counter()
        found = await connected.service.configs(heads)
        seconds = time.perf_counter() - start
    assert len(found) == count
    return seconds


def safe_load(path: Path) -> Any:
    """What ruamel's C safe loader alone makes of it."""
    return YAML(typ="safe", pure=False).load(path.read_bytes())


def bare_validation(document: Any) -> None:
    """jsonschema with the right subschema for each entry, its references resolved beforehand."""
    schema = resources.described("domain")

    def inlined(node: Any) -> Any:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            if reference.startswith("#/$defs/"):
                return inlined(schema["$defs"][reference.removeprefix("#/$defs/")])
            return {key: inlined(value) for key, value in node.items()}
        return [inlined(value) for value in node] if isinstance(node, list) else node

    validator = Draft202012Validator(inlined(schema["$defs"]["config_PHONE"]))
    assert all(validator.is_valid(config) for config in document["configs"])


def timed(function: Callable[[], Any], best_of: int = 1) -> tuple[float, Any]:
    """(the best time in seconds, the last result)."""
    times, result = [], None
    for _ in range(best_of):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), result


def row(name: str, seconds: float, limit: str = "") -> None:
    """One line of the report."""
    print(f"{name:<58} {seconds:8.3f} s  {limit}", flush=True)


def ratio(name: str, value: float, most: float) -> None:
    """One line that counts."""
    print(f"{name:<58} {value:8.2f} x  to reach: at most {most:g}", flush=True)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 configs instead of 10,000")
    count = 2_000 if parser.parse_args().quick else 10_000
    os.environ["BENCHMARK_PASSWORD"] = emulator.PASSWORD
    print(f"{count} PHONE configs, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        folder, data = Path(temporary), Path(temporary) / "state.sqlite"
        with_cache(folder / "cache")
        fill(data, count)
        with served(data) as url:
            make_repository(folder / "near", url, count)
            fetch = reading(folder / "near", url, count)
            planning(folder / "near", fetch, count)
            remembering(folder / "near", count)
        with served(data, "--latency", "20ms") as url:
            make_repository(folder / "far", url, count)
            row("read at 20 ms round trip", asyncio.run(syncer_read(folder / "far", count)), "to reach: at most 5 s")
        starting()
        opening(count)


def reading(folder: Path, url: str, count: int) -> float:
    """Fetching against the bare client, in turns; the better of three each."""
    bare = min(asyncio.run(bare_read(url, count)) for _ in range(3))
    ours = min(asyncio.run(syncer_read(folder, count)) for _ in range(3))
    row("read, bare pipelined client", bare)
    row("read, syncer", ours)
    ratio("read, syncer : bare client", ours / bare, 2)
    return ours


def with_cache(folder: Path) -> None:
    """What is parsed from here on is kept there."""
    os.environ["SYNCER_CACHE_DIR"] = str(folder)


def load_files(folder: Path) -> None:
    """As a command does it."""
    context = make_context(folder)
    workflow.load_files(context, workflow.open_repository(context))


def planning(folder: Path, fetch: float, count: int) -> None:
    """A first plan against its parts measured alone."""
    load, document = timed(lambda: safe_load(folder / "domains" / "all.yaml"))
    validation, _ = timed(lambda: bare_validation(document))
    files, _ = timed(lambda: load_files(folder))
    again, _ = timed(lambda: load_files(folder), 3)
    with_cache(folder / ".syncer" / "cache")
    whole, made = timed(lambda: asyncio.run(workflow.plan(make_context(folder))))
    assert made.summary.update == count // 100
    row("YAML in, ruamel's C safe loader alone", load)
    row("validation, jsonschema with the right subschema alone", validation)
    row("YAML in, validation and building, syncer, first", files)
    row("YAML in, validation and building, syncer, second", again)
    ratio("first YAML, validation and building, syncer : YAML alone", files / load, 1.2)
    ratio("second YAML, validation and building : YAML alone", again / load, 0.1)
    row("a first plan, 1 % changed, syncer", whole)
    ratio("a first plan, syncer : sum of its parts", whole / (load + validation + fetch), 1.3)


def remembering(folder: Path, count: int) -> None:
    """Memory of loading alone, in processes of their own; as Linux counts it."""
    if not Path("/proc/self/status").exists():
        return
    ours = "from pathlib import Path; from tests.benchmarks.__main__ import load_files; load_files(Path({!r}))"
    theirs = "from pathlib import Path; from tests.benchmarks.__main__ import safe_load; safe_load(Path({!r}))"
    nothing = peak("import tests.benchmarks.__main__")
    with_cache(folder / ".syncer" / "memory")
    for name in ("first", "second"):
        memory(f"memory of {count} configs, syncer, {name} load", peak(ours.format(str(folder))) - nothing)
    alone = peak(theirs.format(str(folder / "domains" / "all.yaml"))) - nothing
    memory("memory of the same, ruamel's C safe loader alone", alone)


def peak(code: str) -> float:
    """Most MiB that a new Python has in memory at once while it runs this."""
    told = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"  # in kB
    command = [sys.executable, "-c", f"{code}\n{told}"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]) / 1024


def memory(name: str, mebibytes: float) -> None:
    """One line of the report."""
    print(f"{name:<58} {mebibytes:8.1f} MiB", flush=True)


def starting() -> None:
    """Start-up time."""
    help_command = [sys.executable, "-m", "syncer.cli.main", "--help"]
    seconds, _ = timed(lambda: subprocess.run(help_command, check=True, capture_output=True), 5)
    row("syncer --help", seconds, "to reach: at most 0.12 s")


def opening(changes: int) -> None:
    """The page of a plan with that many changes."""
    limits = {"made": "to reach: at most 2 s", "opened": "to reach: at most 1 s", "filtered": "to reach: at most 1 s"}
    found = measure_page(changes)
    for name, seconds in found.seconds.items():
        row(f"page of {changes} changes, {name}", seconds, limits[name.split()[0]])
    print(f"{'page, size of the file':<58} {found.megabytes:8.1f} MB")


if __name__ == "__main__":
    main()
