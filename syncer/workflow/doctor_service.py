"""The part of `syncer doctor` that needs a login: whether it is accepted, its rights, and what the service answers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from syncer.devices.client import DevicesClient
from syncer.devices.interface import DomainHead
from syncer.errors import ServerError, SilentServer, SyncerError, some, visible
from syncer.files.settings import Server, read_password
from syncer.model.doctor import Area
from syncer.model.state import Desired
from syncer.transport.dial import Endpoint
from syncer.transport.link import Link, open_link
from syncer.wire.login import Credentials
from syncer.wire.profile import Profile
from syncer.wire.session import Expect
from syncer.workflow.context import Context
from syncer.workflow.findings import Findings

_SHORT = 5.0  # seconds for the answer to each message that a service may not know
_MOST_NAMES = 5
_RELEASE = re.compile(r"[\w.]{1,20}", re.ASCII)  # such as 13r3
_LONGEST_LIST = 3  # times the deadline, for all of a list
_USER_INFO = ("GetUserInfo", "GetLoginInfo")  # the second is its name in 13r1
_NEEDED = {
    "GetProvisioningCategories": "plans and exports read the categories with it",
    "GetDeviceConfigs": "plans and exports read the configs with it",
    "GetDevices": "plans count the devices that a change reaches with it, and fail where they must know",
}
_LISTS = {"GetProvisioningCategories": "categories", "GetDeviceConfigs": "configs", "GetDevices": "devices"}
_FILTERED = "GetFilteredDevices"
_NO_DEVICE = "000000000000"  # a hardware id that keeps the answer short


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request; `message` None: no answer, and `why` says so in words, as it does for an error.

    `hint` is what to do about a failure that has nothing to do with this very request.
    """

    message: Mapping[str, Any] | None
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a login may see: the answers that tell who it is, and the id of its own domain where it sees that one."""

    user_info: Mapping[str, Said]
    domain_id: int | None


def login_of(context: Context, server: Server) -> tuple[Credentials, SyncerError | None]:
    """Whom to log in as; without the password, and why, where that cannot be had. Not for the embedded service."""
    who = Credentials(server.app or "", server.domain or "", "")
    if server.emulator is not None:
        return who, None
    try:
        return replace(who, password=read_password(server, context.environ)), None
    except SyncerError as exc:
        return who, exc


@asynccontextmanager
async def logged_in(
    context: Context, found: Findings, endpoint: Endpoint, no_password: SyncerError | None, broken: Area | None
) -> AsyncIterator[Link | None]:
    """The login, for as long as it is needed; None where it is not to be had."""
    async with AsyncExitStack() as stack:
        link = None
        if no_password is not None:
            found.failed_by(Area.LOGIN, no_password)
        elif broken is not None:
            found.skipped(broken, Area.LOGIN)
        else:
            context.progress.phase("logging in", None)
            # What ends a connection is to be told, not to be mended.
            opening = open_link(replace(endpoint, reconnect_for=0.0))
            try:
                link = await stack.enter_async_context(opening)
            except ServerError as exc:
                found.failed_by(Area.LOGIN, exc)
            else:
                who = endpoint.credentials
                found.ok(Area.LOGIN, f"accepted, to app {visible(who.app)} of domain {visible(who.domain)}")
        yield link


async def check_rights(
    context: Context, found: Findings, link: Link, profile: Profile, desired: Callable[[], Desired | None]
) -> Seen:
    """Whether the login is an admin's, and whether it sees the domains that it is about."""
    context.progress.phase("asking for rights", None)
    answers = await asyncio.gather(*(_ask(link, mt) for mt in _USER_INFO))
    seen = Seen(dict(zip(_USER_INFO, answers, strict=True)), None)
    best = next((one.message for one in answers if one.message is not None), None)
    if best is None:
        why = "; ".join(f"{mt}: {one.why}" for mt, one in seen.user_info.items())
        hint = "plan and export need one of them; check that the url names the Devices app"
        found.failed(Area.RIGHTS, f"the service does not say who is logged in: {why}", hint)
    try:
        async with asyncio.timeout(_LONGEST_LIST * link.endpoint.timeout):
            heads = await DevicesClient(link, profile).domains()
    except TimeoutError:
        longest = _LONGEST_LIST * link.endpoint.timeout
        hint = "try again, or give it more time with --timeout"
        found.failed(Area.RIGHTS, f"the list of domains did not end within {longest:g} s", hint)
        return seen
    except ServerError as exc:
        found.failed_by(Area.RIGHTS, exc)
        return seen
    if best is not None:
        _tell_rights(found, best.get("admin") is True, heads)
    mine = link.endpoint.credentials.domain
    own = next((head.domain.id for head in heads if head.domain.address.domain == mine), None)
    if own is None:
        what = f"the login does not see its own domain {visible(mine)}"
        found.warning(Area.RIGHTS, what, "check domain in syncer.yaml, and that the domain still exists")
    files = desired()
    if files is not None and best is not None:
        _compare_domains(found, files, heads, is_admin=best.get("admin") is True)
    return replace(seen, domain_id=own)


