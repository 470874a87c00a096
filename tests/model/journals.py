"""Journals for tests: a small one, and Hypothesis strategies for anything that a journal may hold."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from syncer.model.address import config_address
from syncer.model.journal import Before, Begun, Closed, Ended, Entry, History, Image, Opened, Phase, Sealed
from syncer.model.plan import Ending, Plan, Result
from syncer.model.state import CategoryRef
from tests.model.test_plan import DIGEST, HOSTILE, JSON, PLAN, PLANS, addresses

IDS = st.integers(0, 2**53)
OBJECTS = st.dictionaries(HOSTILE, JSON, max_size=3)
SEALED = st.builds(Sealed, DIGEST, st.none() | HOSTILE)
IMAGES = st.builds(
    Image,
    address=addresses(),
    id=IDS,
    domain_id=IDS,
    fields=OBJECTS,
    extra=OBJECTS,
    categories=st.lists(st.builds(CategoryRef, st.none() | IDS, st.none() | HOSTILE), max_size=2).map(tuple),
    sealed=st.dictionaries(HOSTILE, SEALED, max_size=2),
)
OPENED = st.builds(Opened, PLANS, DIGEST, HOSTILE)


def entries(most: int = 3) -> st.SearchStrategy[Entry]:
    """Whatever may follow the first entry, of changes 0 to `most`."""
    change = st.integers(0, most)
    phase = st.sampled_from(Phase)
    before = st.builds(
        Before,
        change,
        addresses(),
        st.none() | addresses(),
        st.none() | IDS,
        st.frozensets(HOSTILE, max_size=2),
        st.none() | IMAGES,
    )
    ended = st.builds(
        Ended, change, phase, st.sampled_from(Result), HOSTILE, id=st.none() | IDS, state=st.none() | DIGEST
    )
    begun = st.builds(Begun, change, phase, st.none() | IMAGES)
    return before | begun | ended | st.builds(Closed, st.sampled_from(Ending), HOSTILE)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """What could have been written: each change of the plan is told as it was before anything is begun."""
    opened = draw(OPENED)
    changes = opened.plan.changes
    beside = st.frozensets(IDS, max_size=2)
    befores = [
        Before(n, one.address, one.former, 1, frozenset(), draw(IMAGES), draw(beside)) for n, one in enumerate(changes)
    ]
    rest = draw(st.lists(entries(len(changes) - 1), max_size=6)) if changes else []
    return History(opened, (*befores, *rest))


def plan_of(count: int) -> Plan:
    """A plan of so many updates."""
    changes = tuple(
        replace(PLAN.changes[0], address=config_address("example.com", "PHONE", f"p{n}")) for n in range(count)
    )
    return replace(PLAN, changes=changes)


def beginning(count: int, **plan: Any) -> list[Entry]:
    """A plan of so many updates, and each object as it was; `plan` changes something of it."""
    made = replace(plan_of(count), **plan)
    opened: list[Entry] = [Opened(made, "ab" * 32, "2026-11-23T19:56:22+00:00")]
    return opened + [
        Before(n, one.address, None, 1, frozenset(), Image(one.address, 12 + n, 1, {"gk1": "172.16.0.1"}))
        for n, one in enumerate(made.changes)
    ]


def write_of(change: int, result: Result | None, phase: Phase = Phase.APPLY, reason: str = "") -> list[Entry]:
    """A write that was begun, and what came of it; None: that is not told."""
    begun: list[Entry] = [Begun(change, phase)]
    return begun if result is None else [*begun, Ended(change, phase, result, reason)]
