"""One connection: the login, replies, and everything that a server may do instead."""

import asyncio
import itertools
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from syncer.errors import (
    BrokenMessage,
    ConnectionLost,
    LoginRefused,
    ServerError,
    SilentServer,
)
from syncer.transport.connection import Answer, Connection, Outcome
from syncer.transport.dial import Endpoint
from syncer.transport.link import open_link
from syncer.wire import session
from syncer.wire.session import Expect, Limits
from tests.transport.scripted import (
    APP_CHALLENGE,
    CHALLENGED,
    KEY,
    LOGIN,
    PASSWORD,
    PATH,
    SHOWN,
    Close,
    Deaf,
    Do,
    Drop,
    Get,
    Pause,
    Raw,
    Say,
    Script,
    Step,
    challenge,
    deaf_login,
    endpoint_at,
    plain_server,
    scripted,
)

INFO = Expect("GetUserInfoResult")
ASK = Get('{"mt":"GetUserInfo","src":"1"}')
HINT = "what answers there may be no Devices service, or a newer one"


def told(exc: ServerError) -> str:
    """What a person reads: one line, without the password."""
    assert "\n" not in str(exc)
    assert PASSWORD not in f"{exc} {exc!r} {vars(exc)}"
    assert (exc.server, exc.exit_code) == (SHOWN, 1)
    return str(exc)


async def login_failure(endpoint: Endpoint) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await Connection.open(endpoint)
    return caught.value


async def read_failure(endpoint: Endpoint) -> ServerError:
    """What a read fails with that is asked once."""
    connection = await Connection.open(endpoint)
    try:
        outcome = await ask(connection)
    finally:
        await connection.close()
    assert isinstance(outcome, ServerError), outcome
    return outcome


async def ask(connection: Connection, mt: str = "GetUserInfo") -> Outcome:
    answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    await connection.submit({"mt": mt}, INFO, answered.set_result)
    return await answered


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


class TestLogin:
    """What may come instead of a login."""

    async def test_to_the_letter(self) -> None:
        async with scripted(LOGIN) as server:
            connection = await Connection.open(server.endpoint())
            assert connection.key == KEY
            await connection.close()

    async def test_something_else_meanwhile(self) -> None:
        event = Say('{"mt":"PbxInfo","domain":"example.com"}')
        script = (Get(APP_CHALLENGE), event, *CHALLENGED[1:], event, Say('{"mt":"AppLoginResult","ok":true,"x":1}'))
        async with scripted(script) as server:
            connection = await Connection.open(server.endpoint())
            assert connection.key == KEY
            await connection.close()

    @pytest.mark.parametrize(
        "result, reason",
        [
            ("", ""),
            (',"ok":false', ""),
            (',"ok":false,"errorText":"wrong\\u001b[31m\\ndigest","error":3', " (wrong\\x1b[31m\\ndigest)"),
            (',"error":3', " (3)"),
        ],
    )
    async def test_refused(self, result: str, reason: str) -> None:
        async with scripted((*CHALLENGED, Say(f'{{"mt":"AppLoginResult"{result}}}'))) as server:
            exc = await login_failure(server.endpoint())
        assert type(exc) is LoginRefused
        assert told(exc) == (
            f"{SHOWN}: the login to innovaphone-devices-api of example.com was refused{reason}; "
            "check the password, and app and domain in syncer.yaml"
        )

    @pytest.mark.parametrize("script", [CHALLENGED[:1], CHALLENGED], ids=["no challenge", "no result"])
    async def test_never_answered(self, script: Script) -> None:
        async with scripted(script) as server:
            exc = await login_failure(server.endpoint(timeout=0.2))
        assert type(exc) is SilentServer
        assert told(exc) == f"{SHOWN}: the login was not answered within 0.2 s; check that the url names a Devices app"

    async def test_drowned_in_events(self) -> None:
        async def chatter(socket: ServerConnection) -> None:
            while True:
                await socket.send('{"mt":"DeviceUpdate"}')
                await asyncio.sleep(0.001)

        async with scripted((*CHALLENGED, Do(chatter))) as server:
            exc = await login_failure(server.endpoint(timeout=0.2))
        assert type(exc) is SilentServer

    @pytest.mark.parametrize("script", [(), CHALLENGED], ids=["at once", "after the challenge"])
    @pytest.mark.parametrize(
        "end, how",
        [
            (Close(), " (code 1000)"),
            (Close(4001, "no such app\x1b[2J"), " (code 4001 no such app\\x1b[2J)"),
            (Close(1009, "too big"), " (code 1009 too big)"),
            (Drop(), ""),
        ],
    )
    async def test_closed(self, script: Script, end: Step, how: str) -> None:
        async with scripted((*script, end)) as server:
            exc = await login_failure(server.endpoint())
        assert type(exc) is ConnectionLost
        assert told(exc) == f"{SHOWN}: the connection was lost during the login{how}; try again"

    @pytest.mark.parametrize(
        "step, what",
        [
            (Say("AppChallengeResult"), f"a broken message came during the login: not JSON; {HINT}"),
            (Say(b"{}"), f"a broken message came during the login: a binary frame; {HINT}"),
            (Say("[" * 60_000), f"a broken message came during the login: nested too deeply; {HINT}"),
            (
                Say(challenge("")),
                f"a broken message came during the login: AppChallengeResult has no usable challenge; {HINT}",
            ),
            (Say("x" * 70_000), "a message of more than 65536 bytes came during the login"),
            (Raw(b"\x81\x01\xff"), "what came during the login is no websocket message"),
            (Raw(b"\xf1\x00"), "what came during the login is no websocket message"),
        ],
        ids=["no JSON", "binary", "deep", "no challenge", "too large", "no UTF-8", "no frame"],
    )
    async def test_broken(self, step: Step, what: str) -> None:
        async with scripted((Get(APP_CHALLENGE), step)) as server:
            exc = await login_failure(server.endpoint(limits=Limits(frame_bytes=65536), timeout=1))
        assert type(exc) is BrokenMessage
        assert told(exc) == f"{SHOWN}: {what}"

    async def test_cancelled(self) -> None:
        async with scripted(CHALLENGED) as server:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await Connection.open(server.endpoint())


