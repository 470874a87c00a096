"""The store: what survives, what is refused, and what it does to the file."""

import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Emulator, StateError, Store
from syncer.emulator.state import Change, Domain
from syncer.errors import SyncerError
from tests.emulator.conftest import fill, names
from tests.emulator.rawclient import logged_in


def snapshot(store: Store) -> list[Any]:
    """Everything in a store."""
    domains = store.domains()
    things = [(store.categories(d.id), store.configs(d.id), store.devices(d.id), store.access(d.id)) for d in domains]
    return [domains, things, store.devices(None), [store.domain_password(domain.id) for domain in domains]]


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "emulator.sqlite"
    with Store(path) as store:
        fill(store)
        async with Emulator(store).start() as running, logged_in(running.url) as client:
            await client.ask('{"mt":"DeleteDeviceConfig","domainId":1,"id":1}')
            code = (await client.ask('{"mt":"GetProvisioningCode","category":"Gateways"}'))["code"]
        before = snapshot(store)
    with Store(path) as store:
        assert snapshot(store) == before
        assert store.add_config(1, {"type": "NTP"}) == 7
        store.delete_config(7)
        async with Emulator(store).start() as running, logged_in(running.url, "partner.com", "partner-pw") as client:
            assert len((await client.ask('{"mt":"GetDomains"}'))["domains"]) == 2
        assert store.provision(code, {"hwId": "009033000001"}) == 1
    with Store(path) as store:
        assert store.add_config(1, {"type": "NTP"}) == 8  # ids are never used again
    assert names(tmp_path) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_the_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "emulator.sqlite"
    mask = os.umask(0)
    try:
        with Store(path) as store:
            store.add_domain("x.com")
            modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(mask)
    assert modes == {0o600}


def test_memory_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store() as store:
        store.add_domain("x.com")
    with Store() as store:
        assert len(store.domains()) == 1
    assert list(tmp_path.iterdir()) == []


async def test_two_processes_may_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "emulator.sqlite"
    with Store(path) as one, Store(path) as two:
        fill(one)
        async with Emulator(one).start() as running, logged_in(running.url) as client:
            assert two.update_config(1, {"gk1": "10.0.0.1"}) is None  # type: ignore[func-returns-value]
            two.update_category(1, {"name": "Renamed"})
            config = (await client.ask('{"mt":"GetDeviceConfig","id":1}'))["config"]
            assert (config["gk1"], config["categories"][0]["name"]) == ("10.0.0.1", "Renamed")


def test_a_file_locked_by_another_is_an_error_reply_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.emulator.database._BUSY_SECONDS", 0.01)
    path = tmp_path / "emulator.sqlite"
    with Store(path) as one, Store(path) as two, one.transaction():
        one.add_domain("x.com")
        with pytest.raises(StateError, match="storage failed: database is locked"):
            two.add_domain("y.com")


def _text(path: Path) -> None:
    path.write_text("domain: example.com\n" * 100)


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()


def _newer(path: Path) -> None:
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _other_instance(path: Path) -> None:
    Store(path, instance_domain="other.com").close()


def _broken(path: Path) -> None:
    Store(path).close()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


@pytest.mark.parametrize("make", [_text, _foreign, _newer, _other_instance, _broken, Path.mkdir])
def test_files_that_are_none_of_ours_are_refused_and_left_alone(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "file.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(SyncerError) as refused:
        Store(path)
    assert "\n" not in str(refused.value)
    if make is not _broken:
        assert str(path) in str(refused.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="No such file or directory"):
        Store(tmp_path / "none" / "emulator.sqlite")


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("inf"), float("nan"), deep(65), object(), {1, 2}])
def test_what_no_message_could_carry_is_not_stored(store: Store, value: Any) -> None:
    before = snapshot(store)
    with pytest.raises(StateError, match="not stored"):
        store.add_config(1, {"type": "NTP", "x": value})
    with pytest.raises(StateError, match="not stored"):
        store.update_device(1, {"x": value})
    assert snapshot(store) == before


@pytest.mark.parametrize("name", ["\ud800", "\x00", "😀", 'a"b', "x" * 10_000])
def test_any_name_is_kept(store: Store, name: str) -> None:
    domain = store.add_domain(name, password=name)
    category = store.add_category(domain, name)
    config = store.add_config(domain, {"type": name, "desc": name, name: name}, [category])
    assert store.domain_named(name) == store.domain(domain)
    assert store.domain_password(domain) == name
    assert store.category(category).name == name  # type: ignore[union-attr]
    assert store.config(config).fields == {"type": name, "desc": name, name: name}  # type: ignore[union-attr]


def test_foreign_edits_lay_over_or_replace(store: Store) -> None:
    store.update_config(1, {"gk1": "10.0.0.1"})
    expected = {"type": "PHONE", "desc": "HQ phones", "gk1": "10.0.0.1", "dialTone": 15}
    assert store.config(1).fields == expected  # type: ignore[union-attr]
    assert store.config(1).categories == (1,)  # type: ignore[union-attr]
    store.replace_config(1, {"type": "PHONE"}, [3, 1, 3])
    assert store.config(1).fields == {"type": "PHONE"}  # type: ignore[union-attr]
    assert store.config(1).categories == (3, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("foreign", [4, 99])
def test_categories_must_be_the_domains_own(store: Store, foreign: int) -> None:
    with pytest.raises(StateError, match="a category that this domain does not have"):
        store.add_config(1, {"type": "NTP"}, [1, foreign])
    with pytest.raises(StateError, match="a category that this domain does not have"):
        store.update_device(1, {}, [foreign])
    with pytest.raises(StateError, match="a category that this domain does not have"):
        store.add_device(None, {"hwId": "1"}, [1])
    assert len(store.configs(1)) == 5


def test_unknown_ids(store: Store) -> None:
    for call in (
        lambda: store.update_domain(99, {}),
        lambda: store.add_category(99, "x"),
        lambda: store.update_category(99, {}),
        lambda: store.update_config(99, {}),
        lambda: store.delete_config(99),
        lambda: store.move_device(1, 99),
        lambda: store.delete_device(99),
        lambda: store.grant(1, [99]),
        lambda: store.provision("1", {"hwId": "1"}),
    ):
        with pytest.raises(StateError, match="unknown"):
            call()


def test_a_listener_hears_until_it_is_taken_off(store: Store) -> None:
    heard: list[Any] = []
    unlisten = store.listen(heard.append)
    store.update_domain(2, {"deployAdminPasswords": False})
    unlisten()
    store.update_domain(2, {"deployAdminPasswords": True})
    assert len(heard) == 1
    assert isinstance(heard[0], Change)
    assert isinstance(heard[0].after, Domain)
    assert heard[0].after.fields["deployAdminPasswords"] is False
