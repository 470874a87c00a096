"""Changes in the literal frames of the conventional wire profile."""

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from syncer.emulator import Running, Store
from syncer.emulator.defaults import COLLECTED_REQUESTS
from syncer.wire.profile import load
from tests.emulator.conftest import Serve
from tests.emulator.rawclient import Client, decrypt, encrypt, logged_in


async def config(client: Client, config_id: int, domain_id: int = 1) -> Any:
    """A config as a client reads it, values in pieces joined."""
    await client.send(f'{{"mt":"GetDeviceConfig","domainId":{domain_id},"id":{config_id}}}')
    *pieces, result = await client.until("GetDeviceConfigResult")
    values: dict[str, str] = {}
    for piece in pieces:
        values[piece["name"]] = values.get(piece["name"], "") + piece["value"]
    return {**result["config"], **values}


async def test_domains(admin: Client, store: Store) -> None:
    create = '{"mt":"AddDomain","name":"new.com","deployAdminPasswords":true,"src":"1","colour":"red"}'
    assert await admin.ask(create) == {"mt": "AddDomainResult", "src": "1", "id": 4}
    assert (await admin.ask('{"mt":"GetDomains"}'))["domains"][3] == {
        "id": 4,
        "name": "new.com",
        "hasRentalProducts": False,
        "deployAdminPasswords": True,
        "colour": "red",
        "isInstanceDomain": False,
        "categories": [],
    }
    update = '{"mt":"EditDomain","id":2,"name":"renamed.com","deployAdminPasswords":false,"hasRentalProducts":false}'
    assert await admin.ask(update) == {"mt": "EditDomainResult"}
    assert store.domain(2).fields == {  # type: ignore[union-attr]
        "name": "renamed.com",
        "deployAdminPasswords": False,
        "hasRentalProducts": True,
    }
    assert await admin.ask('{"mt":"DeleteDomain","id":2,"src":"2"}') == {"mt": "DeleteDomainResult", "src": "2"}
    assert (await admin.ask('{"mt":"GetDeviceConfigs","domainId":2}'))["error"] == "unknown domain"
    unassigned = (await admin.ask('{"mt":"GetDevices","unassigned":true}'))["devices"]
    assert [(device["id"], device["domainId"], device["categories"]) for device in unassigned] == [
        (4, 0, []),
        (5, 0, []),
    ]


async def test_a_whole_update_takes_away_what_it_does_not_name(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"EditDomain","id":3,"name":"partner.com"}')
    assert store.domain(3).fields == {"name": "partner.com"}  # type: ignore[union-attr]
    await admin.ask('{"mt":"EditProvisioningCategory","domainId":1,"id":2,"name":"Old","config":true}')
    assert store.category(2).fields == {"name": "Old", "config": True}  # type: ignore[union-attr]
    await admin.ask('{"mt":"EditDeviceConfig","domainId":1,"id":1,"config":{"type":"PHONE","gk1":"10.0.0.1"}}')
    shown = {"id": 1, "domainId": 1, "type": "PHONE", "gk1": "10.0.0.1", "categories": []}
    assert await config(admin, 1) == shown


async def test_categories(admin: Client, store: Store) -> None:
    create = '{"mt":"AddProvisioningCategory","domainId":2,"name":"Phones","config":false,"src":"1","colour":"blue"}'
    assert await admin.ask(create) == {"mt": "AddProvisioningCategoryResult", "src": "1", "id": 5}
    assert store.category(5).fields == {"name": "Phones", "config": False, "colour": "blue"}  # type: ignore[union-attr]
    update = '{"mt":"EditProvisioningCategory","domainId":1,"id":1,"name":"Desk phones","config":false,"src":"2"}'
    assert await admin.ask(update) == {"mt": "EditProvisioningCategoryResult", "src": "2"}
    renamed = {"id": 1, "name": "Desk phones", "config": False, "domainId": 1}
    assert (await config(admin, 1))["categories"] == [renamed]
    delete = '{"mt":"DeleteProvisioningCategory","domainId":1,"id":1,"src":"3"}'
    assert await admin.ask(delete) == {"mt": "DeleteProvisioningCategoryResult", "src": "3"}


