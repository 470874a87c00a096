"""The page in the browser: what the emulator answers to a plain HTTP GET, on the port of its websockets.

`/` leads to `/DOMAIN/INSTANCE/`; there stand the files of the folder `page`, and `profile.json`, from which the page
knows how writes are spelled. The app itself, `/DOMAIN/INSTANCE/APP`, is for websockets alone.
"""

import json
import re
from email.utils import formatdate
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from syncer.emulator.defaults import INSTANCE
from syncer.wire.profile import Operation, Profile

_FOLDER = Path(__file__).parent / "page"
_INDEX = "index.html"
_PROFILE = "profile.json"
_NO_PAGE = "There is no such page here.\n"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
# What a browser sends as a path; a backslash would be a slash to it in the address that it is led to.
_SANE = re.compile(r"[!-\[\]-~]*")
# A segment as a browser sends it; one that is only dots would mean another folder.
_PLACE = re.compile(r"(?P<folder>/(?!\.+/)[^/]+/(?!\.+(?:/|$))[^/]+)(?:/(?P<name>[^/]*))?")

# 'self' holds for ws: and wss: of the same host and port too (CSP 3, section 6.7.2.8). Trusted types make the browser
# refuse innerHTML and its like altogether: names come from a service, and are text.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Connection": "close",
}


def path(domain: str) -> str:
    """Where the page of a domain is."""
    return f"/{quote(domain, safe='')}/{INSTANCE}/"


def is_upgrade(request: Request) -> bool:
    """Whether the client wants a websocket."""
    return "websocket" in request.headers.get("Upgrade", "").lower()


def is_own(request: Request, address: str) -> bool:
    """Whether it is asked for by its own page, or by no page at all.

    `address` is the one that was connected to, "" by TLS.
    Websockets know no same-origin policy, and any site may let its name lead to a loopback address; where there is TLS,
    its certificate would not be ours.
    """
    hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
    if len(hosts) != 1 or len(origins) > 1:
        return False
    try:
        is_same = not origins or urlsplit(origins[0]).netloc.lower() == hosts[0].lower()
        name = urlsplit(f"//{hosts[0]}").hostname or ""
    except ValueError:
        return False
    return is_same and (not _is_loopback(address) or name == "localhost" or _is_loopback(name))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def answer(request: Request, *, domain: str, app: str, profile: Profile) -> Response:
    """What a plain HTTP request gets: a file of the page, the way to it, or an error."""
    if request.method != "GET":
        return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET.\n", request.method, Allow="GET")
    if not _SANE.fullmatch(request.path):
        return _plain(HTTPStatus.NOT_FOUND, _NO_PAGE)
    asked, _, query = request.path.partition("?")
    if asked == "/":
        return _elsewhere(path(domain))
    place = _PLACE.fullmatch(asked)
    if place is None:
        return _plain(HTTPStatus.NOT_FOUND, _NO_PAGE)
    if place["name"] is None:
        return _elsewhere(f"{place['folder']}/{query and '?' + query}")
    name = place["name"] or _INDEX
    if name == _PROFILE:
        return _response(HTTPStatus.OK, _TYPES[".json"], profile_json(profile, domain=domain, app=app))
    content = _files().get(name)
    if content is None:
        return _plain(HTTPStatus.NOT_FOUND, _NO_PAGE)
    return _response(HTTPStatus.OK, _TYPES[Path(name).suffix], content)


def profile_json(profile: Profile, *, domain: str, app: str) -> bytes:
    """The wire profile as the page reads it, with the instance's domain and the name of the app."""
    shown = {
        "name": profile.name,
        "app": app,
        "domain": domain,
        "max_message_bytes": profile.max_message_bytes,
        "category_refs": profile.category_refs,
        "operations": {name: _operation(operation) for name, operation in profile.operations.items()},
        "reads_back_unset": profile.reads_back_unset,
        "write_only": sorted(profile.write_only),
    }
    return json.dumps(shown).encode()


def _operation(operation: Operation) -> dict[str, Any]:
    answered = operation.response
    return {
        "request": operation.request,
        "response": answered
        and {"mt": answered.mt, "id": answered.id, "error": answered.error, "match": answered.match},
        "sends": operation.sends,
        "unset": operation.unset or "default",
    }


@cache
def _files() -> dict[str, bytes]:
    """The files of the page by their names: what is not in here cannot be asked for."""
    return {file.name: file.read_bytes() for file in _FOLDER.iterdir() if file.suffix in _TYPES}


def _elsewhere(location: str) -> Response:
    return _plain(HTTPStatus.FOUND, "The page is elsewhere.\n", Location=location)


def _plain(status: HTTPStatus, text: str, method: str = "GET", **headers: str) -> Response:
    body = b"" if method == "HEAD" else text.encode()
    return _response(status, "text/plain; charset=utf-8", body, **headers)


def _response(status: HTTPStatus, media_type: str, body: bytes, **headers: str) -> Response:
    own = {
        "Date": formatdate(usegmt=True),
        "Content-Type": media_type,
        "Content-Length": str(len(body)),
        **_ALWAYS,
        **headers,
    }
    return Response(status.value, status.phrase, Headers(own), body)
