"""Challenge and login of AppWebsocket as pure functions of their inputs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.wire.messages import encode

NO_GUID = "0" * 32  # what the vendor's client sends for a login by password
ADMIN_NAME = "Admin"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login by password needs; `app` is the name of the loaded app."""

    app: str
    domain: str
    password: str = field(repr=False)
    info: Mapping[str, Any] | None = None


def digest(
    app: str,
    domain: str,
    sip: str,
    guid: str,
    dn: str,
    challenge: str,
    password: str,
    info: Mapping[str, Any] | None = None,
) -> str:
    """Hex SHA-256 over the parts joined by colons, the compact JSON of `info` before the challenge if there is one."""
    parts = [app, domain, sip, guid, dn, *([] if info is None else [encode(info)]), challenge, password]
    return _sha256(":".join(parts))


def session_key(challenge: str, password: str) -> str:
    """The key of field encryption in this session; both sides compute it, it is never sent."""
    return _sha256(f"innovaphoneAppSessionKey:{challenge}:{password}")


def login_message(credentials: Credentials, challenge: str) -> dict[str, Any]:
    """The AppLogin of the vendor's login by password: `sip` and `pbxObj` are the app, `dn` is Admin."""
    who = credentials
    message: dict[str, Any] = {
        "mt": "AppLogin",
        "app": who.app,
        "domain": who.domain,
        "sip": who.app,
        "guid": NO_GUID,
        "dn": ADMIN_NAME,
        "digest": digest(who.app, who.domain, who.app, NO_GUID, ADMIN_NAME, challenge, who.password, who.info),
        "pbxObj": who.app,
    }
    if who.info is not None:
        message["info"] = dict(who.info)
    return message


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