async def test_a_deleted_category_leaves_its_configs_for_every_device(admin: Client) -> None:
    """The danger that syncer guards against: it must be there to be guarded against."""
    await admin.ask('{"mt":"DeleteProvisioningCategory","domainId":1,"id":1}')
    assert (await config(admin, 1))["categories"] == []
    assert [category["id"] for category in (await config(admin, 2))["categories"]] == [3]
    devices = (await admin.ask('{"mt":"GetDevices","domainIds":"1"}'))["devices"]
    assert [[category["id"] for category in device["categories"]] for device in devices] == [[], [3], [3]]


async def test_configs(admin: Client) -> None:
    create = (
        '{"mt":"AddDeviceConfig","src":"1","domainId":1,"config":{"type":"PHONE","desc":"new","coder":"OPUS-WB",'
        '"categories":[{"id":3,"name":"Gateways","config":true,"domainId":1},{"id":1},{"id":3}]}}'
    )
    assert await admin.ask(create) == {"mt": "AddDeviceConfigResult", "src": "1", "id": 7}
    made = await config(admin, 7)
    assert (made["type"], made["desc"], made["coder"]) == ("PHONE", "new", "OPUS-WB")
    assert [category["id"] for category in made["categories"]] == [3, 1]
    update = (
        '{"mt":"EditDeviceConfig","src":"2","domainId":1,"id":7,"config":{"type":"PHONE","desc":"newer",'
        '"exclusive":true,"frameSize":"a string","categories":[{"id":1}]}}'
    )
    assert await admin.ask(update) == {"mt": "EditDeviceConfigResult", "src": "2"}
    changed = await config(admin, 7)
    assert (changed["desc"], changed["exclusive"], changed["frameSize"]) == ("newer", True, "a string")
    assert "coder" not in changed
    delete = '{"mt":"DeleteDeviceConfig","src":"3","domainId":1,"id":7}'
    assert await admin.ask(delete) == {"mt": "DeleteDeviceConfigResult", "src": "3"}
    assert (await admin.ask(delete))["error"] == "unknown config"


async def test_unknown_types_and_fields_come_back_untouched(admin: Client) -> None:
    fields = (
        '"type":"NEWER_THAN_US","desc":"","odd":[{"a":null},1.5,-0.0,12345678901234567890,"😀"],"empty":{},"zero":0'
    )
    await admin.ask(f'{{"mt":"AddDeviceConfig","config":{{{fields},"categories":[]}}}}')
    assert await config(admin, 7) == {
        "id": 7,
        "domainId": 1,
        "categories": [],
        "type": "NEWER_THAN_US",
        "desc": "",
        "odd": [{"a": None}, 1.5, -0.0, 12345678901234567890, "😀"],
        "empty": {},
        "zero": 0,
    }


@pytest.mark.parametrize(
    "kind, secret, seed", [("ALARM_SERVER", "logPassword", "url"), ("MEDIA", "turnPassword", "turnServer")]
)
async def test_passwords_are_decrypted_with_the_new_seed(
    admin: Client, running: Running, kind: str, secret: str, seed: str
) -> None:
    cipher = encrypt("pässwörd ☎ 😀", "https://new.example.com", admin.key)
    fields = f'"type":"{kind}","{seed}":"https://new.example.com","{secret}":"{cipher}","categories":[]'
    await admin.ask(f'{{"mt":"AddDeviceConfig","config":{{{fields}}}}}')
    assert running.emulator.store.config(7).fields[secret] == "pässwörd ☎ 😀"  # type: ignore[union-attr]
    async with logged_in(running.url) as other:
        shown = await config(other, 7)
        assert shown[secret] != cipher
        assert decrypt(shown[secret], "https://new.example.com", other.key) == "pässwörd ☎ 😀"
        stale = f'{{"mt":"EditDeviceConfig","domainId":1,"id":7,"config":{{{fields}}}}}'
        await other.ask(stale)
        garbled = running.emulator.store.config(7).fields[secret]  # type: ignore[union-attr]
        assert garbled != "pässwörd ☎ 😀"
        assert (await config(other, 7))[secret] == cipher


