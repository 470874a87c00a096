"""Which configs stop reaching devices that they reach now, by their own categories or by what becomes of these."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncer.model.address import Action, Address, Kind
from syncer.model.fields import Hardware, hardware_of
from syncer.model.state import Devices, Live, LiveDomain
from syncer.plan.parts import Census, Part, Scope
from syncer.plan.steps import Step, by_domain

EVERYTHING = Hardware()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A config that reaches the devices of `lost` no more, unless they are those of `kept` too."""

    address: Address
    lost: tuple[Part, ...]
    kept: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Unreached:
    """A config that reaches no device of that hardware after the plan, and those that it reaches now.

    With `unknown` that is not certain: of those parts nobody can tell the devices.
    """

    address: Address
    hardware: Hardware
    devices: Devices
    unknown: tuple[Part, ...]


def shrunk(steps: Iterable[Step], live: Live) -> tuple[Shrunk, ...]:
    """Every live config that the steps leave there, and take something of its reach from."""
    inside = by_domain(steps)
    touched = (domain for domain in live.domains if domain.domain.id in inside)
    return tuple(config for domain in touched for config in _shrunk_in(domain, inside[domain.domain.id]))


def parts_to_ask(configs: Iterable[Shrunk]) -> Iterator[tuple[Part, Hardware]]:
    """The parts whose devices decide, and what hardware they are asked about."""
    for config in configs:
        hardware = hardware_of(config.address.type)
        yield from ((part, hardware) for part in (*config.lost, *config.kept))


def unreached(configs: Iterable[Shrunk], live: Live) -> Iterator[Unreached]:
    """Those that reach devices now and none then, and those of which that cannot be told.

    Counted twice, once with every device and once with those that the type is for; one of them is enough.
    """
    census = Census(live)
    for config in configs:
        measures = dict.fromkeys((EVERYTHING, hardware_of(config.address.type)))
        found = [one for hardware in measures if (one := _measured(config, census, hardware))]
        if found:
            yield min(found, key=lambda one: bool(one.unknown))


def _measured(config: Shrunk, census: Census, hardware: Hardware) -> Unreached | None:
    lost, lost_unknown = census.of(config.lost, hardware)
    kept, kept_unknown = census.of(config.kept, hardware)
    if kept or not (lost or lost_unknown):
        return None
    return Unreached(config.address, hardware, lost, kept_unknown if lost else lost_unknown + kept_unknown)


def _shrunk_in(domain: LiveDomain, steps: Sequence[Step]) -> Iterator[Shrunk]:
    scope = Scope(domain, steps)
    own = {step.live.id: step for step in steps if step.live and step.change.address.kind is Kind.CONFIG}
    for config in domain.configs if own or scope.use_changes else ():
        step = own.get(config.id)
        if step is not None and step.change.action is Action.DELETE:
            continue
        then = scope.then_of(config, step)
        lost = tuple(part for part in scope.now(config.categories) if part not in then)
        if lost and domain.domain not in then:
            yield Shrunk(step.change.address if step else config.address, lost, then)
