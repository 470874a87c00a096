"""`kill -9` at random moments of real applies and recoveries: nothing lost, nothing twice, and a way back and forth."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.exchange import Ending as Hangup
from tests.reliability import installation
from tests.reliability.installation import DELETES, Age, journals, without_secrets
from tests.reliability.scenario import Contents, contents
from tests.reliability.served import Served
from tests.reliability.zygote import Done, Zygote

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and killed as POSIX has it")

CHUNKS = 12
ROUNDS = int(os.environ.get("SYNCER_TEST_CRASHES", "10"))  # of each chunk; each kills about twice
KILLS_EXPECTED = 1.0  # a round, at least; on the average it is nearly 2
RECOVERIES = 6  # more than that many tries are not needed by anybody
YES = ("--yes", "--unverified-wire")
READING = 23  # messages before the first write of the apply
APPLYING = (READING, 113)  # messages between which it writes
RECOVERING = (14, 45)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """One for all: what costs is its start."""
    with Zygote() as started:
        yield started


@dataclass
class Killer:
    """Kills a process at a message that it sent, counted from now, or some time after it began."""

    chance: random.Random
    pid: int | None = None
    how: str = "lost"
    left: int = -1
    told: list[str] = field(default_factory=list)

    def arm(self, pid: int, between: tuple[int, int]) -> None:
        """For one process."""
        self.how = self.chance.choice(["lost", "handled", "replied"] * 3 + ["time"])
        first, last = between if self.chance.randrange(8) else (0, between[0])
        self.left = self.chance.randrange(first, last) if self.how != "time" else -1
        self.pid = pid
        self.told.append(f"{self.how} {self.left}")

    def __call__(self, call: Call, handle: Handler) -> Answer:
        """`lost`: the message does not get through; `handled`: its reply does not; `replied`: killed right after it."""
        self.left -= 1
        if self.left != -1 or self.pid is None or self.how == "time":
            return handle(call)
        if self.how == "lost":
            self.strike()
            return Answer(ending=Hangup.ABORT)
        if self.how == "handled":
            self.strike()
            return handle(call)
        answer = handle(call)
        self.strike()
        return answer

    def strike(self) -> None:
        """`kill -9`."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
        self.pid = None


@dataclass
class Round:
    """One installation, one plan, and what becomes of it."""

    zygote: Zygote
    served: Served
    root: Path
    age: Age | None
    chance: random.Random
    killer: Killer
    kills: int = 0
    story: list[str] = field(default_factory=list)

    def run(self, *args: str, between: tuple[int, int] | None = None) -> Done:
        """`syncer ARGS`, killed somewhere `between` these of its messages, or not at all."""
        child = self.zygote.start(*args, "-C", str(self.root), environ=installation.environ(self.age))
        if between:
            self.killer.arm(child.pid, between)
            if self.killer.how == "time":
                time.sleep(self.chance.uniform(0.02, 0.25))
                child.kill()
        done = child.wait()
        self.killer.pid = None
        self.served.settle()
        self.kills += done.killed
        self.story.append(f"{' '.join(args)} [{self.killer.told[-1] if between else '-'}] -> {done.code}: {done.err}")
        return done

    def contents(self) -> Contents:
        """What the service holds."""
        return self.served.on(contents)

    def lines(self) -> list[dict[str, Any]]:
        """The journal's whole lines; only its last may be torn."""
        (path,) = journals(self.root)
        assert installation.mode(path) == 0o600
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]

    def has_begun(self) -> bool:
        """Whether a write may have been sent."""
        return bool(journals(self.root)) and any(line["entry"] == "begun" for line in self.lines())

    def check_in_the_way(self) -> None:
        """Nobody applies over what is not decided yet. Without --yes: where nothing was begun, one may.

        Killed after the journal was closed, it had come to its end: there is nothing left to apply.
        """
        before = self.contents()
        done = self.run("apply", "--unverified-wire", "--confirm-deletes", str(DELETES))
        if self.has_begun() and self.lines()[-1]["entry"] == "closed":
            assert done.code == 0
            assert "No changes" in done.out
        elif self.has_begun():
            assert done.code == 1
            assert "recover" in done.err
        else:
            assert done.code in (1, 3, 4)
        assert self.contents() == before

    def recover(self, ways: list[str], kills: int) -> Done:
        """`recover` until it comes to its end; killed so often before that, each time perhaps in another way."""
        confirmed: tuple[str, ...] = ()
        for count in range(kills + RECOVERIES):
            way = ways[min(count, len(ways) - 1)]
            done = self.run("recover", way, *YES, *confirmed, between=RECOVERING if count < kills else None)
            if done.code == 4 and "--confirm-deletes " in done.err:
                number = done.err.partition("--confirm-deletes ")[2].split()[0]
                confirmed = ("--confirm-deletes", number)
            elif not done.killed:
                return done
        raise AssertionError("no end of it")


