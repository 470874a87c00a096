"""What tests of telling share: a context whose warnings are kept, gauges that count, sightings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from syncer.model.address import Address, config_address
from syncer.model.watch import Sighting
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.metrics import Silence
from tests.cli.running import repository
from tests.reliability.harness import Silence as NoProgress
from tests.render.plans import delete, make_plan

NOW = datetime(2026, 11, 25, 18, 0, 30, 500_000, tzinfo=UTC)  # 1795629630 seconds of the epoch
SECRETS = {
    "SYNCER_PASSWORD": "hidden-1",
    "OWN_PASSWORD": "hidden-2",
    "SYNCER_AGE_KEY_FILE": "hidden-3",
    "SYNCER_WEBHOOK": "hidden-4",
    "SYNCER_WEBHOOK_SECRET": "hidden-5",
    "NOTIFY_SOCKET": "hidden-6",
}


class Counted(Silence):
    """Gauges that count what was told."""

    def __init__(self) -> None:
        self.tellings: Counter[bool] = Counter()

    def told(self, *, succeeded: bool) -> None:
        self.tellings[succeeded] += 1


@dataclass
class World:
    """A context and its repository, and what became of them."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    gauges: Counted = field(default_factory=Counted)

    def __post_init__(self) -> None:
        numbers = count(1)
        repository(self.folder / "repo", "wss://apps.example.com/example.com/devices/api", "domain: example.com\n")
        settings = self.folder / "repo" / "syncer.yaml"
        settings.write_text(settings.read_text("utf-8").replace("SYNCER_PASSWORD", "OWN_PASSWORD"), "utf-8")
        self.context = Context(
            start=self.folder / "repo",
            upwards=False,
            server=None,
            environ=self.environ,
            now=lambda: NOW,
            random=lambda length: bytes([next(numbers) % 256]) * length,
            clock=lambda: 0.0,
            progress=NoProgress(),
            warn=self.warnings.append,
        )
        self.repository: Repository = open_repository(self.context)


def address(name: str) -> Address:
    """Of a config."""
    return config_address("example.com", "NTP", name)


def sighting(drifted: str, new: str = "", gone: str = "") -> Sighting:
    """Each letter is the name of a config."""
    plan = make_plan(*(delete(address(name)) for name in drifted))
    return Sighting("2026-11-25T18:00:30Z", plan, _addresses(new), _addresses(gone))


def _addresses(names: Sequence[str]) -> tuple[Address, ...]:
    return tuple(address(name) for name in names)
