"""Profiles that are wrong in one place, against a service that speaks the right one: which operation it is, is told."""

from pathlib import Path
from typing import Any

import pytest

from syncer.emulator.faults import Refuse
from syncer.errors import SyncerError
from syncer.model.selftest import SelfTest
from syncer.workflow.verifying import Trial
from tests.selftest.rig import OTHER, PLAIN, PROFILES, Rig, kept, misspelt, open_rig

Operations = dict[str, Any]
RIGHT = PROFILES["conventional"]
EVERY = [f"{action}_{kind}" for kind in ("category", "config", "domain") for action in ("create", "update", "delete")]
DOMAINS = Trial(domains=True)
DEADLINE = 1.0  # seconds, where an answer is waited for in vain


def spelt(operation: str, part: str, **values: Any) -> str:
    """The right profile, but for some keys of a part of an operation; None: the key is not there."""

    def change(operations: Operations) -> None:
        changed = {**operations[operation][part], **values}
        operations[operation][part] = {key: value for key, value in changed.items() if value is not None}

    return misspelt(change)


async def failed(rig: Rig, trial: Trial = PLAIN) -> SelfTest:
    """A self-test that found something."""
    test = await rig.told(trial)
    assert isinstance(test, SelfTest), test
    assert test.failed is not None
    assert test.exit_code in (5, 6)
    assert not list(rig.repo.glob("wire/*.json"))
    return test


def blamed(test: SelfTest) -> str:
    assert test.failed is not None
    assert test.failed.operation in test.failed.hint
    assert test.failed.sent
    return test.failed.operation


@pytest.mark.parametrize("operation", EVERY)
async def test_a_message_that_does_not_exist(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt(operation, "request", mt="Nonsense"), RIGHT) as rig:
        rig.timeout = DEADLINE
        test = await failed(rig, DOMAINS)
        assert blamed(test) == operation
        assert test.failed
        assert "no answer to Nonsense within 1 s; " in test.failed.found
        assert operation.startswith("delete") == (test.exit_code == 6)


@pytest.mark.parametrize("operation", EVERY)
async def test_a_reply_that_does_not_come(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt(operation, "response", mt="Nonsense"), RIGHT) as rig:
        rig.timeout = DEADLINE
        test = await failed(rig, DOMAINS)
        assert blamed(test) == operation
        assert test.failed
        assert test.failed.found.endswith("; yet it was done")
        assert test.failed.hint.startswith(f"correct the response of {operation}")


@pytest.mark.parametrize("operation", [one for one in EVERY if not one.startswith("create")])
async def test_the_id_under_another_key(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt(operation, "request", id=None, ID="$id"), RIGHT) as rig:
        test = await failed(rig, DOMAINS)
        assert blamed(test) == operation
        assert test.failed
        assert f"the server refused it: {operation} was refused: no id; " in test.failed.found


@pytest.mark.parametrize("operation", [one for one in EVERY if one.startswith("create")])
async def test_the_new_id_in_another_place(operation: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt(operation, "response", id="/object/id"), RIGHT) as rig:
        test = await failed(rig, DOMAINS)
        assert blamed(test) == operation
        assert test.failed
        assert test.failed.found.startswith("the reply has no id where it should be, but ")


@pytest.mark.parametrize("operation", EVERY[:6])
async def test_errors_in_another_place(operation: str, tmp_path: Path) -> None:
    """A refusal is then taken for success, but for what is read back."""

    def elsewhere(operations: Operations) -> None:
        operations[operation]["response"]["error"] = "/result/error"

    async with open_rig(tmp_path, RIGHT, misspelt(elsewhere)) as rig:
        rig.fault(Refuse("no right"), operation, 1)
        test = await failed(rig)
        assert blamed(test) == operation
        assert test.failed
        assert test.failed.found.startswith("the server reported no error; but ")
        assert test.exit_code == 5


@pytest.mark.parametrize("operation", ["create_config", "update_config"])
async def test_categories_under_another_key_reach_every_device(operation: str, tmp_path: Path) -> None:
    """It is noticed before anything else is sent, and the config is deleted at once."""

    def apart(operations: Operations) -> None:
        request = operations[operation]["request"]
        operations[operation]["request"] = {**request, "Categories": "$categories"}

    def asked(operations: Operations) -> None:
        del operations["send_value"]

    async with open_rig(tmp_path, misspelt(apart), misspelt(asked)) as rig:
        test = await failed(rig)
        assert blamed(test) == operation
        assert test.failed
        assert "categories is [] instead of [4]; without categories it is for EVERY device of the domain" in (
            test.failed.found
        )
        assert test.exit_code == 5
        written = [operation for _, operation in rig.faults.seen if operation and operation.endswith("_config")]
        assert written == ["create_config", *(["update_config"] * (operation == "update_config")), "delete_config"]
        assert '"script":""' in next(text for text in rig.faults.texts if "AddDeviceConfig" in text)


async def test_pieces_that_nobody_takes(tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt("send_value", "request", mt="Nonsense"), RIGHT) as rig:
        test = await failed(rig)
        assert blamed(test) == "send_value"
        assert test.failed
        assert '{"mt": "Nonsense", "name": "script", "value": "<' in test.failed.sent[0]
        assert test.exit_code == 5


