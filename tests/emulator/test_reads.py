"""Every read message of the API document with every parameter, as literal frames."""

from typing import Any

import pytest

from syncer.emulator import Running, Store
from syncer.wire.profile import load
from tests.emulator.conftest import Serve
from tests.emulator.rawclient import Client, decrypt, encrypt, logged_in

PHONES_HQ = {"id": 1, "name": "Phones HQ", "config": True, "domainId": 1}
OLD = {"id": 2, "name": "Old", "config": False, "domainId": 1}
GATEWAYS = {"id": 3, "name": "Gateways", "config": True, "domainId": 1}


def hardware(reply: Any) -> list[str]:
    """The last digits of the devices' hardware ids."""
    return [device["hwId"][-1] for device in reply["devices"]]


async def test_get_user_info_under_both_names(admin: Client) -> None:
    reply = await admin.ask('{"mt":"GetUserInfo","src":"a"}')
    assert (reply["mt"], reply["src"], reply["admin"]) == ("GetUserInfoResult", "a", True)
    assert reply["key"]
    old = await admin.ask('{"mt":"GetLoginInfo","src":"b"}')
    assert old == {**reply, "mt": "GetLoginInfoResult", "src": "b"}


@pytest.mark.parametrize("known, unknown", [("GetUserInfo", "GetLoginInfo"), ("GetLoginInfo", "GetUserInfo")])
async def test_a_release_that_knows_one_name_only(serve: Serve, known: str, unknown: str) -> None:
    async with serve(user_info=frozenset({known})) as running, logged_in(running.url) as client:
        await client.send(f'{{"mt":"{unknown}","src":"x"}}')
        assert (await client.ask(f'{{"mt":"{known}"}}'))["mt"] == f"{known}Result"


async def test_get_domains(admin: Client) -> None:
    assert await admin.ask('{"mt":"GetDomains","src":"a"}') == {
        "mt": "GetDomainsResult",
        "src": "a",
        "last": True,
        "domains": [
            {
                "id": 1,
                "name": "example.com",
                "hasRentalProducts": False,
                "deployAdminPasswords": False,
                "isInstanceDomain": True,
                "categories": [
                    {"id": 1, "name": "Phones HQ", "config": True},
                    {"id": 2, "name": "Old", "config": False, "colour": "red"},
                    {"id": 3, "name": "Gateways", "config": True},
                ],
            },
            {
                "id": 2,
                "name": "customer.com",
                "hasRentalProducts": True,
                "deployAdminPasswords": True,
                "isInstanceDomain": False,
                "categories": [{"id": 4, "name": "Phones", "config": True}],
            },
            {
                "id": 3,
                "name": "partner.com",
                "hasRentalProducts": False,
                "deployAdminPasswords": False,
                "isInstanceDomain": False,
                "newField": [1],
                "categories": [],
            },
        ],
    }


async def test_a_reply_without_src_for_a_request_without(admin: Client) -> None:
    assert "src" not in await admin.ask('{"mt":"GetDomains"}')


async def test_get_provisioning_categories(admin: Client) -> None:
    assert await admin.ask('{"mt":"GetProvisioningCategories","src":"a"}') == {
        "mt": "GetProvisioningCategoriesResult",
        "src": "a",
        "last": True,
        "categories": [PHONES_HQ, GATEWAYS],
    }
    other = await admin.ask('{"mt":"GetProvisioningCategories","domainId":2,"type":"GW"}')
    assert other["categories"] == [{"id": 4, "name": "Phones", "config": True, "domainId": 2}]


async def test_categories_for_phones_are_those_with_phone_configs(admin: Client, store: Store) -> None:
    frame = '{"mt":"GetProvisioningCategories","domainId":1,"type":"PHONE"}'
    assert (await admin.ask(frame))["categories"] == [PHONES_HQ]
    everyone = store.add_config(1, {"type": "FXS_PHONE"})
    assert (await admin.ask(frame))["categories"] == [PHONES_HQ, GATEWAYS]
    store.replace_config(everyone, {"type": "NTP"})
    assert (await admin.ask(frame))["categories"] == [PHONES_HQ]


