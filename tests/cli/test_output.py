"""In which encoding a plan is printed."""

import io
from xml.etree import ElementTree as ET

import pytest

from syncer.cli.output import show_plan
from syncer.model.plan import FieldDiff
from tests.render.plans import config, make_plan, update


def _shown(monkeypatch: pytest.MonkeyPatch, form: str) -> bytes:
    """As a process prints it whose locale is Latin-1."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1", errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", stream)
    show_plan(make_plan(update(config("PHONE", "Büro"), FieldDiff("gk1", "a", "b"))), form)
    stream.flush()
    return raw.getvalue()


def test_what_programs_read_is_utf_8_whatever_the_locale_says(monkeypatch: pytest.MonkeyPatch) -> None:
    report = ET.fromstring(_shown(monkeypatch, "junit"))  # noqa: S314 - our own
    assert report.find(".//testcase[@name='update config[example.com/PHONE/Büro]']") is not None
    assert "config[example.com/PHONE/Büro]" in _shown(monkeypatch, "markdown").decode("utf-8")


def test_what_people_read_is_in_that_of_their_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, "text").decode("latin-1")
    assert "config[example.com/PHONE/Büro]" in shown
    assert r"gk1  a \u2192 b" in shown