class TestReplies:
    """What may come instead of a reply."""

    async def test_answered(self) -> None:
        reply = '{"mt":"GetUserInfoResult","src":"1","admin":true}'
        async with scripted((*LOGIN, ASK, Say('{"mt":"DeviceUpdate"}'), Say(reply))) as server:
            connection = await Connection.open(server.endpoint())
            answer = await ask(connection)
            await connection.close()
        assert isinstance(answer, Answer)
        assert (answer.key, answer.reply.message["admin"], answer.reply.error) == (KEY, True, None)

    async def test_an_error_is_an_answer(self) -> None:
        async with scripted((*LOGIN, ASK, Say('{"mt":"GetUserInfoResult","src":"1","error":"no right"}'))) as server:
            connection = await Connection.open(server.endpoint())
            answer = await ask(connection)
            await connection.close()
        assert isinstance(answer, Answer)
        assert answer.reply.error == "no right"

    async def test_silence(self) -> None:
        async with scripted((*LOGIN, ASK)) as server:
            exc = await read_failure(server.endpoint(timeout=0.2))
        assert type(exc) is SilentServer
        assert told(exc) == (
            f"{SHOWN}: no answer to GetUserInfo within 0.2 s; try again, or give it more time with --timeout"
        )

    async def test_too_late(self) -> None:
        """The connection lives on, and a late answer is nobody's."""
        late = '{"mt":"GetUserInfoResult","src":"1","admin":false}'
        right = '{"mt":"GetUserInfoResult","src":"2","admin":true}'
        again = Get('{"mt":"GetUserInfo","src":"2"}')
        async with scripted((*LOGIN, ASK, Pause(0.35), Say(late), again, Say(right))) as server:
            notices: list[Any] = []
            connection = await Connection.open(server.endpoint(timeout=0.2), notices.append)
            assert isinstance(await ask(connection), SilentServer)
            await asyncio.sleep(0.1)
            answer = await ask(connection)
            await connection.close()
        assert isinstance(answer, Answer)
        assert answer.reply.message["admin"] is True
        assert [notice["admin"] for notice in notices] == [False]

    @pytest.mark.parametrize(
        "end, how",
        [(Close(), " (code 1000)"), (Close(1011, "oops\n"), " (code 1011 oops\\n)"), (Drop(), "")],
    )
    async def test_closed(self, end: Step, how: str) -> None:
        async with scripted((*LOGIN, ASK, end)) as server:
            exc = await read_failure(server.endpoint())
        assert type(exc) is ConnectionLost
        assert told(exc) == f"{SHOWN}: the connection was lost during GetUserInfo{how}; try again"

    @pytest.mark.parametrize(
        "frame, why",
        [
            ("{", "not JSON"),
            ('{"mt":"GetUserInfoResult","src":"1","admin":NaN}', "NaN is not JSON"),
            ('["GetUserInfoResult"]', "not a JSON object"),
            ('{"src":"1"}', "an object without a message type"),
            (b'{"mt":"GetUserInfoResult","src":"1"}', "a binary frame"),
            ('{"mt":"GetUserInfoResult","src":"1","x":' + "[" * 100_000, "nested too deeply"),
            ('{"x":' * 100_000, "nested too deeply"),
        ],
        ids=["torn", "NaN", "list", "no mt", "binary", "deep lists", "deep objects"],
    )
    async def test_broken(self, frame: str | bytes, why: str) -> None:
        async with scripted((*LOGIN, ASK, Say(frame))) as server:
            exc = await read_failure(server.endpoint())
        assert type(exc) is BrokenMessage
        assert told(exc) == f"{SHOWN}: a broken message came during GetUserInfo: {why}; {HINT}"

    async def test_broken_while_nothing_is_asked(self) -> None:
        async with scripted((*LOGIN, Say("{"))) as server:
            connection = await Connection.open(server.endpoint())
            await asyncio.sleep(0.1)
            exc = await ask(connection)
            await connection.close()
        assert type(exc) is BrokenMessage
        assert told(exc) == f"{SHOWN}: a broken message came during a pause: not JSON; {HINT}"

    @pytest.mark.parametrize("data", [b"\x81\x01\xff", b"\xf1\x00", b"\x81\x81\0\0\0\0x", b"HTTP/1.1 200 OK\r\n" * 10])
    async def test_no_websocket_message(self, data: bytes) -> None:
        async with scripted((*LOGIN, ASK, Raw(data))) as server:
            exc = await read_failure(server.endpoint())
        assert type(exc) is BrokenMessage
        assert told(exc) == f"{SHOWN}: what came during GetUserInfo is no websocket message"

    async def test_an_exception_of_whoever_waits_leaves_nobody_waiting(self) -> None:
        """It comes out at the end; until then nobody hangs until a deadline."""
        script = (*LOGIN, ASK, Say('{"mt":"DeviceUpdate"}'))

        def fail(_notice: object) -> None:
            raise OSError("the terminal is gone")

        async with scripted(script) as server:
            connection = await Connection.open(server.endpoint(), fail)
            exc = await ask(connection)
            assert type(exc) is ConnectionLost
            with pytest.raises(OSError, match="the terminal is gone"):
                await connection.close()
            assert connection._socket.transport.is_closing()


