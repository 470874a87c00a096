"""What the stories of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.shell import make_programs


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for PATH with the programs that a runner has and this machine may not."""
    from tests.ci import warm  # where there is no bash there may be no fork either

    with warm.served() as socket:
        yield make_programs(tmp_path_factory.mktemp("programs"), warm.client(socket))