async def test_odd_passwords(admin: Client, store: Store) -> None:
    refused = await admin.ask('{"mt":"AddDeviceConfig","config":{"type":"MEDIA","turnPassword":"in clear text"}}')
    assert refused == {"mt": "AddDeviceConfigResult", "error": "a password that is not encrypted"}
    for value in ('""', "null", "5", "{}"):
        await admin.ask(f'{{"mt":"AddDeviceConfig","config":{{"type":"MEDIA","turnPassword":{value}}}}}')
    assert [config.fields["turnPassword"] for config in store.configs(1)[-4:]] == ["", None, 5, {}]


async def test_values_sent_ahead_in_pieces(admin: Client, store: Store) -> None:
    await admin.send(
        '{"mt":"SetDeviceConfigValue","src":"a","name":"script","value":"mod \\ud83d"}',
        '{"mt":"SetDeviceConfigValue","src":"b","name":"script","value":"other"}',
        '{"mt":"SetDeviceConfigValue","src":"a","name":"script","value":""}',
        '{"mt":"SetDeviceConfigValue","src":"a","name":"note","value":"n"}',
        '{"mt":"SetDeviceConfigValue","src":"a","name":"script","value":"\\ude00 cmd"}',
    )
    create = '{"mt":"AddDeviceConfig","src":"a","config":{"type":"EXPERT","desc":"ahead","categories":[]}}'
    assert await admin.ask(create) == {"mt": "AddDeviceConfigResult", "src": "a", "id": 7}
    assert store.config(7).fields == {  # type: ignore[union-attr]
        "type": "EXPERT",
        "desc": "ahead",
        "script": "mod 😀 cmd",
        "note": "n",
    }
    again = '{"mt":"AddDeviceConfig","src":"a","config":{"type":"EXPERT","categories":[]}}'
    await admin.ask(again)
    assert "script" not in store.config(8).fields  # type: ignore[union-attr]
    await admin.ask('{"mt":"EditDeviceConfig","src":"b","domainId":1,"id":8,"config":{"type":"EXPERT"}}')
    assert store.config(8).fields["script"] == "other"  # type: ignore[union-attr]


async def test_a_password_sent_ahead_in_pieces(admin: Client, store: Store) -> None:
    cipher = encrypt("secret", "turn.example.com", admin.key)
    for piece in (cipher[:5], cipher[5:]):
        await admin.send(f'{{"mt":"SetDeviceConfigValue","src":"a","name":"turnPassword","value":"{piece}"}}')
    await admin.ask('{"mt":"AddDeviceConfig","src":"a","config":{"type":"MEDIA","turnServer":"turn.example.com"}}')
    assert store.config(7).fields["turnPassword"] == "secret"  # type: ignore[union-attr]


async def test_pieces_belong_to_their_connection(admin: Client, running: Running) -> None:
    async with logged_in(running.url) as other:
        await other.send('{"mt":"SetDeviceConfigValue","src":"a","name":"script","value":"theirs"}')
        await other.pending()
        await admin.ask('{"mt":"AddDeviceConfig","src":"a","config":{"type":"EXPERT"}}')
        assert "script" not in running.emulator.store.config(7).fields  # type: ignore[union-attr]


@pytest.mark.parametrize("count, piece", [(COLLECTED_REQUESTS + 1, ""), (10, "x" * 1_000_000)])
async def test_too_much_sent_ahead_closes_the_connection(admin: Client, count: int, piece: str) -> None:
    async def send_all() -> None:
        for number in range(count):
            await admin.send(f'{{"mt":"SetDeviceConfigValue","src":"{number}","name":"n","value":"{piece}"}}')
        await admin.pending()

    with pytest.raises(ConnectionClosed, match="1008"):
        await send_all()


