"""Events to those who subscribed and may see it, for the client's own writes and for foreign edits."""

import pytest

from syncer.emulator import Running, StateError, Store
from tests.emulator.rawclient import Client, logged_in

PHONES_HQ = {"id": 1, "name": "Phones HQ", "config": True, "domainId": 1}


async def test_without_recv_updates_nobody_hears_anything(admin: Client, store: Store) -> None:
    for frame in ("GetDomains", "GetDevices", "GetDeviceConfigs"):
        await admin.ask(f'{{"mt":"{frame}","src":"x","recvUpdates":false}}')
    store.update_domain(2, {"deployAdminPasswords": False})
    store.update_device(1, {"online": True})
    store.update_config(1, {"gk1": "10.0.0.1"})
    assert await admin.pending() == []


async def test_domain_events(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDomains","recvUpdates":true,"src":"d"}')
    new = store.add_domain("new.com", {"deployAdminPasswords": True})
    store.update_domain(new, {"name": "newer.com"})
    category = store.add_category(new, "Phones")
    store.update_category(category, {"config": False})
    store.delete_category(category)
    store.delete_domain(new)
    shown = {
        "id": 4,
        "name": "new.com",
        "hasRentalProducts": False,
        "deployAdminPasswords": True,
        "isInstanceDomain": False,
        "categories": [],
    }
    newer = shown | {"name": "newer.com"}
    phones = {"id": 5, "name": "Phones", "config": True}
    assert await admin.pending() == [
        {"mt": "DomainAdded", "src": "d", "domain": shown},
        {"mt": "DomainEdited", "src": "d", "domain": newer},
        {"mt": "DomainEdited", "src": "d", "domain": newer | {"categories": [phones]}},
        {"mt": "DomainEdited", "src": "d", "domain": newer | {"categories": [phones | {"config": False}]}},
        {"mt": "DomainEdited", "src": "d", "domain": newer},
        {"mt": "DomainDeleted", "src": "d", "id": 4},
    ]


async def test_device_events(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDevices","recvUpdates":true,"src":"d"}')
    new = store.add_device(1, {"hwId": "009033000006", "fxs": 4}, [1])
    store.update_device(new, {"online": True})
    store.move_device(new, None)
    store.delete_device(new)
    shown = {"id": 6, "domainId": 1, "hwId": "009033000006", "categories": [PHONES_HQ]}
    online = shown | {"online": True}
    unassigned = online | {"domainId": 0, "categories": []}
    assert await admin.pending() == [
        {"mt": "DeviceAdded", "src": "d", "device": shown},
        {"mt": "DeviceUpdate", "src": "d", "device": online},
        {"mt": "DeviceUpdate", "src": "d", "device": unassigned},
        {"mt": "DeviceRemoved", "src": "d", "device": unassigned},
    ]


async def test_config_events(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"c"}')
    new = store.add_config(1, {"type": "NTP", "desc": "time", "ntp1": "ptbtime1.ptb.de"}, [1])
    store.update_config(new, {"ntp1": "ptbtime2.ptb.de"}, [])
    store.delete_config(new)
    shown = {"id": 7, "domainId": 1, "type": "NTP", "desc": "time", "categories": [PHONES_HQ]}
    assert await admin.pending() == [
        {"mt": "DeviceConfigAdded", "src": "c", "config": shown},
        {"mt": "DeviceConfigEdited", "src": "c", "config": shown | {"categories": []}},
        {"mt": "DeviceConfigDeleted", "src": "c", "id": 7, "domainId": 1},
    ]


async def test_config_events_of_each_domain_carry_its_requests_src(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"one"}')
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"two","domainId":2}')
    for config in (1, 6):
        store.update_config(config, {"gk2": "10.0.0.2"})
    store.add_config(3, {"type": "NTP"})
    assert [(event["src"], event["config"]["id"]) for event in await admin.pending()] == [("one", 1), ("two", 6)]


async def test_a_later_subscription_takes_the_place_of_the_former(admin: Client, store: Store) -> None:
    for src in ("first", "second"):
        await admin.ask(f'{{"mt":"GetDomains","recvUpdates":true,"src":"{src}"}}')
    await admin.ask('{"mt":"GetDomains"}')
    store.update_domain(2, {"deployAdminPasswords": False})
    assert [event["src"] for event in await admin.pending()] == ["second"]


async def test_a_deleted_category_is_heard_of_everywhere(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDomains","recvUpdates":true,"src":"d"}')
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"c"}')
    await admin.ask('{"mt":"GetDevices","recvUpdates":true,"src":"v"}')
    store.delete_category(1)
    events = await admin.pending()
    assert [event["mt"] for event in events] == ["DomainEdited"] + 2 * ["DeviceConfigEdited"] + 2 * ["DeviceUpdate"]
    assert [c["id"] for c in events[0]["domain"]["categories"]] == [2, 3]
    assert [event["config"]["categories"] for event in events[1:3]] == [
        [],
        [{"id": 3, "name": "Gateways", "config": True, "domainId": 1}],
    ]
    assert [event["device"]["id"] for event in events[3:]] == [1, 3]


async def test_a_deleted_domain_is_heard_of_everywhere(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDomains","recvUpdates":true,"src":"d"}')
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"domainId":2,"src":"c"}')
    await admin.ask('{"mt":"GetDevices","recvUpdates":true,"src":"v"}')
    store.delete_domain(2)
    events = await admin.pending()
    assert [event["mt"] for event in events] == ["DeviceConfigDeleted", "DeviceUpdate", "DomainDeleted"]
    assert (events[1]["device"]["id"], events[1]["device"]["domainId"]) == (4, 0)


@pytest.mark.parametrize(
    "parameters, heard",
    [
        ("", ["DeviceUpdate 1", "DeviceUpdate 4", "DeviceUpdate 5"]),
        (',"unassigned":true', ["DeviceAdded 1", "DeviceUpdate 5"]),
        (',"domainIds":"1"', ["DeviceRemoved 1"]),
        (',"domainIds":"1","unassigned":true', ["DeviceUpdate 1", "DeviceUpdate 5"]),
        (',"domainIds":"2"', ["DeviceUpdate 4"]),
    ],
)
async def test_devices_come_into_sight_and_leave_it(
    admin: Client, store: Store, parameters: str, heard: list[str]
) -> None:
    await admin.ask(f'{{"mt":"GetDevices","recvUpdates":true{parameters}}}')
    store.move_device(1, None)
    store.update_device(4, {"online": False})
    store.update_device(5, {"online": True})
    assert [f"{event['mt']} {event['device']['id']}" for event in await admin.pending()] == heard


async def test_rights_hold_for_events(running: Running, store: Store) -> None:
    async with logged_in(running.url, "customer.com", "customer-pw") as client:
        await client.ask('{"mt":"GetDomains","recvUpdates":true,"src":"d"}')
        await client.ask('{"mt":"GetDevices","recvUpdates":true,"src":"v"}')
        await client.ask('{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"c"}')
        store.add_domain("new.com")
        store.update_domain(1, {"deployAdminPasswords": True})
        store.update_domain(2, {"deployAdminPasswords": False})
        for device in (1, 4, 5):
            store.update_device(device, {"online": True})
        store.move_device(5, 2)
        store.move_device(4, 1)
        for config in (1, 6):
            store.update_config(config, {"gk2": "10.0.0.2"})
        assert [event["mt"] for event in await client.pending()] == [
            "DomainEdited",
            "DeviceUpdate",
            "DeviceAdded",
            "DeviceRemoved",
            "DeviceConfigEdited",
        ]


async def test_every_subscriber_hears_of_a_clients_write(admin: Client, running: Running) -> None:
    async with logged_in(running.url) as other:
        for client, src in ((admin, "mine"), (other, "theirs")):
            await client.ask(f'{{"mt":"GetDeviceConfigs","recvUpdates":true,"src":"{src}"}}')
        await admin.send('{"mt":"DeleteDeviceConfig","domainId":1,"id":1,"src":"w"}')
        event, reply = await admin.recv(), await admin.recv()
        assert event == {"mt": "DeviceConfigDeleted", "src": "mine", "id": 1, "domainId": 1}
        assert reply == {"mt": "DeleteDeviceConfigResult", "src": "w"}
        assert await other.recv() == {"mt": "DeviceConfigDeleted", "src": "theirs", "id": 1, "domainId": 1}


async def test_changes_made_together_are_announced_together_or_not_at_all(admin: Client, store: Store) -> None:
    await admin.ask('{"mt":"GetDeviceConfigs","recvUpdates":true}')
    with store.transaction():
        store.update_config(1, {"gk1": "10.0.0.1"})
        store.update_config(1, {"gk1": "10.0.0.2"})
        assert await admin.pending() == []
    assert len(await admin.pending()) == 2

    def fails_half_way() -> None:
        with store.transaction():
            store.delete_config(1)
            store.delete_domain(1)

    with pytest.raises(StateError):
        fails_half_way()
    with store.transaction(keep=False):
        store.delete_config(1)
    assert await admin.pending() == []
    assert store.config(1) is not None
