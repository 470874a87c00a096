"""Running what is asynchronous; asyncio takes a sixth of the time that `syncer --help` has, so it is imported late."""

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Its result, from an event loop of its own."""
    import asyncio

    return asyncio.run(work)
