"""One write of a recording, understood: which operation it is, on which object, and how the recording shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncer.learn.leaves import Path, at
from syncer.learn.traffic import Exchange
from syncer.learn.world import Seen
from syncer.model.address import Action, Kind
from syncer.model.learned import Confidence


@dataclass(frozen=True, slots=True)
class Sample:
    """A write of a recording. `thing`: the object as it was seen best, None where the recording never shows it.

    `number`: its id, None where not known. `holder`: where in the message the object's fields stand. `failed`: the
    service refused it. `became`: how the service showed the object before anything else was asked of it.
    """

    action: Action
    kind: Kind
    exchange: Exchange
    number: int | None
    domain_id: int | None
    thing: Seen | None
    holder: Path
    confidence: Confidence
    evidence: str
    failed: bool = False
    became: Mapping[str, Any] | None = None

    @property
    def operation(self) -> str:
        """As a wire profile names it."""
        return f"{self.action}_{self.kind}"

    @property
    def is_shown(self) -> bool:
        """Whether what it did is in the recording."""
        return self.confidence is Confidence.SHOWN

    @property
    def message(self) -> Mapping[str, Any]:
        """What was sent."""
        return self.exchange.request.message

    @property
    def fields(self) -> Mapping[str, Any]:
        """The object's fields as they were sent, `id` and the like included."""
        value = at(self.message, self.holder)
        return value if isinstance(value, dict) else {}
