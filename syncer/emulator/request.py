"""The parameters of a read message, taken with suspicion: a wrong type is answered with an error, never a traceback."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncer.emulator.database import LARGEST_ID
from syncer.emulator.session import Echo, Refusal, Session, echo
from syncer.wire.messages import MESSAGE_BYTES, size

if TYPE_CHECKING:
    from syncer.emulator.service import Service

_ENVELOPE_BYTES = 4096  # of a list's message besides its entries: generous for `src`


def identifier(value: Any, name: str) -> int | None:
    """An id, None if there is none; Refusal for anything that cannot be one."""
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LARGEST_ID:
        raise Refusal(f"{name} is not an id")
    return value


def own_domain(session: Session, value: Any) -> int:
    """The domain that a message means: the named one, else the login's; Refusal without the right to it."""
    domain_id = identifier(value, "domainId")
    return session.domain_id if domain_id is None else permitted(session, domain_id)


def permitted(session: Session, domain_id: int) -> int:
    """`domain_id`, or Refusal if the login has no right to it."""
    if not session.sees(domain_id):
        raise Refusal("no right to this domain")
    return domain_id


@dataclass(frozen=True, slots=True)
class Request:
    """A read message and who sent it."""

    service: "Service"
    session: Session
    message: dict[str, Any]

    @property
    def echo(self) -> Echo:
        """What replies and events repeat of it."""
        return echo(self.message.get("src"))

    def reply(self, **fields: Any) -> dict[str, Any]:
        """A reply to it, of its own result type if `fields` have no `mt`."""
        return {"mt": f"{self.message['mt']}Result", **self.echo, **fields}

    def domain(self) -> int:
        """The domain that it is about; it exists, and the login has the right to it."""
        domain_id = own_domain(self.session, self.message.get("domainId"))
        if self.service.store.domain(domain_id) is None:
            raise Refusal("unknown domain")
        return domain_id

    def identifier(self, name: str) -> int | None:
        """An id among the parameters."""
        return identifier(self.message.get(name), name)

    def flag(self, name: str) -> bool:
        """A boolean; missing is false."""
        value = self.message.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise Refusal(f"{name} is not a boolean")

    def text(self, name: str) -> str:
        """A string; missing is empty."""
        value = self.message.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        raise Refusal(f"{name} is not a string")

    def list_in_text(self, name: str) -> list[str]:
        """What stands between the commas of a string; an empty string is no list."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def texts(self, name: str) -> list[str]:
        """An array of strings; missing is empty."""
        value = self.message.get(name)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise Refusal(f"{name} is not an array of strings")

    def pages(self, name: str, entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Replies that list `entries`, none larger than a message may be; at least one, `last` on the last only."""
        page: list[dict[str, Any]] = []
        room = MESSAGE_BYTES - _ENVELOPE_BYTES
        for entry in entries:
            needed = size(entry) + 1
            if page and (len(page) == self.service.options.page_size or needed > room):
                yield self.reply(**{name: page, "last": False})
                page, room = [], MESSAGE_BYTES - _ENVELOPE_BYTES
            page.append(entry)
            room -= needed
        yield self.reply(**{name: page, "last": True})
