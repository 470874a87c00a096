"""syncer.yaml: the servers, files and policy of a configuration repository."""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from syncer import resources
from syncer.errors import Place, Problem, ProblemsError, SyncerError, UsageProblem, visible
from syncer.files.cache import Cache
from syncer.files.documents import Map
from syncer.files.schemas import Complaint, complaints
from syncer.files.sealing import wrong_recipient
from syncer.files.secrets import SecretRef, secret_ref
from syncer.files.sources import SETTINGS, Source, Spot, beside
from syncer.files.wording import did_you_mean
from syncer.model.address import Kind
from syncer.model.fields import REFERENCE
from syncer.model.state import Limits, Policy

DEFAULT_SERVER = "local"
_EMULATOR = "emulator:"
_IN_MEMORY = ":memory:"
_BUILT_IN_PROFILE = "conventional"
_URL_EXAMPLE = "write wss://HOST/DOMAIN/INSTANCE/APP, or emulator:PATH"
_REFERENCE = f"write a reference: {REFERENCE}"
_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Server:
    """A Devices service that syncer logs in to. `emulator`: where the embedded one keeps its state, None for others."""

    name: str
    url: str
    app: str | None
    domain: str | None
    password: SecretRef | None
    ca_file: Path | None
    wire_profile: str | Path  # a built-in's name, or a file
    insecure: bool  # talks to another machine in the clear
    files: tuple[str, ...] | None
    place: Place
    emulator: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What syncer.yaml says."""

    root: Path
    servers: Mapping[str, Server]
    files: tuple[str, ...]
    policy: Policy
    age_recipients: tuple[str, ...] = ()
    lint_ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # codes of warnings by address glob
    spot: Spot | None = field(default=None, compare=False, repr=False)

    def server(self, name: str | None) -> Server:
        """The server of that name; of no name, the only one or `local`."""
        if name is None:
            name = next(iter(self.servers)) if len(self.servers) == 1 else DEFAULT_SERVER
            if name not in self.servers:
                raise UsageProblem(f"{SETTINGS} has several servers; say --server with one of {self._names}")
        if name not in self.servers:
            close = did_you_mean(name, self.servers)
            raise UsageProblem(f"{SETTINGS} has no server {visible(name)}; {close or f'it has {self._names}'}")
        return self.servers[name]

    def place_of_files(self, server: Server | None, index: int) -> Place:
        """Where one of the files of a server is named, which may have none of its own, or of all servers."""
        if self.spot is None:
            return Place(SETTINGS)
        spot = self.spot.at("servers", server.name) if server and server.files else self.spot
        return spot.at("files", index).place()

    @property
    def _names(self) -> str:
        return ", ".join(self.servers)


def find_root(start: Path, *, upwards: bool = True) -> Path:
    """The folder with syncer.yaml: `start`, or the nearest above it."""
    here = Path(os.path.abspath(start))  # noqa: PTH100  (as typed: no symbolic link is followed)
    for folder in (here, *here.parents) if upwards else (here,):
        if (folder / SETTINGS).is_file():
            return folder
    where = f"{visible(here)} or above" if upwards else visible(here)
    raise SyncerError(f"no {SETTINGS} in {where}; run `syncer init` to begin a repository, or name one with -C DIR")


def load_settings(root: Path, cache: Cache | None = None) -> Settings:
    """What syncer.yaml says; ProblemsError with all that is wrong in it."""
    source = Source(root, root / SETTINGS, cache=cache)
    document = _document(source)
    top = Spot(source, (0,))
    wrong = [_discreet(complaint) for complaint in complaints("syncer", document)]
    for complaint in wrong:
        top.at(*complaint.path).problem(complaint.what, complaint.hint, of_key=complaint.of_key)
    servers = {
        name: _server(root, name, value, top.at("servers", name))
        for name, value in _sound_servers(document, wrong).items()
    }
    files = () if wrong else _files(root, document["files"], top.at("files"))
    recipients = () if wrong else _age_recipients(document.get("age_recipients", ()), top.at("age_recipients"))
    if source.problems:
        raise ProblemsError(source.problems)
    if cache is not None:
        cache.keep([source.fresh])
    policy = document.get("policy", {})
    silenced = _by_glob(policy.get("lint", {}).get("ignore", {}))
    return Settings(root, servers, files, _policy(policy), recipients, silenced, top)


def read_password(server: Server, environ: Mapping[str, str]) -> str:
    """The password of a server; what is missing is told, never what is there."""
    if server.password is None:
        raise ProblemsError([Problem(server.place, f"the server {server.name} has no password", _REFERENCE)])
    return server.password.read(environ)


def _document(source: Source) -> Any:
    documents = source.read().documents
    if len(documents) > 1:
        Spot(source, (1,)).problem("a second document", f"{SETTINGS} holds one")
    if source.problems:
        raise ProblemsError(source.problems)
    return documents[0] if documents else None


def _discreet(complaint: Complaint) -> Complaint:
    """Says nothing of a password that stands where a reference or a url belongs."""
    match complaint.path:
        case ("servers", _, "password", *_):
            return Complaint(complaint.path[:3], "password is not a reference to a secret", _REFERENCE)
        case ("servers", _, "url"):
            return Complaint(complaint.path, "url is none that syncer knows", _URL_EXAMPLE)
        case _:
            return complaint


def _sound_servers(document: Any, wrong: Iterable[Complaint]) -> Mapping[str, Any]:
    """Those that the schema accepts, so that more can be said about them."""
    servers = document.get("servers") if isinstance(document, dict) else None
    touched = {complaint.path[1] for complaint in wrong if complaint.path[:1] == ("servers",) and complaint.path[1:]}
    return {name: servers[name] for name in servers if name not in touched} if isinstance(servers, dict) else {}


def _server(root: Path, name: str, value: Map, spot: Spot) -> Server:
    url = value["url"]
    app, domain, emulator, insecure = value.get("app"), value.get("domain"), None, False
    if url.startswith(_EMULATOR):
        emulator = _emulator(root, url.removeprefix(_EMULATOR), spot.at("url"))
    else:
        segments = _path_segments(url, spot.at("url"))
        app, domain = app or segments[-1], domain or segments[0]
        insecure = _in_the_clear(url)
        _check_guarded(value, spot, insecure)
    password = value.get("password")
    return Server(
        name=name,
        url=url,
        app=app,
        domain=domain,
        password=None if password is None else secret_ref(password, spot.at("password")),
        ca_file=_inside(root, value.get("ca_file"), spot.at("ca_file")),
        wire_profile=_wire_profile(root, value.get("wire_profile", _BUILT_IN_PROFILE), spot.at("wire_profile")),
        insecure=insecure,
        files=_files(root, value["files"], spot.at("files")) if "files" in value else None,
        place=Place(spot.source.name, value.line, value.column),
        emulator=emulator,
    )


def _emulator(root: Path, path: str, spot: Spot) -> str | None:
    if path == _IN_MEMORY:
        return path
    inside = _inside(root, path, spot)
    return None if inside is None else str(inside)


def _path_segments(url: str, spot: Spot) -> list[str]:
    """First and last part of a server's path; whatever else is wrong with the url is told."""
    parts = _split(url)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment] if parts else []
    if parts is None or not parts.hostname or any(not c.isprintable() or c == " " for c in url):
        spot.problem("url is no address of a server", _URL_EXAMPLE)
    elif "@" in parts.netloc:
        spot.problem("url holds a user name or password", "leave it out of the url; the password has its own key")
    elif "?" in url or "#" in url:
        spot.problem("url holds a ? or a #", "leave out what follows it")
    elif len(segments) < 2:
        spot.problem("url has no path with domain and app", _URL_EXAMPLE)
    return segments or [""]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:  # brackets or a port that are none
        return None


