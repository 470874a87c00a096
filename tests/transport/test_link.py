"""A link: pipelined reads that survive a lost connection, writes that are sent once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosedError

from syncer.errors import (
    BrokenMessage,
    ConnectionLost,
    LoginRefused,
    NotSent,
    ServerError,
    SilentServer,
)
from syncer.transport import link as link_module
from syncer.transport.connection import Answer, OnNotice
from syncer.transport.link import Build, Link, open_link
from syncer.wire.session import Expect
from tests.transport.scripted import (
    APP_CHALLENGE,
    CHALLENGED,
    KEY,
    KEY_AGAIN,
    LOGIN,
    LOGIN_AGAIN,
    SHOWN,
    Close,
    Deaf,
    Do,
    Drop,
    Get,
    NoUpgrade,
    Pause,
    Say,
    Script,
    Step,
    scripted,
)

CONFIG = Expect("GetDeviceConfigResult")
INFO = Expect("GetUserInfoResult")
BACKOFF = list(link_module.BACKOFF)  # as it is before any test changes it
LOST = f"{SHOWN}: the connection was lost during"
IN_VAIN = ", and reconnecting for N s did not help"  # twice at once, and again at the end of `reconnect_for`
WHAT_NOW = "; try again, or give it more time with --reconnect-for"


def get(src: int, number: int) -> Get:
    return Get(f'{{"mt":"GetDeviceConfig","id":{number},"src":"{src}"}}')


def say(src: int, number: int) -> Say:
    return Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{{"id":{number}}}}}')


def asked(*numbers: int) -> list[dict[str, Any]]:
    return [{"mt": "GetDeviceConfig", "id": number} for number in numbers]


def found(answers: Sequence[Answer]) -> list[int]:
    return [answer.reply.message["config"]["id"] for answer in answers]


@asynccontextmanager
async def linked(*scripts: Script, on_notice: OnNotice | None = None, **options: Any) -> AsyncIterator[Link]:
    """A link to a service that plays these scripts; options are those of its endpoint."""
    async with scripted(*scripts) as server, open_link(server.endpoint(**options), on_notice) as link:
        yield link


def told(exc: ServerError) -> str:
    """What people read, without the figure that a busy machine makes larger."""
    return re.sub(r"reconnecting for [\d.]+ s", "reconnecting for N s", str(exc))


async def read_failure(link: Link, *numbers: int) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await link.read_all(asked(*(numbers or (7,))), CONFIG)
    return caught.value


class TestReads:
    """Many at once, answered in any order."""

    async def test_answers_in_the_order_of_the_requests(self) -> None:
        gets = [get(src, src * 10) for src in range(1, 6)]
        says = [say(src, src * 10) for src in (3, 1, 5, 4, 2)]
        counted: list[int] = []
        async with linked((*LOGIN, *gets, *says)) as link:
            answers = await link.read_all(asked(10, 20, 30, 40, 50), CONFIG, counted.append)
        assert found(answers) == [10, 20, 30, 40, 50]
        assert {answer.key for answer in answers} == {KEY}
        assert counted == [1] * 5

    async def test_nothing_to_read(self) -> None:
        async with linked(LOGIN) as link:
            assert await link.read_all([], CONFIG) == []

    async def test_errors_are_answers(self) -> None:
        refused = Say('{"mt":"GetDeviceConfigResult","src":"1","error":"gone"}')
        async with linked((*LOGIN, get(1, 1), get(2, 2), refused, say(2, 2))) as link:
            first, second = await link.read_all(asked(1, 2), CONFIG)
        assert (first.reply.error, second.reply.error) == ("gone", None)

    async def test_several_at_the_same_time(self) -> None:
        info = Get('{"mt":"GetUserInfo","src":"3"}')
        says = (Say('{"mt":"GetUserInfoResult","src":"3"}'), say(2, 2), say(1, 1))
        async with linked((*LOGIN, get(1, 1), get(2, 2), info, *says)) as link:
            configs, told = await asyncio.gather(
                link.read_all(asked(1, 2), CONFIG), link.read({"mt": "GetUserInfo"}, INFO)
            )
        assert found(configs) == [1, 2]
        assert told.reply.message["mt"] == "GetUserInfoResult"

    @pytest.mark.parametrize("window", [1, 3, 64])
    async def test_no_more_wait_than_the_window_has_room_for(self, window: int) -> None:
        count = 100
        most = 0

        async def answer(socket: ServerConnection) -> None:
            nonlocal most
            waiting: list[str] = []
            for left in range(count, 0, -1):
                while len(waiting) < min(window, left):
                    waiting.append(str(await socket.recv()))
                if left % 10 == 0:
                    await silence(socket)
                most = max(most, len(waiting))
                request = json.loads(waiting.pop(left % len(waiting)))
                await socket.send(say(request["src"], request["id"]).frame)

        async def silence(socket: ServerConnection) -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), 0.01)

        async with linked((*LOGIN, Do(answer)), window=window) as link:
            answers = await link.read_all(asked(*range(count)), CONFIG)
        assert found(answers) == list(range(count))
        assert most == window

    async def test_silence_of_one_fails_all(self) -> None:
        gets = [get(src, src) for src in (1, 2, 3)]
        async with linked((*LOGIN, *gets, say(1, 1), say(3, 3)), timeout=0.2) as link:
            exc = await read_failure(link, 1, 2, 3)
        assert type(exc) is SilentServer
        assert str(exc) == (
            f"{SHOWN}: no answer to GetDeviceConfig within 0.2 s; try again, or give it more time with --timeout"
        )

    async def test_nothing_more_is_sent_after_a_failure(self) -> None:
        """With a window of one the second request waits for the first, and is not sent once that failed."""
        async with linked((*LOGIN, get(1, 1)), timeout=0.2, window=1) as link:
            assert type(await read_failure(link, 1, 2, 3)) is SilentServer

    async def test_a_broken_message_is_not_asked_again(self, quick: None) -> None:
        async with linked((*LOGIN, get(1, 7), Say("{"))) as link:
            first = await read_failure(link)
            second = await read_failure(link)
        assert type(first) is BrokenMessage
        assert str(second) == str(first)

    @pytest.mark.parametrize("count", [1, 3])
    async def test_a_progress_bar_that_fails(self, count: int) -> None:
        """It is told, at the latest at the end, and nobody waits for ever."""

        def tick(_count: int) -> None:
            raise OSError("the terminal is gone")

        numbers = range(1, count + 1)
        started = asyncio.get_running_loop().time()
        async with scripted((*LOGIN, *(get(n, n) for n in numbers), say(1, 1))) as server:
            with pytest.raises(OSError, match="the terminal is gone"):
                async with open_link(server.endpoint()) as link, asyncio.timeout(2):
                    await link.read_all(asked(*numbers), CONFIG, tick)
        assert asyncio.get_running_loop().time() - started < 1.5

    async def test_a_wrong_first_login_is_told_at_once(self) -> None:
        async with scripted((Get(APP_CHALLENGE), Drop())) as server:
            with pytest.raises(ConnectionLost):
                async with open_link(server.endpoint()):
                    pass

    async def test_events_go_to_whoever_listens(self) -> None:
        event = '{"mt":"DeviceConfigEdited","src":"1","config":{"id":7}}'
        seen: list[Mapping[str, Any]] = []
        async with linked((*LOGIN, get(1, 7), Say(event), say(1, 7), Say(event)), on_notice=seen.append) as link:
            await link.read_all(asked(7), CONFIG)
            await asyncio.sleep(0.05)
        assert seen == [json.loads(event)] * 2


@pytest.mark.usefixtures("quick")
class TestReconnecting:
    """A read is asked again, on a new login."""

    async def test_only_what_is_missing_is_asked_again(self) -> None:
        before = (*LOGIN, *(get(src, src * 10) for src in range(1, 6)), say(4, 40), say(2, 20), Drop())
        after = (*LOGIN_AGAIN, get(1, 10), get(2, 30), get(3, 50), say(3, 50), say(1, 10), say(2, 30))
        counted: list[int] = []
        async with linked(before, after) as link:
            answers = await link.read_all(asked(10, 20, 30, 40, 50), CONFIG, counted.append)
        assert found(answers) == [10, 20, 30, 40, 50]
        assert [answer.key for answer in answers] == [KEY_AGAIN, KEY, KEY_AGAIN, KEY, KEY_AGAIN]
        assert counted == [1] * 5

    async def test_half_a_list_is_thrown_away(self) -> None:
        ask = Get('{"mt":"GetDomains","src":"1"}')
        half = Say('{"mt":"GetDomainsResult","src":"1","domains":[{"id":1}]}')
        whole = Say('{"mt":"GetDomainsResult","src":"1","domains":[{"id":2}],"last":true}')
        async with linked((*LOGIN, ask, half, Drop()), (*LOGIN_AGAIN, ask, whole)) as link:
            answer = await link.read({"mt": "GetDomains"}, Expect("GetDomainsResult", items="domains"))
        assert answer.reply.items == [{"id": 2}]

    async def test_lost_with_a_full_window(self) -> None:
        """No place in the window is lost with the connection."""
        before = (*LOGIN, get(1, 1), get(2, 2), Drop())
        after = (*LOGIN_AGAIN, get(1, 1), get(2, 2), say(1, 1), get(3, 3), say(2, 2), get(4, 4), say(3, 3), say(4, 4))
        async with linked(before, after, window=2) as link:
            assert found(await link.read_all(asked(1, 2, 3, 4), CONFIG)) == [1, 2, 3, 4]

    async def test_several_readers_share_one_new_login(self) -> None:
        async def answer(socket: ServerConnection) -> None:
            for _ in range(3):
                request = json.loads(await socket.recv())
                await socket.send(say(request["src"], request["id"]).frame)

        before = (*LOGIN, *(get(src, src) for src in (1, 2, 3)), Drop())
        async with linked(before, (*LOGIN_AGAIN, Do(answer))) as link:
            answers = await asyncio.gather(*(link.read_all(asked(number), CONFIG) for number in (1, 2, 3)))
        assert [found(one) for one in answers] == [[1], [2], [3]]

    async def test_lost_in_a_pause(self) -> None:
        async with linked((*LOGIN, Close(1001, "restart")), (*LOGIN_AGAIN, get(1, 7), say(1, 7))) as link:
            await asyncio.sleep(0.05)
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    @pytest.mark.parametrize("end", [Drop(), Close(1011, "oops")])
    async def test_lost_again_and_again(self, end: Step) -> None:
        again = (*LOGIN_AGAIN, get(1, 7), end)
        async with linked((*LOGIN, get(1, 7), end), again, again, again) as link:
            exc = await read_failure(link)
            later = await read_failure(link)  # it stays so
        assert type(exc) is ConnectionLost
        how = " (code 1011 oops)" if isinstance(end, Close) else ""
        assert told(exc) == f"{LOST} GetDeviceConfig{how}{IN_VAIN}{WHAT_NOW}"
        assert str(later) == str(exc)

    async def test_lost_again_and_again_at_the_login(self) -> None:
        again = (Get(APP_CHALLENGE), Drop())
        async with linked((*LOGIN, get(1, 7), Drop()), again, again, again) as link:
            exc = await read_failure(link)
        assert (
            told(exc) == f"{LOST} GetDeviceConfig{IN_VAIN}, at last: the connection was lost during the login{WHAT_NOW}"
        )

    async def test_waits_longer_each_time_and_then_equally_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(link_module, "BACKOFF", (0.05, 0.1, 0.2))
        again = (*LOGIN_AGAIN, get(1, 7), Drop())
        last = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked((*LOGIN, get(1, 7), Drop()), again, again, again, last, reconnect_for=30) as link:
            started = asyncio.get_running_loop().time()
            await link.read_all(asked(7), CONFIG)
        assert 0.55 <= asyncio.get_running_loop().time() - started < 5

    def test_backoff(self) -> None:
        assert BACKOFF == [0.2, 0.5, 1.0, 2.0, 4.0]

    async def test_never_where_nobody_wants_it(self) -> None:
        async with linked((*LOGIN, get(1, 7), Drop()), reconnect_for=0) as link:
            exc = await read_failure(link)
            not_sent = await write_failure(link, writing())
        assert type(exc) is ConnectionLost
        assert str(exc) == str(not_sent) == f"{LOST} GetDeviceConfig{WHAT_NOW}"
        assert type(not_sent) is NotSent

    @pytest.mark.parametrize("status", [502, 503])
    async def test_a_proxy_whose_service_is_still_down(self, status: int) -> None:
        down = (NoUpgrade(status),)
        async with linked((*LOGIN, get(1, 7), Drop()), down, down, (*LOGIN_AGAIN, get(1, 7), say(1, 7))) as link:
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    async def test_a_pause_before_the_request_does_not_count(self) -> None:
        """Nobody tried to reconnect while nobody asked for anything."""
        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked((*LOGIN, Drop()), after, reconnect_for=0.2) as link:
            await asyncio.sleep(0.4)
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    async def test_every_answer_starts_the_count_anew(self) -> None:
        """Ten configs, and a server that gives one a connection: slow, but it ends well."""
        scripts: list[Script] = []
        for first in range(10):
            login = LOGIN if first == 0 else LOGIN_AGAIN
            gets = [get(number - first + 1, number) for number in range(first, 10)]
            scripts.append((*login, *gets, say(1, first), Drop()))
        async with linked(*scripts) as link:
            assert found(await link.read_all(asked(*range(10)), CONFIG)) == list(range(10))

    async def test_a_request_that_kills_the_server(self) -> None:
        """The others are answered; this one is given up."""
        before = (*LOGIN, get(1, 1), get(2, 666), get(3, 3), say(1, 1), say(3, 3), Drop())
        again = (*LOGIN_AGAIN, get(1, 666), Drop())
        async with linked(before, again, again, again) as link:
            assert type(await read_failure(link, 1, 666, 3)) is ConnectionLost

    async def test_a_login_that_is_refused_now(self) -> None:
        refused = (*CHALLENGED, Say('{"mt":"AppLoginResult","ok":false}'))
        async with linked((*LOGIN, get(1, 7), Drop()), refused) as link:
            assert type(await read_failure(link)) is LoginRefused
            assert type(await read_failure(link)) is LoginRefused  # without another try: it might lock the account
            assert type(await write_failure(link, writing())) is NotSent

    async def test_a_server_that_is_gone(self) -> None:
        async with linked((*LOGIN, get(1, 7), Do(stop_listening), Drop())) as link:
            exc = await read_failure(link)
        assert type(exc) is ConnectionLost
        assert told(exc) == f"{LOST} GetDeviceConfig{IN_VAIN}, at last: the connection was refused{WHAT_NOW}"

    async def test_one_that_comes_back_late(self) -> None:
        again = (Get(APP_CHALLENGE), Drop())
        async with linked((*LOGIN, get(1, 7), Drop()), again, again, (*LOGIN_AGAIN, get(1, 7), say(1, 7))) as link:
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    async def test_closing_ends_it(self) -> None:
        """A read that outlives the link fails, and opens no connection that nobody would close."""
        async with scripted((*LOGIN, get(1, 7))) as server:
            async with open_link(server.endpoint()) as link:
                reading = asyncio.create_task(link.read_all(asked(7), CONFIG))
                await asyncio.sleep(0.05)
            with pytest.raises(ConnectionLost) as caught:
                await reading
        assert str(caught.value) == f"{SHOWN}: the connection was closed"

    @pytest.mark.parametrize("script", [None, (Get(APP_CHALLENGE), Pause(0.2))], ids=["waiting", "logging in"])
    async def test_closing_ends_it_while_it_reconnects(
        self, monkeypatch: pytest.MonkeyPatch, script: Script | None
    ) -> None:
        monkeypatch.setattr(link_module, "BACKOFF", (0.01 if script else 0.2,))
        scripts = [(*LOGIN, get(1, 7), Drop())] + ([(*LOGIN_AGAIN[:1], Pause(0.1), *LOGIN_AGAIN[1:])] if script else [])
        async with scripted(*scripts) as server:
            async with open_link(server.endpoint()) as link:
                reading = asyncio.create_task(link.read_all(asked(7), CONFIG))
                await asyncio.sleep(0.1)
            with pytest.raises(ConnectionLost):
                await reading


@pytest.mark.usefixtures("quick")
class TestRenewing:
    """A connection on which nothing is heard any more is given up for another."""

    async def test_the_next_request_opens_another(self) -> None:
        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked((*LOGIN, get(1, 7)), after, timeout=0.5) as link:
            assert type(await read_failure(link)) is SilentServer
            await link.renew()
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    async def test_for_all_who_saw_the_same_silence_once(self) -> None:
        """Also for the one who comes late, when the next connection is at work already."""

        async def answer(socket: ServerConnection) -> None:
            for _ in range(4):
                request = json.loads(await socket.recv())
                await socket.send(say(request["src"], request["id"]).frame)

        gets = [get(src, src) for src in (1, 2, 3)]
        async with linked((*LOGIN, *gets), (*LOGIN_AGAIN, Do(answer)), timeout=5) as link:

            async def again(number: int) -> list[int]:
                assert type(await read_failure(link, number)) is SilentServer
                await asyncio.sleep(number)
                await link.renew()
                return found(await link.read_all(asked(number), CONFIG))

            assert await asyncio.gather(*(again(number) for number in (1, 2, 3))) == [[1], [2], [3]]
            await link.renew()
            assert found(await link.read_all(asked(4), CONFIG)) == [4]

    async def test_what_is_under_way(self) -> None:
        """A read is asked again by itself; a write is lost, and never sent again."""
        before = (*LOGIN, get(1, 1), Get(write_frame(2)), get(3, 3))
        after = (*LOGIN_AGAIN, get(1, 3), say(1, 3))
        async with linked(before, after, timeout=0.6) as link:
            silent = asyncio.create_task(read_failure(link, 1))
            await asyncio.sleep(0.3)
            writing_it = asyncio.create_task(write_failure(link, writing()))
            await asyncio.sleep(0)
            reading = asyncio.create_task(link.read_all(asked(3), CONFIG))
            assert type(await silent) is SilentServer
            await link.renew()
            lost = await writing_it
            assert found(await reading) == [3]
        assert type(lost) is ConnectionLost
        assert str(lost) == f"{SHOWN}: the connection was given up, since nothing was heard on it; try again"

    async def test_a_server_that_takes_nothing_more(self) -> None:
        """It reads no longer, so that a request is stuck on its way."""
        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked((*LOGIN, Deaf()), after, timeout=0.5) as link:
            with pytest.raises(SilentServer):
                await link.read_all([{"mt": "GetDeviceConfig", "id": "x" * (32 << 20)}], CONFIG)
            await link.renew()
            assert found(await link.read_all(asked(7), CONFIG)) == [7]

    async def test_one_that_is_well_stays(self) -> None:
        async with linked((*LOGIN, get(1, 1), say(1, 1), get(2, 2), say(2, 2))) as link:
            await link.read_all(asked(1), CONFIG)
            await link.renew()
            assert found(await link.read_all(asked(2), CONFIG)) == [2]

    async def test_nothing_after_the_end(self) -> None:
        async with linked((*LOGIN, get(1, 7)), timeout=0.3) as link:
            await read_failure(link)
            await link.close()
            await link.renew()
            assert (await read_failure(link)).what == "the connection was closed"

    async def test_the_time_for_reconnecting_starts_anew(self) -> None:
        """The silence that led here took longer than that."""
        before, silent = (*LOGIN, get(1, 7), Drop()), (*LOGIN_AGAIN, get(1, 7))
        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked(before, silent, after, timeout=0.6, reconnect_for=0.4) as link:
            assert type(await read_failure(link)) is SilentServer
            await link.renew()
            assert found(await link.read_all(asked(7), CONFIG)) == [7]


async def half_farewell(socket: ServerConnection) -> None:
    """A closing frame, and the connection stays open until the client has enough."""
    socket.transport.pause_reading()
    socket.transport.write(b"\x88\x02\x03\xe9")
    await socket.wait_closed()


async def stop_listening(socket: ServerConnection) -> None:
    socket.server.close(close_connections=False)


class TestCancelling:
    """Somebody waits no longer."""

    async def test_the_answer_is_nobodys_and_its_place_is_free_again(self) -> None:
        script = (*LOGIN, get(1, 1), Pause(0.15), say(1, 1), get(2, 2), say(2, 2))
        async with linked(script, window=1) as link:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(link.read_all(asked(1), CONFIG), 0.1)
            assert found(await link.read_all(asked(2), CONFIG)) == [2]

    async def test_an_unanswered_one_gives_its_place_back_at_its_deadline(self) -> None:
        async with linked((*LOGIN, get(1, 1), get(2, 2), say(2, 2)), window=1, timeout=0.3) as link:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(link.read_all(asked(1), CONFIG), 0.1)
            assert found(await link.read_all(asked(2), CONFIG)) == [2]

    async def test_a_write(self) -> None:
        script = (*LOGIN, Get(write_frame(1)), Pause(0.15), Say(DONE.format(1)), get(2, 2), say(2, 2))
        async with linked(script, window=1) as link:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(link.write(writing(), EDIT), 0.1)
            assert found(await link.read_all(asked(2), CONFIG)) == [2]

    async def test_while_reconnecting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(link_module, "BACKOFF", (0.1, 0.1))
        async with linked((*LOGIN, Drop()), (*LOGIN_AGAIN, get(1, 2), say(1, 2))) as link:
            await asyncio.sleep(0.05)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(link.read_all(asked(1), CONFIG), 0.05)
            assert found(await link.read_all(asked(2), CONFIG)) == [2]


EDIT = Expect("EditDeviceConfigResult")
DONE = '{{"mt":"EditDeviceConfigResult","src":"{}","id":7}}'


def write_frame(src: int) -> str:
    return f'{{"mt":"EditDeviceConfig","id":7,"src":"{src}"}}'


def piece_frame(src: int, value: str) -> str:
    return f'{{"mt":"SetDeviceConfigValue","name":"script","value":"{value}","src":"{src}"}}'


def writing(*values: str, keys: list[str] | None = None) -> Build:
    """A write with these pieces; `keys` notes what it was built with."""

    def build(key: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        if keys is not None:
            keys.append(key)
        pieces = [{"mt": "SetDeviceConfigValue", "name": "script", "value": value} for value in values]
        return {"mt": "EditDeviceConfig", "id": 7}, pieces

    return build


async def write_failure(link: Link, build: Build, expect: Expect | None = EDIT) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await link.write(build, expect)
    return caught.value


@pytest.mark.usefixtures("quick")
class TestWrites:
    """Sent once, whatever happens."""

    async def test_with_its_pieces_under_one_src(self) -> None:
        frames = [Get(piece_frame(1, "a")), Get(piece_frame(1, "b")), Get(write_frame(1))]
        keys: list[str] = []
        async with linked((*LOGIN, *frames, Say(DONE.format(1)))) as link:
            answer = await link.write(writing("a", "b", keys=keys), EDIT)
        assert answer is not None
        assert (answer.reply.message["id"], keys) == (7, [KEY])

    async def test_with_no_reply_to_wait_for(self) -> None:
        frames: Script = [Get(piece_frame(1, "a")), Get(write_frame(1)), get(2, 7), say(2, 7)]
        async with linked((*LOGIN, *frames)) as link:
            assert await link.write(writing("a"), None) is None
            await link.read_all(asked(7), CONFIG)

    @pytest.mark.parametrize("end, how", [(Drop(), ""), (Close(1011, "oops"), " (code 1011 oops)")])
    async def test_never_sent_again(self, end: Step, how: str) -> None:
        """What became of it is found out by reading, on a new login."""
        keys: list[str] = []
        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7), Get(write_frame(2)), Say(DONE.format(2)))
        async with linked((*LOGIN, Get(write_frame(1)), end), after) as link:
            exc = await write_failure(link, writing(keys=keys))
            assert found(await link.read_all(asked(7), CONFIG)) == [7]
            await link.write(writing(keys=keys), EDIT)
        assert type(exc) is ConnectionLost
        assert str(exc) == f"{LOST} EditDeviceConfig{how}; try again"
        assert keys == [KEY, KEY_AGAIN]

    async def test_silence(self) -> None:
        async with linked((*LOGIN, Get(write_frame(1))), timeout=0.2) as link:
            exc = await write_failure(link, writing())
        assert type(exc) is SilentServer
        assert str(exc) == (
            f"{SHOWN}: no answer to EditDeviceConfig within 0.2 s; try again, or give it more time with --timeout"
        )

    @pytest.mark.parametrize("expect", [EDIT, None])
    async def test_on_a_connection_that_is_lost_already(self, expect: Expect | None) -> None:
        """Nothing was sent yet, so another connection is opened, and the write is encrypted for that one."""
        frames = (Get(piece_frame(1, "a")), Get(write_frame(1)))
        keys: list[str] = []
        async with linked((*LOGIN, Drop()), (*LOGIN_AGAIN, *frames, Say(DONE.format(1)))) as link:
            await asyncio.sleep(0.05)
            await link.write(writing("a", keys=keys), expect)
            await asyncio.sleep(0.05)
        assert keys == [KEY_AGAIN]

    async def test_while_the_other_side_says_farewell(self) -> None:
        """Its closing frame is here, the end of the connection is not: a frame would go nowhere."""
        async with linked(
            (*LOGIN, Do(half_farewell)), (*LOGIN_AGAIN, Get(write_frame(1)), Say(DONE.format(1)))
        ) as link:
            await asyncio.sleep(0.05)
            assert link._connection.failure is None
            answer = await link.write(writing(), EDIT)
        assert answer is not None
        assert answer.key == KEY_AGAIN

    async def test_not_sent(self) -> None:
        """It is certain that nothing of it arrived, whatever the reason."""
        keys: list[str] = []
        async with linked((*LOGIN, Do(stop_listening), Drop())) as link:
            await asyncio.sleep(0.05)
            exc = await write_failure(link, writing("a", keys=keys))
        assert type(exc) is NotSent
        assert told(exc) == f"{LOST} a pause{IN_VAIN}, at last: the connection was refused{WHAT_NOW}"
        assert keys == []

    async def test_not_sent_after_the_end(self) -> None:
        async with linked(LOGIN) as link:
            await link.close()
            exc = await write_failure(link, writing())
        assert type(exc) is NotSent
        assert exc.what == "the connection was closed"

    async def test_lost_between_its_pieces(self) -> None:
        """The first was sent, so neither is the rest on another connection, nor may it be called not sent."""

        async def drop(socket: ServerConnection) -> None:
            socket.transport.abort()

        after = (*LOGIN_AGAIN, get(1, 7), say(1, 7))
        async with linked((*LOGIN, Get(piece_frame(1, "a")), Do(drop)), after) as link:
            send = link._connection._send

            async def slowly(frame: str) -> None:
                await send(frame)
                await asyncio.sleep(0.05)

            link._connection._send = slowly  # type: ignore[method-assign]
            exc = await write_failure(link, writing("a", "b"))
            await link.read_all(asked(7), CONFIG)
        assert type(exc) is ConnectionLost

    @pytest.mark.parametrize("lost_at", [0, 1, 2])
    async def test_lost_while_it_is_sent(self, monkeypatch: pytest.MonkeyPatch, lost_at: int) -> None:
        """Also where no reply would be awaited."""
        sent: list[Any] = []

        async def send(_self: ClientConnection, frame: str) -> None:
            if len(sent) == lost_at:
                raise ConnectionClosedError(None, None)
            sent.append(frame)

        async with linked(LOGIN) as link:
            monkeypatch.setattr(ClientConnection, "send", send)
            exc = await write_failure(link, writing("a", "b"), None)
        assert type(exc) is ConnectionLost
        assert len(sent) == lost_at

    async def test_one_at_a_time_by_type(self) -> None:
        """Where the service does not echo `src`; others are not held up."""
        by_type = Expect("EditDeviceConfigResult", by_src=False)
        done = '{"mt":"EditDeviceConfigResult","id":%d}'
        script = (
            *LOGIN,
            Get(write_frame(1)),
            get(2, 1),
            Pause(0.05),
            say(2, 1),
            Say(done % 1),
            Get(write_frame(3)),
            Pause(0.05),
            Say(done % 2),
        )
        async with linked(script) as link:
            first, second, read = await asyncio.gather(
                link.write(writing(), by_type), link.write(writing(), by_type), link.read_all(asked(1), CONFIG)
            )
        assert first is not None
        assert second is not None
        assert (first.reply.message["id"], second.reply.message["id"]) == (1, 2)
        assert found(read) == [1]

    async def test_a_late_answer_is_not_the_next_ones(self) -> None:
        """By type alone the two could not be told apart, so after silence nothing more is sent on that connection."""
        by_type = Expect("EditDeviceConfigResult", by_src=False)
        after = (*LOGIN_AGAIN, Get(write_frame(1)), Say('{"mt":"EditDeviceConfigResult","id":3}'))
        async with linked((*LOGIN, Get(write_frame(1))), after, timeout=0.5) as link:
            first, second = await asyncio.gather(
                link.write(writing(), by_type), link.write(writing(), by_type), return_exceptions=True
            )
        assert type(first) is SilentServer
        assert isinstance(second, Answer)
        assert (second.reply.message["id"], second.key) == (3, KEY_AGAIN)

    async def test_many_at_once_by_src(self) -> None:
        script = (*LOGIN, *(Get(write_frame(src)) for src in (1, 2, 3)), *(Say(DONE.format(src)) for src in (3, 1, 2)))
        async with linked(script) as link:
            answers = await asyncio.gather(*(link.write(writing(), EDIT) for _ in range(3)))
        assert [answer.reply.src for answer in answers if answer] == ["1", "2", "3"]

    async def test_what_cannot_be_built_takes_no_place(self) -> None:
        def build(_key: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
            raise ValueError("no words")

        async with linked((*LOGIN, get(1, 1), say(1, 1)), window=1) as link:
            for _ in range(3):
                with pytest.raises(ValueError, match="no words"):
                    await link.write(build, EDIT)
            assert found(await link.read_all(asked(1), CONFIG)) == [1]
