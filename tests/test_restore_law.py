"""The law of backups, over a real websocket: backup, wipe or edit, restore, backup: equal but for ids."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from syncer import workflow
from syncer.cli.progress import Bars
from syncer.emulator import Store
from syncer.emulator.state import Domain
from syncer.files.sealing import KEY_FILE
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from syncer.model.plan import Ending, Plan
from syncer.model.state import LiveDomain
from syncer.model.values import Secret
from syncer.plan import digest, planner
from syncer.plan.digest import canonical
from syncer.workflow.applying import Wishes
from tests.cli.sealed import IDENTITY, RECIPIENT
from tests.strategies import extras, known_fields, live_states
from tests.test_laws import fill

INSTANCE = "instance.example.net"  # none of the domains of the strategies
SETTINGS = f"""\
version: 1
servers:
  here: {{url: 'emulator:.syncer/here.sqlite', domain: {INSTANCE}}}
  there: {{url: 'emulator:.syncer/there.sqlite', domain: {INSTANCE}}}
files: [domains]
age_recipients: [{RECIPIENT}]
policy: {{limits: {{deletes: 100000, deletes_percent: 100}}}}
"""
LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """The real keys of plans, remembered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "derive_key", cache(digest.derive_key))
        yield


class Bench:
    """A repository with two servers, and what a person does with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / ".syncer").mkdir()
        (root / "syncer.yaml").write_text(SETTINGS)
        (root / "key.txt").write_text(str(IDENTITY))

    @contextmanager
    def store(self, server: str = "here") -> Iterator[Store]:
        """What a server holds, while nobody else is at it."""
        with Store(self.root / ".syncer" / f"{server}.sqlite", instance_domain=INSTANCE) as store:
            yield store

    def contents(self, server: str = "here", renamed: Callable[[str], str] = str) -> list[str]:
        """All that a server holds, without its ids."""
        with self.store(server) as store:
            return sorted(text for domain in store.domains() for text in _contents(store, domain, renamed))

    def back_up(self, server: str = "here") -> Path:
        """A backup of it, secrets sealed."""
        file = self.root / f"{len(list(self.root.glob('*.zip')))}.zip"
        workflow.back_up(self._context(server), workflow.BackingUp(file))
        return file

    def diff(self, before: Path, after: Path) -> Plan:
        """What changed between two backups."""
        return asyncio.run(workflow.diff_backups(self._context("here"), before, after))

    def plan(self, file: Path, server: str = "here", **restoring: Any) -> Plan:
        """What a restore would do."""
        goal_of = workflow.goal_of_backup(workflow.Restoring(file, **restoring))
        return asyncio.run(workflow.plan(self._context(server), goal_of=goal_of))

    def restore(self, file: Path, server: str = "here", **restoring: Any) -> None:
        """Do it, and confirm whatever can be."""
        plan = self.plan(file, server, **restoring)
        numbers = {guard.confirm: guard.count for guard in plan.guards if guard.confirm is not None}
        for change in plan.changes:
            event(f"{change.action} {change.address.kind}")
        goal_of = workflow.goal_of_backup(workflow.Restoring(file, **restoring))
        confirmed = workflow.Confirmed(deletes=numbers.get("deletes"), unreached=numbers.get("unreached"))
        report = asyncio.run(
            workflow.apply(
                self._context(server), None, Wishes(confirmed), lambda _: True, lambda _: None, goal_of=goal_of
            )
        )
        assert report.ending is Ending.APPLIED, report

    def _context(self, server: str) -> workflow.Context:
        return workflow.Context(
            start=self.root,
            upwards=False,
            server=server,
            environ={KEY_FILE: str(self.root / "key.txt")},
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            random=bytes,
            clock=lambda: 0.0,
            progress=Bars(),
            warn=lambda _: None,
        )


@contextmanager
def bench() -> Iterator[Bench]:
    """Gone afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        yield Bench(Path(temporary))


def _contents(store: Store, domain: Domain, renamed: Callable[[str], str]) -> Iterator[str]:
    name = renamed(domain.name)
    yield canonical([name, _normal(Kind.DOMAIN, "", domain.fields)])
    categories = {one.id: str(one.name) for one in store.categories(domain.id)}
    for category in store.categories(domain.id):
        yield canonical([name, "category", category.name, _normal(Kind.CATEGORY, "", category.fields)])
    for config in store.configs(domain.id):
        named = sorted(categories[id_] for id_ in config.categories)
        yield canonical([name, "config", _normal(Kind.CONFIG, config.fields["type"], config.fields), named])


def _normal(kind: Kind, config_type: str, fields: Any) -> dict[str, Any]:
    """Known fields in normal form; of others, null is not there, and no desc is an empty one."""
    known = fields_of(kind, config_type)
    fields = {"desc": "", **fields}
    found = {
        name: value if name not in known or known[name].secret else known[name].normal(value)
        for name, value in fields.items()
        if not (kind is Kind.DOMAIN and name == "name")
    }
    return {name: value for name, value in found.items() if value is not None and (value != "" or name not in known)}


