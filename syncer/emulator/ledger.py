"""What all parts of the store share: transactions, and the announcement of what was changed in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from syncer.emulator.database import Database
from syncer.emulator.state import Category, Config, Device, Domain, Happening, StateError

Listener = Callable[[Happening], None]
_Thing = TypeVar("_Thing", Domain, Category, Config, Device)


class Ledger:
    """A database whose changes are announced to listeners after they are committed."""

    def __init__(self, path: str | Path) -> None:
        self._db = Database(path)
        self._listeners: list[Listener] = []
        self._happened: list[Happening] = []

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each committed change, until the function that this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Changes inside are made and announced together; with `keep` false they are not made at all.

        Inside another transaction this is a part of that one.
        """
        if self._db.in_transaction:
            yield
            return
        self._happened = []
        with self._db.transaction(keep=keep):
            yield
        if keep:
            for happening in self._happened:
                for listener in tuple(self._listeners):
                    listener(happening)


def known(thing: _Thing | None, what: str) -> _Thing:
    """`thing`, or StateError if there is none."""
    if thing is None:
        raise StateError(f"unknown {what}")
    return thing
