"""`.syncer/`: the local state of a repository, never part of it."""

from pathlib import Path

from syncer.errors import SyncerError, visible

LOCAL = ".syncer"


def private_folder(root: Path, folder: Path) -> None:
    """Make a folder; `.syncer/` holds local state and is kept out of git."""
    local = root / LOCAL
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if local.is_dir() and not (local / ".gitignore").exists():
            (local / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as exc:
        raise SyncerError(f"{visible(folder)} cannot be made or written: {visible(exc.strerror)}") from exc
