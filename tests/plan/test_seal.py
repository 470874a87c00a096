"""The seal of a saved plan: whoever edits the file has it refused."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import StalePlan
from syncer.files.schemas import complaints
from syncer.model.address import config_address
from syncer.model.plan import FieldDiff, Plan, Rename, Since, Third, Whose, from_document, to_document
from syncer.plan.digest import derive_key
from syncer.plan.saved import check_seal, refuse_edited, seal_of, select
from tests.plan import factories as make
from tests.plan.factories import ORIGIN, planned
from tests.plan.test_saved import LIVE, WANTED

KEY = derive_key(ORIGIN.password, ORIGIN.salt)
SINCE = Since(Third.REVISION, "main", "ab" * 20)
FORMER = config_address("example.com", "NTP", "former")


def sealed(plan: Plan) -> Plan:
    return replace(plan, seal=seal_of(plan, KEY))


def rich() -> Plan:
    """A plan with something in every part."""
    plan = planned(WANTED, LIVE).plan
    odd = FieldDiff("extra.x", {"a": [1, 2.5, True, None]}, 10.0, Whose.BOTH, "was")
    changes = tuple(replace(one, whose=Whose.BOTH, diff=(*one.diff, odd)) for one in plan.changes)
    return replace(
        plan,
        changes=changes,
        since=SINCE,
        renames=(Rename(changes[0].address, FORMER, "a.yaml:1:1"),),
        unmanaged=(FORMER,),
        notes=("a note", "ünï\ud800"),
    )


DOCUMENT: dict[str, Any] = json.loads(json.dumps(to_document(sealed(rich()))))


def accept(document: dict[str, Any]) -> None:
    """As apply does; ValueError where the schema, or an address in it, is wrong before any seal is looked at."""
    if wrong := [complaint.what for complaint in complaints("plan", document)]:
        raise ValueError(wrong)
    refuse_edited(document)
    check_seal(from_document(document), ORIGIN.server_url, ORIGIN.password)


def refused(document: dict[str, Any]) -> str:
    with pytest.raises(StalePlan) as caught:
        accept(document)
    return str(caught.value)


def places(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values of a document."""
    if above:
        yield above
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from places(one, (*above, step))


PLACES = sorted(places(DOCUMENT), key=str)


def edited(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The document with another value there; `...` takes it away."""
    document = copy.deepcopy(DOCUMENT)
    *above, last = place
    inside: Any = document
    for step in above:
        inside = inside[step]
    if value is ...:
        del inside[last]
    else:
        inside[last] = value
    return document


def at(place: tuple[str | int, ...]) -> Any:
    value: Any = DOCUMENT
    for step in place:
        value = value[step]
    return value


def test_as_it_was_written() -> None:
    accept(DOCUMENT)


def test_reformatting_does_not_matter() -> None:
    text = json.dumps(DOCUMENT, indent=7, sort_keys=True, ensure_ascii=False).replace("10.0", "10")
    assert '"before": 10' not in text
    assert ": 10," in text or ": 10\n" in text
    accept(json.loads(text))


def test_what_is_applied_does_not_depend_on_how_numbers_are_spelled() -> None:
    phones = make.config("PHONE", "phones", categories=["HQ"], extra={"x": 1000.0})
    now = planned(make.desired(make.domain(configs=[phones])), LIVE)
    document = json.loads(json.dumps(to_document(sealed(now.plan))).replace("1000.0", "1000"))  # as jq does
    accept(document)
    assert select(from_document(document), now).plan.changes == now.plan.changes


def other(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same type, so that the schema would not see it, but others."""
    match value:
        case bool():
            return st.just(not value)
        case int() | float():
            return st.integers(0, 99).filter(lambda one: one != value)
        case str():
            return st.sampled_from([value + "x", value[:-1], value.swapcase(), "domain[x]"]).filter(
                lambda v: v != value
            )
        case list():
            return st.sampled_from([[], [*value, *value], value[1:], value[::-1]]).filter(lambda v: v != value)
        case None:
            return st.sampled_from(["", 0, {}])
        case _:
            return st.just({})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_edit_is_told(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(PLACES).filter(lambda one: at(one) != {} and at(one) != []))
    document = edited(place, data.draw(other(at(place))))
    with pytest.raises((StalePlan, ValueError)):
        accept(document)


@pytest.mark.parametrize("place", [one for one in PLACES if one[0] != "seal"], ids=str)
def test_what_is_taken_away_is_told(place: tuple[str | int, ...]) -> None:
    with pytest.raises((StalePlan, ValueError)):
        accept(edited(place, ...))


@pytest.mark.parametrize("seal", [None, ..., "", "ab" * 32, "\ud800"])
def test_another_seal_or_none(seal: Any) -> None:
    assert refused(edited(("seal",), seal)).startswith("the plan file was edited after it was made")


def old() -> dict[str, Any]:
    """A plan of a syncer without seals."""
    document = json.loads(json.dumps(to_document(planned(WANTED, LIVE).plan)))
    for name in ("since", "renames", "unmanaged", "ignored", "seal"):
        del document[name]
    for change in document["changes"]:
        del change["whose"]
    return dict(document)


def test_an_older_plan_has_none() -> None:
    accept(old())


@pytest.mark.parametrize("name, value", [("since", None), ("renames", []), ("unmanaged", []), ("ignored", [])])
def test_an_older_plan_has_nothing_newer(name: str, value: Any) -> None:
    refused(old() | {name: value})


def test_an_older_plan_does_not_tell_whose_anything_is() -> None:
    document = old()
    document["changes"][0]["diff"][0]["whose"] = "drift"
    refused(document)
    document = old()
    document["changes"][0]["whose"] = None
    refused(document)


def test_another_password_is_not_told_from_an_edit() -> None:
    with pytest.raises(StalePlan, match="edited after it was made, or the login password changed since; plan again"):
        check_seal(from_document(DOCUMENT), ORIGIN.server_url, "another")


def test_another_server_is_told_first() -> None:
    with pytest.raises(StalePlan, match=r"the plan was made for wss://apps\S*, not for wss://b; plan again"):
        check_seal(from_document(DOCUMENT), "wss://b", "another")


def test_a_seal_is_another_with_another_key() -> None:
    assert seal_of(rich(), KEY) != seal_of(rich(), derive_key("other", ORIGIN.salt))


def test_what_was_told_is_carried_over_to_what_is_agreed_on() -> None:
    saved = from_document(DOCUMENT)
    told = replace(saved, changes=tuple(replace(c, diff=c.diff[:-1]) for c in saved.changes))
    marked = tuple(
        replace(c, diff=tuple(replace(d, whose=Whose.BOTH, was="x") for d in c.diff), whose=Whose.BOTH)
        for c in told.changes
    )
    result = select(replace(told, changes=marked), planned(WANTED, LIVE))
    assert result.plan.since == SINCE
    assert result.plan.renames == saved.renames
    assert [(c.whose, {(d.whose, d.was) for d in c.diff}) for c in result.plan.changes] == [
        (Whose.BOTH, {(Whose.BOTH, "x")} if c.diff else set()) for c in result.plan.changes
    ]
    assert tuple(step.change for step in result.steps) == result.plan.changes
