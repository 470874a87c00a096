"""What is to be read again after an event, however little it says."""

from typing import Any

import pytest

from syncer.devices import events
from syncer.devices.events import Unread


def after(*messages: dict[str, Any]) -> Unread:
    unread = Unread()
    for message in messages:
        unread.note(message)
    return unread


@pytest.mark.parametrize("name", ["DomainAdded", "DomainEdited", "DomainDeleted"])
def test_domains_are_listed_again(name: str) -> None:
    assert after({"mt": name}) == Unread(domains=True)
    assert after({"mt": name, "id": 3}) == Unread(domains=True)


@pytest.mark.parametrize("name", ["DeviceConfigAdded", "DeviceConfigEdited", "DeviceConfigDeleted"])
@pytest.mark.parametrize(
    "fields", [{"id": 7, "domainId": 2}, {"config": {"id": 7, "domainId": 2}}, {"domainId": 2, "config": {"id": 7}}]
)
def test_a_config_and_the_list_it_is_in(name: str, fields: dict[str, Any]) -> None:
    gone = {(2, 7)} if name == "DeviceConfigDeleted" else set()
    assert after({"mt": name, "src": "9", **fields}) == Unread(lists={2}, configs={(2, 7)}, gone=gone)


def test_a_config_that_is_gone_and_comes_again() -> None:
    said = [{"mt": f"DeviceConfig{what}", "id": 7, "domainId": 2} for what in ("Deleted", "Added")]
    assert after(*said).gone == set()
    assert after(*reversed(said)).gone == {(2, 7)}


@pytest.mark.parametrize(
    "fields",
    [{}, {"id": 7}, {"domainId": 2}, {"config": None}, {"config": {"id": "7", "domainId": 2}}, {"config": [7]}],
)
def test_a_config_that_is_not_named_may_be_any(fields: dict[str, Any]) -> None:
    assert after({"mt": "DeviceConfigEdited", **fields}) == Unread(everything=True, vague=True)


@pytest.mark.parametrize("name", ["DeviceAdded", "DeviceUpdate", "DeviceRemoved", "DeviceProvisioned"])
def test_devices(name: str) -> None:
    assert after({"mt": name, "device": {}}) == Unread(devices=True)


def test_an_event_that_nobody_knows_may_mean_anything() -> None:
    unread = after({"mt": "ProvisioningCategoryRenamed"})
    assert unread == Unread(everything=True, strange={"ProvisioningCategoryRenamed"})
    assert unread.take().everything
    assert not unread


def test_a_strange_event_that_is_to_be_ignored_says_nothing() -> None:
    unread = Unread(ignored={"LicenseCount"})
    unread.note({"mt": "LicenseCount"})
    assert not unread
    unread.note({"mt": "LicenseCounts"})
    assert unread.take().everything
    assert unread.ignored == {"LicenseCount"}


def test_a_flood_of_strange_names_fills_no_memory() -> None:
    unread = after(*({"mt": f"Strange{number}"} for number in range(1000)))
    assert unread.everything
    assert len(unread.strange) <= 100


@pytest.mark.parametrize("message", [{"mt": "GetDomainsResult"}, {"mt": 7}, {}])
def test_what_is_no_event_says_nothing(message: dict[str, Any]) -> None:
    assert not after(message)


def test_taking_begins_anew() -> None:
    unread = after({"mt": "DomainAdded"}, {"mt": "DeviceConfigAdded", "id": 1, "domainId": 1}, {"mt": "DeviceUpdate"})
    assert unread.take() == Unread(domains=True, lists={1}, configs={(1, 1)}, devices=True)
    assert not unread
    unread.note({"mt": "DeviceConfigAdded", "id": 2, "domainId": 1})
    assert unread.take() == Unread(lists={1}, configs={(1, 2)})


def test_a_flood_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_CONFIGS", 100)
    unread = after(*({"mt": "DeviceConfigEdited", "id": number, "domainId": 1} for number in range(1000)))
    assert unread.everything
    assert len(unread.configs) <= 100
