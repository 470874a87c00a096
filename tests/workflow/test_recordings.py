"""A scrubbed recording teaches what the recording taught, and has none of its secrets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.cli.options import make_context
from syncer.errors import SyncerError
from syncer.files.recordings import read_recording
from syncer.learn.learner import learn
from syncer.model.recording import Frame
from syncer.workflow.recordings import scrub
from tests.emulator.rawclient import PASSWORD
from tests.learn.app import SCRIPT, App
from tests.learn.vocabularies import VOCABULARIES, clicked, har_of


def _secrets(app: App) -> list[str]:
    """Passwords, the key made of one, and lines of a script."""
    return [PASSWORD, app.key, "t0p s3cret", *SCRIPT.splitlines()[::997]]


def _as_har(folder: Path, app: App) -> Path:
    return har_of(folder, app)


def _as_text(folder: Path, app: App) -> Path:
    path = folder / "pasted.txt"
    path.write_text("".join(f"{way}: {text}\n" for way, text in app.frames), "utf-8")
    return path


@pytest.mark.parametrize("name", VOCABULARIES)
@pytest.mark.parametrize("save", [_as_har, _as_text])
def test_it_teaches_the_same(tmp_path: Path, name: str, save: Callable[[Path, App], Path]) -> None:
    app, out = clicked(name), tmp_path / "shared"
    path = save(tmp_path, app)
    done = scrub(make_context(tmp_path), path, out)
    before, after = learn([read_recording(path)]), learn([read_recording(out)])
    assert before.findings
    assert after == before
    written = out.read_text()
    for secret in _secrets(app):
        assert secret not in written
    assert done.messages == len(app.frames)
    assert done.masked["digest"] == 1
    assert out.stat().st_mode & 0o777 == 0o600


def test_ciphertexts_are_gone(tmp_path: Path) -> None:
    app, out = clicked("conventional"), tmp_path / "shared"
    path = har_of(tmp_path, app)
    scrub(make_context(tmp_path), path, out)
    found = [f.message["config"]["turnPassword"] for f in _written_configs(path)]
    masked = [f.message["config"]["turnPassword"] for f in _written_configs(out)]
    assert len(found) == len(masked) > 0
    assert not set(found) & set(masked)
    for one in found:
        assert one not in out.read_text()


def _written_configs(path: Path) -> list[Frame]:
    frames = read_recording(path).conversations[0].frames
    return [
        one for one in frames if isinstance(one.message.get("config"), dict) and "turnPassword" in one.message["config"]
    ]


def test_a_file_that_exists_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text('{"mt":"A","password":"x"}\n')
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(SyncerError, match="out exists already; name another file, or overwrite it with --force"):
        scrub(make_context(tmp_path), path, out)
    assert out.read_text() == "mine"
    scrub(make_context(tmp_path), path, out, force=True)
    assert "secret-1" in out.read_text()


def test_a_link_that_leads_nowhere_is_left(tmp_path: Path) -> None:
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text('{"mt":"A"}\n')
    out.symlink_to(tmp_path / "gone")
    with pytest.raises(SyncerError, match="out exists already"):
        scrub(make_context(tmp_path), path, out)
    assert out.is_symlink()


def test_what_is_quoted_before_it_is_told(tmp_path: Path) -> None:
    """The key of a later answer, in a message and in the url of an earlier connection."""
    path, out = tmp_path / "a.trace", tmp_path / "out"
    opened = '{"connection":1,"event":"opened","url":"wss://h/0e6ff4c7-7a88;jsessionid=s3cret/x"}'
    first, later = '{"mt":"A","url":"/p/0e6ff4c7-7a88/y"}', '{"mt":"B","key":"0e6ff4c7-7a88"}'
    lines = (f'{{"connection":1,"direction":"received","message":{one}}}' for one in (first, later))
    path.write_text("\n".join([opened, *lines]))
    scrub(make_context(tmp_path), path, out)
    written = out.read_text()
    assert "0e6ff4c7" not in written
    assert "s3cret" not in written
    assert "wss://h/secret-1/x" in written


def test_never_over_the_recording(tmp_path: Path) -> None:
    """By whatever name."""
    path = tmp_path / "a.txt"
    path.write_text('{"mt":"A"}\n')
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    for out in (path, tmp_path / "link", tmp_path / "hard", tmp_path / "." / "x" / ".." / "a.txt"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(SyncerError, match="is the recording itself; name another file"):
            scrub(make_context(tmp_path), path, out, force=True)
    assert path.read_text() == '{"mt":"A"}\n'


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text('{"mt":"A"}\n')
    with pytest.raises(SyncerError, match="is not a file; name a file"):
        scrub(make_context(tmp_path), path, tmp_path, force=True)
    with pytest.raises(SyncerError, match="cannot be written: No such file or directory"):
        scrub(make_context(tmp_path), path, tmp_path / "none" / "out")
