"""One browser for all tests of a module; no test where there is none."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, program


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Headless Chromium."""
    if program() is None:
        pytest.skip("there is no Chromium here; name one in $CHROMIUM")
    with Chromium() as browser:
        yield browser