def frame(size: int, *, final: bool = True, first: bool = True) -> bytes:
    """The head of a text frame of a server, RFC 6455 section 5.2."""
    opcode = (0x80 if final else 0) | (1 if first else 0)
    if size < 126:
        return bytes((opcode, size))
    return bytes((opcode, 127)) + size.to_bytes(8, "big")


class TestTooMuch:
    """A message larger than syncer accepts: told quickly, in bounded memory."""

    TOLD = f"{SHOWN}: a message of more than 1048576 bytes came during GetUserInfo"

    async def failure(self, *steps: Step) -> ServerError:
        started = asyncio.get_running_loop().time()
        with little_memory():
            async with scripted((*LOGIN, ASK, *steps)) as server:
                exc = await read_failure(server.endpoint(timeout=30))
        assert asyncio.get_running_loop().time() - started < 4
        return exc

    async def test_just_over_the_cap(self) -> None:
        exc = await self.failure(Say("x" * ((1 << 20) + 1)))
        assert type(exc) is BrokenMessage
        assert told(exc) == self.TOLD

    async def test_just_within_the_cap(self) -> None:
        reply = '{"mt":"GetUserInfoResult","src":"1","x":"'
        reply += "x" * ((1 << 20) - len(reply) - 2) + '"}'
        async with scripted((*LOGIN, ASK, Say(reply))) as server:
            connection = await Connection.open(server.endpoint())
            assert isinstance(await ask(connection), Answer)
            await connection.close()

    @pytest.mark.parametrize("size", [100 << 20, 1 << 62])
    async def test_announced_and_sent(self, size: int) -> None:
        exc = await self.failure(Raw(frame(size)), Raw(b"x" * (1 << 20), times=100))
        assert told(exc) == self.TOLD

    @pytest.mark.parametrize("head", [frame(100 << 20), frame(65536, final=False), b"\xf1\x00"])
    async def test_from_a_server_that_hears_no_farewell(self, head: bytes) -> None:
        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await deaf_login(reader, writer)
            writer.write(head)
            while not writer.is_closing():
                writer.write(b"\x00" * 65536)
                await writer.drain()

        started = asyncio.get_running_loop().time()
        with little_memory():
            async with plain_server(pour) as port:
                exc = await read_failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}", timeout=30))
        assert asyncio.get_running_loop().time() - started < 6
        assert type(exc) is BrokenMessage

    async def test_announced_and_not_sent(self) -> None:
        exc = await self.failure(Raw(frame(100 << 20)))
        assert told(exc) == self.TOLD

    async def test_in_fragments_without_end(self) -> None:
        piece = b"x" * 65536
        head, more = frame(65536, final=False), frame(65536, final=False, first=False)
        exc = await self.failure(Raw(head + piece), Raw(more + piece, times=1000))
        assert told(exc) == self.TOLD

    async def test_in_empty_fragments_without_end(self) -> None:
        more = frame(0, final=False, first=False)
        exc = await self.failure(Raw(frame(0, final=False)), Raw(more * 10_000, times=1000))
        assert told(exc) == self.TOLD

    async def test_a_list_without_end(self) -> None:
        async def list_on(socket: ServerConnection) -> None:
            for _ in itertools.count():
                await socket.send('{"mt":"GetDomainsResult","src":"1","domains":[' + "0," * 999 + "0]}")

        script = (*LOGIN, Get('{"mt":"GetDomains","src":"1"}'), Do(list_on))
        async with scripted(script) as server:
            endpoint = server.endpoint(limits=Limits(list_items=50_000))
            async with open_link(endpoint) as link:
                with pytest.raises(BrokenMessage) as caught:
                    await link.read({"mt": "GetDomains"}, Expect("GetDomainsResult", items="domains"))
        assert told(caught.value) == (
            f"{SHOWN}: a broken message came during GetDomains: the list of GetDomainsResult does not end; {HINT}"
        )

    async def test_a_flood_of_empty_pieces(self) -> None:
        async def pour(socket: ServerConnection) -> None:
            for _ in itertools.count():
                await socket.send('{"mt":"GetDeviceConfigValueResult","src":"1","name":"script","value":""}')

        script = (*LOGIN, Get('{"mt":"GetDeviceConfig","id":7,"src":"1"}'), Do(pour))
        expect = Expect("GetDeviceConfigResult", pieces="GetDeviceConfigValueResult")
        async with scripted(script) as server:
            endpoint = server.endpoint(limits=Limits(value_characters=100_000))
            async with open_link(endpoint) as link:
                with pytest.raises(BrokenMessage) as caught:
                    await link.read({"mt": "GetDeviceConfig", "id": 7}, expect)
        assert told(caught.value) == (
            f"{SHOWN}: a broken message came during GetDeviceConfig: "
            f"the pieces of GetDeviceConfigValueResult are larger than syncer accepts; {HINT}"
        )


