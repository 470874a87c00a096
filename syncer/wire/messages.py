"""JSON text of one message, there and back; protocol: one JSON object a text frame, with `mt`, at most 64 KiB."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

MESSAGE_BYTES = 65536  # the protocol's limit for one message

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_escaped = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)


class MalformedMessage(ValueError):
    """Bytes that are no JSON object with a message type; the text says why, without quoting them."""


def encode(message: Mapping[str, Any]) -> str:
    """Compact JSON. Halves of surrogate pairs cannot travel as UTF-8, so they force escapes."""
    text = _compact.encode(message)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _escaped.encode(message)
    return text


def size(message: Mapping[str, Any]) -> int:
    """UTF-8 bytes of the message as `encode` writes it."""
    return len(encode(message).encode())


def _no_constant(name: str) -> NoReturn:
    raise MalformedMessage(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedMessage("a number too large to write again")
    return number


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def decode(text: str | bytes) -> dict[str, Any]:
    """The message in one frame; MalformedMessage for anything but a JSON object with a string `mt`."""
    if not isinstance(text, str):
        raise MalformedMessage("a binary frame")
    try:
        message = _decoder.decode(text)
    except MalformedMessage:
        raise
    except RecursionError as exc:
        raise MalformedMessage("nested too deeply") from exc
    except ValueError as exc:
        raise MalformedMessage("not JSON") from exc
    if not isinstance(message, dict):
        raise MalformedMessage("not a JSON object")
    if not isinstance(message.get("mt"), str):
        raise MalformedMessage("an object without a message type")
    return message


def repair_pairs(text: str) -> str:
    """`text` with halves of surrogate pairs that stand next to each other joined; a lone half stays as it is."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text