def _tell_rights(found: Findings, is_admin: bool, heads: Sequence[DomainHead]) -> None:
    names = _some([head.domain.address.domain for head in heads])
    if is_admin:
        found.ok(Area.RIGHTS, f"admin: sees and may change every domain ({len(heads)}: {names})")
    else:
        found.ok(Area.RIGHTS, f"no admin: sees {names or 'no domain'}, and can neither create nor delete domains")


def _compare_domains(found: Findings, files: Desired, heads: Sequence[DomainHead], *, is_admin: bool) -> None:
    """As a plan does: what an admin does not see does not exist yet."""
    there = {head.domain.address.domain for head in heads}
    entries = [domain.entry for domain in files.domains if not domain.entry.absent]
    missing = [e.address.domain for e in entries if e.address.domain not in there and e.renamed_from not in there]
    if not missing:
        found.ok(Area.RIGHTS, f"sees all domains of the files ({len(entries)})")
    elif is_admin:
        found.ok(
            Area.RIGHTS, f"domains of the files that do not exist yet, so that an apply creates them: {_some(missing)}"
        )
    else:
        hint = "log in with the instance's password, or let an admin create the domain or give this one access to it"
        found.failed(Area.RIGHTS, f"the files name domains that the login does not see: {_some(missing)}", hint)


async def check_api(context: Context, found: Findings, link: Link, seen: Seen) -> None:
    """Which release it is by what it answers, and whether it answers what syncer needs."""
    context.progress.phase("asking what the service answers", None)
    _tell_release(found, seen.user_info)
    where: dict[str, Any] = {} if seen.domain_id is None else {"domainId": seen.domain_id}
    some_devices = {} if seen.domain_id is None else {"domainIds": str(seen.domain_id)}
    requests = {
        "GetProvisioningCategories": where,
        "GetDeviceConfigs": where,
        "GetDevices": some_devices,
        _FILTERED: {**where, "hwIds": _NO_DEVICE},
    }
    answers = await asyncio.gather(*(_ask(link, mt, parameters, _LISTS.get(mt)) for mt, parameters in requests.items()))
    said = dict(zip(requests, answers, strict=True))
    if good := [mt for mt, one in said.items() if one.message is not None]:
        found.ok(Area.API, f"answered: {', '.join(good)}")
    for mt, one in said.items():
        if one.message is None and mt in _NEEDED:
            hint = one.hint or "check the login's rights, and the release"
            found.failed(Area.API, f"{mt}: {one.why}", f"{_NEEDED[mt]}; {hint}")
    if said[_FILTERED].message is None:
        hint = said[_FILTERED].hint or "a newer release of the service has it"
        what = f"{_FILTERED}: {said[_FILTERED].why}"
        found.warning(Area.API, what, f"only finding devices by type or hardware id needs it; {hint}")


def _tell_release(found: Findings, user_info: Mapping[str, Said]) -> None:
    newer, older = (user_info[mt].message for mt in _USER_INFO)
    if newer is not None:
        major = newer.get("major")
        release = f", major {major}" if _RELEASE.fullmatch(str(major)) else ""
        found.ok(Area.API, f"GetUserInfo is answered{release}")
    elif older is not None:
        found.ok(Area.API, "only GetLoginInfo is answered, not GetUserInfo, as by release 13r1")


async def _ask(link: Link, mt: str, parameters: Mapping[str, Any] | None = None, items: str | None = None) -> Said:
    """The first message of an answer, within a short deadline; of a long list, `items`, no more is of interest."""
    longest = min(_SHORT, link.endpoint.timeout)
    try:
        async with asyncio.timeout(longest):
            answer = await link.read({"mt": mt, **(parameters or {})}, Expect(f"{mt}Result"))
    except (TimeoutError, SilentServer):
        return Said(None, f"not answered within {longest:g} s")
    except ServerError as exc:
        return Said(None, exc.what, exc.hint)
    if answer.reply.error is not None:
        return Said(None, f"refused: {visible(answer.reply.error)}")
    if items is not None and not isinstance(answer.reply.message.get(items), list):
        return Said(None, f"the answer has no array {items}")
    return Said(answer.reply.message)


def _some(names: Sequence[str]) -> str:
    return some(names, _MOST_NAMES, visible)
