"""Two applies at once, as the one who comes second sees it."""

import asyncio
import os
import sys
from pathlib import Path

from syncer.emulator import Emulator, Options, Store
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = "domain: example.com\nconfigs:\n" + "".join(
    f"  - {{type: NTP, desc: time {n:02}, categories: [], ntp1: ptb}}\n" for n in range(100)
)


async def test_the_second_is_told_who_is_at_work(tmp_path: Path) -> None:
    """Also where it knows the server by another name."""
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store, options=Options(latency=0.05)).start() as service:
            more = "    insecure: true\n"
            twin = f"  twin:\n    url: {service.url}\n    password: {{env: SYNCER_PASSWORD}}\n    insecure: true\n"
            repo = repository(tmp_path / "repo", service.url, DOCUMENT, more=more + twin)
            command = (
                sys.executable,
                "-m",
                "syncer.cli.main",
                "apply",
                "--yes",
                "--unverified-wire",
                "--parallelism",
                "1",
            )
            environ = os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"}
            first = await asyncio.create_subprocess_exec(
                *command, "--server", "production", cwd=repo, env=environ, stdout=asyncio.subprocess.DEVNULL
            )
            async with asyncio.timeout(30):
                while not store.configs(1):  # noqa: ASYNC110  # it happens in another process
                    await asyncio.sleep(0.01)
            for name in ("production", "twin"):
                second = await syncer("apply", "--yes", "--unverified-wire", "--server", name, cwd=repo)
                assert second.code == 1
                assert f"another syncer apply is at work on {name}: process {first.pid} of " in second.err
                assert "wait for it to end, or end it; nothing was written" in second.err
            first.kill()
            await first.wait()
            assert len(store.configs(1)) < 100
