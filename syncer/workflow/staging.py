"""A staged rollout: some addresses first, then a wait and a check, then the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from syncer.apply.transaction import Gate
from syncer.devices.interface import Device, Service, devices_of
from syncer.errors import Problem, ProblemsError, UsageProblem, some, visible
from syncer.model.state import Live
from syncer.plan.choosing import cut_off
from syncer.plan.coverage import devices_to_count
from syncer.plan.steps import Step
from syncer.workflow import shell
from syncer.workflow.connecting import Connected
from syncer.workflow.context import Context, Repository
from syncer.workflow.planning import Prepared

_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Staging:
    """Globs of the addresses that go first, seconds to wait after them, and a shell command that must succeed then."""

    first: Sequence[str] = ()
    wait: float = 0.0
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """The numbers of the changes that go first, and what is asked before the rest."""

    first: frozenset[int] = frozenset()
    gate: Gate | None = None


async def stage(
    context: Context, repository: Repository, connected: Connected, prepared: Prepared, staging: Staging
) -> Staged:
    """Everything that can be found out beforehand about a staged rollout; what cannot be checked is an error."""
    if not staging.first:
        if staging.wait or staging.check:
            raise UsageProblem("--wait and --check belong to --first, which says what is applied before them")
        return Staged()
    steps = prepared.planned.steps
    chosen = [step for step in steps if _is_first(step, staging.first)]
    _refuse_bad_choice(chosen, steps, staging.first)
    first = frozenset(number for number, step in enumerate(steps) if _is_first(step, staging.first))
    if staging.check:
        check = _command(context, staging.check, shell.environment_for(context, repository))
    else:
        check = await _still_online(connected.service, chosen, prepared.live)

    async def gate() -> str:
        await _wait(context, staging.wait)
        return await check()

    return Staged(first, gate)


def _is_first(step: Step, globs: Sequence[str]) -> bool:
    change = step.change
    addresses = [change.address, *([change.former] if change.former else [])]
    return any(address.matches(glob) for glob in globs for address in addresses)


def _refuse_bad_choice(chosen: Sequence[Step], steps: Sequence[Step], globs: Sequence[str]) -> None:
    problems = [
        Problem(None, f"--first {visible(glob)} names none of the changes", "correct it")
        for glob in globs
        if not any(_is_first(step, [glob]) for step in steps)
    ]
    problems += [
        Problem(None, f"--first leaves out {needed.shown}, which {one.shown} needs", "widen --first")
        for one, needed in cut_off(chosen, steps)
    ]
    if problems:
        raise ProblemsError(problems)


async def _wait(context: Context, seconds: float) -> None:
    """Told second by second, since ten minutes of silence look like a hang."""
    if seconds <= 0:
        return
    tick = context.progress.phase("waiting", max(1, round(seconds)))
    until = context.clock() + seconds
    while (left := until - context.clock()) > 0:
        await asyncio.sleep(min(1.0, left))
        tick(1)


Check = Callable[[], Awaitable[str]]


def _command(context: Context, command: str, environ: Mapping[str, str]) -> Check:
    async def check() -> str:
        context.progress.close()  # the command may print
        context.warn(f"running the check {visible(command)}; Ctrl-C ends it, and the apply")
        process = await shell.start(command, environ)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await shell.end(process)
            raise
        return f"the check {visible(command)} failed (exit code {code})" if code else ""

    return check


async def _still_online(service: Service, chosen: Sequence[Step], live: Live) -> Check:
    """Whether the devices that the first changes reach and that are online now are so afterwards."""
    asked = devices_to_count(chosen, live).things
    before = _online(await service.devices([one for thing in asked if (one := devices_of(thing)) is not None]))
    blind = [thing for thing in asked if devices_of(thing) is None]
    if blind or not before:
        why = (
            f"the devices of {blind[0].address.shown} cannot be asked for"
            if blind
            else "none of the devices that the first changes reach is online"
        )
        raise ProblemsError([Problem(None, f"--first: {why}", "name others, or say how to check with --check COMMAND")])

    async def check() -> str:
        now = _online(await service.devices([one for thing in asked if (one := devices_of(thing)) is not None]))
        gone = [device for number, device in before.items() if number not in now]
        if not gone:
            return ""
        named = some(gone, _NAMED_AT_MOST, lambda device: visible(device.name or device.hw_id))
        return f"{len(gone)} of {len(before)} devices went offline: {named}"

    return check


def _online(answers: Sequence[tuple[Device, ...]]) -> Mapping[int, Device]:
    return {device.id: device for devices in answers for device in devices if device.online}
