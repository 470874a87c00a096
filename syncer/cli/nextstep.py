"""What to run after a plan was shown: the command as it must be typed, or what stands in its way."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer.model.address import Action
from syncer.model.fields import fields_of
from syncer.model.plan import Change, FieldDiff, Guard, Plan, Whose
from syncer.render.values import harmless, one_line

_LONGEST = 4000  # characters; of a longer command line nobody copies anything
_IF_RENAMED = "if it is a rename, say so in the files as above, and plan again"
_RESTORE_OTHERS = "restore what nothing holds back with --only"
_UNVERIFIED = "unverified-wire"
_COUNTED = frozenset({"deletes", "updates", "unreached"})
_INSTEAD = {
    "protected": "leave these in the files as they are live, or take them out of policy.protect",
    "category-in-use": "keep the category until no config names it and it has no devices; `renamed_from` keeps both",
    "domain-in-use": "keep the domain until nothing is left in it; `renamed_from` keeps what it holds",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said that the next command must say again; `file` is the saved plan, if there is one.

    `command` is what applies it.
    """

    directory: str | None = None
    server: str | None = None
    only: Sequence[str] = ()
    reach: bool = True
    file: Path | None = None
    command: Sequence[str] = ("apply",)


def next_step(plan: Plan, said: Said) -> str:
    """For people; commands in it stand at the end of a line."""
    if not plan.changes:
        return "Next: nothing to do"
    if held := [guard for guard in plan.guards if _lets_nothing_through(guard)]:
        return "\n".join(["Next: change what nothing overrides, and plan again", *_instead(held, said)])
    commands = [shown(command) for command in next_commands(plan, said)]
    if plan.renames:
        return "\n".join([f"Next: {_IF_RENAMED}", f"else: {commands[0]}", *(f"then: {one}" for one in commands[1:])])
    return "\n".join([f"Next: {commands[0]}", *(f"then: {one}" for one in commands[1:])])


def after_drift(plan: Plan, said: Said) -> str:
    """The two ways out of drift: into the files, or off the server.

    Only the latter where only the files moved, or nothing but secrets differs, which are never written into files.
    """
    whose = {change.whose for change in plan.changes}
    if whose <= {Whose.YOURS} or not any(map(_is_for_files, plan.changes)):
        return next_step(plan, said)
    adopt = shown(["syncer", "drift", *_where(said), *_only(said), "--adopt"])
    too = "" if whose == {Whose.DRIFT} else ", whoever moved"
    too += ", what is unmanaged too" if plan.unmanaged else ""
    back = next_step(plan, said).removeprefix("Next: ")
    return f"Next, to write into the files what is live{too}: {adopt}\nelse, to put the server back: {back}"


def _is_for_files(change: Change) -> bool:
    return change.action is not Action.UPDATE or not all(_is_another_secret(change, diff) for diff in change.diff)


def _is_another_secret(change: Change, diff: FieldDiff) -> bool:
    known = fields_of(change.address.kind, change.address.type).get(diff.path)
    return known is not None and known.secret and diff.before is not None and diff.after is not None


def next_commands(plan: Plan, said: Said) -> list[list[str]]:
    """The arguments of each, in order; none where there is nothing to do or nothing lets the plan through.

    An unverified wire profile is to be proven first: to do without is for people to think of themselves.
    """
    if not plan.changes or any(_lets_nothing_through(guard) for guard in plan.guards):
        return []
    where = _where(said)
    what = [_as_argument(said.file)] if said.file else _only(said)
    reach = [] if said.reach else ["--no-reach"]
    apply = ["syncer", *said.command, *where, *what, *reach, *_confirmations(plan.guards)]
    proof = [["syncer", "wire", "verify", *where]] if any(g.confirm == _UNVERIFIED for g in plan.guards) else []
    return [*proof, apply]


def shown(command: Sequence[str]) -> str:
    """As a POSIX shell takes it."""
    return harmless(shlex.join(command), _LONGEST)


def _where(said: Said) -> list[str]:
    return [*_option("-C", said.directory), *_option("--server", said.server)]


def _only(said: Said) -> list[str]:
    return [part for glob in said.only for part in ("--only", glob)]


def _option(name: str, value: str | None) -> list[str]:
    return [] if value is None else [name, value]


def _as_argument(file: Path) -> str:
    return f"./{file}" if str(file).startswith("-") else str(file)


def _confirmations(guards: Sequence[Guard]) -> Iterator[str]:
    for confirm, count in dict.fromkeys((guard.confirm, guard.count) for guard in guards):
        if confirm in _COUNTED:
            yield from (f"--confirm-{confirm}", str(count))


def _lets_nothing_through(guard: Guard) -> bool:
    return guard.confirm != _UNVERIFIED and (guard.confirm not in _COUNTED or guard.count is None)


def _instead(held: Sequence[Guard], said: Said) -> Iterator[str]:
    of_files = said.command[0] == "apply"
    for name in dict.fromkeys(guard.name for guard in held):
        instead = _INSTEAD.get(name, "see what holds it back above") if of_files else _RESTORE_OTHERS
        yield f"  {one_line(name)}: {instead}"
