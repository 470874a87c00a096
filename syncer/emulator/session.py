"""One login: what it may see, what it subscribed to, and what it sent ahead of a write."""

from dataclasses import dataclass, field
from typing import Any

from syncer.emulator.defaults import COLLECTED_CHARACTERS, COLLECTED_REQUESTS
from syncer.wire.chunks import Joiner

Echo = dict[str, Any]  # {"src": …}, or {} where the request had none
Source = str | int | None


class Hangup(Exception):
    """The client broke the protocol; the service closes the connection."""


class Refusal(Exception):
    """The service answers with this `error`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices a subscription is about; `domains` None means all that the login sees."""

    domains: frozenset[int] | None
    unassigned: bool

    def holds(self, domain_id: int | None) -> bool:
        """Whether a device of that domain belongs to it."""
        if domain_id is None:
            return self.unassigned
        return self.domains is None or domain_id in self.domains


@dataclass(slots=True)
class Subscriptions:
    """The `src` of the request that subscribed, for each thing there is to hear of."""

    domains: Echo | None = None
    devices: tuple[Scope, Echo] | None = None
    configs: dict[int, Echo] = field(default_factory=dict)
    codes: dict[str, Echo] = field(default_factory=dict)


@dataclass(slots=True)
class _Ahead:
    """Values sent ahead of one write."""

    joiner: Joiner = field(default_factory=Joiner)
    size: int = 0


@dataclass(slots=True)
class Session:
    """State of one connection. Without a `key` it is not logged in; rights are those at the time of the login."""

    user_key: str
    challenge: str | None = None
    key: str | None = field(default=None, repr=False)
    domain_id: int = 0
    admin: bool = False
    domains: frozenset[int] = frozenset()
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    _ahead: dict[Source, _Ahead] = field(default_factory=dict)
    _ahead_size: int = 0

    def sees(self, domain_id: int | None) -> bool:
        """Whether the login has the right to a domain; None is the place of unassigned devices, an admin's only."""
        return self.admin or domain_id in self.domains

    def send_ahead(self, src: Source, name: str, piece: str) -> None:
        """Keep a piece of a value for the write that follows with the same `src`; Hangup if it is too much."""
        size = len(name) + len(piece) + 1  # empty pieces take memory too
        ahead = self._ahead.setdefault(src, _Ahead())
        ahead.joiner.add(name, piece)
        ahead.size += size
        self._ahead_size += size
        if len(self._ahead) > COLLECTED_REQUESTS or self._ahead_size > COLLECTED_CHARACTERS:
            raise Hangup("more values sent ahead of a write than the service keeps")

    def take_ahead(self, src: Source) -> dict[str, str]:
        """The values sent ahead with this `src`, once."""
        ahead = self._ahead.pop(src, None)
        if ahead is None:
            return {}
        self._ahead_size -= ahead.size
        return ahead.joiner.values()

    def forget(self) -> None:
        """Take back what a login gave."""
        self.key, self.admin, self.domains = None, False, frozenset()
        self.subscriptions = Subscriptions()
        self._ahead.clear()
        self._ahead_size = 0


def source(value: Any) -> Source:
    """A `src` worth echoing; the document knows strings, numbers do no harm, everything else is ignored."""
    return value if isinstance(value, str | int) else None


def echo(value: Any) -> Echo:
    """What a reply repeats of the request's `src`."""
    src = source(value)
    return {} if src is None else {"src": src}
