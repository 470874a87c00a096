"""What lands elsewhere, arrives late or is a stranger's: found, told, and deleted only if it is the self-test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator.exchange import Answer, Call, Ending, Handler
from syncer.emulator.faults import Action, NoEffect, OtherEffect, When
from syncer.emulator.service import Service
from syncer.errors import SyncerError
from syncer.model.selftest import Passed, SelfTest
from syncer.render.selftest import render_intent, render_selftest
from syncer.wire.profile import Recognised
from syncer.workflow.verifying import Trial
from tests.selftest.rig import OTHER, PLAIN, PROFILES, Rig, kept, misspelt, open_rig, state

RIGHT = PROFILES["conventional"]
STALE = "syncer-verify-0123abcd"


async def done(rig: Rig, trial: Trial = PLAIN) -> SelfTest:
    """A self-test that told the truth."""
    test = await rig.told(trial)
    assert isinstance(test, SelfTest), test
    return test


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A write has its effect in another domain, and for every device of it, as a wrong profile might make it."""

    domain_id: int = 2

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        assert call.write
        variables: dict[str, Any] = {**call.write.variables, "domain_id": self.domain_id}
        if "config" in variables and isinstance(variables["config"], dict):
            variables["config"] = {**variables["config"], "categories": []}
        return handle(replace(call, write=Recognised(call.write.operation, variables)))


@pytest.mark.parametrize("operation, kind", [("create_category", "category"), ("create_config", "config")])
async def test_what_lands_in_a_domain_that_nobody_watches_is_deleted_there(
    operation: str, kind: str, tmp_path: Path
) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(Elsewhere(), operation, 1)
        test = await done(rig)
        assert test.exit_code == 5
        assert test.failed
        assert test.failed.operation == operation
        assert f"it is in another domain: {kind}[{OTHER}/" in test.failed.found
        assert [step.what for step in test.steps if step.what.startswith(f"cleaned up: {kind}[{OTHER}/")]


@dataclass(frozen=True, slots=True)
class AlsoDoes:
    """Something besides what was asked for."""

    besides: Callable[[], object]

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        self.besides()
        return handle(call)


