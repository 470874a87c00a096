"""Recordings of which something is odd, wrong or hostile: nothing is concluded from what does not show it."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.errors import SyncerError
from syncer.files.learned import learned_text
from syncer.learn.learner import learn
from syncer.model.learned import Confidence, Learned
from syncer.model.recording import Recording
from tests.learn.frames import OPENED, Line, added, category_made, recording, talk

NTP = {"type": "NTP", "desc": "times", "ntp1": "a.example.com"}


def _create(categories: Any = ({"id": 8},), **more: Any) -> list[Line]:
    """A config, made, answered and told by an event."""
    config = {**NTP, "categories": list(categories) if isinstance(categories, tuple) else categories}
    return [
        *category_made(),
        (">", {"mt": "AddConfig", "domainId": 3, "config": config, "src": "9", **more}),
        ("<", {"mt": "AddConfigResult", "src": "9", "id": 21}),
        added(21, "times"),
    ]


def _requests(learned: Learned) -> dict[str, Any]:
    return {one.operation: one.entry["request"] for one in learned.findings}


def _told(learned: Learned) -> str:
    return " | ".join(f"{one.what}: {[side.told for side in one.sides]}" for one in learned.contradictions)


def test_the_recording_by_hand_is_understood() -> None:
    learned = learn([recording(*_create())])
    assert _requests(learned) == {
        "create_category": {"mt": "AddCategory", "domainId": "$domain_id", "name": "$name", "config": "$config"},
        "create_config": {"mt": "AddConfig", "domainId": "$domain_id", "config": "$config"},
    }
    assert {one.confidence for one in learned.findings} == {Confidence.SHOWN}
    assert learned.settings == {"category_refs": "objects"}


@pytest.mark.parametrize(
    "categories",
    [["8"], "8", 8, {"8": True}, [{"categoryId": 8}], [[8]]],
    ids=["texts", "text", "id", "map", "other", "lists"],
)
def test_categories_that_no_profile_can_say_are_not_guessed(categories: Any) -> None:
    learned = learn([recording(*_create(categories))])
    assert "create_config" not in _requests(learned)
    assert "how a config's categories are written cannot be told" in _told(learned)


def test_without_a_category_nothing_is_learned_of_configs() -> None:
    learned = learn([recording(*_create(()))])
    assert "create_config" not in _requests(learned)
    assert "how create_config writes categories" in [one.what for one in learned.missing]


def test_a_refused_write_is_set_aside() -> None:
    lines = _create()
    refused = ("<", {"mt": "AddConfigResult", "src": "9", "error": 3, "errorText": "no"})
    learned = learn([recording(*lines[:-2], refused)])
    assert "create_config" not in _requests(learned)
    assert any(remark.startswith("set aside since the service refused it: ") for remark in learned.remarks)


def test_an_answer_without_an_effect_is_no_proof() -> None:
    learned = learn([recording(*_create()[:-1])])
    found = {one.operation: one for one in learned.findings}["create_config"]
    assert found.confidence is Confidence.ANSWERED
    assert found.evidence[0] == "it was answered without an error; what it did was not seen"


def test_a_request_without_an_answer_is_the_least_sure() -> None:
    learned = learn([recording(*_create()[:-2])])
    found = {one.operation: one for one in learned.findings}["create_config"]
    assert found.confidence is Confidence.SENT
    assert found.entry["response"] == "none"


@pytest.mark.parametrize(
    "extra, why",
    [
        ({"password": "hunter2"}, "password holds a secret"),
        ({"auth": {"sessionKey": "hunter2"}}, "auth/sessionKey holds a secret"),
        ({"ticket": "0123456789abcdef0123"}, "ticket looks like a value of that session or object"),
        ({"note": "x" * 200}, "note looks like a value of that session or object"),
        ({"for": "example.com"}, "for gives the domain in a way that a wire profile cannot say"),
        ({"label": "times"}, "label repeats the object's own name or id"),
        ({"$merge": "$config"}, "a key of it begins with $"),
        ({"mode": "$id"}, "mode begins with $"),
    ],
)
def test_what_must_not_or_cannot_be_copied_is_told(extra: dict[str, Any], why: str) -> None:
    learned = learn([recording(*_create(**extra))])
    assert "create_config" not in _requests(learned)
    assert why in _told(learned)
    assert "hunter2" not in repr(learned)
    assert "hunter2" not in learned_text(learned, "x")


def test_an_id_that_is_written_as_text() -> None:
    lines = [*_create(), (">", {"mt": "DeleteConfig", "id": 21, "key2": "21", "src": "10"})]
    gone: Line = ("<", {"mt": "DeviceConfigDeleted", "id": 21})
    learned = learn([recording(*lines, gone)])
    assert "delete_config" not in _requests(learned)
    assert "key2 repeats the object's own name or id" in _told(learned)


def test_a_constant_of_the_message_is_kept() -> None:
    learned = learn([recording(*_create(api="devices", version=2))])
    assert _requests(learned)["create_config"] == {
        "mt": "AddConfig",
        "domainId": "$domain_id",
        "config": "$config",
        "api": "devices",
        "version": 2,
    }


def test_two_tabs_at_once_do_not_mix_their_pieces() -> None:
    script = "# ä\n" * 1000
    config = {"type": "EXPERT", "desc": "s", "categories": [{"id": 8}]}
    first = talk(
        *OPENED,
        *category_made(),
        (">", {"mt": "Part", "name": "script", "value": script[:2000], "src": "7"}),
        (">", {"mt": "Part", "name": "script", "value": script[2000:], "src": "7"}),
        (">", {"mt": "AddConfig", "domainId": 3, "config": config, "src": "7"}),
        ("<", {"mt": "AddConfigResult", "src": "7", "id": 21}),
        added(21, "s", "EXPERT"),
        (">", {"mt": "GetDeviceConfig", "domainId": 3, "id": 21, "src": "8"}),
        ("<", {"mt": "GetDeviceConfigValueResult", "src": "8", "name": "script", "value": script}),
        ("<", {"mt": "GetDeviceConfigResult", "src": "8", "config": {"id": 21, **config}}),
    )
    other = talk(*OPENED, *((">", {"mt": "KeepAlive"}) for _ in range(30)))
    write = (">", {"mt": "AddCategory", "domainId": 3, "name": "other", "config": True, "src": "1"})
    other = replace(other, frames=(*other.frames, *talk(*(write,) * 12, first=8).frames))
    learned = learn([Recording("by hand", (first, other))])
    assert _requests(learned)["send_value"] == {"mt": "Part", "name": "$name", "value": "$chunk"}


def test_another_app() -> None:
    other = talk((">", {"mt": "GetUsers", "src": "1"}), url="wss://pbx.example.com/example.com/users/api")
    with pytest.raises(
        SyncerError, match="there is no talk with a Devices service in the recording; it has 1 connection"
    ):
        learn([Recording("by hand", (other,))])


def test_two_services_are_told_apart_by_their_address() -> None:
    other = "wss://other.example.com/example.com/devices/innovaphone-devices-api"
    both = Recording("by hand", (talk(*OPENED, *_create()), talk(*OPENED, url=other)))
    with pytest.raises(SyncerError, match="several Devices services were recorded; say which with --url: wss://other"):
        learn([both])
    assert "create_config" in _requests(learn([both], "pbx."))
    assert learn([both], "other.").findings == ()
    with pytest.raises(SyncerError, match="there is no talk with a Devices service"):
        learn([both], "third.")


def test_a_login_that_sees_less_says_nothing_about_what_is_gone() -> None:
    """Another user's list lacks what the first one's had: that is no delete."""
    empty = ("<", {"mt": "GetDeviceConfigsResult", "src": "5", "last": True, "configs": []})
    second = talk(
        *OPENED,
        (">", {"mt": "TouchConfig", "id": 21, "src": "4"}),
        ("<", {"mt": "TouchConfigResult", "src": "4"}),
        (">", {"mt": "GetDeviceConfigs", "domainId": 3, "src": "5"}),
        empty,
        first=100,
    )
    learned = learn([Recording("by hand", (talk(*OPENED, *_create()), second))])
    assert "delete_config" not in _requests(learned)
    assert any("not recognised: TouchConfig" in remark for remark in learned.remarks)


def test_hostile_names_are_only_data() -> None:
    evil = "\x1b[2J\u202eevil{{7*7}}../../etc/passwd"
    lines = [
        *_create(),
        (">", {"mt": evil, "id": 21, "src": "10"}),
        ("<", {"mt": "DeviceConfigDeleted", "id": 21}),
        (">", {"mt": f"Strange{evil}", "what": evil, "src": "11"}),
    ]
    learned = learn([recording(*lines)])
    shown = " ".join([*learned.remarks, *(text for one in learned.findings for text in one.evidence)])
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert {"create_category", "create_config"} <= _requests(learned).keys()


def test_a_list_that_is_no_list_and_ids_that_are_none() -> None:
    """A service that answers nonsense where the API document says lists and numbers."""
    lines: list[Line] = [
        ("<", {"mt": "GetDomainsResult", "src": "1", "last": True, "domains": {"id": True}}),
        ("<", {"mt": "GetDomainsResult", "src": "1", "last": "yes", "domains": [None, 5, {"id": "3"}, {"id": True}]}),
        ("<", {"mt": "GetDeviceConfigResult", "src": ["1"], "config": []}),
        ("<", {"mt": "GetDeviceConfigValueResult", "src": {}, "name": 1, "value": None}),
        ("<", {"mt": "DeviceConfigAdded", "config": {"id": 1e300}}),
        (">", {"mt": "AddConfig", "config": None, "src": {"a": 1}}),
    ]
    assert "create_config" in _requests(learn([recording(*lines, *_create())]))


def test_an_event_of_a_domain_shows_that_a_category_is_gone() -> None:
    """Where nobody looks at a list again; an event must have named it before, for none says that it is complete."""

    def edited(*categories: dict[str, Any]) -> Line:
        domain = {"id": 3, "name": "example.com", "categories": list(categories)}
        return ("<", {"mt": "DomainEdited", "domain": domain})

    create, delete = category_made()[0], (">", {"mt": "DeleteCategory", "domainId": 3, "id": 8, "src": "10"})
    scratch = {"id": 8, "name": "scratch", "config": True}
    learned = learn([recording(create, edited(scratch), delete, edited())])
    found = {one.operation: one for one in learned.findings}
    assert found["delete_category"].confidence is Confidence.SHOWN
    assert found["create_category"].confidence is Confidence.SHOWN
    silent = learn([recording(*category_made(), delete, edited())])
    assert {one.operation: one for one in silent.findings}["delete_category"].confidence is Confidence.SENT
