"""The Devices service over a link; see the API document for each message."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from syncer.devices import decode
from syncer.devices.encode import encode, spell
from syncer.devices.interface import Device, DeviceFilter, DomainHead, Tick, UserInfo, Write
from syncer.errors import BrokenMessage, RequestRefused, ServerError, SilentServer, visible
from syncer.model.state import LiveObject
from syncer.transport.connection import Answer, OnNotice
from syncer.transport.dial import Endpoint
from syncer.transport.link import Link, open_link
from syncer.wire.profile import SEND_VALUE, Profile, point
from syncer.wire.session import Expect

_FALLBACK_AFTER = 3.0  # seconds until the older name of a request is tried

_Decoded = TypeVar("_Decoded")


class DevicesClient:
    """A Devices service after the login; implements `interface.Service`."""

    def __init__(self, link: Link, profile: Profile) -> None:
        self._link, self._profile = link, profile
        self._server = link.endpoint.shown

    @property
    def write_only(self) -> frozenset[str]:
        """Secrets that the service never returns."""
        return self._profile.write_only

    @property
    def login_domain(self) -> str:
        """The name of the domain that it is logged in to; what names no domain is about that one."""
        return self._link.endpoint.credentials.domain

    async def user_info(self) -> UserInfo:
        """GetUserInfo, or GetLoginInfo as 13r1 calls it."""
        try:
            async with asyncio.timeout(min(_FALLBACK_AFTER, self._link.endpoint.timeout)):
                message = await self._single("GetUserInfo")
        except (TimeoutError, SilentServer, RequestRefused):
            message = await self._single("GetLoginInfo")
        return UserInfo(admin=message.get("admin") is True)

    async def domains(self, *, follow: bool = False) -> list[DomainHead]:
        """GetDomains. `follow`: subscribe to its events, which `on_notice` of this client hears; so for all lists."""
        items = (await self._lists("GetDomains", [_followed({}, follow=follow)], "domains"))[0]
        return self._decode("GetDomainsResult", items, decode.domain_head)

    async def categories(self, domains: Sequence[DomainHead]) -> list[tuple[LiveObject, ...]]:
        """Those embedded in GetDomains together with GetProvisioningCategories, which may leave some out."""
        lists = await self._lists(
            "GetProvisioningCategories", [{"domainId": head.domain.id} for head in domains], "categories"
        )
        return [
            decode.merge_categories((head.categories, self._of_domain("GetProvisioningCategoriesResult", items, head)))
            for head, items in zip(domains, lists, strict=True)
        ]

    def _of_domain(self, mt: str, items: list[Any], head: DomainHead) -> list[LiveObject]:
        return self._decode(mt, items, partial(decode.category, domain=head.domain))

    async def config_heads(
        self, domains: Sequence[DomainHead], *, follow: bool = False
    ) -> list[tuple[LiveObject, ...]]:
        """GetDeviceConfigs."""
        messages = [_followed({"domainId": head.domain.id}, follow=follow) for head in domains]
        lists = await self._lists("GetDeviceConfigs", messages, "configs")
        return [
            tuple(self._decode("GetDeviceConfigsResult", items, partial(decode.config_head, domain=head.domain)))
            for head, items in zip(domains, lists, strict=True)
        ]

    async def configs(self, heads: Sequence[LiveObject], tick: Tick | None = None) -> list[LiveObject | RequestRefused]:
        """GetDeviceConfig for each; a refusal where the service has none with that id."""
        messages = [{"mt": "GetDeviceConfig", "domainId": head.domain_id, "id": head.id} for head in heads]
        expect = Expect("GetDeviceConfigResult", pieces="GetDeviceConfigValueResult")
        answers = await self._link.read_all(messages, expect, tick)
        return [self._config(head, answer) for head, answer in zip(heads, answers, strict=True)]

    def _config(self, head: LiveObject, answer: Answer) -> LiveObject | RequestRefused:
        raw = answer.reply.message.get("config")
        if answer.reply.error is not None or not raw:
            return self._refused(f"{head.address.shown} (id {head.id})", answer.reply.error or "no such config")
        try:
            found = decode.config(
                raw, answer.reply.values, head.address.domain, head.domain_id, answer.key, self._profile
            )
        except decode.Undecodable as exc:
            raise self._broken("GetDeviceConfigResult", str(exc)) from exc
        if found.id != head.id:
            raise self._broken("GetDeviceConfigResult", f"config {found.id} where {head.id} was asked for")
        if raw.get("categories") is None:  # says nothing, which is not the same as naming nobody
            return replace(found, categories=head.categories)
        return found

    async def devices(
        self, filters: Sequence[DeviceFilter], tick: Tick | None = None, *, follow: bool = False
    ) -> list[tuple[Device, ...]]:
        """GetDevices; of several filters that are followed a service may keep the last only."""
        messages = [_followed(_device_filter(one), follow=follow) for one in filters]
        return await self._devices("GetDevices", messages, tick)

    async def fxs_devices(self, domain_ids: Sequence[int], tick: Tick | None = None) -> list[tuple[Device, ...]]:
        """GetFilteredDevices for each domain."""
        messages = [{"domainId": domain_id, "justFxs": True} for domain_id in domain_ids]
        return await self._devices("GetFilteredDevices", messages, tick)

    async def filtered_devices(
        self,
        domain_id: int | None = None,
        *,
        just_fxs: bool = False,
        types: Sequence[str] = (),
        hw_ids: Sequence[str] = (),
    ) -> tuple[Device, ...]:
        """GetFilteredDevices; types are VA, GW, PHONE, DECT, APP_PLATFORM."""
        message: dict[str, Any] = {"domainId": domain_id} if domain_id is not None else {}
        if just_fxs:
            message["justFxs"] = True
        if types:
            message["types"] = list(types)
        if hw_ids:
            message["hwIds"] = ",".join(hw_ids)
        return (await self._devices("GetFilteredDevices", [message]))[0]

    async def _devices(
        self, name: str, messages: Sequence[Mapping[str, Any]], tick: Tick | None = None
    ) -> list[tuple[Device, ...]]:
        lists = await self._lists(name, messages, "devices", tick)
        return [tuple(self._decode(f"{name}Result", items, decode.device)) for items in lists]

    def check(self, write: Write) -> frozenset[str]:
        """Encode with stand-ins for what only the service knows: the operations used, SyncerError if it cannot be."""
        target = write.target
        stand_ins = {
            name: write.categories.get(name) or LiveObject(replace(write.address, name=name), _LARGEST_ID, _LARGEST_ID)
            for name in (target.categories if target else ())
        }
        whole = replace(write, id=_LARGEST_ID, domain_id=_LARGEST_ID, categories=stand_ins)
        pieces = encode(whole, self._profile, "", self.login_domain).pieces
        return frozenset({write.operation, SEND_VALUE} if pieces else {write.operation})

    def spell(self, write: Write) -> Sequence[Mapping[str, Any]]:
        """The messages of a write in their order, for people: without `src`, and with no secret in them."""
        return spell(write, self._profile, self.login_domain)

    async def write(self, write: Write) -> int | None:
        """Send a write as the wire profile spells it, once; the new id where the reply holds it."""
        operation = self._profile.operation(write.operation)
        response = operation.response if operation else None
        expect = Expect(response.mt, by_src=response.match == "src") if response else None

        def build(key: str) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
            encoded = encode(write, self._profile, key, self.login_domain)
            return encoded.message, encoded.pieces

        answer = await self._link.write(build, expect)
        if answer is None or response is None:
            return None
        error = answer.reply.error or point(answer.reply.message, response.error)
        if error:
            raise self._refused(write.operation, str(error))
        number = point(answer.reply.message, response.id) if response.id else None
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    async def renew(self) -> None:
        """Give up a connection on which a request met with silence; the next request opens another one."""
        await self._link.renew()

    async def lost(self) -> ServerError:
        """Wait until the present connection has ended, and with it all subscriptions; what ended it."""
        return await self._link.lost()

    async def _single(self, name: str) -> Mapping[str, Any]:
        answer = await self._link.read({"mt": name}, Expect(f"{name}Result"))
        if answer.reply.error is not None:
            raise self._refused(name, answer.reply.error)
        return answer.reply.message

    async def _lists(
        self, name: str, parameters: Sequence[Mapping[str, Any]], items: str, tick: Tick | None = None
    ) -> list[list[Any]]:
        expect = Expect(f"{name}Result", items=items)
        answers = await self._link.read_all([{"mt": name, **one} for one in parameters], expect, tick)
        for answer in answers:
            if answer.reply.error is not None:
                raise self._refused(name, answer.reply.error)
        return [answer.reply.items for answer in answers]

    def _decode(self, mt: str, items: list[Any], one: Callable[[Any], _Decoded]) -> list[_Decoded]:
        try:
            return [one(item) for item in items]
        except decode.Undecodable as exc:
            raise self._broken(mt, str(exc)) from exc

    def _refused(self, what: str, error: str) -> RequestRefused:
        return RequestRefused(self._server, f"{what} was refused: {visible(error)}", "check the rights of the login")

    def _broken(self, mt: str, what: str) -> BrokenMessage:
        return BrokenMessage(self._server, f"{mt} holds {what}", "what answers there may be no Devices service")


_LARGEST_ID = 2**64 - 1  # ids are ulong64


def _followed(message: dict[str, Any], *, follow: bool) -> dict[str, Any]:
    return {**message, "recvUpdates": True} if follow else message


def _device_filter(one: DeviceFilter) -> dict[str, Any]:
    message: dict[str, Any] = {}
    if one.domain_ids:
        message["domainIds"] = ",".join(map(str, one.domain_ids))
    if one.categories:
        message["categories"] = ",".join(one.categories)
    if one.subcategories:
        message["subcategories"] = ",".join(one.subcategories)
    if one.unassigned is not None:
        message["unassigned"] = one.unassigned
    return message


@asynccontextmanager
async def open_devices(
    endpoint: Endpoint, profile: Profile, on_notice: OnNotice | None = None
) -> AsyncIterator[DevicesClient]:
    """Connect, log in, and log out at the end. `on_notice` hears what answers no request: events."""
    async with open_link(endpoint, on_notice) as link:
        yield DevicesClient(link, profile)