@pytest.mark.parametrize(
    "parameters, found",
    [
        ("", "12345"),
        (',"unassigned":true', "5"),
        (',"unassigned":false,"categories":"","subcategories":""', "12345"),
        (',"domainIds":"1"', "123"),
        (',"domainIds":"2, 1"', "1234"),
        (',"domainIds":"1,3"', "123"),
        (',"domainIds":"2","unassigned":true', "45"),
        (',"domainIds":"1","categories":"","subcategories":"","unassigned":true', "1235"),
        (',"categories":"Phones HQ"', "13"),
        (',"categories":"Phones HQ,Phones"', "134"),
        (',"domainIds":"1","categories":"Gateways"', "23"),
        (',"categories":"Gateways","subcategories":"Floor 1"', "2"),
        (',"subcategories":"Floor 2,Floor 1","domainIds":"1"', "23"),
        (',"categories":"Phones","unassigned":true', "45"),
        (',"categories":"Nobody"', ""),
    ],
)
async def test_get_devices(admin: Client, parameters: str, found: str) -> None:
    reply = await admin.ask(f'{{"mt":"GetDevices","src":"d"{parameters}}}')
    assert (reply["mt"], reply["src"], reply["last"]) == ("GetDevicesResult", "d", True)
    assert "".join(hardware(reply)) == found


async def test_device_objects(admin: Client) -> None:
    first, *_, last = (await admin.ask('{"mt":"GetDevices"}'))["devices"]
    assert first == {
        "id": 1,
        "hwId": "009033000001",
        "domainId": 1,
        "type": "PHONE",
        "product": "IP111",
        "ethIfs": [{"if": "ETH0", "ipv4": "172.16.136.105"}],
        "categories": [PHONES_HQ],
    }
    assert last == {"id": 5, "hwId": "009033000005", "domainId": 0, "type": "PHONE", "categories": []}


async def test_device_objects_to_the_letter_of_the_document(serve: Serve) -> None:
    async with serve(device_categories=False) as running, logged_in(running.url) as client:
        for device in (await client.ask('{"mt":"GetDevices"}'))["devices"]:
            assert "categories" not in device
            assert "fxs" not in device


@pytest.mark.parametrize(
    "parameters, found",
    [
        ("", "123"),
        (',"domainId":2', "4"),
        (',"domainId":3', ""),
        (',"justFxs":true', "2"),
        (',"justFxs":false,"types":[]', "123"),
        (',"types":["PHONE"]', "13"),
        (',"types":["GW","VA"]', "2"),
        (',"hwIds":"009033000003, 009033000001,009033000004"', "13"),
        (',"types":["PHONE"],"hwIds":"009033000002"', ""),
    ],
)
async def test_get_filtered_devices(admin: Client, parameters: str, found: str) -> None:
    reply = await admin.ask(f'{{"mt":"GetFilteredDevices","src":"d"{parameters}}}')
    assert (reply["mt"], reply["src"], reply["last"]) == ("GetFilteredDevicesResult", "d", True)
    assert "".join(hardware(reply)) == found


async def test_get_device_configs_gives_common_fields(admin: Client) -> None:
    assert await admin.ask('{"mt":"GetDeviceConfigs","src":"a"}') == {
        "mt": "GetDeviceConfigsResult",
        "src": "a",
        "last": True,
        "configs": [
            {"id": 1, "domainId": 1, "type": "PHONE", "desc": "HQ phones", "categories": [PHONES_HQ]},
            {"id": 2, "domainId": 1, "type": "ALARM_SERVER", "desc": "logs", "categories": [GATEWAYS, PHONES_HQ]},
            {"id": 3, "domainId": 1, "type": "EXPERT", "desc": "no telnet", "categories": []},
            {"id": 4, "domainId": 1, "type": "MEDIA", "desc": "media", "categories": []},
            {"id": 5, "domainId": 1, "type": "TRUST_LIST", "categories": [OLD]},
        ],
    }
    other = await admin.ask('{"mt":"GetDeviceConfigs","domainId":2}')
    assert [config["id"] for config in other["configs"]] == [6]