def chances(chunk: int, number: int) -> random.Random:
    """Its own for every round, so that one can be run again."""
    return random.Random(f"{os.environ.get('SYNCER_TEST_SEED', '1')}/{chunk}/{number}")


@pytest.fixture(scope="module")
def meant(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """What an apply that nobody cuts off makes of the installation."""
    root = tmp_path_factory.mktemp("meant") / "repository"
    with Served(installation.PROFILE, installation.fill) as served:
        installation.write(root, served.url)
        environ = installation.environ()
        args = ("apply", *YES, "--confirm-deletes", str(DELETES), "-C", str(root))
        done = zygote.run(*args, environ=environ)
        assert done.code == 0, done.err
        assert "could not restore" in done.out
        again = zygote.run("plan", "--detailed-exitcode", "-C", str(root), environ=environ)
        assert again.code == 0, again.out
        return served.on(contents)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_an_apply_that_is_killed_can_be_taken_back_or_completed(
    chunk: int, zygote: Zygote, meant: Contents, scratch: Path
) -> None:
    kills = 0
    for number in range(ROUNDS):
        chance = chances(chunk, number)
        kills += play(chunk, number, chance, zygote, meant, scratch / str(number))
    print(f"{kills} kills in {ROUNDS} rounds")
    assert kills >= ROUNDS * KILLS_EXPECTED


def play(chunk: int, number: int, chance: random.Random, zygote: Zygote, meant: Contents, folder: Path) -> int:
    """One round; how often it killed."""
    folder.mkdir()
    age = Age(folder) if number % 2 else None
    killer = Killer(chance)
    with Served(installation.PROFILE, installation.fill) as served:
        served.faults.watch = killer
        installation.write(folder / "repository", served.url, age)
        one = Round(zygote, served, folder / "repository", age, chance, killer)
        try:
            check(one, meant)
        except Exception as exc:  # whatever it was, its seed is told
            exc.add_note(f"round {chunk}/{number}, age: {bool(age)}\n" + "\n".join(one.story))
            raise
    return one.kills


def check(one: Round, meant: Contents) -> None:
    """Kill, look, recover, look again."""
    before = one.contents()
    args = ("apply", *YES, "--confirm-deletes", str(DELETES), "--parallelism", one.chance.choice("18"))
    done = one.run(*args, between=APPLYING)
    if not done.killed:
        assert done.code == 0
        assert one.contents() == meant
        return
    one.check_in_the_way()
    begun = one.has_begun()
    if not begun:
        assert one.contents() == before
    ways = one.chance.choices(["--rollback", "--resume"], k=4)
    done = one.recover(ways, one.chance.choice((0, 1, 2, 3, 4)))
    is_back = done_way(one.lines()) if begun else True
    check_end(one, done, before if is_back or not begun else meant, is_back=is_back)
    again = one.run("recover", "--rollback", *YES)
    assert again.code == 0
    assert "Nothing to recover" in again.out
    assert not list(installation.told_secrets(one.root, one.story))


def done_way(lines: list[dict[str, Any]]) -> bool:
    """Whether the journal says that all was taken back."""
    assert lines[-1]["entry"] == "closed"
    assert lines[-1]["ending"] in ("rolled back", "part-way", "applied")
    return bool(lines[-1]["ending"] != "applied")


def check_end(one: Round, done: Done, expected: Contents, *, is_back: bool) -> None:
    """All as before, or all as desired; but for passwords that nobody could keep, and then it is said."""
    found = one.contents()
    if one.age is None and one.has_begun() and one.lines()[-1]["ending"] == "part-way":
        if "Nothing to recover" in done.out:  # the one before was killed when it had closed the journal
            assert done.code == 0
        else:
            assert done.code == 6
            assert "cannot be restored" in done.out
        assert without_secrets(found) == without_secrets(expected)
        assert found != expected
        return
    assert done.code == 0 or (done.code == 5 and is_back)
    assert found == expected
