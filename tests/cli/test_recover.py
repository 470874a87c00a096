"""An apply that was cut off, as a person meets it: what is told, what is asked, and what is left afterwards."""

import asyncio
import json
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Options, Running, Store
from tests.cli.running import PASSWORD, Done, begin, repository, syncer

COUNT = 12
DOCUMENT = "domain: example.com\nconfigs:\n" + "".join(
    f"  - {{type: NTP, desc: time {n:02}, categories: [], ntp1: ptb}}\n" for n in range(COUNT)
)
POLICY = "policy: {limits: {deletes_percent: 100}}\n"
INSECURE = "    insecure: true\n"

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        store.add_config(1, {"type": "NTP", "desc": "time 00", "ntp1": "old"})
        async with Emulator(store, options=Options(latency=0.03)).start() as service:
            yield service


@pytest.fixture
async def cut_off(running: Running, tmp_path: Path) -> Path:
    """A repository whose apply was killed in the middle."""
    repo = repository(tmp_path / "repo", running.url, DOCUMENT, more=INSECURE, policy=POLICY)
    applying = begin("apply", "--yes", "--unverified-wire", "--parallelism", "2", cwd=repo)
    async with asyncio.timeout(30):
        while len(names(running)) < 5:  # noqa: ASYNC110  # it happens in another process
            await asyncio.sleep(0.01)
        applying.kill()
        await applying.ended()
    return repo


def names(running: Running) -> list[str]:
    """The configs that there are."""
    return [str(one.fields["desc"]) for one in running.emulator.store.configs(1)]


def first(running: Running) -> str:
    """The one that was there before, and is updated."""
    return str(running.emulator.store.configs(1)[0].fields["ntp1"])


async def recover(repo: Path, *args: str) -> Done:
    return await syncer("recover", "--unverified-wire", *args, cwd=repo)


async def test_it_is_in_the_way_and_says_what_to_do(cut_off: Path, running: Running) -> None:
    before = names(running)
    done = await syncer("apply", "--yes", "--unverified-wire", cwd=cut_off)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("error: an apply to production did not come to its end: ")
    assert "see what is left to be done with `syncer recover`, or move it away to leave things as they are" in done.err
    assert names(running) == before
    assert (await syncer("plan", cwd=cut_off)).code == 0  # looking is always allowed


async def test_without_a_way_it_only_shows(cut_off: Path, running: Running) -> None:
    before = names(running)
    done = await recover(cut_off)
    assert done.code == 1
    assert "not recovered: say --rollback or --resume; nothing more was written" in done.err
    shown = done.out.splitlines()
    assert shown[0].startswith("The apply of 20")
    assert "  update config[example.com/NTP/time 00]: begun, and not as it was" in shown
    assert f"  create config[example.com/NTP/time {COUNT - 1}]: not begun" in shown
    assert names(running) == before


async def test_back(cut_off: Path, running: Running) -> None:
    done = await recover(cut_off, "--rollback", "--yes")
    assert done.code == 0, done.err
    assert names(running) == ["time 00"]
    assert first(running) == "old"
    assert "  - DELETE  config[example.com/NTP/time 01]" in done.out
    assert "--since" not in done.out  # it compares the journal with the server
    assert ") - deleted  config[example.com/NTP/time 01]\n" in done.err
    again = await recover(cut_off, "--rollback", "--yes")
    assert (again.code, again.out) == (0, "Nothing to recover.\n")
    assert (await syncer("apply", "--yes", "--unverified-wire", cwd=cut_off)).code == 0


