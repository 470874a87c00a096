"""Applying exactly a saved plan: everything that it relies on must still hold, and nothing else is applied."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncer.errors import StalePlan, visible
from syncer.model.address import Action
from syncer.model.plan import Change, Plan, Summary
from syncer.model.state import Desired
from syncer.plan.digest import canonical, derive_key, files_of, keyed
from syncer.plan.planner import Planned, cut_off
from syncer.plan.steps import Step

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
    """The steps of `now` that the saved plan holds, and no others; StalePlan with all that differs.

    What the saved plan says is compared and never used: who edits the file can have it refused, nothing else.
    """
    steps = {key_of_change(step.change): step for step in now.steps}
    stale = [text for change in saved.changes for text in stale_reasons(change, steps.get(key_of_change(change)))]
    if _counts(change.action for change in saved.changes) != _counts_of(saved.summary):
        stale.append("its summary does not count its changes")
    wanted = {key_of_change(change) for change in saved.changes}
    chosen = tuple(step for step in now.steps if key_of_change(step.change) in wanted)
    stale += [f"{one.shown}: it now needs {needed.shown} as well" for one, needed in cut_off(chosen, now.steps)]
    if stale:
        raise StalePlan("the server moved on since the plan was made:\n  " + "\n  ".join(stale) + f"\n{_AGAIN}")
    more = len(now.steps) - len(chosen)
    notes = (f"{more} more difference(s) since the plan was made are left alone",) if more else ()
    plan = replace(
        now.plan,
        created=saved.created,
        changes=tuple(step.change for step in chosen),
        summary=summary_of(chosen, now.plan.summary),
        notes=now.plan.notes + notes,
    )
    return Planned(plan, chosen, now.key)


def key_of_change(change: Change) -> tuple[Action, str, int | None]:
    """By the address's text, which is all that a saved plan holds of it."""
    return (change.action, str(change.address), change.id)


def stale_reasons(saved: Change, step: Step | None) -> Iterator[str]:
    """Why `step` is not exactly what was planned."""
    where = f"{saved.action} {saved.address.shown}"
    if step is None:
        yield f"{where}: no longer what would be done"
    elif step.change.base != saved.base:
        yield f"{where}: changed on the server"
    elif step.change.fingerprint != saved.fingerprint:
        yield f"{where}: it would become something else"
    elif _shown(saved, step.ignored) != _shown(step.change, step.ignored):
        yield f"{where}: the plan shows something else than what would be done"


def _shown(change: Change, ignored: frozenset[str]) -> str:
    """What people are shown of a change, as far as it cannot differ while base and fingerprint are the same.

    Not what others do with ignored fields, nor how they name the categories that a config had.
    """
    diff = [
        [one.path, None if one.path == "categories" else one.before, one.after]
        for one in change.diff
        if not any(_is_of(one.path, name) for name in ignored)
    ]
    everyone = [side.everyone for side in (change.reach.before, change.reach.after)] if change.reach else None
    former = str(change.former) if change.former else None
    return canonical([former, diff, None if "categories" in ignored else everyone])


def _is_of(path: str, name: str) -> bool:
    return path == name or path.startswith((f"extra.{name}", f"extra[{json.dumps(name)}]"))


def _counts(actions: Iterable[Action]) -> tuple[int, int, int]:
    count = Counter(actions)
    return (count[Action.CREATE], count[Action.UPDATE], count[Action.DELETE])


def _counts_of(summary: Summary) -> tuple[int, int, int]:
    return (summary.create, summary.update, summary.delete)


def summary_of(chosen: Iterable[Step], now: Summary) -> Summary:
    """The summary of some steps; what is not among them is as in `now`."""
    return Summary(*_counts(step.change.action for step in chosen), now.unchanged, now.unmanaged)
