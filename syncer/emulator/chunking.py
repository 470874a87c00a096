"""Values of a config that do not fit into its message, sent ahead in pieces.

Pieces are cut in UTF-16 code units, as a service does whose strings are UTF-16: one may end inside a surrogate pair.
"""

from collections.abc import Iterator
from typing import Any

from syncer.emulator.request import Request
from syncer.wire.messages import MESSAGE_BYTES, size

_ALWAYS = "script"  # the document: "its value is transferred with GetDeviceConfigValueResult"
_NEVER = frozenset({"type", "desc"})  # the document: an object "always has common fields"
_UNIT_BYTES = 2
_MOST_BYTES = 12  # of one character, written as two escapes
_WORTH_IT = 256  # characters; shorter values stay in the message however long it is


def in_messages(request: Request, config: dict[str, Any], chunk_size: int) -> Iterator[dict[str, Any]]:
    """GetDeviceConfigValueResult for `script` and for what is too long, then GetDeviceConfigResult with the rest."""
    for name in _to_send_ahead(request, config, chunk_size):
        for piece in pieces(config.pop(name), chunk_size):
            yield request.reply(mt="GetDeviceConfigValueResult", name=name, value=piece)
    yield request.reply(config=config)


def _to_send_ahead(request: Request, config: dict[str, Any], chunk_size: int) -> list[str]:
    # A character is one or two units, and takes at most 12 bytes: most configs need no closer look, and this is the
    # hot path.
    characters = 0
    ahead: list[str] = []
    for name, value in config.items():
        if isinstance(value, str) and name not in _NEVER:
            if name == _ALWAYS or (2 * len(value) > chunk_size and _units(value) > chunk_size):
                ahead.append(name)
            else:
                characters += len(value)
    if characters * _MOST_BYTES > MESSAGE_BYTES:
        ahead += _until_it_fits(request, {name: value for name, value in config.items() if name not in ahead})
    return ahead


def _until_it_fits(request: Request, rest: dict[str, Any]) -> Iterator[str]:
    """The longest strings of `rest`, until what is left is no longer than a message may be."""
    long = [
        name
        for name, value in rest.items()
        if isinstance(value, str) and len(value) >= _WORTH_IT and name not in _NEVER
    ]
    for name in sorted(long, key=lambda name: len(rest[name]), reverse=True):
        if size(request.reply(config=rest)) <= MESSAGE_BYTES:
            return
        del rest[name]
        yield name


def pieces(value: str, chunk_size: int) -> Iterator[str]:
    """`value` in pieces of at most that many UTF-16 code units; an empty value is one empty piece."""
    data = value.encode("utf-16-le", "surrogatepass")
    step = chunk_size * _UNIT_BYTES
    for start in range(0, len(data) or 1, step):
        yield data[start : start + step].decode("utf-16-le", "surrogatepass")


def _units(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // _UNIT_BYTES