async def test_names_may_be_there_twice_but_for_domains(admin: Client) -> None:
    assert (await admin.ask('{"mt":"AddProvisioningCategory","name":"Phones HQ","config":true}'))["id"] == 5
    assert (await admin.ask('{"mt":"AddDeviceConfig","config":{"type":"PHONE","desc":"HQ phones"}}'))["id"] == 7
    assert (await admin.ask('{"mt":"AddDomain","name":"customer.com"}'))["error"] == "a domain of that name exists"
    rename = '{"mt":"EditDomain","id":3,"name":"customer.com"}'
    assert (await admin.ask(rename))["error"] == "a domain of that name exists"


@pytest.mark.parametrize(
    "frame, error",
    [
        ('{"mt":"AddDomain"}', "a domain needs a name"),
        ('{"mt":"AddDomain","name":["x"]}', "a domain needs a name"),
        ('{"mt":"EditDomain","id":99,"name":"x"}', "unknown domain"),
        ('{"mt":"EditDomain","name":"x"}', "no id"),
        ('{"mt":"EditDomain","id":1,"name":"x"}', "the instance domain cannot be renamed"),
        ('{"mt":"DeleteDomain","id":1}', "the instance domain cannot be deleted"),
        ('{"mt":"DeleteDomain","id":99}', "unknown domain"),
        ('{"mt":"AddProvisioningCategory","domainId":99,"name":"x"}', "unknown domain"),
        ('{"mt":"AddProvisioningCategory","name":""}', "a category needs a name"),
        ('{"mt":"EditProvisioningCategory","domainId":1,"id":4,"name":"x"}', "unknown category"),
        ('{"mt":"DeleteProvisioningCategory","domainId":1,"id":99}', "unknown category"),
        ('{"mt":"AddDeviceConfig","domainId":99,"config":{"type":"NTP"}}', "unknown domain"),
        ('{"mt":"AddDeviceConfig","config":{}}', "a config needs a type"),
        ('{"mt":"AddDeviceConfig","config":{"type":5}}', "a config needs a type"),
        ('{"mt":"AddDeviceConfig","config":[]}', "config is not an object"),
        ('{"mt":"AddDeviceConfig","config":{"type":"NTP","categories":5}}', "categories is not an array"),
        ('{"mt":"EditDeviceConfig","domainId":2,"id":1,"config":{"type":"NTP"}}', "unknown config"),
        ('{"mt":"EditDeviceConfig","domainId":1,"id":"1","config":{"type":"NTP"}}', "id is not an id"),
        ('{"mt":"DeleteDeviceConfig","domainId":1,"id":true}', "id is not an id"),
        ('{"mt":"DeleteDeviceConfig","domainId":1,"id":99999999999999999999}', "id is not an id"),
    ]
    + [
        (
            f'{{"mt":"AddDeviceConfig","config":{{"type":"NTP","categories":[{reference}]}}}}',
            "a category that this domain does not have",
        )
        for reference in ('{"id":99}', '{"id":4}', '{"name":"Phones HQ"}', "1", '"Phones HQ"', "null", "[1]", "true")
    ],
)
async def test_errors(admin: Client, store: Store, frame: str, error: str) -> None:
    before = [store.domains(), store.categories(1), store.configs(1), store.configs(2)]
    reply = await admin.ask(frame[:-1] + ',"src":"e"}')
    assert reply == {"mt": frame.split('"')[3] + "Result", "src": "e", "error": error}
    assert [store.domains(), store.categories(1), store.configs(1), store.configs(2)] == before


OTHER = """
format: syncer-wire/1
name: other
origin: learned
category_refs: names
operations:
  create_domain:
    request: {mt: Tenant, verb: new, args: [$name, {deploy: $deployAdminPasswords, more: $extra}]}
    response: {mt: Done, id: /result/id, error: /result/why}
  update_domain:
    request: {mt: Tenant, verb: set, args: [$id, {deploy: $deployAdminPasswords, more: $extra}]}
    response: {mt: Done, error: /result/why}
    sends: changed
  create_category:
    request: {mt: Group, d: $domain_id, label: $name, on: $config}
    response: {mt: Done, id: /result/id, error: /result/why}
  update_category:
    request: {mt: Regroup, key: $id, label: $name, on: $config}
    response: {mt: Done, error: /result/why, match: mt}
    sends: changed
  create_config:
    request: {mt: Profile, d: $domain_id, $merge: $config}
    response: {mt: Done, id: /result/id, error: /result/why}
  update_config:
    request: {mt: Reprofile, key: $id, $merge: $config}
    response: {mt: Done, error: /result/why}
    sends: changed
  delete_config:
    request: {mt: Forget, key: $id}
    response: none
  send_value:
    request: {mt: Part, of: $name, text: $chunk, number: $index, end: $last}
    response: {mt: PartDone}
"""


