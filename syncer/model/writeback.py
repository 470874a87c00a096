"""What the files would have to say so that they say what is live."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncer.model.address import Kind
from syncer.model.state import DesiredDomain, Entry, LiveDomain, LiveObject

Steps = tuple[str, ...]  # `(gk1,)`, `(categories,)`, `(extra, newField)`; `(desc,)`, `(name,)` for the name itself


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry that is to say something else of its live object at `steps`; without a live one it is to go.

    `id`: to be said, since only that tells which object is meant.
    """

    entry: Entry
    live: LiveObject | None
    steps: Sequence[Steps] = ()
    id: int | None = None

    @property
    def kind(self) -> Kind:
        """What it is of."""
        return self.entry.address.kind


@dataclass(frozen=True, slots=True)
class DomainCorrections:
    """Everything of one domain; of one that the files do not have yet there is only `live`."""

    desired: DesiredDomain | None
    live: LiveDomain | None
    entries: Sequence[Correction] = ()
    new: Sequence[LiveObject] = ()
