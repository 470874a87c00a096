"""Keys are derived once for each password and salt: laws plan hundreds of times."""

from collections.abc import Iterator
from functools import cache

import pytest

from syncer.plan import digest, planner, record, saved


@pytest.fixture(scope="package", autouse=True)
def derived_once() -> Iterator[None]:
    """The real keys, remembered."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = cache(digest.derive_key)
        patch.setattr(planner, "derive_key", remembered)
        patch.setattr(record, "derive_key", remembered)
        patch.setattr(saved, "derive_key", remembered)
        yield
