"""What a login by a domain's password may see and do. partner.com was given access to customer.com."""

import pytest

from syncer.emulator import Running, Store
from tests.emulator.rawclient import logged_in


async def names_of_domains(running: Running, domain: str, password: str) -> list[str]:
    """The domains that a login sees."""
    async with logged_in(running.url, domain, password) as client:
        assert (await client.ask('{"mt":"GetUserInfo"}'))["admin"] is (domain == "example.com")
        return [domain["name"] for domain in (await client.ask('{"mt":"GetDomains"}'))["domains"]]


async def test_domains_of_a_login(running: Running) -> None:
    every = ["example.com", "customer.com", "partner.com"]
    assert await names_of_domains(running, "example.com", "emulator") == every
    assert await names_of_domains(running, "customer.com", "customer-pw") == ["customer.com"]
    assert await names_of_domains(running, "partner.com", "partner-pw") == ["customer.com", "partner.com"]


async def test_without_a_domain_id_the_logins_own_domain_is_meant(running: Running) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        configs = (await client.ask('{"mt":"GetDeviceConfigs"}'))["configs"]
        assert [config["id"] for config in configs] == [6]
        assert (await client.ask('{"mt":"GetDeviceConfig","id":6}'))["config"]["desc"] == "customer's"
        categories = (await client.ask('{"mt":"GetProvisioningCategories"}'))["categories"]
        assert [category["id"] for category in categories] == [4]
        devices = (await client.ask('{"mt":"GetFilteredDevices"}'))["devices"]
        assert [device["id"] for device in devices] == [4]
        assert await client.ask('{"mt":"AddDeviceConfig","config":{"type":"NTP","categories":[]}}') == {
            "mt": "AddDeviceConfigResult",
            "id": 7,
        }
    assert running.emulator.store.configs(2)[-1].fields == {"type": "NTP"}


async def test_granted_domains_are_used_by_their_id(running: Running) -> None:
    async with logged_in(running.url, "partner.com", "partner-pw") as client:
        assert (await client.ask('{"mt":"GetDeviceConfigs"}'))["configs"] == []
        configs = (await client.ask('{"mt":"GetDeviceConfigs","domainId":2}'))["configs"]
        assert [config["id"] for config in configs] == [6]
        reply = await client.ask('{"mt":"DeleteDeviceConfig","domainId":2,"id":6,"src":"x"}')
        assert reply == {"mt": "DeleteDeviceConfigResult", "src": "x"}


async def test_unassigned_devices_are_the_admins(running: Running) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        assert [device["id"] for device in (await client.ask('{"mt":"GetDevices"}'))["devices"]] == [4]
        assert (await client.ask('{"mt":"GetDevices","unassigned":true}'))["devices"] == []
        assert (await client.ask('{"mt":"GetUnassignedDevicesCount"}'))["count"] == 0


@pytest.mark.parametrize(
    "frame",
    [
        '{"mt":"GetProvisioningCategories","domainId":1}',
        '{"mt":"GetProvisioningCode","domainId":1,"category":"Phones HQ"}',
        '{"mt":"GetProvisionedDevice","domainId":3,"code":"1"}',
        '{"mt":"GetDevices","domainIds":"2,1"}',
        '{"mt":"GetFilteredDevices","domainId":3}',
        '{"mt":"GetDeviceConfigs","domainId":1,"recvUpdates":true}',
        '{"mt":"GetDeviceConfig","domainId":1,"id":1}',
        '{"mt":"GetDeviceConfig","domainId":99,"id":1}',
        '{"mt":"EditDomain","id":3,"name":"mine.com"}',
        '{"mt":"AddProvisioningCategory","domainId":1,"name":"x","config":true}',
        '{"mt":"EditProvisioningCategory","domainId":1,"id":1,"name":"x","config":true}',
        '{"mt":"DeleteProvisioningCategory","domainId":1,"id":1}',
        '{"mt":"AddDeviceConfig","domainId":1,"config":{"type":"NTP"}}',
        '{"mt":"EditDeviceConfig","domainId":1,"id":1,"config":{"type":"NTP"}}',
        '{"mt":"DeleteDeviceConfig","domainId":1,"id":1}',
    ],
)
async def test_foreign_domains_are_refused(running: Running, frame: str) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        reply = await client.ask(frame[:-1] + ',"src":"x"}')
        assert reply == {"mt": frame.split('"')[3] + "Result", "src": "x", "error": "no right to this domain"}


@pytest.mark.parametrize(
    "frame",
    [
        '{"mt":"EditProvisioningCategory","id":1,"name":"x","config":true}',
        '{"mt":"DeleteProvisioningCategory","domainId":2,"id":1}',
        '{"mt":"EditDeviceConfig","id":1,"config":{"type":"NTP"}}',
        '{"mt":"DeleteDeviceConfig","domainId":2,"id":1}',
    ],
)
async def test_foreign_objects_are_unknown(running: Running, store: Store, frame: str) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        assert (await client.ask(frame))["error"] in {"unknown category", "unknown config"}
    assert len(store.configs(1)) == 5
    assert len(store.categories(1)) == 3


async def test_only_the_instance_login_makes_and_deletes_domains(running: Running, store: Store) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        assert (await client.ask('{"mt":"AddDomain","name":"x"}'))["error"] == "no right to create domains"
        assert (await client.ask('{"mt":"DeleteDomain","id":2}'))["error"] == "no right to delete domains"
        own = '{"mt":"EditDomain","id":2,"name":"customer.com","deployAdminPasswords":false}'
        assert await client.ask(own) == {"mt": "EditDomainResult"}
    assert [domain.name for domain in store.domains()] == ["example.com", "customer.com", "partner.com"]


async def test_a_domain_that_was_deleted_under_its_login(running: Running, store: Store) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        store.delete_domain(2)
        assert (await client.ask('{"mt":"GetDeviceConfigs"}'))["error"] == "unknown domain"
        assert (await client.ask('{"mt":"GetDomains"}'))["domains"] == []
        created = await client.ask('{"mt":"AddDeviceConfig","config":{"type":"NTP"}}')
        assert created["error"] == "unknown domain"
