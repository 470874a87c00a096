"""Which of several at one address is which: those of equal content first, then the rest in order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from syncer.model.fields import fields_of
from syncer.model.state import Entry, LiveObject
from syncer.plan.diff import view_of_live, view_of_target
from syncer.plan.digest import canonical
from syncer.plan.target import make_target

Thing = TypeVar("Thing", Entry, LiveObject)


def pairs(
    things: Sequence[Thing], live: Sequence[LiveObject], left_to_others: frozenset[str]
) -> Iterator[tuple[Thing, LiveObject]]:
    """Pairs of one address, as many as there are on both sides.

    Equal ones come first, then those that differ only in secrets, and in what is left to others not at all.
    """
    if len(things) == len(live) == 1:
        yield things[0], live[0]
        return
    left, free = dict(enumerate(things)), {one.id: one for one in live}
    for told in (_telling(left_to_others, secrets=True), _telling(left_to_others, secrets=False), lambda _: ""):
        alike: defaultdict[str, list[LiveObject]] = defaultdict(list)
        for one in reversed(free.values()):
            alike[told(one)].append(one)
        for number, thing in list(left.items()):
            if same := alike[told(thing)]:
                found = same.pop()
                del left[number], free[found.id]
                yield thing, found


def _telling(without: frozenset[str], *, secrets: bool) -> Callable[[Entry | LiveObject], str]:
    """Tells the content of one of them."""

    def told(one: Entry | LiveObject) -> str:
        known = fields_of(one.address.kind, one.address.type)
        names = without | frozenset(name for name, field in known.items() if field.secret and not secrets)
        view = view_of_live(one) if isinstance(one, LiveObject) else view_of_target(make_target(one, None, frozenset()))
        extra = {name: value for name, value in view.pop("extra", {}).items() if name not in names}
        return canonical([{name: value for name, value in view.items() if name not in names}, extra])

    return told
