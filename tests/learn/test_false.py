"""Recordings that tempt to a wrong profile: to the wrong object or domain, to every device, to somebody's values.

Each of these was learned wrongly once, and mostly with what it did in the recording.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from syncer.learn.learner import learn
from syncer.model.learned import Confidence, Finding, Learned
from syncer.model.recording import Recording
from tests.learn.frames import OPENED, Line, added, category_made, recording, talk

NTP = {"type": "NTP", "desc": "times", "ntp1": "a.example.com", "categories": [{"id": 8}]}


def _opened(domain: int, *configs: dict[str, Any]) -> Sequence[Line]:
    """Lists of a domain that has another number than 3."""
    domains = [{"id": domain, "name": "example.com", "categories": []}]
    return (
        (">", {"mt": "GetDomains", "src": "1"}),
        ("<", {"mt": "GetDomainsResult", "src": "1", "last": True, "domains": domains}),
        (">", {"mt": "GetDeviceConfigs", "domainId": domain, "src": "2"}),
        ("<", {"mt": "GetDeviceConfigsResult", "src": "2", "last": True, "configs": list(configs)}),
    )


def _made(config: dict[str, Any] = NTP, number: int = 21, **more: Any) -> list[Line]:
    """A config, made and told by an event."""
    return [
        (">", {"mt": "AddConfig", "src": "9", **more, "config": config}),
        ("<", {"mt": "AddConfigResult", "src": "9", "id": number}),
        added(number, "times", domainId=more.get("domainId", 3)),
    ]


def _asked(mt: str, *after: Line, **fields: Any) -> list[Line]:
    """A request, its answer, and what came then."""
    return [(">", {"mt": mt, "src": mt, **fields}), ("<", {"mt": f"{mt}Result", "src": mt}), *after]


def _edited(**fields: Any) -> Line:
    return ("<", {"mt": "DeviceConfigEdited", "config": {"id": 21, "type": "NTP", "desc": "times", **fields}})


def _found(learned: Learned) -> dict[str, Finding]:
    return {one.operation: one for one in learned.findings}


def _why(learned: Learned) -> str:
    return " | ".join([*(one.what for one in learned.contradictions), *(one.what for one in learned.missing)])


CONSTANTS = {
    "domain as text": ({"domain": "3"}, "domain gives the domain in a way that a wire profile cannot say"),
    "domain by name": ({"domain": "example.com"}, "domain gives the domain in a way"),
    "domain twice": ({"domainId": 3, "parent": 3}, "parent may be the domain's id"),
    "domain as key": ({"at": {"3": {}}}, "a key in at is an id or a name"),
    "another object": ({"domainId": 3, "values": {"ntp1": "x"}}, "values/ntp1 is a field of a config"),
    "a list": ({"domainId": 3, "values": [{"name": "ntp1"}]}, "values has a list"),
    "a field's name": ({"domainId": 3, "field": "ntp1"}, "field names a field or a type of configs"),
    "a type": ({"domainId": 3, "what": "PHONE"}, "what names a field or a type of configs"),
    "categories twice": ({"domainId": 3, "group": 8}, "group may be the id of a category"),
    "categories in a list": ({"domainId": 3, "groups": [8]}, "groups has a list"),
    "some number": ({"domainId": 3, "rev": 17}, "rev may be a number of that object"),
    "auth": ({"domainId": 3, "auth": "hunter2"}, "auth holds a secret"),
    "pin": ({"domainId": 3, "pin": "hunter2"}, "pin holds a secret"),
}


@pytest.mark.parametrize("fields, why", CONSTANTS.values(), ids=CONSTANTS)
def test_what_may_differ_is_no_constant(fields: dict[str, Any], why: str) -> None:
    learned = learn([recording(*category_made(), *_made(**fields))])
    assert "create_config" not in _found(learned)
    assert why in _why(learned)
    assert "hunter2" not in repr(learned)


def test_a_domain_in_the_name_of_the_message() -> None:
    made = _made()
    learned = learn([recording(*category_made(), (">", {**made[0][1], "mt": "AddConfig/3"}), *made[1:])])
    assert "create_config" not in _found(learned)
    assert "the name of the message has a number that is an id" in _why(learned)


def test_a_description_under_another_name() -> None:
    config = {"type": "NTP", "title": "times", "ntp1": "x", "categories": [{"id": 8}]}
    learned = learn([recording(*category_made(), *_made(config, domainId=3)[:-1])])
    assert "create_config" not in _found(learned)
    assert "config/title may be a value of that object" in _why(learned)


def test_a_word_that_says_what_to_do_is_a_constant_and_is_told() -> None:
    learned = learn([recording(*category_made(), *_made(domainId=3, do="add", force=True))])
    found = _found(learned)["create_config"]
    assert found.entry["request"] == {
        "mt": "AddConfig",
        "domainId": "$domain_id",
        "do": "add",
        "force": True,
        "config": "$config",
    }
    assert 'always says do: "add", force: true' in found.evidence


def test_ids_that_are_the_same_number_are_not_told_apart_by_chance() -> None:
    """In a domain whose number is that of the object."""
    made = _made(number=3, domainId=3)
    learned = learn(
        [
            recording(
                *category_made(),
                *made,
                *_asked("DeleteConfig", ("<", {"mt": "DeviceConfigDeleted", "id": 3}), a=3, b=3),
            )
        ]
    )
    assert "delete_config" not in _found(learned)
    assert "a and b have the same number" in _why(learned) or "domain's id" in _why(learned)


def test_an_id_belongs_to_what_the_nearest_key_speaks_of() -> None:
    body = {"domain": {"id": 3}, "config": {"id": 21}}
    gone: Line = ("<", {"mt": "DeviceConfigDeleted", "id": 21})
    learned = learn([recording(*category_made(), *_made(domainId=3), *_asked("DeleteConfig", gone, body=body))])
    assert _found(learned)["delete_config"].entry["request"] == {
        "mt": "DeleteConfig",
        "body": {"domain": {"id": "$domain_id"}, "config": {"id": "$id"}},
    }


def test_the_domain_is_not_any_number_that_equals_it() -> None:
    gone: Line = ("<", {"mt": "DeviceConfigDeleted", "id": 21})
    lines = [*_made(domainId=1), *_asked("DeleteConfig", gone, config=21, force=1)]
    learned = learn([Recording("by hand", (talk(*_opened(1), *lines),))])
    assert "delete_config" not in _found(learned)
    assert "force may be the domain's id; record it again in a domain whose number is not 1" in _why(learned)


def test_a_counter_is_not_the_id() -> None:
    """Configs 2 and 3 are there, and `rev` counts."""
    others = [{"id": number, "type": "NTP", "desc": f"old {number}"} for number in (2, 3)]
    edits = [
        line
        for rev in (2, 3)
        for line in _asked(
            "EditConfig", _edited(ntp1=f"b{rev}"), domainId=7, rev=rev, item=21, config={**NTP, "ntp1": f"b{rev}"}
        )
    ]
    learned = learn([Recording("by hand", (talk(*_opened(7, *others), *category_made(), *_made(domainId=7), *edits),))])
    assert "update_config" not in _found(learned)
    assert "rev" in _why(learned)


def test_a_number_that_nothing_is_known_of_is_not_the_id() -> None:
    lines = _asked("EditConfig", domainId=3, userId=77, item=21, config=NTP)
    learned = learn([Recording("by hand", (talk(*OPENED, *lines),))])
    assert "update_config" not in _found(learned)


LOST = {
    "an empty list": [
        *_made({"type": "NTP", "desc": "times", "ntp1": "a"}, domainId=3, cats=[8]),
        *_asked(
            "EditConfig",
            _edited(ntp1="x"),
            domainId=3,
            id=21,
            cats=[],
            config={"type": "NTP", "desc": "times", "ntp1": "x"},
        ),
    ],
    "none": [
        *_made({"type": "NTP", "desc": "times", "ntp1": "a"}, domainId=3, cats=[8]),
        *_asked(
            "EditConfig", _edited(ntp1="x"), domainId=3, id=21, config={"type": "NTP", "desc": "times", "ntp1": "x"}
        ),
    ],
    "another message": [
        *_made(domainId=3),
        *_asked("SetConfigCategories", domainId=3, id=21, categories=[{"id": 8}]),
    ],
}


@pytest.mark.parametrize("lines", LOST.values(), ids=LOST)
def test_an_update_that_does_not_say_its_categories_would_be_for_every_device(lines: list[Line]) -> None:
    learned = learn([recording(*category_made(), *lines)])
    assert "update_config" not in _found(learned)
    assert "update_config" in _why(learned)


def test_a_create_without_categories_is_none() -> None:
    bare = {"type": "NTP", "desc": "times", "ntp1": "a"}
    lines = [*_made(bare, domainId=3), *_asked("SetConfigCategories", domainId=3, id=21, categories=[8])]
    learned = learn([recording(*category_made(), *lines)])
    assert "create_config" not in _found(learned)
    assert "how create_config writes categories" in _why(learned)


def test_categories_with_marks_of_their_own() -> None:
    marked = {**NTP, "categories": [{"id": 8, "selected": True}, {"id": 9, "selected": False}]}
    learned = learn([recording(*category_made(), *_made(marked, domainId=3))])
    assert "create_config" not in _found(learned)
    assert "how a config's categories are written cannot be told" in _why(learned)


def test_some_flag_is_not_the_category_s() -> None:
    lines = list(category_made())
    lines[0] = (">", {"mt": "AddCategory", "domainId": 3, "name": "scratch", "notify": True, "src": "c1"})
    learned = learn([recording(*lines)])
    assert "create_category" not in _found(learned)
    assert "notify may be what the API document calls config; write it both ways" in _why(learned)


def test_the_new_id_is_not_the_domain_s() -> None:
    lines: list[Line] = [
        (">", {"mt": "AddCategory", "domainId": 1, "name": "scratch", "config": True, "src": "c1"}),
        ("<", {"mt": "AddCategoryResult", "src": "c1", "domainId": 1, "categoryId": 1}),
        ("<", {"mt": "GetProvisioningCategoriesResult", "categories": [{"id": 1, "name": "scratch", "config": True}]}),
    ]
    learned = learn([Recording("by hand", (talk(*_opened(1), *lines),))])
    assert _found(learned)["create_category"].entry["response"]["id"] == "/categoryId"


def test_ids_of_a_reply_that_look_alike_are_left_to_reading() -> None:
    made = _made(domainId=3)
    made[1] = ("<", {"mt": "AddConfigResult", "src": "9", "a": 21, "b": 21})
    found = _found(learn([recording(*category_made(), *made)]))["create_config"]
    assert "id" not in found.entry["response"]


def test_a_notice_is_no_answer() -> None:
    made = _made(domainId=3)
    request = {key: value for key, value in made[0][1].items() if key != "src"}
    lines: list[Line] = [(">", request), ("<", {"mt": "LicenseStatus", "free": 21}), made[2]]
    assert _found(learn([recording(*category_made(), *lines)]))["create_config"].entry["response"] == "none"


def test_progress_is_no_answer() -> None:
    made = _made(domainId=3)
    made.insert(1, ("<", {"mt": "ConfigProgress", "src": "9", "percent": 0}))
    response = _found(learn([recording(*category_made(), *made)]))["create_config"].entry["response"]
    assert (response["mt"], response["id"]) == ("AddConfigResult", "/id")


def test_a_field_that_was_left_out_and_not_seen_again_says_nothing() -> None:
    """It may have been emptied by that; a service that takes whole objects would lose every other field."""
    lines = [
        *_made({**NTP, "ntp2": "c"}, domainId=3),
        *_asked("EditConfig", _edited(ntp1="z"), domainId=3, id=21, config={**NTP, "ntp1": "z"}),
    ]
    found = _found(learn([recording(*category_made(), *lines)]))["update_config"]
    assert found.entry["sends"] == "whole"


def test_somebody_else_s_delete_is_not_shown_by_ours() -> None:
    gone: Line = ("<", {"mt": "DeviceConfigDeleted", "id": 21})
    learned = learn([recording(*category_made(), *_made(domainId=3), *_asked("ResetConfigDevices", gone, id=21))])
    found = _found(learned)["delete_config"]
    assert found.confidence is Confidence.ANSWERED
    assert "it does not speak of deleting" in found.evidence[0]


@pytest.mark.parametrize("reply", [{"ok": False}, {"success": 0}, {"status": 403}, {"errors": ["no"]}, {"error": True}])
def test_a_refusal_in_other_words(reply: dict[str, Any]) -> None:
    made = _made(domainId=3)
    made[1:] = [("<", {"mt": "AddConfigResult", "src": "9", **reply})]
    learned = learn([recording(*category_made(), *made)])
    assert "create_config" not in _found(learned)
    assert any("set aside since the service refused it: create_config" in remark for remark in learned.remarks)


def test_a_field_that_sounds_like_a_failure_is_none() -> None:
    made = _made(domainId=3)
    made[1] = ("<", {"mt": "AddConfigResult", "src": "9", "config": {"id": 21, "defaultGateway": "x", "preferred": 1}})
    assert _found(learn([recording(*category_made(), *made)]))["create_config"].entry["response"]["id"] == "/config/id"


def test_one_id_in_a_list() -> None:
    gone: Line = ("<", {"mt": "DeviceConfigDeleted", "id": 21})
    learned = learn(
        [recording(*category_made(), *_made(domainId=3), *_asked("DeleteConfigs", gone, domainId=3, ids=[21]))]
    )
    assert _found(learned)["delete_config"].entry["request"] == {
        "mt": "DeleteConfigs",
        "domainId": "$domain_id",
        "ids": ["$id"],
    }


def test_many_messages_take_no_more_time_each() -> None:
    """What was quadratic took minutes; the test run's own deadline would tell."""
    noise: list[Line] = [(">", {"mt": "Ping", "src": f"p{n}"}) for n in range(20_000)]
    noise += [("<", {"mt": "Pong", "n": n}) for n in range(20_000)]
    learned = learn([recording(*noise, *category_made(), *_made(domainId=3))])
    assert "create_config" in _found(learned)
    assert "not recognised: Ping (message 5 and 19999 more)" in learned.remarks