async def test_on(cut_off: Path, running: Running) -> None:
    done = await recover(cut_off, "--resume", "--yes", "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["ending"] == "applied"
    assert len(document["outcomes"]) == COUNT
    assert f") + created  config[example.com/NTP/time {COUNT - 1}]\n" in done.err
    assert sorted(names(running)) == [f"time {n:02}" for n in range(COUNT)]
    assert (await recover(cut_off, "--resume")).out == "Nothing to recover.\n"
    assert (await syncer("plan", "--detailed-exitcode", cwd=cut_off)).code == 0


async def test_on_needs_the_same_files(cut_off: Path, running: Running) -> None:
    before = names(running)
    (cut_off / "domains" / "example.com.yaml").write_text(DOCUMENT.replace("ptb", "other"))
    done = await recover(cut_off, "--resume", "--yes")
    assert done.code == 3
    assert "the files, the policy, the wire profile or a password changed since the plan was made" in done.err
    assert names(running) == before


async def test_it_asks(cut_off: Path, running: Running) -> None:
    before = names(running)
    done = await recover(cut_off, "--rollback")
    assert done.code == 1
    assert "there is no terminal to ask on" in done.err
    assert names(running) == before


async def test_guards_hold_for_it_too(cut_off: Path, running: Running) -> None:
    before = names(running)
    policy = "policy: {limits: {deletes: 1}}\n"
    (cut_off / "syncer.yaml").write_text((cut_off / "syncer.yaml").read_text().replace(POLICY, policy))
    done = await recover(cut_off, "--rollback", "--yes")
    assert done.code == 4
    assert "--confirm-deletes" in done.err
    assert names(running) == before
    count = str(len(before) - 1)
    assert (await recover(cut_off, "--rollback", "--yes", "--confirm-deletes", count)).code == 0


async def test_an_unproven_wire_profile_holds_it_back(cut_off: Path) -> None:
    done = await syncer("recover", "--rollback", "--yes", cwd=cut_off)
    assert done.code == 4
    assert "is not verified on this server" in done.err


async def test_a_journal_of_another_server_is_refused(cut_off: Path) -> None:
    settings = cut_off / "syncer.yaml"
    settings.write_text(settings.read_text().replace("127.0.0.1", "localhost"))
    for command in (["recover", "--rollback", "--yes"], ["apply", "--yes"]):
        done = await syncer(*command, "--unverified-wire", cwd=cut_off)
        assert done.code == 1
    done = await recover(cut_off, "--rollback", "--yes")
    assert "is about ws://127.0.0.1:" in done.err
    assert "name the right server with --server; if that server is no more, move the journal away" in done.err


async def test_what_others_did_since_stays_and_is_named(cut_off: Path, running: Running) -> None:
    running.emulator.store.update_config(1, {"ntp1": "theirs"})
    done = await recover(cut_off, "--rollback", "--yes")
    assert done.code == 6
    assert "config[example.com/NTP/time 00] is not rolled back: somebody changed it since" in done.out
    assert "ntp1: old -> theirs" in done.out
    assert names(running) == ["time 00"]
    assert first(running) == "theirs"
    assert (await recover(cut_off, "--rollback", "--yes")).out == "Nothing to recover.\n"


async def test_odd_arguments(cut_off: Path) -> None:
    both = await recover(cut_off, "--rollback", "--resume")
    assert both.code == 64
    unknown = await recover(cut_off, "nothing", "--rollback")
    assert unknown.code == 1
    assert "there is no journal xxx" in (await recover(cut_off, "x" * 5000)).err
    assert "there is no journal nothing; `syncer journal list` names those that there are" in unknown.err


async def test_nobody_but_its_owner_reads_the_journal(cut_off: Path) -> None:
    (path,) = (cut_off / ".syncer" / "journal").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (cut_off / ".syncer" / ".gitignore").read_text() == "*\n"


async def test_nothing_to_recover(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo", "emulator:.syncer/a.sqlite", DOCUMENT)
    assert (await syncer("recover", cwd=repo)).out == "Nothing to recover.\n"
    assert (await syncer("apply", "--yes", cwd=repo)).code == 0
    done = await syncer("recover", "--rollback", "--yes", cwd=repo)
    assert (done.code, done.out) == (0, "Nothing to recover.\n")


async def test_stopping_part_way_and_taking_it_back_later(running: Running, tmp_path: Path) -> None:
    from syncer.emulator import When
    from syncer.emulator.faults import Refuse

    repo = repository(tmp_path / "repo", running.url, DOCUMENT, more=INSECURE, policy=POLICY)
    running.emulator.faults.add(Refuse("no"), When(operation="create_config", nth=4))
    done = await syncer("apply", "--yes", "--unverified-wire", "--on-error", "stop", "--parallelism", "1", cwd=repo)
    assert done.code == 6
    assert "refused: create_config was refused: no; what was applied stays so" in done.err
    assert len(names(running)) == 4
    kept = await syncer("journal", "prune", "--keep", "0", cwd=repo)
    assert kept.code == 0
    settings = repo / "syncer.yaml"
    here = settings.read_text()
    settings.write_text(here.replace("127.0.0.1", "localhost"))
    elsewhere = await recover(repo, "--rollback", "--yes")
    assert elsewhere.code == 1
    assert "name the right server with --server" in elsewhere.err
    settings.write_text(here)
    done = await recover(repo, "--rollback", "--yes")
    assert done.code == 0, done.err
    assert names(running) == ["time 00"]


async def test_on_where_nothing_was_done(cut_off: Path, running: Running) -> None:
    """Who says --resume means all that was planned, also where no write took effect or none was begun."""
    for number, one in enumerate(running.emulator.store.configs(1)):
        if number:
            running.emulator.store.delete_config(one.id)
    first_id = running.emulator.store.configs(1)[0].id
    running.emulator.store.replace_config(first_id, {"type": "NTP", "desc": "time 00", "ntp1": "old"})
    assert (await recover(cut_off, "--resume", "--yes")).code == 0
    assert sorted(names(running)) == [f"time {n:02}" for n in range(COUNT)]
    assert first(running) == "ptb"
