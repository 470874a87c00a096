"""For all tests."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)  # a loaded machine is no mistake of ours
settings.load_profile("untimed")

_NUMBERS = count()


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands keep what they parse: a folder of this test's own, which they make themselves."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_NUMBERS)}"
    monkeypatch.setenv("SYNCER_CACHE_DIR", str(folder))
    return folder
