"""Where commands keep what they parse."""

import sys
from pathlib import Path

import platformdirs
import pytest

from syncer.cli.options import make_context


def test_as_the_variable_says(cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_context(tmp_path).cache_folder == cache_folder / "parsed"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNCER_CACHE_DIR", "here")
    assert make_context(tmp_path).cache_folder == tmp_path / "here" / "parsed"


def test_nowhere_if_the_variable_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCER_CACHE_DIR", "")
    context = make_context(tmp_path)
    assert context.cache_folder is None
    assert context.cache is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")
def test_else_among_the_caches_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNCER_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert make_context(tmp_path).cache_folder == tmp_path / "syncer" / "parsed"


def test_nowhere_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNCER_CACHE_DIR")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/syncer"))
    assert make_context(tmp_path).cache_folder is None


def test_nowhere_where_the_user_has_no_name_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as any number; platformdirs 4.14 says so."""

    def unknown(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("SYNCER_CACHE_DIR")
    monkeypatch.setattr(platformdirs, "user_cache_path", unknown)
    assert make_context(tmp_path).cache_folder is None
