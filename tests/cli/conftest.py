"""For tests of commands."""

from collections.abc import AsyncIterator

import pytest

from syncer.emulator import Emulator, Running, Store
from tests.cli.running import PASSWORD


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """A service in this process, with nothing in it."""
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store).start() as service:
            yield service
