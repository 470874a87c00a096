"""The plan document: its schema, and there and back again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syncer import resources
from syncer.model.address import Action, Address, Kind
from syncer.model.plan import (
    HIDDEN,
    Change,
    Coverage,
    FieldDiff,
    Guard,
    Ignored,
    Outcome,
    Plan,
    Reach,
    Rename,
    Report,
    Result,
    Since,
    Summary,
    Third,
    Whose,
    from_document,
    to_document,
)

SCHEMA = resources.schema("plan")
VALIDATOR = Draft202012Validator(SCHEMA)

# Anything: halves of surrogate pairs, control characters, what looks like an address.
HOSTILE = st.text(max_size=8) | st.sampled_from(
    ["", "/", "]", "[", "a/b", "config[a/b/c]", "\n", "\x00", "\x1b[2J", "\u202e", "\ud83d", "{}", "null", "x" * 500]
)
NO_SLASH = HOSTILE.map(lambda text: text.replace("/", "\\"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)
LATER = {"since", "renames", "unmanaged", "ignored", "seal", "whose", "was"}  # plans that are older lack them
DIGEST = st.text("0123456789abcdef", min_size=64, max_size=64)
COUNT = st.none() | st.integers(0, 2**40)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    """Of any kind; the name may be anything, domain and type anything without a slash."""
    kind = draw(st.sampled_from(Kind))
    domain = draw(HOSTILE if kind is Kind.DOMAIN else NO_SLASH)
    config_type = draw(NO_SLASH) if kind is Kind.CONFIG else ""
    return Address(kind, domain, config_type, "" if kind is Kind.DOMAIN else draw(HOSTILE))


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


COVERAGE = st.builds(Coverage, COUNT, COUNT, st.booleans())
VALUES = JSON | st.just(dict(HIDDEN))
SOURCES = st.none() | HOSTILE.filter(bool)
DIFFS = st.builds(
    FieldDiff, HOSTILE, VALUES, VALUES, st.sampled_from([None, Whose.YOURS, Whose.DRIFT]), source=SOURCES
) | st.builds(FieldDiff, HOSTILE, VALUES, VALUES, st.just(Whose.BOTH), VALUES, SOURCES)
CHANGES = st.builds(
    Change,
    action=st.sampled_from(Action),
    address=addresses(),
    former=_maybe(addresses()),
    id=_maybe(st.integers(0, 2**64 - 1)),
    base=_maybe(DIGEST),
    fingerprint=_maybe(DIGEST),
    diff=st.lists(DIFFS, max_size=3).map(tuple),
    reach=_maybe(st.builds(Reach, COVERAGE, COVERAGE)),
    source=_maybe(HOSTILE),
    whose=_maybe(st.sampled_from(Whose)),
)
GUARDS = st.builds(
    Guard,
    name=HOSTILE,
    message=HOSTILE,
    confirm=_maybe(HOSTILE),
    count=COUNT,
    addresses=st.lists(addresses(), max_size=2).map(tuple),
)
PLANS = st.builds(
    Plan,
    server_name=HOSTILE,
    server_url=HOSTILE,
    created=HOSTILE,
    salt=st.text("0123456789abcdef", min_size=32, max_size=32),
    files_digest=DIGEST,
    only=st.lists(HOSTILE, max_size=2).map(tuple),
    summary=st.builds(Summary, *[st.integers(0, 10**6)] * 5),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    guards=st.lists(GUARDS, max_size=2).map(tuple),
    notes=st.lists(HOSTILE, max_size=2).map(tuple),
    since=_maybe(st.builds(Since, st.sampled_from(Third), HOSTILE, HOSTILE)),
    renames=st.lists(st.builds(Rename, addresses(), addresses(), _maybe(HOSTILE)), max_size=2).map(tuple),
    unmanaged=st.lists(addresses(), max_size=2).map(tuple),
    ignored=st.lists(st.builds(Ignored, addresses(), st.lists(HOSTILE, max_size=2).map(tuple)), max_size=2).map(tuple),
    seal=_maybe(DIGEST),
)

PLAN = Plan(
    server_name="production",
    server_url="wss://apps.example.com/x",
    created="2026-01-02T03:04:05+00:00",
    salt="00" * 16,
    files_digest="ab" * 32,
    only=("config[*]",),
    summary=Summary(create=1, update=2, delete=3, unchanged=40, unmanaged=5),
    changes=(
        Change(
            action=Action.UPDATE,
            address=Address(Kind.CONFIG, "example.com", "PHONE", "HQ phones"),
            former=Address(Kind.CONFIG, "example.com", "PHONE", "HQ"),
            id=12,
            base="cd" * 32,
            fingerprint="ef" * 32,
            diff=(
                FieldDiff("gk1", "172.16.0.1", None, Whose.BOTH, "172.16.0.3"),
                FieldDiff("logPassword", None, dict(HIDDEN), Whose.YOURS),
            ),
            reach=Reach(Coverage(42, 40), Coverage(everyone=True)),
            source="domains/hq.yaml:14:5",
            whose=Whose.BOTH,
        ),
    ),
    guards=(Guard("deletes", "3 deletes", "deletes", 3, (Address(Kind.DOMAIN, "example.com"),)),),
    notes=("a note",),
    since=Since(Third.RECORD, "applied.json", "2026-01-01T03:04:05+00:00"),
    renames=(
        Rename(
            Address(Kind.CATEGORY, "example.com", name="Phones HQ"),
            Address(Kind.CATEGORY, "example.com", name="HQ"),
            None,
        ),
    ),
    unmanaged=(Address(Kind.DOMAIN, "berlin.example.com"),),
    ignored=(Ignored(Address(Kind.CONFIG, "example.com", "PHONE", "HQ phones"), ("recordingUrl",)),),
    seal="01" * 32,
)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_document_of_a_plan() -> None:
    assert to_document(PLAN) == {
        "format": "syncer-plan/1",
        "server": {"name": "production", "url": "wss://apps.example.com/x"},
        "created": "2026-01-02T03:04:05+00:00",
        "salt": "00" * 16,
        "files_digest": "ab" * 32,
        "only": ["config[*]"],
        "summary": {"create": 1, "update": 2, "delete": 3, "unchanged": 40, "unmanaged": 5},
        "changes": [
            {
                "action": "update",
                "kind": "config",
                "address": "config[example.com/PHONE/HQ phones]",
                "former": "config[example.com/PHONE/HQ]",
                "id": 12,
                "base": "cd" * 32,
                "fingerprint": "ef" * 32,
                "diff": [
                    {"path": "gk1", "before": "172.16.0.1", "after": None, "whose": "both", "was": "172.16.0.3"},
                    {"path": "logPassword", "before": None, "after": {"secret": "changed"}, "whose": "yours"},
                ],
                "reach": {
                    "before": {"devices": 42, "online": 40, "everyone": False},
                    "after": {"devices": None, "online": None, "everyone": True},
                },
                "source": "domains/hq.yaml:14:5",
                "whose": "both",
            }
        ],
        "guards": [
            {
                "guard": "deletes",
                "message": "3 deletes",
                "confirm": "deletes",
                "count": 3,
                "addresses": ["domain[example.com]"],
            }
        ],
        "notes": ["a note"],
        "since": {"third": "record", "name": "applied.json", "at": "2026-01-01T03:04:05+00:00"},
        "renames": [
            {"address": "category[example.com/Phones HQ]", "former": "category[example.com/HQ]", "source": None}
        ],
        "unmanaged": ["domain[berlin.example.com]"],
        "ignored": [{"address": "config[example.com/PHONE/HQ phones]", "fields": ["recordingUrl"]}],
        "seal": "01" * 32,
    }


def test_plain_json_all_through() -> None:
    text = json.dumps(to_document(PLAN))
    assert json.loads(text) == to_document(PLAN)
    assert from_document(json.loads(text)) == PLAN


@given(PLANS)
def test_every_plan_keeps_to_the_schema(plan: Plan) -> None:
    VALIDATOR.validate(to_document(plan))


@given(PLANS)
def test_there_and_back_again(plan: Plan) -> None:
    text = json.dumps(to_document(plan))
    assert from_document(json.loads(text)) == plan


@given(st.sampled_from(Kind), HOSTILE, HOSTILE, HOSTILE)
def test_the_text_of_an_address_is_kept_whatever_the_names(
    kind: Kind, domain: str, config_type: str, name: str
) -> None:
    """Slashes in a domain's name make another address of it, with the same text."""
    address = Address(kind, domain, config_type, name)
    document = to_document(replace(PLAN, changes=(replace(PLAN.changes[0], address=address),)))
    assert to_document(from_document(document)) == document