async def test_a_name_under_another_key(tmp_path: Path) -> None:
    async with open_rig(tmp_path, spelt("create_category", "request", name=None, title="$name"), RIGHT) as rig:
        test = await failed(rig)
        assert blamed(test) == "create_category"
        assert test.exit_code == 5


async def test_the_domain_under_another_key_makes_it_in_that_of_the_login(tmp_path: Path) -> None:
    wrong = spelt("create_category", "request", domainId=None, domain="$domain_id")
    async with open_rig(tmp_path, wrong, RIGHT) as rig:
        test = await failed(rig, Trial(domain=OTHER))
        assert blamed(test) == "create_category"
        assert test.failed
        assert "domain is example.com instead of other.example.com" in test.failed.found


@pytest.mark.parametrize(
    "operation, other",
    [
        ("delete_config", "delete_category"),
        ("delete_category", "delete_config"),
        ("update_category", "delete_config"),
    ],
)
async def test_a_delete_of_another_kind_hits_nobody(operation: str, other: str, tmp_path: Path) -> None:
    """Since the first id that it is tried with is nobody else's."""

    def mixed_up(operations: Operations) -> None:
        operations[operation] = operations[other]

    async with open_rig(tmp_path, misspelt(mixed_up), RIGHT) as rig:
        before = len(rig.store.configs(1)), len(rig.store.categories(1))
        test = await failed(rig)
        assert blamed(test) == operation
        assert test.damages == ()
        assert (len(rig.store.configs(1)), len(rig.store.categories(1))) >= before


async def test_a_delete_that_hits_another_is_told_with_what_was_there(tmp_path: Path) -> None:
    """`$domain_id` where the id belongs: the config of others that has the domain's number is gone."""
    wrong = spelt("delete_config", "request", id="$domain_id", number="$id")
    async with open_rig(tmp_path, wrong, RIGHT) as rig:
        test = await failed(rig)
        assert test.failed is not None
        assert test.failed.operation == "delete_config"
        assert test.exit_code == 6
        assert [(one.address.shown, one.how) for one in test.damages] == [
            ("config[example.com/PHONE/HQ]", "it is gone")
        ]
        assert kept(rig, test)["objects"][0]["fields"] == {"gk1": "172.16.0.1", "coder": "OPUS-WB"}
        assert test.kept == f".syncer/verify/{test.intent.tag}.json"
        sent = [operation for _, operation in rig.faults.seen if operation]
        assert sent.count("delete_config") == 1  # it is not used again
        assert "did something else before, so it is not used again" in test.leftovers[0].why


async def test_ids_that_others_have_matter_only_where_words_do_not_tell_what_is_meant(tmp_path: Path) -> None:
    """Each kind counts for itself in most services, so that every id of a category is a config's, too."""
    async with open_rig(tmp_path) as rig:
        for number in range(60):
            rig.store.add_config(1, {"type": "NTP", "desc": f"time {number}", "ntp1": "ptb"}, [])
            rig.store.add_domain(f"customer-{number}.com", {})
        test = await rig.told(PLAIN)
        assert isinstance(test, SelfTest), test
        assert test.exit_code == 0
        assert len([step for step in test.steps if step.operation == "create_category"]) <= 3


async def test_where_they_do_not_tell_few_things_are_made_and_named(tmp_path: Path) -> None:
    """The same, with a profile whose messages have the same name for everything."""
    profile = misspelt(_without_words)
    async with open_rig(tmp_path, profile) as rig:
        for number in range(60):
            rig.store.add_config(1, {"type": "NTP", "desc": f"time {number}", "ntp1": "ptb"}, [])
        test = await rig.told(PLAIN)
        assert isinstance(test, SelfTest), test
        assert test.exit_code == 6
        assert test.failed
        assert "are all ids of somebody else's objects of another kind" in test.failed.found
        assert len(test.leftovers) <= 6


def _without_words(operations: dict[str, Any]) -> None:
    """Every message is named by a number."""
    for number, operation in enumerate(operations.values()):
        operation["request"]["mt"] = f"M{number}"
        if operation["response"] != "none":
            operation["response"]["mt"] = f"M{number}R"


@pytest.mark.parametrize(
    "operation, request_, told",
    [
        ("delete_config", {"mt": "DeleteDeviceConfig", "domainId": "$id", "id": "$domain_id"}, "$id at domainId"),
        ("delete_category", {"mt": "X", "config": {"id": "$id"}}, "$id at config/id, which speaks of a config"),
        ("create_config", {"mt": "X", "categoryId": "$domain_id", "config": "$config"}, "speaks of a category"),
    ],
)
async def test_ids_that_are_mixed_up_are_seen_before_anything_is_sent(
    operation: str, request_: dict[str, Any], told: str, tmp_path: Path
) -> None:
    profile = misspelt(lambda operations: operations[operation].update(request=request_))
    async with open_rig(tmp_path, profile) as rig:
        test = await rig.told(PLAIN)
        assert isinstance(test, SyncerError)
        assert told in str(test)
        assert str(test).endswith("correct it; nothing was written")