async def test_damage_in_a_domain_that_nobody_watches_is_told(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(AlsoDoes(lambda: rig.store.delete_config(4)), "delete_config", 1)
        test = await done(rig)
        assert test.exit_code == 6
        assert [(one.address.shown, one.how) for one in test.damages] == [(f"config[{OTHER}/NTP/time]", "it is gone")]
        assert test.failed
        assert test.failed.operation == "delete_config"
        assert [operation for _, operation in rig.faults.seen].count("delete_config") == 1


async def test_damage_is_seen_where_the_write_itself_failed_too(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(NoEffect(), "update_config", 1)
        rig.fault(AlsoDoes(lambda: rig.store.delete_category(3)), "update_config", 1)
        test = await done(rig)
        assert [one.address.shown for one in test.damages] == [f"category[{OTHER}/Phones]"]


@pytest.mark.parametrize(
    "harm, how",
    [
        (lambda store: store.delete_device(1), "it is gone"),
        (lambda store: store.move_device(1, 2), "it is in another domain"),
        (lambda store: store.update_device(1, {"hwId": "009033000001", "name": "Bob"}), "name: Ann -> Bob"),
    ],
)
async def test_devices_are_compared_too(harm: Callable[[Any], object], how: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(AlsoDoes(lambda: harm(rig.store)), "delete_config", 1)
        test = await done(rig)
        assert test.exit_code == 6
        assert [(one.shown, one.how) for one in test.damages] == [("device[example.com/Ann] (id 1)", how)]
        assert kept(rig, test)["devices"] == [{"id": 1, "hwId": "009033000001", "name": "Ann", "domainId": 1}]
        assert "CHANGED  device[example.com/Ann] (id 1), which is not ours: " in render_selftest(test)


async def test_ids_of_devices_matter_where_words_do_not_tell(tmp_path: Path) -> None:
    """`DeleteDevice` with a config's id might delete a phone."""

    def wordless(operations: dict[str, Any]) -> None:
        operations["delete_config"]["request"]["mt"] = "DeleteDevice"

    async with open_rig(tmp_path, misspelt(wordless)) as rig:
        for number in range(2, 60):
            rig.store.add_device(1, {"hwId": f"0090330{number:05}"})
        test = await done(rig)
        assert test.exit_code == 6
        assert test.failed
        assert "are all ids of somebody else's objects of another kind" in test.failed.found
        assert "its id is also that of a device, which delete_config might hit" in test.leftovers[0].why


@dataclass(slots=True)
class GoesAway:
    """The server does not answer any more once a listing was read after the write."""

    operation: str
    last: str
    state: str = "there"

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if self.state == "away":
            return Answer(ending=Ending.CLOSE)
        if call.write and call.write.operation == self.operation:
            self.state = "written"
        elif self.state == "written" and call.mt == self.last:
            self.state = "away"
        return handle(call)


@pytest.mark.parametrize(
    "operation, last, fault, named",
    [
        (
            "create_config",
            "GetDeviceConfig",
            OtherEffect("categories", []),
            {("config", True), ("category", True)},
        ),
        ("create_category", "GetDeviceConfigs", OtherEffect("name", "x"), {("category", False)}),
    ],
)
async def test_what_came_out_otherwise_is_named_where_nothing_can_be_read_any_more(
    operation: str, last: str, fault: Action, named: set[tuple[str, bool]], tmp_path: Path
) -> None:
    async with open_rig(tmp_path) as rig:
        rig.reconnect_for = 0.2
        rig.faults.add(GoesAway(operation, last), When())
        rig.fault(fault, operation, 1)
        test = await done(rig)
        assert test.exit_code == 6
        assert test.unread
        assert {(str(one.address.kind), one.sure) for one in test.leftovers} == named
        assert "; whether everything is as it was could not be read: " in " ".join(render_selftest(test).split())
        assert "the server is as it was" not in render_selftest(test)


@dataclass(slots=True)
class Queue:
    """Says ok at once, and does it later."""

    waiting: list[tuple[Handler, Call]] = field(default_factory=list)

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        assert call.write
        self.waiting.append((handle, call))
        told = service.profile.reply(call.write.operation, id=77, error=None, src=call.message.get("src"))
        return Answer(frames=() if told is None else (told,))

    def run(self) -> None:
        """Later."""
        while self.waiting:
            handle, call = self.waiting.pop()
            handle(call)


async def test_what_was_answered_and_never_seen_may_still_come(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        queue = Queue()
        rig.fault(queue, "create_config", 1)
        test = await done(rig)
        assert test.exit_code == 5
        assert test.may_come == f"config[example.com/EXPERT/{test.intent.tag} empty 1]"
        assert "still arrive, `syncer wire verify --clean` deletes it." in " ".join(render_selftest(test).split())


@dataclass(slots=True)
class Runs:
    """The queue is worked off before the nth listing after something was cleaned up."""

    queue: Queue
    nth: int
    is_counting: bool = False

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        self.nth -= self.is_counting
        if self.nth == 0:
            self.queue.run()
        return handle(call)


@pytest.mark.parametrize("nth, left", [(1, []), (2, ["it came while the rest was cleaned up"])])
async def test_what_comes_while_the_rest_is_cleaned_up_is_deleted_or_named(
    nth: int, left: list[str], tmp_path: Path
) -> None:
    async with open_rig(tmp_path) as rig:
        runs = Runs(Queue(), nth)
        rig.fault(runs.queue, "create_category", 2)
        rig.faults.add(runs, When(mt="GetDomains"))

        def passed(step: Passed) -> None:
            runs.is_counting = runs.is_counting or step.what.startswith("cleaned up: ")

        rig.on_passed = passed
        test = await done(rig)
        assert test.may_come == ""
        assert [one.why for one in test.leftovers] == left
        assert test.exit_code == (6 if left else 5)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A create is not done, and told with the id of something that a colleague made at that moment."""

    make: Callable[[], int]

    def __call__(self, call: Call, _: Handler, service: Service, /) -> Answer:
        assert call.write
        told = service.profile.reply(call.write.operation, id=self.make(), error=None, src=call.message.get("src"))
        return Answer(frames=() if told is None else (told,))


@pytest.mark.parametrize(
    "operation, make",
    [
        ("create_config", lambda store: store.add_config(1, {"type": "NTP", "desc": "theirs", "ntp1": "x"}, [1])),
        ("create_config", lambda store: store.add_config(1, {"type": "EXPERT", "desc": "theirs"}, [1])),
        ("create_category", lambda store: store.add_category(1, "Theirs", True, {})),
    ],
)
async def test_an_id_that_was_told_does_not_make_it_ours(
    operation: str, make: Callable[[Any], int], tmp_path: Path
) -> None:
    async with open_rig(tmp_path) as rig:
        before = state(rig.store)
        rig.fault(Colleague(lambda: make(rig.store)), operation, 1)
        test = await done(rig)
        assert test.exit_code == 6
        assert [one.sure for one in test.leftovers] == [False]
        assert test.leftovers[0].why.startswith("a reply told its id, but nothing else of it is ours")
        assert len(state(rig.store)) == len(before) + 1
        assert "--clean" not in render_selftest(test)


async def test_an_id_that_was_told_for_such_a_config_is_ours_though_its_name_is_not(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(OtherEffect("desc", "x"), "create_config", 1)
        test = await done(rig)
        assert (test.exit_code, test.leftovers) == (5, ())


async def test_many_strangers_cost_little_and_are_told_in_short(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        made: list[int] = []

        def apply(_: object) -> None:
            texts = [f"theirs {number}" for number in range(0 if made else 100)]
            made.extend(rig.store.add_config(1, {"type": "NTP", "desc": text}, [1]) for text in texts)

        rig.on_passed = lambda step: apply(step) if step.operation == "update_category" else None
        test = await done(rig)
        assert test.exit_code == 6
        assert len(test.leftovers) == 100
        assert len([mt for mt, _ in rig.faults.seen if mt == "GetDomains"]) < 60
        shown = render_selftest(test)
        assert shown.count("NEW      config[") == 20
        assert "… and 80 more" in shown
        assert "LEFT" not in shown
        assert "--clean" not in shown


async def test_the_advice_names_the_domain(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(NoEffect(), "create_config", 1)
        test = await done(rig, Trial(domain=OTHER))
        assert f"`syncer wire verify --clean --domain {OTHER}` deletes it." in " ".join(render_selftest(test).split())


async def test_what_an_earlier_one_left_is_named_in_every_domain_and_deleted_where_it_was_asked_for(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path) as rig:
        left = rig.store.add_category(2, STALE, True, {})
        assert (await rig.verify(Trial(clean=True))).exit_code == 0
        assert rig.store.category(left) is not None
        told = f"(id {left}), of an earlier self-test; --clean --domain {OTHER} deletes it"
        assert told in " ".join(render_intent(rig.intents[0]).split())
        assert (await rig.verify(Trial(domain=OTHER, clean=True))).exit_code == 0
        assert "it is deleted at the end" in " ".join(render_intent(rig.intents[1]).split())
        assert rig.store.category(left) is None


async def test_what_got_another_name_while_the_question_waited_is_kept(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        stale = rig.store.add_category(1, STALE, True, {})
        rig.on_asked = lambda: rig.store.replace_category(stale, {"name": "Kept by Ann", "config": True})
        test = await rig.verify(Trial(clean=True))
        assert [one.id for one in rig.intents[0].stale] == [stale]
        assert test.exit_code == 0
        assert rig.store.category(stale) is not None


def edit(rig: Rig) -> None:
    """The profile in the middle of everything."""
    rig.profile.write_text(RIGHT.replace("60000", "50000"))


async def test_a_profile_that_changes_while_it_is_read_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.workflow import verifying

    async with open_rig(tmp_path) as rig:
        monkeypatch.setattr(verifying, "refuse_unfinished", lambda _: edit(rig))
        with pytest.raises(SyncerError, match="was changed meanwhile; run it again; nothing was written"):
            await rig.verify()
        assert {operation for _, operation in rig.faults.seen} <= {None}
