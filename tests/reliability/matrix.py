"""Every fault at every message of an apply, and what must hold afterwards whatever came of it."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import (
    Action,
    AfterNext,
    Close,
    Delay,
    Double,
    Drop,
    Garbage,
    Ignore,
    Misdirect,
    Moment,
    NoEffect,
    OtherEffect,
    Postpone,
    Refuse,
    Stall,
    When,
)
from syncer.emulator.service import Service
from syncer.model.plan import Result
from syncer.workflow import Way
from tests.reliability import scenario
from tests.reliability.harness import TIMEOUT, From, Message, Ran, Restart, Server, World, wire_profile
from tests.reliability.scenario import Contents, Key, Thing

Make = Callable[[Server], Action]
LATE = 1.6 * TIMEOUT  # after whoever waited for an answer gave up


@dataclass(frozen=True)
class OtherValue:
    """The write does something else than it says: another name, or another value."""

    in_name: bool

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        return self._action(call.write.operation if call.write else "")(call, handle, service)

    def _action(self, operation: str) -> Action:
        name, value = {
            "config": (("desc", "elsewhere"), ("categories", [])),
            "category": (("name", "Elsewhere"), ("config", False)),
            "domain": (("name", "elsewhere.example.net"), ("deployAdminPasswords", True)),
        }.get(operation.rpartition("_")[2], (("", ""), ("", "")))
        return OtherEffect(*(name if self.in_name else value))


@dataclass(frozen=True)
class Fault:
    """A fault by its name. `lasts`: from its message on; `of_writes`: other messages do not have it."""

    name: str
    make: Make
    lasts: bool = False
    of_writes: bool = False
    linger: float = 0.0  # seconds until all of it has happened

    def fits(self, message: Message, profile: str = "small") -> bool:
        """Whether it is another fault there than at its neighbours, and one that anybody could find out about."""
        if self.name == "done-late" and message.operation:  # without a deadline, nobody waits that long
            operation = wire_profile(profile).operation(message.operation)
            return operation is not None and operation.response is not None
        if self.name.startswith("other-"):
            return message.operation is not None and message.operation.startswith(("create_", "update_"))
        return message.operation is not None or not self.of_writes

    def put(self, world: World, nth: int) -> None:
        """Switch it on, for the message `nth` from now, counted from 1."""
        action = self.make(world.server)
        if self.lasts:
            world.faults.add(From(action, nth, self.of_writes))
        else:
            world.faults.add(action, When(nth=nth))


def _always(action: Action) -> Make:
    return lambda _: action


def _faults() -> Iterator[Fault]:
    for at in Moment:
        moment = at.name.lower()
        yield Fault(f"closed-{moment}", _always(Close(at)))
        yield Fault(f"cut-{moment}", _always(Close(at, abrupt=True)))
        yield Fault(f"stalled-{moment}", _always(Stall(at)))
        yield Fault(f"restarted-{moment}", lambda server, at=at: Restart(server, at))  # type: ignore[misc]
    yield Fault("reply-lost", _always(Drop()))
    yield Fault("request-lost", _always(Ignore()))
    yield Fault("reply-doubled", _always(Double()))
    yield Fault("reply-late", _always(Delay(LATE)))
    yield Fault("reply-reordered", _always(AfterNext()))
    yield Fault("reply-to-an-earlier-request", _always(Misdirect(-1)))
    yield Fault("reply-to-a-later-request", _always(Misdirect(1)))
    yield Fault("reply-garbled", _always(Garbage()))
    yield Fault("refused", _always(Refuse()))
    yield Fault("refused-yet-done", _always(Refuse(handled=True)))
    yield Fault("done-after-it-was-looked-for", _always(Postpone(0.7 * TIMEOUT)), of_writes=True, linger=LATE)
    yield Fault("done-late", _always(Postpone(LATE)), of_writes=True, linger=LATE)
    yield Fault("no-effect", _always(NoEffect()), of_writes=True)
    yield Fault("other-name", _always(OtherValue(in_name=True)), of_writes=True)
    yield Fault("other-value", _always(OtherValue(in_name=False)), of_writes=True)
    yield Fault("gone-for-good", lambda server: Restart(server, gone=True))
    yield Fault("gone-for-good-once-done", lambda server: Restart(server, Moment.HANDLED, gone=True))
    yield Fault("silent-for-good", _always(Ignore()), lasts=True)
    yield Fault("cut-each-time", _always(Close(Moment.HANDLED, abrupt=True)), lasts=True)
    yield Fault("writes-refused-for-good", _always(Refuse()), lasts=True, of_writes=True)
    yield Fault("no-effect-for-good", _always(NoEffect()), lasts=True, of_writes=True)
    yield Fault("replies-lost-for-good", _always(Drop()), lasts=True, of_writes=True)


FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _faults()}
BEFORE, AFTER = scenario.told(scenario.BEFORE), scenario.told(scenario.AFTER)
# what no change is about
UNTOUCHED = {
    key if (key := scenario.renamed(one)) in AFTER else one
    for one in BEFORE
    if one[0] == "device"
    or one[1] == scenario.FOREIGN
    or one[3] in ("foreign", "time", "site", "Site", "Foreign", "Lobby")
}


@dataclass(frozen=True)
class Case:
    """One apply with one fault; perhaps another in the same apply, or one in the recovery that follows."""

    fault: str
    nth: int
    parallelism: int
    profile: str = "small"
    second: tuple[str, int] | None = None
    in_recovery: tuple[str, int] | None = None


@dataclass
class Verdict:
    """What came of a case; `wrong` must stay empty, its entries begin with what they are a case of."""

    case: Case
    code: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def add(self, what: str, *details: object) -> None:
        """One thing more that is wrong."""
        self.wrong.append(" ".join([what, *map(str, details)]))


class Bench:
    """Runs cases, each from the same start; one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self.server = Server()
        self._bases: dict[str, World] = {}

    def close(self) -> None:
        """End the server's thread."""
        self.server.close()

    def undisturbed(self, parallelism: int, profile: str = "small") -> list[Message]:
        """The messages of an apply without a fault."""
        world = self._fresh(profile)
        ran = world.apply(parallelism)
        assert ran.code == 0, ran.shown
        assert world.contents() == AFTER
        assert world.plan().changes == ()
        messages = list(world.faults.seen)
        shutil.rmtree(world.folder)
        return messages

    def run(self, case: Case) -> Verdict:
        """The case, the recovery both ways, and all checks."""
        world = self._fresh(case.profile)
        try:
            return _Trial(world, case).run()
        finally:
            self.server.stop()
            for folder in world.folder.parent.glob(f"{world.folder.name}*"):
                shutil.rmtree(folder)

    def _fresh(self, profile: str) -> World:
        self._number += 1
        if profile not in self._bases:
            self._bases[profile] = World.make(self._folder / profile, self.server, profile)
        return self._bases[profile].copy(self._folder / f"world{self._number}-")