async def test_get_device_config(admin: Client) -> None:
    assert await admin.ask('{"mt":"GetDeviceConfig","id":1,"src":"a"}') == {
        "mt": "GetDeviceConfigResult",
        "src": "a",
        "config": {
            "id": 1,
            "domainId": 1,
            "type": "PHONE",
            "desc": "HQ phones",
            "categories": [PHONES_HQ],
            "gk1": "172.16.0.1",
            "dialTone": 15,
        },
    }
    unknown = await admin.ask('{"mt":"GetDeviceConfig","domainId":1,"id":5}')
    assert unknown["config"]["certificates"] == [{"cn": "a"}, None]
    assert (await admin.ask('{"mt":"GetDeviceConfig","domainId":2,"id":6}'))["config"]["coder"] == "G722"


async def test_passwords_are_encrypted_for_the_session(admin: Client, running: Running) -> None:
    logs = (await admin.ask('{"mt":"GetDeviceConfig","id":2}'))["config"]
    assert decrypt(logs["logPassword"], "https://logs.example.com/up", admin.key) == "s3cr3t"
    media = (await admin.ask('{"mt":"GetDeviceConfig","id":4}'))["config"]
    assert decrypt(media["turnPassword"], "turn.example.com:3478", admin.key) == "pässwörd ☎ 😀"
    async with logged_in(running.url) as other:
        again = (await other.ask('{"mt":"GetDeviceConfig","id":2}'))["config"]
        assert again["logPassword"] != logs["logPassword"]
        assert again["logPassword"] == encrypt("s3cr3t", "https://logs.example.com/up", other.key)


@pytest.mark.parametrize("seed", [None, 5, "x" * 300])
async def test_passwords_with_a_missing_odd_or_long_seed(admin: Client, store: Store, seed: Any) -> None:
    config = store.add_config(1, {"type": "MEDIA", "turnServer": seed, "turnPassword": "secret"})
    shown = (await admin.ask(f'{{"mt":"GetDeviceConfig","id":{config}}}'))["config"]
    assert decrypt(shown["turnPassword"], seed if isinstance(seed, str) else "", admin.key) == "secret"


async def test_what_a_profile_says_about_reading_back(serve: Serve) -> None:
    profile = load(
        """
format: syncer-wire/1
name: reading
origin: learned
reads_back: {unset: {PHONE: {frameSize: 0, dialTone: 7}}, write_only: [logPassword]}
operations:
  delete_domain: {request: {mt: X, id: $id}, response: none}
""",
        "reading.yaml",
    )
    async with serve(profile=profile) as running, logged_in(running.url) as client:
        phone = (await client.ask('{"mt":"GetDeviceConfig","id":1}'))["config"]
        assert (phone["frameSize"], phone["dialTone"]) == (0, 15)
        logs = (await client.ask('{"mt":"GetDeviceConfig","id":2}'))["config"]
        assert (logs["logUser"], "logPassword" in logs) == ("syncer", False)


async def test_get_unassigned_devices_count(admin: Client) -> None:
    assert await admin.ask('{"mt":"GetUnassignedDevicesCount","src":"a"}') == {
        "mt": "GetUnassignedDevicesCountResult",
        "src": "a",
        "count": 1,
    }