async def test_a_quite_different_profile(serve: Serve, store: Store) -> None:
    profile = load(OTHER, "other.yaml")
    async with serve(profile=profile) as running, logged_in(running.url) as client:
        create = '{"mt":"Tenant","verb":"new","args":["new.com",{"deploy":true,"more":{"colour":"red"}}],"src":"1"}'
        assert await client.ask(create) == {"mt": "Done", "src": "1", "result": {"id": 4}}
        assert store.domain(4).fields == {  # type: ignore[union-attr]
            "name": "new.com",
            "deployAdminPasswords": True,
            "colour": "red",
        }
        assert await client.ask('{"mt":"Tenant","verb":"set","args":[2,{"deploy":false}]}') == {"mt": "Done"}
        assert store.domain(2).fields == {  # type: ignore[union-attr]
            "name": "customer.com",
            "deployAdminPasswords": False,
            "hasRentalProducts": True,
        }
        assert await client.ask('{"mt":"Regroup","key":2,"on":true,"src":"2"}') == {"mt": "Done"}
        assert store.category(2).fields == {  # type: ignore[union-attr]
            "name": "Old",
            "config": True,
            "colour": "red",
        }
        create = '{"mt":"Profile","src":"3","type":"PHONE","categories":["Old","Phones HQ"],"gk1":"a","gk2":"b"}'
        assert await client.ask(create) == {"mt": "Done", "src": "3", "result": {"id": 7}}
        assert store.config(7).categories == (2, 1)  # type: ignore[union-attr]
        assert await client.ask('{"mt":"Reprofile","key":7,"gk2":"c","src":"4"}') == {"mt": "Done", "src": "4"}
        assert store.config(7).fields == {"type": "PHONE", "gk1": "a", "gk2": "c"}  # type: ignore[union-attr]
        assert store.config(7).categories == (2, 1)  # type: ignore[union-attr]
        assert await client.ask('{"mt":"Reprofile","key":7,"categories":[]}') == {"mt": "Done"}
        assert store.config(7).categories == ()  # type: ignore[union-attr]
        refused = await client.ask('{"mt":"Reprofile","key":7,"categories":["Phones"],"src":"5"}')
        assert refused["result"] == {"why": "a category that this domain does not have"}
        part = '{"mt":"Part","of":"script","text":"mod","number":0,"end":true,"src":"6"}'
        assert await client.ask(part) == {"mt": "PartDone", "src": "6"}
        await client.ask('{"mt":"Reprofile","key":3,"src":"6"}')
        assert store.config(3).fields["script"] == "mod"  # type: ignore[union-attr]
        await client.send('{"mt":"Forget","key":7,"src":"7"}', '{"mt":"AddDeviceConfig","config":{"type":"NTP"}}')
        assert await client.pending() == []
        assert len(store.configs(1)) == 5


async def test_a_changed_url_with_its_password_laid_over(serve: Serve, store: Store) -> None:
    profile = load(OTHER, "other.yaml")
    async with serve(profile=profile) as running, logged_in(running.url) as client:
        cipher = encrypt("new", "https://new.example.com", client.key)
        await client.ask(f'{{"mt":"Reprofile","key":2,"url":"https://new.example.com","logPassword":"{cipher}"}}')
        assert store.config(2).fields["logPassword"] == "new"  # type: ignore[union-attr]
        await client.ask('{"mt":"Reprofile","key":2,"url":"https://other.example.com"}')
        shown = await config(client, 2)
        assert decrypt(shown["logPassword"], "https://other.example.com", client.key) == "new"
