"""Which changes `--only` chooses, and what they need of those that it leaves out."""

from collections.abc import Iterator, Sequence

from syncer.errors import Problem, ProblemsError, visible
from syncer.model.address import Action, Address, Kind, category_address, domain_address
from syncer.model.plan import Change
from syncer.model.state import Desired, Live, Target
from syncer.plan.steps import Step, by_domain
from syncer.plan.target import means, names


def refuse_globs_of_nothing(only: Sequence[str], desired: Desired, live: Live) -> None:
    """A glob that names nothing is a slip: it would find no differences for ever. ProblemsError with each."""
    if not only:
        return
    addresses = {entry.address for entry in desired.entries} | {one.address for one in live.objects}
    problems = [
        Problem(None, f"--only {visible(glob)} names nothing in {desired.called} or on the server", "correct it")
        for glob in only
        if not any(address.matches(glob) for address in addresses)
    ]
    if problems:
        raise ProblemsError(problems)


def is_chosen(change: Change, only: Sequence[str]) -> bool:
    """Whether `--only` names a change, by its address or its former one."""
    return is_named(only, change.address, *([change.former] if change.former else []))


def is_named(only: Sequence[str], *addresses: Address) -> bool:
    """Whether `--only` names one of the addresses; no glob names all."""
    return not only or any(address.matches(glob) for glob in only for address in addresses)


def cut_off(chosen: Sequence[Step], steps: Sequence[Step]) -> Iterator[tuple[Address, Address]]:
    """Where a chosen change needs one of `steps` that is not chosen: both addresses."""
    ids = {id(step) for step in chosen}
    left_out = [step for step in steps if id(step) not in ids]
    named = {s.change.address for s in left_out if s.change.action is Action.CREATE or s.change.former}
    freed = {s.change.former: s.change.address for s in left_out if s.change.former}
    inside = by_domain(left_out)
    for step in chosen:
        address = step.change.address
        if step.target is None:
            yield from ((address, s.change.address) for s in inside[step.domain_id] if _is_held_by(step, s))
            continue
        yield from ((address, needed) for needed in _named(step.target) if needed in named)
        if address in freed and (step.change.action is Action.CREATE or step.change.former):
            yield address, freed[address]


def _named(target: Target) -> Iterator[Address]:
    """What must have been created or renamed before an object can be as it is to be."""
    address = target.address
    if address.kind is not Kind.DOMAIN:
        yield domain_address(address.domain)
        yield from (category_address(address.domain, name) for name in target.categories)


def _is_held_by(delete: Step, other: Step) -> bool:
    """Whether an object can be deleted only after `other`, which deletes what is in it or what names it."""
    gone = delete.live
    if gone is None or other.live is None or other.live.domain_id != gone.domain_id or gone.address.kind is Kind.CONFIG:
        return False
    if gone.address.kind is Kind.DOMAIN:
        return other.target is None
    if other.live.address.kind is not Kind.CONFIG or not any(means(ref, gone) for ref in other.live.categories):
        return False
    return other.target is None or not names(other.target, gone)
