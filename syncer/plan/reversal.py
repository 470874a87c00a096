"""What a rollback of a plan could not restore, told before anything is written."""

from collections.abc import Iterable, Iterator, Sequence

from syncer.errors import some, visible
from syncer.model.address import Action
from syncer.model.fields import fields_of
from syncer.plan.images import secret_fields
from syncer.plan.steps import Maker, Step
from syncer.plan.undo import lost_of

_NAMED_AT_MOST = 5


def reversal_notes(steps: Sequence[Step], maker: Maker, write_only: frozenset[str], *, can_seal: bool) -> Iterator[str]:
    """One note for what no rollback restores, and one for what one after a crash does not."""
    never = [(step, lost_of(step.change.action, step.live, _paths(step), write_only)) for step in steps]
    if told := _told(never):
        yield f"no rollback could restore what syncer cannot read: {told}"
    if not can_seal and (told := _told((step, _sealed(step, maker) - lost) for step, lost in never)):
        yield (
            f"a rollback after a crash could not restore what no journal may hold: {told}; "
            "with `age_recipients` in syncer.yaml it is kept encrypted"
        )


def _paths(step: Step) -> list[str]:
    return [one.path for one in step.change.diff]


def _sealed(step: Step, maker: Maker) -> frozenset[str]:
    """Fields of the live object that the change takes away or changes, and whose values must not be read."""
    live = step.live
    if live is None:
        return frozenset()
    hidden = (secret_fields(live) | maker.masked(step.target, live)) & (live.fields.keys() | live.extra.keys())
    if step.change.action is Action.DELETE:
        return frozenset(hidden)
    known = fields_of(live.address.kind, live.address.type)
    paths = _paths(step)
    return frozenset(
        name
        for name in hidden
        if any(path == name or (name not in known and path.startswith("extra") and name in path) for path in paths)
    )


def _told(found: Iterable[tuple[Step, frozenset[str]]]) -> str:
    named = [f"{visible(name)} of {step.change.address.shown}" for step, names in found for name in sorted(names)]
    return some(named, _NAMED_AT_MOST)