class _Trial:
    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.verdict = Verdict(case)
        self.before = world.things()
        self.strays: set[Key] = set()  # made in another place by the service, and told

    def run(self) -> Verdict:
        fault = FAULTS[self.case.fault]
        fault.put(self.world, self.case.nth)
        if self.case.second:
            other = FAULTS[self.case.second[0]]
            other.put(self.world, self.case.second[1])
            fault = max(fault, other, key=lambda one: one.linger)
        ran = self._note("apply", self.world.apply(self.case.parallelism, TIMEOUT, fault.linger))
        self.world.faults.clear()
        self.verdict.code = ran.code
        self._check_apply(ran)
        if unfinished(self.world):
            self._check_recovery(ran)
        else:
            self._check_next()
        return self.verdict

    def _note(self, what: str, ran: Ran) -> Ran:
        self.verdict.ran.append(f"{what}: {ran.shown}")
        return ran

    def _check_apply(self, ran: Ran) -> None:
        now = self.world.contents()
        self._check_harm(self.world)
        match ran.code:
            case 0:
                self._check_same("LIE exit 0, but", now, AFTER)
            case 5:
                self._check_same("LIE exit 5, but", now, BEFORE)
            case 1 | 3 | 4:
                self._check_same(f"LIE exit {ran.code}, but", now, BEFORE)
                if ran.writes:
                    self.verdict.add("LIE exit", ran.code, f"after {ran.writes} writes")
            case 6:
                self._check_told(ran)
            case _:
                self.verdict.add("CRASH exit", ran.code)

    def _check_told(self, ran: Ran) -> None:
        """Whatever is not as before is named by the report and by the journal."""
        now, begun = self.world.things(), _begun(self.world)
        named = _named(ran) if ran.report else begun
        # by names, too: what was deleted and made again has another id
        changed = set(map(scenario.renamed, differing(self.world.contents(), BEFORE)))
        for number in now.keys() | self.before.keys():
            key = (self.before.get(number) or now[number]).key
            if now.get(number) == self.before.get(number) or key not in changed:
                continue
            if "lsewhere" in str(key):
                self._check_stray(ran, key, named)
            elif key not in named:
                self.verdict.add("LIE exit 6 says nothing of", key)
            elif key not in begun:
                self.verdict.add("LIE the journal says nothing of", key)

    def _check_stray(self, ran: Ran, key: Key, named: set[Key]) -> None:
        """A service that makes something in another place does so instead of something else, which is named."""
        self.strays.add(key)
        if _address(key) not in ran.reasons and not any(one[:2] == key[:2] for one in named):
            self.verdict.add("LIE exit 6 says nothing of", key)

    def _check_harm(self, world: World) -> None:
        """Nothing is there twice; nobody else's object was touched, and no field that syncer does not know is lost."""
        for key, found in world.contents().items():
            if len(found) > 1:
                self.verdict.add("DOUBLED", key)
        now = world.things()
        for number, was in self.before.items():
            one = now.get(number)
            if was.key in UNTOUCHED and one != was:
                self.verdict.add("LOST", was.key, "is", one)
            elif one is not None and _unknown(one) != _unknown(was):
                self.verdict.add("LOST unknown fields of", was.key, _unknown(one))

    def _check_same(self, what: str, now: Contents, meant: Contents) -> None:
        for key in differing(now, meant):
            self.verdict.add(what, key, "is", str(now.get(key))[:300], "not", str(meant.get(key))[:300])

    def _check_next(self) -> None:
        """Nothing is in the way, so the next apply completes it."""
        self.verdict.counts["finished"] += 1
        if self.verdict.code != 0:
            ran = self._note("recover", self.world.recover(Way.ROLLBACK))
            if ran.code != 0 or ran.writes:
                self.verdict.add("RECOVER something to do after a journal that is closed:", ran.shown)
        self._check_settles(self.world)

    def _check_settles(self, world: World) -> None:
        ran = self._note("apply again", world.apply(self.case.parallelism))
        if ran.code != 0:
            self.verdict.add("NEXT apply:", ran.shown)
            return
        now = {key: one for key, one in world.contents().items() if key not in self.strays}
        self._check_harm(world)
        self._check_same("NEXT apply leaves", now, AFTER)
        if changes := world.plan().changes:
            self.verdict.add("NEXT plan is not empty", *changes)

    def _check_recovery(self, ran: Ran) -> None:
        self.verdict.counts["unfinished"] += 1
        if ran.code not in (6, 130):
            self.verdict.add("LIE an unfinished journal after exit", ran.code)
        refused = self._note("apply in between", self.world.apply(self.case.parallelism))
        if refused.code != 1 or "recover" not in refused.text or refused.writes:
            self.verdict.add("RECOVER not asked for:", refused.shown)
        other = self.world.copy(self.world.folder.with_name(self.world.folder.name + "resumed"))
        self._check_rollback(self.world)
        self._check_resume(other)

    def _check_rollback(self, world: World) -> None:
        if self._has_ended(world, Way.ROLLBACK, BEFORE):
            return
        ran = self._note("recover --rollback", world.recover(Way.ROLLBACK))
        now = world.contents()
        self._check_harm(world)
        if self.strays and ran.code in (0, 6):  # nobody can tell any more whose they are, and they may be in the way
            self.verdict.counts["with strays"] += 1
        else:
            if ran.code != 0:
                self.verdict.add("ROLLBACK", ran.shown)
            self._check_same("ROLLBACK leaves", now, BEFORE)
        self.verdict.counts["rolled back"] += now == BEFORE
        self._check_idle(world)
        self._check_settles(world)

    def _has_ended(self, world: World, way: Way, goal: Contents) -> bool:
        """After a recovery that is disturbed, if the case has one: whether nothing is left for the next."""
        if self.case.in_recovery is None:
            return False
        fault = FAULTS[self.case.in_recovery[0]]
        fault.put(world, self.case.in_recovery[1])
        start = world.contents()
        ran = self._note(f"disturbed recover --{way}", world.recover(way, TIMEOUT, fault.linger))
        world.faults.clear()
        self.verdict.counts[f"recover exit {ran.code}"] += 1
        self._check_harm(world)
        match ran.code:
            case 0:
                self._check_same(f"LIE recover --{way} exit 0, but", world.contents(), goal)
            case 5:
                self._check_same(f"LIE recover --{way} exit 5, but", world.contents(), BEFORE)
            case 1 | 3 | 4:
                self._check_same(f"LIE recover --{way} exit {ran.code}, but", world.contents(), start)
            case 6:
                if not unfinished(world):
                    self.verdict.add("RECOVER gave up:", ran.shown)
            case _:
                self.verdict.add("CRASH exit", ran.code)
        if unfinished(world):
            return False
        self.verdict.counts["rolled back" if way is Way.ROLLBACK else "resumed"] += ran.code in (0, 5)
        self._check_idle(world)
        self._check_settles(world)
        return True

    def _check_resume(self, world: World) -> None:
        if self._has_ended(world, Way.RESUME, AFTER):
            return
        start = world.contents()
        ran = self._note("recover --resume", world.recover(Way.RESUME))
        if ran.code == 3 and "roll back" in ran.text:  # some object is not the same any more
            self.verdict.counts["not resumed"] += 1
            self._check_same("LIE recover --resume exit 3, but", world.contents(), start)
            self._check_rollback(world)
            return
        now = world.contents()
        self._check_harm(world)
        if ran.code != 0:
            self.verdict.add("RESUME", ran.shown)
        self._check_same("RESUME leaves", {key: one for key, one in now.items() if key not in self.strays}, AFTER)
        self.verdict.counts["resumed"] += now == AFTER
        self._check_idle(world)
        self._check_settles(world)

    def _check_idle(self, world: World) -> None:
        ran = self._note("recover again", world.recover(Way.ROLLBACK))
        if ran.code != 0 or ran.writes:
            self.verdict.add("RECOVER a second time:", ran.shown)


