"""The law of export: load what was written, plan against what was live, and there is nothing to do."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.files.export import Exported, export
from syncer.files.load import load_desired
from syncer.files.settings import load_settings
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject
from syncer.model.values import Secret
from syncer.plan import planner
from tests.files.conftest import SETTINGS
from tests.files.lives import domains

ORIGIN = planner.Origin("local", "emulator:x", "password", "digest", "2026-01-01T00:00:00+00:00", "00" * 16)


@pytest.fixture(scope="module", autouse=True)
def _cheap_key() -> Iterator[None]:
    """Digests are not what is looked at here, and their key is slow on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "derive_key", lambda *_: b"key")
        yield


def _secrets(exported: Exported, live: Sequence[LiveDomain]) -> dict[str, str]:
    """What a person would set the variables to."""
    plains = defaultdict(list)
    for domain in live:
        for config in domain.configs:
            for name, value in config.fields.items():
                if isinstance(value, Secret) and value.plain and _fits_variable(value.plain):
                    plains[config.address, name].append(value.plain)
    return {one.name: plains[one.address, one.field].pop(0) for one in exported.variables}


def _fits_variable(plain: str) -> bool:
    return "\0" not in plain and plain.encode("utf-8", "replace").decode() == plain


def _there_and_back(live: Sequence[LiveDomain], write_only: frozenset[str]) -> Desired:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "syncer.yaml").write_text(SETTINGS)
        (root / "domains").mkdir()
        exported = export(live, root / "domains", root=root, write_only=write_only)
        assert all(os.path.lexists(path) for path in exported.files)
        environ = _secrets(exported, live)
        repository = load_settings(root)
        return load_desired(repository, repository.server(None), environ)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(domains(), st.sampled_from([frozenset[str](), frozenset({"logPassword"})]))
def test_a_plan_right_after_an_export_is_empty(domain: LiveDomain, write_only: frozenset[str]) -> None:
    desired = _there_and_back([domain], write_only)

    planned = planner.make_plan(desired, Live((domain,), write_only=write_only), ORIGIN)

    assert planned.plan.changes == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(domains())
def test_an_exported_entry_says_all_that_is_live(domain: LiveDomain) -> None:
    desired = _there_and_back([domain], frozenset())

    for entry, live in _pairs(desired.domains, domain):
        assert {n: v for n, v in entry.fields.items() if v is not None} == {
            n: v for n, v in live.fields.items() if n not in entry.ignore
        }
        assert entry.extra == {n: v for n, v in live.extra.items() if n in entry.extra}
        named = {ref.name for ref in live.categories}
        assert "categories" in entry.ignore or entry.categories is None or set(entry.categories) == named


def _pairs(found: Sequence[DesiredDomain], live: LiveDomain) -> Iterator[tuple[Entry, LiveObject]]:
    for domain in found:
        by_address = defaultdict(list)
        for one in (live.domain, *live.categories, *live.configs):
            by_address[one.address].append(one)
        for entry in (domain.entry, *(domain.categories or ()), *(domain.configs or ())):
            same = by_address[entry.address]
            assert (entry.id is None) == (len(same) == 1)
            yield entry, next(one for one in same if entry.id in (None, one.id))
