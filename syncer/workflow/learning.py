"""From recordings of a Devices App to a wire profile in a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.files.learned import check_target, learned_text, write_learned
from syncer.files.publishing import schema_line
from syncer.files.settings import find_root
from syncer.learn.clicks import DOMAINS
from syncer.learn.clicks import GUIDE as GUIDE
from syncer.learn.learner import learn
from syncer.model.learned import Learned
from syncer.model.recording import Recording
from syncer.wire.profile import load
from syncer.workflow.context import Context
from syncer.workflow.recordings import read as read_recording


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned, and the profile that was written; None if there was nothing to write, or nowhere to."""

    learned: Learned
    written: Path | None

    @property
    def is_complete(self) -> bool:
        """Whether all is there that categories and configs need; domains may stay somebody else's business."""
        return not self.learned.contradictions and {one.what for one in self.learned.missing} <= set(DOMAINS)


def learn_profile(
    context: Context, recordings: Sequence[Path], out: Path | None, *, url: str | None = None, force: bool = False
) -> Lesson:
    """Read recordings of one service, and write the wire profile that they show to `out`, if there is one."""
    name = check_target(out, force=force) if out else "learned"
    read: list[Recording] = []
    for path in recordings:
        read.append(_counted_on(read_recording(context, path), max(map(_last, read), default=0)))
    context.progress.phase("learning", None)
    learned = learn(read, url)
    if out is None or not learned.findings:
        return Lesson(learned, None)
    text = _schema_line(context, out) + learned_text(learned, name)
    load(text, str(out))  # whatever is written has to be a profile that syncer reads
    write_learned(out, text)
    return Lesson(learned, out)


def _schema_line(context: Context, out: Path) -> str:
    """For editors, where the profile belongs to a repository."""
    try:
        root = find_root(context.start, upwards=context.upwards)
    except SyncerError:
        return ""
    return schema_line("wire-profile", out.parent, root)


def _counted_on(recording: Recording, before: int) -> Recording:
    """Its messages counted on from those of the recordings before it, so that a number means one message."""
    if not before:
        return recording
    conversations = tuple(
        replace(talk, frames=tuple(replace(frame, number=frame.number + before) for frame in talk.frames))
        for talk in recording.conversations
    )
    told = f"the messages of {visible(recording.source)} are counted from {before + 1} on"
    return replace(recording, conversations=conversations, remarks=(told, *recording.remarks))


def _last(recording: Recording) -> int:
    return max(frame.number for talk in recording.conversations for frame in talk.frames)
