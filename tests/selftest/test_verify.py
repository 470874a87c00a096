"""The self-test against a service that does what it should, and against what else it may meet there."""

import asyncio
import json
from pathlib import Path

import pytest

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from syncer.errors import Declined, Locked, MissingRight, SyncerError
from syncer.files.receipts import read_receipts
from syncer.model.selftest import Passed, SelfTest
from syncer.wire.profile import load as load_profile
from syncer.workflow import open_repository
from syncer.workflow.connecting import profile_of
from syncer.workflow.locking import locked
from syncer.workflow.proofs import proven
from syncer.workflow.verifying import Trial
from tests.selftest.rig import HOME, OTHER, PLAIN, PROFILES, Rig, context_of, kept, misspelt, open_rig, state

EVERYTHING = {f"{action}_{kind}" for action in ("create", "update", "delete") for kind in ("category", "config")}
DOMAINS = {"create_domain", "update_domain", "delete_domain"}


def proofs(rig: Rig) -> frozenset[str] | None:
    """What apply takes for proven."""
    repository = open_repository(context_of(rig))
    return proven(repository, profile_of(repository.server))


async def done(rig: Rig, trial: Trial = PLAIN) -> SelfTest:
    """A self-test that told the truth."""
    test = await rig.told(trial)
    assert isinstance(test, SelfTest), test
    return test


@pytest.mark.parametrize("name", PROFILES)
async def test_a_right_profile_is_proven_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    has_domains = "create_domain" in load_profile(PROFILES[name], name).operations
    async with open_rig(tmp_path, PROFILES[name]) as rig:
        test = await done(rig, Trial(domains=has_domains))
        assert test.failed is None
        assert test.exit_code == 0
        operations = set(load_profile(PROFILES[name], name).operations)
        assert proofs(rig) == test.proven == operations
        assert test.proven >= EVERYTHING
        assert not rig.warnings


