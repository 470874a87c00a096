"""The SQLite file under a store: opened safely, changed in transactions."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from syncer.emulator.state import StateError
from syncer.errors import SyncerError, visible
from syncer.wire.messages import encode

MEMORY = ":memory:"
DEEPEST = 64  # levels of nesting that are stored; far below what the JSON encoder can take
LARGEST_ID = 2**63 - 1

_APPLICATION_ID = 0x53594E43  # tells our files from other people's SQLite files
_VERSION = 1
_BUSY_SECONDS = 2.0

_SCHEMA = """
CREATE TABLE domain (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, password TEXT, instance INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE TABLE access (
  domain_id INTEGER NOT NULL REFERENCES domain ON DELETE CASCADE,
  other_id INTEGER NOT NULL REFERENCES domain ON DELETE CASCADE, PRIMARY KEY (domain_id, other_id));
CREATE TABLE category (
  id INTEGER PRIMARY KEY AUTOINCREMENT, domain_id INTEGER NOT NULL REFERENCES domain ON DELETE CASCADE,
  body TEXT NOT NULL);
CREATE TABLE config (
  id INTEGER PRIMARY KEY AUTOINCREMENT, domain_id INTEGER NOT NULL REFERENCES domain ON DELETE CASCADE,
  body TEXT NOT NULL);
CREATE TABLE device (
  id INTEGER PRIMARY KEY AUTOINCREMENT, domain_id INTEGER REFERENCES domain ON DELETE SET NULL, body TEXT NOT NULL);
CREATE TABLE config_category (
  owner_id INTEGER NOT NULL REFERENCES config ON DELETE CASCADE,
  category_id INTEGER NOT NULL REFERENCES category ON DELETE CASCADE, PRIMARY KEY (owner_id, category_id));
CREATE TABLE device_category (
  owner_id INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
  category_id INTEGER NOT NULL REFERENCES category ON DELETE CASCADE, PRIMARY KEY (owner_id, category_id));
CREATE TABLE code (
  code TEXT PRIMARY KEY, domain_id INTEGER NOT NULL REFERENCES domain ON DELETE CASCADE,
  category_id INTEGER NOT NULL REFERENCES category ON DELETE CASCADE, valid_until INTEGER NOT NULL,
  device_id INTEGER REFERENCES device ON DELETE CASCADE);
CREATE INDEX category_domain ON category (domain_id);
CREATE INDEX config_domain ON config (domain_id);
CREATE INDEX device_domain ON device (domain_id);
CREATE INDEX config_category_category ON config_category (category_id);
CREATE INDEX device_category_category ON device_category (category_id);
"""


def open_database(path: str) -> sqlite3.Connection:
    """The database at `path`, made (mode 0600) where there is none; SyncerError if it cannot be ours."""
    try:
        if path != MEMORY:
            # SQLite would create it with the umask's mode, and it holds passwords; its WAL inherits this mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as exc:
        raise SyncerError(f"{visible(path)}: cannot be opened: {_reason(exc)}") from exc
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _reason(exc: Exception) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    try:
        _check_owner(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _create(connection)
        _check_owner(connection, path)
    except sqlite3.Error as exc:
        raise SyncerError(f"{visible(path)}: not usable as an emulator's data: {exc}; name another file") from exc


def _check_owner(connection: sqlite3.Connection, path: str) -> None:
    """Refuse a database of somebody else's, or of a later syncer, before anything is written to it."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and (owner, version) != (_APPLICATION_ID, _VERSION):
        raise SyncerError(f"{visible(path)}: an SQLite file, but not an emulator's of this version; name another file")


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # of two processes that create the file, one waits here
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


class Database:
    """Rows in and out, one transaction at a time."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._connection = open_database(self.path)
        self._execute = self._connection.execute

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        self._connection.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    @contextmanager
    def transaction(self, *, keep: bool) -> Iterator[None]:
        """All or nothing; with `keep` false nothing, whatever happened inside."""
        try:
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("COMMIT" if keep else "ROLLBACK")
            except BaseException:
                self._connection.rollback()  # does nothing where SQLite has already done it
                raise
        except sqlite3.Error as exc:
            raise _failed(exc) from exc

    def row(self, sql: str, *values: Any) -> Any:
        """The first row, None if there is none."""
        try:
            return self._execute(sql, values).fetchone()
        except sqlite3.Error as exc:
            raise _failed(exc) from exc

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows."""
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.Error as exc:
            raise _failed(exc) from exc

    def change(self, sql: str, *values: Any) -> int:
        """Run a statement that changes rows, inside a transaction; the id of a new one."""
        return self._execute(sql, values).lastrowid or 0

    def change_many(self, sql: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement once for each tuple of values, inside a transaction."""
        self._connection.executemany(sql, values)


def _failed(exc: sqlite3.Error) -> StateError:
    return StateError(f"the service's storage failed: {exc}")


def to_text(fields: Mapping[str, Any]) -> str:
    """JSON text of fields that SQLite can hold; StateError where a later reply could not carry them."""
    if _deeper_than(DEEPEST, fields):
        raise StateError(f"values nested deeper than {DEEPEST} levels are not stored")
    try:
        return encode(dict(fields))
    except (ValueError, TypeError) as exc:  # infinite numbers, or Python objects from the store's own callers
        raise StateError("values that JSON cannot carry are not stored") from exc


@lru_cache(maxsize=4096)
def shared_from_text(text: str) -> Mapping[str, Any]:
    """Like `from_text` for what is read over and over; the fields are shared, so nobody changes them."""
    return from_text(text)


def to_key(name: str) -> str:
    """`name` as text that SQLite can hold and compare, halves of surrogate pairs included."""
    return json.dumps(name)


def from_text(text: str) -> dict[str, Any]:
    """Fields as `to_text` wrote them."""
    fields: dict[str, Any] = json.loads(text)
    return fields


def _deeper_than(levels: int, value: Any) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [child for item in layer for child in _children(item)]
        if not layer:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
