"""Large values that go ahead of their message in pieces."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from syncer.learn.constants import Unsayable
from syncer.learn.leaves import is_number, plain
from syncer.learn.places import FIELDS
from syncer.learn.samples import Sample
from syncer.learn.traffic import Heard
from syncer.learn.world import World
from syncer.model.address import Kind
from syncer.model.learned import Confidence, Finding
from syncer.wire.chunks import Joiner
from syncer.wire.profile import SEND_VALUE

_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,30}")  # a command, not a value
SMALLEST, LARGEST = 1024, 65536  # what a profile may say of `max_message_bytes`


def finding(samples: Sequence[Sample], world: World) -> tuple[Finding, int] | None:
    """How pieces are spelled, and the largest message in UTF-8 bytes; None where none was sent.

    Unsayable where no profile can spell them.
    """
    sent = [sample for sample in samples if sample.exchange.pieces and not sample.failed]
    if not sent:
        return None
    pieces = [piece for sample in sent for piece in sample.exchange.pieces]
    runs = [run for sample in sent for run in _runs(sample.exchange.pieces)]
    template = _template(pieces, runs)
    place = template.pop("")
    joined = any(_arrived(sample, str(place), world) for sample in sent)
    why = "they were read back as one value" if joined else "what became of them was not seen"
    one = Finding(
        SEND_VALUE,
        {"request": template, "response": "none"},
        tuple(piece.frame.number for piece in pieces),
        Confidence.SHOWN if joined else Confidence.SENT,
        (f"{len(pieces)} pieces under the src of the message that followed; {why}",),
    )
    return one, min(max(*(piece.frame.size for piece in pieces), SMALLEST), LARGEST)


def _runs(pieces: Sequence[Heard]) -> list[list[Heard]]:
    """The pieces of each value of a message."""
    runs: dict[str, list[Heard]] = {}
    for piece in pieces:
        runs.setdefault(_field_of(piece.message), []).append(piece)
    return list(runs.values())


def _field_of(message: Mapping[str, Any]) -> str:
    return next(v for _, v in plain(message) if isinstance(v, str) and v in FIELDS)


def _template(pieces: Sequence[Heard], runs: Sequence[Sequence[Heard]]) -> dict[str, Any]:
    """Under "" the key of the text."""
    first = pieces[0].message
    if any(piece.message.keys() != first.keys() or piece.mt != pieces[0].mt for piece in pieces):
        raise Unsayable("pieces of values are spelled in several ways")
    template: dict[str, Any] = {"mt": pieces[0].mt}
    name_key = next(key for key, value in first.items() if isinstance(value, str) and value in FIELDS)
    texts = [key for key in first if key not in ("mt", "src", name_key) and _is_text(key, pieces)]
    if not texts:
        raise Unsayable("pieces of values have no text")
    chunk = max(texts, key=lambda key: sum(len(piece.message[key]) for piece in pieces))
    for key in first:
        if key in ("mt", "src"):
            continue
        template[key] = "$name" if key == name_key else "$chunk" if key == chunk else _other(key, runs)
    return {**template, "": chunk}


def _is_text(key: str, pieces: Sequence[Heard]) -> bool:
    return all(isinstance(piece.message[key], str) for piece in pieces)


def _other(key: str, runs: Sequence[Sequence[Heard]]) -> Any:
    """What else a piece says: its place among the others, whether it is the last, or always the same."""
    values = [[piece.message[key] for piece in run] for run in runs]
    if all(run == list(range(len(run))) and all(map(is_number, run)) for run in values):
        return "$index"
    if all(run == [*[False] * (len(run) - 1), True] and isinstance(run[0], bool) for run in values):
        return "$last"
    if "domain" in key.lower() and all(is_number(one) for run in values for one in run):
        return "$domain_id"
    constant = values[0][0]
    is_same = all(type(one) is type(constant) and one == constant for run in values for one in run)
    is_word = isinstance(constant, str) and _WORD.fullmatch(constant) and constant not in FIELDS
    if is_same and not is_number(constant) and (is_word or not isinstance(constant, str)):
        return constant
    raise Unsayable(f"what {key!r} of a piece stands for cannot be told")


def _arrived(sample: Sample, chunk: str, world: World) -> bool:
    for run in _runs(sample.exchange.pieces):
        name = _field_of(run[0].message)
        after = world.after(Kind.CONFIG, sample.number or 0, sample.exchange.request.at)
        seen = next((one for one in after if one.whole), None)
        if seen is None or seen.raw.get(name) != _joined(run, chunk):
            return False
    return True


def _joined(run: Sequence[Heard], chunk: str) -> str:
    """A piece may end between the halves of a surrogate pair."""
    joiner = Joiner()
    for piece in run:
        joiner.add("", piece.message[chunk])
    return joiner.values()[""]
