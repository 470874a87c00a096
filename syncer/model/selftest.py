"""What a self-test of a wire profile found: steps, what is proven, what is left of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import visible
from syncer.model.address import Address, Kind

PREFIX = "syncer-verify-"  # of everything that a self-test makes


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that came out as it should; `operation` "" where only something was read. `note`: what is odd about it."""

    operation: str
    what: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A write that a self-test would do: the operation, in words, and its messages, without secrets."""

    operation: str
    what: str
    messages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The step that ended it, in words: the operation of the profile that is wrong ("": none is to blame), what was to
    be done, how it came out, and what to do about it. `sent`: its messages as JSON texts, shortened, without secrets.
    """

    operation: str
    what: str
    found: str
    hint: str = ""
    sent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the self-test that is, or may be, still there. `sure` False: it may be somebody else's.

    `id` None: nobody could say.
    """

    address: Address
    id: int | None
    why: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Damage:
    """An object of somebody else that is not as it was when the self-test began: `how`, in words.

    `device`: the name of a device of the domain that `address` is; "" for any other object.
    """

    address: Address
    id: int
    how: str
    device: str | None = None

    @property
    def shown(self) -> str:
        """The object in words."""
        what = self.address.shown if self.device is None else visible(f"device[{self.address.domain}/{self.device}]")
        return f"{what} (id {self.id})"


@dataclass(frozen=True, slots=True)
class ReadsBack:
    """What a service gives for fields that are unset, by type and field, and which secrets it never returns."""

    unset: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    write_only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Intent:
    """What a self-test is going to do, for the person who is asked.

    `stale`: what an earlier one left; deleted at the end where `cleans`, in this domain and that of the login.
    """

    server: str
    url: str
    profile: str
    domain: str
    tag: str
    domains: bool
    stale: tuple[Leftover, ...] = ()
    cleans: bool = False
    login_domain: str = ""  # "": the same

    def deletes(self, one: Leftover) -> bool:
        """Whether something stale is deleted at the end."""
        here = (self.domain, self.login_domain or self.domain)
        return self.cleans and (one.address.kind is Kind.DOMAIN or one.address.domain in here)

    def cleaning(self, one: Address | None = None) -> str:
        """The command that deletes what is left of a self-test: in this domain, or an object elsewhere."""
        domain = self.domain if one is None or one.kind is Kind.DOMAIN else one.domain
        named = "" if domain == (self.login_domain or self.domain) else f" --domain {domain}"
        return f"syncer wire verify --clean{named}"


@dataclass(frozen=True, slots=True)
class SelfTest:
    """How a self-test went.

    `proven`: operations that did what they should. `unproven`: those of the profile that are not, and why. `measured`:
    its `reads_back` as it ought to be, None where it is so. `wrote`: whether anything was sent at all. `may_come`: what
    was sent and never seen, in words. `unread`: why the last comparison could not be made. `unseen`: secrets that never
    came back, so that nobody can tell whether they arrive. `kept`: the file with the damaged objects as they were.
    `receipt`: the file that says that it is proven, `completed` the profile's where `measured` was written into it.
    `refused`: why there is no receipt although nothing failed.
    """

    intent: Intent
    steps: tuple[Passed, ...] = ()
    proven: frozenset[str] = frozenset()
    unproven: Mapping[str, str] = field(default_factory=dict)
    measured: ReadsBack | None = None
    failed: Failed | None = None
    leftovers: tuple[Leftover, ...] = ()
    damages: tuple[Damage, ...] = ()
    interrupted: bool = False
    wrote: bool = True
    may_come: str = ""
    unread: str = ""
    unseen: frozenset[str] = frozenset()
    kept: str = ""
    receipt: str = ""
    completed: str = ""
    refused: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether the server is as it was, as far as anybody could read."""
        return not self.leftovers and not self.damages and not self.unread

    @property
    def is_proven(self) -> bool:
        """Whether it came to its end, and left nothing."""
        return self.failed is None and not self.interrupted and self.is_clean

    @property
    def exit_code(self) -> int:
        """0 proven; 1 nothing was written, or no receipt; 5 the server is as it was; 6 it is not; 130 interrupted."""
        if self.interrupted:
            return 130
        if not self.is_clean:
            return 6
        if self.failed is not None:
            return 5 if self.wrote else 1
        return 1 if self.refused else 0
