"""Addresses and the globs that name them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Address, Kind, category_address, config_address, domain_address, glob_pattern


def test_texts() -> None:
    assert str(domain_address("example.com")) == "domain[example.com]"
    assert str(category_address("example.com", "Phones HQ")) == "category[example.com/Phones HQ]"
    assert str(config_address("example.com", "PHONE", "HQ phones")) == "config[example.com/PHONE/HQ phones]"
    assert str(config_address("example.com", "NTP", "")) == "config[example.com/NTP/]"


def test_what_is_shown_is_harmless_for_a_terminal() -> None:
    assert domain_address("a\x1b[31m\nb").shown == "domain[a\\x1b[31m\\nb]"


@pytest.mark.parametrize(
    "glob, matches",
    [
        ("config[*/PHONE/*]", True),
        ("config[example.com/PHONE/HQ [1]*]", True),  # brackets and braces stand for themselves
        ("config[example.com/PHONE/HQ ?1? {a}/b]", True),
        ("*", True),
        ("config[*", True),
        ("config[example.com/PHONE/HQ [1] {a}/c]", False),
        ("config[*/phone/*]", False),
        ("config[example?com/PHONE/*", True),
        ("onfig[*", False),
        ("config[*/EXPERT/*]", False),
    ],
)
def test_globs(glob: str, matches: bool) -> None:
    assert config_address("example.com", "PHONE", "HQ [1] {a}/b").matches(glob) is matches


def test_a_glob_reaches_over_lines() -> None:
    assert config_address("a", "NTP", "x\ny").matches("config[*]")


@given(st.text(), st.text().filter(lambda text: "/" not in text), st.text())
def test_a_text_leads_back_to_its_address(domain: str, config_type: str, desc: str) -> None:
    if "/" not in domain:
        assert Address.parse(str(config_address(domain, config_type, desc))) == config_address(
            domain, config_type, desc
        )
        assert Address.parse(str(category_address(domain, desc))) == category_address(domain, desc)
    assert Address.parse(str(domain_address(domain))) == domain_address(domain)


@pytest.mark.parametrize("text", ["", "config", "thing[a]", "config[a", "xconfig[a/b/c]"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        Address.parse(text)


def test_addresses_sort_by_kind_and_name() -> None:
    addresses = [domain_address("b"), config_address("a", "NTP", ""), category_address("a", "c"), domain_address("a")]

    assert [a.kind for a in sorted(addresses)] == [Kind.CATEGORY, Kind.CONFIG, Kind.DOMAIN, Kind.DOMAIN]


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_glob_is_what_trying_everything_would_find(glob: str, text: str) -> None:
    naive = re.compile("".join({"*": ".*", "?": "."}.get(c, c) for c in glob))

    assert (glob_pattern(glob).fullmatch(text) is None) is (naive.fullmatch(text) is None)