def told(plan: Plan) -> list[tuple[str, str]]:
    """Its changes."""
    return sorted((str(change.action), str(change.address)) for change in plan.changes)


def wipe(store: Store) -> None:
    """All that can be deleted."""
    for domain in store.domains():
        for config in store.configs(domain.id):
            store.delete_config(config.id)
        for category in store.categories(domain.id):
            store.delete_category(category.id)
        if not domain.instance:
            store.delete_domain(domain.id)


def edit(store: Store, data: st.DataObject) -> None:
    """As people do in an hour in which nobody looks."""
    for domain in store.domains():
        action = data.draw(st.sampled_from(("leave", "edit", "edit", "delete")))
        if action == "edit":
            store.replace_domain(domain.id, data.draw(known_fields(Kind.DOMAIN)) | {"name": domain.name})
            _edit_categories(store, domain, data)
            _edit_configs(store, domain, data)
        elif action == "delete" and not domain.instance:
            for one in store.configs(domain.id):
                store.delete_config(one.id)
            for category in store.categories(domain.id):
                store.delete_category(category.id)
            store.delete_domain(domain.id)


def _edit_categories(store: Store, domain: Domain, data: st.DataObject) -> None:
    for category in store.categories(domain.id):
        action = data.draw(st.sampled_from(("leave", "rename", "edit", "delete")))
        if action == "rename":
            store.update_category(category.id, {"name": f"Renamed {category.id}"})
        elif action == "edit":
            store.replace_category(category.id, data.draw(extras()) | {"name": category.name, "config": False})
        elif action == "delete":
            store.delete_category(category.id)
    if data.draw(st.booleans()):
        store.add_category(domain.id, "New")


def _edit_configs(store: Store, domain: Domain, data: st.DataObject) -> None:
    categories = [one.id for one in store.categories(domain.id)]
    some = st.lists(st.sampled_from(categories), unique=True, max_size=2) if categories else st.just([])
    for config in store.configs(domain.id):
        action = data.draw(st.sampled_from(("leave", "edit", "edit", "delete", "double")))
        named = {name: config.fields[name] for name in ("type", "desc") if name in config.fields}
        fields = data.draw(extras()) | plain(data.draw(known_fields(Kind.CONFIG, named["type"]))) | named
        if action == "edit":
            store.replace_config(config.id, fields, data.draw(some))
        elif action == "delete":
            store.delete_config(config.id)
        elif action == "double" and named["type"] in config_types():  # what it does not know is never pruned
            store.add_config(domain.id, fields, data.draw(some))


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    """As a service keeps them."""
    return {name: value.plain if isinstance(value, Secret) else value for name, value in fields.items()}


@st.composite
def states(draw: st.DrawFn) -> tuple[LiveDomain, ...]:
    """What a service may hold; several at one address, too."""
    found = []
    for domain in draw(live_states()):
        configs = list(domain.configs)
        for config in draw(st.lists(st.sampled_from(configs), max_size=3)) if configs else ():
            known = draw(st.just(config.fields) | known_fields(Kind.CONFIG, config.address.type))
            configs.append(replace(config, id=500 + len(configs), fields=known))
        found.append(replace(domain, configs=tuple(configs)))
    return tuple(found)


@LAW
@given(states())
def test_backup_wipe_restore(there: tuple[LiveDomain, ...]) -> None:
    with bench() as at:
        with at.store() as store:
            fill(store, there)
        before, file = at.contents(), at.back_up()
        assert at.plan(file, prune=True).changes == ()
        with at.store() as store:
            wipe(store)
        at.restore(file)
        assert at.contents() == before
        assert at.plan(file, prune=True).changes == at.diff(file, at.back_up()).changes == ()


@LAW
@given(states(), st.data())
def test_backup_edit_restore_with_prune(there: tuple[LiveDomain, ...], data: st.DataObject) -> None:
    with bench() as at:
        with at.store() as store:
            fill(store, there)
        before, file = at.contents(), at.back_up()
        with at.store() as store:
            edit(store, data)
        assert told(at.diff(at.back_up(), file)) == told(at.plan(file, prune=True))
        at.restore(file, prune=True)
        assert at.contents() == before
        assert at.plan(file, prune=True).changes == at.diff(file, at.back_up()).changes == ()


@LAW
@given(states())
def test_into_another_domain_of_another_server(there: tuple[LiveDomain, ...]) -> None:
    with bench() as at:
        with at.store() as store:
            fill(store, there)
        file = at.back_up()
        into = {one.name: f"new.{one.name}" for one in there}
        at.restore(file, "there", into=into)
        assert at.contents("there") == at.contents(renamed=lambda name: into.get(name, name))
