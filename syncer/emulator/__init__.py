"""A Devices service to try things on: its own implementation of the API document, with its state in SQLite.

It shares nothing with syncer's client but the wire, so that one mistake cannot hide another.
"""

from syncer.emulator.defaults import APP, DOMAIN, HOST, PASSWORD, Options
from syncer.emulator.faults import Faults, Moment, When
from syncer.emulator.loading import Loaded, Skipped
from syncer.emulator.server import Emulator, Running
from syncer.emulator.state import StateError
from syncer.emulator.store import Store

__all__ = [
    "APP",
    "DOMAIN",
    "HOST",
    "PASSWORD",
    "Emulator",
    "Faults",
    "Loaded",
    "Moment",
    "Options",
    "Running",
    "Skipped",
    "StateError",
    "Store",
    "When",
]
