"""Challenge and login, as protocol.md describes them."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from syncer.emulator.session import Refusal, Session
from syncer.emulator.state import Domain
from syncer.emulator.store import Store
from syncer.wire.login import digest, session_key

_PARTS = ("app", "domain", "sip", "guid", "dn", "digest")


def give_challenge(session: Session, token: Callable[[int], str]) -> str:
    """A new challenge of 16 characters; an older one is void."""
    session.challenge = token(8)
    return session.challenge


def log_in(session: Session, message: Mapping[str, Any], store: Store, app: str) -> None:
    """Give the session the rights of a login; Refusal, and no rights, if anything about it is wrong."""
    challenge, session.challenge = session.challenge, None
    session.forget()
    if challenge is None:
        raise Refusal("no challenge was asked for")
    if not all(isinstance(message.get(part), str) for part in _PARTS):
        raise Refusal("incomplete login")
    domain = store.domain_named(message["domain"])
    password = _password(store, domain)
    if domain is None or password is None or message["app"] != app or not _proves(message, challenge, password):
        raise Refusal("wrong app, domain or password")
    session.key = session_key(challenge, password)
    session.domain_id, session.admin = domain.id, domain.instance
    session.domains = frozenset({domain.id}) | store.access(domain.id)


def _password(store: Store, domain: Domain | None) -> str | None:
    if domain is None:
        return None
    return store.password if domain.instance else store.domain_password(domain.id)


def _proves(message: Mapping[str, Any], challenge: str, password: str) -> bool:
    info = message.get("info")
    if info is not None and not isinstance(info, dict):
        return False
    app, domain, sip, guid, dn, given = (message[part] for part in _PARTS)
    try:
        expected = digest(app, domain, sip, guid, dn, challenge, password, info)
    except (ValueError, RecursionError):  # an `info` with infinite numbers, or too deep to be written again
        return False
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
