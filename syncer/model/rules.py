"""Rules across the fields of one config."""

from collections.abc import Iterator, Mapping
from typing import Any

_LAST_PORT = 65535


def broken_rules(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(fields concerned, what is wrong) for a config's values in normal form."""
    ranges = []
    for first, number in (("rtpFirst", "rtpNum"), ("natFirst", "natNum")):
        start, count = values.get(first), values.get(number)
        if not isinstance(start, int) or not isinstance(count, int):
            continue
        if start + count > _LAST_PORT:
            yield (first, number), f"{first} {start} + {number} {count} goes past port {_LAST_PORT}"
        ranges.append((start, start + count))
    if len(ranges) == 2 and max(start for start, _ in ranges) < min(end for _, end in ranges):
        rtp, nat = (f"{start}-{end - 1}" for start, end in ranges)
        yield ("rtpFirst", "rtpNum", "natFirst", "natNum"), f"the ports for RTP ({rtp}) and NAT ({nat}) overlap"
