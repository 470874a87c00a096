"""The vocabularies in which the emulator is spoken to, and recordings of the checklist clicked in each."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from syncer.model.recording import Recording
from syncer.wire.profile import Profile, load
from tests.learn.app import App, har, record

_HERE = Path(__file__).parent
_FOLDERS = (_HERE.parents[1] / "schemas" / "wire", _HERE.parent / "apply" / "profiles", _HERE / "profiles")
VOCABULARIES = ("conventional", "apart", "changed", "names", "one", "quiet")


def path_of(name: str) -> Path:
    """The profile's file."""
    return next(path for folder in _FOLDERS if (path := folder / f"{name}.yaml").exists())


@cache
def profile_of(name: str) -> Profile:
    """The profile."""
    return load(path_of(name).read_text("utf-8"), name)


@cache
def clicked(name: str, *without: str) -> App:
    """The checklist clicked in a vocabulary; without domains where it has no words for them."""
    profile = profile_of(name)
    left_out = {*without, *(() if profile.operation("create_domain") else ("domains",))}
    with ThreadPoolExecutor(1) as elsewhere:  # the caller may be in a loop of its own
        return elsewhere.submit(lambda: asyncio.run(record(profile, *sorted(left_out)))).result()


def har_of(folder: Path, *apps: App) -> Path:
    """Saved as HAR."""
    path = folder / "recording.har"
    path.write_text(har(*apps), "utf-8")
    return path


def recorded(folder: Path, *apps: App) -> Recording:
    """Saved as HAR and read again."""
    from syncer.files.recordings import read_recording

    return read_recording(har_of(folder, *apps))
