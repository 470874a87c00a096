"""Ports: first and number stay below 65536, and RTP and NAT never overlap."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.rules import broken_rules

RTP = ("rtpFirst", "rtpNum")
NAT = ("natFirst", "natNum")


@pytest.mark.parametrize(
    "values, broken",
    [
        ({}, []),
        ({"rtpFirst": 65000}, []),
        ({"rtpNum": 16384}, []),
        ({"rtpFirst": 65000, "rtpNum": 535}, []),
        ({"rtpFirst": 65000, "rtpNum": 536}, [(RTP, "rtpFirst 65000 + rtpNum 536 goes past port 65535")]),
        ({"natFirst": 65534, "natNum": 2}, [(NAT, "natFirst 65534 + natNum 2 goes past port 65535")]),
        ({"rtpFirst": 5000, "rtpNum": 200, "natFirst": 5200, "natNum": 10}, []),
        ({"rtpFirst": 5000, "rtpNum": 200, "natFirst": 4990, "natNum": 10}, []),
        (
            {"rtpFirst": 5000, "rtpNum": 200, "natFirst": 5199, "natNum": 10},
            [(RTP + NAT, "the ports for RTP (5000-5199) and NAT (5199-5208) overlap")],
        ),
        ({"rtpFirst": 5000, "rtpNum": 200, "natFirst": 5100, "natNum": 0}, []),
        ({"rtpFirst": "5000", "rtpNum": 99999}, []),  # what is no number is told elsewhere
    ],
)
def test_rules(values: dict[str, Any], broken: list[tuple[tuple[str, ...], str]]) -> None:
    assert list(broken_rules(values)) == broken


@given(*[st.integers(2052, 3000)] * 2, *[st.integers(1, 500)] * 2)
def test_overlap_is_a_port_in_both(rtp: int, nat: int, rtp_count: int, nat_count: int) -> None:
    values = {"rtpFirst": rtp, "rtpNum": rtp_count, "natFirst": nat, "natNum": nat_count}

    both = set(range(rtp, rtp + rtp_count)) & set(range(nat, nat + nat_count))

    assert bool(list(broken_rules(values))) is bool(both)
