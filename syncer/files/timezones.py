"""POSIX TZ strings (POSIX.1-2024, Base Definitions 8.3): `CET-1CEST-2,M3.5.0/2,M10.5.0/3`."""

import re

_NAME = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
_OFFSET = r"[+-]?(?:2[0-4]|[01]?[0-9])(?::[0-5][0-9]){0,2}"
_TIME = r"[+-]?(?:16[0-7]|1[0-5][0-9]|[0-9]{1,2})(?::[0-5][0-9]){0,2}"  # hours of a week in both directions
_JULIAN = r"J0*(?:36[0-5]|3[0-5][0-9]|[12][0-9]{2}|[1-9][0-9]?)"
_DAY = r"0*(?:36[0-5]|3[0-5][0-9]|[12][0-9]{2}|[1-9]?[0-9])"
_WEEKDAY = r"M(?:1[0-2]|0?[1-9])\.[1-5]\.[0-6]"
_WHEN = rf"(?:{_JULIAN}|{_WEEKDAY}|{_DAY})(?:/{_TIME})?"
_ZONE = re.compile(rf"{_NAME}{_OFFSET}(?:{_NAME}(?:{_OFFSET})?(?:,{_WHEN},{_WHEN})?)?")
_DATABASE_NAME = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+-]+){1,2}")
_LONGEST = 200
_EXAMPLE = "CET-1CEST-2,M3.5.0/2,M10.5.0/3"


def is_timezone(text: str) -> bool:
    """Whether a text is a POSIX TZ string; not the form with a colon, which means something else to every system."""
    return len(text) <= _LONGEST and _ZONE.fullmatch(text) is not None


def timezone_hint(text: str) -> str:
    """What to write in place of one that is none."""
    if len(text) <= _LONGEST and _DATABASE_NAME.fullmatch(text):
        return f"write what the last line of /usr/share/zoneinfo/{text} says, like {_EXAMPLE} for Europe/Berlin"
    return f"write standard time, its offset, summer time and when it begins and ends, like {_EXAMPLE}"
