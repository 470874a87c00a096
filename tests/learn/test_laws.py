"""Whatever a recording lacks, nothing false is learned from the rest."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.devices.encode import encode
from syncer.errors import SyncerError
from syncer.files.learned import learned_text
from syncer.learn.clicks import CLICKS
from syncer.learn.learner import learn
from syncer.model.learned import Learned
from syncer.model.recording import Conversation, Direction, Frame, Recording
from syncer.wire.messages import decode
from syncer.wire.profile import Profile, load
from tests.learn.test_learner import KEY, writes
from tests.learn.vocabularies import VOCABULARIES, clicked, profile_of

_ROOM = 65_000  # bytes, so that nothing is cut
_WAYS = {"send": Direction.SENT, "receive": Direction.RECEIVED}


def _frames(name: str) -> list[Frame]:
    return [
        Frame(number, _WAYS[which], decode(text), len(text.encode()), float(number))
        for number, (which, text) in enumerate(clicked(name).frames, 1)
    ]


@st.composite
def _damages(draw: st.DrawFn) -> tuple[str, Sequence[Frame]]:
    """The recording of a vocabulary with messages lost, its begin and end cut off, or some out of order."""
    name = draw(st.sampled_from(VOCABULARIES))
    frames = _frames(name)
    begin, end = sorted(draw(st.tuples(*[st.integers(0, len(frames))] * 2)))
    if draw(st.booleans()):
        frames = frames[begin:end]
    lost = draw(st.sets(st.integers(0, 150), max_size=draw(st.sampled_from([0, 3, 60]))))
    frames = [frame for place, frame in enumerate(frames) if place not in lost]
    for place in draw(st.lists(st.integers(0, 150), max_size=3)):
        frames[place : place + 2] = reversed(frames[place : place + 2])
    return name, frames


@given(damaged=_damages())
@settings(max_examples=200)
def test_a_recording_that_lacks_messages_teaches_less_but_nothing_false(
    damaged: tuple[str, Sequence[Frame]],
) -> None:
    name, frames = damaged
    try:
        learned = learn([Recording("damaged", (Conversation("wss://pbx/a/devices/b", tuple(frames)),))])
    except SyncerError:
        return  # none of the messages that only a Devices service has
    if learned.findings:
        _refuse_false(learned, profile_of(name))


def _refuse_false(learned: Learned, known: Profile) -> None:
    profile = load(learned_text(learned, "x"), "x")
    unclear = {one.click for one in learned.missing}
    for write in writes():
        operation = profile.operations.get(write.operation)
        if operation is None:
            continue
        meant = known.operations[write.operation]
        own = replace(operation, unset=meant.unset) if CLICKS["unset"] in unclear else operation
        own = replace(own, sends=meant.sends) if CLICKS["sends"] in unclear else own
        spelled = replace(profile, max_message_bytes=_ROOM, operations={write.operation: own})
        assert encode(write, spelled, KEY) == encode(write, replace(known, max_message_bytes=_ROOM), KEY), learned


@pytest.mark.parametrize("name", VOCABULARIES)
def test_the_whole_recording_is_enough(name: str) -> None:
    """So that the law above is about something."""
    learned = learn([Recording("whole", (Conversation("wss://pbx/a/devices/b", tuple(_frames(name))),))])
    assert {one.operation for one in learned.findings} == set(profile_of(name).operations)
    _refuse_false(learned, profile_of(name))
