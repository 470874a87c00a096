"""Nobody waits for servers that do not answer."""

from tests.waiting import _nobody_waits

__all__ = ["_nobody_waits"]
