"""Plan files that older syncers wrote, as they wrote them: each is read, shown and applied as it was.

`older_plans/` has one for each thing that plans learned; a new one comes with each, and none is ever changed. Those
that can be applied were made with `repository/`, against an emulator that holds what is in its `installation`.
"""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syncer import emulator, resources, workflow
from syncer.cli.options import make_context
from syncer.errors import StalePlan
from syncer.model.plan import Plan, Report, Result, to_document
from tests.render.goldens import RENDERINGS

FOLDER = Path(__file__).parent / "older_plans"
PLANS = sorted(FOLDER.glob("*.json"))
LATER_KEYS = {"since", "renames", "unmanaged", "ignored", "seal"}


def _name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", PLANS, ids=_name)
def test_is_what_todays_schema_takes(path: Path) -> None:
    Draft202012Validator(resources.schema("plan")).validate(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", PLANS, ids=_name)
def test_keeps_all_that_it_had(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    assert _lost(document, to_document(workflow.read_plan(path))) == []


def _lost(old: Any, new: Any, where: str = "") -> list[str]:
    """Places where the new one has not what the old one has; it may have more."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [lost for key, value in old.items() for lost in _lost(value, new.get(key, ...), f"{where}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [lost for i, pair in enumerate(zip(old, new, strict=True)) for lost in _lost(*pair, f"{where}/{i}")]
    return [] if old == new and type(old) is type(new) else [where]


def test_what_is_lost_is_found() -> None:
    assert _lost({"a": [{"b": 1}], "c": None}, {"a": [{"b": True}], "d": 1}) == ["/a/0/b", "/c"]


@pytest.mark.parametrize("name", [name for name in RENDERINGS if name != "lists.txt"])
@pytest.mark.parametrize("path", PLANS, ids=_name)
def test_is_shown_in_every_format(path: Path, name: str) -> None:
    plan = workflow.read_plan(path)
    shown = RENDERINGS[name](plan)
    assert all(change.address.domain in shown for change in plan.changes)
    assert "not-for-eyes" not in shown


def test_there_are_some_of_each_age() -> None:
    keys = [json.loads(path.read_text("utf-8")).keys() for path in PLANS]
    assert sum(LATER_KEYS.isdisjoint(one) for one in keys) >= 3
    assert any(one >= LATER_KEYS for one in keys)


@pytest.mark.parametrize("name, changes", [("whole", 9), ("limited", 2)])
def test_one_without_a_seal_is_applied_where_nothing_moved(name: str, changes: int, tmp_path: Path) -> None:
    report = _apply(workflow.read_plan(FOLDER / f"{name}.json"), tmp_path)
    assert [outcome.result for outcome in report.outcomes] == [Result.APPLIED] * changes


def _fields_moved(folder: Path) -> None:
    file = folder / "installation" / "example.com.json"
    file.write_text(file.read_text("utf-8").replace("172.16.0.9", "172.16.0.8"), "utf-8")


def _files_moved(folder: Path) -> None:
    file = folder / "domains" / "hq.yaml"
    file.write_text(file.read_text("utf-8").replace("172.16.0.1", "172.16.0.2"), "utf-8")


@pytest.mark.parametrize(
    "move, told", [(_fields_moved, "the server moved on"), (_files_moved, "the files, the policy, the wire profile")]
)
def test_one_without_a_seal_is_refused_where_something_moved(
    move: Callable[[Path], None], told: str, tmp_path: Path
) -> None:
    with pytest.raises(StalePlan, match=told):
        _apply(workflow.read_plan(FOLDER / "whole.json"), tmp_path, move)


def _apply(plan: Plan, tmp_path: Path, before: Callable[[Path], None] = lambda _: None) -> Report:
    """Apply it where it was made, in a copy, with the server as it was but for what `before` does."""
    folder = shutil.copytree(FOLDER / "repository", tmp_path / "repository")
    before(folder)
    context = make_context(folder)
    with emulator.Store(workflow.embedded_data(context)) as store:
        store.load(folder / "installation")
    return asyncio.run(workflow.apply(context, plan, workflow.Wishes(), lambda _: True, lambda _: None))
