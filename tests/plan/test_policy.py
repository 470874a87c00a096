"""Address globs, and what a policy says by them."""

import pytest

from syncer.model.address import Address, category_address, config_address, domain_address
from tests.plan import factories as make

PHONE = config_address("example.com", "PHONE", "HQ phones")


@pytest.mark.parametrize(
    "glob",
    [
        "config[example.com/PHONE/HQ phones]",
        "*",
        "config[*/PHONE/*]",
        "config[*]",
        "*phones]",
        "config[example.com/?????/HQ*",
        "config?example.com*",
        "config[example.com*HQ phones]",
    ],
)
def test_a_glob_that_matches(glob: str) -> None:
    assert PHONE.matches(glob)


@pytest.mark.parametrize(
    "glob",
    [
        "",
        "config",
        "config[example.com/PHONE/HQ phones",
        "CONFIG[example.com/PHONE/HQ phones]",
        "config[example.com/PHONE/hq phones]",
        "config[exampleXcom/PHONE/HQ phones]",
        "config[example.com/PHON[EX]/HQ phones]",
        "config[example.com/{PHONE,NTP}/HQ phones]",
        "config[example.com/!PHONE/*",
        "config[*/EXPERT/*]",
        "config[example.com/????/HQ phones]",
        "category[*]",
        "config.*",
        "config[example.com/PHONE/HQ phone.+]",
    ],
)
def test_a_glob_that_does_not_match(glob: str) -> None:
    assert not PHONE.matches(glob)


@pytest.mark.parametrize(
    "address, glob",
    [
        (config_address("a", "PHONE", "a/b\nc"), "config[a/PHONE/*]"),
        (config_address("a", "PHONE", "a\nb"), "config[a/PHONE/a?b]"),
        (config_address("a", "PHONE", ""), "config[a/PHONE/]"),
        (config_address("a", "PHONE", "[x]{y}^$.|\\"), "config[a/PHONE/[x]{y}^$.|\\]"),
        (category_address("a", "*"), "category[a/*]"),
        (category_address("a", "?"), "category[a/?]"),
        (domain_address("a"), "domain[?]"),
        (domain_address("a"), "*[a]"),
    ],
)
def test_a_star_takes_slashes_and_lines_and_everything_else_stands_for_itself(address: Address, glob: str) -> None:
    assert address.matches(glob)


def test_any_of_the_addresses_may_be_named() -> None:
    policy = make.policy(
        protect=["config[*/EXPERT/*]"],
        ignore={"config[*]": ("gk1",), "*HQ phones]": ("gk2", "gk1"), "domain[*]": ("x",)},
        mask={"config[*/PHONE/*]": ("script",)},
    )
    other = config_address("example.com", "EXPERT", "x")
    assert policy.ignored(PHONE) == {"gk1", "gk2"}
    assert policy.ignored(domain_address("a"), PHONE) == {"gk1", "gk2", "x"}
    assert policy.masked(other) == frozenset()
    assert policy.masked(other, PHONE) == {"script"}
    assert not policy.protected(PHONE)
    assert policy.protected(PHONE, other)