async def test_without_domains_they_are_not_touched(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        test = await done(rig)
        assert test.exit_code == 0
        assert test.proven == EVERYTHING | {"send_value"}
        assert test.unproven == dict.fromkeys(DOMAINS, "not tried without --domains")
        assert not DOMAINS & {operation for _, operation in rig.faults.seen if operation}


async def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        test = await done(rig)
        assert '"geheim"' not in repr(test)
        assert "Secret(" not in repr(test)
        for plain in (f'{test.intent.tag} "{turn}" ä€😀' for turn in (1, 2)):
            assert not [text for text in rig.faults.texts if json.dumps(plain)[1:-1] in text or plain in text]


async def test_the_receipt_is_put_beside_those_of_other_servers(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        path = rig.repo / "wire" / "conventional.verified.json"
        other = {"profile": "x", "date": "2025-01-01T00:00:00+00:00", "operations": ["delete_config"]}
        path.write_text(json.dumps({"format": "syncer-receipt/1", "servers": {"wss://other/a/b": other}}))
        await done(rig)
        assert set(read_receipts(path)) == {"wss://other/a/b", rig.running.url}
        assert read_receipts(path)[rig.running.url].date == "2026-01-01T00:00:00+00:00"


async def test_what_is_read_back_is_measured_and_written_into_the_file(tmp_path: Path) -> None:
    text = PROFILES["conventional"] + "\n# a comment at the end\n"
    async with open_rig(tmp_path, text) as rig:
        rig.faults.add(ReadsBack())
        test = await done(rig)
        assert test.exit_code == 0, test.failed
        assert test.measured is not None
        assert test.measured.unset == {"MEDIA": {"rtpFirst": 16384, "tosRtp": "0x00"}, "PHONE": {"gkId": "-"}}
        assert test.measured.write_only == {"turnPassword"}
        written = rig.profile.read_text()
        assert "# a comment at the end" in written
        profile = load_profile(written, "p.yaml")
        assert profile.reads_back_unset == test.measured.unset
        assert profile.write_only == {"turnPassword"}
        assert proofs(rig) == test.proven
        again = await done(rig)
        assert (again.exit_code, again.measured, again.completed) == (0, None, "")


class ReadsBack:
    """A service that gives values for what is not set, and keeps a secret."""

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        if call.mt == "GetDeviceConfig":
            for frame in answer.frames:
                if isinstance(frame, dict) and isinstance(config := frame.get("config"), dict):
                    _reads_back(config)
        return answer


def _reads_back(config: dict[str, object]) -> None:
    if config.get("type") == "MEDIA":
        config["rtpFirst"] = config.get("rtpFirst") or 16384
        config["tosRtp"] = config.get("tosRtp") or "0x00"
        config.pop("turnPassword", None)
    if config.get("type") == "PHONE":
        config["gkId"] = config.get("gkId") or "-"


async def test_what_a_built_in_profile_lacks_is_told(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        settings = rig.repo / "syncer.yaml"
        settings.write_text(settings.read_text().replace("wire/p.yaml", "conventional"))
        assert (await done(rig)).receipt == "wire/conventional.verified.json"
        rig.faults.add(ReadsBack())
        (rig.repo / "wire" / "conventional.verified.json").unlink()
        test = await done(rig)
        assert test.exit_code == 1
        assert "copy it to a file such as wire/production.yaml" in test.refused
        assert not list(rig.repo.glob("wire/*.json"))


async def test_in_another_domain(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        test = await done(rig, Trial(domain=OTHER))
        assert test.exit_code == 0
        created = [text for text in rig.faults.texts if '"mt":"AddDeviceConfig"' in text]
        assert created
        assert all('"domainId":2' in text for text in created)


async def test_another_domain_needs_a_profile_that_can_say_it(tmp_path: Path) -> None:
    def nowhere(operations: dict[str, dict[str, dict[str, object]]]) -> None:
        del operations["create_config"]["request"]["domainId"]

    async with open_rig(tmp_path, misspelt(nowhere)) as rig:
        with pytest.raises(SyncerError, match="create_config of the wire profile conventional names no domain"):
            await rig.verify(Trial(domain=OTHER))
        assert rig.faults.seen == []
        assert (await done(rig)).exit_code == 0


@pytest.mark.parametrize("operation", ["create_category", "delete_category", "create_config", "delete_config"])
async def test_what_cannot_be_taken_away_is_not_made(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, misspelt(lambda operations: operations.pop(operation))) as rig:
        with pytest.raises(SyncerError, match=f"has no {operation}, without which nothing is tried"):
            await rig.verify()
        assert rig.faults.seen == []


@pytest.mark.parametrize("operation", ["update_category", "update_config", "send_value"])
async def test_what_the_profile_has_no_words_for_is_left_out(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, misspelt(lambda operations: operations.pop(operation))) as rig:
        test = await done(rig)
        assert test.exit_code == 0
        assert test.unproven[operation] == "the wire profile has no words for it"
        assert proofs(rig) == frozenset(EVERYTHING | {"send_value"}) - {operation}


async def test_rights(tmp_path: Path) -> None:
    """The login of a customer's domain sees only that."""
    async with open_rig(tmp_path) as rig:
        rig.as_customer()
        with pytest.raises(MissingRight, match="the login may not create domains, as --domains asks for"):
            await rig.verify(Trial(domains=True))
        with pytest.raises(MissingRight, match=r"the login does not see the domain example\.com"):
            await rig.verify(Trial(domain=HOME))
        test = await done(rig)
        assert (test.exit_code, test.intent.domain) == (0, OTHER)


async def test_a_category_that_gets_devices_is_left(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.on_passed = lambda step: _add_device(rig) if step.operation == "update_config" else None
        test = await rig.verify()
        assert test.exit_code == 6
        assert test.failed
        assert "GetDevices names 1 device in category[" in test.failed.found
        assert [one.why for one in test.leftovers] == ["devices are in it, which would lose it"]


def _add_device(rig: Rig) -> None:
    mine = [one.id for one in rig.store.categories(1) if one.name.startswith("syncer-verify-")]
    if len(rig.store.devices(1)) == 1:
        rig.store.add_device(1, {"hwId": "009033000002"}, mine[:1])


async def test_devices_in_the_category_before_it_exists_end_it(tmp_path: Path) -> None:
    """A service that does not filter by category names all devices."""

    class NoFilter:
        def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
            message = {key: value for key, value in call.message.items() if key != "categories"}
            return handle(service.call(call.session, message)) if call.mt == "GetDevices" else handle(call)

    async with open_rig(tmp_path) as rig:
        rig.faults.add(NoFilter())
        test = await done(rig)
        assert (test.exit_code, test.wrote) == (1, False)
        assert test.failed
        assert test.failed.found.startswith("GetDevices names 1 device in category[example.com/syncer-verify-")


async def test_somebody_else_at_work_is_told_and_left_alone(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:

        def meddle(step: Passed) -> None:
            if step.operation == "update_category" and not rig.store.category(99):
                rig.store.replace_category(1, {"name": "Telephones", "config": True})

        rig.on_passed = meddle
        before = state(rig.store)
        test = await rig.verify()
        assert test.exit_code == 6
        assert [one.how for one in test.damages] == ["name: Phones -> Telephones"]
        assert kept(rig, test)["objects"][0]["address"] == "category[example.com/Phones]"
        assert set(state(rig.store)) == set(before)


async def test_what_another_made_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        made: list[int] = []
        rig.on_passed = lambda step: (
            made.append(rig.store.add_config(1, {"type": "NTP", "desc": "theirs"}, [1]))
            if step.operation == "update_category" and not made
            else None
        )
        test = await done(rig)
        assert test.exit_code == 6
        assert [(one.id, one.sure) for one in test.leftovers] == [(made[0], False)]
        assert rig.store.config(made[0]) is not None


async def test_leftovers_are_named_and_deleted_where_asked(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        tag = "syncer-verify-0123abcd"
        category = rig.store.add_category(1, tag, True, {})
        config = rig.store.add_config(1, {"type": "EXPERT", "desc": f"{tag} empty 1"}, [category])
        kept = rig.store.add_category(1, "syncer-verify-by-hand", True, {})
        assert (await done(rig)).exit_code == 0
        assert {one.id for one in rig.intents[-1].stale} == {category, config}
        assert not rig.intents[-1].cleans
        test = await rig.verify(Trial(clean=True))
        assert rig.intents[-1].cleans
        assert test.exit_code == 0
        assert rig.store.category(category) is rig.store.config(config) is None
        assert rig.store.category(kept) is not None


async def test_a_leftover_with_devices_stays(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        category = rig.store.add_category(1, "syncer-verify-0123abcd", True, {})
        rig.store.add_device(1, {"hwId": "009033000002"}, [category])
        test = await done(rig, Trial(clean=True))
        assert test.exit_code == 6
        assert test.leftovers[0].why == "devices are in it, which would lose it"
        assert rig.store.category(category) is not None


async def test_cut_off_in_the_middle_it_tells_what_may_be_left(tmp_path: Path) -> None:
    """As by a second Ctrl-C; and the next one takes it away."""
    async with open_rig(tmp_path) as rig:
        before = state(rig.store)
        task = asyncio.create_task(rig.verify())

        def cancel(step: Passed) -> None:
            if step.operation == "create_config":
                task.cancel()

        rig.on_passed = cancel
        with pytest.raises(asyncio.CancelledError):
            await task
        tag = rig.intents[0].tag
        what = f"what begins with {tag} may be left on the server; `syncer wire verify --clean` deletes it"
        assert rig.warnings == [what]
        rig.on_passed = lambda _: None
        assert (await rig.verify(Trial(clean=True))).exit_code == 0
        assert state(rig.store) == before


async def test_nobody_agrees(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        before = state(rig.store)
        with pytest.raises(Declined, match="nothing was written"):
            await rig.verify(agrees=False)
        assert state(rig.store) == before


async def test_one_at_a_time(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        repository = open_repository(context_of(rig))
        with (
            locked(context_of(rig), repository, "apply"),
            pytest.raises(Locked, match="another syncer apply is at work"),
        ):
            await rig.verify()
        assert rig.faults.seen == []
