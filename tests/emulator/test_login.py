"""Challenge and login, as protocol.md describes them."""

import pytest
from websockets.exceptions import ConnectionClosed

from syncer.emulator import Running, Store
from tests.emulator.conftest import Serve
from tests.emulator.rawclient import APP, NO_GUID, connected, logged_in, sha256


async def test_the_vendors_login_literally(serve: Serve) -> None:
    """The login of appwebsocket-vectors.json, "sessions": challenge and password are the vector's."""
    async with serve(token=lambda size: "0123456789012345"[: 2 * size]) as running, connected(running.url) as client:
        running.emulator.store.password = "instance-pw"
        assert await client.ask('{"mt":"AppChallenge"}') == {
            "mt": "AppChallengeResult",
            "challenge": "0123456789012345",
        }
        reply = await client.ask(
            '{"mt":"AppLogin","app":"innovaphone-devices-api","domain":"example.com","sip":"innovaphone-devices-api",'
            '"guid":"00000000000000000000000000000000","dn":"Admin",'
            '"digest":"86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba",'
            '"pbxObj":"innovaphone-devices-api"}'
        )
        assert reply == {"mt": "AppLoginResult", "ok": True}
        # The ciphers of the same session in the same file.
        logs = await client.ask('{"mt":"GetDeviceConfig","id":2}')
        assert logs["config"]["logPassword"] == "0a4ef43f0a75"
        media = await client.ask('{"mt":"GetDeviceConfig","id":4}')
        assert media["config"]["turnPassword"] == "736fc047025eb03530e3580682115e304d4d94"


@pytest.mark.parametrize("info", ["", "{}", '{"cn":"Test User"}', '{"cn":"Jürgen ☎","n":[1,true,null]}'])
async def test_login_with_and_without_info(running: Running, info: str) -> None:
    async with connected(running.url) as client:
        assert (await client.login(info=info))["ok"] is True
        assert (await client.ask('{"mt":"GetUserInfo"}'))["admin"] is True


async def test_challenges_are_short_random_and_good_for_one_login(running: Running) -> None:
    async with connected(running.url) as client:
        first, second = [(await client.ask('{"mt":"AppChallenge"}'))["challenge"] for _ in range(2)]
        assert first != second
        assert 0 < len(second) <= 16
        digest = sha256(f"{APP}:example.com:{APP}:{NO_GUID}:Admin:{second}:emulator")
        login = (
            f'{{"mt":"AppLogin","app":"{APP}","domain":"example.com","sip":"{APP}","guid":"{NO_GUID}","dn":"Admin",'
            f'"digest":"{digest}","src":"s"}}'
        )
        assert await client.ask(login) == {"mt": "AppLoginResult", "ok": True, "src": "s"}
        again = await client.ask(login)
        assert (again["ok"], again["src"]) == (False, "s")
        with pytest.raises(ConnectionClosed):
            await client.ask('{"mt":"GetUserInfo"}')


@pytest.mark.parametrize(
    "domain, password, app",
    [
        ("example.com", "wrong", APP),
        ("example.com", "customer-pw", APP),
        ("customer.com", "emulator", APP),
        ("nowhere.com", "emulator", APP),
        ("example.com", "emulator", "innovaphone-users"),
    ],
)
async def test_refused_logins(running: Running, domain: str, password: str, app: str) -> None:
    async with connected(running.url) as client:
        reply = await client.login(domain, password, app)
        assert reply["mt"] == "AppLoginResult"
        assert reply["ok"] is False
        assert reply["error"]
        assert reply["errorText"] == "wrong app, domain or password"
        assert (await client.login())["ok"] is True


async def test_a_domain_without_a_password_has_no_login(running: Running, store: Store) -> None:
    store.set_password(2, None)
    async with connected(running.url) as client:
        assert (await client.login("customer.com", ""))["ok"] is False


@pytest.mark.parametrize(
    "frame",
    [
        '{"mt":"AppLogin"}',
        '{"mt":"AppLogin","app":5,"domain":[],"sip":{},"guid":null,"dn":true,"digest":1.5}',
        '{"mt":"AppLogin","app":"a","domain":"\\ud800","sip":"","guid":"","dn":"","digest":"\\udfff"}',
        '{"mt":"AppLogin","app":"a","domain":"example.com","sip":"","guid":"","dn":"","digest":"","info":5}',
    ],
)
async def test_senseless_logins_are_refused(running: Running, frame: str) -> None:
    async with connected(running.url) as client:
        await client.ask('{"mt":"AppChallenge"}')
        assert (await client.ask(frame))["ok"] is False


@pytest.mark.parametrize(
    "frame",
    ['{"mt":"GetDomains"}', '{"mt":"KeepAlive"}', '{"mt":"Unknown"}', '{"mt":"AddDomain","name":"x"}'],
)
async def test_anything_before_the_login_closes(running: Running, store: Store, frame: str) -> None:
    async with connected(running.url) as client:
        with pytest.raises(ConnectionClosed):
            await client.ask(frame)
    assert store.domain_named("x") is None


async def test_keepalive_and_unknown_messages_are_answered_by_silence(running: Running) -> None:
    async with logged_in(running.url) as client:
        await client.send('{"mt":"KeepAlive"}', '{"mt":"GetNonsense","src":"x"}')
        assert await client.pending() == []
