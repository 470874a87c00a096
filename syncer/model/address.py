"""Kinds, actions, and the addresses by which objects are known everywhere."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from syncer.errors import visible


class Kind(StrEnum):
    """What an object is."""

    DOMAIN = "domain"
    CATEGORY = "category"
    CONFIG = "config"


class Action(StrEnum):
    """What a change does to its object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


_TEXT = re.compile(r"(domain|category|config)\[(.*)\]", re.DOTALL)

# What must exist before what; deletes run it backwards. An unknown kind raises KeyError.
LEVELS = {Kind.DOMAIN: 0, Kind.CATEGORY: 1, Kind.CONFIG: 2}


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Identity of an object; compare addresses, not their texts, since names may contain anything."""

    kind: Kind
    domain: str
    type: str = ""  # of a config
    name: str = ""  # a category's name, a config's desc

    def __str__(self) -> str:
        match self.kind:
            case Kind.DOMAIN:
                return f"domain[{self.domain}]"
            case Kind.CATEGORY:
                return f"category[{self.domain}/{self.name}]"
            case Kind.CONFIG:
                return f"config[{self.domain}/{self.type}/{self.name}]"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address of a text made by `str`; ValueError if it is none."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"{visible(text)} is no address")
        kind, inside = Kind(match[1]), match[2]
        if kind is Kind.DOMAIN:
            return cls(kind, inside)
        domain, _, rest = inside.partition("/")
        if kind is Kind.CATEGORY:
            return cls(kind, domain, name=rest)
        config_type, _, desc = rest.partition("/")
        return cls(kind, domain, config_type, desc)

    @property
    def shown(self) -> str:
        """For people: one line, nothing in it that a terminal would obey."""
        return visible(self)

    def matches(self, glob: str) -> bool:
        """Whether a glob names this address; only `*` (any text, `/` included) and `?` are special."""
        return glob_pattern(glob).fullmatch(str(self)) is not None


def domain_address(name: str) -> Address:
    """`domain[name]`."""
    return Address(Kind.DOMAIN, name)


def category_address(domain: str, name: str) -> Address:
    """`category[domain/name]`."""
    return Address(Kind.CATEGORY, domain, name=name)


def config_address(domain: str, config_type: str, desc: str) -> Address:
    """`config[domain/TYPE/desc]`."""
    return Address(Kind.CONFIG, domain, config_type, desc)


@lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """What matches whole texts as a glob does; only `*` (any text) and `?` are special."""
    first, *others = ("".join("." if c == "?" else re.escape(c) for c in piece) for piece in re.split(r"\*+", glob))
    # what follows a `*` is taken where it comes first, for good: trying all other places takes for ever
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}" if others else first, re.DOTALL)
