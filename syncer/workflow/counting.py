"""Asking which devices a plan concerns: what guards need must be told, what people like to know may be missing."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from syncer.devices.interface import Service, Tick, devices_of
from syncer.devices.snapshot import find_devices, find_fxs
from syncer.errors import BrokenMessage, RequestRefused, SilentServer
from syncer.model.state import Live
from syncer.plan import guards
from syncer.plan.coverage import counted, devices_to_count, uncounted
from syncer.plan.parts import Wanted
from syncer.plan.steps import Step
from syncer.workflow.context import Progress

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Counted:
    """Steps with the reach of their changes, the live state with the devices behind it, and what was not counted."""

    steps: tuple[Step, ...]
    live: Live
    notes: tuple[str, ...] = ()


async def count_devices(
    progress: Progress, service: Service, steps: Sequence[Step], live: Live, *, reach: bool
) -> Counted:
    """Ask each domain and category once: for the guards and, with `reach`, for every change.

    ServerError where the service does not tell what a guard needs.
    """
    needed = guards.devices_to_find(steps, live)
    more = devices_to_count(steps, live).without(needed) if reach else Wanted()
    total = _questions(needed) + _questions(more)
    tick = progress.phase("asking for devices", total) if total else None
    live, refused = await _ask(service, needed, more, live, tick)
    if not reach:
        return Counted(tuple(steps), live)
    missing = (f"not every device could be counted: {what}" for what in dict.fromkeys(refused))
    return Counted(counted(steps, live), live, (*missing, *uncounted(steps, live)))


def _questions(wanted: Wanted) -> int:
    return sum(devices_of(thing) is not None for thing in wanted.things) + len(wanted.fxs)


async def _ask(
    service: Service, needed: Wanted, more: Wanted, live: Live, tick: Tick | None
) -> tuple[Live, Sequence[str]]:
    """All at once; with what the service said where it did not tell `more`."""
    refused: list[str] = []

    async def if_told(asked: Coroutine[Any, Any, dict[_Key, _Answer]]) -> Mapping[_Key, _Answer]:
        try:
            return await asked
        except RequestRefused as exc:
            refused.append(exc.what)
        except (SilentServer, BrokenMessage) as exc:
            refused.append(exc.what)
            await service.renew()
        return {}

    devices, fxs, more_devices, more_fxs = await asyncio.gather(
        find_devices(service, needed.things, tick),
        find_fxs(service, needed.fxs, tick),
        if_told(find_devices(service, more.things, tick)),
        if_told(find_fxs(service, more.fxs, tick)),
    )
    return replace(live, devices={**devices, **more_devices}, fxs={**fxs, **more_fxs}), refused
