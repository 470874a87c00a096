"""The law of writing back: whatever changed on the server, the plan right after it is empty, and comments stay."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.cli.progress import Bars
from syncer.files.documents import parse
from syncer.files.export import export
from syncer.files.formatting import formatted, same_meaning
from syncer.files.rewriting import rewrite
from syncer.files.settings import load_settings
from syncer.model.state import CategoryRef, Desired, Entry, Live, LiveDomain, LiveObject
from syncer.model.values import Secret
from syncer.plan import planner
from syncer.plan.target import make_target
from syncer.workflow.context import Context, Repository
from syncer.workflow.planning import load_files
from syncer.workflow.writeback import _rewrites, written_back
from tests.files.conftest import SETTINGS
from tests.strategies import live_states, neighbours

ORIGIN = planner.Origin("local", "emulator:x", "password", "digest", "2026-01-01T00:00:00+00:00", "00" * 16)
_KEY = re.compile(r"^ *(?:- )?\w+: \S.*")


@pytest.fixture(scope="module", autouse=True)
def _cheap_key() -> Iterator[None]:
    """Digests are not what is looked at here, and their key is slow on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "derive_key", lambda *_: b"key")
        yield


def context(root: Path, environ: dict[str, str]) -> Context:
    """A command's, without a world around it."""
    return Context(
        start=root,
        upwards=False,
        server=None,
        environ=environ,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        random=bytes,
        clock=lambda: 0.0,
        progress=Bars(),
        warn=lambda _: None,
    )


def repository(root: Path) -> Repository:
    """The one in a folder."""
    found = load_settings(root)
    return Repository(found, found.server(None))


def write_back(root: Path, environ: dict[str, str], live: Live) -> tuple[list[str], Desired]:
    """Bring the files of a repository to what is live: what is told, and what the files say then."""
    here = repository(root)
    written = written_back(context(root, environ), here, live, root / "domains")
    rewrite(list(_rewrites(here, written)))
    for one in written.variables.values():
        environ[one.name] = _plain(live.domains, one.address.domain, one.address, one.field)
    return list(written.notes), load_files(context(root, environ), here)


def _plain(domains: Sequence[LiveDomain], name: str, address: object, field: str) -> str:
    config = next(c for d in domains if d.name == name for c in d.configs if c.address == address)
    value = config.fields[field]
    assert isinstance(value, Secret)
    return value.plain or ""


@st.composite
def commented(draw: st.DrawFn, text: str, number: int) -> str:
    """A file with comments that mean nothing, in as many places as they may stand."""
    lines: list[str] = []
    for line in text.splitlines():
        number += 1
        chosen = draw(st.integers(0, 5))
        if chosen == 0:
            lines.append(f"{' ' * draw(st.integers(0, 6))}# c{number}c")
        lines.append(f"{line}  # c{number}c" if chosen == 1 and _KEY.fullmatch(line) else line)
    found = "\n".join(lines) + "\n"
    return found if same_meaning(text, found) else text


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"# ?c(\d+)c", text))


def _may_go(text: str, after: Sequence[LiveDomain]) -> set[str]:
    """The comments of entries that are not live any more: from right above one to the next one."""
    gone: set[str] = set()
    for document in parse(text).documents:
        live = next((one for one in after if one.name == document.get("domain")), None)
        if live is not None:
            for key, there in (("categories", live.categories), ("configs", live.configs)):
                names = {(one.address.type, one.address.name) for one in there}
                gone |= _of_others(text.splitlines(), document.get(key) or [], names)
        elif "domain" in document:
            gone |= _numbers(text)
    return gone


