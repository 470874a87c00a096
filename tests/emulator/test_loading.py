"""Filling a store from JSON files."""

from pathlib import Path

import pytest

from syncer.emulator import Loaded, Skipped, Store
from syncer.errors import SyncerError

ONE = """{"domains": [
  {"name": "example.com", "deployAdminPasswords": true, "colour": "red",
   "categories": [{"name": "Phones", "config": true}, {"name": "Old", "config": false, "x": 1}, {"name": "Phones"}],
   "configs": [{"type": "PHONE", "desc": "phones", "categories": ["Old", "Phones"], "gk1": "a"},
               {"type": "MEDIA", "categories": [], "turnServer": "t", "turnPassword": "clear"}],
   "devices": [{"hwId": "1", "categories": ["Phones"], "online": true}, {"hwId": "2"}]},
  {"name": "partner.com", "password": "p", "access": ["customer.com", "example.com"]}]}"""
TWO = """{"domains": [{"name": "customer.com", "hasRentalProducts": true}], "unassigned": [{"hwId": "3"}]}"""

DANGLING = """{"domains": [{"name": "a", "access": ["b"], "configs": [{"type": "N", "categories": ["x", "y"]}],
  "devices": [{"hwId": "1", "categories": ["z"]}]}], "unassigned": [{"hwId": "2", "categories": ["w"]}]}"""


def write(folder: Path, **files: str) -> Path:
    """JSON files in a folder."""
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_load(tmp_path: Path) -> None:
    with Store() as store:
        loaded = store.load(write(tmp_path, one=ONE, two=TWO))
        assert loaded == Loaded(domains=3, categories=3, configs=2, devices=3)
        assert str(loaded) == "loaded 3 domains, 3 categories, 2 configs, 3 devices"
        example, partner, customer = store.domains()
        assert example.fields == {"name": "example.com", "deployAdminPasswords": True, "colour": "red"}
        assert customer.fields == {"name": "customer.com", "hasRentalProducts": True}
        assert store.domain_password(partner.id) == "p"
        assert store.access(partner.id) == {example.id, customer.id}
        assert [category.fields for category in store.categories(1)] == [
            {"name": "Phones", "config": True},
            {"name": "Old", "config": False, "x": 1},
            {"name": "Phones", "config": True},
        ]
        phones, media = store.configs(1)
        assert (phones.fields, phones.categories) == ({"type": "PHONE", "desc": "phones", "gk1": "a"}, (2, 1))
        assert media.fields == {"type": "MEDIA", "turnServer": "t", "turnPassword": "clear"}
        assert [(device.fields, device.categories) for device in store.devices(1)] == [
            ({"hwId": "1", "online": True}, (1,)),
            ({"hwId": "2"}, ()),
        ]
        assert [device.fields for device in store.devices(None)] == [{"hwId": "3"}]


def test_only_an_empty_store_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "emulator.sqlite"
    folder = write(tmp_path, one=ONE, two=TWO)
    with Store(path) as store:
        assert isinstance(store.load(folder), Loaded)
    with Store(path) as store:
        skipped = store.load(folder)
        assert skipped == Skipped("there is state already")
        assert str(skipped) == "not loaded: there is state already"
        assert len(store.domains()) == 3


@pytest.mark.parametrize(
    "text, places",
    [
        ('{"domains": [\n  {"name" 5}]}', ["bad.json:2:11: not JSON"]),
        ("[" * 100_000, ["bad.json: not readable as JSON"]),
        ("[]", ["bad.json: the file: [] is not of type 'object'"]),
        ('{"domain": []}', ["bad.json: the file: Additional properties"]),
        (
            '{"domains": [{"name": ""}, {"configs": [{"type": 5, "categories": []}]}]}',
            ["domains/0/name", "domains/1: 'name' is a required", "domains/1/configs/0/type: 5 is not"],
        ),
        ('{"domains": [{"name": "a", "configs": [{"type": "NTP"}]}]}', ["domains/0/configs/0: 'categories' is a"]),
        ('{"domains": [{"name": "a"}, {"name": "a"}]}', ["domains/0: a domain named a is there twice", "domains/1"]),
        (
            DANGLING,
            [
                "domains/0/access: there is no b",
                "domains/0/configs/0/categories: there is no x",
                "domains/0/configs/0/categories: there is no y",
                "domains/0/devices/0/categories: there is no z",
                "unassigned/0/categories: there is no w",
            ],
        ),
    ],
)
def test_every_mistake_is_named_with_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    with Store() as store:
        with pytest.raises(SyncerError) as refused:
            store.load(write(tmp_path, bad=text, good=TWO))
        lines = str(refused.value).splitlines()
        assert len(lines) == len(places)
        for place in places:
            assert any(place in line and line.startswith(str(tmp_path / "bad.json")) for line in lines), (place, lines)
        assert len(store.domains()) == 1


def test_values_that_cannot_be_stored_load_nothing(tmp_path: Path) -> None:
    text = '{"domains": [{"name": "a.com"}, {"name": "b.com", "x": 1e999}]}'
    with Store() as store:
        with pytest.raises(SyncerError, match="not stored"):
            store.load(write(tmp_path, bad=text))
        assert len(store.domains()) == 1


def test_folders_without_files(tmp_path: Path) -> None:
    with Store() as store:
        with pytest.raises(SyncerError, match=r"no \*\.json files"):
            store.load(tmp_path)
        with pytest.raises(SyncerError, match="no such folder"):
            store.load(tmp_path / "none")


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe")
    with Store() as store, pytest.raises(SyncerError, match=r"bad\.json: not readable as JSON"):
        store.load(tmp_path)
