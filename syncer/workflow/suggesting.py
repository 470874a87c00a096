"""Likely renames of a plan, for which configs are read that are nobody's business otherwise."""

from dataclasses import replace

from syncer.devices.interface import Service
from syncer.errors import BrokenMessage, SilentServer
from syncer.model.state import LiveObject
from syncer.plan.planner import Planned
from syncer.plan.renames import Search, likely_renames


async def with_renames(service: Service, planned: Planned) -> Planned:
    """The same with what is likely renamed; what cannot be read is not suggested, and stands in no plan's way."""
    if planned.search is None or not planned.search.creates:
        return planned
    search = planned.search.with_read(await _read(service, planned.search))
    return replace(planned, plan=replace(planned.plan, renames=likely_renames(search)))


async def _read(service: Service, search: Search) -> list[LiveObject]:
    if not search.unread:
        return []
    try:
        answers = await service.configs(search.unread)
    except (SilentServer, BrokenMessage):
        await service.renew()
        return []
    return [answer for answer in answers if isinstance(answer, LiveObject)]
