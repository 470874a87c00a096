"""Applying exactly a saved plan: everything that it relies on must still hold, and nothing else is applied."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from syncer.errors import StalePlan, visible
from syncer.model.address import Action, Address
from syncer.model.plan import Change, Plan, Summary
from syncer.model.state import Desired
from syncer.plan.digest import derive_key, files_of, keyed
from syncer.plan.planner import Planned, Step

_AGAIN = "plan again, and have it reviewed again"


def check_origin(saved: Plan, server_url: str, password: str, desired: Desired, profile_digest: str) -> None:
    """StalePlan unless server, files, policy and wire profile are those that the plan was made with."""
    if saved.server_url != server_url:
        raise StalePlan(f"the plan was made for {visible(saved.server_url)}, not for {visible(server_url)}; {_AGAIN}")
    if keyed(derive_key(password, saved.salt), files_of(desired, profile_digest)) != saved.files_digest:
        raise StalePlan(
            f"the files, the policy, the wire profile or a password changed since the plan was made; {_AGAIN}"
        )


def select(saved: Plan, now: Planned) -> Planned:
    """The steps of `now` that the saved plan holds, and no others; StalePlan with all that differs."""
    steps = {_key(step.change): step for step in now.steps}
    stale = [text for change in saved.changes for text in _stale(change, steps.get(_key(change)))]
    if stale:
        raise StalePlan("the server moved on since the plan was made:\n  " + "\n  ".join(stale) + f"\n{_AGAIN}")
    wanted = {_key(change) for change in saved.changes}
    chosen = tuple(step for step in now.steps if _key(step.change) in wanted)
    more = len(now.steps) - len(chosen)
    notes = (f"{more} more difference(s) since the plan was made are left alone",) if more else ()
    plan = replace(
        now.plan,
        created=saved.created,
        changes=tuple(step.change for step in chosen),
        summary=_summary(chosen, now.plan.summary),
        notes=saved.notes + notes,
    )
    return Planned(plan, chosen, now.key)


def _key(change: Change) -> tuple[Action, Address, int | None]:
    return (change.action, change.address, change.id)


def _stale(saved: Change, step: Step | None) -> Iterator[str]:
    where = f"{saved.action} {saved.address.shown}"
    if step is None:
        yield f"{where}: no longer what would be done"
    elif step.change.base != saved.base:
        yield f"{where}: changed on the server"
    elif step.change.fingerprint != saved.fingerprint:
        yield f"{where}: it would become something else"


def _summary(chosen: tuple[Step, ...], now: Summary) -> Summary:
    count = Counter(step.change.action for step in chosen)
    return Summary(
        count[Action.CREATE], count[Action.UPDATE], count[Action.DELETE], now.unchanged, now.unmanaged
    )