@pytest.mark.parametrize("text", ["", "config", "config[", "device[x]", "config[x]y", "[x]", " domain[x]", "Domain[x]"])
def test_what_is_no_address(text: str) -> None:
    document = to_document(PLAN)
    document["changes"][0]["address"] = text
    with pytest.raises(ValueError, match="is no address"):
        from_document(document)


def test_the_schema_takes_nothing_more_and_nothing_less() -> None:
    for path in (
        [],
        ["server"],
        ["summary"],
        ["changes", 0],
        ["changes", 0, "diff", 0],
        ["changes", 0, "reach"],
        ["guards", 0],
    ):
        for key in _at(to_document(PLAN), path).keys() - LATER:
            document = to_document(PLAN)
            del _at(document, path)[key]
            assert not VALIDATOR.is_valid(document), (path, key)
        document = to_document(PLAN)
        _at(document, path)["more"] = 1
        assert not VALIDATOR.is_valid(document), path


def _at(document: Any, path: list[Any]) -> Any:
    for step in path:
        document = document[step]
    return document


@pytest.mark.parametrize(
    "change",
    [
        {"format": "syncer-plan/2"},
        {"salt": "zz"},
        {"only": "config[*]"},
        {"changes": {}},
        {"notes": [1]},
        {"created": None},
    ],
)
def test_the_schema_refuses_other_documents(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(to_document(PLAN) | change)


def test_guards_are_added() -> None:
    more = Guard("protected", "x")
    assert PLAN.with_guards((more,)).guards == (*PLAN.guards, more)


def test_counts() -> None:
    assert PLAN.summary.changes == 6
    address = PLAN.changes[0].address
    outcomes = [Outcome(address, Action.UPDATE, result) for result in (Result.APPLIED, Result.FAILED, Result.APPLIED)]
    assert Report(tuple(outcomes)).count(Result.APPLIED) == 2
    assert Report().count(Result.UNKNOWN) == 0