@pytest.mark.parametrize(
    "parameters, domain, category, seconds",
    [
        (',"category":"Phones HQ"', 1, 1, 15 * 60),
        (',"category":"Phones HQ","rollout":true,"sip":"kari","administrative":true', 1, 1, 7 * 24 * 3600),
        (',"category":"Phones","domainId":2,"rollout":false', 2, 4, 15 * 60),
    ],
)
async def test_provisioning_by_code(
    serve: Serve, store: Store, parameters: str, domain: int, category: int, seconds: int
) -> None:
    async with serve(clock=lambda: 1_700_000_000.9) as running, logged_in(running.url) as client:
        reply = await client.ask(f'{{"mt":"GetProvisioningCode","src":"p"{parameters}}}')
        code = reply["code"]
        assert reply == {
            "mt": "GetProvisioningCodeResult",
            "src": "p",
            "code": code,
            "validUntil": 1_700_000_000 + seconds,
        }
        ask = f'{{"mt":"GetProvisionedDevice","domainId":{domain},"code":"{code}","src":"q"}}'
        assert await client.ask(ask) == {"mt": "GetProvisionedDeviceResult", "src": "q", "code": code}
        device = store.provision(code, {"hwId": "0090334100be", "product": "IP811"})
        event = await client.recv()
        assert (event["mt"], event["src"], event["code"]) == ("DeviceProvisioned", "q", code)
        assert (event["device"]["id"], event["device"]["domainId"]) == (device, domain)
        assert [c["id"] for c in event["device"]["categories"]] == [category]
        assert (await client.ask(ask))["device"] == event["device"]
        assert await client.pending() == []


async def test_device_provisioned_follows_the_request_for_the_code(admin: Client, store: Store) -> None:
    reply = await admin.ask('{"mt":"GetProvisioningCode","category":"Gateways","src":"p"}')
    store.provision(reply["code"], {"hwId": "009033000005", "name": "known already"})
    event = await admin.recv()
    assert (event["mt"], event["src"]) == ("DeviceProvisioned", "p")
    assert event["device"]["id"] == 5
    assert event["device"]["name"] == "known already"
    assert (await admin.ask('{"mt":"GetUnassignedDevicesCount"}'))["count"] == 0


async def test_codes_expire(serve: Serve) -> None:
    now = 1000.0
    async with serve(clock=lambda: now) as running, logged_in(running.url) as client:
        code = (await client.ask('{"mt":"GetProvisioningCode","category":"Gateways"}'))["code"]
        now += 16 * 60
        reply = await client.ask(f'{{"mt":"GetProvisionedDevice","code":"{code}","src":"x"}}')
        assert reply == {"mt": "GetProvisionedDeviceResult", "src": "x", "error": "the code is no longer valid"}


@pytest.mark.parametrize(
    "frame, error",
    [
        ('{"mt":"GetProvisioningCode","category":"Nobody"}', "unknown category"),
        ('{"mt":"GetProvisioningCode"}', "unknown category"),
        ('{"mt":"GetProvisioningCode","category":"Phones HQ","domainId":99}', "unknown domain"),
        ('{"mt":"GetProvisionedDevice","code":"1"}', "unknown code"),
        ('{"mt":"GetProvisionedDevice","code":"\\ud800"}', "unknown code"),
        ('{"mt":"GetProvisioningCategories","domainId":99}', "unknown domain"),
        ('{"mt":"GetDevices","domainIds":"1,99"}', "unknown domain"),
        ('{"mt":"GetDevices","domainIds":"one"}', "domainIds is not a list of ids"),
        ('{"mt":"GetFilteredDevices","domainId":99}', "unknown domain"),
        ('{"mt":"GetDeviceConfigs","domainId":99}', "unknown domain"),
        ('{"mt":"GetDeviceConfig","id":99}', "unknown config"),
        ('{"mt":"GetDeviceConfig","id":6}', "unknown config"),
        ('{"mt":"GetDeviceConfig","domainId":2,"id":1}', "unknown config"),
        ('{"mt":"GetDeviceConfig"}', "unknown config"),
    ],
)
async def test_errors(admin: Client, frame: str, error: str) -> None:
    reply = await admin.ask(frame[:-1] + ',"src":"e"}')
    assert reply == {"mt": frame.split('"')[3] + "Result", "src": "e", "error": error}
