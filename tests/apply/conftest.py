"""A bench for each test."""

from collections.abc import AsyncIterator
from functools import cache

import pytest

from syncer.plan.digest import derive_key
from tests.apply.bench import PROFILES, Bench, open_bench
from tests.waiting import _nobody_waits

__all__ = ["_nobody_waits"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive one key once, and wait less before reconnecting."""
    monkeypatch.setattr("syncer.plan.planner.derive_key", _derived_once)
    monkeypatch.setattr("syncer.plan.saved.derive_key", _derived_once)
    monkeypatch.setattr("syncer.transport.link.BACKOFF", (0.01, 0.02, 0.02))


_derived_once = cache(derive_key)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """An empty emulator with the conventional profile, and a login to it."""
    async with open_bench() as opened:
        yield opened


@pytest.fixture(params=sorted(PROFILES))
async def any_bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """The same with each profile."""
    async with open_bench(request.param) as opened:
        yield opened


@pytest.fixture
async def hasty() -> AsyncIterator[Bench]:
    """A login whose applies wait for nothing longer than 0.3 s."""
    async with open_bench(timeout=0.3) as opened:
        yield opened
