"""`syncer wire verify` as a person meets it."""

import asyncio
import json
import os
import pty
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from contextlib import suppress
from pathlib import Path

import pytest

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import NoEffect, When
from syncer.emulator.service import Service
from tests.cli.running import PASSWORD, Done, syncer
from tests.selftest.rig import PROFILES, Rig, misspelt, open_rig, state

VERIFY = ("wire", "verify", "--yes")
NEW = "categories:\n  - {name: New, config: true}\nconfigs:\n  - {type: NTP, desc: new, categories: [New], ntp1: ptb}\n"


def neutral(text: str) -> str:
    """Without what differs from run to run."""
    return re.sub(r"ws://127\.0\.0\.1:\d+", "ws://host", re.sub(r"syncer-verify-[0-9a-f]{8}", "TAG", text))


async def verify(rig: Rig, *args: str) -> Done:
    return await syncer(*VERIFY, *args, cwd=rig.repo)


async def test_afterwards_apply_uses_the_profile(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        (rig.repo / "domains" / "example.com.yaml").write_text(f"domain: example.com\n{NEW}")
        refused = await syncer("apply", "--yes", cwd=rig.repo)
        assert refused.code == 4
        before = state(rig.store)
        done = await verify(rig)
        assert done.code == 0, done.err
        assert state(rig.store) == before
        shown = done.out.splitlines()
        assert "proven      create_config" in shown
        assert "not proven  create_domain: not tried without --domains" in shown
        assert shown[-3:] == ["  receipt   wire/conventional.verified.json", "", "Proven; the server is as it was."]
        steps = neutral(done.err).splitlines()
        assert steps[:3] == [
            "Self-test of the wire profile conventional",
            "  server    production (ws://host/example.com/devices/innovaphone-devices-api)",
            "  domain    example.com",
        ]
        assert "ok  create the category TAG" in steps
        assert "ok  create a config of type EXPERT with an empty script" in steps
        assert steps[-1] == "ok  everything is as it was before"
        assert (await syncer("apply", "--yes", cwd=rig.repo)).code == 0
        rig.profile.write_text(PROFILES["conventional"] + "reads_back: {unset: {PHONE: {frameSize: 0}}}\n")
        (rig.repo / "domains" / "example.com.yaml").write_text(f"domain: example.com\n{NEW.replace('ptb', 'other')}")
        assert (await syncer("apply", "--yes", cwd=rig.repo)).code == 4  # another edition of it


async def test_a_failure_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(NoEffect(), When(operation="update_config", nth=1))
        done = await verify(rig, "--timeout", "1")
        assert done.code == 5
        assert neutral(done.out) == GOLDEN
        assert "ok  cleaned up: " in done.err


GOLDEN = """\
FAILED  update EXPERT: another desc
  wrong is  update_config of the wire profile conventional
  sent      {"mt": "EditDeviceConfig", "domainId": 1, "id": 5, "config": {"type": "EXPERT", "desc":
            "TAG empty 1 ä€😀", "categories": [{"id": 4, "name":
            "TAG", "config": true}], "script": ""}}
  result    the server reported no error; but it reads back otherwise: desc is
            TAG empty 1 instead of TAG empty 1 ä€😀
  => correct update_config in the wire profile, or learn it again with `syncer wire learn`

Not proven; the server is as it was.
"""


async def test_json(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        done = await verify(rig, "--format", "json", "--domains")
        document = json.loads(done.out)
        assert (done.code, document["exit_code"], document["format"]) == (0, 0, "syncer-verify/1")
        assert document["proven"] == sorted(document["proven"])
        assert len(document["proven"]) == 10
        assert document["failed"] is None


async def test_what_is_left_is_named_and_a_later_run_takes_it_away(tmp_path: Path) -> None:
    def deaf(operations: dict[str, dict[str, dict[str, object]]]) -> None:
        operations["delete_config"]["request"]["mt"] = "Nonsense"

    async with open_rig(tmp_path, misspelt(deaf), PROFILES["conventional"]) as rig:
        before = state(rig.store)
        done = await verify(rig, "--timeout", "0.5")
        assert done.code == 6
        assert "LEFT config[example.com/EXPERT/TAG empty 1 ä€😀] (id 5): no answer to Nonsense" in " ".join(
            neutral(done.out).split()
        )
        assert "see to it there, or with `syncer wire verify --clean`." in " ".join(done.out.split())
        rig.profile.write_text(PROFILES["conventional"])
        named = await verify(rig)
        assert named.code == 0
        assert "of an earlier self-test; --clean deletes it" in " ".join(named.err.split())
        assert (await verify(rig, "--clean")).code == 0
        assert state(rig.store) == before


async def test_every_message_is_shown_without_a_server(tmp_path: Path) -> None:
    async with open_rig(tmp_path, url=lambda url: re.sub(r":\d+/", ":1/", url)) as rig:
        done = await syncer("wire", "verify", "--dry-run", cwd=rig.repo)
        assert done.code == 0, done.err
        assert rig.faults.seen == []
        shown = neutral(done.out).splitlines()
        assert shown[:3] == [
            "create the category TAG",
            '  {"mt": "AddProvisioningCategory", "domainId": "<id of example.com>", "name":',
            '  "TAG", "config": true}',
        ]
        assert shown[-1].endswith(" messages; nothing was sent.")
        assert '"logPassword": "<encrypted>"' in " ".join(done.out.split())
        document = json.loads((await syncer("wire", "verify", "--dry-run", "--format", "json", cwd=rig.repo)).out)
        assert document["format"] == "syncer-verify-dry-run/1"
        assert [one["operation"] for one in document["writes"]][:2] == ["create_category", "create_category"]


async def test_it_asks(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        done = await syncer("wire", "verify", cwd=rig.repo)
        assert done.code == 1
        assert "there is no terminal to ask on; say --yes to do this; nothing was written" in done.err
        assert {operation for _, operation in rig.faults.seen} == {None}


async def test_an_unfinished_journal_is_in_the_way(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        folder = rig.repo / ".syncer" / "journal"
        folder.mkdir(parents=True)
        (folder / "20260101T000000.000000Z-00000000.jsonl").write_text("{}\n")
        done = await verify(rig)
        assert done.code == 1
        assert "a journal that cannot be read is in the way" in done.err
        assert rig.faults.seen == []


class Interrupting:
    """Sends Ctrl-C to the process before its message is handled."""

    process: Process | None = None

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if self.process:
            self.process.send_signal(signal.SIGINT)
        return handle(call)


async def test_ctrl_c_cleans_up(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        before, interrupting = state(rig.store), Interrupting()
        rig.faults.add(interrupting, When(operation="update_config", nth=1))
        interrupting.process = await create_subprocess_exec(
            *(sys.executable, "-m", "syncer.cli.main", *VERIFY),
            cwd=rig.repo,
            env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await interrupting.process.communicate()
        assert interrupting.process.returncode == 130, err
        assert out.decode() == "Interrupted; the server is as it was.\n"
        assert b"ok  cleaned up: config[" in err
        assert state(rig.store) == before
        assert not list(rig.repo.glob("wire/*.json"))


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
async def test_closed_streams_change_nothing(closed: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        code, err = await in_shell(rig, f'"$0" -m syncer.cli.main {" ".join(VERIFY)} {closed}')
        assert (code, "Traceback" in err) == (0, False), err
        assert list(rig.repo.glob("wire/*.json"))
        (rig.repo / "domains" / "example.com.yaml").write_text(f"domain: example.com\n{NEW}")
        code, err = await in_shell(rig, f'"$0" -m syncer.cli.main apply --yes {closed}')
        assert (code, "Traceback" in err) == (0, False), err


async def in_shell(rig: Rig, command: str) -> tuple[int | None, str]:
    """The exit code of a command with streams as a shell makes them, and stderr; `$0` is Python."""
    process = await create_subprocess_exec(
        *("bash", "-c", command, sys.executable),
        cwd=rig.repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
        stdout=PIPE,
        stderr=PIPE,
    )
    _, err = await process.communicate()
    return process.returncode, err.decode()


@pytest.mark.parametrize("no_color", [False, True])
async def test_steps_are_green_on_a_terminal(no_color: bool, tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        ours, theirs = pty.openpty()
        env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
        process = await create_subprocess_exec(
            *(sys.executable, "-m", "syncer.cli.main", *VERIFY, "--format", "json"),
            cwd=rig.repo,
            env=env | {"SYNCER_PASSWORD": PASSWORD} | ({"NO_COLOR": "1"} if no_color else {}),
            stdout=DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        shown = await asyncio.to_thread(_all_of, ours)
        assert await process.wait() == 0
        assert ("\x1b[32mok  \x1b[0mcreate the category" in shown) is not no_color
        assert "ok  " in shown


def _all_of(terminal: int) -> str:
    """What is written to a terminal until it is left; its end is an error on Linux."""
    found = b""
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as file:
        while chunk := file.read(65536):
            found += chunk
    return found.decode(errors="replace")


async def test_the_embedded_service_needs_no_receipt(tmp_path: Path) -> None:
    (tmp_path / "syncer.yaml").write_text(
        "version: 1\nservers:\n  local:\n    url: 'emulator:.syncer/emulator.sqlite'\nfiles: [domains]\n"
    )
    done = await syncer("wire", "verify", "--yes", "--domains", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.out.endswith(
        "  receipt   none, since the embedded service needs none\n\nProven; the server is as it was.\n"
    )
    assert not (tmp_path / "wire").exists()
