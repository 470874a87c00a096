"""Values that are legal and cannot be meant, by what their fields hold for the devices."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from syncer.errors import visible
from syncer.files.hosts import wrong_host, wrong_ice_server, wrong_url
from syncer.files.timezones import is_timezone, timezone_hint
from syncer.model.fields import Field, Holds

_SHOWN_AT_MOST = 80
_HOSTS: Mapping[Holds, tuple[str, Callable[[str], str], str]] = {
    Holds.HOST: ("bad-host", wrong_host, "write a name or an address"),
    Holds.ICE_SERVER: ("bad-host", wrong_ice_server, "write a name or an address, and a port if need be"),
    Holds.URL: ("bad-url", wrong_url, "write it whole"),
}


class Wrong(NamedTuple):
    """What is wrong with a value, by the code of the rule, and what to do about it."""

    code: str
    what: str
    hint: str


def wrong_values(field: Field, value: Any) -> Iterator[Wrong]:
    """All that is wrong with the value of a field that is set."""
    if not isinstance(value, str):
        return
    if field.holds in _HOSTS:
        yield from _host(field, value)
    elif field.holds is Holds.TZ and not is_timezone(value):
        yield Wrong("bad-timezone", f"{field.name}: {_shown(value)} is no POSIX TZ string", timezone_hint(value))
    elif field.holds is Holds.SCRIPT:
        yield from _script(field, value)


def _host(field: Field, value: str) -> Iterator[Wrong]:
    code, wrong, hint = _HOSTS[field.holds]
    if why := wrong(value):
        noun = "url" if code == "bad-url" else "host"
        named = field.name if "@" in value or field.holds is Holds.URL else f"{field.name}: {_shown(value)}"
        what = f"{named} cannot be a {noun}, since {why}"  # what a url holds may be a password
        yield Wrong(code, what, f"{hint}, like {field.examples[0]}")


def _script(field: Field, script: str) -> Iterator[Wrong]:
    if "\r" in script:
        line = script[: script.index("\r")].count("\n") + 1
        yield Wrong("crlf", f"line {line} of the {field.name} has a carriage return", "save it with LF line ends")
    too_long = next(_long_lines(script, field.longest_line), None)
    if too_long is not None:
        line, length = too_long
        what = f"line {line} of the {field.name} has {length} bytes, more than {field.longest_line}"
        yield Wrong("long-line", what, "divide it, since devices may cut it off")


def _long_lines(script: str, longest: int | None) -> Iterator[tuple[int, int]]:
    """Number and bytes of each line that is too long."""
    lengths = enumerate((len(line.removesuffix("\r").encode()) for line in script.split("\n")), 1)
    return ((number, length) for number, length in lengths if longest is not None and length > longest)


def _shown(value: str) -> str:
    return visible(value, _SHOWN_AT_MOST)
