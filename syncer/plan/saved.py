"""Applying exactly a saved plan: everything that it relies on must still hold, and nothing else is applied."""

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from syncer.errors import StalePlan, visible
from syncer.model.address import Action
from syncer.model.plan import Change, Plan, Summary, from_document, to_document
from syncer.model.state import Desired
from syncer.plan.choosing import cut_off
from syncer.plan.digest import canonical, derive_key, files_of, keyed
from syncer.plan.planner import Planned
from syncer.plan.steps import Step

_AGAIN = "plan again, and have it reviewed again"
_EDITED = f"the plan file was edited after it was made; {_AGAIN}"
# keys that only plans with a seal have
_OF_SEALED = frozenset({"since", "renames", "unmanaged", "ignored", "seal", "restores"})


def seal_of(plan: Plan, key: bytes) -> str:
    """The seal of a plan, made with the key of all its digests."""
    return keyed(key, ["syncer-plan-seal", _in_one_spelling(to_document(replace(plan, seal=None)))])


def refuse_edited(document: Mapping[str, Any]) -> None:
    """StalePlan for a document of which it shows without a key that somebody edited it; it passed its schema.

    One without a seal is of an older syncer, and then has nothing that came with the seal.
    """
    if document.get("seal") is None:
        parts = (part for change in document["changes"] for part in (change, *change["diff"]))
        if _OF_SEALED & document.keys() or any("whose" in part for part in parts):
            raise StalePlan(_EDITED)
    elif _in_one_spelling(to_document(from_document(document))) != _in_one_spelling(document):
        raise StalePlan(_EDITED)  # in a place that is not read, so no seal tells of it


def check_seal(saved: Plan, server_url: str, password: str) -> None:
    """StalePlan unless the plan is of this server, and as it was made; one without a seal is of an older syncer."""
    if saved.server_url != server_url:
        raise StalePlan(f"the plan was made for {visible(saved.server_url)}, not for {visible(server_url)}; {_AGAIN}")
    if saved.seal is not None and not hmac.compare_digest(
        seal_of(saved, derive_key(password, saved.salt)).encode(), saved.seal.encode("utf-8", "surrogatepass")
    ):
        raise StalePlan(f"the plan file was edited after it was made, or the login password changed since; {_AGAIN}")


def check_goal(saved: Plan, *, restores: bool) -> None:
    """StalePlan where a plan of a backup is to be applied as one of the files, or the other way round."""
    if saved.restores is not None and not restores:
        what = f"the plan restores a backup ({visible(saved.restores)})"
        raise StalePlan(f"{what}; apply it with `syncer restore FILE PLAN.json`, and its --into and --prune, if any")
    if saved.restores is None and restores:
        raise StalePlan("the plan is of the files and restores no backup; apply it with `syncer apply PLAN.json`")


def _in_one_spelling(value: Any) -> str:
    """Canonical, but 1.0 is 1: JSON knows no difference, and what reformats a file may write either."""
    return canonical(json.loads(canonical(value), parse_float=_number))


def _number(digits: str) -> float:
    number = float(digits)
    return int(number) if number.is_integer() else number


def check_origin(
    saved: Plan, server_url: str, password: str, desired: Desired, profile_digest: str, called: str = "the files"
) -> None:
    """StalePlan unless server, goal (`called` so), policy and wire profile are those that the plan was made with."""
    if saved.server_url != server_url:
        raise StalePlan(f"the plan was made for {visible(saved.server_url)}, not for {visible(server_url)}; {_AGAIN}")
    if keyed(derive_key(password, saved.salt), files_of(desired, profile_digest)) != saved.files_digest:
        raise StalePlan(
            f"{called}, the policy, the wire profile or a password changed since the plan was made; {_AGAIN}"
        )


def select(saved: Plan, now: Planned) -> Planned:
    """The steps of `now` that the saved plan holds, and no others; StalePlan with all that differs.

    What the saved plan says is compared and not used, but for what was told beside it: whose a change is, and renames.
    """
    keys = keys_of(saved.changes)
    steps = dict(zip(keys_of(step.change for step in now.steps), now.steps, strict=True))
    told = dict(zip(keys, saved.changes, strict=True))
    stale = [text for key, change in told.items() for text in stale_reasons(change, steps.get(key))]
    if _counts(change.action for change in saved.changes) != _counts_of(saved.summary):
        stale.append("its summary does not count its changes")
    found = {key: step for key, step in steps.items() if key in told}
    chosen = tuple(found.values())
    stale += [f"{one.shown}: it now needs {needed.shown} as well" for one, needed in cut_off(chosen, now.steps)]
    if stale:
        raise StalePlan("the server moved on since the plan was made:\n  " + "\n  ".join(stale) + f"\n{_AGAIN}")
    more = len(now.steps) - len(chosen)
    chosen = tuple(replace(step, change=_as_told(step.change, told[key])) for key, step in found.items())
    notes = (f"{more} more difference(s) since the plan was made are left alone",) if more else ()
    plan = replace(
        now.plan,
        created=saved.created,
        changes=tuple(step.change for step in chosen),
        summary=summary_of(chosen, now.plan.summary),
        notes=now.plan.notes + notes,
        since=saved.since,
        renames=saved.renames,
    )
    return replace(now, plan=plan, steps=chosen)


def _as_told(now: Change, saved: Change) -> Change:
    """With whose the saved plan says that the change and its differences are."""
    told = {one.path: one for one in saved.diff}
    diff = (
        replace(one, whose=told[one.path].whose, was=told[one.path].was) if one.path in told else one
        for one in now.diff
    )
    return replace(now, diff=tuple(diff), whose=saved.whose)


KeyOfChange = tuple[Action, str, int | None, int]


def keys_of(changes: Iterable[Change]) -> list[KeyOfChange]:
    """By the address's text, which is all that a saved plan holds of it; creates of one address are counted."""
    keys: list[KeyOfChange] = []
    times: Counter[tuple[Action, str, int | None]] = Counter()
    for change in changes:
        key = (change.action, str(change.address), change.id)
        keys.append((*key, times[key]))
        times[key] += 1
    return keys


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
    # not how many devices there are, which come and go
    everyone = [side.everyone for side in (change.reach.before, change.reach.after)] if change.reach else [False] * 2
    former = str(change.former) if change.former else None
    return _in_one_spelling([former, diff, None if "categories" in ignored else everyone])


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
