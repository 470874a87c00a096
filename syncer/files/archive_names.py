"""Names of files in a backup. We never unpack one onto a disk, but people do, with tools that obey any name."""

import unicodedata

MAX_NAME = 1000  # characters
_FORBIDDEN = frozenset('\\:*?"<>|')  # separators, drives and streams of Windows, and what no name can have there


def wrong_name(name: str) -> str | None:
    """Why nobody should unpack a file of that name, None where it is harmless."""
    if not name or len(name) > MAX_NAME:
        return "no name" if not name else "too long a name"
    if not name.isprintable():
        return "a name with characters that nobody sees"
    if name.startswith("/") or name[1:2] == ":":
        return "an absolute name"
    if ".." in name.replace("\\", "/").split("/"):
        return "a name that climbs out of its folder"
    if _FORBIDDEN.intersection(name) or any(_is_bad_part(part) for part in name.split("/")):
        return "a name that not every system takes"
    return None


def _is_bad_part(part: str) -> bool:
    return part in ("", ".") or part != part.strip(" ") or part.endswith(".")


def folded(name: str) -> str:
    """What a file system may take for the same name."""
    return unicodedata.normalize("NFC", name).casefold()
