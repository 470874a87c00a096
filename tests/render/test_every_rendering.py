"""What holds for every rendering of every plan of the corpus."""

import asyncio
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len

from syncer import workflow
from syncer.cli.demo import _set_up
from syncer.cli.options import make_context
from syncer.model.plan import HIDDEN, Plan
from syncer.render.markdown import LIMIT
from syncer.render.values import one_line
from tests.render.corpus import CORPUS
from tests.render.goldens import DRIFT_RENDERINGS, RENDERINGS, rendered

EVERY = [(plan, name) for plan in CORPUS for name in (*RENDERINGS, *DRIFT_RENDERINGS)]
OF_CHANGES = [(plan, name) for plan, name in EVERY if name != "lists.txt"]
COMPLETE = ("expanded.txt", "plan.json", "page.html", "gitlab.json", "junit.xml")
VIEWPOINTS = ("", "drift-")
_OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_DATA = re.compile(r'<script id="plan" type="application/json">(.*?)</script>', re.DOTALL)
_COUNTED = re.compile(r"… and ([\d,]+) more")
_COUNTED_IN_BRIEF = re.compile(r"the same (?:in|for) (\d+) more")  # where there is no room for their names


@pytest.mark.parametrize("plan, name", EVERY)
def test_nothing_acts_where_it_is_read(plan: str, name: str) -> None:
    """No control character but a newline, none that hides or turns texts, and no half of a surrogate pair."""
    text = rendered(plan, name)
    if name.endswith("colours.txt"):
        text = _OUR_COLOURS.sub("", text)
    assert {c for c in set(text) - {"\n"} if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"} == set()
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize("plan, name", OF_CHANGES)
def test_every_change_is_named_or_counted(plan: str, name: str) -> None:
    whole, name = rendered(plan, name), name.removeprefix("drift-")
    told = "\n".join(_texts(name, whole))
    named = _squeezed(told)
    missing = [one for one in _addresses(CORPUS[plan], name) if _squeezed(one) not in named]
    counts = _COUNTED.findall(told) + (_COUNTED_IN_BRIEF.findall(told) if name in ("plan.md", "github.txt") else [])
    counted = sum(int(count.replace(",", "")) for count in counts)
    assert not missing or (name not in COMPLETE and len(missing) <= counted), missing[:3]


def _addresses(plan: Plan, name: str) -> list[str]:
    """As they stand there; GitHub's titles have not room for a long one."""
    if name == "plan.json":
        return [str(change.address) for change in plan.changes]
    return [one_line(change.address)[: 60 if name == "github.txt" else None] for change in plan.changes]


def _squeezed(text: str) -> str:
    """Without blanks, since a text may be wrapped anywhere."""
    return "".join(text.split())


def _texts(name: str, whole: str) -> Iterator[str]:
    """What a reader of a rendering sees, with the escapes of its format undone."""
    match name:
        case "plan.json" | "gitlab.json":
            yield from _strings(json.loads(whole))
        case "page.html":
            (data,) = _DATA.findall(whole)
            yield from _strings(json.loads(data))
        case "junit.xml":
            yield from (text for element in ET.fromstring(whole).iter() for text in element.attrib.values())  # noqa: S314
        case "github.txt":
            yield unquote(whole)
        case "plan.md":
            yield from (whole, html.unescape(whole))
        case _:
            yield _OUR_COLOURS.sub("", whole)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


@pytest.mark.parametrize("plan", CORPUS)
def test_no_line_is_wider_than_the_terminal(plan: str) -> None:
    every = {"100.txt": 100, "40.txt": 40, "expanded.txt": 100, "lists.txt": 100}
    for name, width in (every | {"drift-100.txt": 100, "drift-40.txt": 40}).items():
        assert max(map(cell_len, rendered(plan, name).split("\n"))) <= width


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("plan", CORPUS)
def test_colours_change_nothing_else(plan: str, viewpoint: str) -> None:
    plain = _OUR_COLOURS.sub("", rendered(plan, f"{viewpoint}colours.txt")).split("\n")
    assert [line.rstrip() for line in plain] == rendered(plan, f"{viewpoint}100.txt").split("\n")


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("plan", CORPUS)
def test_a_page_has_no_script_but_ours(plan: str, viewpoint: str) -> None:
    page = rendered(plan, f"{viewpoint}page.html")
    assert [page.count(tag) for tag in ("<script", "</script>", "<style", "</style>")] == [2, 2, 1, 1]


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("plan", CORPUS)
def test_each_line_for_github_is_one_of_its_commands(plan: str, viewpoint: str) -> None:
    lines = rendered(plan, f"{viewpoint}github.txt").split("\n")
    assert all(re.match("::(error|warning|notice) ", line) for line in lines)


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("plan", CORPUS)
def test_markdown_fits_into_a_comment(plan: str, viewpoint: str) -> None:
    assert len(rendered(plan, f"{viewpoint}plan.md").encode()) <= LIMIT


def test_no_secret_of_the_examples_is_in_any_rendering(tmp_path: Path) -> None:
    """Neither passwords, of the files or of the server, nor a line of a masked script."""
    context = make_context(tmp_path / "demo")
    _set_up(context)
    plan = asyncio.run(workflow.plan(context))
    told = {(one.path, str(one.after)) for change in plan.changes for one in change.diff}
    assert {("turnPassword", str(HIDDEN)), ("script", str(HIDDEN))} <= told
    for render in (*RENDERINGS.values(), *DRIFT_RENDERINGS.values()):
        assert re.findall("example-(?:only|read)", render(plan)) == []
