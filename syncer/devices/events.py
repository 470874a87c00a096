"""What the events of subscriptions say is to be read again.

The API document names the events and, but for the id of a deleted domain, none of their fields; that events name ids,
domains and objects as below was seen from services and is not relied on: where an event does not say enough, more is
read than needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

_DOMAIN_EVENTS = frozenset({"DomainAdded", "DomainEdited", "DomainDeleted"})
_CONFIG_DELETED = "DeviceConfigDeleted"
_CONFIG_EVENTS = frozenset({"DeviceConfigAdded", "DeviceConfigEdited", _CONFIG_DELETED})
DEVICE_EVENTS = frozenset({"DeviceAdded", "DeviceUpdate", "DeviceRemoved", "DeviceProvisioned"})
_MOST_STRANGE = 20  # names of events; beyond it they go unnamed
_MOST_CONFIGS = 20_000  # noted one by one; beyond it everything counts as changed, so that no flood fills the memory


@dataclass(slots=True)
class Unread:
    """What changed and was not read since.

    `domains`: the list of domains, with their categories. `lists`: domains, by id, whose list of configs changed.
    `configs`: (domain id, config id); `gone`: those of them that were deleted, by what was said last.
    `devices`: the list of devices. `everything`: all of it may have.
    `vague`: so an event said that everybody knows. `strange`: names of events that nobody knows; those in `ignored` say
    nothing.
    """

    everything: bool = False
    domains: bool = False
    lists: set[int] = field(default_factory=set)
    configs: set[tuple[int, int]] = field(default_factory=set)
    gone: set[tuple[int, int]] = field(default_factory=set)
    devices: bool = False
    vague: bool = False
    strange: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.everything or self.domains or self.lists or self.configs or self.devices)

    @property
    def is_strange(self) -> bool:
        """Whether all that speaks for reading everything are events that nobody knows."""
        return bool(self.strange) and not self.vague

    def note(self, message: Mapping[str, Any]) -> None:
        """Take an event, or any other message that answers nothing; late replies say nothing new."""
        name = message.get("mt")
        if not isinstance(name, str) or name.endswith("Result"):
            return
        if name in _DOMAIN_EVENTS:
            self.domains = True
        elif name in _CONFIG_EVENTS:
            self._note_config(message, is_gone=name == _CONFIG_DELETED)
        elif name in DEVICE_EVENTS:
            self.devices = True
        elif name not in self.ignored:
            self.everything = True
            if len(self.strange) < _MOST_STRANGE:
                self.strange.add(name)

    def _note_config(self, message: Mapping[str, Any], *, is_gone: bool) -> None:
        config = message.get("config")
        told = {**message, **(config if isinstance(config, Mapping) else {})}
        number, domain_id = told.get("id"), told.get("domainId")
        if not _is_id(number) or not _is_id(domain_id) or len(self.configs) >= _MOST_CONFIGS:
            self.everything = self.vague = True
            self.lists.clear()
            self.configs.clear()
            self.gone.clear()
            return
        self.lists.add(domain_id)
        self.configs.add((domain_id, number))
        (self.gone.add if is_gone else self.gone.discard)((domain_id, number))

    def take(self) -> "Unread":
        """What was noted so far; from here on nothing is."""
        taken = replace(self)
        self.everything = self.domains = self.devices = self.vague = False
        self.lists, self.configs, self.gone, self.strange = set(), set(), set(), set()
        return taken


def _is_id(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