def _named(ran: Ran) -> set[Key]:
    """What the report says may be otherwise than before."""
    as_before = {Result.NOT_TRIED, Result.UNCHANGED, Result.REFUSED, Result.ROLLED_BACK}
    outcomes = ran.report.outcomes if ran.report else ()
    found = [one.address for one in outcomes if one.result not in as_before]
    return {scenario.renamed((str(a.kind), a.domain, a.type, a.name)) for a in found}


def _begun(world: World) -> set[Key]:
    """What the journals say may have been touched."""
    found = set()
    for entries in journals(world):
        places = {entry["change"]: entry["address"] for entry in entries if entry["entry"] == "before"}
        for entry in entries:
            if entry["entry"] == "begun":
                kind, domain, config_type, name = places[entry["change"]]
                found.add(scenario.renamed((kind, domain, config_type, name)))
    return found


def _address(key: Key) -> str:
    kind, domain, config_type, name = key
    return f"{kind}[{'/'.join(part for part in (domain, config_type, name) if part)}]"


def _unknown(thing: Thing) -> dict[str, Any]:
    return {name: value for name, value in thing.fields.items() if name.startswith("x") and name != "xLevel"}


def differing(now: Contents, meant: Contents) -> list[Key]:
    """Keys of what is not the same in both."""
    return sorted(key for key in now.keys() | meant.keys() if now.get(key) != meant.get(key))


def journals(world: World) -> list[list[dict[str, Any]]]:
    """The entries of each journal, read without syncer's help; a torn last line is left out."""
    found = []
    for path in sorted(world.repo.joinpath(".syncer/journal").glob("*.jsonl")):
        *lines, _torn = path.read_text("utf-8").split("\n")
        found.append([json.loads(line) for line in lines])
    return found


def unfinished(world: World) -> bool:
    """Whether a journal tells of a write and has no ending."""
    return any(
        any(entry["entry"] == "begun" for entry in entries) and entries[-1]["entry"] != "closed"
        for entries in journals(world)
    )