def _check_guarded(value: Map, spot: Spot, insecure: bool) -> None:
    """A password, and TLS on every way that others may listen on."""
    if "password" not in value:
        spot.problem("a server needs a password", f"add password: {REFERENCE}")
    if insecure and not value.get("insecure"):
        spot.at("url").problem("ws: sends everything in the clear", "use wss:, or say insecure: true if it must be")


def _in_the_clear(url: str) -> bool:
    parts = _split(url)
    return parts is not None and parts.scheme == "ws" and not _loopback(parts.hostname or "localhost")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _inside(root: Path, name: str | None, spot: Spot) -> Path | None:
    if name is None:
        return None
    path = beside(root, root, name)
    if path is None:
        spot.problem(f"{visible(name)} is outside the repository", f"name a file inside it, relative to {SETTINGS}")
    return path


def _wire_profile(root: Path, name: str, spot: Spot) -> str | Path:
    if _PROFILE_NAME.fullmatch(name) and resources.wire_profile(name) is not None:
        return name
    return _inside(root, name, spot) or name


def _files(root: Path, patterns: list[str], spot: Spot) -> tuple[str, ...]:
    for index, pattern in enumerate(patterns):
        _inside(root, pattern, spot.at(index))
    return tuple(patterns)


def _age_recipients(recipients: Iterable[str], spot: Spot) -> tuple[str, ...]:
    for index, recipient in enumerate(recipients):
        if wrong := wrong_recipient(recipient):
            spot.at(index).problem(*wrong)
    return tuple(recipients)


def _policy(value: Mapping[str, Any]) -> Policy:
    return Policy(
        prune=frozenset(Kind(kind) for kind in value.get("prune", ())),
        limits=Limits(**value.get("limits", {})),
        protect=tuple(value.get("protect", ())),
        ignore=_by_glob(value.get("ignore", {})),
        mask=_by_glob(value.get("mask", {})),
    )


def _by_glob(value: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {glob: tuple(names) for glob, names in value.items()}
