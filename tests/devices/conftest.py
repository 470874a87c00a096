"""Nothing is left behind by a client either, and hostile servers get no long farewells."""

from tests.transport.conftest import _nothing_is_left_behind, _short_farewells, quick
from tests.waiting import _nobody_waits

__all__ = ["_nobody_waits", "_nothing_is_left_behind", "_short_farewells", "quick"]
