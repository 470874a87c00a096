"""`learn` against recordings of the checklist, clicked in vocabularies that have little in common."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.devices.encode import encode
from syncer.devices.interface import Write
from syncer.files.learned import learned_text
from syncer.files.recordings import read_recording
from syncer.learn.clicks import CLICKS
from syncer.learn.learner import learn
from syncer.model.address import Action, category_address, config_address, domain_address
from syncer.model.learned import Confidence
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.wire.profile import SEND_VALUE, Profile, load
from tests.emulator.rawclient import DOMAIN, PASSWORD
from tests.learn.vocabularies import VOCABULARIES, clicked, profile_of, recorded

KEY = "0" * 64
URL = "wss://pbx.example.com/example.com/devices/innovaphone-devices-api"
_DOMAINS = ("create_domain", "update_domain", "delete_domain")


def _category(name: str, number: int = 7) -> LiveObject:
    return LiveObject(category_address(DOMAIN, name), number, 5, {"config": True})


def writes() -> list[Write]:
    """Each operation once, of objects that are in no recording."""
    domain, renamed = domain_address("other.example.com"), domain_address("new.example.com")
    old = LiveObject(domain, 5, 5, {"deployAdminPasswords": True})
    category = _category("phones")
    address = config_address(DOMAIN, "PHONE", "desk")
    refs = (CategoryRef(7, "phones"),)
    fields = {"gk1": "10.0.0.1", "frameSize": 20, "forceFragmentation": True}
    config = LiveObject(address, 9, 5, {**fields, "later": 1}, {"later": 1}, refs)
    named = {"phones": category}
    after = {"gk1": "10.0.0.2", "frameSize": 20}
    changed = Target(category_address(DOMAIN, "desks"), {"config": False}, {})
    return [
        Write(Action.CREATE, domain, target=Target(domain, {"deployAdminPasswords": True}, {})),
        Write(Action.UPDATE, domain, 5, 5, old, Target(renamed, {"deployAdminPasswords": False}, {})),
        Write(Action.DELETE, domain, 5, 5, old),
        Write(Action.CREATE, category.address, 5, target=Target(category.address, {"config": True}, {})),
        Write(Action.UPDATE, category.address, 5, 7, category, changed),
        Write(Action.DELETE, category.address, 5, 7, category),
        Write(Action.CREATE, address, 5, target=Target(address, fields, {}, ("phones",)), categories=named),
        Write(Action.UPDATE, address, 5, 9, config, Target(address, after, {}, ("phones",)), categories=named),
        Write(Action.DELETE, address, 5, 9, config),
    ]


def _without_extra(template: object) -> object:
    if isinstance(template, dict):
        return {key: _without_extra(value) for key, value in template.items() if value != "$extra"}
    return template


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_write_is_spelled_as_the_app_spells_it(tmp_path: Path, name: str) -> None:
    known = profile_of(name)
    learned = learn([recorded(tmp_path, clicked(name))])
    assert {one.operation for one in learned.findings} == set(known.operations)
    assert {one.confidence for one in learned.findings} == {Confidence.SHOWN}
    assert learned.contradictions == ()
    profile = load(learned_text(learned, "learned"), "learned")
    roomy = replace(known, max_message_bytes=profile.max_message_bytes)
    for write in writes():
        if known.operation(write.operation):
            assert encode(write, profile, KEY) == encode(write, roomy, KEY), write.operation
    assert _requests(profile)[SEND_VALUE] == _requests(known)[SEND_VALUE]


def _requests(profile: Profile) -> dict[str, object]:
    return {name: operation.request for name, operation in profile.operations.items()}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_answers_are_found_where_they_stand(tmp_path: Path, name: str) -> None:
    known = profile_of(name)
    profile = load(learned_text(learn([recorded(tmp_path, clicked(name))]), "learned"), "learned")
    for operation, meant in known.operations.items():
        found = profile.operations[operation].response
        assert (found is None) == (meant.response is None), operation
        if found and meant.response:
            assert (found.mt, found.match) == (meant.response.mt, meant.response.match), operation
            assert not meant.response.id or not operation.startswith("create") or found.id == meant.response.id
    refused = known.operations["create_category"].response
    if refused and refused.error:
        told = profile.operations["create_category"].response
        assert told
        assert told.error == refused.error


@pytest.mark.parametrize("name", VOCABULARIES)
def test_nothing_secret_is_copied(tmp_path: Path, name: str) -> None:
    app = clicked(name)
    text = learned_text(learn([recorded(tmp_path, app)]), "learned")
    for secret in (PASSWORD, "t0p s3cret", *_secrets_on_the_wire(app.frames)):
        assert secret not in text


def _secrets_on_the_wire(frames: list[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    for _, text in frames:
        message = json.loads(text)
        found |= {value for key, value in message.items() if key in ("challenge", "digest")}
        configs = [message, *(one for one in message.values() if isinstance(one, dict))]
        found |= {one["turnPassword"] for one in configs if one.get("turnPassword")}
    assert found
    return found


@pytest.mark.parametrize(
    "left_out", ["update_category", "delete_category", "update_config", "delete_config", SEND_VALUE]
)
@pytest.mark.parametrize("name", ["conventional", "one"])
def test_what_a_recording_lacks_is_named_with_the_click_that_would_show_it(
    tmp_path: Path, name: str, left_out: str
) -> None:
    learned = learn([recorded(tmp_path, clicked(name, left_out))])
    assert [(one.what, one.click) for one in learned.missing] == [(left_out, CLICKS[left_out])]
    assert left_out not in {one.operation for one in learned.findings}


def test_domains_that_were_not_clicked_are_named(tmp_path: Path) -> None:
    learned = learn([recorded(tmp_path, clicked("apart", "domains"))])
    assert [one.what for one in learned.missing] == list(_DOMAINS)


@pytest.mark.parametrize("name", VOCABULARIES)
@pytest.mark.parametrize("marks", [("-> ", "<- "), ("", "")], ids=["arrows", "bare"])
def test_messages_pasted_from_a_console(tmp_path: Path, name: str, marks: tuple[str, str]) -> None:
    app = clicked(name)
    lines = [f"{marks[0] if which == 'send' else marks[1]}{text}" for which, text in app.frames]
    pasted = tmp_path / "console.txt"
    pasted.write_text("\n".join(lines) + "\n", "utf-8")
    told = learn([read_recording(pasted)])
    whole = learn([recorded(tmp_path, app)])
    assert told.document("x") == whole.document("x")


def test_two_sessions_of_one_service_complete_each_other(tmp_path: Path) -> None:
    first, second = clicked("conventional", "delete_config", "delete_category"), clicked("conventional")
    learned = learn([recorded(tmp_path, *(replace(app, url=URL) for app in (first, second)))])
    assert not learned.missing
    assert "2 connections to the service were recorded; all of them were used" in learned.remarks


def test_two_spellings_are_shown_side_by_side(tmp_path: Path) -> None:
    apps = [clicked("conventional"), clicked("names")]
    learned = learn([recorded(tmp_path, *(replace(app, url=URL) for app in apps))])
    assert learned.contradictions
    refs = next(one for one in learned.contradictions if "categories" in one.what)
    assert [side.told for side in refs.sides] == ["names", "objects"]
    assert all(side.messages for side in refs.sides)
    assert not {"create_config", "update_config"} & {one.operation for one in learned.findings}
