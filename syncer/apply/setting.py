"""What an apply and its rollback work with."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncer.apply.fresh import Fresh
from syncer.apply.journal import Journal
from syncer.apply.scene import Scene
from syncer.devices.interface import Service
from syncer.model.address import Action, Address, Kind
from syncer.model.journal import Before, Image
from syncer.model.state import Live, LiveObject, Policy
from syncer.plan.images import Seal, image_of, same_image
from syncer.plan.steps import Maker, Step, masking
from syncer.plan.undo import Touched

Reread = Callable[[Mapping[int, Touched]], Awaitable[Live]]  # the live state of what was touched, complete
Refusal = Callable[[frozenset[str]], str]  # why these operations of the wire profile must not be used; "" if they may


@dataclass(frozen=True, slots=True)
class Setting:
    """The service and the rules of one apply; `clock` counts seconds.

    `pauses`: seconds before each further look for a write that was not refused, and of which nothing is seen.
    """

    service: Service
    policy: Policy
    key: bytes = field(repr=False)
    journal: Journal
    reread: Reread
    refusal: Refusal
    clock: Callable[[], float]
    parallelism: int = 8
    seal: Seal | None = None
    pauses: tuple[float, ...] = ()

    def scene(self, live: Live, steps: Iterable[Step], *, sent: bool = False) -> Scene:
        """Names and ids as they are in `live`; `steps` are what is going to be done."""
        maker = self.maker(live)
        steps = tuple(steps)
        return Scene(
            self.service,
            Fresh(self.service, self.clock),
            self.key,
            lambda step: maker.masked(step.target, step.live),
            {domain.name: domain.domain.id for domain in live.domains},
            {domain.domain.id: {one.address.name: one for one in domain.categories} for domain in live.domains},
            known=frozenset((one.address.kind, one.id) for one in live.objects),
            planned=frozenset(_place(step.target.address) for step in steps if step.target is not None),
            beside=beside(live, steps),
            several=_several(steps),
            pauses=self.pauses,
            sent=sent,
        )

    def maker(self, live: Live) -> Maker:
        """Makes steps with the names of domains that `live` has."""
        return Maker(self.key, masking(self.policy, {domain.domain.id: domain.name for domain in live.domains}))

    def image(self, thing: LiveObject, live: Live) -> Image:
        """An object for the journal."""
        return image_of(thing, self.maker(live).masked(None, thing), self.key, self.seal)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The images that the journal has of each change's object."""

    setting: Setting
    live: Live
    kept: Mapping[int, Before]

    def new(self, number: int, now: LiveObject) -> Image | None:
        """An image of what was just read, where the journal has another or none."""
        before = self.kept.get(number)
        image = self.setting.image(now, self.live)
        if before is not None and before.image is not None and same_image(before.image, image):
            return None
        return image


def beside(live: Live, steps: Sequence[Step]) -> Mapping[Address, frozenset[int]]:
    """Ids of what is where the steps make an object or take one away, and keeps its name.

    A service may have several at an address, and what is taken away may be refused to go.
    """
    shared = {step.change.address for step in steps if step.change.action is not Action.UPDATE}
    renamed = {
        (step.live.address.kind, step.live.id)
        for step in steps
        if step.live is not None and step.change.former is not None
    }
    found: dict[Address, set[int]] = {}
    for one in live.objects:
        if one.address in shared and (one.address.kind, one.id) not in renamed:
            found.setdefault(one.address, set()).add(one.id)
    return {address: frozenset(ids) for address, ids in found.items()}


def _several(steps: Iterable[Step]) -> frozenset[Address]:
    count = Counter(step.change.address for step in steps if step.change.action is Action.CREATE)
    return frozenset(address for address, times in count.items() if times > 1)


def _place(address: Address) -> tuple[Kind, str, str]:
    return (address.kind, address.type, address.domain if address.kind is Kind.DOMAIN else address.name)