def _of_others(lines: Sequence[str], entries: Sequence[Any], names: Set[tuple[str, str]]) -> set[str]:
    gone = set()
    for entry, following in zip(entries, [*entries[1:], None], strict=False):
        if (entry.get("type", ""), _name(entry)) not in names:
            after = range(entry.line, len(lines))
            end = following.line if following else next((n for n in after if lines[n][:1] not in " #-"), len(lines))
            gone |= _numbers("\n".join(lines[max(0, entry.line - 5) : end]))
    return gone


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name", entry.get("desc") or "")).replace("$${", "${")


def _check_comments(before: Sequence[str], root: Path, after: Sequence[LiveDomain]) -> None:
    texts = [path.read_text("utf-8") for path in (root / "domains").glob("*.yaml")]
    left = set().union(*map(_numbers, texts))
    assert set().union(*map(_numbers, before)) - left <= set().union(*(_may_go(text, after) for text in before))
    for text in set(texts) - set(before):
        assert formatted(text, "domain") == text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_plan_right_after_it_is_empty(data: st.DataObject) -> None:
    before = data.draw(live_states())
    after = tuple(_numbered(one, number) for number, one in enumerate(data.draw(neighbours(before)), 1))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "syncer.yaml").write_text(SETTINGS)
        (root / "domains").mkdir()
        exported = export(before, root / "domains", root=root)
        environ = {one.name: _plain(before, one.address.domain, one.address, one.field) for one in exported.variables}
        environ = {name: value for name, value in environ.items() if "\0" not in value}
        for number, path in enumerate(sorted((root / "domains").glob("*.yaml"))):
            path.write_text(data.draw(commented(path.read_text("utf-8"), number * 10000)), "utf-8")
        texts = [path.read_text("utf-8") for path in (root / "domains").glob("*.yaml")]
        after = _with_known_secrets(before, after)

        _, desired = write_back(root, environ, Live(after))

        planned = planner.make_plan(desired, Live(after), ORIGIN)
        assert planned.plan.changes == ()
        _check_comments(texts, root, after)


def _numbered(live: LiveDomain, number: int) -> LiveDomain:
    """With ids that nothing else has."""
    start = 1000 * number
    domain = replace(live.domain, id=number, domain_id=number)
    categories = [replace(c, id=start + n, domain_id=number) for n, c in enumerate(live.categories)]
    ids = {one.address.name: one.id for one in categories}
    configs = [
        replace(
            config,
            id=start + n,
            domain_id=number,
            categories=tuple(CategoryRef(ids[ref.name or ""], ref.name) for ref in config.categories),
        )
        for n, config in enumerate(live.configs)
    ]
    return replace(live, domain=domain, categories=tuple(categories), configs=tuple(configs))


def _with_known_secrets(before: Sequence[LiveDomain], after: Sequence[LiveDomain]) -> tuple[LiveDomain, ...]:
    """A secret that changed cannot be written, so here it does not."""
    old = {config.address: config.fields for domain in before for config in domain.configs}
    return tuple(
        replace(
            domain,
            configs=tuple(
                replace(
                    config,
                    fields={
                        name: old.get(config.address, {}).get(name, value) if isinstance(value, Secret) else value
                        for name, value in config.fields.items()
                    },
                )
                for config in domain.configs
            ),
        )
        for domain in after
    )


RICH = Path(__file__).parent / "rich"


def rich(root: Path) -> dict[str, str]:
    """A repository with baselines, variables, anchors and every other way to say something; its environment."""
    (root / "syncer.yaml").write_text(SETTINGS)
    shutil.copytree(RICH, root / "domains")
    (root / "scripts").mkdir()
    (root / "scripts" / "shared.txt").write_text("shared\n")
    (root / "scripts" / "own.txt").write_text("own\n")
    return {"TURN": "pw"}


def as_live(desired: Desired) -> tuple[LiveDomain, ...]:
    """What an apply of the files would make."""
    return tuple(
        _numbered(
            LiveDomain(_object(one.entry), number == 1, _objects(one.categories), _objects(one.configs)),
            number,
        )
        for number, one in enumerate(desired.domains, 1)
    )


def _objects(entries: Sequence[Entry] | None) -> tuple[LiveObject, ...]:
    return tuple(_object(entry) for entry in entries or () if not entry.absent)


def _object(entry: Entry) -> LiveObject:
    target = make_target(entry, None, frozenset())
    refs = tuple(CategoryRef(None, name) for name in target.categories)
    return LiveObject(entry.address, 0, 0, target.fields, target.extra, refs)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_baselines_variables_and_anchors(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = rich(root)
        texts = [path.read_text("utf-8") for path in (root / "domains").glob("*.yaml")]
        before = as_live(load_files(context(root, environ), repository(root)))
        drawn = data.draw(neighbours(before))
        # a baseline that is for no domain any more would be a mistake in the files
        kept = [one for one in before if one.name not in {other.name for other in drawn}]
        after = tuple(_numbered(one, number) for number, one in enumerate([*drawn, *kept], 1))
        after = _with_known_secrets(before, after)

        _, desired = write_back(root, environ, Live(after))

        planned = planner.make_plan(desired, Live(after), ORIGIN)
        assert planned.plan.changes == ()
        _check_comments(texts, root, after)
