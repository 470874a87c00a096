"""Recordings of browsers: read with progress, and without their secrets for others."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncer.errors import SyncerError, visible
from syncer.files.plans import write_private
from syncer.files.recordings import Format, format_of, read_recording
from syncer.files.sharing import as_har, as_lines, shared
from syncer.model.recording import Recording
from syncer.model.wire import Scrubbed
from syncer.wire.scrubbing import Scrubber
from syncer.workflow.context import Context


def read(context: Context, path: Path) -> Recording:
    """A recording; ProblemsError if there is no message in it."""
    size = path.stat().st_size if path.is_file() else None
    return read_recording(path, context.progress.phase(f"Reading {visible(path)}", size))


def scrub(context: Context, path: Path, out: Path, *, force: bool = False) -> Scrubbed:
    """Write a recording again without its secrets; never over itself, and over another file only by `force`."""
    _check_out(path, out, force=force)
    scrubber = Scrubber()
    recording = _scrubbed(context, read(context, path), scrubber)
    is_har = format_of(path) is Format.HAR
    write_private(out, as_har(recording) if is_har else as_lines(recording))
    return Scrubbed(
        path=str(out),
        format="HAR" if is_har else "JSON, one line each",
        messages=sum(len(one.frames) for one in recording.conversations),
        connections=len(recording.conversations),
        masked=scrubber.counts,
        remarks=recording.remarks,
    )


def _scrubbed(context: Context, recording: Recording, scrubber: Scrubber) -> Recording:
    tick = context.progress.phase("Masking messages", 2 * sum(len(one.frames) for one in recording.conversations))
    for conversation in recording.conversations:
        for frame in conversation.frames:
            scrubber.notice(frame.message)
            tick(1)

    def mask(message: Mapping[str, Any]) -> Mapping[str, Any]:
        tick(1)
        return scrubber.message(message)

    return shared(recording, mask, scrubber.looked_into)


def _check_out(path: Path, out: Path, *, force: bool) -> None:
    try:
        if not os.path.lexists(out):
            return
        is_link_to_nothing = not out.exists()
        is_itself = not is_link_to_nothing and path.exists() and out.samefile(path)
        is_file = is_link_to_nothing or out.is_file()
    except OSError as exc:
        raise SyncerError(f"{visible(out)} cannot be written: {exc.strerror}") from exc
    if is_itself:
        raise SyncerError(f"{visible(out)} is the recording itself; name another file")
    if not is_file:
        raise SyncerError(f"{visible(out)} is not a file; name a file")
    if not force:
        raise SyncerError(f"{visible(out)} exists already; name another file, or overwrite it with --force")
