"""Vocabularies that nobody thought of: whatever a service's messages are called, nothing false is learned of them."""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from syncer.devices.encode import encode
from syncer.errors import ProblemsError
from syncer.files.learned import learned_text
from syncer.learn.clicks import CLICKS
from syncer.learn.learner import learn
from syncer.model.learned import Learned
from syncer.model.recording import Conversation, Direction, Frame, Recording
from syncer.wire.messages import decode
from syncer.wire.profile import Operation, Profile, load
from tests.learn.app import App, record
from tests.learn.test_learner import KEY, writes

_Path = tuple[str, ...]
_ROOM = 65_000  # bytes, so that nothing is cut
_WAYS = {"send": Direction.SENT, "receive": Direction.RECEIVED}
_NOUNS = {"config": ["Config", "DeviceConfig", "Cfg"], "category": ["Category", "Cat", "ProvisioningCategory"]}
_VERBS = {
    "create": ["Add", "Create", "New", "Set"],
    "update": ["Edit", "Update", "Change", "Save", "Set"],
    "delete": ["Delete", "Remove", "Drop"],
}
_DOMAINS: list[_Path] = [("domainId",), ("domain",), ("in",), ("tenant",), ("domain", "id")]
_IDS: list[_Path] = [("id",), ("number",), ("obj",), ("{kind}Id",), ("object", "id")]
_HOLDERS: list[_Path] = [(), ("config",), ("data",), ("body", "values")]
_REPLY_IDS: list[_Path] = [("id",), ("{kind}Id",), ("done", "id")]
_ERRORS: list[_Path] = [("error",), ("result", "error"), ("failed",), ("errorText",)]


@st.composite
def vocabularies(draw: st.DrawFn) -> dict[str, Any]:
    """A wire profile without domains, as a document."""
    nouns = {kind: draw(st.sampled_from(names)) for kind, names in _NOUNS.items()}
    verbs = {action: draw(st.sampled_from(names)) for action, names in _VERBS.items()}
    style = draw(st.sampled_from(["name", "command", "noun"]))
    domain, number, holder = (draw(st.sampled_from(places)) for places in (_DOMAINS, _IDS, _HOLDERS))
    apart = draw(st.sampled_from([None, "categoryIds", "cats", "groups"]))
    title, flag = draw(st.sampled_from(["name", "title", "label"])), draw(st.sampled_from(["config", "usable"]))
    constants: dict[str, Any] = draw(st.sampled_from([{}, {"api": "devices"}, {"version": 2}, {"force": True}]))
    operations: dict[str, Any] = {}
    for kind in _NOUNS:
        for action in _VERBS:
            said: dict[str, Any] = {**_called(style, verbs[action], nouns[kind]), **constants}
            _put(said, domain, "$domain_id")
            if action != "create":
                _put(said, _of(number, kind), "$id")
            if action != "delete" and kind == "category":
                said |= {title: "$name", flag: "$config"}
            elif action != "delete":
                said |= {apart: "$categories"} if apart else {}
                _put(said, (*holder, "$merge"), "$config")
            operations[f"{action}_{kind}"] = {"request": said, "response": _answered(draw, said["mt"], action, kind)}
            if kind == "config" and action != "delete":
                operations[f"{action}_{kind}"]["unset"] = draw(st.sampled_from(["omit", "null", "empty"]))
            if action == "update":
                operations[f"{action}_{kind}"]["sends"] = draw(st.sampled_from(["whole", "changed"]))
    piece = {"mt": "SetConfigValue", "name": "$name", "value": "$chunk"}
    piece |= draw(st.sampled_from([{}, {"number": "$index"}, {"last": "$last"}, {"domainId": "$domain_id"}]))
    operations["send_value"] = {"request": piece, "response": "none"}
    refs = draw(st.sampled_from(["objects", "ids", "names"]))
    limits = {"max_message_bytes": draw(st.sampled_from([8000, 60_000])), "category_refs": refs}
    return {"format": "syncer-wire/1", "name": "any", "origin": "learned", **limits, "operations": operations}


def _called(style: str, verb: str, noun: str) -> dict[str, str]:
    if style == "command":
        return {"mt": "Devices", "cmd": f"{verb}{noun}"}
    return {"mt": noun, "do": verb.lower()} if style == "noun" else {"mt": f"{verb}{noun}"}


def _answered(draw: st.DrawFn, mt: str, action: str, kind: str) -> dict[str, str]:
    answer = {
        "mt": draw(st.sampled_from([f"{mt}Result", f"{mt}Done"])),
        "error": _pointer(draw(st.sampled_from(_ERRORS))),
    }
    if action == "create":
        answer["id"] = _pointer(_of(draw(st.sampled_from(_REPLY_IDS)), kind))
    return answer | draw(st.sampled_from([{}, {"match": "mt"}]))


def _of(path: _Path, kind: str) -> _Path:
    return tuple(step.format(kind=kind) for step in path)


def _pointer(path: _Path) -> str:
    return "/" + "/".join(path)


def _put(message: dict[str, Any], path: _Path, value: str) -> None:
    for step in path[:-1]:
        message = message.setdefault(step, {})
    message[path[-1]] = value


def _recorded(profile: Profile, others: int, names: int) -> App:
    """The checklist clicked, in a thread since hypothesis may be in a loop."""
    with ThreadPoolExecutor(1) as elsewhere:
        clicks = record(profile, "domains", fill=["one", "two", "three"][:names], domain="customer.com", others=others)
        return elsewhere.submit(asyncio.run, clicks).result()


def _learned(app: App) -> Learned:
    frames = [
        Frame(number, _WAYS[which], decode(text), len(text.encode()), float(number))
        for number, (which, text) in enumerate(app.frames, 1)
    ]
    return learn([Recording("clicked", (Conversation(app.url, tuple(frames)),))])


@given(document=vocabularies(), others=st.sampled_from([0, 3]), names=st.integers(0, 3))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_false_is_learned_of_any_vocabulary(document: Mapping[str, Any], others: int, names: int) -> None:
    try:
        known = load(json.dumps(document), "any")
    except ProblemsError:
        assume(False)
    learned = _learned(_recorded(known, others, names))
    told = [one.what for one in learned.missing] + [one.what for one in learned.contradictions]
    found = {one.operation for one in learned.findings}
    assert all(any(name in what for what in told) for name in known.operations.keys() - found)
    if found:
        _compare(load(learned_text(learned, "x"), "x"), known, {one.click for one in learned.missing})


def _compare(profile: Profile, known: Profile, unclear: set[str]) -> None:
    for write in writes():
        operation = profile.operations.get(write.operation)
        meant = known.operations.get(write.operation)
        if operation and meant:
            one = replace(
                profile, max_message_bytes=_ROOM, operations={write.operation: _told(operation, meant, unclear)}
            )
            assert encode(write, one, KEY) == encode(write, replace(known, max_message_bytes=_ROOM), KEY)


def _told(operation: Operation, meant: Operation, unclear: set[str]) -> Operation:
    """With what the recording could not show, and was named, as it is meant."""
    unset = meant.unset if CLICKS["unset"] in unclear else operation.unset
    return replace(operation, unset=unset, sends=meant.sends if CLICKS["sends"] in unclear else operation.sends)
