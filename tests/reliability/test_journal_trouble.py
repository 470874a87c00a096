"""A journal that cannot be kept, and other people at the same time: nothing is written without the one, nor over the
others."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer import workflow
from syncer.cli import writing
from syncer.emulator import Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.errors import StalePlan
from syncer.model.plan import Report, Result
from tests.reliability import installation
from tests.reliability.harness import Silence, quick
from tests.reliability.installation import DELETES
from tests.reliability.scenario import Contents, contents
from tests.reliability.served import Served
from tests.reliability.zygote import Child, Done, Zygote

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and stopped as POSIX has it")

APPLY = ("apply", "--yes", "--unverified-wire", "--confirm-deletes", str(DELETES), "--parallelism", "1")
RECOVER = ("recover", "--rollback", "--yes", "--unverified-wire")
PHONES = ("config", "example.com", "PHONE", "HQ phones")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """One for all."""
    with Zygote() as started:
        yield started


@pytest.fixture
def served() -> Iterator[Served]:
    """The installation."""
    with Served(installation.PROFILE, installation.fill) as started:
        yield started


@pytest.fixture
def root(served: Served, tmp_path: Path) -> Path:
    """Its repository."""
    installation.write(tmp_path / "repository", served.url)
    return tmp_path / "repository"


@pytest.fixture(scope="module")
def whole(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], Contents]:
    """The lines of the journal of an apply that nothing disturbs, and what it makes of the installation."""
    root = tmp_path_factory.mktemp("whole") / "repository"
    with Served(installation.PROFILE, installation.fill) as served:
        installation.write(root, served.url)
        done = zygote.run(*APPLY, "-C", str(root), environ=installation.environ())
        assert done.code == 0, done.err
        found = served.on(contents)
    (path,) = installation.journals(root)
    return path.read_bytes().splitlines(keepends=True), found


def syncer(zygote: Zygote, root: Path, *args: str, largest: int | None = None) -> Done:
    """A command to its end."""
    return zygote.run(*args, "-C", str(root), environ=installation.environ(), largest=largest)


def ends(lines: list[bytes], entry: str) -> list[int]:
    """Where the lines of one kind end, in bytes from the beginning."""
    sizes = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    return [size for size, line in zip(sizes, lines, strict=True) if json.loads(line)["entry"] == entry]


@pytest.mark.parametrize("where", ["opened", "before"])
@pytest.mark.parametrize("missing", [1, 300])
def test_a_full_disk_before_the_first_write(
    zygote: Zygote, served: Served, root: Path, whole: tuple[list[bytes], Contents], where: str, missing: int
) -> None:
    before = served.on(contents)
    done = syncer(zygote, root, *APPLY, largest=ends(whole[0], where)[-1] - missing)
    assert done.code == 1
    assert "cannot be written" in done.err
    assert "make room" in done.err
    assert served.on(contents) == before
    assert syncer(zygote, root, *APPLY).code == 0
    assert served.on(contents) == whole[1]


@pytest.mark.parametrize("number", [0, 1, 4, 9, 14, 18])
@pytest.mark.parametrize("entry", ["begun", "ended"])
def test_a_full_disk_after_the_first_write_is_rolled_back(
    zygote: Zygote, served: Served, root: Path, whole: tuple[list[bytes], Contents], entry: str, number: int
) -> None:
    before = served.on(contents)
    limit = ends(whole[0], entry)[number] - 5
    done = syncer(zygote, root, *APPLY, largest=limit)
    if (entry, number) == ("begun", 0):
        assert done.code == 1
    elif (entry, number) == ("ended", 18):
        assert done.code == 0  # only how the last write came out could not be told, and that was found out by reading
        assert served.on(contents) == whole[1]
        return
    else:
        assert done.code == 5
        assert "journal" in done.err
    assert served.on(contents) == before
    again = syncer(zygote, root, *RECOVER)
    assert again.code == 0, again.err
    assert "Nothing to recover" in again.out
    assert syncer(zygote, root, *APPLY).code == 0
    assert served.on(contents) == whole[1]


def test_a_folder_that_is_a_file(zygote: Zygote, served: Served, root: Path) -> None:
    before = served.on(contents)
    (root / ".syncer").mkdir()
    (root / ".syncer" / "journal").write_text("")
    done = syncer(zygote, root, *APPLY)
    assert done.code == 1
    assert "journal" in done.err
    assert served.on(contents) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes wherever it likes")
def test_a_folder_that_cannot_be_written(zygote: Zygote, served: Served, root: Path) -> None:
    before = served.on(contents)
    folder = root / ".syncer" / "journal"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    done = syncer(zygote, root, *APPLY)
    folder.chmod(0o700)
    assert done.code == 1
    assert "journal" in done.err
    assert served.on(contents) == before


def test_a_folder_that_is_a_link_to_nowhere(zygote: Zygote, served: Served, root: Path) -> None:
    before = served.on(contents)
    (root / ".syncer").mkdir()
    (root / ".syncer" / "journal").symlink_to(root / "nowhere")
    done = syncer(zygote, root, *APPLY)
    assert done.code == 1
    assert served.on(contents) == before


def test_a_folder_that_is_a_link_is_found_again(zygote: Zygote, served: Served, root: Path, tmp_path: Path) -> None:
    before = served.on(contents)
    (tmp_path / "elsewhere").mkdir()
    (root / ".syncer").mkdir()
    (root / ".syncer" / "journal").symlink_to(tmp_path / "elsewhere")
    child = start(zygote, root)
    served.faults.watch = at_write(5, child.kill)
    assert child.wait().killed
    served.settle()
    assert syncer(zygote, root, *APPLY).code == 1
    done = syncer(zygote, root, *RECOVER, "--confirm-deletes", "3")
    assert done.code == 0, done.err
    assert served.on(contents) == before


def test_a_folder_that_vanishes_meanwhile(
    zygote: Zygote, served: Served, root: Path, whole: tuple[list[bytes], Contents]
) -> None:
    served.faults.watch = at_write(3, lambda: shutil.rmtree(root / ".syncer" / "journal"))
    assert syncer(zygote, root, *APPLY).code == 0
    assert served.on(contents) == whole[1]


def start(zygote: Zygote, root: Path) -> Child:
    """An apply under way."""
    return zygote.start(*APPLY, "-C", str(root), environ=installation.environ())


def at_write(number: int, do: Callable[[], object], *, handled: bool = False) -> Callable[[Call, Handler], Answer]:
    """Something is done when that write comes, counted from 0; pieces of values do not count."""
    left = [number]

    def watch(call: Call, handle: Handler) -> Answer:
        is_write = call.write is not None and call.write.operation != "send_value"
        left[0] -= is_write
        if not is_write or left[0] != -1:
            return handle(call)
        answer = handle(call) if handled else None
        do()
        return answer or handle(call)

    return watch


def stopped_at(served: Served, child: Child, number: int, *, handled: bool = False) -> None:
    """Returns once the process stands still, at that write."""
    stands: list[bool] = []

    def stop() -> None:
        child.send(signal.SIGSTOP)
        stands.append(True)

    served.faults.watch = at_write(number, stop, handled=handled)
    until = time.monotonic() + 30
    while not stands:
        assert time.monotonic() < until
        time.sleep(0.005)
    served.faults.watch = lambda call, handle: handle(call)


def test_two_applies_at_once(zygote: Zygote, served: Served, root: Path, whole: tuple[list[bytes], Contents]) -> None:
    first = start(zygote, root)
    stopped_at(served, first, 2)
    second = syncer(zygote, root, *APPLY)
    third = syncer(zygote, root, *RECOVER)
    first.send(signal.SIGCONT)
    assert (second.code, third.code) == (1, 1)
    assert f"process {first.pid}" in second.err
    assert f"process {first.pid}" in third.err
    assert first.wait().code == 0
    assert served.on(contents) == whole[1]


def test_many_applies_at_once_make_one(
    zygote: Zygote, served: Served, root: Path, whole: tuple[list[bytes], Contents]
) -> None:
    children = [start(zygote, root) for _ in range(4)]
    codes = sorted(child.wait().code for child in children)
    assert codes.count(0) >= 1
    assert set(codes) <= {0, 1, 4}  # whoever came late had nothing to do, and confirmed a number of deletes for it
    assert served.on(contents) == whole[1]


def other_repository(served: Served, folder: Path) -> Path:
    """Another one for the same server, which means another gatekeeper."""
    installation.write(folder, served.url)
    for path in (folder / "domains").iterdir():
        path.unlink()
    settings = folder / "syncer.yaml"
    settings.write_text(settings.read_text("utf-8").replace("prune: [config]", "prune: []"), "utf-8")
    config = "{type: PHONE, desc: HQ phones, categories: [HQ], gk1: 172.16.0.77}"
    (folder / "domains" / "one.yaml").write_text(f"domain: example.com\nconfigs: [{config}]\n")
    return folder


def gatekeeper(served: Served) -> str:
    """As it is live."""
    ((fields, _),) = served.on(contents)[PHONES]
    return str(fields["gk1"])


@pytest.mark.parametrize("number", [1, 3])
def test_another_repository_is_first(zygote: Zygote, served: Served, root: Path, tmp_path: Path, number: int) -> None:
    """It writes between plan and write: nothing of it is written over, and what was done before is taken back."""
    before = served.on(contents)
    other = other_repository(served, tmp_path / "other")
    first = start(zygote, root)
    stopped_at(served, first, number)
    second = syncer(zygote, other, *APPLY)
    first.send(signal.SIGCONT)
    done = first.wait()
    assert second.code == 0, second.err
    assert done.code == 5, done.err
    assert "gk1: 172.16.0.1 -> 172.16.0.77" in done.out + done.err
    assert gatekeeper(served) == "172.16.0.77"
    after = served.on(contents)
    assert {**after, PHONES: before[PHONES]} == before


def test_another_repository_changes_what_was_just_written(
    zygote: Zygote, served: Served, root: Path, tmp_path: Path
) -> None:
    """Before it was read back: nobody can tell that from a service which keeps another value, so both are named."""
    before = served.on(contents)
    other = other_repository(served, tmp_path / "other")
    number = written_at(zygote, tmp_path, "172.16.0.2")
    first = start(zygote, root)
    stopped_at(served, first, number, handled=True)
    second = syncer(zygote, other, *APPLY)
    first.send(signal.SIGCONT)
    done = first.wait()
    assert second.code == 0, second.err
    assert done.code == 5, done.err
    assert "gk1 is 172.16.0.77 instead of 172.16.0.2" in done.err
    assert served.on(contents) == before


def test_another_repository_changes_what_was_read_back(
    zygote: Zygote, served: Served, root: Path, tmp_path: Path
) -> None:
    """What is known to be another's is left alone by the rollback, and both values are named."""
    other = other_repository(served, tmp_path / "other")
    number = written_at(zygote, tmp_path, "172.16.0.2")
    first = start(zygote, root)
    stopped_at(served, first, number + 2)
    second = syncer(zygote, other, *APPLY)
    first.send(signal.SIGINT)  # it is rolled back once it goes on
    first.send(signal.SIGCONT)
    done = first.wait()
    assert second.code == 0, second.err
    assert done.code == 130, done.err
    assert "gk1: 172.16.0.2 -> 172.16.0.77" in done.out
    assert gatekeeper(served) == "172.16.0.77"


