"""What a run of `syncer backup` made, for people and for programs."""

from collections.abc import Iterator
from typing import Any

from syncer.errors import plural, visible
from syncer.model.backed_up import BackedUp, Committed
from syncer.model.backup import SecretsAre
from syncer.render.document import as_json

FORMAT = "syncer-backed-up/1"
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def render_backed_up(done: BackedUp) -> str:
    """A few lines; what could not be kept is told elsewhere."""
    return "\n".join(_lines(done))


def _lines(done: BackedUp) -> Iterator[str]:
    manifest, counts = done.manifest, done.manifest.counts
    if done.out is not None:
        yield f"wrote {visible(done.out)} ({_size(done.size)})"
        yield (
            f"  domains: {counts.domains}, categories: {counts.categories}, configs: {counts.configs}, "
            f"devices: {counts.devices}; of {visible(manifest.server_name)} ({visible(manifest.server_url)})"
        )
        yield f"  secrets: {_secrets(done)}"
    if done.git is not None and done.history is not None:
        yield f"{visible(done.git)}: {_committed(done.history)}"
    if not manifest.admin:
        yield f"  only what the login to {visible(manifest.domain)} can read"


def _committed(made: Committed) -> str:
    if made.failure:
        return made.failure
    return f"{made.id[:12]} {visible(made.subject)}" if made.id else "nothing changed, no commit"


def _secrets(done: BackedUp) -> str:
    secrets = done.secrets
    recipients = len(done.manifest.recipients)
    how = {
        SecretsAre.SEALED: f"sealed for {plural(recipients, 'recipient')}",
        SecretsAre.PLAINTEXT: "in clear",
        SecretsAre.LEFT_OUT: "",
    }[secrets.are]
    parts = [f"{secrets.kept} {how}"] if secrets.kept else []
    parts += [f"{secrets.left_out} left out"] if secrets.left_out else []
    parts += [f"{secrets.unreadable} unreadable"] if secrets.unreadable else []
    return ", ".join(parts) or "none"


def _size(size: int) -> str:
    amount, unit = float(size), _UNITS[0]
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            break
        amount /= 1024
    return f"{size} {unit}" if unit == _UNITS[0] else f"{amount:.1f} {unit}"


def backed_up_document(done: BackedUp) -> str:
    """The same as JSON, with every note."""
    return as_json(_document(done))


def _document(done: BackedUp) -> dict[str, Any]:
    manifest, secrets, counts = done.manifest, done.secrets, done.manifest.counts
    made = done.history
    return {
        "format": FORMAT,
        "file": str(done.out) if done.out is not None else None,
        "size": done.size if done.out is not None else None,
        "created": manifest.created,
        "server": {"name": manifest.server_name, "url": manifest.server_url, "admin": manifest.admin},
        "counts": {
            "domains": counts.domains,
            "categories": counts.categories,
            "configs": counts.configs,
            "devices": counts.devices,
        },
        "secrets": {
            "are": str(secrets.are),
            "kept": secrets.kept,
            "left_out": secrets.left_out,
            "unreadable": secrets.unreadable,
            "never_told": list(secrets.never_told),
        },
        "warnings": list(done.warnings),
        "notes": list(done.notes),
        "git": None if made is None else _git(done, made),
    }


def _git(done: BackedUp, made: Committed) -> dict[str, Any]:
    return {
        "folder": str(done.git),
        "commit": made.id,
        "subject": made.subject or None,
        "failure": made.failure or None,
    }
