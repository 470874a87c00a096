"""What cannot be the name of a server or a url, however kindly it is read."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_LETTER = r"0-9A-Za-z\u0080-\U0010ffff"  # of any script, with the marks that are written apart from them
_LABEL = re.compile(rf"[{_LETTER}](?:[{_LETTER}_-]{{0,61}}[{_LETTER}_])?|_[{_LETTER}_-]{{0,62}}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ICE = re.compile(r"(?:stuns?|turns?):(?!//)", re.IGNORECASE)
_LONGEST_NAME = 253
_LAST_PORT = 65535
_KEPT = 1024  # values, of which ten thousand phones share a few


@lru_cache(maxsize=_KEPT)
def wrong_host(text: str) -> str:
    """Why a text is no name or address of a server, with or without a port; "" if it may be one."""
    if any(c.isspace() or not c.isprintable() for c in text):
        return "it has blanks in it"
    if _SCHEME.match(text):
        return "it is a url"
    name, port = _divided(text)
    if port is not None and not (port.isdecimal() and port.isascii() and 0 < int(port[:6]) <= _LAST_PORT):
        return "its port is no number from 1 to 65535"
    return _wrong_name(name)


def wrong_ice_server(text: str) -> str:
    """The same for a STUN or TURN server, which may have a scheme and a transport (RFC 7064, RFC 7065)."""
    return wrong_host(_ICE.sub("", text, count=1).partition("?")[0])


@lru_cache(maxsize=_KEPT)
def wrong_url(text: str) -> str:
    """Why a text is no url; "" if it may be one."""
    if any(c.isspace() or not c.isprintable() for c in text):
        return "it has blanks in it"
    if not _SCHEME.match(text):
        return "it has no scheme like https://"
    try:
        host = urlsplit(text).netloc.rpartition("@")[2]
    except ValueError:  # brackets that are none
        return "its host is none"
    why = wrong_host(host)
    return why and f"its host is none: {why}"


def _divided(text: str) -> tuple[str, str | None]:
    """Name and port; a colon inside an address of IPv6 divides nothing."""
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        return name, rest[1:] if rest.startswith(":") else rest or None
    if text.count(":") > 1:
        return text, None
    name, colon, port = text.partition(":")
    return name, port if colon else None


def _wrong_name(name: str) -> str:
    if ":" in name:
        return "" if _is_address(name) else "it is no address of IPv6"
    if not name:
        return "it names no host"
    labels = name.removesuffix(".").split(".")
    if labels[-1].isdecimal():
        return "" if _is_address(name) else "it is no address of IPv4"
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        return "no host has such a name"
    return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