class TestSending:
    """A server that takes nothing, or is gone."""

    @staticmethod
    async def post(connection: Connection, count: int = 2000) -> None:
        for _ in range(count):
            await connection.post({"mt": "SetDeviceConfigValue", "value": "x" * 60_000})

    async def test_one_that_takes_nothing_more(self) -> None:
        """No ping and no reply's deadline would ever tell."""
        async with scripted((*LOGIN, Deaf())) as server:
            connection = await Connection.open(server.endpoint(timeout=0.5))
            started = asyncio.get_running_loop().time()
            with pytest.raises(SilentServer) as caught:
                await self.post(connection)
            assert asyncio.get_running_loop().time() - started < 4
            await connection.close()
        assert told(caught.value) == (
            f"{SHOWN}: it took nothing more for 0.5 s, during a pause; try again, or give it more time with --timeout"
        )

    async def test_closing_what_takes_nothing_more(self) -> None:
        async with scripted((*LOGIN, Deaf())) as server:
            connection = await Connection.open(server.endpoint(timeout=30))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(self.post(connection), 0.5)
            started = asyncio.get_running_loop().time()
            await connection.close()
            assert asyncio.get_running_loop().time() - started < 2

    async def test_cancelled_while_closing(self) -> None:
        """It is not swallowed, and the socket is not left open."""
        async with scripted((*LOGIN, Deaf())) as server:
            connection = await Connection.open(server.endpoint(timeout=30))
            closing = asyncio.create_task(connection.close())
            await asyncio.sleep(0.05)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            assert connection._socket.transport.is_closing()
            await connection.close()

    async def test_a_slow_one_is_not_taken_for_deaf(self) -> None:
        """Each frame gets its time, not all of them together."""
        count = 100

        async def read_slowly(socket: ServerConnection) -> None:
            for _ in range(count):
                await asyncio.sleep(0.01)
                assert len(await socket.recv()) > 60_000

        async with scripted((*LOGIN, Do(read_slowly))) as server:
            connection = await Connection.open(server.endpoint(timeout=0.4))
            await self.post(connection, count)
            await asyncio.sleep(1.2)
            assert connection.failure is None
            await connection.close()

    async def test_what_was_lost_while_it_was_sent_is_told(self) -> None:
        """Where no reply is awaited, nothing else would tell."""
        async with scripted((*LOGIN, Drop())) as server:
            connection = await Connection.open(server.endpoint())
            await connection._socket.wait_closed()  # and the reader has not run since
            with pytest.raises(ConnectionLost) as caught:
                await self.post(connection, 1)
            with pytest.raises(ConnectionLost):
                await self.post(connection, 1)
            assert isinstance(await ask(connection), ConnectionLost)
            await connection.close()
        assert told(caught.value) == f"{SHOWN}: the connection was lost during a pause; try again"

    async def test_replies_that_are_read_after_sending_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They were buffered when the connection was lost; who waited for them was told so already."""
        replies = [Say(f'{{"mt":"GetUserInfoResult","src":"{src}"}}') for src in (1, 2)]
        asks = [Get(f'{{"mt":"GetUserInfo","src":"{src}"}}') for src in (1, 2)]
        goes_on = asyncio.Event()
        receive = ClientConnection.recv

        async def receive_later(self: ClientConnection, decode: bool | None = None) -> Any:
            await goes_on.wait()
            return await receive(self, decode)

        async with scripted((*LOGIN, *asks, *replies, Close())) as server:
            connection = await Connection.open(server.endpoint())
            monkeypatch.setattr(ClientConnection, "recv", receive_later)
            connection._socket.recv_messages.resume()
            outcomes: list[Outcome] = []
            for _ in range(2):
                await connection.submit({"mt": "GetUserInfo"}, INFO, outcomes.append)
            await connection._socket.wait_closed()
            await connection.submit({"mt": "GetUserInfo"}, INFO, outcomes.append)
            goes_on.set()
            await asyncio.sleep(0.05)
            await connection.close()
        assert len(outcomes) == 3
        assert isinstance(outcomes[-1], ConnectionLost)

    async def test_nothing_waits_after_it_was_closed(self) -> None:
        async with scripted((*LOGIN, ASK)) as server:
            connection = await Connection.open(server.endpoint())
            outcomes: list[Outcome] = []
            await connection.submit({"mt": "GetUserInfo"}, INFO, outcomes.append)
            await connection.close()
            await connection.close()
        assert [str(outcome) for outcome in outcomes] == [f"{SHOWN}: the connection was closed"]

    async def test_deadlines_after_it_was_lost_trouble_nobody(self, caplog: pytest.LogCaptureFixture) -> None:
        async with scripted((*LOGIN, ASK, Drop())) as server:
            connection = await Connection.open(server.endpoint(timeout=0.2))
            assert isinstance(await ask(connection), ConnectionLost)
            await asyncio.sleep(0.4)
            await connection.close()
        assert caplog.records == []


async def test_keep_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a minute without a frame of ours; here a minute is shorter."""
    monkeypatch.setattr(session, "KEEP_ALIVE_AFTER", 0.3)
    alive = Get('{"mt":"KeepAlive"}')
    times: list[float] = []

    async def note(_socket: ServerConnection) -> None:
        times.append(asyncio.get_running_loop().time())

    script = (*LOGIN, Do(note), alive, Do(note), alive, Do(note), ASK, Say('{"mt":"GetUserInfoResult","src":"1"}'))
    async with scripted(script) as server:
        connection = await Connection.open(server.endpoint(timeout=0.4))
        await asyncio.sleep(0.85)
        assert isinstance(await ask(connection), Answer)
        await connection.close()
    assert all(0.25 < later - earlier < 0.6 for earlier, later in itertools.pairwise(times))


async def test_no_keep_alive_while_there_is_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "KEEP_ALIVE_AFTER", 0.3)
    steps: list[Step] = []
    for src in range(1, 9):
        steps += [Get(f'{{"mt":"GetUserInfo","src":"{src}"}}'), Say(f'{{"mt":"GetUserInfoResult","src":"{src}"}}')]
    async with scripted((*LOGIN, *steps)) as server:
        connection = await Connection.open(server.endpoint(timeout=0.4))
        for _ in range(8):
            assert isinstance(await ask(connection), Answer)
            await asyncio.sleep(0.1)
        await connection.close()
