"""`syncer doctor`: everything that a plan and an apply rest on, checked one by one. Never writes to the server."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from syncer.errors import Locked, SyncerError, visible
from syncer.files.receipts import Receipt
from syncer.files.sources import SETTINGS
from syncer.model.address import Action, Kind
from syncer.model.doctor import Area, Diagnosis
from syncer.model.state import Desired
from syncer.wire.profile import BUILT_IN, SEND_VALUE, Profile, builtin
from syncer.workflow.connecting import MEMORY, embedded, endpoint_of, profile_of
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.doctor_network import check_clock, check_network, check_websocket
from syncer.workflow.doctor_service import check_api, check_rights, logged_in, login_of
from syncer.workflow.findings import Findings, OnCheck
from syncer.workflow.locking import locked
from syncer.workflow.planning import load_files
from syncer.workflow.proofs import proven, receipt_of, receipt_path
from syncer.workflow.unfinished import journal_to_recover

_OPERATIONS = (*(f"{action}_{kind}" for kind in Kind for action in Action), SEND_VALUE)
_OF_DOMAINS = frozenset(f"{action}_{Kind.DOMAIN}" for action in Action)
_LEARN = "learn your own server's from a recording: syncer wire learn"
_VERIFY = "prove it on this server: syncer wire verify"


@dataclass(slots=True)
class _Files:
    """What the files say, read once, when it is first asked for."""

    load: Callable[[], Desired]
    _desired: Desired | None = None
    _failure: SyncerError | None = None

    def desired(self) -> Desired | None:
        """None where they cannot be used."""
        if self._desired is None and self._failure is None:
            try:
                self._desired = self.load()
            except SyncerError as exc:
                self._failure = exc
        return self._desired

    @property
    def failure(self) -> SyncerError | None:
        """Why they cannot be used, once they were asked for."""
        return self._failure


async def examine(context: Context, on_check: OnCheck) -> Diagnosis:
    """Check everything that can be checked; `on_check` is told each check as it ends. Raises nothing of its own."""
    found = Findings(on_check)
    try:
        repository = open_repository(context)
    except SyncerError as exc:
        found.failed_by(Area.SETTINGS, exc)
        found.skipped(Area.SETTINGS, *(area for area in Area if area is not Area.SETTINGS))
        return Diagnosis(None, None, found.checks)
    server = repository.server
    found.ok(Area.SETTINGS, f"{visible(repository.root / SETTINGS)}, server {visible(server.name)}")
    _check_url(found, repository)
    files = _Files(lambda: load_files(context, repository))
    profile, refused = _profile(repository)
    await _check_server(context, repository, found, profile or builtin(BUILT_IN), files)
    if profile is not None:
        _check_profile(found, repository, profile)
        _check_receipt(found, repository, profile)
    elif refused is not None:
        found.failed_by(Area.PROFILE, refused)
        found.skipped(Area.PROFILE, Area.RECEIPT)
    _check_files(found, files)
    _check_state(context, repository, found)
    return Diagnosis(server.name, server.url, found.checks)


def _check_url(found: Findings, repository: Repository) -> None:
    """Settings that load have a url of the right sort; what remains is what people mix up."""
    server = repository.server
    if server.emulator is not None:
        state = "nowhere" if server.emulator == MEMORY else f"in {visible(server.emulator)}"
        found.ok(Area.URL, f"{visible(server.url)}: the embedded service, which keeps its state {state}")
        return
    segments = [unquote(segment) for segment in urlsplit(server.url).path.split("/") if segment]
    login = f"; the login is to app {visible(server.app)} of domain {visible(server.domain)}"
    said = login if (server.domain, server.app) != (segments[0], segments[-1]) else ""
    if server.insecure:
        what = f"{visible(server.url)} is not encrypted: passwords and settings can be read on the way"
        found.warning(Area.URL, f"{what}{said}", "use wss: as soon as the server can")
    elif len(segments) != 3:
        what = f"the path of {visible(server.url)} is not /DOMAIN/INSTANCE/APP{login}"
        found.warning(Area.URL, what, "compare it with the address of the app in the browser")
    else:
        found.ok(Area.URL, f"{visible(server.url)}{said}")


def _profile(repository: Repository) -> tuple[Profile | None, SyncerError | None]:
    try:
        return profile_of(repository.server), None
    except SyncerError as exc:
        return None, exc


async def _check_server(
    context: Context, repository: Repository, found: Findings, profile: Profile, files: _Files
) -> None:
    """Everything from DNS to the API, each only as long as what it rests on holds."""
    server = repository.server
    async with AsyncExitStack() as stack:
        url, (login, no_password) = server.url, login_of(context, server)
        if server.emulator is not None:
            try:
                url, login = await stack.enter_async_context(embedded(repository, profile, server.emulator))
            except SyncerError as exc:
                found.failed_by(Area.URL, exc)
                found.skipped(Area.URL, *_NETWORK)
                return
        endpoint = endpoint_of(context, server, url, login)
        broken, heard = await check_network(context, found, server, endpoint), None
        if broken is None:
            heard = await check_websocket(context, found, endpoint)
            broken = Area.WEBSOCKET if found.has_failed(Area.WEBSOCKET) else None
        else:
            found.skipped(broken, Area.WEBSOCKET)
        link = await stack.enter_async_context(logged_in(context, found, endpoint, no_password, broken))
        if link is None:
            found.skipped(broken or Area.LOGIN, Area.RIGHTS)
            check_clock(found, heard, broken)
            found.skipped(broken or Area.LOGIN, Area.API)
            return
        seen = await check_rights(context, found, link, profile, files.desired)
        check_clock(found, heard, broken)
        await check_api(context, found, link, seen)


_NETWORK = (Area.DNS, Area.TCP, Area.TLS, Area.WEBSOCKET, Area.LOGIN, Area.RIGHTS, Area.CLOCK, Area.API)


def _check_profile(found: Findings, repository: Repository, profile: Profile) -> None:
    has = [name for name in _OPERATIONS if name in profile.operations]
    lacks = [name for name in _OPERATIONS if name not in profile.operations]
    known = "all operations" if not lacks else f"has {', '.join(has) or 'no operation'}; lacks {', '.join(lacks)}"
    origin = "" if profile.name == profile.origin else f" ({profile.origin})"
    what = f"{visible(profile.name)}{origin}: {known}"
    if _is_guess(repository, profile):
        found.warning(Area.PROFILE, f"{what}; it is a guess of how a real service is written to", _LEARN)
    elif lacks:
        hint = "what it lacks cannot be written; record it in the Devices App and learn it: syncer wire learn"
        found.warning(Area.PROFILE, what, hint)
    else:
        found.ok(Area.PROFILE, what)


def _is_guess(repository: Repository, profile: Profile) -> bool:
    """Whether it was made up for everybody, and nothing shows that this server understands it."""
    if profile.origin != "conventional":
        return False
    try:
        return proven(repository, profile) == frozenset()
    except SyncerError:  # which is told with the receipt
        return True


def _check_receipt(found: Findings, repository: Repository, profile: Profile) -> None:
    if repository.server.emulator is not None:
        found.ok(Area.RECEIPT, "not needed for the embedded service")
        return
    path = visible(receipt_path(repository, profile))
    try:
        receipt = receipt_of(repository, profile)
    except SyncerError as exc:
        found.failed_by(Area.RECEIPT, exc, "move it away, and prove the profile again: syncer wire verify")
        return
    if receipt is None:
        found.warning(Area.RECEIPT, f"none for this server in {path}, so that apply writes nothing", _VERIFY)
    elif receipt.profile != profile.digest:
        what = f"{path} is about another edition of the profile, of {visible(receipt.date)}"
        found.warning(Area.RECEIPT, f"{what}, so that apply writes nothing", _VERIFY)
    else:
        _tell_proven(found, receipt, profile)


def _tell_proven(found: Findings, receipt: Receipt, profile: Profile) -> None:
    shown = [name for name in _OPERATIONS if name in receipt.operations]
    missing = [name for name in _OPERATIONS if name in profile.operations and name not in receipt.operations]
    date = visible(receipt.date)
    what = f"of {date}; proven: {', '.join(shown) or 'nothing'}; not proven: {', '.join(missing)}"
    if not missing:
        found.ok(Area.RECEIPT, f"of {date}; proven: all operations of the profile")
    elif _OF_DOMAINS.issuperset(missing):
        found.ok(Area.RECEIPT, f"{what} (syncer wire verify --domains)")
    else:
        found.warning(Area.RECEIPT, what, _VERIFY)


def _check_files(found: Findings, files: _Files) -> None:
    desired = files.desired()
    if desired is None:
        if files.failure is not None:
            found.failed_by(Area.FILES, files.failure)
        return
    configs = sum(len(domain.configs or ()) for domain in desired.domains)
    categories = sum(len(domain.categories or ()) for domain in desired.domains)
    found.ok(Area.FILES, f"valid; domains: {len(desired.domains)}, categories: {categories}, configs: {configs}")


def _check_state(context: Context, repository: Repository, found: Findings) -> None:
    _check_journals(repository, found)
    try:
        with locked(context, repository, "doctor"):  # for a moment, which shows that .syncer can be written, too
            pass
    except Locked as exc:
        found.warning_by(Area.STATE, exc)
    except SyncerError as exc:
        found.failed_by(Area.STATE, exc)
    else:
        found.ok(Area.STATE, ".syncer can be written, and no other command is at work on the server")


def _check_journals(repository: Repository, found: Findings) -> None:
    if repository.server.emulator == MEMORY:  # what an apply did is gone with the service
        return
    try:
        left = journal_to_recover(repository, None)
    except SyncerError as exc:
        found.failed_by(Area.STATE, exc)
        return
    if left is None or (left.history.ending is None and not left.history.begun):
        found.ok(Area.STATE, "no unfinished apply")
    elif left.history.ending is None:
        what = f"an apply did not come to its end, and is in the way of the next: {visible(left.path)}"
        found.failed(Area.STATE, what, "see what is left to be done: syncer recover")
    else:
        what = f"the last apply was stopped part-way: {visible(left.path)}"
        found.warning(Area.STATE, what, "undo it, or go on with it: syncer recover")
