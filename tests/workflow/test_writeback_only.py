"""The law of writing some of it back: what `only` names is in step then, and all else in the files stays."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import ProblemsError, SyncerError
from syncer.files.rewriting import rewrite
from syncer.model.address import Address
from syncer.model.plan import Plan
from syncer.model.state import Desired, Live, LiveDomain
from syncer.plan import planner
from syncer.plan.choosing import is_chosen
from syncer.workflow.planning import load_files
from syncer.workflow.writeback import _rewrites, written_back
from tests.strategies import neighbours
from tests.workflow.test_writeback_law import (
    ORIGIN,
    _numbered,
    _plain,
    _with_known_secrets,
    as_live,
    context,
    repository,
    rich,
)

PHONES = "config[a.example.com/PHONE/HQ phones]"


@pytest.fixture(scope="module", autouse=True)
def _cheap_key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "derive_key", lambda *_: b"key")
        yield


def write_back(root: Path, environ: dict[str, str], live: Sequence[LiveDomain], only: Sequence[str]) -> Desired:
    """What the files say after what is live was written into them, of what `only` names."""
    here = repository(root)
    written = written_back(context(root, environ), here, Live(tuple(live)), root / "domains", only)
    rewrite(list(_rewrites(here, written)))
    for one in written.variables.values():
        environ[one.name] = _plain(live, one.address.domain, one.address, one.field)
    return load_files(context(root, environ), here)


def texts(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def left(plan: Plan, only: Sequence[str]) -> set[tuple[str, str, str]]:
    """The changes that are not named."""
    rest = (change for change in plan.changes if not is_chosen(change, only))
    return {
        (change.action, str(change.address), repr([(d.path, d.before, d.after) for d in change.diff]))
        for change in rest
    }


def planned(desired: Desired, live: Sequence[LiveDomain]) -> Plan | None:
    try:
        return planner.make_plan(desired, Live(tuple(live)), ORIGIN).plan
    except ProblemsError:  # a config of the files may name a category that is gone
        return None


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_named_is_in_step_and_all_else_is_as_it_was(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = rich(root)
        desired = load_files(context(root, environ), repository(root))
        before = as_live(desired)
        drawn = data.draw(neighbours(before))
        kept = [one for one in before if one.name not in {other.name for other in drawn}]
        after = _with_known_secrets(before, [_numbered(one, n) for n, one in enumerate([*drawn, *kept], 1)])
        addresses = sorted({one.address for one in Live(after).objects} | {one.address for one in desired.entries})
        only = [str(one) for one in data.draw(st.lists(st.sampled_from(addresses), min_size=1, max_size=5))]
        files = texts(root)
        first, refused = planned(desired, after), ""

        try:
            now = write_back(root, environ, after, only)
        except SyncerError as exc:
            refused = str(exc)
        if refused:
            assert "--only" in refused or "nothing was written" in refused
            assert texts(root) == files
            return

        if globs := _that_are_there(only, now, after):
            changes = planner.make_plan(now, Live(after), ORIGIN, globs).plan.changes
            assert [(one.action, str(one.address)) for one in changes] == []
        second = planned(now, after)
        assert first is None or second is None or left(second, only) == left(first, only)


def _that_are_there(only: Sequence[str], desired: Desired, live: Sequence[LiveDomain]) -> list[str]:
    """Globs of what is still somewhere; what is gone from both sides is a slip to a plan."""
    addresses: set[Address] = {one.address for one in Live(tuple(live)).objects}
    addresses |= {one.address for one in desired.entries}
    return [glob for glob in only if any(address.matches(glob) for address in addresses)]


class TestCases:
    """One by one, in a repository that was just applied."""

    @pytest.fixture
    def environ(self, tmp_path: Path) -> dict[str, str]:
        return rich(tmp_path)

    @pytest.fixture
    def live(self, tmp_path: Path, environ: dict[str, str]) -> tuple[LiveDomain, ...]:
        return as_live(load_files(context(tmp_path, environ), repository(tmp_path)))

    def test_only_one_of_two(self, tmp_path: Path, environ: dict[str, str], live: tuple[LiveDomain, ...]) -> None:
        moved = tuple(
            replace(one, configs=tuple(replace(c, fields={**c.fields, "gk2": "10.9.9.9"}) for c in one.configs))
            if one.name == "a.example.com"
            else one
            for one in live
        )
        write_back(tmp_path, environ, moved, [PHONES])
        text = (tmp_path / "domains" / "own.yaml").read_text()
        assert text.count("10.9.9.9") == 1
        assert "desc: HQ phones\n    gk2: 10.9.9.9\n" in text

    def test_a_domain_goes_as_a_whole(
        self, tmp_path: Path, environ: dict[str, str], live: tuple[LiveDomain, ...]
    ) -> None:
        rest = tuple(one for one in live if one.name != "a.example.com")
        before = texts(tmp_path)
        with pytest.raises(ProblemsError, match=r"--only leaves out domain\[a\.example\.com\], which is gone with"):
            write_back(tmp_path, environ, rest, [PHONES])
        assert texts(tmp_path) == before

    def test_what_it_needs_must_be_named_too(
        self, tmp_path: Path, environ: dict[str, str], live: tuple[LiveDomain, ...]
    ) -> None:
        """A category that is gone, while configs of the files still name it."""
        gone = tuple(
            replace(one, categories=tuple(c for c in one.categories if c.address.name != "Phones HQ")) for one in live
        )
        with pytest.raises(
            SyncerError, match="the files would have mistakes then, so nothing was written; widen --only:"
        ):
            write_back(tmp_path, environ, gone, ["category[a.example.com/Phones HQ]"])

    def test_a_glob_of_nothing(self, tmp_path: Path, environ: dict[str, str], live: tuple[LiveDomain, ...]) -> None:
        with pytest.raises(ProblemsError, match="names nothing in the files or on the server"):
            write_back(tmp_path, environ, live, ["config[x"])
