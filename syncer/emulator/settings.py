"""Files that somebody names for an emulator of their own: a wire profile, a certificate."""

import ssl
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.wire import profile


def read_profile(path: str) -> profile.Profile:
    """The wire profile in a file."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SyncerError(f"{visible(path)}: cannot be read: {getattr(exc, 'strerror', None) or 'not UTF-8'}") from exc
    return profile.load(text, path)


def read_certificate(certificate: str, key: str) -> ssl.SSLContext:
    """What a server needs to serve wss."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # never asks on the terminal
    except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
        why = exc.strerror if isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError) else "not a pair in PEM"
        raise SyncerError(f"{visible(certificate)}, {visible(key)}: cannot be used: {why}") from exc
    return context
