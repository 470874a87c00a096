"""A write of a self-test, how it was answered, and what was read afterwards."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from syncer.devices.interface import Write
from syncer.model.address import Address, Kind
from syncer.model.fields import fields_of
from syncer.model.selftest import Damage, Failed
from syncer.model.state import LiveObject, Target
from syncer.selftest.measuring import NOTHING, Glimpse
from syncer.selftest.survey import Key, Survey, key_of


class Stopped(Exception):
    """A person ended it, before the next write."""


class Wrong(Exception):
    """A step did not come out as it should."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.found)


class Stands(Enum):
    """How things stand after a write."""

    AS_MEANT = "as meant"
    AS_IT_WAS = "as it was"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a write was answered: with an id perhaps, a refusal, silence or garbage, or by the connection's end."""

    id: int | None = None
    refusal: str = ""
    silence: str = ""
    lost: str = ""

    @property
    def told(self) -> str:
        """In words; "" for one that reports no error."""
        refused = f"the server refused it: {self.refusal}" if self.refusal else ""
        return refused or self.silence or self.lost


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write, in words what it does, and by id the categories that a config shall have afterwards."""

    write: Write
    what: str
    refs: frozenset[int | str] = frozenset()

    @property
    def key(self) -> Key | None:
        """The object that it is about; None for a new one."""
        return key_of(self.write.before) if self.write.before else None


@dataclass(frozen=True, slots=True)
class Look:
    """What was read after a write. `strangers`: what is new besides; `others`: what became of our other objects.

    `seen`: what it shows of how the service reads back; `unsteady`: which unset fields it makes up anew.
    """

    survey: Survey
    stands: Stands
    told: str = ""
    now: LiveObject | None = None
    damages: tuple[Damage, ...] = ()
    strangers: tuple[LiveObject, ...] = ()
    others: str = ""
    seen: Glimpse = NOTHING
    unsteady: str = ""


def named(address: Address, number: int | None) -> str:
    """An object in words."""
    return f"{address.shown} (id {number})" if number is not None else address.shown


def as_target(live: LiveObject, **fields: Any) -> Target:
    """An object as it is, with other fields (None: unset)."""
    values = {name: value for name, value in {**live.fields, **fields}.items() if value is not None}
    names = tuple(ref.name for ref in live.categories if ref.name is not None)
    return Target(live.address, values, live.extra, names)


def left_alone(live: LiveObject) -> dict[str, Any]:
    """The fields of a config that an update which does not name them leaves as they are."""
    fields = fields_of(Kind.CONFIG, live.address.type)
    return {name: value for name, value in live.fields.items() if name in fields and not fields[name].optional}