def written_at(zygote: Zygote, tmp_path: Path, value: str) -> int:
    """Which write of the apply has that value, counted from 0."""
    writes: list[str] = []

    def watch(call: Call, handle: Handler) -> Answer:
        if call.write is not None and call.write.operation != "send_value":
            writes.append(json.dumps(call.message))
        return handle(call)

    with Served(installation.PROFILE, installation.fill) as served:
        installation.write(tmp_path / "counted", served.url)
        served.faults.watch = watch
        assert syncer(zygote, tmp_path / "counted", *APPLY).code == 0
    return next(number for number, write in enumerate(writes) if value in write)


def applied(root: Path, agree: Callable[[], None]) -> Report:
    """In this process, with somebody who does something while the plan is shown."""

    def agreed(_: object) -> bool:
        agree()
        return True

    context = workflow.Context(
        start=root,
        upwards=False,
        server=None,
        environ=installation.environ(),
        now=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
        clock=time.monotonic,
        progress=Silence(),
        warn=lambda _: None,
    )
    wishes = workflow.Wishes(workflow.Confirmed(deletes=DELETES, unverified_wire=True))
    with quick():
        return asyncio.run(workflow.apply(context, None, wishes, agreed, lambda _: None))


def edit(store: Store, kind: str, desc: str, **fields: object) -> None:
    """Somebody else, on the server."""
    (found,) = (c for c in store.configs(store.instance.id) if (c.fields["type"], c.fields["desc"]) == (kind, desc))
    store.update_config(found.id, fields)


def test_a_server_that_changes_before_the_first_write(served: Served, root: Path) -> None:
    def change() -> None:
        served.on(lambda store: store.update_domain(store.instance.id, {"motto": "another"}))
        changed.append(served.on(contents))

    changed: list[Contents] = []
    with pytest.raises(StalePlan, match="motto: unknown to us -> another"):
        applied(root, change)
    assert [served.on(contents)] == changed


def test_a_server_that_changes_after_the_first_write(served: Served, root: Path) -> None:
    before = served.on(contents)
    report = applied(root, lambda: served.on(lambda store: edit(store, *PHONES[2:], gk1="172.16.0.88")))
    assert writing._exit_code(report) == 5
    reasons = [one.reason for one in report.outcomes if one.result is Result.NOT_TRIED and one.reason]
    assert any("gk1: 172.16.0.1 -> 172.16.0.88" in reason for reason in reasons)
    assert gatekeeper(served) == "172.16.0.88"
    assert {**served.on(contents), PHONES: before[PHONES]} == before
