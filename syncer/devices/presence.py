"""How many devices some domains have, and how many are online, kept current by the events of devices."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from syncer.devices.client import DevicesClient
from syncer.devices.events import DEVICE_EVENTS
from syncer.devices.interface import DeviceFilter
from syncer.errors import RequestRefused

_MOST = 300_000  # devices that are remembered one by one; as many as a list may have


class Presence:
    """Who is there. `is_stale`: an event did not say enough, so the list is to be read again."""

    def __init__(self) -> None:
        self.is_stale = True
        self.read_at = -math.inf
        self._domains: tuple[int, ...] = ()
        self._online: dict[int, bool] = {}  # by device
        self._meanwhile: dict[int, bool | None] | None = None  # what events say while a list is read; None: it is gone
        self._is_told = False  # the service lists devices to this login

    @property
    def counts(self) -> tuple[int, int] | None:
        """(devices, of them online); None where the service does not tell."""
        return (len(self._online), sum(self._online.values())) if self._is_told else None

    def forget(self) -> None:
        """The list is to be read again, at once."""
        self.is_stale, self.read_at = True, -math.inf

    def note(self, message: Mapping[str, Any]) -> bool:
        """Take an event of a device; whether it is one."""
        name = message.get("mt")
        if name not in DEVICE_EVENTS:
            return False
        told = self._told(message, is_removal=name == "DeviceRemoved")
        if told is None or max(len(self._online), len(self._meanwhile or ())) >= _MOST:
            self.is_stale = True
            return True
        number, online = told
        if self._meanwhile is not None:
            self._meanwhile[number] = online
        self._set(number, online)
        return True

    def _told(self, message: Mapping[str, Any], *, is_removal: bool) -> tuple[int, bool | None] | None:
        """(device id, whether it is online; None: it is gone); None where the event does not say so much."""
        device = message.get("device")
        fields = device if isinstance(device, Mapping) else {}
        number, online, domain_id = fields.get("id"), fields.get("online"), fields.get("domainId")
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        if is_removal or (isinstance(domain_id, int) and domain_id not in self._domains):
            return number, None
        is_known = number in self._online or isinstance(domain_id, int)
        return (number, online) if isinstance(online, bool) and is_known else None

    def _set(self, number: int, online: bool | None) -> None:
        if online is None:
            self._online.pop(number, None)
        else:
            self._online[number] = online

    async def read(self, service: DevicesClient, domains: tuple[int, ...], pause: float) -> None:
        """List the devices of these domains if that is due: of other domains than before at once."""
        now = asyncio.get_running_loop().time()
        if set(domains) == set(self._domains) and (not self.is_stale or now < self.read_at + pause):
            return
        self._domains, self.is_stale, self.read_at, self._meanwhile = domains, False, now, {}
        try:
            filters = [DeviceFilter(domains)] if domains else []
            listed = await service.devices(filters, follow=True)
            self._online = {one.id: one.online for devices in listed for one in devices}
            self._is_told = True
        except RequestRefused:
            self._online, self._is_told = {}, False
        for number, online in self._meanwhile.items():
            self._set(number, online)
        self._meanwhile = None
