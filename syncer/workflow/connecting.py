"""Logging in to the server of a repository, or to its embedded service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syncer.devices.client import DevicesClient, open_devices
from syncer.errors import Problem, ProblemsError, visible
from syncer.files.local import private_folder
from syncer.files.settings import Server, read_password
from syncer.files.sources import Unreadable, read_text
from syncer.transport.connection import OnNotice
from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from syncer.wire.profile import Profile, builtin
from syncer.wire.profile import load as load_profile
from syncer.workflow.context import Context, Repository

PROFILE_BYTES = 1 << 20
MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Connected:
    """A login, and what the digests of a plan need to know of it."""

    service: DevicesClient
    profile: Profile
    password: str = field(repr=False)


@asynccontextmanager
async def connect(
    context: Context, repository: Repository, on_notice: OnNotice | None = None
) -> AsyncIterator[Connected]:
    """Log in to the repository's server; `emulator:` urls start the embedded service first.

    `on_notice` hears what answers no request: the events of lists that are read with `follow`.
    """
    server = repository.server
    profile = profile_of(server)
    if server.emulator is not None:
        async with (
            embedded(repository, profile, server.emulator) as (url, credentials),
            _log_in(context, server, url, credentials, profile, on_notice) as connected,
        ):
            yield connected
        return
    if server.insecure:
        context.warn(f"{visible(server.url)} is not encrypted: passwords and settings can be read on the way")
    credentials = Credentials(server.app or "", server.domain or "", read_password(server, context.environ))
    async with _log_in(context, server, server.url, credentials, profile, on_notice) as connected:
        yield connected


@asynccontextmanager
async def _log_in(
    context: Context,
    server: Server,
    url: str,
    credentials: Credentials,
    profile: Profile,
    on_notice: OnNotice | None,
) -> AsyncIterator[Connected]:
    async with open_devices(endpoint_of(context, server, url, credentials), profile, on_notice) as service:
        yield Connected(service, profile, credentials.password)


def endpoint_of(context: Context, server: Server, url: str, credentials: Credentials) -> Endpoint:
    """Where and as whom to log in; `url` is the configured one, or that of the embedded service."""
    return Endpoint(
        url,
        server.url,
        credentials,
        server.ca_file,
        context.timeout,
        context.window,
        reconnect_for=context.reconnect_for,
        trace=context.trace and context.trace.start(),
    )


@asynccontextmanager
async def embedded(repository: Repository, profile: Profile, path: str) -> AsyncIterator[tuple[str, Credentials]]:
    """The embedded service with its state at `path`, started: its url, and the login to it."""
    from syncer import emulator

    if path != MEMORY:
        private_folder(repository.root, Path(path).parent)
    server = repository.server
    domain = server.domain or emulator.DOMAIN
    app = server.app or emulator.APP
    with emulator.Store(path, instance_domain=domain) as store:
        async with emulator.Emulator(store, profile=profile, app=app).start() as running:
            yield running.url, Credentials(app, domain, emulator.PASSWORD)


def profile_of(server: Server) -> Profile:
    """The wire profile of a server; ProblemsError if it cannot be used."""
    chosen = server.wire_profile
    if isinstance(chosen, str):
        try:
            return builtin(chosen)
        except KeyError:
            what = f"there is no built-in wire profile {visible(chosen)}"
            raise ProblemsError([Problem(server.place, what, "name a file, or `conventional`")]) from None
    return load_profile(profile_text(server, chosen), str(chosen))


def profile_text(server: Server, path: Path) -> str:
    """The text of a server's profile file; ProblemsError if it cannot be read."""
    try:
        return read_text(path, PROFILE_BYTES)
    except Unreadable as exc:
        raise ProblemsError([Problem(server.place, f"wire_profile {visible(path)}: {exc.what}", exc.hint)]) from exc


def login_domain(server: Server) -> str:
    """The domain that a login to the server is one of."""
    from syncer import emulator

    return server.domain or (emulator.DOMAIN if server.emulator is not None else "")
