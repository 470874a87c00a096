"""A journal's entries: their schema, there and back again; and what a history makes of them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from syncer import resources
from syncer.model.address import category_address
from syncer.model.journal import (
    Before,
    Begun,
    Closed,
    Ended,
    Entry,
    History,
    Image,
    Kept,
    Opened,
    Phase,
    Sealed,
    from_line,
    to_line,
)
from syncer.model.plan import Ending, Result
from syncer.model.state import CategoryRef
from tests.model.journals import OPENED, beginning, entries, plan_of, write_of
from tests.model.test_plan import PLAN

PLAN_SCHEMA: Resource[Any] = Resource.from_contents(resources.schema("plan"))
SCHEMA = resources.schema("journal")
VALIDATOR = Draft202012Validator(SCHEMA, registry=Registry().with_resource(PLAN_SCHEMA.id() or "", PLAN_SCHEMA))
ADDRESS = category_address("example.com", "a/b")
IMAGE = Image(
    ADDRESS,
    5,
    1,
    {"gk1": "x"},
    {"new": [1]},
    (CategoryRef(3, None),),
    {"logPassword": Sealed("ab", "QQ=="), "turnPassword": Sealed("cd")},
)
PARTS = ["category", "example.com", "", "a/b"]
IMAGE_DOCUMENT = {
    "address": PARTS,
    "id": 5,
    "domain_id": 1,
    "fields": {"gk1": "x"},
    "extra": {"new": [1]},
    "categories": [{"id": 3, "name": None}],
    "sealed": {
        "logPassword": {"fingerprint": "ab", "ciphertext": "QQ=="},
        "turnPassword": {"fingerprint": "cd", "ciphertext": None},
    },
}
EACH: list[tuple[Entry, dict[str, Any]]] = [
    (
        Before(0, ADDRESS, ADDRESS, None, frozenset({"b", "a"}), IMAGE),
        {"entry": "before", "change": 0, "address": PARTS, "former": PARTS, "domain_id": None, "ignored": ["a", "b"],
         "image": IMAGE_DOCUMENT},
    ),
    (Begun(1, Phase.ROLLBACK), {"entry": "begun", "change": 1, "phase": "rollback", "image": None}),
    (
        Ended(1, Phase.APPLY, Result.NOT_TRIED, "why", 5, "ef"),
        {"entry": "ended", "change": 1, "phase": "apply", "result": "not tried", "reason": "why", "id": 5,
         "state": "ef"},
    ),
    (Closed(Ending.PART_WAY, "2026"), {"entry": "closed", "ending": "part-way", "closed": "2026"}),
]  # fmt: skip


def test_what_another_is_made_beside_is_told_where_there_is_anything() -> None:
    entry = Before(1, ADDRESS, None, 7, frozenset(), None, frozenset({12, 3}))
    assert to_line(entry)["beside"] == [3, 12]
    assert from_line(to_line(entry)) == entry


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("entry, document", EACH)
def test_the_document_of_each_entry(entry: Entry, document: dict[str, Any]) -> None:
    assert to_line(entry) == document
    assert from_line(document) == entry
    VALIDATOR.validate(document)


def test_the_document_of_the_plan() -> None:
    document = to_line(Opened(PLAN, "ab", "2026"))
    assert document.pop("plan")["format"] == "syncer-plan/1"
    assert document == {"entry": "opened", "format": "syncer-journal/1", "opened": "2026", "check": "ab"}


@settings(deadline=None)
@given(OPENED | entries())
def test_there_and_back_again(entry: Entry) -> None:
    line = json.loads(json.dumps(to_line(entry)))
    VALIDATOR.validate(line)
    assert from_line(line) == entry


def test_the_schema_knows_all_results_and_endings() -> None:
    defs = SCHEMA["$defs"]
    assert defs["ended"]["properties"]["result"]["enum"] == list(Result)
    assert defs["closed"]["properties"]["ending"]["enum"] == list(Ending)
    assert defs["phase"]["enum"] == list(Phase)


@pytest.mark.parametrize("entry, document", EACH)
def test_the_schema_takes_nothing_more_and_nothing_less(entry: Entry, document: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**document, "more": 1})
    for key in document:
        assert not VALIDATOR.is_valid({name: value for name, value in document.items() if name != key}), key


def _history(*writes: list[Entry], count: int = 1) -> History:
    opened, *befores = beginning(count)
    assert isinstance(opened, Opened)
    return History(opened, (*befores, *(entry for write in writes for entry in write)))


APPLY, BACK = Phase.APPLY, Phase.ROLLBACK


@pytest.mark.parametrize(
    "writes, result",
    [
        ([], Result.NOT_TRIED),
        ([write_of(0, None)], Result.UNKNOWN),
        ([write_of(0, Result.APPLIED)], Result.APPLIED),
        ([write_of(0, Result.REFUSED)], Result.REFUSED),
        ([[Ended(0, APPLY, Result.NOT_TRIED)]], Result.NOT_TRIED),
        ([write_of(0, Result.NOT_TRIED)], Result.NOT_TRIED),  # announced, and never sent
        ([write_of(0, Result.APPLIED), write_of(0, Result.APPLIED, BACK)], Result.ROLLED_BACK),
        ([write_of(0, Result.APPLIED), write_of(0, None, BACK)], Result.UNKNOWN),
        ([write_of(0, Result.APPLIED), write_of(0, Result.FAILED, BACK)], Result.FAILED),
        # a rollback that came to nothing leaves all as it was before it
        ([write_of(0, Result.APPLIED), write_of(0, Result.REFUSED, BACK)], Result.APPLIED),
        ([write_of(0, Result.FAILED), [Ended(0, BACK, Result.NOT_TRIED)]], Result.FAILED),
        ([write_of(0, None), write_of(0, Result.UNCHANGED, BACK)], Result.UNKNOWN),
        # a second pass of it that came to nothing does not undo the first
        (
            [write_of(0, Result.APPLIED), write_of(0, Result.APPLIED, BACK), [Ended(0, BACK, Result.NOT_TRIED)]],
            Result.ROLLED_BACK,
        ),
        # cut off, and resumed
        ([write_of(0, None), write_of(0, Result.APPLIED)], Result.APPLIED),
    ],
)
def test_what_became_of_a_change(writes: list[list[Entry]], result: Result) -> None:
    history = _history(*writes)
    assert history.results == (result,)
    assert history.count(result) == 1


def test_a_history() -> None:
    history = _history(write_of(1, Result.APPLIED), count=3)
    assert history.plan == plan_of(3)
    assert history.begun == {1}
    assert history.results == (Result.NOT_TRIED, Result.APPLIED, Result.NOT_TRIED)
    assert history.before(2).address == history.plan.changes[2].address
    with pytest.raises(KeyError):
        history.before(3)


def test_the_first_image_of_a_change_counts() -> None:
    later = Before(0, ADDRESS, None, None, frozenset(), None)
    history = _history([later])
    assert history.before(0) != later


def test_an_ending_is_taken_back_by_what_follows() -> None:
    closed = Closed(Ending.STOPPED, "2026")
    assert _history([closed]).ending is Ending.STOPPED
    assert _history([closed], write_of(0, None)).ending is None
    assert _history().ending is None


def test_the_state_of_a_journal() -> None:
    assert Kept("a", None, "why").state == "broken"
    assert Kept("a", _history()).state == "unfinished"
    assert Kept("a", _history([Closed(Ending.ROLLED_BACK, "2026")])).state == "rolled back"
