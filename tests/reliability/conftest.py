"""Scratch that is gone after each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.harness import SCRATCH


@pytest.fixture
def scratch() -> Iterator[Path]:
    """In memory where that can be: no disk is as busy as one that every line of every journal is forced to."""
    with tempfile.TemporaryDirectory(dir=SCRATCH, prefix="syncer-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def module_scratch() -> Iterator[Path]:
    """The same for a module."""
    with tempfile.TemporaryDirectory(dir=SCRATCH, prefix="syncer-tests-") as folder:
        yield Path(folder)
